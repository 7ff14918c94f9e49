/* SPDX-License-Identifier: MIT */
#include "harness/observe/frames_testing.h"
#include <stdio.h>
#include <string.h>

const struct mac net_phone_mac = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55}};
const struct mac net_server_mac = {{0x02, 0, 0, 0, 0, 1}};
const struct mac net_broadcast = {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};

/* As the emulated lab: everything is known, fakes keep logs. */
void net_open_world(struct net *net, const struct observe_world *world)
{
    memset(net, 0, sizeof *net);
    net->world = *world;
    net->now_us = 1000000;
    timeline_init(&net->timeline);
    CU_ASSERT_EQUAL_FATAL(observer_new(&net->world, &net->timeline, &net->observer, &net->error),
                          0);
}

struct observe_world net_lab_world(void)
{
    return (struct observe_world){.phones = &net_phone_mac,
                                  .phone_count = 1,
                                  .edos_address = NET_EDOS,
                                  .provision_address = NET_PROVISION,
                                  .name_server_address = NET_NAMES,
                                  .harness_address = NET_HARNESS,
                                  .status_path = "/admin/status.xml"};
}

void net_open(struct net *net)
{
    struct observe_world world = net_lab_world();
    net_open_world(net, &world);
}

void net_close(struct net *net)
{
    observer_free(net->observer);
    timeline_done(&net->timeline);
}

void net_feed(struct net *net, const struct buffer *frame)
{
    CU_ASSERT_EQUAL(observer_frame(net->observer, net->now_us, ++net->frames, frame->data,
                                   frame->length, &net->error),
                    0);
}

void net_udp(struct net *net, struct frame headers, const struct buffer *payload)
{
    struct buffer frame;
    buffer_init(&frame, NET_FRAME_MAX);
    headers.source_mac =
        headers.source == NET_PHONE || headers.source == 0 ? net_phone_mac : net_server_mac;
    headers.destination_mac = headers.destination == NET_PHONE ? net_phone_mac : net_broadcast;
    frame_encode_udp(&frame, &headers, payload->data, payload->length);
    net_feed(net, &frame);
    buffer_done(&frame);
}

/* --- DHCP --- */

void net_dhcp_text(struct net *net, enum dhcp_type type, uint8_t code, const void *value,
                   size_t length)
{
    bool client = type == DHCP_DISCOVER || type == DHCP_REQUEST || type == DHCP_RELEASE ||
                  type == DHCP_DECLINE;
    struct buffer payload;
    struct dhcp_message message = {.op = client ? 1 : 2,
                                   .xid = 7,
                                   .chaddr = net_phone_mac,
                                   .yiaddr = client ? 0 : NET_PHONE,
                                   .type = type};
    buffer_init(&payload, NET_FRAME_MAX);
    dhcp_encode_header(&payload, &message);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)type);
    if (!client) {
        dhcp_encode_u32(&payload, DHCP_OPTION_SERVER_IDENTIFIER, NET_NAMES);
        dhcp_encode_u32(&payload, DHCP_OPTION_LEASE_TIME, NET_LEASE_S);
    }
    if (code)
        dhcp_encode_option(&payload, code, value, length);
    dhcp_encode_end(&payload);
    struct frame headers = {.source = client ? 0 : NET_NAMES,
                            .destination = UINT32_MAX,
                            .source_port = client ? 68 : 67,
                            .destination_port = client ? 67 : 68};
    net_udp(net, headers, &payload);
    buffer_done(&payload);
}

void net_dhcp(struct net *net, enum dhcp_type type)
{
    net_dhcp_text(net, type, 0, NULL, 0);
}

/* The four messages; the ACK with one option more. */
void net_lease_with(struct net *net, uint8_t code, const char *text)
{
    net_dhcp(net, DHCP_DISCOVER);
    net_dhcp(net, DHCP_OFFER);
    net_dhcp(net, DHCP_REQUEST);
    net_dhcp_text(net, DHCP_ACK, code, text, text ? strlen(text) : 0);
}

void net_lease(struct net *net)
{
    net_lease_with(net, 0, NULL);
}

/* --- DNS --- */

void net_dns(struct net *net, uint16_t id, uint16_t type, bool response, uint8_t rcode,
             uint32_t address)
{
    struct buffer payload;
    struct dns_message message = {.id = id, .response = response, .rcode = rcode, .type = type};
    snprintf(message.name, sizeof message.name, "%s", NET_EDOS_HOST);
    if (address) {
        message.addresses[0] = address;
        message.address_count = 1;
    }
    buffer_init(&payload, NET_FRAME_MAX);
    CU_ASSERT_TRUE(dns_encode(&payload, &message));
    struct frame headers = {.source = response ? NET_NAMES : NET_PHONE,
                            .destination = response ? NET_PHONE : NET_NAMES,
                            .source_port = response ? 53 : 5353,
                            .destination_port = response ? 5353 : 53};
    net_udp(net, headers, &payload);
    buffer_done(&payload);
}

