/* SPDX-License-Identifier: MIT */
/* What can be inferred of a network that nobody described: captures from elsewhere. */
#include "harness/observe/frames_testing.h"

void tests_harness_observe_foreign(void);

static void without_logs_the_next_server_proves_the_profile(void)
{
    struct net net;
    struct observe_world world = {.learn_phones = true};
    net_open_world(&net, &world);
    net_lease(&net);
    net_resolve(&net, 1);
    CU_ASSERT_EQUAL(observer_phone_count(net.observer), 1);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    struct net_tcp edos = net_connect(&net, NET_EDOS, 443, 40000);
    net_segment(&net, &edos, true, edos.client_next, TCP_ACK, "\x16\x03\x01\x00\x01\x02", 6);
    edos.client_next += 6;
    net_fin(&net, &edos, true);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    struct net_tcp provision = net_connect(&net, NET_PROVISION, 80, 40001);
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_say(&net, &provision, true, "GET /p.xml HTTP/1.1\r\nHost: p\r\n\r\n");
    net_say(&net, &provision, false, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_say(&net, &provision, false, "cde");
    NET_ASSERT_STATE(&net, STATE_ACQUIRED, RULE_CUST_1);
    net_close(&net);
}

static void say_tls(struct net *net, uint16_t port)
{
    struct net_tcp edos = net_connect(net, NET_EDOS, 443, port);
    net_segment(net, &edos, true, edos.client_next, TCP_ACK, "\x16\x03\x01\x00\x01\x02", 6);
    edos.client_next += 6;
    net_fin(net, &edos, true);
    net_fin(net, &edos, false);
}

/* A HEAD and the GET after it, each over TLS on a connection of its own, are one attempt; what
 * comes a minute later is the next one. */
static void without_logs_a_look_is_no_attempt(void)
{
    struct net net;
    struct observe_world world = {.learn_phones = true};
    net_open_world(&net, &world);
    net_lease(&net);
    net_resolve(&net, 1);
    say_tls(&net, 40000);
    say_tls(&net, 40001);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
    uint64_t closed_us = net.now_us;
    net.now_us += UINT64_C(60000000);
    say_tls(&net, 40002);
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_ATTEMPT), 2);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_ATTEMPT)->attempt.last_sign_us, closed_us);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    net_close(&net);
}

static void without_logs_a_transfer_counts_when_whole(void)
{
    struct net net;
    struct observe_world world = {.learn_phones = true};
    struct tftp_packet data = {
        .opcode = TFTP_DATA, .block = 1, .data = (const uint8_t *)"<x/>", .data_length = 4};
    struct tftp_packet ack = {.opcode = TFTP_ACK, .block = 1};
    net_open_world(&net, &world);
    net_lease(&net);
    net_resolve(&net, 1);
    struct net_tcp edos = net_connect(&net, NET_EDOS, 80, 40000);
    net_say(&net, &edos, true, "GET /rc HTTP/1.1\r\nHost: activate.cisco.com\r\n\r\n");
    net_say(&net, &edos, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_rrq(&net, 2000, "/8841.xml");
    net_tftp(&net, false, 2000, 3000, &data);
    net_tftp(&net, false, 2000, 3000, &ack); /* the wrong way round */
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_tftp(&net, true, 2000, 3000, &ack);
    NET_ASSERT_STATE(&net, STATE_ACQUIRED, RULE_CUST_1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_TFTP), 2);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_TFTP)->tftp.bytes, 4);
    net_close(&net);
}

