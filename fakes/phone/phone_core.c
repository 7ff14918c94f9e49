/* SPDX-License-Identifier: MIT */
/* What comes in from outside, one input at a time: power, packets, deadlines, the page's commands.
 * What they mean for the phone's configuration is in customization.c. */
#include "fakes/phone/phone_core.h"
#include "fakes/phone/chatter.h"
#include "fakes/phone/customization.h"
#include "harness/base/duration.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DISCOVERS_BEFORE_GIVING_UP = 4,
    PROBES = 3, /* RFC 5227 section 1.1: PROBE_NUM, PROBE_MIN, ANNOUNCE_WAIT */
    PROBE_GAP_S = 1,
    PROBED_WAIT_S = 2,
};

/* --- making and unmaking ---------------------------------------------------------------------- */
static int set_presets(struct phone_core *core, struct error *error)
{
    for (size_t i = 0; i < core->config.parameter_count; i++) {
        const struct parameter *parameter = &core->config.parameters[i];
        int code = parameters_set(&core->memory.parameters, parameter->name, parameter->value);
        if (code < 0)
            return error_set(error, code, "parameter %.100s of a phone: too long or too many",
                             parameter->name);
    }
    return 0;
}

static void name_agent(struct phone_core *core, const char *mac)
{
    const struct phone_model *model = core->model;
    switch (core->policy.variation.agent) {
    case AGENT_OLD:
        snprintf(core->user_agent, sizeof core->user_agent, "Cisco-%s/%s", model->product_name,
                 model->software_version);
        break;
    case AGENT_SERIAL:
        snprintf(core->user_agent, sizeof core->user_agent, "Cisco-%s/%s (%s)(%.32s)",
                 model->product_name, model->software_version, mac, core->config.serial);
        break;
    default:
        snprintf(core->user_agent, sizeof core->user_agent, "Cisco-%s/%s (%s)", model->product_name,
                 model->software_version, mac);
    }
}

static void name_for_dhcp(struct phone_core *core, const char *mac)
{
    enum variation_host_name host = core->policy.variation.host_name;
    enum variation_class class = core->policy.variation.class_name;
    if (host == HOST_NAME_SEP)
        snprintf(core->dhcp_host_name, sizeof core->dhcp_host_name, "%s", core->host_name);
    else if (host == HOST_NAME_MODEL)
        snprintf(core->dhcp_host_name, sizeof core->dhcp_host_name, "phone-%s-%s",
                 core->model->name, mac);
    if (class != CLASS_ABSENT)
        snprintf(core->dhcp_class, sizeof core->dhcp_class, "%s%s",
                 class == CLASS_SPELT_OUT ? "Cisco Systems, Inc. IP Phone " : "",
                 core->model->product_name);
}

static void name_it(struct phone_core *core)
{
    char lower[MAC_DIGITS_MAX], upper[MAC_DIGITS_MAX];
    mac_digits(&core->config.mac, false, lower);
    snprintf(core->host_name, sizeof core->host_name, "SEP%s",
             mac_digits(&core->config.mac, true, upper));
    enum variation_psn psn = core->policy.variation.psn;
    name_agent(core, lower);
    name_for_dhcp(core, lower);
    core->short_name = psn == PSN_LONG     ? core->model->product_name
                       : psn == PSN_NUMBER ? core->model->name
                                           : core->model->short_name;
}

static void set_up_network(struct phone_core *core)
{
    struct dhcp_client_config dhcp = {.mac = core->config.mac,
                                      .host_name = core->dhcp_host_name,
                                      .class_name = core->dhcp_class,
                                      .serial = core->config.serial,
                                      .device_class = core->model->product_name,
                                      .variation = &core->policy.variation,
                                      .policy = &core->policy.dhcp};
    char consumer[64];
    snprintf(consumer, sizeof consumer, "dhcp of %s", core->host_name);
    random_seed_named(&dhcp.random, core->config.seed, consumer);
    dhcp_client_init(&core->dhcp, &dhcp);
    snprintf(consumer, sizeof consumer, "phone %s", core->host_name);
    random_seed_named(&core->random, core->config.seed, consumer);
    random_seed_named(&core->jitter, core->policy.variation.seed, core->host_name);
    core->network = (struct phone_network){.actions = &core->actions,
                                           .random = &core->random,
                                           .lease = &core->dhcp.lease,
                                           .policy = &core->policy,
                                           .user_agent = core->user_agent};
}

