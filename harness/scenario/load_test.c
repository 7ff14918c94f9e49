/* SPDX-License-Identifier: MIT */
/* Good scenarios and exactly what becomes of them. */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define MINUTE DURATION_M
#define HOUR DURATION_H

static const char backoff[] =
    "scenario: EDOS errors are retried after 1, 2, 4 … minutes, at most 24 hours apart\n"
    "covers: [RC-PEND-3, RC-PEND-4]\n"
    "tags: [backoff, long]\n"
    "phones: {model: 8841}                # or {model: [6841, 7841, 8841], count: 30}\n"
    "given:\n"
    "  dhcp: {offer: {}}                  # all seven options withheld (the default)\n"
    "  edos: 503\n"
    "steps:\n"
    "  - factory-reset:\n"
    "  - expect: {path: [Open, Pending], within: 1m}\n"
    "  - expect: {retries: {to: edos, after: [1m, 2m, 4m, 8m, 16m, 32m, 64m, 128m, 256m, 512m, "
    "1024m, 24h, 24h]}}\n"
    "  - edos: profile\n"
    "  - expect: {state: Acquired, within: 25h}\n"
    "  - never: {request: edos, for: 48h}\n";

static bool place_is(struct place place, unsigned line, unsigned column)
{
    return place.line == line && place.column == column;
}

static void check_backoff_head(const struct scenario *s)
{
    CU_ASSERT_STRING_EQUAL(s->title, "EDOS errors are retried after 1, 2, 4 … minutes, at most 24 "
                                     "hours apart");
    CU_ASSERT_STRING_EQUAL(s->path, "folder/x.yaml");
    CU_ASSERT_STRING_EQUAL(s->id, "x");
    CU_ASSERT_PTR_NULL(s->about);
    CU_ASSERT_EQUAL_FATAL(s->cover_count, 2);
    CU_ASSERT_EQUAL(s->covers[0], RULE_PEND_3);
    CU_ASSERT_EQUAL(s->covers[1], RULE_PEND_4);
    CU_ASSERT_EQUAL_FATAL(s->tag_count, 2);
    CU_ASSERT_STRING_EQUAL(s->tags[1], "long");
    CU_ASSERT_EQUAL_FATAL(s->phone_count, 1);
    CU_ASSERT_STRING_EQUAL(s->phones[0].name, "8841-1");
    CU_ASSERT_STRING_EQUAL(s->phones[0].model, "8841");
    CU_ASSERT_TRUE(s->runs_emulated && s->runs_real);
    CU_ASSERT_EQUAL(s->tolerance.percent, 10);
    CU_ASSERT_EQUAL(s->tolerance.at_least_us, 5 * DURATION_S);
    CU_ASSERT_EQUAL(s->source_bytes, sizeof backoff - 1);
    CU_ASSERT_EQUAL(memcmp(s->source, backoff, sizeof backoff - 1), 0);
}

static void check_backoff_given(const struct scenario *s)
{
    CU_ASSERT_EQUAL(s->dhcp.offer_count, 0);
    CU_ASSERT_EQUAL(s->dhcp.answer, DHCP_ANSWER_NORMAL);
    CU_ASSERT_EQUAL(s->dhcp.lease_us, 12 * HOUR);
    CU_ASSERT_PTR_NULL(s->dhcp.domain);
    CU_ASSERT_FALSE(s->dhcp.only_if_asked);
    CU_ASSERT_EQUAL(s->dns.answer, DNS_ANSWER_NORMAL);
    CU_ASSERT_EQUAL_FATAL(s->edos.count, 1);
    CU_ASSERT_EQUAL(s->edos.items[0].kind, BEHAVIOUR_STATUS);
    CU_ASSERT_EQUAL(s->edos.items[0].status, 503);
    CU_ASSERT_EQUAL(s->edos.items[0].times, 1);
    CU_ASSERT_EQUAL(s->edos.items[0].body_length, 0);
    CU_ASSERT_EQUAL(s->edos.items[0].truncate_bytes, BEHAVIOUR_TRUNCATE_NONE);
    CU_ASSERT_TRUE(place_is(s->edos.items[0].place, 7, 9));
    CU_ASSERT_EQUAL_FATAL(s->provision.count, 1);
    CU_ASSERT_EQUAL(s->provision.items[0].kind, BEHAVIOUR_CONFIG);
    CU_ASSERT_EQUAL(s->provision.items[0].status, 200);
    CU_ASSERT_TRUE(place_is(s->provision.items[0].place, 0, 0));
    CU_ASSERT_EQUAL(s->phone_parameter_count, 0);
    CU_ASSERT_EQUAL(s->waiver_count, 0);
}

