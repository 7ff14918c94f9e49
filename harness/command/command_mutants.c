/* SPDX-License-Identifier: MIT */
#include "harness/base/folder.h"
#include "harness/base/suggest.h"
#include "harness/command/command.h"
#include "harness/lab/lab.h"
#include "harness/mutants/report.h"
#include "harness/mutants/run.h"
#include "harness/mutants/sound.h"
#include "harness/report/file.h"
#include "harness/report/terminal.h"
#include "harness/run/run.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUIRKS_MAX = 1000, TRIES_SHORTENED = 120 };

struct command_settings {
    struct mutants_settings mutants;
    const struct phone_quirk *quirks[QUIRKS_MAX];
    size_t quirk_count;
    uint64_t sound_runs;
    bool sound, json;
};

enum {
    OPTION_OUT = OPTION_FIRST_OWN,
    OPTION_SEED,
    OPTION_QUIRK,
    OPTION_FORMAT,
    OPTION_SOUND,
    OPTION_ALL,
    OPTION_SHORTENED
};

static const struct option options[] = {
    {"jobs", required_argument, NULL, 'j'},
    {"out", required_argument, NULL, OPTION_OUT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"quirk", required_argument, NULL, OPTION_QUIRK},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"sound", required_argument, NULL, OPTION_SOUND},
    {"all", no_argument, NULL, OPTION_ALL},
    {"shortened", no_argument, NULL, OPTION_SHORTENED},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* --- options ---------------------------------------------------------------------------------- */

/* 0, or the exit code + 1; as are the others here. */
static int add_quirk(struct command_settings *settings, const char *name)
{
    const char *names[QUIRKS_MAX];
    const struct phone_quirk *quirk = phone_quirk_find(name);
    for (size_t i = 0; i < settings->quirk_count; i++)
        if (settings->quirks[i] == quirk)
            return 0;
    if (quirk && settings->quirk_count < QUIRKS_MAX) {
        settings->quirks[settings->quirk_count++] = quirk;
        return 0;
    }
    size_t count = 0;
    for (; count < phone_quirk_count && count < QUIRKS_MAX; count++)
        names[count] = phone_quirks[count].name;
    const char *near = suggest_nearest(name, names, count);
    return 1 + command_usage_error(&command_mutants, "unknown quirk '%s'%s%s%s", name,
                                   near ? "; did you mean '" : "", near ? near : "",
                                   near ? "'?" : "");
}

static int take_number(const char *what, uint64_t least, uint64_t most, uint64_t *ret_number)
{
    if (command_number(optarg, least, most, ret_number))
        return 0;
    return 1 + command_usage_error(&command_mutants,
                                   "%s: '%s' is no whole number from %llu to %llu", what, optarg,
                                   (unsigned long long)least, (unsigned long long)most);
}

static int take_option(struct command_settings *settings, int option, char **arguments)
{
    static const char *const formats[] = {"pretty", "json"};
    uint64_t number = 0;
    int choice = 0, code = 0;
    switch (option) {
    case 'j':
        code = take_number("-j", 1, POOL_JOBS_MAX, &number);
        settings->mutants.parallel = (unsigned)number;
        return code;
    case OPTION_OUT:
        settings->mutants.out = optarg;
        return *optarg ? 0 : 1 + command_usage_error(&command_mutants, "--out needs a folder");
    case OPTION_SEED:
        return take_number("--seed", 0, UINT64_MAX, &settings->mutants.seed);
    case OPTION_QUIRK:
        return add_quirk(settings, optarg);
    case OPTION_FORMAT:
        if (!command_choose(optarg, formats, 2, &choice))
            return 1 + command_usage_error(&command_mutants,
                                           "--format: '%s' is neither pretty nor json", optarg);
        settings->json = choice == 1;
        return 0;
    case OPTION_SOUND:
        settings->sound = true;
        return take_number("--sound", 1, SOUND_RUNS_MAX, &settings->sound_runs);
    case OPTION_ALL:
        settings->mutants.everything = true;
        return 0;
    case OPTION_SHORTENED:
        settings->mutants.tries_max = TRIES_SHORTENED;
        return 0;
    default:
        return 1 + command_common_option(&command_mutants, option, arguments);
    }
}

static int take_options(struct command_settings *settings, int argument_count, char **arguments)
{
    int option;
    *settings = (struct command_settings){.mutants = {.out = "out",
                                                      .parallel = command_parallel_default(),
                                                      .seed = RUN_SEED_DEFAULT}};
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":j:", options, NULL)) != -1) {
        int code = take_option(settings, option, arguments);
        if (code != 0)
            return code;
    }
    if (settings->sound && (settings->quirk_count > 0 || settings->json ||
                            settings->mutants.everything || settings->mutants.tries_max > 0))
        return 1 +
               command_usage_error(&command_mutants, "--sound goes with -j, --out and --seed only");
    return 0;
}

/* --- runs ------------------------------------------------------------------------------------- */

static int interrupted(void)
{
    fputs("rclab: interrupted; what had not ended does not count\n", stderr);
    return EXIT_CODE_INTERRUPTED;
}

