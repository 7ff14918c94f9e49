/* SPDX-License-Identifier: MIT */
/* Carries out what phone_core decides: every input goes in with the present time, then all actions
 * are taken out and done, then the timer is set to what the core waits for next. */
#include "fakes/phone/emulated_phone.h"
#include "fakes/phone/address_config.h"
#include "fakes/phone/dhcp_link.h"
#include "fakes/phone/name_socket.h"
#include "fakes/phone/page_server.h"
#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_transfers.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct emulated_phone {
    struct emulated_phone_config config;
    struct phone_core *core; /* owned, like all below */
    struct dhcp_link *link;
    struct address_config *address;
    struct name_socket *names;
    struct phone_transfers *transfers;
    struct page_server *page; /* NULL while the page is down */
    uint32_t own_address;     /* 0 = none */
    uint64_t boots;
    struct loop_timer timer, page_timer;
    bool in_page; /* the page's callback is running */
};

static void settle(struct emulated_phone *phone);

static uint64_t now(const struct emulated_phone *phone)
{
    return loop_now_us(phone->config.loop);
}

static void log_line(struct emulated_phone *phone, const char *text)
{
    if (phone->config.log)
        phone->config.log(phone->config.log_context, text);
}

__attribute__((format(printf, 2, 3))) static void log_format(struct emulated_phone *phone,
                                                             const char *format, ...)
{
    char line[PHONE_LOG_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_line(phone, line);
}

/* --- what comes in ---------------------------------------------------------------------------- */

static void dhcp_received(void *context, const uint8_t *bytes, size_t length,
                          const struct mac *source_mac)
{
    struct emulated_phone *phone = context;
    phone_core_dhcp_packet(phone->core, now(phone), bytes, length, source_mac);
    settle(phone);
}

static void arp_answered(void *context, uint32_t address, const struct mac *owner_mac)
{
    struct emulated_phone *phone = context;
    phone_core_arp_answer(phone->core, now(phone), address, owner_mac);
    settle(phone);
}

static void name_received(void *context, uint32_t source, const uint8_t *bytes, size_t length)
{
    struct emulated_phone *phone = context;
    phone_core_dns_packet(phone->core, now(phone), source, bytes, length);
    settle(phone);
}

static void transfer_ended(void *context, unsigned id, const struct fetch_result *result)
{
    struct emulated_phone *phone = context;
    phone_core_transfer_done(phone->core, now(phone), id, result);
    settle(phone);
}

static void deadline_came(void *context)
{
    struct emulated_phone *phone = context;
    phone_core_deadline(phone->core, now(phone));
    settle(phone);
}

/* --- the page --------------------------------------------------------------------------------- */

static void page_view(void *context, struct page_view *ret_view)
{
    struct emulated_phone *phone = context;
    phone_core_status(phone->core, &ret_view->status);
    ret_view->parameters = phone_core_parameters(phone->core);
}

static int configure(struct emulated_phone *phone, const struct parameters *fields,
                     struct error *error)
{
    struct parameter *list = calloc(fields->count + 1, sizeof *list);
    if (!list)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < fields->count; i++)
        list[i] =
            (struct parameter){.name = fields->entries[i].name, .value = fields->entries[i].value};
    int result = phone_core_page_configure(phone->core, now(phone), list, fields->count, error);
    free(list);
    return result;
}

static int page_command(void *context, const struct page_answer *answer, struct error *error)
{
    struct emulated_phone *phone = context;
    int result = 0;
    switch (answer->command) {
    case PAGE_CONFIGURE:
        result = configure(phone, &answer->fields, error);
        break;
    case PAGE_RESYNC:
        result = phone_core_page_resync(phone->core, now(phone), answer->url, error);
        break;
    case PAGE_REBOOT:
        phone_core_page_reboot(phone->core, now(phone));
        break;
    case PAGE_FACTORY_RESET:
        phone_core_page_factory_reset(phone->core, now(phone));
        break;
    case PAGE_NOTHING:
        break;
    }
    phone->in_page = true;
    settle(phone);
    phone->in_page = false;
    return result;
}

