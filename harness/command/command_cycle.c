/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/command/lab_session.h"
#include "harness/cycle/cycle.h"
#include "harness/cycle/state_file.h"
#include "harness/run/run.h"
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAILURES_DEFAULT = 10 };
#define DISK_DEFAULT (UINT64_C(1) << 30)
#define NO_DURATION "is no duration such as 90s, 8h or 3d"
#define SCENARIO_DEFAULT "scenarios/open/straight-to-acquired.yaml"

static volatile sig_atomic_t interrupted, summary_wanted;

struct cycle_settings {
    struct lab_options lab; /* no file: --emulated */
    uint64_t emulated;      /* so many phones; 0: those of the lab's file */
    struct cycle_limits limits;
    bool resume;
    const char *out;
    uint64_t seed, parallel;
    int format; /* which of the words */
    const struct phone_quirk *quirk;
    struct option_variation variation;
};
struct cycle_command {
    struct cycle_settings settings;
    struct suite suite;
    struct lab_session lab;
    bool emulated; /* its phones */
    struct rack_plan plan;
    struct tally tally;
    json_t *identity;
    int lock_fd; /* of the folder that all goes to */
};

/* --- options ---------------------------------------------------------------------------------- */

static enum exit_code take_disk(const struct command *command, void *member, const char *value)
{
    uint64_t *bytes = member;
    if (size_parse(value, bytes) && *bytes > 0)
        return GO_ON;
    return command_usage_error(command, "--disk: '%s' is no size such as 500M or 2G", value);
}

static const char *const format_words[] = {"pretty", "json", "quiet", NULL};
static const enum report_format formats[] = {REPORT_PRETTY, REPORT_JSON, REPORT_QUIET};

#define TO(member) offsetof(struct cycle_settings, member)
static const struct command_option options[] = {
    OPTION_JOBS(struct cycle_settings, parallel, "is no number from"),
    LAB_OPTIONS(struct cycle_settings, lab),
    {"emulated", .kind = OPTION_NUMBER, .to = TO(emulated), .least = 1, .most = LAB_FILE_PHONES_MAX,
     .complaint = "is no number from"},
    {"times", .kind = OPTION_NUMBER, .to = TO(limits.cycles), .least = 1, .most = UINT64_MAX,
     .complaint = "is no whole number above 0"},
    {"for", .kind = OPTION_DURATION, .to = TO(limits.duration_us), .least = 1,
     .complaint = NO_DURATION},
    {"disk", .kind = OPTION_OWN, .to = TO(limits.disk_bytes), .take = take_disk},
    {"max-failures", .kind = OPTION_NUMBER, .to = TO(limits.failures), .most = UINT64_MAX,
     .complaint = "is no whole number"},
    {"retry-quarantined", .kind = OPTION_DURATION, .to = TO(limits.retry_quarantined_us),
     .least = 1, .complaint = NO_DURATION},
    {"resume", .kind = OPTION_FLAG, .to = TO(resume)},
    OPTION_OUT(struct cycle_settings, out),
    {"seed", .kind = OPTION_NUMBER, .to = TO(seed), .most = UINT64_MAX,
     .complaint = "is no whole number"},
    {"format", .kind = OPTION_WORD, .to = TO(format), .words = format_words,
     .complaint = "is none of pretty, json, quiet"},
    OPTION_QUIRK(struct cycle_settings, quirk),
    OPTION_VARIATION(struct cycle_settings, variation),
    {.name = NULL},
};

/* An option that would not do anything is a misunderstanding. */
static enum exit_code check(const struct cycle_settings *settings)
{
    if (!settings->lab.file && settings->emulated == 0)
        return command_usage_error(&command_cycle,
                                   "on which phones? --lab=FILE names real ones, --emulated=N "
                                   "makes some");
    if (settings->lab.file && settings->emulated > 0)
        return command_usage_error(&command_cycle, "either --lab or --emulated");
    if (!settings->lab.file && (settings->lab.no_prompt || settings->lab.owns_network))
        return command_usage_error(&command_cycle,
                                   "--no-prompt and --i-own-this-network go with --lab");
    return GO_ON;
}

