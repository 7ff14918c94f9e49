/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/judge/judge_testing.h"

void tests_harness_judge_judgement(void);

static const struct judge_failure of_step = {
    .place = {14, 5},
    .rules = {RULE_PEND_3, RULE_PEND_5},
    .rule_count = 1,
    .phone = 1,
    .expected = "the 3rd retry",
    .seen = "it after 2m",
    .time_us = M(3),
    .event = 17,
    .frame = 214,
};

static void check(const struct judge_failure *failure, size_t phones, const char *expected)
{
    struct fixture f;
    struct buffer line;
    fixture_init(&f, NULL, 0);
    f.scenario.phone_count = phones;
    buffer_init(&line, 4096);
    judge_failure_format(failure, &f.scenario, &line);
    CU_ASSERT_STRING_EQUAL(buffer_string(&line), expected);
    buffer_done(&line);
}

static void lines(void)
{
    struct judge_failure failure = of_step;
    check(&failure, 1,
          "t.yaml:14:5: expected the 3rd retry; seen it after 2m (at 3m, event 17, frame 214) "
          "[RC-PEND-3]");
    failure.rule_count = 2;
    failure.frame = 0;
    check(&failure, 2,
          "t.yaml:14:5: expected the 3rd retry; seen it after 2m (8841-2, at 3m, event 17) "
          "[RC-PEND-3, RC-PEND-5]");
    failure.event = 0;
    failure.rule_count = 0;
    failure.phone = EVENT_PHONE_NONE;
    check(&failure, 2, "t.yaml:14:5: expected the 3rd retry; seen it after 2m (at 3m)");
    failure.standing = true;
    failure.standing_rule = STANDING_NO_EDOS_AFTER_END;
    failure.place = (struct place){0, 0};
    check(&failure, 1,
          "t.yaml:1:1: expected the 3rd retry; seen it after 2m (standing rule no-edos-after-end, "
          "at 3m)");
}

static void verdicts_have_names(void)
{
    for (int i = 0; i < VERDICT_COUNT; i++)
        CU_ASSERT_PTR_NOT_NULL(verdict_names[i]);
    CU_ASSERT_STRING_EQUAL(verdict_names[VERDICT_FLAKY], "FLAKY");
}

void tests_harness_judge_judgement(void)
{
    TEST_SUITE("judge/format", {"lines", lines}, {"verdicts have names", verdicts_have_names});
}
