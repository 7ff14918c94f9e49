/* SPDX-License-Identifier: MIT */
#include "harness/lab/gate.h"
#include "harness/base/address_index.h"
#include "harness/lab/dhcp_malform.h"
#include "harness/lab/lab.h"
#include "harness/lab/name_answer.h"
#include "harness/lab/relay.h"
#include "harness/lab/rogue.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_BYTES_MAX = 2048, SOCKET_BUFFER_BYTES = 4 << 20 };

struct gate_phone {
    const struct scenario_dhcp *dhcp; /* borrowed */
    struct scenario_dns dns;
    uint32_t lent;   /* the address of the last ACK; 0 = none */
    uint32_t leased; /* the same, unless the phone has given it back since */
};
static const struct scenario_dhcp plain_dhcp = {.answer = DHCP_ANSWER_NORMAL};
struct gate {
    struct relay *relay;
    struct mac server_mac;
    uint32_t server_address;
    const struct mac *phone_macs; /* borrowed */
    struct gate_phone *phones;    /* owned */
    size_t phone_count;
    struct address_index by_mac; /* of the first `indexed` phones */
    size_t indexed;
    void (*leased)(void *context, size_t phone, uint32_t address); /* or NULL */
    void *leased_context;
    const char *const *substitutions; /* borrowed; SUBSTITUTE_COUNT, of targets of services */
    bool has_services;                /* some phone may ask for them */
    struct rogue rogue;               /* address 0: there is none */
    const char *host;                 /* borrowed; NULL: names are not answered here */
    uint32_t edos_address;
};

/* Those that have joined since the last look; an address of zeroes is that of nobody yet. */
static void index_phones(struct gate *gate)
{
    static const struct mac nobody;
    while (gate->indexed < gate->phone_count &&
           !mac_equal(&gate->phone_macs[gate->indexed], &nobody)) {
        uint64_t key = address_index_mac(&gate->phone_macs[gate->indexed]);
        int result = address_index_put(&gate->by_mac, key, (int)gate->indexed++, NULL);
        assert(result == 0); /* reserved */
        (void)result;
    }
}

static struct gate_phone *phone_of(struct gate *gate, const struct mac *mac)
{
    index_phones(gate);
    int phone = address_index_get(&gate->by_mac, address_index_mac(mac));
    return phone == ADDRESS_INDEX_NONE ? NULL : &gate->phones[phone];
}

static bool decode_dhcp(const struct relay_frame *in, uint16_t destination_port,
                        struct frame *frame, struct dhcp_message *message)
{
    return frame_decode(in->bytes, in->length, frame) && frame->kind == FRAME_UDP &&
           frame->destination_port == destination_port &&
           dhcp_decode(frame->payload, frame->payload_length, message);
}

/* From the name server to the phones; at_us 0 = at once. */
static void send_payload(const struct frame *headers, const struct buffer *payload, uint64_t at_us,
                         const struct relay_out *out)
{
    struct buffer bytes;
    buffer_init(&bytes, FRAME_BYTES_MAX);
    frame_encode_udp(&bytes, headers, payload->data, payload->length);
    const struct relay_frame frame = {.bytes = bytes.data, .length = bytes.length};
    if (!payload->failed && !bytes.failed)
        out->send(out->context, RELAY_PHONES, &frame, at_us);
    buffer_done(&bytes);
}

static void send_nak(const struct gate *gate, const struct dhcp_message *request,
                     const struct relay_out *out)
{
    static const char text[] = "refused by the scenario";
    struct buffer payload;
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
    dhcp_encode_header(&payload, &nak);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, DHCP_NAK);
    dhcp_encode_u32(&payload, DHCP_OPTION_SERVER_IDENTIFIER, gate->server_address);
    dhcp_encode_option(&payload, DHCP_OPTION_MESSAGE, text, sizeof text - 1);
    dhcp_encode_end(&payload);
    send_payload(&headers, &payload, 0, out);
    buffer_done(&payload);
}

static enum name_verdict name_verdict_for(const struct gate *gate, const struct gate_phone *phone,
                                          const struct frame *frame, struct buffer *reply)
{
    enum name_verdict verdict = service_answer(phone->dhcp, gate->substitutions, frame->payload,
                                               frame->payload_length, reply);
    if (verdict == NAME_NO_QUESTION && gate->host)
        verdict = name_answer(&phone->dns, gate->host, gate->edos_address, frame->payload,
                              frame->payload_length, reply);
    return verdict;
}

/* True: it was a question for us; it has been dealt with. */
static bool answer_name(struct gate *gate, const struct relay_frame *in,
                        const struct relay_out *out)
{
    struct frame frame;
    struct buffer reply;
    if ((!gate->host && !gate->has_services) || !frame_decode(in->bytes, in->length, &frame) ||
        frame.kind != FRAME_UDP || frame.destination_port != DNS_PORT ||
        frame.destination != gate->server_address)
        return false;
    const struct gate_phone *phone = phone_of(gate, &frame.source_mac);
    if (!phone)
        return false;
    const struct frame headers = {.kind = FRAME_UDP,
                                  .source_mac = gate->server_mac,
                                  .destination_mac = frame.source_mac,
                                  .source = gate->server_address,
                                  .destination = frame.source,
                                  .source_port = DNS_PORT,
                                  .destination_port = frame.source_port};
    buffer_init(&reply, DNS_MESSAGE_MAX);
    enum name_verdict verdict = name_verdict_for(gate, phone, &frame, &reply);
    if (verdict == NAME_ANSWERED)
        send_payload(&headers, &reply, 0, out);
    buffer_done(&reply);
    return verdict != NAME_NO_QUESTION;
}

