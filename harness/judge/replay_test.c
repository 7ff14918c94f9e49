/* SPDX-License-Identifier: MIT */
/* The judge reaches the same judgement whether it is asked at every turn of a run or only told the
 * events: on timelines made at random, with the clock called at random. */
#include "harness/base/random.h"
#include "harness/judge/judge_testing.h"

void tests_harness_judge_replay(void);

enum { EVENTS_MAX = 120, TIMELINES = 600, SPLITS = 5, PHONES = 2 };

static const uint64_t gaps[] = {M(1), M(2)};
static const enum customization_state path[] = {STATE_OPEN, STATE_PENDING};
static const struct parameter shown = {"Customization", "Pending", {0, 0}};
/* Loose enough that many of the timelines get far, tight enough that many do not. */
static const struct step steps[] = {
    RESET_STEP,
    {EXPECT_STEP, .pattern = {.kind = PATTERN_PATH, .path = path, .path_count = 2},
     .within_us = H(1)},
    {EXPECT_STEP, .pattern = {.kind = PATTERN_REQUEST, .count = 2}, .within_us = H(1)},
    WAIT_STEP(S(30)),
    {EXPECT_STEP, .pattern = {.kind = PATTERN_PAGE, .page = &shown, .page_count = 1},
     .within_us = M(20)},
    {NEVER_STEP, .pattern = {.kind = PATTERN_STATE, .state = STATE_ABORTED}, .duration_us = S(20)},
    {EXPECT_STEP,
     .pattern = {.kind = PATTERN_RETRIES, .server = SERVER_EDOS, .gaps_us = gaps, .gap_count = 2},
     .has_tolerance = true, .tolerance = {90, M(2)}},
    {STAYS_STEP, .pattern = {.kind = PATTERN_STATE, .state = STATE_PENDING}, .duration_us = S(40)},
    {EXPECT_STEP, .pattern = {.kind = PATTERN_STATE, .state = STATE_ACQUIRED}, .after_us = S(10),
     .within_us = M(30)},
};

static struct event random_event(struct random_source *random, uint64_t time_us,
                                 enum customization_state *state, uint64_t *last_us)
{
    struct event event;
    switch (random_below(random, 9)) {
    case 0:
        event = page_at(time_us, *state == STATE_UNKNOWN ? STATE_OPEN : *state);
        if (random_below(random, 4) == 0)
            event.page.state = STATE_CUSTOM_PENDING;
        return event;
    case 1:
        event = state_at(time_us, *state,
                         (enum customization_state)(STATE_OPEN + random_below(random, 6)));
        *state = event.state.state;
        return event;
    case 2:
        event = failed_at(time_us, EVENT_SERVER_EDOS);
        *last_us = time_us;
        return event;
    case 3:
        return action_at(time_us, (enum event_action)random_below(random, 5));
    case 4:
        return boot_at(time_us, (enum event_action)random_below(random, 4));
    case 5:
        return dhcp_at(time_us, random_below(random, 8) ? 2 : 1, NULL, 0);
    default:
        event = attempt_at(time_us, EVENT_SERVER_EDOS, *last_us);
        *last_us = time_us;
        return event;
    }
}

static size_t random_timeline(struct random_source *random, struct event events[EVENTS_MAX])
{
    enum customization_state states[PHONES] = {STATE_UNKNOWN, STATE_UNKNOWN};
    uint64_t last_us[PHONES] = {0, 0}, now_us = 0;
    size_t count = 0;
    for (int phone = 0; phone < PHONES; phone++)
        events[count++] = of_phone(phone, action_at(0, ACTION_FACTORY_RESET));
    while (count < EVENTS_MAX - 1) {
        int phone = (int)random_below(random, PHONES);
        now_us += random_below(random, 3) ? random_below(random, S(70)) : 0;
        events[count++] =
            of_phone(phone, random_event(random, now_us, &states[phone], &last_us[phone]));
    }
    events[count++] = end_at(now_us + random_below(random, H(30)));
    for (size_t i = 0; i < count; i++)
        events[i].number = i + 1;
    return count;
}

/* What a sound phone does, told late by up to a quarter of a second an event, with now and then an
 * event missing. */
