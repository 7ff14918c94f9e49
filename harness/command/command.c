/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "fakes/phone/quirks.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/run/run.h"
#include "harness/scenario/overview.h"
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
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

/* --- options --------------------------------------------------------------------------------- */

/* What getopt_long returns for a long option: a letter, one of these, or the row's number added to
 * the last. */
enum { CODE_HELP = 256, CODE_VERSION, CODE_FIRST_ROW };
enum { SPELLING_MAX = 64 };

bool option_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number)
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

bool option_word(const char *text, const char *const *words, int *ret_index)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static bool ends_in_from(const char *text)
{
    size_t length = strlen(text);
    return length >= 5 && strcmp(text + length - 5, " from") == 0;
}

static enum exit_code wrong(const struct command *command, const struct command_option *option,
                            const char *value)
{
    char name[SPELLING_MAX];
    if (option->letter)
        snprintf(name, sizeof name, "-%c", option->letter);
    else
        snprintf(name, sizeof name, "--%s", option->name);
    if (option->kind == OPTION_TEXT)
        return command_usage_error(command, "%s %s", name, option->complaint);
    if (!ends_in_from(option->complaint))
        return command_usage_error(command, "%s: '%s' %s", name, value, option->complaint);
    return command_usage_error(command, "%s: '%s' %s %llu to %llu", name, value, option->complaint,
                               (unsigned long long)option->least, (unsigned long long)option->most);
}

static enum exit_code take(const struct command *command, const struct command_option *option,
                           const char *value, void *settings)
{
    void *member = (char *)settings + option->to;
    bool good = true;
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)member = true;
        break;
    case OPTION_TEXT:
        *(const char **)member = value;
        good = *value || !option->complaint;
        break;
    case OPTION_NUMBER:
        good = option_number(value, option->least, option->most, member);
        break;
    case OPTION_DURATION:
        good = duration_parse(value, member) && *(uint64_t *)member >= option->least;
        break;
    case OPTION_WORD:
        good = option_word(value, option->words, member);
        break;
    case OPTION_OWN:
    case OPTION_OWN_FLAG:
        return option->take(command, member, value);
    }
    return good ? GO_ON : wrong(command, option, value);
}

/* --help, --version, and what nobody knows. */
static enum exit_code take_other(const struct command *command, int code, char **arguments)
{
    const char *culprit = optind > 0 ? arguments[optind - 1] : "";
    if (code == CODE_HELP)
        fputs(command->help, stdout);
    else if (code == CODE_VERSION)
        puts("rclab " RCLAB_VERSION);
    else if (code == ':')
        return command_usage_error(command, "option '%s' needs a value", culprit);
    else if (optopt > 0 && optopt < CODE_HELP && isprint(optopt))
        return command_usage_error(command, "unknown option '-%c'", optopt);
    else
        return command_usage_error(command, "unknown option '%s'", culprit);
    return EXIT_CODE_PASS;
}

static int code_of(const struct command_option *options, size_t row)
{
    return options[row].letter ? options[row].letter : CODE_FIRST_ROW + (int)row;
}

enum exit_code options_take(const struct command *command, int argument_count, char **arguments,
                            void *settings)
{
    const struct command_option *options = command->options;
    struct option rows[OPTIONS_MAX + 3] = {{NULL, 0, NULL, 0}};
    char letters[2 * OPTIONS_MAX + 2] = ":"; /* a missing value is told from an unknown option */
    size_t length = 1, count = 0;
    for (; options && options[count].name; count++) {
        const struct command_option *option = &options[count];
        assert(count < OPTIONS_MAX);
        bool bare = option->kind == OPTION_FLAG || option->kind == OPTION_OWN_FLAG;
        rows[count] = (struct option){option->name, bare ? no_argument : required_argument, NULL,
                                      code_of(options, count)};
        if (option->letter) {
            letters[length++] = option->letter;
            letters[length++] = ':';
        }
    }
    rows[count] = (struct option){"help", no_argument, NULL, CODE_HELP};
    rows[count + 1] = (struct option){"version", no_argument, NULL, CODE_VERSION};
    optind = 0; /* a fresh start, glibc's way */
    opterr = 0;
    for (int code; (code = getopt_long(argument_count, arguments, letters, rows, NULL)) != -1;) {
        size_t row = 0;
        while (row < count && code_of(options, row) != code)
            row++;
        enum exit_code result = row < count ? take(command, &options[row], optarg, settings)
                                            : take_other(command, code, arguments);
        if (result != GO_ON)
            return result;
    }
    return GO_ON;
}

/* --- defects --------------------------------------------------------------------------------- */

static void list_quirks(FILE *stream)
{
    for (size_t i = 0; i < phone_quirk_count; i++)
        fprintf(stream, "  %-28s %s (%s)\n", phone_quirks[i].name, phone_quirks[i].summary,
                phone_quirks[i].rules[0]);
}

enum exit_code option_take_quirk(const struct command *command, void *member, const char *value)
{
    const struct phone_quirk **quirk = member;
    if (strcmp(value, "help") == 0) {
        list_quirks(stdout);
        return EXIT_CODE_PASS;
    }
    *quirk = phone_quirk_find(value);
    if (*quirk)
        return GO_ON;
    fprintf(stderr, "rclab %s: unknown quirk '%s'; known:\n", command->name, value);
    list_quirks(stderr);
    return EXIT_CODE_USAGE;
}

enum exit_code option_take_variation(const struct command *command, void *member, const char *value)
{
    struct option_variation *variation = member;
    if (!option_number(value, 0, UINT64_MAX, &variation->seed))
        return command_usage_error(command, "--variation: '%s' is no whole number", value);
    variation->text = value;
    phone_variation_draw(variation->seed, &variation->drawn);
    return GO_ON;
}
