/* SPDX-License-Identifier: MIT */
#include "harness/observe/flows.h"
#include "harness/observe/http_stream.h"
#include "harness/observe/reassembly.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TLS_RECORD_HANDSHAKE = 0x16,
    FLOW_SLOTS = 16384,     /* hash chains; a power of two */
    FLOW_PIPELINE_MAX = 16, /* requests of a connection not yet answered; more = given up */
};

enum flow_protocol { FLOW_UNDECIDED, FLOW_HTTP, FLOW_TLS, FLOW_OPAQUE };
enum flow_state { FLOW_SYN_SENT, FLOW_ESTABLISHED, FLOW_CLOSING };

struct flow_key {
    uint32_t client, server;
    uint16_t client_port, server_port;
};
struct flow_pending { /* a request that waits for its response */
    bool head_only, hidden;
};
struct flow {
    struct flow_key key;
    struct flow *chain;         /* same hash */
    struct flow *newer, *older; /* by last use */
    struct flow_owner owner;
    struct mac client_mac;
    uint32_t first_sequence; /* of the SYN */
    enum flow_state state;
    enum flow_protocol protocol;
    bool client_closed; /* FLOW_CLOSED was signalled */
    struct reassembly from_client, from_server;
    struct buffer hello; /* ClientHello so far; owned */
    struct http_stream requests, responses;
    struct flow_pending pending[FLOW_PIPELINE_MAX], answered;
    size_t pending_count;
    unsigned response_status;
    bool response_encrypted; /* by its head (RFC 8188) */
};
struct flow_table {
    struct flow *slots[FLOW_SLOTS];
    struct flow *newest, *oldest;
    size_t count, max;
};

struct flows {
    struct flow_sink sink;
    struct flow_table table;
    struct flow *current; /* whose bytes are being handed out */
};

/* --- the connections: found by their four numbers, forgotten least recently used first --- */

static bool key_equal(const struct flow_key *a, const struct flow_key *b)
{
    return a->client == b->client && a->server == b->server && a->client_port == b->client_port &&
           a->server_port == b->server_port;
}

static struct flow **slot_of(struct flow_table *table, const struct flow_key *key)
{
    uint64_t hash = (uint64_t)key->client << 32 | key->server;
    hash =
        (hash ^ (uint64_t)key->client_port << 16 ^ key->server_port) * UINT64_C(0x9E3779B97F4A7C15);
    hash ^= hash >> 29;
    return &table->slots[hash * UINT64_C(0xBF58476D1CE4E5B9) >> 48 & (FLOW_SLOTS - 1)];
}

static struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key)
{
    struct flow *flow = *slot_of(table, key);
    while (flow && !key_equal(&flow->key, key))
        flow = flow->chain;
    return flow;
}

static void unlink_use(struct flow_table *table, struct flow *flow)
{
    *(flow->newer ? &flow->newer->older : &table->newest) = flow->older;
    *(flow->older ? &flow->older->newer : &table->oldest) = flow->newer;
    flow->newer = flow->older = NULL;
}

static void link_newest(struct flow_table *table, struct flow *flow)
{
    flow->older = table->newest;
    *(table->newest ? &table->newest->newer : &table->oldest) = flow;
    table->newest = flow;
}

static void flow_table_touch(struct flow_table *table, struct flow *flow)
{
    if (table->newest == flow)
        return;
    unlink_use(table, flow);
    link_newest(table, flow);
}

static void flow_table_remove(struct flow_table *table, struct flow *flow)
{
    struct flow **place = slot_of(table, &flow->key);
    while (*place != flow)
        place = &(*place)->chain;
    *place = flow->chain;
    unlink_use(table, flow);
    table->count--;
    reassembly_done(&flow->from_client);
    reassembly_done(&flow->from_server);
    buffer_done(&flow->hello);
    http_stream_done(&flow->requests);
    http_stream_done(&flow->responses);
    free(flow);
}

