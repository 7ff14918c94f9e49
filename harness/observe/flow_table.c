/* SPDX-License-Identifier: MIT */
#include "harness/observe/flow_table.h"
#include <stdlib.h>
#include <string.h>

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

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key)
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

void flow_table_touch(struct flow_table *table, struct flow *flow)
{
    if (table->newest == flow)
        return;
    unlink_use(table, flow);
    link_newest(table, flow);
}

struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key)
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

void flow_table_remove(struct flow_table *table, struct flow *flow)
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
