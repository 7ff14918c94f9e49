/* SPDX-License-Identifier: MIT */
/* When the lab is to blame, no phone is. */
#include "harness/judge/judge_testing.h"
#include <stdio.h>

void tests_harness_judge_lab_fault(void);

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5 };
static const uint8_t with_160[] = {53, 1, 2, 160, 3, 'a', 'b', 'c'};
static const uint8_t with_other[] = {53, 1, 2, 160, 3, 'a', 'b', 'd'};
static const uint8_t with_none[] = {53, 1, 2};
static const uint8_t with_66[] = {160, 3, 'a', 'b', 'c', 66, 1, 'x'};
static const struct dhcp_value offer_160[] = {
    {.code = 160, .form = DHCP_VALUE_TEXT, .text = "abc"}};
static const struct step steps[] = {
    RESET_STEP,
    {EXPECT_STEP, .pattern = {.kind = PATTERN_STATE, .state = STATE_PENDING}, .within_us = M(1)}};

static void tell(struct fixture *f, const uint8_t *options, size_t length, bool passes)
{
    feed(f, action_at(0, ACTION_FACTORY_RESET));
    feed(f, dhcp_at(S(2), DISCOVER, with_none, sizeof with_none));
    feed(f, dhcp_at(S(2), OFFER, options, length));
    feed(f, dhcp_at(S(2), REQUEST, with_none, sizeof with_none));
    feed(f, dhcp_at(S(2), ACK, options, length));
    feed(f, boot_at(S(2), ACTION_FACTORY_RESET));
    feed(f, state_at(S(2), STATE_UNKNOWN, STATE_OPEN));
    if (passes)
        feed(f, state_at(S(3), STATE_OPEN, STATE_PENDING));
    feed(f, end_at(M(2)));
}

static void options_on_the_wire(void)
{
    static const struct {
        const uint8_t *options;
        size_t length;
        bool only_if_asked, wrong;
        const char *reason;
    } cases[] = {
        {with_160, sizeof with_160, false, false, NULL},
        {with_none, sizeof with_none, false, true, "the option that was to be offered"},
        {with_other, sizeof with_other, false, true, "the option that was to be offered"},
        {with_none, sizeof with_none, true, false, NULL},
        {with_66, sizeof with_66, false, true, "an option that was to be withheld"},
        {with_66, sizeof with_66, true, true, "an option that was to be withheld"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int passes = 0; passes < 2; passes++) {
            struct fixture f;
            fixture_init(&f, steps, 2);
            f.scenario.dhcp.offer = offer_160;
            f.scenario.dhcp.offer_count = 1;
            f.scenario.dhcp.only_if_asked = cases[i].only_if_asked;
            tell(&f, cases[i].options, cases[i].length, passes);
            enum verdict phone = passes ? VERDICT_PASS : VERDICT_FAIL;
            CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].wrong ? VERDICT_ERROR : phone);
            CU_ASSERT_EQUAL(result_of(&f)->failure_count, !passes);
            if (cases[i].reason)
                CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->reason, cases[i].reason));
            fixture_done(&f);
        }
    }
}

/* A ${name} that nobody explained proves nothing either way. */
static void unknown_names_prove_nothing(void)
{
    static const struct dhcp_value offer[] = {
        {.code = 160, .form = DHCP_VALUE_TEXT, .text = "${provision.http}"}};
    static const char *const values[SUBSTITUTE_COUNT] = {[SUBSTITUTE_PROVISION_HTTP] = "http://x"};
    for (int known = 0; known < 2; known++) {
        struct fixture f;
        fixture_init(&f, steps, 2);
        f.scenario.dhcp.offer = offer;
        f.scenario.dhcp.offer_count = 1;
        fixture_start(&f);
        if (known)
            judge_set_substitutions(f.judge, values, NULL);
        tell(&f, with_160, sizeof with_160, true);
        CU_ASSERT_EQUAL(result_of(&f)->verdict, known ? VERDICT_ERROR : VERDICT_PASS);
        fixture_done(&f);
    }
}

