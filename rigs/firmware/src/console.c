#include "console.h"

#include "board.h"

#define CTRL_U 0x15
#define BACKSPACE 0x08
#define DELETE 0x7F

static bool last_was_return;

void console_start(void) {
    UART_BAUDDIV = 16;
    UART_CTRL = UART_CTRL_TX | UART_CTRL_RX | UART_CTRL_RX_INTERRUPT;
    NVIC_ISER0 = UART_RX_IRQ_BIT;
}

/* Interrupts stay masked: a pending one only ends the WFI, and is cleared here. */
static void sleep_until_event(void) {
    __asm volatile("wfi" ::: "memory");
    UART_INTCLEAR = 2;
    NVIC_ICPR0 = UART_RX_IRQ_BIT;
}

uint8_t get_byte(void) {
    TIMER_DISARM = 1;
    while (!(UART_STATE & UART_STATE_RX_FULL)) {
        sleep_until_event();
    }
    return (uint8_t)UART_DATA;
}

int get_byte_until(uint32_t deadline_us) {
    TIMER_COMPARE_US = deadline_us;
    while (!(UART_STATE & UART_STATE_RX_FULL)) {
        if ((int32_t)(TIMER_NOW_US - deadline_us) >= 0) {
            return NO_BYTE;
        }
        sleep_until_event();
    }
    return (uint8_t)UART_DATA;
}

/* True for the \n of a \r\n: one line end, not two. */
static bool is_second_half_of_line_end(uint8_t byte) {
    bool second = byte == '\n' && last_was_return;
    last_was_return = byte == '\r';
    return second;
}

void get_line(char *line, uint32_t size) {
    uint32_t used = 0;
    for (;;) {
        uint8_t byte = get_byte();
        if (is_second_half_of_line_end(byte)) {
            continue;
        }
        if (byte == '\r' || byte == '\n') {
            break;
        }
        if (byte == CTRL_U) {
            used = 0;
        } else if ((byte == BACKSPACE || byte == DELETE) && used > 0) {
            used--;
        } else if (byte >= ' ' && byte < DELETE && used + 1 < size) {
            line[used++] = (char)byte;
        }
    }
    line[used] = '\0';
}

void put_byte(uint8_t byte) {
    while (UART_STATE & UART_STATE_TX_FULL) {
    }
    UART_DATA = byte;
}

void put(const char *text) {
    while (*text) {
        put_byte((uint8_t)*text++);
    }
}

static void put_nibble(uint32_t nibble) { put_byte((uint8_t)"0123456789abcdef"[nibble & 15u]); }

void put_hex(uint32_t value) {
    for (int shift = 28; shift >= 0; shift -= 4) {
        put_nibble(value >> shift);
    }
}

void put_hex_bytes(const uint8_t *bytes, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        put_nibble(bytes[i] >> 4);
        put_nibble(bytes[i]);
    }
}

void put_decimal(uint32_t value) {
    if (value >= 10) {
        put_decimal(value / 10);
    }
    put_byte((uint8_t)('0' + value % 10));
}

const char *revision_name(void) {
    static char name[2];
    name[0] = (char)('a' + BOARD_REVISION);
    return name;
}