static int write_reports(const struct mutants *mutants, const struct command_settings *settings,
                         struct error *error)
{
    char path[FOLDER_PATH_MAX];
    struct buffer json, text;
    buffer_init(&json, REPORT_FILE_BYTES_MAX);
    buffer_init(&text, REPORT_FILE_BYTES_MAX);
    mutants_report_json(mutants, &json);
    mutants_report_text(mutants, terminal_colours(stdout), &text);
    snprintf(path, sizeof path, "%s/" MUTANTS_JSON_NAME, settings->mutants.out);
    int result = report_file_write(path, &json, error);
    if (result == 0) {
        fputs(buffer_string(settings->json ? &json : &text), stdout);
        if (!settings->json)
            printf("Report: %s; evidence: %s/mutants/DEFECT/SCENARIO/\n", path,
                   settings->mutants.out);
    }
    buffer_done(&json);
    buffer_done(&text);
    return result;
}

static int run_mutants(const struct command_settings *settings, const struct suite *suite,
                       struct error *error)
{
    struct mutants mutants;
    int result = mutants_init(&mutants, suite, settings->quirks, settings->quirk_count, error);
    if (result == 0)
        result = mutants_run(&mutants, &settings->mutants, error);
    if (result == 0)
        result = write_reports(&mutants, settings, error);
    size_t killed = mutants_with(&mutants, MUTANT_KILLED);
    size_t undecided = mutants_with(&mutants, MUTANT_UNDECIDED);
    size_t count = mutants.count;
    mutants_done(&mutants);
    if (result < 0)
        return command_lab_error(error);
    if (*settings->mutants.stop)
        return interrupted();
    if (killed == count)
        return EXIT_CODE_PASS;
    return killed + undecided == count ? EXIT_CODE_LAB : EXIT_CODE_FAIL;
}

static int run_sound(const struct command_settings *settings, const struct suite *suite,
                     struct error *error)
{
    struct sound_result sound;
    struct buffer text;
    int result = sound_run(suite, (size_t)settings->sound_runs, &settings->mutants, &sound, error);
    if (result == 0) {
        buffer_init(&text, REPORT_FILE_BYTES_MAX);
        sound_report(&sound, suite, command_program(), &text);
        fputs(buffer_string(&text), stdout);
        buffer_done(&text);
    }
    size_t failed = sound.failed, errors = sound.errors;
    sound_result_done(&sound);
    if (result < 0)
        return command_lab_error(error);
    if (*settings->mutants.stop)
        return interrupted();
    if (failed > 0)
        return EXIT_CODE_FAIL;
    return errors > 0 ? EXIT_CODE_LAB : EXIT_CODE_PASS;
}

static int run_all(struct command_settings *settings, const struct suite *suite)
{
    struct certificates certificates = {0};
    struct error error = {0};
    settings->mutants.certificates = &certificates;
    settings->mutants.stop = command_catch_signals();
    settings->mutants.progress = isatty(STDERR_FILENO) ? stderr : NULL;
    int result = folder_make(settings->mutants.out, &error);
    if (result == 0)
        result = certificates_make(LAB_EDOS_HOST, lab_plan_emulated.edos, LAB_PROVISION_HOST,
                                   lab_plan_emulated.provision, &certificates, &error);
    int code = result < 0        ? command_lab_error(&error)
               : settings->sound ? run_sound(settings, suite, &error)
                                 : run_mutants(settings, suite, &error);
    certificates_done(&certificates);
    return code;
}

static int run(int argument_count, char **arguments)
{
    struct command_settings settings;
    struct suite suite;
    int code = take_options(&settings, argument_count, arguments);
    if (code != 0)
        return code - 1;
    if (!command_load_suite(&command_mutants, arguments + optind, argument_count - optind, &suite))
        return EXIT_CODE_USAGE;
    code = run_all(&settings, &suite);
    suite_free(&suite);
    return code;
}

const struct command command_mutants = {
    .name = "mutants",
    .summary = "proves the suite: every defect caught, no sound phone failed",
    .help =
        "Usage: rclab mutants [OPTION]… [PATH…]\n"
        "Carries the scenarios of PATH (default: scenarios) out on phones with one deliberate\n"
        "defect each ('quirks'), those scenarios first that cover a rule that the defect breaks,\n"
        "until one fails and names such a rule. A scenario that fails on a sound phone too proves\n"
        "nothing and is not counted; neither is a lab error.\n\n"
        "      --quirk=NAME   this defect only; may be given several times\n"
        "      --all          every scenario on every defect, not only until it is caught\n"
        "      --shortened    120 scenarios a defect at most\n"
        "      --sound=N      instead: N times a scenario and a phone drawn at random among those\n"
        "                     that follow all rules; none may fail\n"
        "  -j, --jobs=N       so many runs side by side (default: one a processor)\n"
        "      --out=DIR      where mutants.json and the evidence go (default: out)\n"
        "      --seed=N       of everything drawn at random (default: 1)\n"
        "      --format=F     pretty (default), or json: what mutants.json holds\n"
        "      --help, --version\n\n"
        "Exit codes: 0 all caught for the right rule (--sound: nothing failed), 1 a defect\n"
        "survived or only a rule that it does not break was named (--sound: a false alarm),\n"
        "2 usage or scenario file wrong, 3 lab error.\n",
    .run = run,
};
