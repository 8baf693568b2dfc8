"""What systems say when they die, start and run: written after the print statements of each.

An excerpt is (table, kind, text). The sources are named in rigs/detectors.yaml.
"""

ZEPHYR_FAULT = """\
[00:00:09.320,495] \x1b[1;31m<err> os: ***** BUS FAULT *****\x1b[0m
[00:00:09.320,526] <err> os:   Precise data bus error
[00:00:09.320,526] <err> os:   BFAR Address: 0xdeadbeec
[00:00:09.320,556] <err> os: r0/a1:  0xdeadbeec  r1/a2:  0x00000000  r2/a3:  0x20001000
[00:00:09.320,556] <err> os: r3/a4:  0x00000004 r12/ip:  0x0000019d r14/lr:  0x000112d7
[00:00:09.320,587] <err> os:  xpsr:  0x61000000
[00:00:09.320,648] <err> os: Faulting instruction address (r15/pc): 0x000112da
[00:00:09.320,709] <err> os: >>> ZEPHYR FATAL ERROR 25: Unknown error on CPU 0
[00:00:09.320,739] <err> os: Current thread: 0x20002e68 (main)
[00:00:09.400,000] <err> os: Halting system
"""
ZEPHYR_RISCV = """\
[00:00:00.010,000] <err> os:
[00:00:00.010,000] <err> os:  mcause: 5, Load access fault
[00:00:00.010,000] <err> os:   mtval: deadbeec
[00:00:00.010,000] <err> os:      a0: 80001234    t0: 00000001
[00:00:00.010,000] <err> os:      ra: 80000f3a
[00:00:00.010,000] <err> os:    mepc: 80000f52
[00:00:00.010,000] <err> os: mstatus: 00001880
[00:00:00.010,000] <err> os: call trace:
[00:00:00.010,000] <err> os:       0: sp: 80004bf0 ra: 80000c10
"""
ESP_PANIC = """\
Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.

Core  0 register dump:
PC      : 0x400d5f1a  PS      : 0x00060730  A0      : 0x800d1a03  A1      : 0x3ffb1f40

Backtrace: 0x400d5f17:0x3ffb1f40 0x400d1a00:0x3ffb1f60 0x40085f99:0x3ffb1f80

ELF file SHA256: 1c7e0d2b55f0a3e1
Rebooting...
"""
ESP_RISCV = """\
abort() was called at PC 0x42007c9f on core 0
Core  0 register dump:
MEPC    : 0x4038066a  RA      : 0x42007ca0  SP      : 0x3fc8f1d0  GP      : 0x3fc8a000
"""
MBED_FAULT = """\
++ MbedOS Fault Handler ++

FaultType: HardFault

Context:
R0   : DEADBEEC
SP   : 20001638
LR   : 00005CA9
PC   : 00005276
xPSR : 210F0000
Mode : Thread

-- MbedOS Fault Handler --

++ MbedOS Error Info ++
Error Status: 0x80FF013D Code: 317 Module: 255
Error Message: Fault exception
Location: 0x94BA1
Error Value: 0x5276
-- MbedOS Error Info --
"""
MBED_ASSERT = """\
++ MbedOS Error Info ++
Error Status: 0x80FF0144 Code: 324 Module: 255
Error Message: Assertion failed: rate > 0
Location: 0x8003B1D
File: ./adc.cpp+41
-- MbedOS Error Info --
"""
NUTTX_FAULT = """\
arm_hardfault: PANIC!!! Hard Fault!:
arm_hardfault:  IRQ: 3 regs: 0x2007dac8
dump_assert_info: Current Version: NuttX  12.6.0 fe316efb09 Sep 29 2025 22:22:35 arm
dump_assert_info: Assertion failed panic: at file: armv7-m/arm_hardfault.c:175 task: nsh_main
up_dump_register: R0: deadbeec R1: 00000000 R2: 00000080  R3: 00000000
up_dump_register: IP: 00000000 SP: 2007dba0 LR: 0801c71d  PC: 0801c720
sched_dumpstack: backtrace| 2: 0x0801c720 0x0801c71c 0x080089f8
sched_dumpstack: backtrace| 2: 0x08004d4e
"""
NUTTX_RISCV = """\
riscv_exception: PANIC!!! Exception = 00000005
up_assert: Assertion failed at file:rv32im/riscv_exception.c line: 94 task: init
[BackTrace| 3|0]:  0x42020026 0x42007cbc
riscv_registerdump: EPC:4200bdd8
"""
LINUX_OOPS = """\
[    0.398191] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000960
[    0.399487] Oops [#1]
[    0.399739] Modules linked in:
[    0.400135] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.6.0 #47
[    0.400926] epc : led_set+0xc4/0xdc
[    0.401291]  ra : led_probe+0x30/0x38
[    0.401630] epc : ffffffff80004922 ra : ffffffff8000496a sp : ffffffe000f3bd00
[    0.410000] Kernel panic - not syncing: Fatal exception in interrupt
"""
LINUX_ARM = """\
Internal error: Oops - BUG: 0 [#1] SMP ARM
PC is at led_set+0x10/0x20
pc : [<c010f1a4>]    lr : [<c010f1a0>]    psr: 60000013
[<c010f1a4>] (led_set) from [<c0110000>] (led_probe+0x1c/0x40)
"""
UBOOT_RISCV = """\
Unhandled exception: Load access fault
EPC: 00000000fff5b888 RA: 00000000fff61374 TVAL: 0000000080000000
EPC: 0000000080201888 RA: 0000000080207374 reloc adjusted

Code: b383 0385 be03 0405

resetting ...
"""
UBOOT_ARM = """\
data abort
pc : [<9ff6a0e4>]\t   lr : [<9ff6a0d9>]
reloc pc : [<178120e4>]\t   lr : [<178120d9>]
sp : 9ef3fd28  ip : 00000001\t fp : 00000000
Resetting CPU ...
"""
UBOOT_ARM64 = """\
"Synchronous Abort" handler, esr 0x96000010, far 0xdeadbeec
elr: 0000000000081234 lr : 0000000000081230 (reloc)
elr: 00000000bff51234 lr : 00000000bff51230
"""

