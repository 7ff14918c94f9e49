/* SPDX-License-Identifier: MIT */
/* The real dnsmasq of a lab: a supervised child in the name server's namespace, and the barrier
 * that proves it has handled all that was given to it.
 *
 * A change of options restarts it (8 ms) with the leases kept: an optsfile cannot force options and
 * a hosts file that matched a client crashes it on re-reading.
 *
 * The proof: its receive queues are empty, then one DNS question of our own over its loopback is
 * answered. Since it is one thread that finishes each datagram before it takes the next, what it
 * had to send is on the wire by then. */
#ifndef RCLAB_LAB_DNSMASQ_H
#define RCLAB_LAB_DNSMASQ_H

#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include "harness/scenario/scenario.h"

enum {
    DNSMASQ_CONFIG_BYTES_MAX = 4 << 20,
    DNSMASQ_STUB_PORT = 5300,
    DNSMASQ_START_MAX_MS = 10000,
    DNSMASQ_LOG_TAIL_LINES = 8,
    DNSMASQ_LOG_BYTES_MAX = 64 << 20, /* of dnsmasq.log; what would be too much is not kept */
};

#define DNSMASQ_BARRIER_NAME "barrier.rclab.invalid"

struct dnsmasq_settings {   /* borrowed */
    const char *lease_file; /* NULL = none */
    /* For many phones, each of which would otherwise cost more the more there are: who has which
     * address, the caller tells at each start by fixed_addresses, and there is no lease file (it is
     * written whole at each new lease); nor are there names for clients. */
    bool leases_told;
    const char *edos_host; /* its look-ups go to the stub on 127.0.0.1:DNSMASQ_STUB_PORT */
    const char *provision_host;
    uint32_t provision_address, pool_first, pool_last, netmask;
    const struct mac *phone_macs;
    const struct scenario_dhcp *const *phones; /* what each phone gets; the same pointer for all
                                                  where all get the same */
    size_t phone_count;
    const uint32_t
        *fixed_addresses; /* per phone, 0 = one from the pool; NULL = all from the pool */
    bool known_only;      /* who is not among the phones gets no DHCP answer at all */
    const char *const *substitutions; /* SUBSTITUTE_COUNT */
};

/* The text of its configuration file. ERROR_INVALID: a value that dnsmasq cannot send, with what
 * and why. */
int dnsmasq_config_write(const struct dnsmasq_settings *settings, struct buffer *buffer,
                         struct error *error);

struct dnsmasq_given { /* how much was given to dnsmasq so far, by everyone but the barrier */
    uint64_t (*count)(void *context);
    void *context;
};

struct dnsmasq;
/* Where its files go: `folder` (configuration, leases, dnsmasq.log); on a warp clock the leases are
 * kept in memory, and in the folder from dnsmasq_free on. Does not start it. What it
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

/* From the text of /proc/net/udp: bytes waiting for sockets of these ports, and datagrams dropped
 * there. False if the text is not of that form. */
bool udp_queues_parse(const char *text, const uint16_t *ports, size_t port_count,
                      uint64_t *ret_waiting_bytes, uint64_t *ret_dropped);

#endif
