/* SPDX-License-Identifier: MIT */
#include "harness/observe/watch.h"
#include "harness/base/duration.h"
#include "harness/observe/capture.h"
#include "harness/observe/observer.h"
#include "harness/vendor/vendor.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LINE_BYTES_MAX = 1 << 20,
    WAIT_MS_MAX = 250, /* a stop that came between its test and the wait is seen by then */
    TIME_COLUMNS = 12,
    FRAME_COLUMNS = 7,
    PHONE_COLUMNS = 17, /* a MAC address */
    GAP_COLUMNS = 2,
};

/* --- one line --- */

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
static void make_safe(uint8_t *text, size_t length)
{
    uint8_t before = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = text[i];
        if (byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte >= 0x80 && byte < 0xa0))
            text[i] = '?';
        before = text[i];
    }
}

static void describe(const struct event *event, struct buffer *line)
{
    if (event->type == EVENT_BOOT && !event->boot.action_known)
        buffer_text(line, "boots"); /* why, nobody here can know */
    else
        event_describe(event, line);
}

static void write_spaces(size_t count, struct buffer *line)
{
    static const char spaces[] = "                ";
    for (; count >= sizeof spaces; count -= sizeof spaces - 1)
        buffer_append(line, spaces, sizeof spaces - 1);
    buffer_append(line, spaces, count);
}

/* A text in its column, and the gap behind it. */
static void write_right(const char *text, size_t columns, struct buffer *line)
{
    size_t length = strlen(text);
    if (length < columns)
        write_spaces(columns - length, line);
    buffer_append(line, text, length);
    write_spaces(GAP_COLUMNS, line);
}

static void write_left(const char *text, size_t columns, struct buffer *line)
{
    size_t length = strlen(text);
    buffer_append(line, text, length);
    write_spaces(GAP_COLUMNS + (length < columns ? columns - length : 0), line);
}

static size_t digits_of(uint64_t number)
{
    size_t digits = 1;
    for (; number > 9; number /= 10)
        digits++;
    return digits;
}

void watch_line_header(FILE *out)
{
    struct buffer line;
    buffer_init(&line, LINE_BYTES_MAX);
    write_right("time", TIME_COLUMNS, &line);
    write_right("frame", FRAME_COLUMNS, &line);
    write_left("phone", PHONE_COLUMNS, &line);
    fprintf(out, "%swhat\n", buffer_string(&line));
    buffer_done(&line);
}

void watch_line(FILE *out, const struct event *event, const char *phone, bool colour,
                struct buffer *line)
{
    char time[DURATION_TEXT_MAX];
    const char *begin = colour ? colour_of(event) : "";
    buffer_clear(line);
    write_right(duration_format(event->time_us, time), TIME_COLUMNS, line);
    size_t frame = digits_of(event->frame);
    write_spaces(frame < FRAME_COLUMNS ? FRAME_COLUMNS - frame : 0, line);
    buffer_number(line, event->frame);
    write_spaces(GAP_COLUMNS, line);
    write_left(phone ? phone : "-", PHONE_COLUMNS, line);
    buffer_text(line, begin);
    size_t described = line->length;
    describe(event, line);
    if (line->length > described)
        make_safe(line->data + described, line->length - described);
    buffer_text(line, *begin ? "\033[0m\n" : "\n");
    fwrite(line->data, 1, line->length, out);
}

/* --- all of them --- */

struct watch {
    struct timeline timeline;
    struct observer *observer;
    const struct watch_options *options;
    FILE *out;
    struct error *error;
    uint64_t frames, first_us, last_us; /* times since the epoch */
    struct buffer line;
    char (*names)[MAC_TEXT_MAX]; /* OBSERVER_PHONES_MAX of them */
    const char **name_pointers;
    size_t name_count;
};

static int watch_init(struct watch *watch, FILE *out, const struct watch_options *options,
                      struct error *error)
{
    struct observe_world world = {.learn_phones = true};
    memset(watch, 0, sizeof *watch);
    watch->out = out;
    watch->options = options;
    watch->error = error;
    timeline_init(&watch->timeline);
    buffer_init(&watch->line, LINE_BYTES_MAX);
    watch->names = calloc(OBSERVER_PHONES_MAX, sizeof *watch->names);
    watch->name_pointers = calloc(OBSERVER_PHONES_MAX, sizeof *watch->name_pointers);
    if (!watch->names || !watch->name_pointers)
        return error_set(error, ERROR_MEMORY, "out of memory for watching");
    return observer_new(&world, &watch->timeline, &watch->observer, error);
}

static void watch_done(struct watch *watch)
{
    observer_free(watch->observer);
    timeline_done(&watch->timeline);
    buffer_done(&watch->line);
    free(watch->names);
    free(watch->name_pointers);
}

static void learn_names(struct watch *watch)
{
    size_t count = observer_phone_count(watch->observer);
    for (; watch->name_count < count; watch->name_count++) {
        size_t i = watch->name_count;
        watch->name_pointers[i] =
            mac_format(observer_phone_mac(watch->observer, i), watch->names[i]);
    }
}

