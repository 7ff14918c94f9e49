/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/observe/frames_testing.h"

void tests_harness_observe_inference(void);

static void pending(struct net *net)
{
    net_open(net);
    net_start(net);
    net_resolve(net, 1);
    net_exchange(net, EVENT_SERVER_EDOS, 40000, 503, CONTENT_NONE);
}

static void custom_pending(struct net *net)
{
    net_open(net);
    net_start(net);
    net_resolve(net, 1);
    net_exchange(net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_PROFILE);
}

static void open_on_the_first_boot(void)
{
    struct net net;
    net_open(&net);
    net_action(&net, ACTION_FACTORY_RESET);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_STATE), 0);
    net_lease(&net);
    NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
    const struct event *boot = net_last(&net, EVENT_BOOT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(boot);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
    CU_ASSERT_TRUE(boot->boot.action_known);
    CU_ASSERT_EQUAL(boot->boot.action, ACTION_FACTORY_RESET);
    CU_ASSERT_EQUAL(net.timeline.events[boot->boot.cause - 1].type, EVENT_DHCP);
    net_close(&net);
}

static void pending_then_custom_then_acquired(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_ask(&net, 1);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    net_dns(&net, 1, DNS_A, true, 0, NET_EDOS);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_PROFILE);
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_exchange(&net, EVENT_SERVER_PROVISION, 40001, 200, CONTENT_CONFIG);
    NET_ASSERT_STATE(&net, STATE_ACQUIRED, RULE_CUST_1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
    CU_ASSERT_EQUAL(net_find(&net, EVENT_ATTEMPT, 0)->attempt.peer.server, EVENT_SERVER_EDOS);
    CU_ASSERT_EQUAL(net_find(&net, EVENT_ATTEMPT, 1)->attempt.peer.server, EVENT_SERVER_PROVISION);
    net_close(&net);
}

static void an_empty_profile_is_unavailable(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_EMPTY);
    NET_ASSERT_STATE(&net, STATE_UNAVAILABLE, RULE_PEND_2);
    net_close(&net);
}

static void other_answers_leave_it_pending(void)
{
    static const struct {
        unsigned status;
        enum answer_content content;
        bool complete;
    } answers[] = {
        {503, CONTENT_NONE, true},     {404, CONTENT_NONE, true},    {404, CONTENT_EMPTY, true},
        {200, CONTENT_PROFILE, false}, {200, CONTENT_GARBAGE, true}, {0, CONTENT_NONE, false},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct net net;
        net_open(&net);
        net_start(&net);
        net_connect(&net, NET_EDOS, 443, 40000);
        net_event(&net, &(struct event){.type = EVENT_ANSWER,
                                        .answer.peer.server = EVENT_SERVER_EDOS,
                                        .answer.peer.transport = TRANSPORT_HTTPS,
                                        .answer.status = answers[i].status,
                                        .answer.content = answers[i].content,
                                        .answer.complete = answers[i].complete});
        NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 1);
        net_close(&net);
    }
}

static void configuring_aborts(void)
{
    for (int custom = 0; custom < 2; custom++) {
        for (int push = 0; push < 2; push++) {
            struct net net;
            (custom ? custom_pending : pending)(&net);
            net_event(&net, &(struct event){.type = EVENT_ACTION,
                                            .action.what = ACTION_CONFIGURE,
                                            .action.by_push = push,
                                            .action.aborts = true});
            CU_ASSERT_EQUAL(observer_phone_state(net.observer, 0) == STATE_ABORTED, !push);
            if (push)
                net_event(&net, &(struct event){.type = EVENT_ANSWER,
                                                .answer.peer.server = EVENT_SERVER_OTHER,
                                                .answer.peer.transport = TRANSPORT_HTTP,
                                                .answer.status = 200,
                                                .answer.content = CONTENT_CONFIG,
                                                .answer.push = true,
                                                .answer.aborts = true,
                                                .answer.complete = true});
            NET_ASSERT_STATE(&net, STATE_ABORTED, custom ? RULE_CUST_3 : RULE_PEND_6);
            CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_PROVISION), 0);
            net_close(&net);
        }
    }
}

static void configuring_something_else_does_not(void)
{
    struct net net;
    pending(&net);
    net_event(&net, &(struct event){.type = EVENT_ACTION, .action.what = ACTION_CONFIGURE});
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    net_close(&net);
}

