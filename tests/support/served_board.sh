#!/bin/sh
# A board behind a serial server: U-Boot on QEMU, its UART as a tty, and ser2net that serves the tty.
# usage: served_board.sh PORT FOLDER ACCEPTER   (an accepter of gensio, up to its port)
# What is written to its standard input goes to QEMU's monitor.
port=$1 folder=$2 accepter=$3
cd "$folder" || exit 1
rm -f tty uart
cat >ser2net.yaml <<END
%YAML 1.1
---
connection: &board
    accepter: $accepter,127.0.0.1,$port
    connector: serialdev,$folder/tty,115200n81,local
END
# wait-slave: QEMU runs once the tty is open, so that nothing the board says is lost.
socat "pty,link=$folder/tty,rawer,wait-slave" "unix-connect:$folder/uart,retry=200,interval=0.05" &
while [ ! -e tty ]; do sleep 0.02; done
ser2net -n -d -c ser2net.yaml -P ser2net.pid &
exec qemu-system-riscv64 -M virt -m 128 -display none -bios /usr/lib/u-boot/qemu-riscv64/u-boot.bin \
    -drive if=pflash,unit=1,format=raw,file=nor.img -serial unix:uart,server=on,wait=on -monitor stdio