static void close_page(void *context)
{
    struct emulated_phone *phone = context;
    loop_timer_cancel(&phone->page_timer);
    page_server_free(phone->page);
    phone->page = NULL;
}

static void page_down(struct emulated_phone *phone)
{
    if (phone->in_page) /* its answer is still to be given */
        loop_timer_set(phone->config.loop, &phone->page_timer, now(phone), close_page, phone);
    else
        close_page(phone);
}

static void page_up(struct emulated_phone *phone)
{
    struct error error;
    close_page(phone);
    if (phone->config.page_none)
        return;
    int result = page_server_new(
        &(const struct page_server_config){.loop = phone->config.loop,
                                           .netns_fd = phone->config.netns_fd,
                                           .address = phone->own_address,
                                           .port = PAGE_PORT,
                                           .password = phone->config.admin_password,
                                           .nonce_seed = phone->config.seed + phone->boots++,
                                           .view = page_view,
                                           .command = page_command,
                                           .context = phone},
        &phone->page, &error);
    if (result < 0) {
        error_prefix(&error, result, "%s cannot serve its page", phone->config.name);
        loop_fail(phone->config.loop, result, &error);
    }
}

/* --- what goes out ---------------------------------------------------------------------------- */

static void set_address(struct emulated_phone *phone, const struct phone_action *action)
{
    struct error error;
    if (phone->own_address != action->address)
        phone_transfers_disconnect(phone->transfers, false);
    phone->own_address = action->address;
    if (address_config_set(phone->address, action->address, action->mask, action->router, &error) <
        0)
        log_line(phone, error.text);
}

static void clear_address(struct emulated_phone *phone)
{
    page_down(phone);
    /* A phone that lost its power says no good-bye. */
    phone_transfers_disconnect(phone->transfers, !phone_core_is_on(phone->core));
    name_socket_close(phone->names);
    address_config_clear(phone->address);
    phone->own_address = 0;
}

static void send_dhcp(struct emulated_phone *phone, const struct phone_action *action)
{
    struct error error;
    if (dhcp_link_send(phone->link, action->source, action->destination, &action->destination_mac,
                       action->bytes, action->length, &error) < 0)
        log_line(phone, error.text);
}

static void carry_out(struct emulated_phone *phone, const struct phone_action *action)
{
    struct error error;
    switch (action->kind) {
    case PHONE_SEND_DHCP:
        send_dhcp(phone, action);
        break;
    case PHONE_SET_ADDRESS:
        set_address(phone, action);
        break;
    case PHONE_CLEAR_ADDRESS:
        clear_address(phone);
        break;
    case PHONE_SEND_DNS:
        if (name_socket_send(phone->names, action->destination, action->bytes, action->length,
                             &error) < 0)
            log_format(phone, "DNS: %s", error.text);
        break;
    case PHONE_SEND_FRAME:
        if (dhcp_link_send_frame(phone->link, action->bytes, action->length, &error) < 0)
            log_line(phone, error.text);
        break;
    case PHONE_START_TRANSFER:
        phone_transfers_start(phone->transfers, action->transfer_id, &action->transfer,
                              phone->own_address);
        break;
    case PHONE_CANCEL_TRANSFER:
        /* A phone that lost its power says no good-bye. */
        phone_transfers_cancel(phone->transfers, action->transfer_id,
                               !phone_core_is_on(phone->core));
        break;
    case PHONE_PAGE_UP:
        page_up(phone);
        break;
    case PHONE_PAGE_DOWN:
        page_down(phone);
        break;
    case PHONE_LOG:
        log_line(phone, action->text);
        break;
    }
}

static void settle(struct emulated_phone *phone)
{
    struct phone_action action;
    while (phone_core_take_action(phone->core, &action))
        carry_out(phone, &action);
    if (phone_core_is_broken(phone->core)) {
        struct error error;
        error_set(&error, ERROR_MEMORY, "the emulated phone %s ran out of memory",
                  phone->config.name);
        loop_fail(phone->config.loop, ERROR_MEMORY, &error);
    }
    uint64_t next_us = phone_core_next_deadline_us(phone->core);
    if (next_us == UINT64_MAX)
        loop_timer_cancel(&phone->timer);
    else if (!loop_timer_is_set(&phone->timer) || phone->timer.deadline_us != next_us)
        loop_timer_set(phone->config.loop, &phone->timer, next_us, deadline_came, phone);
}

