/* SPDX-License-Identifier: MIT */
#include "fakes/server/tftp_session.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tests_fakes_server_tftp_session(void);

enum { SECOND = 1000000 };

struct peer { /* the client's end, by hand */
    struct tftp_session session;
    struct buffer packet, body;
    struct tftp_packet last;
    uint64_t now_us;
};

static void begin(struct peer *peer, const struct tftp_packet *request,
                  const struct tftp_answer *answer)
{
    *peer = (struct peer){.now_us = 5 * SECOND};
    buffer_init(&peer->packet, TFTP_PACKET_BYTES_MAX);
    buffer_init(&peer->body, 1 << 20);
    tftp_session_start(&peer->session, request, answer, peer->now_us);
}

static void done(struct peer *peer)
{
    buffer_done(&peer->packet);
    buffer_done(&peer->body);
}

static bool receive(struct peer *peer)
{
    if (!tftp_session_output(&peer->session, peer->now_us, &peer->packet))
        return false;
    CU_ASSERT_TRUE(tftp_decode(peer->packet.data, peer->packet.length, &peer->last));
    return true;
}

static void acknowledge(struct peer *peer, uint16_t block)
{
    const uint8_t ack[] = {0, TFTP_ACK, (uint8_t)(block >> 8), (uint8_t)block};
    tftp_session_input(&peer->session, ack, sizeof ack, peer->now_us);
}

/* Acknowledges whatever comes until nothing does; counts the DATA packets. */
static unsigned drain(struct peer *peer)
{
    unsigned count = 0;
    while (receive(peer)) {
        if (peer->last.opcode == TFTP_DATA) {
            count++;
            buffer_append(&peer->body, peer->last.data, peer->last.data_length);
            CU_ASSERT_EQUAL(peer->last.block, (uint16_t)count);
        }
        acknowledge(peer, peer->last.opcode == TFTP_DATA ? peer->last.block : 0);
    }
    return count;
}

static const struct tftp_packet plain = {.opcode = TFTP_RRQ};

static void whole_bodies(void)
{
    static const struct {
        size_t length;
        unsigned blocks;
    } rows[] = {{0, 1}, {1, 1}, {511, 1}, {512, 2}, {513, 2}, {1024, 3}, {5000, 10}};
    uint8_t bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct peer peer;
        begin(&peer, &plain,
              &(struct tftp_answer){
                  .body = bytes, .length = rows[i].length, .cut_bytes = TFTP_NOT_CUT});
        CU_ASSERT_EQUAL(drain(&peer), rows[i].blocks);
        CU_ASSERT_EQUAL(peer.body.length, rows[i].length);
        CU_ASSERT(rows[i].length == 0 || memcmp(peer.body.data, bytes, rows[i].length) == 0);
        CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
        CU_ASSERT_TRUE(peer.session.ending);
        CU_ASSERT_EQUAL(tftp_session_body_bytes(&peer.session), rows[i].length);
        done(&peer);
    }
}

static void options_are_acknowledged_first(void)
{
    static const uint8_t bytes[100];
    const struct tftp_packet request = {.opcode = TFTP_RRQ,
                                        .has_block_bytes = true,
                                        .block_bytes = 40,
                                        .has_timeout = true,
                                        .timeout_s = 3,
                                        .has_transfer_size = true};
    struct peer peer;
    begin(&peer, &request,
          &(struct tftp_answer){.body = bytes, .length = 100, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.opcode, TFTP_OACK);
    CU_ASSERT_EQUAL(peer.last.block_bytes, 40);
    CU_ASSERT_EQUAL(peer.last.timeout_s, 3);
    CU_ASSERT_EQUAL(peer.last.transfer_size, 100);
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_EQUAL(peer.session.deadline_us, peer.now_us + 3 * SECOND);
    acknowledge(&peer, 0);
    CU_ASSERT_EQUAL(drain(&peer), 3);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    done(&peer);
}

static const uint8_t three_blocks[1300];

static void a_lost_block_comes_when_its_time_is_up(void)
{
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){.body = three_blocks,
                                .length = sizeof three_blocks,
                                .drop_block = 2,
                                .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    acknowledge(&peer, 1);
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_TRUE(tftp_session_is_quiet(&peer.session));
    CU_ASSERT_EQUAL(peer.session.deadline_us, peer.now_us + SECOND);
    acknowledge(&peer, 1); /* the client asks for it again: only the timer counts (RFC 1123) */
    CU_ASSERT_FALSE(receive(&peer));
    peer.now_us += SECOND;
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.block, 2);
    CU_ASSERT_FALSE(tftp_session_is_quiet(&peer.session));
    acknowledge(&peer, 2);
    CU_ASSERT_TRUE(receive(&peer)); /* the next one is lost no more */
    CU_ASSERT_EQUAL(peer.last.block, 3);
    acknowledge(&peer, 3);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    done(&peer);
}

