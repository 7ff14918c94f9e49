/* SPDX-License-Identifier: MIT */
#include "harness/run/course_events.h"
#include "harness/base/duration.h"
#include "harness/run/course.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 1024 };

void course_events_phone_log(void *context, const char *line)
{
    const struct course_phone *phone = context;
    const struct course *course = phone->course;
    char text[LOG_LINE_MAX], time_text[DURATION_TEXT_MAX];
    int length = snprintf(text, sizeof text, "%s %s: %s\n",
                          duration_format(loop_now_us(course->site->loop), time_text),
                          course->phone_names[phone - course->phones], line);
    if (length < 0)
        return;
    if (length >= LOG_LINE_MAX) {
        length = LOG_LINE_MAX - 1;
        text[length - 1] = '\n';
    }
    ssize_t ignored = write(course->phone_log_fd, text, (size_t)length);
    (void)ignored;
}

static void follow_dhcp(struct course_phone *phone, const struct event *event)
{
    switch (event->dhcp.type) {
    case DHCP_ACK:
        phone->online = true;
        phone->lease_until_us = event->time_us + (uint64_t)event->dhcp.lease_s * DURATION_S;
        break;
    case DHCP_NAK:
    case DHCP_RELEASE:
    case DHCP_DECLINE:
    case DHCP_DISCOVER:
        phone->online = false;
        phone->course->site->phones[phone->site_index].address = 0;
        break;
    default:
        break;
    }
}

static void follow_action(struct course_phone *phone, const struct event *event)
{
    if (event->action.what == ACTION_CONFIGURE)
        return;
    phone->online = false;
    phone->off = event->action.what == ACTION_POWER_OFF;
    if (phone->device)
        phone->boot_due_us = event->action.what == ACTION_POWER_OFF
                                 ? LOOP_NEVER
                                 : event->time_us + COURSE_BOOT_MAX_US;
}

void course_events_seen(void *context, const struct event *event)
{
    struct course *course = context;
    if (event->phone >= 0 && (size_t)event->phone < course->scenario->phone_count) {
        struct course_phone *phone = &course->phones[event->phone];
        if (event->type == EVENT_DHCP)
            follow_dhcp(phone, event);
        if (event->type == EVENT_ACTION)
            follow_action(phone, event);
        if (event->type == EVENT_BOOT)
            phone->boot_due_us = LOOP_NEVER;
        if (!phone->online)
            phone->page_up = false;
        phone->unread =
            phone->unread || event->type != EVENT_PAGE || (phone->device && !phone->page_up);
    }
    if (course->options->seen)
        course->options->seen(course->options->context, event);
    /* To be called last: it may add to the timeline, and then the event's place in memory changes.
     */
    if (event->phone >= 0)
        site_event_seen(course->site, course->phones[event->phone].site_index, event);
}
