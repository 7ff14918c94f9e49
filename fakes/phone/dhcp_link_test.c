/* SPDX-License-Identifier: MIT */
#include "fakes/phone/address_config.h"
#include "fakes/phone/dhcp_link.h"
#include "fakes/phone/live_wire_testing.h"
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include "harness/loop/namespace.h"
#include "harness/wire/frame.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_MAX = 2048, BURST = DHCP_LINK_FRAMES_A_TURN_MAX + 36 };

/* --- the link --------------------------------------------------------------------------------- */

struct ear { /* what the phone's side heard */
    struct loop *loop;
    unsigned count;
    uint8_t bytes[FRAME_MAX];
    size_t length;
    struct mac source;
};

static void heard(void *context, const uint8_t *bytes, size_t length, const struct mac *source)
{
    struct ear *ear = context;
    ear->count++;
    memcpy(ear->bytes, bytes, length);
    ear->length = length;
    ear->source = *source;
}

static void stop(void *context)
{
    struct ear *ear = context;
    loop_stop(ear->loop);
}

static bool nothing_to_do(void *context)
{
    (void)context;
    return false;
}

/* Veth delivers before send() returns: what was sent is ready, and the warp clock then jumps. */
static bool run(struct ear *ear)
{
    struct loop_timer timer = {0};
    loop_timer_set(ear->loop, &timer, loop_now_us(ear->loop) + 1000000, stop, ear);
    return loop_run(ear->loop, nothing_to_do, NULL, 1000000, NULL) == 0;
}

