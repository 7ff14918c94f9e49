/* SPDX-License-Identifier: MIT */
#include "harness/command/cycle_settings.h"
#include "harness/base/duration.h"
#include "harness/base/size.h"
#include "harness/command/quirk_option.h"
#include "harness/run/pool.h"
#include <getopt.h>
#include <stdlib.h>

enum { CYCLE_FAILURES_DEFAULT = 10 };
#define CYCLE_DISK_DEFAULT (UINT64_C(1) << 30)

enum {
    OPTION_LAB = OPTION_FIRST_OWN,
    OPTION_EMULATED,
    OPTION_PHONE,
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
    OPTION_VARIATION,
    OPTION_NO_PROMPT,
    OPTION_OWN_NETWORK
};
static const struct option options[] = {
    {"jobs", required_argument, NULL, 'j'},
    {"lab", required_argument, NULL, OPTION_LAB},
    {"emulated", required_argument, NULL, OPTION_EMULATED},
    {"phone", required_argument, NULL, OPTION_PHONE},
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
    {"no-prompt", no_argument, NULL, OPTION_NO_PROMPT},
    {"i-own-this-network", no_argument, NULL, OPTION_OWN_NETWORK},
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

static int take_flag(struct cycle_settings *settings, int option, char **arguments)
{
    switch (option) {
    case OPTION_RESUME:
        settings->resume = true;
        return 0;
    case OPTION_NO_PROMPT:
        settings->no_prompt = true;
        return 0;
    case OPTION_OWN_NETWORK:
        settings->owns_network = true;
        return 0;
    default:
        return 1 + command_common_option(self, option, arguments);
    }
}

static int take_option(struct cycle_settings *settings, int option, char **arguments)
{
    switch (option) {
    case 'j':
        return take_number("-j", 1, POOL_JOBS_MAX, &settings->parallel);
    case OPTION_LAB:
        settings->lab = optarg;
        return 0;
    case OPTION_EMULATED:
        return take_number("--emulated", 1, LAB_FILE_PHONES_MAX, &settings->emulated);
    case OPTION_PHONE:
        settings->phones[settings->phone_count++] = optarg;
        return 0;
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
        return take_flag(settings, option, arguments);
    }
}

/* An option that would not do anything is a misunderstanding. */
static int check(const struct cycle_settings *settings)
{
    if (!settings->lab && settings->emulated == 0)
        return 1 + command_usage_error(self, "on which phones? --lab=FILE names real ones, "
                                             "--emulated=N makes some");
    if (settings->lab && settings->emulated > 0)
        return 1 + command_usage_error(self, "either --lab or --emulated");
    if (!settings->lab && (settings->no_prompt || settings->owns_network))
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
    /* No more phones can be named than there are arguments. */
    settings->phones = calloc((size_t)argument_count + 1, sizeof *settings->phones);
    if (!settings->phones) {
        struct error error;
        error_set(&error, ERROR_MEMORY, "out of memory");
        return 1 + command_lab_error(&error);
    }
    int option;
    optind = 0; /* a fresh start, glibc's way */
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":j:", options, NULL)) != -1) {
        int code = take_option(settings, option, arguments);
        if (code != 0)
            return code;
    }
    return check(settings);
}

void cycle_settings_done(struct cycle_settings *settings)
{
    free(settings->phones);
    settings->phones = NULL;
}
