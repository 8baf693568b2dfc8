#include "block.h"

#include "board.h"
#include "console.h"

#define BYTE_US 300000u
#define QUIET_US 20000u
#define CANCEL_QUIET_US 250000u
#define CANCELS 8

struct block block;

int get_within(uint32_t microseconds) { return get_byte_until(TIMER_NOW_US + microseconds); }

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

bool is_block_start(int byte) { return byte == SOH || byte == STX; }

bool is_cancel(int first) { return first == CAN && get_within(START_US) == CAN; }

bool get_block(int first) {
    uint8_t frame[2], crc[2];
    block.size = first == SOH ? 128 : sizeof block.payload;
    struct { uint8_t *bytes; uint32_t count; } parts[] = {
        {frame, 2}, {block.payload, block.size}, {crc, 2}};
    for (int part = 0; part < 3; part++) {
        for (uint32_t i = 0; i < parts[part].count; i++) {
            int byte = get_within(BYTE_US);
            if (byte == NO_BYTE) {
                return false;
            }
            parts[part].bytes[i] = (uint8_t)byte;
        }
    }
    block.number = frame[0];
    return (frame[0] ^ frame[1]) == 0xff &&
           crc16(block.payload, block.size) == (crc[0] << 8 | crc[1]);
}

bool write_to_slot(struct receiver *receiver) {
    uint32_t left = receiver->length - receiver->received;
    uint32_t size = block.size < left ? block.size : left;
    if (size > SLOT_SIZE - receiver->received) {
        return false;
    }
    if (size == 0) {
        return true;
    }
    NOR_ADDRESS = SLOT_BASE + receiver->received;
    if (receiver->received % PAGE_SIZE == 0) {
        NOR_COMMAND = NOR_ERASE;
    }
    for (uint32_t i = 0; i < size; i++) {
        NOR_BUFFER[i] = block.payload[i];
    }
    NOR_LENGTH = size;
    NOR_COMMAND = NOR_PROGRAM;
    receiver->received += size;
    return NOR_STATUS == 0;
}

static void swallow_until_quiet(uint32_t microseconds) {
    while (get_within(microseconds) != NO_BYTE) {
    }
}

void wait_for_quiet(void) { swallow_until_quiet(QUIET_US); }

void cancel_sender(void) {
    for (int i = 0; i < CANCELS; i++) {
        put_byte(CAN);
    }
    swallow_until_quiet(CANCEL_QUIET_US);
}
