/* SPDX-License-Identifier: MIT */
#include "harness/lab/uplink.h"
#include "harness/base/background.h"
#include "harness/lab/packet_socket.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    TAG_BYTES = 4,
    ADDRESSES_BYTES = 2 * ETH_ALEN,
    FRAME_BYTES_MAX = ETH_HLEN + 65536, /* the largest segment that the kernel does not cut */
    FRAMES_A_TURN = 256,
    SOCKET_BUFFER_BYTES = 16 << 20,
};

/* One direction, from the socket of one side to that of the other. */
struct lane {
    struct virtio_net_hdr header;
    uint8_t room[TAG_BYTES + FRAME_BYTES_MAX]; /* a frame is read behind the room for its tag */
    uint8_t *frame;
    size_t length; /* of a frame that the other side has no room for yet; 0 = none */
};

struct uplink_side {
    struct uplink *uplink;
    struct uplink_side *other;
    int fd;
    struct loop_watch *watch;
    uint32_t events;  /* watched for at present */
    struct lane lane; /* of what comes in here */
};

struct uplink {
    struct loop *loop;
    struct uplink_side outside, inside;
    uint64_t carried, unplugged, dropped;
    bool failed;
    void (*watcher)(void *context, const uint8_t *bytes, size_t length); /* or NULL */
    void *watcher_context;
};

/* --- taking hold -------------------------------------------------------------------------------
 */

static int take_whole_frames(int fd, struct error *error)
{
    int one = 1;
    if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0)
        return error_set_errno(error, errno, "cannot take frames as they are");
    packet_socket_set_buffer(fd, SOCKET_BUFFER_BYTES);
    return 0;
}

/* Flags of the interface of this packet socket, asked in the namespace of the socket; its name in
 * `request`. False: it is gone. */
static bool interface_flags(int fd, struct ifreq *request, unsigned *ret_flags)
{
    struct sockaddr_ll address;
    socklen_t length = sizeof address;
    memset(request, 0, sizeof *request);
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return false;
    request->ifr_ifindex = address.sll_ifindex;
    if (ioctl(fd, SIOCGIFNAME, request) < 0 || ioctl(fd, SIOCGIFFLAGS, request) < 0)
        return false;
    *ret_flags = (unsigned short)request->ifr_flags;
    return true;
}

/* Without the second's delay with which the kernel may make a lost carrier known. */
static bool has_carrier(int fd)
{
    struct ifreq request;
    unsigned flags;
    struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
    if (!interface_flags(fd, &request, &flags))
        return false;
    request.ifr_data = (void *)&link;
    if (ioctl(fd, SIOCETHTOOL, &request) == 0)
        return link.data != 0;
    return flags & IFF_RUNNING;
}

/* An access point takes frames only from the one address that has joined it. */
static bool is_wireless(const char *interface)
{
    char path[64];
    snprintf(path, sizeof path, "/sys/class/net/%s/phy80211", interface);
    return access(path, F_OK) == 0;
}

static int look_at_wire(int fd, const char *interface, struct error *error)
{
    struct ifreq request;
    struct sockaddr_ll address;
    socklen_t length = sizeof address;
    unsigned flags = 0;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return error_set_errno(error, errno, "cannot look at %s", interface);
    if (address.sll_hatype != ARPHRD_ETHER || is_wireless(interface))
        return error_set(error, ERROR_UNAVAILABLE,
                         "%s is not wired Ethernet: phones can only be tested over a cable",
                         interface);
    if (!interface_flags(fd, &request, &flags) || !(flags & IFF_UP))
        return error_set(error, ERROR_UNAVAILABLE,
                         "the interface %s is down (raise it: ip link set %s up)", interface,
                         interface);
    if (!has_carrier(fd))
        return error_set(error, ERROR_UNAVAILABLE,
                         "the interface %s has no carrier: is the cable plugged in, and the switch "
                         "on?",
                         interface);
    struct packet_mreq membership = {.mr_ifindex = address.sll_ifindex,
                                     .mr_type = PACKET_MR_PROMISC};
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) < 0)
        return error_set_errno(error, errno, "cannot hear all frames of %s", interface);
    return take_whole_frames(fd, error);
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

/* --- one frame -----------------------------------------------------------------------------------
 */

