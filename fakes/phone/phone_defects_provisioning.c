/* SPDX-License-Identifier: MIT */
/* Defects of the second half: provisioning, configuration by others, the ends, the page. */
#include "fakes/phone/phone_defects.h"
#include "fakes/phone/phone_internal.h"
#include "harness/base/duration.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <string.h>

enum { HTTP_PORT = 80, HTTP_ERRORS = 400 };
#define DAY_US (24 * DURATION_H)

static enum quirk_id quirk_of(const struct phone_core *core)
{
    return core->config.quirk ? core->config.quirk->id : QUIRK_NONE;
}

/* --- provisioning ------------------------------------------------------------------------------
 */
void defect_rule_url(const struct phone_core *core, struct phone_url *url)
{
    if (quirk_is(core, QUIRK_RULE_AT_EDOS_HOST)) {
        snprintf(url->scheme, sizeof url->scheme, "%s", core->config.edos_scheme);
        snprintf(url->host, sizeof url->host, "%s", core->config.edos_host);
        url->port = core->config.edos_port;
    } else if (quirk_is(core, QUIRK_RULE_ALWAYS_HTTP) && strcmp(url->scheme, "http") != 0) {
        snprintf(url->scheme, sizeof url->scheme, "http");
        url->port = HTTP_PORT;
    }
}

bool defect_takes_option(const struct phone_core *core, bool read)
{
    switch (quirk_of(core)) {
    case QUIRK_OPTION_ALWAYS_SUCCEEDS:
        return true;
    case QUIRK_OPTION_GARBAGE_ACCEPTED:
        return read || core->main.state == DOWNLOAD_DONE;
    case QUIRK_OPTION_NEVER_SUCCEEDS:
        return false;
    default:
        return read;
    }
}

bool defect_takes_config(const struct phone_core *core, bool read)
{
    const struct download *download = &core->main;
    bool customizing = core->memory.state == STATE_CUSTOM_PENDING;
    switch (quirk_of(core)) {
    case QUIRK_NEVER_ACQUIRED:
        return read && !customizing;
    case QUIRK_ACQUIRED_BY_ANY_ANSWER:
        return read || (customizing && download->status >= HTTP_ERRORS);
    case QUIRK_ACQUIRED_BY_GARBAGE:
        return read || (customizing && download->state == DOWNLOAD_DONE);
    case QUIRK_ACQUIRED_BY_TRUNCATED:
        return read || (customizing && download->cut);
    default:
        return read;
    }
}

bool defect_has_proxy(const struct phone_core *core)
{
    const struct parameters *parameters = &core->memory.parameters;
    for (size_t i = 0; i < parameters->count; i++)
        if (parameter_is_proxy(parameters->entries[i].name))
            return true;
    return false;
}

static unsigned length_of(const char *list)
{
    unsigned elements = 1;
    for (; *list; list++)
        elements += *list == ',' ? 1 : 0;
    return elements;
}

unsigned defect_resync_failures(const struct phone_core *core, const char *list)
{
    if (core->memory.state != STATE_CUSTOM_PENDING || !list)
        return core->failures;
    if (quirk_is(core, QUIRK_CUSTOM_FIRST_DELAY_ONLY))
        return 1;
    if (quirk_is(core, QUIRK_CUSTOM_LIST_STARTS_OVER))
        return (core->failures - 1) % length_of(list) + 1;
    return core->failures;
}

bool defect_stops_resync(const struct phone_core *core, const char *list)
{
    if (core->memory.state != STATE_CUSTOM_PENDING || !list)
        return false;
    switch (quirk_of(core)) {
    case QUIRK_CUSTOM_NEVER_AGAIN:
        return true;
    case QUIRK_CUSTOM_LIST_ENDS:
        return core->failures > length_of(list);
    case QUIRK_TLS_FAILURE_IS_FINAL:
        return core->main.outcome == TRANSFER_TLS;
    case QUIRK_TFTP_ERROR_IS_FINAL:
        return core->main.outcome == TRANSFER_TFTP_ERROR;
    case QUIRK_REFUSED_IS_FINAL:
        return strncmp(core->main.failure, "connection refused", 18) == 0;
    default:
        return false;
    }
}

enum phone_task defect_next_task(const struct phone_core *core)
{
    return quirk_is(core, QUIRK_CUSTOM_BACK_TO_EDOS) ? TASK_EDOS : TASK_RULES;
}

void defect_resync_failed(struct phone_core *core, uint64_t now_us)
{
    if (quirk_is(core, QUIRK_ACQUIRED_UNTIL_SERVER_GOES) && core->memory.state == STATE_ACQUIRED)
        core->defect.stray_at_us = now_us;
}