static void a_lost_last_block_is_no_end(void)
{
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){
              .body = three_blocks, .length = 10, .drop_block = 1, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_FALSE(peer.session.ending); /* nothing is to be logged yet */
    peer.now_us += SECOND;
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_TRUE(peer.session.ending);
    for (unsigned i = 0; i < TFTP_TRIES_MAX - 2; i++) {
        peer.now_us += SECOND;
        CU_ASSERT_TRUE(receive(&peer)); /* never acknowledged: the lost one was a try, too */
    }
    peer.now_us += SECOND;
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_EQUAL(peer.session.state, TFTP_FAILED);
    done(&peer);
}

static void a_block_that_comes_twice_is_answered_twice(void)
{
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){.body = three_blocks,
                                .length = sizeof three_blocks,
                                .duplicate_block = 2,
                                .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    acknowledge(&peer, 1);
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_TRUE(receive(&peer));
        CU_ASSERT_EQUAL(peer.last.block, 2);
    }
    CU_ASSERT_FALSE(receive(&peer));
    acknowledge(&peer, 2);
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.block, 3);
    acknowledge(&peer, 2); /* of the second copy: it must not make block 3 go out twice */
    CU_ASSERT_FALSE(receive(&peer));
    acknowledge(&peer, 3);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    done(&peer);
}

static void a_last_block_that_comes_twice(void)
{
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){
              .body = three_blocks, .length = 10, .duplicate_block = 1, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_FALSE(receive(&peer));
    acknowledge(&peer, 1);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    acknowledge(&peer, 1);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    done(&peer);
}

static void only_what_was_asked_is_acknowledged(void)
{
    static const uint8_t bytes[7];
    const struct tftp_packet request = {.opcode = TFTP_RRQ, .has_transfer_size = true};
    struct peer peer;
    begin(&peer, &request,
          &(struct tftp_answer){.body = bytes, .length = 7, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_FALSE(peer.last.has_block_bytes);
    CU_ASSERT_FALSE(peer.last.has_timeout);
    CU_ASSERT_TRUE(peer.last.has_transfer_size);
    CU_ASSERT_EQUAL(peer.last.transfer_size, 7);
    done(&peer);
    begin(&peer, &request, &(struct tftp_answer){.cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.opcode, TFTP_DATA); /* a size of 0 is left out, and the OACK too */
    CU_ASSERT_EQUAL(peer.last.data_length, 0);
    done(&peer);
}

static void lost_packets_are_sent_again(void)
{
    static const uint8_t bytes[600];
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){.body = bytes, .length = 600, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    peer.now_us += SECOND - 1;
    CU_ASSERT_FALSE(receive(&peer));
    peer.now_us += 1;
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.block, 1);
    CU_ASSERT_FALSE(peer.session.ending);
    acknowledge(&peer, 1);
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.block, 2);
    CU_ASSERT_TRUE(peer.session.ending);
    for (unsigned tries = 1; tries < TFTP_TRIES_MAX; tries++) {
        CU_ASSERT_EQUAL(peer.session.deadline_us, peer.now_us + SECOND);
        peer.now_us = peer.session.deadline_us;
        CU_ASSERT_TRUE(receive(&peer));
        CU_ASSERT_EQUAL(peer.last.block, 2);
    }
    peer.now_us = peer.session.deadline_us;
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_EQUAL(peer.session.state, TFTP_FAILED);
    CU_ASSERT_EQUAL(peer.session.deadline_us, UINT64_MAX);
    CU_ASSERT_TRUE(tftp_session_is_over(&peer.session));
    done(&peer);
}

static void a_repeated_acknowledgement_sends_nothing(void)
{
    static const uint8_t bytes[2000];
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){.body = bytes, .length = 2000, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    acknowledge(&peer, 1);
    CU_ASSERT_TRUE(receive(&peer));
    acknowledge(&peer, 1);
    acknowledge(&peer, 0);
    acknowledge(&peer, 3); /* not sent yet */
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_EQUAL(peer.session.block, 2);
    acknowledge(&peer, 2);
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.block, 3);
    done(&peer);
}