static void check_backoff_steps(const struct step *steps)
{
    for (unsigned i = 0; i < 6; i++) {
        CU_ASSERT_TRUE(place_is(steps[i].place, 9 + i, 5));
        CU_ASSERT_EQUAL(steps[i].phone, STEP_ALL_PHONES);
        CU_ASSERT_EQUAL(steps[i].iteration, 0);
        CU_ASSERT_FALSE(steps[i].has_tolerance);
    }
    CU_ASSERT_EQUAL(steps[0].kind, STEP_FACTORY_RESET);
    CU_ASSERT_EQUAL(steps[1].kind, STEP_EXPECT);
    CU_ASSERT_EQUAL(steps[1].within_us, MINUTE);
    CU_ASSERT_EQUAL(steps[1].pattern.kind, PATTERN_PATH);
    CU_ASSERT_EQUAL_FATAL(steps[1].pattern.path_count, 2);
    CU_ASSERT_EQUAL(steps[1].pattern.path[0], STATE_OPEN);
    CU_ASSERT_EQUAL(steps[1].pattern.path[1], STATE_PENDING);
    CU_ASSERT_TRUE(place_is(steps[1].pattern.place, 10, 14));
    CU_ASSERT_EQUAL(steps[2].pattern.kind, PATTERN_RETRIES);
    CU_ASSERT_EQUAL(steps[2].pattern.server, SERVER_EDOS);
    CU_ASSERT_EQUAL_FATAL(steps[2].pattern.gap_count, 13);
    for (unsigned i = 0; i < 11; i++)
        CU_ASSERT_EQUAL(steps[2].pattern.gaps_us[i], MINUTE << i);
    CU_ASSERT_EQUAL(steps[2].pattern.gaps_us[11], 24 * HOUR);
    CU_ASSERT_EQUAL(steps[2].pattern.gaps_us[12], 24 * HOUR);
    CU_ASSERT_EQUAL(steps[2].within_us, 0);
    CU_ASSERT_EQUAL(steps[3].kind, STEP_EDOS);
    CU_ASSERT_EQUAL_FATAL(steps[3].behaviours.count, 1);
    CU_ASSERT_EQUAL(steps[3].behaviours.items[0].kind, BEHAVIOUR_PROFILE);
    CU_ASSERT_EQUAL(steps[4].pattern.kind, PATTERN_STATE);
    CU_ASSERT_EQUAL(steps[4].pattern.state, STATE_ACQUIRED);
    CU_ASSERT_EQUAL(steps[4].within_us, 25 * HOUR);
    CU_ASSERT_EQUAL(steps[5].kind, STEP_NEVER);
    CU_ASSERT_EQUAL(steps[5].pattern.kind, PATTERN_REQUEST);
    CU_ASSERT_EQUAL(steps[5].pattern.server, SERVER_EDOS);
    CU_ASSERT_EQUAL(steps[5].pattern.count, 1);
    CU_ASSERT_EQUAL(steps[5].duration_us, 48 * HOUR);
}

static void the_example_of_the_reference(void)
{
    struct scenario *s = testing_scenario(backoff);
    check_backoff_head(s);
    check_backoff_given(s);
    CU_ASSERT_EQUAL_FATAL(s->step_count, 6);
    check_backoff_steps(s->steps);
    scenario_free(s);
}

static void the_least_scenario(void)
{
    struct scenario *s = testing_scenario("scenario: t\nsteps: [{reboot: }]");
    CU_ASSERT_EQUAL(s->phone_count, 1);
    CU_ASSERT_STRING_EQUAL(s->phones[0].name, "8841-1");
    CU_ASSERT_EQUAL(s->edos.items[0].kind, BEHAVIOUR_PROFILE);
    CU_ASSERT_EQUAL(s->cover_count + s->tag_count, 0);
    CU_ASSERT_EQUAL_FATAL(s->step_count, 1);
    CU_ASSERT_EQUAL(s->steps[0].kind, STEP_REBOOT);
    CU_ASSERT_TRUE(place_is(s->steps[0].place, 2, 10));
    scenario_free(s);
}

