/* SPDX-License-Identifier: MIT */
#include "harness/lab/gate.h"
#include "harness/base/background.h"
#include "harness/lab/lab.h"
#include "harness/lab/name_answer.h"
#include "harness/lab/packet_socket.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_BYTES_MAX = 2048, FRAMES_A_TURN = 256, SOCKET_BUFFER_BYTES = 4 << 20 };

struct gate_side {
    struct gate *gate;
    int fd;
    struct loop_watch *watch;
};
struct gate_phone {
    enum dhcp_answer answer;
    uint64_t delay_us;
    struct scenario_dns dns;
};
struct delayed_frame {
    struct gate *gate;
    struct loop_timer timer;
    struct delayed_frame *next;
    size_t length;
    uint8_t bytes[];
};

struct gate {
    struct loop *loop;
    struct gate_side server, wire; /* towards dnsmasq; towards the phones */
    struct mac server_mac;
    uint32_t server_address;
    const struct mac *phone_macs; /* borrowed */
    struct gate_phone *phones;    /* owned */
    size_t phone_count;
    struct delayed_frame *delayed;
    size_t delayed_count;
    uint64_t given;
    const char *host; /* borrowed; NULL: names are not answered here */
    uint32_t edos_address;
};

static void fail(struct gate *gate, const char *what)
{
    struct error error;
    error_set_errno(&error, errno, "the gate in front of the name server cannot %s", what);
    loop_fail(gate->loop, ERROR_SYSTEM, &error);
}

static void pass(struct gate *gate, struct gate_side *side, const uint8_t *bytes, size_t length)
{
    if (side == &gate->server)
        gate->given++;
    if (send(side->fd, bytes, length, 0) != (ssize_t)length)
        fail(gate, "pass a frame on");
}

static struct gate_phone *phone_of(struct gate *gate, const struct mac *mac)
{
    for (size_t i = 0; i < gate->phone_count; i++) {
        if (mac_equal(&gate->phone_macs[i], mac))
            return &gate->phones[i];
    }
    return NULL;
}

static bool decode_dhcp(const uint8_t *bytes, size_t length, uint16_t destination_port,
                        struct frame *frame, struct dhcp_message *message)
{
    return frame_decode(bytes, length, frame) && frame->kind == FRAME_UDP &&
           frame->destination_port == destination_port &&
           dhcp_decode(frame->payload, frame->payload_length, message);
}

/* --- phones to server ----------------------------------------------------------------------------
 */

static void send_nak(struct gate *gate, const struct dhcp_message *request)
{
    static const char text[] = "refused by the scenario";
    struct buffer payload, frame_bytes;
    struct dhcp_message nak = {.op = 2,
                               .xid = request->xid,
                               .flags = request->flags,
                               .giaddr = request->giaddr,
                               .chaddr = request->chaddr};
    struct frame headers = {.kind = FRAME_UDP,
                            .source_mac = gate->server_mac,
                            .source = gate->server_address,
                            .destination = 0xffffffffu, /* RFC 2131 4.1: a NAK is broadcast */
                            .source_port = DHCP_SERVER_PORT,
                            .destination_port = DHCP_CLIENT_PORT};
    memset(headers.destination_mac.bytes, 0xff, MAC_BYTES);
    buffer_init(&payload, FRAME_BYTES_MAX);
    buffer_init(&frame_bytes, FRAME_BYTES_MAX);
    dhcp_encode_header(&payload, &nak);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, DHCP_NAK);
    dhcp_encode_u32(&payload, DHCP_OPTION_SERVER_IDENTIFIER, gate->server_address);
    dhcp_encode_option(&payload, DHCP_OPTION_MESSAGE, text, sizeof text - 1);
    dhcp_encode_end(&payload);
    frame_encode_udp(&frame_bytes, &headers, payload.data, payload.length);
    if (!payload.failed && !frame_bytes.failed)
        pass(gate, &gate->wire, frame_bytes.data, frame_bytes.length);
    buffer_done(&payload);
    buffer_done(&frame_bytes);
}

