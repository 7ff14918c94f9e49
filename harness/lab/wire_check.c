/* SPDX-License-Identifier: MIT */
#include "harness/lab/wire_check.h"
#include "harness/base/duration.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FRAME_BYTES_MAX = 2048,
    PROBES_A_BURST = 64,
    BURST_US = 1000,
    FIND_ROUNDS = 2,
    ADDRESS_PROBES = 8, /* RFC 5227 has three, for a host that listens on afterwards */
    LATE_FRAMES_MAX = 8192,
    DISCOVERS = 2,
    DISCOVER_PERIOD_US = 1000000,
    SOCKET_BUFFER_BYTES = 4 << 20,
    STACKED_MAX = 8, /* interfaces on top of each other */
};

/* --- what the kernel knows: nothing is sent --- */

static int ask_error(struct error *error, int code, const char *what)
{
    return error_set(error, ERROR_SYSTEM, "cannot ask the kernel for the machine's %s: %s", what,
                     nl_geterror(code));
}

/* --- the default route --- */

/* `upper` is a bridge or bond with `lower` as its port, or a VLAN or the like on top of `lower`. */
static bool stands_on(struct rtnl_link *upper, struct rtnl_link *lower)
{
    int netns_id;
    if (rtnl_link_get_master(lower) == rtnl_link_get_ifindex(upper))
        return true;
    /* With another namespace's id it is the other end of a virtual cable. */
    return rtnl_link_get_link_netnsid(upper, &netns_id) < 0 &&
           rtnl_link_get_link(upper) == rtnl_link_get_ifindex(lower);
}

static bool leads_over(struct nl_cache *links, int from_index, int to_index, unsigned depth)
{
    if (from_index == to_index)
        return true;
    struct rtnl_link *upper = depth < STACKED_MAX ? rtnl_link_get(links, from_index) : NULL;
    bool leads = false;
    for (struct nl_object *at = upper ? nl_cache_get_first(links) : NULL; at && !leads;
         at = nl_cache_get_next(at)) {
        struct rtnl_link *lower = (struct rtnl_link *)at;
        leads = lower != upper && stands_on(upper, lower) &&
                leads_over(links, rtnl_link_get_ifindex(lower), to_index, depth + 1);
    }
    rtnl_link_put(upper);
    return leads;
}

static bool is_default(struct rtnl_route *route)
{
    struct nl_addr *destination = rtnl_route_get_dst(route);
    return rtnl_route_get_type(route) == RTN_UNICAST &&
           (!destination || nl_addr_get_prefixlen(destination) == 0);
}

static bool route_leads_over(struct rtnl_route *route, struct nl_cache *links, int index)
{
    if (!is_default(route))
        return false;
    for (int i = 0; i < rtnl_route_get_nnexthops(route); i++)
        if (leads_over(links, rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)), index, 0))
            return true;
    return false;
}

static int look_at_routes(struct nl_sock *netlink, int family, struct nl_cache *links, int index,
                          bool *carries, struct error *error)
{
    struct nl_cache *routes;
    int code = rtnl_route_alloc_cache(netlink, family, 0, &routes);
    if (code < 0)
        return ask_error(error, code, "routes");
    for (struct nl_object *at = nl_cache_get_first(routes); at && !*carries;
         at = nl_cache_get_next(at))
        *carries = route_leads_over((struct rtnl_route *)at, links, index);
    nl_cache_free(routes);
    return 0;
}

int wire_check_default_route(const char *interface, bool *ret_carries, struct error *error)
{
    struct nl_sock *netlink;
    struct nl_cache *links = NULL;
    bool carries = false;
    int index = 0;
    TRY(netlink_open(-1, &netlink, error));
    int result = netlink_index(netlink, interface, &index, error);
    int code = result == 0 ? rtnl_link_alloc_cache(netlink, AF_UNSPEC, &links) : 0;
    if (code < 0)
        result = ask_error(error, code, "interfaces");
    if (result == 0)
        result = look_at_routes(netlink, AF_INET, links, index, &carries, error);
    if (result == 0)
        result = look_at_routes(netlink, AF_INET6, links, index, &carries, error);
    nl_cache_free(links);
    netlink_close(netlink);
    if (result == 0)
        *ret_carries = carries;
    return result;
}

