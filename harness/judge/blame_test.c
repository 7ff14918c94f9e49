/* SPDX-License-Identifier: MIT */
/* Of the rules that a failure touches the first is the one that was broken. */
#include "harness/judge/judge_testing.h"

void tests_harness_judge_blame(void);

static void cover(struct fixture *f, const enum rule_id *covers, size_t count)
{
    f->scenario.covers = covers;
    f->scenario.cover_count = count;
}

static enum rule_id first_rule(const struct fixture *f)
{
    CU_ASSERT_EQUAL_FATAL(result_of(f)->verdict, VERDICT_FAIL);
    CU_ASSERT_TRUE_FATAL(result_of(f)->failures[0].rule_count > 0);
    return result_of(f)->failures[0].rules[0];
}

static const struct step reset_only[] = {RESET_STEP};
static const uint64_t minutes[] = {M(1), M(2)};

/* --- the page, or the state that it shows ----------------------------------------------------- */

/* Its page says Unavailable, and it does not ask again: it is Unavailable. */
static void a_page_that_is_right(void)
{
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP, .place = {2, 1},
         .pattern = {
             .kind = PATTERN_RETRIES, .server = SERVER_EDOS, .gaps_us = minutes, .gap_count = 1}}};
    for (int retries = 0; retries < 2; retries++) {
        struct fixture f;
        fixture_init(&f, steps, COUNT(steps));
        feed_pending(&f);
        feed(&f, failed_at(S(3), EVENT_SERVER_EDOS));
        feed(&f, page_at(S(4), STATE_UNAVAILABLE));
        if (retries)
            feed(&f, attempt_at(S(63), EVENT_SERVER_EDOS, S(3)));
        feed(&f, end_at(M(10)));
        CU_ASSERT_EQUAL(first_rule(&f), retries ? RULE_VIEW_2 : RULE_PEND_3);
        CU_ASSERT_EQUAL(result_of(&f)->failures[0].standing_rule, STANDING_PAGE_SHOWS_STATE);
        CU_ASSERT_EQUAL(result_of(&f)->failure_count, retries ? 1 : 2);
        fixture_done(&f);
    }
}

/* It was wrong once; what goes wrong after it was corrected is something else. */
static void a_page_that_was_corrected(void)
{
    struct fixture f;
    fixture_init(&f, reset_only, COUNT(reset_only));
    feed_pending(&f);
    feed(&f, failed_at(S(3), EVENT_SERVER_EDOS));
    feed(&f, page_at(S(20), STATE_OPEN));
    feed(&f, page_at(S(30), STATE_PENDING));
    feed(&f, attempt_at(H(30), EVENT_SERVER_EDOS, S(3)));
    feed(&f, end_at(H(31)));
    CU_ASSERT_EQUAL(result_of(&f)->failure_count, 2);
    CU_ASSERT_EQUAL(first_rule(&f), RULE_VIEW_2);
    CU_ASSERT_EQUAL(result_of(&f)->failures[1].rules[0], RULE_PEND_4);
    fixture_done(&f);
}

/* Where nothing but the page tells, it depends on what the scenario is about. */
static void a_page_alone(void)
{
    static const enum rule_id page[] = {RULE_VIEW_2}, other[] = {RULE_PRE_1};
    static const struct {
        enum customization_state proved, shown;
        bool failed; /* the download */
        enum rule_id otherwise;
    } cases[] = {
        {STATE_OPEN, STATE_PENDING, false, RULE_OPEN_1},
        {STATE_OPEN, STATE_ACQUIRED, false, RULE_VIEW_2},
        {STATE_PENDING, STATE_OPEN, false, RULE_VIEW_2},
        {STATE_UNAVAILABLE, STATE_CUSTOM_PENDING, false, RULE_PEND_2},
        {STATE_ACQUIRED, STATE_ABORTED, false, RULE_CUST_1},
        {STATE_CUSTOM_PENDING, STATE_PENDING, false, RULE_VIEW_2},
        {STATE_CUSTOM_PENDING, STATE_ACQUIRED, false, RULE_CUST_1},
        {STATE_CUSTOM_PENDING, STATE_ACQUIRED, true, RULE_CUST_2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int about_page = 0; about_page < 2; about_page++) {
            struct fixture f;
            fixture_init(&f, reset_only, COUNT(reset_only));
            cover(&f, about_page ? page : other, 1);
            if (cases[i].proved == STATE_OPEN)
                feed_reset(&f);
            else
                feed_pending(&f);
            if (cases[i].proved == STATE_UNAVAILABLE)
                feed(&f, state_at(S(4), STATE_PENDING, STATE_UNAVAILABLE));
            else if (cases[i].proved > STATE_PENDING)
                feed(&f, state_at(S(4), STATE_PENDING, STATE_CUSTOM_PENDING));
            feed(&f, attempt_at(S(4), EVENT_SERVER_PROVISION, 0));
            if (cases[i].failed)
                feed(&f, failed_at(S(5), EVENT_SERVER_PROVISION));
            if (cases[i].proved == STATE_ACQUIRED)
                feed(&f, state_at(S(5), STATE_CUSTOM_PENDING, STATE_ACQUIRED));
            feed(&f, page_at(S(40), cases[i].shown));
            feed(&f, end_at(M(1)));
            CU_ASSERT_EQUAL(result_of(&f)->failures[0].time_us, S(40));
            CU_ASSERT_EQUAL(first_rule(&f), about_page ? RULE_VIEW_2 : cases[i].otherwise);
            fixture_done(&f);
        }
    }
}

