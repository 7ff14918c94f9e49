/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_link.h"
#include "harness/base/background.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <arpa/inet.h>
#include <libnet.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    SNAPSHOT_BYTES = 2048,
    CAPTURE_BUFFER_BYTES = 256 * 1024,
    CAPTURE_TIMEOUT_MS = 1, /* immediate mode does not wait for it */
    HOPS_MAX = 64,
    FILTER_TEXT_MAX = 192,
};

struct dhcp_link {
    struct loop *loop;
    struct mac mac, server_mac; /* of the last answer; zero = none yet */
    libnet_t *sender;           /* owned */
    pcap_t *capture;            /* owned */
    struct loop_watch *watch;
    struct dhcp_link_ears ears;
    uint16_t identification; /* of IPv4: counted, so that equal runs send equal frames */
};

static const struct mac nobody, everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static void frame_came(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct dhcp_link *link = (struct dhcp_link *)(void *)context;
    struct frame frame;
    if (!frame_decode(bytes, header->caplen, &frame) || frame.cut)
        return;
    /* Frames that came before the filter was set. */
    if (!mac_equal(&frame.destination_mac, &link->mac) &&
        !mac_equal(&frame.destination_mac, &everybody))
        return;
    if (frame.kind == FRAME_UDP && frame.destination_port == DHCP_CLIENT_PORT) {
        link->server_mac = frame.source_mac;
        link->ears.dhcp(link->ears.context, frame.payload, frame.payload_length, &frame.source_mac);
    } else if (frame.kind == FRAME_ARP && frame.arp_operation == ARP_REPLY && link->ears.arp) {
        link->ears.arp(link->ears.context, frame.source, &frame.arp_source_mac);
    }
}

static void capture_ready(void *context, uint32_t events)
{
    struct dhcp_link *link = context;
    (void)events;
    if (pcap_dispatch(link->capture, DHCP_LINK_FRAMES_A_TURN_MAX, frame_came, context) >= 0)
        return;
    struct error error;
    error_set(&error, ERROR_SYSTEM, "a phone cannot read its interface: %s",
              pcap_geterr(link->capture));
    loop_unwatch(link->watch);
    link->watch = NULL;
    loop_fail(link->loop, ERROR_SYSTEM, &error);
}

/* libnet's socket would collect every frame of the wire, which nobody reads. */
static void deafen(int fd)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &nothing};
    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int open_sender(struct dhcp_link *link, const char *interface, struct error *error)
{
    char reason[LIBNET_ERRBUF_SIZE] = "";
    link->sender = libnet_init(LIBNET_LINK, interface, reason);
    if (!link->sender)
        return error_set(error, ERROR_UNAVAILABLE, "cannot send frames on %s: %s", interface,
                         reason);
    deafen(libnet_getfd(link->sender));
    return 0;
}

