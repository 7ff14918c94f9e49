/* SPDX-License-Identifier: MIT */
#include "harness/serve/serve.h"
#include "harness/base/background.h"
#include "harness/base/duration.h"
#include "harness/rack/rack_site.h"
#include "harness/run/tls_keys.h"
#include "harness/serve/serve_internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096, NOTE_BYTES_MAX = 1024, JSON_BYTES_MAX = 1 << 20 };

void serve_note(const struct serve *serve, const char *format, ...)
{
    char text[NOTE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (serve->config.note)
        serve->config.note(serve->config.context, text);
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

static int write_ca(const struct serve *serve, struct error *error)
{
    char path[PATH_BYTES_MAX];
    const char *text = serve->config.certificates->ca_pem;
    if (!text)
        return 0;
    snprintf(path, sizeof path, "%s/ca.pem", serve->config.folder);
    FILE *file = fopen(path, "we");
    bool good = file && fputs(text, file) >= 0;
    if (file)
        good = fclose(file) == 0 && good;
    return good ? 0 : error_set_errno(error, errno, "cannot write %s", path);
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
    result = serve_recording_begin(serve, error);
    if (result == 0)
        result = site_serve(serve->site, first->dns, &first->edos, &first->provision, error);
    if (result < 0)
        return result;
    serve_wire_watch(serve);
    serve->hands = (struct loop_debtor){.owes = somebody_may_come, .name = "somebody's hands"};
    loop_debtor_add(serve->site->loop, &serve->hands);
    return 0;
}

int serve_new(const struct serve_config *config, struct serve **ret_serve, struct error *error)
{
    struct serve *serve = calloc(1, sizeof *serve);
    if (!serve)
        return error_set(error, ERROR_MEMORY, "out of memory");
    serve->config = *config;
    serve->wire = RACK_WIRE_NONE;
    buffer_init(&serve->line, JSON_BYTES_MAX);
    tls_keys_record(config->folder);
    int result = make_room(serve, error);
    serve->plan.folder = config->folder;
    serve->plan.seed = config->seed;
    serve->plan.stranger = serve_wire_stranger;
    serve->plan.context = serve;
    if (result == 0)
        result = write_ca(serve, error);
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
    serve_recording_turn(context);
    return false;
}

int serve_run(struct serve *serve, struct error *error)
{
    int result = loop_run(serve->site->loop, quiet, serve, UINT64_MAX, error);
    serve_recording_end(serve, result < 0 ? error->text : NULL);
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
        serve_recording_end(serve, NULL);
        if (serve->hands.owes)
            loop_debtor_remove(serve->site->loop, &serve->hands);
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
                  phone->state != STATE_UNKNOWN ? customization_state_names[phone->state]
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
