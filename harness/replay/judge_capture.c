/* SPDX-License-Identifier: MIT */
#include "harness/replay/judge_capture.h"
#include "harness/base/duration.h"
#include "harness/observe/capture.h"
#include "harness/observe/observer.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN_BYTES_MAX = 1 << 20, INJECTIONS_MAX = SCENARIO_STEPS_MAX + 1 };
#define CAPTURE_BEGINS_US DURATION_S /* time 0 means "never" to events */
/* Within TLS a redirect that is followed, or an answer to 401, looks like another attempt. */
#define SAME_ATTEMPT_US (5 * DURATION_S)

/* --- what a capture can show ------------------------------------------------------------------ */

bool capture_shows(const struct step *step)
{
    bool expectation =
        step->kind == STEP_EXPECT || step->kind == STEP_NEVER || step->kind == STEP_STAYS;
    return !expectation ||
           (step->pattern.kind != PATTERN_REQUEST && step->pattern.kind != PATTERN_PAGE);
}

static const struct step *step_of(const struct scenario *scenario, struct place place)
{
    for (size_t i = 0; i < scenario->step_count; i++)
        if (scenario->steps[i].place.line == place.line &&
            scenario->steps[i].place.column == place.column)
            return &scenario->steps[i];
    return NULL;
}

static bool is_of_edos_delays(const struct judge_failure *failure)
{
    return failure->rule_count > 0 &&
           (failure->rules[0] == RULE_PEND_3 || failure->rules[0] == RULE_PEND_4 ||
            failure->rules[0] == RULE_PEND_5 || failure->rules[0] == RULE_END_4);
}

