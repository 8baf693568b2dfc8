#include "sha256.h"

/* FIPS 180-4, 4.2.2. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned by) { return (word >> by) | (word << (32 - by)); }

static void load_schedule(uint32_t schedule[64], const uint8_t *block) {
    for (int i = 0; i < 16; i++) {
        schedule[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                      (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t before_15 = schedule[i - 15], before_2 = schedule[i - 2];
        uint32_t small_0 = rotate(before_15, 7) ^ rotate(before_15, 18) ^ (before_15 >> 3);
        uint32_t small_1 = rotate(before_2, 17) ^ rotate(before_2, 19) ^ (before_2 >> 10);
        schedule[i] = schedule[i - 16] + small_0 + schedule[i - 7] + small_1;
    }
}

static void compress(uint32_t state[8], const uint8_t *block) {
    uint32_t schedule[64];
    load_schedule(schedule, block);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        uint32_t big_1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t first = h + big_1 + ((e & f) ^ (~e & g)) + round_constants[i] + schedule[i];
        uint32_t big_0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t second = big_0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + first;
        d = c, c = b, b = a, a = first + second;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_start(struct sha256 *hash) {
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    for (int i = 0; i < 8; i++) {
        hash->state[i] = initial[i];
    }
    hash->length = 0;
}

void sha256_add(struct sha256 *hash, const uint8_t *bytes, uint32_t count) {
    while (count > 0) {
        if (hash->length % 64 == 0 && count >= 64) {
            compress(hash->state, bytes);
            hash->length += 64, bytes += 64, count -= 64;
            continue;
        }
        hash->block[hash->length++ % 64] = *bytes++;
        count--;
        if (hash->length % 64 == 0) {
            compress(hash->state, hash->block);
        }
    }
}

void sha256_read(const struct sha256 *hash, uint8_t digest[32]) {
    struct sha256 copy = *hash;
    uint8_t padding[72] = {0x80};
    uint32_t bits = hash->length * 8;
    uint32_t zeros_end = (hash->length % 64 < 56 ? 56 : 120) - hash->length % 64;
    /* An image is far below 2^29 bytes, so the upper half of the bit count stays 0. */
    for (int i = 0; i < 4; i++) {
        padding[zeros_end + 4 + (uint32_t)i] = (uint8_t)(bits >> (24 - 8 * i));
    }
    sha256_add(&copy, padding, zeros_end + 8);
    for (int i = 0; i < 32; i++) {
        digest[i] = (uint8_t)(copy.state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
