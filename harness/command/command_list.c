/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/report/terminal.h"
#include "harness/scenario/overview.h"
#include <getopt.h>

enum { OPTION_TAG = OPTION_FIRST_OWN, LIST_BYTES_MAX = 16 << 20 };

static const struct option options[] = {
    {"tag", required_argument, NULL, OPTION_TAG},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
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

static int run(int argument_count, char **arguments)
{
    const char *tag = NULL;
    struct suite suite;
    struct buffer text;
    int option;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":", options, NULL)) != -1) {
        if (option != OPTION_TAG)
            return command_common_option(&command_list, option, arguments);
        tag = optarg;
    }
    if (!command_load_suite(&command_list, arguments + optind, argument_count - optind, &suite))
        return EXIT_CODE_USAGE;
    struct suite shown = suite;
    if (tag)
        shown.count = keep_tagged(&shown, tag);
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
    .run = run,
};
