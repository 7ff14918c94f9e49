/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_client.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/dhcp_malform.h"
#include "harness/wire/dhcp.h"
#include <string.h>

void tests_fakes_phone_dhcp_client(void);

#define SERVER UINT32_C(0x0a000001)
#define ADDRESS UINT32_C(0x0a000032)
static const struct mac phone_mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 0xcc}};
static const struct mac server_mac = {{2, 0, 0, 0, 0, 1}};

static void set_up(struct dhcp_client *client)
{
    struct dhcp_client_config config = {.mac = phone_mac,
                                        .host_name = "SEP001122AABBCC",
                                        .class_name = "CP-8841-3PCC",
                                        .serial = "FCH0000N001",
                                        .device_class = "CP-8841-3PCC"};
    random_seed_named(&config.random, 3, "dhcp");
    dhcp_client_init(client, &config);
}

struct grant { /* what the server says */
    uint8_t type;
    uint32_t address, server, lease_s, t1_s, t2_s; /* 0 = leave out */
    uint32_t xid_change;
    struct mac chaddr;
};
static const struct grant offer = {DHCP_OFFER, ADDRESS, SERVER, 3600, 0, 0, 0, {{0}}};
static const struct grant ack = {DHCP_ACK, ADDRESS, SERVER, 3600, 0, 0, 0, {{0}}};
static const struct grant nak = {DHCP_NAK, 0, SERVER, 0, 0, 0, 0, {{0}}};

static void say(struct dhcp_client *client, uint64_t now_us, const struct grant *grant,
                struct dhcp_client_output *out)
{
    static const struct mac none;
    struct buffer reply;
    struct dhcp_message header = {.op = 2,
                                  .xid = client->xid + grant->xid_change,
                                  .yiaddr = grant->address,
                                  .chaddr =
                                      mac_equal(&grant->chaddr, &none) ? phone_mac : grant->chaddr};
    buffer_init(&reply, 1500);
    dhcp_encode_header(&reply, &header);
    dhcp_encode_u8(&reply, DHCP_OPTION_MESSAGE_TYPE, grant->type);
    if (grant->server)
        dhcp_encode_u32(&reply, DHCP_OPTION_SERVER_IDENTIFIER, grant->server);
    if (grant->lease_s)
        dhcp_encode_u32(&reply, DHCP_OPTION_LEASE_TIME, grant->lease_s);
    if (grant->t1_s)
        dhcp_encode_u32(&reply, DHCP_OPTION_RENEWAL_TIME, grant->t1_s);
    if (grant->t2_s)
        dhcp_encode_u32(&reply, DHCP_OPTION_REBINDING_TIME, grant->t2_s);
    dhcp_encode_option(&reply, DHCP_OPTION_TFTP_SERVER_NAME, "http://a/\0", 10);
    dhcp_encode_option(&reply, DHCP_OPTION_DOMAIN_NAME, "example.net", 11);
    dhcp_encode_end(&reply);
    *out = *dhcp_client_receive(client, now_us, reply.data, reply.length, &server_mac);
    buffer_done(&reply);
}

static void bind(struct dhcp_client *client, uint64_t now_us, const struct grant *grant)
{
    struct dhcp_client_output out;
    out = *dhcp_client_start(client, now_us);
    say(client, now_us, &offer, &out);
    say(client, now_us, grant, &out);
    CU_ASSERT_EQUAL_FATAL(out.change, DHCP_CLIENT_LEASED);
}

static struct dhcp_message decoded(const struct dhcp_client_output *out)
{
    struct dhcp_message message = {0};
    CU_ASSERT_TRUE_FATAL(out->send);
    CU_ASSERT_TRUE(dhcp_decode(out->bytes, out->length, &message));
    return message;
}

static bool has_ipv4(const struct dhcp_message *message, uint8_t code, uint32_t wanted)
{
    uint32_t seen = 0;
    return dhcp_option_ipv4(message, code, &seen) && seen == wanted;
}