static void set_up_policy(struct phone_core *core)
{
    const struct phone_core_config *config = &core->config;
    phone_policy_init(&core->policy, &config->readings, config->variation);
    core->policy.edos = (struct edos_policy){.scheme = config->edos_scheme,
                                             .host = config->edos_host,
                                             .path = config->edos_path,
                                             .port = config->edos_port};
    if (config->quirk)
        phone_quirk_spoil(config->quirk, &core->policy);
}

int phone_core_new(const struct phone_core_config *config, struct phone_core **ret_core,
                   struct error *error)
{
    const struct phone_model *model = config->model ? phone_model_find(config->model) : NULL;
    if (!model)
        return error_set(error, ERROR_INVALID, "no phone model %s",
                         config->model ? config->model : "given");
    if (!config->serial || !config->edos_scheme || !config->edos_host || !config->edos_path)
        return error_set(error, ERROR_INVALID, "a phone needs a serial number and its EDOS");
    struct phone_core *core = calloc(1, sizeof *core);
    if (!core)
        return error_set(error, ERROR_MEMORY, "out of memory for a phone");
    core->config = *config;
    core->model = model;
    core->memory.state = STATE_OPEN;
    core->boot_at_us = core->command_at_us = core->again_at_us = core->probe_at_us = PHONE_NEVER;
    set_up_policy(core);
    name_it(core);
    set_up_network(core);
    int code = set_presets(core, error);
    if (code < 0) {
        phone_core_free(core);
        return code;
    }
    *ret_core = core;
    return 0;
}

void phone_core_free(struct phone_core *core)
{
    if (!core)
        return;
    dhcp_client_done(&core->dhcp);
    option_urls_done(&core->candidates);
    option_urls_done(&core->trying);
    parameters_done(&core->memory.parameters);
    parameters_done(&core->memory.edos);
    phone_actions_done(&core->actions);
    free(core);
}

static struct chatter chatter_of(const struct phone_core *core)
{
    return (struct chatter){.mac = core->config.mac,
                            .host_name = core->host_name,
                            .variation = &core->policy.variation};
}

/* --- the lease -------------------------------------------------------------------------------- */
static void set_address(struct phone_core *core)
{
    const struct dhcp_lease *lease = &core->dhcp.lease;
    const struct phone_action action = {.kind = PHONE_SET_ADDRESS,
                                        .address = lease->address,
                                        .mask = lease->mask,
                                        .router = lease->router};
    phone_actions_put(&core->actions, &action);
    core->address_set = true;
}

static void clear_address(struct phone_core *core)
{
    if (!core->address_set)
        return;
    core->address_set = false;
    phone_actions_put_kind(&core->actions, PHONE_PAGE_DOWN);
    phone_actions_put_kind(&core->actions, PHONE_CLEAR_ADDRESS);
}

static void send_dhcp(struct phone_core *core, const struct dhcp_client_output *output)
{
    if (!output->send)
        return;
    const struct phone_action action = {.kind = PHONE_SEND_DHCP,
                                        .bytes = output->bytes,
                                        .length = output->length,
                                        .source = output->source,
                                        .destination = output->destination,
                                        .destination_mac = output->destination_mac};
    phone_actions_put(&core->actions, &action);
}

static void use_address(struct phone_core *core, uint64_t now_us)
{
    const struct chatter self = chatter_of(core);
    core->probe_at_us = PHONE_NEVER;
    set_address(core);
    chatter_at_address(&core->actions, &self, core->dhcp.lease.address);
    phone_actions_put_kind(&core->actions, PHONE_PAGE_UP);
    customization_network_up(core, now_us);
}

