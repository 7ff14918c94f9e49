/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_screen.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/report/report.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1024, SHOWN_PHONES_MAX = LAB_FILE_PHONES_MAX };

struct phone_line {
    bool running, asked;
    size_t course;
    enum customization_state state;
    uint64_t state_us; /* the devices' clock */
    char awaited[RACK_NEWS_TEXT_MAX];
    uint64_t deadline_us, news_us; /* the devices' clock */
    uint64_t news_real_us;         /* when news_us was heard */
    enum verdict last;
    bool has_last;
};
struct rack_screen {
    struct report_live *live;
    const struct lab_file *lab;
    const struct rack_plan *plan;
    struct phone_line *phones;
    uint64_t real_now_us;
    uint64_t cycle; /* 0 = the work is done once */
};

int rack_screen_new(struct report_live *live, const struct lab_file *lab,
                    const struct rack_plan *plan, struct rack_screen **ret_screen,
                    struct error *error)
{
    struct rack_screen *screen = calloc(1, sizeof *screen);
    struct phone_line *phones = calloc(lab->phone_count + 1, sizeof *phones);
    if (!screen || !phones) {
        free(screen);
        free(phones);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    *screen = (struct rack_screen){.live = live, .lab = lab, .plan = plan, .phones = phones};
    *ret_screen = screen;
    return 0;
}

void rack_screen_free(struct rack_screen *screen)
{
    if (!screen)
        return;
    free(screen->phones);
    free(screen);
}

/* Of the course's phones, or the one of them. */
static void each_phone(struct rack_screen *screen, size_t course, int phone,
                       void (*act)(struct rack_screen *, struct phone_line *, const void *),
                       const void *argument)
{
    const struct rack_course *planned = &screen->plan->courses[course];
    for (size_t i = 0; i < planned->bound.phone_count && !planned->skipped; i++) {
        if (phone < 0 || (size_t)phone == i)
            act(screen, &screen->phones[planned->phones[i]], argument);
    }
}

static void take_start(struct rack_screen *screen, struct phone_line *line, const void *course)
{
    (void)screen;
    line->running = true;
    line->asked = false;
    line->course = *(const size_t *)course;
    line->state = STATE_UNKNOWN;
    line->awaited[0] = 0;
    line->deadline_us = UINT64_MAX;
    line->state_us = line->news_us = 0;
    line->news_real_us = 0;
}

void rack_screen_started(struct rack_screen *screen, size_t course)
{
    each_phone(screen, course, -1, take_start, &course);
}

static void take_news(struct rack_screen *screen, struct phone_line *line, const void *argument)
{
    const struct rack_news *news = argument;
    line->news_us = news->now_us;
    line->news_real_us = screen->real_now_us;
    if (news->kind == RACK_NEWS_STATE) {
        line->state = news->state;
        line->state_us = news->now_us;
    } else if (news->kind == RACK_NEWS_WAITING) {
        line->deadline_us = news->deadline_us;
        memcpy(line->awaited, news->text, sizeof line->awaited);
    }
}

void rack_screen_news(struct rack_screen *screen, const struct rack_news *news)
{
    if (news->course >= 0)
        each_phone(screen, (size_t)news->course, news->phone, take_news, news);
    if (news->kind == RACK_NEWS_ASK || news->kind == RACK_NEWS_STRANGER)
        report_live_note(screen->live, news->text);
}

static void take_end(struct rack_screen *screen, struct phone_line *line, const void *verdict)
{
    (void)screen;
    line->running = false;
    line->has_last = true;
    line->last = *(const enum verdict *)verdict;
}

void rack_screen_finished(struct rack_screen *screen, size_t course,
                          const struct judgement *judgement)
{
    if (judgement->verdict != VERDICT_SKIP)
        each_phone(screen, course, -1, take_end, &judgement->verdict);
}

static uint64_t device_now_us(const struct rack_screen *screen, const struct phone_line *line)
{
    if (line->news_real_us == 0 || screen->real_now_us < line->news_real_us)
        return line->news_us;
    double passed_us = (double)(screen->real_now_us - line->news_real_us) * screen->lab->time_scale;
    return line->news_us + (uint64_t)passed_us;
}

static uint64_t whole_seconds(uint64_t us)
{
    return us / DURATION_S * DURATION_S;
}

/* "desk-1  Pending for 3m12s  pending-backoff: retries to edos after 1m, 2m (42s left)" */
static void describe(const struct rack_screen *screen, size_t phone, struct buffer *text)
{
    const struct phone_line *line = &screen->phones[phone];
    char time[DURATION_TEXT_MAX];
    buffer_format(text, "%-12s ", screen->lab->phones[phone].name);
    if (screen->cycle > 0)
        buffer_format(text, "%6" PRIu64 "  %-5s ", screen->cycle,
                      line->has_last ? verdict_names[line->last] : "-");
    if (!line->running) {
        buffer_format(text, "%-14s  %s", "-", line->has_last ? verdict_names[line->last] : "idle");
        return;
    }
    uint64_t now_us = device_now_us(screen, line);
    buffer_format(text, "%-14s %6s  %s", vendor_state_name(vendor_default(), line->state),
                  duration_format(whole_seconds(now_us - line->state_us), time),
                  screen->plan->courses[line->course].scenario->id);
    if (line->awaited[0])
        buffer_format(text, ": %s", line->awaited);
    if (line->deadline_us != UINT64_MAX && line->deadline_us > now_us)
        buffer_format(text, " (%s left)",
                      duration_format(whole_seconds(line->deadline_us - now_us), time));
}

void rack_screen_cycle(struct rack_screen *screen, uint64_t cycle)
{
    screen->cycle = cycle;
}

void rack_screen_tick(struct rack_screen *screen, uint64_t real_now_us)
{
    struct buffer lines[SHOWN_PHONES_MAX];
    const char *texts[SHOWN_PHONES_MAX] = {NULL};
    size_t count = screen->lab->phone_count;
    if (count > SHOWN_PHONES_MAX)
        count = SHOWN_PHONES_MAX;
    screen->real_now_us = real_now_us;
    for (size_t i = 0; i < count; i++) {
        buffer_init(&lines[i], LINE_BYTES_MAX);
        describe(screen, i, &lines[i]);
        texts[i] = buffer_string(&lines[i]);
    }
    report_live_rows(screen->live, terminal_rows());
    report_live_status(screen->live, texts, count);
    report_live_tick(screen->live, real_now_us);
    for (size_t i = 0; i < count; i++)
        buffer_done(&lines[i]);
}
