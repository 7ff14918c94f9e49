/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/command/doctor.h"
#include "harness/command/lab_session.h"
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

enum { OPTION_LAB = OPTION_FIRST_OWN };

static const struct option options[] = {
    {"lab", required_argument, NULL, OPTION_LAB},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct finding {
    bool good;
    char text[ERROR_TEXT_MAX];
};

void doctor_say(struct doctor *doctor, bool good, const char *what, const char *text)
{
    printf("%-4s %-22s %s\n", good ? "ok" : "BAD", what, text);
    doctor->bad += !good;
}

void doctor_hint(struct doctor *doctor, const char *what, const char *text)
{
    printf("%-4s %-22s %s\n", "hint", what, text);
    doctor->hints++;
}

static void say(const char *what, const struct finding *finding, const char *needed_for,
                struct doctor *doctor)
{
    doctor_say(doctor, finding->good, what, finding->text);
    if (!finding->good)
        printf("     needed for: %s\n", needed_for);
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

static void check_lab(struct doctor *doctor)
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
        say(names[i], &findings[i], "rclab run (emulated labs)", doctor);
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

static void check_dnsmasq(struct doctor *doctor)
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
    say("dnsmasq", &finding, "rclab run (DHCP and DNS of the lab)", doctor);
}

static void check_kernel(struct doctor *doctor)
{
    struct utsname names;
    struct finding finding = {0};
    int major = 0, minor = 0;
    if (uname(&names) == 0 && sscanf(names.release, "%d.%d", &major, &minor) == 2) {
        finding.good = major > 5 || (major == 5 && minor >= 3);
        snprintf(finding.text, sizeof finding.text, "Linux %.60s%s", names.release,
                 finding.good ? "" : " (5.3 or newer is needed, for process descriptors)");
    }
    say("kernel", &finding, "rclab run", doctor);
}

static int check_all(const char *lab_path)
{
    struct doctor doctor = {0};
    struct lab_session session = {0};
    if (lab_path && lab_session_load(&command_doctor, lab_path, &session) != 0)
        return EXIT_CODE_USAGE;
    check_kernel(&doctor);
    check_dnsmasq(&doctor);
    check_lab(&doctor);
    puts("ok   check, list, judge    and watch of capture files need nothing of this");
    if (session.lab)
        doctor_lab(&doctor, session.lab);
    lab_session_close(&session);
    if (doctor.bad > 0)
        printf("%u of these must be mended before 'rclab run%s' works here.\n", doctor.bad,
               lab_path ? " --lab" : "");
    return doctor.bad > 0 ? EXIT_CODE_LAB : EXIT_CODE_PASS;
}

static int run(int argument_count, char **arguments)
{
    const char *lab_path = NULL;
    int option;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":", options, NULL)) != -1) {
        if (option != OPTION_LAB)
            return command_common_option(&command_doctor, option, arguments);
        lab_path = optarg;
    }
    if (optind < argument_count)
        return command_usage_error(&command_doctor, "it takes no argument: '%s'",
                                   arguments[optind]);
    return check_all(lab_path);
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "says what this machine lacks, for what, and what to do about it",
    .help = "Usage: rclab doctor [--lab=FILE]\n"
            "Tries what a run needs (namespaces, a bridge, capturing, dnsmasq) and says of each\n"
            "whether it works here and what to do if not. Changes nothing.\n\n"
            "      --lab=FILE  also a lab of real devices (scenarios/lab-file.md): its wire, its\n"
            "                  certificates, who else is there, each phone, its page and drivers;\n"
            "                  as root\n"
            "      --help, --version\n\n"
            "A line each: ok, BAD (with what to do about it), hint (good to know).\n"
            "Exit codes: 0 nothing is bad, 2 usage or lab file wrong, 3 something is.\n",
    .run = run,
};
