/* SPDX-License-Identifier: MIT */
#include "harness/run/recorder.h"
#include "harness/observe/capture.h"
#include "harness/wire/pcapng.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, OUTPUT_FLUSH_BYTES = 1 << 18, OUTPUT_BYTES_MAX = 8 << 20 };

struct output { /* a file of the run's folder, written in pieces */
    int fd;
    struct buffer bytes;
};

struct recorder {
    struct loop *loop;
    struct timeline timeline;
    struct observer *observer;
    struct capture *capture;
    struct loop_watch *watch;
    struct frame_secrets *secrets;
    struct judge *judge;
    const char *const *phone_names;
    size_t phone_count;
    uint64_t epoch_us; /* wall time that the clock's 0 stands for in the capture */
    uint64_t frames, capture_bytes;
    bool broken; /* it has failed, and its owner was told */
    size_t fed;  /* events of the timeline that were judged and written */
    struct output timeline_file, capture_file;
    void (*seen)(void *context, const struct event *event);
    void (*failed)(void *context, const struct error *error);
    void *context;
};

static void fail(struct recorder *recorder, int code, const struct error *error)
{
    if (recorder->broken)
        return;
    recorder->broken = recorder->failed != NULL;
    if (recorder->failed)
        recorder->failed(recorder->context, error);
    else
        loop_fail(recorder->loop, code, error);
}

static void fail_to_write(struct recorder *recorder)
{
    struct error error;
    error_set(&error, ERROR_LIMIT, "cannot write the run's folder (is the disk full?)");
    fail(recorder, ERROR_LIMIT, &error);
}

/* --- files ---------------------------------------------------------------------------------- */

static int output_open(struct output *output, const char *folder, const char *name,
                       struct error *error)
{
    char path[PATH_BYTES_MAX];
    buffer_init(&output->bytes, OUTPUT_BYTES_MAX);
    if (!folder)
        return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    output->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return output->fd < 0 ? error_set_errno(error, errno, "cannot write %s", path) : 0;
}

static bool output_flush(struct output *output)
{
    size_t done = 0;
    while (output->fd >= 0 && done < output->bytes.length) {
        ssize_t written = write(output->fd, output->bytes.data + done, output->bytes.length - done);
        if (written < 0)
            return false;
        done += (size_t)written;
    }
    bool good = !output->bytes.failed;
    buffer_clear(&output->bytes);
    return good;
}

static void output_settle(struct recorder *recorder, struct output *output)
{
    if (output->bytes.length >= OUTPUT_FLUSH_BYTES && !output_flush(output))
        fail_to_write(recorder);
}

static void output_close(struct output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    buffer_done(&output->bytes);
}

/* --- events --------------------------------------------------------------------------------- */

static void feed(struct recorder *recorder)
{
    while (recorder->fed < recorder->timeline.count) {
        const struct event *event = &recorder->timeline.events[recorder->fed++];
        if (recorder->judge)
            judge_event(recorder->judge, event);
        event_to_json(event, recorder->phone_names, recorder->phone_count,
                      &recorder->timeline_file.bytes);
        buffer_text(&recorder->timeline_file.bytes, "\n");
        if (recorder->seen)
            recorder->seen(recorder->context, event);
    }
    output_settle(recorder, &recorder->timeline_file);
}

static void describe_frame(const struct recorder *recorder, struct buffer *comment)
{
    uint64_t first, past_last;
    observer_frame_events(recorder->observer, &first, &past_last);
    for (uint64_t number = first; number < past_last; number++) {
        buffer_format(comment, "%sevent %llu: ", number > first ? "; " : "",
                      (unsigned long long)number);
        event_describe(&recorder->timeline.events[number - 1], comment);
    }
}

/* Stamped with the run's clock: the machine's says nothing about a phone whose days are skipped. */
static int take_frame(void *context, uint64_t time_us, const uint8_t *bytes, size_t length,
                      size_t wire_length)
{
    struct recorder *recorder = context;
    struct error error;
    struct buffer comment;
    uint64_t now_us = loop_now_us(recorder->loop);
    (void)time_us;
    if (recorder->broken)
        return 0;
    if (recorder->secrets)
        bytes = frame_secrets_hide(recorder->secrets, bytes, &length);
    int result =
        observer_frame(recorder->observer, now_us, ++recorder->frames, bytes, length, &error);
    if (result < 0) {
        fail(recorder, result, &error);
        return 0;
    }
    buffer_init(&comment, PCAPNG_COMMENT_MAX);
    describe_frame(recorder, &comment);
    size_t before = recorder->capture_file.bytes.length;
    pcapng_encode_frame(&recorder->capture_file.bytes, recorder->epoch_us + now_us, bytes, length,
                        wire_length, buffer_string(&comment));
    recorder->capture_bytes += recorder->capture_file.bytes.length - before;
    buffer_done(&comment);
    output_settle(recorder, &recorder->capture_file);
    feed(recorder);
    return 0;
}

