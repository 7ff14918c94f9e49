/* SPDX-License-Identifier: MIT */
#include "harness/command/doctor.h"
#include "harness/device/device.h"
#include "harness/device/snmp_port.h"
#include "harness/lab/uplink.h"
#include "harness/lab/wire_check.h"
#include "harness/rack/rack_site.h"
#include "harness/run/site.h"
#include "harness/run/status_page.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WHAT_BYTES_MAX = 64, PATH_BYTES_MAX = 4096 };
#define SNMP_QUESTION_US UINT64_C(2000000)
#define HEARTBEAT_US UINT64_C(100000)

struct finding { /* shared with a child */
    bool asked, good;
    char text[ERROR_TEXT_MAX];
};

/* A process of its own does it: it enters namespaces, or changes what cannot be changed back. */
static bool in_child(void (*body)(void *context), void *context)
{
    int status = 0;
    pid_t parent = getpid();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            body(context);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
}

/* --- on the wire -------------------------------------------------------------------------------
 */

static void find_phones(struct doctor *doctor, const struct lab_file *lab, uint32_t *addresses)
{
    struct error error = {0};
    struct mac *macs = calloc(lab->phone_count + 1, sizeof *macs);
    for (size_t i = 0; macs && i < lab->phone_count; i++)
        macs[i] = lab->phones[i].mac;
    int result = macs ? wire_check_find(lab->interface, lab->pool_first, lab->pool_last, macs,
                                        lab->phone_count, WIRE_CHECK_ARP_US, addresses, &error)
                      : error_set(&error, ERROR_MEMORY, "out of memory");
    free(macs);
    for (size_t i = 0; i < lab->phone_count; i++) {
        char text[ERROR_TEXT_MAX], mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX];
        mac_format(&lab->phones[i].mac, mac);
        if (result < 0) {
            doctor_say(doctor, false, lab->phones[i].name, error.text);
        } else if (addresses[i]) {
            snprintf(text, sizeof text, "%s is there, at %s", mac,
                     ipv4_format(addresses[i], address));
            doctor_say(doctor, true, lab->phones[i].name, text);
        } else {
            /* No fault yet: while nobody serves the wire, leases end. */
            snprintf(
                text, sizeof text,
                "%s has no address of the pool now, so its page was not asked: let `rclab serve "
                "--lab %s` run, and ask again once it is shown there with an address; if it "
                "never is, it is not plugged in, has no power, or another MAC address",
                mac, lab->path);
            doctor_hint(doctor, lab->phones[i].name, text);
        }
    }
}

/* --- pages ---------------------------------------------------------------------------------------
 */

struct page_round {
    const struct lab_file *lab;
    const uint32_t *addresses;
    struct finding *findings; /* shared, one a phone */
    struct site *site;
    struct device **devices;
    size_t next;
    bool busy;
    struct loop_timer heartbeat;
};

static void page_answered(void *context, const struct device_result *result)
{
    struct page_round *round = context;
    struct finding *finding = &round->findings[round->next++];
    char value[STATUS_PAGE_VALUE_MAX];
    round->busy = false;
    finding->asked = true;
    if (result->code < 0)
        snprintf(finding->text, sizeof finding->text, "%s", result->error->text);
    else if (!status_page_value(result->body, result->body_length, "Customization", value))
        snprintf(finding->text, sizeof finding->text,
                 "its status page holds no Customization: is web.status the right path?");
    else
        snprintf(finding->text, sizeof finding->text,
                 "its page takes the login and shows "
                 "Customization: %s",
                 value);
    finding->good = result->code == 0 && strncmp(finding->text, "its page takes", 14) == 0;
}

static bool ask_next_page(void *context)
{
    struct page_round *round = context;
    while (!round->busy && round->next < round->lab->phone_count) {
        size_t i = round->next;
        struct error error;
        if (round->addresses[i] == 0 || !round->lab->phones[i].web.given) {
            round->next++;
            continue;
        }
        round->busy = device_act(round->devices[i], DEVICE_STATUS, round->addresses[i], NULL,
                                 page_answered, round, &error) == 0;
        if (!round->busy) {
            snprintf(round->findings[i].text, ERROR_TEXT_MAX, "%s", error.text);
            round->findings[i].asked = true;
            round->next++;
        }
    }
    if (!round->busy)
        loop_stop(round->site->loop);
    return !round->busy;
}

static void beat(void *context)
{
    struct page_round *round = context;
    loop_timer_set(round->site->loop, &round->heartbeat,
                   loop_now_us(round->site->loop) + HEARTBEAT_US, beat, round);
}

static int prepare_pages(struct page_round *round, struct site_plan *plan, struct error *error)
{
    const struct lab_file *lab = round->lab;
    int result = uplink_open(lab->interface, &plan->uplink_fd, error);
    if (result == 0)
        result = lab_enter_namespaces(error);
    if (result == 0)
        result = site_new(plan, &round->site, error);
    for (size_t i = 0; result == 0 && i < lab->phone_count; i++) {
        struct device_config config = {.loop = round->site->loop,
                                       .fetcher = round->site->fetcher,
                                       .outside_netns_fd = plan->outside_netns_fd,
                                       .directory = lab->directory,
                                       .phone = &lab->phones[i]};
        result = device_new(&config, &round->devices[i], error);
    }
    return result;
}

