/* SPDX-License-Identifier: MIT */
/* What the wire (serve.c) and what is in force on it (serve_setting.c) share. */
#ifndef RCLAB_SERVE_SERVE_INTERNAL_H
#define RCLAB_SERVE_SERVE_INTERNAL_H

#include "harness/rack/rack_site.h"
#include "harness/run/recorder.h"
#include "harness/run/site.h"
#include "harness/scenario/setting.h"
#include "harness/serve/serve.h"

struct in_force { /* for one phone, or (the first one) for those who are still to come */
    const struct scenario_dhcp *dhcp;
    const struct scenario_dns *dns;
    struct behaviour_list edos, provision;
};
struct serve_phone {
    char name[MAC_TEXT_MAX > LAB_FILE_NAME_MAX + 1 ? MAC_TEXT_MAX : LAB_FILE_NAME_MAX + 1];
    enum customization_state state;
    unsigned long long edos_requests, provision_requests, boots;
    bool seen; /* there was an event of it */
};
struct serve {
    struct serve_config config;
    struct site_plan plan;
    struct mac *macs;                       /* of the lab's phones, then room for guests */
    uint32_t *addresses;                    /* found at the start, as macs */
    struct serve_phone *phones;             /* as macs */
    const char **names;                     /* as macs */
    struct scenario_phone *scenario_phones; /* as macs: what a step may name */
    struct in_force *in_force; /* as macs, one place further: [0] is for those to come */
    struct setting **settings; /* SERVE_SETTINGS_MAX places */
    size_t setting_count;
    struct site *site;
    struct recorder *recorder; /* never NULL while it serves */
    bool recording;            /* it writes files */
    bool recorder_failed;
    char failure[ERROR_TEXT_MAX];
    uint64_t renewed_real_us;  /* when the last one was */
    struct loop_debtor person; /* may come at any time: there is always something to wait for */
    struct rack_wire wire;
    struct buffer line;
};

/* serve_setting.c */
void serve_setting_defaults(struct serve *serve);
/* What is in force for those to come, for a phone that has just come. */
int serve_setting_welcome(struct serve *serve, size_t phone, struct error *error);

/* describe.c */
void describe_dhcp(const struct scenario_dhcp *dhcp, struct buffer *text);
void describe_dns(const struct scenario_dns *dns, struct buffer *text);
void describe_behaviours(const struct behaviour_list *list, struct buffer *text);

#endif
