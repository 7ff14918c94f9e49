/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/strangers.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <stdio.h>
#include <string.h>

enum { SEEN_MAX = 2 * STRANGERS_MAX, FRAME_BYTES_MAX = 2048 };

static const struct mac known[] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}};
static const struct mac everybody = {{255, 255, 255, 255, 255, 255}};

struct log {
    struct strangers *strangers;
    struct stranger seen[SEEN_MAX];
    char vendor[64]; /* of the last */
    size_t count;
};

static void seen(void *context, const struct stranger *stranger)
{
    struct log *log = context;
    if (log->count < SEEN_MAX)
        log->seen[log->count++] = *stranger;
    snprintf(log->vendor, sizeof log->vendor, "%s", stranger->vendor);
}

static struct log *begin(void)
{
    static struct log log;
    struct error error;
    memset(&log, 0, sizeof log);
    CU_ASSERT_EQUAL_FATAL(strangers_new(known, 2, seen, &log, &log.strangers, &error), 0);
    return &log;
}

static struct mac mac_number(unsigned number)
{
    return (struct mac){{2, 7, 0, 0, (uint8_t)(number >> 8), (uint8_t)number}};
}

static void send_arp(struct log *log, struct mac source, uint32_t address,
                     const struct mac *destination)
{
    struct buffer bytes;
    struct frame frame = {.source_mac = source,
                          .destination_mac = *destination,
                          .arp_operation = ARP_REQUEST,
                          .arp_source_mac = source,
                          .source = address};
    buffer_init(&bytes, FRAME_BYTES_MAX);
    frame_encode_arp(&bytes, &frame);
    strangers_frame(log->strangers, bytes.data, bytes.length);
    buffer_done(&bytes);
}

static void send_dhcp(struct log *log, struct mac source, enum dhcp_type type, const char *vendor,
                      uint32_t server)
{
    struct buffer payload, bytes;
    bool reply = server != 0;
    struct dhcp_message message = {.op = reply ? 2 : 1, .chaddr = known[0]};
    struct frame headers = {.source_mac = source,
                            .destination_mac = everybody,
                            .source = server ? 0x0a000009 : 0,
                            .source_port = reply ? DHCP_SERVER_PORT : DHCP_CLIENT_PORT,
                            .destination_port = reply ? DHCP_CLIENT_PORT : DHCP_SERVER_PORT};
    buffer_init(&payload, FRAME_BYTES_MAX);
    buffer_init(&bytes, FRAME_BYTES_MAX);
    dhcp_encode_header(&payload, &message);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)type);
    if (vendor)
        dhcp_encode_option(&payload, DHCP_OPTION_CLASS_IDENTIFIER, vendor, strlen(vendor));
    if (server)
        dhcp_encode_u32(&payload, DHCP_OPTION_SERVER_IDENTIFIER, server);
    dhcp_encode_end(&payload);
    frame_encode_udp(&bytes, &headers, payload.data, payload.length);
    strangers_frame(log->strangers, bytes.data, bytes.length);
    buffer_done(&payload);
    buffer_done(&bytes);
}

static void each_once(void)
{
    struct log *log = begin();
    send_arp(log, known[0], 0x0a000001, &everybody);
    CU_ASSERT_EQUAL(log->count, 0);
    send_arp(log, mac_number(1), 0x0a000007, &everybody);
    send_arp(log, mac_number(1), 0x0a000008, &everybody);
    CU_ASSERT_EQUAL_FATAL(log->count, 1);
    CU_ASSERT_EQUAL(log->seen[0].kind, STRANGER_DEVICE);
    CU_ASSERT_EQUAL(log->seen[0].address, 0x0a000007);
    CU_ASSERT_TRUE(mac_equal(&log->seen[0].mac, &(struct mac){{2, 7, 0, 0, 0, 1}}));
    CU_ASSERT_STRING_EQUAL(log->vendor, "");
    strangers_free(log->strangers);
}

