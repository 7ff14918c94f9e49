/* SPDX-License-Identifier: MIT */
#include "fakes/server/tftp_session.h"

static uint64_t sent_bytes_after(const struct tftp_session *session, uint64_t block)
{
    uint64_t bytes = block * session->block_bytes;
    return bytes < session->answer.length ? bytes : session->answer.length;
}

/* When the current packet may go out. */
static uint64_t due_us(const struct tftp_session *session)
{
    uint64_t rate = session->answer.rate_bytes_per_s;
    if (rate == 0)
        return session->start_us;
    return session->start_us + sent_bytes_after(session, session->block) * UINT64_C(1000000) / rate;
}

static void go_silent(struct tftp_session *session)
{
    session->ending = true;
    session->state = TFTP_SILENT;
    session->deadline_us = UINT64_MAX;
}

static void end(struct tftp_session *session, enum tftp_state state)
{
    session->state = state;
    session->deadline_us = UINT64_MAX;
}

static bool is_cut(const struct tftp_session *session)
{
    return session->answer.cut_bytes < session->answer.length;
}

static void turn_to(struct tftp_session *session, uint64_t block)
{
    session->block = block;
    session->tries = 0;
    session->state = TFTP_SENDING;
    session->deadline_us = due_us(session);
    if (block > session->last_block && is_cut(session))
        go_silent(session);
    else if (block > session->last_block)
        end(session, TFTP_DONE);
}

static uint32_t block_bytes_of(const struct tftp_packet *request, const struct tftp_answer *answer)
{
    return request->has_block_bytes && !answer->no_options ? request->block_bytes
                                                           : TFTP_BLOCK_BYTES_DEFAULT;
}

/* A length that is a multiple of the block's ends in an empty block (RFC 1350, 6). */
static uint64_t last_block_of(const struct tftp_packet *request, const struct tftp_answer *answer)
{
    uint32_t block_bytes = block_bytes_of(request, answer);
    return answer->cut_bytes < answer->length ? answer->cut_bytes / block_bytes
                                              : answer->length / block_bytes + 1;
}

void tftp_answer_faults(const struct tftp_packet *request, struct tftp_answer *answer)
{
    uint64_t last_block = last_block_of(request, answer);
    if (answer->reorder_block >= last_block)
        answer->reorder_block = 0;
    if (answer->stray_block > last_block)
        answer->stray_block = 0;
    answer->no_options = answer->no_options && (request->has_block_bytes || request->has_timeout ||
                                                request->has_transfer_size);
}

void tftp_session_start(struct tftp_session *session, const struct tftp_packet *request,
                        const struct tftp_answer *answer, uint64_t now_us)
{
    /* Some clients take a size of 0 for a malformed option; a server may leave options out. */
    bool heard = !answer->no_options;
    bool tell_size = heard && request->has_transfer_size && answer->length > 0;
    bool options = heard && (request->has_block_bytes || request->has_timeout || tell_size);
    *session = (struct tftp_session){
        .answer = *answer,
        .start_us = now_us,
        .block_bytes = block_bytes_of(request, answer),
        .timeout_us = heard && request->has_timeout ? request->timeout_s * UINT64_C(1000000)
                                                    : TFTP_TIMEOUT_DEFAULT_US,
        .options = {.opcode = TFTP_OACK,
                    .has_block_bytes = request->has_block_bytes,
                    .block_bytes = request->block_bytes,
                    .has_timeout = request->has_timeout,
                    .timeout_s = request->timeout_s,
                    .has_transfer_size = tell_size,
                    .transfer_size = answer->length},
    };
    session->last_block = last_block_of(request, answer);
    session->tid_is_known = options;
    turn_to(session, options ? 0 : 1);
}

