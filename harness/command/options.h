/* SPDX-License-Identifier: MIT */
/* The options of a command as a table: name, what kind of value it takes, and which member of the
 * command's settings that goes to. --help and --version need no row. */
#ifndef RCLAB_COMMAND_OPTIONS_H
#define RCLAB_COMMAND_OPTIONS_H

#include "harness/command/command.h"
#include <stddef.h>

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

/* Whole text as an unsigned number within limits. */
bool option_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number);
/* The index of one of the words, which NULL ends. */
bool option_word(const char *text, const char *const *words, int *ret_index);

#endif
