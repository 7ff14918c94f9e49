/* SPDX-License-Identifier: MIT */
/* Everything that one run puts together: the lab, its dnsmasq, the fakes, the emulated phones, and
 * the recorder that sees it all. Made in dependency order, taken apart in reverse. */
#ifndef RCLAB_RUN_WORLD_H
#define RCLAB_RUN_WORLD_H

#include "fakes/phone/emulated_phone.h"
#include "fakes/serve/fake_server.h"
#include "harness/lab/certificates.h"
#include "harness/lab/dnsmasq.h"
#include "harness/lab/gate.h"
#include "harness/lab/lab.h"
#include "harness/lab/name_stub.h"
#include "harness/loop/fetch.h"
#include "harness/run/recorder.h"
#include "harness/run/run.h"
#include "harness/scenario/scenario.h"

#define WORLD_ADMIN_USER "admin"
#define WORLD_ADMIN_PASSWORD "rclab"
#define WORLD_STATUS_PATH "/admin/status.xml"
#define WORLD_EDOS_PATH "/software/edos/callhome/rc?id=$MAU:$SN:$PN"
enum { WORLD_SERVERS = 3, WORLD_PUSHES_MAX = 1000, WORLD_PATH_MAX = 4096 };

struct world_phone {
    struct world *world;
    struct emulated_phone *phone;
    char serial[16];
    int certificate_fd;      /* its own, with the key; -1 = none yet */
    bool online;             /* by its traffic: it has a lease and was not told to go down */
    uint64_t lease_until_us; /* the run's clock */
    bool unread;             /* something happened since its page was last read */
    const struct scenario_dhcp *dhcp; /* what it is offered at present */
};
struct world_server { /* context of a fake's log */
    struct world *world;
    enum event_server server;
    struct fake_server *fake;
    struct web_identity identities[BEHAVIOUR_TLS_IDENTITIES];
};

struct world {
    const struct scenario *scenario;
    const struct run_options *options;
    struct loop *loop;
    struct lab *lab;
    struct gate *gate;
    struct name_stub *stub;
    struct dnsmasq *dnsmasq;
    struct world_server servers[WORLD_SERVERS]; /* EDOS, provisioning, push: world_*_server */
    struct world_phone *phones;
    size_t phone_count;
    const char **phone_names;
    struct fetcher *fetcher; /* the harness's own: page reader and driver */
    struct judge *judge;
    struct recorder *recorder;
    const char *substitutions[SUBSTITUTE_COUNT];
    int phone_log_fd;
    char ca_file[WORLD_PATH_MAX];       /* in the folder; what the phones trust */
    bool push_aborts[WORLD_PUSHES_MAX]; /* push N holds a Profile Rule or a Proxy setting */
};

/* Call in a process of its own that has entered its namespaces. `folder` exists. */
int world_new(const struct scenario *scenario, const struct run_options *options,
              struct world **ret_world, struct error *error);
void world_free(struct world *world);

struct fake_server *world_fake(struct world *world, enum event_server server);
/* Puts in force what each phone is offered (phones[i].dhcp) and how DHCP answers. */
int world_apply_dhcp(struct world *world, struct error *error);
/* The phone can be reached on its web page right now, by what its traffic showed. */
bool world_phone_reachable(const struct world *world, size_t phone);
/* The values of ${…}, fixed by the lab's addresses. */
void world_substitutions(const char *values[SUBSTITUTE_COUNT]);

#endif
