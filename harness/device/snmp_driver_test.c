/* SPDX-License-Identifier: MIT */
/* Against a real agent in a network namespace of its own ("the machine's network"), asked from
 * another one ("the lab"). */
#include "harness/base/duration.h"
#include "harness/device/agent_testing.h"
#include "harness/device/device_testing.h"
#include "harness/device/driver.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/loop/namespace.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/wait.h>

enum { NOBODYS_PORT = 1162 };
/* Where silence is expected; elsewhere a busy machine has all the time that there is. */
#define SHORT_PATIENCE_US UINT64_C(1400000)

static int failures; /* of this process; CUnit does not see a child's */
#define EXPECT(condition)                                                             \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "\n%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                               \
        }                                                                             \
    } while (0)

struct trial {
    struct bench bench;
    struct agent agent;
    uint64_t patience_us; /* 0 = as usual */
    struct lab_phone phone;
};

/* --- the device ----------------------------------------------------------------------------- */

static void plug_in(struct trial *trial, const struct lab_snmp *snmp)
{
    device_free(trial->bench.device);
    trial->phone = (struct lab_phone){
        .name = "desk-1", .reboot = LAB_DRIVER_POWER, .power = LAB_DRIVER_SNMP, .snmp = *snmp};
    bench_device(&trial->bench, (struct device_config){.outside_netns_fd = trial->agent.netns_fd,
                                                       .phone = &trial->phone,
                                                       .snmp_max_us = trial->patience_us,
                                                       .discharge_us = 50000});
}

static struct lab_snmp version_2c(const char *community)
{
    return (struct lab_snmp){.host = "127.0.0.1",
                             .udp_port = AGENT_PORT,
                             .group = 1,
                             .port = 7,
                             .version = LAB_SNMP_V2C,
                             .community = {.source = "env:C", .value = community}};
}

static struct lab_snmp version_3(const char *user, const char *authentication, const char *privacy,
                                 const char *authentication_password, const char *privacy_password)
{
    return (struct lab_snmp){
        .host = "127.0.0.1",
        .udp_port = AGENT_PORT,
        .group = 1,
        .port = 7,
        .version = LAB_SNMP_V3,
        .user = user,
        .authentication = authentication,
        .privacy = privacy,
        .authentication_password = {.source = "env:A", .value = authentication_password},
        .privacy_password = {.source = "env:P", .value = privacy_password}};
}

static void off_and_on(struct trial *trial, const struct lab_snmp *snmp)
{
    plug_in(trial, snmp);
    EXPECT(bench_act(&trial->bench, DEVICE_POWER_OFF, 0, NULL) == 0);
    EXPECT(agent_port_state(&trial->agent, "1.7") == '2');
    EXPECT(bench_act(&trial->bench, DEVICE_POWER_ON, 0, NULL) == 0);
    EXPECT(agent_port_state(&trial->agent, "1.7") == '1');
    if (failures > 0)
        fprintf(stderr, "user %s: %s\n", snmp->user ? snmp->user : "none", trial->bench.text);
}

static void fails(struct trial *trial, const struct lab_snmp *snmp, const char *part)
{
    const char *const secrets[] = {snmp->community.value, snmp->authentication_password.value,
                                   snmp->privacy_password.value};
    plug_in(trial, snmp);
    EXPECT(bench_act(&trial->bench, DEVICE_POWER_OFF, 0, NULL) < 0);
    const char *text = trial->bench.text;
    EXPECT(strncmp(text, "desk-1: ", 8) == 0);
    EXPECT(strstr(text, part));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        EXPECT(!secrets[i] || !strstr(text, secrets[i]));
    EXPECT(agent_port_state(&trial->agent, "1.7") == '1');
    if (!strstr(text, part))
        fprintf(stderr, "expected ...%s...\nseen     %s\n", part, text);
}

/* --- trials --------------------------------------------------------------------------------- */