/* --- addresses --- */

struct own_address {
    uint32_t address;
    unsigned prefix_length;
    char interface[IF_NAMESIZE];
    bool elsewhere; /* not on the interface asked about */
};

static uint32_t mask_of(unsigned prefix_length)
{
    return prefix_length == 0 ? 0 : UINT32_MAX << (32 - prefix_length);
}

static int judge_address(const struct own_address *own, const uint32_t *addresses, size_t count,
                         unsigned prefix_length, struct error *error)
{
    char text[IPV4_TEXT_MAX], lab_text[IPV4_TEXT_MAX];
    unsigned shorter = own->prefix_length < prefix_length ? own->prefix_length : prefix_length;
    for (size_t i = 0; i < count; i++) {
        if (addresses[i] == own->address)
            return error_set(error, ERROR_UNAVAILABLE,
                             "%s is this machine's own address (of %s): give the lab another one, "
                             "or take it from the machine",
                             ipv4_format(own->address, text), own->interface);
    }
    for (size_t i = 0; i < count; i++) {
        if (own->elsewhere && ((addresses[i] ^ own->address) & mask_of(shorter)) == 0)
            return error_set(
                error, ERROR_UNAVAILABLE,
                "the lab's subnet %s/%u overlaps %s/%u of this machine's interface %s: "
                "give the lab another subnet",
                ipv4_format(addresses[i] & mask_of(prefix_length), lab_text), prefix_length,
                ipv4_format(own->address & mask_of(own->prefix_length), text), own->prefix_length,
                own->interface);
    }
    return 0;
}

static bool read_address(struct rtnl_addr *entry, int index, struct own_address *own)
{
    struct nl_addr *local = rtnl_addr_get_local(entry);
    if (rtnl_addr_get_family(entry) != AF_INET || !local || nl_addr_get_len(local) != 4)
        return false;
    const uint8_t *bytes = nl_addr_get_binary_addr(local);
    *own = (struct own_address){.address = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                                           (uint32_t)bytes[2] << 8 | bytes[3],
                                .prefix_length = (unsigned)rtnl_addr_get_prefixlen(entry),
                                .interface = "?",
                                .elsewhere = rtnl_addr_get_ifindex(entry) != index};
    if_indextoname((unsigned)rtnl_addr_get_ifindex(entry), own->interface);
    return true;
}

int wire_check_own_addresses(const char *interface, const uint32_t *addresses, size_t count,
                             unsigned prefix_length, struct error *error)
{
    struct nl_sock *netlink;
    struct nl_cache *entries = NULL;
    int index = 0;
    TRY(netlink_open(-1, &netlink, error));
    int result = netlink_index(netlink, interface, &index, error);
    int code = result == 0 ? rtnl_addr_alloc_cache(netlink, &entries) : 0;
    if (code < 0)
        result = ask_error(error, code, "addresses");
    for (struct nl_object *at = result == 0 ? nl_cache_get_first(entries) : NULL; at && result == 0;
         at = nl_cache_get_next(at)) {
        struct own_address own;
        if (read_address((struct rtnl_addr *)at, index, &own))
            result = judge_address(&own, addresses, count, prefix_length, error);
    }
    nl_cache_free(entries);
    netlink_close(netlink);
    return result;
}

/* --- what the wire answers --- */

struct wire {
    const char *interface;
    int fd;
    struct mac mac; /* the interface's own */
};

