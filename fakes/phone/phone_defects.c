/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_defects.h"
#include "fakes/phone/phone_internal.h"
#include "harness/base/duration.h"
#include <stdio.h>
#include <string.h>

enum {
    DISCOVERS_BEFORE_GIVING_UP = 4,
    TRIES_BEFORE_GIVING_UP = 7,
    THIRD_BOOT = 3, /* the first is that of the factory reset */
    HTTP_PORT = 80,
};
#define DAY_US (24 * DURATION_H)

static enum quirk_id quirk_of(const struct phone_core *core)
{
    return core->config.quirk ? core->config.quirk->id : QUIRK_NONE;
}

static void stray_at(struct phone_core *core, uint64_t at_us)
{
    core->defect.stray_at_us = at_us;
}

/* --- boots and resets ------------------------------------------------------------------------- */
enum customization_state defect_state_after_reset(struct phone_core *core)
{
    enum customization_state state = core->memory.state, kept = STATE_UNKNOWN;
    core->defect.before_reset = state;
    switch (quirk_of(core)) {
    case QUIRK_RESET_KEEPS_ABORTED:
        kept = STATE_ABORTED;
        break;
    case QUIRK_RESET_KEEPS_UNAVAILABLE:
        kept = STATE_UNAVAILABLE;
        break;
    case QUIRK_RESET_KEEPS_ACQUIRED:
        kept = STATE_ACQUIRED;
        break;
    case QUIRK_RESET_KEEPS_PROFILE:
        kept = STATE_CUSTOM_PENDING;
        break;
    case QUIRK_SECOND_RESET_KEEPS_STATE:
        if (core->on && core->defect.resets > 0)
            kept = state;
        break;
    case QUIRK_NEVER_OPEN:
        return STATE_PENDING;
    default:
        break;
    }
    return state == kept ? kept : STATE_OPEN;
}

void defect_reset(struct phone_core *core, unsigned edos_failures)
{
    struct defect_memory *defect = &core->defect;
    bool was_on = defect->boots > 0;
    defect->boots = 1;
    defect->resets += was_on ? 1 : 0;
    defect->rebooted = defect->cut_download = defect->asked_twice = false;
    defect->empty_answers = 0;
    defect->last_failure[0] = '\0';
    if (quirk_is(core, QUIRK_RESET_KEEPS_DELAYS))
        core->edos_failures = edos_failures;
}

void defect_goes_down(struct phone_core *core)
{
    core->defect.cut_download = core->task == TASK_RULES && download_is_running(&core->main);
    core->defect.stray_at_us = PHONE_NEVER;
}

void defect_booted(struct phone_core *core, bool orderly, unsigned edos_failures)
{
    core->defect.boots++;
    core->defect.resets = 0;
    core->defect.rebooted = true;
    core->defect.was_orderly = orderly;
    core->defect.last_failure[0] = '\0';
    if (quirk_is(core, orderly ? QUIRK_REBOOT_KEEPS_DELAYS : QUIRK_POWER_CUT_KEEPS_DELAYS))
        core->edos_failures = edos_failures;
}

void defect_without_dhcp(struct phone_core *core)
{
    if (core->dhcp.state != DHCP_CLIENT_SELECTING || core->dhcp.sent < DISCOVERS_BEFORE_GIVING_UP)
        return;
    if (quirk_is(core, QUIRK_GIVES_UP_WITHOUT_DHCP))
        dhcp_client_stop(&core->dhcp);
    else if (quirk_is(core, QUIRK_UNAVAILABLE_WITHOUT_DHCP) && core->memory.state == STATE_OPEN)
        customization_set(core, STATE_UNAVAILABLE);
}

static bool starts_again(const struct phone_core *core)
{
    switch (quirk_of(core)) {
    case QUIRK_ABORTED_FORGOTTEN_AT_BOOT:
        return core->memory.state == STATE_ABORTED;
    case QUIRK_ABORTED_UNTIL_OPTIONS_GO:
        return core->memory.state == STATE_ABORTED && core->candidates.count == 0;
    case QUIRK_UNAVAILABLE_ASKS_AT_BOOT:
        return core->memory.state == STATE_UNAVAILABLE;
    default:
        return false;
    }
}