static void block_numbers_wrap(void)
{
    enum { BLOCKS = 70000 };
    uint8_t *bytes = calloc(BLOCKS, 8);
    const struct tftp_packet request = {
        .opcode = TFTP_RRQ, .has_block_bytes = true, .block_bytes = 8};
    struct peer peer;
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t i = 0; i < BLOCKS; i++)
        memcpy(bytes + 8 * i, &(uint64_t){i}, 8);
    begin(&peer, &request,
          &(struct tftp_answer){.body = bytes, .length = BLOCKS * 8, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_EQUAL(drain(&peer), BLOCKS + 1);
    CU_ASSERT_EQUAL(peer.last.block, (BLOCKS + 1) % 65536);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    CU_ASSERT_EQUAL(peer.body.length, BLOCKS * 8);
    CU_ASSERT_EQUAL(memcmp(peer.body.data, bytes, BLOCKS * 8), 0);
    done(&peer);
    free(bytes);
}

static void the_client_may_end_it(void)
{
    static const uint8_t error[] = {0, TFTP_ERROR, 0, 3, 'f', 'u', 'l', 'l', 0};
    static const uint8_t bytes[2000];
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){.body = bytes, .length = 2000, .cut_bytes = TFTP_NOT_CUT});
    CU_ASSERT_TRUE(receive(&peer));
    tftp_session_input(&peer.session, error, 3, peer.now_us); /* cut: no packet */
    CU_ASSERT_FALSE(tftp_session_is_over(&peer.session));
    tftp_session_input(&peer.session, error, sizeof error, peer.now_us);
    CU_ASSERT_TRUE(tftp_session_is_over(&peer.session));
    CU_ASSERT_FALSE(peer.session.ending);
    peer.now_us += 10 * SECOND;
    CU_ASSERT_FALSE(receive(&peer));
    done(&peer);
}

static void slow_answers_keep_quiet_between_blocks(void)
{
    static const uint8_t bytes[1000];
    struct peer peer;
    begin(&peer, &plain,
          &(struct tftp_answer){
              .body = bytes, .length = 1000, .rate_bytes_per_s = 256, .cut_bytes = TFTP_NOT_CUT});
    uint64_t start_us = peer.now_us;
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_TRUE(tftp_session_is_quiet(&peer.session));
    CU_ASSERT_EQUAL(peer.session.deadline_us, start_us + 2 * SECOND);
    peer.now_us = start_us + 2 * SECOND;
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_FALSE(tftp_session_is_quiet(&peer.session));
    acknowledge(&peer, 1);
    CU_ASSERT_FALSE(receive(&peer));
    CU_ASSERT_TRUE(tftp_session_is_quiet(&peer.session));
    CU_ASSERT_EQUAL(peer.session.deadline_us, start_us + 1000 * UINT64_C(1000000) / 256);
    peer.now_us = peer.session.deadline_us;
    CU_ASSERT_TRUE(receive(&peer));
    acknowledge(&peer, 2);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    done(&peer);
}