DYING: tuple[tuple[str, str, str], ...] = (
    ("zephyr", "panic", ZEPHYR_FAULT),
    ("zephyr", "panic", ">>> ZEPHYR FATAL ERROR 4: Kernel panic on CPU 0\n"),
    ("zephyr", "panic", ZEPHYR_RISCV),
    ("zephyr", "assert", "ASSERTION FAIL [thread->base.pended_on] @ kernel/sched.c:595\n"),
    ("esp-idf", "panic", ESP_PANIC),
    ("esp-idf", "panic", "Guru Meditation Error: Core  1 panic'ed (IllegalInstruction). \n"),
    ("esp-idf", "panic", "Guru Meditation Error: Core  1 panic'ed (IntegerDivideByZero). \n"),
    ("esp-idf", "panic", "Guru Meditation Error: Core  0 panic'ed (InstrFetchProhibited). \n"),
    ("esp-idf", "panic", ESP_RISCV),
    ("esp-idf", "panic", "***ERROR*** A stack overflow in task sensor has been detected.\n"),
    ("esp-idf", "panic", "Stack smashing protect failure!\n"),
    ("esp-idf", "panic", "CORRUPT HEAP: Bad head at 0x3ffb5480. Expected 0xabba1234 got 0x0\n"),
    ("esp-idf", "panic", "\nBrownout detector was triggered\n"),
    ("esp-idf", "assert", "assert failed: xQueueSemaphoreTake queue.c:1709 (( pxQueue ))\n"),
    ("esp-idf", "assert", 'assertion "n > 0" failed: file "main/adc.c", line 27, function: read\n'),
    ("esp-idf", "assert", "ESP_ERROR_CHECK failed: esp_err_t 0x103 (ESP_ERR_INVALID_STATE)\n"),
    (
        "esp-idf",
        "watchdog",
        "Guru Meditation Error: Core  0 panic'ed (Interrupt wdt timeout on CPU0). \n",
    ),
    (
        "esp-idf",
        "watchdog",
        (
            "E (7026) task_wdt: Task watchdog got triggered. The following tasks/users did not"
            " reset the watchdog in time:\nE (7026) task_wdt:  - IDLE0 (CPU 0)\n"
        ),
    ),
    ("mbed", "panic", MBED_FAULT),
    (
        "mbed",
        "panic",
        (
            "++ MbedOS Error Info ++\nError Status: 0x8001011F Code: 287 Module: 1\n"
            "Error Message: Operator new[] out of memory\n"
        ),
    ),
    ("mbed", "assert", MBED_ASSERT),
    ("mbed", "assert", "mbed assertation failed: rate > 0, file: adc.cpp, line 41 \n"),
    ("nuttx", "panic", NUTTX_FAULT),
    ("nuttx", "panic", NUTTX_RISCV),
    (
        "nuttx",
        "panic",
        "_assert: Assertion failed panic: at file: common/arm64_fatal.c:375 task: x\n",
    ),
    ("nuttx", "assert", "up_assert: Assertion failed at file:adc/adc.c line: 27 task: init\n"),
    (
        "nuttx",
        "assert",
        "_assert: Assertion failed tcb->cpu == 0: at file: sched/sched.c:293 task: x\n",
    ),
    (
        "nuttx",
        "assert",
        "_assert: Assertion failed priv != NULL: at file: adc/adc.c:27 task: init\n",
    ),
    ("linux", "panic", LINUX_OOPS),
    ("linux", "panic", "[    1.0] BUG: unable to handle page fault for address: ffffdead\n"),
    ("linux", "panic", "Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP\n"),
    ("linux", "panic", LINUX_ARM),
    (
        "linux",
        "panic",
        "general protection fault, probably for non-canonical address: 0000 [#1] SMP\n",
    ),
    ("linux", "panic", "BUG: KASAN: use-after-free in led_set+0x10/0x20\n"),
    ("linux", "panic", "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n"),
    ("linux", "assert", "[    0.682691] kernel BUG at include/linux/page-flags.h:1134!\n"),
    ("linux", "watchdog", "watchdog: BUG: soft lockup - CPU#0 stuck for 21s! [kworker/0:5:319]\n"),
    ("linux", "watchdog", "NMI watchdog: Watchdog detected hard LOCKUP on cpu 1\n"),
    ("linux", "watchdog", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"),
    ("linux", "watchdog", "rcu: INFO: rcu_sched self-detected stall on CPU\n"),
    ("linux", "watchdog", "INFO: task kworker/0:1:9 blocked for more than 120 seconds.\n"),
    ("u-boot", "panic", UBOOT_RISCV),
    ("u-boot", "panic", UBOOT_ARM),
    ("u-boot", "panic", UBOOT_ARM64),
    ("u-boot", "panic", 'Bad mode in "Error" handler, esr 0xbf000002\n'),
    ("u-boot", "panic", "initcall failed\n### ERROR ### Please RESET the board ###\n"),
    ("u-boot", "assert", "lib/lmb.c:77: lmb_add: Assertion `size' failed.\n"),
)
STARTS: tuple[tuple[str, str], ...] = (
    ("zephyr", "*** Booting Zephyr OS build v4.0.0-12-g1234 ***\nHello World! nrf52840dk\n"),
    (
        "zephyr",
        "*** Booting nRF Connect SDK v2.9.0-7787b2649840 ***\n*** Using Zephyr OS v3.7 ***\n",
    ),
    (
        "zephyr",
        (
            "*** Booting MCUboot v2.1.0-dev ***\n*** Using Zephyr OS build v4.0.0 ***\n"
            "I: Starting bootloader\n*** Booting Zephyr OS build v4.0.0 ***\n"
        ),
    ),
    (
        "esp-idf",
        (
            "ets Jul 29 2019 12:21:46\n\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\n"
            "configsip: 0, SPIWP:0xee\nload:0x3fff0030,len:7176\nI (29) boot: ESP-IDF v5.3\n"
            "I (337) cpu_start: Pro cpu up.\nI (400) main_task: Calling app_main()\n"
        ),
    ),
    (
        "esp-idf",
        (
            "ESP-ROM:esp32c3-api1-20210207\nBuild:Feb  7 2021\nrst:0x3 (RTC_SW_SYS_RST),boot:0xc\n"
            "Saved PC:0x40048b82\n"
        ),
    ),
    ("nuttx", "ABCDF\n\nNuttShell (NSH) NuttX-12.6.0\nnsh> "),
    (
        "linux",
        (
            "[    0.000000] Booting Linux on physical CPU 0x0\n"
            "[    0.000000] Linux version 6.6.0 (a@b) (gcc 13) #47 SMP\n"
            "[    0.100000] watchdog: Delayed init of the lockup detector failed\n"
            "[    1.2] sdhci: INFO: card\n[    2.5] rcu: Hierarchical RCU implementation.\n"
            "Welcome to Debian GNU/Linux 12\nlogin: "
        ),
    ),
    (
        "linux",
        "[    0.000000][    T0] Linux version 6.6.0 (a@b) #1 SMP PREEMPT\n[    0.1][    T1] ok\n",
    ),
    (
        "u-boot",
        (
            "\r\n\r\nU-Boot 2025.01+dfsg-1 (Jan 01 2025 - 00:00:00 +0000)\r\n\r\nCPU:   riscv\r\n"
            "DRAM:  128 MiB\r\nCore:  26 devices\r\nWDT:   Not starting watchdog\r\n"
            "Hit any key to stop autoboot:  2 \r\n=> version\r\nU-Boot 2025.01+dfsg-1\r\n"
            "gcc (Debian) 14\r\n=> reset\r\nresetting ...\r\n"
        ),
    ),
    (
        "u-boot",
        (
            "\nU-Boot SPL 2024.07 (Jul 01 2024 - 12:00:00 +0000)\nTrying to boot from MMC1\n\n\n"
            "U-Boot 2024.07 (Jul 01 2024 - 12:00:00 +0000)\n\nModel: a board\n"
        ),
    ),
)
"""Each start, with what a healthy system says around it: exactly one start, no alarm."""
