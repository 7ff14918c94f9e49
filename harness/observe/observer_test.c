/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/observe/frames_testing.h"
#include "harness/observe/identify.h"
#include "harness/observe/observer.h"

void tests_harness_observe_observer(void);

static void dhcp_is_told_whole(void)
{
    static char long_value[301];
    memset(long_value, 'v', sizeof long_value - 1);
    struct net net;
    net_open(&net);
    net_lease_with(&net, 43, long_value);
    const struct event *ack = net_find(&net, EVENT_DHCP, 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ack);
    CU_ASSERT_EQUAL(ack->dhcp.type, DHCP_ACK);
    CU_ASSERT_EQUAL(ack->phone, 0);
    CU_ASSERT_EQUAL(ack->dhcp.address, NET_PHONE);
    CU_ASSERT_EQUAL(ack->dhcp.server_address, NET_NAMES);
    CU_ASSERT_EQUAL(ack->dhcp.source_address, NET_NAMES);
    CU_ASSERT_EQUAL(ack->dhcp.lease_s, NET_LEASE_S);
    CU_ASSERT_EQUAL(ack->dhcp.xid, 7);
    CU_ASSERT_TRUE(mac_equal(&ack->dhcp.chaddr, &net_phone_mac));
    const uint8_t *at = ack->dhcp.options.bytes;
    CU_ASSERT_EQUAL_FATAL(ack->dhcp.options.length, 3 + 6 + 6 + 2 + 255 + 2 + 45);
    CU_ASSERT_TRUE(at[0] == 53 && at[1] == 1 && at[2] == DHCP_ACK);
    CU_ASSERT_TRUE(at[15] == 43 && at[16] == 255 && at[272] == 43 && at[273] == 45);
    CU_ASSERT_EQUAL(observer_phone_address(net.observer, 0), NET_PHONE);
    CU_ASSERT_EQUAL(observer_phone_address(net.observer, 1), 0);
    net_close(&net);
}

/* --- more than one DHCP server --- */

enum { OTHER_SERVER = NET_NAMES + 4, OTHER_LEASE = NET_PHONE + 256 };

static void dhcp_of(struct net *net, enum dhcp_type type, uint32_t server, uint32_t destination,
                    uint32_t relay)
{
    bool reply = type == DHCP_OFFER || type == DHCP_ACK || type == DHCP_NAK;
    const struct dhcp_message message = {.op = reply ? 2 : 1,
                                         .xid = 7,
                                         .giaddr = relay,
                                         .chaddr = net_phone_mac,
                                         .yiaddr = !reply                   ? 0
                                                   : server == OTHER_SERVER ? OTHER_LEASE
                                                                            : NET_PHONE};
    struct buffer payload;
    buffer_init(&payload, NET_FRAME_MAX);
    dhcp_encode_header(&payload, &message);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)type);
    if (server)
        dhcp_encode_u32(&payload, DHCP_OPTION_SERVER_IDENTIFIER, server);
    dhcp_encode_end(&payload);
    net_udp(net,
            (struct frame){.source = reply ? server : 0,
                           .destination = destination,
                           .source_port = reply ? 67 : 68,
                           .destination_port = reply ? 68 : 67},
            &payload);
    buffer_done(&payload);
}

/* A row is a conversation, a letter a message: D(iscover); r(equest) for the lab's server, R for
 * the other one, b(roadcast) for any, u(nicast) to the lab's, U by a relay; o, a, n: its offer,
 * ack, nak; O, A, N the other one's. */
static void converse(struct net *net, const char *letters)
{
    for (const char *at = letters; *at; at++) {
        uint32_t server = strchr("RAON", *at) ? OTHER_SERVER : strchr("raon", *at) ? NET_NAMES : 0;
        enum dhcp_type type = *at == 'D'          ? DHCP_DISCOVER
                              : strchr("oO", *at) ? DHCP_OFFER
                              : strchr("aA", *at) ? DHCP_ACK
                              : strchr("nN", *at) ? DHCP_NAK
                                                  : DHCP_REQUEST;
        dhcp_of(net, type, server, strchr("uU", *at) ? NET_NAMES : UINT32_MAX,
                *at == 'U' ? NET_HARNESS : 0);
    }
}

