/* Application: a small instrument with a console and a self-test. Build flags make its variants. */
#include "board.h"
#include "console.h"

#ifndef ADC_REFERENCE_A
#define ADC_REFERENCE_A 2048
#endif
#ifndef ADC_REFERENCE_B
#define ADC_REFERENCE_B 2064
#endif
#ifndef START_UP_US
#define START_UP_US 40000
#endif

#define ADC_TOLERANCE 4
#define NOWHERE 0xDEADBEECu

extern bool fault_again_in_handler;

struct note {
    uint32_t name_size, id_size, type;
    char name[4];
    uint8_t id[20];
};
extern const struct note build_id_note;

static uint32_t boot_us;

/* The converter's linearisation: 4096 steps, a straight line with a slight bow. */
#define POINT(i) (uint16_t)((i) + (((i) * (4096 - (i))) >> 18))
#define POINTS_4(i) POINT(i), POINT((i) + 1), POINT((i) + 2), POINT((i) + 3)
#define POINTS_16(i) POINTS_4(i), POINTS_4((i) + 4), POINTS_4((i) + 8), POINTS_4((i) + 12)
#define POINTS_64(i) POINTS_16(i), POINTS_16((i) + 16), POINTS_16((i) + 32), POINTS_16((i) + 48)
#define POINTS_256(i) \
    POINTS_64(i), POINTS_64((i) + 64), POINTS_64((i) + 128), POINTS_64((i) + 192)
#define POINTS_1024(i) \
    POINTS_256(i), POINTS_256((i) + 256), POINTS_256((i) + 512), POINTS_256((i) + 768)
static const uint16_t linear[4096] = {
    POINTS_1024(0), POINTS_1024(1024), POINTS_1024(2048), POINTS_1024(3072)};

static void put_version(void) {
    put(APP_VERSION " build ");
    put_hex_bytes(build_id_note.id, sizeof build_id_note.id);
}

static bool clock_runs(void) {
    uint32_t before = TIMER_NOW_US;
    work_us(1000);
    return TIMER_NOW_US - before >= 1000;
}

static bool flash_answers(void) {
#ifdef SELFTEST_READS_NOWHERE
    return *(volatile uint32_t *)NOWHERE != 0;
#else
    return NOR_PAGE_BYTES == PAGE_SIZE;
#endif
}

/* Each revision has another reference voltage; a wrong one shows as an offset. */
static bool adc_is_in_tolerance(void) {
    static const uint16_t references[] = {ADC_REFERENCE_A, ADC_REFERENCE_B};
    int32_t expected = linear[references[BOARD_REVISION & 1u]];
    int32_t offset = (int32_t)linear[BOARD_ADC & 4095u] - expected;
#ifdef SELFTEST_FLAKY
    if (BOARD_ENTROPY % 5 == 0) {
        offset += 2 * ADC_TOLERANCE;
    }
#endif
    return offset >= -ADC_TOLERANCE && offset <= ADC_TOLERANCE;
}

static bool report(const char *name, bool passed, const char *failure) {
    put("test ");
    put(name);
    put(passed ? " ok\r\n" : failure);
    return passed;
}

static void selftest(void) {
    const char *failed = NULL;
    if (!report("clock", clock_runs(), " FAIL code 3\r\n")) {
        failed = "clock";
    }
    if (!report("flash", flash_answers(), " FAIL code 5\r\n")) {
        failed = "flash";
    }
    if (!report("adc", adc_is_in_tolerance(), " FAIL code 7\r\n")) {
        failed = "adc";
    }
    put("selftest ");
    put(failed ? "FAIL " : "PASS");
    put(failed ? failed : "");
    put("\r\n");
}

static void version(void) {
    put("version ");
    put_version();
    put(" board " BOARD_NAME " rev ");
    put(revision_name());
    put("\r\n");
}

static void measure(void) {
    put("boot_ms ");
    put_decimal(boot_us / 1000);
    put("\r\n");
}

static void crash(void) { *(volatile uint32_t *)NOWHERE; }

static void lock_up(void) {
    fault_again_in_handler = true;
    crash();
}

/* Return what follows name (and one blank) in line, or NULL when line is another command. */
static const char *after(const char *line, const char *name) {
    while (*name && *line == *name) {
        line++, name++;
    }
    if (*name || (*line && *line != ' ')) {
        return NULL;
    }
    return *line ? line + 1 : line;
}

static void echo(const char *text) {
    put(text);
    put("\r\n");
}

static void answer(const char *line) {
    static const struct { const char *name; void (*act)(void); } commands[] = {
        {"version", version}, {"selftest", selftest},  {"measure", measure},
        {"crash", crash},     {"reboot", system_reset}, {"lockup", lock_up},
    };
    if (after(line, "echo")) {
        echo(after(line, "echo"));
        return;
    }
    for (uint32_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const char *rest = after(line, commands[i].name);
        if (rest && !*rest) {
            commands[i].act();
            return;
        }
    }
    if (*line) {
        put("unknown command\r\n");
    }
}

static void start_up(void) {
    /* volatile, so that the compiler keeps the rest of the program and the image its size */
    volatile bool always = true;
    (void)always;
#ifdef HANG_AT_BOOT
    while (always) {
    }
#endif
#ifdef RESET_AT_BOOT
    if (always) {
        system_reset();
    }
#endif
    work_us(START_UP_US);
}

int main(void) {
    char line[96];
    start_up();
    put("app ");
    put_version();
    put("\r\n");
    boot_us = TIMER_NOW_US;
    for (;;) {
        put("nano> ");
        get_line(line, sizeof line);
        answer(line);
    }
}