/* From a dhcp step on its own options count, for questions that come after it. */
static void a_dhcp_step_changes_what_is_owed(void)
{
    static const struct scenario_dhcp changed = {.offer = offer_160, .offer_count = 1};
    static const struct step with_step[] = {
        RESET_STEP, {.kind = STEP_DHCP, .phone = STEP_ALL_PHONES, .dhcp = &changed}};
    for (int late = 0; late < 2; late++) {
        struct fixture f;
        fixture_init(&f, with_step, 2);
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        feed(&f, dhcp_at(S(2), DISCOVER, NULL, 0));
        feed(&f, dhcp_at(S(2), OFFER, with_none, sizeof with_none));
        feed(&f, dhcp_at(S(2), REQUEST, NULL, 0));
        feed(&f, setting_at(S(2), SETTING_DHCP));
        feed(&f, dhcp_at(S(2), ACK, with_none, sizeof with_none)); /* asked before */
        feed(&f, dhcp_at(S(9), REQUEST, NULL, 0));
        if (late)
            feed(&f, dhcp_at(S(9), ACK, with_none, sizeof with_none));
        else
            feed(&f, dhcp_at(S(9), ACK, with_160, sizeof with_160));
        feed(&f, end_at(S(10)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, late ? VERDICT_ERROR : VERDICT_PASS);
        fixture_done(&f);
    }
}

static void silence_is_whose_fault(void)
{
    static const struct {
        enum dhcp_answer answer;
        uint64_t delay_us, discover_us; /* 0 = the phone said nothing */
        enum verdict verdict;
    } cases[] = {
        {DHCP_ANSWER_NORMAL, 0, 0, VERDICT_FAIL},
        {DHCP_ANSWER_NORMAL, 0, S(2), VERDICT_ERROR},
        {DHCP_ANSWER_NORMAL, 0, S(59), VERDICT_ERROR},
        {DHCP_ANSWER_NORMAL, 0, S(59) + 1, VERDICT_FAIL}, /* it could not have answered yet */
        {DHCP_ANSWER_NEVER, 0, S(2), VERDICT_FAIL},
        {DHCP_ANSWER_NAK, 0, S(2), VERDICT_FAIL},
        {DHCP_ANSWER_DELAY, S(30), S(2), VERDICT_ERROR},
        {DHCP_ANSWER_DELAY, S(59), S(2), VERDICT_FAIL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, steps, 2);
        f.scenario.dhcp.answer = cases[i].answer;
        f.scenario.dhcp.answer_delay_us = cases[i].delay_us;
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        if (cases[i].discover_us)
            feed(&f, dhcp_at(cases[i].discover_us, DISCOVER, NULL, 0));
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].verdict);
        fixture_done(&f);
    }
}

/* One phone's silence excuses no other. */
static void each_phone_for_itself(void)
{
    struct fixture f;
    fixture_init(&f, steps, 2);
    f.scenario.phone_count = 2;
    for (int i = 0; i < 2; i++)
        feed(&f, of_phone(i, action_at(0, ACTION_FACTORY_RESET)));
    feed(&f, of_phone(1, dhcp_at(S(2), DISCOVER, NULL, 0)));
    feed(&f, of_phone(1, boot_at(S(2), ACTION_FACTORY_RESET)));
    feed(&f, of_phone(1, state_at(S(2), STATE_OPEN, STATE_PENDING)));
    feed(&f, end_at(M(2)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_FAIL);
    CU_ASSERT_EQUAL(result_of(&f)->failures[0].phone, 0);
    fixture_done(&f);
}

static void dhcp_that_should_have_been_silent(void)
{
    struct fixture f;
    fixture_init(&f, steps, 2);
    f.scenario.dhcp.answer = DHCP_ANSWER_NEVER;
    tell(&f, with_none, sizeof with_none, true);
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_ERROR);
    CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->reason, "silent"));
    fixture_done(&f);
}