static void an_option_downloaded_aborts(void)
{
    struct net net;
    net_open(&net);
    net_action(&net, ACTION_FACTORY_RESET);
    net_lease_with(&net, 66, "http://10.77.0.3/o66.xml");
    NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
    net_exchange(&net, EVENT_SERVER_PROVISION, 40000, 200, CONTENT_CONFIG);
    NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_OPEN_2);
    net_close(&net);
}

static void an_option_that_fails_goes_on_to_edos(void)
{
    struct net net;
    net_open(&net);
    net_action(&net, ACTION_FACTORY_RESET);
    net_lease_with(&net, 160, "http://10.77.0.3/o160.xml");
    net_exchange(&net, EVENT_SERVER_PROVISION, 40000, 404, CONTENT_NONE);
    NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
    net_exchange(&net, EVENT_SERVER_EDOS, 40001, 200, CONTENT_PROFILE);
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_exchange(&net, EVENT_SERVER_PROVISION, 40002, 200, CONTENT_CONFIG);
    NET_ASSERT_STATE(&net, STATE_ACQUIRED, RULE_CUST_1);
    net_close(&net);
}

static void an_offer_aborts_by_its_reading(void)
{
    static const struct {
        uint8_t code;
        const char *text;
        bool counts;
    } offers[] = {
        {66, "server", true},
        {160, "x", true},
        {159, "HTTP://a", true},
        {150, "\x0a\1\1\3", true},
        {60, "http://a/", true},
        {60, "dslforum.org", false},
        {43, "\1\4\x7e\x2d\x3e\x6f", false},
        {43,
         "\1\x09"
         "10.77.0.3",
         true},
        {125, "tftp://a", true},
        {12, "http://a", false},
    };
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        struct net net;
        struct observe_world world = net_lab_world();
        world.readings.dhcp_abort = DHCP_ABORT_OFFERED;
        net_open_world(&net, &world);
        net_action(&net, ACTION_FACTORY_RESET);
        net_lease_with(&net, offers[i].code, offers[i].text);
        if (offers[i].counts)
            NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_OPEN_2);
        else
            NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
        net_close(&net);
    }
}

/* What an Open phone downloads after it has heard of a server in its domain. */
static void a_service_aborts_by_its_reading(void)
{
    static const struct {
        const char *name;
        enum reading_srv_abort reading;
        bool has_target, aborts;
    } cases[] = {
        {"_ciscoprov-https._tls.a.test", SRV_ABORT_DOWNLOADED, true, true},
        {"_ciscoprov-https._tls.a.test", SRV_ABORT_IGNORE, true, false},
        {"_ciscoprov-https._tls.a.test", SRV_ABORT_DOWNLOADED, false, false},
        {"_sip._tcp.a.test", SRV_ABORT_DOWNLOADED, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net net;
        struct observe_world world = net_lab_world();
        world.readings.srv_abort = cases[i].reading;
        net_open_world(&net, &world);
        net_start(&net);
        net_service(&net, cases[i].name, cases[i].has_target ? "p.test" : NULL);
        net_exchange(&net, EVENT_SERVER_PROVISION, 40000, 200, CONTENT_CONFIG);
        if (cases[i].aborts)
            NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_OPEN_2);
        else
            NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
        net_close(&net);
    }
}

/* A record that it heard of before it turned to EDOS explains nothing any more. */
static void a_service_is_over_with_edos(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_service(&net, "_ciscoprov-http._tcp.a.test", "p.test");
    const struct event *answer = net_find(&net, EVENT_DNS, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
    CU_ASSERT_STRING_EQUAL(answer->dns.target, "p.test");
    CU_ASSERT_EQUAL(answer->dns.target_port, 8080);
    net_exchange(&net, EVENT_SERVER_EDOS, 40001, 200, CONTENT_PROFILE);
    net_exchange(&net, EVENT_SERVER_PROVISION, 40002, 200, CONTENT_CONFIG);
    NET_ASSERT_STATE(&net, STATE_ACQUIRED, RULE_CUST_1);
    net_close(&net);
}

static void options_that_appear_while_pending(void)
{
    for (int ignore = 0; ignore < 2; ignore++) {
        for (int offered = 0; offered < 2; offered++) {
            struct net net;
            struct observe_world world = net_lab_world();
            world.readings.options_while_pending =
                ignore ? OPTIONS_WHILE_PENDING_IGNORE : OPTIONS_WHILE_PENDING_ABORT;
            world.readings.dhcp_abort = offered ? DHCP_ABORT_OFFERED : DHCP_ABORT_DOWNLOADED;
            net_open_world(&net, &world);
            net_start(&net);
            net_exchange(&net, EVENT_SERVER_EDOS, 40000, 503, CONTENT_NONE);
            net_action(&net, ACTION_REBOOT);
            net_lease_with(&net, 66, "http://10.77.0.3/o66.xml");
            CU_ASSERT_EQUAL(observer_phone_state(net.observer, 0) == STATE_ABORTED,
                            offered && !ignore);
            net_exchange(&net, EVENT_SERVER_PROVISION, 40001, 200, CONTENT_CONFIG);
            if (ignore)
                NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
            else
                NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_PRE_2);
            net_close(&net);
        }
    }
}

