/* SPDX-License-Identifier: MIT */
/* The connections themselves: found by their four numbers, forgotten least recently used first. */
#ifndef RCLAB_OBSERVE_FLOW_TABLE_H
#define RCLAB_OBSERVE_FLOW_TABLE_H

#include "harness/observe/flows.h"
#include "harness/observe/http_stream.h"
#include "harness/observe/reassembly.h"

enum {
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
};
struct flow_table {
    struct flow *slots[FLOW_SLOTS];
    struct flow *newest, *oldest;
    size_t count, max;
};

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key);
/* NULL = out of memory. Drops the least recently used one when full. */
struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key);
void flow_table_touch(struct flow_table *table, struct flow *flow);
void flow_table_remove(struct flow_table *table, struct flow *flow);

#endif
