/* C. Forsberg, "XMODEM/YMODEM Protocol Reference", 1988. */
#include "xmodem.h"

#include "board.h"
#include "console.h"

#define SOH 0x01
#define STX 0x02
#define EOT 0x04
#define ACK 0x06
#define NAK 0x15
#define CAN 0x18
#define START_US 1000000u
#define BYTE_US 300000u
#define QUIET_US 20000u
#define TRIES 10

enum block { BLOCK_GOOD, BLOCK_SILENT, BLOCK_SPOILT };

struct receiver {
    uint8_t expected;
    bool has_started;
    uint32_t written;
};

static uint8_t payload[1024];

static int get_within(uint32_t microseconds) { return get_byte_until(TIMER_NOW_US + microseconds); }

static uint16_t crc16(const uint8_t *bytes, uint32_t count) {
    uint16_t crc = 0;
    while (count--) {
        crc ^= (uint16_t)(*bytes++ << 8);
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)(crc & 0x8000u ? crc << 1 ^ 0x1021 : crc << 1);
        }
    }
    return crc;
}

/* After a spoilt block the sender may still be talking; an answer in between would be lost. */
static void wait_for_quiet(void) {
    while (get_within(QUIET_US) != NO_BYTE) {
    }
}

static enum block get_block(uint32_t size, uint8_t *number) {
    uint8_t frame[2], crc[2];
    struct { uint8_t *bytes; uint32_t count; } parts[] = {{frame, 2}, {payload, size}, {crc, 2}};
    for (int part = 0; part < 3; part++) {
        for (uint32_t i = 0; i < parts[part].count; i++) {
            int byte = get_within(BYTE_US);
            if (byte == NO_BYTE) {
                return BLOCK_SILENT;
            }
            parts[part].bytes[i] = (uint8_t)byte;
        }
    }
    *number = frame[0];
    bool numbered = (frame[0] ^ frame[1]) == 0xff;
    return numbered && crc16(payload, size) == (crc[0] << 8 | crc[1]) ? BLOCK_GOOD : BLOCK_SPOILT;
}

static bool write_to_slot(struct receiver *receiver, uint32_t size) {
    if (receiver->written + size > SLOT_SIZE) {
        return false;
    }
    NOR_ADDRESS = SLOT_BASE + receiver->written;
    if (receiver->written % PAGE_SIZE == 0) {
        NOR_COMMAND = NOR_ERASE;
    }
    for (uint32_t i = 0; i < size; i++) {
        NOR_BUFFER[i] = payload[i];
    }
    NOR_LENGTH = size;
    NOR_COMMAND = NOR_PROGRAM;
    receiver->written += size;
    return NOR_STATUS == 0;
}

static void cancel_sender(void) {
    put_byte(CAN);
    put_byte(CAN);
    wait_for_quiet();
}

/* Return true once the block is in flash (or was already), false when the transfer must end. */
static bool take_block(struct receiver *receiver, uint8_t number, uint32_t size) {
    if (number == (uint8_t)(receiver->expected - 1) && receiver->has_started) {
        put_byte(ACK); /* our ACK was lost and the sender repeats itself */
        return true;
    }
    if (number != receiver->expected || !write_to_slot(receiver, size)) {
        cancel_sender();
        return false;
    }
    receiver->expected++;
    receiver->has_started = true;
    put_byte(ACK);
    return true;
}

static void ask_again(const struct receiver *receiver) {
    put_byte(receiver->has_started ? NAK : 'C');
}

enum xmodem_result xmodem_receive_into_slot(void) {
    struct receiver receiver = {.expected = 1};
    int tries = 0;
    put_byte('C');
    while (tries < TRIES) {
        uint8_t number;
        int first = get_within(START_US);
        if (first == EOT && receiver.has_started) {
            put_byte(ACK);
            return XMODEM_DONE;
        }
        if (first == CAN && get_within(START_US) == CAN) {
            return XMODEM_CANCELLED;
        }
        if (first == SOH || first == STX) {
            uint32_t size = first == SOH ? 128 : 1024;
            if (get_block(size, &number) == BLOCK_GOOD) {
                if (!take_block(&receiver, number, size)) {
                    return XMODEM_FLASH_ERROR;
                }
                tries = 0;
                continue;
            }
        }
        if (first != NO_BYTE) {
            wait_for_quiet();
        }
        tries++;
        ask_again(&receiver);
    }
    cancel_sender();
    return XMODEM_GAVE_UP;
}
