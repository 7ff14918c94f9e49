/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/rogue.h"
#include <string.h>

void tests_harness_lab_rogue(void);

enum { MESSAGE_BYTES_MAX = 2048 };
#define ADDRESS UINT32_C(0x0a4d0005)
static const struct mac phone_mac = {{2, 0, 0, 0, 0, 1}};
static const struct mac broadcast = {{255, 255, 255, 255, 255, 255}};
static const char *const substitutions[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_PROVISION_HTTP] = "http://p.test",
    [SUBSTITUTE_PROVISION_HTTPS] = "",
    [SUBSTITUTE_PROVISION_TFTP] = "",
    [SUBSTITUTE_PROVISION_ADDRESS] = "10.77.0.3"};
static const struct dhcp_value offer[] = {
    {.code = 66, .form = DHCP_VALUE_TEXT, .text = "${provision.http}/x.xml"}};
static const struct scenario_dhcp with_rogue = {
    .lease_us = 10 * DURATION_M, .domain = "example.net", .rogue = {true, offer, 1, 0}};

struct request {
    struct buffer bytes;
    struct dhcp_message message;
    struct frame frame;
};

/* named: the server identifier in it, requested: option 50; 0 = none. */
static void make_request(enum dhcp_type type, uint32_t named, uint32_t requested, uint32_t ciaddr,
                         uint16_t flags, struct request *request)
{
    const struct dhcp_message head = {
        .op = 1, .xid = 9, .flags = flags, .ciaddr = ciaddr, .chaddr = phone_mac};
    buffer_init(&request->bytes, MESSAGE_BYTES_MAX);
    dhcp_encode_header(&request->bytes, &head);
    dhcp_encode_u8(&request->bytes, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)type);
    if (named)
        dhcp_encode_u32(&request->bytes, DHCP_OPTION_SERVER_IDENTIFIER, named);
    if (requested)
        dhcp_encode_u32(&request->bytes, DHCP_OPTION_REQUESTED_ADDRESS, requested);
    dhcp_encode_end(&request->bytes);
    CU_ASSERT_TRUE_FATAL(
        dhcp_decode(request->bytes.data, request->bytes.length, &request->message));
    request->frame = (struct frame){.kind = FRAME_UDP,
                                    .destination = UINT32_MAX,
                                    .destination_mac = broadcast,
                                    .destination_port = DHCP_SERVER_PORT};
}

static uint32_t number_of(const struct dhcp_message *message, uint8_t code)
{
    uint32_t value = 0;
    dhcp_option_u32(message, code, &value);
    return value;
}

/* --- addresses --- */

static void nobody_else_has_its_addresses(void)
{
    struct lab_plan plan = lab_plan_emulated;
    struct rogue rogue;
    rogue_init(&rogue, &plan, substitutions);
    CU_ASSERT_EQUAL(rogue.address, ADDRESS);
    CU_ASSERT_EQUAL(rogue_lends(&rogue, 0), plan.pool_last + 1);
    CU_ASSERT_EQUAL(rogue_lends(&rogue, 1000), plan.pool_last + 1001);
    CU_ASSERT_EQUAL(rogue_lends(&rogue, 5000), 0); /* the network ends there */
    /* A small network, whose servers stand behind the pool, too. */
    plan = (struct lab_plan){.name_server = 0xc0000201,
                             .edos = 0xc0000202,
                             .provision = 0xc0000215,
                             .harness = 0xc0000216,
                             .pool_first = 0xc0000203,
                             .pool_last = 0xc0000214,
                             .prefix_length = 24};
    rogue_init(&rogue, &plan, substitutions);
    CU_ASSERT_EQUAL(rogue.address, 0xc0000217);
    CU_ASSERT_EQUAL(rogue_lends(&rogue, 0), 0xc0000218);
    const uint32_t fixed[] = {0xc0000203, 0xc0000204};
    rogue.fixed_addresses = fixed;
    rogue.fixed_count = 2;
    CU_ASSERT_EQUAL(rogue_lends(&rogue, 1), 0xc0000204);
    CU_ASSERT_EQUAL(rogue_lends(&rogue, 2), 0xc0000218);
    CU_ASSERT_EQUAL(rogue_lends(&rogue, 300), 0);
    plan =
        (struct lab_plan){.name_server = 1, .pool_first = 2, .pool_last = 2, .prefix_length = 30};
    rogue_init(&rogue, &plan, substitutions);
    CU_ASSERT_EQUAL(rogue.address, 0); /* no room for it */
}