static void first_four_messages(void)
{
    struct dhcp_client client;
    struct dhcp_client_output out;
    struct dhcp_option_view view;
    set_up(&client);
    CU_ASSERT_EQUAL(dhcp_client_next_deadline_us(&client), UINT64_MAX);
    out = *dhcp_client_start(&client, 1000);
    struct dhcp_message message = decoded(&out);
    CU_ASSERT_EQUAL(message.type, DHCP_DISCOVER);
    CU_ASSERT_EQUAL(message.flags, 0);
    CU_ASSERT_EQUAL(out.destination, UINT32_MAX);
    CU_ASSERT_EQUAL(out.source, 0);
    CU_ASSERT_TRUE(dhcp_option_get(&message, DHCP_OPTION_PARAMETER_REQUEST_LIST, &view));
    for (size_t i = 0; i < DHCP_PROVISIONING_OPTIONS; i++)
        CU_ASSERT_PTR_NOT_NULL(memchr(view.value, dhcp_provisioning_options[i], view.length));
    CU_ASSERT_TRUE(dhcp_option_get(&message, DHCP_OPTION_HOST_NAME, &view));
    CU_ASSERT_EQUAL(view.length, 15);
    CU_ASSERT_TRUE(dhcp_option_get(&message, DHCP_OPTION_CLIENT_IDENTIFIER, &view));
    CU_ASSERT_EQUAL(memcmp(view.value, "\1\0\x11\x22\xaa\xbb\xcc", 7), 0);
    CU_ASSERT_TRUE(dhcp_option_get(&message, DHCP_OPTION_VENDOR_IDENTIFYING, &view));
    struct dhcp_walk walk;
    struct dhcp_item serial = {.code = 0};
    dhcp_walk_vendor_identifying(&walk, view.value, view.length);
    while (serial.code != 2)
        CU_ASSERT_TRUE_FATAL(dhcp_walk_next(&walk, &serial));
    CU_ASSERT_EQUAL(serial.enterprise, 3561);
    CU_ASSERT_EQUAL_FATAL(serial.length, 11);
    CU_ASSERT_EQUAL(memcmp(serial.value, "FCH0000N001", 11), 0);

    say(&client, 2000, &offer, &out);
    message = decoded(&out);
    CU_ASSERT_EQUAL(message.type, DHCP_REQUEST);
    CU_ASSERT_TRUE(has_ipv4(&message, DHCP_OPTION_REQUESTED_ADDRESS, ADDRESS));
    CU_ASSERT_TRUE(has_ipv4(&message, DHCP_OPTION_SERVER_IDENTIFIER, SERVER));
    CU_ASSERT_EQUAL(message.ciaddr, 0);
    say(&client, 3000, &ack, &out);
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_LEASED);
    CU_ASSERT_FALSE(out.send);
    CU_ASSERT_EQUAL(client.lease.address, ADDRESS);
    CU_ASSERT_STRING_EQUAL(client.lease.domain, "example.net");
    CU_ASSERT_TRUE(client.lease.options[0].present);
    CU_ASSERT_EQUAL(client.lease.options[0].length, 10);
    CU_ASSERT_FALSE(client.lease.options[1].present);
    CU_ASSERT_EQUAL(client.lease.expire_us, 2000 + 3600 * DURATION_S);
    dhcp_client_done(&client);
}

