#include "xmodem.h"

#include "console.h"

/* Return true once the block is in flash (or was already), false when the transfer must end. */
static bool take_block(struct receiver *receiver) {
    if (block.number == (uint8_t)(receiver->expected - 1) && receiver->has_started) {
        put_byte(ACK); /* our ACK was lost and the sender repeats itself */
        return true;
    }
    if (block.number != receiver->expected || !write_to_slot(receiver)) {
        cancel_sender();
        return false;
    }
    receiver->expected++;
    receiver->has_started = true;
    put_byte(ACK);
    return true;
}

static void ask_again(const struct receiver *receiver) {
    put_byte(receiver->has_started ? NAK : 'C');
}

enum transfer_result xmodem_receive_into_slot(void) {
    struct receiver receiver = {.expected = 1, .length = ANY_LENGTH};
    int tries = 0;
    put_byte('C');
    while (tries < TRIES) {
        int first = get_within(START_US);
        if (first == EOT && receiver.has_started) {
            put_byte(ACK);
            return TRANSFER_DONE;
        }
        if (is_cancel(first)) {
            return TRANSFER_CANCELLED;
        }
        if (is_block_start(first) && get_block(first)) {
            if (!take_block(&receiver)) {
                return TRANSFER_REFUSED;
            }
            tries = 0;
            continue;
        }
        if (first != NO_BYTE) {
            wait_for_quiet();
        }
        tries++;
        ask_again(&receiver);
    }
    cancel_sender();
    return TRANSFER_GAVE_UP;
}
