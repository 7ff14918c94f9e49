/* SPDX-License-Identifier: MIT */
/* Each standing rule kept and broken. */
#include "harness/judge/judge_testing.h"

void tests_harness_judge_standing(void);

static const struct step reset_only[] = {RESET_STEP};

static const struct judge_failure *failure_of(const struct fixture *f, enum standing_rule rule)
{
    const struct judgement *judgement = result_of(f);
    for (size_t i = 0; i < judgement->failure_count; i++)
        if (judgement->failures[i].standing && judgement->failures[i].standing_rule == rule)
            return &judgement->failures[i];
    return NULL;
}

/* --- legal-transitions ------------------------------------------------------------------------ */
static void every_transition(void)
{
    /* rows: from, columns: to; in the order of the enumeration, from Open. */
    static const char *const legal[] = {
        ".y..y.", /* Open: Pending, Aborted */
        "..y.yy", /* Pending: Custom-Pending, Aborted, Unavailable */
        "...yy.", /* Custom-Pending: Acquired, Aborted */
        "......", "......", "......",
    };
    for (int from = STATE_OPEN; from < STATE_COUNT; from++) {
        for (int to = STATE_OPEN; to < STATE_COUNT; to++) {
            if (from == to)
                continue;
            struct fixture f;
            fixture_init(&f, reset_only, 1);
            feed_reset(&f);
            feed(&f, state_at(S(4), (enum customization_state)from, (enum customization_state)to));
            bool broken = failure_of(&f, STANDING_LEGAL_TRANSITIONS) != NULL;
            CU_ASSERT_EQUAL(broken, legal[from - 1][to - 1] != 'y');
            fixture_done(&f);
        }
    }
}

static void open_takes_a_factory_reset(void)
{
    for (int reboot = 0; reboot < 2; reboot++) {
        enum event_action action = reboot ? ACTION_REBOOT : ACTION_FACTORY_RESET;
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        feed(&f, action_at(S(5), action));
        feed(&f, boot_at(S(7), action));
        feed(&f, state_at(S(7), STATE_PENDING, STATE_OPEN));
        const struct judge_failure *failure = failure_of(&f, STANDING_LEGAL_TRANSITIONS);
        CU_ASSERT_EQUAL(failure != NULL, reboot == 1);
        if (failure) {
            CU_ASSERT_EQUAL(failure->rules[0], RULE_END_4);
            CU_ASSERT_EQUAL(failure->event, f.number);
        }
        fixture_done(&f);
    }
}

static void custom_pending_to_pending_by_reading(void)
{
    for (int edos = 0; edos < 2; edos++) {
        for (int reboot = 0; reboot < 2; reboot++) {
            struct fixture f;
            fixture_init(&f, reset_only, 1);
            f.scenario.readings.custom_pending_boot =
                edos ? CUSTOM_PENDING_BOOT_EDOS : CUSTOM_PENDING_BOOT_PROVISION;
            feed_pending(&f);
            feed(&f, state_at(S(4), STATE_PENDING, STATE_CUSTOM_PENDING));
            if (reboot)
                feed(&f, boot_at(S(7), ACTION_REBOOT));
            feed(&f, state_at(S(9), STATE_CUSTOM_PENDING, STATE_PENDING));
            CU_ASSERT_EQUAL(failure_of(&f, STANDING_LEGAL_TRANSITIONS) == NULL, edos && reboot);
            fixture_done(&f);
        }
    }
}

/* --- no-edos-after-end ------------------------------------------------------------------------ */
static void no_edos_after_the_end(void)
{
    static const struct {
        enum customization_state end;
        enum rule_id rule;
    } ends[] = {
        {STATE_ABORTED, RULE_END_1}, {STATE_UNAVAILABLE, RULE_END_2}, {STATE_ACQUIRED, RULE_END_3}};
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        feed(&f, state_at(S(4), STATE_PENDING, ends[i].end));
        /* Of the attempt that was under way. */
        feed(&f, request_at(S(4), EVENT_SERVER_EDOS, "/rc"));
        feed(&f, attempt_at(M(3), EVENT_SERVER_PROVISION, 0));
        CU_ASSERT_PTR_NULL(failure_of(&f, STANDING_NO_EDOS_AFTER_END));
        feed(&f, page_at(M(5), ends[i].end));
        feed(&f, attempt_at(M(10), EVENT_SERVER_EDOS, S(3)));
        feed(&f, request_at(M(10), EVENT_SERVER_EDOS, "/rc"));
        const struct judge_failure *failure = failure_of(&f, STANDING_NO_EDOS_AFTER_END);
        CU_ASSERT_PTR_NOT_NULL_FATAL(failure);
        CU_ASSERT_EQUAL(failure->rules[0], ends[i].rule);
        CU_ASSERT_EQUAL(failure->time_us, M(10));
        fixture_done(&f);
    }
}