static void begin(struct trial *trial, const char *folder)
{
    struct error error;
    *trial = (struct trial){.agent.folder = folder};
    if (lab_enter_namespaces(&error) < 0 ||
        netlink_new_namespace(-1, true, &trial->agent.netns_fd, &error) < 0) {
        fprintf(stderr, "\n%s\n", error.text);
        _exit(TRIAL_BROKEN);
    }
    agent_start(&trial->agent);
    bench_loop(&trial->bench);
}

static void end(struct trial *trial)
{
    bench_done_with(&trial->bench);
    agent_stop(&trial->agent);
}

static void in_every_version(struct trial *trial)
{
    struct lab_snmp snmp = version_2c("writer");
    off_and_on(trial, &snmp);
    snmp = version_3("both", NULL, NULL, "authentication-1", "privacy-1");
    off_and_on(trial, &snmp);
    snmp = version_3("long", "SHA-512", "AES", "authentication-1", "privacy-1");
    off_and_on(trial, &snmp);
    snmp = version_3("half", "SHA-256", NULL, "authentication-1", NULL);
    off_and_on(trial, &snmp);
    snmp = version_3("old", "MD5", "DES", "authentication-1", "privacy-1");
    off_and_on(trial, &snmp);
    snmp = version_3("open", NULL, NULL, NULL, NULL);
    off_and_on(trial, &snmp);
}

static void what_the_switch_refuses(struct trial *trial)
{
    struct lab_snmp snmp = version_2c("reader");
    fails(trial, &snmp,
          "PoE port 1.7 of switch 127.0.0.1 may not be written: check that the "
          "community may write");
    snmp = version_2c("writer");
    snmp.port = 8;
    fails(trial, &snmp, "PoE port 1.8 of switch 127.0.0.1 may not be written");
    snmp.port = 9;
    fails(trial, &snmp, "took the command for PoE port 1.9, but says that the port is still on");
    snmp.port = 10;
    fails(trial, &snmp, "says of PoE port 1.10 something that is no number");
    snmp.port = 11;
    fails(trial, &snmp, "switch 127.0.0.1 has no PoE port 1.11");
    snmp.port = 7;
    snmp.group = 2;
    fails(trial, &snmp, "switch 127.0.0.1 has no PoE port 2.7");
    snmp = version_3("looker", NULL, NULL, "authentication-1", "privacy-1");
    fails(trial, &snmp, "may not be written: check that the user may write");
}

static void what_does_not_answer(struct trial *trial)
{
    struct lab_snmp snmp = version_2c("stranger");
    trial->patience_us = SHORT_PATIENCE_US;
    fails(trial, &snmp,
          "switch 127.0.0.1 does not answer by SNMP at port 1161: check host, SNMP "
          "version and community");
    snmp = version_2c("writer");
    snmp.udp_port = NOBODYS_PORT;
    fails(trial, &snmp, "does not answer by SNMP at port 1162");
    snmp = version_3("both", NULL, NULL, "authentication-1", "privacy-1");
    snmp.udp_port = NOBODYS_PORT;
    fails(trial, &snmp, "does not answer by SNMP at port 1162: check host, SNMP version and user");
    snmp = version_2c("writer");
    snmp.host = "no-such-switch.invalid";
    fails(trial, &snmp, "no-such-switch.invalid");
}