/* --- somebody else's configuration ------------------------------------------------------------ */
static bool overlooks(enum quirk_id quirk, const char *parameter, bool pushed)
{
    bool proxy = parameter_is_proxy(parameter);
    switch (quirk) {
    case QUIRK_PENDING_IGNORES_PAGE_RULE:
    case QUIRK_CUSTOM_IGNORES_PAGE_RULE:
        return !pushed && !proxy;
    case QUIRK_PENDING_IGNORES_PAGE_PROXY:
    case QUIRK_CUSTOM_IGNORES_PAGE_PROXY:
        return !pushed && proxy;
    case QUIRK_PENDING_IGNORES_PUSH:
    case QUIRK_CUSTOM_IGNORES_PUSH:
        return pushed;
    case QUIRK_ONLY_PROXY_1_COUNTS:
        return proxy && strcmp(parameter, "Proxy_1_") != 0;
    default:
        return false;
    }
}

static bool concerns(enum quirk_id quirk, enum customization_state state)
{
    switch (quirk) {
    case QUIRK_PENDING_IGNORES_PAGE_RULE:
    case QUIRK_PENDING_IGNORES_PAGE_PROXY:
    case QUIRK_PENDING_IGNORES_PUSH:
        return state == STATE_PENDING;
    case QUIRK_CUSTOM_IGNORES_PAGE_RULE:
    case QUIRK_CUSTOM_IGNORES_PAGE_PROXY:
    case QUIRK_CUSTOM_IGNORES_PUSH:
        return state == STATE_CUSTOM_PENDING;
    default:
        return true;
    }
}

bool defect_ends_customization(const struct phone_core *core, const char *parameter, bool pushed)
{
    enum quirk_id quirk = quirk_of(core);
    if (quirk == QUIRK_ABORTS_ON_ANYTHING)
        return true;
    return parameter_ends_customization(parameter) &&
           !(concerns(quirk, core->memory.state) && overlooks(quirk, parameter, pushed));
}

/* --- the end, and what is shown ----------------------------------------------------------------
 */
void defect_ended(struct phone_core *core, uint64_t now_us)
{
    enum customization_state state = core->memory.state;
    if (quirk_is(core, QUIRK_UNAVAILABLE_ASKS_NEXT_DAY) && state == STATE_UNAVAILABLE)
        core->defect.stray_at_us = now_us + DAY_US;
    else if (quirk_is(core, QUIRK_ACQUIRED_ASKS_NEXT_WEEK) && state == STATE_ACQUIRED)
        core->defect.stray_at_us = now_us + 7 * DAY_US;
    else if (quirk_is(core, QUIRK_OPTION_AND_EDOS) && state == STATE_ABORTED)
        core->defect.stray_at_us = now_us;
}

void defect_stray(struct phone_core *core, uint64_t now_us)
{
    char text[PHONE_URL_MAX];
    const struct phone_core_config *config = &core->config;
    core->defect.stray_at_us = PHONE_NEVER;
    if (!dhcp_client_has_lease(&core->dhcp) || download_is_running(&core->defect.stray))
        return;
    snprintf(text, sizeof text, "%s://%s:%u%s", config->edos_scheme, config->edos_host,
             (unsigned)config->edos_port, config->edos_path);
    phone_fetch(core, now_us, &core->defect.stray, text);
}

static enum customization_state shown_state(const struct phone_core *core)
{
    enum customization_state state = core->memory.state;
    static const struct {
        enum quirk_id id;
        enum customization_state state, shown;
    } lies[] = {{QUIRK_PAGE_PENDING_FOR_CUSTOM, STATE_CUSTOM_PENDING, STATE_PENDING},
                {QUIRK_PAGE_OPEN_FOR_PENDING, STATE_PENDING, STATE_OPEN},
                {QUIRK_PAGE_ACQUIRED_EARLY, STATE_CUSTOM_PENDING, STATE_ACQUIRED},
                {QUIRK_PAGE_CUSTOM_FOR_ACQUIRED, STATE_ACQUIRED, STATE_CUSTOM_PENDING},
                {QUIRK_PAGE_UNAVAILABLE_FOR_ABORTED, STATE_ABORTED, STATE_UNAVAILABLE},
                {QUIRK_PAGE_PENDING_FOR_UNAVAILABLE, STATE_UNAVAILABLE, STATE_PENDING}};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        if (quirk_is(core, lies[i].id) && lies[i].state == state)
            return lies[i].shown;
    if (quirk_is(core, QUIRK_PAGE_OPEN_AFTER_REBOOT) && core->defect.rebooted)
        return STATE_OPEN;
    if (quirk_is(core, QUIRK_PAGE_OLD_STATE_AFTER_RESET) && core->defect.resets > 0)
        return core->defect.before_reset;
    return state;
}

const char *defect_shown_state(const struct phone_core *core)
{
    return quirk_is(core, QUIRK_PAGE_SAYS_NOTHING)
               ? ""
               : vendor_state_name(vendor_default(), shown_state(core));
}