static void ask_pages(void *context)
{
    struct page_round *round = context;
    const struct certificates none = {0};
    struct error error = {0};
    struct mac *macs = calloc(round->lab->phone_count + 1, sizeof *macs);
    round->devices = calloc(round->lab->phone_count + 1, sizeof *round->devices);
    if (!macs || !round->devices)
        return;
    struct site_plan plan = rack_site_plan(round->lab, &none, macs);
    plan.time_scale = 1;
    plan.outside_netns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int result = prepare_pages(round, &plan, &error);
    if (result == 0) {
        beat(round);
        result = loop_run(round->site->loop, ask_next_page, round, 2 * DEVICE_PAGE_MAX_US, &error);
    }
    for (size_t i = round->next; result < 0 && i < round->lab->phone_count; i++) {
        round->findings[i].asked = true;
        snprintf(round->findings[i].text, ERROR_TEXT_MAX, "%s", error.text);
    }
}

static void check_pages(struct doctor *doctor, const struct lab_file *lab,
                        const uint32_t *addresses)
{
    size_t bytes = (lab->phone_count + 1) * sizeof(struct finding);
    struct finding *findings =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (findings == MAP_FAILED)
        return;
    struct page_round round = {.lab = lab, .addresses = addresses, .findings = findings};
    in_child(ask_pages, &round);
    for (size_t i = 0; i < lab->phone_count; i++) {
        char what[WHAT_BYTES_MAX];
        snprintf(what, sizeof what, "page of %s", lab->phones[i].name);
        if (findings[i].asked)
            doctor_say(doctor, findings[i].good, what, findings[i].text);
    }
    munmap(findings, bytes);
}

/* --- drivers -------------------------------------------------------------------------------------
 */

struct switch_question {
    const struct lab_snmp *snmp;
    struct finding *finding; /* shared */
};

static void ask_switch(void *context)
{
    const struct switch_question *question = context;
    struct error error = {0};
    bool on = false;
    int result = snmp_port_get(question->snmp, &on, SNMP_QUESTION_US, &error);
    question->finding->asked = true;
    question->finding->good = result == 0;
    if (result == 0)
        snprintf(question->finding->text, ERROR_TEXT_MAX, "PoE port %u.%u of %s is %s",
                 question->snmp->group, question->snmp->port, question->snmp->host,
                 on ? "on" : "off");
    else
        snprintf(question->finding->text, ERROR_TEXT_MAX, "%s", error.text);
}

static void check_switch(struct doctor *doctor, const struct lab_phone *phone)
{
    char what[WHAT_BYTES_MAX];
    struct finding *finding =
        mmap(NULL, sizeof *finding, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (finding == MAP_FAILED)
        return;
    struct switch_question question = {.snmp = &phone->snmp, .finding = finding};
    snprintf(what, sizeof what, "power of %s", phone->name);
    if (in_child(ask_switch, &question) && finding->asked)
        doctor_say(doctor, finding->good, what, finding->text);
    else
        doctor_say(doctor, false, what,
                   "the process that asked the switch ended without an answer");
    munmap(finding, sizeof *finding);
}

static bool is_program(const struct lab_file *lab, const char *name)
{
    char path[PATH_BYTES_MAX];
    const char *search = getenv("PATH");
    if (strchr(name, '/')) {
        snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : lab->directory,
                 *name == '/' ? "" : "/", name);
        return access(path, X_OK) == 0;
    }
    while (search && *search) {
        size_t length = strcspn(search, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)length, search, name);
        if (access(path, X_OK) == 0)
            return true;
        search += length + (search[length] == ':');
    }
    return false;
}

static void check_command(struct doctor *doctor, const struct lab_file *lab,
                          const struct lab_phone *phone, const struct lab_command *command,
                          const char *key)
{
    char what[WHAT_BYTES_MAX], text[ERROR_TEXT_MAX];
    if (command->argument_count == 0)
        return;
    bool good = is_program(lab, command->arguments[0]);
    snprintf(what, sizeof what, "%s of %s", key, phone->name);
    snprintf(text, sizeof text, "%.300s %s", command->arguments[0],
             good ? "is there and can be started"
                  : "is no program that can be started: commands are looked for in the lab file's "
                    "folder if their name holds a /, else in PATH");
    doctor_say(doctor, good, what, text);
}

static void check_drivers(struct doctor *doctor, const struct lab_file *lab,
                          const struct lab_phone *phone)
{
    char text[ERROR_TEXT_MAX];
    check_command(doctor, lab, phone, &phone->reset_command, "reset");
    check_command(doctor, lab, phone, &phone->reboot_command, "reboot");
    check_command(doctor, lab, phone, &phone->power_on_command, "power");
    if (phone->power == LAB_DRIVER_SNMP)
        check_switch(doctor, phone);
    if (phone->reset == LAB_DRIVER_MANUAL || phone->reboot == LAB_DRIVER_MANUAL ||
        phone->power == LAB_DRIVER_MANUAL) {
        snprintf(text, sizeof text,
                 "somebody has to be there to do things to it by hand; with --no-prompt what needs "
                 "that is skipped");
        doctor_hint(doctor, phone->name, text);
    }
}

void doctor_phones(struct doctor *doctor, const struct lab_file *lab)
{
    uint32_t *addresses = calloc(lab->phone_count + 1, sizeof *addresses);
    if (!addresses)
        return;
    find_phones(doctor, lab, addresses);
    check_pages(doctor, lab, addresses);
    for (size_t i = 0; i < lab->phone_count; i++)
        check_drivers(doctor, lab, &lab->phones[i]);
    free(addresses);
}