static void what_version_3_refuses(struct trial *trial)
{
    struct lab_snmp snmp = version_3("nobody", NULL, NULL, "authentication-1", "privacy-1");
    fails(trial, &snmp, "switch 127.0.0.1 does not know the SNMPv3 user nobody");
    snmp = version_3("both", NULL, NULL, "authentication-2", "privacy-1");
    fails(trial, &snmp,
          "switch 127.0.0.1 refuses SNMPv3 user both: check the authentication "
          "password, and whether it is for SHA");
    snmp = version_3("both", "MD5", NULL, "authentication-1", "privacy-1");
    fails(trial, &snmp, "refuses SNMPv3 user both");
    trial->patience_us = SHORT_PATIENCE_US;
    snmp = version_3("both", NULL, NULL, "authentication-1", "privacy-2");
    fails(trial, &snmp, "keep silent about a wrong privacy password");
    trial->patience_us = 0;
    snmp = version_3("half", "SHA-256", NULL, "authentication-1", "privacy-1");
    fails(trial, &snmp, "level of security");
    snmp = version_3("both", NULL, NULL, "authentication-1", NULL);
    fails(trial, &snmp, "PoE port 1.7");
    snmp = version_3("both", NULL, NULL, "1234567", NULL);
    fails(trial, &snmp, "the password in env:A for SNMPv3 user both is shorter than 8 characters");
    snmp = version_3("both", "SHA-3", NULL, "authentication-1", NULL);
    fails(trial, &snmp, "no SNMPv3 authentication 'SHA-3'");
    snmp = version_3("both", "SHA", "3DES", "authentication-1", "privacy-1");
    fails(trial, &snmp, "no SNMPv3 privacy '3DES'");
    snmp = version_3("both", NULL, NULL, NULL, "privacy-1");
    fails(trial, &snmp, "no privacy without authentication");
}

/* The exchange itself, once in this process, whose end looks for leaks where the build can. */
static void exchange_here(struct trial *trial, const struct lab_snmp *snmp, int expected)
{
    struct namespace_visit visit;
    struct error error = {.text = ""};
    MUST(namespace_enter(&visit, trial->agent.netns_fd, &error) == 0);
    EXPECT(snmp_port_set(snmp, false, DURATION_S, &error) == expected);
    EXPECT(agent_port_state(&trial->agent, "1.7") == (expected == 0 ? '2' : '1'));
    namespace_leave(&visit);
}

static void nothing_is_left_of_version_2c(struct trial *trial)
{
    struct lab_snmp snmp = version_2c("writer");
    exchange_here(trial, &snmp, 0);
}

static void nothing_is_left_of_version_3(struct trial *trial)
{
    struct lab_snmp snmp = version_3("both", NULL, NULL, "authentication-1", "privacy-1");
    exchange_here(trial, &snmp, 0);
}

static void nothing_is_left_of_a_failure(struct trial *trial)
{
    struct lab_snmp snmp = version_3("nobody", NULL, NULL, "authentication-1", "privacy-1");
    exchange_here(trial, &snmp, ERROR_FAILED);
}

/* A question only: the port stays as it is, and the community need not write. */
static void probe(struct trial *trial)
{
    struct lab_snmp snmp = version_2c("reader");
    agent_write_file(&trial->agent, "1.8", "2\n");
    plug_in(trial, &snmp);
    EXPECT(bench_act(&trial->bench, DEVICE_PROBE_POWER, 0, NULL) == 0);
    EXPECT(trial->bench.power_is_on);
    EXPECT(agent_port_state(&trial->agent, "1.7") == '1');
    snmp.port = 8;
    plug_in(trial, &snmp);
    EXPECT(bench_act(&trial->bench, DEVICE_PROBE_POWER, 0, NULL) == 0);
    EXPECT(!trial->bench.power_is_on);
    EXPECT(agent_port_state(&trial->agent, "1.8") == '2');
    snmp.port = 11;
    plug_in(trial, &snmp);
    EXPECT(bench_act(&trial->bench, DEVICE_PROBE_POWER, 0, NULL) == ERROR_FAILED);
    EXPECT(strstr(trial->bench.text, "desk-1: switch 127.0.0.1 has no PoE port 1.11"));
    snmp = version_3("looker", NULL, NULL, "authentication-1", "privacy-1");
    plug_in(trial, &snmp);
    EXPECT(bench_act(&trial->bench, DEVICE_PROBE_POWER, 0, NULL) == 0);
    EXPECT(trial->bench.power_is_on);
}

