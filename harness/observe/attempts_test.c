/* SPDX-License-Identifier: MIT */
/* Which signs are one attempt: through the whole observer, as the wire shows them. */
#include "harness/base/duration.h"
#include "harness/observe/attempts.h"
#include "harness/observe/frames_testing.h"

void tests_harness_observe_attempts(void);

static void started(struct net *net)
{
    net_open(net);
    net_start(net);
}

static void signs_of_one_attempt(void)
{
    struct net net;
    started(&net);
    net_resolve(&net, 1);
    struct net_tcp tcp = net_connect(&net, NET_EDOS, 443, 40000);
    net_segment(&net, &tcp, true, tcp.client_next, TCP_ACK, "\x16\x03\x01\x00\x01\x02", 6);
    net_request(&net, EVENT_SERVER_EDOS, 40000);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
    const struct event *attempt = net_find(&net, EVENT_ATTEMPT, 0);
    CU_ASSERT_EQUAL(attempt->attempt.peer.transport, TRANSPORT_DNS);
    CU_ASSERT_EQUAL(attempt->attempt.last_sign_us, 0);
    CU_ASSERT_EQUAL(net.timeline.events[attempt->attempt.cause - 1].type, EVENT_DNS);
    net_close(&net);
}

static void the_gap_counts_from_the_answer(void)
{
    struct net net;
    started(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 503, CONTENT_NONE);
    uint64_t failed_us = net.now_us;
    net.now_us += DURATION_M;
    net_exchange(&net, EVENT_SERVER_EDOS, 40001, 503, CONTENT_NONE);
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_EDOS), 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 2);
    const struct event *second = net_find(&net, EVENT_ATTEMPT, 1);
    CU_ASSERT_EQUAL(second->attempt.last_sign_us, failed_us);
    CU_ASSERT_EQUAL(second->time_us - second->attempt.last_sign_us, DURATION_M);
    net_close(&net);
}

static void dns_retransmitted_is_one_attempt(void)
{
    struct net net;
    started(&net);
    net_ask(&net, 1);
    net.now_us += 5 * DURATION_S;
    net_ask(&net, 1);
    uint64_t last_us = net.now_us;
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_DNS), 2);
    net.now_us += DURATION_M;
    net_ask(&net, 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0); /* silence proves nothing */
    CU_ASSERT_EQUAL(net_last(&net, EVENT_ATTEMPT)->attempt.last_sign_us, last_us);
    net_close(&net);
}

static void a_and_aaaa_are_one_attempt(void)
{
    struct net net;
    started(&net);
    net_ask(&net, 1);
    net_dns(&net, 2, DNS_AAAA, false, 0, 0);
    net_dns(&net, 2, DNS_AAAA, true, DNS_SERVFAIL, 0);
    net_dns(&net, 1, DNS_A, true, 0, NET_EDOS);
    net_connect(&net, NET_EDOS, 443, 40000);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
    net_close(&net);
}

static void dns_errors_fail(void)
{
    static const uint8_t rcodes[] = {DNS_NXDOMAIN, DNS_SERVFAIL, DNS_REFUSED, DNS_NOERROR};
    for (size_t i = 0; i < sizeof rcodes; i++) {
        struct net net;
        started(&net);
        net_ask(&net, 1);
        net_dns(&net, 1, DNS_A, true, rcodes[i], 0);
        const struct event *failed = net_last(&net, EVENT_FAILED);
        CU_ASSERT_PTR_NOT_NULL_FATAL(failed);
        CU_ASSERT_EQUAL(failed->failed.peer.server, EVENT_SERVER_EDOS);
        CU_ASSERT_EQUAL(failed->failed.status, rcodes[i]);
        CU_ASSERT_EQUAL(net.timeline.events[failed->failed.cause - 1].type, EVENT_DNS);
        net_ask(&net, 1); /* an echo of the old question */
        CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
        net.now_us += DURATION_M;
        net_ask(&net, 2);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
        net_close(&net);
    }
}

