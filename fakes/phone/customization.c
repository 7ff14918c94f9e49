/* SPDX-License-Identifier: MIT */
#include "fakes/phone/customization.h"
#include "fakes/phone/profile.h"
#include "fakes/phone/provisioning.h"
#include "harness/base/duration.h"
#include <stdio.h>
#include <string.h>

enum { THIRD_BOOT = 3 /* the first is that of the factory reset */ };
#define FLOOD_DELAY_US (10 * DURATION_S)

static void ask_edos(struct phone_core *core, uint64_t now_us);
static void try_options(struct phone_core *core, uint64_t now_us);

static bool is_underway(const struct phone_core *core)
{
    return core->memory.state == STATE_OPEN || phone_is_customizing(core);
}

/* Stops it for good. */
static void stop(struct phone_core *core, enum customization_state state)
{
    if (core->task != TASK_NONE) {
        phone_cancel(core, DOWNLOAD_MAIN);
        core->task = TASK_NONE;
    }
    core->scheduled = TASK_NONE;
    core->options_due = false;
    phone_set_state(core, state);
}

/* Options that have been waiting for the end of a task have their turn. */
static void task_ended(struct phone_core *core, uint64_t now_us)
{
    core->task = TASK_NONE;
    if (!core->options_due || !phone_is_customizing(core) || !dhcp_client_has_lease(&core->dhcp))
        return;
    core->resume_after_options = false;
    try_options(core, now_us);
}

static void resync_failed(struct phone_core *core, uint64_t now_us);

/* --- EDOS once more, where the policy has it so --- */
static void occasion(struct phone_core *core, uint64_t now_us, enum occasion occasion)
{
    const struct phone_policy *policy = &core->policy;
    if (policy->edos_again.occasion == occasion && policy->edos_again.state == core->memory.state)
        core->again_at_us = now_us + policy->edos_again.after_us;
}

void customization_ask_again(struct phone_core *core, uint64_t now_us)
{
    char text[PHONE_URL_MAX];
    const struct edos_policy *edos = &core->policy.edos;
    core->again_at_us = PHONE_NEVER;
    if (!dhcp_client_has_lease(&core->dhcp) ||
        download_is_running(&core->downloads[DOWNLOAD_AGAIN]))
        return;
    snprintf(text, sizeof text, "%s://%s:%u%s", edos->scheme, edos->host, (unsigned)edos->port,
             edos->path);
    phone_fetch(core, now_us, DOWNLOAD_AGAIN, text);
}

/* --- EDOS ------------------------------------------------------------------------------------- */
/* Its path with another MAC address in the place of the phone's own. */
static void misname(const struct phone_core *core, char path[PHONE_URL_MAX])
{
    static const char macro[] = "$MAU";
    const struct edos_policy *edos = &core->policy.edos;
    struct mac next = core->config.mac;
    const char *at = strstr(edos->path, macro);
    int before = at ? (int)(at - edos->path) : (int)strlen(edos->path);
    char mac[MAC_DIGITS_MAX] = "";
    next.bytes[MAC_BYTES - 1]++;
    if (edos->identity == EDOS_FOR_THE_NEXT)
        mac_digits(&next, true, mac);
    snprintf(path, PHONE_URL_MAX, "%.*s%s%s", before, edos->path, mac,
             at ? at + sizeof macro - 1 : "");
}

/* Two failures of one kind have the same number. */
static unsigned kind_of_failure(const struct download *download)
{
    return 1 + (unsigned)download->outcome + 16 * download->status +
           16384u * (unsigned)download->resolver.state + 131072u * (unsigned)download->state;
}

static bool gives_up(const struct phone_core *core, uint64_t delay_us)
{
    const struct phone_policy *policy = &core->policy;
    return (policy->tries_max > 0 && core->edos_failures >= policy->tries_max) ||
           delay_us >= policy->delay_max_us ||
           policy->final_outcomes >> core->downloads[DOWNLOAD_MAIN].outcome & 1;
}

