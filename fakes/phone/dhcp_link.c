/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_link.h"
#include "harness/base/background.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <arpa/inet.h>
#include <errno.h>
#include <libnet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SNAPSHOT_BYTES = 2048,
    HOPS_MAX = 64,
    FILTER_TEXT_MAX = 192,
};

/* A plain packet socket for both ways: a ring as libpcap's costs each phone a quarter of a
 * megabyte, and two waits for the whole machine. */
struct dhcp_link {
    struct loop *loop;
    struct mac mac, server_mac; /* of the last answer; zero = none yet */
    libnet_t *builder;          /* owned; builds frames, has no socket */
    int fd;                     /* -1 = not open */
    struct loop_watch *watch;
    struct dhcp_link_ears ears;
    uint16_t identification; /* of IPv4: counted, so that equal runs send equal frames */
};

static const struct mac nobody, everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static void frame_came(struct dhcp_link *link, const uint8_t *bytes, size_t length)
{
    struct frame frame;
    if (!frame_decode(bytes, length, &frame) || frame.cut)
        return;
    if (frame.kind == FRAME_UDP && frame.destination_port == DHCP_CLIENT_PORT) {
        link->server_mac = frame.source_mac;
        link->ears.dhcp(link->ears.context, frame.payload, frame.payload_length, &frame.source_mac);
    } else if (frame.kind == FRAME_ARP && frame.source != 0 && link->ears.arp) {
        link->ears.arp(link->ears.context, frame.source, &frame.arp_source_mac);
    }
}

static void cannot_read(struct dhcp_link *link, int errno_value)
{
    struct error error;
    error_set_errno(&error, errno_value, "a phone cannot read its interface");
    loop_unwatch(link->watch);
    link->watch = NULL;
    loop_fail(link->loop, ERROR_SYSTEM, &error);
}

static void frames_came(void *context, uint32_t events)
{
    struct dhcp_link *link = context;
    uint8_t bytes[SNAPSHOT_BYTES];
    (void)events;
    for (int i = 0; i < DHCP_LINK_FRAMES_A_TURN_MAX; i++) {
        ssize_t length = recv(link->fd, bytes, sizeof bytes, 0);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length < 0) {
            cannot_read(link, errno);
            return;
        }
        frame_came(link, bytes, (size_t)length);
    }
}

/* A switch floods what it cannot place: other stations' answers pass by here, and must not wake
 * anybody. */