static void strangers_are_ignored(void)
{
    static const struct grant strange[] = {
        {DHCP_OFFER, ADDRESS, SERVER, 3600, 0, 0, 1, {{0}}},             /* another's xid */
        {DHCP_OFFER, ADDRESS, SERVER, 3600, 0, 0, 0, {{9, 9, 9, 9, 9}}}, /* another's address */
        {DHCP_OFFER, 0, SERVER, 3600, 0, 0, 0, {{0}}},
        {DHCP_OFFER, ADDRESS, 0, 3600, 0, 0, 0, {{0}}},
        {DHCP_ACK, ADDRESS, SERVER, 3600, 0, 0, 0, {{0}}}, /* not asked for */
        {DHCP_NAK, 0, SERVER, 0, 0, 0, 0, {{0}}},
        {DHCP_DISCOVER, ADDRESS, SERVER, 3600, 0, 0, 0, {{0}}},
    };
    static const struct grant strange_then[] = {
        {DHCP_ACK, ADDRESS, SERVER + 1, 3600, 0, 0, 0, {{0}}}, /* not the one we chose */
        {DHCP_NAK, 0, SERVER + 1, 0, 0, 0, 0, {{0}}},
        {DHCP_ACK, ADDRESS, SERVER, 0, 0, 0, 0, {{0}}}, /* no lease time */
        {DHCP_ACK, 0, SERVER, 3600, 0, 0, 0, {{0}}},
        {DHCP_OFFER, ADDRESS + 1, SERVER + 1, 3600, 0, 0, 0, {{0}}}, /* the first one was taken */
    };
    struct dhcp_client client;
    struct dhcp_client_output out;
    set_up(&client);
    out = *dhcp_client_start(&client, 0);
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        say(&client, 0, &strange[i], &out);
        CU_ASSERT_TRUE(!out.send && out.change == DHCP_CLIENT_NOTHING);
        CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_SELECTING);
    }
    say(&client, 0, &offer, &out);
    for (size_t i = 0; i < sizeof strange_then / sizeof strange_then[0]; i++) {
        say(&client, 0, &strange_then[i], &out);
        CU_ASSERT_TRUE(!out.send && out.change == DHCP_CLIENT_NOTHING);
        CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_REQUESTING);
    }
    out = *dhcp_client_receive(&client, 0, (const uint8_t *)"short", 5, NULL);
    CU_ASSERT_TRUE(!out.send && out.change == DHCP_CLIENT_NOTHING);
    dhcp_client_done(&client);
}

/* Fires the next deadline; returns how long after *now_us it was. */
static uint64_t next(struct dhcp_client *client, uint64_t *now_us, struct dhcp_client_output *out)
{
    uint64_t before_us = *now_us;
    *now_us = dhcp_client_next_deadline_us(client);
    CU_ASSERT_NOT_EQUAL_FATAL(*now_us, UINT64_MAX);
    *out = *dhcp_client_deadline(client, *now_us);
    return *now_us - before_us;
}

static bool near_seconds(uint64_t us, uint64_t seconds)
{
    return us >= (seconds - 1) * DURATION_S && us <= (seconds + 1) * DURATION_S;
}

static void backs_off_in_steps(void)
{
    static const uint64_t seconds[] = {4, 8, 16, 32, 64, 64, 64};
    struct dhcp_client client;
    struct dhcp_client_output out;
    uint64_t now_us = 0, whole = 0;
    set_up(&client);
    out = *dhcp_client_start(&client, 0);
    uint32_t xid = decoded(&out).xid;
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        uint64_t gap_us = next(&client, &now_us, &out);
        struct dhcp_message message = decoded(&out);
        CU_ASSERT_TRUE(near_seconds(gap_us, seconds[i]));
        whole += gap_us % DURATION_S == 0;
        CU_ASSERT_EQUAL(message.type, DHCP_DISCOVER);
        CU_ASSERT_EQUAL(message.xid, xid);
        CU_ASSERT_EQUAL(message.secs, now_us / DURATION_S);
    }
    CU_ASSERT_TRUE(whole < sizeof seconds / sizeof seconds[0]); /* they are randomised */
    say(&client, now_us, &offer, &out);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_TRUE(near_seconds(next(&client, &now_us, &out), seconds[i]));
        CU_ASSERT_EQUAL(decoded(&out).type, DHCP_REQUEST);
    }
    CU_ASSERT_TRUE(near_seconds(next(&client, &now_us, &out), 32));
    CU_ASSERT_EQUAL(decoded(&out).type, DHCP_DISCOVER); /* gives the offer up */
    CU_ASSERT_NOT_EQUAL(decoded(&out).xid, xid);
    dhcp_client_done(&client);
}

