/* SPDX-License-Identifier: MIT */
#include "harness/base/monotonic.h"
#include "harness/command/cycle_session.h"
#include "harness/cycle/cycle_screen.h"
#include "harness/cycle/summary.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_BYTES_MAX = 16 << 20 };
#define SUMMARY_EVERY_US UINT64_C(10000000)

static volatile sig_atomic_t interrupted, summary_wanted;

struct cycle_command {
    struct cycle_settings settings;
    struct cycle_session session;
    struct cycle_screen *screen;
    struct summary_usage usage_begin, usage_warm;
    uint64_t cycles_here, summary_us;
};

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

/* --- the summary ----------------------------------------------------------------------------- */

static struct summary_facts facts_of(const struct cycle_command *command)
{
    struct summary_facts facts = {.lab = command->session.lab.lab,
                                  .plan = &command->session.plan,
                                  .tally = &command->session.tally,
                                  .out = command->settings.out,
                                  .usage_begin = command->usage_begin,
                                  .usage_warm = command->usage_warm};
    summary_usage_read(&facts.usage_now); /* where there is no /proc it is left out */
    return facts;
}

static int write_summary(struct cycle_command *command, struct error *error)
{
    struct summary_facts facts = facts_of(command);
    command->summary_us = monotonic_us();
    return summary_write(&facts, error);
}

static void show_summary(struct cycle_command *command)
{
    struct summary_facts facts = facts_of(command);
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    if (command->settings.format == REPORT_JSON) {
        summary_json(&facts, &text);
        buffer_u8(&text, '\n');
    } else {
        summary_text(&facts, &text);
    }
    cycle_screen_text(command->screen, buffer_string(&text));
    buffer_done(&text);
}

/* --- as it goes ------------------------------------------------------------------------------ */

static void started(void *context, size_t course)
{
    const struct cycle_command *command = context;
    cycle_screen_started(command->screen, course);
}

static void come_in(void *context, uint64_t cycle, size_t course,
                    const struct report_result *result)
{
    const struct cycle_command *command = context;
    cycle_screen_result(command->screen, cycle, course, result);
}

static void heard(void *context, const struct rack_news *news)
{
    const struct cycle_command *command = context;
    cycle_screen_news(command->screen, news);
}

static void noted(void *context, const char *text)
{
    const struct cycle_command *command = context;
    cycle_screen_note(command->screen, text);
}

static void try_to_write_summary(struct cycle_command *command)
{
    struct error error;
    if (write_summary(command, &error) < 0)
        cycle_screen_note(command->screen, error.text);
}

static void ticked(void *context)
{
    struct cycle_command *command = context;
    if (summary_wanted) {
        summary_wanted = 0;
        try_to_write_summary(command);
        show_summary(command);
    }
    cycle_screen_tick(command->screen, monotonic_us());
}

static void cycle_over(void *context, uint64_t cycle)
{
    struct cycle_command *command = context;
    cycle_screen_cycle_over(command->screen, cycle);
    if (++command->cycles_here == SUMMARY_WARM_CYCLES)
        summary_usage_read(&command->usage_warm);
    if (monotonic_us() - command->summary_us >= SUMMARY_EVERY_US)
        try_to_write_summary(command);
}

/* --- the cycles ------------------------------------------------------------------------------ */

static int carry_out(struct cycle_command *command, enum cycle_end *ret_end, struct error *error)
{
    const struct cycle_settings *settings = &command->settings;
    struct cycle_config config = {.lab = command->session.lab.lab,
                                  .plan = &command->session.plan,
                                  .certificates = &command->session.lab.certificates,
                                  .emulated = command->session.emulated,
                                  .parallel = (unsigned)settings->parallel,
                                  .quirk = settings->quirk,
                                  .has_variation = settings->variation != NULL,
                                  .variation_seed = settings->variation_seed,
                                  .out = settings->out,
                                  .identity = command->session.identity,
                                  .seed = settings->seed,
                                  .limits = settings->limits,
                                  .no_prompt = settings->lab.no_prompt,
                                  .stop = &interrupted,
                                  .started = started,
                                  .result = come_in,
                                  .news = heard,
                                  .tick = ticked,
                                  .cycle_over = cycle_over,
                                  .note = noted,
                                  .context = command};
    return cycle_run(&config, &command->session.tally, ret_end, error);
}

static int exit_code(const struct cycle_command *command, enum cycle_end end)
{
    const struct tally *tally = &command->session.tally;
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
    uint64_t next = command->session.tally.cycle;
    switch (end) {
    case CYCLE_END_DONE:
        return;
    case CYCLE_END_FAILURES:
        fprintf(stderr,
                "rclab: %" PRIu64 " runs failed, as many as --max-failures allows. To go on: the "
                "same command with --resume and a higher one\n",
                command->session.tally.by_verdict[VERDICT_FAIL]);
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

static int cycle_and_report(struct cycle_command *command)
{
    enum cycle_end end = CYCLE_END_INTERRUPTED;
    struct error error = {0};
    struct cycle_screen_config config = {.format = command->settings.format,
                                         .lab = command->session.lab.lab,
                                         .plan = &command->session.plan,
                                         .tally = &command->session.tally,
                                         .limits = &command->settings.limits};
    int result = cycle_screen_new(&config, &command->screen, &error);
    if (result == 0) {
        summary_usage_read(&command->usage_begin);
        command->summary_us = monotonic_us();
        cycle_screen_tick(command->screen, command->summary_us);
        result = carry_out(command, &end, &error);
        cycle_screen_hide(command->screen);
    }
    if (result == 0)
        result = write_summary(command, &error);
    if (result < 0)
        return command_lab_error(&error);
    show_summary(command);
    cycle_screen_hide(command->screen);
    tell_end(command, end);
    return exit_code(command, end);
}

static int run(int argument_count, char **arguments)
{
    struct cycle_command command = {.session.lock_fd = -1};
    const struct cycle_settings *settings = &command.settings;
    int code = cycle_settings_take(&command.settings, argument_count, arguments);
    if (code == 0)
        code = cycle_session_load(&command.session, settings, arguments + optind,
                                  argument_count - optind);
    if (code == 0) {
        catch_signals();
        code = cycle_session_open(&command.session, settings);
    }
    if (code == 0)
        code = 1 + cycle_and_report(&command);
    cycle_screen_free(command.screen);
    cycle_session_done(&command.session);
    cycle_settings_done(&command.settings);
    return code - 1;
}

const struct command command_cycle = {
    .name = "cycle",
    .summary = "the same scenarios on the same phones, again and again, for days",
    .help =
        "Usage: rclab cycle --lab=FILE [OPTION]… [SCENARIO…]\n"
        "Carries the scenarios out on all phones of the lab at once, cycle after cycle, and keeps\n"
        "count: verdicts, how long each phone took from its boot to each state, the evidence of\n"
        "what failed. Default: " CYCLE_SCENARIO_DEFAULT "\n"
        "(a factory reset, and the phone has to become Acquired), until interrupted.\n\n"
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
    .run = run,
};
