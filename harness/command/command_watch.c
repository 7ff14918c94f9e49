/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/observe/watch.h"
#include "harness/report/terminal.h"
#include <getopt.h>
#include <signal.h>

enum { OPTION_JSON = OPTION_FIRST_OWN };

static const struct option options[] = {
    {"interface", required_argument, NULL, 'i'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static int watch(const char *interface, const char *path, const struct watch_options *watching)
{
    struct error error = {0};
    int result;
    if (interface) {
        struct sigaction action = {.sa_handler = on_signal};
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        setvbuf(stdout, NULL, _IOLBF, 0);
        result = watch_interface(interface, stdout, watching, &stop, &error);
    } else {
        result = watch_file(path, stdout, watching, &error);
    }
    if (result == 0)
        return EXIT_CODE_PASS;
    fflush(stdout);
    fprintf(stderr, "rclab watch: %s\n", error.text);
    return interface ? EXIT_CODE_LAB : EXIT_CODE_USAGE;
}

static int run(int argument_count, char **arguments)
{
    struct watch_options watching = {.colour = terminal_colours(stdout)};
    const char *interface = NULL;
    int option;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":i:", options, NULL)) != -1) {
        if (option == 'i')
            interface = optarg;
        else if (option == OPTION_JSON)
            watching.json = true;
        else
            return command_common_option(&command_watch, option, arguments);
    }
    int files = argument_count - optind;
    if (interface ? files != 0 : files != 1)
        return command_usage_error(&command_watch,
                                   "give one capture file, or -i and one interface");
    return watch(interface, arguments[optind], &watching);
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
    .run = run,
};