static void renews_rebinds_expires(void)
{
    struct dhcp_client client;
    struct dhcp_client_output out;
    uint64_t now_us = 0;
    set_up(&client);
    bind(&client, 0, &ack);
    CU_ASSERT_EQUAL(next(&client, &now_us, &out), 1800 * DURATION_S);
    struct dhcp_message message = decoded(&out);
    CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_RENEWING);
    CU_ASSERT_EQUAL(message.ciaddr, ADDRESS);
    CU_ASSERT_EQUAL(out.source, ADDRESS);
    CU_ASSERT_EQUAL(out.destination, SERVER);
    CU_ASSERT_TRUE(mac_equal(&out.destination_mac, &server_mac));
    uint32_t none;
    CU_ASSERT_FALSE(dhcp_option_ipv4(&message, DHCP_OPTION_REQUESTED_ADDRESS, &none));
    CU_ASSERT_FALSE(dhcp_option_ipv4(&message, DHCP_OPTION_SERVER_IDENTIFIER, &none));
    CU_ASSERT_EQUAL(next(&client, &now_us, &out), 675 * DURATION_S); /* half of what is left */
    while (client.state == DHCP_CLIENT_RENEWING) {
        uint64_t gap_us = next(&client, &now_us, &out);
        CU_ASSERT_TRUE(client.state != DHCP_CLIENT_RENEWING || gap_us >= 60 * DURATION_S);
    }
    CU_ASSERT_EQUAL(now_us, 3150 * DURATION_S);
    CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_REBINDING);
    CU_ASSERT_EQUAL(out.destination, UINT32_MAX);
    CU_ASSERT_EQUAL(out.source, ADDRESS);
    while (client.state == DHCP_CLIENT_REBINDING)
        next(&client, &now_us, &out);
    CU_ASSERT_EQUAL(now_us, 3600 * DURATION_S);
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_LOST);
    CU_ASSERT_EQUAL(decoded(&out).type, DHCP_DISCOVER);
    CU_ASSERT_FALSE(dhcp_client_has_lease(&client));
    dhcp_client_done(&client);
}

static void renewal_is_granted(void)
{
    struct dhcp_client client;
    struct dhcp_client_output out;
    uint64_t now_us = 0;
    set_up(&client);
    bind(&client, 0, &ack);
    next(&client, &now_us, &out);
    say(&client, now_us + 500, &ack, &out);
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_RENEWED);
    CU_ASSERT_EQUAL(client.lease.expire_us, (1800 + 3600) * DURATION_S);
    next(&client, &now_us, &out);
    struct grant other = ack;
    other.address = ADDRESS + 1;
    say(&client, now_us, &other, &out);
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_LEASED); /* another address */
    next(&client, &now_us, &out);
    say(&client, now_us, &nak, &out);
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_LOST);
    CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_INIT);
    uint64_t pause_us = next(&client, &now_us, &out);
    CU_ASSERT_TRUE(pause_us >= DURATION_S && pause_us <= 10 * DURATION_S);
    CU_ASSERT_EQUAL(decoded(&out).type, DHCP_DISCOVER);
    dhcp_client_done(&client);
}

static void times_of_the_server(void)
{
    static const struct {
        uint32_t lease_s, t1_s, t2_s;
        uint64_t renew_s, rebind_s;
    } cases[] = {
        {800, 0, 0, 400, 700},     {800, 100, 200, 100, 200}, {800, 0, 600, 400, 600},
        {800, 750, 600, 342, 600}, {800, 100, 900, 100, 700}, {800, 900, 0, 400, 700},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dhcp_client client;
        struct grant grant = ack;
        grant.lease_s = cases[i].lease_s;
        grant.t1_s = cases[i].t1_s;
        grant.t2_s = cases[i].t2_s;
        set_up(&client);
        bind(&client, 0, &grant);
        CU_ASSERT_EQUAL(client.lease.renew_us / DURATION_S, cases[i].renew_s);
        CU_ASSERT_EQUAL(client.lease.rebind_us / DURATION_S, cases[i].rebind_s);
        dhcp_client_done(&client);
    }
    struct dhcp_client client;
    struct grant infinite = ack;
    infinite.lease_s = UINT32_MAX;
    set_up(&client);
    bind(&client, 0, &infinite);
    CU_ASSERT_EQUAL(dhcp_client_next_deadline_us(&client), UINT64_MAX);
    dhcp_client_done(&client);
}