/* While Custom-Pending an option's download and the redirect's look alike. */
static void the_redirect_is_told_from_an_option(void)
{
    static const char *const offers[] = {"http://10.77.0.3/other.xml", "http://10.77.0.3/p.xml"};
    for (size_t i = 0; i < 2; i++) {
        struct net net;
        custom_pending(&net);
        net_exchange(&net, EVENT_SERVER_PROVISION, 40001, 503, CONTENT_NONE); /* of /p.xml */
        net_action(&net, ACTION_REBOOT);
        net_lease_with(&net, 66, offers[i]);
        net_exchange(&net, EVENT_SERVER_PROVISION, 40002, 200, CONTENT_CONFIG);
        if (i == 0)
            NET_ASSERT_STATE(&net, STATE_ACQUIRED, RULE_CUST_1);
        else
            NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_PRE_2);
        net_close(&net);
    }
}

static void ends_are_final_but_for_a_reset(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_EMPTY);
    net_action(&net, ACTION_REBOOT);
    net_lease_with(&net, 66, "http://10.77.0.3/p.xml");
    net_exchange(&net, EVENT_SERVER_PROVISION, 40001, 200, CONTENT_CONFIG);
    net_exchange(&net, EVENT_SERVER_EDOS, 40002, 200, CONTENT_PROFILE);
    NET_ASSERT_STATE(&net, STATE_UNAVAILABLE, RULE_PEND_2);
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_EDOS), 2); /* a standing rule wants to know */
    net_action(&net, ACTION_FACTORY_RESET);
    NET_ASSERT_STATE(&net, STATE_UNAVAILABLE, RULE_PEND_2);
    net_lease(&net);
    NET_ASSERT_STATE(&net, STATE_OPEN, RULE_END_4);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_STATE)->state.previous, STATE_UNAVAILABLE);
    net_close(&net);
}

static void starting_again_at_edos_is_a_reading(void)
{
    for (int edos = 0; edos < 2; edos++) {
        struct net net;
        struct observe_world world = net_lab_world();
        world.readings.custom_pending_boot =
            edos ? CUSTOM_PENDING_BOOT_EDOS : CUSTOM_PENDING_BOOT_PROVISION;
        net_open_world(&net, &world);
        net_start(&net);
        net_exchange(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_PROFILE);
        net_action(&net, ACTION_REBOOT);
        net_lease(&net);
        net_ask(&net, 9);
        CU_ASSERT_EQUAL(observer_phone_state(net.observer, 0),
                        edos ? STATE_PENDING : STATE_CUSTOM_PENDING);
        net_close(&net);
    }
}

static void an_unreadable_body_shows_in_what_follows(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_OTHER);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
    net_connect(&net, NET_PROVISION, 80, 40001);
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_close(&net);
}

static void edos_may_redirect_to_the_other_server(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_connect(&net, NET_EDOS, 443, 40000);
    net_event(&net, &(struct event){.type = EVENT_ANSWER,
                                    .answer.peer.server = EVENT_SERVER_EDOS,
                                    .answer.peer.client_port = 40000,
                                    .answer.status = 302,
                                    .answer.location = "http://10.77.0.3/elsewhere",
                                    .answer.complete = true});
    net_exchange(&net, EVENT_SERVER_PROVISION, 40001, 200, CONTENT_PROFILE);
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
    net_close(&net);
}

/* The push server's configuration is seen on the wire too. */
static void a_push_is_no_redirect(void)
{
    struct net net;
    custom_pending(&net);
    struct net_tcp push = net_connect(&net, NET_HARNESS, 80, 41000);
    net_say(&net, &push, true, "GET /push.xml HTTP/1.1\r\nHost: h\r\n\r\n");
    net_say(&net, &push, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_close(&net);
}

static void asking_edos_again_without_a_reboot_changes_nothing(void)
{
    struct net net;
    struct observe_world world = net_lab_world();
    world.readings.custom_pending_boot = CUSTOM_PENDING_BOOT_EDOS;
    net_open_world(&net, &world);
    net_start(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_PROFILE);
    net_exchange(&net, EVENT_SERVER_EDOS, 40001, 200, CONTENT_PROFILE);
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_STATE), 3);
    net_close(&net);
}

