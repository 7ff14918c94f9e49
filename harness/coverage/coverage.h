/* SPDX-License-Identifier: MIT */
/* What the suite covers: rules × scenarios × last verdict × defects caught, and states × events.
 * The second table comes from what happened on the timelines, not from what scenarios claim. */
#ifndef RCLAB_COVERAGE_COVERAGE_H
#define RCLAB_COVERAGE_COVERAGE_H

#include "harness/base/arena.h"
#include "harness/base/buffer.h"
#include "harness/judge/judge.h"
#include "harness/observe/timeline.h"

enum coverage_event {
    COVERAGE_FACTORY_RESET,
    COVERAGE_REBOOT,
    COVERAGE_POWER_CUT,
    COVERAGE_RENEWAL,
    COVERAGE_OPTION_APPEARS,
    COVERAGE_OPTION_GOES,
    COVERAGE_EDOS_PROFILE,
    COVERAGE_EDOS_EMPTY,
    COVERAGE_EDOS_REDIRECT,
    COVERAGE_EDOS_3XX,
    COVERAGE_EDOS_401,
    COVERAGE_EDOS_4XX,
    COVERAGE_EDOS_5XX,
    COVERAGE_EDOS_USELESS,
    COVERAGE_EDOS_BROKEN_OFF,
    COVERAGE_EDOS_RESET,
    COVERAGE_EDOS_SILENT,
    COVERAGE_EDOS_REFUSED,
    COVERAGE_NAME_NOT_FOUND,
    COVERAGE_NAME_FAILURE,
    COVERAGE_NAME_SILENT,
    COVERAGE_PROVISION_CONFIG,
    COVERAGE_PROVISION_REDIRECT,
    COVERAGE_PROVISION_3XX,
    COVERAGE_PROVISION_401,
    COVERAGE_PROVISION_4XX,
    COVERAGE_PROVISION_5XX,
    COVERAGE_PROVISION_USELESS,
    COVERAGE_PROVISION_BROKEN_OFF,
    COVERAGE_PROVISION_RESET,
    COVERAGE_PROVISION_SILENT,
    COVERAGE_PROVISION_REFUSED,
    COVERAGE_PROVISION_TFTP_ERROR,
    COVERAGE_PAGE_ABORT,
    COVERAGE_PAGE_OTHER,
    COVERAGE_PUSH_ABORT,
    COVERAGE_PUSH_OTHER,
    COVERAGE_SERVER_CHANGED,
    COVERAGE_DAY_PASSES,
    COVERAGE_WEEK_PASSES,
    COVERAGE_EVENT_COUNT
};
extern const char *const coverage_event_names[COVERAGE_EVENT_COUNT]; /* "factory reset", … */

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

void coverage_text(const struct coverage *coverage, bool colour, struct buffer *out);
void coverage_json(const struct coverage *coverage, struct buffer *out);
/* One page that needs nothing else. */
void coverage_html(const struct coverage *coverage, struct buffer *out);
/* Text made safe between tags and in quoted attributes. */
void coverage_html_text(struct buffer *out, const char *text);

#endif
