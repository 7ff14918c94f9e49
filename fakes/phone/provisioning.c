/* SPDX-License-Identifier: MIT */
/* What the phone downloads besides its profile from EDOS: the URLs of DHCP options, its profile
 * rules, and what the web page tells it to. */
#include "fakes/phone/phone_internal.h"
#include "fakes/phone/profile.h"
#include "fakes/phone/retry_delay.h"
#include "harness/base/duration.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SECONDS_MAX = 366 * 86400 };
enum {
    PROVISIONING_ASKED = -1,
    PROVISIONING_BOOT = 0,
    PROVISIONING_PERIODIC = 1,
    PROVISIONING_RETRY = 2
}; /* $PRVST */

static bool is_no(const struct phone_core *core, const char *name)
{
    const char *value = phone_core_parameter(core, name);
    return value && strcasecmp(value, "no") == 0;
}

static uint64_t seconds_us(const struct phone_core *core, const char *name)
{
    const char *value = phone_core_parameter(core, name);
    size_t digits = value ? strspn(value, "0123456789") : 0;
    if (digits == 0 || digits > 9 || value[digits] != '\0')
        value = parameter_default(name);
    unsigned long seconds = strtoul(value, NULL, 10);
    return (seconds < SECONDS_MAX ? seconds : (unsigned long)SECONDS_MAX) * DURATION_S;
}

bool provisioning_apply(struct phone_core *core, const uint8_t *body, size_t length,
                        struct parameters *ret_copy)
{
    struct parameters profile = {0};
    struct error error = {0};
    static const uint8_t nothing[1];
    if (profile_parse(body ? body : nothing, length, &profile, &error) < 0) {
        snprintf(core->main.failure, sizeof core->main.failure, "no profile: %.100s", error.text);
        parameters_done(&profile);
        return false;
    }
    if (parameters_merge(&core->memory.parameters, &profile) < 0)
        phone_actions_log(&core->actions, "the profile does not fit in whole");
    core->memory.provisioned = true;
    if (ret_copy)
        *ret_copy = profile;
    else
        parameters_done(&profile);
    return true;
}

void provisioning_schedule(struct phone_core *core, enum phone_task task, uint64_t at_us)
{
    core->scheduled = task;
    core->scheduled_at_us = at_us;
}

static void schedule_periodic(struct phone_core *core, uint64_t now_us)
{
    uint64_t period_us = seconds_us(core, "Resync_Periodic");
    core->failures = 0;
    core->provisioning_state = PROVISIONING_PERIODIC;
    if (period_us > 0)
        provisioning_schedule(core, TASK_ORDINARY, now_us + period_us);
    else
        core->scheduled = TASK_NONE;
}

/* While Custom-Pending the profile of EDOS paces the retries (RC-CUST-2), else the phone's own
 * parameter. */
static const char *retry_list(const struct phone_core *core)
{
    static const char name[] = "Resync_Error_Retry_Delay";
    const char *list = NULL;
    if (core->memory.state == STATE_CUSTOM_PENDING)
        list = quirk_is(core, QUIRK_CUSTOM_OWN_DELAYS) ? parameter_default(name)
                                                       : parameters_get(&core->memory.edos, name);
    return list ? list : phone_core_parameter(core, name);
}

void provisioning_failed(struct phone_core *core, uint64_t now_us)
{
    char text[DURATION_TEXT_MAX];
    const char *list = retry_list(core);
    core->failures++;
    uint64_t delay_us =
        retry_delay_resync_us(list, defect_resync_failures(core, list), &core->random);
    if (delay_us != RETRY_DELAY_NEVER)
        delay_us = manners_delay_us(core, delay_us);
    bool never = delay_us == RETRY_DELAY_NEVER || defect_stops_resync(core, list);
    phone_actions_log(&core->actions, "%s %s -- Resync failed: %s; again %s%s",
                      core->model->product_name, core->host_name + 3, core->main.failure,
                      never ? "never" : "in ", never ? "" : duration_format(delay_us, text));
    core->provisioning_state = PROVISIONING_RETRY;
    if (never)
        core->scheduled = TASK_NONE;
    else
        provisioning_schedule(core,
                              core->memory.state == STATE_CUSTOM_PENDING ? defect_next_task(core)
                                                                         : TASK_ORDINARY,
                              now_us + delay_us);
    defect_resync_failed(core, now_us);
    provisioning_task_ended(core, now_us);
}

