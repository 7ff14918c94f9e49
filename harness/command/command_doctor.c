/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/command/lab_session.h"
#include "harness/doctor/doctor.h"
#include <getopt.h>

struct doctor_settings {
    const char *lab;
    bool owns_network;
};
static const struct command_option options[] = {
    {"lab", .kind = OPTION_TEXT, .to = offsetof(struct doctor_settings, lab)},
    {"i-own-this-network", .kind = OPTION_FLAG,
     .to = offsetof(struct doctor_settings, owns_network)},
    {.name = NULL},
};

static enum exit_code look(const struct lab_file *lab, bool owns_network)
{
    struct doctor_report report = {.stream = stdout};
    doctor_look_at_machine(&report);
    if (lab)
        doctor_look_at_lab(lab, owns_network, &report);
    if (report.bad > 0)
        printf("%u of these must be mended before 'rclab run%s' works here.\n", report.bad,
               lab ? " --lab" : "");
    return report.bad > 0 ? EXIT_CODE_LAB : EXIT_CODE_PASS;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct doctor_settings settings = {.lab = NULL};
    struct lab_session session = {0};
    enum exit_code code = options_take(&command_doctor, argument_count, arguments, &settings);
    if (code != GO_ON)
        return code;
    if (optind < argument_count)
        return command_usage_error(&command_doctor, "it takes no argument: '%s'",
                                   arguments[optind]);
    if (settings.owns_network && !settings.lab)
        return command_usage_error(&command_doctor, "--i-own-this-network goes with --lab");
    if (settings.lab)
        code = lab_session_load(settings.lab, &session);
    if (code == GO_ON)
        code = look(session.lab, settings.owns_network);
    lab_session_close(&session);
    return code;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "says what this machine or a lab of real phones lacks, and what to do about it",
    .help =
        "Usage: rclab doctor [--lab=FILE]\n"
        "Tries what a run needs (namespaces, a bridge, capturing, dnsmasq) and says of each\n"
        "whether it works here and what to do if not. Changes nothing.\n\n"
        "      --lab=FILE     a lab of real phones (scenarios/lab-file.md), as root: its wire,\n"
        "                     addresses, certificates, commands, switch ports, and each phone's\n"
        "                     page. Sends questions only; an interface that is down is raised\n"
        "                     while it asks\n"
        "      --i-own-this-network  hints only of what `rclab run` then goes on in spite of\n"
        "      --help, --version\n\n"
        "Each line: ok, BAD (a run will not work; what to do about it), or hint.\n"
        "Exit codes: 0 all there (hints or not), 2 usage, or the lab file is wrong, 3 something\n"
        "is missing.\n",
    .options = options,
    .run = run,
};