/* RFC 5227 section 2.1.1: an address is not used before it has been asked for in vain. */
static void probe(struct phone_core *core, uint64_t now_us)
{
    const struct chatter self = chatter_of(core);
    if (core->probes == PROBES) {
        use_address(core, now_us);
        return;
    }
    chatter_probe(&core->actions, &self, core->dhcp.lease.address);
    core->probes++;
    core->probe_at_us = now_us + (core->probes < PROBES ? PROBE_GAP_S : PROBED_WAIT_S) * DURATION_S;
}

static void leased(struct phone_core *core, uint64_t now_us)
{
    char text[IPV4_TEXT_MAX];
    if (core->address_set) { /* another address than before */
        customization_network_down(core, now_us);
        clear_address(core);
    }
    phone_actions_log(&core->actions, "address %s", ipv4_format(core->dhcp.lease.address, text));
    core->probes = core->policy.variation.probes_first ? 0 : PROBES - 1;
    if (core->policy.variation.arp_probe)
        probe(core, now_us);
    if (!core->policy.variation.probes_first)
        use_address(core, now_us);
}

/* Does what the DHCP client wants. */
static void handle_dhcp(struct phone_core *core, uint64_t now_us,
                        const struct dhcp_client_output *output)
{
    switch (output->change) {
    case DHCP_CLIENT_LEASED:
        leased(core, now_us);
        break;
    case DHCP_CLIENT_RENEWED:
        set_address(core); /* mask and router may be others */
        customization_renewed(core, now_us);
        break;
    case DHCP_CLIENT_LOST:
        phone_actions_log(&core->actions, "the address is lost");
        core->probe_at_us = PHONE_NEVER;
        if (core->address_set)
            customization_network_down(core, now_us);
        clear_address(core);
        break;
    case DHCP_CLIENT_NOTHING:
        break;
    }
    send_dhcp(core, output);
}

static bool is_second_ack(const struct phone_core *core, const uint8_t *bytes, size_t length)
{
    struct dhcp_message message;
    return core->dhcp.state == DHCP_CLIENT_BOUND && dhcp_decode(bytes, length, &message) &&
           message.type == DHCP_ACK && message.xid == core->dhcp.xid &&
           mac_equal(&message.chaddr, &core->config.mac);
}

void phone_core_dhcp_packet(struct phone_core *core, uint64_t now_us, const uint8_t *bytes,
                            size_t length, const struct mac *source_mac)
{
    if (core->policy.second_ack_asks_edos && core->scheduled == TASK_EDOS &&
        is_second_ack(core, bytes, length))
        core->scheduled_at_us = now_us;
    handle_dhcp(core, now_us, dhcp_client_receive(&core->dhcp, now_us, bytes, length, source_mac));
}

void phone_core_arp_answer(struct phone_core *core, uint64_t now_us, uint32_t address,
                           const struct mac *owner_mac)
{
    char text[IPV4_TEXT_MAX];
    if (!core->policy.variation.arp_probe || core->policy.dhcp.keeps_conflict ||
        !dhcp_client_has_lease(&core->dhcp) || address != core->dhcp.lease.address ||
        mac_equal(owner_mac, &core->config.mac))
        return;
    phone_actions_log(&core->actions, "somebody else has %s", ipv4_format(address, text));
    handle_dhcp(core, now_us, dhcp_client_conflict(&core->dhcp, now_us));
}