/* --- addresses in conflict --- */

/* The station that has them already: locally administered, as all of the lab's. */
static const struct mac owner_mac = {{0x02, 0x52, 0x43, 0xff, 0x00, 0x04}};

static void send_arp(const struct frame *headers, uint64_t at_us, const struct relay_out *out)
{
    struct buffer bytes;
    buffer_init(&bytes, FRAME_BYTES_MAX);
    frame_encode_arp(&bytes, headers);
    const struct relay_frame frame = {.bytes = bytes.data, .length = bytes.length};
    if (!bytes.failed)
        out->send(out->context, RELAY_PHONES, &frame, at_us);
    buffer_done(&bytes);
}

/* RFC 5227 section 2.3: whoever has an address announces it. So a phone that does not probe can
 * know of it too, and a capture shows the conflict whatever the phone does. */
static void announce_owner(uint32_t address, uint64_t at_us, const struct relay_out *out)
{
    struct frame headers = {.source_mac = owner_mac,
                            .arp_operation = ARP_REQUEST,
                            .arp_source_mac = owner_mac,
                            .source = address,
                            .destination = address};
    memset(headers.destination_mac.bytes, 0xff, MAC_BYTES);
    send_arp(&headers, at_us, out);
}

/* The station that a phone asks for and that only the gate knows of; NULL = there is none. */
static const struct mac *station_of(const struct gate *gate, const struct gate_phone *phone,
                                    uint32_t address)
{
    if (phone->dhcp->conflict && phone->lent && address == phone->lent)
        return &owner_mac;
    return phone->dhcp->rogue.present && address == gate->rogue.address ? &gate->rogue.mac : NULL;
}

/* True: it asks for, or announces, an address that is another's; that one has answered. */
static bool answer_arp(struct gate *gate, const struct relay_frame *in, const struct relay_out *out)
{
    struct frame frame;
    if (!frame_decode(in->bytes, in->length, &frame) || frame.kind != FRAME_ARP ||
        frame.arp_operation != ARP_REQUEST)
        return false;
    const struct gate_phone *phone = phone_of(gate, &frame.arp_source_mac);
    const struct mac *station = phone ? station_of(gate, phone, frame.destination) : NULL;
    if (!station)
        return false;
    const struct frame headers = {.source_mac = *station,
                                  .destination_mac = frame.arp_source_mac,
                                  .arp_operation = ARP_REPLY,
                                  .arp_source_mac = *station,
                                  .arp_destination_mac = frame.arp_source_mac,
                                  .source = frame.destination,
                                  .destination = frame.source};
    send_arp(&headers, 0, out);
    return true;
}

/* --- a second server --- */

static void tell_lease(const struct gate *gate, const struct gate_phone *phone, uint32_t address)
{
    if (gate->leased)
        gate->leased(gate->leased_context, (size_t)(phone - gate->phones), address);
}

/* True: the request is for the rogue server alone. What it has to say to it comes when it is due.
 */
static bool show_to_rogue(const struct gate *gate, const struct gate_phone *phone,
                          const struct frame *frame, const struct dhcp_message *request,
                          uint64_t now_us, const struct relay_out *out)
{
    const struct dhcp_rogue *rogue = &phone->dhcp->rogue;
    struct buffer payload;
    struct rogue_reply reply;
    buffer_init(&payload, FRAME_BYTES_MAX);
    if (rogue_hears(&gate->rogue, frame) &&
        rogue_answer(&gate->rogue, (size_t)(phone - gate->phones), phone->dhcp, request, &payload,
                     &reply)) {
        if (request->type == DHCP_REQUEST)
            tell_lease(gate, phone, reply.address);
        send_payload(&reply.headers, &payload, now_us + rogue->delay_us, out);
    }
    buffer_done(&payload);
    return rogue_is_meant(&gate->rogue, frame, request);
}

/* Kernels announce their multicast groups at times of their own; nothing behind the gate cares. */
static bool is_multicast(const struct relay_frame *frame)
{
    return frame->length >= MAC_BYTES && (frame->bytes[0] & 1) && frame->bytes[0] != 0xff;
}

