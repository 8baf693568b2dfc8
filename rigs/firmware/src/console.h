/* The serial console: bytes in with a deadline, text out, lines by \r or \n. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

#define NO_BYTE (-1)

void console_start(void);
/* Sleep until a byte comes. */
uint8_t get_byte(void);
/* Sleep until a byte comes, or return NO_BYTE once the timer passes deadline_us. */
int get_byte_until(uint32_t deadline_us);
/* Read one line without its end; 0x15 (Ctrl-U) clears what was typed so far. */
void get_line(char *line, uint32_t size);

void put_byte(uint8_t byte);
void put(const char *text);
void put_hex(uint32_t value);
void put_hex_bytes(const uint8_t *bytes, uint32_t count);
void put_decimal(uint32_t value);
const char *revision_name(void);

#endif
