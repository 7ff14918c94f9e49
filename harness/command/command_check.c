/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include <getopt.h>

static enum exit_code run(int argument_count, char **arguments)
{
    struct suite suite;
    enum exit_code code = options_take(&command_check, argument_count, arguments, NULL);
    if (code == GO_ON)
        code = command_load_suite(arguments + optind, argument_count - optind, &suite);
    if (code != GO_ON)
        return code;
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
