/* SPDX-License-Identifier: MIT */
/* Live: claims of one end of a cable. Each trial is a child process with namespaces of its own (the
 * files of claims are named after them, so trials do not meet). */
#include "harness/base/testing.h"
#include "harness/lab/netlink.h"
#include "harness/lab/wire_claim.h"
#include "harness/lab/wire_testing.h"
#include "harness/loop/namespace.h"
#include <net/if.h>
#include <netlink/route/link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_up(struct nl_sock *netlink)
{
    struct rtnl_link *link;
    if (rtnl_link_get_kernel(netlink, 0, TEST_WIRE_MACHINE, &link) < 0)
        _exit(TEST_WIRE_BROKEN);
    bool up = rtnl_link_get_flags(link) & IFF_UP;
    rtnl_link_put(link);
    return up;
}

static bool refuses(const char *interface, const char *text)
{
    struct error error = {0};
    struct wire_claim *claim = NULL;
    if (wire_claim_new(interface, &claim, &error) == ERROR_UNAVAILABLE && !claim &&
        strstr(error.text, text))
        return true;
    fprintf(stderr, "%s\n", error.text);
    return false;
}

static void claim_it(struct wire_claim **claim)
{
    struct error error = {0};
    test_wire_must(wire_claim_new(TEST_WIRE_MACHINE, claim, &error), &error);
}

static void lower(struct test_wire *bench)
{
    struct error error = {0};
    test_wire_must(netlink_set_down(bench->machine, TEST_WIRE_MACHINE, &error), &error);
}

static int given_back_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    struct wire_claim *claim;
    struct namespace_visit visit;
    test_wire_init(&bench);
    claim_it(&claim);
    wire_claim_free(claim);
    if (!is_up(bench.machine)) /* as it was found */
        return 1;
    lower(&bench);
    claim_it(&claim);
    if (!is_up(bench.machine))
        return 2;
    /* From a namespace of the lab. */
    test_wire_must(namespace_enter(&visit, bench.device_fd, &error), &error);
    wire_claim_free(claim);
    namespace_leave(&visit);
    if (is_up(bench.machine))
        return 3;
    test_wire_done(&bench);
    return 0;
}

/* A child that claims, tells so, and waits to be killed. */
static pid_t start_holder(void)
{
    int pipe_fds[2];
    char byte;
    if (pipe(pipe_fds) < 0)
        _exit(TEST_WIRE_BROKEN);
    pid_t child = fork();
    if (child == 0) {
        struct wire_claim *claim;
        claim_it(&claim);
        if (write(pipe_fds[1], "y", 1) == 1)
            pause();
        _exit(0);
    }
    close(pipe_fds[1]);
    if (read(pipe_fds[0], &byte, 1) != 1)
        _exit(TEST_WIRE_BROKEN);
    close(pipe_fds[0]);
    return child;
}

static int killed_body(void)
{
    struct test_wire bench;
    struct wire_claim *claim;
    char text[64];
    test_wire_init(&bench);
    lower(&bench);
    pid_t holder = start_holder();
    snprintf(text, sizeof text, "(process %u) uses the interface eth1", (unsigned)holder);
    if (!refuses(TEST_WIRE_MACHINE, text))
        return 1;
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    if (!is_up(bench.machine))
        return 2; /* nothing was left to be given back */
    claim_it(&claim);
    wire_claim_free(claim);
    if (is_up(bench.machine))
        return 3;
    /* And it is not lowered a second time. */
    struct error error = {0};
    test_wire_must(netlink_set_up(bench.machine, TEST_WIRE_MACHINE, &error), &error);
    claim_it(&claim);
    wire_claim_free(claim);
    if (!is_up(bench.machine))
        return 4;
    test_wire_done(&bench);
    return 0;
}

