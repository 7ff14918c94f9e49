/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/observe/watch.h"
#include "harness/report/report.h"
#include <getopt.h>
#include <signal.h>

struct watch_settings {
    const char *interface;
    struct watch_options watching;
};
static const struct command_option options[] = {
    {"interface", 'i', .kind = OPTION_TEXT, .to = offsetof(struct watch_settings, interface)},
    {"json", .kind = OPTION_FLAG, .to = offsetof(struct watch_settings, watching.json)},
    {.name = NULL},
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static enum exit_code watch(const struct watch_settings *settings, const char *path)
{
    struct error error = {0};
    int result;
    if (settings->interface) {
        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        result = watch_interface(settings->interface, stdout, &settings->watching, &stop, &error);
    } else {
        result = watch_file(path, stdout, &settings->watching, &error);
    }
    if (result == 0)
        return EXIT_CODE_PASS;
    fflush(stdout);
    return command_error(&command_watch, settings->interface ? EXIT_CODE_LAB : EXIT_CODE_USAGE,
                         &error);
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct watch_settings settings = {.watching.colour = terminal_colours(stdout)};
    enum exit_code code = options_take(&command_watch, argument_count, arguments, &settings);
    if (code != GO_ON)
        return code;
    int files = argument_count - optind;
    if (settings.interface ? files != 0 : files != 1)
        return command_usage_error(&command_watch,
                                   "give one capture file, or -i and one interface");
    return watch(&settings, arguments[optind]);
}

const struct command command_watch = {
    .name = "watch",
    .summary = "prints what phones do in a capture, or live on a wire",
    .help = "Usage: rclab watch [--json] CAPTURE\n"
            "       rclab watch [--json] -i INTERFACE\n"
            "Prints the timeline of all phones in a pcap or pcapng file, or live (until Ctrl-C),\n"
            "with the Customization States that their traffic proves. Live needs the right to\n"
            "capture (root or CAP_NET_RAW); nothing is ever sent.\n\n"
            "  -i, --interface=I  live on this interface\n"
            "      --json         one JSON object a line\n"
            "      --help, --version\n",
    .options = options,
    .run = run,
};
