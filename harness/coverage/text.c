/* SPDX-License-Identifier: MIT */
#include "harness/report/text.h"
#include "harness/coverage/coverage.h"
#include "harness/vendor/vendor.h"
#include <string.h>

enum { RULE_COLUMNS = 11, COUNT_COLUMNS = 12, EVENT_COLUMNS = 33, STATE_COLUMNS = 16 };

/* A column, and a space even if the text fills it. */
static void padded(struct buffer *out, const char *text, size_t columns)
{
    report_text_padded(out, text, columns);
    if (report_text_width(text) >= columns)
        buffer_u8(out, ' ');
}

static const char *verdict_of(int verdict)
{
    return verdict == COVERAGE_NOT_RUN ? "not run" : verdict_names[verdict];
}

static void rule_scenarios(const struct coverage *coverage, enum rule_id rule, struct buffer *out)
{
    for (size_t i = 0; i < coverage->scenario_count; i++) {
        const struct coverage_scenario *scenario = &coverage->scenarios[i];
        if (!coverage_scenario_covers(scenario, rule))
            continue;
        buffer_format(out, "    %-8s", verdict_of(scenario->verdict));
        report_text_line(out, scenario->id);
        buffer_u8(out, '\n');
    }
    for (size_t i = 0; i < coverage->quirk_count; i++) {
        const struct coverage_quirk *quirk = &coverage->quirks[i];
        if (!coverage_quirk_breaks(quirk, rule))
            continue;
        buffer_format(out, "    defect  %s: %s", quirk->name, quirk->outcome);
        if (quirk->caught_by) {
            buffer_text(out, " by ");
            report_text_line(out, quirk->caught_by);
        }
        buffer_u8(out, '\n');
    }
}

static void rule_lines(const struct coverage *coverage, enum rule_id rule, bool colour,
                       struct buffer *out)
{
    char counts[64];
    size_t scenarios, quirks;
    size_t passing = coverage_passing(coverage, rule, &scenarios);
    size_t killed = coverage_killed(coverage, rule, &quirks);
    enum coverage_gap gap = coverage_rule_gap(coverage, rule);
    bool missing = gap == COVERAGE_NO_PASS || gap == COVERAGE_NO_KILL;
    padded(out, vendor_rule(vendor_default(), rule)->id, RULE_COLUMNS);
    snprintf(counts, sizeof counts, "%zu of %zu", passing, scenarios);
    padded(out, counts, COUNT_COLUMNS);
    snprintf(counts, sizeof counts, "%zu of %zu", killed, quirks);
    padded(out, coverage->have_quirks ? counts : "?", COUNT_COLUMNS);
    buffer_format(out, "%s%s%s", colour && missing ? "\033[1;31m" : "", coverage_gap_names[gap],
                  colour && missing ? "\033[0m" : "");
    if (gap == COVERAGE_UNOBSERVABLE)
        buffer_format(out, ": %s", coverage_unobservable(rule));
    buffer_u8(out, '\n');
    rule_scenarios(coverage, rule, out);
}

static char reason_letter(const char *reason)
{
    const char *reasons[COVERAGE_REASONS_MAX];
    size_t count = coverage_reasons(reasons), at = 0;
    while (at < count && reasons[at] != reason)
        at++;
    return (char)('a' + at);
}

static void reason_lines(struct buffer *out)
{
    const char *reasons[COVERAGE_REASONS_MAX];
    size_t count = coverage_reasons(reasons);
    buffer_text(out, "\nNumbers are scenarios in which it happened. No scenario can show:\n");
    for (size_t i = 0; i < count; i++)
        buffer_format(out, "  (%c) %s\n", (char)('a' + i), reasons[i]);
}

static void cell_text(const struct coverage *coverage, enum customization_state state,
                      enum coverage_event event, struct buffer *out)
{
    char text[32];
    const struct coverage_cell *cell = &coverage->cells[state][event];
    if (cell->scenarios > 0)
        snprintf(text, sizeof text, "%zu", cell->scenarios);
    else if (coverage_impossible(state, event))
        snprintf(text, sizeof text, "(%c)", reason_letter(coverage_impossible(state, event)));
    else
        snprintf(text, sizeof text, "MISSING");
    padded(out, text, STATE_COLUMNS);
}

static void cell_table(const struct coverage *coverage, struct buffer *out)
{
    padded(out, "EVENT IN STATE", EVENT_COLUMNS);
    for (size_t state = STATE_OPEN; state < STATE_COUNT; state++)
        padded(out, vendor_state_name(vendor_default(), (enum customization_state)state),
               STATE_COLUMNS);
    buffer_u8(out, '\n');
    for (size_t event = 0; event < COVERAGE_EVENT_COUNT; event++) {
        padded(out, coverage_event_names[event], EVENT_COLUMNS);
        for (size_t state = STATE_OPEN; state < STATE_COUNT; state++)
            cell_text(coverage, (enum customization_state)state, (enum coverage_event)event, out);
        buffer_u8(out, '\n');
    }
}

void coverage_text(const struct coverage *coverage, bool colour, struct buffer *out)
{
    size_t possible, observable = 0;
    padded(out, "RULE", RULE_COLUMNS);
    padded(out, "PASSING", COUNT_COLUMNS);
    padded(out, "DEFECTS", COUNT_COLUMNS);
    buffer_text(out, "\n");
    for (size_t i = 0; i < RULE_COUNT; i++) {
        rule_lines(coverage, (enum rule_id)i, colour, out);
        observable += coverage_unobservable((enum rule_id)i) == NULL;
    }
    buffer_u8(out, '\n');
    cell_table(coverage, out);
    size_t cell_gaps = coverage_cell_gaps(coverage, &possible);
    reason_lines(out);
    buffer_format(out, "%zu of %zu observable rules covered, %zu of %zu states × events.%s\n",
                  observable - coverage_rule_gaps(coverage), observable, possible - cell_gaps,
                  possible,
                  coverage->have_quirks ? "" : " Defects: not known, 'rclab mutants' tells.");
}