static void fail(struct uplink_side *side, int errno_value, const char *what)
{
    struct error error;
    struct ifreq request;
    unsigned flags;
    if (side->uplink->failed)
        return;
    side->uplink->failed = true;
    if (!interface_flags(side->fd, &request, &flags))
        error_set(&error, ERROR_SYSTEM, "an interface of the wire was removed while the lab ran");
    else if (!(flags & IFF_UP))
        error_set(&error, ERROR_SYSTEM, "the interface %s was taken down while the lab ran",
                  request.ifr_name);
    else
        error_set_errno(&error, errno_value, "cannot %s %s", what, request.ifr_name);
    loop_fail(side->uplink->loop, ERROR_SYSTEM, &error);
}

/* Received frames have their VLAN tag beside them; on the wire it stands behind the addresses. */
static void put_tag_back(struct lane *lane, struct msghdr *message)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        struct tpacket_auxdata data;
        if (at->cmsg_level != SOL_PACKET || at->cmsg_type != PACKET_AUXDATA ||
            at->cmsg_len < CMSG_LEN(sizeof data))
            continue;
        memcpy(&data, CMSG_DATA(at), sizeof data);
        if (!(data.tp_status & TP_STATUS_VLAN_VALID) || lane->length < ADDRESSES_BYTES)
            continue;
        uint16_t protocol =
            htons(data.tp_status & TP_STATUS_VLAN_TPID_VALID ? data.tp_vlan_tpid : ETH_P_8021Q);
        uint16_t tag = htons(data.tp_vlan_tci);
        lane->frame -= TAG_BYTES;
        lane->length += TAG_BYTES;
        memmove(lane->frame, lane->frame + TAG_BYTES, ADDRESSES_BYTES);
        memcpy(lane->frame + ADDRESSES_BYTES, &protocol, sizeof protocol);
        memcpy(lane->frame + ADDRESSES_BYTES + 2, &tag, sizeof tag);
        if (lane->header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
            lane->header.csum_start = (uint16_t)(lane->header.csum_start + TAG_BYTES);
        if (lane->header.gso_type != VIRTIO_NET_HDR_GSO_NONE)
            lane->header.hdr_len = (uint16_t)(lane->header.hdr_len + TAG_BYTES);
        return;
    }
}

enum outcome { DONE, NOTHING, BROKEN };

/* The next frame into the side's lane; length stays 0 if it had to be dropped. */
static enum outcome take(struct uplink_side *side)
{
    struct lane *lane = &side->lane;
    union {
        struct cmsghdr aligned;
        uint8_t bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    } control;
    struct iovec parts[] = {{&lane->header, sizeof lane->header},
                            {lane->room + TAG_BYTES, FRAME_BYTES_MAX}};
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 2,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t length = recvmsg(side->fd, &message, 0);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return NOTHING;
    if (length < 0 && errno != EINVAL) {
        fail(side, errno, "take frames from");
        return BROKEN;
    }
    /* EINVAL: a kind of uncut segments that has no form here; the frame is gone. */
    if (length <= (ssize_t)sizeof lane->header || (message.msg_flags & MSG_TRUNC)) {
        side->uplink->dropped++;
        return DONE;
    }
    lane->frame = lane->room + TAG_BYTES;
    lane->length = (size_t)length - sizeof lane->header;
    put_tag_back(lane, &message);
    if (side->uplink->watcher && side == &side->uplink->outside)
        side->uplink->watcher(side->uplink->watcher_context, lane->frame, lane->length);
    return DONE;
}