static void print_event(struct watch *watch, const struct event *event)
{
    if (watch->options->json) {
        buffer_clear(&watch->line);
        event_to_json(event, watch->name_pointers, watch->name_count, &watch->line);
        buffer_u8(&watch->line, '\n');
        fwrite(watch->line.data, 1, watch->line.length, watch->out);
        return;
    }
    if (event->number == 1)
        watch_line_header(watch->out);
    watch_line(watch->out, event, event->phone >= 0 ? watch->name_pointers[event->phone] : NULL,
               watch->options->colour, &watch->line);
}

static int on_frame(void *context, uint64_t time_us, const uint8_t *bytes, size_t length,
                    size_t wire_length)
{
    struct watch *watch = context;
    (void)wire_length;
    if (watch->frames++ == 0)
        watch->first_us = watch->last_us = time_us;
    if (time_us > watch->last_us)
        watch->last_us = time_us;
    uint64_t since_us = time_us > watch->first_us ? time_us - watch->first_us : 0;
    int code =
        observer_frame(watch->observer, since_us, watch->frames, bytes, length, watch->error);
    if (watch->timeline.count == 0)
        return code;
    learn_names(watch);
    for (size_t i = 0; i < watch->timeline.count; i++)
        print_event(watch, &watch->timeline.events[i]);
    return code ? code : observer_forget(watch->observer, watch->error);
}

static void print_count(FILE *out, uint64_t count, const char *what, const char *after)
{
    fprintf(out, "%" PRIu64 " %s%s%s", count, what, count == 1 ? "" : "s", after);
}

/* The moment that the times above are counted from. */
static void print_span(struct watch *watch)
{
    char start[32] = "?", length[DURATION_TEXT_MAX];
    time_t seconds = (time_t)(watch->first_us / DURATION_S);
    struct tm utc;
    if (gmtime_r(&seconds, &utc))
        strftime(start, sizeof start, "%Y-%m-%d %H:%M:%S", &utc);
    fprintf(watch->out, "; began %s UTC, lasted %s", start,
            duration_format(watch->last_us - watch->first_us, length));
}

static void print_summary(struct watch *watch)
{
    if (watch->options->json)
        return;
    uint64_t events = timeline_next_number(&watch->timeline) - 1;
    fputs(events > 0 ? "\n" : "", watch->out);
    print_count(watch->out, watch->frames, "frame", ", ");
    print_count(watch->out, events, "event", ", ");
    print_count(watch->out, watch->name_count, "phone", "");
    if (watch->frames > 0)
        print_span(watch);
    fputc('\n', watch->out);
    for (size_t i = 0; i < watch->name_count; i++)
        fprintf(watch->out, "  %s  %s\n", watch->name_pointers[i],
                vendor_state_name(vendor_default(), observer_phone_state(watch->observer, (int)i)));
    if (watch->frames > 0 && watch->name_count == 0)
        fputs("No phone was seen: one is known by its DHCP messages or its User-Agent.\n",
              watch->out);
}

int watch_file(const char *path, FILE *out, const struct watch_options *options,
               struct error *error)
{
    struct watch watch;
    struct capture *capture = NULL;
    size_t frames = CAPTURE_DRAIN_MAX;
    int code = watch_init(&watch, out, options, error);
    if (!code)
        code = capture_open_file(path, &capture, error);
    if (!code) {
        while (!code && frames == CAPTURE_DRAIN_MAX)
            code = capture_drain(capture, on_frame, &watch, &frames, error);
        print_summary(&watch);
        if (code) /* one that could not be opened names itself */
            error_prefix(error, code, "%s", path);
    }
    capture_free(capture);
    watch_done(&watch);
    return code;
}

/* Once there is something, or `timeout_ms` later. */
static int watch_once(struct watch *watch, struct capture *capture, int timeout_ms)
{
    struct pollfd ready = {.fd = capture_fd(capture), .events = POLLIN};
    size_t frames;
    if (poll(&ready, 1, timeout_ms) < 0 && errno != EINTR)
        return error_set_errno(watch->error, errno, "waiting for frames");
    int code = capture_drain(capture, on_frame, watch, &frames, watch->error);
    if (fflush(watch->out) != 0 && !code)
        code = error_set_errno(watch->error, errno, "writing the timeline");
    return code;
}

static int watch_live(struct watch *watch, struct capture *capture,
                      const volatile sig_atomic_t *stop)
{
    int code = 0;
    while (!*stop && !code)
        code = watch_once(watch, capture, WAIT_MS_MAX);
    /* What was on the wire before that is not all there yet. */
    uint64_t end_us = monotonic_us() + 2 * CAPTURE_STREAM_DELAY_MS * DURATION_MS;
    while (!code && monotonic_us() < end_us)
        code = watch_once(watch, capture, CAPTURE_STREAM_DELAY_MS);
    return code;
}

int watch_interface(const char *interface, FILE *out, const struct watch_options *options,
                    const volatile sig_atomic_t *stop, struct error *error)
{
    struct watch watch;
    struct capture *capture = NULL;
    uint64_t dropped = 0;
    int code = watch_init(&watch, out, options, error);
    if (!code)
        code = capture_open_stream(interface, &capture, error);
    if (!code) {
        code = watch_live(&watch, capture, stop);
        print_summary(&watch);
        if (!code && capture_dropped(capture, &dropped, error) == 0 && dropped && !options->json)
            fprintf(out, "%llu frames were lost: what is missing may be theirs\n",
                    (unsigned long long)dropped);
    }
    capture_free(capture);
    watch_done(&watch);
    return code;
}
