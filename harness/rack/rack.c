/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/run/worker.h"
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TICK_MS = 100 };

struct rack {
    const struct rack_config *config;
    struct rack_round_course *courses; /* of the round */
    size_t *numbers;                   /* of them in the plan */
    bool *finished;
    size_t count;
    struct judgement *judgements; /* shared with the round's process */
    size_t shared_bytes;
    int news_fds[2];
    struct worker worker;
    size_t round;
    char folder[FILE_PATH_MAX]; /* of the round */
    uint64_t started_us;
    bool closing;
    bool ending; /* the round was asked to end */
    uint64_t ending_since_us;
};

static bool stopped(const struct rack *rack)
{
    return rack->config->stop && *rack->config->stop != 0;
}

static bool has_no_more_patience(const struct rack *rack)
{
    return rack->ending &&
           (*rack->config->stop > 1 || monotonic_us() - rack->ending_since_us > RACK_END_US);
}

/* --- quarantine ----------------------------------------------------------------------------- */

static const struct rack_quarantine *
quarantined(const struct rack *rack, const struct rack_course *course, size_t *ret_phone)
{
    for (size_t i = 0; i < course->bound.phone_count; i++) {
        *ret_phone = course->phones[i];
        if (rack->config->quarantine[*ret_phone].in)
            return &rack->config->quarantine[*ret_phone];
    }
    return NULL;
}

static void put_into_quarantine(struct rack *rack, size_t at, int phone)
{
    const struct rack_course *course = rack->courses[at].course;
    const struct judgement *judgement = &rack->judgements[at];
    if (phone < 0 || (size_t)phone >= course->bound.phone_count ||
        judgement->verdict != VERDICT_ERROR)
        return;
    struct rack_quarantine *quarantine = &rack->config->quarantine[course->phones[phone]];
    quarantine->in = true;
    snprintf(quarantine->reason, sizeof quarantine->reason, "%s", judgement->reason);
}

static void report(struct rack *rack, size_t number, const struct judgement *judgement,
                   uint64_t wall_us)
{
    const struct rack_config *config = rack->config;
    if (!config->finished(config->context, number, judgement, wall_us))
        rack->closing = true;
}

__attribute__((format(printf, 3, 4))) static void report_skip(struct rack *rack, size_t number,
                                                              const char *format, ...)
{
    struct judgement *judgement = calloc(1, sizeof *judgement);
    va_list arguments;
    if (!judgement)
        return;
    judgement->verdict = VERDICT_SKIP;
    va_start(arguments, format);
    vsnprintf(judgement->reason, sizeof judgement->reason, format, arguments);
    va_end(arguments);
    report(rack, number, judgement, 0);
    free(judgement);
}

/* --- a round in its own process ------------------------------------------------------------- */

static void choose_courses(struct rack *rack, size_t round)
{
    const struct rack_plan *plan = rack->config->plan;
    rack->count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct rack_course *course = &plan->courses[i];
        size_t phone;
        if (course->skipped || course->round != round)
            continue;
        const struct rack_quarantine *quarantine = quarantined(rack, course, &phone);
        if (quarantine) {
            report_skip(rack, i, "%s is quarantined: %.900s", rack->config->lab->phones[phone].name,
                        quarantine->reason);
            continue;
        }
        rack->courses[rack->count] = rack->config->courses[i];
        rack->finished[rack->count] = false;
        rack->numbers[rack->count++] = i;
    }
}

static void work(void *context)
{
    struct rack *rack = context;
    const struct rack_config *config = rack->config;
    signal(SIGINT, SIG_IGN); /* the parent decides, whomever else they were sent to */
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    close(rack->news_fds[0]);
    struct rack_round what = {.lab = config->lab,
                              .certificates = config->certificates,
                              .courses = rack->courses,
                              .count = rack->count,
                              .folder = rack->folder,
                              .seed = config->seed + rack->round,
                              .no_prompt = config->no_prompt,
                              .news_fd = rack->news_fds[1]};
    rack_round_run(&what, rack->judgements);
}

static int start(struct rack *rack, size_t round, struct error *error)
{
    rack->round = round;
    snprintf(rack->folder, sizeof rack->folder, "%s/round-%zu", rack->config->folder, round + 1);
    int result = folder_make_empty(rack->folder, error);
    if (result == 0)
        result = rack_news_open(rack->news_fds, error);
    if (result < 0)
        return result;
    rack->started_us = monotonic_us();
    result = worker_start(&rack->worker, work, rack, error);
    close(rack->news_fds[1]);
    if (result < 0)
        close(rack->news_fds[0]);
    return result;
}