/* Hands the lane's frame to the other side. NOTHING: it has no room yet, the frame stays. */
static enum outcome hand_on(struct uplink_side *from)
{
    struct lane *lane = &from->lane;
    struct uplink *uplink = from->uplink;
    struct iovec parts[] = {{&lane->header, sizeof lane->header}, {lane->frame, lane->length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = sendmsg(from->other->fd, &message, 0);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return NOTHING;
    lane->length = 0;
    if (sent >= 0) {
        uplink->carried++;
        return DONE;
    }
    int reason = errno;
    if (reason == ENETDOWN || reason == ENXIO || reason == ENODEV) {
        fail(from->other, reason, "send frames to");
        return BROKEN;
    }
    /* Without carrier the kernel refuses a frame as if its queue were full. */
    if (reason == ENOBUFS && !has_carrier(from->other->fd))
        uplink->unplugged++;
    else
        uplink->dropped++;
    return DONE;
}

/* --- the turn ------------------------------------------------------------------------------------
 */

/* A side is read while its last frame has found room, and written to while one waits for it. */
static void watch_for(struct uplink_side *side)
{
    struct error error;
    uint32_t events = (side->lane.length ? 0u : (uint32_t)EPOLLIN) |
                      (side->other->lane.length ? (uint32_t)EPOLLOUT : 0u);
    if (events == side->events || !side->watch)
        return;
    side->events = events;
    int result = loop_watch_change(side->watch, events, &error);
    if (result < 0)
        loop_fail(side->uplink->loop, result, &error);
}

static void carry(struct uplink_side *from)
{
    for (int i = 0; i < FRAMES_A_TURN && !from->uplink->failed; i++) {
        if (from->lane.length == 0 && take(from) != DONE)
            return;
        if (from->lane.length != 0 && hand_on(from) != DONE)
            return;
    }
}

/* The error that the kernel left on the socket (ENETDOWN), if any. */
static void look_for_error(struct uplink_side *side)
{
    int reason = 0;
    socklen_t length = sizeof reason;
    if (getsockopt(side->fd, SOL_SOCKET, SO_ERROR, &reason, &length) == 0 && reason != 0)
        fail(side, reason, "carry frames of");
}

static void side_ready(void *context, uint32_t epoll_events)
{
    struct uplink_side *side = context;
    if (epoll_events & (EPOLLERR | EPOLLHUP))
        look_for_error(side);
    if (epoll_events & EPOLLOUT)
        carry(side->other);
    if (epoll_events & EPOLLIN)
        carry(side);
    watch_for(side);
    watch_for(side->other);
}

/* --- its life ------------------------------------------------------------------------------------
 */

static int start_side(struct uplink_side *side, struct error *error)
{
    side->events = EPOLLIN;
    int result = packet_socket_start(side->fd, ETH_P_ALL, error);
    return result < 0 ? result
                      : loop_watch(side->uplink->loop, side->fd, EPOLLIN, side_ready, side,
                                   &side->watch, error);
}

int uplink_new(struct loop *loop, int outside_fd, const char *inside, struct uplink **ret_uplink,
               struct error *error)
{
    struct uplink *uplink = calloc(1, sizeof *uplink);
    if (!uplink)
        return error_set(error, ERROR_MEMORY, "out of memory");
    uplink->loop = loop;
    uplink->outside =
        (struct uplink_side){.uplink = uplink, .other = &uplink->inside, .fd = outside_fd};
    uplink->inside = (struct uplink_side){.uplink = uplink, .other = &uplink->outside, .fd = -1};
    int result = packet_socket_open(inside, 0, &uplink->inside.fd, error);
    if (result == 0)
        result = take_whole_frames(uplink->inside.fd, error);
    if (result == 0)
        result = start_side(&uplink->inside, error);
    if (result == 0)
        result = start_side(&uplink->outside, error);
    if (result < 0) {
        uplink_free(uplink);
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
    loop_unwatch(uplink->outside.watch);
    loop_unwatch(uplink->inside.watch);
    if (uplink->inside.fd >= 0)
        background_close(uplink->inside.fd);
    free(uplink);
}

uint64_t uplink_carried(const struct uplink *uplink)
{
    return uplink->carried;
}

uint64_t uplink_unplugged(const struct uplink *uplink)
{
    return uplink->unplugged;
}

/* The kernel's count starts anew each time it is read. */
static int add_kernel_drops(struct uplink_side *side, struct error *error)
{
    struct tpacket_stats statistics;
    socklen_t length = sizeof statistics;
    if (getsockopt(side->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0)
        return error_set_errno(error, errno, "cannot ask how many frames were dropped");
    side->uplink->dropped += statistics.tp_drops;
    return 0;
}

int uplink_dropped(struct uplink *uplink, uint64_t *ret_dropped, struct error *error)
{
    int result = add_kernel_drops(&uplink->outside, error);
    if (result == 0)
        result = add_kernel_drops(&uplink->inside, error);
    if (result == 0)
        *ret_dropped = uplink->dropped;
    return result;
}