/* --- power --- */
static void go_down(struct phone_core *core, uint64_t now_us, enum boot_cause cause)
{
    const struct phone_policy *policy = &core->policy;
    core->history.cut_download =
        core->task == TASK_RULES && download_is_running(&core->downloads[DOWNLOAD_MAIN]);
    core->again_at_us = PHONE_NEVER;
    phone_cancel(core, DOWNLOAD_MAIN);
    phone_cancel(core, DOWNLOAD_PUSHED);
    phone_cancel(core, DOWNLOAD_AGAIN);
    if (cause != BOOT_POWER_CUT && policy->variation.releases) {
        send_dhcp(core, dhcp_client_release(&core->dhcp, now_us));
    } else {
        dhcp_client_stop(&core->dhcp);
        if (!policy->variation.remembers_address)
            dhcp_client_forget(&core->dhcp);
    }
    clear_address(core);
    option_urls_done(&core->candidates);
    option_urls_done(&core->trying);
    core->on = core->begun = false;
    core->boot_at_us = core->command_at_us = core->probe_at_us = PHONE_NEVER;
    core->command = COMMAND_NONE;
    core->task = core->scheduled = TASK_NONE;
    core->options_due = core->resume_after_options = core->resync_due = false;
    core->failures = 0;
    if (policy->pace_outlives != cause)
        core->edos_failures = 0;
}

static void come_up(struct phone_core *core, uint64_t now_us)
{
    core->on = true;
    core->boot_at_us = now_us + core->policy.variation.boot_seconds * DURATION_S;
    phone_actions_log(&core->actions, "boots");
}

static void note_boot(struct phone_core *core, bool orderly)
{
    core->history.boots++;
    core->history.resets = 0;
    core->history.rebooted = true;
    core->history.was_orderly = orderly;
    core->history.last_failure = 0;
}

static void note_reset(struct phone_core *core)
{
    core->history = (struct phone_history){
        .boots = 1,
        .resets = core->history.resets + (core->history.boots > 0 ? 1 : 0),
        .before_reset = core->memory.state,
    };
}

void phone_core_power(struct phone_core *core, uint64_t now_us, bool on)
{
    if (core->on == on)
        return;
    if (on) {
        come_up(core, now_us);
        return;
    }
    go_down(core, now_us, BOOT_POWER_CUT);
    note_boot(core, false);
}

void phone_core_factory_reset(struct phone_core *core, uint64_t now_us)
{
    enum customization_state state = customization_after_reset(core);
    if (core->on)
        go_down(core, now_us, BOOT_FACTORY_RESET);
    note_reset(core);
    dhcp_client_forget(&core->dhcp);
    if (state != STATE_CUSTOM_PENDING) {
        parameters_done(&core->memory.parameters);
        parameters_done(&core->memory.edos);
    }
    core->memory.provisioned = false;
    core->downloads[DOWNLOAD_MAIN] = core->downloads[DOWNLOAD_PUSHED] = (struct download){0};
    phone_actions_log(&core->actions, "factory reset");
    phone_set_state(core, state);
    if (set_presets(core, NULL) < 0) /* they fitted when the phone was made: memory is out */
        core->actions.broken = true;
    come_up(core, now_us);
}

void phone_core_reboot(struct phone_core *core, uint64_t now_us)
{
    if (!core->on)
        return;
    if (core->policy.reboot_resets) {
        phone_core_factory_reset(core, now_us);
        return;
    }
    go_down(core, now_us, BOOT_REBOOT);
    note_boot(core, true);
    come_up(core, now_us);
}

/* --- downloads -------------------------------------------------------------------------------- */
/* Carries on where a download has just ended. */
static void after_download(struct phone_core *core, uint64_t now_us, enum download_purpose purpose,
                           bool was_running, const struct fetch_result *result)
{
    const uint8_t *body = result ? result->body : NULL;
    size_t length = result ? result->body_length : 0;
    if (!was_running || download_is_running(&core->downloads[purpose]))
        return;
    if (purpose == DOWNLOAD_PUSHED)
        customization_resync_finished(core, body, length);
    else if (purpose == DOWNLOAD_MAIN && core->task != TASK_NONE)
        customization_main_finished(core, now_us, body, length);
}

void phone_core_dns_packet(struct phone_core *core, uint64_t now_us, uint32_t source,
                           const uint8_t *bytes, size_t length)
{
    for (enum download_purpose i = 0; i < DOWNLOADS; i++) {
        bool was_running = download_is_running(&core->downloads[i]);
        download_dns_packet(&core->downloads[i], &core->network, now_us, source, bytes, length);
        after_download(core, now_us, i, was_running, NULL);
    }
    customization_dns_packet(core, now_us, source, bytes, length);
}