/* NULL = out of memory. Drops the least recently used one when full. */
static struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key)
{
    if (table->count >= table->max)
        flow_table_remove(table, table->oldest);
    struct flow *flow = calloc(1, sizeof *flow);
    if (!flow)
        return NULL;
    struct flow **slot = slot_of(table, key);
    flow->key = *key;
    flow->chain = *slot;
    *slot = flow;
    buffer_init(&flow->hello, TLS_HELLO_MAX);
    http_stream_init(&flow->requests);
    http_stream_init(&flow->responses);
    link_newest(table, flow);
    table->count++;
    return flow;
}

int flows_new(size_t flows_max, const struct flow_sink *sink, struct flows **ret_flows,
              struct error *error)
{
    assert(flows_max > 0);
    struct flows *flows = calloc(1, sizeof *flows);
    if (!flows)
        return error_set(error, ERROR_MEMORY, "out of memory for connections");
    flows->sink = *sink;
    flows->table.max = flows_max;
    *ret_flows = flows;
    return 0;
}

void flows_free(struct flows *flows)
{
    if (!flows)
        return;
    while (flows->table.oldest)
        flow_table_remove(&flows->table, flows->table.oldest);
    free(flows);
}

static bool emit(struct flows *flows, struct flow *flow, const struct flow_signal *signal)
{
    struct flow_view view = {
        .owner = &flow->owner,
        .client_mac = flow->client_mac,
        .client = flow->key.client,
        .server = flow->key.server,
        .client_port = flow->key.client_port,
        .server_port = flow->key.server_port,
    };
    return flows->sink.signal(flows->sink.context, &view, signal);
}

/* --- what is said --- */

static void give_up(struct flow *flow)
{
    flow->protocol = FLOW_OPAQUE;
    http_stream_done(&flow->requests);
    http_stream_done(&flow->responses);
    buffer_done(&flow->hello);
}

static enum http_body request_head(void *context, const struct http_head *head)
{
    struct flows *flows = context;
    struct flow *flow = flows->current;
    struct flow_signal signal = {.kind = FLOW_REQUEST, .head = head};
    bool hidden = emit(flows, flow, &signal);
    if (flow->pending_count >= FLOW_PIPELINE_MAX) {
        flow->pending_count = 0; /* nobody does that; responses can't be paired any more */
        flow->protocol = FLOW_OPAQUE;
        return HTTP_BODY_AS_ANNOUNCED;
    }
    flow->pending[flow->pending_count++] =
        (struct flow_pending){strcmp(head->method, "HEAD") == 0, hidden};
    return HTTP_BODY_AS_ANNOUNCED;
}

static void request_end(void *context, bool complete, uint64_t body_bytes)
{
    (void)context;
    (void)complete;
    (void)body_bytes;
}

static enum http_body response_head(void *context, const struct http_head *head)
{
    struct flows *flows = context;
    struct flow *flow = flows->current;
    if (head->status < 200)
        return HTTP_BODY_AS_ANNOUNCED;
    flow->answered = (struct flow_pending){false, false};
    if (flow->pending_count > 0) {
        flow->answered = flow->pending[0];
        flow->pending_count--;
        memmove(flow->pending, flow->pending + 1, flow->pending_count * sizeof flow->pending[0]);
    }
    flow->response_status = head->status;
    flow->response_encrypted = strstr(head->encoding, "aes128gcm") != NULL;
    struct flow_signal signal = {
        .kind = FLOW_RESPONSE, .head = head, .hidden = flow->answered.hidden};
    emit(flows, flow, &signal);
    return flow->answered.head_only ? HTTP_BODY_NONE : HTTP_BODY_AS_ANNOUNCED;
}

/* What `openssl enc` makes begins so. */
static bool is_encrypted(const struct http_stream *stream)
{
    static const char magic[HTTP_BODY_FIRST_BYTES + 1] = "Salted__";
    return memcmp(stream->first, magic, HTTP_BODY_FIRST_BYTES) == 0;
}

