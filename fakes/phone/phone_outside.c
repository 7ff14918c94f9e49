/* SPDX-License-Identifier: MIT */
/* phone_core from outside: the commands of its web page, its actions, what can be seen of it. */
#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_internal.h"
#include <string.h>

/* --- the page's commands ------------------------------------------------------------------------
 */
int phone_core_page_configure(struct phone_core *core, uint64_t now_us,
                              const struct parameter *parameters, size_t count, struct error *error)
{
    struct parameters wanted = {0}, trial = {0};
    int code = parameters_merge(&trial, &core->memory.parameters);
    (void)now_us;
    for (size_t i = 0; i < count && code == 0; i++) {
        code = parameters_set(&wanted, parameters[i].name, parameters[i].value);
        if (code == 0)
            code = parameters_set(&trial, parameters[i].name, parameters[i].value);
        if (code < 0)
            error_set(error, code, "parameter %.100s does not fit", parameters[i].name);
    }
    if (code == 0 && core->on)
        customization_configured(core, &wanted, false);
    parameters_done(&wanted);
    parameters_done(&trial);
    return code;
}

int phone_core_page_resync(struct phone_core *core, uint64_t now_us, const char *url,
                           struct error *error)
{
    size_t length = url ? strlen(url) : 0;
    if (length >= sizeof core->resync_url)
        return error_set(error, ERROR_LIMIT, "the URL is longer than %d bytes", PHONE_URL_MAX - 1);
    if (!core->on)
        return 0;
    memcpy(core->resync_url, url ? url : "", length + 1);
    core->resync_due = true;
    core->resync_at_us = now_us;
    return 0;
}

static void command(struct phone_core *core, uint64_t now_us, enum phone_command kind)
{
    if (!core->on)
        return;
    core->command = kind;
    core->command_at_us = now_us + PHONE_COMMAND_DELAY_US;
}

void phone_core_page_reboot(struct phone_core *core, uint64_t now_us)
{
    command(core, now_us, COMMAND_REBOOT);
}

void phone_core_page_factory_reset(struct phone_core *core, uint64_t now_us)
{
    command(core, now_us, COMMAND_FACTORY_RESET);
}

/* --- what can be seen ------------------------------------------------------------------------- */
bool phone_core_take_action(struct phone_core *core, struct phone_action *ret_action)
{
    return phone_actions_take(&core->actions, ret_action);
}

bool phone_core_is_broken(const struct phone_core *core)
{
    return core->actions.broken;
}

bool phone_core_is_on(const struct phone_core *core)
{
    return core->on;
}

enum customization_state phone_core_customization(const struct phone_core *core)
{
    return core->memory.state;
}

void phone_core_status(const struct phone_core *core, struct phone_status *ret_status)
{
    const struct dhcp_lease *lease = &core->dhcp.lease;
    *ret_status = (struct phone_status){
        .model = core->model,
        .serial = core->config.serial,
        .mac = core->config.mac,
        .host_name = core->host_name,
        .customization = defect_shown_state(core),
        .address = lease->address,
        .mask = lease->mask,
        .router = lease->router,
        .dns = lease->dns_count > 0 ? lease->dns[0] : 0,
        .domain = lease->domain,
        .variation = core->config.variation,
    };
}

const struct parameters *phone_core_parameters(const struct phone_core *core)
{
    return &core->memory.parameters;
}

const char *phone_core_parameter(const struct phone_core *core, const char *name)
{
    const char *value = parameters_get(&core->memory.parameters, name);
    return value ? value : parameter_default(name);
}