/* A scenario that fails by what it does not reckon with says nothing of the phone; one with a
 * network of its own does. */
static void what_the_line_lost(void)
{
    static const struct {
        bool outside;
        uint64_t lost_us; /* 0 = nothing was */
        int phone;        /* whose line it was */
        enum verdict verdict;
    } cases[] = {
        {true, S(3), 0, VERDICT_ERROR},
        {false, S(3), 0, VERDICT_FAIL},
        {true, 0, 0, VERDICT_FAIL},
        {true, S(3), 1, VERDICT_FAIL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int to_phone = 0; to_phone < 2; to_phone++) {
            struct fixture f;
            char number[32];
            fixture_init(&f, steps, 2);
            f.scenario.phone_count = 2;
            fixture_start(&f);
            if (cases[i].outside)
                judge_set_outside_network(f.judge);
            for (int phone = 0; phone < 2; phone++)
                feed(&f, of_phone(phone, action_at(0, ACTION_FACTORY_RESET)));
            feed(&f, of_phone(1, boot_at(S(2), ACTION_FACTORY_RESET)));
            feed(&f, of_phone(1, state_at(S(2), STATE_OPEN, STATE_PENDING)));
            feed(&f, boot_at(S(2), ACTION_FACTORY_RESET));
            snprintf(number, sizeof number, "(event %llu)", (unsigned long long)f.number + 1);
            if (cases[i].lost_us)
                feed(&f, of_phone(cases[i].phone, lost_at(cases[i].lost_us, to_phone)));
            feed(&f, end_at(M(2)));
            CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].verdict);
            if (cases[i].verdict == VERDICT_ERROR)
                CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->reason, number));
            fixture_done(&f);
        }
    }
}

/* What was lost minutes before has been made good, but a cable that is still out has not. */
static void what_the_line_lost_long_ago(void)
{
    static const struct step later[] = {RESET_STEP,
                                        WAIT_STEP(M(20)),
                                        {EXPECT_STEP,
                                         .pattern = {.kind = PATTERN_STATE, .state = STATE_PENDING},
                                         .within_us = M(1)}};
    enum { LOST, OUT, OUT_AND_IN, OUT_AND_IN_JUST_NOW, KINDS };
    static const enum verdict verdicts[KINDS] = {VERDICT_FAIL, VERDICT_ERROR, VERDICT_FAIL,
                                                 VERDICT_ERROR};
    for (int kind = 0; kind < KINDS; kind++) {
        struct fixture f;
        fixture_init(&f, later, COUNT(later));
        fixture_start(&f);
        judge_set_outside_network(f.judge);
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        feed(&f, boot_at(S(2), ACTION_FACTORY_RESET));
        feed(&f, kind == LOST ? lost_at(S(3), true) : carrier_at(S(3), false));
        if (kind >= OUT_AND_IN)
            feed(&f, carrier_at(kind == OUT_AND_IN ? S(4) : M(19), true));
        feed(&f, setting_at(M(20) + S(1), SETTING_EDOS));
        feed(&f, end_at(M(25)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, verdicts[kind]);
        fixture_done(&f);
    }
}

/* A fault of an answer over HTTP that was to be played, and what the wire shows of it. */
static void faults_of_http_are_seen(void)
{
    static const struct {
        struct request_event promised;
        struct http_response_event seen;
        uint64_t seen_us; /* 0 = never */
        bool answered;
        enum verdict verdict;
    } cases[] = {
        {{.framing = "chunked"}, {.framing = "chunked"}, S(4), true, VERDICT_FAIL},
        {{.framing = "chunked"}, {.announced = 5}, S(4), true, VERDICT_ERROR},
        {{.announces = "500"}, {.announced = 500}, S(4), true, VERDICT_FAIL},
        {{.announces = "500"}, {.announced = 0}, S(4), true, VERDICT_FAIL}, /* a stored one */
        {{.announces = "500"}, {.announced = 40}, S(4), true, VERDICT_ERROR},
        {{.announces = "500"}, {.framing = "until close"}, S(4), true, VERDICT_ERROR},
        {{.head_takes_us = S(2)}, {.announced = 40}, S(5), true, VERDICT_FAIL},
        {{.head_takes_us = S(2)}, {.announced = 40}, S(4), true, VERDICT_ERROR},
        {{.head_takes_us = S(2)}, {.announced = 40}, 0, false, VERDICT_FAIL}, /* given up */
        {{.encoding = "gzip"}, {.encoding = "gzip"}, S(4), true, VERDICT_FAIL},
        {{.encoding = "gzip"}, {.announced = 40}, S(4), true, VERDICT_ERROR},
        {{.challenge = "basic"}, {.challenge = "digest"}, S(4), true, VERDICT_ERROR},
        {{.encoding = "aes128gcm"}, {.encoding = "aes128gcm"}, S(4), true, VERDICT_FAIL},
        {{.behaviour = "config"},
         {.encoding = "aes128gcm"},
         S(4),
         true,
         VERDICT_ERROR}, /* whose? */
        {{.framing = "chunked"}, {.announced = 0}, 0, true, VERDICT_ERROR},
        {{.behaviour = "503"}, {.framing = "chunked"}, S(4), true, VERDICT_FAIL}, /* none asked */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, steps, 2);
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        struct event request = event_at(S(3), EVENT_REQUEST);
        request.request = cases[i].promised;
        request.request.peer =
            (struct event_peer){.server = EVENT_SERVER_PROVISION, .transport = TRANSPORT_HTTP};
        feed(&f, request);
        struct event answer = event_at(S(3), EVENT_ANSWER);
        answer.answer.peer = request.request.peer;
        if (cases[i].answered)
            feed(&f, answer);
        struct event seen = event_at(cases[i].seen_us, EVENT_HTTP_RESPONSE);
        seen.http_response = cases[i].seen;
        seen.http_response.peer = request.request.peer;
        if (cases[i].seen_us)
            feed(&f, seen);
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].verdict);
        fixture_done(&f);
    }
}