static void response_end(void *context, bool complete, uint64_t body_bytes)
{
    struct flows *flows = context;
    struct flow *flow = flows->current;
    struct flow_signal signal = {.kind = FLOW_DELIVERED,
                                 .hidden = flow->answered.hidden,
                                 .complete = complete,
                                 .status = flow->response_status,
                                 .head_only = flow->answered.head_only,
                                 .encrypted =
                                     flow->response_encrypted || is_encrypted(&flow->responses),
                                 .bytes = body_bytes};
    emit(flows, flow, &signal);
}

static struct http_stream_sink request_sink(struct flows *flows)
{
    return (struct http_stream_sink){flows, request_head, request_end};
}

static struct http_stream_sink response_sink(struct flows *flows)
{
    return (struct http_stream_sink){flows, response_head, response_end};
}

static void hello_bytes(struct flows *flows, struct flow *flow, const uint8_t *bytes, size_t length)
{
    struct tls_hello hello;
    buffer_append(&flow->hello, bytes, length);
    enum tls_hello_result result =
        flow->hello.failed ? TLS_HELLO_BAD
                           : tls_hello_parse(flow->hello.data, flow->hello.length, &hello);
    if (result == TLS_HELLO_PARTIAL)
        return;
    if (result == TLS_HELLO_WHOLE) {
        struct flow_signal signal = {.kind = FLOW_HELLO, .hello = &hello};
        emit(flows, flow, &signal);
    }
    flow->protocol = FLOW_TLS;
    buffer_done(&flow->hello);
}

static void client_bytes(void *context, const uint8_t *bytes, size_t length)
{
    struct flows *flows = context;
    struct flow *flow = flows->current;
    struct http_stream_sink sink = request_sink(flows);
    bool gathering_hello = flow->hello.length > 0;
    if (flow->protocol == FLOW_UNDECIDED && !gathering_hello && bytes[0] != TLS_RECORD_HANDSHAKE)
        flow->protocol = FLOW_HTTP;
    if (flow->protocol == FLOW_UNDECIDED)
        hello_bytes(flows, flow, bytes, length);
    else if (flow->protocol == FLOW_HTTP)
        http_stream_bytes(&flow->requests, bytes, length, &sink);
}

static void server_bytes(void *context, const uint8_t *bytes, size_t length)
{
    struct flows *flows = context;
    struct http_stream_sink sink = response_sink(flows);
    if (flows->current->protocol == FLOW_HTTP)
        http_stream_bytes(&flows->current->responses, bytes, length, &sink);
}

/* --- how it begins and ends --- */

static void signal_closed(struct flows *flows, struct flow *flow, bool by_client)
{
    if (flow->client_closed)
        return;
    flow->client_closed = true;
    struct flow_signal signal = {.kind = FLOW_CLOSED,
                                 .established = flow->state != FLOW_SYN_SENT,
                                 .by_client = by_client,
                                 .tls = flow->protocol == FLOW_TLS};
    emit(flows, flow, &signal);
}

static void end_responses(struct flows *flows, struct flow *flow, bool orderly)
{
    struct http_stream_sink sink = response_sink(flows);
    if (flow->protocol == FLOW_HTTP)
        http_stream_close(&flow->responses, orderly, &sink);
}

static int open_flow(struct flows *flows, const struct frame *syn, const struct flow_key *key,
                     struct error *error)
{
    struct flow_owner owner = {.phone = EVENT_PHONE_NONE};
    if (!flows->sink.opening(flows->sink.context, syn, &owner))
        return 0;
    struct flow *flow = flow_table_add(&flows->table, key);
    if (!flow)
        return error_set(error, ERROR_MEMORY, "out of memory for a connection");
    flow->owner = owner;
    flow->client_mac = syn->source_mac;
    flow->first_sequence = syn->sequence;
    reassembly_start(&flow->from_client, syn->sequence + 1);
    struct flow_signal signal = {.kind = FLOW_CONNECT};
    emit(flows, flow, &signal);
    return 0;
}

