/* SPDX-License-Identifier: MIT */
/* Power and lease of the emulated phone; what they mean for its configuration is in
 * customization.c and provisioning.c. */
#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void phone_network(struct phone_core *core, struct download_network *ret_network)
{
    *ret_network = (struct download_network){.actions = &core->actions,
                                             .random = &core->random,
                                             .lease = &core->dhcp.lease,
                                             .last_transfer_id = &core->last_transfer_id,
                                             .last_question_id = &core->last_question_id,
                                             .user_agent = core->user_agent,
                                             .quirk = core->config.quirk,
                                             .variation = core->config.variation};
}

void phone_macro_values(const struct phone_core *core, struct macro_values *ret_values)
{
    *ret_values = (struct macro_values){
        .mac = core->config.mac,
        .model = core->model,
        .serial = core->config.serial,
        .address = core->dhcp.lease.address,
        .provisioning_state = core->provisioning_state,
        .last = core->main.url.host[0] ? &core->main.url : NULL,
        .failure = core->main.failure,
        .customized = core->memory.state == STATE_ACQUIRED,
        .parameters = &core->memory.parameters,
        .short_name = core->short_name,
        .quirk = core->config.quirk,
    };
}

enum download_state phone_fetch(struct phone_core *core, uint64_t now_us, struct download *download,
                                const char *text)
{
    char server[PHONE_URL_HOST_MAX];
    struct download_network network;
    struct macro_values values;
    struct buffer expanded;
    struct phone_url url;
    phone_network(core, &network);
    phone_macro_values(core, &values);
    buffer_init(&expanded, PHONE_URL_MAX - 1);
    if (core->task == TASK_RULES && quirk_is(core, QUIRK_RULE_WITH_MACROS))
        buffer_text(&expanded, text);
    else
        macros_expand(text, &values, &expanded);
    bool has_server = option_urls_default_server(&core->dhcp.lease, server, sizeof server);
    bool good = !expanded.failed &&
                phone_url_parse(buffer_string(&expanded), has_server ? server : NULL, &url);
    buffer_done(&expanded);
    if (!good) {
        *download = (struct download){.state = DOWNLOAD_FAILED, .deadline_us = PHONE_NEVER};
        snprintf(download->failure, sizeof download->failure, "no server in %.100s", text);
        return DOWNLOAD_FAILED;
    }
    if (core->task == TASK_RULES)
        defect_rule_url(core, &url);
    phone_actions_log(&core->actions, "%s %s -- Requesting resync %s://%s:%u%.300s",
                      core->model->product_name, core->host_name + 3, url.scheme, url.host,
                      (unsigned)url.port, url.path);
    return download_start(download, &network, now_us, &url);
}

/* --- making and unmaking ------------------------------------------------------------------------
 */
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

static void name_it(struct phone_core *core)
{
    const uint8_t *b = core->config.mac.bytes;
    char lower[2 * MAC_BYTES + 1];
    snprintf(lower, sizeof lower, "%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    snprintf(core->host_name, sizeof core->host_name, "SEP%02X%02X%02X%02X%02X%02X", b[0], b[1],
             b[2], b[3], b[4], b[5]);
    manners_name(core, lower);
}

