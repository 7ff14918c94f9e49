/* SPDX-License-Identifier: MIT */
#include "harness/command/run_settings.h"
#include "harness/base/duration.h"
#include "harness/command/quirk_option.h"
#include "harness/rack/rack_plan.h"
#include "harness/run/run.h"
#include <getopt.h>

enum { REPEAT_MAX = 1000 };

/* --- options ---------------------------------------------------------------------------------- */

enum {
    OPTION_OUT = OPTION_FIRST_OWN,
    OPTION_SEED,
    OPTION_TAG,
    OPTION_FORMAT,
    OPTION_REPEAT,
    OPTION_FAIL_FAST,
    OPTION_CLOCK,
    OPTION_QUIRK,
    OPTION_VARIATION,
    OPTION_DURATION_MAX
};

static const struct option options[] = {
    {"jobs", required_argument, NULL, 'j'},
    {"out", required_argument, NULL, OPTION_OUT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"tag", required_argument, NULL, OPTION_TAG},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"repeat", required_argument, NULL, OPTION_REPEAT},
    {"fail-fast", no_argument, NULL, OPTION_FAIL_FAST},
    {"clock", required_argument, NULL, OPTION_CLOCK},
    {"quirk", required_argument, NULL, OPTION_QUIRK},
    {"variation", required_argument, NULL, OPTION_VARIATION},
    LAB_OPTIONS,
    {"max-duration", required_argument, NULL, OPTION_DURATION_MAX},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* 0, or the exit code + 1. */
static int take_option(struct run_settings *settings, int option, char **arguments)
{
    static const char *const formats[] = {"pretty", "tap", "json", "quiet"};
    static const char *const clocks[] = {"warp", "real"};
    const struct command *self = &command_run;
    int choice = 0;
    switch (option) {
    case 'j':
        if (!command_number(optarg, 1, POOL_JOBS_MAX, &settings->parallel))
            return 1 + command_usage_error(self, "-j: '%s' is no number from 1 to %d", optarg,
                                           POOL_JOBS_MAX);
        return 0;
    case OPTION_OUT:
        settings->out = optarg;
        return *optarg ? 0 : 1 + command_usage_error(self, "--out needs a folder");
    case OPTION_SEED:
        if (!command_number(optarg, 0, UINT64_MAX, &settings->seed))
            return 1 + command_usage_error(self, "--seed: '%s' is no whole number", optarg);
        return 0;
    case OPTION_TAG:
        settings->tag = optarg;
        return 0;
    case OPTION_FORMAT:
        if (!command_choose(optarg, formats, 4, &choice))
            return 1 + command_usage_error(
                           self, "--format: '%s' is none of pretty, tap, json, quiet", optarg);
        settings->format = (enum report_format)choice;
        return 0;
    case OPTION_REPEAT:
        if (!command_number(optarg, 1, REPEAT_MAX, &settings->repeat))
            return 1 + command_usage_error(self, "--repeat: '%s' is no number from 1 to %d", optarg,
                                           REPEAT_MAX);
        return 0;
    case OPTION_FAIL_FAST:
        settings->fail_fast = true;
        return 0;
    case OPTION_CLOCK:
        if (!command_choose(optarg, clocks, 2, &choice))
            return 1 + command_usage_error(self, "--clock: '%s' is neither warp nor real", optarg);
        settings->clock = choice == 0 ? LOOP_CLOCK_WARP : LOOP_CLOCK_REAL;
        return 0;
    case OPTION_QUIRK:
        return quirk_option(self, optarg, &settings->quirk);
    case OPTION_VARIATION:
        if (!command_number(optarg, 0, UINT64_MAX, &settings->variation_seed))
            return 1 + command_usage_error(self, "--variation: '%s' is no whole number", optarg);
        settings->has_variation = true;
        phone_variation_draw(settings->variation_seed, &settings->variation);
        return 0;
    case OPTION_DURATION_MAX:
        if (!duration_parse(optarg, &settings->duration_max_us))
            return 1 +
                   command_usage_error(
                       self, "--max-duration: '%s' is no duration such as 90s, 30m or 2h", optarg);
        return 0;
    default:
        return lab_options_take(&settings->lab, option)
                   ? 0
                   : 1 + command_common_option(self, option, arguments);
    }
}

/* An option that would not do anything is a misunderstanding. */
static int check_lab_options(const struct run_settings *settings)
{
    const struct command *self = &command_run;
    const struct lab_options *lab = &settings->lab;
    bool of_a_lab = lab->phone_count > 0 || lab->no_prompt || lab->owns_network ||
                    settings->duration_max_us != RACK_DURATION_MAX_DEFAULT_US;
    if (!lab->file && of_a_lab)
        return 1 + command_usage_error(self, "--phone, --max-duration, --no-prompt and "
                                             "--i-own-this-network go with --lab");
    if (lab->file && (settings->quirk || settings->has_variation || settings->repeat > 1))
        return 1 + command_usage_error(self, "--quirk, --variation and --repeat are for emulated "
                                             "phones; with --lab use `rclab cycle` to repeat");
    return 0;
}

int run_settings_take(struct run_settings *settings, int argument_count, char **arguments)
{
    *settings = (struct run_settings){.parallel = command_parallel_default(),
                                      .seed = RUN_SEED_DEFAULT,
                                      .repeat = 1,
                                      .out = "out",
                                      .format = REPORT_PRETTY,
                                      .clock = LOOP_CLOCK_WARP,
                                      .duration_max_us = RACK_DURATION_MAX_DEFAULT_US};
    int option, code = lab_options_init(&settings->lab, argument_count);
    if (code != 0)
        return code;
    optind = 0; /* a fresh start, glibc's way */
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":j:", options, NULL)) != -1) {
        code = take_option(settings, option, arguments);
        if (code != 0)
            return code;
    }
    return check_lab_options(settings);
}

void run_settings_done(struct run_settings *settings)
{
    lab_options_done(&settings->lab);
}
