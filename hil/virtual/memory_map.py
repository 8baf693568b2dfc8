"""Where things are on a nano-v2; ``rigs/firmware/src/board.h`` is the firmware's copy."""

from typing import Final

FLASH_BASE: Final = 0x0000_0000
FLASH_BYTES: Final = 0x4_0000
PAGE_BYTES: Final = 0x1000
BOOTLOADER_BYTES: Final = 0x4000
SLOT_BASE: Final = 0x4000
SLOT_BYTES: Final = 0x3_0000

RAM_BASE: Final = 0x2000_0000
RAM_BYTES: Final = 0x1_0000

REGION_BYTES: Final = 0x1000
UART_BASE: Final = 0x4000_4000
NOR_BASE: Final = 0x4003_0000
NOR_BUFFER_BASE: Final = 0x4003_1000
BOARD_BASE: Final = 0x4003_2000
SYSTEM_BASE: Final = 0xE000_E000
