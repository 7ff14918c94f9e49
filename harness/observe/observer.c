/* SPDX-License-Identifier: MIT */
#include "harness/observe/observer.h"
#include "harness/base/address_index.h"
#include "harness/observe/flows.h"
#include "harness/observe/identify.h"
#include "harness/observe/inference.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include "harness/wire/frame.h"
#include "harness/wire/tftp.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    TRANSFERS_MAX = 8192, /* at once: more than there can be phones */
    BOOTREPLY = 2,
    FORGET_BYTES = 64 << 10
};

struct transfer {
    bool used;
    int phone;
    uint32_t client, server;
    uint16_t client_port;
    uint16_t server_port; /* where the server answers from; 0 = not yet known */
    char name[TFTP_NAME_MAX];
    uint32_t block_bytes;
    bool has_last; /* the short block was seen */
    uint16_t last_block;
    uint16_t next_block; /* the one that would come next */
    uint64_t bytes;      /* of the blocks that came in order */
    bool options_open;   /* some were asked for, and neither they nor a block has come */
    bool told_ahead, told_port, told_options; /* what is wrong is told once */
};
struct transfers {
    struct transfer items[TRANSFERS_MAX];
    struct address_index by_client; /* to items, by transfer_key */
    size_t next;                    /* to be replaced next */
    size_t active;                  /* used ones; most UDP is not TFTP, and none of these then */
};

struct observer {
    struct observe_world world; /* pointers in it are borrowed */
    struct timeline *timeline;  /* borrowed */
    struct identify identify;
    struct flows *flows;
    struct transfers transfers;
    struct inference *inference;
    struct buffer options;     /* of the DHCP message being handled; owned */
    uint64_t now_us;           /* of the frame or event being handled */
    uint64_t frame;            /* its number, 0 = not a frame */
    uint64_t first, past_last; /* events of the last frame */
    size_t needed_bytes;       /* of what events pointed to, when they were last forgotten */
    int code;                  /* the first failure while handling it */
    struct error *error;
};

/* --- appending --- */

static uint64_t append_one(struct observer *observer, const struct event *event, uint64_t time_us)
{
    struct event stamped = *event;
    stamped.frame = observer->frame;
    const struct event *kept = timeline_append(observer->timeline, &stamped, time_us);
    if (kept)
        return kept->number;
    if (!observer->code)
        observer->code = error_set(observer->error, ERROR_LIMIT,
                                   "the timeline is full (%d events or %llu bytes)",
                                   TIMELINE_EVENTS_MAX, (unsigned long long)TIMELINE_BYTES_MAX);
    return 0;
}

static uint64_t append_inferred(void *context, const struct event *event, uint64_t time_us)
{
    return append_one(context, event, time_us);
}

/* Appends an event of a phone and what follows from it. Its number, 0 = failed (observer->code). */
static uint64_t append(struct observer *observer, const struct event *event)
{
    uint64_t number = append_one(observer, event, observer->now_us);
    if (!number)
        return 0;
    /* A copy: what follows is appended to the same array. */
    struct event kept = observer->timeline->events[observer->timeline->count - 1];
    int code = inference_event(observer->inference, &kept, observer->error);
    if (code && !observer->code)
        observer->code = code;
    return number;
}

/* --- who --- */

static int phone_of(const struct observer *observer, const struct mac *mac, uint32_t address)
{
    int phone = identify_by_mac(&observer->identify, mac);
    return phone != EVENT_PHONE_NONE ? phone : identify_by_address(&observer->identify, address);
}

static int source_phone(const struct observer *observer, const struct frame *frame)
{
    return phone_of(observer, &frame->source_mac, frame->source);
}

static int destination_phone(const struct observer *observer, const struct frame *frame)
{
    return phone_of(observer, &frame->destination_mac, frame->destination);
}

uint32_t observer_phone_address(const struct observer *observer, int phone)
{
    if (phone < 0 || (size_t)phone >= observer->identify.count)
        return 0;
    return observer->identify.addresses[phone];
}