static void only_200_makes_it_unavailable(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 204, CONTENT_EMPTY);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 1);
    net_close(&net);
}

/* Pending, because the option's download failed; then the server is repaired. */
static void the_same_offer_is_new_in_the_next_boot(void)
{
    for (int reboot = 0; reboot < 2; reboot++) {
        struct net net;
        net_open(&net);
        net_action(&net, ACTION_FACTORY_RESET);
        net_lease_with(&net, 66, "http://10.77.0.3/o66.xml");
        net_exchange(&net, EVENT_SERVER_PROVISION, 40000, 404, CONTENT_NONE);
        net_exchange(&net, EVENT_SERVER_EDOS, 40001, 503, CONTENT_NONE);
        if (reboot) {
            net_action(&net, ACTION_REBOOT);
            net_lease_with(&net, 66, "http://10.77.0.3/o66.xml");
        } else { /* a mere renewal */
            net_dhcp(&net, DHCP_REQUEST);
            net_dhcp_text(&net, DHCP_ACK, 66, "http://10.77.0.3/o66.xml", 24);
        }
        net_exchange(&net, EVENT_SERVER_PROVISION, 40002, 200, CONTENT_CONFIG);
        if (reboot)
            NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_PRE_2);
        else
            NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
        net_close(&net);
    }
}

static void an_option_s_server_proves_no_profile(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_OTHER);
    net_dhcp_text(&net, DHCP_ACK, 66, "http://10.77.0.3/o66.xml", 24);
    net_connect(&net, NET_PROVISION, 80, 40001);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    net_close(&net);
}

static void fetch(struct net *net, uint32_t server)
{
    struct net_tcp tcp = net_connect(net, server, 80, 41000);
    net_say(net, &tcp, true, "GET /c.xml HTTP/1.1\r\nHost: h\r\n\r\n");
    net_say(net, &tcp, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
}

static void what_an_unlogged_server_gives(void)
{
    struct net net;
    custom_pending(&net);
    fetch(&net, NET_PROVISION + 100); /* somebody's server, not the redirect's */
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    net_close(&net);
    for (int push = 0; push < 2; push++) {
        net_open(&net);
        net_action(&net, ACTION_FACTORY_RESET);
        net_lease_with(&net, 66, "http://10.77.0.103/c.xml");
        fetch(&net, push ? NET_HARNESS : NET_PROVISION + 100);
        if (push)
            NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
        else
            NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_OPEN_2);
        net_close(&net);
    }
}

static void look(struct net *net, enum event_server server, uint16_t port, unsigned status)
{
    net_event(net, &(struct event){.type = EVENT_REQUEST,
                                   .request.peer.server = server,
                                   .request.peer.transport = TRANSPORT_HTTPS,
                                   .request.peer.client_port = port,
                                   .request.method = "HEAD"});
    net_event(net, &(struct event){.type = EVENT_ANSWER,
                                   .answer.peer.server = server,
                                   .answer.peer.transport = TRANSPORT_HTTPS,
                                   .answer.peer.client_port = port,
                                   .answer.method = "HEAD",
                                   .answer.status = status,
                                   .answer.content = status == 200 ? CONTENT_PROFILE : CONTENT_NONE,
                                   .answer.complete = true});
}

/* HEAD and then GET, on one connection or on two: one attempt, whatever the HEAD was told. */
static void a_look_is_part_of_the_attempt(void)
{
    static const unsigned statuses[] = {200, 404, 503, 405};
    for (size_t i = 0; i < 2 * (sizeof statuses / sizeof statuses[0]); i++) {
        bool kept = i % 2 == 1;
        struct net net;
        net_open(&net);
        net_start(&net);
        net_resolve(&net, 1);
        struct net_tcp tcp = net_connect(&net, NET_EDOS, 443, 40000);
        look(&net, EVENT_SERVER_EDOS, 40000, statuses[i / 2]);
        NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
        if (!kept)
            net_fin(&net, &tcp, true);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
        net_exchange(&net, EVENT_SERVER_EDOS, kept ? 40000 : 40001, 200, CONTENT_PROFILE);
        NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
        net_close(&net);
    }
}