static void edos_failed(struct phone_core *core, uint64_t now_us)
{
    char text[DURATION_TEXT_MAX];
    unsigned kind = kind_of_failure(&core->downloads[DOWNLOAD_MAIN]);
    core->edos_failures++;
    if (core->policy.pace_forgets && kind != core->history.last_failure)
        core->edos_failures = 1;
    core->history.last_failure = kind;
    uint64_t delay_us = phone_with_jitter(
        core, retry_delay_edos_us(&core->policy.pace, core->edos_failures, core->history.rebooted));
    if ((core->policy.cable_in & CABLE_IN_FLOODS) && core->history.cable_was_out)
        delay_us = FLOOD_DELAY_US;
    if (core->policy.options_after_edos)
        core->options_due = core->candidates.count > 0;
    if (gives_up(core, delay_us)) {
        phone_actions_log(&core->actions, "EDOS: %s; never again",
                          core->downloads[DOWNLOAD_MAIN].failure);
    } else {
        phone_actions_log(&core->actions, "EDOS: %s; again in %s",
                          core->downloads[DOWNLOAD_MAIN].failure, duration_format(delay_us, text));
        provisioning_schedule(core, TASK_EDOS, now_us + delay_us);
    }
    task_ended(core, now_us);
}

static void ask_edos(struct phone_core *core, uint64_t now_us)
{
    const struct edos_policy *edos = &core->policy.edos;
    const char *path = edos->path;
    char text[PHONE_URL_MAX], other_path[PHONE_URL_MAX];
    if (edos->identity != EDOS_FOR_ITSELF) {
        misname(core, other_path);
        path = other_path;
    }
    core->task = TASK_EDOS;
    core->scheduled = TASK_NONE;
    if (core->memory.state == STATE_OPEN)
        phone_set_state(core, STATE_PENDING);
    int length = snprintf(text, sizeof text, "%s://%s:%u%s%s", edos->scheme, edos->host,
                          (unsigned)edos->port, path[0] == '/' ? "" : "/", path);
    bool whole = length > 0 && (size_t)length < sizeof text;
    if (phone_fetch(core, now_us, DOWNLOAD_MAIN, whole ? text : "") == DOWNLOAD_FAILED)
        edos_failed(core, now_us);
}

/* --- the profile rules ------------------------------------------------------------------------ */
static void rules_next(struct phone_core *core, uint64_t now_us)
{
    switch (provisioning_ask_next_rule(core, now_us)) {
    case RULES_ASKED:
        break;
    case RULES_FAILED:
        resync_failed(core, now_us);
        break;
    case RULES_DONE:
        provisioning_schedule_periodic(core, now_us);
        task_ended(core, now_us);
        break;
    }
}

static void fetch_rules(struct phone_core *core, uint64_t now_us)
{
    core->task = TASK_RULES;
    core->scheduled = TASK_NONE;
    core->rule_index = core->rules_asked = 0;
    rules_next(core, now_us);
}

static void resync_failed(struct phone_core *core, uint64_t now_us)
{
    provisioning_failed(core, now_us);
    occasion(core, now_us, OCCASION_FAILURE);
    task_ended(core, now_us);
}

static bool has_proxy(const struct phone_core *core)
{
    const struct parameters *parameters = &core->memory.parameters;
    for (size_t i = 0; i < parameters->count; i++)
        if (parameter_is_proxy(parameters->entries[i].name))
            return true;
    return false;
}

static void rules_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                           size_t length)
{
    bool customizing = core->memory.state == STATE_CUSTOM_PENDING;
    unsigned answers = provisioning_answers(&core->downloads[DOWNLOAD_MAIN], length);
    if (provisioning_apply(core, body, length, NULL))
        answers |= ANSWER_PROFILE;
    if (!(answers & (customizing ? core->policy.config_by : (unsigned)ANSWER_PROFILE))) {
        resync_failed(core, now_us);
        return;
    }
    phone_actions_log(
        &core->actions, "%s %s -- Successful resync %s://%s:%u%s", core->model->product_name,
        core->host_name + 3, core->downloads[DOWNLOAD_MAIN].url.scheme,
        core->downloads[DOWNLOAD_MAIN].url.host, (unsigned)core->downloads[DOWNLOAD_MAIN].url.port,
        core->downloads[DOWNLOAD_MAIN].url.path);
    if (customizing) {
        core->options_due = false;
        phone_set_state(core, STATE_ACQUIRED);
        if (core->policy.config_proxy_aborts && has_proxy(core))
            stop(core, STATE_ABORTED);
        occasion(core, now_us, OCCASION_END);
    }
    rules_next(core, now_us);
}

