/* SPDX-License-Identifier: MIT */
#include "harness/cycle/tally.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <stdlib.h>
#include <string.h>

const char *tally_kind_name(size_t kind)
{
    if (kind < TALLY_KIND_STANDING)
        return vendor_rule(vendor_default(), (enum rule_id)kind)->id;
    if (kind < TALLY_KIND_OTHER)
        return standing_rule_names[kind - TALLY_KIND_STANDING];
    return kind == TALLY_KIND_LAB ? "lab error" : "no rule of the vendor's";
}

int tally_init(struct tally *tally, size_t phone_count, size_t course_count, struct error *error)
{
    *tally = (struct tally){.cycle = 1, .phone_count = phone_count, .course_count = course_count};
    tally->done = calloc(course_count + 1, sizeof *tally->done);
    tally->phones = calloc(phone_count + 1, sizeof *tally->phones);
    int result = kept_init(&tally->kept, error);
    if (result == 0 && tally->done && tally->phones)
        return 0;
    tally_done(tally);
    return error_set(error, ERROR_MEMORY, "out of memory");
}

void tally_done(struct tally *tally)
{
    for (size_t i = 0; tally->phones && i < tally->phone_count; i++) {
        for (size_t state = 0; state < STATE_COUNT; state++)
            histogram_done(&tally->phones[i].times[state]);
    }
    free(tally->phones);
    free(tally->done);
    kept_done(&tally->kept);
    *tally = (struct tally){0};
}

static size_t kind_of(const struct judge_failure *failure)
{
    if (failure->rule_count > 0)
        return failure->rules[0];
    return failure->standing ? TALLY_KIND_STANDING + failure->standing_rule : TALLY_KIND_OTHER;
}

static bool count_kind(struct tally *tally, struct tally_phone *phone, size_t kind)
{
    struct tally_kind *counted = &phone->kinds[kind];
    if (counted->count++ > 0)
        return false;
    counted->first_cycle = tally->cycle;
    return true;
}

/* Each kind once a run, however often a rule was broken in it. */
static bool count_failures(struct tally *tally, const struct rack_course *course,
                           const struct judgement *judgement, size_t at)
{
    bool counted[TALLY_KINDS] = {false}, first = false;
    struct tally_phone *phone = &tally->phones[course->phones[at]];
    if (judgement->verdict == VERDICT_ERROR)
        return count_kind(tally, phone, TALLY_KIND_LAB);
    for (size_t i = 0; i < judgement->failure_count; i++) {
        const struct judge_failure *failure = &judgement->failures[i];
        size_t kind = kind_of(failure);
        bool concerns = failure->phone < 0 || (size_t)failure->phone == at;
        if (!concerns || counted[kind])
            continue;
        counted[kind] = true;
        first = count_kind(tally, phone, kind) || first;
    }
    return first;
}

bool tally_take(struct tally *tally, const struct rack_course *course,
                const struct judgement *judgement)
{
    bool first = false;
    if (judgement->verdict == VERDICT_SKIP)
        return false;
    tally->by_verdict[judgement->verdict]++;
    for (size_t i = 0; i < course->bound.phone_count; i++) {
        tally->phones[course->phones[i]].by_verdict[judgement->verdict]++;
        if (judgement->verdict != VERDICT_PASS)
            first = count_failures(tally, course, judgement, i) || first;
    }
    return first;
}

void tally_next_cycle(struct tally *tally)
{
    tally->cycle++;
    memset(tally->done, 0, tally->course_count * sizeof *tally->done);
}

/* --- how long a phone took from its boot to each state -------------------------------------- */

/* From a boot that the run brought about to the next. A phone that boots by itself may be on its
 * way since before the run. */
static void read_phone(const struct timeline *timeline, size_t phone,
                       void (*tell)(void *, size_t, enum customization_state, uint64_t),
                       void *context)
{
    bool booted = false, seen[STATE_COUNT] = {false};
    uint64_t boot_us = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct event *event = &timeline->events[i];
        if (event->phone < 0 || (size_t)event->phone != phone)
            continue;
        if (event->type == EVENT_BOOT) {
            booted = event->boot.action_known;
            boot_us = event->time_us;
            memset(seen, 0, sizeof seen);
        }
        if (event->type != EVENT_STATE || !booted || event->state.state <= STATE_OPEN ||
            event->state.state >= STATE_COUNT || seen[event->state.state] ||
            event->time_us < boot_us)
            continue;
        seen[event->state.state] = true;
        tell(context, phone, event->state.state, event->time_us - boot_us);
    }
}

void tally_read_times(const struct timeline *timeline, size_t phone_count,
                      void (*tell)(void *, size_t, enum customization_state, uint64_t),
                      void *context)
{
    for (size_t phone = 0; phone < phone_count; phone++)
        read_phone(timeline, phone, tell, context);
}
