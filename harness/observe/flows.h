/* SPDX-License-Identifier: MIT */
/* TCP connections from their SYN on: what is said in them in clear text, how they begin and end.
 * A connection whose bytes cannot be put in order (segments missing from the capture) says nothing
 * more but its end. The least recently used one makes room when the table is full. */
#ifndef RCLAB_OBSERVE_FLOWS_H
#define RCLAB_OBSERVE_FLOWS_H

#include "harness/base/error.h"
#include "harness/observe/event.h"
#include "harness/wire/frame.h"
#include "harness/wire/http_head.h"
#include "harness/wire/tls_hello.h"

/* What the owner of the table knows of a connection; set when it is opened. */
struct flow_owner {
    int phone;            /* EVENT_PHONE_NONE = not known yet */
    bool phone_is_server; /* somebody reads the phone's page */
    bool by_harness;      /* that somebody is the harness */
    enum event_server server;
};

struct flow; /* private but for these: */
struct flow_view {
    struct flow_owner *owner; /* may be changed */
    struct mac client_mac;
    uint32_t client, server; /* addresses */
    uint16_t client_port, server_port;
};

enum flow_signal_kind {
    FLOW_CONNECT,   /* the first SYN */
    FLOW_REFUSED,   /* RST in answer to it */
    FLOW_HELLO,     /* TLS ClientHello */
    FLOW_REQUEST,   /* HTTP request head */
    FLOW_RESPONSE,  /* HTTP response head */
    FLOW_DELIVERED, /* the body of that response is over */
    FLOW_CLOSED,    /* FIN by the client, or RST by either; comes once */
};
struct flow_signal {
    enum flow_signal_kind kind;
    const struct tls_hello *hello; /* HELLO */
    const struct http_head *head;  /* REQUEST, RESPONSE */
    bool hidden;                   /* RESPONSE, DELIVERED: its request was hidden */
    bool complete;                 /* DELIVERED: as announced */
    unsigned status;               /* DELIVERED: of the response */
    uint64_t bytes;                /* DELIVERED: of the body */
    bool head_only;                /* DELIVERED: it answers a HEAD */
    bool encrypted;                /* DELIVERED: nobody without a key knows what it says */
    bool established;              /* CLOSED: the server had accepted */
    bool by_client;                /* CLOSED */
    bool tls;                      /* CLOSED: it was TLS */
};
struct flow_sink {
    void *context;
    /* A SYN that belongs to no connection known: false = of no interest. */
    bool (*opening)(void *context, const struct frame *syn, struct flow_owner *ret_owner);
    /* For a REQUEST: true = hide it and its response (the caller drops them). */
    bool (*signal)(void *context, const struct flow_view *flow, const struct flow_signal *signal);
};

struct flows;
int flows_new(size_t flows_max, const struct flow_sink *sink, struct flows **ret_flows,
              struct error *error);
void flows_free(struct flows *flows);
/* One FRAME_TCP frame. ERROR_MEMORY only. */
int flows_frame(struct flows *flows, const struct frame *frame, struct error *error);

#endif