static void set_up_dhcp(struct phone_core *core)
{
    struct dhcp_client_config dhcp = {.mac = core->config.mac,
                                      .host_name = core->dhcp_host_name,
                                      .class_name = core->dhcp_class,
                                      .serial = core->config.serial,
                                      .device_class = core->model->product_name,
                                      .variation = core->config.variation};
    char consumer[64];
    snprintf(consumer, sizeof consumer, "dhcp of %s", core->host_name);
    random_seed_named(&dhcp.random, core->config.seed, consumer);
    dhcp_client_init(&core->dhcp, &dhcp);
    snprintf(consumer, sizeof consumer, "phone %s", core->host_name);
    random_seed_named(&core->random, core->config.seed, consumer);
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
    core->boot_at_us = core->command_at_us = core->defect.stray_at_us = PHONE_NEVER;
    name_it(core);
    set_up_dhcp(core);
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

static void leased(struct phone_core *core, uint64_t now_us)
{
    char text[IPV4_TEXT_MAX];
    if (core->address_set) { /* another address than before */
        customization_network_down(core, now_us);
        clear_address(core);
    }
    phone_actions_log(&core->actions, "address %s", ipv4_format(core->dhcp.lease.address, text));
    manners_before_address(core);
    set_address(core);
    manners_after_address(core);
    phone_actions_put_kind(&core->actions, PHONE_PAGE_UP);
    customization_network_up(core, now_us);
}

/* Does what the DHCP client wants; `before` is the lease as it was. */
static void handle_dhcp(struct phone_core *core, uint64_t now_us,
                        const struct dhcp_client_output *output, uint32_t old_mask,
                        uint32_t old_router)
{
    switch (output->change) {
    case DHCP_CLIENT_LEASED:
        leased(core, now_us);
        break;
    case DHCP_CLIENT_RENEWED:
        if (core->dhcp.lease.mask != old_mask || core->dhcp.lease.router != old_router)
            set_address(core);
        customization_renewed(core, now_us);
        break;
    case DHCP_CLIENT_LOST:
        phone_actions_log(&core->actions, "the address is lost");
        customization_network_down(core, now_us);
        clear_address(core);
        break;
    case DHCP_CLIENT_NOTHING:
        break;
    }
    send_dhcp(core, output);
}

void phone_core_dhcp_packet(struct phone_core *core, uint64_t now_us, const uint8_t *bytes,
                            size_t length, const struct mac *source_mac)
{
    struct dhcp_client_output output;
    uint32_t mask = core->dhcp.lease.mask, router = core->dhcp.lease.router;
    dhcp_client_receive(&core->dhcp, now_us, bytes, length, source_mac, &output);
    handle_dhcp(core, now_us, &output, mask, router);
}

void phone_core_address_conflict(struct phone_core *core, uint64_t now_us)
{
    struct dhcp_client_output output;
    dhcp_client_conflict(&core->dhcp, now_us, &output);
    handle_dhcp(core, now_us, &output, 0, 0);
}

/* --- power --------------------------------------------------------------------------------------
 */
static void go_down(struct phone_core *core, uint64_t now_us, bool orderly)
{
    struct download_network network;
    struct dhcp_client_output output;
    phone_network(core, &network);
    defect_goes_down(core);
    download_cancel(&core->main, &network);
    download_cancel(&core->pushed, &network);
    download_cancel(&core->defect.stray, &network);
    if (orderly && manners_releases(core)) {
        dhcp_client_release(&core->dhcp, now_us, &output);
        send_dhcp(core, &output);
    } else {
        dhcp_client_stop(&core->dhcp);
        if (!manners_remembers_address(core))
            dhcp_client_forget(&core->dhcp);
    }
    clear_address(core);
    option_urls_done(&core->candidates);
    option_urls_done(&core->trying);
    core->on = core->begun = false;
    core->boot_at_us = core->command_at_us = PHONE_NEVER;
    core->command = COMMAND_NONE;
    core->task = core->scheduled = TASK_NONE;
    core->options_due = core->resume_after_options = core->resync_due = false;
    core->edos_failures = core->failures = 0;
}

static void come_up(struct phone_core *core, uint64_t now_us)
{
    core->on = true;
    core->boot_at_us = now_us + manners_boot_us(core);
    phone_actions_log(&core->actions, "boots");
}

void phone_core_power(struct phone_core *core, uint64_t now_us, bool on)
{
    if (core->on == on)
        return;
    if (on) {
        come_up(core, now_us);
        return;
    }
    unsigned failures = core->edos_failures;
    go_down(core, now_us, false);
    defect_booted(core, false, failures);
}

void phone_core_factory_reset(struct phone_core *core, uint64_t now_us)
{
    unsigned failures = core->edos_failures;
    enum customization_state state = defect_state_after_reset(core);
    if (core->on)
        go_down(core, now_us, true);
    defect_reset(core, failures);
    dhcp_client_forget(&core->dhcp);
    if (state != STATE_CUSTOM_PENDING) {
        parameters_done(&core->memory.parameters);
        parameters_done(&core->memory.edos);
    }
    core->memory.provisioned = false;
    core->main = core->pushed = (struct download){.deadline_us = PHONE_NEVER};
    phone_actions_log(&core->actions, "factory reset");
    customization_set(core, state);
    if (set_presets(core, NULL) < 0) /* they fitted when the phone was made: memory is out */
        core->actions.broken = true;
    come_up(core, now_us);
}

void phone_core_reboot(struct phone_core *core, uint64_t now_us)
{
    if (!core->on)
        return;
    if (quirk_is(core, QUIRK_REBOOT_IS_A_RESET)) {
        phone_core_factory_reset(core, now_us);
        return;
    }
    unsigned failures = core->edos_failures;
    go_down(core, now_us, true);
    defect_booted(core, true, failures);
    come_up(core, now_us);
}

/* --- downloads ----------------------------------------------------------------------------------
 */
/* Carries on where a download has just ended. */
static void after_downloads(struct phone_core *core, uint64_t now_us, bool main_was_running,
                            bool pushed_was_running, const uint8_t *body, size_t length)
{
    if (pushed_was_running && !download_is_running(&core->pushed))
        provisioning_resync_finished(core, body, length);
    if (main_was_running && !download_is_running(&core->main) && core->task != TASK_NONE)
        provisioning_main_finished(core, now_us, body, length);
}

void phone_core_dns_packet(struct phone_core *core, uint64_t now_us, uint32_t source,
                           const uint8_t *bytes, size_t length)
{
    struct download_network network;
    bool main = download_is_running(&core->main), pushed = download_is_running(&core->pushed);
    phone_network(core, &network);
    download_dns_packet(&core->main, &network, now_us, source, bytes, length);
    download_dns_packet(&core->pushed, &network, now_us, source, bytes, length);
    download_dns_packet(&core->defect.stray, &network, now_us, source, bytes, length);
    after_downloads(core, now_us, main, pushed, NULL, 0);
}

void phone_core_transfer_done(struct phone_core *core, uint64_t now_us,
                              const struct transfer_result *result)
{
    struct download_network network;
    bool main = download_is_running(&core->main), pushed = download_is_running(&core->pushed);
    phone_network(core, &network);
    download_transfer_done(&core->main, &network, now_us, result);
    download_transfer_done(&core->pushed, &network, now_us, result);
    download_transfer_done(&core->defect.stray, &network, now_us, result);
    after_downloads(core, now_us, main, pushed, result->body, result->body_length);
}

/* --- deadlines ----------------------------------------------------------------------------------
 */
static bool schedule_waits(const struct phone_core *core)
{
    return core->scheduled != TASK_NONE && core->task == TASK_NONE &&
           dhcp_client_has_lease(&core->dhcp);
}

static void boot_deadline(struct phone_core *core, uint64_t now_us)
{
    struct dhcp_client_output output;
    core->boot_at_us = PHONE_NEVER;
    manners_link_up(core);
    dhcp_client_start(&core->dhcp, now_us, &output);
    send_dhcp(core, &output);
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
    struct download_network network;
    bool main = download_is_running(&core->main), pushed = download_is_running(&core->pushed);
    phone_network(core, &network);
    download_deadline(&core->main, &network, now_us);
    download_deadline(&core->pushed, &network, now_us);
    download_deadline(&core->defect.stray, &network, now_us);
    after_downloads(core, now_us, main, pushed, NULL, 0);
}

static bool downloads_are_due(const struct phone_core *core, uint64_t now_us)
{
    return now_us >= download_next_deadline_us(&core->main) ||
           now_us >= download_next_deadline_us(&core->pushed) ||
           now_us >= download_next_deadline_us(&core->defect.stray);
}

static void dhcp_deadline(struct phone_core *core, uint64_t now_us)
{
    struct dhcp_client_output output;
    uint32_t mask = core->dhcp.lease.mask, router = core->dhcp.lease.router;
    dhcp_client_deadline(&core->dhcp, now_us, &output);
    defect_without_dhcp(core);
    handle_dhcp(core, now_us, &output, mask, router);
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
    } else if (downloads_are_due(core, now_us)) {
        download_deadlines(core, now_us);
    } else if (core->resync_due && now_us >= core->resync_at_us) {
        core->resync_due = false;
        provisioning_resync(core, now_us);
    } else if (schedule_waits(core) && now_us >= core->scheduled_at_us) {
        provisioning_run_scheduled(core, now_us);
    } else if (now_us >= core->defect.stray_at_us) {
        defect_stray(core, now_us);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t phone_core_next_deadline_us(const struct phone_core *core)
{
    uint64_t next = earlier(core->boot_at_us, dhcp_client_next_deadline_us(&core->dhcp));
    next = earlier(next, download_next_deadline_us(&core->main));
    next = earlier(next, download_next_deadline_us(&core->pushed));
    next = earlier(next, download_next_deadline_us(&core->defect.stray));
    next = earlier(next, core->defect.stray_at_us);
    if (core->command != COMMAND_NONE)
        next = earlier(next, core->command_at_us);
    if (core->resync_due)
        next = earlier(next, core->resync_at_us);
    if (schedule_waits(core))
        next = earlier(next, core->scheduled_at_us);
    return next;
}
