/* SPDX-License-Identifier: MIT */
#include "harness/lab/relay.h"
#include "harness/base/background.h"
#include "harness/lab/packet_socket.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
    TAG_BYTES = 4,
    ADDRESSES_BYTES = 2 * ETH_ALEN,
    FRAME_BYTES_MAX = ETH_HLEN + 65536, /* the largest segment that the kernel does not cut */
    FRAMES_A_TURN = 256,
};

struct stored_frame { /* held back until its time, or waiting for room */
    struct relay *relay;
    enum relay_side to;
    struct loop_timer timer;
    struct stored_frame *next;
    struct relay_frame frame; /* of `bytes` */
    uint8_t bytes[];
};

struct end {
    struct relay *relay;
    enum relay_side side;
    int fd;
    bool owned;
    struct loop_watch *watch;
    uint32_t events; /* watched for at present */
    /* What could not be sent to this end yet, in order. The other end is not read meanwhile. */
    struct stored_frame *waiting, **waiting_last;
    unsigned waiting_count;
};

struct relay {
    struct relay_config config;
    struct end ends[RELAY_SIDES];
    struct stored_frame *held;
    unsigned held_count;
    struct loop_timer timer; /* of a policy that keeps frames itself */
    struct relay_counters counters;
    struct loop_debtor debtor;
    bool failed;
    uint8_t room[TAG_BYTES + FRAME_BYTES_MAX]; /* a frame is read behind the room for its tag */
};

static struct end *other_end(struct end *end)
{
    return &end->relay->ends[end->side == RELAY_LAB ? RELAY_PHONES : RELAY_LAB];
}

static void fail(struct end *end, int errno_value, const char *what)
{
    struct error error;
    char name[PACKET_SOCKET_NAME_BYTES];
    bool up;
    if (end->relay->failed)
        return;
    end->relay->failed = true;
    if (!packet_socket_interface(end->fd, name, &up))
        error_set(&error, ERROR_SYSTEM, "an interface of the wire was removed while the lab ran");
    else if (!up)
        error_set(&error, ERROR_SYSTEM, "the interface %s was taken down while the lab ran", name);
    else
        error_set_errno(&error, errno_value, "cannot %s %s", what, name);
    loop_fail(end->relay->config.loop, ERROR_SYSTEM, &error);
}

/* --- out --- */

/* A copy that waits for something; NULL and a failed loop if `*count` is at its bound. */
static struct stored_frame *store(struct end *to, const struct relay_frame *frame, unsigned *count,
                                  unsigned count_max)
{
    struct stored_frame *stored =
        *count < count_max ? calloc(1, sizeof *stored + frame->length) : NULL;
    if (!stored) {
        fail(to, ENOBUFS, "hold back frames for");
        return NULL;
    }
    ++*count;
    stored->relay = to->relay;
    stored->to = to->side;
    stored->frame = *frame;
    stored->frame.bytes = stored->bytes;
    memcpy(stored->bytes, frame->bytes, frame->length);
    return stored;
}