/* Off, a pause, on: the file has to have been '2' in between. */
static void reboot_by_power(struct trial *trial)
{
    struct lab_snmp snmp = version_2c("writer");
    agent_write_file(&trial->agent, "switch.sh",
                     "cd \"${0%/*}\" || exit 1\n"
                     "case $1 in\n"
                     "  -g) echo \"$2\"; echo integer; cat 1.7 ;;\n"
                     "  -s) echo \"$4\" >1.7; echo \"$4\" >>history ;;\n"
                     "esac\n");
    plug_in(trial, &snmp);
    EXPECT(device_way(&trial->phone, DEVICE_REBOOT) == LAB_DRIVER_POWER);
    uint64_t start_us = monotonic_us();
    EXPECT(bench_act(&trial->bench, DEVICE_REBOOT, 0, NULL) == 0);
    EXPECT(monotonic_us() - start_us >= 50000);
    EXPECT(trial->bench.calls == 1);
    char path[PATH_MAX], history[16] = "";
    snprintf(path, sizeof path, "%s/history", trial->agent.folder);
    FILE *file = fopen(path, "re");
    MUST(file);
    size_t length = fread(history, 1, sizeof history - 1, file);
    fclose(file);
    EXPECT(length == 4 && strcmp(history, "2\n1\n") == 0);
    /* It goes off, and will not come on again. */
    agent_write_file(&trial->agent, "switch.sh",
                     "cd \"${0%/*}\" || exit 1\n"
                     "case $1,$4 in\n"
                     "  -g,*) echo \"$2\"; echo integer; cat 1.7 ;;\n"
                     "  -s,2) echo \"$4\" >1.7 ;;\n"
                     "  -s,1) echo not-writable ;;\n"
                     "esac\n");
    EXPECT(bench_act(&trial->bench, DEVICE_REBOOT, 0, NULL) == ERROR_FAILED);
    EXPECT(strstr(trial->bench.text, "desk-1: its power was taken and could not be given back: PoE "
                                     "port 1.7 of switch 127.0.0.1 may not be written"));
    EXPECT(agent_port_state(&trial->agent, "1.7") == '2');
}

static bool well_in_a_child(void (*run)(struct trial *trial))
{
    int status;
    const char *folder = testing_folder(); /* removed by the process that asked for it */
    pid_t child = fork();
    if (child == 0) {
        struct trial trial;
        begin(&trial, folder);
        run(&trial);
        end(&trial);
        exit(failures == 0 ? 0 : 1); /* unlike _exit, looks for leaks */
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void versions(void)
{
    CU_ASSERT_TRUE(well_in_a_child(in_every_version));
}
static void refusals(void)
{
    CU_ASSERT_TRUE(well_in_a_child(what_the_switch_refuses));
}
static void silences(void)
{
    CU_ASSERT_TRUE(well_in_a_child(what_does_not_answer));
}
static void security(void)
{
    CU_ASSERT_TRUE(well_in_a_child(what_version_3_refuses));
}
static void leaks(void)
{
    CU_ASSERT_TRUE(well_in_a_child(nothing_is_left_of_version_2c));
    CU_ASSERT_TRUE(well_in_a_child(nothing_is_left_of_version_3));
    CU_ASSERT_TRUE(well_in_a_child(nothing_is_left_of_a_failure));
}
static void probes(void)
{
    CU_ASSERT_TRUE(well_in_a_child(probe));
}
static void power_cycle(void)
{
    CU_ASSERT_TRUE(well_in_a_child(reboot_by_power));
}

void tests_harness_device_snmp_driver(void);
void tests_harness_device_snmp_driver(void)
{
    TEST_SUITE("live device/snmp_driver", {"off and on, in every version", versions},
               {"what the switch refuses", refusals}, {"what does not answer", silences},
               {"what version 3 refuses", security}, {"a probe", probes},
               {"a reboot by power", power_cycle}, {"nothing is left", leaks});
}
