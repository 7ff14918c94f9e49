/* SPDX-License-Identifier: MIT */
#include "harness/command/cycle_settings.h"
#include "harness/base/duration.h"
#include "harness/command/quirk_option.h"
#include "harness/run/run.h"
#include <getopt.h>

enum { CYCLE_FAILURES_DEFAULT = 10 };
#define CYCLE_DISK_DEFAULT (UINT64_C(1) << 30)

enum {
    OPTION_EMULATED = OPTION_FIRST_OWN,
    OPTION_TIMES,
    OPTION_FOR,
    OPTION_DISK,
    OPTION_FAILURES_MAX,
    OPTION_RETRY,
    OPTION_RESUME,
    OPTION_OUT,
    OPTION_SEED,
    OPTION_FORMAT,
    OPTION_QUIRK,
    OPTION_VARIATION
};
static const struct option options[] = {
    {"jobs", required_argument, NULL, 'j'},
    LAB_OPTIONS,
    {"emulated", required_argument, NULL, OPTION_EMULATED},
    {"times", required_argument, NULL, OPTION_TIMES},
    {"for", required_argument, NULL, OPTION_FOR},
    {"disk", required_argument, NULL, OPTION_DISK},
    {"max-failures", required_argument, NULL, OPTION_FAILURES_MAX},
    {"retry-quarantined", required_argument, NULL, OPTION_RETRY},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"out", required_argument, NULL, OPTION_OUT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"quirk", required_argument, NULL, OPTION_QUIRK},
    {"variation", required_argument, NULL, OPTION_VARIATION},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static const struct command *const self = &command_cycle;

static int take_number(const char *option, uint64_t least, uint64_t most, uint64_t *ret_number)
{
    if (command_number(optarg, least, most, ret_number))
        return 0;
    if (most == UINT64_MAX)
        return 1 + command_usage_error(self, "%s: '%s' is no whole number%s", option, optarg,
                                       least ? " above 0" : "");
    return 1 + command_usage_error(self, "%s: '%s' is no number from %llu to %llu", option, optarg,
                                   (unsigned long long)least, (unsigned long long)most);
}

static int take_duration(const char *option, uint64_t *ret_us)
{
    if (duration_parse(optarg, ret_us) && *ret_us > 0)
        return 0;
    return 1 + command_usage_error(self, "%s: '%s' is no duration such as 90s, 8h or 3d", option,
                                   optarg);
}

static int take_disk(uint64_t *ret_bytes)
{
    if (size_parse(optarg, ret_bytes) && *ret_bytes > 0)
        return 0;
    return 1 + command_usage_error(self, "--disk: '%s' is no size such as 500M or 2G", optarg);
}

static int take_format(enum report_format *ret_format)
{
    static const char *const words[] = {"pretty", "json", "quiet"};
    static const enum report_format formats[] = {REPORT_PRETTY, REPORT_JSON, REPORT_QUIET};
    int choice = 0;
    if (!command_choose(optarg, words, 3, &choice))
        return 1 +
               command_usage_error(self, "--format: '%s' is none of pretty, json, quiet", optarg);
    *ret_format = formats[choice];
    return 0;
}

static int take_option(struct cycle_settings *settings, int option, char **arguments)
{
    switch (option) {
    case 'j':
        return take_number("-j", 1, POOL_JOBS_MAX, &settings->parallel);
    case OPTION_EMULATED:
        return take_number("--emulated", 1, LAB_FILE_PHONES_MAX, &settings->emulated);
    case OPTION_TIMES:
        return take_number("--times", 1, UINT64_MAX, &settings->limits.cycles);
    case OPTION_FOR:
        return take_duration("--for", &settings->limits.duration_us);
    case OPTION_DISK:
        return take_disk(&settings->limits.disk_bytes);
    case OPTION_FAILURES_MAX:
        return take_number("--max-failures", 0, UINT64_MAX, &settings->limits.failures);
    case OPTION_RETRY:
        return take_duration("--retry-quarantined", &settings->limits.retry_quarantined_us);
    case OPTION_RESUME:
        settings->resume = true;
        return 0;
    case OPTION_OUT:
        settings->out = optarg;
        return *optarg ? 0 : 1 + command_usage_error(self, "--out needs a folder");
    case OPTION_SEED:
        return take_number("--seed", 0, UINT64_MAX, &settings->seed);
    case OPTION_FORMAT:
        return take_format(&settings->format);
    case OPTION_QUIRK:
        return quirk_option(self, optarg, &settings->quirk);
    case OPTION_VARIATION:
        settings->variation = optarg;
        return take_number("--variation", 0, UINT64_MAX, &settings->variation_seed);
    default:
        return lab_options_take(&settings->lab, option)
                   ? 0
                   : 1 + command_common_option(self, option, arguments);
    }
}

/* An option that would not do anything is a misunderstanding. */
static int check(const struct cycle_settings *settings)
{
    if (!settings->lab.file && settings->emulated == 0)
        return 1 + command_usage_error(self, "on which phones? --lab=FILE names real ones, "
                                             "--emulated=N makes some");
    if (settings->lab.file && settings->emulated > 0)
        return 1 + command_usage_error(self, "either --lab or --emulated");
    if (!settings->lab.file && (settings->lab.no_prompt || settings->lab.owns_network))
        return 1 + command_usage_error(self, "--no-prompt and --i-own-this-network go with --lab");
    return 0;
}

int cycle_settings_take(struct cycle_settings *settings, int argument_count, char **arguments)
{
    *settings = (struct cycle_settings){
        .out = "out/cycle",
        .seed = RUN_SEED_DEFAULT,
        .parallel = command_parallel_default(),
        .format = REPORT_PRETTY,
        .limits = {.disk_bytes = CYCLE_DISK_DEFAULT, .failures = CYCLE_FAILURES_DEFAULT}};
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
    return check(settings);
}

void cycle_settings_done(struct cycle_settings *settings)
{
    lab_options_done(&settings->lab);
}