int observer_phone_at(const struct observer *observer, uint32_t address)
{
    return identify_by_address(&observer->identify, address);
}

int observer_learn(struct observer *observer, const struct mac *mac)
{
    return identify_learn(&observer->identify, mac);
}

size_t observer_phone_count(const struct observer *observer)
{
    return observer->identify.count;
}

const struct mac *observer_phone_mac(const struct observer *observer, size_t phone)
{
    return phone < observer->identify.count ? &observer->identify.macs[phone] : NULL;
}

enum customization_state observer_phone_state(const struct observer *observer, int phone)
{
    return inference_state(observer->inference, phone);
}

/* --- DHCP --- */

/* The first number of four bytes in an option of a normalized area; false: there is none. */
static bool dhcp_number(const struct buffer *area, uint8_t code, bool many, uint32_t *ret_number)
{
    struct dhcp_walk walk;
    struct dhcp_option_view view;
    struct cursor cursor;
    dhcp_walk_area(&walk, area->data, area->length);
    if (!dhcp_walk_get(walk, code, &view) || view.length == 0 || view.length % 4 ||
        (!many && view.length != 4))
        return false;
    cursor_init(&cursor, view.value, view.length);
    *ret_number = cursor_be32(&cursor);
    return true;
}

static uint32_t dhcp_address(const struct dhcp_message *message, const struct buffer *area)
{
    uint32_t address = 0;
    if (message->op != 1)
        return message->yiaddr;
    if (dhcp_number(area, DHCP_OPTION_REQUESTED_ADDRESS, true, &address))
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

/* RFC 2131 section 4.3.2: a REQUEST names the server whose offer was chosen, or is sent to the one
 * whose lease is renewed, or is for any. Only that one's word counts, of any the first one's. */
static void follow_lender(struct observer *observer, const struct frame *frame,
                          const struct dhcp_message *message, struct event *event)
{
    struct dhcp_event *dhcp = &event->dhcp;
    uint32_t own = observer->world.name_server_address, asked = dhcp->server_address;
    if (message->op == BOOTREPLY)
        dhcp->other_server = own != 0 && dhcp->server_address != 0 && dhcp->server_address != own;
    /* Whom a relay asks, it decides for itself. */
    if (message->type == DHCP_REQUEST && asked == 0 && message->giaddr == 0 &&
        frame->destination != UINT32_MAX)
        asked = frame->destination;
    if (message->type == DHCP_DISCOVER || message->type == DHCP_REQUEST)
        identify_asks(&observer->identify, event->phone, asked);
    else if (message->type == DHCP_ACK || message->type == DHCP_NAK)
        dhcp->unasked = !identify_decides(&observer->identify, event->phone, dhcp->server_address);
}

static void append_dhcp(struct observer *observer, const struct frame *frame, int phone,
                        const struct dhcp_message *message, const struct buffer *area)
{
    struct event event = {
        .type = EVENT_DHCP,
        .phone = phone,
        .dhcp = {.type = (unsigned)message->type,
                 .xid = message->xid,
                 .chaddr = message->chaddr,
                 .address = dhcp_address(message, area),
                 .malformed = frame->cut ? NULL : dhcp_form_names[dhcp_form(message)],
                 .source_address = frame->source,
                 .options = {area->data, area->length}}};
    dhcp_number(area, DHCP_OPTION_SERVER_IDENTIFIER, true, &event.dhcp.server_address);
    dhcp_number(area, DHCP_OPTION_LEASE_TIME, false, &event.dhcp.lease_s);
    follow_lender(observer, frame, message, &event);
    if (message->type == DHCP_ACK && !event.dhcp.unasked)
        identify_lease(&observer->identify, phone, message->yiaddr);
    append(observer, &event);
}

static void dhcp_frame(struct observer *observer, const struct frame *frame)
{
    struct dhcp_message message;
    if (!dhcp_decode(frame->payload, frame->payload_length, &message))
        return;
    int phone = dhcp_phone(observer, &message);
    if (phone == EVENT_PHONE_NONE)
        return;
    buffer_clear(&observer->options);
    dhcp_options_normalize(&message, &observer->options);
    append_dhcp(observer, frame, phone, &message, &observer->options);
}

/* --- ARP --- */

/* Once a lease: an address that is somebody else's may be defended again and again. */
static void arp_frame(struct observer *observer, const struct frame *frame)
{
    int phone = identify_by_address(&observer->identify, frame->source);
    if (phone == EVENT_PHONE_NONE ||
        mac_equal(&frame->arp_source_mac, &observer->identify.macs[phone]) ||
        !identify_tell_conflict(&observer->identify, phone))
        return;
    struct event event = {.type = EVENT_CONFLICT,
                          .phone = phone,
                          .conflict = {.address = frame->source, .owner = frame->arp_source_mac}};
    append(observer, &event);
}

/* --- DNS --- */

static void dns_frame(struct observer *observer, const struct frame *frame, bool response)
{
    struct dns_message message;
    int phone = response ? destination_phone(observer, frame) : source_phone(observer, frame);
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
    const struct dns_service *service = response ? dns_first_service(&message) : NULL;
    if (service) {
        event.dns.target = service->target;
        event.dns.target_port = service->port;
    }
    if (response && inference_is_edos_host(observer->inference, message.name))
        inference_edos_addresses(observer->inference, phone, message.addresses,
                                 message.address_count);
    append(observer, &event);
}

/* --- TFTP transfers (RFC 1350): from the RRQ to the ACK of the last block --- */

/* Of two servers with the same last 16 bits a client's port has one transfer at a time; 0 is no
 * key. */
static uint64_t transfer_key(uint32_t client, uint16_t client_port, uint32_t server)
{
    uint64_t key = (uint64_t)client << 32 | (uint64_t)client_port << 16 | (server & 0xffff);
    return key ? key : 1;
}

static struct transfer *transfers_find(struct transfers *transfers, uint32_t client,
                                       uint16_t client_port, uint32_t server)
{
    if (transfers->active == 0)
        return NULL;
    int at = address_index_get(&transfers->by_client, transfer_key(client, client_port, server));
    struct transfer *transfer = at == ADDRESS_INDEX_NONE ? NULL : &transfers->items[at];
    return transfer && transfer->client == client && transfer->server == server &&
                   transfer->client_port == client_port
               ? transfer
               : NULL;
}

static void transfers_end(struct transfers *transfers, struct transfer *transfer)
{
    if (!transfer->used)
        return;
    uint64_t key = transfer_key(transfer->client, transfer->client_port, transfer->server);
    if (address_index_get(&transfers->by_client, key) == (int)(transfer - transfers->items))
        address_index_remove(&transfers->by_client, key);
    transfers->active--;
    transfer->used = false;
}

/* A (re)started transfer; the least recently begun one makes room when the table is full. */
static struct transfer *transfers_begin(struct transfers *transfers, int phone, uint32_t client,
                                        uint16_t client_port, uint32_t server, const char *name)
{
    struct transfer *transfer = transfers_find(transfers, client, client_port, server);
    if (!transfer) {
        transfer = &transfers->items[transfers->next];
        transfers->next = (transfers->next + 1) % TRANSFERS_MAX;
    }
    transfers_end(transfers, transfer); /* the oldest makes room */
    memset(transfer, 0, sizeof *transfer);
    transfer->used = true;
    transfers->active++;
    transfer->phone = phone;
    transfer->client = client;
    transfer->client_port = client_port;
    transfer->server = server;
    int result = address_index_put(&transfers->by_client, transfer_key(client, client_port, server),
                                   (int)(transfer - transfers->items), NULL);
    assert(result == 0); /* reserved */
    (void)result;
    transfer->block_bytes = TFTP_BLOCK_BYTES_DEFAULT;
    transfer->next_block = 1;
    snprintf(transfer->name, sizeof transfer->name, "%s", name);
    return transfer;
}

/* What is wrong with a packet of the server's and was not told before; NULL = nothing more. */
static const char *disorder_of(struct transfer *transfer, const struct tftp_packet *packet,
                               uint16_t server_port)
{
    int16_t ahead = (int16_t)(uint16_t)(packet->block - transfer->next_block);
    bool *told = NULL;
    const char *disorder = NULL;
    if (packet->opcode == TFTP_OACK)
        transfer->options_open = false;
    if (packet->opcode != TFTP_DATA)
        return NULL;
    if (server_port != transfer->server_port) {
        told = &transfer->told_port;
        disorder = TFTP_DISORDER_PORT;
    } else if (transfer->options_open) {
        told = &transfer->told_options;
        disorder = TFTP_DISORDER_NO_OPTIONS;
        transfer->options_open = false;
    } else if (ahead > 0) {
        told = &transfer->told_ahead;
        disorder = TFTP_DISORDER_AHEAD;
    }
    if (!told || *told)
        return NULL;
    *told = true;
    return disorder;
}

/* A packet of the transfer; true: it is the ACK of the last block. */
static bool transfer_packet(struct transfer *transfer, const struct tftp_packet *packet,
                            bool from_server)
{
    if (from_server && packet->opcode == TFTP_OACK && packet->has_block_bytes)
        transfer->block_bytes = packet->block_bytes; /* RFC 2348: what the server settles on */
    if (from_server && packet->opcode == TFTP_DATA && packet->block == transfer->next_block &&
        !transfer->has_last) {
        transfer->next_block++; /* wraps with the protocol's own numbers */
        transfer->bytes += packet->data_length;
        transfer->has_last = packet->data_length < transfer->block_bytes;
        transfer->last_block = packet->block;
    }
    return !from_server && packet->opcode == TFTP_ACK && transfer->has_last &&
           packet->block == transfer->last_block;
}

static void append_tftp(struct observer *observer, const struct transfer *transfer,
                        enum event_tftp_packet kind, bool from_server,
                        const struct tftp_packet *packet, const char *disorder)
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
    } else if (kind == TFTP_PACKET_DATA) {
        event.tftp.block = packet->block;
        event.tftp.disorder = disorder;
    }
    append(observer, &event);
}

