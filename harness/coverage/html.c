/* SPDX-License-Identifier: MIT */
/* Coverage as one page without scripts, fonts or pictures from elsewhere; light or dark as the
 * reader's system is. */
#include "harness/coverage/coverage.h"
#include "harness/report/text.h"
#include "harness/vendor/vendor.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>rclab: what the suite covers</title>\n<style>\n"
    ":root{color-scheme:light dark;--line:#8885;--good:#1a7f37;--bad:#cf222e;--quiet:#777}\n"
    "@media(prefers-color-scheme:dark){:root{--good:#57ab5a;--bad:#f47067;--quiet:#999}}\n"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem}\n"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left;"
    "vertical-align:top}\n"
    "thead th{position:sticky;top:0;background:Canvas}\n"
    ".cells td,.cells thead th+th{text-align:center}.cells tbody "
    "th{font-weight:normal;white-space:nowrap}\n"
    "td.id{white-space:nowrap;font-weight:600}\n"
    ".good{color:var(--good)}.bad{color:var(--bad);font-weight:600}.quiet{color:var(--quiet)}\n"
    "summary{cursor:pointer}ul{margin:.3rem 0;padding-left:1.2rem}\n"
    "code{font:13px ui-monospace,monospace}.wide{overflow-x:auto}\n"
    "</style>\n</head>\n<body>\n";

void coverage_html_text(struct buffer *out, const char *text)
{
    while (*text) {
        uint32_t character;
        text += report_utf8_next(text, &character);
        switch (character) {
        case '&':
            buffer_text(out, "&amp;");
            break;
        case '<':
            buffer_text(out, "&lt;");
            break;
        case '>':
            buffer_text(out, "&gt;");
            break;
        case '"':
            buffer_text(out, "&quot;");
            break;
        case '\'':
            buffer_text(out, "&#39;");
            break;
        default:
            /* Control characters have no place in HTML. */
            report_utf8_put(out, character < 0x20 && character != '\n' && character != '\t'
                                     ? 0xFFFD
                                     : character);
        }
    }
}

static const char *class_of(int verdict)
{
    return verdict == VERDICT_PASS ? "good" : verdict == COVERAGE_NOT_RUN ? "quiet" : "bad";
}

static void scenario_list(const struct coverage *coverage, enum rule_id rule, struct buffer *out)
{
    size_t all, passing = coverage_passing(coverage, rule, &all);
    buffer_format(out, "<details><summary class=\"%s\">%zu of %zu pass</summary><ul>",
                  passing > 0                   ? "good"
                  : coverage_unobservable(rule) ? "quiet"
                                                : "bad",
                  passing, all);
    for (size_t i = 0; i < coverage->scenario_count; i++) {
        const struct coverage_scenario *scenario = &coverage->scenarios[i];
        if (!coverage_scenario_covers(scenario, rule))
            continue;
        buffer_format(out, "<li><span class=\"%s\">%s</span> <code>", class_of(scenario->verdict),
                      scenario->verdict == COVERAGE_NOT_RUN ? "not run"
                                                            : verdict_names[scenario->verdict]);
        coverage_html_text(out, scenario->id);
        buffer_text(out, "</code> ");
        coverage_html_text(out, scenario->title);
        buffer_text(out, "</li>");
    }
    buffer_text(out, "</ul></details>");
}

static void quirk_list(const struct coverage *coverage, enum rule_id rule, struct buffer *out)
{
    size_t all, killed = coverage_killed(coverage, rule, &all);
    if (!coverage->have_quirks) {
        buffer_text(out, "<span class=\"quiet\">not known</span>");
        return;
    }
    buffer_format(out, "<details><summary class=\"%s\">%zu of %zu caught</summary><ul>",
                  killed > 0                    ? "good"
                  : coverage_unobservable(rule) ? "quiet"
                                                : "bad",
                  killed, all);
    for (size_t i = 0; i < coverage->quirk_count; i++) {
        const struct coverage_quirk *quirk = &coverage->quirks[i];
        if (!coverage_quirk_breaks(quirk, rule))
            continue;
        buffer_format(out, "<li><span class=\"%s\">", quirk->killed ? "good" : "bad");
        coverage_html_text(out, quirk->outcome);
        buffer_text(out, "</span> <code>");
        coverage_html_text(out, quirk->name);
        buffer_text(out, "</code>");
        if (quirk->caught_by) {
            buffer_text(out, " by <code>");
            coverage_html_text(out, quirk->caught_by);
            buffer_text(out, "</code>");
        }
        buffer_text(out, "</li>");
    }
    buffer_text(out, "</ul></details>");
}

