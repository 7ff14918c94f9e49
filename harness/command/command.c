/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/run/run.h"
#include "harness/scenario/overview.h"
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const char *program_name = "rclab";

void command_set_program(const char *program)
{
    program_name = program;
}

const char *command_program(void)
{
    return program_name;
}

int command_usage_error(const struct command *command, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "rclab %s: ", command->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry 'rclab %s --help'.\n", command->name);
    return EXIT_CODE_USAGE;
}

int command_lab_error(const struct error *error)
{
    fprintf(stderr, "rclab: %s\n", error->text);
    return EXIT_CODE_LAB;
}

int command_common_option(const struct command *command, int option, char **arguments)
{
    if (option == OPTION_HELP) {
        fputs(command->help, stdout);
        return EXIT_CODE_PASS;
    }
    if (option == OPTION_VERSION) {
        puts("rclab " RCLAB_VERSION);
        return EXIT_CODE_PASS;
    }
    const char *culprit = optind > 0 ? arguments[optind - 1] : "";
    if (option == ':')
        return command_usage_error(command, "option '%s' needs a value", culprit);
    if (optopt > 0 && optopt < OPTION_HELP && isprint(optopt))
        return command_usage_error(command, "unknown option '-%c'", optopt);
    return command_usage_error(command, "unknown option '%s'", culprit);
}

bool command_load_suite(const struct command *command, char **paths, int path_count,
                        struct suite *ret_suite)
{
    static const char *const standard[] = {"scenarios"};
    struct diagnostics diagnostics;
    struct buffer text;
    (void)command;
    diagnostics_init(&diagnostics);
    int result = path_count > 0 ? suite_load((const char *const *)paths, (size_t)path_count,
                                             ret_suite, &diagnostics)
                                : suite_load(standard, 1, ret_suite, &diagnostics);
    if (result < 0) {
        buffer_init(&text, 4 << 20);
        diagnostics_format(&diagnostics, &text);
        fputs(buffer_string(&text), stderr);
        fprintf(stderr, "%zu problem%s found; nothing was run.\n", diagnostics.count,
                diagnostics.count == 1 ? "" : "s");
        buffer_done(&text);
    }
    diagnostics_done(&diagnostics);
    return result == 0;
}

bool command_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || *end || number < least || number > most)
        return false;
    *ret_number = number;
    return true;
}

bool command_choose(const char *text, const char *const *words, size_t count, int *ret_choice)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_choice = (int)i;
            return true;
        }
    }
    return false;
}

unsigned command_parallel_default(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return 1;
    int count = CPU_COUNT(&allowed);
    return count < POOL_JOBS_MAX ? (unsigned)count : POOL_JOBS_MAX;
}

enum { INTERRUPTIONS_COUNTED = 100 };
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    if (interrupted < INTERRUPTIONS_COUNTED)
        interrupted++;
}

const volatile sig_atomic_t *command_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return &interrupted;
}
