/* SPDX-License-Identifier: MIT */
/* DHCP, DNS and TFTP to events. */
#include "harness/observe/observer_internal.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <string.h>

/* --- DHCP --- */

static uint32_t dhcp_address(const struct dhcp_message *message)
{
    uint32_t address = 0;
    if (message->op != 1)
        return message->yiaddr;
    if (dhcp_option_ipv4(message, DHCP_OPTION_REQUESTED_ADDRESS, &address))
        return address;
    return message->ciaddr;
}

static int dhcp_phone(struct observer *observer, const struct dhcp_message *message)
{
    int phone = identify_by_mac(&observer->identify, &message->chaddr);
    bool by_client = message->op == 1 && message->type != 0;
    if (phone == EVENT_PHONE_NONE && by_client && observer->world.learn_phones)
        phone = identify_learn(&observer->identify, &message->chaddr);
    return phone;
}

static void dhcp_frame(struct observer *observer, const struct frame *frame)
{
    struct dhcp_message message;
    struct buffer options;
    if (!dhcp_decode(frame->payload, frame->payload_length, &message))
        return;
    struct event event = {.type = EVENT_DHCP,
                          .phone = dhcp_phone(observer, &message),
                          .dhcp = {.type = (unsigned)message.type,
                                   .xid = message.xid,
                                   .chaddr = message.chaddr,
                                   .address = dhcp_address(&message),
                                   .source_address = frame->source}};
    if (event.phone == EVENT_PHONE_NONE)
        return;
    if (message.type == DHCP_ACK)
        identify_lease(&observer->identify, event.phone, message.yiaddr);
    dhcp_option_ipv4(&message, DHCP_OPTION_SERVER_IDENTIFIER, &event.dhcp.server_address);
    dhcp_option_u32(&message, DHCP_OPTION_LEASE_TIME, &event.dhcp.lease_s);
    buffer_init(&options, DHCP_AREA_MAX);
    dhcp_options_normalize(&message, &options);
    event.dhcp.options = (struct event_options){options.data, options.length};
    observer_append(observer, &event);
    buffer_done(&options);
}

/* --- DNS ---------------------------------------------------------------------------------------
 */
static void dns_frame(struct observer *observer, const struct frame *frame, bool response)
{
    struct dns_message message;
    int phone = response ? observer_destination_phone(observer, frame)
                         : observer_source_phone(observer, frame);
    if (phone == EVENT_PHONE_NONE || !dns_decode(frame->payload, frame->payload_length, &message) ||
        message.response != response)
        return;
    if (message.type != DNS_A && message.type != DNS_AAAA && message.type != DNS_SRV)
        return;
    struct event event = {.type = EVENT_DNS,
                          .phone = phone,
                          .dns = {.server = EVENT_SERVER_NAME,
                                  .transport = TRANSPORT_DNS,
                                  .id = message.id,
                                  .query_type = message.type,
                                  .response = response,
                                  .rcode = response ? message.rcode : 0,
                                  .question = message.name}};
    /* A name server that is not the lab's is worth telling: nobody may have named it. */
    if (!response && observer->world.name_server_address != 0 &&
        frame->destination != observer->world.name_server_address) {
        event.dns.server = EVENT_SERVER_OTHER;
        event.dns.address = frame->destination;
    }
    if (response && message.address_count > 0)
        event.dns.address = message.addresses[0];
    if (response && inference_is_edos_host(observer->inference, message.name))
        inference_edos_addresses(observer->inference, phone, message.addresses,
                                 message.address_count);
    observer_append(observer, &event);
}

/* --- TFTP --------------------------------------------------------------------------------------
 */
static void append_tftp(struct observer *observer, const struct transfer *transfer,
                        enum event_tftp_packet kind, bool from_server,
                        const struct tftp_packet *packet)
{
    struct event event = {
        .type = EVENT_TFTP,
        .phone = transfer->phone,
        .tftp = {.peer = {.server = inference_server(observer->inference, transfer->phone,
                                                     transfer->server, TFTP_PORT),
                          .transport = TRANSPORT_TFTP,
                          .address = transfer->server,
                          .port = TFTP_PORT,
                          .client_port = transfer->client_port},
                 .packet = kind,
                 .file = transfer->name,
                 .from_server = from_server}};
    if (kind == TFTP_PACKET_ERROR) {
        event.tftp.error = packet->error;
        event.tftp.message = packet->message;
    } else if (kind == TFTP_PACKET_ACK) {
        event.tftp.complete = true;
        event.tftp.bytes = transfer->bytes;
    }
    observer_append(observer, &event);
}

static void tftp_request(struct observer *observer, const struct frame *frame)
{
    struct tftp_packet packet;
    int phone = observer_source_phone(observer, frame);
    if (phone == EVENT_PHONE_NONE || !tftp_decode(frame->payload, frame->payload_length, &packet) ||
        packet.opcode != TFTP_RRQ)
        return;
    const struct transfer *transfer =
        transfers_begin(observer->transfers, phone, frame->source, frame->source_port,
                        frame->destination, packet.name);
    append_tftp(observer, transfer, TFTP_PACKET_RRQ, false, &packet);
}

static void tftp_frame(struct observer *observer, const struct frame *frame)
{
    struct tftp_packet packet;
    struct transfer *transfer =
        transfers_find(observer->transfers, frame->source, frame->source_port, frame->destination);
    bool from_server = transfer == NULL;
    if (from_server)
        transfer = transfers_find(observer->transfers, frame->destination, frame->destination_port,
                                  frame->source);
    if (!transfer || !tftp_decode(frame->payload, frame->payload_length, &packet))
        return;
    uint16_t server_port = from_server ? frame->source_port : frame->destination_port;
    if (!transfer->server_port)
        transfer->server_port = server_port;
    if (transfer->server_port != server_port)
        return; /* RFC 1350 section 4: a stray packet */
    if (packet.opcode == TFTP_ERROR)
        append_tftp(observer, transfer, TFTP_PACKET_ERROR, from_server, &packet);
    else if (transfer_packet(transfer, &packet, from_server))
        append_tftp(observer, transfer, TFTP_PACKET_ACK, false, &packet);
    else
        return;
    transfers_end(observer->transfers, transfer);
}

void observer_udp(struct observer *observer, const struct frame *frame)
{
    uint16_t from = frame->source_port, to = frame->destination_port;
    if (to == DHCP_SERVER_PORT || (from == DHCP_SERVER_PORT && to == DHCP_CLIENT_PORT))
        dhcp_frame(observer, frame);
    else if (to == DNS_PORT || from == DNS_PORT)
        dns_frame(observer, frame, to != DNS_PORT);
    else if (to == TFTP_PORT)
        tftp_request(observer, frame);
    else
        tftp_frame(observer, frame);
}
