/* SPDX-License-Identifier: MIT */
#include "harness/lab/uplink.h"
#include "harness/lab/packet_socket.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET_BUFFER_BYTES = 16 << 20 };

struct uplink {
    struct relay *relay;
    void (*watcher)(void *context, const uint8_t *bytes, size_t length); /* or NULL */
    void *watcher_context;
    struct uplink_line {
        struct mac mac;
        struct link *link;
    } *lines; /* owned; the links are not */
    size_t line_count;
};

/* An access point takes frames only from the one address that has joined it. */
static bool is_wireless(const char *interface)
{
    char path[64];
    snprintf(path, sizeof path, "/sys/class/net/%s/phy80211", interface);
    return access(path, F_OK) == 0;
}

static int look_at_wire(int fd, const char *interface, struct error *error)
{
    struct sockaddr_ll address;
    socklen_t length = sizeof address;
    char name[PACKET_SOCKET_NAME_BYTES];
    bool up = false;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return error_set_errno(error, errno, "cannot look at %s", interface);
    if (address.sll_hatype != ARPHRD_ETHER || is_wireless(interface))
        return error_set(error, ERROR_UNAVAILABLE,
                         "%s is not wired Ethernet: phones can only be tested over a cable",
                         interface);
    if (!packet_socket_interface(fd, name, &up) || !up)
        return error_set(error, ERROR_UNAVAILABLE,
                         "the interface %s is down (raise it: ip link set %s up)", interface,
                         interface);
    if (!packet_socket_has_carrier(fd))
        return error_set(error, ERROR_UNAVAILABLE,
                         "the interface %s has no carrier: is the cable plugged in, and the switch "
                         "on?",
                         interface);
    struct packet_mreq membership = {.mr_ifindex = address.sll_ifindex,
                                     .mr_type = PACKET_MR_PROMISC};
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) < 0)
        return error_set_errno(error, errno, "cannot hear all frames of %s", interface);
    return 0;
}

int uplink_open(const char *interface, int *ret_fd, struct error *error)
{
    int fd;
    int result = packet_socket_open(interface, 0, &fd, error);
    if (result < 0)
        return result;
    result = look_at_wire(fd, interface, error);
    if (result < 0) {
        close(fd);
        return result;
    }
    *ret_fd = fd;
    return 0;
}

/* Whose frame it is: the phone's that sent it or is to get it, or that DHCP answers. */
static struct link *line_of(const struct uplink *uplink, enum relay_side from,
                            const struct relay_frame *frame)
{
    struct frame head;
    struct dhcp_message message;
    if (uplink->line_count == 0 || !frame_decode(frame->bytes, frame->length, &head))
        return NULL;
    const struct mac *mac = from == RELAY_PHONES ? &head.source_mac : &head.destination_mac;
    if (from == RELAY_LAB && head.kind == FRAME_UDP && head.destination_port == DHCP_CLIENT_PORT &&
        dhcp_decode(head.payload, head.payload_length, &message))
        mac = &message.chaddr;
    for (size_t i = 0; i < uplink->line_count; i++)
        if (mac_equal(&uplink->lines[i].mac, mac))
            return uplink->lines[i].link;
    return NULL;
}

static void uplink_frame(void *context, enum relay_side from, const struct relay_frame *frame,
                         uint64_t now_us, const struct relay_out *out)
{
    const struct uplink *uplink = context;
    if (uplink->watcher && from == RELAY_PHONES)
        uplink->watcher(uplink->watcher_context, frame->bytes, frame->length);
    struct link *line = line_of(uplink, from, frame);
    if (line)
        link_frame(line, from, frame, now_us, out);
    else
        out->send(out->context, from == RELAY_PHONES ? RELAY_LAB : RELAY_PHONES, frame, now_us);
}

static struct link *next_line(const struct uplink *uplink)
{
    struct link *next = NULL;
    for (size_t i = 0; i < uplink->line_count; i++)
        if (!next || link_next_us(uplink->lines[i].link) < link_next_us(next))
            next = uplink->lines[i].link;
    return next;
}

static uint64_t uplink_next_us(void *context)
{
    struct link *next = next_line(context);
    return next ? link_next_us(next) : UINT64_MAX;
}

static void uplink_due(void *context, uint64_t now_us, const struct relay_out *out)
{
    struct link *next = next_line(context);
    if (next)
        link_due(next, now_us, out);
}

int uplink_set_line(struct uplink *uplink, const struct mac *mac, struct link *line,
                    struct error *error)
{
    size_t at = 0;
    while (at < uplink->line_count && !mac_equal(&uplink->lines[at].mac, mac))
        at++;
    if (line && at == uplink->line_count) {
        struct uplink_line *lines = realloc(uplink->lines, (at + 1) * sizeof *lines);
        if (!lines)
            return error_set(error, ERROR_MEMORY, "out of memory");
        uplink->lines = lines;
        uplink->line_count++;
    }
    if (line)
        uplink->lines[at] = (struct uplink_line){.mac = *mac, .link = line};
    else if (at < uplink->line_count)
        uplink->lines[at] = uplink->lines[--uplink->line_count];
    uplink_look_again(uplink);
    return 0;
}

void uplink_look_again(struct uplink *uplink)
{
    relay_look_again(uplink->relay);
}

int uplink_new(struct loop *loop, int outside_fd, const char *inside, struct uplink **ret_uplink,
               struct error *error)
{
    struct uplink *uplink = calloc(1, sizeof *uplink);
    if (!uplink)
        return error_set(error, ERROR_MEMORY, "out of memory");
    const struct relay_config config = {
        .loop = loop,
        .ends = {[RELAY_PHONES] = {.fd = outside_fd}, [RELAY_LAB] = {.interface = inside}},
        .buffer_bytes = SOCKET_BUFFER_BYTES,
        .policy = uplink_frame,
        .policy_context = uplink,
        .next_us = uplink_next_us,
        .due = uplink_due};
    int result = relay_new(&config, &uplink->relay, error);
    if (result < 0) {
        free(uplink);
        return error_prefix(error, result, "cannot carry frames between the wire and the lab");
    }
    *ret_uplink = uplink;
    return 0;
}

void uplink_watch(struct uplink *uplink,
                  void (*frame)(void *context, const uint8_t *bytes, size_t length), void *context)
{
    uplink->watcher = frame;
    uplink->watcher_context = context;
}

void uplink_free(struct uplink *uplink)
{
    if (!uplink)
        return;
    relay_free(uplink->relay);
    free(uplink->lines);
    free(uplink);
}

int uplink_count(struct uplink *uplink, struct relay_counters *ret_counters, struct error *error)
{
    int result = relay_count_kernel_drops(uplink->relay, error);
    if (result == 0)
        *ret_counters = *relay_counters(uplink->relay);
    return result;
}
