/* SPDX-License-Identifier: MIT */
/* The client's side of RFC 2131 (figure 5), without I/O: messages and time in; at most one message
 * and one change of the lease out of every call. */
#ifndef RCLAB_FAKES_PHONE_DHCP_CLIENT_H
#define RCLAB_FAKES_PHONE_DHCP_CLIENT_H

#include "fakes/phone/policy.h"
#include "fakes/phone/variation.h"
#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include "harness/base/random.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- what a server grants --------------------------------------------------------------------- */
enum {
    DHCP_LEASE_SERVERS_MAX = 3, /* DNS servers kept */
    DHCP_LEASE_DOMAIN_MAX = 256,
    DHCP_LEASE_OPTION_MAX = 1024, /* bytes of one provisioning option */
};

/* The seven options a profile can come from. */
enum { DHCP_PROVISIONING_OPTIONS = 7 };
extern const uint8_t dhcp_provisioning_options[DHCP_PROVISIONING_OPTIONS];

struct dhcp_lease {                 /* what a server has granted */
    uint32_t address, mask, router; /* 0 = none */
    uint32_t server;                /* option 54 */
    struct mac server_mac;          /* whose frame brought the ACK; zero = unknown */
    uint32_t dns[DHCP_LEASE_SERVERS_MAX];
    size_t dns_count;
    char domain[DHCP_LEASE_DOMAIN_MAX];                /* option 15, "" = none */
    uint64_t bound_us, renew_us, rebind_us, expire_us; /* UINT64_MAX = infinite */
    struct dhcp_lease_option {                         /* same index as dhcp_provisioning_options */
        bool present;
        size_t length;
        uint8_t value[DHCP_LEASE_OPTION_MAX];
    } options[DHCP_PROVISIONING_OPTIONS];
};
/* One of the seven; NULL = the lease has none. */
const struct dhcp_lease_option *dhcp_lease_option(const struct dhcp_lease *lease, uint8_t code);

/* --- the client ------------------------------------------------------------------------------- */
enum {
    DHCP_CLIENT_OPTIONS_MAX = 32,   /* codes of option 55 */
    DHCP_CLIENT_MESSAGE_MAX = 1472, /* bytes of one message, also what option 57 offers to take */
};
struct dhcp_client_config { /* strings borrowed for the client's life */
    struct mac mac;
    const char *host_name;    /* option 12, "SEP001122334455" */
    const char *class_name;   /* option 60, "CP-8841-3PCC" */
    const char *serial;       /* option 125, enterprise 3561, sub-option 2 */
    const char *device_class; /* sub-option 3 */
    struct random_source random;
    const struct phone_variation *variation; /* NULL = plain */
    const struct dhcp_policy *policy;        /* NULL = sound */
};

enum dhcp_client_state { /* RFC 2131's names; OFF = not running */
                         DHCP_CLIENT_OFF,
                         DHCP_CLIENT_INIT, /* waits to begin (again) */
                         DHCP_CLIENT_SELECTING,
                         DHCP_CLIENT_REQUESTING,
                         DHCP_CLIENT_REBOOTING,
                         DHCP_CLIENT_BOUND,
                         DHCP_CLIENT_RENEWING,
                         DHCP_CLIENT_REBINDING,
};

enum dhcp_client_change {
    DHCP_CLIENT_NOTHING,
    DHCP_CLIENT_LEASED,  /* a new lease: use the address */
    DHCP_CLIENT_RENEWED, /* the same address again; everything else may have changed */
    DHCP_CLIENT_LOST,    /* expired, NAK or conflict: stop using the address at once */
};
struct dhcp_client_output { /* of one call */
    enum dhcp_client_change change;
    bool send;            /* `bytes` are to go out, after the change has been carried out */
    const uint8_t *bytes; /* UDP payload, from port 68 to 67; valid until the next call */
    size_t length;
    uint32_t source;            /* 0.0.0.0, or our address */
    uint32_t destination;       /* 255.255.255.255, or the server */
    struct mac destination_mac; /* broadcast, or the server's; zero = unknown: ask ARP */
};

struct dhcp_client { /* private but for reading `state` and `lease` */
    struct dhcp_client_config config;
    enum dhcp_client_state state;
    struct dhcp_lease lease;                  /* valid from BOUND to the loss */
    uint32_t offered_address, offered_server; /* what was chosen, REQUESTING */
    uint32_t remembered_address;              /* for INIT-REBOOT; 0 = none */
    uint32_t xid;
    uint64_t started_us;   /* of this acquisition, for `secs` */
    uint64_t requested_us; /* the last DHCPREQUEST: a lease counts from there */
    uint64_t deadline_us;  /* UINT64_MAX = none */
    unsigned sent;         /* messages of this state so far */
    struct buffer message;
    struct buffer understood;         /* options of a reply, as a client with a defect reads them */
    struct dhcp_client_output output; /* of the last call; each returns it */
};

void dhcp_client_init(struct dhcp_client *client, const struct dhcp_client_config *config);
void dhcp_client_done(struct dhcp_client *client);
/* Begins: INIT-REBOOT if it still remembers an address, else INIT. */
const struct dhcp_client_output *dhcp_client_start(struct dhcp_client *client, uint64_t now_us);
/* Orderly end: DHCPRELEASE if there is a lease, and nothing is remembered. */
const struct dhcp_client_output *dhcp_client_release(struct dhcp_client *client, uint64_t now_us);
/* Power cut: silent; the address is remembered for the next start. */
void dhcp_client_stop(struct dhcp_client *client);
/* Factory reset: what is remembered too. */
void dhcp_client_forget(struct dhcp_client *client);
/* Any UDP payload to port 68; what is not an answer to this client is ignored. */
const struct dhcp_client_output *dhcp_client_receive(struct dhcp_client *client, uint64_t now_us,
                                                     const uint8_t *bytes, size_t length,
                                                     const struct mac *source_mac);
/* The address turned out to be somebody else's: DHCPDECLINE, begins again ten seconds later. */
const struct dhcp_client_output *dhcp_client_conflict(struct dhcp_client *client, uint64_t now_us);
/* To be called when next_deadline_us has come; harmless earlier. */
const struct dhcp_client_output *dhcp_client_deadline(struct dhcp_client *client, uint64_t now_us);
uint64_t dhcp_client_next_deadline_us(const struct dhcp_client *client); /* UINT64_MAX = none */
bool dhcp_client_has_lease(const struct dhcp_client *client);
/* Option 55; returns how many. The seven provisioning options are always among them. */
size_t dhcp_client_wanted(const struct phone_variation *variation,
                          uint8_t codes[DHCP_CLIENT_OPTIONS_MAX]);

#endif