static void the_other_top_level_keys(void)
{
    struct scenario *s =
        testing_scenario(TOP("about: |\n  Two\n  lines.\n"
                             "phones: {model: [6841, 8841], count: 5}\n"
                             "waive: {page-shows-state: there is no page}\n"
                             "readings: {dhcp_abort: offered, custom_pending_boot: edos}\n"
                             "runs-on: [real]\n"
                             "tolerance: [2.5%, 7s]"));
    CU_ASSERT_STRING_EQUAL(s->about, "Two\nlines.\n");
    CU_ASSERT_EQUAL_FATAL(s->phone_count, 5);
    CU_ASSERT_STRING_EQUAL(s->phones[1].name, "8841-2");
    CU_ASSERT_STRING_EQUAL(s->phones[4].name, "6841-5");
    CU_ASSERT_STRING_EQUAL(s->phones[4].model, "6841");
    CU_ASSERT_EQUAL_FATAL(s->waiver_count, 1);
    CU_ASSERT_EQUAL(s->waivers[0].rule, STANDING_PAGE_SHOWS_STATE);
    CU_ASSERT_STRING_EQUAL(s->waivers[0].reason, "there is no page");
    CU_ASSERT_TRUE(place_is(s->waivers[0].place, 6, 9));
    CU_ASSERT_EQUAL(s->readings.dhcp_abort, DHCP_ABORT_OFFERED);
    CU_ASSERT_EQUAL(s->readings.pending_boot, PENDING_BOOT_ASK_NOW);
    CU_ASSERT_EQUAL(s->readings.custom_pending_boot, CUSTOM_PENDING_BOOT_EDOS);
    static const bool stated[READING_COUNT] = {true, false, false, true};
    CU_ASSERT_EQUAL(memcmp(s->readings_stated, stated, sizeof stated), 0);
    CU_ASSERT_TRUE(!s->runs_emulated && s->runs_real);
    CU_ASSERT_EQUAL(s->tolerance.percent, 2.5);
    CU_ASSERT_EQUAL(s->tolerance.at_least_us, 7 * DURATION_S);
    scenario_free(s);
}

static void ways_to_write_a_tolerance(void)
{
    static const struct {
        const char *text;
        double percent;
        uint64_t at_least_us;
    } cases[] = {
        {TOP("tolerance: 10%"), 10, 0},
        {TOP("tolerance: 500ms"), 0, 500 * DURATION_MS},
        {TOP("tolerance: 1% 2s"), 1, 2 * DURATION_S},
        {TOP("tolerance: 2s 0.25%"), 0.25, 2 * DURATION_S},
        {TOP("tolerance: [3%]"), 3, 0},
        {TOP("tolerance: {percent: 12, at-least: 1m}"), 12, MINUTE},
        {TOP("tolerance: {at-least: 1m}"), 0, MINUTE},
        {TOP("tolerance: 0"), 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scenario *s = testing_scenario(cases[i].text);
        CU_ASSERT_EQUAL(s->tolerance.percent, cases[i].percent);
        CU_ASSERT_EQUAL(s->tolerance.at_least_us, cases[i].at_least_us);
        scenario_free(s);
    }
}

static void phones_of_each_kind(void)
{
    struct scenario *s = testing_scenario(TOP("phones: {model: [7811, 8865]}"));
    CU_ASSERT_EQUAL_FATAL(s->phone_count, 2);
    CU_ASSERT_STRING_EQUAL(s->phones[1].name, "8865-2");
    scenario_free(s);
    s = testing_scenario(TOP("phones: {model: 6821, count: 5000}"));
    CU_ASSERT_EQUAL_FATAL(s->phone_count, SCENARIO_PHONES_MAX);
    CU_ASSERT_STRING_EQUAL(s->phones[4999].name, "6821-5000");
    scenario_free(s);
}

static void the_longest_tag(void)
{
    struct scenario *s = testing_scenario(
        TOP("tags: [a123456789b123456789c123456789d123456789e123456789f123456789-_.Z]"));
    CU_ASSERT_EQUAL_FATAL(s->tag_count, 1);
    CU_ASSERT_EQUAL(strlen(s->tags[0]), 64);
    scenario_free(s);
}

static void crlf_and_a_byte_order_mark_change_no_place(void)
{
    struct scenario *s = testing_scenario("\xef\xbb\xbfscenario: t\r\nsteps:\r\n- reboot:\r\n");
    CU_ASSERT_STRING_EQUAL(s->title, "t");
    CU_ASSERT_TRUE(place_is(s->steps[0].place, 3, 3));
    scenario_free(s);
}

void tests_harness_scenario_load(void);
void tests_harness_scenario_load(void)
{
    TEST_SUITE(
        "scenario/load", {"the example of the reference", the_example_of_the_reference},
        {"the least scenario", the_least_scenario},
        {"the other top-level keys", the_other_top_level_keys},
        {"ways to write a tolerance", ways_to_write_a_tolerance},
        {"phones of each kind", phones_of_each_kind}, {"the longest tag", the_longest_tag},
        {"CRLF and a byte order mark change no place", crlf_and_a_byte_order_mark_change_no_place});
}