static void send_name_answer(struct gate *gate, const struct frame *question,
                             const struct buffer *reply)
{
    struct buffer bytes;
    struct frame headers = {.kind = FRAME_UDP,
                            .source_mac = gate->server_mac,
                            .destination_mac = question->source_mac,
                            .source = gate->server_address,
                            .destination = question->source,
                            .source_port = DNS_PORT,
                            .destination_port = question->source_port};
    buffer_init(&bytes, FRAME_BYTES_MAX);
    frame_encode_udp(&bytes, &headers, reply->data, reply->length);
    if (!bytes.failed)
        pass(gate, &gate->wire, bytes.data, bytes.length);
    buffer_done(&bytes);
}

/* True: it was a question for us; it has been dealt with. */
static bool answer_name(struct gate *gate, const uint8_t *bytes, size_t length)
{
    struct frame frame;
    struct buffer reply;
    if (!gate->host || !frame_decode(bytes, length, &frame) || frame.kind != FRAME_UDP ||
        frame.destination_port != DNS_PORT || frame.destination != gate->server_address)
        return false;
    const struct gate_phone *phone = phone_of(gate, &frame.source_mac);
    if (!phone)
        return false;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    enum name_verdict verdict = name_answer(&phone->dns, gate->host, gate->edos_address,
                                            frame.payload, frame.payload_length, &reply);
    if (verdict == NAME_ANSWERED)
        send_name_answer(gate, &frame, &reply);
    buffer_done(&reply);
    return verdict != NAME_NO_QUESTION;
}

/* Kernels announce their multicast groups at times of their own; nothing behind the gate cares. */
static bool is_multicast(const uint8_t *bytes, size_t length)
{
    return length >= MAC_BYTES && (bytes[0] & 1) && bytes[0] != 0xff;
}

/* True: the frame goes no further. */
static bool withhold_request(struct gate *gate, const uint8_t *bytes, size_t length)
{
    struct frame frame;
    struct dhcp_message message;
    if (is_multicast(bytes, length) || answer_name(gate, bytes, length))
        return true;
    if (!decode_dhcp(bytes, length, DHCP_SERVER_PORT, &frame, &message))
        return false;
    const struct gate_phone *phone = phone_of(gate, &message.chaddr);
    if (!phone)
        return false;
    if (phone->answer == DHCP_ANSWER_NEVER)
        return true;
    if (phone->answer != DHCP_ANSWER_NAK || message.type != DHCP_REQUEST)
        return false;
    send_nak(gate, &message);
    return true;
}

/* --- server to phones ----------------------------------------------------------------------------
 */

static void unlink_delayed(struct delayed_frame *frame)
{
    for (struct delayed_frame **at = &frame->gate->delayed; *at; at = &(*at)->next) {
        if (*at == frame) {
            *at = frame->next;
            frame->gate->delayed_count--;
            return;
        }
    }
}

static void delayed_due(void *context)
{
    struct delayed_frame *frame = context;
    unlink_delayed(frame);
    pass(frame->gate, &frame->gate->wire, frame->bytes, frame->length);
    free(frame);
}

static void delay_frame(struct gate *gate, const uint8_t *bytes, size_t length, uint64_t delay_us)
{
    struct delayed_frame *frame = NULL;
    if (gate->delayed_count < GATE_DELAYED_MAX)
        frame = calloc(1, sizeof *frame + length);
    if (!frame) {
        errno = ENOBUFS;
        fail(gate, "hold a frame back");
        return;
    }
    frame->gate = gate;
    frame->length = length;
    memcpy(frame->bytes, bytes, length);
    frame->next = gate->delayed;
    gate->delayed = frame;
    gate->delayed_count++;
    loop_timer_set(gate->loop, &frame->timer, loop_now_us(gate->loop) + delay_us, delayed_due,
                   frame);
}