/* --- EDOS's answer ---------------------------------------------------------------------------- */
static bool is_unavailable(struct phone_core *core, unsigned answers)
{
    const struct phone_policy *policy = &core->policy;
    if (!(answers & policy->unavailable_by) ||
        (policy->empty_only_at_once && core->edos_failures > 0))
        return false;
    return ++core->history.empty_answers >= policy->empty_answers;
}

/* With the profile of EDOS it turns to the provisioning server (RC-PEND-1). */
static void has_profile(struct phone_core *core, uint64_t now_us)
{
    static const char rule[] = "Profile_Rule";
    switch (core->policy.after_profile) {
    case AFTER_PROFILE_NOTHING:
        return;
    case AFTER_PROFILE_ABORTED:
        stop(core, STATE_ABORTED);
        return;
    case AFTER_PROFILE_EDOS:
        if (core->history.asked_twice)
            break;
        core->history.asked_twice = true;
        ask_edos(core, now_us);
        return;
    case AFTER_PROFILE_OWN_RULES:
        parameters_set(&core->memory.parameters, rule, parameter_default(rule));
        break;
    case AFTER_PROFILE_ACQUIRED:
        phone_set_state(core, STATE_ACQUIRED);
        break;
    case AFTER_PROFILE_RULES:
        break;
    }
    if (core->options_due)
        provisioning_schedule(core, TASK_RULES, now_us);
    else
        fetch_rules(core, now_us);
    if (core->task == TASK_NONE)
        task_ended(core, now_us);
}

static void edos_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                          size_t length)
{
    struct parameters profile = {0};
    /* Whoever is Aborted takes nothing from EDOS. */
    bool takes = core->memory.state != STATE_ABORTED;
    unsigned answers = provisioning_answers(&core->downloads[DOWNLOAD_MAIN], length);
    if (takes && is_unavailable(core, answers)) {
        phone_actions_log(&core->actions, "EDOS has no profile for this phone");
        core->task = TASK_NONE;
        stop(core, STATE_UNAVAILABLE);
        occasion(core, now_us, OCCASION_END);
        return;
    }
    if (provisioning_apply(core, body, length, &profile))
        answers |= ANSWER_PROFILE;
    if (!takes || !(answers & core->policy.profile_by)) {
        parameters_done(&profile);
        edos_failed(core, now_us);
        return;
    }
    parameters_done(&core->memory.edos);
    core->memory.edos = profile;
    core->edos_failures = core->failures = 0;
    core->task = TASK_NONE;
    phone_set_state(core, STATE_CUSTOM_PENDING);
    has_profile(core, now_us);
}

/* --- boots ------------------------------------------------------------------------------------ */
static void turn_to_edos(struct phone_core *core, uint64_t now_us)
{
    uint64_t wait_us = core->policy.variation.edos_wait_us;
    phone_set_state(core, STATE_PENDING);
    if (wait_us > 0)
        provisioning_schedule(core, TASK_EDOS, now_us + wait_us);
    else
        ask_edos(core, now_us);
}

static void resume_open(struct phone_core *core, uint64_t now_us)
{
    const struct phone_policy *policy = &core->policy;
    if (policy->open_until_reboot && !core->history.rebooted)
        return;
    if (policy->open_wait_us > 0) {
        provisioning_schedule(core, TASK_EDOS, now_us + policy->open_wait_us);
        return;
    }
    if (policy->pending_without_asking)
        phone_set_state(core, STATE_PENDING);
    else
        turn_to_edos(core, now_us);
}

static void resume_pending(struct phone_core *core, uint64_t now_us)
{
    const struct phone_policy *policy = &core->policy;
    if (policy->pending_until_reboot && core->history.rebooted)
        return;
    if (!policy->pending_boot_waits) {
        turn_to_edos(core, now_us);
        return;
    }
    core->edos_failures = 1; /* the first delay is this one (RC-PEND-5) */
    provisioning_schedule(core, TASK_EDOS, now_us + retry_delay_edos_us(&policy->pace, 1, false));
}

/* Goes on with Remote Customization where the state says, at a boot. */
static void resume(struct phone_core *core, uint64_t now_us)
{
    const struct phone_policy *policy = &core->policy;
    if (core->memory.state == STATE_PENDING)
        resume_pending(core, now_us);
    else if (core->memory.state != STATE_CUSTOM_PENDING)
        resume_open(core, now_us);
    else if (policy->profile_kept == PROFILE_LOST_AT_BOOT ||
             (policy->profile_kept == PROFILE_LOST_IN_DOWNLOAD && core->history.cut_download))
        ask_edos(core, now_us);
    else if (policy->custom_boot_rules)
        fetch_rules(core, now_us);
    else
        turn_to_edos(core, now_us);
}