static int open_wire(struct wire *wire, const char *interface, uint16_t ethertype,
                     struct error *error)
{
    *wire = (struct wire){.interface = interface, .fd = -1};
    TRY(packet_socket_open(interface, ethertype, &wire->fd, error));
    int result = packet_socket_mac(wire->fd, &wire->mac, error);
    if (result < 0) {
        close(wire->fd);
        return error_prefix(error, result, "%s", interface);
    }
    packet_socket_set_buffer(wire->fd, SOCKET_BUFFER_BYTES);
    return 0;
}

static int wire_error(const struct wire *wire, int errno_value, const char *what,
                      struct error *error)
{
    if (errno_value == ENETDOWN)
        return error_set(error, ERROR_UNAVAILABLE,
                         "the interface %s is down (raise it: ip link set %s up)", wire->interface,
                         wire->interface);
    return error_set_errno(error, errno_value, "cannot %s %s", what, wire->interface);
}

/* A frame that finds the queue full may be lost: each question is asked more than once. */
static int send_frame(const struct wire *wire, const struct buffer *bytes, struct error *error)
{
    if (bytes->failed)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (send(wire->fd, bytes->data, bytes->length, 0) < 0 && errno != EAGAIN && errno != ENOBUFS)
        return wire_error(wire, errno, "send a frame to", error);
    return 0;
}

/* True from the visitor: no more. */
typedef bool visit_fn(void *context, const struct frame *frame);

/* Shows the visitor all frames that come until `until_us`, and those that had come by then and are
 * read late, because this machine was busy. 1: it has enough; 0: time is up. */
static int hear(const struct wire *wire, uint64_t until_us, visit_fn *visit, void *context,
                struct error *error)
{
    for (unsigned late = 0; late < LATE_FRAMES_MAX;) {
        uint8_t bytes[FRAME_BYTES_MAX];
        struct frame frame;
        ssize_t length = recv(wire->fd, bytes, sizeof bytes, 0);
        if (length >= 0) {
            if (frame_decode(bytes, (size_t)length, &frame) && visit(context, &frame))
                return 1;
            late += monotonic_us() >= until_us;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return wire_error(wire, errno, "take frames from", error);
        uint64_t present_us = monotonic_us();
        if (present_us >= until_us)
            return 0;
        uint64_t left_us = until_us - present_us;
        struct timespec left = {.tv_sec = (time_t)(left_us / 1000000u),
                                .tv_nsec = (long)(left_us % 1000000u) * 1000};
        struct pollfd readable = {.fd = wire->fd, .events = POLLIN};
        if (ppoll(&readable, 1, &left, NULL) < 0 && errno != EINTR)
            return error_set_errno(error, errno, "cannot wait for frames of %s", wire->interface);
    }
    return 0;
}

/* --- DHCP --- */

struct dhcp_question {
    uint32_t xid;
    struct mac mac; /* nobody's */
    struct wire_found found;
};

static int draw_question(struct dhcp_question *question, struct error *error)
{
    if (getrandom(&question->xid, sizeof question->xid, 0) != (ssize_t)sizeof question->xid ||
        getrandom(question->mac.bytes, MAC_BYTES, 0) != MAC_BYTES)
        return error_set_errno(error, errno, "cannot draw a random number");
    /* Locally administered, of one station (IEEE 802). */
    question->mac.bytes[0] = (uint8_t)((question->mac.bytes[0] & 0xfc) | 0x02);
    return 0;
}

static int send_discover(const struct wire *wire, const struct dhcp_question *question,
                         struct error *error)
{
    static const uint8_t wishes[] = {DHCP_OPTION_SUBNET_MASK, DHCP_OPTION_ROUTER};
    struct buffer payload, bytes;
    struct frame headers = {.source_mac = question->mac,
                            .destination = 0xffffffffu,
                            .source_port = DHCP_CLIENT_PORT,
                            .destination_port = DHCP_SERVER_PORT};
    struct dhcp_message message = {
        .op = 1, .xid = question->xid, .flags = 0x8000, .chaddr = question->mac};
    memset(headers.destination_mac.bytes, 0xff, MAC_BYTES);
    buffer_init(&payload, FRAME_BYTES_MAX);
    buffer_init(&bytes, FRAME_BYTES_MAX);
    dhcp_encode_header(&payload, &message);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, DHCP_DISCOVER);
    dhcp_encode_option(&payload, DHCP_OPTION_PARAMETER_REQUEST_LIST, wishes, sizeof wishes);
    dhcp_encode_end(&payload);
    frame_encode_udp(&bytes, &headers, payload.data, payload.length);
    bytes.failed = bytes.failed || payload.failed;
    int result = send_frame(wire, &bytes, error);
    buffer_done(&payload);
    buffer_done(&bytes);
    return result;
}