static bool raw_socket(int *ret_fd)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_IP),
                                  .sll_ifindex = (int)if_nametoindex(WIRE_SERVER_INTERFACE)};
    struct timeval patience = {.tv_sec = 5};
    *ret_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_IP));
    WIRE_CHECK(*ret_fd >= 0);
    WIRE_CHECK(setsockopt(*ret_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    WIRE_CHECK(bind(*ret_fd, (struct sockaddr *)&address, sizeof address) == 0);
    return true;
}

static uint32_t sum16(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    return sum;
}

static uint16_t folded(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* RFC 791 and RFC 768: all of it, checksum included, sums up to ones. */
static bool checksums_hold(const uint8_t *frame, size_t length)
{
    const uint8_t *ip = frame + 14, *udp = ip + 20;
    size_t udp_length = length - 34;
    WIRE_CHECK(folded(sum16(ip, 20)) == 0xffff);
    WIRE_CHECK(udp[6] != 0 || udp[7] != 0);
    WIRE_CHECK(folded(sum16(ip + 12, 8) + 17 + (uint32_t)udp_length + sum16(udp, udp_length)) ==
               0xffff);
    return true;
}

static bool arrives(int fd, const uint8_t *payload, size_t length, uint32_t source,
                    uint32_t destination, const struct mac *from, const struct mac *to)
{
    uint8_t bytes[FRAME_MAX];
    struct frame frame;
    ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    WIRE_CHECK(got == (ssize_t)length + 42);
    WIRE_CHECK(frame_decode(bytes, (size_t)got, &frame) && frame.kind == FRAME_UDP);
    WIRE_CHECK(frame.source == source && frame.destination == destination);
    WIRE_CHECK(frame.source_port == 68 && frame.destination_port == 67);
    WIRE_CHECK(mac_equal(&frame.source_mac, from) && mac_equal(&frame.destination_mac, to));
    WIRE_CHECK(frame.payload_length == length && memcmp(frame.payload, payload, length) == 0);
    return checksums_hold(bytes, (size_t)got);
}

static bool send_to_phone(int fd, const struct live_wire *wire, const struct mac *to, uint16_t port,
                          const uint8_t *payload, size_t length)
{
    struct buffer bytes;
    struct frame headers = {.source_mac = wire->server_mac,
                            .destination_mac = *to,
                            .source = WIRE_SERVER,
                            .destination = UINT32_MAX,
                            .source_port = 67,
                            .destination_port = port};
    buffer_init(&bytes, FRAME_MAX);
    frame_encode_udp(&bytes, &headers, payload, length);
    bool sent = send(fd, bytes.data, bytes.length, 0) == (ssize_t)bytes.length;
    buffer_done(&bytes);
    return sent;
}

static const struct mac everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, unknown = {{0}};

static bool hears(struct ear *ear, int fd, const struct live_wire *wire)
{
    static const uint8_t answer[BURST + 1] = "an answer of some length";
    struct mac other = wire->phone_mac;
    other.bytes[5] ^= 1;
    WIRE_CHECK(send_to_phone(fd, wire, &other, 68, answer, sizeof answer));
    WIRE_CHECK(send_to_phone(fd, wire, &wire->phone_mac, 69, answer, sizeof answer));
    WIRE_CHECK(run(ear));
    WIRE_CHECK(ear->count == 0);
    WIRE_CHECK(send_to_phone(fd, wire, &everybody, 68, answer, sizeof answer));
    WIRE_CHECK(run(ear));
    WIRE_CHECK(ear->count == 1);
    WIRE_CHECK(ear->length == sizeof answer && memcmp(ear->bytes, answer, sizeof answer) == 0);
    WIRE_CHECK(mac_equal(&ear->source, &wire->server_mac));
    for (int i = 0; i < BURST; i++)
        WIRE_CHECK(send_to_phone(fd, wire, &wire->phone_mac, 68, answer, (size_t)i + 1));
    WIRE_CHECK(run(ear));
    WIRE_CHECK(ear->count == 1 + BURST);
    WIRE_CHECK(ear->length == BURST);
    return true;
}

static bool frames_both_ways(struct live_wire *wire)
{
    struct ear ear = {0};
    struct address_config *address;
    struct dhcp_link *link;
    struct error error;
    const struct dhcp_link_ears ears = {.dhcp = heard, .context = &ear};
    uint8_t payload[DHCP_LINK_PAYLOAD_MAX + 1];
    int fd;
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 7 + 1);
    WIRE_CHECK(loop_new(LOOP_CLOCK_WARP, 1, &ear.loop, NULL) == 0);
    WIRE_CHECK(dhcp_link_new(ear.loop, wire->phone_netns_fd, "eth7", &wire->phone_mac, &ears, &link,
                             &error) == ERROR_UNAVAILABLE);
    WIRE_CHECK(strstr(error.text, "eth7"));
    WIRE_CHECK(address_config_new(wire->phone_netns_fd, WIRE_PHONE_INTERFACE, &address, &error) ==
               0);
    WIRE_CHECK(dhcp_link_new(ear.loop, wire->phone_netns_fd, WIRE_PHONE_INTERFACE, &wire->phone_mac,
                             &ears, &link, &error) == 0);
    WIRE_CHECK(raw_socket(&fd));
    /* To all, then (a whole frame, an odd length, the shortest) to a server not yet known. */
    WIRE_CHECK(dhcp_link_send(link, 0, UINT32_MAX, &everybody, payload, 300, &error) == 0);
    WIRE_CHECK(arrives(fd, payload, 300, 0, UINT32_MAX, &wire->phone_mac, &everybody));
    WIRE_CHECK(dhcp_link_send(link, WIRE_SERVER + 1, WIRE_SERVER, &unknown, payload,
                              DHCP_LINK_PAYLOAD_MAX, &error) == 0);
    WIRE_CHECK(arrives(fd, payload, DHCP_LINK_PAYLOAD_MAX, WIRE_SERVER + 1, WIRE_SERVER,
                       &wire->phone_mac, &everybody));
    WIRE_CHECK(dhcp_link_send(link, 0, UINT32_MAX, &everybody, payload, 301, &error) == 0);
    WIRE_CHECK(arrives(fd, payload, 301, 0, UINT32_MAX, &wire->phone_mac, &everybody));
    WIRE_CHECK(dhcp_link_send(link, 0, 1, &everybody, payload, sizeof payload, &error) ==
               ERROR_LIMIT);
    WIRE_CHECK(dhcp_link_send(link, 0, 1, &everybody, payload, 0, &error) == ERROR_LIMIT);
    WIRE_CHECK(hears(&ear, fd, wire));
    /* Now it knows where the server is. */
    WIRE_CHECK(dhcp_link_send(link, WIRE_SERVER + 1, WIRE_SERVER, &unknown, payload, 300, &error) ==
               0);
    WIRE_CHECK(arrives(fd, payload, 300, WIRE_SERVER + 1, WIRE_SERVER, &wire->phone_mac,
                       &wire->server_mac));
    close(fd);
    dhcp_link_free(link);
    address_config_free(address);
    loop_free(ear.loop);
    dhcp_link_free(NULL);
    return true;
}

/* --- the address ------------------------------------------------------------------------------ */

static bool phone_has(int netns_fd, uint32_t *ret_address, uint32_t *ret_mask)
{
    struct namespace_visit visit;
    struct ifaddrs *list;
    WIRE_CHECK(namespace_enter(&visit, netns_fd, NULL) == 0);
    int result = getifaddrs(&list);
    namespace_leave(&visit);
    WIRE_CHECK(result == 0);
    *ret_address = *ret_mask = 0;
    for (struct ifaddrs *at = list; at; at = at->ifa_next) {
        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET ||
            strncmp(at->ifa_name, WIRE_PHONE_INTERFACE, strlen(WIRE_PHONE_INTERFACE)) != 0)
            continue;
        /* By its label it can be told who set it. */
        WIRE_CHECK(strcmp(at->ifa_name, WIRE_PHONE_INTERFACE ADDRESS_CONFIG_LABEL_END) == 0);
        WIRE_CHECK(*ret_address == 0); /* never two at once */
        *ret_address = ntohl(((struct sockaddr_in *)(void *)at->ifa_addr)->sin_addr.s_addr);
        *ret_mask = ntohl(((struct sockaddr_in *)(void *)at->ifa_netmask)->sin_addr.s_addr);
    }
    freeifaddrs(list);
    return true;
}

