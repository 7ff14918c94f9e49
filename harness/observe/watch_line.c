/* SPDX-License-Identifier: MIT */
#include "harness/observe/watch_line.h"
#include "harness/base/duration.h"
#include <inttypes.h>

static const char *colour_of(const struct event *event)
{
    switch (event->type) {
    case EVENT_STATE:
        return "\033[1;32m";
    case EVENT_FAILED:
    case EVENT_REFUSED:
        return "\033[31m";
    case EVENT_BOOT:
    case EVENT_ATTEMPT:
        return "\033[36m";
    default:
        return "";
    }
}

/* What phones and servers said must not steer the terminal: control characters, those of C1 in
 * their two bytes of UTF-8 included. */
static void make_safe(struct buffer *line)
{
    for (size_t i = 0; i < line->length; i++) {
        uint8_t byte = line->data[i], before = i > 0 ? line->data[i - 1] : 0;
        if (byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte >= 0x80 && byte < 0xa0))
            line->data[i] = '?';
    }
}

static void describe(const struct event *event, struct buffer *line)
{
    buffer_clear(line);
    if (event->type == EVENT_BOOT && !event->boot.action_known)
        buffer_text(line, "boots"); /* why, nobody here can know */
    else
        event_describe(event, line);
    make_safe(line);
}

void watch_line_header(FILE *out)
{
    fprintf(out, "%12s  %7s  %-17s  %s\n", "time", "frame", "phone", "what");
}

void watch_line(FILE *out, const struct event *event, const char *phone, bool colour,
                struct buffer *line)
{
    char time[DURATION_TEXT_MAX];
    const char *begin = colour ? colour_of(event) : "";
    describe(event, line);
    fprintf(out, "%12s  %7" PRIu64 "  %-17s  %s%s%s\n", duration_format(event->time_us, time),
            event->frame, phone ? phone : "-", begin, buffer_string(line), *begin ? "\033[0m" : "");
}