static bool is_answer(void *context, const struct frame *frame)
{
    struct dhcp_question *question = context;
    struct dhcp_message message;
    if (frame->kind != FRAME_UDP || frame->source_port != DHCP_SERVER_PORT ||
        !dhcp_decode(frame->payload, frame->payload_length, &message) || message.op != 2 ||
        message.xid != question->xid || !mac_equal(&message.chaddr, &question->mac))
        return false;
    question->found =
        (struct wire_found){.found = true, .address = frame->source, .mac = frame->source_mac};
    dhcp_option_ipv4(&message, DHCP_OPTION_SERVER_IDENTIFIER, &question->found.address);
    return true;
}

/* A server may send its answer to the asking MAC address, which is not the interface's. */
static int hear_all(const struct wire *wire, struct error *error)
{
    struct sockaddr_ll address;
    socklen_t length = sizeof address;
    if (getsockname(wire->fd, (struct sockaddr *)&address, &length) == 0) {
        struct packet_mreq membership = {.mr_ifindex = address.sll_ifindex,
                                         .mr_type = PACKET_MR_PROMISC};
        if (setsockopt(wire->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership,
                       sizeof membership) == 0)
            return 0;
    }
    return error_set_errno(error, errno, "cannot hear all frames of %s", wire->interface);
}

int wire_check_dhcp_server(const char *interface, uint64_t wait_us, struct wire_found *ret_found,
                           struct error *error)
{
    struct wire wire;
    struct dhcp_question question = {0};
    TRY(draw_question(&question, error));
    TRY(open_wire(&wire, interface, ETH_P_IP, error));
    uint64_t start_us = monotonic_us(), end_us = start_us + wait_us;
    int result = hear_all(&wire, error);
    for (unsigned i = 0; result == 0 && i < DISCOVERS; i++) {
        uint64_t until_us = start_us + (i + 1) * (uint64_t)DISCOVER_PERIOD_US;
        if (i + 1 == DISCOVERS || until_us > end_us)
            until_us = end_us;
        result = send_discover(&wire, &question, error);
        if (result == 0)
            result = hear(&wire, until_us, is_answer, &question, error);
    }
    close(wire.fd);
    if (result < 0)
        return result;
    *ret_found = question.found;
    return 0;
}

/* --- ARP --- */

static int send_probe(const struct wire *wire, uint32_t address, struct error *error)
{
    struct buffer bytes;
    struct frame probe = {.source_mac = wire->mac,
                          .arp_operation = ARP_REQUEST,
                          .arp_source_mac = wire->mac,
                          .destination = address};
    memset(probe.destination_mac.bytes, 0xff, MAC_BYTES);
    buffer_init(&bytes, FRAME_BYTES_MAX);
    frame_encode_arp(&bytes, &probe);
    int result = send_frame(wire, &bytes, error);
    buffer_done(&bytes);
    return result;
}

struct holder { /* of one of the addresses */
    const uint32_t *addresses;
    size_t count;
    struct wire_found found;
};

static bool has_address(void *context, const struct frame *frame)
{
    struct holder *holder = context;
    for (size_t i = 0; frame->kind == FRAME_ARP && i < holder->count; i++)
        if (frame->source == holder->addresses[i])
            holder->found = (struct wire_found){
                .found = true, .address = frame->source, .mac = frame->arp_source_mac};
    return holder->found.found;
}