/* --- SRV records ------------------------------------------------------------------------------ */
static const struct {
    enum services bit;
    const char *name, *scheme;
} services[] = {{SERVICE_HTTPS, "_ciscoprov-https._tls", "https"},
                {SERVICE_HTTP, "_ciscoprov-http._tcp", "http"}};
enum { SERVICES = 2 };

static void search_failed(struct phone_core *core, uint64_t now_us)
{
    core->task = TASK_NONE;
    resume(core, now_us);
}

/* Asks for the next record, of those that this phone knows. */
static void next_service(struct phone_core *core, uint64_t now_us)
{
    while (core->service_index < SERVICES) {
        char name[DNS_NAME_MAX + DHCP_LEASE_DOMAIN_MAX];
        size_t i = core->service_index++;
        if (!(core->policy.services & services[i].bit))
            continue;
        snprintf(name, sizeof name, "%s.%s", services[i].name, core->dhcp.lease.domain);
        resolver_start_service(&core->service, &core->network, now_us, name);
        if (core->service.state == RESOLVER_ASKING)
            return;
    }
    search_failed(core, now_us);
}

/* The next file of the server that was found, or the next record. */
static void next_service_file(struct phone_core *core, uint64_t now_us)
{
    if (!provisioning_ask_next_option(core, now_us))
        next_service(core, now_us);
}

static void service_settled(struct phone_core *core, uint64_t now_us)
{
    const struct resolver *service = &core->service;
    if (service->state == RESOLVER_FAILED) {
        phone_actions_log(&core->actions, "SRV %.200s: %s", service->name, service->failure);
        next_service(core, now_us);
        return;
    }
    phone_collect_service(core, services[core->service_index - 1].scheme, &service->service,
                          &core->trying);
    core->option_index = 0;
    next_service_file(core, now_us);
}

void customization_dns_packet(struct phone_core *core, uint64_t now_us, uint32_t source,
                              const uint8_t *bytes, size_t length)
{
    if (resolver_receive(&core->service, &core->network, now_us, source, bytes, length))
        service_settled(core, now_us);
}

void customization_service_deadline(struct phone_core *core, uint64_t now_us)
{
    if (resolver_deadline(&core->service, &core->network, now_us))
        service_settled(core, now_us);
}

/* Open, it turns to EDOS when its domain names no server from which it is configured. */
static void seek(struct phone_core *core, uint64_t now_us)
{
    if (core->memory.state != STATE_OPEN || !core->config.asks_services ||
        core->dhcp.lease.domain[0] == '\0') {
        resume(core, now_us);
        return;
    }
    core->task = TASK_SERVICES;
    core->service_index = 0;
    next_service(core, now_us);
}

static void services_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                              size_t length)
{
    unsigned answers = provisioning_answers(&core->downloads[DOWNLOAD_MAIN], length);
    if (provisioning_apply(core, body, length, NULL))
        answers |= ANSWER_PROFILE;
    bool configured = answers & core->policy.option_by;
    if (!configured && !core->policy.services_final) {
        phone_actions_log(&core->actions, "SRV: %.200s", core->downloads[DOWNLOAD_MAIN].failure);
        next_service_file(core, now_us);
        return;
    }
    core->task = TASK_NONE;
    if (configured && !core->policy.services_abort) {
        resume(core, now_us);
        return;
    }
    phone_actions_log(&core->actions, "configured by an SRV record");
    stop(core, STATE_ABORTED);
    occasion(core, now_us, OCCASION_END);
    provisioning_schedule_periodic(core, now_us);
}

/* --- the URLs of the DHCP options ------------------------------------------------------------- */
static void options_exhausted(struct phone_core *core, uint64_t now_us)
{
    core->task = TASK_NONE;
    if (!is_underway(core)) {
        resync_failed(core, now_us);
    } else if (core->resume_after_options) {
        core->resume_after_options = false;
        seek(core, now_us);
    } /* else what was scheduled before goes on */
}