void provisioning_task_ended(struct phone_core *core, uint64_t now_us)
{
    core->task = TASK_NONE;
    if (!core->options_due || !customization_is_running(core) ||
        !dhcp_client_has_lease(&core->dhcp))
        return;
    core->resume_after_options = false;
    provisioning_try_options(core, now_us);
}

/* --- the URLs of the DHCP options ---------------------------------------------------------------
 */
void provisioning_collect(struct phone_core *core, struct option_urls *urls)
{
    struct macro_values values;
    phone_macro_values(core, &values);
    option_urls_collect(&core->dhcp.lease, &values, urls);
}

static void options_exhausted(struct phone_core *core, uint64_t now_us)
{
    core->task = TASK_NONE;
    bool customizing = core->memory.state == STATE_OPEN || customization_is_running(core);
    if (!customizing) {
        provisioning_failed(core, now_us);
    } else if (core->resume_after_options) {
        core->resume_after_options = false;
        customization_resume(core, now_us);
    } /* else what was scheduled before goes on */
}

static void options_next(struct phone_core *core, uint64_t now_us)
{
    while (core->option_index < core->trying.count) {
        const char *url = core->trying.urls[core->option_index++];
        if (phone_fetch(core, now_us, &core->main, url) != DOWNLOAD_FAILED)
            return;
        phone_actions_log(&core->actions, "DHCP option: %.200s: %s", url, core->main.failure);
    }
    options_exhausted(core, now_us);
}

void provisioning_try_options(struct phone_core *core, uint64_t now_us)
{
    bool customizing = core->memory.state == STATE_OPEN || customization_is_running(core);
    if (customizing && core->config.readings.dhcp_abort == DHCP_ABORT_OFFERED &&
        !quirk_is(core, QUIRK_OFFER_IS_NOT_ENOUGH))
        customization_stop(core, STATE_ABORTED);
    core->options_due = false;
    provisioning_collect(core, &core->trying);
    core->option_index = 0;
    core->task = TASK_OPTIONS;
    options_next(core, now_us);
}

static void options_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                             size_t length)
{
    bool read = core->main.state == DOWNLOAD_DONE && provisioning_apply(core, body, length, NULL);
    if (!defect_takes_option(core, read)) {
        phone_actions_log(&core->actions, "DHCP option: %.200s: %s",
                          core->trying.urls[core->option_index - 1], core->main.failure);
        options_next(core, now_us);
        return;
    }
    phone_actions_log(&core->actions, "configured by a DHCP option");
    core->task = TASK_NONE;
    core->resume_after_options = false;
    if (core->memory.state == STATE_OPEN || customization_is_running(core))
        customization_stop(core, STATE_ABORTED);
    defect_ended(core, now_us);
    schedule_periodic(core, now_us);
}

/* --- the profile rules --------------------------------------------------------------------------
 */
static const char *const rule_names[PROFILE_RULES] = {"Profile_Rule", "Profile_Rule_B",
                                                      "Profile_Rule_C", "Profile_Rule_D"};

/* The URL of a rule, behind its [--key …] options. */
static const char *rule_url(const char *rule)
{
    rule += strspn(rule, " \t");
    if (*rule != '[')
        return rule;
    const char *end = strchr(rule, ']');
    return end ? end + 1 + strspn(end + 1, " \t") : rule;
}

static void rules_next(struct phone_core *core, uint64_t now_us)
{
    while (core->rule_index < PROFILE_RULES) {
        const char *rule = phone_core_parameter(core, rule_names[core->rule_index++]);
        const char *url = rule ? rule_url(rule) : "";
        if (url[0] == '\0')
            continue;
        core->rules_asked++;
        if (phone_fetch(core, now_us, &core->main, url) == DOWNLOAD_FAILED)
            provisioning_failed(core, now_us);
        return;
    }
    if (core->rules_asked == 0) {
        snprintf(core->main.failure, sizeof core->main.failure, "no Profile_Rule");
        provisioning_failed(core, now_us);
        return;
    }
    schedule_periodic(core, now_us);
    provisioning_task_ended(core, now_us);
}

void provisioning_fetch_rules(struct phone_core *core, uint64_t now_us)
{
    core->task = TASK_RULES;
    core->scheduled = TASK_NONE;
    core->rule_index = core->rules_asked = 0;
    rules_next(core, now_us);
}

