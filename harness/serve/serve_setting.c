/* SPDX-License-Identifier: MIT */
/* What is in force, and how it changes. Settings live as long as it serves: what a later one leaves
 * out, and who is still in the middle of a list of behaviours, points into earlier ones. */
#include "harness/base/duration.h"
#include "harness/scenario/overview.h"
#include "harness/serve/serve_internal.h"
#include <stdlib.h>
#include <string.h>

static const struct behaviour profile = {.kind = BEHAVIOUR_PROFILE,
                                         .status = 200,
                                         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                         .times = 1};
static const struct behaviour config = {
    .kind = BEHAVIOUR_CONFIG, .status = 200, .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1};
static const struct scenario_dhcp no_offer = {.answer = DHCP_ANSWER_NORMAL,
                                              .lease_us = 12 * DURATION_H};
static const struct scenario_dns normal_names = {.answer = DNS_ANSWER_NORMAL};

void serve_setting_defaults(struct serve *serve)
{
    const struct scenario *scenario = serve->config.scenario;
    struct in_force first = {
        .dhcp = &no_offer, .dns = &normal_names, .edos = {&profile, 1}, .provision = {&config, 1}};
    if (scenario)
        first = (struct in_force){.dhcp = &scenario->dhcp,
                                  .dns = &scenario->dns,
                                  .edos = scenario->edos,
                                  .provision = scenario->provision};
    for (size_t i = 0; i <= serve->plan.phone_count + serve->plan.guest_max; i++)
        serve->in_force[i] = first;
}

static bool is_concerned(const struct setting *setting, size_t phone)
{
    return setting->phone == STEP_ALL_PHONES || (size_t)setting->phone == phone;
}

/* --- DHCP ----------------------------------------------------------------------------------- */

static void offer(struct serve *serve)
{
    for (size_t i = 0; i < serve->site->phone_count; i++)
        serve->site->phones[i].dhcp = serve->in_force[1 + i].dhcp;
}

/* Those who had the same before have the same afterwards: the name server tells them apart by it.
 */
static const struct scenario_dhcp *merge(struct serve *serve, struct setting *setting,
                                         const struct in_force *before, size_t place)
{
    for (size_t i = 0; i < place; i++) {
        if (before[i].dhcp == before[place].dhcp && serve->in_force[i].dhcp != before[i].dhcp)
            return serve->in_force[i].dhcp;
    }
    struct scenario_dhcp now = setting_dhcp(setting, before[place].dhcp);
    return arena_copy(&setting->arena, &now, sizeof now);
}

/* After settings that the name server did not take. */
static void restore(struct serve *serve)
{
    struct site *site = serve->site;
    struct error error;
    int result = dnsmasq_serves(site->dnsmasq) ? 0 : site_apply_dhcp(site, &error);
    if (result < 0)
        loop_fail(site->loop, result, &error);
}

static int set_dhcp(struct serve *serve, struct setting *setting, struct error *error)
{
    size_t places = serve->plan.phone_count + serve->plan.guest_max + 1;
    struct in_force *before = malloc(places * sizeof *before);
    if (!before)
        return error_set(error, ERROR_MEMORY, "out of memory");
    memcpy(before, serve->in_force, places * sizeof *before);
    int result = 0;
    for (size_t i = 0; result == 0 && i < places; i++) {
        bool concerned = i == 0 ? setting->phone == STEP_ALL_PHONES : is_concerned(setting, i - 1);
        if (!concerned)
            continue;
        serve->in_force[i].dhcp = merge(serve, setting, before, i);
        if (!serve->in_force[i].dhcp)
            result = error_set(error, ERROR_MEMORY, "out of memory");
    }
    if (result == 0) {
        offer(serve);
        result = site_apply_dhcp(serve->site, error);
    }
    if (result < 0) {
        memcpy(serve->in_force, before, places * sizeof *before);
        offer(serve);
        restore(serve);
    }
    free(before);
    return result;
}

/* --- the others ----------------------------------------------------------------------------- */

static void set_dns(struct serve *serve, const struct setting *setting)
{
    for (size_t i = 0; i < serve->site->phone_count; i++) {
        if (!is_concerned(setting, i))
            continue;
        serve->in_force[1 + i].dns = setting->dns;
        site_set_dns(serve->site, (int)i, setting->dns);
    }
    if (setting->phone == STEP_ALL_PHONES)
        serve->in_force[0].dns = setting->dns;
}

static struct behaviour_list *list_of(struct in_force *in_force, enum setting_kind kind)
{
    return kind == SETTING_EDOS ? &in_force->edos : &in_force->provision;
}

