/* SPDX-License-Identifier: MIT */
/* For tests: a phone_core in a world in memory, with a DHCP server, a name server and web servers
 * that answer at once as their scripts say. Events are noted as lines of text with their time. */
#ifndef RCLAB_FAKES_PHONE_PHONE_WORLD_TESTING_H
#define RCLAB_FAKES_PHONE_PHONE_WORLD_TESTING_H

#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_state.h"
#include "harness/base/buffer.h"

enum {
    WORLD_OPTIONS_MAX = 8,
    WORLD_OPTION_BYTES_MAX = 256,
    WORLD_REQUESTS_MAX = 65536,
    WORLD_PENDING_MAX = 16,
    WORLD_TURNS_MAX = 200000,
};
enum world_dhcp {
    WORLD_DHCP_NORMAL,
    WORLD_DHCP_NEVER,
    WORLD_DHCP_NAK,
    WORLD_DHCP_TRUNCATED,
    WORLD_DHCP_BAD_LENGTH,
    WORLD_DHCP_OVERLOAD
};
enum world_dns { WORLD_DNS_NORMAL, WORLD_DNS_NXDOMAIN, WORLD_DNS_SERVFAIL, WORLD_DNS_NEVER };
enum world_server { WORLD_EDOS, WORLD_PROVISION, WORLD_OTHER, WORLD_SERVERS };

struct world {
    struct phone_core *core;
    struct phone_core_config config;
    uint64_t now_us;
    enum world_dhcp dhcp;
    enum world_dns dns;
    unsigned lost_acks; /* the first of DHCP's that do not arrive */
    unsigned services;  /* enum services: SRV records that there are, at port 4711 of srv.test */
    bool twice;         /* what name and DHCP server answer comes twice */
    uint32_t lease_seconds, address;
    struct world_option {
        uint8_t code, length, value[WORLD_OPTION_BYTES_MAX];
    } options[WORLD_OPTIONS_MAX];
    size_t option_count;
    /* Successive answers, separated by blanks; the last repeats: profile config empty garbage hang
     * reset refused tls truncated 503 302=URL bare (a profile without Profile_Rule)
     * delay=SECONDS (a profile with that Resync_Error_Retry_Delay) own (a config with a Proxy and
     * a Profile_Rule) expired wrong-host untrusted (a profile, for whoever does not mind)
     * certificate (a profile, for whoever shows one) short (a whole config, cut off behind its end)
     * chunks (the same, with broken chunks) long (too long) drip (something comes, and no end) gzip
     * encrypted (empty configs, the latter by SecretPhrase1234) basic digest (a config, for whoever
     * logs in). */
    const char *script[WORLD_SERVERS];
    bool looked[WORLD_SERVERS]; /* a HEAD has been told the present word */
    struct world_request {      /* every START_TRANSFER */
        uint64_t at_us;
        enum world_server server;
        char url[256];
    } requests[WORLD_REQUESTS_MAX];
    size_t request_count;
    unsigned dhcp_count[9], dns_count, cancels; /* by message type */
    uint64_t dhcp_at_us[64];                    /* of the first messages sent */
    uint8_t dhcp_types[64];
    size_t dhcp_sent;
    bool page_up, has_address;
    char path[256]; /* "Open Pending", since the last reset */
    enum customization_state last_state;
    const char *shown; /* by the page, last */
    struct buffer log; /* everything, for comparing runs */
    struct world_pending {
        bool is_dns;
        bool is_dhcp;
        uint8_t bytes[1500];
        size_t length;
        unsigned transfer_id;
        char answer[64];
        bool look;
    } pending[WORLD_PENDING_MAX];
    size_t pending_count;
};

/* With an 8841, seed 7, no options, EDOS "profile", provisioning "config". */
struct world *phone_world_new(void);
/* The same with another configuration (taken from world_config and changed). */
struct world *world_new_with(const struct phone_core_config *config);
struct phone_core_config world_config(void);
void phone_world_free(struct world *world);

void world_factory_reset(struct world *world);
void world_reboot(struct world *world);
void world_power(struct world *world, bool on);
void world_cable(struct world *world, bool in);
void world_run(struct world *world, uint64_t duration_us);
/* Carries out what the core wants at this instant. */
void world_settle(struct world *world);
void world_option(struct world *world, uint8_t code, const void *value, size_t length);
void world_option_text(struct world *world, uint8_t code, const char *text);
/* A second DHCP server says this, unasked, with option 66. */
void world_rogue(struct world *world, uint8_t type, const char *option_66);
void world_configure(struct world *world, const char *name, const char *value);
size_t world_requests(const struct world *world, enum world_server server);
/* The gap in microseconds before the n-th request (from 1 = between first and second). */
uint64_t world_gap_us(const struct world *world, enum world_server server, size_t n);

#endif
