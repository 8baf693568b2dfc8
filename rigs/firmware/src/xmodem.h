/* XMODEM receiver: CRC-16, blocks of 128 and 1024 bytes, into the slot. */
#ifndef XMODEM_H
#define XMODEM_H

enum xmodem_result { XMODEM_DONE, XMODEM_CANCELLED, XMODEM_GAVE_UP, XMODEM_FLASH_ERROR };

enum xmodem_result xmodem_receive_into_slot(void);

#endif
