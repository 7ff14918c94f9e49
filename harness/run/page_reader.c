/* SPDX-License-Identifier: MIT */
#include "harness/run/page_reader.h"
#include "harness/base/duration.h"
#include "harness/run/status_page.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <string.h>

enum { URL_MAX = 256 };
#define UNANSWERED_US (5 * DURATION_S) /* until it is tried again */

static void record(struct course *course, unsigned status, const uint8_t *body, size_t body_length,
                   const char *problem)
{
    const char *label = vendor_default()->page.state_label;
    char value[STATUS_PAGE_VALUE_MAX], no_value[URL_MAX];
    snprintf(no_value, sizeof no_value, "the page shows no %s", label);
    struct event event = {
        .type = EVENT_PAGE, .phone = (int)course->reading.phone, .page.status = status};
    course->reading.under_way = false;
    if (status != 200)
        event.page.problem = problem;
    else if (!status_page_value(body, body_length, label, value))
        event.page.problem = no_value;
    else if (!vendor_state_find(vendor_default(), value, &event.page.state))
        event.page.problem = value; /* a state that the vendor does not know */
    recorder_event(course->recorder, &event);
}

/* --- an emulated phone's -------------------------------------------------------------------- */

static void page_read(void *context, const struct fetch_result *result)
{
    struct course *course = context;
    bool answered = result->outcome == FETCH_OK;
    course->reading.fetch = NULL;
    record(course, answered ? result->status : 0, result->body, result->body_length,
           answered ? "the page was refused" : result->text);
}

static int read_emulated(struct course *course, uint32_t address, struct error *error)
{
    const struct vendor_page *page = &vendor_default()->page;
    char url[URL_MAX], text[IPV4_TEXT_MAX];
    snprintf(url, sizeof url, "http://%s%s", ipv4_format(address, text), page->status);
    struct fetch_request request = {.url = url,
                                    .user = page->user,
                                    .password = COURSE_ADMIN_PASSWORD,
                                    .body_bytes_max = STATUS_PAGE_BYTES_MAX};
    return fetch_start(course->site->fetcher, &request, page_read, course, &course->reading.fetch,
                       error);
}

/* --- a real device's ------------------------------------------------------------------------ */

/* A web server comes up some time after the phone has its address; one that refuses the login, or
 * has no such page, does not get better. */
static void device_read(void *context, const struct device_result *result)
{
    struct course *course = context;
    struct course_phone *slot = &course->phones[course->reading.phone];
    slot->page_up = result->status == 200;
    if (!slot->page_up) {
        snprintf(slot->page_problem, sizeof slot->page_problem, "%.*s", COURSE_PROBLEM_MAX - 1,
                 result->code < 0 ? result->error->text : "its page was refused");
        course->reading.not_before_us = loop_now_us(course->site->loop) + UNANSWERED_US;
    }
    if (result->code < 0 && result->status != 0)
        course_fail_device(course, course->reading.phone, result->code, result->error);
    record(course, result->status, result->body, result->body_length,
           result->code < 0 ? result->error->text : "the page was refused");
}

static bool start(struct course *course, size_t phone)
{
    struct course_phone *slot = &course->phones[phone];
    uint32_t address = course_phone_address(course, phone);
    struct error error;
    course->reading.phone = phone;
    course->reading.under_way = true;
    int result = slot->device ? device_act(slot->device, DEVICE_STATUS, address, NULL, device_read,
                                           course, &error)
                              : read_emulated(course, address, &error);
    if (result < 0) {
        course->reading.under_way = false;
        course_fail(course, result, &error);
    }
    return result == 0;
}

bool page_reader_has_page(const struct course *course, size_t phone)
{
    const struct course_phone *slot = &course->phones[phone];
    if (course->scenario->page_none)
        return false;
    return !slot->device || device_way(slot->lab_phone, DEVICE_STATUS) == LAB_DRIVER_WEB;
}

static bool is_to_be_read(const struct course *course, size_t phone)
{
    const struct course_phone *slot = &course->phones[phone];
    return slot->unread && page_reader_has_page(course, phone) &&
           !(slot->device && device_is_busy(slot->device)) && course_phone_reachable(course, phone);
}

bool page_reader_turn(struct course *course)
{
    struct course_reading *reading = &course->reading;
    struct loop *loop = course->site->loop;
    if (reading->under_way || course->broken)
        return false; /* the real clock goes on meanwhile */
    if (loop_clock(loop) == LOOP_CLOCK_REAL) {
        if (loop_now_us(loop) < reading->not_before_us)
            return false;
        reading->not_before_us = loop_now_us(loop) + DURATION_S;
    }
    const struct bitset *waiting = &course->to_read;
    for (size_t i = bitset_next(waiting, 0); i < waiting->size; i = bitset_next(waiting, i + 1)) {
        if (!is_to_be_read(course, i))
            continue;
        course->phones[i].unread = false;
        course_phone_changed(course, i);
        return start(course, i);
    }
    return false;
}

uint64_t page_reader_due_us(const struct course *course)
{
    const struct bitset *waiting = &course->to_read;
    for (size_t i = bitset_next(waiting, 0); !course->reading.under_way && i < waiting->size;
         i = bitset_next(waiting, i + 1)) {
        if (is_to_be_read(course, i))
            return course->reading.not_before_us;
    }
    return LOOP_NEVER;
}

void page_reader_done(struct course *course)
{
    struct course_reading *reading = &course->reading;
    struct device *device = reading->under_way ? course->phones[reading->phone].device : NULL;
    if (device)
        device_cancel(device);
    fetch_cancel(reading->fetch);
    reading->fetch = NULL;
    reading->under_way = false;
}