/* --- what it works with ----------------------------------------------------------------------- */

static enum exit_code load_lab(struct cycle_command *command)
{
    const struct cycle_settings *settings = &command->settings;
    struct error error = {0};
    if (!settings->lab.file) {
        command->emulated = true;
        if (rack_emulated_lab_make(settings->emulated, &command->lab.lab, &error) < 0)
            return command_lab_error(&error);
        return GO_ON;
    }
    enum exit_code code = lab_session_load(settings->lab.file, &command->lab);
    if (code != GO_ON)
        return code;
    command->emulated = command->lab.lab->interface == NULL;
    if (command->emulated && command->lab.lab->phone_count == 0)
        return command_usage_error(&command_cycle,
                                   "%s names neither a wire nor phones: give --emulated=N "
                                   "instead of --lab",
                                   settings->lab.file);
    if (!command->emulated && (settings->quirk || settings->variation.text))
        return command_usage_error(&command_cycle,
                                   "--quirk and --variation are for emulated phones");
    return GO_ON;
}

static enum exit_code make_plan(struct cycle_command *command)
{
    const struct lab_file *lab = command->lab.lab;
    struct rack_options planning = {.no_prompt = command->settings.lab.no_prompt};
    struct rack_plan *plan = &command->plan;
    struct error error = {0};
    bool *chosen;
    enum exit_code code = lab_session_choose(&command_cycle, lab, &command->settings.lab, &chosen);
    if (code != GO_ON)
        return code;
    int result = command->emulated
                     ? rack_plan_make_emulated(&command->suite, lab, chosen, plan, &error)
                     : rack_plan_make(&command->suite, lab, chosen, &planning, plan, &error);
    free(chosen);
    if (result < 0)
        return command_lab_error(&error);
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->courses[i].skipped)
            fprintf(stderr, "rclab cycle: %s is left out: %s\n", plan->courses[i].bound.id,
                    plan->courses[i].skipped);
    }
    if (plan->run_count == 0)
        return command_usage_error(&command_cycle, "nothing is left to be run");
    return GO_ON;
}

