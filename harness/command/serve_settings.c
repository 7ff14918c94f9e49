/* SPDX-License-Identifier: MIT */
#include "harness/command/serve_settings.h"
#include "harness/serve/serve.h"
#include <getopt.h>
#include <stdint.h>

enum {
    OPTION_LAB = OPTION_FIRST_OWN,
    OPTION_SCENARIO,
    OPTION_CASE,
    OPTION_OUT,
    OPTION_SEED,
    OPTION_ANY_PHONE,
    OPTION_JSON,
    OPTION_OWN_NETWORK,
    OPTION_EVENTS_MAX,
    OPTION_CONTROL,
    OPTION_NAME,
    OPTION_SET,
    OPTION_SHOW,
    OPTION_STOP
};
enum { EVENTS_LEAST = 100, EVENTS_MOST = 1000000 };

static const struct option options[] = {
    {"lab", required_argument, NULL, OPTION_LAB},
    {"scenario", required_argument, NULL, OPTION_SCENARIO},
    {"case", required_argument, NULL, OPTION_CASE},
    {"out", required_argument, NULL, OPTION_OUT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"any-phone", no_argument, NULL, OPTION_ANY_PHONE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"i-own-this-network", no_argument, NULL, OPTION_OWN_NETWORK},
    {"events-max", required_argument, NULL, OPTION_EVENTS_MAX},
    {"control", required_argument, NULL, OPTION_CONTROL},
    {"name", required_argument, NULL, OPTION_NAME},
    {"set", required_argument, NULL, OPTION_SET},
    {"show", no_argument, NULL, OPTION_SHOW},
    {"stop", no_argument, NULL, OPTION_STOP},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static int take_order(const struct command *command, enum serve_order_kind kind,
                      struct serve_settings *settings)
{
    if (settings->is_order && (kind != SERVE_ORDER_SET || settings->order.kind != kind))
        return 1 + command_usage_error(command, "give --set (as often as you like), --show or "
                                                "--stop, not several of them");
    settings->is_order = true;
    settings->order.kind = kind;
    if (kind != SERVE_ORDER_SET)
        return 0;
    if (settings->order.step_count == SERVE_ORDER_STEPS_MAX)
        return 1 + command_usage_error(command, "at most %d --set at once", SERVE_ORDER_STEPS_MAX);
    settings->order.steps[settings->order.step_count++] = optarg;
    return 0;
}

static int take_numbers(const struct command *command, int option, struct serve_settings *settings)
{
    bool good = option == OPTION_SEED
                    ? command_number(optarg, 0, UINT64_MAX, &settings->seed)
                    : command_number(optarg, EVENTS_LEAST, EVENTS_MOST, &settings->events_max);
    if (good)
        return 0;
    return 1 + (option == OPTION_SEED
                    ? command_usage_error(command, "--seed: '%s' is no number", optarg)
                    : command_usage_error(command, "--events-max: '%s' is not in %d … %d", optarg,
                                          EVENTS_LEAST, EVENTS_MOST));
}

static int take_one(const struct command *command, int option, char **arguments,
                    struct serve_settings *settings)
{
    switch (option) {
    case OPTION_LAB:
        settings->lab = optarg;
        return 0;
    case OPTION_SCENARIO:
        settings->scenario = optarg;
        return 0;
    case OPTION_CASE:
        settings->case_name = optarg;
        return 0;
    case OPTION_OUT:
        settings->out = optarg;
        return 0;
    case OPTION_CONTROL:
        settings->control = optarg;
        return 0;
    case OPTION_NAME:
        settings->name = optarg;
        return 0;
    case OPTION_ANY_PHONE:
        settings->any_phone = true;
        return 0;
    case OPTION_JSON:
        settings->json = true;
        return 0;
    case OPTION_OWN_NETWORK:
        settings->owns_network = true;
        return 0;
    case OPTION_SEED:
    case OPTION_EVENTS_MAX:
        return take_numbers(command, option, settings);
    case OPTION_SET:
        return take_order(command, SERVE_ORDER_SET, settings);
    case OPTION_SHOW:
        return take_order(command, SERVE_ORDER_SHOW, settings);
    case OPTION_STOP:
        return take_order(command, SERVE_ORDER_STOP, settings);
    default:
        return 1 + command_common_option(command, option, arguments);
    }
}

static int check(const struct command *command, const struct serve_settings *settings)
{
    if (settings->is_order && (settings->lab || settings->scenario))
        return 1 + command_usage_error(
                       command, "--set, --show and --stop are for a lab that is being served "
                                "(--name says which); --lab begins to serve one");
    if (!settings->is_order && !settings->lab)
        return 1 + command_usage_error(command, "say which lab: --lab FILE");
    if (!settings->is_order && settings->name)
        return 1 + command_usage_error(command, "--name is for --set, --show and --stop; the lab "
                                                "file names the lab");
    if (settings->case_name && !settings->scenario)
        return 1 + command_usage_error(command, "--case is for --scenario");
    return 0;
}

int serve_settings_take(const struct command *command, int argument_count, char **arguments,
                        struct serve_settings *ret_settings)
{
    int option, code = 0;
    *ret_settings = (struct serve_settings){
        .out = "out/serve", .seed = 1, .events_max = SERVE_EVENTS_MAX_DEFAULT};
    optind = 0;
    opterr = 0;
    while (code == 0 && (option = getopt_long(argument_count, arguments, ":", options, NULL)) != -1)
        code = take_one(command, option, arguments, ret_settings);
    if (code == 0 && optind < argument_count)
        code = 1 + command_usage_error(command, "'%s' is too much", arguments[optind]);
    return code ? code : check(command, ret_settings);
}
