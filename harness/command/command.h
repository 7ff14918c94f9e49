/* SPDX-License-Identifier: MIT */
/* The subcommands, and what they share. They and main.c are the only ones that print and decide
 * how the program ends: what they call gives back values, texts in buffers, errors. Results go to
 * stdout, what is wrong to stderr. */
#ifndef RCLAB_COMMAND_COMMAND_H
#define RCLAB_COMMAND_COMMAND_H

#include "fakes/phone/variation.h"
#include "harness/base/error.h"
#include "harness/base/exit_code.h"
#include "harness/scenario/load.h"
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* --- commands and the tables of their options ------------------------------------------------ */

struct command;
enum { OPTIONS_MAX = 40 }; /* of one command */

enum option_kind {
    OPTION_FLAG,     /* a bool */
    OPTION_TEXT,     /* a const char *, the argument itself */
    OPTION_NUMBER,   /* a uint64_t from least to most */
    OPTION_DURATION, /* a uint64_t of microseconds, least or more */
    OPTION_WORD,     /* an int: the index of one of the words */
    OPTION_OWN,      /* whatever `take` makes of it */
    OPTION_OWN_FLAG, /* the same without a value */
};
struct command_option {
    const char *name; /* long, without its dashes */
    char letter;      /* '\0' = it has no short form */
    enum option_kind kind;
    size_t to; /* the member's offset */
    uint64_t least, most;
    const char *const *words; /* of OPTION_WORD; NULL ends them */
    /* What is said of a wrong value: "--NAME: 'VALUE' COMPLAINT", of a number with its limits
     * behind where this ends in "from". A text with a complaint must not be empty: "--NAME
     * COMPLAINT". */
    const char *complaint;
    /* Gets the member and the value; returns GO_ON, or says what is wrong with it. */
    enum exit_code (*take)(const struct command *command, void *member, const char *value);
};
struct command {
    const char *name, *summary, *help;    /* help: the whole text of --help */
    const struct command_option *options; /* a row without a name ends them; NULL: none */
    /* Takes its own argument vector (argv[0] is its name); never GO_ON. */
    enum exit_code (*run)(int argument_count, char **arguments);
};
extern const struct command command_run, command_check, command_list, command_judge, command_watch,
    command_mutants, command_coverage, command_doctor, command_phone, command_serve, command_cycle;

/* --- their options: --help and --version need no row ----------------------------------------- */

/* Reads the options into the settings; what follows them begins at optind. Not GO_ON: the command
 * has been carried out (--help), or what is wrong has been said. */
enum exit_code options_take(const struct command *command, int argument_count, char **arguments,
                            void *settings);

/* Rows that several commands have. */
#define OPTION_JOBS(type, member, says) \
    {"jobs", 'j', OPTION_NUMBER, offsetof(type, member), 1, POOL_JOBS_MAX, .complaint = (says)}
#define OPTION_OUT(type, member) \
    {"out", .kind = OPTION_TEXT, .to = offsetof(type, member), .complaint = "needs a folder"}
#define OPTION_QUIRK(type, member) \
    {"quirk", .kind = OPTION_OWN, .to = offsetof(type, member), .take = option_take_quirk}
/* The defect of that name into a `const struct phone_quirk *`; "help" lists them all. */
enum exit_code option_take_quirk(const struct command *command, void *member, const char *value);

/* Emulated phones other than the plain ones; "is no whole number" unless it is one. */
struct option_variation {
    const char *text; /* as typed; NULL = not given */
    uint64_t seed;
    struct phone_variation drawn;
};
#define OPTION_VARIATION(type, member) \
    {"variation", .kind = OPTION_OWN, .to = offsetof(type, member), .take = option_take_variation}
enum exit_code option_take_variation(const struct command *command, void *member,
                                     const char *value);

/* Whole text as an unsigned number within limits. */
bool option_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number);
/* The index of one of the words, which NULL ends. */
bool option_word(const char *text, const char *const *words, int *ret_index);

/* --- what they say, load and catch ----------------------------------------------------------- */

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
