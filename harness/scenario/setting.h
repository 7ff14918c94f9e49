/* SPDX-License-Identifier: MIT */
/* One step that changes what a server does, written alone: `edos: 503`, as in a scenario's steps.
 * Other than there, `phone:` may stand beside it. */
#ifndef RCLAB_SCENARIO_SETTING_H
#define RCLAB_SCENARIO_SETTING_H

#include "harness/scenario/scenario.h"
#include "harness/yaml/diagnostics.h"

enum setting_kind {
    SETTING_DHCP,
    SETTING_DNS,
    SETTING_EDOS,
    SETTING_PROVISION,
    SETTING_NETWORK,
    SETTING_KINDS
};
extern const char *const setting_names[SETTING_KINDS]; /* "dhcp", … as the step's key */
/* What a step of this kind sets; false: it sets nothing. */
bool setting_of_step(enum step_kind kind, enum setting_kind *ret_setting);

enum { SETTING_BYTES_MAX = 64 << 10 };

struct dhcp_change;
struct setting { /* read-only; all it points to lives in its own arena */
    struct arena arena;
    enum setting_kind kind;
    int phone;                        /* index into the phones, or STEP_ALL_PHONES */
    const struct dhcp_change *dhcp;   /* SETTING_DHCP: see setting_dhcp */
    const struct scenario_dns *dns;   /* SETTING_DNS */
    struct behaviour_list behaviours; /* SETTING_EDOS, SETTING_PROVISION */
};

/* name: what stands for the file in messages. directory: where `file:` bodies are looked up, NULL =
 * nowhere. NULL after reporting every problem. */
struct setting *setting_parse(const char *name, const char *directory, const char *text,
                              size_t length, const struct scenario_phone *phones,
                              size_t phone_count, struct diagnostics *diagnostics);
void setting_free(struct setting *setting);
/* What DHCP does after it: keys that the step leaves out keep what was in force before. Points into
 * both. */
struct scenario_dhcp setting_dhcp(const struct setting *setting,
                                  const struct scenario_dhcp *before);

#endif