/* --- what it hears --- */

static void a_switch_shows_it_broadcasts(void)
{
    struct rogue rogue;
    struct request request;
    rogue_init(&rogue, &lab_plan_emulated, substitutions);
    make_request(DHCP_REQUEST, ADDRESS, 0, 0, 0, &request);
    CU_ASSERT_TRUE(rogue_hears(&rogue, &request.frame));
    CU_ASSERT_TRUE(rogue_is_meant(&rogue, &request.frame, &request.message));
    buffer_done(&request.bytes);
    make_request(DHCP_REQUEST, lab_plan_emulated.name_server, 0, 0, 0, &request);
    CU_ASSERT_TRUE(rogue_hears(&rogue, &request.frame));
    CU_ASSERT_FALSE(rogue_is_meant(&rogue, &request.frame, &request.message));
    request.frame.destination_mac = (struct mac){{2, 0, 0, 0, 0, 7}};
    request.frame.destination = lab_plan_emulated.name_server;
    CU_ASSERT_FALSE(rogue_hears(&rogue, &request.frame));
    request.frame.destination_mac = rogue.mac;
    request.frame.destination = ADDRESS;
    CU_ASSERT_TRUE(rogue_hears(&rogue, &request.frame));
    CU_ASSERT_TRUE(rogue_is_meant(&rogue, &request.frame, &request.message));
    rogue.address = 0;
    CU_ASSERT_FALSE(rogue_hears(&rogue, &request.frame));
    CU_ASSERT_FALSE(rogue_is_meant(&rogue, &request.frame, &request.message));
    buffer_done(&request.bytes);
}

/* --- what it says --- */