static void cut_answers_fall_silent(void)
{
    static const struct {
        uint64_t cut;
        unsigned blocks;
    } rows[] = {{0, 0}, {511, 0}, {512, 1}, {1300, 2}};
    static const uint8_t bytes[2000];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct peer peer;
        begin(&peer, &plain,
              &(struct tftp_answer){.body = bytes, .length = 2000, .cut_bytes = rows[i].cut});
        CU_ASSERT_EQUAL(drain(&peer), rows[i].blocks);
        CU_ASSERT_EQUAL(peer.session.state, TFTP_SILENT);
        CU_ASSERT_TRUE(peer.session.ending);
        CU_ASSERT_TRUE(tftp_session_is_quiet(&peer.session));
        CU_ASSERT_FALSE(tftp_session_is_over(&peer.session));
        CU_ASSERT_EQUAL(tftp_session_body_bytes(&peer.session), rows[i].blocks * 512);
        peer.now_us += 100 * SECOND;
        acknowledge(&peer, (uint16_t)rows[i].blocks);
        CU_ASSERT_FALSE(receive(&peer));
        done(&peer);
    }
    struct peer peer; /* the cut is past the end: nothing is cut */
    begin(&peer, &plain, &(struct tftp_answer){.body = bytes, .length = 2000, .cut_bytes = 2000});
    CU_ASSERT_EQUAL(drain(&peer), 4);
    CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
    done(&peer);
}

/* What goes out until the next acknowledgement is waited for, in words: a block's number, with a
 * star if it comes from elsewhere, and is spoilt. */
static void expect_sent(struct peer *peer, const char *expected)
{
    char sent[64] = "";
    while (receive(peer)) {
        size_t at = strlen(sent);
        bool elsewhere = peer->session.from_elsewhere;
        CU_ASSERT(peer->last.data_length == 0 || peer->last.data[0] == (elsewhere ? 0xff : 0));
        snprintf(sent + at, sizeof sent - at, "%s%u%s", at ? " " : "", peer->last.block,
                 elsewhere ? "*" : "");
    }
    CU_ASSERT_STRING_EQUAL(sent, expected);
}

