/* XMODEM receiver: CRC-16, blocks of 128 and 1024 bytes, into the slot. */
#ifndef XMODEM_H
#define XMODEM_H

#include "block.h"

enum transfer_result xmodem_receive_into_slot(void);

#endif
