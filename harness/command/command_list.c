/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/report/report.h"
#include "harness/scenario/overview.h"
#include <getopt.h>

enum { LIST_BYTES_MAX = 16 << 20 };

struct list_settings {
    const char *tag;
};
static const struct command_option options[] = {
    {"tag", .kind = OPTION_TEXT, .to = offsetof(struct list_settings, tag)},
    {.name = NULL},
};

/* Moves the scenarios with the tag to the front; returns how many there are. */
static size_t keep_tagged(struct suite *suite, const char *tag)
{
    size_t kept = 0;
    for (size_t i = 0; i < suite->count; i++) {
        struct scenario *scenario = suite->scenarios[i];
        if (!scenario_has_tag(scenario, tag))
            continue;
        suite->scenarios[i] = suite->scenarios[kept];
        suite->scenarios[kept++] = scenario;
    }
    return kept;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct list_settings settings = {NULL};
    struct suite suite;
    struct buffer text;
    enum exit_code code = options_take(&command_list, argument_count, arguments, &settings);
    if (code == GO_ON)
        code = command_load_suite(arguments + optind, argument_count - optind, &suite);
    if (code != GO_ON)
        return code;
    struct suite shown = suite;
    if (settings.tag)
        shown.count = keep_tagged(&shown, settings.tag);
    buffer_init(&text, LIST_BYTES_MAX);
    scenario_overview(&shown, terminal_colours(stdout), terminal_columns(), &text);
    fputs(buffer_string(&text), stdout);
    buffer_done(&text);
    suite_free(&suite);
    return EXIT_CODE_PASS;
}

const struct command command_list = {
    .name = "list",
    .summary = "prints the suite: titles, rules, tags",
    .help = "Usage: rclab list [--tag=T] [PATH…]\n"
            "Prints the scenarios of the files and folders PATH (default: scenarios): their ids,\n"
            "titles, the rules that they cover, and their tags.\n\n"
            "      --tag=T    only those with this tag\n"
            "      --help, --version\n",
    .options = options,
    .run = run,
};
