/* SPDX-License-Identifier: MIT */
#include "harness/loop/unreachable.h"
#include "harness/base/cursor.h"
#include "harness/loop/namespace.h"
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PACKET_BYTES_MAX = 576, /* an ICMP error is never longer (RFC 1812 section 4.3.2.3) */
    NEWS_A_TURN_MAX = 16,
    IPV4_HEADER_BYTES = 20,
    IPV4_FRAGMENT_OFFSET = 0x1fff,
};

struct unreachable_watch {
    int fd;
    struct loop_watch *watch;
    unreachable_fn *heard;
    void *context;
};

static int reason_of(uint8_t code)
{
    switch (code) {
    case ICMP_PORT_UNREACH:
        return ECONNREFUSED;
    case ICMP_NET_UNREACH:
        return ENETUNREACH;
    default:
        return EHOSTUNREACH;
    }
}

struct ipv4_header {
    uint8_t protocol;
    uint32_t source, destination;
};
/* RFC 791 section 3.1; the cursor then stands behind the options. */
static bool read_ipv4(struct cursor *cursor, struct ipv4_header *header)
{
    uint8_t first = cursor_u8(cursor);
    cursor_skip(cursor, 5);
    uint16_t fragment = cursor_be16(cursor);
    cursor_skip(cursor, 1);
    header->protocol = cursor_u8(cursor);
    cursor_skip(cursor, 2);
    header->source = cursor_be32(cursor);
    header->destination = cursor_be32(cursor);
    size_t length = 4u * (first & 0x0fu);
    if (cursor->failed || first >> 4 != 4 || length < IPV4_HEADER_BYTES ||
        (fragment & IPV4_FRAGMENT_OFFSET) != 0)
        return false;
    cursor_skip(cursor, length - IPV4_HEADER_BYTES);
    return !cursor->failed;
}

bool unreachable_read(const uint8_t *bytes, size_t length, struct unreachable *ret_news)
{
    struct cursor cursor;
    struct ipv4_header outer, lost;
    cursor_init(&cursor, bytes, length);
    if (!read_ipv4(&cursor, &outer) || outer.protocol != IPPROTO_ICMP)
        return false;
    uint8_t type = cursor_u8(&cursor), code = cursor_u8(&cursor);
    cursor_skip(&cursor, 6); /* checksum (the kernel looked at it), and nothing */
    if (type != ICMP_DEST_UNREACH || !read_ipv4(&cursor, &lost) || lost.protocol != IPPROTO_UDP)
        return false;
    struct unreachable news = {.source = lost.source,
                               .destination = lost.destination,
                               .source_port = cursor_be16(&cursor),
                               .destination_port = cursor_be16(&cursor),
                               .reason = reason_of(code)};
    if (cursor.failed)
        return false;
    *ret_news = news;
    return true;
}

static void packet_arrived(void *context, uint32_t events)
{
    struct unreachable_watch *watch = context;
    uint8_t packet[PACKET_BYTES_MAX];
    (void)events;
    for (int i = 0; i < NEWS_A_TURN_MAX; i++) {
        struct unreachable news;
        ssize_t length = recv(watch->fd, packet, sizeof packet, 0);
        if (length < 0)
            return;
        if (unreachable_read(packet, (size_t)length, &news))
            watch->heard(watch->context, &news);
    }
}

int unreachable_watch_new(struct loop *loop, int netns_fd, unreachable_fn *heard, void *context,
                          struct unreachable_watch **ret_watch, struct error *error)
{
    struct icmp_filter others = {.data = ~(UINT32_C(1) << ICMP_DEST_UNREACH)};
    struct unreachable_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *watch = (struct unreachable_watch){.heard = heard, .context = context};
    watch->fd = namespace_socket(netns_fd, AF_INET, SOCK_RAW, IPPROTO_ICMP, error);
    int result = watch->fd < 0 ? watch->fd : 0;
    if (result == 0 && setsockopt(watch->fd, SOL_RAW, ICMP_FILTER, &others, sizeof others) < 0)
        result = error_set_errno(error, errno, "cannot choose among ICMP messages");
    if (result == 0)
        result = loop_watch(loop, watch->fd, EPOLLIN, packet_arrived, watch, &watch->watch, error);
    if (result < 0) {
        unreachable_watch_free(watch);
        return result;
    }
    *ret_watch = watch;
    return 0;
}

void unreachable_watch_free(struct unreachable_watch *watch)
{
    if (!watch)
        return;
    loop_unwatch(watch->watch);
    if (watch->fd >= 0)
        (void)close(watch->fd);
    free(watch);
}
