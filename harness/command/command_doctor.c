/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/command/lab_session.h"
#include "harness/doctor/doctor.h"
#include "harness/doctor/lab.h"
#include "harness/lab/dnsmasq.h"
#include "harness/lab/lab.h"
#include "harness/observe/capture.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPTION_LAB = OPTION_FIRST_OWN, OPTION_OWN_NETWORK };
static const struct option options[] = {
    {"lab", required_argument, NULL, OPTION_LAB},
    {"i-own-this-network", no_argument, NULL, OPTION_OWN_NETWORK},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct finding {
    bool good;
    char text[ERROR_TEXT_MAX];
};

static void say(const char *what, const struct finding *finding, const char *needed_for,
                struct doctor_report *report)
{
    char advice[ERROR_TEXT_MAX];
    snprintf(advice, sizeof advice, "needed for: %s", needed_for);
    doctor_say(report, finding->good ? DOCTOR_OK : DOCTOR_BAD, what, finding->good ? NULL : advice,
               "%s", finding->text);
}

/* --- in a child, since it changes namespaces -----------------------------------------------------
 */

enum lab_stage { STAGE_NAMESPACES, STAGE_LAB, STAGE_CAPTURE, STAGE_COUNT };

static void try_lab(struct finding findings[STAGE_COUNT])
{
    struct error error = {0};
    struct lab *lab;
    struct capture *capture;
    struct lab_plan plan = lab_plan_emulated;
    plan.phone_count = 1;
    uid_t user = geteuid(); /* inside a user namespace it is 0 */
    if (lab_enter_namespaces(&error) < 0) {
        snprintf(findings[STAGE_NAMESPACES].text, ERROR_TEXT_MAX, "%s", error.text);
        return;
    }
    findings[STAGE_NAMESPACES].good = true;
    snprintf(findings[STAGE_NAMESPACES].text, ERROR_TEXT_MAX, "made %s",
             user == 0 ? "as root" : "in a user namespace");
    if (lab_new(&plan, &lab, &error) < 0) {
        snprintf(findings[STAGE_LAB].text, ERROR_TEXT_MAX,
                 "%.800s (kernel modules bridge and veth; CAP_NET_ADMIN in the container)",
                 error.text);
        return;
    }
    findings[STAGE_LAB].good = true;
    snprintf(findings[STAGE_LAB].text, ERROR_TEXT_MAX, "built and plugged a phone in");
    if (capture_open_interface(LAB_BRIDGE, CAPTURE_SNAPLEN_MTU, &capture, &error) < 0) {
        snprintf(findings[STAGE_CAPTURE].text, ERROR_TEXT_MAX, "%s", error.text);
        return;
    }
    findings[STAGE_CAPTURE].good = true;
    snprintf(findings[STAGE_CAPTURE].text, ERROR_TEXT_MAX, "frames can be read");
    capture_free(capture);
    lab_free(lab);
}

static void check_lab(struct doctor_report *report)
{
    static const char *const names[STAGE_COUNT] = {"network namespaces", "bridge and veth",
                                                   "packet capture"};
    size_t bytes = STAGE_COUNT * sizeof(struct finding);
    struct finding *findings =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (findings == MAP_FAILED)
        return;
    for (int i = 0; i < STAGE_COUNT; i++)
        snprintf(findings[i].text, ERROR_TEXT_MAX, "not tried, since the one above failed");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        try_lab(findings);
        _exit(0);
    }
    if (child > 0)
        waitpid(child, NULL, 0);
    for (int i = 0; i < STAGE_COUNT; i++)
        say(names[i], &findings[i], "rclab run (emulated labs)", report);
    munmap(findings, bytes);
}

/* --- programs
 * ---------------------------------------------------------------------------------------- */

static bool first_line_of(const char *command, char *line, size_t size)
{
    FILE *pipe = popen(command, "re");
    if (!pipe)
        return false;
    bool good = fgets(line, (int)size, pipe) != NULL;
    pclose(pipe);
    line[strcspn(line, "\n")] = 0;
    return good;
}

static void check_dnsmasq(struct doctor_report *report)
{
    struct finding finding = {0};
    const char *program = dnsmasq_program();
    char command[256], line[256];
    if (!program) {
        snprintf(finding.text, sizeof finding.text,
                 "not found; install it (Debian, Ubuntu: apt-get install dnsmasq-base)");
    } else {
        snprintf(command, sizeof command, "%s --version 2>/dev/null", program);
        finding.good = first_line_of(command, line, sizeof line) &&
                       strncmp(line, "Dnsmasq version ", 16) == 0 &&
                       strtod(line + 16, NULL) >= 2.86;
        snprintf(finding.text, sizeof finding.text, "%s: %.200s%s", program, line,
                 finding.good ? "" : " (2.86 or newer is needed)");
    }
    say("dnsmasq", &finding, "rclab run (DHCP and DNS of the lab)", report);
}

static void check_kernel(struct doctor_report *report)
{
    struct utsname names;
    struct finding finding = {0};
    int major = 0, minor = 0;
    if (uname(&names) == 0 && sscanf(names.release, "%d.%d", &major, &minor) == 2) {
        finding.good = major > 5 || (major == 5 && minor >= 3);
        snprintf(finding.text, sizeof finding.text, "Linux %.60s%s", names.release,
                 finding.good ? "" : " (5.3 or newer is needed, for process descriptors)");
    }
    say("kernel", &finding, "rclab run", report);
}

static void look(const struct lab_file *lab, bool owns_network, struct doctor_report *report)
{
    check_kernel(report);
    check_dnsmasq(report);
    check_lab(report);
    puts("ok   check, list, judge    and watch of capture files need nothing of this");
    if (lab)
        doctor_look_at_lab(lab, owns_network, report);
    if (report->bad > 0)
        printf("%u of these must be mended before 'rclab run%s' works here.\n", report->bad,
               lab ? " --lab" : "");
}

static int run(int argument_count, char **arguments)
{
    struct doctor_report report = {0};
    struct lab_session session = {0};
    const char *lab = NULL;
    bool owns_network = false;
    int option;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":", options, NULL)) != -1) {
        if (option == OPTION_LAB)
            lab = optarg;
        else if (option == OPTION_OWN_NETWORK)
            owns_network = true;
        else
            return command_common_option(&command_doctor, option, arguments);
    }
    if (optind < argument_count)
        return command_usage_error(&command_doctor, "it takes no argument: '%s'",
                                   arguments[optind]);
    if (owns_network && !lab)
        return command_usage_error(&command_doctor, "--i-own-this-network goes with --lab");
    int code = lab ? lab_session_load(&command_doctor, lab, &session) : 0;
    if (code == 0)
        look(session.lab, owns_network, &report);
    lab_session_close(&session);
    if (code != 0)
        return code - 1;
    return report.bad > 0 ? EXIT_CODE_LAB : EXIT_CODE_PASS;
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
    .run = run,
};
