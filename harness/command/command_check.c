/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include <getopt.h>

static const struct option options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static int run(int argument_count, char **arguments)
{
    struct suite suite;
    optind = 0;
    opterr = 0;
    int option = getopt_long(argument_count, arguments, ":", options, NULL);
    if (option != -1)
        return command_common_option(&command_check, option, arguments);
    if (!command_load_suite(&command_check, arguments + optind, argument_count - optind, &suite))
        return EXIT_CODE_USAGE;
    printf("%zu scenario%s, no problem found\n", suite.count, suite.count == 1 ? "" : "s");
    suite_free(&suite);
    return EXIT_CODE_PASS;
}

const struct command command_check = {
    .name = "check",
    .summary = "reads scenario files and reports every problem in them",
    .help = "Usage: rclab check [PATH…]\n"
            "Reads the scenario files and folders PATH (default: scenarios), runs nothing, and\n"
            "prints every problem of every file as FILE:LINE:COLUMN: text.\n\n"
            "      --help, --version\n\n"
            "Exit codes: 0 no problem, 2 at least one.\n",
    .run = run,
};
