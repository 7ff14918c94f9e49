/* SPDX-License-Identifier: MIT */
#include "harness/report/report_testing.h"
#include <string.h>

static void example_scenario(struct scenario *scenario, const char *path, const char *id,
                             const char *title)
{
    static const struct scenario_phone phones[] = {{"8841-1", "8841"}, {"7841-2", "7841"}};
    static const enum rule_id covers[] = {RULE_PEND_3, RULE_PEND_4};
    static const char *const tags[] = {"backoff", "long"};
    scenario->path = path;
    scenario->id = id;
    scenario->title = title;
    scenario->phones = phones;
    scenario->phone_count = 2;
    scenario->covers = covers;
    scenario->cover_count = 2;
    scenario->tags = tags;
    scenario->tag_count = 2;
    scenario->step_count = 5;
}

static void example_failures(struct judgement *judgement)
{
    struct judge_failure *step = &judgement->failures[0], *standing = &judgement->failures[1];
    step->place = (struct place){14, 5};
    step->rules[0] = RULE_PEND_3;
    step->rule_count = 1;
    step->phone = 1;
    snprintf(step->expected, sizeof step->expected, "%s", "the 3rd retry 4m ±10 % after the 2nd");
    snprintf(step->seen, sizeof step->seen, "%s", "it came after 2m0s");
    step->time_us = UINT64_C(185500000);
    step->event = 17;
    step->frame = 214;
    standing->standing = true;
    standing->standing_rule = STANDING_PAGE_SHOWS_STATE;
    standing->phone = EVENT_PHONE_NONE;
    snprintf(standing->expected, sizeof standing->expected, "%s",
             "the page to show \"Pending\" & nothing <else>");
    standing->time_us = UINT64_C(200000000);
    judgement->failure_count = 2;
    judgement->failures_omitted = 3;
}

const struct example *example_fill(struct example *example)
{
    static const char *const folders[EXAMPLE_COUNT] = {"out/runs/open-simple",
                                                       "out/runs/custom-pending-backoff",
                                                       "out/runs/single", NULL, "out/runs/a-b-c"};
    memset(example, 0, sizeof *example);
    example_scenario(&example->scenarios[EXAMPLE_PASS], "scenarios/open/simple.yaml", "open-simple",
                     "A phone finds its way");
    example_scenario(&example->scenarios[EXAMPLE_FAIL], "scenarios/custom-pending/backoff.yaml",
                     "custom-pending-backoff", "Retries after 1, 2, 4 … minutes <at most 24h> #1");
    example_scenario(&example->scenarios[EXAMPLE_ERROR], "/tmp/x/single.yaml", "single", "Alone");
    example_scenario(&example->scenarios[EXAMPLE_SKIP], "scenarios/view/page.yml", "view-page",
                     "The page");
    example_scenario(&example->scenarios[EXAMPLE_FLAKY], "a/b/c.yaml", "a-b-c", "Now and then");
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        struct judgement *judgement = &example->judgements[i];
        judgement->verdict = (enum verdict)i;
        judgement->end_us = (uint64_t)i * UINT64_C(3723000000) + UINT64_C(59000000);
        judgement->steps_done = 4;
        example->totals.by_verdict[i] = 1;
        example->totals.phone_us += judgement->end_us;
        example->results[i] = (struct report_result){.scenario = &example->scenarios[i],
                                                     .judgement = judgement,
                                                     .seed = i == EXAMPLE_ERROR ? UINT64_MAX : 7,
                                                     .repeat = i == EXAMPLE_FLAKY ? 3 : 0,
                                                     .wall_us = (uint64_t)i * 100000 + 250000,
                                                     .folder = folders[i]};
    }
    example_failures(&example->judgements[EXAMPLE_FAIL]);
    snprintf(example->judgements[EXAMPLE_ERROR].reason,
             sizeof example->judgements[EXAMPLE_ERROR].reason, "%s",
             "dnsmasq ended\nexit code 2: \033[31mbad");
    snprintf(example->judgements[EXAMPLE_SKIP].reason,
             sizeof example->judgements[EXAMPLE_SKIP].reason, "%s", "needs a real phone");
    snprintf(example->judgements[EXAMPLE_FLAKY].reason,
             sizeof example->judgements[EXAMPLE_FLAKY].reason, "%s", "2 of 3 repeats passed");
    example->totals.scenarios = EXAMPLE_COUNT;
    example->totals.wall_us = UINT64_C(65000000);
    return example;
}