static bool delay_answer(struct gate *gate, const uint8_t *bytes, size_t length)
{
    struct frame frame;
    struct dhcp_message message;
    if (!decode_dhcp(bytes, length, DHCP_CLIENT_PORT, &frame, &message))
        return false;
    const struct gate_phone *phone = phone_of(gate, &message.chaddr);
    if (!phone || phone->answer != DHCP_ANSWER_DELAY)
        return false;
    delay_frame(gate, bytes, length, phone->delay_us);
    return true;
}

/* --- both
 * ------------------------------------------------------------------------------------------- */

static void side_ready(void *context, uint32_t epoll_events)
{
    struct gate_side *from = context;
    struct gate *gate = from->gate;
    bool to_server = from == &gate->wire;
    uint8_t bytes[FRAME_BYTES_MAX];
    (void)epoll_events;
    for (int i = 0; i < FRAMES_A_TURN; i++) {
        ssize_t length = recv(from->fd, bytes, sizeof bytes, 0);
        if (length <= 0)
            return;
        bool kept = to_server ? withhold_request(gate, bytes, (size_t)length)
                              : delay_answer(gate, bytes, (size_t)length);
        if (!kept)
            pass(gate, to_server ? &gate->server : &gate->wire, bytes, (size_t)length);
    }
}

static int start_side(struct gate *gate, struct gate_side *side, const char *interface,
                      struct error *error)
{
    side->gate = gate;
    int result = packet_socket_open(interface, ETH_P_ALL, &side->fd, error);
    if (result < 0)
        return result;
    packet_socket_set_buffer(side->fd, SOCKET_BUFFER_BYTES);
    return loop_watch(gate->loop, side->fd, EPOLLIN, side_ready, side, &side->watch, error);
}

int gate_new(struct loop *loop, const struct mac *server_mac, uint32_t server_address,
             const struct mac *phone_macs, size_t phone_count, struct gate **ret_gate,
             struct error *error)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (!gate)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *gate = (struct gate){.loop = loop,
                          .server = {.fd = -1},
                          .wire = {.fd = -1},
                          .server_mac = *server_mac,
                          .server_address = server_address,
                          .phone_macs = phone_macs,
                          .phone_count = phone_count};
    gate->phones = calloc(phone_count + 1, sizeof *gate->phones);
    int result = gate->phones ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = start_side(gate, &gate->server, LAB_GATE_SERVER_SIDE, error);
    if (result == 0)
        result = start_side(gate, &gate->wire, LAB_GATE_WIRE_SIDE, error);
    if (result < 0) {
        gate_free(gate);
        return result;
    }
    *ret_gate = gate;
    return 0;
}

static void stop_side(struct gate_side *side)
{
    loop_unwatch(side->watch);
    if (side->fd >= 0)
        background_close(side->fd);
}

void gate_free(struct gate *gate)
{
    if (!gate)
        return;
    while (gate->delayed) {
        struct delayed_frame *frame = gate->delayed;
        gate->delayed = frame->next;
        loop_timer_cancel(&frame->timer);
        free(frame);
    }
    stop_side(&gate->server);
    stop_side(&gate->wire);
    free(gate->phones);
    free(gate);
}

void gate_set_answer(struct gate *gate, size_t phone, enum dhcp_answer answer, uint64_t delay_us)
{
    gate->phones[phone].answer = answer;
    gate->phones[phone].delay_us = delay_us;
}

void gate_answer_names(struct gate *gate, const char *host, uint32_t edos_address)
{
    gate->host = host;
    gate->edos_address = edos_address;
}

void gate_set_dns(struct gate *gate, size_t phone, const struct scenario_dns *dns)
{
    gate->phones[phone].dns = *dns;
}

uint64_t gate_given(const struct gate *gate)
{
    return gate->given;
}