static void tftp_request(struct observer *observer, const struct frame *frame)
{
    struct tftp_packet packet;
    int phone = source_phone(observer, frame);
    if (phone == EVENT_PHONE_NONE || !tftp_decode(frame->payload, frame->payload_length, &packet) ||
        packet.opcode != TFTP_RRQ)
        return;
    struct transfer *transfer =
        transfers_begin(&observer->transfers, phone, frame->source, frame->source_port,
                        frame->destination, packet.name);
    transfer->options_open =
        packet.has_block_bytes || packet.has_timeout || packet.has_transfer_size;
    append_tftp(observer, transfer, TFTP_PACKET_RRQ, false, &packet, NULL);
}

static void tftp_frame(struct observer *observer, const struct frame *frame)
{
    struct tftp_packet packet;
    struct transfer *transfer =
        transfers_find(&observer->transfers, frame->source, frame->source_port, frame->destination);
    bool from_server = transfer == NULL;
    if (from_server)
        transfer = transfers_find(&observer->transfers, frame->destination, frame->destination_port,
                                  frame->source);
    if (!transfer || !tftp_decode(frame->payload, frame->payload_length, &packet))
        return;
    uint16_t server_port = from_server ? frame->source_port : frame->destination_port;
    if (!transfer->server_port)
        transfer->server_port = server_port;
    const char *disorder = NULL;
    while (from_server && (disorder = disorder_of(transfer, &packet, server_port)))
        append_tftp(observer, transfer, TFTP_PACKET_DATA, true, &packet, disorder);
    if (transfer->server_port != server_port)
        return; /* RFC 1350 section 4: a stray packet */
    if (packet.opcode == TFTP_ERROR)
        append_tftp(observer, transfer, TFTP_PACKET_ERROR, from_server, &packet, NULL);
    else if (transfer_packet(transfer, &packet, from_server))
        append_tftp(observer, transfer, TFTP_PACKET_ACK, false, &packet, NULL);
    else
        return;
    transfers_end(&observer->transfers, transfer);
}