static void what_it_calls_itself(void)
{
    struct log *log = begin();
    send_dhcp(log, mac_number(1), DHCP_DISCOVER, "MSFT 5.0\x01\xff", 0);
    CU_ASSERT_EQUAL_FATAL(log->count, 1);
    CU_ASSERT_EQUAL(log->seen[0].kind, STRANGER_DEVICE);
    CU_ASSERT_EQUAL(log->seen[0].address, 0);
    CU_ASSERT_STRING_EQUAL(log->vendor, "MSFT 5.0??");
    strangers_free(log->strangers);
}

static void dhcp_servers(void)
{
    struct log *log = begin();
    send_dhcp(log, known[1], DHCP_OFFER, NULL, 0x0a000001); /* the lab's own */
    CU_ASSERT_EQUAL(log->count, 0);
    send_dhcp(log, mac_number(1), DHCP_OFFER, NULL, 0x0a000002);
    CU_ASSERT_EQUAL_FATAL(log->count, 1);
    CU_ASSERT_EQUAL(log->seen[0].kind, STRANGER_DHCP_SERVER);
    CU_ASSERT_EQUAL(log->seen[0].address, 0x0a000002);
    send_dhcp(log, mac_number(1), DHCP_ACK, NULL, 0x0a000002);
    send_arp(log, mac_number(1), 0x0a000002, &everybody);
    CU_ASSERT_EQUAL(log->count, 1);
    /* One that was first seen as a mere device. */
    send_arp(log, mac_number(2), 0x0a000003, &everybody);
    send_dhcp(log, mac_number(2), DHCP_NAK, NULL, 0x0a000003);
    send_dhcp(log, mac_number(2), DHCP_NAK, NULL, 0x0a000003);
    CU_ASSERT_EQUAL_FATAL(log->count, 3);
    CU_ASSERT_EQUAL(log->seen[1].kind, STRANGER_DEVICE);
    CU_ASSERT_EQUAL(log->seen[2].kind, STRANGER_DHCP_SERVER);
    strangers_free(log->strangers);
}

static void what_does_not_count(void)
{
    static const struct mac spanning_tree = {{0x01, 0x80, 0xc2, 0, 0, 0}},
                            lldp = {{0x01, 0x80, 0xc2, 0, 0, 0x0e}},
                            cdp = {{0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc}}, nobody = {{0}},
                            group_source = {{0x03, 0, 0, 0, 0, 1}},
                            passed_on = {{0x01, 0x80, 0xc2, 0, 0, 0x10}};
    struct log *log = begin();
    send_arp(log, mac_number(1), 0, &spanning_tree);
    send_arp(log, mac_number(1), 0, &lldp);
    send_arp(log, mac_number(1), 0, &cdp);
    send_arp(log, nobody, 0, &everybody);
    send_arp(log, group_source, 0, &everybody);
    strangers_frame(log->strangers, (const uint8_t *)"short", 5);
    CU_ASSERT_EQUAL(log->count, 0);
    send_arp(log, mac_number(1), 0, &passed_on);
    CU_ASSERT_EQUAL(log->count, 1);
    strangers_free(log->strangers);
}

static void more_than_can_be_remembered(void)
{
    struct log *log = begin();
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < STRANGERS_MAX + 100; i++)
            send_arp(log, mac_number(i), 0, &everybody);
    CU_ASSERT_EQUAL(log->count, STRANGERS_MAX);
    /* A remembered one can still turn out to be a server. */
    send_dhcp(log, mac_number(5), DHCP_OFFER, NULL, 0x0a000002);
    CU_ASSERT_EQUAL(log->count, STRANGERS_MAX + 1);
    strangers_free(log->strangers);
}

void tests_harness_lab_strangers(void);
void tests_harness_lab_strangers(void)
{
    TEST_SUITE("lab/strangers", {"each once", each_once},
               {"what it calls itself", what_it_calls_itself}, {"DHCP servers", dhcp_servers},
               {"what does not count", what_does_not_count},
               {"more than can be remembered", more_than_can_be_remembered});
}