/* --- its life --------------------------------------------------------------------------------- */

static int open_core(struct emulated_phone *phone, struct error *error)
{
    const struct emulated_phone_config *config = &phone->config;
    return phone_core_new(
        &(const struct phone_core_config){.mac = config->mac,
                                          .model = config->model,
                                          .serial = config->serial,
                                          .readings = config->readings,
                                          .seed = config->seed,
                                          .edos_scheme = config->edos_scheme,
                                          .edos_host = config->edos_host,
                                          .edos_path = config->edos_path,
                                          .edos_port = config->edos_port,
                                          .parameters = config->parameters,
                                          .parameter_count = config->parameter_count,
                                          .quirk = config->quirk,
                                          .variation = config->variation},
        &phone->core, error);
}

static int open_all(struct emulated_phone *phone, struct error *error)
{
    const struct emulated_phone_config *config = &phone->config;
    const bool probes = config->variation && config->variation->arp_probe;
    const struct dhcp_link_ears ears = {
        .dhcp = dhcp_received, .arp = probes ? arp_answered : NULL, .context = phone};
    int result = open_core(phone, error);
    if (result == 0)
        result = address_config_new(config->netns_fd, config->interface, &phone->address, error);
    if (result == 0)
        result = dhcp_link_new(config->loop, config->netns_fd, config->interface, &config->mac,
                               &ears, &phone->link, error);
    if (result == 0)
        result = name_socket_new(config->loop, config->netns_fd, name_received, phone,
                                 &phone->names, error);
    if (result == 0)
        result = phone_transfers_new(config->loop, config->netns_fd, config->ca_file,
                                     config->certificate_fd, transfer_ended, phone,
                                     &phone->transfers, error);
    return result;
}

int emulated_phone_new(const struct emulated_phone_config *config,
                       struct emulated_phone **ret_phone, struct error *error)
{
    struct emulated_phone *phone = calloc(1, sizeof *phone);
    if (!phone)
        return error_set(error, ERROR_MEMORY, "out of memory");
    phone->config = *config;
    int result = open_all(phone, error);
    if (result < 0) {
        error_prefix(error, result, "%s", config->name);
        emulated_phone_free(phone);
        return result;
    }
    *ret_phone = phone;
    return 0;
}

void emulated_phone_free(struct emulated_phone *phone)
{
    if (!phone)
        return;
    loop_timer_cancel(&phone->timer);
    close_page(phone);
    phone_transfers_free(phone->transfers);
    name_socket_free(phone->names);
    dhcp_link_free(phone->link);
    address_config_free(phone->address);
    phone_core_free(phone->core);
    free(phone);
}

/* --- what is done to the phone ---------------------------------------------------------------- */

static int settled(struct emulated_phone *phone, struct error *error)
{
    settle(phone);
    return phone_core_is_broken(phone->core)
               ? error_set(error, ERROR_MEMORY, "%s ran out of memory", phone->config.name)
               : 0;
}

int emulated_phone_power(struct emulated_phone *phone, bool on, struct error *error)
{
    phone_core_power(phone->core, now(phone), on);
    return settled(phone, error);
}

int emulated_phone_factory_reset(struct emulated_phone *phone, struct error *error)
{
    phone_core_factory_reset(phone->core, now(phone));
    return settled(phone, error);
}

int emulated_phone_reboot(struct emulated_phone *phone, struct error *error)
{
    phone_core_reboot(phone->core, now(phone));
    return settled(phone, error);
}

bool emulated_phone_is_on(const struct emulated_phone *phone)
{
    return phone_core_is_on(phone->core);
}

const char *emulated_phone_shown_state(const struct emulated_phone *phone)
{
    struct phone_status status;
    phone_core_status(phone->core, &status);
    return status.customization;
}