static void options_next(struct phone_core *core, uint64_t now_us)
{
    if (!provisioning_ask_next_option(core, now_us))
        options_exhausted(core, now_us);
}

static void try_options(struct phone_core *core, uint64_t now_us)
{
    if (is_underway(core) && core->policy.offer_aborts)
        stop(core, STATE_ABORTED);
    core->options_due = false;
    phone_collect_options(core, &core->trying);
    core->option_index = 0;
    core->task = TASK_OPTIONS;
    options_next(core, now_us);
}

static void options_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                             size_t length)
{
    unsigned answers = provisioning_answers(&core->downloads[DOWNLOAD_MAIN], length);
    if (provisioning_apply(core, body, length, NULL))
        answers |= ANSWER_PROFILE;
    if (!(answers & core->policy.option_by)) {
        phone_actions_log(&core->actions, "DHCP option: %.200s: %s",
                          core->trying.urls[core->option_index - 1],
                          core->downloads[DOWNLOAD_MAIN].failure);
        options_next(core, now_us);
        return;
    }
    phone_actions_log(&core->actions, "configured by a DHCP option");
    core->task = TASK_NONE;
    core->resume_after_options = false;
    if (is_underway(core))
        stop(core, STATE_ABORTED);
    occasion(core, now_us, OCCASION_END);
    provisioning_schedule_periodic(core, now_us);
}

static bool takes_options(const struct phone_core *core)
{
    return core->memory.state == STATE_OPEN
               ? core->policy.options_when_open
               : phone_is_customizing(core) && core->policy.options_while_running;
}

/* --- the network ------------------------------------------------------------------------------ */
/* The first lease of a boot, as the policy sees it. */
static void begin(struct phone_core *core, uint64_t now_us)
{
    const struct phone_policy *policy = &core->policy;
    const struct phone_history *history = &core->history;
    core->begun = true;
    phone_collect_options(core, &core->candidates);
    if (core->memory.state == policy->forgotten_at_boot &&
        !(policy->forgotten_without_options && core->candidates.count > 0)) {
        option_urls_done(&core->candidates);
        phone_set_state(core, STATE_OPEN);
    }
    occasion(core, now_us, OCCASION_BOOT);
    if (history->rebooted && !history->was_orderly)
        occasion(core, now_us, OCCASION_POWER_ON);
    if (history->boots == THIRD_BOOT)
        occasion(core, now_us, OCCASION_THIRD_BOOT);
}

/* The first lease after the cable was out. */
static void plugged_in(struct phone_core *core, uint64_t now_us)
{
    unsigned in = core->policy.cable_in;
    core->plugged_in = false;
    occasion(core, now_us, OCCASION_CABLE);
    if (in & CABLE_IN_DELAYS_ANEW)
        core->edos_failures = 0;
    if ((in & CABLE_IN_ASKS_EDOS) && core->scheduled == TASK_EDOS)
        core->scheduled_at_us = now_us;
    if ((in & CABLE_IN_NO_PROFILE) && core->memory.state == STATE_CUSTOM_PENDING)
        provisioning_schedule(core, TASK_EDOS, now_us);
}

void customization_network_up(struct phone_core *core, uint64_t now_us)
{
    if (core->begun) {
        customization_renewed(core, now_us);
        if (core->plugged_in)
            plugged_in(core, now_us);
        return;
    }
    core->plugged_in = false;
    begin(core, now_us);
    if (takes_options(core) && core->candidates.count > 0) {
        core->resume_after_options = true;
        try_options(core, now_us);
    } else if (is_underway(core)) {
        seek(core, now_us);
    } else {
        provisioning_schedule_boot(core, now_us);
    }
}

void customization_renewed(struct phone_core *core, uint64_t now_us)
{
    struct option_urls present = {0};
    phone_collect_options(core, &present);
    bool changed = !option_urls_equal(&present, &core->candidates);
    option_urls_done(&core->candidates);
    core->candidates = present;
    occasion(core, now_us, OCCASION_RENEWAL);
    if (core->policy.retries_at_renewal && core->scheduled == TASK_EDOS)
        core->scheduled_at_us = now_us;
    if (!changed || present.count == 0 || !phone_is_customizing(core) || !takes_options(core))
        return;
    if (core->task != TASK_NONE && !core->policy.options_interrupt) {
        core->options_due = true;
        return;
    }
    core->resume_after_options = false;
    try_options(core, now_us);
}

