/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/mutants/mutants.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const struct phone_quirk quirks[] = {
    {.name = "too-soon", .rules = {"RC-PEND-3", "RC-PEND-4"}, .summary = "Asks too soon."},
    {.name = "too-late", .rules = {"RC-END-2"}, .summary = "Asks <late>."},
};
static const struct phone_quirk *const chosen[] = {&quirks[0], &quirks[1]};

struct room {
    struct scenario scenarios[3];
    struct scenario *pointers[3];
    struct suite suite;
    struct mutants mutants;
};

static void enter(struct room *room)
{
    static const char *const ids[] = {"first", "second", "third"};
    memset(room, 0, sizeof *room);
    for (size_t i = 0; i < 3; i++) {
        room->scenarios[i] = (struct scenario){.id = ids[i], .path = "x.yaml", .title = "t"};
        room->pointers[i] = &room->scenarios[i];
    }
    room->suite = (struct suite){room->pointers, 3};
    CU_ASSERT_EQUAL_FATAL(mutants_init(&room->mutants, &room->suite, chosen, 2, NULL), 0);
}

static void judge(struct judgement *judgement, enum verdict verdict, enum rule_id first,
                  enum rule_id second)
{
    memset(judgement, 0, sizeof *judgement);
    judgement->verdict = verdict;
    judgement->failure_count = verdict == VERDICT_FAIL;
    judgement->failures[0].rules[0] = first;
    judgement->failures[0].rules[1] = second;
    judgement->failures[0].rule_count = 2;
    snprintf(judgement->reason, sizeof judgement->reason, "dnsmasq ended");
}

static void the_right_rule(void)
{
    static struct judgement judgement;
    judge(&judgement, VERDICT_FAIL, RULE_PEND_3, RULE_PEND_5);
    CU_ASSERT_EQUAL(mutant_judge(&quirks[0], &judgement), MUTANT_CAUGHT);
    CU_ASSERT_EQUAL(mutant_judge(&quirks[1], &judgement), MUTANT_MISTAKEN);
    judge(&judgement, VERDICT_FAIL, RULE_PEND_5, RULE_PEND_3); /* the most specific one counts */
    CU_ASSERT_EQUAL(mutant_judge(&quirks[0], &judgement), MUTANT_MISTAKEN);
    judge(&judgement, VERDICT_FAIL, RULE_PEND_5, RULE_VIEW_2);
    judgement.failures[1] = judgement.failures[0];
    judgement.failures[1].rules[0] = RULE_PEND_3; /* of the second one: a consequence */
    judgement.failure_count = 2;
    CU_ASSERT_EQUAL(mutant_judge(&quirks[0], &judgement), MUTANT_MISTAKEN);
    judgement.failures[0].rule_count = 0;
    CU_ASSERT_EQUAL(mutant_judge(&quirks[0], &judgement), MUTANT_MISTAKEN);
    judge(&judgement, VERDICT_ERROR, RULE_PEND_3, RULE_PEND_3);
    judgement.failure_count = 1;
    CU_ASSERT_EQUAL(mutant_judge(&quirks[0], &judgement), MUTANT_LAB_ERROR);
    judge(&judgement, VERDICT_PASS, RULE_PEND_3, RULE_PEND_3);
    CU_ASSERT_EQUAL(mutant_judge(&quirks[0], &judgement), MUTANT_PASSED);
}

