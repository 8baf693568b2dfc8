/* The image slot: a MCUboot image (header, payload, protected and unprotected TLVs) and whether it
 * may run here. */
#ifndef SLOT_H
#define SLOT_H

#include <stdint.h>

enum slot_state {
    SLOT_OK,
    SLOT_EMPTY,
    SLOT_NOT_AN_IMAGE,
    SLOT_DIGEST_MISMATCH,
    SLOT_WRONG_BOARD,
    SLOT_WRONG_REVISION,
};

struct slot {
    enum slot_state state;
    uint32_t vectors;
    uint32_t length;
    uint8_t major, minor;
    uint16_t patch;
    uint8_t digest[32];
};

void slot_read(struct slot *slot);
void slot_print(const struct slot *slot);

#endif
