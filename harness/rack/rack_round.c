/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_round.h"
#include "harness/base/background.h"
#include "harness/base/buffer.h"
#include "harness/rack/rack_news.h"
#include "harness/rack/rack_site.h"
#include "harness/run/course.h"
#include "harness/run/run.h"
#include "harness/run/tls_keys.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { STEP_TEXT_MAX = 200 };
#define HEARTBEAT_US 100000.0 /* real time */

struct slot { /* one course of the round */
    struct round *round;
    struct course *course;
    struct run_options options;
    const struct step *told_step; /* what is waited for, as it was told last */
    bool finished;
};
struct round {
    const struct rack_round *config;
    struct judgement *judgements;
    struct site_plan plan;
    struct mac *macs;
    uint32_t *addresses; /* of the lab's devices at the start */
    struct site *site;
    struct slot *slots;
    struct rack_wire wire;
    struct loop_timer heartbeat;
    struct loop_watch *end_watch;
    uint64_t beat_due_us; /* the devices' time; 0 = not yet */
};

/* --- news ----------------------------------------------------------------------------------- */

static void tell(const struct round *round, struct rack_news *news)
{
    news->now_us = round->site ? loop_now_us(round->site->loop) : 0;
    if (round->config->news_fd >= 0)
        rack_news_tell(round->config->news_fd, news);
}

static int number_of(const struct slot *slot)
{
    return (int)(slot - slot->round->slots);
}

static void seen(void *context, const struct event *event)
{
    struct slot *slot = context;
    struct rack_news news = {
        .kind = RACK_NEWS_EVENT, .course = number_of(slot), .phone = event->phone};
    struct buffer text;
    buffer_init(&text, RACK_NEWS_TEXT_MAX);
    event_describe(event, &text);
    snprintf(news.text, sizeof news.text, "%s", buffer_string(&text));
    buffer_done(&text);
    if (event->type == EVENT_STATE) {
        news.kind = RACK_NEWS_STATE;
        news.state = event->state.state;
    }
    tell(slot->round, &news);
}

static void ask(void *context, const char *text)
{
    struct slot *slot = context;
    struct rack_news news = {.kind = RACK_NEWS_ASK, .course = number_of(slot), .phone = -1};
    snprintf(news.text, sizeof news.text, "%s", text);
    tell(slot->round, &news);
}

static void stranger_seen(void *context, const struct stranger *stranger)
{
    struct round *round = context;
    struct rack_news news = {
        .kind = RACK_NEWS_STRANGER, .course = RACK_NEWS_NOT_OF_A_COURSE, .phone = -1};
    rack_stranger_describe(stranger, news.text);
    tell(round, &news);
    if (stranger->kind == STRANGER_DEVICE)
        return;
    struct error error;
    error_set(&error, ERROR_UNAVAILABLE, "%s", news.text);
    for (size_t i = 0; i < round->config->count; i++) {
        if (round->slots[i].course)
            course_fail(round->slots[i].course, ERROR_UNAVAILABLE, &error);
    }
}

static void tell_what_is_awaited(struct slot *slot)
{
    const struct step *step = judge_current_step(slot->course->judge);
    if (!step || step == slot->told_step)
        return;
    slot->told_step = step;
    struct rack_news news = {.kind = RACK_NEWS_WAITING, .course = number_of(slot), .phone = -1};
    struct buffer text;
    buffer_init(&text, STEP_TEXT_MAX);
    judge_describe_current(slot->course->judge, &text);
    snprintf(news.text, sizeof news.text, "%s", buffer_string(&text));
    buffer_done(&text);
    news.deadline_us = judge_next_deadline_us(slot->course->judge);
    tell(slot->round, &news);
}

/* --- the turn ------------------------------------------------------------------------------- */

static void finish(struct slot *slot, int result, const struct error *error)
{
    struct round *round = slot->round;
    size_t number = (size_t)number_of(slot);
    if (slot->finished)
        return;
    slot->finished = true;
    course_finish(slot->course, result, error);
    course_judgement(slot->course, &round->judgements[number]);
    struct rack_news news = {
        .kind = RACK_NEWS_FINISHED, .course = (int)number, .phone = slot->course->broken_phone};
    course_free(slot->course);
    slot->course = NULL;
    tell(round, &news);
}

static bool quiet(void *context)
{
    struct round *round = context;
    bool started = false, left = false;
    for (size_t i = 0; i < round->config->count; i++) {
        struct slot *slot = &round->slots[i];
        if (slot->finished)
            continue;
        started = course_quiet(slot->course) || started;
        if (course_is_over(slot->course)) {
            finish(slot, 0, NULL);
            continue;
        }
        tell_what_is_awaited(slot);
        left = true;
    }
    if (!left)
        loop_stop(round->site->loop);
    return started || !left;
}

/* A wire may be silent for as long as it likes: there is always something to wait for. How late it
 * comes tells whether this machine keeps up. */
static void beat(void *context)
{
    struct round *round = context;
    struct loop *loop = round->site->loop;
    uint64_t interval_us = (uint64_t)(HEARTBEAT_US * round->config->lab->time_scale);
    uint64_t now_us = loop_now_us(loop), due_us = round->beat_due_us;
    for (size_t i = 0; due_us > 0 && now_us > due_us && i < round->config->count; i++) {
        if (!round->slots[i].finished)
            course_was_late(round->slots[i].course, now_us - due_us);
    }
    round->beat_due_us = now_us + interval_us;
    loop_timer_set(loop, &round->heartbeat, round->beat_due_us, beat, round);
}

/* --- an end before the end ------------------------------------------------------------------ */