void phone_core_transfer_done(struct phone_core *core, uint64_t now_us, unsigned transfer_id,
                              const struct fetch_result *result)
{
    for (enum download_purpose i = 0; i < DOWNLOADS; i++) {
        bool was_running = download_is_running(&core->downloads[i]);
        download_transfer_done(&core->downloads[i], &core->network, now_us, transfer_id, result);
        after_download(core, now_us, i, was_running, result);
    }
}

void phone_core_transfer_progress(struct phone_core *core, uint64_t now_us, unsigned transfer_id)
{
    for (enum download_purpose i = 0; i < DOWNLOADS; i++)
        (void)download_progress(&core->downloads[i], &core->network, now_us, transfer_id);
}

/* --- deadlines -------------------------------------------------------------------------------- */
static bool schedule_waits(const struct phone_core *core)
{
    return core->scheduled != TASK_NONE && core->task == TASK_NONE &&
           dhcp_client_has_lease(&core->dhcp) && core->probe_at_us == PHONE_NEVER;
}

static void begin_dhcp(struct phone_core *core, uint64_t now_us)
{
    const struct chatter self = chatter_of(core);
    chatter_at_link(&core->actions, &self);
    send_dhcp(core, dhcp_client_start(&core->dhcp, now_us));
}

static void boot_deadline(struct phone_core *core, uint64_t now_us)
{
    core->boot_at_us = PHONE_NEVER;
    if (!core->unplugged)
        begin_dhcp(core, now_us);
}

static void cable_out(struct phone_core *core, uint64_t now_us)
{
    phone_actions_log(&core->actions, "the link is down");
    dhcp_client_stop(&core->dhcp);
    core->probe_at_us = PHONE_NEVER;
    if (core->address_set)
        customization_cable_out(core, now_us);
    clear_address(core);
}

static void cable_in(struct phone_core *core, uint64_t now_us)
{
    phone_actions_log(&core->actions, "the link is up");
    core->plugged_in = core->history.cable_was_out = true;
    if (core->policy.cable_in & CABLE_IN_RESETS)
        phone_core_factory_reset(core, now_us);
    else if (!(core->policy.cable_in & CABLE_IN_NO_LEASE))
        begin_dhcp(core, now_us);
}

void phone_core_carrier(struct phone_core *core, uint64_t now_us, bool has)
{
    core->unplugged = !has;
    if (core->on && core->boot_at_us == PHONE_NEVER)
        (has ? cable_in : cable_out)(core, now_us);
}

static void command_deadline(struct phone_core *core, uint64_t now_us)
{
    enum phone_command due = core->command;
    core->command = COMMAND_NONE;
    if (due == COMMAND_REBOOT)
        phone_core_reboot(core, now_us);
    else
        phone_core_factory_reset(core, now_us);
}

