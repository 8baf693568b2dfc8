/* What the compiler may call even in a freestanding build (Arm run-time ABI, IHI 0043, 4.3.4). */
#include <stddef.h>
#include <stdint.h>

/* volatile keeps the compiler from turning the loop into a call of itself. */
void *memcpy(void *to, const void *from, size_t size) {
    volatile uint8_t *target = to;
    const uint8_t *source = from;
    while (size--) {
        *target++ = *source++;
    }
    return to;
}

void *memset(void *to, int value, size_t size) {
    volatile uint8_t *target = to;
    while (size--) {
        *target++ = (uint8_t)value;
    }
    return to;
}

void __aeabi_memcpy(void *to, const void *from, size_t size) { memcpy(to, from, size); }
void __aeabi_memcpy4(void *to, const void *from, size_t size) { memcpy(to, from, size); }
void __aeabi_memcpy8(void *to, const void *from, size_t size) { memcpy(to, from, size); }
void __aeabi_memclr(void *to, size_t size) { memset(to, 0, size); }
void __aeabi_memclr4(void *to, size_t size) { memset(to, 0, size); }
void __aeabi_memclr8(void *to, size_t size) { memset(to, 0, size); }
