/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/coverage/coverage.h"
#include "harness/report/json.h"
#include "harness/report/report.h"
#include "harness/vendor/vendor.h"
#include <getopt.h>

enum coverage_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };
static const char *const formats[] = {"text", "json", "html", NULL};
struct coverage_settings {
    const char *results, *out; /* out NULL: to stdout */
    int format;
};
static const struct command_option options[] = {
    {"results", .kind = OPTION_TEXT, .to = offsetof(struct coverage_settings, results)},
    {"format", .kind = OPTION_WORD, .to = offsetof(struct coverage_settings, format),
     .words = formats, .complaint = "is none of text, json, html"},
    {"out", .kind = OPTION_TEXT, .to = offsetof(struct coverage_settings, out)},
    {.name = NULL},
};

static int write_out(const struct coverage_settings *settings, const struct coverage *coverage,
                     struct error *error)
{
    struct buffer text;
    int result = 0;
    buffer_init(&text, REPORT_FILE_BYTES_MAX);
    if (settings->format == FORMAT_TEXT)
        coverage_text(coverage, !settings->out && terminal_colours(stdout), &text);
    else if (settings->format == FORMAT_JSON)
        coverage_json(coverage, &text);
    else
        coverage_html(coverage, &text);
    if (settings->out)
        result = report_file_write(settings->out, &text, error);
    else
        fputs(buffer_string(&text), stdout);
    buffer_done(&text);
    return result;
}

static void print_lacking(const struct coverage *coverage)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        enum coverage_gap gap = coverage_rule_gap(coverage, (enum rule_id)i);
        if (gap == COVERAGE_NO_PASS || gap == COVERAGE_NO_KILL)
            fprintf(stderr, "rclab coverage: %s: %s\n",
                    vendor_rule(vendor_default(), (enum rule_id)i)->id, coverage_gap_names[gap]);
    }
    for (size_t state = STATE_OPEN; state < STATE_COUNT; state++)
        for (size_t event = 0; event < COVERAGE_EVENT_COUNT; event++)
            if (coverage_is_missing(coverage, (enum customization_state)state,
                                    (enum coverage_event)event))
                fprintf(stderr, "rclab coverage: %s in state %s: no scenario\n",
                        coverage_event_names[event],
                        vendor_state_name(vendor_default(), (enum customization_state)state));
}

static bool is_whole(const struct coverage *coverage)
{
    size_t possible;
    return coverage_rule_gaps(coverage) == 0 && coverage_cell_gaps(coverage, &possible) == 0;
}

static enum exit_code cover(const struct coverage_settings *settings, const struct suite *suite)
{
    struct coverage_sources sources;
    struct error error = {0};
    enum exit_code code;
    if (coverage_collect(settings->results, suite, &sources, &error) < 0) {
        code = command_error(&command_coverage, EXIT_CODE_USAGE, &error);
    } else if (write_out(settings, &sources.coverage, &error) < 0) {
        code = command_lab_error(&error);
    } else {
        print_lacking(&sources.coverage);
        code = is_whole(&sources.coverage) ? EXIT_CODE_PASS : EXIT_CODE_FAIL;
    }
    coverage_sources_done(&sources);
    return code;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct coverage_settings settings = {.results = "out"};
    struct suite suite;
    enum exit_code code = options_take(&command_coverage, argument_count, arguments, &settings);
    if (code == GO_ON)
        code = command_load_suite(arguments + optind, argument_count - optind, &suite);
    if (code != GO_ON)
        return code;
    code = cover(&settings, &suite);
    suite_free(&suite);
    return code;
}

const struct command command_coverage = {
    .name = "coverage",
    .summary = "what the suite covers: rules, states, events",
    .help =
        "Usage: rclab coverage [OPTION]… [PATH…]\n"
        "Prints which rules the scenarios of PATH (default: scenarios) cover, with their last\n"
        "verdicts and the defects that were caught, and which events happened in which state, as\n"
        "the timelines of the passed runs show. Needs the folder of 'rclab run'; what 'rclab\n"
        "mutants' left in the same folder is taken into account.\n\n"
        "      --results=DIR  the folder of the run (default: out)\n"
        "      --format=F     text (default), json, or html: one page that needs nothing else\n"
        "      --out=FILE     to a file instead\n"
        "      --help, --version\n\n"
        "Exit codes: 0 each rule that can be observed has a scenario that passes and, if 'rclab\n"
        "mutants' was run, a defect that was caught for it, and each event happened in each state\n"
        "in which it can; 1 something is missing; 2 usage, a scenario file or the results are\n"
        "wrong; 3 the output cannot be written.\n",
    .options = options,
    .run = run,
};
