/* YMODEM receiver: as XMODEM, but block 0 says the length, so that no padding is written.
 *
 * It calls with 'C', or with 'G' for YMODEM-g, where the sender does not wait between blocks and
 * one spoilt block ends the transfer. One file is taken; further ones are refused. */
#ifndef YMODEM_H
#define YMODEM_H

#include "block.h"

enum transfer_result ymodem_receive_into_slot(void);
enum transfer_result ymodem_g_receive_into_slot(void);

#endif