static void finish_course(struct rack *rack, size_t at, int phone)
{
    if (rack->finished[at])
        return;
    rack->finished[at] = true;
    put_into_quarantine(rack, at, phone);
    report(rack, rack->numbers[at], &rack->judgements[at], monotonic_us() - rack->started_us);
}

static void hear(struct rack *rack)
{
    const struct rack_config *config = rack->config;
    struct rack_news news;
    while (rack_news_hear(rack->news_fds[0], &news)) {
        bool of_course = news.course >= 0 && (size_t)news.course < rack->count;
        if (!of_course && news.course != RACK_NEWS_NOT_OF_A_COURSE)
            continue;
        size_t at = of_course ? (size_t)news.course : 0;
        if (of_course)
            news.course = (int)rack->numbers[at];
        if (news.kind == RACK_NEWS_FINISHED && of_course && rack->ending)
            rack->finished[at] = true; /* it did not come to its own end */
        else if (news.kind == RACK_NEWS_FINISHED && of_course)
            finish_course(rack, at, news.phone);
        else if (config->news)
            config->news(config->context, &news);
    }
}

/* The process has ended: what it did not finish, it did not survive. */
static void collect(struct rack *rack)
{
    char text[WORKER_TEXT_MAX];
    bool good = worker_collect(&rack->worker, "the round's process", text);
    hear(rack);
    for (size_t i = 0; i < rack->count && !stopped(rack); i++) {
        if (!rack->finished[i] && !good)
            judgement_set_error(&rack->judgements[i], text);
        finish_course(rack, i, -1);
    }
    close(rack->news_fds[0]);
}

/* Devices may be without power, or about to get it back: the round sees to that. */
static void ask_for_end(struct rack *rack)
{
    const struct rack_config *config = rack->config;
    struct rack_news news = {
        .kind = RACK_NEWS_ASK,
        .course = RACK_NEWS_NOT_OF_A_COURSE,
        .phone = -1,
        .text = "interrupted: devices get back what was taken from them; once more ends at once"};
    rack->ending = true;
    rack->ending_since_us = monotonic_us();
    rack_news_ask_for_end(rack->news_fds[0]);
    if (config->news)
        config->news(config->context, &news);
}

static void run_round(struct rack *rack)
{
    const struct rack_config *config = rack->config;
    for (size_t i = 0; i < rack->count; i++) {
        if (config->started)
            config->started(config->context, rack->numbers[i]);
    }
    for (;;) {
        struct pollfd ready[] = {{.fd = rack->worker.pid_fd, .events = POLLIN},
                                 {.fd = rack->news_fds[0], .events = POLLIN}};
        int count = poll(ready, 2, TICK_MS);
        if (stopped(rack) && !rack->ending)
            ask_for_end(rack);
        if (has_no_more_patience(rack))
            worker_kill(&rack->worker); /* its namespaces and children go with it */
        if (count > 0 && ready[1].revents)
            hear(rack);
        if (config->tick)
            config->tick(config->context);
        if (count > 0 && ready[0].revents)
            break;
    }
    collect(rack);
}

static int run_all(struct rack *rack, struct error *error)
{
    const struct rack_plan *plan = rack->config->plan;
    for (size_t round = 0; round < plan->round_count && !stopped(rack) && !rack->closing; round++) {
        choose_courses(rack, round);
        if (rack->count == 0)
            continue;
        memset(rack->judgements, 0, rack->count * sizeof *rack->judgements);
        int result = start(rack, round, error);
        if (result < 0)
            return result;
        run_round(rack);
    }
    return 0;
}

int rack_run(const struct rack_config *config, struct error *error)
{
    size_t count = config->plan->count + 1;
    struct rack rack = {.config = config, .shared_bytes = count * sizeof(struct judgement)};
    rack.courses = calloc(count, sizeof *rack.courses);
    rack.numbers = calloc(count, sizeof *rack.numbers);
    rack.finished = calloc(count, sizeof *rack.finished);
    rack.judgements =
        mmap(NULL, rack.shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int result = 0;
    if (!rack.courses || !rack.numbers || !rack.finished || rack.judgements == MAP_FAILED)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; result == 0 && i < config->plan->count; i++)
        if (config->plan->courses[i].skipped)
            report_skip(&rack, i, "%s", config->plan->courses[i].skipped);
    if (result == 0)
        result = run_all(&rack, error);
    if (rack.judgements != MAP_FAILED)
        munmap(rack.judgements, rack.shared_bytes);
    free(rack.courses);
    free(rack.numbers);
    free(rack.finished);
    return result;
}