static bool asks_at_boot(const struct phone_core *core)
{
    switch (quirk_of(core)) {
    case QUIRK_ABORTED_ASKS_AT_BOOT:
        return core->memory.state == STATE_ABORTED;
    case QUIRK_ACQUIRED_ASKS_AT_POWER_ON:
        return core->memory.state == STATE_ACQUIRED && core->defect.rebooted &&
               !core->defect.was_orderly;
    case QUIRK_ACQUIRED_ASKS_AT_THIRD_BOOT:
        return core->memory.state == STATE_ACQUIRED && core->defect.boots == THIRD_BOOT;
    default:
        return false;
    }
}

void defect_begins(struct phone_core *core, uint64_t now_us)
{
    if (starts_again(core)) {
        option_urls_done(&core->candidates);
        customization_set(core, STATE_OPEN);
    } else if (asks_at_boot(core)) {
        stray_at(core, now_us);
    }
}

void defect_renewed(struct phone_core *core, uint64_t now_us)
{
    static const struct {
        enum quirk_id id;
        enum customization_state state;
    } asks[] = {{QUIRK_ABORTED_ASKS_AT_RENEWAL, STATE_ABORTED},
                {QUIRK_UNAVAILABLE_ASKS_AT_RENEWAL, STATE_UNAVAILABLE},
                {QUIRK_CUSTOM_EDOS_AT_RENEWAL, STATE_CUSTOM_PENDING}};
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++)
        if (quirk_is(core, asks[i].id) && core->memory.state == asks[i].state)
            stray_at(core, now_us);
    if (quirk_is(core, QUIRK_RETRY_AT_RENEWAL) && core->scheduled == TASK_EDOS)
        core->scheduled_at_us = now_us;
}

static bool resumes_open(struct phone_core *core, uint64_t now_us)
{
    switch (quirk_of(core)) {
    case QUIRK_EDOS_AT_SECOND_BOOT:
        return !core->defect.rebooted;
    case QUIRK_EDOS_TEN_MINUTES_LATE:
        provisioning_schedule(core, TASK_EDOS, now_us + 10 * DURATION_M);
        return true;
    case QUIRK_PENDING_IN_SILENCE:
        customization_set(core, STATE_PENDING);
        return true;
    default:
        return false;
    }
}

bool defect_resumes(struct phone_core *core, uint64_t now_us)
{
    const struct defect_memory *defect = &core->defect;
    if (core->memory.state == STATE_OPEN)
        return resumes_open(core, now_us);
    if (core->memory.state == STATE_PENDING)
        return quirk_is(core, QUIRK_REBOOT_ENDS_PENDING) && defect->rebooted;
    bool forgets = quirk_is(core, QUIRK_CUSTOM_FORGETS_AT_BOOT) ||
                   (quirk_is(core, QUIRK_CUSTOM_FORGETS_IN_DOWNLOAD) && defect->cut_download);
    if (!forgets || core->memory.state != STATE_CUSTOM_PENDING)
        return false;
    customization_ask_edos(core, now_us);
    return true;
}

/* --- EDOS --------------------------------------------------------------------------------------
 */
/* `path` with what stands for $MAU in it. */
static void replace_mac(const char *path, const char *mac, char changed[PHONE_URL_MAX])
{
    static const char macro[] = "$MAU";
    const char *at = strstr(path, macro);
    int before = at ? (int)(at - path) : (int)strlen(path);
    snprintf(changed, PHONE_URL_MAX, "%.*s%s%s", before, path, mac,
             at ? at + sizeof macro - 1 : "");
}

static void replace_by_next_mac(const struct phone_core *core, const char *path,
                                char changed[PHONE_URL_MAX])
{
    char mac[2 * MAC_BYTES + 1];
    const uint8_t *b = core->config.mac.bytes;
    snprintf(mac, sizeof mac, "%02X%02X%02X%02X%02X%02X", b[0], b[1], b[2], b[3], b[4],
             (uint8_t)(b[5] + 1));
    replace_mac(path, mac, changed);
}

void defect_edos(const struct phone_core *core, struct defect_edos *edos, char path[PHONE_URL_MAX])
{
    switch (quirk_of(core)) {
    case QUIRK_EDOS_WITHOUT_MAC:
        replace_mac(edos->path, "", path);
        edos->path = path;
        break;
    case QUIRK_EDOS_FOR_ANOTHER_PHONE:
        replace_by_next_mac(core, edos->path, path);
        edos->path = path;
        break;
    case QUIRK_EDOS_RETIRED_HOST:
        edos->host = "webapps.cisco.com";
        break;
    case QUIRK_EDOS_PLAIN_HTTP:
        edos->scheme = "http";
        edos->port = HTTP_PORT;
        break;
    default:
        break;
    }
}

