/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/base/monotonic.h"
#include "harness/run/tls_keys.h"
#include "harness/serve/serve_internal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096 };
#define RENEWAL_REAL_US \
    UINT64_C(1000000) /* a recorder that breaks at once is not made ever again */

static uint64_t wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void count(struct serve_phone *phone, const struct event *event)
{
    phone->seen = true;
    if (event->type == EVENT_STATE)
        phone->state = event->state.state;
    if (event->type == EVENT_BOOT)
        phone->boots++;
    if (event->type == EVENT_REQUEST && event->request.peer.server == EVENT_SERVER_EDOS)
        phone->edos_requests++;
    if (event->type == EVENT_REQUEST && event->request.peer.server == EVENT_SERVER_PROVISION)
        phone->provision_requests++;
}

static void seen(void *context, const struct event *event)
{
    struct serve *serve = context;
    size_t phones = serve->site->phone_count;
    bool known = event->phone >= 0 && (size_t)event->phone < phones;
    if (known)
        count(&serve->phones[event->phone], event);
    if (serve->config.timeline) {
        buffer_clear(&serve->line);
        event_to_json(event, serve->names, phones, &serve->line);
        serve->config.timeline(serve->config.context, buffer_string(&serve->line));
    }
    if (serve->config.seen)
        serve->config.seen(serve->config.context, event, known ? serve->names[event->phone] : NULL);
    /* Last: it may add to the timeline, and then the event's place in memory changes. */
    if (known)
        site_event_seen(serve->site, (size_t)event->phone, event);
}

static void failed(void *context, const struct error *error)
{
    struct serve *serve = context;
    serve->recorder_failed = true;
    snprintf(serve->failure, sizeof serve->failure, "%s", error->text);
}

/* The phone's states are told apart as the first of them reads the rules. */
static struct readings readings_of(const struct serve *serve)
{
    const struct lab_file *lab = serve->config.lab;
    if (lab->phone_count > 0)
        return lab->phones[0].readings;
    return serve->config.scenario ? serve->config.scenario->readings : (struct readings){0};
}

static void join(struct serve *serve)
{
    struct site *site = serve->site;
    for (size_t i = 0; i < site->phone_count; i++) {
        site->phones[i].recorder = serve->recorder;
        site->phones[i].index = i;
    }
    site->only_recorder = serve->recorder;
}

int serve_recording_begin(struct serve *serve, struct error *error)
{
    const struct site *site = serve->site;
    const struct site_plan *plan = site->plan;
    struct observe_world world = {.phones = site->phone_macs,
                                  .phone_count = site->phone_count,
                                  .edos_address = plan->lab.edos,
                                  .provision_address = plan->lab.provision,
                                  .name_server_address = plan->lab.name_server,
                                  .harness_address = plan->lab.harness,
                                  .edos_hosts = &plan->edos_host,
                                  .edos_host_count = 1,
                                  .edos_port = plan->edos_https_port ? plan->edos_https_port
                                                                     : plan->edos_http_port,
                                  .readings = readings_of(serve)};
    uint64_t now_us = loop_now_us(site->loop), epoch_us = wall_us();
    struct recorder_config config = {.loop = site->loop,
                                     .interface = LAB_BRIDGE,
                                     .folder = serve->recording ? serve->config.folder : NULL,
                                     .world = &world,
                                     .phone_names = serve->names,
                                     .epoch_us = epoch_us > now_us ? epoch_us - now_us : epoch_us,
                                     .seen = seen,
                                     .failed = failed,
                                     .context = serve};
    serve->recorder_failed = false;
    int result = recorder_new(&config, &serve->recorder, error);
    if (result < 0)
        return result;
    serve->renewed_real_us = monotonic_us();
    join(serve);
    return 0;
}

/* --- its end, and the next one -------------------------------------------------------------- */

static bool is_full(const struct serve *serve)
{
    return recorder_events(serve->recorder) >= serve->config.events_max ||
           recorder_capture_bytes(serve->recorder) >= SERVE_CAPTURE_BYTES_MAX;
}

static void leave(struct serve *serve)
{
    struct site *site = serve->site;
    for (size_t i = 0; i < site->phone_count; i++) {
        uint32_t seen = observer_phone_address(recorder_observer(serve->recorder), (int)i);
        serve->addresses[i] = seen ? seen : serve->addresses[i];
        site->phones[i].address = site_phone_address(site, i);
        site->phones[i].recorder = NULL;
    }
    site->only_recorder = NULL;
}

/* What has been written is whole, and readable on its own. */
static void finish(struct serve *serve)
{
    struct error error = {0};
    const char *folder = serve->config.folder;
    leave(serve);
    int result = serve->recording ? recorder_finish(serve->recorder, &error) : 0;
    recorder_free(serve->recorder);
    serve->recorder = NULL;
    if (result == 0 && serve->recording)
        result = tls_keys_embed(folder, folder, RECORDER_CAPTURE_NAME, &error);
    if (result < 0)
        serve_note(serve, "the recording in %s is not whole: %s", folder, error.text);
}

static void rename_old(struct serve *serve, const char *name, const char *old)
{
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
    snprintf(from, sizeof from, "%s/%s", serve->config.folder, name);
    snprintf(to, sizeof to, "%s/%s", serve->config.folder, old);
    if (rename(from, to) < 0)
        serve_note(serve, "cannot keep %s as %s: %s", from, old, strerror(errno));
}

static void keep_old(struct serve *serve)
{
    rename_old(serve, "timeline.jsonl", "timeline.1.jsonl");
    rename_old(serve, RECORDER_CAPTURE_NAME, "capture.1.pcapng");
    tls_keys_clear(serve->config.folder);
    serve_note(serve,
               "the recording has reached its bound and begins anew; the one before is kept in "
               "%s/timeline.1.jsonl and capture.1.pcapng. States are known again as they change",
               serve->config.folder);
}

/* A recording that breaks off for any other reason than its length is not begun again: what there
 * is of it is worth more. */
static void renew(struct serve *serve)
{
    struct error error;
    bool full = is_full(serve);
    finish(serve);
    if (serve->recording && full)
        keep_old(serve);
    else if (serve->recording)
        serve_note(serve, "nothing is recorded any more: %s. Serving goes on", serve->failure);
    serve->recording = serve->recording && full;
    int result = serve_recording_begin(serve, &error);
    if (result < 0 && serve->recording) {
        serve_note(serve, "nothing is recorded any more: %s. Serving goes on", error.text);
        serve->recording = false;
        result = serve_recording_begin(serve, &error);
    }
    if (result < 0)
        loop_fail(serve->site->loop, result, &error);
}

void serve_recording_turn(struct serve *serve)
{
    if (!serve->recorder)
        return;
    recorder_drain(serve->recorder);
    recorder_flush(serve->recorder);
    uint64_t now_us = monotonic_us();
    if ((serve->recorder_failed || is_full(serve)) &&
        now_us - serve->renewed_real_us >= RENEWAL_REAL_US)
        renew(serve);
}

void serve_recording_end(struct serve *serve, const char *lab_error)
{
    if (!serve->recorder)
        return;
    struct event broken = {
        .type = EVENT_LAB_ERROR, .phone = EVENT_PHONE_NONE, .note.text = lab_error};
    if (lab_error)
        recorder_event(serve->recorder, &broken);
    struct event event = {.type = EVENT_END, .phone = EVENT_PHONE_NONE};
    recorder_event(serve->recorder, &event);
    finish(serve);
    tls_keys_remove(serve->config.folder);
}
