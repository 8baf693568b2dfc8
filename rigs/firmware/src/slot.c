#include "slot.h"

#include "board.h"
#include "console.h"
#include "sha256.h"

/* MCUboot image format, docs/design.md of MCUboot. */
#define IMAGE_MAGIC 0x96f3b83du
#define TLV_INFO_MAGIC 0x6907u
#define TLV_PROTECTED_MAGIC 0x6908u
#define TLV_SHA256 0x0010u
#define TLV_BOARD_NAME 0x00A0u
#define TLV_REVISION_MASK 0x00A1u

struct image_header {
    uint32_t magic, load_address;
    uint16_t header_size, protected_tlv_size;
    uint32_t payload_size, flags;
    uint8_t major, minor;
    uint16_t patch;
    uint32_t build, padding;
};

struct tlv_info {
    uint16_t magic, total;
};

struct tlv {
    uint16_t type, length;
};

/* The parts of the image by offset: payload ends where the protected TLVs start, and so on. */
struct layout {
    uint32_t protected_start, unprotected_start, end;
};

static const uint8_t *const slot_bytes = (const uint8_t *)SLOT_BASE;

/* Offsets in an image need not be aligned, so halfwords are read bytewise. */
static uint16_t half_at(uint32_t offset) {
    return (uint16_t)(slot_bytes[offset] | slot_bytes[offset + 1] << 8);
}

static bool has_tlv_area(uint32_t offset, uint32_t magic) {
    return offset + sizeof(struct tlv_info) <= SLOT_SIZE && half_at(offset) == magic &&
           half_at(offset + 2) >= sizeof(struct tlv_info) &&
           half_at(offset + 2) <= SLOT_SIZE - offset;
}

static bool read_layout(const struct image_header *header, struct layout *layout) {
    if (header->magic != IMAGE_MAGIC || header->header_size < sizeof *header ||
        header->payload_size < 64 || header->payload_size > SLOT_SIZE - header->header_size) {
        return false;
    }
    layout->protected_start = header->header_size + header->payload_size;
    layout->unprotected_start = layout->protected_start + header->protected_tlv_size;
    if (header->protected_tlv_size > 0 &&
        (!has_tlv_area(layout->protected_start, TLV_PROTECTED_MAGIC) ||
         half_at(layout->protected_start + 2) != header->protected_tlv_size)) {
        return false;
    }
    if (!has_tlv_area(layout->unprotected_start, TLV_INFO_MAGIC)) {
        return false;
    }
    layout->end = layout->unprotected_start + half_at(layout->unprotected_start + 2);
    return true;
}

/* Return the value of the TLV of this type and length in [start, end), or NULL. */
static const uint8_t *find_tlv(uint32_t start, uint32_t end, uint32_t type, uint32_t length) {
    uint32_t offset = start + sizeof(struct tlv_info);
    while (offset + sizeof(struct tlv) <= end) {
        uint32_t found_length = half_at(offset + 2);
        uint32_t value = offset + sizeof(struct tlv);
        if (found_length > end - value) {
            return NULL;
        }
        if (half_at(offset) == type && found_length == length) {
            return slot_bytes + value;
        }
        offset = value + found_length;
    }
    return NULL;
}

static bool is_equal(const uint8_t *left, const uint8_t *right, uint32_t count) {
    while (count > 0 && *left == *right) {
        left++, right++, count--;
    }
    return count == 0;
}

/* Hash once: the TLV covers header to protected TLVs, the slot line the whole file. */
static bool read_digests(struct slot *slot, const struct layout *layout) {
    struct sha256 hash;
    uint8_t covered[32];
    sha256_start(&hash);
    sha256_add(&hash, slot_bytes, layout->unprotected_start);
    sha256_read(&hash, covered);
    sha256_add(&hash, slot_bytes + layout->unprotected_start,
               layout->end - layout->unprotected_start);
    sha256_read(&hash, slot->digest);
    work_us(layout->end / 2);
    const uint8_t *stated = find_tlv(layout->unprotected_start, layout->end, TLV_SHA256, 32);
    return stated != NULL && is_equal(stated, covered, 32);
}

static bool is_for_this_board(const struct layout *layout) {
    static const char name[] = BOARD_NAME;
    const uint8_t *stated = find_tlv(layout->protected_start, layout->unprotected_start,
                                     TLV_BOARD_NAME, sizeof name - 1);
    return stated != NULL && is_equal(stated, (const uint8_t *)name, sizeof name - 1);
}

static bool is_for_this_revision(const struct layout *layout) {
    const uint8_t *mask =
        find_tlv(layout->protected_start, layout->unprotected_start, TLV_REVISION_MASK, 4);
    return mask != NULL && (mask[0] >> BOARD_REVISION & 1u);
}

static enum slot_state judge(struct slot *slot, const struct image_header *header) {
    struct layout layout;
    if (header->magic == 0xffffffffu) {
        return SLOT_EMPTY;
    }
    if (!read_layout(header, &layout)) {
        return SLOT_NOT_AN_IMAGE;
    }
    slot->length = layout.end;
    if (!read_digests(slot, &layout)) {
        return SLOT_DIGEST_MISMATCH;
    }
    if (!is_for_this_board(&layout)) {
        return SLOT_WRONG_BOARD;
    }
    return is_for_this_revision(&layout) ? SLOT_OK : SLOT_WRONG_REVISION;
}

void slot_read(struct slot *slot) {
    const struct image_header *header = (const struct image_header *)SLOT_BASE;
    slot->vectors = SLOT_BASE + header->header_size;
    slot->major = header->major;
    slot->minor = header->minor;
    slot->patch = header->patch;
    slot->state = judge(slot, header);
}

static void print_ok(const struct slot *slot) {
    put("slot ok sha256 ");
    put_hex_bytes(slot->digest, sizeof slot->digest);
    put(" length ");
    put_decimal(slot->length);
    put(" version ");
    put_decimal(slot->major);
    put(".");
    put_decimal(slot->minor);
    put(".");
    put_decimal(slot->patch);
    put("\r\n");
}

void slot_print(const struct slot *slot) {
    static const char *const words[] = {
        [SLOT_EMPTY] = "slot empty\r\n",
        [SLOT_NOT_AN_IMAGE] = "slot refused: not an image\r\n",
        [SLOT_DIGEST_MISMATCH] = "slot refused: digest mismatch\r\n",
        [SLOT_WRONG_BOARD] = "slot refused: wrong board\r\n",
        [SLOT_WRONG_REVISION] = "slot refused: wrong revision\r\n",
    };
    if (slot->state == SLOT_OK) {
        print_ok(slot);
    } else {
        put(words[slot->state]);
    }
}