/* False: there is no room yet. */
static bool hand_on(struct end *to, const struct relay_frame *frame)
{
    struct relay *relay = to->relay;
    struct virtio_net_hdr offload = frame->offload;
    struct iovec parts[] = {{&offload, sizeof offload},
                            {(void *)(uintptr_t)frame->bytes, frame->length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (sendmsg(to->fd, &message, 0) >= 0) {
        relay->counters.sent[to->side]++;
        return true;
    }
    int reason = errno;
    if (reason == EAGAIN || reason == EINTR)
        return false;
    if (relay->config.lossless || reason == ENETDOWN || reason == ENXIO || reason == ENODEV)
        fail(to, reason, "send frames to");
    else if (reason == ENOBUFS && !packet_socket_has_carrier(to->fd))
        relay->counters.unplugged++; /* without carrier it is refused as if a queue were full */
    else
        relay->counters.dropped++;
    return true;
}

/* An end is read while the other takes what comes, and written to while something waits for it. */
static void watch_for(struct end *end)
{
    struct error error;
    uint32_t events = (other_end(end)->waiting ? 0u : (uint32_t)EPOLLIN) |
                      (end->waiting ? (uint32_t)EPOLLOUT : 0u);
    if (events == end->events || !end->watch)
        return;
    end->events = events;
    int result = loop_watch_change(end->watch, events, &error);
    if (result < 0)
        loop_fail(end->relay->config.loop, result, &error);
}

static void send_or_wait(struct end *to, const struct relay_frame *frame)
{
    if (to->relay->failed || (!to->waiting && hand_on(to, frame)))
        return;
    struct stored_frame *stored = store(to, frame, &to->waiting_count, RELAY_WAITING_MAX);
    if (!stored)
        return;
    *to->waiting_last = stored;
    to->waiting_last = &stored->next;
    watch_for(to);
    watch_for(other_end(to));
}

static void send_waiting(struct end *to)
{
    while (to->waiting && !to->relay->failed && hand_on(to, &to->waiting->frame)) {
        struct stored_frame *sent = to->waiting;
        to->waiting = sent->next;
        if (!to->waiting)
            to->waiting_last = &to->waiting;
        to->waiting_count--;
        free(sent);
    }
    watch_for(to);
    watch_for(other_end(to));
}

static void hold_is_over(void *context)
{
    struct stored_frame *stored = context;
    struct relay *relay = stored->relay;
    struct stored_frame **at = &relay->held;
    while (*at != stored)
        at = &(*at)->next;
    *at = stored->next;
    relay->held_count--;
    send_or_wait(&relay->ends[stored->to], &stored->frame);
    free(stored);
}

static void send_out(void *context, enum relay_side to, const struct relay_frame *frame,
                     uint64_t at_us)
{
    struct relay *relay = context;
    if (at_us <= loop_now_us(relay->config.loop)) {
        send_or_wait(&relay->ends[to], frame);
        return;
    }
    struct stored_frame *stored =
        store(&relay->ends[to], frame, &relay->held_count, RELAY_HELD_MAX);
    if (!stored)
        return;
    stored->next = relay->held;
    relay->held = stored;
    loop_timer_set(relay->config.loop, &stored->timer, at_us, hold_is_over, stored);
}

/* --- a policy that keeps frames itself --- */

static void policy_is_due(void *context)
{
    struct relay *relay = context;
    const struct relay_out out = {.send = send_out, .context = relay};
    uint64_t now_us = loop_now_us(relay->config.loop);
    /* On a jumping clock what one frame causes takes its turn before the next. On the real one a
     * turn takes in many frames: as many go out. */
    int most = loop_clock(relay->config.loop) == LOOP_CLOCK_REAL ? FRAMES_A_TURN : 1;
    do
        relay->config.due(relay->config.policy_context, now_us, &out);
    while (--most > 0 && !relay->failed &&
           relay->config.next_us(relay->config.policy_context) <= now_us);
    relay_look_again(relay);
}

void relay_look_again(struct relay *relay)
{
    if (!relay->config.next_us)
        return;
    uint64_t next_us = relay->config.next_us(relay->config.policy_context);
    if (next_us == UINT64_MAX || relay->failed)
        loop_timer_cancel(&relay->timer);
    else if (!loop_timer_is_set(&relay->timer) || relay->timer.deadline_us != next_us)
        loop_timer_set(relay->config.loop, &relay->timer, next_us, policy_is_due, relay);
}

/* --- in --- */

/* Received frames have their VLAN tag beside them; on the wire it stands behind the addresses. */
static void put_tag_back(struct relay_frame *frame, struct msghdr *message, uint8_t *bytes)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        struct tpacket_auxdata data;
        if (at->cmsg_level != SOL_PACKET || at->cmsg_type != PACKET_AUXDATA ||
            at->cmsg_len < CMSG_LEN(sizeof data))
            continue;
        memcpy(&data, CMSG_DATA(at), sizeof data);
        if (!(data.tp_status & TP_STATUS_VLAN_VALID) || frame->length < ADDRESSES_BYTES)
            continue;
        uint16_t protocol =
            htons(data.tp_status & TP_STATUS_VLAN_TPID_VALID ? data.tp_vlan_tpid : ETH_P_8021Q);
        uint16_t tag = htons(data.tp_vlan_tci);
        bytes -= TAG_BYTES;
        memmove(bytes, bytes + TAG_BYTES, ADDRESSES_BYTES);
        memcpy(bytes + ADDRESSES_BYTES, &protocol, sizeof protocol);
        memcpy(bytes + ADDRESSES_BYTES + 2, &tag, sizeof tag);
        frame->bytes = bytes;
        frame->length += TAG_BYTES;
        if (frame->offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
            frame->offload.csum_start = (uint16_t)(frame->offload.csum_start + TAG_BYTES);
        if (frame->offload.gso_type != VIRTIO_NET_HDR_GSO_NONE)
            frame->offload.hdr_len = (uint16_t)(frame->offload.hdr_len + TAG_BYTES);
        return;
    }
}

/* The next frame, of the relay's room; its length stays 0 if it had to be dropped. False: there is
 * none. */
static bool take(struct end *end, struct relay_frame *frame)
{
    struct relay *relay = end->relay;
    uint8_t *bytes = relay->room + TAG_BYTES;
    union {
        struct cmsghdr aligned;
        uint8_t bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    } control;
    struct iovec parts[] = {{&frame->offload, sizeof frame->offload}, {bytes, FRAME_BYTES_MAX}};
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 2,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(end->fd, &message, 0);
    frame->length = 0;
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (length < 0 && errno != EINVAL) {
        fail(end, errno, "take frames from");
        return false;
    }
    /* EINVAL: a kind of uncut segments that has no form here; the frame is gone. */
    if (length <= (ssize_t)sizeof frame->offload || (message.msg_flags & MSG_TRUNC)) {
        relay->counters.dropped++;
        return true;
    }
    frame->bytes = bytes;
    frame->length = (size_t)length - sizeof frame->offload;
    put_tag_back(frame, &message, bytes);
    return true;
}

static void carry(struct end *from)
{
    struct relay *relay = from->relay;
    const struct relay_out out = {.send = send_out, .context = relay};
    struct relay_frame frame;
    for (int i = 0; i < FRAMES_A_TURN && !relay->failed && !other_end(from)->waiting; i++) {
        if (!take(from, &frame))
            break;
        if (frame.length > 0)
            relay->config.policy(relay->config.policy_context, from->side, &frame,
                                 loop_now_us(relay->config.loop), &out);
    }
    relay_look_again(relay);
}

/* The error that the kernel left on the socket (ENETDOWN), if any. */
static void look_for_error(struct end *end)
{
    int reason = 0;
    socklen_t length = sizeof reason;
    if (getsockopt(end->fd, SOL_SOCKET, SO_ERROR, &reason, &length) == 0 && reason != 0)
        fail(end, reason, "carry frames of");
}

static void end_ready(void *context, uint32_t epoll_events)
{
    struct end *end = context;
    if (epoll_events & (EPOLLERR | EPOLLHUP))
        look_for_error(end);
    if (epoll_events & EPOLLOUT)
        send_waiting(end);
    if (epoll_events & EPOLLIN)
        carry(end);
}

/* --- its life --- */

static bool owes(void *context)
{
    const struct relay *relay = context;
    return relay->ends[RELAY_PHONES].waiting || relay->ends[RELAY_LAB].waiting;
}

static int start_end(struct end *end, struct error *error)
{
    int one = 1;
    if (setsockopt(end->fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) < 0 ||
        setsockopt(end->fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0)
        return error_set_errno(error, errno, "cannot take frames as they are");
    packet_socket_set_buffer(end->fd, end->relay->config.buffer_bytes);
    end->events = EPOLLIN;
    int result = packet_socket_start(end->fd, ETH_P_ALL, error);
    return result < 0 ? result
                      : loop_watch(end->relay->config.loop, end->fd, EPOLLIN, end_ready, end,
                                   &end->watch, error);
}

int relay_new(const struct relay_config *config, struct relay **ret_relay, struct error *error)
{
    struct relay *relay = calloc(1, sizeof *relay);
    int result = 0;
    if (!relay)
        return error_set(error, ERROR_MEMORY, "out of memory");
    relay->config = *config;
    relay->debtor = (struct loop_debtor){
        .owes = owes, .context = relay, .name = "an interface to take the frames that wait for it"};
    for (enum relay_side side = 0; side < RELAY_SIDES; side++) {
        const struct relay_end *given = &config->ends[side];
        struct end *end = &relay->ends[side];
        *end = (struct end){.relay = relay,
                            .side = side,
                            .fd = given->interface ? -1 : given->fd,
                            .owned = given->interface != NULL};
        end->waiting_last = &end->waiting;
    }
    loop_debtor_add(config->loop, &relay->debtor);
    for (int side = RELAY_SIDES - 1; result == 0 && side >= 0; side--) {
        struct end *end = &relay->ends[side];
        if (end->owned)
            result = packet_socket_open(config->ends[side].interface, 0, &end->fd, error);
        if (result == 0)
            result = start_end(end, error);
    }
    if (result < 0) {
        relay_free(relay);
        return result;
    }
    *ret_relay = relay;
    return 0;
}

static void free_all(struct stored_frame *first)
{
    while (first) {
        struct stored_frame *next = first->next;
        loop_timer_cancel(&first->timer);
        free(first);
        first = next;
    }
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    loop_debtor_remove(relay->config.loop, &relay->debtor);
    loop_timer_cancel(&relay->timer);
    for (enum relay_side side = 0; side < RELAY_SIDES; side++) {
        struct end *end = &relay->ends[side];
        loop_unwatch(end->watch);
        if (end->owned && end->fd >= 0)
            background_close(end->fd);
        free_all(end->waiting);
    }
    free_all(relay->held);
    free(relay);
}

const struct relay_counters *relay_counters(const struct relay *relay)
{
    return &relay->counters;
}

int relay_count_kernel_drops(struct relay *relay, struct error *error)
{
    for (enum relay_side side = 0; side < RELAY_SIDES; side++) {
        struct tpacket_stats statistics; /* the kernel's count starts anew each time it is read */
        socklen_t length = sizeof statistics;
        if (getsockopt(relay->ends[side].fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) <
            0)
            return error_set_errno(error, errno, "cannot ask how many frames were dropped");
        relay->counters.dropped += statistics.tp_drops;
    }
    return 0;
}
