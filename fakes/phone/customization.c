/* SPDX-License-Identifier: MIT */
/* The customization states of the vendor's article (RC-OPEN, RC-PEND, RC-CUST, RC-END). */
#include "fakes/phone/phone_internal.h"
#include "fakes/phone/retry_delay.h"
#include "harness/base/duration.h"
#include "harness/vendor/vendor.h"
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
                      vendor_state_name(vendor_default(), core->memory.state),
                      vendor_state_name(vendor_default(), state));
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
        return !quirk_is(core, QUIRK_EDOS_BEFORE_OPTIONS);
    if (!customization_is_running(core) || quirk_is(core, QUIRK_OPTIONS_NEVER_LATER))
        return false;
    return core->config.readings.options_while_pending == OPTIONS_WHILE_PENDING_ABORT ||
           quirk_is(core, QUIRK_OPTIONS_ALWAYS_LATER);
}

void customization_network_up(struct phone_core *core, uint64_t now_us)
{
    if (core->begun) {
        customization_renewed(core, now_us);
        return;
    }
    core->begun = true;
    provisioning_collect(core, &core->candidates);
    defect_begins(core, now_us);
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
    defect_renewed(core, now_us);
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
    bool waits_first = (readings->pending_boot == PENDING_BOOT_WAIT_FIRST) !=
                       quirk_is(core, QUIRK_OTHER_WAY_AT_BOOT);
    if (defect_resumes(core, now_us))
        return;
    if (core->memory.state == STATE_CUSTOM_PENDING &&
        readings->custom_pending_boot == CUSTOM_PENDING_BOOT_PROVISION) {
        provisioning_fetch_rules(core, now_us);
    } else if (core->memory.state == STATE_PENDING && waits_first) {
        core->edos_failures = 1; /* the first delay is this one (RC-PEND-5) */
        provisioning_schedule(core, TASK_EDOS, now_us + retry_delay_edos_us(1, core->config.quirk));
    } else {
        uint64_t wait_us = manners_edos_wait_us(core);
        customization_set(core, STATE_PENDING);
        if (wait_us > 0)
            provisioning_schedule(core, TASK_EDOS, now_us + wait_us);
        else
            customization_ask_edos(core, now_us);
    }
}

/* --- EDOS ------------------------------------------------------------------------------------- */
static void edos_failed(struct phone_core *core, uint64_t now_us)
{
    char text[DURATION_TEXT_MAX];
    core->edos_failures++;
    uint64_t delay_us = retry_delay_edos_us(defect_failures(core), core->config.quirk);
    delay_us = manners_delay_us(core, delay_us);
    if (defect_gives_up(core, delay_us)) {
        phone_actions_log(&core->actions, "EDOS: %s; never again", core->main.failure);
        provisioning_task_ended(core, now_us);
        return;
    }
    phone_actions_log(&core->actions, "EDOS: %s; again in %s", core->main.failure,
                      duration_format(delay_us, text));
    provisioning_schedule(core, TASK_EDOS, now_us + delay_us);
    provisioning_task_ended(core, now_us);
}

void customization_ask_edos(struct phone_core *core, uint64_t now_us)
{
    const struct phone_core_config *config = &core->config;
    char text[PHONE_URL_MAX];
    struct defect_edos edos = {config->edos_scheme, config->edos_host, config->edos_path,
                               config->edos_port};
    char path[PHONE_URL_MAX];
    defect_edos(core, &edos, path);
    core->task = TASK_EDOS;
    core->scheduled = TASK_NONE;
    if (core->memory.state == STATE_OPEN)
        customization_set(core, STATE_PENDING);
    int length = snprintf(text, sizeof text, "%s://%s:%u%s%s", edos.scheme, edos.host,
                          (unsigned)edos.port, edos.path[0] == '/' ? "" : "/", edos.path);
    bool whole = length > 0 && (size_t)length < sizeof text;
    if (phone_fetch(core, now_us, &core->main, whole ? text : "") == DOWNLOAD_FAILED)
        edos_failed(core, now_us);
}

void customization_edos_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                                 size_t length)
{
    struct parameters profile = {0};
    if (defect_no_profile(core, core->main.state == DOWNLOAD_DONE && core->main.status == 200 &&
                                    length == 0)) {
        phone_actions_log(&core->actions, "EDOS has no profile for this phone");
        core->task = TASK_NONE;
        customization_stop(core, STATE_UNAVAILABLE);
        defect_ended(core, now_us);
        return;
    }
    bool read =
        core->main.state == DOWNLOAD_DONE && provisioning_apply(core, body, length, &profile);
    if (!defect_takes_profile(core, read, length)) {
        parameters_done(&profile);
        edos_failed(core, now_us);
        return;
    }
    parameters_done(&core->memory.edos);
    core->memory.edos = profile;
    core->edos_failures = core->failures = 0;
    core->task = TASK_NONE;
    customization_set(core, STATE_CUSTOM_PENDING);
    if (defect_has_profile(core, now_us))
        return;
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

void customization_configured(struct phone_core *core, const struct parameters *parameters,
                              bool pushed)
{
    const char *reason = NULL;
    for (size_t i = 0; i < parameters->count && !reason; i++)
        if (defect_ends_customization(core, parameters->entries[i].name, pushed))
            reason = parameters->entries[i].name;
    if (reason && customization_is_running(core)) {
        phone_actions_log(&core->actions, "configured: %s; Remote Customization stops", reason);
        drop_redirect(core);
        if (quirk_is(core, QUIRK_PENDING_ABORTS_IN_WORDS) && core->memory.state == STATE_PENDING)
            customization_set(core, STATE_ABORTED);
        else
            customization_stop(core, STATE_ABORTED);
    }
    if (parameters_merge(&core->memory.parameters, parameters) < 0)
        phone_actions_log(&core->actions, "configured: not everything fits");
}