static int set_server(struct serve *serve, const struct setting *setting, struct error *error)
{
    bool edos = setting->kind == SETTING_EDOS;
    struct fake_server *fake =
        site_fake(serve->site, edos ? EVENT_SERVER_EDOS : EVENT_SERVER_PROVISION);
    bool all = setting->phone == STEP_ALL_PHONES;
    int result =
        fake_server_set(fake, all ? FAKE_ALL_CLIENTS : setting->phone, &setting->behaviours, error);
    size_t places = serve->plan.phone_count + serve->plan.guest_max + 1;
    for (size_t i = 0; result == 0 && i < places; i++) {
        if (all || i == 1 + (size_t)setting->phone)
            *list_of(&serve->in_force[i], setting->kind) = setting->behaviours;
    }
    return result;
}

/* In force from now on; ERROR_INVALID: the servers cannot do that, and nothing has changed. */
static int apply(struct serve *serve, struct setting *setting, struct error *error)
{
    switch (setting->kind) {
    case SETTING_DHCP:
        return set_dhcp(serve, setting, error);
    case SETTING_DNS:
        set_dns(serve, setting);
        return 0;
    case SETTING_EDOS:
    case SETTING_PROVISION:
        return set_server(serve, setting, error);
    case SETTING_NETWORK: /* only emulated phones have lines */
    case SETTING_KINDS:
        break;
    }
    return 0;
}

int serve_setting_welcome(struct serve *serve, size_t phone, struct error *error)
{
    serve->in_force[1 + phone] = serve->in_force[0];
    site_set_dns(serve->site, (int)phone, serve->in_force[0].dns);
    offer(serve);
    return site_apply_dhcp(serve->site, error);
}

/* --- by order of a person ------------------------------------------------------------------- */

/* As it was written, on one line. */
static void record(struct serve *serve, struct setting *setting, const char *step)
{
    char *text = arena_string(&setting->arena, step);
    for (char *t = text; t && *t; t++) {
        if ((unsigned char)*t < ' ')
            *t = ' ';
    }
    struct event event = {.type = EVENT_SETTING,
                          .phone =
                              setting->phone == STEP_ALL_PHONES ? EVENT_PHONE_NONE : setting->phone,
                          .setting = {.what = setting->kind, .text = text}};
    recorder_event(serve->recorder, &event);
}

static void describe(const struct serve *serve, const struct setting *setting, struct buffer *text)
{
    size_t place = setting->phone == STEP_ALL_PHONES ? 0 : 1 + (size_t)setting->phone;
    const struct in_force *in_force = &serve->in_force[place];
    buffer_format(
        text, "%s: %s: ", setting->phone == STEP_ALL_PHONES ? "all" : serve->names[setting->phone],
        setting_names[setting->kind]);
    if (setting->kind == SETTING_DHCP)
        describe_dhcp(in_force->dhcp, text);
    else if (setting->kind == SETTING_DNS)
        describe_dns(in_force->dns, text);
    else
        describe_behaviours(&setting->behaviours, text);
    buffer_text(text, "\n");
}

static int parse_all(struct serve *serve, const char *const *steps, size_t count,
                     const char *directory, struct buffer *answer)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    size_t first = serve->setting_count;
    for (size_t i = 0; i < count; i++) {
        struct setting *setting =
            setting_parse("--set", directory, steps[i], strlen(steps[i]), serve->scenario_phones,
                          serve->site->phone_count, &diagnostics);
        if (setting)
            serve->settings[serve->setting_count++] = setting;
    }
    bool good = diagnostics.count == 0;
    if (!good) {
        diagnostics_format(&diagnostics, answer);
        buffer_format(answer, "%zu problem%s found; nothing was changed.\n", diagnostics.count,
                      diagnostics.count == 1 ? "" : "s");
        while (serve->setting_count > first)
            setting_free(serve->settings[--serve->setting_count]);
    }
    diagnostics_done(&diagnostics);
    return good ? 0 : ERROR_INVALID;
}

int serve_set(struct serve *serve, const char *const *steps, size_t count, const char *directory,
              struct buffer *answer)
{
    struct error error = {0};
    size_t first = serve->setting_count;
    if (first + count > SERVE_SETTINGS_MAX) {
        buffer_format(answer, "%d settings have been made, and no more are kept; begin it anew.\n",
                      SERVE_SETTINGS_MAX);
        return ERROR_LIMIT;
    }
    int result = parse_all(serve, steps, count, directory, answer);
    for (size_t i = 0; result == 0 && i < count; i++) {
        struct setting *setting = serve->settings[first + i];
        result = apply(serve, setting, &error);
        if (result < 0) {
            buffer_format(answer, "--set: %s: %s; nothing was changed by it.\n",
                          setting_names[setting->kind], error.text);
            break;
        }
        record(serve, setting, steps[i]);
        describe(serve, setting, answer);
    }
    return result;
}