/* A phone that leaves it at the HEAD has tried, and a minute later tries again. */
static void a_look_without_more_is_an_attempt(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net_connect(&net, NET_EDOS, 443, 40000);
    look(&net, EVENT_SERVER_EDOS, 40000, 404);
    uint64_t looked_us = net.now_us;
    net.now_us += DURATION_M;
    net_connect(&net, NET_EDOS, 443, 40001);
    look(&net, EVENT_SERVER_EDOS, 40001, 404);
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_ATTEMPT), 2);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_ATTEMPT)->attempt.last_sign_us, looked_us);
    net_close(&net);
}

static void a_look_at_an_unlogged_server(void)
{
    struct net net;
    net_open(&net);
    net_action(&net, ACTION_FACTORY_RESET);
    net_lease_with(&net, 66, "http://10.77.0.103/c.xml");
    struct net_tcp tcp = net_connect(&net, NET_PROVISION + 100, 80, 41000);
    net_say(&net, &tcp, true, "HEAD /c.xml HTTP/1.1\r\nHost: h\r\n\r\n");
    net_say(&net, &tcp, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
    net_say(&net, &tcp, true, "GET /c.xml HTTP/1.1\r\nHost: h\r\n\r\n");
    net_say(&net, &tcp, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
    NET_ASSERT_STATE(&net, STATE_ABORTED, RULE_OPEN_2);
    net_close(&net);
}

/* What a fake does at the handshake says why nothing came of the connection; if something does, it
 * says nothing. */
static void a_fault_at_the_handshake(void)
{
    for (int asks = 0; asks < 2; asks++) {
        struct net net;
        net_open(&net);
        net_start(&net);
        struct net_tcp tcp = net_connect(&net, NET_EDOS, 443, 40000);
        net_event(&net, &(struct event){.type = EVENT_TLS,
                                        .tls.peer.server = EVENT_SERVER_EDOS,
                                        .tls.peer.client_port = 40000,
                                        .tls.response = true,
                                        .tls.fault = "an expired certificate"});
        if (asks)
            net_event(&net, &(struct event){.type = EVENT_REQUEST,
                                            .request.peer.server = EVENT_SERVER_EDOS,
                                            .request.peer.client_port = 40000,
                                            .request.method = "GET"});
        net_fin(&net, &tcp, true);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
        CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_FAILED), 1);
        CU_ASSERT_STRING_EQUAL(net_last(&net, EVENT_FAILED)->failed.reason,
                               asks ? "the phone closed the connection" : "an expired certificate");
        NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
        net_close(&net);
    }
}

void tests_harness_observe_inference(void)
{
    TEST_SUITE(
        "observe/inference", {"Open on the first boot", open_on_the_first_boot},
        {"Pending, Custom-Pending, Acquired", pending_then_custom_then_acquired},
        {"an empty profile: Unavailable", an_empty_profile_is_unavailable},
        {"other answers leave it Pending", other_answers_leave_it_pending},
        {"configuring aborts", configuring_aborts},
        {"configuring something else does not", configuring_something_else_does_not},
        {"an option downloaded aborts", an_option_downloaded_aborts},
        {"an option that fails goes on to EDOS", an_option_that_fails_goes_on_to_edos},
        {"an offer aborts by its reading", an_offer_aborts_by_its_reading},
        {"a service aborts by its reading", a_service_aborts_by_its_reading},
        {"a service is over with EDOS", a_service_is_over_with_edos},
        {"options that appear while Pending", options_that_appear_while_pending},
        {"the redirect is told from an option", the_redirect_is_told_from_an_option},
        {"ends are final but for a reset", ends_are_final_but_for_a_reset},
        {"starting again at EDOS is a reading", starting_again_at_edos_is_a_reading},
        {"an unreadable body shows in what follows", an_unreadable_body_shows_in_what_follows},
        {"EDOS may redirect to the other server", edos_may_redirect_to_the_other_server},
        {"a push is no redirect", a_push_is_no_redirect},
        {"asking EDOS again without a reboot", asking_edos_again_without_a_reboot_changes_nothing},
        {"only 200 makes it Unavailable", only_200_makes_it_unavailable},
        {"the same offer in the next boot", the_same_offer_is_new_in_the_next_boot},
        {"an option's server proves no profile", an_option_s_server_proves_no_profile},
        {"what an unlogged server gives", what_an_unlogged_server_gives},
        {"a look is part of the attempt", a_look_is_part_of_the_attempt},
        {"a look without more is an attempt", a_look_without_more_is_an_attempt},
        {"a look at an unlogged server", a_look_at_an_unlogged_server},
        {"a fault at the handshake", a_fault_at_the_handshake});
}
