/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_state.h"
#include <stdio.h>
#include <string.h>

enum { HTTP_PORT = 80 };

const char *const phone_state_names[STATE_COUNT] = {
    [STATE_UNKNOWN] = "unknown",         [STATE_OPEN] = "Open",
    [STATE_PENDING] = "Pending",         [STATE_CUSTOM_PENDING] = "Custom-Pending",
    [STATE_ACQUIRED] = "Acquired",       [STATE_ABORTED] = "Aborted",
    [STATE_UNAVAILABLE] = "Unavailable",
};

bool phone_is_customizing(const struct phone_core *core)
{
    return core->memory.state == STATE_PENDING || core->memory.state == STATE_CUSTOM_PENDING;
}

void phone_set_state(struct phone_core *core, enum customization_state state)
{
    if (core->memory.state == state)
        return;
    phone_actions_log(&core->actions, "customization: %s -> %s",
                      phone_state_names[core->memory.state], phone_state_names[state]);
    core->memory.state = state;
}

uint64_t phone_with_jitter(struct phone_core *core, uint64_t delay_us)
{
    uint64_t most_us = delay_us / 1000 * core->policy.variation.retry_jitter_permille;
    return delay_us - most_us + random_below(&core->jitter, 2 * most_us + 1);
}

const char *phone_parameter(const struct phone_core *core, const char *name)
{
    const char *value = parameters_get(&core->memory.parameters, name);
    return value ? value : parameter_default(name);
}

static void macro_values(const struct phone_core *core, struct macro_values *ret_values)
{
    *ret_values = (struct macro_values){
        .mac = core->config.mac,
        .model = core->model,
        .serial = core->config.serial,
        .address = core->dhcp.lease.address,
        .provisioning_state = core->provisioning_state,
        .last =
            core->downloads[DOWNLOAD_MAIN].url.host[0] ? &core->downloads[DOWNLOAD_MAIN].url : NULL,
        .failure = core->downloads[DOWNLOAD_MAIN].failure,
        .customized = core->memory.state == STATE_ACQUIRED,
        .parameters = &core->memory.parameters,
        .short_name = core->short_name,
    };
}

void phone_collect_options(const struct phone_core *core, struct option_urls *urls)
{
    struct macro_values values;
    macro_values(core, &values);
    option_urls_collect(&core->dhcp.lease, &core->policy.options, &values, urls);
}

void phone_collect_service(const struct phone_core *core, const char *scheme,
                           const struct dns_service *service, struct option_urls *urls)
{
    char server[PHONE_URL_MAX];
    struct macro_values values;
    macro_values(core, &values);
    if (core->policy.services_default_port)
        snprintf(server, sizeof server, "%s://%s", scheme, service->target);
    else
        snprintf(server, sizeof server, "%s://%s:%u", scheme, service->target,
                 (unsigned)service->port);
    option_urls_of_server(server, &core->policy.options, &values, urls);
}

/* Where a rule is really looked for. */
static void place_rule(const struct phone_policy *policy, struct phone_url *url)
{
    if (policy->rule_place == RULE_AT_EDOS) {
        snprintf(url->scheme, sizeof url->scheme, "%s", policy->edos.scheme);
        snprintf(url->host, sizeof url->host, "%s", policy->edos.host);
        url->port = policy->edos.port;
    } else if (policy->rule_place == RULE_BY_HTTP && strcmp(url->scheme, "http") != 0) {
        snprintf(url->scheme, sizeof url->scheme, "http");
        url->port = HTTP_PORT;
    }
}

enum download_state phone_fetch(struct phone_core *core, uint64_t now_us,
                                enum download_purpose purpose, const char *text)
{
    struct download *download = &core->downloads[purpose];
    char server[PHONE_URL_HOST_MAX];
    struct macro_values values;
    struct buffer expanded;
    struct phone_url url;
    struct rule_options options;
    bool is_rule = core->task == TASK_RULES;
    macro_values(core, &values);
    buffer_init(&expanded, PHONE_URL_MAX - 1);
    if (is_rule && core->policy.rule_macros_stand)
        buffer_text(&expanded, text);
    else
        macros_expand(text, &values, &expanded);
    bool has_server = option_urls_default_server(&core->dhcp.lease, server, sizeof server);
    bool good =
        !expanded.failed && phone_url_parse(rule_options_read(buffer_string(&expanded), &options),
                                            has_server ? server : NULL, &url);
    buffer_done(&expanded);
    if (!good) {
        *download = (struct download){.state = DOWNLOAD_FAILED};
        snprintf(download->failure, sizeof download->failure, "no server in %.100s", text);
        return DOWNLOAD_FAILED;
    }
    if (is_rule)
        place_rule(&core->policy, &url);
    phone_actions_log(&core->actions, "%s %s -- Requesting resync %s://%s:%u%.300s",
                      core->model->product_name, core->host_name + 3, url.scheme, url.host,
                      (unsigned)url.port, url.path);
    download_start(download, &core->network, now_us, &url, &options);
    return download->state;
}

void phone_cancel(struct phone_core *core, enum download_purpose purpose)
{
    if (purpose == DOWNLOAD_MAIN)
        resolver_cancel(&core->service);
    download_cancel(&core->downloads[purpose], &core->network);
}
