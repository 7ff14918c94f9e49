/* SPDX-License-Identifier: MIT */
/* The real dnsmasq of a lab: a supervised child in the name server's namespace, and the barrier
 * that proves it has handled all that was given to it.
 *
 * A change of options restarts it (8 ms) with the leases kept: an optsfile cannot force options and
 * a hosts file that matched a client crashes it on re-reading. */
#ifndef RCLAB_LAB_DNSMASQ_H
#define RCLAB_LAB_DNSMASQ_H

#include "harness/base/error.h"
#include "harness/lab/dnsmasq_config.h"
#include "harness/loop/loop.h"

enum {
    DNSMASQ_START_MAX_MS = 10000,
    DNSMASQ_LOG_TAIL_LINES = 8,
    DNSMASQ_LOG_BYTES_MAX = 64 << 20, /* of dnsmasq.log; what would be too much is not kept */
};

struct dnsmasq_given { /* how much was given to dnsmasq so far, by everyone but the barrier */
    uint64_t (*count)(void *context);
    void *context;
};

struct dnsmasq;
/* Where its files go: `folder` (configuration, leases, dnsmasq.log). Does not start it. What it
 * draws at random (it shortens T1 and T2 of a renewed lease by a random time) comes from `seed`:
 * it finds a file of ours where it looks for the machine's random source. */
int dnsmasq_new(struct loop *loop, int netns_fd, const char *folder, uint64_t seed,
                struct dnsmasq_given given, struct dnsmasq **ret_dnsmasq, struct error *error);
void dnsmasq_free(struct dnsmasq *dnsmasq); /* ends the child */
/* (Re)starts it with these settings and returns once it has said that it serves. settings'
 * lease_file is set here. If it dies later without being told to, the loop fails with its last log
 * lines. */
int dnsmasq_apply(struct dnsmasq *dnsmasq, struct dnsmasq_settings *settings, struct error *error);
/* It serves; after a dnsmasq_apply that failed: as before. */
bool dnsmasq_serves(const struct dnsmasq *dnsmasq);
/* What the environment variable RCLAB_DNSMASQ names, else "/usr/sbin/dnsmasq" and the like; NULL:
 * there is none. */
const char *dnsmasq_program(void);

#endif