/* Takes the folder, and what cycles before left in it. */
static enum exit_code look_at_folder(struct cycle_command *command)
{
    const struct cycle_settings *settings = &command->settings;
    struct state_identity facts = {.lab = command->lab.lab,
                                   .plan = &command->plan,
                                   .emulated = command->emulated,
                                   .seed = settings->seed,
                                   .defect = settings->quirk ? settings->quirk->name : NULL,
                                   .variation = settings->variation.text};
    struct error error = {0};
    command->identity = state_identity_make(&facts);
    int result = command->identity ? 0 : error_set(&error, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = tally_init(&command->tally, facts.lab->phone_count, command->plan.count, &error);
    if (result == 0)
        result = state_folder_claim(settings->out, &command->lock_fd, &error);
    if (result == 0)
        result = state_folder_look(settings->out, settings->resume, command->identity,
                                   &command->tally, &error);
    if (result == ERROR_INVALID)
        return command_usage_error(&command_cycle, "%s", error.text);
    return result < 0 ? command_lab_error(&error) : GO_ON;
}

/* Takes the wire, makes certificates. */
static enum exit_code open_lab(struct cycle_command *command)
{
    struct error error = {0};
    if (!command->emulated)
        return lab_session_open(&command_cycle, &command->lab, command->settings.lab.owns_network);
    if (lab_session_emulated_certificates(&command->lab.certificates, &error) < 0)
        return command_lab_error(&error);
    return GO_ON;
}

static void done(struct cycle_command *command)
{
    tally_done(&command->tally);
    json_decref(command->identity);
    rack_plan_done(&command->plan);
    lab_session_close(&command->lab);
    suite_free(&command->suite);
    if (command->lock_fd >= 0)
        close(command->lock_fd);
}

/* --- signals --------------------------------------------------------------------------------- */

/* Whoever asks twice does not want to wait: what runs dies with this process. */
static void on_end(int number)
{
    (void)number;
    if (interrupted)
        _exit(EXIT_CODE_INTERRUPTED);
    interrupted = 1;
}

static void on_summary(int number)
{
    (void)number;
    summary_wanted = 1;
}

static void catch_signals(void)
{
    struct sigaction end = {.sa_handler = on_end}, summary = {.sa_handler = on_summary};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    summary.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &summary, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* --- the cycles ------------------------------------------------------------------------------ */

static int carry_out(struct cycle_command *command, enum cycle_end *ret_end, struct error *error)
{
    const struct cycle_settings *settings = &command->settings;
    struct cycle_config config = {.lab = command->lab.lab,
                                  .plan = &command->plan,
                                  .certificates = &command->lab.certificates,
                                  .emulated = command->emulated,
                                  .parallel = (unsigned)settings->parallel,
                                  .quirk = settings->quirk,
                                  .has_variation = settings->variation.text != NULL,
                                  .variation_seed = settings->variation.seed,
                                  .out = settings->out,
                                  .identity = command->identity,
                                  .seed = settings->seed,
                                  .limits = settings->limits,
                                  .no_prompt = settings->lab.no_prompt,
                                  .stop = &interrupted,
                                  .format = formats[settings->format],
                                  .summary_wanted = &summary_wanted};
    return cycle_run(&config, &command->tally, ret_end, error);
}

static enum exit_code code_of(const struct cycle_command *command, enum cycle_end end)
{
    const struct tally *tally = &command->tally;
    if (end == CYCLE_END_INTERRUPTED)
        return EXIT_CODE_INTERRUPTED;
    if (tally->by_verdict[VERDICT_FAIL] > 0)
        return EXIT_CODE_FAIL;
    bool broken = tally->by_verdict[VERDICT_ERROR] > 0 || end != CYCLE_END_DONE;
    return broken ? EXIT_CODE_LAB : EXIT_CODE_PASS;
}

/* Why it ended before it was told to. */
static void tell_end(const struct cycle_command *command, enum cycle_end end)
{
    uint64_t next = command->tally.cycle;
    switch (end) {
    case CYCLE_END_DONE:
        return;
    case CYCLE_END_FAILURES:
        fprintf(stderr,
                "rclab: %" PRIu64 " runs failed, as many as --max-failures allows. To go on: the "
                "same command with --resume and a higher one\n",
                command->tally.by_verdict[VERDICT_FAIL]);
        return;
    case CYCLE_END_QUARANTINED:
        fputs("rclab: no phone is left: each of them broke a run. See to them, then the same "
              "command with --resume goes on\n",
              stderr);
        return;
    case CYCLE_END_LAB:
        fprintf(stderr,
                "rclab: the lab broke in %d cycles one after the other. Then: the same command "
                "with --resume goes on\n",
                CYCLE_BARREN_MAX);
        return;
    case CYCLE_END_INTERRUPTED:
        fprintf(stderr,
                "rclab: interrupted in cycle %" PRIu64 "; the same command with --resume goes on\n",
                next);
        return;
    }
}

static enum exit_code cycle_and_report(struct cycle_command *command)
{
    enum cycle_end end = CYCLE_END_INTERRUPTED;
    struct error error = {0};
    if (carry_out(command, &end, &error) < 0)
        return command_lab_error(&error);
    tell_end(command, end);
    return code_of(command, end);
}

static enum exit_code load_and_run(struct cycle_command *command, char **paths, int path_count)
{
    static char standard[] = SCENARIO_DEFAULT;
    char *default_paths[] = {standard};
    enum exit_code code = command_load_suite(path_count > 0 ? paths : default_paths,
                                             path_count > 0 ? path_count : 1, &command->suite);
    if (code == GO_ON)
        code = load_lab(command);
    if (code == GO_ON)
        code = make_plan(command);
    if (code == GO_ON)
        code = look_at_folder(command);
    if (code != GO_ON)
        return code;
    catch_signals();
    code = open_lab(command);
    return code == GO_ON ? cycle_and_report(command) : code;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct cycle_command command = {
        .lock_fd = -1,
        .settings = {.out = "out/cycle",
                     .seed = RUN_SEED_DEFAULT,
                     .parallel = command_parallel_default(),
                     .limits = {.disk_bytes = DISK_DEFAULT, .failures = FAILURES_DEFAULT}}};
    enum exit_code code =
        options_take(&command_cycle, argument_count, arguments, &command.settings);
    if (code == GO_ON)
        code = check(&command.settings);
    if (code == GO_ON)
        code = load_and_run(&command, arguments + optind, argument_count - optind);
    done(&command);
    return code;
}

const struct command command_cycle = {
    .name = "cycle",
    .summary = "the same scenarios on the same phones, again and again, for days",
    .help =
        "Usage: rclab cycle --lab=FILE [OPTION]… [SCENARIO…]\n"
        "Carries the scenarios out on all phones of the lab at once, cycle after cycle, and keeps\n"
        "count: verdicts, how long each phone took from its boot to each state, the evidence of\n"
        "what failed. Default: " SCENARIO_DEFAULT "\n"
        "(a factory reset, and the phone has to become "
        "Acquired), until interrupted.\n\n" /* vendor: help */
        "      --lab=FILE     the lab (scenarios/lab-file.md), as root; if its file names no\n"
        "                     interface its phones are emulated\n"
        "      --emulated=N   N emulated phones instead, whose time jumps where nothing happens\n"
        "      --phone=NAME   only this one of the phones; may be given several times\n"
        "      --times=N      N cycles\n"
        "      --for=D        no cycle begins after D of real time (90s, 8h, 3d)\n"
        "      --max-failures=N  stop once N runs have failed (default: 10; 0: never)\n"
        "      --retry-quarantined=D  try a phone that broke a run again after D (default: never)\n"
        "      --disk=SIZE    room for the evidence (500M, 2G; default: 1G). Runs that passed go\n"
        "                     first, the oldest first; those that did not may use half of it, and\n"
        "                     the first of each kind of failure of each phone always stays\n"
        "      --resume       go on where the cycles in DIR ended, however that was; begin if "
        "there\n"
        "                     are none. A run that was cut short is begun again\n"
        "      --out=DIR      where all goes (default: out/cycle)\n"
        "      --format=F     pretty (default), json (a line a run), quiet\n"
        "      --seed=N       of everything drawn at random (default: 1); cycle K has N + K - 1\n"
        "      --no-prompt, --i-own-this-network  as for `rclab run`\n"
        "      --help         this text;  --version\n"
        "Emulated phones only:\n"
        "  -j, --jobs=N       so many runs side by side (default: one a processor)\n"
        "      --quirk=NAME   phones with this deliberate defect (--quirk=help lists them)\n"
        "      --variation=N  phones drawn from seeds N, N + 1 …, as sound as the plain ones\n\n"
        "In DIR: cycle.txt and cycle.json (the summary; renewed at the end, every ten seconds, "
        "and\n"
        "at SIGUSR1), cycle.state (for --resume), runs/CYCLE/ID/ (the evidence, as of `rclab "
        "run`).\n"
        "SIGINT or SIGTERM: the state is kept, the summary is shown; a second one ends at once.\n"
        "Exit codes: 0 all pass, 1 a phone failed, 2 usage, lab file or scenario wrong, 3 lab "
        "error,\n130 interrupted.\n",
    .options = options,
    .run = run,
};