static void a_request_without_an_attempt_counts(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    feed_reset(&f);
    feed(&f, state_at(S(4), STATE_OPEN, STATE_ABORTED));
    feed(&f, request_at(S(5), EVENT_SERVER_EDOS, "/rc"));
    CU_ASSERT_PTR_NOT_NULL(failure_of(&f, STANDING_NO_EDOS_AFTER_END));
    fixture_done(&f);
}

static void a_factory_reset_lets_it_ask_again(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    feed_pending(&f);
    feed(&f, state_at(S(4), STATE_PENDING, STATE_UNAVAILABLE));
    feed(&f, action_at(S(5), ACTION_FACTORY_RESET));
    feed(&f, boot_at(S(7), ACTION_FACTORY_RESET));
    feed(&f, state_at(S(7), STATE_UNAVAILABLE, STATE_OPEN));
    feed(&f, attempt_at(S(8), EVENT_SERVER_EDOS, 0));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 0);
    fixture_done(&f);
}

/* RC-END-1: a reboot starts no attempt, from its first moment on. */
static void a_reboot_does_not(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    feed_reset(&f);
    feed(&f, state_at(S(4), STATE_OPEN, STATE_ABORTED));
    feed(&f, action_at(S(5), ACTION_REBOOT));
    feed(&f, attempt_at(S(6), EVENT_SERVER_EDOS, 0));
    feed(&f, boot_at(S(7), ACTION_REBOOT));
    feed(&f, attempt_at(S(8), EVENT_SERVER_EDOS, 0));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 2);
    fixture_done(&f);
}

static void at_most_three_of_a_kind(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    feed_reset(&f);
    feed(&f, state_at(S(4), STATE_OPEN, STATE_ABORTED));
    for (unsigned i = 1; i <= 10; i++)
        feed(&f, attempt_at(H(i), EVENT_SERVER_EDOS, 0));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 3);
    CU_ASSERT_EQUAL(result_of(&f)->failures_omitted, 7);
    fixture_done(&f);
}

