/* One block of XMODEM or YMODEM from the line, its way into the slot, and how a sender is stopped.
 * C. Forsberg, "XMODEM/YMODEM Protocol Reference", 1988. */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define SOH 0x01
#define STX 0x02
#define EOT 0x04
#define ACK 0x06
#define NAK 0x15
#define CAN 0x18

#define START_US 1000000u
#define TRIES 10
#define ANY_LENGTH 0xffffffffu

enum transfer_result {
    TRANSFER_DONE,
    TRANSFER_CANCELLED,
    TRANSFER_GAVE_UP,
    TRANSFER_REFUSED,
    TRANSFER_BROKEN,
};

struct block {
    uint8_t number;
    uint32_t size;
    uint8_t payload[1024];
};

/* What arrived so far; bytes beyond length are padding and are not written. */
struct receiver {
    uint8_t expected;
    bool has_started;
    uint32_t length, received;
};

/* One block is enough: no two transfers run at once. */
extern struct block block;

int get_within(uint32_t microseconds);
/* Read the rest of a block whose first byte, SOH or STX, was taken; false: it came spoilt. */
bool get_block(int first);
bool is_block_start(int byte);
/* True once two CANs came; first is the byte that was just taken. */
bool is_cancel(int first);
/* Program the block behind the last one; false: it does not fit, or the flash refused it. */
bool write_to_slot(struct receiver *receiver);
/* After a spoilt block the sender may still be talking; an answer in between would be lost. */
void wait_for_quiet(void);
/* Stop the sender and swallow what it still had on its way, lest it be taken for commands. */
void cancel_sender(void);

#endif
