/* SPDX-License-Identifier: MIT */
/* The subcommands, and what they share. They and main.c are the only ones that print and decide
 * how the program ends: what they call gives back values, texts in buffers, errors. Results go to
 * stdout, what is wrong to stderr. */
#ifndef RCLAB_COMMAND_COMMAND_H
#define RCLAB_COMMAND_COMMAND_H

#include "harness/base/error.h"
#include "harness/base/exit_code.h"
#include "harness/scenario/load.h"
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

struct command_option; /* see options.h */
struct command {
    const char *name, *summary, *help;    /* help: the whole text of --help */
    const struct command_option *options; /* a row without a name ends them; NULL: none */
    /* Takes its own argument vector (argv[0] is its name); never GO_ON. */
    enum exit_code (*run)(int argument_count, char **arguments);
};
extern const struct command command_run, command_check, command_list, command_judge, command_watch,
    command_mutants, command_coverage, command_doctor, command_phone, command_serve, command_cycle;

/* How the program was called, as typed: main.c tells, "rclab" until then. */
void command_set_program(const char *program);
const char *command_program(void);

/* "rclab run: TEXT" and where to find help; returns EXIT_CODE_USAGE. */
enum exit_code command_usage_error(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "rclab: TEXT", of a lab or a machine that is at fault; returns EXIT_CODE_LAB. */
enum exit_code command_lab_error(const struct error *error);
/* "rclab run: TEXT"; returns the code. */
enum exit_code command_error(const struct command *command, enum exit_code code,
                             const struct error *error);
/* Every problem of a file that was read, and their number: "3 problems found; nothing was run." */
void command_print_problems(const struct diagnostics *diagnostics, const char *where);

/* Loads the suite of these paths (none: `scenarios`), printing every problem. GO_ON, or
 * EXIT_CODE_USAGE. */
enum exit_code command_load_suite(char **paths, int path_count, struct suite *ret_suite);
/* The case of that name; of a suite of one scenario that one when name is NULL. NULL: none. */
const struct scenario *command_find_case(const struct suite *suite, const char *name);

/* Runs side by side when nobody says how many: one a processor that this process may use. */
unsigned command_parallel_default(void);
/* From now on SIGINT, SIGTERM and SIGHUP are counted in what is returned, and end nothing by
 * themselves. */
const volatile sig_atomic_t *command_catch_signals(void);
/* Says that it was interrupted and what that means for the results; EXIT_CODE_INTERRUPTED. */
enum exit_code command_interrupted(const char *means);

#endif