static void the_server_that_was_asked_decides(void)
{
    static const struct {
        const char *messages;
        const char *unasked; /* of those that are, in turn */
        uint32_t address;    /* the phone's in the end */
    } cases[] = {
        {"DoOraA", "A", NET_PHONE},   {"DoOrAa", "A", NET_PHONE},
        {"DOoRAa", "a", OTHER_LEASE}, {"DoOraAuA", "AA", NET_PHONE},
        {"DorabA", "", OTHER_LEASE},  {"baA", "A", NET_PHONE},
        {"bAan", "an", OTHER_LEASE},  {"bnA", "A", 0},
        {"A", "", OTHER_LEASE},       {"DoraDORA", "", OTHER_LEASE},
        {"DoraA", "A", NET_PHONE},    {"DoraUA", "", OTHER_LEASE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net net;
        size_t unasked = 0, events = 0;
        net_open(&net);
        converse(&net, cases[i].messages);
        for (size_t k = 0; k < net.timeline.count; k++) {
            const struct event *event = &net.timeline.events[k];
            if (event->type != EVENT_DHCP)
                continue;
            char letter = cases[i].messages[events++];
            CU_ASSERT_EQUAL(event->dhcp.other_server, strchr("OAN", letter) != NULL);
            if (event->dhcp.unasked)
                CU_ASSERT_EQUAL(cases[i].unasked[unasked++], letter);
        }
        CU_ASSERT_EQUAL(events, strlen(cases[i].messages));
        CU_ASSERT_EQUAL(unasked, strlen(cases[i].unasked));
        CU_ASSERT_EQUAL(observer_phone_address(net.observer, 0), cases[i].address);
        net_close(&net);
    }
}

static void others_are_ignored(void)
{
    static const struct mac another = {{9, 9, 9, 9, 9, 9}};
    struct observe_world world = net_lab_world();
    world.phones = &another;
    struct net net;
    net_open_world(&net, &world);
    net_lease(&net);
    net_resolve(&net, 1);
    net_rrq(&net, 2000, "a");
    struct net_tcp tcp = net_connect(&net, NET_EDOS, 80, 40000);
    net_say(&net, &tcp, true, "GET / HTTP/1.1\r\n\r\n");
    CU_ASSERT_EQUAL(net.timeline.count, 0);
    net_close(&net);
}

static void a_phone_is_learnt_by_its_agent(void)
{
    struct observe_world world = {.learn_phones = true};
    struct net net;
    net_open_world(&net, &world);
    struct net_tcp tcp = net_connect(&net, NET_PROVISION, 80, 40000);
    net_say(&net, &tcp, true, "GET /1 HTTP/1.1\r\nUser-Agent: curl/8\r\n\r\n");
    CU_ASSERT_EQUAL(observer_phone_count(net.observer), 0);
    net_say(&net, &tcp, true, "GET /2 HTTP/1.1\r\nUser-Agent: Cisco-CP-8841-3PCC/1 (x)\r\n\r\n");
    CU_ASSERT_EQUAL_FATAL(observer_phone_count(net.observer), 1);
    CU_ASSERT_TRUE(mac_equal(observer_phone_mac(net.observer, 0), &net_phone_mac));
    CU_ASSERT_PTR_NULL(observer_phone_mac(net.observer, 1));
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_REQUEST), 1);
    CU_ASSERT_EQUAL(observer_phone_address(net.observer, 0), NET_PHONE);
    net_close(&net);
}

static void a_server_name_tells_edos(void)
{
    /* A ClientHello that holds nothing but the server name "webapps.cisco.com". */
    static const uint8_t hello[] = {
        0x16, 3,   1,   0,   73,  1,   0,   0,   69,  3,   3,   0,   1,   2,   3,    4,
        5,    6,   7,   8,   9,   10,  11,  12,  13,  14,  15,  16,  17,  18,  19,   20,
        21,   22,  23,  24,  25,  26,  27,  28,  29,  30,  31,  0,   0,   2,   0x13, 1,
        1,    0,   0,   26,  0,   0,   0,   22,  0,   20,  0,   0,   17,  'w', 'e',  'b',
        'a',  'p', 'p', 's', '.', 'c', 'i', 's', 'c', 'o', '.', 'c', 'o', 'm'};
    struct observe_world world = {.learn_phones = true};
    struct net net;
    net_open_world(&net, &world);
    net_lease(&net);
    struct net_tcp tcp = net_connect(&net, NET_PROVISION, 443, 40000);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 0);
    net_segment(&net, &tcp, true, tcp.client_next, TCP_ACK, (const char *)hello, 30);
    net_segment(&net, &tcp, true, tcp.client_next + 30, TCP_ACK, (const char *)hello + 30,
                sizeof hello - 30);
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_TLS), 1);
    CU_ASSERT_STRING_EQUAL(net_last(&net, EVENT_TLS)->tls.server_name, "webapps.cisco.com");
    CU_ASSERT_EQUAL(net_last(&net, EVENT_TLS)->tls.peer.server, EVENT_SERVER_EDOS);
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_EDOS), 1);
    net_close(&net);
}

