/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/base/buffer.h"
#include "harness/run/run.h"
#include "harness/scenario/overview.h"
#include <sched.h>
#include <stdarg.h>
#include <string.h>

enum { PROBLEMS_BYTES_MAX = 4 << 20, INTERRUPTIONS_COUNTED = 100 };

static const char *program_name = "rclab";

void command_set_program(const char *program)
{
    program_name = program;
}

const char *command_program(void)
{
    return program_name;
}

enum exit_code command_usage_error(const struct command *command, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "rclab %s: ", command->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry 'rclab %s --help'.\n", command->name);
    return EXIT_CODE_USAGE;
}

enum exit_code command_lab_error(const struct error *error)
{
    fprintf(stderr, "rclab: %s\n", error->text);
    return EXIT_CODE_LAB;
}

enum exit_code command_error(const struct command *command, enum exit_code code,
                             const struct error *error)
{
    fprintf(stderr, "rclab %s: %s\n", command->name, error->text);
    return code;
}

void command_print_problems(const struct diagnostics *diagnostics, const char *where)
{
    struct buffer text;
    buffer_init(&text, PROBLEMS_BYTES_MAX);
    diagnostics_format(diagnostics, &text);
    fprintf(stderr, "%s%zu problem%s found%s; nothing was run.\n", buffer_string(&text),
            diagnostics->count, diagnostics->count == 1 ? "" : "s", where);
    buffer_done(&text);
}

enum exit_code command_load_suite(char **paths, int path_count, struct suite *ret_suite)
{
    static const char *const standard[] = {"scenarios"};
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    int result = path_count > 0 ? suite_load((const char *const *)paths, (size_t)path_count,
                                             ret_suite, &diagnostics)
                                : suite_load(standard, 1, ret_suite, &diagnostics);
    if (result < 0)
        command_print_problems(&diagnostics, "");
    diagnostics_done(&diagnostics);
    return result < 0 ? EXIT_CODE_USAGE : GO_ON;
}

const struct scenario *command_find_case(const struct suite *suite, const char *name)
{
    if (!name)
        return suite->count == 1 ? suite->scenarios[0] : NULL;
    for (size_t i = 0; i < suite->count; i++) {
        const char *of_it = suite->scenarios[i]->case_name;
        if (of_it && strcmp(of_it, name) == 0)
            return suite->scenarios[i];
    }
    return NULL;
}

unsigned command_parallel_default(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return 1;
    int count = CPU_COUNT(&allowed);
    return count < POOL_JOBS_MAX ? (unsigned)count : POOL_JOBS_MAX;
}

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

enum exit_code command_interrupted(const char *means)
{
    fprintf(stderr, "rclab: interrupted; %s\n", means);
    return EXIT_CODE_INTERRUPTED;
}