static void faults_of_tftp_are_seen(void)
{
    static const struct {
        struct request_event promised;
        struct tftp_event seen;
        bool whole, lost; /* the file has come; the line lost something */
        enum verdict verdict;
    } cases[] = {
        {{.reorders = 2}, {.disorder = TFTP_DISORDER_AHEAD, .block = 3}, true, false, VERDICT_FAIL},
        {{.reorders = 2},
         {.disorder = TFTP_DISORDER_AHEAD, .block = 2},
         true,
         false,
         VERDICT_ERROR},
        {{.reorders = 2}, {.disorder = TFTP_DISORDER_PORT, .block = 3}, true, false, VERDICT_ERROR},
        {{.reorders = 2}, {.block = 0}, true, true, VERDICT_FAIL},
        {{.reorders = 2}, {.block = 0}, false, false, VERDICT_ERROR},
        {{.strays = 1}, {.disorder = TFTP_DISORDER_PORT, .block = 1}, true, false, VERDICT_FAIL},
        {{.strays = 1}, {.disorder = TFTP_DISORDER_PORT, .block = 2}, true, false, VERDICT_ERROR},
        {{.no_options = true},
         {.disorder = TFTP_DISORDER_NO_OPTIONS, .block = 1},
         true,
         false,
         VERDICT_FAIL},
        {{.no_options = true}, {.block = 0}, true, false, VERDICT_ERROR},
        {{.behaviour = "config"}, {.block = 0}, true, false, VERDICT_FAIL}, /* none asked */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, steps, 2);
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        struct event request = event_at(S(3), EVENT_REQUEST);
        request.request = cases[i].promised;
        request.request.peer =
            (struct event_peer){.server = EVENT_SERVER_PROVISION, .transport = TRANSPORT_TFTP};
        feed(&f, request);
        struct event seen = event_at(S(3), EVENT_TFTP);
        seen.tftp = cases[i].seen;
        seen.tftp.peer = request.request.peer;
        seen.tftp.packet = TFTP_PACKET_DATA;
        feed(&f, seen);
        if (cases[i].lost)
            feed(&f, of_phone(0, event_at(S(3), EVENT_LOST)));
        struct event answer = event_at(S(3), EVENT_ANSWER);
        answer.answer.peer = request.request.peer;
        feed(&f, answer);
        seen.tftp = (struct tftp_event){.peer = request.request.peer, .packet = TFTP_PACKET_ACK};
        if (cases[i].whole)
            feed(&f, seen);
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].verdict);
        fixture_done(&f);
    }
}

