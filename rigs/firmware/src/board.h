/* The nano-v2 as firmware sees it: addresses and register bits. README.md draws the map. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_NAME "nano-v2"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SLOT_BASE 0x00004000u
#define SLOT_SIZE 0x00030000u
#define PAGE_SIZE 4096u

/* CMSDK APB UART (Arm DDI 0479C, section 4.3). */
#define UART_DATA REGISTER(0x40004000u)
#define UART_STATE REGISTER(0x40004004u)
#define UART_CTRL REGISTER(0x40004008u)
#define UART_INTCLEAR REGISTER(0x4000400Cu)
#define UART_BAUDDIV REGISTER(0x40004010u)
#define UART_STATE_TX_FULL 1u
#define UART_STATE_RX_FULL 2u
#define UART_CTRL_TX 1u
#define UART_CTRL_RX 2u
#define UART_CTRL_RX_INTERRUPT 8u

/* NOR flash controller: a command works on the page or bytes at ADDRESS, relative to flash. */
#define NOR_COMMAND REGISTER(0x40030000u)
#define NOR_ADDRESS REGISTER(0x40030004u)
#define NOR_LENGTH REGISTER(0x40030008u)
#define NOR_STATUS REGISTER(0x4003000Cu)
#define NOR_PAGE_BYTES REGISTER(0x40030010u)
#define NOR_BUFFER ((uint8_t *)0x40031000u)
#define NOR_BUFFER_SIZE 4096u
#define NOR_ERASE 1u
#define NOR_PROGRAM 2u

/* Straps, reset logic, timer, converter. */
#define BOARD_REVISION REGISTER(0x40032000u)
#define BOARD_CHIP_ID REGISTER(0x40032004u)
#define BOARD_RESET_CAUSE REGISTER(0x40032008u)
#define BOARD_ENTROPY REGISTER(0x4003200Cu)
#define BOARD_LOCKUP_RESET REGISTER(0x40032010u)
#define BOARD_WORK_US REGISTER(0x40032014u)
#define BOARD_ADC REGISTER(0x40032018u)
#define TIMER_NOW_US REGISTER(0x40032020u)
#define TIMER_COMPARE_US REGISTER(0x40032024u)
#define TIMER_DISARM REGISTER(0x40032028u)

/* Armv7-M system control (Arm DDI 0403E, B3.2). */
#define NVIC_ISER0 REGISTER(0xE000E100u)
#define NVIC_ICPR0 REGISTER(0xE000E280u)
#define SCB_VTOR REGISTER(0xE000ED08u)
#define SCB_AIRCR REGISTER(0xE000ED0Cu)
#define SCB_CFSR REGISTER(0xE000ED28u)
#define SCB_HFSR REGISTER(0xE000ED2Cu)
#define SCB_BFAR REGISTER(0xE000ED38u)
#define AIRCR_SYSRESETREQ 0x05FA0004u
#define UART_RX_IRQ_BIT 1u

_Noreturn void system_reset(void);
void work_us(uint32_t microseconds);
int main(void);

#endif