static int open_capture(struct dhcp_link *link, const char *interface, struct error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    char text[FILTER_TEXT_MAX], mac[MAC_TEXT_MAX];
    struct bpf_program filter;
    link->capture = pcap_create(interface, reason);
    if (!link->capture)
        return error_set(error, ERROR_UNAVAILABLE, "cannot read frames on %s: %s", interface,
                         reason);
    pcap_t *capture = link->capture;
    pcap_set_snaplen(capture, SNAPSHOT_BYTES);
    pcap_set_promisc(capture, 0);
    pcap_set_immediate_mode(capture, 1);
    pcap_set_timeout(capture, CAPTURE_TIMEOUT_MS);
    pcap_set_buffer_size(capture, CAPTURE_BUFFER_BYTES);
    int code = pcap_activate(capture);
    if (code < 0)
        return error_set(error, ERROR_UNAVAILABLE, "cannot read frames on %s: %s: %s", interface,
                         pcap_statustostr(code), pcap_geterr(capture));
    if (pcap_setnonblock(capture, 1, reason) < 0)
        return error_set(error, ERROR_SYSTEM, "cannot read frames on %s: %s", interface, reason);
    if (pcap_datalink(capture) != DLT_EN10MB)
        return error_set(error, ERROR_INVALID, "%s is no Ethernet interface", interface);
    /* A switch floods what it cannot place: other stations' answers pass by here, and must not fill
     * the buffer. */
    snprintf(text, sizeof text, "((udp and dst port %d)%s) and (ether dst %s or ether broadcast)",
             DHCP_CLIENT_PORT, link->ears.arp ? " or (arp and arp[6:2] = 2)" : "",
             mac_format(&link->mac, mac));
    if (pcap_compile(capture, &filter, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
        return error_set(error, ERROR_FAILED, "'%s': %s", text, pcap_geterr(capture));
    code = pcap_setfilter(capture, &filter);
    pcap_freecode(&filter);
    if (code < 0 || pcap_setdirection(capture, PCAP_D_IN) < 0)
        return error_set(error, ERROR_SYSTEM, "cannot read frames on %s: %s", interface,
                         pcap_geterr(capture));
    return 0;
}

static int open_both(struct dhcp_link *link, int netns_fd, const char *interface,
                     struct error *error)
{
    struct namespace_visit visit;
    int result = namespace_enter(&visit, netns_fd, error);
    if (result < 0)
        return result;
    result = open_sender(link, interface, error);
    if (result == 0)
        result = open_capture(link, interface, error);
    namespace_leave(&visit);
    if (result < 0)
        return result;
    return loop_watch(link->loop, pcap_get_selectable_fd(link->capture), EPOLLIN, capture_ready,
                      link, &link->watch, error);
}

int dhcp_link_new(struct loop *loop, int netns_fd, const char *interface, const struct mac *mac,
                  const struct dhcp_link_ears *ears, struct dhcp_link **ret_link,
                  struct error *error)
{
    struct dhcp_link *link = calloc(1, sizeof *link);
    if (!link)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *link = (struct dhcp_link){.loop = loop, .mac = *mac, .ears = *ears};
    int result = open_both(link, netns_fd, interface, error);
    if (result < 0) {
        dhcp_link_free(link);
        return result;
    }
    *ret_link = link;
    return 0;
}

static void close_capture(void *argument)
{
    pcap_close(argument);
}

static void close_sender(void *argument)
{
    libnet_destroy(argument);
}

void dhcp_link_free(struct dhcp_link *link)
{
    if (!link)
        return;
    loop_unwatch(link->watch);
    if (link->capture)
        background_run(close_capture, link->capture);
    if (link->sender)
        background_run(close_sender, link->sender);
    free(link);
}

static bool build(struct dhcp_link *link, uint32_t source, uint32_t destination,
                  const struct mac *destination_mac, const uint8_t *bytes, size_t length)
{
    libnet_t *sender = link->sender;
    uint16_t datagram = (uint16_t)(LIBNET_UDP_H + length);
    return libnet_build_udp(DHCP_CLIENT_PORT, DHCP_SERVER_PORT, datagram, 0, bytes,
                            (uint32_t)length, sender, 0) != -1 &&
           libnet_build_ipv4((uint16_t)(LIBNET_IPV4_H + datagram), 0, link->identification, 0,
                             HOPS_MAX, IPPROTO_UDP, 0, htonl(source), htonl(destination), NULL, 0,
                             sender, 0) != -1 &&
           libnet_build_ethernet(destination_mac->bytes, link->mac.bytes, ETHERTYPE_IP, NULL, 0,
                                 sender, 0) != -1;
}

/* Sends what was built; libnet forgets it. */
static int send_built(struct dhcp_link *link, bool built, struct error *error)
{
    int result =
        built && libnet_write(link->sender) > 0
            ? 0
            : error_set(error, ERROR_SYSTEM, "cannot send: %s", libnet_geterror(link->sender));
    libnet_clear_packet(link->sender);
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
                                            (uint32_t)(length - HEADER), link->sender, 0) != -1,
                      error);
}