static void answers_to_others_do_not_fail(void)
{
    struct net net;
    started(&net);
    net_ask(&net, 1);
    net_dns(&net, 3, DNS_A, true, DNS_NXDOMAIN, 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
    net_close(&net);
}

static void refused_fails(void)
{
    struct net net;
    started(&net);
    struct net_tcp tcp = net_syn(&net, NET_EDOS, 443, 40000);
    net_rst(&net, &tcp, false);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_REFUSED), 1);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 1);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_FAILED)->failed.cause,
                    net_last(&net, EVENT_REFUSED)->number);
    net.now_us += DURATION_M;
    net_syn(&net, NET_EDOS, 443, 40001);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
    net_close(&net);
}

static void a_silent_syn_ends_with_the_next(void)
{
    struct net net;
    started(&net);
    struct net_tcp tcp = net_syn(&net, NET_EDOS, 443, 40000);
    tcp.client_next--;
    net.now_us += DURATION_S;
    net_segment(&net, &tcp, true, tcp.client_next, TCP_SYN, NULL, 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_CONNECT), 1);
    net.now_us += DURATION_M;
    net_syn(&net, NET_EDOS, 443, 40001);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_CONNECT), 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
    net_close(&net);
}

static void giving_a_hanging_request_up_fails(void)
{
    for (int reset = 0; reset < 2; reset++) {
        struct net net;
        started(&net);
        struct net_tcp tcp = net_connect(&net, NET_EDOS, 443, 40000);
        net_request(&net, EVENT_SERVER_EDOS, 40000);
        net.now_us += 30 * DURATION_S;
        CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
        if (reset)
            net_rst(&net, &tcp, true);
        else
            net_fin(&net, &tcp, true);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 1);
        CU_ASSERT_EQUAL(net_last(&net, EVENT_FAILED)->time_us, net.now_us);
        net_close(&net);
    }
}

/* The phone gave up; the server answers all the same, to nobody. */
static void a_late_answer_is_for_nobody(void)
{
    struct net net;
    started(&net);
    struct net_tcp tcp = net_connect(&net, NET_EDOS, 443, 40000);
    net_request(&net, EVENT_SERVER_EDOS, 40000);
    net.now_us += 30 * DURATION_S;
    net_fin(&net, &tcp, true);
    net.now_us += DURATION_M;
    net_connect(&net, NET_EDOS, 443, 40001);
    net_request(&net, EVENT_SERVER_EDOS, 40001);
    net_answer(&net, EVENT_SERVER_EDOS, 40000, 200, CONTENT_PROFILE);
    NET_ASSERT_STATE(&net, STATE_PENDING, RULE_OPEN_3);
    net_answer(&net, EVENT_SERVER_EDOS, 40001, 200, CONTENT_PROFILE);
    NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_EDOS), 2);
    net_close(&net);
}

/* At the same instant: a clock that skips waiting stands still in between. */
static void a_port_chosen_again_is_another_connection(void)
{
    struct net net;
    started(&net);
    for (unsigned i = 1; i <= 2; i++) {
        struct net_tcp tcp = net_connect(&net, NET_EDOS, 443, 40000);
        CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_EDOS), i);
        CU_ASSERT_EQUAL(net_last(&net, EVENT_ATTEMPT)->attempt.cause,
                        net_last(&net, EVENT_CONNECT)->number);
        net_request(&net, EVENT_SERVER_EDOS, 40000);
        net_answer(&net, EVENT_SERVER_EDOS, 40000, 404, CONTENT_NONE);
        net_fin(&net, &tcp, true);
        net_fin(&net, &tcp, false);
    }
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_EDOS), 2);
    net_close(&net);
}

static void goes_on(struct net *net, unsigned status, const char *location)
{
    struct net_tcp tcp = net_connect(net, NET_EDOS, 443, 40000);
    net_request(net, EVENT_SERVER_EDOS, 40000);
    net_event(net, &(struct event){.type = EVENT_ANSWER,
                                   .answer.peer.server = EVENT_SERVER_EDOS,
                                   .answer.peer.client_port = 40000,
                                   .answer.status = status,
                                   .answer.location = location,
                                   .answer.complete = true});
    net_fin(net, &tcp, true);
}

static void redirects_and_challenges_go_on(void)
{
    for (int challenge = 0; challenge < 2; challenge++) {
        struct net net;
        started(&net);
        goes_on(&net, challenge ? 401 : 302, challenge ? NULL : "https://activate.cisco.com/2");
        net_ask(&net, 2);
        net_exchange(&net, EVENT_SERVER_EDOS, 40001, 200, CONTENT_PROFILE);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
        NET_ASSERT_STATE(&net, STATE_CUSTOM_PENDING, RULE_PEND_1);
        net_close(&net);
    }
}

