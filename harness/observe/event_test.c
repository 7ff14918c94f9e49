/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/observe/event.h"

/* Told of a run and of a capture by the same event. */
static bool aborts(enum step_kind kind, const char *name)
{
    const struct parameter set[] = {{"User_ID_1_", "100", {0, 0}}, {name, "x", {0, 0}}};
    const struct step step = {.kind = kind, .set = set, .set_count = 2};
    return event_of_action(&step, 0, true).action.aborts;
}

static void what_ends_it(void)
{
    CU_ASSERT(aborts(STEP_CONFIGURE, "Profile_Rule_B"));
    CU_ASSERT(aborts(STEP_CONFIGURE, "Proxy_1_"));
    CU_ASSERT_FALSE(aborts(STEP_CONFIGURE, "Proxy_Fallback_Intvl_1_"));
    CU_ASSERT_FALSE(aborts(STEP_REBOOT, "Profile_Rule"));
}

static void events_of_steps(void)
{
    static const enum event_action actions[] = {
        ACTION_FACTORY_RESET, ACTION_REBOOT, ACTION_POWER_OFF, ACTION_POWER_ON, ACTION_CONFIGURE};
    for (int kind = STEP_FACTORY_RESET; kind <= STEP_STAYS; kind++) {
        enum event_action action = (enum event_action)ACTION_COUNT;
        bool is_action = event_action_of_step((enum step_kind)kind, &action);
        CU_ASSERT_EQUAL(is_action, kind <= STEP_CONFIGURE);
        CU_ASSERT_EQUAL((int)action, is_action ? (int)actions[kind] : ACTION_COUNT);
    }
    for (int push = 0; push < 2; push++) {
        const struct step step = {.kind = STEP_CONFIGURE,
                                  .via = push ? CONFIGURE_PUSH : CONFIGURE_WEB};
        struct event event = event_of_action(&step, 3, !push);
        CU_ASSERT_EQUAL(event.type, EVENT_ACTION);
        CU_ASSERT_EQUAL(event.phone, 3);
        CU_ASSERT_EQUAL(event.action.what, ACTION_CONFIGURE);
        CU_ASSERT_EQUAL(event.action.by_page, !push);
        CU_ASSERT_EQUAL(event.action.by_push, push);
        CU_ASSERT_FALSE(event.action.aborts);
    }
}

void tests_harness_observe_event(void);
void tests_harness_observe_event(void)
{
    TEST_SUITE("observe/event", {"what ends it", what_ends_it},
               {"events of steps", events_of_steps});
}
