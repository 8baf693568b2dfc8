/* Bootloader: says who it is, waits for an update request, then checks and runs the slot. */
#include "board.h"
#include "console.h"
#include "slot.h"
#include "xmodem.h"
#include "ymodem.h"

#define WINDOW_US 300000u

static const char update_request[] = "\x15" "boot";

static void put_identity(void) {
    static const char *const causes[] = {"power-on", "pin", "software", "lockup"};
    put("boot " BOARD_NAME " rev ");
    put(revision_name());
    put(" chip ");
    put_hex(BOARD_CHIP_ID);
    put(" reset ");
    put(causes[BOARD_RESET_CAUSE & 3u]);
    put("\r\n");
}

/* A sequence, not one key: a stray character of a late command must not stop a boot. */
static bool is_update_requested(void) {
    uint32_t deadline_us = TIMER_NOW_US + WINDOW_US;
    uint32_t matched = 0;
    while (matched < sizeof update_request - 1) {
        int byte = get_byte_until(deadline_us);
        if (byte == NO_BYTE) {
            return false;
        }
        if (byte == update_request[matched]) {
            matched++;
        } else {
            matched = byte == update_request[0] ? 1 : 0;
        }
    }
    return true;
}

static void put_slot(void) {
    struct slot slot;
    slot_read(&slot);
    slot_print(&slot);
}

/* The words of a transfer begin with the name of its protocol. */
static void load(const char *protocol, enum transfer_result (*receive_into_slot)(void)) {
    static const char *const outcomes[] = {
        [TRANSFER_CANCELLED] = " cancelled\r\n",
        [TRANSFER_GAVE_UP] = " gave up\r\n",
        [TRANSFER_REFUSED] = " refused\r\n",
        [TRANSFER_BROKEN] = " broken off\r\n",
    };
    put(protocol);
    put(" ready\r\n");
    enum transfer_result result = receive_into_slot();
    if (result == TRANSFER_DONE) {
        put_slot();
    } else {
        put(protocol);
        put(outcomes[result]);
    }
}

static bool is_same(const char *left, const char *right) {
    while (*left && *left == *right) {
        left++, right++;
    }
    return *left == *right;
}

static void answer(const char *command) {
    if (is_same(command, "load")) {
        load("xmodem", xmodem_receive_into_slot);
    } else if (is_same(command, "loady")) {
        load("ymodem", ymodem_receive_into_slot);
    } else if (is_same(command, "loadg")) {
        load("ymodem", ymodem_g_receive_into_slot);
    } else if (is_same(command, "slot")) {
        put_slot();
    } else if (is_same(command, "id")) {
        put_identity();
    } else if (is_same(command, "run")) {
        system_reset();
    } else if (*command) {
        put("unknown command\r\n");
    }
}

static _Noreturn void serve_updates(void) {
    char command[32];
    put("\r\nboot> ");
    for (;;) {
        get_line(command, sizeof command);
        answer(command);
        put("boot> ");
    }
}

static _Noreturn void run(const struct slot *slot) {
    const uint32_t *vectors = (const uint32_t *)slot->vectors;
    SCB_VTOR = slot->vectors;
    __asm volatile("msr msp, %0\n bx %1" ::"r"(vectors[0]), "r"(vectors[1]));
    __builtin_unreachable();
}

int main(void) {
    struct slot slot;
    BOARD_LOCKUP_RESET = 1;
    put("\r\n");
    put_identity();
    if (is_update_requested()) {
        serve_updates();
    }
    slot_read(&slot);
    if (slot.state == SLOT_OK) {
        run(&slot);
    }
    slot_print(&slot);
    serve_updates();
}
