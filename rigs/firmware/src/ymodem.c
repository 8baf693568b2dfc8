#include "ymodem.h"

#include "board.h"
#include "console.h"

#define CLOSING_TRIES 3

/* What follows on one thing heard: go on, or a result. */
enum { GO_ON = -1 };

struct session {
    struct receiver receiver;
    char call;
    int tries;
};

static bool is_stream(const struct session *session) { return session->call == 'G'; }

static bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

/* Block 0 holds the name, a NUL, and the length in decimal, which a sender may leave out. */
static uint32_t stated_length(void) {
    uint32_t at = 0, length = 0;
    while (at < block.size && block.payload[at] != 0) {
        at++;
    }
    at++;
    if (at >= block.size || !is_digit(block.payload[at])) {
        return ANY_LENGTH;
    }
    while (at < block.size && is_digit(block.payload[at]) && length <= SLOT_SIZE) {
        length = length * 10 + (block.payload[at++] - '0');
    }
    return length;
}

static bool is_end_of_batch(void) { return block.number == 0 && block.payload[0] == 0; }

static int stop(enum transfer_result result) {
    cancel_sender();
    return result;
}

/* The image is complete. Nothing that goes wrong with the empty block 0 can change that. */
static int finish(const struct session *session) {
    put_byte(ACK);
    put_byte((uint8_t)session->call);
    for (int tries = 0; tries < CLOSING_TRIES; tries++) {
        int first = get_within(START_US);
        if (first == EOT) { /* our ACK was lost */
            put_byte(ACK);
        } else if (is_block_start(first) && get_block(first)) {
            if (is_end_of_batch()) {
                put_byte(ACK);
                return TRANSFER_DONE;
            }
            return stop(TRANSFER_DONE);
        } else if (first != NO_BYTE) {
            wait_for_quiet();
        }
        put_byte((uint8_t)session->call);
    }
    return TRANSFER_DONE;
}

static int take_header(struct session *session) {
    if (is_end_of_batch()) {
        put_byte(ACK);
        return TRANSFER_CANCELLED;
    }
    session->receiver.length = stated_length();
    if (session->receiver.length > SLOT_SIZE && session->receiver.length != ANY_LENGTH) {
        return stop(TRANSFER_REFUSED);
    }
    session->receiver.has_started = true;
    session->receiver.expected = 1;
    put_byte(ACK);
    put_byte((uint8_t)session->call);
    return GO_ON;
}

static int take_data(struct session *session) {
    if (!write_to_slot(&session->receiver)) {
        return stop(TRANSFER_REFUSED);
    }
    session->receiver.expected++;
    if (!is_stream(session)) {
        put_byte(ACK);
    }
    return GO_ON;
}

static int take_block(struct session *session) {
    struct receiver *receiver = &session->receiver;
    session->tries = 0;
    if (block.number == receiver->expected) {
        return receiver->has_started ? take_data(session) : take_header(session);
    }
    if (!is_stream(session) && receiver->has_started &&
        block.number == (uint8_t)(receiver->expected - 1)) {
        put_byte(ACK); /* our ACK was lost and the sender repeats itself */
        if (block.number == 0) {
            put_byte((uint8_t)session->call);
        }
        return GO_ON;
    }
    return stop(TRANSFER_BROKEN);
}

static bool has_all(const struct receiver *receiver) {
    return receiver->has_started &&
           (receiver->length == ANY_LENGTH || receiver->received == receiver->length);
}

/* Silence, or something that is no block. A stream that only pauses must not hear anything. */
static int ask_again(struct session *session, int first) {
    bool is_silent = first == NO_BYTE;
    bool has_started = session->receiver.has_started;
    if (is_stream(session) && has_started && !is_silent) {
        return stop(TRANSFER_BROKEN);
    }
    if (!is_silent) {
        wait_for_quiet();
    }
    if (++session->tries >= TRIES) {
        return stop(TRANSFER_GAVE_UP);
    }
    if (!has_started && is_silent) {
        put_byte((uint8_t)session->call);
    } else if (!is_stream(session) || !has_started || has_all(&session->receiver)) {
        put_byte(NAK);
    }
    return GO_ON;
}

static int step(struct session *session) {
    int first = get_within(START_US);
    if (first == EOT && has_all(&session->receiver)) {
        return finish(session);
    }
    if (is_cancel(first)) {
        return TRANSFER_CANCELLED;
    }
    if (is_block_start(first) && get_block(first)) {
        return take_block(session);
    }
    return ask_again(session, first);
}

static enum transfer_result receive(char call) {
    struct session session = {.call = call};
    int result = GO_ON;
    put_byte((uint8_t)call);
    while (result == GO_ON) {
        result = step(&session);
    }
    return (enum transfer_result)result;
}

enum transfer_result ymodem_receive_into_slot(void) { return receive('C'); }

enum transfer_result ymodem_g_receive_into_slot(void) { return receive('G'); }
