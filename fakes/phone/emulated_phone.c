/* SPDX-License-Identifier: MIT */
/* Carries out what phone_core decides: every input goes in with the present time, then all actions
 * are taken out and done, then the timer is set to what the core waits for next. */
#include "fakes/phone/emulated_phone.h"
#include "fakes/phone/address_config.h"
#include "fakes/phone/dhcp_link.h"
#include "fakes/phone/page_server.h"
#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_transfers.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dns.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAME_ANSWERS_A_TURN_MAX = 16 };

struct emulated_phone {
    struct emulated_phone_config config;
    struct phone_core *core; /* owned, like all below */
    struct dhcp_link *link;
    struct address_config *address;
    struct name_socket {
        int fd; /* -1 = closed */
        uint32_t server;
        struct loop_watch *watch;
    } names;
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

static void transfer_ended(void *context, unsigned id, const struct fetch_result *result)
{
    struct emulated_phone *phone = context;
    phone_core_transfer_done(phone->core, now(phone), id, result);
    settle(phone);
}

static void rearm(struct emulated_phone *phone);

static void transfer_progress(void *context, unsigned id)
{
    struct emulated_phone *phone = context;
    phone_core_transfer_progress(phone->core, now(phone), id);
    rearm(phone);
}

static void deadline_came(void *context)
{
    struct emulated_phone *phone = context;
    phone_core_deadline(phone->core, now(phone));
    settle(phone);
}

/* --- names ------------------------------------------------------------------------------------ */
/* What is waited for is no debt of the loop: the name server's barrier covers it. */

static void close_names(struct name_socket *names)
{
    loop_unwatch(names->watch);
    if (names->fd >= 0)
        close(names->fd);
    *names = (struct name_socket){.fd = -1};
}

static void names_readable(void *context, uint32_t events)
{
    struct emulated_phone *phone = context;
    struct name_socket *names = &phone->names;
    uint8_t bytes[DNS_MESSAGE_MAX];
    (void)events;
    /* What the core makes of an answer may close the socket, or connect it elsewhere. */
    for (int i = 0; i < NAME_ANSWERS_A_TURN_MAX && names->fd >= 0; i++) {
        ssize_t length = recv(names->fd, bytes, sizeof bytes, 0);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        /* An error (port unreachable) is taken off the socket by this; the phone's own clock counts
         * the missing answer. */
        if (length <= 0)
            continue;
        phone_core_dns_packet(phone->core, now(phone), names->server, bytes, (size_t)length);
        settle(phone);
    }
}

/* Connected to one server, it no longer hears the answers of another. */
static int open_names(struct emulated_phone *phone, uint32_t server, struct error *error)
{
    struct name_socket *names = &phone->names;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(DNS_PORT), .sin_addr.s_addr = htonl(server)};
    close_names(names);
    int fd = namespace_socket(phone->config.netns_fd, AF_INET, SOCK_DGRAM, 0, error);
    if (fd < 0)
        return fd;
    names->fd = fd;
    names->server = server;
    int result = 0;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        result = error_set_errno(error, errno, "the name server cannot be reached");
    else
        result = loop_watch(phone->config.loop, fd, EPOLLIN, names_readable, phone, &names->watch,
                            error);
    if (result < 0)
        close_names(names);
    return result;
}

static void send_dns(struct emulated_phone *phone, const struct phone_action *action)
{
    struct error error;
    int result = 0;
    if (phone->names.fd < 0 || phone->names.server != action->destination)
        result = open_names(phone, action->destination, &error);
    if (result == 0 && send(phone->names.fd, action->bytes, action->length, MSG_NOSIGNAL) < 0)
        result = error_set_errno(&error, errno, "cannot send a question");
    if (result < 0) {
        error_prefix(&error, result, "DNS");
        log_line(phone, error.text);
    }
}

/* --- the page --------------------------------------------------------------------------------- */

static void page_view(void *context, struct page_view *ret_view)
{
    struct emulated_phone *phone = context;
    phone_core_status(phone->core, &ret_view->status);
    ret_view->parameters = phone_core_parameters(phone->core);
}

static int page_command(void *context, const struct page_answer *answer, struct error *error)
{
    struct emulated_phone *phone = context;
    int result = 0;
    switch (answer->command) {
    case PAGE_CONFIGURE:
        result = phone_core_page_configure(phone->core, &answer->fields, error);
        break;
    case PAGE_RESYNC:
        result = phone_core_page_resync(phone->core, now(phone), answer->url, error);
        break;
    case PAGE_REBOOT:
    case PAGE_FACTORY_RESET:
        phone_core_page_reboot(phone->core, now(phone), answer->command == PAGE_FACTORY_RESET);
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
                                           .nonce_seed = phone->config.core.seed + phone->boots++,
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
    phone_transfers_disconnect(phone->transfers, !phone_core_can_speak(phone->core));
    close_names(&phone->names);
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
        send_dns(phone, action);
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
        phone_transfers_cancel(phone->transfers, action->transfer_id,
                               !phone_core_can_speak(phone->core));
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

static void rearm(struct emulated_phone *phone)
{
    uint64_t next_us = phone_core_next_deadline_us(phone->core);
    if (next_us == UINT64_MAX)
        loop_timer_cancel(&phone->timer);
    else if (!loop_timer_is_set(&phone->timer) || phone->timer.deadline_us != next_us)
        loop_timer_set(phone->config.loop, &phone->timer, next_us, deadline_came, phone);
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
    rearm(phone);
}

/* --- its life --------------------------------------------------------------------------------- */

static int open_all(struct emulated_phone *phone, struct error *error)
{
    const struct emulated_phone_config *config = &phone->config;
    const bool probes = config->core.variation && config->core.variation->arp_probe;
    const struct dhcp_link_ears ears = {
        .dhcp = dhcp_received, .arp = probes ? arp_answered : NULL, .context = phone};
    int result = phone_core_new(&config->core, &phone->core, error);
    if (result == 0)
        result = address_config_new(config->netns_fd, config->interface, &phone->address, error);
    if (result == 0)
        result = dhcp_link_new(config->loop, config->netns_fd, config->interface, &config->core.mac,
                               &ears, &phone->link, error);
    if (result == 0)
        result = phone_transfers_new(config->loop, config->netns_fd, config->ca_file,
                                     config->certificate_fd, transfer_progress, transfer_ended,
                                     phone, &phone->transfers, error);
    return result;
}

int emulated_phone_new(const struct emulated_phone_config *config,
                       struct emulated_phone **ret_phone, struct error *error)
{
    struct emulated_phone *phone = calloc(1, sizeof *phone);
    if (!phone)
        return error_set(error, ERROR_MEMORY, "out of memory");
    phone->config = *config;
    phone->names.fd = -1;
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
    close_names(&phone->names);
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

int emulated_phone_carrier(struct emulated_phone *phone, bool has, struct error *error)
{
    phone_core_carrier(phone->core, now(phone), has);
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