static size_t plausible_timeline(struct random_source *random, struct event events[EVENTS_MAX])
{
    const struct event story[] = {
        action_at(0, ACTION_FACTORY_RESET),
        boot_at(S(2), ACTION_FACTORY_RESET),
        state_at(S(2), STATE_UNKNOWN, STATE_OPEN),
        attempt_at(S(3), EVENT_SERVER_EDOS, 0),
        state_at(S(3), STATE_OPEN, STATE_PENDING),
        failed_at(S(4), EVENT_SERVER_EDOS),
        attempt_at(S(64), EVENT_SERVER_EDOS, S(4)),
        failed_at(S(65), EVENT_SERVER_EDOS),
        page_at(S(100), STATE_PENDING),
        attempt_at(S(185), EVENT_SERVER_EDOS, S(65)),
        failed_at(S(186), EVENT_SERVER_EDOS),
        attempt_at(S(426), EVENT_SERVER_EDOS, S(186)),
        state_at(S(427), STATE_PENDING, STATE_CUSTOM_PENDING),
        page_at(S(428), STATE_ACQUIRED), /* ahead of the wire */
        state_at(S(430), STATE_CUSTOM_PENDING, STATE_ACQUIRED),
    };
    size_t count = 0;
    uint64_t late_us = 0;
    for (size_t i = 0; i < COUNT(story); i++) {
        for (int phone = 0; phone < PHONES; phone++) {
            if (random_below(random, 60) == 0)
                continue;
            events[count] = of_phone(phone, story[i]);
            events[count++].time_us += late_us;
            late_us += random_below(random, DURATION_S / 4);
        }
    }
    events[count++] = end_at(H(1));
    for (size_t i = 0; i < count; i++)
        events[i].number = i + 1;
    return count;
}

static void tell(struct judge *judge, const struct event *events, size_t count,
                 struct random_source *calls)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t from_us = i ? events[i - 1].time_us : 0, to_us = events[i].time_us;
        for (unsigned k = 0; calls && k < 4; k++) {
            /* As a run does it: at the deadlines; and at any other time besides. */
            uint64_t due_us = judge_next_deadline_us(judge);
            if (random_below(calls, 2) && due_us >= from_us && due_us <= to_us)
                from_us = due_us;
            else
                from_us += random_below(calls, to_us - from_us + 1);
            judge_time(judge, from_us);
        }
        judge_event(judge, &events[i]);
    }
}

static void same_judgement(const struct judgement *a, const struct judgement *b)
{
    CU_ASSERT_EQUAL(a->verdict, b->verdict);
    CU_ASSERT_EQUAL(a->failure_count, b->failure_count);
    CU_ASSERT_EQUAL(memcmp(a, b, sizeof *a), 0);
}

static void asked_often_or_never(void)
{
    unsigned verdicts[VERDICT_COUNT] = {0}, deepest = 0;
    for (uint64_t seed = 1; seed <= TIMELINES; seed++) {
        struct random_source random, calls;
        struct event events[EVENTS_MAX];
        struct fixture f, g;
        random_seed_named(&random, seed, "timeline");
        random_seed_named(&calls, seed, "calls");
        size_t count =
            seed % 2 ? random_timeline(&random, events) : plausible_timeline(&random, events);
        fixture_init(&f, steps, COUNT(steps));
        f.scenario.phone_count = PHONES;
        g = f;
        fixture_start(&f);
        tell(f.judge, events, count, NULL);
        for (int i = 0; i < SPLITS; i++) {
            CU_ASSERT_EQUAL_FATAL(judge_new(&g.scenario, &g.judge, NULL), 0);
            tell(g.judge, events, count, &calls);
            same_judgement(judge_result(f.judge), judge_result(g.judge));
            fixture_done(&g);
        }
        verdicts[result_of(&f)->verdict]++;
        if (result_of(&f)->steps_done > deepest)
            deepest = (unsigned)result_of(&f)->steps_done;
        fixture_done(&f);
    }
    /* The property says little if the stories all end alike. */
    CU_ASSERT(verdicts[VERDICT_PASS] > 50);
    CU_ASSERT(verdicts[VERDICT_FAIL] > 50);
    CU_ASSERT(verdicts[VERDICT_ERROR] > 20);
    CU_ASSERT_EQUAL(deepest, COUNT(steps));
}

/* The failures stand in order of time, however they were found. */
static void failures_in_order(void)
{
    for (uint64_t seed = 1; seed <= TIMELINES; seed++) {
        struct random_source random;
        struct event events[EVENTS_MAX];
        struct fixture f;
        random_seed_named(&random, seed, "order");
        size_t count = random_timeline(&random, events);
        fixture_init(&f, steps, COUNT(steps));
        f.scenario.phone_count = PHONES;
        fixture_start(&f);
        tell(f.judge, events, count, NULL);
        const struct judgement *judgement = result_of(&f);
        for (size_t i = 1; i < judgement->failure_count; i++)
            CU_ASSERT(judgement->failures[i - 1].time_us <= judgement->failures[i].time_us);
        fixture_done(&f);
    }
}

void tests_harness_judge_replay(void)
{
    TEST_SUITE("judge/replay", {"asked often or never", asked_often_or_never},
               {"failures in order of time", failures_in_order});
}
