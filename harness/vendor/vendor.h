/* SPDX-License-Identifier: MIT */
/* What is known of a vendor's phones: names, numbers, hosts and paths, as data. This is the only
 * room that says what a vendor calls a thing; everybody else reads it here. A vendor is one file of
 * data (cisco.c) that fills a struct vendor; nothing branches on which one it is. All of it is
 * constant and lives as long as the program. The emulated phone keeps copies of its own, so that a
 * mistake here is found by it. */
#ifndef RCLAB_VENDOR_VENDOR_H
#define RCLAB_VENDOR_VENDOR_H

#include "harness/vendor/terms.h"
#include <stdbool.h>
#include <stdint.h>

/* --- rules, states, readings --- */

struct vendor_rule {
    const char *id;      /* "RC-PEND-3"; NULL: its phones have no such rule */
    const char *summary; /* a sentence of our own words */
};
struct vendor_state {
    unsigned next, next_again; /* bits 1 << state: where it leads to; where else, at a new start */
    bool terminal;
    enum rule_id end_rule; /* terminal: what says that it lasts */
};
struct vendor_reading {
    const char *name; /* "dhcp_abort" */
    const char *values[READING_VALUES];
};

/* --- hosts and DHCP --- */

struct vendor_host {
    const char *name;
    const char *since; /* the first firmware that asks it; NULL = the first of all */
};
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
/* A service that phones look for in the domain of DHCP option 15 (RFC 2782). */
enum vendor_service_kind { VENDOR_SERVICE_HTTPS, VENDOR_SERVICE_HTTP };
enum { VENDOR_SERVICES = VENDOR_SERVICE_HTTP + 1 };
struct vendor_service {
    const char *name;   /* before the domain: "_ciscoprov-https._tls"; NULL: they do not look */
    const char *scheme; /* by which its target is asked */
    uint16_t port;      /* where a scenario says none */
};
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

/* --- parameters and files --- */

/* Bits. */
enum vendor_parameter_role {
    VENDOR_PARAMETER_PLAIN = 0,
    VENDOR_PARAMETER_ABORTS = 1,    /* who configures it ends the job: RC-PEND-6, RC-CUST-3 */
    VENDOR_PARAMETER_REDIRECTS = 2, /* it says where the next file is */
    VENDOR_PARAMETER_PACES = 4,     /* the delays after a failed download, in seconds */
    VENDOR_PARAMETER_OPTIONS = 8,   /* which DHCP options are tried, in order */
};
struct vendor_parameter {
    const char *name;  /* "Profile_Rule"; in "Proxy_#_" the # stands for an extension's number */
    unsigned roles;    /* enum vendor_parameter_role */
    const char *value; /* where nobody sets it; NULL = none */
};
struct vendor_setting {
    const char *name, *value; /* the value may hold ${…} of the scenario language */
};

/* --- the phone's web page; NULL where it has none --- */

struct vendor_page {
    const char *user;                                         /* who logs in */
    const char *status, *reset, *reboot, *configure, *resync; /* paths */
    const char *fetches;     /* in a request's target: the phone is told to fetch what follows */
    const char *state_label; /* what stands before the state */
    const char *query_user, *query_password; /* keys that log in within a URL */
};

/* --- all of it --- */

struct vendor {
    const char *name; /* "Cisco" */
    struct vendor_rule rules[RULE_COUNT];
    /* STATE_COUNT names, "unknown" for STATE_UNKNOWN; NULL: its phones have no such state. */
    const char *const *state_names;
    struct vendor_state states[STATE_COUNT];
    struct vendor_reading readings[READING_COUNT];
    const char *const *models;
    const char *usual_model; /* where nothing says which */
    /* Which its phones ask for their redirect: the newest first; the last one has no `since`. */
    const struct vendor_host *hosts;
    /* Assumed, so a setting of lab and phone: "/software/edos/callhome/rc", and the whole that a
     * phone asks for, with its macros: "/software/edos/callhome/rc?id=$MAU:$SN:$PN". */
    const char *redirect_path, *redirect_target;
    const struct vendor_option *options; /* that can provide a configuration, as they are tried */
    struct vendor_service services[VENDOR_SERVICES]; /* asked for in this order */
    struct vendor_identity identity;
    const struct vendor_parameter *parameters; /* that something is known of */
    const char *aborting;                      /* those that abort, for people */
    /* What its redirect service answers with, and what a provider's server gives, unless a scenario
     * says otherwise. */
    const struct vendor_setting *profile, *config;
    const char *const *files; /* asked for behind a URL that names only a server, in this order */
    size_t model_count, host_count, option_count, parameter_count, profile_count, config_count,
        file_count;
    struct vendor_page page;
};
#define VENDOR_ROWS(table) (sizeof(table) / sizeof *(table))

extern const struct vendor vendor_cisco, vendor_yealink;
/* Whose phones all scenarios are about, as long as their language has no word for it. */
const struct vendor *vendor_default(void);

/* --- what is asked of the tables; a result that is not found leaves *ret_… alone --- */

const struct vendor_rule *vendor_rule(const struct vendor *vendor, enum rule_id rule);
bool vendor_rule_find(const struct vendor *vendor, const char *id, enum rule_id *ret_rule);
const char *vendor_state_name(const struct vendor *vendor, enum customization_state state);
/* By its name in scenarios, on the timeline and on a page; never STATE_UNKNOWN. */
bool vendor_state_find(const struct vendor *vendor, const char *name,
                       enum customization_state *ret_state);
/* It lasts until a factory reset; *ret_rule is the one that says so. */
bool vendor_state_is_terminal(const struct vendor *vendor, enum customization_state state,
                              enum rule_id *ret_rule);
/* Whether a phone may go from one to the other without a factory reset. `again`: it has just
 * booted, and by its readings a boot starts the job anew. */
bool vendor_state_follows(const struct vendor *vendor, enum customization_state from,
                          enum customization_state to, bool again);
/* Any of its redirect hosts, of whatever firmware. */
bool vendor_is_redirect_host(const struct vendor *vendor, const char *host);
/* NULL: it is none that can provide a configuration. */
const struct vendor_option *vendor_option_find(const struct vendor *vendor, uint8_t code);
/* Whether this name is that of one of its services in some domain; *ret_kind is which. */
bool vendor_service_find(const struct vendor *vendor, const char *name,
                         enum vendor_service_kind *ret_kind);
/* NULL: not one of those that this room knows something of. */
const struct vendor_parameter *vendor_parameter_find(const struct vendor *vendor, const char *name);
bool vendor_parameter_aborts(const struct vendor *vendor, const char *name);
/* The first one that does it; NULL: its phones have none. */
const struct vendor_parameter *vendor_parameter_of(const struct vendor *vendor,
                                                   enum vendor_parameter_role role);
/* The delay before retry `index` (from 0) by the value of a parameter that paces, a list like
 * "60,120+30": the last one repeats, a+b is a and up to b more at random. False if the list is not
 * understood up to there. */
bool vendor_retry_delay(const char *list, size_t index, uint64_t *ret_low_s, uint64_t *ret_high_s);

#endif
