/* SPDX-License-Identifier: MIT */
#include "fakes/phone/provisioning.h"
#include "fakes/phone/decode.h"
#include "fakes/phone/profile.h"
#include "harness/base/duration.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SECONDS_MAX = 366 * 86400 };

static bool is_no(const struct phone_core *core, const char *name)
{
    const char *value = phone_parameter(core, name);
    return value && strcasecmp(value, "no") == 0;
}

static uint64_t seconds_us(const struct phone_core *core, const char *name)
{
    const char *value = phone_parameter(core, name);
    size_t digits = value ? strspn(value, "0123456789") : 0;
    if (digits == 0 || digits > 9 || value[digits] != '\0')
        value = parameter_default(name);
    unsigned long seconds = strtoul(value, NULL, 10);
    return (seconds < SECONDS_MAX ? seconds : (unsigned long)SECONDS_MAX) * DURATION_S;
}

/* --- what a download brought --- */
unsigned provisioning_answers(const struct download *download, size_t length)
{
    bool done = download->state == DOWNLOAD_DONE;
    unsigned answers = ANSWER_WHATEVER;
    if (done)
        answers |= length > 0 ? ANSWER_BODY : ANSWER_NO_BODY;
    if (done && length == 0 && download->status == 200)
        answers |= ANSWER_EMPTY;
    if (done && download->status == 204)
        answers |= ANSWER_NO_CONTENT;
    answers |= download->status == 404 ? ANSWER_NOT_FOUND : 0;
    answers |= download->status == 500 ? ANSWER_SERVER_ERROR : 0;
    answers |= download->status >= 400 ? ANSWER_HTTP_ERROR : 0;
    answers |= download->cut ? ANSWER_CUT : 0;
    answers |= download->resolver.state == RESOLVER_FAILED ? ANSWER_NO_NAME : 0;
    return answers;
}

int provisioning_read(const struct phone_core *core, enum download_purpose purpose,
                      const uint8_t *body, size_t length, struct parameters *profile,
                      struct error *error)
{
    const struct phone_policy *policy = &core->policy;
    struct buffer plain;
    if (policy->reads_plain_only)
        return profile_parse(body, length, profile, error);
    buffer_init(&plain, PROFILE_BYTES_MAX);
    enum decode_result decoded = profile_decode(
        body, length, policy->ignores_key ? NULL : core->downloads[purpose].options.key, &plain);
    int result = 0;
    if (decoded == DECODE_DONE)
        result = profile_parse(plain.data, plain.length, profile, error);
    else if (decoded != DECODE_WRONG_KEY || !policy->wrong_key_will_do)
        result = error_set(error, ERROR_INVALID, "%s",
                           decoded == DECODE_WRONG_KEY ? "it is encrypted by another key"
                                                       : "it cannot be decoded");
    buffer_done(&plain);
    return result;
}