static void outcomes(void)
{
    static struct judgement judgement;
    static struct room room;
    enter(&room);
    struct mutant *mutant = &room.mutants.items[0];
    CU_ASSERT_EQUAL(mutant_outcome(&room.mutants, mutant), MUTANT_UNDECIDED);
    judge(&judgement, VERDICT_ERROR, RULE_PEND_3, RULE_PEND_3);
    CU_ASSERT_EQUAL(mutant_add(mutant, 0, &judgement, 1, NULL), 0);
    CU_ASSERT_EQUAL(mutant_outcome(&room.mutants, mutant), MUTANT_UNDECIDED);
    CU_ASSERT_TRUE(mutant_tried(mutant, 0));
    CU_ASSERT_FALSE(mutant_tried(mutant, 1));
    judge(&judgement, VERDICT_FAIL, RULE_END_1, RULE_END_1);
    CU_ASSERT_EQUAL(mutant_add(mutant, 1, &judgement, 1, NULL), 0);
    CU_ASSERT_EQUAL(mutant_outcome(&room.mutants, mutant), MUTANT_MISNAMED);
    judge(&judgement, VERDICT_FAIL, RULE_PEND_4, RULE_END_1);
    CU_ASSERT_EQUAL(mutant_add(mutant, 2, &judgement, 1, NULL), 0);
    CU_ASSERT_EQUAL(mutant_outcome(&room.mutants, mutant), MUTANT_KILLED);
    CU_ASSERT_EQUAL(mutants_with(&room.mutants, MUTANT_KILLED), 1);
    room.mutants.unsound[2] = true; /* fails on a sound phone as well */
    CU_ASSERT_EQUAL(mutant_outcome(&room.mutants, mutant), MUTANT_MISNAMED);
    room.mutants.unsound[1] = true;
    CU_ASSERT_EQUAL(mutant_outcome(&room.mutants, mutant), MUTANT_UNDECIDED);
    judge(&judgement, VERDICT_PASS, RULE_END_1, RULE_END_1);
    CU_ASSERT_EQUAL(mutant_add(&room.mutants.items[1], 0, &judgement, 1, NULL), 0);
    CU_ASSERT_EQUAL(mutant_outcome(&room.mutants, &room.mutants.items[1]), MUTANT_SURVIVED);
    mutants_done(&room.mutants);
}

static void fill(struct room *room)
{
    static struct judgement judgement;
    enter(room);
    judge(&judgement, VERDICT_FAIL, RULE_PEND_4, RULE_END_1);
    mutant_add(&room->mutants.items[0], 1, &judgement, 1, NULL);
    judge(&judgement, VERDICT_PASS, RULE_PEND_4, RULE_END_1);
    mutant_add(&room->mutants.items[1], 0, &judgement, 1, NULL);
    mutant_add(&room->mutants.items[1], 2, &judgement, 1, NULL);
    judge(&judgement, VERDICT_ERROR, RULE_PEND_4, RULE_END_1);
    mutant_add(&room->mutants.items[1], 1, &judgement, 1, NULL);
    room->mutants.runs = 4;
    room->mutants.wall_us = 2500000;
}

static void table(void)
{
    static struct room room;
    struct buffer text;
    fill(&room);
    buffer_init(&text, 1 << 16);
    mutants_report_text(&room.mutants, false, &text);
    CU_ASSERT_STRING_EQUAL(
        buffer_string(&text),
        "            DEFECT    BREAKS               CAUGHT BY SCENARIO: RULE NAMED\n"
        "killed      too-soon  RC-PEND-3 RC-PEND-4  second: RC-PEND-4 RC-END-1\n"
        "survived    too-late  RC-END-2             2 scenarios passed; 1 lab error\n"
        "\n"
        "lab error: second on too-late: dnsmasq ended\n"
        "2 defects: 1 killed, 1 survived. 4 runs in 2.5s.\n");
    buffer_done(&text);
    mutants_done(&room.mutants);
}

static void machine(void)
{
    static struct room room;
    struct buffer text;
    const char *name, *outcome, *scenario, *rule;
    int killed, survived;
    fill(&room);
    buffer_init(&text, 1 << 16);
    mutants_report_json(&room.mutants, &text);
    json_t *root = json_loads(buffer_string(&text), 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    CU_ASSERT_EQUAL(json_unpack(root, "{s:[{s:s, s:s, s:[{s:s, s:[s]}]}], s:{s:i, s:i}}", "defects",
                                "name", &name, "outcome", &outcome, "caught", "scenario", &scenario,
                                "rules", &rule, "totals", "killed", &killed, "survived", &survived),
                    0);
    CU_ASSERT_STRING_EQUAL(name, "too-soon");
    CU_ASSERT_STRING_EQUAL(outcome, "killed");
    CU_ASSERT_STRING_EQUAL(scenario, "second");
    CU_ASSERT_STRING_EQUAL(rule, "RC-PEND-4");
    CU_ASSERT_EQUAL(killed, 1);
    CU_ASSERT_EQUAL(survived, 1);
    json_decref(root);
    buffer_done(&text);
    mutants_done(&room.mutants);
}

void tests_harness_mutants_report(void);
void tests_harness_mutants_report(void)
{
    TEST_SUITE("mutants/report", {"what counts as the right rule", the_right_rule},
               {"what follows from the tries", outcomes}, {"the table", table},
               {"mutants.json", machine});
}