static int attach_filter(const struct dhcp_link *link, struct error *error)
{
    char text[FILTER_TEXT_MAX], mac[MAC_TEXT_MAX];
    struct bpf_program filter;
    snprintf(text, sizeof text, "((udp and dst port %d)%s) and (ether dst %s or ether broadcast)",
             DHCP_CLIENT_PORT, link->ears.arp ? " or arp" : "", mac_format(&link->mac, mac));
    pcap_t *compiler = pcap_open_dead(DLT_EN10MB, SNAPSHOT_BYTES);
    if (!compiler)
        return error_set(error, ERROR_MEMORY, "out of memory");
    int result = 0;
    if (pcap_compile(compiler, &filter, text, 1, PCAP_NETMASK_UNKNOWN) < 0) {
        result = error_set(error, ERROR_FAILED, "'%s': %s", text, pcap_geterr(compiler));
    } else {
        _Static_assert(sizeof(struct sock_filter) == sizeof(struct bpf_insn),
                       "the kernel's instructions are libpcap's");
        struct sock_fprog program = {.len = (unsigned short)filter.bf_len,
                                     .filter = (struct sock_filter *)(void *)filter.bf_insns};
        if (setsockopt(link->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
            result = error_set_errno(error, errno, "cannot filter a phone's frames");
        pcap_freecode(&filter);
    }
    pcap_close(compiler);
    return result;
}

/* It takes nothing in before it is bound, and then nothing but what the filter lets through. */
static int open_socket(struct dhcp_link *link, const char *interface, struct error *error)
{
    int one = 1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(interface)};
    if (address.sll_ifindex == 0)
        return error_set(error, ERROR_UNAVAILABLE, "there is no interface %s", interface);
    link->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (link->fd < 0)
        return error_set(error, ERROR_UNAVAILABLE, "cannot send frames on %s: %s", interface,
                         strerror(errno));
    TRY(attach_filter(link, error));
    if (setsockopt(link->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        bind(link->fd, (struct sockaddr *)&address, sizeof address) < 0)
        return error_set_errno(error, errno, "cannot read frames on %s", interface);
    return 0;
}

static int make_builder(struct dhcp_link *link, struct error *error)
{
    char reason[LIBNET_ERRBUF_SIZE] = "";
    link->builder = libnet_init(LIBNET_NONE, NULL, reason);
    return link->builder ? 0 : error_set(error, ERROR_MEMORY, "cannot build frames: %s", reason);
}

static int open_all(struct dhcp_link *link, int netns_fd, const char *interface,
                    struct error *error)
{
    struct namespace_visit visit;
    int result = namespace_enter(&visit, netns_fd, error);
    if (result < 0)
        return result;
    result = open_socket(link, interface, error);
    namespace_leave(&visit);
    if (result == 0)
        result = make_builder(link, error);
    return result < 0
               ? result
               : loop_watch(link->loop, link->fd, EPOLLIN, frames_came, link, &link->watch, error);
}

int dhcp_link_new(struct loop *loop, int netns_fd, const char *interface, const struct mac *mac,
                  const struct dhcp_link_ears *ears, struct dhcp_link **ret_link,
                  struct error *error)
{
    struct dhcp_link *link = calloc(1, sizeof *link);
    if (!link)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *link = (struct dhcp_link){.loop = loop, .mac = *mac, .fd = -1, .ears = *ears};
    int result = open_all(link, netns_fd, interface, error);
    if (result < 0) {
        dhcp_link_free(link);
        return result;
    }
    *ret_link = link;
    return 0;
}

void dhcp_link_free(struct dhcp_link *link)
{
    if (!link)
        return;
    loop_unwatch(link->watch);
    if (link->fd >= 0)
        background_close(link->fd);
    if (link->builder)
        libnet_destroy(link->builder);
    free(link);
}

static bool build(struct dhcp_link *link, uint32_t source, uint32_t destination,
                  const struct mac *destination_mac, const uint8_t *bytes, size_t length)
{
    libnet_t *builder = link->builder;
    uint16_t datagram = (uint16_t)(LIBNET_UDP_H + length);
    return libnet_build_udp(DHCP_CLIENT_PORT, DHCP_SERVER_PORT, datagram, 0, bytes,
                            (uint32_t)length, builder, 0) != -1 &&
           libnet_build_ipv4((uint16_t)(LIBNET_IPV4_H + datagram), 0, link->identification, 0,
                             HOPS_MAX, IPPROTO_UDP, 0, htonl(source), htonl(destination), NULL, 0,
                             builder, 0) != -1 &&
           libnet_build_ethernet(destination_mac->bytes, link->mac.bytes, ETHERTYPE_IP, NULL, 0,
                                 builder, 0) != -1;
}

/* Sends what was built; libnet forgets it. */
static int send_built(struct dhcp_link *link, bool built, struct error *error)
{
    uint8_t *bytes = NULL;
    uint32_t length = 0;
    int result = 0;
    if (!built || libnet_pblock_coalesce(link->builder, &bytes, &length) < 0)
        result = error_set(error, ERROR_SYSTEM, "cannot send: %s", libnet_geterror(link->builder));
    else if (send(link->fd, bytes, length, 0) < 0)
        result = error_set_errno(error, errno, "cannot send");
    if (bytes)
        free(bytes - link->builder->aligner);
    libnet_clear_packet(link->builder);
    return result;
}

int dhcp_link_send(struct dhcp_link *link, uint32_t source, uint32_t destination,
                   const struct mac *destination_mac, const uint8_t *bytes, size_t length,
                   struct error *error)
{
    if (length == 0 || length > DHCP_LINK_PAYLOAD_MAX)
        return error_set(error, ERROR_LIMIT, "a DHCP message of %zu bytes", length);
    if (mac_equal(destination_mac, &nobody))
        destination_mac = mac_equal(&link->server_mac, &nobody) ? &everybody : &link->server_mac;
    link->identification++;
    return send_built(link, build(link, source, destination, destination_mac, bytes, length),
                      error);
}

int dhcp_link_send_frame(struct dhcp_link *link, const uint8_t *bytes, size_t length,
                         struct error *error)
{
    enum { HEADER = LIBNET_ETH_H };
    if (length <= HEADER || length - HEADER > DHCP_LINK_PAYLOAD_MAX)
        return error_set(error, ERROR_LIMIT, "a frame of %zu bytes", length);
    uint16_t type = (uint16_t)(bytes[HEADER - 2] << 8 | bytes[HEADER - 1]);
    return send_built(link,
                      libnet_build_ethernet(bytes, bytes + MAC_BYTES, type, bytes + HEADER,
                                            (uint32_t)(length - HEADER), link->builder, 0) != -1,
                      error);
}