/* True: the frame goes no further. */
static bool withhold_request(struct gate *gate, const struct relay_frame *in, uint64_t now_us,
                             const struct relay_out *out)
{
    struct frame frame;
    struct dhcp_message message;
    if (is_multicast(in) || answer_arp(gate, in, out) || answer_name(gate, in, out))
        return true;
    if (!decode_dhcp(in, DHCP_SERVER_PORT, &frame, &message))
        return false;
    struct gate_phone *phone = phone_of(gate, &message.chaddr);
    if (!phone)
        return false;
    if (show_to_rogue(gate, phone, &frame, &message, now_us, out) ||
        phone->dhcp->answer == DHCP_ANSWER_NEVER)
        return true;
    if (message.type == DHCP_RELEASE || message.type == DHCP_DECLINE)
        phone->leased = 0;
    if (phone->dhcp->answer != DHCP_ANSWER_NAK || message.type != DHCP_REQUEST)
        return false;
    send_nak(gate, &message, out);
    return true;
}

/* The reply as it is to be broken; false: it cannot be, and goes on as it is. */
static bool send_malformed(const struct frame *frame, const struct dhcp_message *reply,
                           enum dhcp_malformed malformed, const struct relay_out *out)
{
    struct buffer payload;
    buffer_init(&payload, FRAME_BYTES_MAX);
    bool broken = dhcp_malform(malformed, reply, &payload);
    if (broken)
        send_payload(frame, &payload, 0, out);
    buffer_done(&payload);
    return broken;
}

/* What DHCP says to a phone: the leases are told of. */
static void pass_answer(struct gate *gate, const struct relay_frame *in, uint64_t now_us,
                        const struct relay_out *out)
{
    struct frame frame;
    struct dhcp_message reply;
    struct gate_phone *phone =
        decode_dhcp(in, DHCP_CLIENT_PORT, &frame, &reply) ? phone_of(gate, &reply.chaddr) : NULL;
    bool lends = phone && (reply.type == DHCP_OFFER || reply.type == DHCP_ACK);
    if (lends && reply.type == DHCP_ACK) {
        phone->lent = phone->leased = reply.yiaddr;
        tell_lease(gate, phone, reply.yiaddr);
    }
    if (phone && phone->dhcp->answer == DHCP_ANSWER_DELAY)
        now_us += phone->dhcp->answer_delay_us;
    if (!lends || phone->dhcp->answer != DHCP_ANSWER_MALFORMED ||
        !send_malformed(&frame, &reply, phone->dhcp->malformed, out))
        out->send(out->context, RELAY_PHONES, in, now_us);
    if (lends && phone->dhcp->conflict && reply.type == DHCP_ACK)
        announce_owner(reply.yiaddr, now_us, out);
}

static void gate_policy(void *context, enum relay_side from, const struct relay_frame *frame,
                        uint64_t now_us, const struct relay_out *out)
{
    struct gate *gate = context;
    if (from == RELAY_LAB)
        pass_answer(gate, frame, now_us, out);
    else if (!withhold_request(gate, frame, now_us, out))
        out->send(out->context, RELAY_LAB, frame, now_us);
}

int gate_new(struct loop *loop, const struct mac *server_mac, uint32_t server_address,
             const struct mac *phone_macs, size_t phone_count, struct gate **ret_gate,
             struct error *error)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (!gate)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *gate = (struct gate){.server_mac = *server_mac,
                          .server_address = server_address,
                          .phone_macs = phone_macs,
                          .phone_count = phone_count};
    const struct relay_config config = {.loop = loop,
                                        .ends = {[RELAY_PHONES] = {.interface = LAB_GATE_WIRE_SIDE},
                                                 [RELAY_LAB] = {.interface = LAB_GATE_SERVER_SIDE}},
                                        .buffer_bytes = SOCKET_BUFFER_BYTES,
                                        .lossless = true,
                                        .policy = gate_policy,
                                        .policy_context = gate};
    gate->phones = calloc(phone_count + 1, sizeof *gate->phones);
    for (size_t i = 0; gate->phones && i < phone_count; i++)
        gate->phones[i].dhcp = &plain_dhcp;
    int result = gate->phones ? address_index_reserve(&gate->by_mac, phone_count, error)
                              : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = relay_new(&config, &gate->relay, error);
    if (result < 0) {
        gate_free(gate);
        return result;
    }
    *ret_gate = gate;
    return 0;
}

void gate_free(struct gate *gate)
{
    if (!gate)
        return;
    relay_free(gate->relay);
    address_index_done(&gate->by_mac);
    free(gate->phones);
    free(gate);
}

void gate_set_dhcp(struct gate *gate, size_t phone, const struct scenario_dhcp *dhcp)
{
    gate->phones[phone].dhcp = dhcp;
    gate->has_services = gate->has_services || (dhcp->srv.present && gate->substitutions);
}

void gate_play_rogue(struct gate *gate, const struct rogue *rogue)
{
    gate->rogue = *rogue;
}

void gate_answer_services(struct gate *gate, const char *const *substitutions)
{
    gate->substitutions = substitutions;
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

void gate_watch_leases(struct gate *gate,
                       void (*leased)(void *context, size_t phone, uint32_t address), void *context)
{
    gate->leased = leased;
    gate->leased_context = context;
}

uint32_t gate_leased(const struct gate *gate, size_t phone)
{
    return gate->phones[phone].leased;
}

uint64_t gate_given(const struct gate *gate)
{
    return relay_counters(gate->relay)->sent[RELAY_LAB];
}