static void a_block_that_is_overtaken(void)
{
    static const struct {
        uint64_t block;
        const char *sent[3];
    } rows[] = {{1, {"2 1", "2", "3"}}, {2, {"1", "3 2", "3"}}, {3, {"1", "2", "3"}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct peer peer;
        begin(&peer, &plain,
              &(struct tftp_answer){.body = three_blocks,
                                    .length = sizeof three_blocks,
                                    .reorder_block = rows[i].block,
                                    .cut_bytes = TFTP_NOT_CUT});
        for (uint16_t block = 1; block <= 3; block++) {
            CU_ASSERT_FALSE(peer.session.ending);
            expect_sent(&peer, rows[i].sent[block - 1]);
            acknowledge(&peer, (uint16_t)(block + 1)); /* of what came too early: not its turn */
            CU_ASSERT_FALSE(receive(&peer));
            acknowledge(&peer, block);
        }
        CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
        done(&peer);
    }
}

static void a_block_from_elsewhere(void)
{
    static const struct {
        uint64_t block;
        bool options;
        const char *sent[3];
    } rows[] = {
        {1, false, {"1 1*", "2", "3"}}, /* what comes first tells the port */
        {1, true, {"1* 1", "2", "3"}},  {2, false, {"1", "2* 2", "3"}},
        {3, false, {"1", "2", "3* 3"}}, {4, false, {"1", "2", "3"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tftp_packet request = {
            .opcode = TFTP_RRQ, .has_timeout = rows[i].options, .timeout_s = 1};
        struct peer peer;
        begin(&peer, &request,
              &(struct tftp_answer){.body = three_blocks,
                                    .length = sizeof three_blocks,
                                    .stray_block = rows[i].block,
                                    .cut_bytes = TFTP_NOT_CUT});
        if (rows[i].options) {
            CU_ASSERT_TRUE(receive(&peer));
            acknowledge(&peer, 0);
        }
        for (uint16_t block = 1; block <= 3; block++) {
            expect_sent(&peer, rows[i].sent[block - 1]);
            peer.now_us += SECOND;
            char again[] = {(char)('0' + block), '\0'};
            expect_sent(&peer, again); /* once is enough */
            acknowledge(&peer, block);
        }
        CU_ASSERT_EQUAL(peer.session.state, TFTP_DONE);
        done(&peer);
    }
}

static void options_that_are_passed_over(void)
{
    const struct tftp_packet request = {.opcode = TFTP_RRQ,
                                        .has_block_bytes = true,
                                        .block_bytes = 1428,
                                        .has_timeout = true,
                                        .timeout_s = 9,
                                        .has_transfer_size = true};
    struct peer peer;
    begin(&peer, &request,
          &(struct tftp_answer){.body = three_blocks,
                                .length = sizeof three_blocks,
                                .no_options = true,
                                .cut_bytes = TFTP_NOT_CUT});
    expect_sent(&peer, "1");
    CU_ASSERT_EQUAL(peer.session.deadline_us, peer.now_us + SECOND);
    acknowledge(&peer, 1);
    CU_ASSERT_TRUE(receive(&peer));
    CU_ASSERT_EQUAL(peer.last.data_length, 512);
    done(&peer);
}

static void what_an_answer_will_show(void)
{
    static const struct {
        bool options;
        struct tftp_answer asked, shown; /* of 1300 bytes */
    } rows[] = {
        {false, {.reorder_block = 2, .stray_block = 3}, {.reorder_block = 2, .stray_block = 3}},
        {false, {.reorder_block = 3, .stray_block = 4, .no_options = true}, {0}},
        {true, {.stray_block = 1, .reorder_block = 1}, {.stray_block = 1}}, /* one large block */
        {true,
         {.reorder_block = 1, .stray_block = 3, .no_options = true},
         {.reorder_block = 1, .stray_block = 3, .no_options = true}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tftp_packet request = {
            .opcode = TFTP_RRQ, .has_block_bytes = rows[i].options, .block_bytes = 1428};
        struct tftp_answer answer = rows[i].asked;
        answer.length = sizeof three_blocks;
        answer.cut_bytes = TFTP_NOT_CUT;
        tftp_answer_faults(&request, &answer);
        CU_ASSERT_EQUAL(answer.reorder_block, rows[i].shown.reorder_block);
        CU_ASSERT_EQUAL(answer.stray_block, rows[i].shown.stray_block);
        CU_ASSERT_EQUAL(answer.no_options, rows[i].shown.no_options);
    }
}

void tests_fakes_server_tftp_session(void)
{
    TEST_SUITE(
        "server/tftp_session", {"whole bodies", whole_bodies},
        {"options are acknowledged first", options_are_acknowledged_first},
        {"a lost block comes when its time is up", a_lost_block_comes_when_its_time_is_up},
        {"a lost last block is no end", a_lost_last_block_is_no_end},
        {"a block that comes twice is answered twice", a_block_that_comes_twice_is_answered_twice},
        {"a last block that comes twice", a_last_block_that_comes_twice},
        {"a block that is overtaken", a_block_that_is_overtaken},
        {"a block from elsewhere", a_block_from_elsewhere},
        {"options that are passed over", options_that_are_passed_over},
        {"what an answer will show", what_an_answer_will_show},
        {"only what was asked is acknowledged", only_what_was_asked_is_acknowledged},
        {"lost packets are sent again", lost_packets_are_sent_again},
        {"a repeated acknowledgement sends nothing", a_repeated_acknowledgement_sends_nothing},
        {"block numbers wrap", block_numbers_wrap},
        {"the client may end it", the_client_may_end_it},
        {"slow answers keep quiet between blocks", slow_answers_keep_quiet_between_blocks},
        {"cut answers fall silent", cut_answers_fall_silent});
}