bool capture_proves(const struct scenario *scenario, const struct judge_failure *failure)
{
    /* When EDOS was turned to is on the wire, whatever it said; the provisioning server's pace is
     * written in a profile that TLS hides. */
    if (failure->event == 0)
        return false; /* silence may be a state, or an action, that nobody sees begin */
    if (failure->standing)
        return (failure->standing_rule == STANDING_DELAYS_NEVER_SHRINK ||
                failure->standing_rule == STANDING_DELAYS_AT_MOST_24H) &&
               is_of_edos_delays(failure);
    const struct step *step = step_of(scenario, failure->place);
    if (!step)
        return false;
    switch (step->pattern.kind) {
    case PATTERN_RETRIES:
        return step->pattern.server == SERVER_EDOS;
    case PATTERN_DHCP:
    case PATTERN_DNS:
    case PATTERN_TFTP:
        return true;
    default:
        return false;
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reading {
    const struct scenario *scenario; /* with the steps that a capture can show */
    struct timeline timeline;
    struct observer *observer;
    struct judge *judge; /* NULL while only the phones are looked for */
    uint64_t first_us, now_us, frames;
    size_t fed;
    const struct step *acted; /* the action step whose events were given already */
    bool acted_on[SCENARIO_PHONES_MAX];
    struct error *error;
};

static int inject(struct reading *reading, const struct event *event)
{
    return observer_event(reading->observer, reading->now_us, event, reading->error);
}

static int act(struct reading *reading, const struct step *step, int phone)
{
    struct event event = event_of_action(step, phone, step->kind == STEP_CONFIGURE);
    event.action.by_push = false; /* it is done by the phone's page, as far as the wire shows */
    reading->acted_on[phone] = true;
    return inject(reading, &event);
}

/* The walk has come to something that the harness does. When it did so is not on the wire: at
 * once, as a run does it. A configuration is: it waits for the request on the page. */
static int do_step(struct reading *reading, const struct step *step)
{
    int result = 0;
    if (step == reading->acted)
        return 0;
    reading->acted = step;
    memset(reading->acted_on, 0, sizeof reading->acted_on);
    enum setting_kind what;
    if (setting_of_step(step->kind, &what)) {
        struct event event = {
            .type = EVENT_SETTING, .phone = EVENT_PHONE_NONE, .setting.what = what};
        return inject(reading, &event);
    }
    if (step->kind > STEP_POWER_ON)
        return 0;
    for (size_t i = 0; result == 0 && i < reading->scenario->phone_count; i++)
        if (step_concerns(step, (int)i))
            result = act(reading, step, (int)i);
    return result;
}

static bool configures(const struct event *event)
{
    const struct http_request_event *request = &event->http_request;
    return event->type == EVENT_HTTP_REQUEST && request->peer.server == EVENT_SERVER_NONE &&
           ((request->method && strcmp(request->method, "POST") == 0) ||
            (request->target && strstr(request->target, vendor_default()->page.fetches)));
}

static bool goes_on(const struct event *event)
{
    return event->type == EVENT_ATTEMPT && event->attempt.peer.server == EVENT_SERVER_EDOS &&
           event->attempt.last_sign_us != 0 &&
           event->time_us - event->attempt.last_sign_us < SAME_ATTEMPT_US;
}

/* Judges what is new on the timeline, and does what the steps then ask for. */
static int feed(struct reading *reading)
{
    int result = 0;
    for (size_t rounds = 0; result == 0 && rounds < INJECTIONS_MAX; rounds++) {
        const struct step *step = judge_current_step(reading->judge);
        while (result == 0 && reading->fed < reading->timeline.count) {
            struct event event = reading->timeline.events[reading->fed++];
            if (!goes_on(&event))
                judge_event(reading->judge, &event);
            if (step && step->kind == STEP_CONFIGURE && configures(&event) && event.phone >= 0 &&
                !reading->acted_on[event.phone] && step_concerns(step, event.phone))
                result = act(reading, step, event.phone);
            step = judge_current_step(reading->judge);
        }
        if (result < 0 || !step || step == reading->acted)
            break;
        result = do_step(reading, step);
        if (reading->fed == reading->timeline.count)
            break;
    }
    return result;
}

static int on_frame(void *context, uint64_t time_us, const uint8_t *bytes, size_t length,
                    size_t wire_length)
{
    struct reading *reading = context;
    (void)wire_length;
    if (reading->frames++ == 0)
        reading->first_us = time_us;
    reading->now_us =
        CAPTURE_BEGINS_US + (time_us > reading->first_us ? time_us - reading->first_us : 0);
    if (reading->judge) {
        judge_time(reading->judge, reading->now_us);
        TRY(feed(reading)); /* a step may be over by the clock alone */
    }
    int result = observer_frame(reading->observer, reading->now_us, reading->frames, bytes, length,
                                reading->error);
    return result < 0 || !reading->judge ? result : feed(reading);
}

static int read_file(struct reading *reading, const char *path)
{
    struct capture *capture;
    size_t frames = CAPTURE_DRAIN_MAX;
    int result = capture_open_file(path, &capture, reading->error);
    if (result < 0)
        return result;
    while (result == 0 && frames == CAPTURE_DRAIN_MAX)
        result = capture_drain(capture, on_frame, reading, &frames, reading->error);
    capture_free(capture);
    return result;
}

/* --- phones ----------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct mac));
}

/* Those that are on the wire, in the order of their addresses. */
static int find_phones(const char *path, struct mac *macs, size_t *ret_count, struct error *error)
{
    struct reading *reading = calloc(1, sizeof *reading);
    struct observe_world world = {.learn_phones = true};
    if (!reading)
        return error_set(error, ERROR_MEMORY, "out of memory");
    reading->error = error;
    timeline_init(&reading->timeline);
    int result = observer_new(&world, &reading->timeline, &reading->observer, error);
    if (result == 0)
        result = read_file(reading, path);
    if (result == 0) {
        *ret_count = observer_phone_count(reading->observer);
        for (size_t i = 0; i < *ret_count && i < OBSERVER_PHONES_MAX; i++)
            macs[i] = *observer_phone_mac(reading->observer, i);
        qsort(macs, *ret_count, sizeof *macs, by_address);
    }
    observer_free(reading->observer);
    timeline_done(&reading->timeline);
    free(reading);
    return result;
}

/* --- judging ---------------------------------------------------------------------------------- */

static void leave_open(struct capture_judgement *judgement, const struct scenario *scenario,
                       struct place place, const char *why)
{
    buffer_format(&judgement->open, "%s:%u:%u: %s\n", scenario->path, place.line ? place.line : 1,
                  place.column ? place.column : 1, why);
}

/* Steps that a capture cannot show are left out; the time that they take is not. */
static void keep_shown(const struct scenario *scenario, struct step *steps, size_t *ret_count,
                       struct capture_judgement *judgement)
{
    size_t count = 0;
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct step *step = &scenario->steps[i];
        if (capture_shows(step)) {
            steps[count++] = *step;
            continue;
        }
        if (step->iteration <= 1) /* of a repeat, once is enough */
            leave_open(judgement, scenario, step->place,
                       step->pattern.kind == PATTERN_PAGE
                           ? "not judged: the harness's readings of the page are not in a capture"
                           : "not judged: requests are told by the servers' logs, TLS hides them");
        if (step->kind == STEP_EXPECT)
            continue;
        steps[count] = *step;
        steps[count++].kind = STEP_WAIT;
    }
    *ret_count = count;
}

static void sort_out(const struct scenario *scenario, const struct judgement *all, bool over,
                     struct capture_judgement *judgement)
{
    struct judgement *proved = &judgement->judgement;
    *proved = *all;
    proved->failure_count = 0;
    for (size_t i = 0; i < all->failure_count; i++) {
        struct buffer text;
        if (capture_proves(scenario, &all->failures[i])) {
            proved->failures[proved->failure_count++] = all->failures[i];
            continue;
        }
        buffer_init(&text, 4 * JUDGE_TEXT_MAX);
        buffer_format(&text, "open: expected %s; the wire shows %s, which proves nothing alone",
                      all->failures[i].expected, all->failures[i].seen);
        leave_open(judgement, scenario, all->failures[i].place, buffer_string(&text));
        buffer_done(&text);
        over = false;
    }
    if (all->verdict == VERDICT_ERROR && all->reason[0])
        leave_open(judgement, scenario, (struct place){0, 0}, all->reason);
    if (proved->failure_count > 0)
        judgement->verdict = CAPTURE_FAIL;
    else
        judgement->verdict =
            over && all->verdict != VERDICT_ERROR ? CAPTURE_PASS : CAPTURE_CANNOT_TELL;
}

static int judge_with(struct reading *reading, const struct scenario *scenario, const char *path,
                      const struct mac *macs, struct capture_judgement *judgement)
{
    const char *nothing[SUBSTITUTE_COUNT] = {0};
    struct observe_world world = {
        .phones = macs, .phone_count = scenario->phone_count, .readings = scenario->readings};
    TRY(observer_new(&world, &reading->timeline, &reading->observer, reading->error));
    TRY(judge_new(reading->scenario, &reading->judge, reading->error));
    TRY(judge_set_substitutions(reading->judge, nothing, reading->error));
    judge_time(reading->judge, 0);
    TRY(feed(reading));
    TRY(read_file(reading, path));
    struct event end = {.type = EVENT_END, .phone = EVENT_PHONE_NONE};
    bool over = judge_is_over(reading->judge);
    int result = inject(reading, &end);
    if (result == 0)
        result = feed(reading);
    judgement->frames = (size_t)reading->frames;
    sort_out(scenario, judge_result(reading->judge), over, judgement);
    return result;
}

static int judge_phones(const struct scenario *scenario, const char *path, const struct mac *macs,
                        struct capture_judgement *judgement, struct error *error)
{
    struct scenario shown = *scenario;
    struct reading *reading = calloc(1, sizeof *reading);
    struct step *steps = calloc(scenario->step_count + 1, sizeof *steps);
    int result = 0;
    if (!reading || !steps) {
        result = error_set(error, ERROR_MEMORY, "out of memory");
    } else {
        keep_shown(scenario, steps, &shown.step_count, judgement);
        shown.steps = steps;
        reading->scenario = &shown;
        reading->error = error;
        timeline_init(&reading->timeline);
        result = judge_with(reading, scenario, path, macs, judgement);
        observer_free(reading->observer);
        judge_free(reading->judge);
        timeline_done(&reading->timeline);
    }
    free(reading);
    free(steps);
    return result;
}

int judge_capture(const struct scenario *scenario, const char *path,
                  struct capture_judgement *ret_judgement, struct error *error)
{
    struct mac *macs = calloc(OBSERVER_PHONES_MAX, sizeof *macs);
    memset(ret_judgement, 0, sizeof *ret_judgement);
    buffer_init(&ret_judgement->open, OPEN_BYTES_MAX);
    if (!macs)
        return error_set(error, ERROR_MEMORY, "out of memory");
    int result = find_phones(path, macs, &ret_judgement->phones, error);
    if (result == 0 && ret_judgement->phones != scenario->phone_count) {
        char why[128];
        snprintf(why, sizeof why, "the capture shows %zu phones, the scenario has %zu",
                 ret_judgement->phones, scenario->phone_count);
        leave_open(ret_judgement, scenario, (struct place){0, 0}, why);
        ret_judgement->verdict = CAPTURE_CANNOT_TELL;
    } else if (result == 0) {
        result = judge_phones(scenario, path, macs, ret_judgement, error);
    }
    free(macs);
    return result;
}

void capture_judgement_done(struct capture_judgement *judgement)
{
    buffer_done(&judgement->open);
}