static void time_never_goes_back(void)
{
    struct net net;
    net_open(&net);
    net_ask(&net, 1);
    uint64_t latest_us = net.now_us;
    net.now_us -= 1000;
    net_ask(&net, 2);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_DNS)->time_us, latest_us);
    net_close(&net);
}

static void events_of_a_frame(void)
{
    struct net net;
    uint64_t first, past_last;
    net_open(&net);
    net_action(&net, ACTION_FACTORY_RESET);
    net_dhcp(&net, DHCP_DISCOVER); /* dhcp, boot, state */
    observer_frame_events(net.observer, &first, &past_last);
    CU_ASSERT_EQUAL(first, 2);
    CU_ASSERT_EQUAL(past_last, 5);
    for (uint64_t number = first; number < past_last; number++)
        CU_ASSERT_EQUAL(net.timeline.events[number - 1].frame, 1);
    CU_ASSERT_EQUAL(net.timeline.events[0].frame, 0);
    static const uint8_t noise[64];
    CU_ASSERT_EQUAL(observer_frame(net.observer, net.now_us, 2, noise, sizeof noise, NULL), 0);
    observer_frame_events(net.observer, &first, &past_last);
    CU_ASSERT_EQUAL(first, past_last);
    net_close(&net);
}

static void a_full_timeline_is_an_error(void)
{
    struct net net;
    net_open(&net);
    net.timeline.failed = true;
    CU_ASSERT_EQUAL(observer_event(net.observer, 1, &(struct event){.type = EVENT_END, .phone = -1},
                                   &net.error),
                    ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(net.error.text, "full"));
    net_close(&net);
}

static void srv_and_others(void)
{
    struct net net;
    net_open(&net);
    net_dns(&net, 1, DNS_SRV, false, 0, 0);
    net_dns(&net, 2, 16, false, 0, 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_DNS), 1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 0);
    net_close(&net);
}

/* So much is said besides that whoever forgets has to let go what events point to. */
static void say_much(struct net *net)
{
    static char text[4096];
    memset(text, 'x', sizeof text - 1);
    struct event event = {.type = EVENT_SETTING, .phone = EVENT_PHONE_NONE, .setting.text = text};
    for (int i = 0; i < 40; i++)
        CU_ASSERT_EQUAL(observer_event(net->observer, net->now_us, &event, &net->error), 0);
}

/* What has happened since the last time. */
static void tell(struct net *net, bool forget, uint64_t *told, struct buffer *json)
{
    static const char *const names[] = {"p"};
    say_much(net);
    for (size_t i = 0; i < net->timeline.count; i++)
        if (net->timeline.events[i].number > *told)
            event_to_json(&net->timeline.events[i], names, 1, json);
    *told = timeline_next_number(&net->timeline) - 1;
    if (!forget)
        return;
    CU_ASSERT_EQUAL(observer_forget(net->observer, &net->error), 0);
    CU_ASSERT_EQUAL(net->timeline.count, 0);
    CU_ASSERT_TRUE(net->timeline.arena.used_bytes < 40 * 4096);
}