void recorder_drain(struct recorder *recorder)
{
    struct error error;
    size_t frames;
    int result;
    do {
        result = capture_drain(recorder->capture, take_frame, recorder, &frames, &error);
    } while (result == 0 && frames == CAPTURE_DRAIN_MAX);
    if (result < 0)
        fail(recorder, result, &error);
}

struct loop *recorder_loop(const struct recorder *recorder)
{
    return recorder->loop;
}

void recorder_event(struct recorder *recorder, const struct event *event)
{
    struct error error;
    recorder_drain(recorder);
    if (recorder->broken)
        return;
    int result = observer_event(recorder->observer, loop_now_us(recorder->loop), event, &error);
    if (result < 0)
        fail(recorder, result, &error);
    feed(recorder);
}

static void capture_ready(void *context, uint32_t epoll_events)
{
    (void)epoll_events;
    recorder_drain(context);
}

/* --- life ----------------------------------------------------------------------------------- */

static uint64_t wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int start(struct recorder *recorder, const struct recorder_config *config,
                 struct error *error)
{
    int result = output_open(&recorder->timeline_file, config->folder, "timeline.jsonl", error);
    if (result == 0)
        result = output_open(&recorder->capture_file, config->folder, RECORDER_CAPTURE_NAME, error);
    if (result == 0)
        result = observer_new(config->world, &recorder->timeline, &recorder->observer, error);
    if (result == 0)
        result = (config->quiet ? capture_open_quiet : capture_open_interface)(
            config->interface, CAPTURE_SNAPLEN_MTU, &recorder->capture, error);
    if (result == 0 && config->filter)
        result = capture_set_filter(recorder->capture, config->filter, error);
    if (result == 0)
        result = loop_watch(config->loop, capture_fd(recorder->capture), EPOLLIN, capture_ready,
                            recorder, &recorder->watch, error);
    if (result == 0)
        pcapng_encode_header(&recorder->capture_file.bytes, "rclab " RCLAB_VERSION,
                             config->interface);
    return result;
}

int recorder_new(const struct recorder_config *config, struct recorder **ret_recorder,
                 struct error *error)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *recorder = (struct recorder){.loop = config->loop,
                                  .secrets = config->secrets,
                                  .judge = config->judge,
                                  .phone_names = config->phone_names,
                                  .phone_count = config->world->phone_count,
                                  .failed = config->failed,
                                  .epoch_us = wall_us() - loop_now_us(config->loop),
                                  .timeline_file = {.fd = -1},
                                  .capture_file = {.fd = -1},
                                  .seen = config->seen,
                                  .context = config->context};
    timeline_init(&recorder->timeline);
    int result = start(recorder, config, error);
    if (result < 0) {
        recorder_free(recorder);
        return result;
    }
    *ret_recorder = recorder;
    return 0;
}

void recorder_flush(struct recorder *recorder)
{
    if (!output_flush(&recorder->timeline_file) || !output_flush(&recorder->capture_file))
        fail_to_write(recorder);
}

int recorder_finish(struct recorder *recorder, struct error *error)
{
    bool good = output_flush(&recorder->timeline_file) && output_flush(&recorder->capture_file);
    if (!good)
        return error_set_errno(error, errno, "cannot write the run's folder");
    if (recorder->timeline.failed)
        return error_set(error, ERROR_LIMIT, "the timeline grew beyond its bound");
    return 0;
}

void recorder_free(struct recorder *recorder)
{
    if (!recorder)
        return;
    loop_unwatch(recorder->watch);
    capture_free(recorder->capture);
    observer_free(recorder->observer);
    timeline_done(&recorder->timeline);
    output_close(&recorder->timeline_file);
    output_close(&recorder->capture_file);
    free(recorder);
}

int recorder_dropped(const struct recorder *recorder, uint64_t *ret_dropped, struct error *error)
{
    return capture_dropped(recorder->capture, ret_dropped, error);
}

size_t recorder_events(const struct recorder *recorder)
{
    return recorder->timeline.count;
}

uint64_t recorder_capture_bytes(const struct recorder *recorder)
{
    return recorder->capture_bytes;
}

int recorder_learn(struct recorder *recorder, const struct mac *mac, struct error *error)
{
    int phone = observer_learn(recorder->observer, mac);
    if (phone < 0)
        return error_set(error, ERROR_LIMIT, "more than %d phones to observe", OBSERVER_PHONES_MAX);
    if ((size_t)phone >= recorder->phone_count)
        recorder->phone_count = (size_t)phone + 1;
    return phone;
}

const struct observer *recorder_observer(const struct recorder *recorder)
{
    return recorder->observer;
}
