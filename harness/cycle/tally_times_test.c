/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/cycle/tally.h"
#include <string.h>

void tests_harness_cycle_tally_times(void);

enum { TOLD_MAX = 16 };
struct told {
    size_t count;
    struct {
        size_t phone;
        enum customization_state state;
        uint64_t us;
    } items[TOLD_MAX];
};

static void take(void *context, size_t phone, enum customization_state state, uint64_t us)
{
    struct told *told = context;
    CU_ASSERT_TRUE_FATAL(told->count < TOLD_MAX);
    told->items[told->count].phone = phone;
    told->items[told->count].state = state;
    told->items[told->count++].us = us;
}

static void boots(struct timeline *timeline, int phone, bool by_a_step, uint64_t s)
{
    struct event event = {.type = EVENT_BOOT, .phone = phone, .boot.action_known = by_a_step};
    CU_ASSERT_PTR_NOT_NULL_FATAL(timeline_append(timeline, &event, s * DURATION_S));
}

static void comes_to(struct timeline *timeline, int phone, enum customization_state state,
                     uint64_t s)
{
    struct event event = {.type = EVENT_STATE, .phone = phone, .state.state = state};
    CU_ASSERT_PTR_NOT_NULL_FATAL(timeline_append(timeline, &event, s * DURATION_S));
}

static void told_is(const struct told *told, size_t at, size_t phone,
                    enum customization_state state, uint64_t s)
{
    CU_ASSERT_TRUE_FATAL(at < told->count);
    CU_ASSERT_EQUAL(told->items[at].phone, phone);
    CU_ASSERT_EQUAL(told->items[at].state, state);
    CU_ASSERT_EQUAL(told->items[at].us, s * DURATION_S);
}

static void from_the_boot_to_each_state(void)
{
    struct timeline timeline;
    struct told told = {0};
    timeline_init(&timeline);
    comes_to(&timeline, 0, STATE_PENDING, 1); /* no boot was seen */
    boots(&timeline, 1, true, 2);
    boots(&timeline, 0, true, 10);
    comes_to(&timeline, 0, STATE_OPEN, 10);
    comes_to(&timeline, 1, STATE_UNAVAILABLE, 12);
    comes_to(&timeline, 0, STATE_PENDING, 13);
    comes_to(&timeline, 0, STATE_CUSTOM_PENDING, 14);
    comes_to(&timeline, 0, STATE_PENDING, 15); /* not its first time */
    comes_to(&timeline, 0, STATE_ACQUIRED, 31);
    boots(&timeline, 0, true, 100);
    comes_to(&timeline, 0, STATE_PENDING, 105);
    boots(&timeline, 0, false, 110);
    comes_to(&timeline, 0, STATE_PENDING, 111);
    tally_read_times(&timeline, 2, take, &told);
    CU_ASSERT_EQUAL(told.count, 5);
    told_is(&told, 0, 0, STATE_PENDING, 3);
    told_is(&told, 1, 0, STATE_CUSTOM_PENDING, 4);
    told_is(&told, 2, 0, STATE_ACQUIRED, 21);
    told_is(&told, 3, 0, STATE_PENDING, 5);
    told_is(&told, 4, 1, STATE_UNAVAILABLE, 10);
    timeline_done(&timeline);
}

void tests_harness_cycle_tally_times(void)
{
    TEST_SUITE("cycle/tally_times", {"from the boot to each state", from_the_boot_to_each_state});
}
