/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/coverage/coverage.h"
#include <jansson.h>
#include <string.h>

static const enum rule_id pend_3[] = {RULE_PEND_3, RULE_OPEN_3};
static const enum rule_id end_1[] = {RULE_END_1};

struct room {
    struct coverage_scenario scenarios[2];
    struct coverage_quirk quirks[2];
    struct coverage coverage;
};

static void enter(struct room *room)
{
    memset(room, 0, sizeof *room);
    room->scenarios[0] = (struct coverage_scenario){"a", "<A> & co", pend_3, 2, VERDICT_PASS};
    room->scenarios[1] = (struct coverage_scenario){"b", "B", end_1, 1, COVERAGE_NOT_RUN};
    room->quirks[0] = (struct coverage_quirk){
        .name = "q", .outcome = "survived", .rules = {RULE_PEND_3}, .rule_count = 1};
    room->quirks[1] = (struct coverage_quirk){.name = "r",
                                              .outcome = "killed",
                                              .caught_by = "a",
                                              .killed = true,
                                              .named = RULE_OPEN_3,
                                              .rules = {RULE_OPEN_3},
                                              .rule_count = 1};
    room->coverage.scenarios = room->scenarios;
    room->coverage.scenario_count = 2;
    room->coverage.quirks = room->quirks;
    room->coverage.quirk_count = 2;
}

static void gaps(void)
{
    static struct room room;
    enter(&room);
    struct coverage *coverage = &room.coverage;
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_PEND_3), COVERAGE_FULL);
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_END_1), COVERAGE_NO_PASS);
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_END_4), COVERAGE_NO_PASS);
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_VIEW_1), COVERAGE_UNOBSERVABLE);
    CU_ASSERT_EQUAL(coverage_rule_gaps(coverage), RULE_COUNT - 3);
    coverage->have_quirks = true;
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_PEND_3), COVERAGE_NO_KILL);
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_OPEN_3), COVERAGE_FULL);
    room.quirks[1].named = RULE_PEND_1; /* caught, but not for this rule */
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_OPEN_3), COVERAGE_NO_KILL);
    room.scenarios[0].verdict = VERDICT_FAIL;
    CU_ASSERT_EQUAL(coverage_rule_gap(coverage, RULE_OPEN_3), COVERAGE_NO_PASS);
}

static void happen(struct timeline *timeline, uint64_t time_us, struct event event)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(timeline_append(timeline, &event, time_us));
}

static size_t count(const struct room *room, enum customization_state state,
                    enum coverage_event event)
{
    return room->coverage.cells[state][event].scenarios;
}