void net_service(struct net *net, const char *name, const char *target)
{
    for (int response = 0; response < 2; response++) {
        struct dns_message message = {.id = 99, .type = DNS_SRV, .response = response != 0};
        struct buffer payload;
        snprintf(message.name, sizeof message.name, "%s", name);
        message.rcode = response && !target ? DNS_NXDOMAIN : DNS_NOERROR;
        message.services[0].port = 8080;
        snprintf(message.services[0].target, sizeof message.services[0].target, "%s",
                 target ? target : "");
        message.service_count = response && target ? 1 : 0;
        buffer_init(&payload, NET_FRAME_MAX);
        CU_ASSERT_TRUE(dns_encode(&payload, &message));
        struct frame headers = {.source = response ? NET_NAMES : NET_PHONE,
                                .destination = response ? NET_PHONE : NET_NAMES,
                                .source_port = response ? 53 : 5353,
                                .destination_port = response ? 5353 : 53};
        net_udp(net, headers, &payload);
        buffer_done(&payload);
    }
}

void net_ask(struct net *net, uint16_t id)
{
    net_dns(net, id, DNS_A, false, 0, 0);
}

void net_resolve(struct net *net, uint16_t id)
{
    net_ask(net, id);
    net_dns(net, id, DNS_A, true, 0, NET_EDOS);
}

/* --- TFTP --- */

void net_tftp(struct net *net, bool from_phone, uint16_t phone_port, uint16_t server_port,
              const struct tftp_packet *packet)
{
    struct buffer payload;
    buffer_init(&payload, NET_FRAME_MAX);
    tftp_encode(&payload, packet);
    struct frame headers = {.source = from_phone ? NET_PHONE : NET_PROVISION,
                            .destination = from_phone ? NET_PROVISION : NET_PHONE,
                            .source_port = from_phone ? phone_port : server_port,
                            .destination_port = from_phone ? server_port : phone_port};
    net_udp(net, headers, &payload);
    buffer_done(&payload);
}

void net_rrq(struct net *net, uint16_t phone_port, const char *name)
{
    struct tftp_packet packet = {.opcode = TFTP_RRQ};
    snprintf(packet.name, sizeof packet.name, "%s", name);
    snprintf(packet.mode, sizeof packet.mode, "octet");
    net_tftp(net, true, phone_port, 69, &packet);
}

/* --- TCP --- */

/* No checksums: the observer doesn't look (offloading leaves them wrong in captures). */
void net_segment(struct net *net, const struct net_tcp *tcp, bool by_client, uint32_t sequence,
                 uint8_t flags, const char *bytes, size_t length)
{
    struct buffer frame;
    uint32_t from = by_client ? tcp->client : tcp->server;
    uint32_t to = by_client ? tcp->server : tcp->client;
    buffer_init(&frame, 65536);
    buffer_append(&frame, to == NET_PHONE ? &net_phone_mac : &net_server_mac, MAC_BYTES);
    buffer_append(&frame, from == NET_PHONE ? &net_phone_mac : &net_server_mac, MAC_BYTES);
    buffer_be16(&frame, 0x0800);
    buffer_be16(&frame, 0x4500);
    buffer_be16(&frame, (uint16_t)(40 + length));
    buffer_be32(&frame, 0x00004000);
    buffer_be32(&frame, 0x40060000);
    buffer_be32(&frame, from);
    buffer_be32(&frame, to);
    buffer_be16(&frame, by_client ? tcp->client_port : tcp->server_port);
    buffer_be16(&frame, by_client ? tcp->server_port : tcp->client_port);
    buffer_be32(&frame, sequence);
    buffer_be32(&frame, by_client ? tcp->server_next : tcp->client_next);
    buffer_be16(&frame, (uint16_t)(0x5000 | flags));
    buffer_be16(&frame, 0xFFFF);
    buffer_be32(&frame, 0);
    buffer_append(&frame, bytes, length);
    net_feed(net, &frame);
    buffer_done(&frame);
}

struct net_tcp net_syn(struct net *net, uint32_t server, uint16_t server_port, uint16_t client_port)
{
    struct net_tcp tcp = {NET_PHONE, server, 1000, 0, client_port, server_port};
    net_segment(net, &tcp, true, tcp.client_next++, TCP_SYN, NULL, 0);
    return tcp;
}

