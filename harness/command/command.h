/* SPDX-License-Identifier: MIT */
/* The subcommands. Each takes its own argument vector (argv[0] is its name) and returns the
 * program's exit code; output goes to stdout, errors to stderr. */
#ifndef RCLAB_COMMAND_COMMAND_H
#define RCLAB_COMMAND_COMMAND_H

#include "harness/base/error.h"
#include "harness/base/exit_code.h"
#include "harness/scenario/load.h"
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

struct command {
    const char *name, *summary, *help; /* help: the whole text of --help */
    int (*run)(int argument_count, char **arguments);
};
extern const struct command command_run, command_check, command_list, command_judge, command_watch,
    command_mutants, command_coverage, command_doctor, command_phone, command_serve, command_cycle;

/* How the program was called, as typed: main.c tells, "rclab" until then. */
void command_set_program(const char *program);
const char *command_program(void);
/* "rclab run: TEXT" and where to find help, on stderr; returns EXIT_CODE_USAGE. */
int command_usage_error(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "rclab: FILE:LINE:COLUMN: text" as far as known; returns EXIT_CODE_LAB. */
int command_lab_error(const struct error *error);
/* What getopt returned and nobody knew: --help and --version are done here, the rest is a usage
 * error. Returns the exit code. */
enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_FIRST_OWN };
int command_common_option(const struct command *command, int option, char **arguments);
/* Loads the suite of these paths (none: `scenarios`), printing every problem; false: exit with
 * EXIT_CODE_USAGE. */
bool command_load_suite(const struct command *command, char **paths, int path_count,
                        struct suite *ret_suite);
/* Whole text as an unsigned number within limits. */
bool command_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number);
/* The index of one of the words. */
bool command_choose(const char *text, const char *const *words, size_t count, int *ret_choice);
/* Runs side by side when nobody says how many: one a processor that this process may use. */
unsigned command_parallel_default(void);
/* From now on SIGINT, SIGTERM and SIGHUP are counted in what is returned, and end nothing by
 * themselves. */
const volatile sig_atomic_t *command_catch_signals(void);

#endif