bool defect_no_profile(struct phone_core *core, bool empty)
{
    const struct download *download = &core->main;
    bool done = download->state == DOWNLOAD_DONE;
    switch (quirk_of(core)) {
    case QUIRK_EMPTY_IS_AN_ERROR:
    case QUIRK_EMPTY_IS_A_PROFILE:
        return false;
    case QUIRK_EMPTY_COUNTS_TWICE:
        return empty && ++core->defect.empty_answers > 1;
    case QUIRK_EMPTY_ONLY_AT_ONCE:
        return empty && core->edos_failures == 0;
    case QUIRK_NO_CONTENT_IS_EMPTY:
        return empty || (done && download->status == 204);
    case QUIRK_NOT_FOUND_IS_EMPTY:
        return empty || download->status == 404;
    case QUIRK_SERVER_ERROR_IS_EMPTY:
        return empty || download->status == 500;
    case QUIRK_DNS_FAILURE_IS_FINAL:
        return empty || download->resolver.state == RESOLVER_FAILED;
    case QUIRK_PENDING_ABORTS_IN_WORDS:
        return empty && core->memory.state != STATE_ABORTED;
    default:
        return empty;
    }
}

bool defect_takes_profile(const struct phone_core *core, bool read, size_t length)
{
    const struct download *download = &core->main;
    switch (quirk_of(core)) {
    case QUIRK_EMPTY_IS_A_PROFILE:
        return read || (download->state == DOWNLOAD_DONE && length == 0);
    case QUIRK_GARBAGE_IS_A_PROFILE:
        return read || (download->state == DOWNLOAD_DONE && length > 0);
    case QUIRK_TRUNCATED_IS_A_PROFILE:
        return read || download->cut;
    case QUIRK_PENDING_ABORTS_IN_WORDS:
        return read && core->memory.state != STATE_ABORTED;
    default:
        return read;
    }
}

bool defect_has_profile(struct phone_core *core, uint64_t now_us)
{
    static const char rule[] = "Profile_Rule";
    switch (quirk_of(core)) {
    case QUIRK_PROFILE_TWICE:
        if (core->defect.asked_twice)
            return false;
        core->defect.asked_twice = true;
        customization_ask_edos(core, now_us);
        return true;
    case QUIRK_PROFILE_UNUSED:
        return true;
    case QUIRK_PROFILE_WITHOUT_RULE:
        parameters_set(&core->memory.parameters, rule, parameter_default(rule));
        return false;
    case QUIRK_PROFILE_ABORTS_ITSELF:
        customization_stop(core, STATE_ABORTED);
        return true;
    case QUIRK_ACQUIRED_BEFORE_DOWNLOAD:
        customization_set(core, STATE_ACQUIRED);
        return false;
    default:
        return false;
    }
}

/* Has the kind of error changed? What tells the kinds apart stands first in their texts. */
static bool is_another_failure(struct phone_core *core)
{
    char now[DEFECT_FAILURE_MAX];
    snprintf(now, sizeof now, "%.*s", DEFECT_FAILURE_MAX - 1, core->main.failure);
    bool another = strcmp(now, core->defect.last_failure) != 0;
    memcpy(core->defect.last_failure, now, sizeof now);
    return another;
}

unsigned defect_failures(struct phone_core *core)
{
    bool rebooted = core->defect.rebooted;
    if (quirk_is(core, QUIRK_RETRY_FORGETS_OTHER_ERRORS) && is_another_failure(core))
        core->edos_failures = 1;
    if (quirk_is(core, QUIRK_REBOOT_DELAYS_FROM_2M) && rebooted)
        return core->edos_failures + 1;
    if (quirk_is(core, QUIRK_REBOOT_DELAYS_STAND) && rebooted)
        return 1;
    return core->edos_failures;
}

bool defect_gives_up(struct phone_core *core, uint64_t delay_us)
{
    const struct download *download = &core->main;
    switch (quirk_of(core)) {
    case QUIRK_RETRY_GIVES_UP:
        return core->edos_failures >= TRIES_BEFORE_GIVING_UP;
    case QUIRK_RETRY_STOPS_AT_24H:
        return delay_us >= DAY_US;
    case QUIRK_TLS_FAILURE_IS_FINAL:
        return download->outcome == TRANSFER_TLS;
    case QUIRK_REFUSED_IS_FINAL:
        return strncmp(download->failure, "connection refused", 18) == 0;
    case QUIRK_EDOS_BEFORE_OPTIONS:
        core->options_due = core->candidates.count > 0;
        return false;
    default:
        return false;
    }
}