static void udp_frame(struct observer *observer, const struct frame *frame)
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

/* --- what is said on TCP connections of phones, to events --- */

/* How query keys end whose values no timeline may show. */
static const char *const secret_keys[] = {"password=", "passwd=", "pwd="};

static bool opening(void *context, const struct frame *syn, struct flow_owner *ret_owner)
{
    const struct observer *observer = context;
    ret_owner->phone = source_phone(observer, syn);
    if (ret_owner->phone != EVENT_PHONE_NONE) {
        ret_owner->server = inference_server(observer->inference, ret_owner->phone,
                                             syn->destination, syn->destination_port);
        return true;
    }
    ret_owner->phone = destination_phone(observer, syn);
    ret_owner->phone_is_server = ret_owner->phone != EVENT_PHONE_NONE;
    ret_owner->by_harness =
        observer->world.harness_address != 0 && syn->source == observer->world.harness_address;
    ret_owner->server = ret_owner->phone_is_server ? EVENT_SERVER_NONE : EVENT_SERVER_OTHER;
    /* A phone may yet show itself by what it says. */
    return ret_owner->phone_is_server || observer->world.learn_phones;
}

static struct event_peer flow_peer(const struct flow_view *flow, enum transport transport)
{
    return (struct event_peer){.server = flow->owner->server,
                               .transport = transport,
                               .address = flow->server,
                               .port = flow->server_port,
                               .client_port = flow->client_port};
}