static void power_cuts_and_releases(void)
{
    struct dhcp_client client;
    struct dhcp_client_output out;
    set_up(&client);
    bind(&client, 0, &ack);
    dhcp_client_stop(&client);
    CU_ASSERT_EQUAL(dhcp_client_next_deadline_us(&client), UINT64_MAX);
    out = *dhcp_client_start(&client, 10);
    CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_REBOOTING);
    struct dhcp_message message = decoded(&out);
    CU_ASSERT_EQUAL(message.type, DHCP_REQUEST);
    CU_ASSERT_TRUE(has_ipv4(&message, DHCP_OPTION_REQUESTED_ADDRESS, ADDRESS));
    CU_ASSERT_EQUAL(out.destination, UINT32_MAX);
    say(&client, 10, &ack, &out);
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_LEASED);

    out = *dhcp_client_release(&client, 20);
    message = decoded(&out);
    CU_ASSERT_EQUAL(message.type, DHCP_RELEASE);
    CU_ASSERT_EQUAL(message.ciaddr, ADDRESS);
    CU_ASSERT_TRUE(has_ipv4(&message, DHCP_OPTION_SERVER_IDENTIFIER, SERVER));
    CU_ASSERT_EQUAL(out.destination, SERVER);
    out = *dhcp_client_release(&client, 20);
    CU_ASSERT_FALSE(out.send);
    out = *dhcp_client_start(&client, 30);
    CU_ASSERT_EQUAL(decoded(&out).type, DHCP_DISCOVER);
    dhcp_client_done(&client);
}

static void remembered_address_is_refused(void)
{
    struct dhcp_client client;
    struct dhcp_client_output out;
    uint64_t now_us = 10;
    set_up(&client);
    bind(&client, 0, &ack);
    dhcp_client_stop(&client);
    out = *dhcp_client_start(&client, 10);
    say(&client, 10, &nak, &out);
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_NOTHING);
    next(&client, &now_us, &out);
    CU_ASSERT_EQUAL(decoded(&out).type, DHCP_DISCOVER);
    say(&client, now_us, &offer, &out);
    say(&client, now_us, &ack, &out);
    dhcp_client_stop(&client);
    out = *dhcp_client_start(&client, now_us); /* nobody answers: a minute, then from the start */
    uint64_t started_us = now_us;
    while (client.state == DHCP_CLIENT_REBOOTING)
        next(&client, &now_us, &out);
    CU_ASSERT_EQUAL(decoded(&out).type, DHCP_DISCOVER);
    CU_ASSERT_TRUE(now_us - started_us >= 56 * DURATION_S &&
                   now_us - started_us <= 64 * DURATION_S);
    dhcp_client_forget(&client);
    dhcp_client_done(&client);
}

static void address_of_somebody_else(void)
{
    struct dhcp_client client;
    struct dhcp_client_output out;
    uint64_t now_us = 0;
    set_up(&client);
    out = *dhcp_client_conflict(&client, 0);
    CU_ASSERT_FALSE(out.send);
    bind(&client, 0, &ack);
    out = *dhcp_client_conflict(&client, 0);
    struct dhcp_message message = decoded(&out);
    CU_ASSERT_EQUAL(message.type, DHCP_DECLINE);
    CU_ASSERT_EQUAL(message.ciaddr, 0);
    CU_ASSERT_TRUE(has_ipv4(&message, DHCP_OPTION_REQUESTED_ADDRESS, ADDRESS));
    CU_ASSERT_EQUAL(out.change, DHCP_CLIENT_LOST);
    CU_ASSERT_EQUAL(next(&client, &now_us, &out), 10 * DURATION_S);
    CU_ASSERT_EQUAL(decoded(&out).type, DHCP_DISCOVER);
    dhcp_client_done(&client);
}