static void it_offers_and_confirms(void)
{
    static const struct {
        enum dhcp_type type;
        uint32_t named, requested, ciaddr;
        uint16_t flags;
        enum dhcp_type reply; /* 0 = none */
        uint32_t address;
        bool to_all;
    } cases[] = {
        {DHCP_DISCOVER, 0, 0, 0, 0, DHCP_OFFER, 0x0a4dfb00, false},
        {DHCP_DISCOVER, 0, 0x0a4d0199, 0, 0x8000, DHCP_OFFER, 0x0a4dfb00, true},
        {DHCP_REQUEST, ADDRESS, 0x0a4dfb00, 0, 0, DHCP_ACK, 0x0a4dfb00, false},
        {DHCP_REQUEST, 0x0a4d0001, 0x0a4d0199, 0, 0x8000, DHCP_ACK, 0x0a4d0199, true},
        {DHCP_REQUEST, 0, 0, 0x0a4d0177, 0x8000, DHCP_ACK, 0x0a4d0177, false},
        {DHCP_REQUEST, 0, 0, 0, 0, 0, 0, false},
        {DHCP_RELEASE, ADDRESS, 0, 0x0a4dfb00, 0, 0, 0, false},
        {DHCP_INFORM, 0, 0, 0x0a4dfb00, 0, 0, 0, false},
    };
    struct rogue rogue;
    rogue_init(&rogue, &lab_plan_emulated, substitutions);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct request request;
        struct rogue_reply reply;
        struct dhcp_message message;
        struct dhcp_option_view view;
        struct buffer payload;
        buffer_init(&payload, MESSAGE_BYTES_MAX);
        make_request(cases[i].type, cases[i].named, cases[i].requested, cases[i].ciaddr,
                     cases[i].flags, &request);
        CU_ASSERT_EQUAL(rogue_answer(&rogue, 0, &with_rogue, &request.message, &payload, &reply),
                        cases[i].reply != 0);
        buffer_done(&request.bytes);
        if (cases[i].reply) {
            CU_ASSERT_TRUE_FATAL(dhcp_decode(payload.data, payload.length, &message));
            CU_ASSERT_EQUAL(message.type, cases[i].reply);
            CU_ASSERT_EQUAL(message.xid, 9);
            CU_ASSERT_EQUAL(message.yiaddr, cases[i].address);
            CU_ASSERT_EQUAL(reply.address, cases[i].address);
            CU_ASSERT_TRUE(mac_equal(&message.chaddr, &phone_mac));
            CU_ASSERT_EQUAL(number_of(&message, DHCP_OPTION_SERVER_IDENTIFIER), ADDRESS);
            CU_ASSERT_EQUAL(number_of(&message, DHCP_OPTION_LEASE_TIME), 600);
            CU_ASSERT_EQUAL(number_of(&message, DHCP_OPTION_DOMAIN_NAME_SERVER), 0x0a4d0001);
            CU_ASSERT_TRUE(dhcp_option_get(&message, DHCP_OPTION_DOMAIN_NAME, &view));
            CU_ASSERT_TRUE_FATAL(dhcp_option_get(&message, 66, &view));
            CU_ASSERT_EQUAL(view.length, strlen("http://p.test/x.xml"));
            CU_ASSERT_EQUAL(memcmp(view.value, "http://p.test/x.xml", view.length), 0);
            CU_ASSERT_EQUAL(dhcp_form(&message), DHCP_FORM_GOOD);
            CU_ASSERT_EQUAL(mac_equal(&reply.headers.destination_mac, &broadcast), cases[i].to_all);
            CU_ASSERT_EQUAL(reply.headers.source, ADDRESS);
        }
        buffer_done(&payload);
    }
}

/* Without one in force, and with an option that does not hold what it is to hold. */
static void it_is_silent(void)
{
    static const struct scenario_dhcp none = {.lease_us = DURATION_H};
    static const char *const words[] = {"x"};
    static const struct dhcp_value no_address[] = {
        {.code = 150, .form = DHCP_VALUE_ADDRESSES, .addresses = words, .address_count = 1}};
    const struct scenario_dhcp bad = {.lease_us = DURATION_H, .rogue = {true, no_address, 1, 0}};
    struct rogue rogue;
    struct request request;
    struct rogue_reply reply;
    struct buffer payload;
    rogue_init(&rogue, &lab_plan_emulated, substitutions);
    make_request(DHCP_DISCOVER, 0, 0, 0, 0, &request);
    buffer_init(&payload, MESSAGE_BYTES_MAX);
    CU_ASSERT_FALSE(rogue_answer(&rogue, 0, &none, &request.message, &payload, &reply));
    CU_ASSERT_FALSE(rogue_answer(&rogue, 0, &bad, &request.message, &payload, &reply));
    CU_ASSERT_FALSE(rogue_answer(&rogue, 5000, &with_rogue, &request.message, &payload, &reply));
    buffer_done(&payload);
    buffer_init(&payload, 100); /* too little for a message */
    CU_ASSERT_FALSE(rogue_answer(&rogue, 0, &with_rogue, &request.message, &payload, &reply));
    buffer_done(&payload);
    buffer_done(&request.bytes);
}

void tests_harness_lab_rogue(void)
{
    TEST_SUITE("lab/rogue", {"nobody else has its addresses", nobody_else_has_its_addresses},
               {"a switch shows it broadcasts", a_switch_shows_it_broadcasts},
               {"it offers and confirms", it_offers_and_confirms}, {"it is silent", it_is_silent});
}