static void whole_story(bool forget, struct buffer *json)
{
    struct net net;
    uint64_t told = 0; /* events */
    net_open(&net);
    net_action(&net, ACTION_FACTORY_RESET);
    net_lease_with(&net, 66, "http://10.77.0.3/x");
    tell(&net, forget, &told, json);
    net_exchange(&net, EVENT_SERVER_PROVISION, 40000, 404, CONTENT_NONE);
    for (uint16_t i = 1; i < 5; i++) {
        net_resolve(&net, i);
        tell(&net, forget, &told, json);
        net_exchange(&net, EVENT_SERVER_EDOS, (uint16_t)(40000 + i), i < 4 ? 503 : 200,
                     i < 4 ? CONTENT_NONE : CONTENT_PROFILE);
        net.now_us += i * DURATION_M;
        tell(&net, forget, &told, json);
    }
    /* The same offer once more, so it is not tried anew. */
    net_dhcp_text(&net, DHCP_ACK, 66, "http://10.77.0.3/x", strlen("http://10.77.0.3/x"));
    tell(&net, forget, &told, json);
    net_exchange(&net, EVENT_SERVER_PROVISION, 41000, 200, CONTENT_CONFIG);
    tell(&net, forget, &told, json);
    CU_ASSERT_EQUAL(observer_phone_state(net.observer, 0), STATE_ACQUIRED);
    net_close(&net);
}

static void compare_stories(bool forget)
{
    struct buffer one, other;
    buffer_init(&one, 1 << 24);
    buffer_init(&other, 1 << 24);
    whole_story(false, &one);
    whole_story(forget, &other);
    CU_ASSERT_TRUE(!one.failed && one.length > 1000);
    CU_ASSERT_EQUAL_FATAL(one.length, other.length);
    CU_ASSERT_EQUAL(memcmp(one.data, other.data, one.length), 0);
    buffer_done(&one);
    buffer_done(&other);
}

static void same_input_same_bytes(void)
{
    compare_stories(false);
}

static void who_forgets_tells_the_same(void)
{
    compare_stories(true);
}

static void addresses_change_hands(void)
{
    static const struct mac macs[] = {{{1}}, {{3}}};
    struct identify identify;
    CU_ASSERT_EQUAL_FATAL(identify_init(&identify, macs, 2, NULL), 0);
    identify_lease(&identify, 0, 10);
    identify_lease(&identify, 1, 10);
    CU_ASSERT_EQUAL(identify_by_address(&identify, 10), 1);
    CU_ASSERT_EQUAL(identify.addresses[0], 0);
    identify_lease(&identify, 1, 11);
    CU_ASSERT_EQUAL(identify_by_address(&identify, 10), EVENT_PHONE_NONE);
    CU_ASSERT_EQUAL(identify_by_address(&identify, 0), EVENT_PHONE_NONE);
    for (uint32_t address = 100; address < 60000; address++) { /* far more than there is room for */
        identify_lease(&identify, 0, address);
        CU_ASSERT_EQUAL(identify_by_address(&identify, address), 0);
    }
    CU_ASSERT_EQUAL(identify_by_address(&identify, 11), 1);
    identify_done(&identify);
    identify_done(&identify);
}

static void phones_are_bounded(void)
{
    struct identify identify;
    struct mac mac = {{0}};
    static struct mac many[OBSERVER_PHONES_MAX + 1];
    struct error error;
    CU_ASSERT_EQUAL_FATAL(identify_init(&identify, NULL, 0, NULL), 0);
    for (int i = 0; i <= OBSERVER_PHONES_MAX; i++) {
        mac.bytes[4] = (uint8_t)(i >> 8);
        mac.bytes[5] = (uint8_t)i;
        CU_ASSERT_EQUAL(identify_learn(&identify, &mac),
                        i < OBSERVER_PHONES_MAX ? i : EVENT_PHONE_NONE);
    }
    identify_done(&identify);
    CU_ASSERT_EQUAL(identify_init(&identify, many, OBSERVER_PHONES_MAX + 1, &error), ERROR_LIMIT);
    CU_ASSERT_EQUAL(identify_init(&identify, many, 2, &error), ERROR_INVALID);
}

void tests_harness_observe_observer(void)
{
    TEST_SUITE("observe/observer", {"DHCP is told whole", dhcp_is_told_whole},
               {"the server that was asked decides", the_server_that_was_asked_decides},
               {"others are ignored", others_are_ignored},
               {"a phone is learnt by its agent", a_phone_is_learnt_by_its_agent},
               {"a server name tells EDOS", a_server_name_tells_edos},
               {"time never goes back", time_never_goes_back},
               {"events of a frame", events_of_a_frame},
               {"a full timeline", a_full_timeline_is_an_error}, {"SRV and others", srv_and_others},
               {"same input, same bytes", same_input_same_bytes},
               {"who forgets tells the same", who_forgets_tells_the_same},
               {"addresses change hands", addresses_change_hands},
               {"phones are bounded", phones_are_bounded});
}