static void rule_rows(const struct coverage *coverage, struct buffer *out)
{
    buffer_text(out, "<h2>Rules</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Rule</th>"
                     "<th>What it says</th><th>Scenarios</th><th>Defects</th><th>Covered</th></tr>"
                     "</thead>\n<tbody>\n");
    for (size_t i = 0; i < RULE_COUNT; i++) {
        enum rule_id rule = (enum rule_id)i;
        enum coverage_gap gap = coverage_rule_gap(coverage, rule);
        buffer_format(out, "<tr><td class=\"id\">%s</td><td>",
                      vendor_rule(vendor_default(), rule)->id);
        coverage_html_text(out, vendor_rule(vendor_default(), rule)->summary);
        buffer_text(out, "</td><td>");
        scenario_list(coverage, rule, out);
        buffer_text(out, "</td><td>");
        quirk_list(coverage, rule, out);
        buffer_format(out, "</td><td class=\"%s\">%s",
                      gap == COVERAGE_FULL           ? "good"
                      : gap == COVERAGE_UNOBSERVABLE ? "quiet"
                                                     : "bad",
                      coverage_gap_names[gap]);
        if (coverage_unobservable(rule)) {
            buffer_text(out, ": ");
            coverage_html_text(out, coverage_unobservable(rule));
        }
        buffer_text(out, "</td></tr>\n");
    }
    buffer_text(out, "</tbody></table></div>\n");
}

static void cell(const struct coverage *coverage, enum customization_state state,
                 enum coverage_event event, struct buffer *out)
{
    const struct coverage_cell *cell = &coverage->cells[state][event];
    if (cell->scenarios > 0) {
        buffer_text(out, "<td class=\"good\" title=\"first in ");
        coverage_html_text(out, cell->example ? cell->example : "");
        buffer_format(out, "\">%zu</td>", cell->scenarios);
    } else if (coverage_impossible(state, event)) {
        buffer_text(out, "<td class=\"quiet\" title=\"");
        coverage_html_text(out, coverage_impossible(state, event));
        buffer_text(out, "\">–</td>");
    } else {
        buffer_text(out, "<td class=\"bad\">missing</td>");
    }
}

static void cell_rows(const struct coverage *coverage, struct buffer *out)
{
    const char *reasons[COVERAGE_REASONS_MAX];
    size_t reason_count = coverage_reasons(reasons);
    buffer_text(out, "<h2>Events in states</h2>\n<p class=\"quiet\">In how many scenarios it "
                     "happened, as their timelines show; – is what no scenario can show:");
    for (size_t i = 0; i < reason_count; i++) {
        buffer_text(out, i > 0 ? "; " : " ");
        coverage_html_text(out, reasons[i]);
    }
    buffer_text(out, ".</p>\n<div class=\"wide\"><table class=\"cells\">"
                     "\n<thead><tr><th>Event</th>");
    for (size_t state = STATE_OPEN; state < STATE_COUNT; state++)
        buffer_format(out, "<th>%s</th>",
                      vendor_state_name(vendor_default(), (enum customization_state)state));
    buffer_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t event = 0; event < COVERAGE_EVENT_COUNT; event++) {
        buffer_format(out, "<tr><th>%s</th>", coverage_event_names[event]);
        for (size_t state = STATE_OPEN; state < STATE_COUNT; state++)
            cell(coverage, (enum customization_state)state, (enum coverage_event)event, out);
        buffer_text(out, "</tr>\n");
    }
    buffer_text(out, "</tbody></table></div>\n");
}

void coverage_html(const struct coverage *coverage, struct buffer *out)
{
    size_t possible, gaps = coverage_cell_gaps(coverage, &possible);
    size_t lacking = coverage_rule_gaps(coverage);
    buffer_text(out, head);
    buffer_text(out, "<h1>What the suite covers</h1>\n<p>");
    buffer_format(out, "%zu scenarios, %zu defects. ", coverage->scenario_count,
                  coverage->quirk_count);
    buffer_format(out,
                  "<span class=\"%s\">%zu rule%s lack%s a passing scenario or a caught "
                  "defect.</span> ",
                  lacking == 0 ? "good" : "bad", lacking, lacking == 1 ? "" : "s",
                  lacking == 1 ? "s" : "");
    buffer_format(out, "%zu of %zu states × events happened.</p>\n", possible - gaps, possible);
    rule_rows(coverage, out);
    cell_rows(coverage, out);
    buffer_text(out, "<p class=\"quiet\">rclab " RCLAB_VERSION "</p>\n</body>\n</html>\n");
}