static void append_hello(struct observer *observer, const struct flow_view *flow,
                         const struct tls_hello *hello)
{
    if (inference_is_edos_host(observer->inference, hello->server_name) &&
        !flow->owner->phone_is_server)
        flow->owner->server = EVENT_SERVER_EDOS;
    struct event event = {
        .type = EVENT_TLS,
        .phone = flow->owner->phone,
        .tls = {.peer = flow_peer(flow, TRANSPORT_HTTPS),
                .server_name = hello->server_name[0] ? hello->server_name : NULL}};
    append(observer, &event);
}

/* The path without what follows a '?' or the phone's own '&' suffix. */
static size_t path_length(const char *target)
{
    return strcspn(target, "?&");
}

static bool is_status_poll(const struct observer *observer, const struct flow_view *flow,
                           const char *target)
{
    const char *path = observer->world.status_path;
    if (!path || !flow->owner->by_harness)
        return false;
    size_t length = path_length(path);
    return path_length(target) >= length && strncmp(path, target, length) == 0;
}

static void hide_secrets(char *target)
{
    for (size_t i = 0; i < sizeof secret_keys / sizeof secret_keys[0]; i++) {
        char *at = target;
        while ((at = strcasestr(at, secret_keys[i])) != NULL) {
            at += strlen(secret_keys[i]);
            size_t length = strcspn(at, "&;# ");
            size_t shown = length < 3 ? length : 3;
            memset(at, '*', shown);
            memmove(at + shown, at + length, strlen(at + length) + 1);
        }
    }
}

static bool is_agent_of_vendor(const char *agent)
{
    const char *begins = vendor_default()->identity.user_agent;
    return begins && strncmp(agent, begins, strlen(begins)) == 0;
}