/* --- page-shows-state ------------------------------------------------------------------------- */
static void page_shows_the_state(void)
{
    static const struct {
        const char *name;
        enum customization_state shown;
        uint64_t page_us;   /* Pending began at 3 s */
        uint64_t follow_us; /* when Custom-Pending is seen, 0 = never */
        bool broken;
    } cases[] = {
        {"the same", STATE_PENDING, S(20), 0, false},
        {"behind for a moment", STATE_OPEN, S(8), 0, false},
        {"behind for too long", STATE_OPEN, S(8) + 1, 0, true},
        {"ahead for a moment", STATE_CUSTOM_PENDING, S(20), S(25), false},
        {"ahead for too long", STATE_CUSTOM_PENDING, S(20), S(25) + 1, true},
        {"ahead of nothing", STATE_CUSTOM_PENDING, S(20), 0, true},
        {"no way there", STATE_ACQUIRED, S(20), 0, true},
        {"not on the page", STATE_UNKNOWN, S(20), 0, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_pending(&f);
        feed(&f, page_at(cases[i].page_us, cases[i].shown));
        if (cases[i].follow_us)
            feed(&f, state_at(cases[i].follow_us, STATE_PENDING, STATE_CUSTOM_PENDING));
        feed(&f, end_at(M(1)));
        const struct judge_failure *failure = failure_of(&f, STANDING_PAGE_SHOWS_STATE);
        CU_ASSERT_EQUAL(failure != NULL, cases[i].broken);
        if (failure) {
            CU_ASSERT_EQUAL(failure->rules[0], RULE_VIEW_2);
            CU_ASSERT_EQUAL(failure->rules[1], RULE_OPEN_3);
            CU_ASSERT_EQUAL(failure->time_us, cases[i].page_us);
            CU_ASSERT_EQUAL(failure->event, 6);
        }
        fixture_done(&f);
    }
}

static void a_page_that_says_nothing(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    feed_pending(&f);
    struct event page = page_at(S(20), STATE_ACQUIRED);
    page.page.status = 401;
    feed(&f, page);
    feed(&f, action_at(S(30), ACTION_FACTORY_RESET));
    feed(&f, page_at(S(31), STATE_ACQUIRED)); /* still the old one, or already the new */
    feed(&f, end_at(M(1)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    fixture_done(&f);
}

/* What would have proved the page right was cut off. */
static void a_reset_settles_the_doubt(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    feed_pending(&f);
    feed(&f, page_at(S(20), STATE_CUSTOM_PENDING));
    feed(&f, action_at(S(22), ACTION_FACTORY_RESET));
    feed(&f, end_at(M(1)));
    CU_ASSERT_EQUAL(result_of(&f)->verdict, VERDICT_PASS);
    fixture_done(&f);
}

static void a_doubt_is_told_where_it_arose(void)
{
    const struct step steps[] = {RESET_STEP,
                                 {EXPECT_STEP,
                                  .pattern = {.kind = PATTERN_STATE, .state = STATE_ACQUIRED},
                                  .within_us = S(22)}};
    struct fixture f;
    fixture_init(&f, steps, 2);
    feed_pending(&f);
    feed(&f, page_at(S(20), STATE_CUSTOM_PENDING));
    feed(&f, page_at(S(23), STATE_CUSTOM_PENDING));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 1); /* the step */
    feed(&f, state_at(S(24), STATE_PENDING, STATE_UNAVAILABLE));
    feed(&f, end_at(M(1)));
    CU_ASSERT_EQUAL_FATAL(result_of(&f)->failure_count, 2);
    CU_ASSERT(result_of(&f)->failures[0].standing);
    CU_ASSERT_EQUAL(result_of(&f)->failures[0].time_us, S(20));
    CU_ASSERT_FALSE(result_of(&f)->failures[1].standing);
    CU_ASSERT_EQUAL(result_of(&f)->failures[1].time_us, S(22));
    fixture_done(&f);
}

/* --- only-given-addresses --------------------------------------------------------------------- */
static struct event connect_at(uint64_t time_us, enum event_server server, const char *address)
{
    struct event event = of_server(server, event_at(time_us, EVENT_CONNECT));
    CU_ASSERT(ipv4_parse(address, &event.connection.peer.address));
    return event;
}

static void only_given_addresses(void)
{
    static const uint8_t options[] = {54,  4,   10,  0,   0,   1,   160, 17,  'h', 't', 't', 'p',
                                      ':', '/', '/', '1', '0', '.', '0', '.', '0', '.', '7', '/',
                                      'a', 150, 8,   10,  0,   0,   3,   10,  0,   0,   4};
    static const struct parameter rule = {"Profile_Rule", "http://10.0.0.9:8080/${x}$MA", {0, 0}};
    static const struct behaviour profile = {
        .kind = BEHAVIOUR_PROFILE, .parameters = &rule, .parameter_count = 1};
    static const struct {
        const char *address;
        enum event_server server;
        bool broken;
    } cases[] = {
        {"10.0.0.1", EVENT_SERVER_OTHER, false},     {"10.0.0.7", EVENT_SERVER_OTHER, false},
        {"10.0.0.3", EVENT_SERVER_OTHER, false},     {"10.0.0.4", EVENT_SERVER_OTHER, false},
        {"10.0.0.5", EVENT_SERVER_OTHER, false},     {"10.0.0.9", EVENT_SERVER_OTHER, false},
        {"10.0.0.8", EVENT_SERVER_OTHER, false},     {"10.0.0.6", EVENT_SERVER_OTHER, true},
        {"10.0.0.6", EVENT_SERVER_EDOS, false},      {"10.0.0.6", EVENT_SERVER_NAME, false},
        {"10.0.0.6", EVENT_SERVER_PROVISION, false}, {"192.0.2.1", EVENT_SERVER_OTHER, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        f.scenario.edos = (struct behaviour_list){&profile, 1};
        static const struct dhcp_value offer[] = {
            {.code = 160, .form = DHCP_VALUE_TEXT, .text = "http://10.0.0.7/a"}};
        f.scenario.dhcp.offer = offer;
        f.scenario.dhcp.offer_count = 1;
        feed_reset(&f);
        feed(&f, dhcp_at(S(2), 5, options, sizeof options));
        struct event name = event_at(S(3), EVENT_DNS);
        name.dns.response = true;
        name.dns.address = 0x0a000005;
        feed(&f, name);
        struct event answer = of_server(EVENT_SERVER_OTHER, event_at(S(3), EVENT_ANSWER));
        answer.answer.location = "https://10.0.0.8/x";
        feed(&f, answer);
        feed(&f, connect_at(S(4), cases[i].server, cases[i].address));
        feed(&f, connect_at(S(5), cases[i].server, cases[i].address));
        const struct judge_failure *failure = failure_of(&f, STANDING_ONLY_GIVEN_ADDRESSES);
        CU_ASSERT_EQUAL(failure != NULL, cases[i].broken);
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, cases[i].broken); /* said once */
        if (failure)
            CU_ASSERT_EQUAL(failure->rules[0], RULE_PRE_3);
        fixture_done(&f);
    }
}

/* A = action, C = connection, P = the config is handed over, X = a connection that is none of it.
 */
static size_t failures_of_push(const char *story, bool push)
{
    const struct step steps[] = {{.kind = STEP_CONFIGURE,
                                  .phone = STEP_ALL_PHONES,
                                  .via = push ? CONFIGURE_PUSH : CONFIGURE_WEB}};
    struct fixture f;
    fixture_init(&f, steps, 1);
    fixture_start(&f);
    for (; *story; story++) {
        struct event event =
            connect_at(S(4), EVENT_SERVER_OTHER, *story == 'X' ? "192.0.2.9" : "192.0.2.1");
        if (*story == 'A')
            event = action_at(S(4), ACTION_CONFIGURE);
        else if (*story == 'P')
            event = of_server(EVENT_SERVER_OTHER, event_at(S(4), EVENT_ANSWER));
        if (event.type == EVENT_ACTION)
            event.action.by_push = push;
        if (event.type == EVENT_ANSWER)
            event.answer.push = push;
        feed(&f, event);
    }
    size_t count = result_of(&f)->failure_count;
    fixture_done(&f);
    return count;
}

static void a_pushed_config_comes_from_anywhere(void)
{
    CU_ASSERT_EQUAL(failures_of_push("ACP", true), 0);
    CU_ASSERT_EQUAL(failures_of_push("CAP", true), 0);
    CU_ASSERT_EQUAL(failures_of_push("CPA", true), 0);
    CU_ASSERT_EQUAL(failures_of_push("ACPX", true), 1);
    CU_ASSERT_EQUAL(failures_of_push("CPAX", true), 1);
    CU_ASSERT_EQUAL(failures_of_push("AC", false), 1);
}

/* No phone is blamed for what the judge had to forget. */
static void more_addresses_than_can_be_kept(void)
{
    static const unsigned given[] = {1024, 1025};
    for (size_t i = 0; i < COUNT(given); i++) {
        struct fixture f;
        fixture_init(&f, reset_only, 1);
        feed_reset(&f);
        for (unsigned k = 0; k < given[i]; k++) {
            struct event name = event_at(S(3), EVENT_DNS);
            name.dns.response = true;
            name.dns.address = 0x0a000000 + k + 1;
            feed(&f, name);
        }
        feed(&f, connect_at(S(4), EVENT_SERVER_OTHER, "192.0.2.1"));
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, i == 0);
        fixture_done(&f);
    }
}

/* --- waive ------------------------------------------------------------------------------------ */
static void a_waived_rule_is_silent(void)
{
    static const struct waiver waivers[] = {{STANDING_NO_EDOS_AFTER_END, "so", {0, 0}}};
    struct fixture f;
    fixture_init(&f, reset_only, 1);
    f.scenario.waivers = waivers;
    f.scenario.waiver_count = 1;
    feed_reset(&f);
    feed(&f, state_at(S(4), STATE_OPEN, STATE_ABORTED));
    feed(&f, attempt_at(H(1), EVENT_SERVER_EDOS, 0));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 0);
    feed(&f, state_at(H(2), STATE_ABORTED, STATE_PENDING));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 1); /* the others are not */
    fixture_done(&f);
}

void tests_harness_judge_standing(void)
{
    TEST_SUITE("judge/standing", {"every transition", every_transition},
               {"Open takes a factory reset", open_takes_a_factory_reset},
               {"Custom-Pending to Pending by reading", custom_pending_to_pending_by_reading},
               {"no EDOS after the end", no_edos_after_the_end},
               {"a request without an attempt counts", a_request_without_an_attempt_counts},
               {"a factory reset lets it ask again", a_factory_reset_lets_it_ask_again},
               {"a reboot does not", a_reboot_does_not},
               {"at most three of a kind", at_most_three_of_a_kind},
               {"the page shows the state", page_shows_the_state},
               {"a page that says nothing", a_page_that_says_nothing},
               {"a reset settles the doubt", a_reset_settles_the_doubt},
               {"a doubt is told where it arose", a_doubt_is_told_where_it_arose},
               {"more addresses than can be kept", more_addresses_than_can_be_kept},
               {"only given addresses", only_given_addresses},
               {"a pushed config comes from anywhere", a_pushed_config_comes_from_anywhere},
               {"a waived rule is silent", a_waived_rule_is_silent});
}
