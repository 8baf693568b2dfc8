/* Vector table, reset entry, and the HardFault dump: linked into bootloader and application. */
#include "board.h"
#include "console.h"

extern uint32_t stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

#define FAULT_STACK_WORDS 128
/* A dump on the stack that overflowed would fault again, so the handler has its own. */
static uint32_t fault_stack[FAULT_STACK_WORDS] __attribute__((aligned(8), used));

bool fault_again_in_handler;

_Noreturn void reset(void) {
    __asm volatile("cpsid i");
    for (volatile uint32_t *to = data_start, *from = data_load; to < data_end;) {
        *to++ = *from++;
    }
    for (volatile uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    console_start();
    main();
    system_reset();
}

_Noreturn void system_reset(void) {
    SCB_AIRCR = AIRCR_SYSRESETREQ;
    for (;;) {
        __asm volatile("wfi");
    }
}

/* The simulated core runs instructions in no time; this states what real work would have taken. */
void work_us(uint32_t microseconds) { BOARD_WORK_US = microseconds; }

static void put_register(const char *name, uint32_t value) {
    put(name);
    put(" 0x");
    put_hex(value);
}

__attribute__((used)) _Noreturn static void dump_and_reset(const uint32_t *frame) {
    if (fault_again_in_handler) {
        *(volatile uint32_t *)0xDEAD0000u;
    }
    put("\r\n*** HARDFAULT ***\r\n");
    put_register("cfsr", SCB_CFSR);
    put_register(" hfsr", SCB_HFSR);
    put_register(" bfar", SCB_BFAR);
    put_register("\r\npc", frame[6]);
    put_register(" lr", frame[5]);
    put_register(" psr", frame[7]);
    put_register("\r\nr0", frame[0]);
    put_register(" r1", frame[1]);
    put_register(" r2", frame[2]);
    put_register(" r3", frame[3]);
    put("\r\n*** END ***\r\n");
    system_reset();
}

__attribute__((naked)) static void hard_fault(void) {
    __asm volatile(
        "mrs r0, msp\n"
        "ldr r1, =fault_stack + 512\n"
        "mov sp, r1\n"
        "b dump_and_reset\n"
        ".ltorg\n");
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, (const void *)reset, (const void *)hard_fault, (const void *)hard_fault,
};