/* A sound client passes over what is broken and reads whatever is whole, wherever it stands. */
static void malformed_replies(void)
{
    static const struct {
        enum dhcp_malformed malformed;
        struct dhcp_policy policy;
        bool wants_end, taken;
        const char *option_66; /* as read; NULL = absent */
    } cases[] = {
        {DHCP_MALFORMED_TRUNCATED, {0}, false, false, NULL},
        {DHCP_MALFORMED_TRUNCATED, {.takes_truncated = true}, false, true, NULL},
        {DHCP_MALFORMED_TRUNCATED, {.reads_past_length = true}, false, false, NULL},
        {DHCP_MALFORMED_BAD_LENGTH, {0}, false, false, NULL},
        {DHCP_MALFORMED_BAD_LENGTH, {.takes_truncated = true}, false, false, NULL},
        {DHCP_MALFORMED_BAD_LENGTH,
         {.reads_past_length = true},
         false,
         true,
         "http://a.test/x\xff"},
        {DHCP_MALFORMED_NO_END, {0}, false, true, "http://a.test/x"},
        {DHCP_MALFORMED_NO_END, {0}, true, false, NULL},
        {DHCP_MALFORMED_OVERLOAD, {0}, true, true, "http://a.test/x"},
        {DHCP_MALFORMED_OVERLOAD, {.ignores_overload = true}, false, true, NULL},
        {DHCP_MALFORMED_OVERLOAD, {.first_piece_only = true}, false, true, "http://a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct phone_variation variation = phone_variation_plain;
        struct dhcp_client client;
        variation.wants_end = cases[i].wants_end;
        set_up(&client);
        client.config.variation = &variation;
        client.config.policy = &cases[i].policy;
        dhcp_client_start(&client, 0);
        for (uint8_t type = DHCP_OFFER; type <= DHCP_ACK; type += DHCP_ACK - DHCP_OFFER) {
            struct buffer sound, reply;
            struct dhcp_message message;
            const struct dhcp_message header = {
                .op = 2, .xid = client.xid, .yiaddr = ADDRESS, .chaddr = phone_mac};
            buffer_init(&sound, 1500);
            buffer_init(&reply, 1500);
            dhcp_encode_header(&sound, &header);
            dhcp_encode_u8(&sound, DHCP_OPTION_MESSAGE_TYPE, type);
            dhcp_encode_u32(&sound, DHCP_OPTION_SERVER_IDENTIFIER, SERVER);
            dhcp_encode_u32(&sound, DHCP_OPTION_LEASE_TIME, 3600);
            dhcp_encode_option(&sound, DHCP_OPTION_TFTP_SERVER_NAME, "http://a.test/x", 15);
            dhcp_encode_end(&sound);
            CU_ASSERT_TRUE_FATAL(dhcp_decode(sound.data, sound.length, &message));
            CU_ASSERT_TRUE(dhcp_malform(cases[i].malformed, &message, &reply));
            dhcp_client_receive(&client, 0, reply.data, reply.length, &server_mac);
            buffer_done(&sound);
            buffer_done(&reply);
        }
        CU_ASSERT_EQUAL(dhcp_client_has_lease(&client), cases[i].taken);
        const struct dhcp_lease_option *option =
            cases[i].taken ? dhcp_lease_option(&client.lease, DHCP_OPTION_TFTP_SERVER_NAME) : NULL;
        CU_ASSERT_EQUAL(option != NULL, cases[i].option_66 != NULL);
        if (option && cases[i].option_66)
            CU_ASSERT_EQUAL(memcmp(option->value, cases[i].option_66, strlen(cases[i].option_66)),
                            0);
        dhcp_client_done(&client);
    }
}

/* --- two servers --- */

static void from_server(struct dhcp_client *client, uint8_t type, uint32_t server, const char *url)
{
    struct buffer reply;
    const struct dhcp_message header = {
        .op = 2, .xid = client->xid, .yiaddr = ADDRESS, .chaddr = phone_mac};
    buffer_init(&reply, 1500);
    dhcp_encode_header(&reply, &header);
    dhcp_encode_u8(&reply, DHCP_OPTION_MESSAGE_TYPE, type);
    dhcp_encode_u32(&reply, DHCP_OPTION_SERVER_IDENTIFIER, server);
    dhcp_encode_u32(&reply, DHCP_OPTION_LEASE_TIME, 3600);
    dhcp_encode_option(&reply, DHCP_OPTION_TFTP_SERVER_NAME, url, strlen(url));
    dhcp_encode_end(&reply);
    dhcp_client_receive(client, 0, reply.data, reply.length, &server_mac);
    buffer_done(&reply);
}

/* The phone takes the first offer, and after that only what comes from whoever made it. */
static void the_server_that_was_chosen_counts(void)
{
    static const char chosen[] = "http://a.test/x", other[] = "http://b.test/x";
    static const struct {
        struct dhcp_policy policy;
        enum dhcp_client_state after_offer;
        const char *option_66; /* in the end */
    } cases[] = {
        {{0}, DHCP_CLIENT_BOUND, chosen},
        {{.takes_any_ack = true}, DHCP_CLIENT_BOUND, other},
        {{.takes_late_offer = true}, DHCP_CLIENT_REQUESTING, other},
        {{.mixes_offers = true}, DHCP_CLIENT_BOUND, other},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dhcp_client client;
        set_up(&client);
        client.config.policy = &cases[i].policy;
        dhcp_client_start(&client, 0);
        from_server(&client, DHCP_OFFER, SERVER, chosen);
        from_server(&client, DHCP_OFFER, SERVER + 4, other);
        CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_REQUESTING);
        CU_ASSERT_EQUAL(client.offered_server, SERVER);
        from_server(&client, DHCP_ACK, SERVER + 4, other);
        CU_ASSERT_EQUAL(client.state == DHCP_CLIENT_BOUND, cases[i].policy.takes_any_ack);
        from_server(&client, DHCP_ACK, SERVER, chosen);
        from_server(&client, DHCP_OFFER, SERVER + 4, other);
        CU_ASSERT_EQUAL(client.state, cases[i].after_offer);
        from_server(&client, DHCP_ACK, SERVER + 4, other);
        const struct dhcp_lease_option *option =
            dhcp_lease_option(&client.lease, DHCP_OPTION_TFTP_SERVER_NAME);
        CU_ASSERT_EQUAL(client.state, DHCP_CLIENT_BOUND);
        CU_ASSERT_PTR_NOT_NULL_FATAL(option);
        CU_ASSERT_EQUAL(memcmp(option->value, cases[i].option_66, strlen(chosen)), 0);
        dhcp_client_done(&client);
    }
}

void tests_fakes_phone_dhcp_client(void)
{
    TEST_SUITE(
        "phone/dhcp_client", {"discover, offer, request, ack", first_four_messages},
        {"messages for others, or that make no sense", strangers_are_ignored},
        {"retransmission after 4, 8, 16, 32, 64 s", backs_off_in_steps},
        {"renewing, rebinding, the end of a lease", renews_rebinds_expires},
        {"a renewal that is granted, moved, refused", renewal_is_granted},
        {"T1 and T2 as the server says", times_of_the_server},
        {"after a power cut, after a release", power_cuts_and_releases},
        {"the remembered address is refused, or nobody answers", remembered_address_is_refused},
        {"a conflict is declined", address_of_somebody_else},
        {"malformed replies", malformed_replies},
        {"the server that was chosen counts", the_server_that_was_chosen_counts});
}
