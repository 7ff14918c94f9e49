/* SPDX-License-Identifier: MIT */
#include "harness/command/run.h"
#include "harness/rack/rack_plan.h"
#include "harness/run/run.h"
#include <getopt.h>

enum { REPEAT_MAX = 1000 };

static enum exit_code take_variation(const struct command *command, void *member, const char *value)
{
    struct run_variation *variation = member;
    if (!option_number(value, 0, UINT64_MAX, &variation->seed))
        return command_usage_error(command, "--variation: '%s' is no whole number", value);
    variation->given = true;
    phone_variation_draw(variation->seed, &variation->drawn);
    return GO_ON;
}

/* In the order of enum report_format and enum loop_clock. */
static const char *const formats[] = {"pretty", "tap", "json", "quiet", NULL};
static const char *const clocks[] = {"warp", "real", NULL};

#define TO(member) offsetof(struct run_settings, member)
static const struct command_option options[] = {
    OPTION_JOBS(struct run_settings, parallel, "is no number from"),
    OPTION_OUT(struct run_settings, out),
    {"seed", .kind = OPTION_NUMBER, .to = TO(seed), .most = UINT64_MAX,
     .complaint = "is no whole number"},
    {"tag", .kind = OPTION_TEXT, .to = TO(tag)},
    {"format", .kind = OPTION_WORD, .to = TO(format), .words = formats,
     .complaint = "is none of pretty, tap, json, quiet"},
    {"repeat", .kind = OPTION_NUMBER, .to = TO(repeat), .least = 1, .most = REPEAT_MAX,
     .complaint = "is no number from"},
    {"fail-fast", .kind = OPTION_FLAG, .to = TO(fail_fast)},
    {"clock", .kind = OPTION_WORD, .to = TO(clock), .words = clocks,
     .complaint = "is neither warp nor real"},
    OPTION_QUIRK(struct run_settings, quirk),
    {"variation", .kind = OPTION_OWN, .to = TO(variation), .take = take_variation},
    LAB_OPTIONS(struct run_settings, lab),
    {"max-duration", .kind = OPTION_DURATION, .to = TO(duration_max_us),
     .complaint = "is no duration such as 90s, 30m or 2h"},
    {.name = NULL},
};

/* An option that would not do anything is a misunderstanding. */
static enum exit_code check(const struct run_settings *settings)
{
    const struct lab_options *lab = &settings->lab;
    bool of_a_lab = lab->phone_count > 0 || lab->no_prompt || lab->owns_network ||
                    settings->duration_max_us != RACK_DURATION_MAX_DEFAULT_US;
    if (!lab->file && of_a_lab)
        return command_usage_error(&command_run, "--phone, --max-duration, --no-prompt and "
                                                 "--i-own-this-network go with --lab");
    if (lab->file && (settings->quirk || settings->variation.given || settings->repeat > 1))
        return command_usage_error(&command_run,
                                   "--quirk, --variation and --repeat are for emulated phones; "
                                   "with --lab use `rclab cycle` to repeat");
    return GO_ON;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct run_settings settings = {.parallel = command_parallel_default(),
                                    .seed = RUN_SEED_DEFAULT,
                                    .repeat = 1,
                                    .out = "out",
                                    .format = REPORT_PRETTY,
                                    .clock = LOOP_CLOCK_WARP,
                                    .duration_max_us = RACK_DURATION_MAX_DEFAULT_US};
    struct suite suite;
    enum exit_code code = options_take(&command_run, argument_count, arguments, &settings);
    if (code == GO_ON)
        code = check(&settings);
    if (code == GO_ON)
        code = command_load_suite(arguments + optind, argument_count - optind, &suite);
    if (code != GO_ON)
        return code;
    const volatile sig_atomic_t *interrupted = command_catch_signals();
    if (settings.lab.file)
        code = run_lab(&settings, &suite, interrupted);
    if (code == GO_ON)
        code = run_emulated(&settings, &suite, interrupted);
    suite_free(&suite);
    return code;
}

const struct command command_run = {
    .name = "run",
    .summary = "carries scenarios out and gives a verdict on each",
    .help =
        "Usage: rclab run [OPTION]… [PATH…]\n"
        "Carries out the scenarios of the files and folders PATH (default: scenarios) on emulated\n"
        "phones: real dnsmasq, real packets, real TLS, time that jumps where nothing happens.\n"
        "Runs as root, or as a user who may make user namespaces.\n\n"
        "  -j, --jobs=N       so many scenarios side by side (default: one a processor)\n"
        "      --out=DIR      where the reports and runs go (default: out)\n"
        "      --seed=N       of everything drawn at random; same seed, same timeline (default: "
        "1)\n"
        "      --tag=T        only scenarios with this tag\n"
        "      --format=F     pretty (default), tap, json (a line a result), quiet\n"
        "      --repeat=N     each scenario N times, with seeds of their own; what differs is "
        "FLAKY\n"
        "      --fail-fast    start nothing new after the first scenario that does not pass\n"
        "      --clock=C      warp (default), or real: nothing is skipped\n"
        "      --quirk=NAME   phones with this deliberate defect: the suite must fail\n"
        "                         (--quirk=help lists them)\n"
        "      --variation=N  phones drawn from this seed, as sound as the plain ones\n"
        "      --help         this text;  --version\n\n"
        "With real devices instead (scenarios/lab-file.md), as root:\n"
        "      --lab=FILE     the lab: its wire, its phones, how they are reset\n"
        "      --phone=NAME   only this one of the lab's phones; may be given several times\n"
        "      --max-duration=D  skip scenarios that take longer (default: 30m; 0s: none)\n"
        "      --no-prompt    skip what a person would have to do by hand\n"
        "      --i-own-this-network  go on although the interface carries the default route, or\n"
        "                     another DHCP server answers on it\n\n"
        "In DIR: junit.xml, results.json, and for each scenario runs/ID/ with scenario.yaml,\n"
        "timeline.jsonl, capture.pcapng (events in its comments), run.json, verdict.json, logs.\n"
        "Exit codes: 0 all pass, 1 a phone failed, 2 usage or scenario file wrong, 3 lab error.\n",
    .options = options,
    .run = run,
};
