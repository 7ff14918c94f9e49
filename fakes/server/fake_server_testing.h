/* SPDX-License-Identifier: MIT */
/* For tests: a fake server on the loopback, a client that asks it, and its log as lines. */
#ifndef RCLAB_FAKES_SERVER_FAKE_SERVER_TESTING_H
#define RCLAB_FAKES_SERVER_FAKE_SERVER_TESTING_H

#include "fakes/server/fake_server.h"
#include "harness/base/buffer.h"
#include "harness/loop/fetch.h"
#include "harness/loop/tls_testing.h"

enum { LOOPBACK = 0x7f000001, VISITS_MAX = 40, STALL_REAL_US = 5000000, LOG_BYTES_MAX = 1 << 16 };

struct bench;
struct visit {
    struct bench *bench;
    struct fetch *fetch;
    bool done;
    enum fetch_outcome outcome;
    unsigned status;
    struct buffer body;
    char location[128], content_type[64];
    uint64_t done_us;
};
struct bench {
    struct loop *loop;
    struct fake_server *server;
    struct fetcher *fetcher;
    struct visit visits[VISITS_MAX];
    unsigned visit_count, pending;
    struct loop_timer timer, stop_timer;
    struct visit *cancelled;
    int phone; /* whom the log takes every client for */
    struct buffer log;
    uint16_t port;        /* of the latest request's client */
    unsigned connections; /* on which something was asked */
    char certificate[64], certificate_pem[4096], key_pem[4096];
    struct identity stranger;
    char stranger_pem[TLS_PEM_MAX], stranger_key_pem[TLS_PEM_MAX], client[64];
    struct web_identity identities[BEHAVIOUR_TLS_IDENTITIES];
    /* how it asks */
    bool keeps, shows_certificate;
};

/* A server of this role on the loopback, a client, and their loop on the warp clock. */
struct bench *fake_bench_new(enum fake_role role);
void fake_bench_free(struct bench *bench);
struct fake_server_config fake_config_of(struct bench *bench, enum fake_role role);
void fake_set(struct bench *bench, const struct behaviour *items, size_t count);
/* Asks; does not wait. */
struct visit *fake_start(struct bench *bench, enum transport transport, const char *method,
                         const char *path);
/* Until all that was asked is answered. */
void fake_run(struct bench *bench);
struct visit *fake_get(struct bench *bench, enum transport transport, const char *path);
/* For so long, answered or not. */
void fake_settle(struct bench *bench, uint64_t us);
void fake_cancel(void *context); /* of a timer; the bench: gives up bench->cancelled */
/* What was logged since the last time. */
void fake_expect_log(struct bench *bench, const char *expected);

#define STATUS(code)                            \
    {.kind = BEHAVIOUR_STATUS,                  \
     .status = (code),                          \
     .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, \
     .times = 1}
#define KIND(of) \
    {.kind = (of), .status = 200, .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1}
#define TLS(fault)                              \
    {.kind = BEHAVIOUR_PROFILE,                 \
     .status = 200,                             \
     .tls = (fault),                            \
     .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, \
     .times = 1}

/* As the log writes the delays that a profile has unless told otherwise. */
#define DELAYS "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400"

#endif