/* A malformed reply is proved, too; and no phone is blamed for the address that it did not take. */
static void replies_that_were_to_be_malformed(void)
{
    static const uint8_t overloaded[] = {53, 1, 2, 52, 1, 3};
    static const struct {
        enum dhcp_malformed asked;
        const char *seen;
        bool overloaded, wrong;
    } cases[] = {
        {DHCP_MALFORMED_TRUNCATED, "truncated", false, false},
        {DHCP_MALFORMED_TRUNCATED, "bad-length", false, true},
        {DHCP_MALFORMED_TRUNCATED, NULL, false, true},
        {DHCP_MALFORMED_BAD_LENGTH, "bad-length", false, false},
        {DHCP_MALFORMED_NO_END, "no-end", false, false},
        {DHCP_MALFORMED_NO_END, NULL, false, true},
        {DHCP_MALFORMED_OVERLOAD, NULL, true, false},
        {DHCP_MALFORMED_OVERLOAD, NULL, false, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, steps, 2);
        f.scenario.dhcp.answer = DHCP_ANSWER_MALFORMED;
        f.scenario.dhcp.malformed = cases[i].asked;
        struct event offer = dhcp_at(S(2), OFFER, cases[i].overloaded ? overloaded : with_none,
                                     cases[i].overloaded ? sizeof overloaded : sizeof with_none);
        offer.dhcp.malformed = cases[i].seen;
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        feed(&f, dhcp_at(S(2), DISCOVER, with_none, sizeof with_none));
        feed(&f, offer);
        feed(&f, boot_at(S(2), ACTION_FACTORY_RESET));
        feed(&f, state_at(S(2), STATE_UNKNOWN, STATE_OPEN));
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].wrong ? VERDICT_ERROR : VERDICT_FAIL);
        if (cases[i].wrong)
            CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->reason, "was to be malformed"));
        fixture_done(&f);
    }
}

/* Whose address is to be in conflict: somebody has to say so, soon. */
static void addresses_that_were_to_be_in_conflict(void)
{
    static const struct scenario_dhcp free = {.answer = DHCP_ANSWER_NORMAL};
    static const struct step with_step[] = {
        RESET_STEP, {.kind = STEP_DHCP, .phone = STEP_ALL_PHONES, .dhcp = &free}};
    static const struct {
        uint64_t said_us, changed_us; /* 0 = never */
        bool wrong;
    } cases[] = {
        {S(2), 0, false}, {0, 0, true}, {0, S(2), false}, {0, S(9), true}, {S(3), S(9), false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, with_step, cases[i].changed_us ? 2 : 1);
        f.scenario.dhcp.conflict = true;
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        feed(&f, dhcp_at(S(2), DISCOVER, NULL, 0));
        feed(&f, dhcp_at(S(2), OFFER, with_none, sizeof with_none));
        feed(&f, dhcp_at(S(2), REQUEST, NULL, 0));
        feed(&f, dhcp_at(S(2), ACK, with_none, sizeof with_none));
        if (cases[i].said_us)
            feed(&f, of_phone(0, event_at(cases[i].said_us, EVENT_CONFLICT)));
        if (cases[i].changed_us)
            feed(&f, setting_at(cases[i].changed_us, SETTING_DHCP));
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].wrong ? VERDICT_ERROR : VERDICT_PASS);
        if (cases[i].wrong)
            CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->reason, "in conflict"));
        fixture_done(&f);
    }
}

