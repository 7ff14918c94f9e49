/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
static int run(int argument_count, char **arguments)
{
    (void)argument_count;
    (void)arguments;
    return 2;
}
const struct command command_coverage = {
    .name = "coverage", .summary = "s", .help = "", .run = run};
