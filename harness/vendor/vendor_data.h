/* SPDX-License-Identifier: MIT */
/* What a vendor's file of data fills in. Internal to this room: others ask by vendor.h. */
#ifndef RCLAB_VENDOR_VENDOR_DATA_H
#define RCLAB_VENDOR_VENDOR_DATA_H

#include "harness/vendor/vendor.h"

struct vendor_host {
    const char *name;
    const char *since; /* the first firmware that asks it; NULL = the first of all */
};
struct vendor_state {
    unsigned next, next_again; /* bits 1 << state: where it leads to; where else, at a new start */
    bool terminal;
    enum rule_id end_rule;    /* terminal: what says that it lasts */
    const char *const *shown; /* how the page spells it, NULL behind the last; NULL = as its name */
};
struct vendor {
    const char *name;
    struct vendor_rule rules[RULE_COUNT];
    const char *const *state_names; /* STATE_COUNT */
    struct vendor_state states[STATE_COUNT];
    struct vendor_reading readings[READING_COUNT];
    const char *const *models;
    const char *usual_model;
    const struct vendor_host *hosts; /* the newest first; the last one has no `since` */
    const struct vendor_option *options;
    const struct vendor_parameter *parameters;
    const struct vendor_setting *profile, *config;
    const char *const *files;
    size_t model_count, host_count, option_count, parameter_count, profile_count, config_count,
        file_count;
    const char *redirect_path, *redirect_target;
    struct vendor_identity identity;
    struct vendor_page page;
};
#define VENDOR_ROWS(table) (sizeof(table) / sizeof *(table))

extern const struct vendor vendor_cisco, vendor_yealink;

#endif
