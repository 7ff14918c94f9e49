/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/scenario/rules.h"
#include <string.h>

static void ids_are_found_again(void)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        enum rule_id rule = RULE_COUNT;
        CU_ASSERT_TRUE(rule_find(rules[i].id, &rule));
        CU_ASSERT_EQUAL(rule, i);
        CU_ASSERT_EQUAL(strncmp(rules[i].id, "RC-", 3), 0);
        size_t length = strlen(rules[i].summary);
        CU_ASSERT_TRUE(length > 20 && rules[i].summary[length - 1] == '.');
    }
}

static void ids_sit_at_their_names(void)
{
    CU_ASSERT_STRING_EQUAL(rules[RULE_PRE_4].id, "RC-PRE-4");
    CU_ASSERT_STRING_EQUAL(rules[RULE_OPEN_2].id, "RC-OPEN-2");
    CU_ASSERT_STRING_EQUAL(rules[RULE_PEND_6].id, "RC-PEND-6");
    CU_ASSERT_STRING_EQUAL(rules[RULE_CUST_3].id, "RC-CUST-3");
    CU_ASSERT_STRING_EQUAL(rules[RULE_END_4].id, "RC-END-4");
    CU_ASSERT_STRING_EQUAL(rules[RULE_VIEW_2].id, "RC-VIEW-2");
}

static void unknown_names_leave_the_result_alone(void)
{
    enum rule_id rule = RULE_END_1;
    CU_ASSERT_FALSE(rule_find("RC-PEND-7", &rule));
    CU_ASSERT_FALSE(rule_find("rc-pend-1", &rule));
    CU_ASSERT_FALSE(rule_find("", &rule));
    CU_ASSERT_EQUAL(rule, RULE_END_1);
    enum customization_state state = STATE_ABORTED;
    CU_ASSERT_FALSE(customization_state_find("unknown", &state));
    CU_ASSERT_FALSE(customization_state_find("open", &state));
    CU_ASSERT_EQUAL(state, STATE_ABORTED);
}

static void states_are_found(void)
{
    enum customization_state state = STATE_UNKNOWN;
    CU_ASSERT_TRUE(customization_state_find("Custom-Pending", &state));
    CU_ASSERT_EQUAL(state, STATE_CUSTOM_PENDING);
    CU_ASSERT_TRUE(customization_state_find("Unavailable", &state));
    CU_ASSERT_EQUAL(state, STATE_UNAVAILABLE);
    for (size_t i = 0; i < STATE_COUNT; i++)
        CU_ASSERT_PTR_NOT_NULL(customization_state_names[i]);
}

static void readings_keep_apart(void)
{
    for (size_t reading = 0; reading < READING_COUNT; reading++) {
        struct readings readings = {0};
        readings_set(&readings, reading, 1);
        for (size_t other = 0; other < READING_COUNT; other++)
            CU_ASSERT_EQUAL(readings_get(&readings, other), other == reading);
        CU_ASSERT_STRING_NOT_EQUAL(reading_values[reading][0], reading_values[reading][1]);
    }
    struct readings readings = {0};
    readings_set(&readings, READING_COUNT, 1);
    CU_ASSERT_EQUAL(readings_get(&readings, READING_COUNT), 0);
    readings_set(&readings, 1, 1);
    CU_ASSERT_EQUAL(readings.pending_boot, PENDING_BOOT_WAIT_FIRST);
}

static void models_are_of_the_three_families(void)
{
    for (size_t i = 0; i < phone_model_count; i++) {
        CU_ASSERT_EQUAL(strlen(phone_models[i]), 4);
        CU_ASSERT_PTR_NOT_NULL(strchr("678", phone_models[i][0]));
        if (i > 0)
            CU_ASSERT_TRUE(strcmp(phone_models[i - 1], phone_models[i]) < 0);
    }
}

void tests_harness_scenario_rules(void);
void tests_harness_scenario_rules(void)
{
    TEST_SUITE("scenario/rules", {"ids are found again", ids_are_found_again},
               {"ids sit at their names", ids_sit_at_their_names},
               {"unknown names leave the result alone", unknown_names_leave_the_result_alone},
               {"states are found", states_are_found}, {"readings keep apart", readings_keep_apart},
               {"models are of the three families", models_are_of_the_three_families});
}
