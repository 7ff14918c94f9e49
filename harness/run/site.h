/* SPDX-License-Identifier: MIT */
/* One wire with its servers: the lab, its dnsmasq, the fakes. What takes place on it at the same
 * time (courses, see course.h: one scenario each) shares it, each with phones and a timeline of its
 * own. */
#ifndef RCLAB_RUN_SITE_H
#define RCLAB_RUN_SITE_H

#include "fakes/server/fake_server.h"
#include "harness/lab/certificates.h"
#include "harness/lab/dnsmasq.h"
#include "harness/lab/gate.h"
#include "harness/lab/lab.h"
#include "harness/lab/name_answer.h"
#include "harness/lab/phone_port.h"
#include "harness/lab/uplink.h"
#include "harness/loop/fetch.h"
#include "harness/loop/web.h"
#include "harness/observe/observer.h"
#include "harness/run/presence.h"
#include "harness/scenario/scenario.h"

enum {
    SITE_SERVERS = 3,
    SITE_PUSHES_MAX = 20000,
    SITE_PATH_MAX = 4096,
    SITE_SUBSTITUTION_MAX = 300, /* bytes of what a ${…} stands for, with NUL */
};
#define SITE_PUSH_PREFIX "/push/"

enum { SITE_NOBODY = -1 };

struct site_plan { /* borrowed for the site's life, but for the certificates: during site_new */
    struct lab_plan lab;
    const char *edos_host, *provision_host;
    uint16_t edos_http_port, edos_https_port; /* 0 = not served */
    uint16_t provision_http_port, provision_https_port, provision_tftp_port;
    const struct certificates *certificates;
    bool edos_demands_client_certificate, provision_demands_client_certificate;
    const struct mac *phone_macs; /* real devices: phone_count of them, which have fixed addresses
                                     from the pool's first on; NULL: the lab's own emulated ones */
    size_t phone_count;
    /* Room for devices that join later (site_join): the places behind phone_macs, zeroed. */
    struct mac *guest_macs;
    size_t guest_max;
    int uplink_fd;        /* lab.uplink: of uplink_open */
    int outside_netns_fd; /* the machine's own network; -1 = there is no going back to it */
    /* Somebody whom the lab does not know speaks on the wire; NULL = nobody listens. */
    void (*stranger)(void *context, const struct stranger *stranger);
    void *context;
    enum loop_clock clock;
    double time_scale;
    uint64_t seed;
    const char *folder; /* where dnsmasq's files go; exists */
};
/* The emulated lab with so many phones; certificates, clock, seed and folder are the caller's. */
struct site_plan site_plan_emulated(size_t phone_count);

struct recorder;
struct site_phone {
    const struct scenario_dhcp *dhcp; /* what it is offered at present */
    struct recorder *recorder;        /* whose timeline it is on; NULL = none (or no more) */
    size_t index;                     /* its number there */
    uint32_t address;        /* what it had before anything was recorded; 0 = unknown, or no more */
    struct phone_port *port; /* plan.lab.links: an emulated phone's, whose line it has */
    struct link *line;       /* NULL = a plain one; a real device's own */
};
struct site_server { /* context of a fake's log */
    struct site *site;
    enum event_server server;
    struct fake_server *fake;
    struct web_identity identities[BEHAVIOUR_TLS_IDENTITIES];
};

struct site {
    const struct site_plan *plan;
    struct loop *loop;
    struct lab *lab;
    struct uplink *uplink;
    struct presence *presence; /* real devices only */
    struct gate *gate;
    struct name_stub *stub;
    struct dnsmasq *dnsmasq;
    struct site_server servers[SITE_SERVERS]; /* EDOS, provisioning, push */
    struct fetcher *fetcher;                  /* the harness's own: pages of phones */
    const struct mac *phone_macs;
    uint32_t *phone_addresses; /* fixed ones; NULL: whatever the name server gives */
    struct site_phone *phones;
    size_t phone_count;
    struct recorder *only_recorder; /* where nothing else takes place: what strangers ask for is on
                                       its timeline, too */
    char substitution_texts[SUBSTITUTE_COUNT][SITE_SUBSTITUTION_MAX];
    const char *substitutions[SUBSTITUTE_COUNT];
    /* A phone's cable is out, or in again; NULL = nobody wants to know. */
    void (*carrier)(void *context, size_t phone, bool has);
    void *carrier_context;
    unsigned pushes;
    bool push_aborts[SITE_PUSHES_MAX]; /* push N holds a Profile Rule or a Proxy setting */
};

/* Builds the lab and opens the loop. Call in a process of its own that has entered its namespaces.
 * Nothing is served yet. */
int site_new(const struct site_plan *plan, struct site **ret_site, struct error *error);
/* Starts the servers with what is in force for each phone (phones[i].dhcp) and for all of them. */
int site_serve(struct site *site, const struct scenario_dns *dns, const struct behaviour_list *edos,
               const struct behaviour_list *provision, struct error *error);
void site_free(struct site *site);

struct fake_server *site_fake(struct site *site, enum event_server server);
/* What the EDOS host's name is answered, for one phone or (SITE_NOBODY) all of them. */
void site_set_dns(struct site *site, int phone, const struct scenario_dns *dns);
/* Puts in force what each phone is offered (phones[i].dhcp) and how DHCP answers. */
int site_apply_dhcp(struct site *site, struct error *error);
#define SITE_LOST_DHCP "DHCP" /* what a lost frame of it is called on the timeline */
/* What the line of this phone is like from now on, SITE_NOBODY = of all. ERROR_UNAVAILABLE: a real
 * device's cable cannot be pulled. */
int site_set_network(struct site *site, int phone, const struct scenario_network *network,
                     struct error *error);
/* A real device's line is plain again, and what it did is forgotten. */
void site_forget_line(struct site *site, size_t phone);
/* What is said to the phone arrives: its line does nothing to frames, or it has none. */
bool site_line_is_plain(const struct site *site, size_t phone);
/* Nothing passes the line of this phone at present. */
bool site_has_outage(const struct site *site, size_t phone);
/* One device more, with the next address of the pool; it is offered what phones[i].dhcp says from
 * site_apply_dhcp on. ERROR_LIMIT: there is no room left. */
int site_join(struct site *site, const struct mac *mac, struct error *error);
/* An event of this phone went by; what it says of a server is taken into account. */
void site_event_seen(struct site *site, size_t phone, const struct event *event);
uint32_t site_phone_address(const struct site *site, size_t phone); /* 0 = unknown */
/* What ${…} stands for where these servers are: NUL-terminated texts. */
void site_plan_substitutions(const struct site_plan *plan,
                             char texts[SUBSTITUTE_COUNT][SITE_SUBSTITUTION_MAX]);
/* What an observer of this site has to know: its servers, and all of its phones. */
struct observe_world site_world(const struct site *site);
/* The certificate of the authority that its servers' are of, for whoever is to trust it: ca.pem. */
int site_write_ca(const struct site_plan *plan, const char *folder, char path[SITE_PATH_MAX],
                  struct error *error);

#endif