static void events(void)
{
    static struct room room;
    static const uint8_t option_66[] = {66, 1, 'x'};
    static const uint8_t option_43[] = {43, 3, 1, 1, 'x'}; /* says nothing of a place */
    struct timeline timeline;
    enter(&room);
    timeline_init(&timeline);
    happen(&timeline, 1, (struct event){.type = EVENT_STATE, .state.state = STATE_OPEN});
    happen(&timeline, 2, (struct event){.type = EVENT_STATE, .state.state = STATE_PENDING});
    happen(&timeline, 3,
           (struct event){.type = EVENT_ANSWER,
                          .answer.peer.server = EVENT_SERVER_EDOS,
                          .answer.status = 503,
                          .answer.complete = true});
    happen(&timeline, 3,
           (struct event){
               .type = EVENT_FAILED, .failed.peer.server = EVENT_SERVER_EDOS, .failed.cause = 3});
    happen(&timeline, 4,
           (struct event){.type = EVENT_REFUSED, .connection.peer.server = EVENT_SERVER_EDOS});
    happen(&timeline, 4,
           (struct event){
               .type = EVENT_FAILED, .failed.peer.server = EVENT_SERVER_EDOS, .failed.cause = 5});
    happen(&timeline, 5, (struct event){.type = EVENT_ACTION, .action.what = ACTION_REBOOT});
    happen(&timeline, 6,
           (struct event){
               .type = EVENT_ACTION, .action.what = ACTION_CONFIGURE, .action.by_push = true});
    happen(&timeline, 7,
           (struct event){.type = EVENT_DHCP,
                          .dhcp.type = 5,
                          .dhcp.options.bytes = option_66,
                          .dhcp.options.length = 3});
    happen(&timeline, 8,
           (struct event){
               .type = EVENT_SETTING, .phone = EVENT_PHONE_NONE, .setting.what = SETTING_EDOS});
    happen(&timeline, 2 + DURATION_DAY,
           (struct event){.type = EVENT_STATE, .state.state = STATE_ABORTED});
    happen(&timeline, 2 + DURATION_DAY, (struct event){.type = EVENT_DHCP, .dhcp.type = 5});
    happen(&timeline, 2 + DURATION_DAY,
           (struct event){
               .type = EVENT_DHCP, .dhcp.type = 5, .dhcp.options = {option_43, sizeof option_43}});
    happen(&timeline, 2 + DURATION_DAY,
           (struct event){.type = EVENT_END, .phone = EVENT_PHONE_NONE});
    coverage_add_timeline(&room.coverage, 0, &timeline, 1);
    coverage_add_timeline(&room.coverage, 0, &timeline, 1); /* the same scenario counts once */
    timeline_done(&timeline);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_EDOS_5XX), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_EDOS_REFUSED), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_REBOOT), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_OPEN, COVERAGE_REBOOT), 0);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_PUSH_OTHER), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_PUSH_ABORT), 0);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_OPTION_APPEARS), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_ABORTED, COVERAGE_OPTION_GOES), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_ABORTED, COVERAGE_OPTION_APPEARS), 0);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_SERVER_CHANGED), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_DAY_PASSES), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_WEEK_PASSES), 0);
    CU_ASSERT_STRING_EQUAL(room.coverage.cells[STATE_PENDING][COVERAGE_REBOOT].example, "a");
}

static void silence(void)
{
    static struct room room;
    struct timeline timeline;
    struct event first = {.type = EVENT_ATTEMPT,
                          .attempt.peer.server = EVENT_SERVER_EDOS,
                          .attempt.peer.transport = TRANSPORT_DNS};
    struct event again = first;
    again.attempt.last_sign_us = 1;
    enter(&room);
    timeline_init(&timeline);
    happen(&timeline, 1, first);
    happen(&timeline, 1, (struct event){.type = EVENT_STATE, .state.state = STATE_PENDING});
    happen(&timeline, 2, again); /* nothing but a question before: the name server was silent */
    happen(&timeline, 3,
           (struct event){.type = EVENT_CONNECT, .connection.peer.server = EVENT_SERVER_EDOS});
    coverage_add_timeline(&room.coverage, 0, &timeline, 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_NAME_SILENT), 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_EDOS_SILENT), 0);
    happen(&timeline, 4, again);
    coverage_add_timeline(&room.coverage, 0, &timeline, 1);
    CU_ASSERT_EQUAL(count(&room, STATE_PENDING, COVERAGE_EDOS_SILENT), 1);
    timeline_done(&timeline);
}

/* After a redirect and a question for a password a phone may go on or not: no failure follows, nor
 * was the server silent. */
static void answers_that_ask_for_more(void)
{
    static const struct {
        unsigned status;
        enum coverage_event edos, provision;
    } cases[] = {{401, COVERAGE_EDOS_401, COVERAGE_PROVISION_401},
                 {407, COVERAGE_EDOS_401, COVERAGE_PROVISION_401},
                 {303, COVERAGE_EDOS_3XX, COVERAGE_PROVISION_3XX},
                 {307, COVERAGE_EDOS_3XX, COVERAGE_PROVISION_3XX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int edos = 0; edos < 2; edos++) {
            static struct room room;
            struct timeline timeline;
            enum event_server server = edos ? EVENT_SERVER_EDOS : EVENT_SERVER_PROVISION;
            struct event attempt = {.type = EVENT_ATTEMPT,
                                    .attempt.peer.server = server,
                                    .attempt.peer.transport = TRANSPORT_HTTP};
            struct event again = attempt;
            again.attempt.last_sign_us = 2;
            enter(&room);
            timeline_init(&timeline);
            happen(&timeline, 1, (struct event){.type = EVENT_STATE, .state.state = STATE_PENDING});
            happen(&timeline, 2, attempt);
            happen(&timeline, 2,
                   (struct event){.type = EVENT_ANSWER,
                                  .answer.peer.server = server,
                                  .answer.status = cases[i].status,
                                  .answer.complete = true});
            happen(&timeline, 3, again);
            coverage_add_timeline(&room.coverage, 0, &timeline, 1);
            timeline_done(&timeline);
            CU_ASSERT_EQUAL(count(&room, STATE_PENDING, edos ? cases[i].edos : cases[i].provision),
                            1);
            CU_ASSERT_EQUAL(count(&room, STATE_PENDING,
                                  edos ? COVERAGE_EDOS_SILENT : COVERAGE_PROVISION_SILENT),
                            0);
        }
    }
}