/* --- a second server --- */

static struct event other_at(uint64_t time_us, unsigned type, const uint8_t *options, size_t length)
{
    struct event event = dhcp_at(time_us, type, options, length);
    event.dhcp.other_server = true;
    return event;
}

/* Who is to answer too must be seen to, with what it is to offer and nothing else. */
static void the_second_server_is_seen(void)
{
    static const struct scenario_dhcp gone = {.answer = DHCP_ANSWER_NORMAL};
    static const struct step with_step[] = {
        RESET_STEP, {.kind = STEP_DHCP, .phone = STEP_ALL_PHONES, .dhcp = &gone}};
    static const struct {
        uint64_t seen_us, gone_us; /* 0 = never */
        const uint8_t *options;
        size_t length;
        const char *wrong; /* NULL = nothing */
    } cases[] = {
        {S(7), 0, with_160, sizeof with_160, NULL},
        {0, 0, NULL, 0, "the second DHCP server was to answer"},
        {S(7), 0, with_none, sizeof with_none, "the option that was to be offered"},
        {S(7), 0, with_66, sizeof with_66, "an option that was to be withheld"},
        {S(3), 0, with_none, sizeof with_none, "the second DHCP server was to answer"},
        {0, S(4), NULL, 0, NULL},
        {S(7), S(4), with_160, sizeof with_160, NULL},
        {0, S(30), NULL, 0, "the second DHCP server was to answer"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, with_step, cases[i].gone_us ? 2 : 1);
        f.scenario.dhcp.rogue = (struct dhcp_rogue){true, offer_160, 1, S(5)};
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        feed(&f, dhcp_at(S(2), DISCOVER, NULL, 0));
        feed(&f, dhcp_at(S(2), OFFER, with_none, sizeof with_none));
        if (cases[i].gone_us && cases[i].gone_us < S(7))
            feed(&f, setting_at(cases[i].gone_us, SETTING_DHCP));
        if (cases[i].seen_us)
            feed(&f, other_at(cases[i].seen_us, OFFER, cases[i].options, cases[i].length));
        if (cases[i].gone_us > S(7))
            feed(&f, setting_at(cases[i].gone_us, SETTING_DHCP));
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].wrong ? VERDICT_ERROR : VERDICT_PASS);
        if (cases[i].wrong)
            CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->reason, cases[i].wrong));
        fixture_done(&f);
    }
}