static int forgotten_body(void)
{
    struct test_wire bench;
    struct wire_claim *claim;
    test_wire_init(&bench);
    lower(&bench);
    claim_it(&claim);
    pid_t child = fork();
    if (child == 0) {
        wire_claim_forget(claim);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (!is_up(bench.machine))
        return 1;
    if (!refuses(TEST_WIRE_MACHINE, "another rclab"))
        return 2;
    wire_claim_free(claim);
    if (is_up(bench.machine))
        return 3;
    test_wire_done(&bench);
    return 0;
}

static int refused_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    int index;
    test_wire_init(&bench);
    if (!refuses("eth9", "no interface eth9; this machine has eth1"))
        return 1;
    if (!refuses("lo", "loopback"))
        return 2;
    if (!refuses("../../etc/passwd", "no interface ../../etc/passwd") || !refuses("a/b", "no int"))
        return 3;
    test_wire_must(netlink_add_bridge(bench.machine, "br7", NULL, &error), &error);
    test_wire_must(netlink_index(bench.machine, "br7", &index, &error), &error);
    test_wire_must(netlink_enslave(bench.machine, TEST_WIRE_MACHINE, index, &error), &error);
    if (!refuses(TEST_WIRE_MACHINE, "eth1 belongs to br7"))
        return 4;
    test_wire_done(&bench);
    return 0;
}

static int no_carrier_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    test_wire_init(&bench);
    lower(&bench);
    test_wire_must(netlink_set_down(bench.device, TEST_WIRE_DEVICE, &error), &error);
    if (!refuses(TEST_WIRE_MACHINE, "eth1 got no carrier within 10 s"))
        return 1;
    if (is_up(bench.machine))
        return 2;
    test_wire_done(&bench);
    return 0;
}

static const char *runtime; /* made where it will be removed */

/* Without root, in a runtime folder of the trial's own. */
static int folder_body(void)
{
    struct test_wire bench;
    struct wire_claim *claim;
    char path[512];
    struct stat status;
    test_wire_init(&bench);
    if (access("/run", W_OK) == 0 &&
        (chmod(runtime, 0777) < 0 || setresuid(65534, 65534, 65534) < 0))
        return TEST_WIRE_BROKEN;
    snprintf(path, sizeof path, "%s/rclab", runtime);
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    claim_it(&claim);
    if (stat(path, &status) < 0 || (status.st_mode & 0777) != 0700)
        return 1;
    wire_claim_free(claim);
    if (rmdir(path) < 0)
        return 2; /* something was left in it */
    if (symlink("/tmp", path) < 0)
        return TEST_WIRE_BROKEN;
    struct error error = {0};
    if (wire_claim_new(TEST_WIRE_MACHINE, &claim, &error) >= 0 || !strstr(error.text, path))
        return 3;
    unlink(path);
    if (mkdir(path, 0700) < 0 || chmod(path, 0777) < 0 ||
        !refuses(TEST_WIRE_MACHINE, "is not this user's alone"))
        return 4;
    rmdir(path);
    return 0;
}

static void as_it_was_found(void)
{
    CU_ASSERT_EQUAL(testing_in_child(given_back_body), 0);
}
static void what_a_killed_one_left(void)
{
    CU_ASSERT_EQUAL(testing_in_child(killed_body), 0);
}
static void a_child_forgets(void)
{
    CU_ASSERT_EQUAL(testing_in_child(forgotten_body), 0);
}
static void what_cannot_be_claimed(void)
{
    CU_ASSERT_EQUAL(testing_in_child(refused_body), 0);
}
static void no_carrier(void)
{
    CU_ASSERT_EQUAL(testing_in_child(no_carrier_body), 0);
}
static void a_folder_of_its_own(void)
{
    runtime = testing_folder();
    CU_ASSERT_EQUAL(testing_in_child(folder_body), 0);
}

void tests_harness_lab_wire_claim(void);
void tests_harness_lab_wire_claim(void)
{
    TEST_SUITE("live lab/wire_claim", {"as it was found", as_it_was_found},
               {"what a killed one left", what_a_killed_one_left},
               {"a child forgets", a_child_forgets},
               {"what cannot be claimed", what_cannot_be_claimed}, {"no carrier", no_carrier},
               {"a folder of its own", a_folder_of_its_own});
}