static void a_redirect_not_followed_ends(void)
{
    struct net net;
    started(&net);
    goes_on(&net, 307, "https://activate.cisco.com/2");
    uint64_t answered_us = net.now_us;
    net.now_us += DURATION_M;
    net_exchange(&net, EVENT_SERVER_EDOS, 40001, 503, CONTENT_NONE);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_ATTEMPT)->attempt.last_sign_us, answered_us);
    net_close(&net);
}

static void a_kept_connection_shows_attempts_in_the_log(void)
{
    struct net net;
    started(&net);
    net_connect(&net, NET_EDOS, 443, 40000);
    for (int i = 0; i < 3; i++) {
        net_request(&net, EVENT_SERVER_EDOS, 40000);
        net_answer(&net, EVENT_SERVER_EDOS, 40000, 503, CONTENT_NONE);
        net.now_us += DURATION_M;
    }
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 3);
    net_close(&net);
}

static void tftp_attempts(void)
{
    struct tftp_packet error = {.opcode = TFTP_ERROR, .error = 1, .message = "not found"};
    struct net net;
    started(&net);
    net_rrq(&net, 2000, "a.xml");
    net_rrq(&net, 2000, "a.xml"); /* again */
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_PROVISION), 1);
    net.now_us += DURATION_M;
    net_rrq(&net, 2001, "a.xml");
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_PROVISION), 2);
    net_tftp(&net, false, 2001, 3001, &error);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_TFTP)->tftp.error, 1);
    CU_ASSERT_STRING_EQUAL(net_last(&net, EVENT_TFTP)->tftp.message, "not found");
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0); /* the fake's log tells */
    net_event(&net, &(struct event){.type = EVENT_ANSWER,
                                    .answer.peer.server = EVENT_SERVER_PROVISION,
                                    .answer.peer.transport = TRANSPORT_TFTP,
                                    .answer.peer.client_port = 2001,
                                    .answer.status = 1,
                                    .answer.complete = true});
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 1);
    net.now_us += 5 * DURATION_S;
    net_rrq(&net, 2001, "a.xml"); /* again: it has not heard of the end */
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_PROVISION), 2);
    net_rrq(&net, 2002, "a.xml");
    CU_ASSERT_EQUAL(net_attempts(&net, EVENT_SERVER_PROVISION), 3);
    net_close(&net);
}

static void a_boot_starts_the_count_anew(void)
{
    struct net net;
    started(&net);
    net_exchange(&net, EVENT_SERVER_EDOS, 40000, 503, CONTENT_NONE);
    net_action(&net, ACTION_REBOOT);
    net_lease(&net);
    net.now_us += DURATION_M;
    net_exchange(&net, EVENT_SERVER_EDOS, 40001, 503, CONTENT_NONE);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_ATTEMPT)->attempt.last_sign_us, 0);
    net_close(&net);
}

static void another_address_given_by_dns_is_edos(void)
{
    struct net net;
    started(&net);
    net_ask(&net, 1);
    net_dns(&net, 1, DNS_A, true, 0, 0x0A4D00C8);
    net_syn(&net, 0x0A4D00C8, 443, 40000);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_CONNECT)->connection.peer.server, EVENT_SERVER_EDOS);
    net_syn(&net, 0x0A4D00C9, 443, 40001);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_CONNECT)->connection.peer.server, EVENT_SERVER_OTHER);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
    net_close(&net);
}

static void old_ports_are_forgotten(void)
{
    struct attempt attempt = {0};
    uint64_t last_us;
    struct attempt_sign sign = {.kind = SIGN_SPOKEN, .time_us = 1};
    for (uint16_t port = 1; port <= ATTEMPT_PORTS_MAX + 1; port++) {
        sign.client_port = port;
        attempt_sign(&attempt, &sign, &last_us);
    }
    CU_ASSERT_FALSE(attempt_has_port(&attempt, 1));
    CU_ASSERT_TRUE(attempt_has_port(&attempt, 2));
    CU_ASSERT_TRUE(attempt_has_port(&attempt, ATTEMPT_PORTS_MAX + 1));
    CU_ASSERT_TRUE(attempt_has_port(&attempt, 0));
}