/* What a server does wrong is told once, and the transfer goes on as if it had not been. */
static void disorder_of_a_transfer_is_told(void)
{
    static const struct {
        uint16_t port, block;
        const char *disorder; /* NULL = none, or told already */
    } blocks[] = {
        {3000, 1, TFTP_DISORDER_NO_OPTIONS},
        {3000, 1, NULL},
        {3000, 3, TFTP_DISORDER_AHEAD},
        {3000, 3, NULL},
        {3001, 2, TFTP_DISORDER_PORT},
        {3002, 2, NULL},
        {3000, 2, NULL},
        {3000, 1, NULL},
    };
    struct net net;
    struct observe_world world = {.learn_phones = true};
    uint8_t bytes[TFTP_BLOCK_BYTES_DEFAULT] = {0};
    struct tftp_packet request = {.opcode = TFTP_RRQ,
                                  .name = "a",
                                  .has_block_bytes = true,
                                  .block_bytes = 1428},
                       packet = {.opcode = TFTP_DATA, .data = bytes, .data_length = sizeof bytes},
                       ack = {.opcode = TFTP_ACK, .block = 3};
    net_open_world(&net, &world);
    net_lease(&net);
    net_tftp(&net, true, 2000, 69, &request);
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        size_t before = net_count(&net, EVENT_TFTP);
        packet.block = blocks[i].block;
        net_tftp(&net, false, 2000, blocks[i].port, &packet);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_TFTP), before + (blocks[i].disorder != NULL));
        if (!blocks[i].disorder)
            continue;
        const struct tftp_event *told = &net_last(&net, EVENT_TFTP)->tftp;
        CU_ASSERT_EQUAL(told->packet, TFTP_PACKET_DATA);
        CU_ASSERT_EQUAL(told->block, blocks[i].block);
        CU_ASSERT_STRING_EQUAL(told->disorder, blocks[i].disorder);
    }
    net_tftp(&net, true, 2000, 3001, &ack); /* of what the stranger sent */
    packet.block = 3;
    packet.data_length = 5;
    net_tftp(&net, false, 2000, 3000, &packet);
    net_tftp(&net, true, 2000, 3000, &ack);
    CU_ASSERT_TRUE(net_last(&net, EVENT_TFTP)->tftp.complete);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_TFTP)->tftp.bytes, 2 * sizeof bytes + 5);
    /* An OACK leaves nothing to be told. */
    net_tftp(&net, true, 2001, 69, &request);
    request.opcode = TFTP_OACK;
    net_tftp(&net, false, 2001, 3005, &request);
    size_t before = net_count(&net, EVENT_TFTP);
    packet.block = 1;
    net_tftp(&net, false, 2001, 3005, &packet);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_TFTP), before);
    net_close(&net);
}

static void without_logs_a_resync_is_no_redirect(void)
{
    struct net net;
    struct observe_world world = {.learn_phones = true};
    net_open_world(&net, &world);
    net_lease(&net);
    struct net_tcp edos = net_connect(&net, NET_EDOS, 80, 40000);
    net_say(&net, &edos, true, "GET /rc HTTP/1.1\r\nHost: activate.cisco.com\r\n\r\n");
    net_say(&net, &edos, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    struct net_tcp page = {NET_HARNESS, NET_PHONE, 5000, 0, 50000, 80};
    net_segment(&net, &page, true, page.client_next++, TCP_SYN, NULL, 0);
    net_accept(&net, &page);
    net_say(&net, &page, true, "GET /admin/resync?http://h/c.xml HTTP/1.1\r\n\r\n");
    for (int told = 1; told >= 0; told--) {
        struct net_tcp tcp = net_connect(&net, NET_HARNESS, 80, (uint16_t)(41000 + told));
        net_say(&net, &tcp, true, told ? "GET /c.xml HTTP/1.1\r\n\r\n" : "GET /p HTTP/1.1\r\n\r\n");
        net_say(&net, &tcp, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
        CU_ASSERT_EQUAL(observer_phone_state(net.observer, 0),
                        told ? STATE_CUSTOM_PENDING : STATE_ACQUIRED);
    }
    net_close(&net);
}

/* An encrypted answer may be of no use to who gets it. */
static void without_logs_a_key_is_not_known(void)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nSalted__abcd",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nSalt\r\n5\r\ned__a\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: aes128gcm\r\nContent-Length: 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nSalted_abcde",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct net net;
        struct observe_world world = {.learn_phones = true};
        net_open_world(&net, &world);
        net_lease(&net);
        struct net_tcp edos = net_connect(&net, NET_EDOS, 80, 40000);
        net_say(&net, &edos, true, "GET /rc HTTP/1.1\r\nHost: activate.cisco.com\r\n\r\n");
        net_say(&net, &edos, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
        struct net_tcp tcp = net_connect(&net, NET_PROVISION, 80, 41000);
        net_say(&net, &tcp, true, "GET /c.xml HTTP/1.1\r\n\r\n");
        net_say(&net, &tcp, false, answers[i]);
        CU_ASSERT_EQUAL(observer_phone_state(net.observer, 0),
                        i < 3 ? STATE_CUSTOM_PENDING : STATE_ACQUIRED);
        net_close(&net);
    }
}

void tests_harness_observe_foreign(void)
{
    TEST_SUITE("observe/foreign",
               {"the next server", without_logs_the_next_server_proves_the_profile},
               {"without logs a look is no attempt", without_logs_a_look_is_no_attempt},
               {"a whole transfer", without_logs_a_transfer_counts_when_whole},
               {"disorder of a transfer is told", disorder_of_a_transfer_is_told},
               {"a resync", without_logs_a_resync_is_no_redirect},
               {"a key is not known", without_logs_a_key_is_not_known});
}
