/* SPDX-License-Identifier: MIT */
/* What the suite covers: rules × scenarios × last verdict × defects caught, and states × events.
 * The second table comes from what happened on the timelines, not from what scenarios claim. */
#ifndef RCLAB_COVERAGE_COVERAGE_H
#define RCLAB_COVERAGE_COVERAGE_H

#include "harness/base/arena.h"
#include "harness/base/buffer.h"
#include "harness/judge/judge.h"
#include "harness/observe/timeline.h"
#include "harness/scenario/load.h"
#include <jansson.h>

/* Every event with its name for people. What may come of asking a server stands in the same order
 * for both of them, from REDIRECT to REFUSED. */
#define COVERAGE_EVENTS(X)                                                           \
    X(FACTORY_RESET, "factory reset")                                                \
    X(REBOOT, "reboot")                                                              \
    X(POWER_CUT, "power cut")                                                        \
    X(RENEWAL, "lease renewed")                                                      \
    X(OPTION_APPEARS, "DHCP option appears")                                         \
    X(OPTION_GOES, "DHCP option goes")                                               \
    X(EDOS_PROFILE, "EDOS: profile")                                                 \
    X(EDOS_EMPTY, "EDOS: empty")                                                     \
    X(EDOS_REDIRECT, "EDOS: 301 or 302")                                             \
    X(EDOS_3XX, "EDOS: other 3xx")                                                   \
    X(EDOS_401, "EDOS: 401 or 407")                                                  \
    X(EDOS_4XX, "EDOS: other 4xx")                                                   \
    X(EDOS_5XX, "EDOS: 5xx")                                                         \
    X(EDOS_USELESS, "EDOS: no profile in it")                                        \
    X(EDOS_BROKEN_OFF, "EDOS: truncated")                                            \
    X(EDOS_RESET, "EDOS: connection reset")                                          \
    X(EDOS_SILENT, "EDOS: silent")                                                   \
    X(EDOS_REFUSED, "EDOS: connection refused")                                      \
    X(NAME_NOT_FOUND, "EDOS: name not found")                                        \
    X(NAME_FAILURE, "EDOS: name server fails")                                       \
    X(NAME_SILENT, "EDOS: name server silent")                                       \
    X(PROVISION_CONFIG, "provisioning: config")                                      \
    X(PROVISION_REDIRECT, "provisioning: 301 or 302")                                \
    X(PROVISION_3XX, "provisioning: other 3xx")                                      \
    X(PROVISION_401, "provisioning: 401 or 407")                                     \
    X(PROVISION_4XX, "provisioning: other 4xx")                                      \
    X(PROVISION_5XX, "provisioning: 5xx")                                            \
    X(PROVISION_USELESS, "provisioning: no config in it")                            \
    X(PROVISION_BROKEN_OFF, "provisioning: truncated")                               \
    X(PROVISION_RESET, "provisioning: connection reset")                             \
    X(PROVISION_SILENT, "provisioning: silent")                                      \
    X(PROVISION_REFUSED, "provisioning: refused")                                    \
    X(PROVISION_TFTP_ERROR, "provisioning: TFTP error")                              \
    X(PAGE_ABORT, "page sets Profile Rule or Proxy") /* vendor: a name in reports */ \
    X(PAGE_OTHER, "page sets something else")                                        \
    X(PUSH_ABORT, "push sets Profile Rule or Proxy") /* vendor: likewise */          \
    X(PUSH_OTHER, "push sets something else")                                        \
    X(SERVER_CHANGED, "server repaired or broken")                                   \
    X(DAY_PASSES, "a day passes")                                                    \
    X(WEEK_PASSES, "a week passes")
#define COVERAGE_EVENT_ID(id, name) COVERAGE_##id,
enum coverage_event { COVERAGE_EVENTS(COVERAGE_EVENT_ID) COVERAGE_EVENT_COUNT };
extern const char *const coverage_event_names[COVERAGE_EVENT_COUNT];