void customization_network_down(struct phone_core *core, uint64_t now_us)
{
    bool running = core->task != TASK_NONE;
    phone_cancel(core, DOWNLOAD_PUSHED);
    phone_cancel(core, DOWNLOAD_MAIN);
    if (core->options_due) { /* they will be seen again as new with the next lease */
        core->options_due = false;
        option_urls_done(&core->candidates);
    }
    if (!running)
        return;
    snprintf(core->downloads[DOWNLOAD_MAIN].failure, sizeof core->downloads[DOWNLOAD_MAIN].failure,
             "the network is gone");
    if (core->task != TASK_OPTIONS && core->task != TASK_SERVICES) {
        core->downloads[DOWNLOAD_MAIN].state = DOWNLOAD_FAILED;
        customization_main_finished(core, now_us, NULL, 0);
        return;
    }
    /* The options are to be looked at anew with the next lease. */
    option_urls_done(&core->candidates);
    core->task = TASK_NONE;
    if (core->resume_after_options || !phone_is_customizing(core))
        core->begun = false;
}

void customization_cable_out(struct phone_core *core, uint64_t now_us)
{
    unsigned out = core->policy.cable_out;
    enum phone_task cut_off = core->task;
    customization_network_down(core, now_us);
    enum customization_state state = core->memory.state;
    if ((out & CABLE_OUT_ACQUIRED) && cut_off == TASK_RULES && state == STATE_CUSTOM_PENDING)
        stop(core, STATE_ACQUIRED);
    else if ((out & CABLE_OUT_UNAVAILABLE) && cut_off == TASK_EDOS)
        stop(core, STATE_UNAVAILABLE);
    else if ((out & CABLE_OUT_ABORTED) && cut_off == TASK_OPTIONS)
        stop(core, STATE_ABORTED);
    else if (((out & CABLE_OUT_ENDS_PENDING) && state == STATE_PENDING) ||
             ((out & CABLE_OUT_ENDS_CUSTOM) && state == STATE_CUSTOM_PENDING))
        core->scheduled = TASK_NONE;
}

/* --- an ordinary phone, and what is due ------------------------------------------------------- */
static void run_ordinary(struct phone_core *core, uint64_t now_us)
{
    if (provisioning_has_own_rule(core))
        fetch_rules(core, now_us);
    else if (core->candidates.count > 0)
        try_options(core, now_us);
    else
        phone_actions_log(&core->actions, "resync: nothing says from where");
}

void customization_run_scheduled(struct phone_core *core, uint64_t now_us)
{
    enum phone_task task = core->scheduled;
    core->scheduled = TASK_NONE;
    if (task == TASK_EDOS)
        ask_edos(core, now_us);
    else if (task == TASK_RULES)
        fetch_rules(core, now_us);
    else if (task == TASK_ORDINARY)
        run_ordinary(core, now_us);
}

void customization_main_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                                 size_t length)
{
    switch (core->task) {
    case TASK_OPTIONS:
        options_finished(core, now_us, body, length);
        break;
    case TASK_SERVICES:
        services_finished(core, now_us, body, length);
        break;
    case TASK_EDOS:
        edos_finished(core, now_us, body, length);
        break;
    case TASK_RULES:
        rules_finished(core, now_us, body, length);
        break;
    case TASK_NONE:
    case TASK_ORDINARY:
        break;
    }
}

/* --- somebody else's configuration ------------------------------------------------------------ */
/* The redirect of EDOS ends with Remote Customization: its rules go back to their defaults, or the
 * phone would follow them at its next boot all the same. */
static void drop_redirect(struct phone_core *core)
{
    for (size_t i = 0; i < core->memory.edos.count; i++) {
        const struct parameter_entry *entry = &core->memory.edos.entries[i];
        const char *present = parameters_get(&core->memory.parameters, entry->name);
        if (!parameter_is_profile_rule(entry->name) || !present ||
            strcmp(present, entry->value) != 0)
            continue;
        parameters_set(&core->memory.parameters, entry->name, parameter_default(entry->name));
    }
}

