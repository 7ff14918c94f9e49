/* SPDX-License-Identifier: MIT */
/* What a scenario writes against what was seen: texts with their ${name}s, DHCP options, durations,
 * and one pattern against one event. */
#ifndef RCLAB_JUDGE_MATCH_H
#define RCLAB_JUDGE_MATCH_H

#include "harness/base/buffer.h"
#include "harness/observe/event.h"
#include "harness/scenario/scenario.h"
#include "harness/wire/dhcp.h"

enum { MATCH_TEXT_MAX = 1 << 16 }; /* a text with its ${name}s replaced */

/* What ${name} stands for in a run. */
struct substitutions {
    char *values[SUBSTITUTE_COUNT]; /* owned; NULL = unknown */
};
void substitutions_done(struct substitutions *substitutions);
/* Appends the text with its ${name}s replaced; false if one of them is not known. */
bool substitutions_expand(const struct substitutions *substitutions, const char *text,
                          struct buffer *buffer);

/* By how much a duration may differ from this one. */
uint64_t tolerance_us(const struct tolerance *tolerance, uint64_t of_us);

/* False if the event's server is neither EDOS nor the provisioning server. */
bool event_scenario_server(const struct event *event, enum scenario_server *ret_server);

/* Of the patterns that look at single events. A text whose ${name} is not known matches nothing. */
bool pattern_is_of_events(enum pattern_kind kind);
bool match_event(const struct substitutions *substitutions, const struct pattern *pattern,
                 const struct event *event);
bool match_page(const struct pattern *pattern, enum customization_state shown);

/* True if the message holds the option with exactly this value. */
bool match_dhcp_option(const struct substitutions *substitutions, const struct event *event,
                       const struct dhcp_value *value);
/* The value of one option of a DHCP event; false if absent. */
bool dhcp_event_option(const struct event *event, uint8_t code, struct dhcp_option_view *view);

#endif