int wire_check_addresses(const char *interface, const uint32_t *addresses, size_t count,
                         uint64_t wait_us, struct wire_found *ret_found, struct error *error)
{
    struct wire wire;
    struct holder holder = {.addresses = addresses, .count = count};
    int result = open_wire(&wire, interface, ETH_P_ARP, error);
    if (result < 0)
        return result;
    uint64_t start_us = monotonic_us();
    for (unsigned round = 1; result == 0 && round <= ADDRESS_PROBES; round++) {
        for (size_t i = 0; result == 0 && i < count; i++)
            result = send_probe(&wire, addresses[i], error);
        if (result == 0)
            result = hear(&wire, start_us + wait_us * round / ADDRESS_PROBES, has_address, &holder,
                          error);
    }
    close(wire.fd);
    if (result < 0)
        return result;
    *ret_found = holder.found;
    return 0;
}

struct search {
    uint32_t first, last;
    const struct mac *macs;
    size_t mac_count, found;
    uint32_t *addresses; /* mac_count of them */
};

/* Whatever ARP a device says, its own questions too, tells its address. */
static bool is_found(void *context, const struct frame *frame)
{
    struct search *search = context;
    if (frame->kind != FRAME_ARP || frame->source < search->first || frame->source > search->last)
        return false;
    for (size_t i = 0; i < search->mac_count; i++) {
        if (!mac_equal(&search->macs[i], &frame->arp_source_mac))
            continue;
        search->found += search->addresses[i] == 0;
        search->addresses[i] = frame->source;
    }
    return search->found == search->mac_count;
}

/* One probe for each address of the range; 1: all are found. */
static int probe_range(const struct wire *wire, struct search *search, struct error *error)
{
    uint64_t next_us = monotonic_us();
    uint32_t count = search->last - search->first + 1;
    for (uint32_t i = 0; i < count; i++) {
        int result = send_probe(wire, search->first + i, error);
        if (result == 0 && (i + 1) % PROBES_A_BURST == 0) {
            next_us += BURST_US;
            result = hear(wire, next_us, is_found, search, error);
        }
        if (result != 0)
            return result;
    }
    return 0;
}

static int find_all(const struct wire *wire, struct search *search, uint64_t wait_us,
                    struct error *error)
{
    for (unsigned round = 0; round < FIND_ROUNDS; round++) {
        int result = probe_range(wire, search, error);
        if (result == 0)
            result = hear(wire, monotonic_us() + wait_us / FIND_ROUNDS, is_found, search, error);
        if (result != 0)
            return result < 0 ? result : 0;
    }
    return 0;
}

int wire_check_find(const char *interface, uint32_t first, uint32_t last, const struct mac *macs,
                    size_t mac_count, uint64_t wait_us, uint32_t *ret_addresses,
                    struct error *error)
{
    struct wire wire;
    if (first == 0 || last < first || last - first >= WIRE_CHECK_FIND_MAX)
        return error_set(error, ERROR_INVALID,
                         "devices can be looked for among 1 to %d addresses at once",
                         WIRE_CHECK_FIND_MAX);
    if (mac_count == 0)
        return 0;
    struct search search = {.first = first, .last = last, .macs = macs, .mac_count = mac_count};
    search.addresses = calloc(mac_count, sizeof *search.addresses);
    if (!search.addresses)
        return error_set(error, ERROR_MEMORY, "out of memory");
    int result = open_wire(&wire, interface, ETH_P_ARP, error);
    if (result == 0) {
        result = find_all(&wire, &search, wait_us, error);
        close(wire.fd);
    }
    if (result == 0)
        memcpy(ret_addresses, search.addresses, mac_count * sizeof *ret_addresses);
    free(search.addresses);
    return result;
}