static void end_is_asked_for(void *context, uint32_t events)
{
    struct round *round = context;
    (void)events;
    bool asked = rack_news_end_is_asked_for(round->config->news_fd);
    for (size_t i = 0; asked && i < round->config->count; i++) {
        if (!round->slots[i].finished)
            course_interrupt(round->slots[i].course);
    }
}

static int watch_for_end(struct round *round, struct error *error)
{
    if (round->config->news_fd < 0)
        return 0;
    return loop_watch(round->site->loop, round->config->news_fd, EPOLLIN, end_is_asked_for, round,
                      &round->end_watch, error);
}

/* --- beginning ------------------------------------------------------------------------------ */

static int begin_course(struct round *round, size_t number, struct error *error)
{
    const struct rack_round_course *config = &round->config->courses[number];
    const struct rack_course *planned = config->course;
    const struct lab_file *lab = round->config->lab;
    struct slot *slot = &round->slots[number];
    size_t count = planned->bound.phone_count;
    const struct lab_phone *devices[LAB_FILE_PHONES_MAX];
    uint32_t addresses[LAB_FILE_PHONES_MAX];
    for (size_t i = 0; i < count; i++) {
        devices[i] = &lab->phones[planned->phones[i]];
        addresses[i] = round->addresses[planned->phones[i]];
    }
    slot->round = round;
    slot->options = (struct run_options){.folder = config->folder,
                                         .seed = config->seed,
                                         .clock = LOOP_CLOCK_REAL,
                                         .real_devices = true,
                                         .seen = seen,
                                         .context = slot};
    struct course_config course = {.site = round->site,
                                   .scenario = &planned->bound,
                                   .options = &slot->options,
                                   .site_indices = planned->phones,
                                   .devices = devices,
                                   .directory = lab->directory,
                                   .addresses = addresses,
                                   .ask = round->config->no_prompt ? NULL : ask};
    int result = run_describe(&planned->bound, &slot->options, &round->plan, error);
    return result < 0 ? result : course_new(&course, &slot->course, error);
}

static int begin(struct round *round, struct error *error)
{
    const struct scenario *first = &round->config->courses[0].course->bound;
    int result = site_new(&round->plan, &round->site, error);
    for (size_t i = 0; result == 0 && i < round->config->count; i++)
        result = begin_course(round, i, error);
    if (result == 0)
        result = site_serve(round->site, &first->dns, &first->edos, &first->provision, error);
    for (size_t i = 0; result == 0 && i < round->config->count; i++)
        result = course_begin(round->slots[i].course, error);
    if (result == 0)
        result = watch_for_end(round, error);
    if (result == 0)
        beat(round);
    return result;
}

static int prepare(struct round *round, struct error *error)
{
    const struct rack_round *config = round->config;
    size_t phones = config->lab->phone_count + 1;
    round->macs = calloc(phones, sizeof *round->macs);
    round->addresses = calloc(phones, sizeof *round->addresses);
    round->slots = calloc(config->count + 1, sizeof *round->slots);
    if (!round->macs || !round->addresses || !round->slots)
        return error_set(error, ERROR_MEMORY, "out of memory");
    round->plan = rack_site_plan(config->lab, config->certificates, round->macs);
    int result = rack_wire_take(config->lab, round->macs, round->addresses, &round->wire, error);
    round->plan.uplink_fd = round->wire.uplink_fd;
    round->plan.outside_netns_fd = round->wire.outside_netns_fd;
    round->plan.stranger = stranger_seen;
    round->plan.context = round;
    round->plan.folder = config->folder;
    round->plan.seed = config->seed;
    return result;
}

/* --- the end -------------------------------------------------------------------------------- */

/* What the wire lost is missing in every capture. */
static int look_for_losses(struct round *round, struct error *error)
{
    struct relay_counters counters;
    int result = uplink_count(round->site->uplink, &counters, error);
    if (result == 0 && counters.dropped > 0)
        result = error_set(error, ERROR_LIMIT, "%llu frames were lost between the wire and the lab",
                           (unsigned long long)counters.dropped);
    return result;
}

static void embed_keys(const struct round *round)
{
    for (size_t i = 0; i < round->config->count; i++) {
        struct error error;
        struct judgement *judgement = &round->judgements[i];
        if (tls_keys_embed(round->config->folder, round->config->courses[i].folder,
                           RECORDER_CAPTURE_NAME, &error) < 0 &&
            judgement->verdict == VERDICT_PASS)
            judgement_set_error(judgement, error.text);
    }
    tls_keys_remove(round->config->folder);
}

static void done(struct round *round)
{
    for (size_t i = 0; round->slots && i < round->config->count; i++)
        course_free(round->slots[i].course);
    loop_timer_cancel(&round->heartbeat);
    loop_unwatch(round->end_watch);
    site_free(round->site);
    rack_wire_close(&round->wire);
    free(round->slots);
    free(round->addresses);
    free(round->macs);
    background_wait();
}

void rack_round_run(const struct rack_round *config, struct judgement *judgements)
{
    struct round round = {.config = config, .judgements = judgements, .wire = RACK_WIRE_NONE};
    struct error error = {0};
    memset(judgements, 0, config->count * sizeof *judgements);
    tls_keys_record(config->folder);
    int result = prepare(&round, &error);
    if (result == 0)
        result = begin(&round, &error);
    if (result == 0)
        result = loop_run(round.site->loop, quiet, &round, RUN_STALL_REAL_US, &error);
    if (result == 0)
        result = look_for_losses(&round, &error);
    for (size_t i = 0; i < config->count; i++) {
        struct slot *slot = round.slots ? &round.slots[i] : NULL;
        if (slot && slot->course && !slot->finished)
            finish(slot, result < 0 ? result : ERROR_FAILED, &error);
        else if (result < 0 && (!slot || !slot->finished))
            judgement_set_error(&judgements[i], error.text);
    }
    embed_keys(&round);
    done(&round);
}