/* Whatever can happen counts as missing until it does; whatever cannot has a reason. */
static void cells(void)
{
    static struct room room;
    const char *reasons[COVERAGE_REASONS_MAX];
    size_t possible, impossible = 0, reason_count = coverage_reasons(reasons);
    enter(&room);
    CU_ASSERT_EQUAL(coverage_cell_gaps(&room.coverage, &possible), possible);
    for (size_t state = STATE_OPEN; state < STATE_COUNT; state++) {
        for (size_t event = 0; event < COVERAGE_EVENT_COUNT; event++) {
            const char *reason =
                coverage_impossible((enum customization_state)state, (enum coverage_event)event);
            size_t known = 0;
            while (reason && known < reason_count && reasons[known] != reason)
                known++;
            CU_ASSERT_TRUE(!reason || known < reason_count);
            impossible += reason != NULL;
        }
    }
    CU_ASSERT_EQUAL(possible + impossible, (STATE_COUNT - STATE_OPEN) * COVERAGE_EVENT_COUNT);
    CU_ASSERT_PTR_NULL(coverage_impossible(STATE_PENDING, COVERAGE_EDOS_5XX));
    CU_ASSERT_PTR_NOT_NULL(coverage_impossible(STATE_ACQUIRED, COVERAGE_EDOS_5XX));
    room.coverage.cells[STATE_OPEN][COVERAGE_REBOOT].scenarios = 1;
    CU_ASSERT_EQUAL(coverage_cell_gaps(&room.coverage, &possible), possible - 1);
}

static void escaping(void)
{
    struct buffer out;
    buffer_init(&out, 1 << 10);
    coverage_html_text(&out, "<b a=\"x\" c='y'>&\x01\xFF\xC3\xBC");
    CU_ASSERT_STRING_EQUAL(buffer_string(&out), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;"
                                                "\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xBC");
    buffer_done(&out);
}

static void formats(void)
{
    static struct room room;
    struct buffer out;
    enter(&room);
    room.coverage.have_quirks = true;
    buffer_init(&out, 1 << 20);
    coverage_html(&room.coverage, &out);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out), "&lt;A&gt; &amp; co"));
    CU_ASSERT_PTR_NULL(strstr(buffer_string(&out), "<A>"));
    CU_ASSERT_PTR_NULL(strstr(buffer_string(&out), "http")); /* nothing from elsewhere */
    buffer_clear(&out);
    coverage_text(&room.coverage, false, &out);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out),
                                  "RC-PEND-3  1 of 1      0 of 1      no defect caught for it\n"
                                  "    PASS    a\n    defect  q: survived\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out), "    defect  r: killed by a\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out), "1 of 21 observable rules covered"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out), "\nRC-VIEW-1  0 of 0      0 of 0      not "
                                                       "observable: the phone's own screen"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out), "\n  (a) nobody but a phone"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&out), "\nEDOS: empty                      (a) "
                                                       "            MISSING "));
    buffer_clear(&out);
    coverage_json(&room.coverage, &out);
    json_t *root = json_loads(buffer_string(&out), 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "rules")), RULE_COUNT);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(root, "rules_lacking")), 20);
    json_decref(root);
    buffer_done(&out);
}

void tests_harness_coverage_coverage(void);
void tests_harness_coverage_coverage(void)
{
    TEST_SUITE("coverage/coverage", {"rules that lack something", gaps},
               {"events in states, from a timeline", events}, {"silence", silence},
               {"answers that ask for more", answers_that_ask_for_more}, {"cells", cells},
               {"HTML escapes", escaping}, {"text, JSON, page", formats});
}