static bool append_request(struct observer *observer, const struct flow_view *flow,
                           const struct http_head *head)
{
    struct flow_owner *owner = flow->owner;
    char target[HTTP_TARGET_MAX];
    if (owner->phone == EVENT_PHONE_NONE && observer->world.learn_phones &&
        is_agent_of_vendor(head->user_agent)) {
        owner->phone = identify_learn(&observer->identify, &flow->client_mac);
        if (owner->phone != EVENT_PHONE_NONE)
            identify_lease(&observer->identify, owner->phone, flow->client);
    }
    if (owner->phone == EVENT_PHONE_NONE || is_status_poll(observer, flow, head->target))
        return true;
    if (owner->server == EVENT_SERVER_OTHER &&
        inference_is_edos_host(observer->inference, head->host))
        owner->server = EVENT_SERVER_EDOS;
    snprintf(target, sizeof target, "%s", head->target);
    hide_secrets(target);
    struct event event = {.type = EVENT_HTTP_REQUEST,
                          .phone = owner->phone,
                          .http_request = {.peer = flow_peer(flow, TRANSPORT_HTTP),
                                           .method = head->method,
                                           .target = target,
                                           .host = head->host[0] ? head->host : NULL,
                                           .agent = head->user_agent[0] ? head->user_agent : NULL}};
    append(observer, &event);
    return false;
}

/* NULL: none, or of another scheme. */
static const char *challenge_of(const struct http_head *head)
{
    return strncasecmp(head->challenge, "Basic ", 6) == 0    ? "basic"
           : strncasecmp(head->challenge, "Digest ", 7) == 0 ? "digest"
                                                             : NULL;
}

/* NULL: by its length, or there is no body. */
static const char *framing_of(const struct http_head *head)
{
    bool has_body = head->status >= 200 && head->status != 204 && head->status != 304;
    if (head->too_long)
        return "long head";
    return head->chunked ? "chunked" : has_body && !head->has_content_length ? "until close" : NULL;
}

static void append_response(struct observer *observer, const struct flow_view *flow,
                            const struct http_head *head)
{
    struct event event = {.type = EVENT_HTTP_RESPONSE,
                          .phone = flow->owner->phone,
                          .http_response = {.peer = flow_peer(flow, TRANSPORT_HTTP),
                                            .status = head->status,
                                            .location = head->location[0] ? head->location : NULL,
                                            .framing = framing_of(head),
                                            .encoding = head->encoding[0] ? head->encoding : NULL,
                                            .announced = head->content_length}};
    if (event.http_response.peer.server != EVENT_SERVER_NONE)
        event.http_response.challenge = challenge_of(head);
    append(observer, &event);
}

static void client_signal(struct observer *observer, const struct flow_view *flow,
                          const struct flow_signal *signal)
{
    struct event event = {.phone = flow->owner->phone,
                          .connection.peer = flow_peer(flow, TRANSPORT_NONE)};
    const struct event_peer *peer = &event.connection.peer;
    switch (signal->kind) {
    case FLOW_CONNECT:
    case FLOW_REFUSED:
        event.type = signal->kind == FLOW_CONNECT ? EVENT_CONNECT : EVENT_REFUSED;
        append(observer, &event);
        break;
    case FLOW_DELIVERED:
        inference_delivered(observer->inference, observer->now_us, event.phone, peer,
                            &(const struct inference_delivery){.status = signal->status,
                                                               .complete = signal->complete,
                                                               .head = signal->head_only,
                                                               .encrypted = signal->encrypted,
                                                               .bytes = signal->bytes});
        break;
    case FLOW_CLOSED:
        inference_closed(observer->inference, observer->now_us, event.phone, peer, signal->tls,
                         signal->by_client);
        break;
    default:
        break;
    }
}

static bool on_signal(void *context, const struct flow_view *flow, const struct flow_signal *signal)
{
    struct observer *observer = context;
    if (signal->kind == FLOW_REQUEST)
        return append_request(observer, flow, signal->head);
    if (flow->owner->phone == EVENT_PHONE_NONE)
        return false;
    if (signal->kind == FLOW_HELLO)
        append_hello(observer, flow, signal->hello);
    else if (signal->kind == FLOW_RESPONSE && !signal->hidden)
        append_response(observer, flow, signal->head);
    else if (!flow->owner->phone_is_server)
        client_signal(observer, flow, signal);
    return false;
}