static void the_clock_s_zero_is_a_time(void)
{
    struct attempt attempt = {0};
    uint64_t last_us = 7;
    struct attempt_sign sign = {.kind = SIGN_CONNECT, .client_port = 1};
    CU_ASSERT_TRUE(attempt_sign(&attempt, &sign, &last_us));
    CU_ASSERT_EQUAL(last_us, 0);
    attempt_end(&attempt, 0);
    sign.time_us = DURATION_M;
    CU_ASSERT_TRUE(attempt_sign(&attempt, &sign, &last_us));
    CU_ASSERT_EQUAL(last_us, 1);
}

static void a_question_behind_a_silent_syn_is_afresh(void)
{
    struct net net;
    started(&net);
    net_resolve(&net, 1);
    net_syn(&net, NET_EDOS, 443, 40000);
    net.now_us += 10 * DURATION_S;
    net_resolve(&net, 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
    net_close(&net);
}

static void a_question_long_after_a_redirect_is_afresh(void)
{
    struct net net;
    started(&net);
    net_resolve(&net, 1);
    goes_on(&net, 302, "https://activate.cisco.com/2");
    net.now_us += DURATION_M;
    net_ask(&net, 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 2);
    net_close(&net);
}

static void a_second_connection_beside_the_first(void)
{
    struct net net;
    started(&net);
    net_connect(&net, NET_EDOS, 443, 40000);
    net_request(&net, EVENT_SERVER_EDOS, 40000);
    net.now_us += DURATION_S;
    net_connect(&net, NET_EDOS, 443, 40001);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 1);
    net_close(&net);
}

static void a_name_error_behind_the_connection_is_nothing(void)
{
    struct net net;
    started(&net);
    net_ask(&net, 1);
    net_connect(&net, NET_EDOS, 443, 40000);
    net_dns(&net, 1, DNS_A, true, DNS_NXDOMAIN, 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
    net_close(&net);
}

static void an_informational_answer_ends_nothing(void)
{
    struct observe_world world = {.learn_phones = true};
    struct net net;
    net_open_world(&net, &world);
    net_lease(&net);
    net_resolve(&net, 1);
    struct net_tcp tcp = net_connect(&net, NET_EDOS, 80, 40000);
    net_say(&net, &tcp, true, "GET /rc HTTP/1.1\r\n\r\n");
    net_say(&net, &tcp, false, "HTTP/1.1 102 Processing\r\n\r\n");
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 0);
    net_say(&net, &tcp, false, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    CU_ASSERT_EQUAL(net_count(&net, EVENT_FAILED), 1);
    net_close(&net);
}

void tests_harness_observe_attempts(void)
{
    TEST_SUITE(
        "observe/attempts", {"signs of one attempt", signs_of_one_attempt},
        {"the gap counts from the answer", the_gap_counts_from_the_answer},
        {"DNS retransmitted", dns_retransmitted_is_one_attempt},
        {"A and AAAA", a_and_aaaa_are_one_attempt}, {"DNS errors fail", dns_errors_fail},
        {"answers to other questions", answers_to_others_do_not_fail}, {"refused", refused_fails},
        {"a silent SYN", a_silent_syn_ends_with_the_next},
        {"giving a hanging request up", giving_a_hanging_request_up_fails},
        {"a late answer", a_late_answer_is_for_nobody},
        {"a port chosen again", a_port_chosen_again_is_another_connection},
        {"redirects and challenges go on", redirects_and_challenges_go_on},
        {"a redirect not followed", a_redirect_not_followed_ends},
        {"a kept connection", a_kept_connection_shows_attempts_in_the_log}, {"TFTP", tftp_attempts},
        {"a boot starts anew", a_boot_starts_the_count_anew},
        {"another address by DNS", another_address_given_by_dns_is_edos},
        {"old ports are forgotten", old_ports_are_forgotten},
        {"the clock's zero", the_clock_s_zero_is_a_time},
        {"a question behind a silent SYN", a_question_behind_a_silent_syn_is_afresh},
        {"a question long after a redirect", a_question_long_after_a_redirect_is_afresh},
        {"a second connection beside the first", a_second_connection_beside_the_first},
        {"a name error behind the connection", a_name_error_behind_the_connection_is_nothing},
        {"an informational answer", an_informational_answer_ends_nothing});
}