static void rules_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                           size_t length)
{
    bool read = core->main.state == DOWNLOAD_DONE && provisioning_apply(core, body, length, NULL);
    if (!defect_takes_config(core, read)) {
        provisioning_failed(core, now_us);
        return;
    }
    phone_actions_log(&core->actions, "%s %s -- Successful resync %s://%s:%u%s",
                      core->model->product_name, core->host_name + 3, core->main.url.scheme,
                      core->main.url.host, (unsigned)core->main.url.port, core->main.url.path);
    if (core->memory.state == STATE_CUSTOM_PENDING) {
        core->options_due = false;
        customization_set(core, STATE_ACQUIRED);
        if (quirk_is(core, QUIRK_CONFIG_ABORTS_ITSELF) && defect_has_proxy(core))
            customization_stop(core, STATE_ABORTED);
        defect_ended(core, now_us);
    }
    rules_next(core, now_us);
}

/* --- the life of an ordinary phone --------------------------------------------------------------
 */
static void run_ordinary(struct phone_core *core, uint64_t now_us)
{
    const char *rule = phone_core_parameter(core, rule_names[0]);
    bool own_rule =
        rule && rule_url(rule)[0] != '\0' && strcmp(rule, parameter_default(rule_names[0])) != 0;
    if (own_rule)
        provisioning_fetch_rules(core, now_us);
    else if (core->candidates.count > 0)
        provisioning_try_options(core, now_us);
    else
        phone_actions_log(&core->actions, "resync: nothing says from where");
}

void provisioning_boot(struct phone_core *core, uint64_t now_us)
{
    core->provisioning_state = PROVISIONING_BOOT;
    if (is_no(core, "Provision_Enable"))
        return;
    if (!is_no(core, "Resync_On_Reset")) {
        uint64_t random_us = seconds_us(core, "Resync_Random_Delay");
        provisioning_schedule(core, TASK_ORDINARY,
                              now_us + random_below(&core->random, random_us + 1));
    } else if (core->memory.provisioned) {
        schedule_periodic(core, now_us);
    }
}

void provisioning_run_scheduled(struct phone_core *core, uint64_t now_us)
{
    enum phone_task task = core->scheduled;
    core->scheduled = TASK_NONE;
    if (task == TASK_EDOS)
        customization_ask_edos(core, now_us);
    else if (task == TASK_RULES)
        provisioning_fetch_rules(core, now_us);
    else if (task == TASK_ORDINARY)
        run_ordinary(core, now_us);
}

void provisioning_main_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                                size_t length)
{
    switch (core->task) {
    case TASK_OPTIONS:
        options_finished(core, now_us, body, length);
        break;
    case TASK_EDOS:
        customization_edos_finished(core, now_us, body, length);
        break;
    case TASK_RULES:
        rules_finished(core, now_us, body, length);
        break;
    case TASK_NONE:
    case TASK_ORDINARY:
        break;
    }
}

/* --- what the page asks for ---------------------------------------------------------------------
 */
static void resync_by_rule(struct phone_core *core, uint64_t now_us)
{
    core->provisioning_state = PROVISIONING_ASKED;
    if (core->task != TASK_NONE)
        phone_actions_log(&core->actions, "resync: one is running");
    else if (core->memory.state == STATE_CUSTOM_PENDING)
        provisioning_fetch_rules(core, now_us);
    else if (core->memory.state == STATE_OPEN || core->memory.state == STATE_PENDING)
        phone_actions_log(&core->actions, "resync: nothing says from where");
    else
        run_ordinary(core, now_us);
}

void provisioning_resync(struct phone_core *core, uint64_t now_us)
{
    struct download_network network;
    if (!dhcp_client_has_lease(&core->dhcp)) {
        phone_actions_log(&core->actions, "resync: no network");
        return;
    }
    if (core->resync_url[0] == '\0') {
        resync_by_rule(core, now_us);
        return;
    }
    phone_network(core, &network);
    download_cancel(&core->pushed, &network);
    if (phone_fetch(core, now_us, &core->pushed, rule_url(core->resync_url)) == DOWNLOAD_FAILED)
        provisioning_resync_finished(core, NULL, 0);
}

void provisioning_resync_finished(struct phone_core *core, const uint8_t *body, size_t length)
{
    struct parameters profile = {0};
    struct error error = {0};
    static const uint8_t nothing[1];
    const char *failure = NULL;
    if (core->pushed.state != DOWNLOAD_DONE)
        failure = core->pushed.failure;
    else if (profile_parse(body ? body : nothing, length, &profile, &error) < 0)
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