/* --- in --- */

int observer_new(const struct observe_world *world, struct timeline *timeline,
                 struct observer **ret_observer, struct error *error)
{
    struct observer *observer = calloc(1, sizeof *observer);
    if (!observer)
        return error_set(error, ERROR_MEMORY, "out of memory for the observer");
    observer->world = *world;
    buffer_init(&observer->options, DHCP_AREA_MAX);
    observer->timeline = timeline;
    observer->first = observer->past_last = timeline_next_number(timeline);
    struct flow_sink sink = {observer, opening, on_signal};
    struct inference_sink inference_sink = {observer, append_inferred};
    int code = identify_init(&observer->identify, world->phones, world->phone_count, error);
    if (!code)
        code = address_index_reserve(&observer->transfers.by_client, TRANSFERS_MAX + 1, error);
    if (!code)
        code = flows_new(OBSERVER_FLOWS_MAX, &sink, &observer->flows, error);
    if (!code)
        code = inference_new(&observer->world, &inference_sink, &observer->inference, error);
    if (code) {
        observer_free(observer);
        return code;
    }
    *ret_observer = observer;
    return 0;
}

void observer_free(struct observer *observer)
{
    if (!observer)
        return;
    identify_done(&observer->identify);
    buffer_done(&observer->options);
    flows_free(observer->flows);
    address_index_done(&observer->transfers.by_client);
    inference_free(observer->inference);
    free(observer);
}

/* Captures of several interfaces may step back a little; a timeline never does. */
static void begin(struct observer *observer, uint64_t time_us, uint64_t frame, struct error *error)
{
    if (time_us > observer->now_us)
        observer->now_us = time_us;
    observer->frame = frame;
    observer->code = 0;
    observer->error = error;
}

int observer_frame(struct observer *observer, uint64_t time_us, uint64_t frame_number,
                   const uint8_t *bytes, size_t length, struct error *error)
{
    struct frame frame;
    begin(observer, time_us, frame_number, error);
    observer->first = observer->past_last = timeline_next_number(observer->timeline);
    if (!frame_decode(bytes, length, &frame))
        return 0;
    if (frame.kind == FRAME_UDP) {
        udp_frame(observer, &frame);
    } else if (frame.kind == FRAME_ARP) {
        arp_frame(observer, &frame);
    } else if (frame.kind == FRAME_TCP) {
        int code = flows_frame(observer->flows, &frame, error);
        if (code && !observer->code)
            observer->code = code;
    }
    observer->past_last = timeline_next_number(observer->timeline);
    return observer->code;
}

int observer_event(struct observer *observer, uint64_t time_us, const struct event *event,
                   struct error *error)
{
    begin(observer, time_us, event->frame, error);
    append(observer, event);
    return observer->code;
}

/* What events point to is let go when it has become this much, so that copying what is still needed
 * stays a small part of the work. */
static bool is_much(const struct observer *observer)
{
    return observer->timeline->arena.used_bytes > FORGET_BYTES + 2 * observer->needed_bytes;
}

int observer_forget(struct observer *observer, struct error *error)
{
    struct timeline *timeline = observer->timeline;
    struct arena before = timeline->arena;
    timeline->forgotten += timeline->count;
    timeline->count = 0;
    if (!is_much(observer))
        return 0;
    arena_init(&timeline->arena, before.max_bytes);
    bool kept = inference_move(observer->inference, &timeline->arena);
    observer->needed_bytes = timeline->arena.used_bytes;
    arena_done(&before);
    return kept ? 0 : error_set(error, ERROR_MEMORY, "out of memory for what phones were told");
}

void observer_frame_events(const struct observer *observer, uint64_t *ret_first,
                           uint64_t *ret_past_last)
{
    *ret_first = observer->first;
    *ret_past_last = observer->past_last;
}