static bool ends_customization(const struct phone_core *core, const char *parameter, bool pushed)
{
    unsigned stops = core->memory.state == STATE_PENDING ? core->policy.pending_stops
                                                         : core->policy.custom_stops;
    unsigned change = parameter_is_profile_rule(parameter) ? CHANGE_RULE
                      : strcmp(parameter, "Proxy_1_") == 0 ? CHANGE_PROXY_1
                      : parameter_is_proxy(parameter)      ? CHANGE_OTHER_PROXY
                                                           : CHANGE_ANYTHING;
    return stops & (pushed ? change << CHANGES_PUSHED : change);
}

void customization_configured(struct phone_core *core, const struct parameters *parameters,
                              bool pushed)
{
    const char *reason = NULL;
    for (size_t i = 0; i < parameters->count && !reason; i++)
        if (ends_customization(core, parameters->entries[i].name, pushed))
            reason = parameters->entries[i].name;
    if (reason && phone_is_customizing(core)) {
        phone_actions_log(&core->actions, "configured: %s; Remote Customization stops", reason);
        drop_redirect(core);
        if (core->policy.aborts_in_words && core->memory.state == STATE_PENDING)
            phone_set_state(core, STATE_ABORTED);
        else
            stop(core, STATE_ABORTED);
    }
    if (parameters_merge(&core->memory.parameters, parameters) < 0)
        phone_actions_log(&core->actions, "configured: not everything fits");
}

/* --- what the page asks for ------------------------------------------------------------------- */
static void resync_by_rule(struct phone_core *core, uint64_t now_us)
{
    core->provisioning_state = PROVISIONING_ASKED;
    if (core->task != TASK_NONE)
        phone_actions_log(&core->actions, "resync: one is running");
    else if (core->memory.state == STATE_CUSTOM_PENDING)
        fetch_rules(core, now_us);
    else if (core->memory.state == STATE_OPEN || core->memory.state == STATE_PENDING)
        phone_actions_log(&core->actions, "resync: nothing says from where");
    else
        run_ordinary(core, now_us);
}

void customization_resync(struct phone_core *core, uint64_t now_us)
{
    if (!dhcp_client_has_lease(&core->dhcp)) {
        phone_actions_log(&core->actions, "resync: no network");
        return;
    }
    if (core->resync_url[0] == '\0') {
        resync_by_rule(core, now_us);
        return;
    }
    phone_cancel(core, DOWNLOAD_PUSHED);
    if (phone_fetch(core, now_us, DOWNLOAD_PUSHED, core->resync_url) == DOWNLOAD_FAILED)
        customization_resync_finished(core, NULL, 0);
}

void customization_resync_finished(struct phone_core *core, const uint8_t *body, size_t length)
{
    struct parameters profile = {0};
    struct error error = {0};
    const char *failure = NULL;
    if (core->downloads[DOWNLOAD_PUSHED].state != DOWNLOAD_DONE)
        failure = core->downloads[DOWNLOAD_PUSHED].failure;
    else if (provisioning_read(core, DOWNLOAD_PUSHED, body, length, &profile, &error) < 0)
        failure = error.text;
    if (failure) {
        phone_actions_log(&core->actions, "%s %s -- Resync failed: %.200s",
                          core->model->product_name, core->host_name + 3, failure);
    } else {
        core->memory.provisioned = true;
        customization_configured(core, &profile, true);
    }
    parameters_done(&profile);
}

/* --- resets, and what is shown ---------------------------------------------------------------- */
enum customization_state customization_after_reset(const struct phone_core *core)
{
    const struct phone_policy *policy = &core->policy;
    enum customization_state state = core->memory.state;
    bool kept = state == policy->reset_keeps ||
                (policy->second_reset_keeps && core->on && core->history.resets > 0);
    return kept ? state : policy->reset_state;
}

const char *customization_shown(const struct phone_core *core)
{
    enum customization_state state = core->memory.state;
    switch (core->policy.page_says) {
    case PAGE_SAYS_NOTHING:
        return "";
    case PAGE_SAYS_OPEN_AFTER_REBOOT:
        state = core->history.rebooted ? STATE_OPEN : state;
        break;
    case PAGE_SAYS_OLD_STATE_AFTER_RESET:
        state = core->history.resets > 0 ? core->history.before_reset : state;
        break;
    case PAGE_SAYS_OPEN_AFTER_CABLE:
        state = core->history.cable_was_out ? STATE_OPEN : state;
        break;
    case PAGE_SAYS_STATE:
        break;
    }
    return phone_state_names[core->policy.shown[state]];
}
