/* SPDX-License-Identifier: MIT */
/* rclab: says whether an IP phone provisions itself correctly. */
#include "harness/base/suggest.h"
#include "harness/command/command.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { OPEN_FILES_MAX = 1 << 16 }; /* a thousand phones need some ten each */

static const struct command *const commands[] = {
    &command_run,   &command_check,   &command_list,     &command_judge,
    &command_watch, &command_mutants, &command_coverage, &command_doctor,
    &command_phone, &command_serve,   &command_cycle,
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *stream)
{
    fputs("Usage: rclab COMMAND [OPTION]… [ARGUMENT]…\n"
          "Says whether an IP phone provisions itself correctly (Remote Customization).\n\n",
          stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n'rclab COMMAND --help' explains each. 'rclab --version' prints the version.\n"
          "Exit codes: 0 all pass, 1 a phone failed, 2 usage or scenario file wrong, 3 lab "
          "error.\n",
          stream);
}

static enum exit_code unknown(const char *word)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    const char *near = suggest_nearest(word, names, COMMAND_COUNT);
    fprintf(stderr, "rclab: unknown command '%s'", word);
    if (near)
        fprintf(stderr, "; did you mean '%s'?", near);
    fputs("\nTry 'rclab --help'.\n", stderr);
    return EXIT_CODE_USAGE;
}

/* Buffered output may fail as late as here (a full disk, a closed pipe). */
static int finish(enum exit_code code)
{
    assert(code != GO_ON);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("rclab: cannot write the output");
        return code == EXIT_CODE_PASS ? EXIT_CODE_LAB : code;
    }
    return code;
}

/* As many files as this process may have, within reason: children walk through all of them. */
static void raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= OPEN_FILES_MAX)
        return;
    limit.rlim_cur = limit.rlim_max < OPEN_FILES_MAX ? limit.rlim_max : OPEN_FILES_MAX;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* what was allowed may well be enough */
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        print_help(stderr);
        return EXIT_CODE_USAGE;
    }
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0 ||
        strcmp(arguments[1], "help") == 0) {
        print_help(stdout);
        return finish(EXIT_CODE_PASS);
    }
    if (strcmp(arguments[1], "--version") == 0) {
        puts("rclab " RCLAB_VERSION);
        return finish(EXIT_CODE_PASS);
    }
    command_set_program(arguments[0]);
    raise_open_files();
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(arguments[1], commands[i]->name) == 0)
            return finish(commands[i]->run(argument_count - 1, arguments + 1));
    }
    return unknown(arguments[1]);
}
