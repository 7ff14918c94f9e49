/* SPDX-License-Identifier: MIT */
#include "harness/base/file.h"
#include "harness/base/suggest.h"
#include "harness/command/lab_session.h"
#include "harness/mutants/mutants.h"
#include "harness/report/json.h"
#include "harness/report/report.h"
#include "harness/run/run.h"
#include <getopt.h>
#include <unistd.h>

enum { QUIRKS_MAX = 1000, TRIES_SHORTENED = 120 };

struct command_settings {
    uint64_t parallel, seed, sound_runs; /* sound_runs 0: defects */
    const char *out;
    struct chosen_quirks {
        const struct phone_quirk *items[QUIRKS_MAX];
        size_t count;
    } quirks;
    int format; /* which of the words */
    bool everything, shortened;
    struct mutants_settings mutants;
};

/* --- options ---------------------------------------------------------------------------------- */

static enum exit_code add_quirk(const struct command *command, void *member, const char *value)
{
    struct chosen_quirks *quirks = member;
    const char *names[QUIRKS_MAX];
    const struct phone_quirk *quirk = phone_quirk_find(value);
    for (size_t i = 0; i < quirks->count; i++)
        if (quirks->items[i] == quirk)
            return GO_ON;
    if (quirk && quirks->count < QUIRKS_MAX) {
        quirks->items[quirks->count++] = quirk;
        return GO_ON;
    }
    size_t count = 0;
    for (; count < phone_quirk_count && count < QUIRKS_MAX; count++)
        names[count] = phone_quirks[count].name;
    const char *near = suggest_nearest(value, names, count);
    return command_usage_error(command, "unknown quirk '%s'%s%s%s", value,
                               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

enum { FORMAT_PRETTY, FORMAT_JSON };
static const char *const formats[] = {"pretty", "json", NULL};

#define TO(member) offsetof(struct command_settings, member)
static const struct command_option options[] = {
    OPTION_JOBS(struct command_settings, parallel, "is no whole number from"),
    OPTION_OUT(struct command_settings, out),
    {"seed", .kind = OPTION_NUMBER, .to = TO(seed), .most = UINT64_MAX,
     .complaint = "is no whole number from"},
    {"quirk", .kind = OPTION_OWN, .to = TO(quirks), .take = add_quirk},
    {"format", .kind = OPTION_WORD, .to = TO(format), .words = formats,
     .complaint = "is neither pretty nor json"},
    {"sound", .kind = OPTION_NUMBER, .to = TO(sound_runs), .least = 1, .most = SOUND_RUNS_MAX,
     .complaint = "is no whole number from"},
    {"all", .kind = OPTION_FLAG, .to = TO(everything)},
    {"shortened", .kind = OPTION_FLAG, .to = TO(shortened)},
    {.name = NULL},
};

/* --- runs ------------------------------------------------------------------------------------- */

#define WITHOUT_THE_REST "what had not ended does not count"

static int write_reports(const struct mutants *mutants, const struct command_settings *settings,
                         struct error *error)
{
    char path[FILE_PATH_MAX];
    bool as_json = settings->format == FORMAT_JSON;
    struct buffer json, text;
    buffer_init(&json, REPORT_FILE_BYTES_MAX);
    buffer_init(&text, REPORT_FILE_BYTES_MAX);
    mutants_report_json(mutants, &json);
    mutants_report_text(mutants, terminal_colours(stdout), &text);
    snprintf(path, sizeof path, "%s/" MUTANTS_JSON_NAME, settings->out);
    int result = report_file_write(path, &json, error);
    if (result == 0) {
        fputs(buffer_string(as_json ? &json : &text), stdout);
        if (!as_json)
            printf("Report: %s; evidence: %s/mutants/DEFECT/SCENARIO/\n", path, settings->out);
    }
    buffer_done(&json);
    buffer_done(&text);
    return result;
}

static enum exit_code run_mutants(const struct command_settings *settings,
                                  const struct suite *suite, struct error *error)
{
    struct mutants mutants;
    int result =
        mutants_init(&mutants, suite, settings->quirks.items, settings->quirks.count, error);
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
        return command_interrupted(WITHOUT_THE_REST);
    if (killed == count)
        return EXIT_CODE_PASS;
    return killed + undecided == count ? EXIT_CODE_LAB : EXIT_CODE_FAIL;
}

static enum exit_code run_sound(const struct command_settings *settings, const struct suite *suite,
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
        return command_interrupted(WITHOUT_THE_REST);
    if (failed > 0)
        return EXIT_CODE_FAIL;
    return errors > 0 ? EXIT_CODE_LAB : EXIT_CODE_PASS;
}

static enum exit_code run_all(struct command_settings *settings, const struct suite *suite)
{
    struct certificates certificates = {0};
    struct error error = {0};
    enum exit_code code;
    settings->mutants =
        (struct mutants_settings){.out = settings->out,
                                  .parallel = (unsigned)settings->parallel,
                                  .seed = settings->seed,
                                  .everything = settings->everything,
                                  .tries_max = settings->shortened ? TRIES_SHORTENED : 0,
                                  .certificates = &certificates,
                                  .stop = command_catch_signals(),
                                  .progress = isatty(STDERR_FILENO) ? stderr : NULL};
    int result = folder_make(settings->out, &error);
    if (result == 0)
        result = lab_session_emulated_certificates(&certificates, &error);
    if (result < 0)
        code = command_lab_error(&error);
    else if (settings->sound_runs > 0)
        code = run_sound(settings, suite, &error);
    else
        code = run_mutants(settings, suite, &error);
    certificates_done(&certificates);
    return code;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct command_settings settings = {
        .out = "out", .parallel = command_parallel_default(), .seed = RUN_SEED_DEFAULT};
    struct suite suite;
    enum exit_code code = options_take(&command_mutants, argument_count, arguments, &settings);
    if (code != GO_ON)
        return code;
    if (settings.sound_runs > 0 && (settings.quirks.count > 0 || settings.format == FORMAT_JSON ||
                                    settings.everything || settings.shortened))
        return command_usage_error(&command_mutants, "--sound goes with -j, --out and --seed only");
    code = command_load_suite(arguments + optind, argument_count - optind, &suite);
    if (code != GO_ON)
        return code;
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
    .options = options,
    .run = run,
};