bool provisioning_apply(struct phone_core *core, const uint8_t *body, size_t length,
                        struct parameters *ret_copy)
{
    struct parameters profile = {0};
    struct error error = {0};
    if (core->downloads[DOWNLOAD_MAIN].state != DOWNLOAD_DONE)
        return false;
    if (provisioning_read(core, DOWNLOAD_MAIN, body, length, &profile, &error) < 0) {
        snprintf(core->downloads[DOWNLOAD_MAIN].failure,
                 sizeof core->downloads[DOWNLOAD_MAIN].failure, "no profile: %.100s", error.text);
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

/* --- what comes next, and when --- */
void provisioning_schedule(struct phone_core *core, enum phone_task task, uint64_t at_us)
{
    core->scheduled = task;
    core->scheduled_at_us = at_us;
}

void provisioning_schedule_periodic(struct phone_core *core, uint64_t now_us)
{
    uint64_t period_us = seconds_us(core, "Resync_Periodic");
    core->failures = 0;
    core->provisioning_state = PROVISIONING_PERIODIC;
    if (period_us > 0)
        provisioning_schedule(core, TASK_ORDINARY, now_us + period_us);
    else
        core->scheduled = TASK_NONE;
}

void provisioning_schedule_boot(struct phone_core *core, uint64_t now_us)
{
    core->provisioning_state = PROVISIONING_BOOT;
    if (is_no(core, "Provision_Enable"))
        return;
    if (!is_no(core, "Resync_On_Reset")) {
        uint64_t random_us = seconds_us(core, "Resync_Random_Delay");
        provisioning_schedule(core, TASK_ORDINARY,
                              now_us + random_below(&core->random, random_us + 1));
    } else if (core->memory.provisioned) {
        provisioning_schedule_periodic(core, now_us);
    }
}

/* While Custom-Pending the profile of EDOS paces the retries (RC-CUST-2), else the phone's own
 * parameter. */
static uint64_t retry_delay_us(struct phone_core *core)
{
    static const char name[] = "Resync_Error_Retry_Delay";
    const struct phone_policy *policy = &core->policy;
    bool customizing = core->memory.state == STATE_CUSTOM_PENDING;
    const char *list = NULL;
    if (customizing)
        list = policy->custom_own_list ? parameter_default(name)
                                       : parameters_get(&core->memory.edos, name);
    uint64_t delay_us = retry_delay_resync_us(
        list ? list : phone_parameter(core, name),
        customizing ? policy->custom_list : RETRY_LIST_LAST_REPEATS, core->failures, &core->random);
    if (customizing && policy->final_outcomes >> core->downloads[DOWNLOAD_MAIN].outcome & 1)
        return RETRY_DELAY_NEVER;
    return delay_us == RETRY_DELAY_NEVER ? delay_us : phone_with_jitter(core, delay_us);
}

void provisioning_failed(struct phone_core *core, uint64_t now_us)
{
    char text[DURATION_TEXT_MAX];
    core->failures++;
    uint64_t delay_us = retry_delay_us(core);
    bool never = delay_us == RETRY_DELAY_NEVER;
    phone_actions_log(&core->actions, "%s %s -- Resync failed: %s; again %s%s",
                      core->model->product_name, core->host_name + 3,
                      core->downloads[DOWNLOAD_MAIN].failure, never ? "never" : "in ",
                      never ? "" : duration_format(delay_us, text));
    core->provisioning_state = PROVISIONING_RETRY;
    enum phone_task next = core->memory.state != STATE_CUSTOM_PENDING ? TASK_ORDINARY
                           : core->policy.custom_back_to_edos         ? TASK_EDOS
                                                                      : TASK_RULES;
    if (never)
        core->scheduled = TASK_NONE;
    else
        provisioning_schedule(core, next, now_us + delay_us);
}

/* --- the URLs of the DHCP options --- */
bool provisioning_ask_next_option(struct phone_core *core, uint64_t now_us)
{
    while (core->option_index < core->trying.count) {
        const char *url = core->trying.urls[core->option_index++];
        if (phone_fetch(core, now_us, DOWNLOAD_MAIN, url) != DOWNLOAD_FAILED)
            return true;
        phone_actions_log(&core->actions, "DHCP option: %.200s: %s", url,
                          core->downloads[DOWNLOAD_MAIN].failure);
    }
    return false;
}

/* --- the profile rules --- */
static const char *const rule_names[PROFILE_RULES] = {"Profile_Rule", "Profile_Rule_B",
                                                      "Profile_Rule_C", "Profile_Rule_D"};

const char *provisioning_rule_url(const char *rule)
{
    struct rule_options options;
    return rule_options_read(rule, &options);
}

bool provisioning_has_own_rule(const struct phone_core *core)
{
    const char *rule = phone_parameter(core, rule_names[0]);
    return rule && provisioning_rule_url(rule)[0] != '\0' &&
           strcmp(rule, parameter_default(rule_names[0])) != 0;
}

enum rules_progress provisioning_ask_next_rule(struct phone_core *core, uint64_t now_us)
{
    while (core->rule_index < PROFILE_RULES) {
        const char *rule = phone_parameter(core, rule_names[core->rule_index++]);
        const char *url = rule ? provisioning_rule_url(rule) : "";
        if (url[0] == '\0')
            continue;
        core->rules_asked++;
        return phone_fetch(core, now_us, DOWNLOAD_MAIN, rule) == DOWNLOAD_FAILED ? RULES_FAILED
                                                                                 : RULES_ASKED;
    }
    if (core->rules_asked > 0)
        return RULES_DONE;
    snprintf(core->downloads[DOWNLOAD_MAIN].failure, sizeof core->downloads[DOWNLOAD_MAIN].failure,
             "no Profile_Rule");
    return RULES_FAILED;
}