static bool reaches(int netns_fd, uint32_t destination)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(destination)};
    int fd = namespace_socket(netns_fd, AF_INET, SOCK_DGRAM, 0, NULL);
    bool reached = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return reached;
}

static bool is_set(int netns_fd, uint32_t address, uint32_t mask, bool routed)
{
    uint32_t has_address, has_mask;
    WIRE_CHECK(phone_has(netns_fd, &has_address, &has_mask));
    WIRE_CHECK(has_address == address && has_mask == mask);
    WIRE_CHECK(reaches(netns_fd, UINT32_C(0x08080808)) == routed);
    WIRE_CHECK(address == 0 || mask == UINT32_MAX || reaches(netns_fd, WIRE_SERVER));
    return true;
}

static bool addresses(struct live_wire *wire)
{
    int fd = wire->phone_netns_fd;
    struct address_config *config;
    struct error error;
    WIRE_CHECK(address_config_new(fd, "eth7", &config, &error) < 0);
    WIRE_CHECK(address_config_new(fd, WIRE_PHONE_INTERFACE, &config, &error) == 0);
    WIRE_CHECK(is_set(fd, 0, 0, false));
    address_config_clear(config);
    WIRE_CHECK(address_config_set(config, WIRE_SERVER + 9, 0xffffff00, 0, &error) == 0);
    WIRE_CHECK(is_set(fd, WIRE_SERVER + 9, 0xffffff00, false));
    WIRE_CHECK(address_config_set(config, WIRE_SERVER + 9, 0xffffff00, WIRE_SERVER, &error) == 0);
    WIRE_CHECK(is_set(fd, WIRE_SERVER + 9, 0xffffff00, true));
    WIRE_CHECK(address_config_set(config, WIRE_SERVER + 9, 0xffffff00, WIRE_SERVER, &error) == 0);
    WIRE_CHECK(address_config_set(config, WIRE_SERVER + 10, 0xffff0000, WIRE_SERVER + 1, &error) ==
               0);
    WIRE_CHECK(is_set(fd, WIRE_SERVER + 10, 0xffff0000, true));
    WIRE_CHECK(address_config_set(config, WIRE_SERVER + 10, 0xffff0000, 0, &error) == 0);
    WIRE_CHECK(is_set(fd, WIRE_SERVER + 10, 0xffff0000, false));
    /* A router out of reach: an error, but the address is there. */
    WIRE_CHECK(address_config_set(config, WIRE_SERVER + 10, 0xffff0000, 0x01020304, &error) ==
               ERROR_SYSTEM);
    WIRE_CHECK(is_set(fd, WIRE_SERVER + 10, 0xffff0000, false));
    WIRE_CHECK(address_config_set(config, WIRE_SERVER + 11, 0, 0, &error) == 0);
    WIRE_CHECK(is_set(fd, WIRE_SERVER + 11, UINT32_MAX, false));
    address_config_free(config);
    WIRE_CHECK(is_set(fd, 0, 0, false));
    address_config_free(NULL);
    return true;
}

/* The interface of the test's own side has an address that no phone has set. */
static bool leftovers(struct live_wire *wire)
{
    int fd = wire->phone_netns_fd;
    struct address_config *killed;
    struct error error;
    WIRE_CHECK(address_config_sweep(fd, "eth7", &error) == ERROR_SYSTEM);
    WIRE_CHECK(address_config_sweep(fd, WIRE_PHONE_INTERFACE, &error) == 0);
    WIRE_CHECK(address_config_new(fd, WIRE_PHONE_INTERFACE, &killed, &error) == 0);
    WIRE_CHECK(address_config_set(killed, WIRE_SERVER + 9, 0xffffff00, WIRE_SERVER, &error) == 0);
    WIRE_CHECK(is_set(fd, WIRE_SERVER + 9, 0xffffff00, true));
    WIRE_CHECK(address_config_sweep(fd, WIRE_PHONE_INTERFACE, &error) == 0);
    WIRE_CHECK(is_set(fd, 0, 0, false));
    address_config_free(killed);
    WIRE_CHECK(address_config_sweep(-1, WIRE_SERVER_INTERFACE, &error) == ERROR_INVALID);
    WIRE_CHECK(strstr(error.text, "10.99.0.1") && strstr(error.text, "ip address flush"));
    WIRE_CHECK(reaches(fd, WIRE_SERVER) == false);
    WIRE_CHECK(reaches(-1, WIRE_SERVER + 1)); /* its address is still there */
    return true;
}

static void link_test(void)
{
    CU_ASSERT_TRUE(live_wire_run(frames_both_ways));
}

static void address_test(void)
{
    CU_ASSERT_TRUE(live_wire_run(addresses));
}

static void leftovers_test(void)
{
    CU_ASSERT_TRUE(live_wire_run(leftovers));
}

void tests_fakes_phone_dhcp_link(void);
void tests_fakes_phone_dhcp_link(void)
{
    TEST_SUITE("live phone/dhcp_link", {"frames both ways, byte for byte", link_test},
               {"the interface's address", address_test},
               {"what a killed phone left behind", leftovers_test});
}
