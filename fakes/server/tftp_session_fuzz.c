/* SPDX-License-Identifier: MIT */
#include "fakes/server/tftp_session.h"
#include "harness/base/cursor.h"
#include <assert.h>
#include <string.h>

int fuzz_fakes_server_tftp_session(const uint8_t *data, size_t size);

enum { BODY_BYTES = 3000, STEPS_MAX = 200, PACKETS_A_STEP_MAX = 6 };

static struct tftp_packet request_from(struct cursor *cursor)
{
    uint8_t options = cursor_u8(cursor);
    return (struct tftp_packet){
        .opcode = TFTP_RRQ,
        .has_block_bytes = options & 1,
        .block_bytes = TFTP_BLOCK_BYTES_MIN + cursor_be16(cursor) % 1000u,
        .has_timeout = options & 2,
        .timeout_s = 1 + (cursor_u8(cursor) & 3),
        .has_transfer_size = options & 4,
    };
}

/* What goes out as the n-th block is that part of the body, whole unless it is the last. */
static void check_block(const struct buffer *packet, const struct tftp_answer *answer,
                        size_t block_bytes)
{
    struct cursor cursor;
    cursor_init(&cursor, packet->data, packet->length);
    if (cursor_be16(&cursor) != TFTP_DATA)
        return;
    size_t at = (cursor_be16(&cursor) - 1u) * block_bytes, length = cursor_left(&cursor);
    assert(at <= answer->length && length <= answer->length - at && length <= block_bytes);
    assert(length == block_bytes || at + length == answer->length);
    assert(length == 0 || memcmp(cursor_take(&cursor, length), answer->body + at, length) == 0);
}

/* The first bytes choose the request and the answer; then come datagrams: a length, a step of time
 * in 100 ms, the bytes. An even length stands for an acknowledgement of the current block instead,
 * so that a session gets anywhere at all. */
int fuzz_fakes_server_tftp_session(const uint8_t *data, size_t size)
{
    static uint8_t body[BODY_BYTES];
    struct cursor cursor;
    struct tftp_session session;
    struct buffer packet;
    uint64_t now_us = 1;
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)(i % 251);
    cursor_init(&cursor, data, size);
    struct tftp_packet request = request_from(&cursor);
    uint16_t cut = cursor_be16(&cursor);
    uint8_t faults = cursor_u8(&cursor), more_faults = cursor_u8(&cursor);
    struct tftp_answer answer = {.body = body,
                                 .length = cursor_be16(&cursor) % (BODY_BYTES + 1u),
                                 .rate_bytes_per_s = cursor_u8(&cursor) * 100u,
                                 .drop_block = faults & 7u,
                                 .duplicate_block = faults >> 3 & 7u,
                                 .reorder_block = more_faults & 7u,
                                 .stray_block = more_faults >> 3 & 7u,
                                 .no_options = more_faults & 64u,
                                 .cut_bytes = cut % 2 ? TFTP_NOT_CUT : cut};
    buffer_init(&packet, TFTP_PACKET_BYTES_MAX);
    tftp_session_start(&session, &request, &answer, now_us);
    for (unsigned step = 0; step < STEPS_MAX && cursor_left(&cursor) > 2; step++) {
        for (unsigned i = 0; tftp_session_output(&session, now_us, &packet); i++) {
            assert(i < PACKETS_A_STEP_MAX && !packet.failed &&
                   packet.length <= session.block_bytes + 64u);
            if (!session.from_elsewhere)
                check_block(&packet, &answer, session.block_bytes);
        }
        assert(session.deadline_us == UINT64_MAX || session.deadline_us > now_us);
        uint8_t length = cursor_u8(&cursor);
        now_us += cursor_u8(&cursor) * UINT64_C(100000);
        const uint8_t ack[] = {0, TFTP_ACK, (uint8_t)(session.block >> 8), (uint8_t)session.block};
        size_t left = cursor_left(&cursor);
        size_t taken = length < left ? length : left;
        if (length % 2 == 0)
            tftp_session_input(&session, ack, sizeof ack, now_us);
        else
            tftp_session_input(&session, cursor_take(&cursor, taken), taken, now_us);
    }
    assert(tftp_session_body_bytes(&session) <= answer.length);
    buffer_done(&packet);
    return 0;
}