void tftp_session_input(struct tftp_session *session, const uint8_t *bytes, size_t length,
                        uint64_t now_us)
{
    struct tftp_packet packet;
    (void)now_us;
    if (tftp_session_is_over(session) || !tftp_decode(bytes, length, &packet))
        return;
    if (packet.opcode == TFTP_ERROR)
        end(session, TFTP_DONE);
    /* A second acknowledgement of an earlier block must not send the current one again, or every
     * packet from there on would go out twice (RFC 1123, 4.2.3.1). */
    else if (packet.opcode == TFTP_ACK && session->state == TFTP_WAITING &&
             packet.block == (uint16_t)session->block)
        turn_to(session, session->block + 1);
}

static void encode_block(const struct tftp_session *session, uint64_t block, struct buffer *packet)
{
    buffer_clear(packet);
    if (block == 0) {
        tftp_encode(packet, &session->options);
        return;
    }
    uint64_t from = (block - 1) * session->block_bytes;
    uint64_t to = sent_bytes_after(session, block);
    struct tftp_packet data = {.opcode = TFTP_DATA,
                               .block = (uint16_t)block,
                               .data = to > from ? session->answer.body + from : NULL,
                               .data_length = (size_t)(to - from)};
    tftp_encode(packet, &data);
}

/* The block is taken for sent, and stays the current one until its time is up. */
static bool drops(struct tftp_session *session, uint64_t now_us)
{
    if (session->dropped || session->block == 0 || session->block != session->answer.drop_block)
        return false;
    session->dropped = true;
    session->tries++;
    session->deadline_us = now_us + session->timeout_us;
    return true;
}

/* True: the block that is about to go out goes out once more, at once. */
static bool duplicates(struct tftp_session *session)
{
    if (session->duplicated || session->block == 0 ||
        session->block != session->answer.duplicate_block)
        return false;
    return session->duplicated = true;
}

/* True: the block behind the current one goes out before it. */
static bool reorders(struct tftp_session *session)
{
    if (session->reordered || session->block == 0 ||
        session->block != session->answer.reorder_block || session->block >= session->last_block)
        return false;
    return session->reordered = true;
}

/* The block that came from another port is of the same length, and no byte of it is right: whoever
 * takes it has a file that is none. */
static void encode_stray(struct tftp_session *session, struct buffer *packet)
{
    enum { HEAD_BYTES = 4 };
    encode_block(session, session->answer.stray_block, packet);
    for (size_t i = HEAD_BYTES; i < packet->length; i++)
        packet->data[i] ^= UINT8_MAX;
    session->strayed = session->from_elsewhere = true;
    session->stray_is_next = false;
}

static bool strays(const struct tftp_session *session)
{
    return !session->strayed && session->block > 0 && session->block == session->answer.stray_block;
}

bool tftp_session_output(struct tftp_session *session, uint64_t now_us, struct buffer *packet)
{
    session->from_elsewhere = false;
    if (session->stray_is_next) {
        encode_stray(session, packet);
        return true;
    }
    if ((session->state != TFTP_SENDING && session->state != TFTP_WAITING) ||
        now_us < session->deadline_us)
        return false;
    if (session->tries == TFTP_TRIES_MAX) {
        end(session, TFTP_FAILED);
        return false;
    }
    if (drops(session, now_us))
        return false;
    /* To a client that has heard nothing yet whatever comes first comes from the right port. */
    if (strays(session) && session->tid_is_known) {
        encode_stray(session, packet);
        return true;
    }
    if (reorders(session)) {
        encode_block(session, session->block + 1, packet);
        return true;
    }
    encode_block(session, session->block, packet);
    session->stray_is_next = strays(session);
    session->tid_is_known = true;
    if (session->block == session->last_block)
        session->ending = true;
    if (duplicates(session))
        return true;
    session->tries++;
    session->state = TFTP_WAITING;
    session->deadline_us = now_us + session->timeout_us;
    return true;
}

bool tftp_session_is_quiet(const struct tftp_session *session)
{
    return session->state == TFTP_SENDING || session->state == TFTP_SILENT;
}

bool tftp_session_is_over(const struct tftp_session *session)
{
    return session->state == TFTP_DONE || session->state == TFTP_FAILED;
}

uint64_t tftp_session_body_bytes(const struct tftp_session *session)
{
    return sent_bytes_after(session, session->last_block);
}