void net_accept(struct net *net, struct net_tcp *tcp)
{
    tcp->server_next = UINT32_MAX - 2; /* sequence numbers wrap soon */
    net_segment(net, tcp, false, tcp->server_next++, TCP_SYN | TCP_ACK, NULL, 0);
    net_segment(net, tcp, true, tcp->client_next, TCP_ACK, NULL, 0);
}

struct net_tcp net_connect(struct net *net, uint32_t server, uint16_t server_port,
                           uint16_t client_port)
{
    struct net_tcp tcp = net_syn(net, server, server_port, client_port);
    net_accept(net, &tcp);
    return tcp;
}

void net_say(struct net *net, struct net_tcp *tcp, bool by_client, const char *text)
{
    uint32_t *next = by_client ? &tcp->client_next : &tcp->server_next;
    net_segment(net, tcp, by_client, *next, TCP_ACK | TCP_PSH, text, strlen(text));
    *next += (uint32_t)strlen(text);
}

void net_fin(struct net *net, struct net_tcp *tcp, bool by_client)
{
    uint32_t *next = by_client ? &tcp->client_next : &tcp->server_next;
    net_segment(net, tcp, by_client, (*next)++, TCP_ACK | TCP_FIN, NULL, 0);
}

void net_rst(struct net *net, struct net_tcp *tcp, bool by_client)
{
    net_segment(net, tcp, by_client, by_client ? tcp->client_next : tcp->server_next,
                TCP_RST | TCP_ACK, NULL, 0);
}

/* --- logs and actions --- */

void net_event(struct net *net, const struct event *event)
{
    CU_ASSERT_EQUAL(observer_event(net->observer, net->now_us, event, &net->error), 0);
}

void net_action(struct net *net, enum event_action action)
{
    net_event(net, &(struct event){.type = EVENT_ACTION, .action.what = action});
}

void net_request(struct net *net, enum event_server server, uint16_t client_port)
{
    net_event(net,
              &(struct event){.type = EVENT_REQUEST,
                              .request.peer.server = server,
                              .request.peer.transport = TRANSPORT_HTTPS,
                              .request.peer.client_port = client_port,
                              .request.method = "GET",
                              .request.target = server == EVENT_SERVER_EDOS ? "/rc" : "/p.xml"});
}

void net_answer(struct net *net, enum event_server server, uint16_t client_port, unsigned status,
                enum answer_content content)
{
    net_event(net, &(struct event){.type = EVENT_ANSWER,
                                   .answer.peer.server = server,
                                   .answer.peer.transport = TRANSPORT_HTTPS,
                                   .answer.peer.client_port = client_port,
                                   .answer.method = "GET",
                                   .answer.target = server == EVENT_SERVER_EDOS ? "/rc" : "/p.xml",
                                   .answer.status = status,
                                   .answer.content = content,
                                   .answer.complete = true});
}

/* A request on a new connection, answered. */
void net_exchange(struct net *net, enum event_server server, uint16_t client_port, unsigned status,
                  enum answer_content content)
{
    struct net_tcp tcp =
        net_connect(net, server == EVENT_SERVER_EDOS ? NET_EDOS : NET_PROVISION, 443, client_port);
    net_request(net, server, client_port);
    net_answer(net, server, client_port, status, content);
    net_fin(net, &tcp, true);
    net_fin(net, &tcp, false);
}

/* Reset, boot, lease. */
void net_start(struct net *net)
{
    net_action(net, ACTION_FACTORY_RESET);
    net_lease(net);
}

/* --- looking at the result --- */

size_t net_count(const struct net *net, enum event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < net->timeline.count; i++)
        count += net->timeline.events[i].type == type;
    return count;
}

/* The nth (from 0) event of a type, NULL = none. */
const struct event *net_find(const struct net *net, enum event_type type, size_t nth)
{
    for (size_t i = 0; i < net->timeline.count; i++)
        if (net->timeline.events[i].type == type && nth-- == 0)
            return &net->timeline.events[i];
    return NULL;
}

const struct event *net_last(const struct net *net, enum event_type type)
{
    size_t count = net_count(net, type);
    return count ? net_find(net, type, count - 1) : NULL;
}

size_t net_attempts(const struct net *net, enum event_server server)
{
    size_t count = 0;
    for (size_t i = 0; i < net->timeline.count; i++)
        count += net->timeline.events[i].type == EVENT_ATTEMPT &&
                 net->timeline.events[i].attempt.peer.server == server;
    return count;
}