struct coverage_cell {
    size_t scenarios;    /* in which it happened */
    const char *example; /* id of the first; borrowed */
    size_t last_noted;   /* its number + 1, so that each counts once */
};
/* Why no scenario can show it of a phone that follows the rules; NULL: one can, and if none does,
 * somebody forgot it. Not for STATE_UNKNOWN. */
const char *coverage_impossible(enum customization_state state, enum coverage_event event);
enum { COVERAGE_REASONS_MAX = 8 };
/* All those reasons, each once; their count. A cell's reason is one of these pointers. */
size_t coverage_reasons(const char *ret_reasons[COVERAGE_REASONS_MAX]);

enum coverage_result { COVERAGE_NOT_RUN = -1 }; /* else an enum verdict */
struct coverage_scenario {                      /* strings are borrowed */
    const char *id, *title;
    const enum rule_id *covers;
    size_t cover_count;
    int verdict;
};
enum { COVERAGE_QUIRK_RULES_MAX = 4 };
struct coverage_quirk {
    const char *name, *outcome, *caught_by; /* "killed"; caught_by NULL = nothing */
    bool killed;
    enum rule_id named; /* killed: the rule that the scenario which caught it named first */
    enum rule_id rules[COVERAGE_QUIRK_RULES_MAX];
    size_t rule_count;
};
struct coverage {
    struct coverage_scenario *scenarios; /* owned by the caller, as all of it */
    size_t scenario_count;
    struct coverage_quirk *quirks;
    size_t quirk_count;
    bool have_quirks; /* there is a mutants.json */
    struct coverage_cell cells[STATE_COUNT][COVERAGE_EVENT_COUNT];
};

/* Adds what happened on one scenario's timeline; `number` is the scenario's index. */
void coverage_add_timeline(struct coverage *coverage, size_t number,
                           const struct timeline *timeline, size_t phone_count);

/* Why nobody here can see whether a rule is kept, NULL if one can. */
const char *coverage_unobservable(enum rule_id rule);
enum coverage_gap { COVERAGE_FULL, COVERAGE_UNOBSERVABLE, COVERAGE_NO_PASS, COVERAGE_NO_KILL };
enum coverage_gap coverage_rule_gap(const struct coverage *coverage, enum rule_id rule);
extern const char *const coverage_gap_names[4];
bool coverage_scenario_covers(const struct coverage_scenario *scenario, enum rule_id rule);
bool coverage_quirk_breaks(const struct coverage_quirk *quirk, enum rule_id rule);
size_t coverage_passing(const struct coverage *coverage, enum rule_id rule, size_t *ret_all);
/* Of the defects that break the rule those that were caught, whichever of their rules was named. */
size_t coverage_killed(const struct coverage *coverage, enum rule_id rule, size_t *ret_all);
size_t coverage_rule_gaps(const struct coverage *coverage); /* rules that lack something */
bool coverage_is_missing(const struct coverage *coverage, enum customization_state state,
                         enum coverage_event event);
size_t coverage_cell_gaps(const struct coverage *coverage, size_t *ret_possible);

/* What `rclab coverage` knows: the suite, and what results.json, mutants.json and the timelines in
 * a results folder say about it. */
enum { COVERAGE_DEFECTS_MAX = 10000 };

struct coverage_sources {
    const struct suite *suite; /* borrowed; must outlive the coverage */
    json_t *results, *mutants; /* owned; mutants may be NULL */
    struct coverage coverage;  /* what it points to is owned here */
};

/* ERROR_INVALID: no results.json, or files that are not what this version writes. Scenarios that
 * the results don't know were not run. */
int coverage_collect(const char *folder, const struct suite *suite,
                     struct coverage_sources *ret_sources, struct error *error);
void coverage_sources_done(struct coverage_sources *sources);

void coverage_text(const struct coverage *coverage, bool colour, struct buffer *out);
void coverage_json(const struct coverage *coverage, struct buffer *out);
/* One page that needs nothing else. */
void coverage_html(const struct coverage *coverage, struct buffer *out);
/* Text made safe between tags and in quoted attributes. */
void coverage_html_text(struct buffer *out, const char *text);

#endif