static void download_deadlines(struct phone_core *core, uint64_t now_us)
{
    for (enum download_purpose i = 0; i < DOWNLOADS; i++) {
        bool was_running = download_is_running(&core->downloads[i]);
        download_deadline(&core->downloads[i], &core->network, now_us);
        after_download(core, now_us, i, was_running, NULL);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_of_downloads_us(const struct phone_core *core)
{
    uint64_t next = UINT64_MAX;
    for (enum download_purpose i = 0; i < DOWNLOADS; i++)
        next = earlier(next, download_next_deadline_us(&core->downloads[i]));
    return next;
}

/* DHCP has just waited in vain. */
static void without_dhcp(struct phone_core *core)
{
    if (core->dhcp.state != DHCP_CLIENT_SELECTING || core->dhcp.sent < DISCOVERS_BEFORE_GIVING_UP)
        return;
    if (core->policy.without_dhcp == WITHOUT_DHCP_GIVES_UP)
        dhcp_client_stop(&core->dhcp);
    else if (core->memory.state == STATE_OPEN)
        phone_set_state(core, STATE_UNAVAILABLE);
}

static void dhcp_deadline(struct phone_core *core, uint64_t now_us)
{
    if (core->policy.requests_once && core->dhcp.state == DHCP_CLIENT_REQUESTING) {
        dhcp_client_stop(&core->dhcp);
        return;
    }
    const struct dhcp_client_output *output = dhcp_client_deadline(&core->dhcp, now_us);
    if (core->policy.without_dhcp != WITHOUT_DHCP_ASKS_ON)
        without_dhcp(core);
    handle_dhcp(core, now_us, output);
}

/* One thing at a time: what it asks of the network is answered before the next one asks. */
void phone_core_deadline(struct phone_core *core, uint64_t now_us)
{
    if (core->command != COMMAND_NONE && now_us >= core->command_at_us) {
        command_deadline(core, now_us);
    } else if (now_us >= core->boot_at_us) {
        boot_deadline(core, now_us);
    } else if (now_us >= dhcp_client_next_deadline_us(&core->dhcp)) {
        dhcp_deadline(core, now_us);
    } else if (now_us >= core->probe_at_us) {
        probe(core, now_us);
    } else if (now_us >= next_of_downloads_us(core)) {
        download_deadlines(core, now_us);
    } else if (now_us >= resolver_next_deadline_us(&core->service)) {
        customization_service_deadline(core, now_us);
    } else if (core->resync_due && now_us >= core->resync_at_us) {
        core->resync_due = false;
        customization_resync(core, now_us);
    } else if (schedule_waits(core) && now_us >= core->scheduled_at_us) {
        customization_run_scheduled(core, now_us);
    } else if (now_us >= core->again_at_us) {
        customization_ask_again(core, now_us);
    }
}

uint64_t phone_core_next_deadline_us(const struct phone_core *core)
{
    uint64_t next = earlier(core->boot_at_us, dhcp_client_next_deadline_us(&core->dhcp));
    next = earlier(next, next_of_downloads_us(core));
    next = earlier(next, resolver_next_deadline_us(&core->service));
    next = earlier(next, core->again_at_us);
    next = earlier(next, core->probe_at_us);
    if (core->command != COMMAND_NONE)
        next = earlier(next, core->command_at_us);
    if (core->resync_due)
        next = earlier(next, core->resync_at_us);
    if (schedule_waits(core))
        next = earlier(next, core->scheduled_at_us);
    return next;
}

/* --- the page's commands ---------------------------------------------------------------------- */
int phone_core_page_configure(struct phone_core *core, const struct parameters *parameters,
                              struct error *error)
{
    struct parameters trial = {0};
    int code = parameters_merge(&trial, &core->memory.parameters);
    for (size_t i = 0; i < parameters->count && code == 0; i++) {
        const struct parameter_entry *entry = &parameters->entries[i];
        code = parameters_set(&trial, entry->name, entry->value);
        if (code < 0)
            error_set(error, code, "parameter %.100s does not fit", entry->name);
    }
    if (code == 0 && core->on)
        customization_configured(core, parameters, false);
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

void phone_core_page_reboot(struct phone_core *core, uint64_t now_us, bool factory_reset)
{
    if (!core->on)
        return;
    core->command = factory_reset ? COMMAND_FACTORY_RESET : COMMAND_REBOOT;
    core->command_at_us = now_us + PHONE_COMMAND_DELAY_US;
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

bool phone_core_can_speak(const struct phone_core *core)
{
    return core->on && !core->unplugged;
}

void phone_core_status(const struct phone_core *core, struct phone_status *ret_status)
{
    const struct dhcp_lease *lease = &core->dhcp.lease;
    *ret_status = (struct phone_status){
        .model = core->model,
        .serial = core->config.serial,
        .mac = core->config.mac,
        .host_name = core->host_name,
        .customization = customization_shown(core),
        .address = lease->address,
        .mask = lease->mask,
        .router = lease->router,
        .dns = lease->dns_count > 0 ? lease->dns[0] : 0,
        .domain = lease->domain,
        .markup = core->policy.variation.markup,
    };
}

const struct parameters *phone_core_parameters(const struct phone_core *core)
{
    return &core->memory.parameters;
}