/* A switch does not show it what a phone that has an address says to its own server. */
static void the_second_server_hears_no_renewal(void)
{
    struct fixture f;
    fixture_init(&f, steps, 1);
    f.scenario.dhcp.rogue = (struct dhcp_rogue){true, NULL, 0, 0};
    struct event request = dhcp_at(S(2), REQUEST, NULL, 0);
    request.dhcp.source_address = 0x0a4d0117;
    feed(&f, action_at(0, ACTION_FACTORY_RESET));
    feed(&f, request);
    feed(&f, dhcp_at(S(2), ACK, with_none, sizeof with_none));
    feed(&f, end_at(M(2)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    fixture_done(&f);
}

/* --- SRV records --- */

static struct event srv_at(uint64_t time_us, bool response, const char *target, uint16_t port)
{
    struct event event = of_phone(0, event_at(time_us, EVENT_DNS));
    event.dns.server = EVENT_SERVER_NAME;
    event.dns.query_type = 33;
    event.dns.question = "_ciscoprov-https._tls.Dom.test";
    event.dns.response = response;
    event.dns.target = target;
    event.dns.target_port = port;
    return event;
}

static void records_that_were_to_be_there(void)
{
    static const struct {
        const char *record; /* NULL = none is to be there */
        bool answered;
        const char *target;
        uint16_t port;
        const char *wrong; /* NULL = nothing */
    } cases[] = {
        {"a.test", true, "a.test", 443, NULL},
        {"a.test:4711", true, "A.test", 4711, NULL},
        {"a.test", true, "a.test", 4711, "was another on the wire"},
        {"a.test", true, "b.test", 443, "was another on the wire"},
        {"a.test", true, NULL, 0, "was another on the wire"},
        {NULL, true, NULL, 0, NULL},
        {NULL, true, "a.test", 443, "was another on the wire"},
        {"${provision.https}", true, "b.test", 443, NULL}, /* nobody says what it is */
        {"a.test", false, NULL, 0, "was not answered"},
        {NULL, false, NULL, 0, "was not answered"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, steps, 1);
        f.scenario.dhcp.domain = "dom.test";
        f.scenario.dhcp.srv = (struct dhcp_srv){true, {cases[i].record, NULL}};
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        feed(&f, srv_at(S(2), false, NULL, 0));
        if (cases[i].answered)
            feed(&f, srv_at(S(2), true, cases[i].target, cases[i].port));
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, cases[i].wrong ? VERDICT_ERROR : VERDICT_PASS);
        if (cases[i].wrong)
            CU_ASSERT_PTR_NOT_NULL(strstr(result_of(&f)->reason, cases[i].wrong));
        fixture_done(&f);
    }
}

/* Of another domain, or where nothing is said of records: none of the lab's business. */
static void other_records_prove_nothing(void)
{
    for (int present = 0; present < 2; present++) {
        struct fixture f;
        fixture_init(&f, steps, 1);
        f.scenario.dhcp.domain = present ? "other.test" : "dom.test";
        f.scenario.dhcp.srv = (struct dhcp_srv){present != 0, {"a.test", NULL}};
        feed(&f, action_at(0, ACTION_FACTORY_RESET));
        feed(&f, srv_at(S(2), false, NULL, 0));
        feed(&f, end_at(M(2)));
        CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
        fixture_done(&f);
    }
}

static void a_lab_error_beats_all(void)
{
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed(&f, action_at(0, ACTION_FACTORY_RESET));
    feed(&f, dhcp_at(S(2), DISCOVER, NULL, 0));
    judge_time(f.judge, M(2));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_ERROR);
    struct event broken = of_phone(EVENT_PHONE_NONE, event_at(M(2), EVENT_LAB_ERROR));
    broken.note.text = "dnsmasq died";
    feed(&f, broken);
    broken.note.text = "and then this";
    feed(&f, broken);
    feed(&f, end_at(M(2)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_ERROR);
    CU_ASSERT_STRING_EQUAL(result_of(&f)->reason, "dnsmasq died");
    fixture_done(&f);
}

void tests_harness_judge_lab_fault(void)
{
    TEST_SUITE("judge/lab_fault", {"options on the wire", options_on_the_wire},
               {"unknown names prove nothing", unknown_names_prove_nothing},
               {"a dhcp step changes what is owed", a_dhcp_step_changes_what_is_owed},
               {"silence is whose fault", silence_is_whose_fault},
               {"each phone for itself", each_phone_for_itself},
               {"DHCP that should have been silent", dhcp_that_should_have_been_silent},
               {"what the line lost", what_the_line_lost},
               {"what the line lost long ago", what_the_line_lost_long_ago},
               {"faults of HTTP are seen", faults_of_http_are_seen},
               {"faults of TFTP are seen", faults_of_tftp_are_seen},
               {"replies that were to be malformed", replies_that_were_to_be_malformed},
               {"addresses that were to be in conflict", addresses_that_were_to_be_in_conflict},
               {"the second server is seen", the_second_server_is_seen},
               {"the second server hears no renewal", the_second_server_hears_no_renewal},
               {"records that were to be there", records_that_were_to_be_there},
               {"other records prove nothing", other_records_prove_nothing},
               {"a lab error beats all", a_lab_error_beats_all});
}
