/* SPDX-License-Identifier: MIT */
/* What is known of a vendor's phones: names, numbers, hosts and paths, as data. This is the only
 * room that says what a vendor calls a thing; everybody else asks here. A vendor is one file of
 * data (cisco.c); nothing branches on which one it is. All that is returned is constant and lives
 * as long as the program. The emulated phone keeps copies of its own, so that a mistake here is
 * found by it. */
#ifndef RCLAB_VENDOR_VENDOR_H
#define RCLAB_VENDOR_VENDOR_H

#include "harness/vendor/terms.h"
#include <stdbool.h>
#include <stdint.h>

struct vendor;

/* Whose phones all scenarios are about, as long as their language has no word for it. */
const struct vendor *vendor_default(void);
/* All that are known, the default one first; NULL after the last. */
const struct vendor *vendor_at(size_t index);
const char *vendor_name(const struct vendor *vendor); /* "Cisco" */

/* --- rules and states --- */

struct vendor_rule {
    const char *id;      /* "RC-PEND-3"; NULL: its phones have no such rule */
    const char *summary; /* a sentence of our own words */
};
const struct vendor_rule *vendor_rule(const struct vendor *vendor, enum rule_id rule);
/* false leaves the result alone, here and below. */
bool vendor_rule_find(const struct vendor *vendor, const char *id, enum rule_id *ret_rule);

/* STATE_COUNT names, "unknown" for STATE_UNKNOWN; NULL: its phones have no such state. */
const char *const *vendor_state_names(const struct vendor *vendor);
const char *vendor_state_name(const struct vendor *vendor, enum customization_state state);
/* By its name in scenarios and on the timeline; never STATE_UNKNOWN. */
bool vendor_state_find(const struct vendor *vendor, const char *name,
                       enum customization_state *ret_state);
/* By what a phone's page shows for it. */
bool vendor_state_of_page(const struct vendor *vendor, const char *shown,
                          enum customization_state *ret_state);
/* It lasts until a factory reset; *ret_rule is the one that says so. */
bool vendor_state_is_terminal(const struct vendor *vendor, enum customization_state state,
                              enum rule_id *ret_rule);
/* Whether a phone may go from one to the other without a factory reset. `again`: it has just
 * booted, and by its readings a boot starts the job anew. */
bool vendor_state_follows(const struct vendor *vendor, enum customization_state from,
                          enum customization_state to, bool again);

struct vendor_reading {
    const char *name; /* "dhcp_abort" */
    const char *values[READING_VALUES];
};
const struct vendor_reading *vendor_reading(const struct vendor *vendor, size_t reading);

/* --- models and firmware --- */

const char *const *vendor_models(const struct vendor *vendor, size_t *ret_count);
/* The one that a scenario, or an emulated phone, is of where nothing says which. */
const char *vendor_usual_model(const struct vendor *vendor);
/* The host that phones of this firmware ("11.2(1)", "sip88xx.11-3-1MPP-398") ask for their
 * redirect; NULL stands for the newest. */
const char *vendor_redirect_host(const struct vendor *vendor, const char *firmware);
/* Any of its redirect hosts, of whatever firmware. */
bool vendor_is_redirect_host(const struct vendor *vendor, const char *host);
/* Assumed, so a setting of lab and phone: "/software/edos/callhome/rc", and the whole that a phone
 * asks for, with its macros: "/software/edos/callhome/rc?id=$MAU:$SN:$PN". */
const char *vendor_redirect_path(const struct vendor *vendor);
const char *vendor_redirect_target(const struct vendor *vendor);

/* --- DHCP --- */

enum vendor_option_form {
    VENDOR_OPTION_TEXT,       /* a URL, a name or an address */
    VENDOR_OPTION_ADDRESSES,  /* IPv4 addresses, four bytes each (RFC 5859) */
    VENDOR_OPTION_SUBOPTIONS, /* code, length, bytes (RFC 2132 section 8.4) */
    VENDOR_OPTION_ENTERPRISES /* the same behind an enterprise's number (RFC 3925 section 4) */
};
struct vendor_option {
    uint8_t code;
    const char *number; /* the code as it is written */
    const char *name;
    enum vendor_option_form form;
    bool needs_place; /* it serves other purposes too: it provides a configuration only where it
                         holds a URL or an address as text */
};
/* Those that can provide a configuration, in the order in which phones try them. */
const struct vendor_option *vendor_options(const struct vendor *vendor, size_t *ret_count);
/* NULL: it is none of them. */
const struct vendor_option *vendor_option_find(const struct vendor *vendor, uint8_t code);

/* How its phones show themselves. NULL or 0: not known, or they do not. */
struct vendor_identity {
    const char *class_form;   /* option 60 that they send: "CP-%s-3PCC", %s is the model */
    const char *user_agent;   /* how their User-Agent begins */
    const char *host_name;    /* how option 12 and their certificate's name begin; then the MAC */
    const char *cwmp_class;   /* option 60 of a server or client that speaks TR-069 */
    uint32_t cwmp_enterprise; /* option 125 beside it */
    uint8_t cwmp_from_client[3]; /* its sub-options: OUI, serial number, product class */
    uint8_t cwmp_from_server[3];
    uint8_t cwmp_url, cwmp_code; /* sub-options of 43: the ACS's URL, the provisioning code */
};
const struct vendor_identity *vendor_identity(const struct vendor *vendor);

/* --- parameters --- */

enum vendor_parameter_role { /* bits */
                             VENDOR_PARAMETER_PLAIN = 0,
                             VENDOR_PARAMETER_ABORTS =
                                 1, /* who configures it ends the job: RC-PEND-6, RC-CUST-3 */
                             VENDOR_PARAMETER_REDIRECTS = 2, /* it says where the next file is */
                             VENDOR_PARAMETER_PACES =
                                 4, /* the delays after a failed download, in seconds */
                             VENDOR_PARAMETER_OPTIONS =
                                 8 /* which DHCP options are tried, in order */
};
struct vendor_parameter {
    const char *name;  /* "Profile_Rule"; in "Proxy_#_" the # stands for an extension's number */
    unsigned roles;    /* enum vendor_parameter_role */
    const char *value; /* where nobody sets it; NULL = none */
};
const struct vendor_parameter *vendor_parameters(const struct vendor *vendor, size_t *ret_count);
/* NULL: not one of those that this room knows something of. */
const struct vendor_parameter *vendor_parameter_find(const struct vendor *vendor, const char *name);
bool vendor_parameter_aborts(const struct vendor *vendor, const char *name);
/* The first one that does it; NULL: its phones have none. */
const struct vendor_parameter *vendor_parameter_of(const struct vendor *vendor,
                                                   enum vendor_parameter_role role);

/* --- files --- */

struct vendor_setting {
    const char *name, *value; /* the value may hold ${…} of the scenario language */
};
/* What its redirect service answers with, and what a provider's server gives, unless a scenario
 * says otherwise. */
const struct vendor_setting *vendor_profile(const struct vendor *vendor, size_t *ret_count);
const struct vendor_setting *vendor_config(const struct vendor *vendor, size_t *ret_count);
/* Asked for behind a URL that names only a server, in this order; with the phone's macros. */
const char *const *vendor_files(const struct vendor *vendor, size_t *ret_count);

/* --- the phone's web page; paths are NULL where it has none --- */

struct vendor_page {
    const char *user;                                         /* who logs in */
    const char *status, *reset, *reboot, *configure, *resync; /* paths */
    const char *state_label;                                  /* what stands before the state */
    const char *query_user, *query_password;                  /* keys that log in within a URL */
};
const struct vendor_page *vendor_page(const struct vendor *vendor);

#endif
