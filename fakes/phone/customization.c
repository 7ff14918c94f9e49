/* SPDX-License-Identifier: MIT */
/* The customization states of the vendor's article (RC-OPEN, RC-PEND, RC-CUST, RC-END). */
#include "fakes/phone/phone_internal.h"
#include "fakes/phone/retry_delay.h"
#include "harness/base/duration.h"
#include <stdio.h>
#include <string.h>

bool customization_is_running(const struct phone_core *core)
{
    return core->memory.state == STATE_PENDING || core->memory.state == STATE_CUSTOM_PENDING;
}

void customization_set(struct phone_core *core, enum customization_state state)
{
    if (core->memory.state == state)
        return;
    phone_actions_log(&core->actions, "customization: %s -> %s",
                      customization_state_names[core->memory.state],
                      customization_state_names[state]);
    core->memory.state = state;
}

void customization_stop(struct phone_core *core, enum customization_state state)
{
    struct download_network network;
    phone_network(core, &network);
    if (core->task != TASK_NONE) {
        download_cancel(&core->main, &network);
        core->task = TASK_NONE;
    }
    core->scheduled = TASK_NONE;
    core->options_due = false;
    customization_set(core, state);
}

/* --- boots, leases ---------------------------------------------------------------------------- */
static bool takes_options(const struct phone_core *core)
{
    if (core->memory.state == STATE_OPEN)
        return true;
    return customization_is_running(core) &&
           core->config.readings.options_while_pending == OPTIONS_WHILE_PENDING_ABORT;
}

void customization_network_up(struct phone_core *core, uint64_t now_us)
{
    if (core->begun) {
        customization_renewed(core, now_us);
        return;
    }
    core->begun = true;
    provisioning_collect(core, &core->candidates);
    if (takes_options(core) && core->candidates.count > 0) {
        core->resume_after_options = true;
        provisioning_try_options(core, now_us);
    } else if (core->memory.state == STATE_OPEN || customization_is_running(core)) {
        customization_resume(core, now_us);
    } else {
        provisioning_boot(core, now_us);
    }
}

void customization_renewed(struct phone_core *core, uint64_t now_us)
{
    struct option_urls present = {0};
    provisioning_collect(core, &present);
    bool changed = !option_urls_equal(&present, &core->candidates);
    option_urls_done(&core->candidates);
    core->candidates = present;
    if (!changed || present.count == 0 || !customization_is_running(core) || !takes_options(core))
        return;
    if (core->task != TASK_NONE && core->config.readings.dhcp_abort == DHCP_ABORT_DOWNLOADED) {
        core->options_due = true;
        return;
    }
    core->resume_after_options = false;
    provisioning_try_options(core, now_us);
}

void customization_network_down(struct phone_core *core, uint64_t now_us)
{
    struct download_network network;
    phone_network(core, &network);
    bool running = core->task != TASK_NONE;
    download_cancel(&core->pushed, &network);
    download_cancel(&core->main, &network);
    if (core->options_due) { /* they will be seen again as new with the next lease */
        core->options_due = false;
        option_urls_done(&core->candidates);
    }
    if (!running)
        return;
    snprintf(core->main.failure, sizeof core->main.failure, "the network is gone");
    if (core->task != TASK_OPTIONS) {
        core->main.state = DOWNLOAD_FAILED;
        provisioning_main_finished(core, now_us, NULL, 0);
        return;
    }
    /* The options are to be looked at anew with the next lease. */
    option_urls_done(&core->candidates);
    core->task = TASK_NONE;
    if (core->resume_after_options || !customization_is_running(core))
        core->begun = false;
}

void customization_resume(struct phone_core *core, uint64_t now_us)
{
    const struct readings *readings = &core->config.readings;
    if (core->memory.state == STATE_CUSTOM_PENDING &&
        readings->custom_pending_boot == CUSTOM_PENDING_BOOT_PROVISION) {
        provisioning_fetch_rules(core, now_us);
    } else if (core->memory.state == STATE_PENDING &&
               readings->pending_boot == PENDING_BOOT_WAIT_FIRST) {
        core->edos_failures = 1; /* the first delay is this one (RC-PEND-5) */
        provisioning_schedule(core, TASK_EDOS, now_us + retry_delay_edos_us(1, core->config.quirk));
    } else {
        customization_set(core, STATE_PENDING);
        customization_ask_edos(core, now_us);
    }
}

/* --- EDOS ------------------------------------------------------------------------------------- */
static void edos_failed(struct phone_core *core, uint64_t now_us)
{
    char text[DURATION_TEXT_MAX];
    uint64_t delay_us = retry_delay_edos_us(++core->edos_failures, core->config.quirk);
    phone_actions_log(&core->actions, "EDOS: %s; again in %s", core->main.failure,
                      duration_format(delay_us, text));
    provisioning_schedule(core, TASK_EDOS, now_us + delay_us);
    provisioning_task_ended(core, now_us);
}

void customization_ask_edos(struct phone_core *core, uint64_t now_us)
{
    const struct phone_core_config *config = &core->config;
    char text[PHONE_URL_MAX];
    core->task = TASK_EDOS;
    core->scheduled = TASK_NONE;
    int length = snprintf(text, sizeof text, "%s://%s:%u%s%s", config->edos_scheme,
                          config->edos_host, (unsigned)config->edos_port,
                          config->edos_path[0] == '/' ? "" : "/", config->edos_path);
    bool whole = length > 0 && (size_t)length < sizeof text;
    if (phone_fetch(core, now_us, &core->main, whole ? text : "") == DOWNLOAD_FAILED)
        edos_failed(core, now_us);
}

void customization_edos_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                                 size_t length)
{
    struct parameters profile = {0};
    if (core->main.state == DOWNLOAD_DONE && core->main.status == 200 && length == 0) {
        phone_actions_log(&core->actions, "EDOS has no profile for this phone");
        core->task = TASK_NONE;
        customization_stop(core, STATE_UNAVAILABLE);
        return;
    }
    if (core->main.state != DOWNLOAD_DONE || !provisioning_apply(core, body, length, &profile)) {
        edos_failed(core, now_us);
        return;
    }
    parameters_done(&core->memory.edos);
    core->memory.edos = profile;
    core->edos_failures = core->failures = 0;
    core->task = TASK_NONE;
    customization_set(core, STATE_CUSTOM_PENDING);
    if (core->options_due)
        provisioning_schedule(core, TASK_RULES, now_us);
    else
        provisioning_fetch_rules(core, now_us);
    if (core->task == TASK_NONE)
        provisioning_task_ended(core, now_us);
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

void customization_configured(struct phone_core *core, const struct parameters *parameters)
{
    const char *reason = NULL;
    for (size_t i = 0; i < parameters->count && !reason; i++)
        if (parameter_ends_customization(parameters->entries[i].name))
            reason = parameters->entries[i].name;
    if (reason && customization_is_running(core)) {
        phone_actions_log(&core->actions, "configured: %s; Remote Customization stops", reason);
        drop_redirect(core);
        customization_stop(core, STATE_ABORTED);
    }
    if (parameters_merge(&core->memory.parameters, parameters) < 0)
        phone_actions_log(&core->actions, "configured: not everything fits");
}