/* --- EDOS after the end ----------------------------------------------------------------------- */
static void never_come_to_its_end(void)
{
    static const enum customization_state pages[] = {STATE_UNKNOWN, STATE_PENDING,
                                                     STATE_UNAVAILABLE};
    for (size_t i = 0; i < COUNT(pages); i++) {
        for (int booted = 0; booted < 2; booted++) {
            struct fixture f;
            fixture_init(&f, reset_only, COUNT(reset_only));
            feed_pending(&f);
            feed(&f, state_at(S(4), STATE_PENDING, STATE_UNAVAILABLE));
            if (pages[i] != STATE_UNKNOWN)
                feed(&f, page_at(S(5), pages[i]));
            if (booted) {
                feed(&f, action_at(S(30), ACTION_REBOOT));
                feed(&f, boot_at(S(32), ACTION_REBOOT));
            }
            feed(&f, attempt_at(M(10), EVENT_SERVER_EDOS, 0));
            bool came = pages[i] == STATE_UNAVAILABLE || (pages[i] == STATE_UNKNOWN && booted);
            CU_ASSERT_EQUAL(first_rule(&f), came ? RULE_END_2 : RULE_PEND_2);
            fixture_done(&f);
        }
    }
}

/* --- delays ----------------------------------------------------------------------------------- */
static void the_same_delays_elsewhere(void)
{
    static const enum rule_id anew[] = {RULE_END_4};
    static const struct {
        bool boots, resets;
        uint64_t gap_us;
        enum rule_id rule;
    } cases[] = {
        {false, false, M(9), RULE_PEND_3}, {false, false, H(30), RULE_PEND_4},
        {true, false, M(9), RULE_PEND_5},  {true, false, H(30), RULE_PEND_4},
        {false, true, M(9), RULE_END_4},   {false, true, H(30), RULE_PEND_4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct step steps[] = {
            RESET_STEP,
            {.kind = STEP_REBOOT, .phone = STEP_ALL_PHONES, .place = {2, 1}},
            {EXPECT_STEP, .place = {3, 1},
             .pattern = {.kind = PATTERN_RETRIES, .server = SERVER_EDOS, .gaps_us = minutes}}};
        uint64_t gap_us = cases[i].gap_us == M(9) ? M(1) : H(24);
        steps[2].pattern.gaps_us = &gap_us;
        steps[2].pattern.gap_count = 1;
        if (cases[i].resets)
            steps[1].kind = STEP_FACTORY_RESET;
        else if (!cases[i].boots)
            steps[1] = (struct step)WAIT_STEP(0);
        struct fixture f;
        fixture_init(&f, steps, COUNT(steps));
        cover(&f, anew, 1);
        feed_pending(&f);
        uint64_t from_us = S(3);
        if (cases[i].resets || cases[i].boots) {
            enum event_action action = cases[i].resets ? ACTION_FACTORY_RESET : ACTION_REBOOT;
            feed(&f, action_at(S(10), action));
            feed(&f, boot_at(S(12), action));
            if (cases[i].resets) {
                feed(&f, state_at(S(12), STATE_PENDING, STATE_OPEN));
                feed(&f, state_at(S(13), STATE_OPEN, STATE_PENDING));
            }
            from_us = S(13);
            feed(&f, attempt_at(from_us, EVENT_SERVER_EDOS, 0));
        }
        feed(&f, failed_at(from_us, EVENT_SERVER_EDOS));
        feed(&f, attempt_at(from_us + cases[i].gap_us, EVENT_SERVER_EDOS, from_us));
        CU_ASSERT_EQUAL(first_rule(&f), cases[i].rule);
        fixture_done(&f);
    }
}

/* --- what was to come and did not ------------------------------------------------------------- */
static enum rule_id missing(enum customization_state wanted, const struct event *events,
                            size_t count)
{
    const struct step steps[] = {
        RESET_STEP,
        WAIT_STEP(M(5)),
        {EXPECT_STEP, .place = {3, 1}, .pattern = {.kind = PATTERN_STATE, .state = wanted}}};
    struct fixture f;
    fixture_init(&f, steps, COUNT(steps));
    feed_pending(&f);
    for (size_t i = 0; i < count; i++)
        feed(&f, events[i]);
    feed(&f, end_at(M(10)));
    enum rule_id rule = first_rule(&f);
    fixture_done(&f);
    return rule;
}

static void a_download_that_did_not_come(void)
{
    const struct event custom = state_at(S(4), STATE_PENDING, STATE_CUSTOM_PENDING);
    const struct event first = attempt_at(S(5), EVENT_SERVER_PROVISION, 0);
    const struct event again = attempt_at(M(5.5), EVENT_SERVER_PROVISION, S(5));
    const struct event late = attempt_at(M(5.5), EVENT_SERVER_EDOS, S(3));
    const struct event boot = boot_at(M(2), ACTION_REBOOT);
    const struct event not_asked[] = {custom}, asked_once[] = {custom, first},
                       asked_again[] = {custom, first, again}, booted[] = {custom, first, boot},
                       edos_again[] = {late}, pending_booted[] = {boot};
    CU_ASSERT_EQUAL(missing(STATE_ACQUIRED, not_asked, 1), RULE_PEND_1);
    CU_ASSERT_EQUAL(missing(STATE_ACQUIRED, asked_once, 2), RULE_CUST_2);
    CU_ASSERT_EQUAL(missing(STATE_ACQUIRED, asked_again, 3), RULE_CUST_1);
    CU_ASSERT_EQUAL(missing(STATE_ACQUIRED, booted, 3), RULE_CUST_2);
    CU_ASSERT_EQUAL(missing(STATE_CUSTOM_PENDING, NULL, 0), RULE_PEND_3);
    CU_ASSERT_EQUAL(missing(STATE_CUSTOM_PENDING, edos_again, 1), RULE_PEND_1);
    CU_ASSERT_EQUAL(missing(STATE_CUSTOM_PENDING, pending_booted, 1), RULE_PEND_5);
}

/* EDOS must be left alone while Custom-Pending: before the first download, and when it failed. */
static void edos_while_custom_pending(void)
{
    static const enum rule_id covers[] = {RULE_PRE_1};
    const struct step steps[] = {
        RESET_STEP,
        {EXPECT_STEP, .pattern = {.kind = PATTERN_STATE, .state = STATE_CUSTOM_PENDING}},
        {NEVER_STEP, .pattern = {.kind = PATTERN_REQUEST, .server = SERVER_EDOS},
         .duration_us = H(1)}};
    for (int asked = 0; asked < 2; asked++) {
        struct fixture f;
        fixture_init(&f, steps, COUNT(steps));
        cover(&f, covers, 1);
        feed_pending(&f);
        feed(&f, state_at(S(4), STATE_PENDING, STATE_CUSTOM_PENDING));
        if (asked)
            feed(&f, attempt_at(S(5), EVENT_SERVER_PROVISION, 0));
        feed(&f, attempt_at(S(6), EVENT_SERVER_EDOS, S(3)));
        CU_ASSERT_EQUAL(first_rule(&f), asked ? RULE_CUST_2 : RULE_PEND_1);
        fixture_done(&f);
    }
}

void tests_harness_judge_blame(void)
{
    TEST_SUITE("judge/blame", {"a page that is right", a_page_that_is_right},
               {"a page that was corrected", a_page_that_was_corrected},
               {"a page alone", a_page_alone}, {"never come to its end", never_come_to_its_end},
               {"the same delays elsewhere", the_same_delays_elsewhere},
               {"a download that did not come", a_download_that_did_not_come},
               {"EDOS while Custom-Pending", edos_while_custom_pending});
}
