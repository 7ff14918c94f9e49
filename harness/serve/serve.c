/* SPDX-License-Identifier: MIT */
#include "harness/base/background.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/run/tls_keys.h"
#include "harness/serve/serve_internal.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NOTE_BYTES_MAX = 1024, JSON_BYTES_MAX = 1 << 20 };
/* A recorder that breaks at once is not made ever again. */
#define RENEWAL_REAL_US UINT64_C(1000000)

__attribute__((format(printf, 2, 3))) static void note(const struct serve *serve,
                                                       const char *format, ...)
{
    char text[NOTE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (serve->config.note)
        serve->config.note(serve->config.context, text);
}

/* --- the recording -------------------------------------------------------------------------- */

/* Everything goes through a recorder; when one is full or broken, through the next. */

static const char *const recorded[] = {
    "timeline.jsonl", "timeline.1.jsonl", "capture.pcapng", "capture.1.pcapng", "tls-keys.log",
    "ca.pem",         "dnsmasq.conf",     "dnsmasq.leases", "dnsmasq.log",      "dnsmasq.seed",
};

int serve_folder_make(const char *path, struct error *error)
{
    int result = folder_make(path, error);
    if (result < 0)
        return result;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return error_set_errno(error, errno, "cannot read the folder %s", path);
    for (size_t i = 0; result == 0 && i < sizeof recorded / sizeof recorded[0]; i++)
        if (unlinkat(folder, recorded[i], 0) < 0 && errno != ENOENT)
            result = error_set_errno(error, errno, "cannot remove %s/%s", path, recorded[i]);
    close(folder);
    return result;
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

static void join_site(struct serve *serve)
{
    struct site *site = serve->site;
    for (size_t i = 0; i < site->phone_count; i++) {
        site->phones[i].recorder = serve->recorder;
        site->phones[i].index = i;
    }
    site->only_recorder = serve->recorder;
}

static int begin_recording(struct serve *serve, struct error *error)
{
    const struct site *site = serve->site;
    struct observe_world world = site_world(site);
    world.readings = readings_of(serve);
    struct recorder_config config = {.loop = site->loop,
                                     .interface = LAB_BRIDGE,
                                     .folder = serve->recording ? serve->config.folder : NULL,
                                     .world = &world,
                                     .phone_names = serve->names,
                                     .seen = seen,
                                     .failed = failed,
                                     .context = serve};
    serve->recorder_failed = false;
    int result = recorder_new(&config, &serve->recorder, error);
    if (result < 0)
        return result;
    serve->renewed_real_us = monotonic_us();
    join_site(serve);
    return 0;
}

/* --- its end, and the next one -------------------------------------------------------------- */

static bool is_full(const struct serve *serve)
{
    return recorder_events(serve->recorder) >= serve->config.events_max ||
           recorder_capture_bytes(serve->recorder) >= SERVE_CAPTURE_BYTES_MAX;
}

static void leave_site(struct serve *serve)
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
static void finish_recording(struct serve *serve)
{
    struct error error = {0};
    const char *folder = serve->config.folder;
    leave_site(serve);
    int result = serve->recording ? recorder_finish(serve->recorder, &error) : 0;
    recorder_free(serve->recorder);
    serve->recorder = NULL;
    if (result == 0 && serve->recording)
        result = tls_keys_embed(folder, folder, RECORDER_CAPTURE_NAME, &error);
    if (result < 0)
        note(serve, "the recording in %s is not whole: %s", folder, error.text);
}

static void rename_old(struct serve *serve, const char *name, const char *old)
{
    char from[SITE_PATH_MAX], to[SITE_PATH_MAX];
    snprintf(from, sizeof from, "%s/%s", serve->config.folder, name);
    snprintf(to, sizeof to, "%s/%s", serve->config.folder, old);
    if (rename(from, to) < 0)
        note(serve, "cannot keep %s as %s: %s", from, old, strerror(errno));
}

static void keep_old(struct serve *serve)
{
    rename_old(serve, "timeline.jsonl", "timeline.1.jsonl");
    rename_old(serve, RECORDER_CAPTURE_NAME, "capture.1.pcapng");
    tls_keys_clear(serve->config.folder);
    note(serve,
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
    finish_recording(serve);
    if (serve->recording && full)
        keep_old(serve);
    else if (serve->recording)
        note(serve, "nothing is recorded any more: %s. Serving goes on", serve->failure);
    serve->recording = serve->recording && full;
    int result = begin_recording(serve, &error);
    if (result < 0 && serve->recording) {
        note(serve, "nothing is recorded any more: %s. Serving goes on", error.text);
        serve->recording = false;
        result = begin_recording(serve, &error);
    }
    if (result < 0)
        loop_fail(serve->site->loop, result, &error);
}

static void look_at_recording(struct serve *serve)
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

static void end_recording(struct serve *serve, const char *lab_error)
{
    if (!serve->recorder)
        return;
    struct event broken = {
        .type = EVENT_LAB_ERROR, .phone = EVENT_PHONE_NONE, .note.text = lab_error};
    if (lab_error)
        recorder_event(serve->recorder, &broken);
    struct event event = {.type = EVENT_END, .phone = EVENT_PHONE_NONE};
    recorder_event(serve->recorder, &event);
    finish_recording(serve);
    tls_keys_remove(serve->config.folder);
}

/* --- who is on the wire, and who of them is served ------------------------------------------ */

static void stranger_came(void *context, const struct stranger *stranger)
{
    const struct serve *serve = context;
    char text[RACK_STRANGER_TEXT_MAX];
    rack_stranger_describe(stranger, text);
    if (stranger->kind == STRANGER_DHCP_SERVER)
        note(serve, "%s", text);
    else if (!serve->config.any_phone)
        note(serve, "%s (--any-phone serves it, too)", text);
}

/* True: it asks for an address, and the lab file does not name it. */
static bool is_new_client(const struct serve *serve, const uint8_t *bytes, size_t length,
                          struct mac *ret_mac)
{
    struct frame frame;
    struct dhcp_message message;
    if (!frame_decode(bytes, length, &frame) || frame.kind != FRAME_UDP ||
        frame.destination_port != DHCP_SERVER_PORT ||
        !dhcp_decode(frame.payload, frame.payload_length, &message) || message.op != 1 ||
        !mac_equal(&message.chaddr, &frame.source_mac))
        return false;
    for (size_t i = 0; i < serve->site->phone_count; i++) {
        if (mac_equal(&serve->macs[i], &message.chaddr))
            return false;
    }
    *ret_mac = message.chaddr;
    return true;
}

static int welcome(struct serve *serve, const struct mac *mac, struct error *error)
{
    size_t phone = serve->site->phone_count;
    int result = site_join(serve->site, mac, error);
    if (result < 0)
        return result;
    mac_format(mac, serve->phones[phone].name);
    if (serve->recorder) {
        int number = recorder_learn(serve->recorder, mac, error);
        if (number < 0)
            return number;
        serve->site->phones[phone].recorder = serve->recorder;
        serve->site->phones[phone].index = (size_t)number;
    }
    serve->site->phones[phone].address = serve->site->phone_addresses[phone];
    return serve_setting_welcome(serve, phone, error);
}

static void frame_came(void *context, const uint8_t *bytes, size_t length)
{
    struct serve *serve = context;
    struct error error;
    struct mac mac;
    presence_frame(serve->site->presence, bytes, length);
    if (!serve->config.any_phone ||
        serve->site->phone_count >= serve->plan.phone_count + serve->plan.guest_max ||
        !is_new_client(serve, bytes, length, &mac))
        return;
    int result = welcome(serve, &mac, &error);
    if (result < 0) {
        loop_fail(serve->site->loop, result, &error);
        return;
    }
    const char *name = serve->phones[serve->site->phone_count - 1].name;
    note(serve,
         "a device that the lab file does not name asks for an address: %s; it is "
         "served as all are",
         name);
    if (serve->site->phone_count == serve->plan.phone_count + serve->plan.guest_max)
        note(serve, "there is no room for further devices of the kind: they are left alone");
}

/* --- beginning ------------------------------------------------------------------------------ */

/* As many as the pool has addresses for, each of the lab's phones having one of its own. */
static size_t guests_of(const struct serve_config *config)
{
    const struct lab_file *lab = config->lab;
    size_t pool = (size_t)(lab->pool_last - lab->pool_first) + 1;
    size_t left = pool > lab->phone_count ? pool - lab->phone_count : 0;
    if (!config->any_phone)
        return 0;
    return left < SERVE_GUESTS_MAX ? left : SERVE_GUESTS_MAX;
}

static int make_room(struct serve *serve, struct error *error)
{
    const struct lab_file *lab = serve->config.lab;
    size_t guests = guests_of(&serve->config), places = lab->phone_count + guests + 1;
    serve->macs = calloc(places, sizeof *serve->macs);
    serve->addresses = calloc(places, sizeof *serve->addresses);
    serve->phones = calloc(places, sizeof *serve->phones);
    serve->names = calloc(places, sizeof *serve->names);
    serve->scenario_phones = calloc(places, sizeof *serve->scenario_phones);
    serve->in_force = calloc(places + 1, sizeof *serve->in_force);
    serve->settings = calloc(SERVE_SETTINGS_MAX, sizeof(struct setting *));
    if (!serve->macs || !serve->addresses || !serve->phones || !serve->names ||
        !serve->scenario_phones || !serve->in_force || !serve->settings)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < lab->phone_count + guests; i++) {
        if (i < lab->phone_count)
            snprintf(serve->phones[i].name, sizeof serve->phones[i].name, "%s",
                     lab->phones[i].name);
        serve->names[i] = serve->scenario_phones[i].name = serve->phones[i].name;
    }
    serve->plan = rack_site_plan(lab, serve->config.certificates, serve->macs);
    serve->plan.guest_macs = serve->macs + lab->phone_count;
    serve->plan.guest_max = guests;
    serve_setting_defaults(serve);
    return 0;
}

static bool somebody_may_come(void *context)
{
    (void)context;
    return true;
}

static int begin(struct serve *serve, struct error *error)
{
    const struct in_force *first = &serve->in_force[0];
    int result = site_new(&serve->plan, &serve->site, error);
    if (result < 0)
        return result;
    for (size_t i = 0; i < serve->site->phone_count; i++) {
        uint32_t found = serve->addresses[i];
        serve->site->phones[i].dhcp = first->dhcp;
        serve->site->phones[i].address = found ? found : serve->site->phone_addresses[i];
    }
    serve->recording = true;
    result = begin_recording(serve, error);
    if (result == 0)
        result = site_serve(serve->site, first->dns, &first->edos, &first->provision, error);
    if (result < 0)
        return result;
    uplink_watch(serve->site->uplink, frame_came, serve);
    serve->person = (struct loop_debtor){.owes = somebody_may_come, .name = "somebody's hands"};
    loop_debtor_add(serve->site->loop, &serve->person);
    return 0;
}

int serve_new(const struct serve_config *config, struct serve **ret_serve, struct error *error)
{
    struct serve *serve = calloc(1, sizeof *serve);
    if (!serve)
        return error_set(error, ERROR_MEMORY, "out of memory");
    char ca_file[SITE_PATH_MAX];
    serve->config = *config;
    serve->wire = RACK_WIRE_NONE;
    buffer_init(&serve->line, JSON_BYTES_MAX);
    tls_keys_record(config->folder);
    int result = make_room(serve, error);
    serve->plan.folder = config->folder;
    serve->plan.seed = config->seed;
    serve->plan.stranger = stranger_came;
    serve->plan.context = serve;
    if (result == 0 && config->certificates->ca_pem)
        result = site_write_ca(&serve->plan, config->folder, ca_file, error);
    if (result == 0)
        result =
            rack_wire_take(serve->config.lab, serve->macs, serve->addresses, &serve->wire, error);
    serve->plan.uplink_fd = serve->wire.uplink_fd;
    serve->plan.outside_netns_fd = serve->wire.outside_netns_fd;
    if (result == 0)
        result = begin(serve, error);
    if (result < 0) {
        serve_free(serve);
        return result;
    }
    *ret_serve = serve;
    return 0;
}

/* --- its life ------------------------------------------------------------------------------- */

struct loop *serve_loop(struct serve *serve)
{
    return serve->site->loop;
}

static bool quiet(void *context)
{
    look_at_recording(context);
    return false;
}

int serve_run(struct serve *serve, struct error *error)
{
    int result = loop_run(serve->site->loop, quiet, serve, UINT64_MAX, error);
    end_recording(serve, result < 0 ? error->text : NULL);
    return result;
}

void serve_stop(struct serve *serve)
{
    loop_stop(serve->site->loop);
}

void serve_free(struct serve *serve)
{
    if (!serve)
        return;
    if (serve->site) {
        end_recording(serve, NULL);
        if (serve->person.owes)
            loop_debtor_remove(serve->site->loop, &serve->person);
    }
    site_free(serve->site);
    for (size_t i = 0; i < serve->setting_count; i++)
        setting_free(serve->settings[i]);
    rack_wire_close(&serve->wire);
    buffer_done(&serve->line);
    free(serve->settings);
    free(serve->in_force);
    free(serve->scenario_phones);
    free(serve->names);
    free(serve->phones);
    free(serve->addresses);
    free(serve->macs);
    free(serve);
    background_wait();
}

/* --- for a person --------------------------------------------------------------------------- */

static bool same_lists(const struct behaviour_list *a, const struct behaviour_list *b)
{
    return a->items == b->items && a->count == b->count;
}

static void show_in_force(const struct in_force *in_force, const struct in_force *but,
                          const char *indent, struct buffer *text)
{
    if (!but || in_force->dhcp != but->dhcp) {
        buffer_format(text, "%sdhcp       ", indent);
        describe_dhcp(in_force->dhcp, text);
        buffer_text(text, "\n");
    }
    if (!but || in_force->dns != but->dns) {
        buffer_format(text, "%sdns        ", indent);
        describe_dns(in_force->dns, text);
        buffer_text(text, "\n");
    }
    if (!but || !same_lists(&in_force->edos, &but->edos)) {
        buffer_format(text, "%sedos       ", indent);
        describe_behaviours(&in_force->edos, text);
        buffer_text(text, "\n");
    }
    if (!but || !same_lists(&in_force->provision, &but->provision)) {
        buffer_format(text, "%sprovision  ", indent);
        describe_behaviours(&in_force->provision, text);
        buffer_text(text, "\n");
    }
}

static void show_count(unsigned long long count, const char *what, const char *where,
                       struct buffer *text)
{
    if (count > 0)
        buffer_format(text, ", %llu %s%s%s", count, what, count == 1 ? "" : "s", where);
}

static void show_phone(const struct serve *serve, size_t index, struct buffer *text)
{
    const struct serve_phone *phone = &serve->phones[index];
    char mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX];
    uint32_t seen = serve->recorder
                        ? observer_phone_address(recorder_observer(serve->recorder), (int)index)
                        : 0;
    if (!seen)
        seen = serve->addresses[index];
    buffer_format(text, "%-17s  %-17s  %-15s  %s", phone->name,
                  mac_format(&serve->macs[index], mac), seen ? ipv4_format(seen, address) : "-",
                  phone->state != STATE_UNKNOWN ? vendor_state_name(vendor_default(), phone->state)
                  : phone->seen                 ? "state not known yet"
                                                : "not heard of yet");
    show_count(phone->boots, "boot", "", text);
    show_count(phone->edos_requests, "request", " to EDOS", text);
    show_count(phone->provision_requests, "request", " to the provisioning server", text);
    buffer_text(text, "\n");
}

void serve_show(const struct serve *serve, struct buffer *answer)
{
    const struct lab_file *lab = serve->config.lab;
    char time[DURATION_TEXT_MAX];
    uint64_t now_us = loop_now_us(serve->site->loop);
    buffer_format(answer, "%s on %s, for %s; recorded in %s\n", lab->name, lab->interface,
                  duration_format(now_us / DURATION_S * DURATION_S, time),
                  serve->recording ? serve->config.folder : "no file any more");
    show_in_force(&serve->in_force[0], NULL, "", answer);
    for (size_t i = 0; i < serve->site->phone_count; i++) {
        show_phone(serve, i, answer);
        show_in_force(&serve->in_force[1 + i], &serve->in_force[0], "    ", answer);
    }
}

void serve_summary(const struct serve *serve, struct buffer *answer)
{
    for (size_t i = 0; i < serve->site->phone_count; i++)
        show_phone(serve, i, answer);
}
