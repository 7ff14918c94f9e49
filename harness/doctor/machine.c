/* SPDX-License-Identifier: MIT */
#include "harness/doctor/doctor.h"
#include "harness/lab/dnsmasq.h"
#include "harness/lab/lab.h"
#include "harness/observe/capture.h"
#include "harness/run/worker.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

/* --- in a process of its own, since it changes namespaces ------------------------------------ */

enum lab_stage { STAGE_NAMESPACES, STAGE_LAB, STAGE_CAPTURE, STAGE_COUNT };

#define FOR_LABS "needed for: rclab run (emulated labs)"

static void try_lab(void *context)
{
    struct doctor_finding *findings = context;
    struct error error = {0};
    struct lab *lab;
    struct capture *capture;
    struct lab_plan plan = lab_plan_emulated;
    plan.phone_count = 1;
    uid_t user = geteuid(); /* inside a user namespace it is 0 */
    if (lab_enter_namespaces(&error) < 0) {
        doctor_set(&findings[STAGE_NAMESPACES], DOCTOR_BAD, FOR_LABS, "%s", error.text);
        return;
    }
    doctor_set(&findings[STAGE_NAMESPACES], DOCTOR_OK, NULL, "made %s",
               user == 0 ? "as root" : "in a user namespace");
    if (lab_new(&plan, &lab, &error) < 0) {
        doctor_set(&findings[STAGE_LAB], DOCTOR_BAD, FOR_LABS,
                   "%.800s (kernel modules bridge and veth; CAP_NET_ADMIN in the container)",
                   error.text);
        return;
    }
    doctor_set(&findings[STAGE_LAB], DOCTOR_OK, NULL, "built and plugged a phone in");
    if (capture_open_interface(LAB_BRIDGE, CAPTURE_SNAPLEN_MTU, &capture, &error) < 0) {
        doctor_set(&findings[STAGE_CAPTURE], DOCTOR_BAD, FOR_LABS, "%s", error.text);
    } else {
        doctor_set(&findings[STAGE_CAPTURE], DOCTOR_OK, NULL, "frames can be read");
        capture_free(capture);
    }
    lab_free(lab);
}

static void check_lab(struct doctor_report *report)
{
    static const char *const names[STAGE_COUNT] = {"network namespaces", "bridge and veth",
                                                   "packet capture"};
    struct worker worker;
    struct error error;
    char ignored[WORKER_TEXT_MAX];
    size_t bytes = STAGE_COUNT * sizeof(struct doctor_finding);
    struct doctor_finding *findings =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (findings == MAP_FAILED)
        return;
    for (int i = 0; i < STAGE_COUNT; i++)
        doctor_set(&findings[i], DOCTOR_BAD, FOR_LABS, "not tried, since the one above failed");
    if (worker_start(&worker, try_lab, findings, &error) == 0)
        worker_collect(&worker, "the trial", ignored);
    for (int i = 0; i < STAGE_COUNT; i++)
        doctor_tell(report, names[i], &findings[i]);
    munmap(findings, bytes);
}

/* --- programs -------------------------------------------------------------------------------- */

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
    static const char needed_for[] = "needed for: rclab run (DHCP and DNS of the lab)";
    const char *program = dnsmasq_program();
    char command[256], line[256] = "";
    if (!program) {
        doctor_say(report, DOCTOR_BAD, "dnsmasq", needed_for,
                   "not found; install it (Debian, Ubuntu: apt-get install dnsmasq-base)");
        return;
    }
    snprintf(command, sizeof command, "%s --version 2>/dev/null", program);
    bool good = first_line_of(command, line, sizeof line) &&
                strncmp(line, "Dnsmasq version ", 16) == 0 && strtod(line + 16, NULL) >= 2.86;
    doctor_say(report, good ? DOCTOR_OK : DOCTOR_BAD, "dnsmasq", good ? NULL : needed_for,
               "%s: %.200s%s", program, line, good ? "" : " (2.86 or newer is needed)");
}

static void check_kernel(struct doctor_report *report)
{
    struct utsname names = {.release = ""};
    int major = 0, minor = 0;
    uname(&names);
    bool good = sscanf(names.release, "%d.%d", &major, &minor) == 2 &&
                (major > 5 || (major == 5 && minor >= 3));
    doctor_say(report, good ? DOCTOR_OK : DOCTOR_BAD, "kernel",
               good ? NULL : "needed for: rclab run", "Linux %.60s%s", names.release,
               good ? "" : " (5.3 or newer is needed, for process descriptors)");
}

void doctor_look_at_machine(struct doctor_report *report)
{
    check_kernel(report);
    check_dnsmasq(report);
    check_lab(report);
    fputs("ok   check, list, judge    and watch of capture files need nothing of this\n",
          report->stream);
}