static void reset_flow(struct flows *flows, struct flow *flow, const struct frame *frame,
                       bool by_client)
{
    if (flow->state == FLOW_SYN_SENT && !by_client) {
        /* RFC 9293 3.5.2: it answers this SYN only if it acknowledges it. */
        if (frame->acknowledgement != flow->first_sequence + 1)
            return;
        struct flow_signal signal = {.kind = FLOW_REFUSED};
        emit(flows, flow, &signal);
    } else {
        end_responses(flows, flow, false);
        signal_closed(flows, flow, by_client);
    }
    flow_table_remove(&flows->table, flow);
}

static void segment(struct flows *flows, struct flow *flow, const struct frame *frame,
                    bool by_client)
{
    struct reassembly *reassembly = by_client ? &flow->from_client : &flow->from_server;
    bool fin = (frame->tcp_flags & TCP_FIN) != 0;
    bool was_lost = reassembly->lost;
    if (!by_client && (frame->tcp_flags & TCP_SYN) && !reassembly->started) {
        reassembly_start(reassembly, frame->sequence + 1);
        flow->state = FLOW_ESTABLISHED;
        return;
    }
    if (frame->tcp_flags & TCP_SYN)
        return; /* retransmitted */
    if (by_client && flow->state == FLOW_SYN_SENT && (frame->tcp_flags & TCP_ACK))
        flow->state = FLOW_ESTABLISHED; /* the capture missed the SYN-ACK */
    if (!reassembly->started)
        reassembly_start(reassembly, frame->sequence);
    flows->current = flow;
    if (frame->cut && frame->payload_length > 0)
        reassembly->lost = true;
    bool whole =
        reassembly_segment(reassembly, frame->sequence, frame->payload, frame->payload_length, fin,
                           by_client ? client_bytes : server_bytes, flows);
    if (!whole && !was_lost && flow->protocol != FLOW_TLS)
        give_up(flow);
    if (reassembly->lost && fin)
        reassembly->ended = true;
}

static void finish(struct flows *flows, struct flow *flow)
{
    flows->current = flow;
    if (flow->from_server.ended)
        end_responses(flows, flow, true);
    if (flow->from_client.ended && !flow->client_closed) {
        /* What has not arrived by now is not wanted any more, unless it was asked for and the
         * server is yet to answer on a half-closed connection: nobody does that here. */
        if (!flow->from_server.ended)
            end_responses(flows, flow, false);
        signal_closed(flows, flow, true);
    }
    if (flow->from_client.ended && flow->from_server.ended)
        flow_table_remove(&flows->table, flow);
}

int flows_frame(struct flows *flows, const struct frame *frame, struct error *error)
{
    struct flow_key key = {frame->source, frame->destination, frame->source_port,
                           frame->destination_port};
    struct flow_key reverse = {frame->destination, frame->source, frame->destination_port,
                               frame->source_port};
    bool opening = (frame->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
    struct flow *flow = flow_table_find(&flows->table, &key);
    bool by_client = flow != NULL;
    if (!flow && !opening)
        flow = flow_table_find(&flows->table, &reverse);
    if (opening && flow && flow->first_sequence != frame->sequence) {
        flow_table_remove(&flows->table, flow); /* the port is used again */
        flow = NULL;
    }
    if (!flow)
        return opening ? open_flow(flows, frame, &key, error) : 0;
    flow_table_touch(&flows->table, flow);
    flows->current = flow;
    if (frame->tcp_flags & TCP_RST) {
        reset_flow(flows, flow, frame, by_client);
    } else {
        segment(flows, flow, frame, by_client);
        finish(flows, flow);
    }
    flows->current = NULL;
    return 0;
}
