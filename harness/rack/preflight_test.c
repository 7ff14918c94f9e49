/* SPDX-License-Identifier: MIT */
/* Live: a machine, a cable, and at its other end a device; each trial is a child process. */
#include "harness/base/testing.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/lab/wire_testing.h"
#include "harness/loop/namespace.h"
#include "harness/rack/preflight.h"
#include "harness/wire/frame.h"
#include <linux/if_ether.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAB_ADDRESS = 0x0a090001, UNANSWERED = 4, FRAME_BYTES = 2048 };

/* The device, which lets so many probes for the lab's address go by before it has it. */
static _Noreturn void answer_late(const struct test_wire *bench, int fd)
{
    struct error error = {0};
    for (unsigned probes = 0; probes < UNANSWERED;) {
        uint8_t bytes[FRAME_BYTES];
        struct frame frame;
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        poll(&readable, 1, -1);
        ssize_t length = recv(fd, bytes, sizeof bytes, 0);
        probes += length > 0 && frame_decode(bytes, (size_t)length, &frame) &&
                  frame.kind == FRAME_ARP && frame.destination == LAB_ADDRESS;
    }
    test_wire_must(netlink_add_address(bench->device, TEST_WIRE_DEVICE, LAB_ADDRESS, 16, &error),
                   &error);
    _exit(0);
}

static int late_answer_body(void)
{
    struct test_wire bench;
    struct error error = {0};
    struct namespace_visit visit;
    struct preflight_finding finding;
    struct lab_file lab = {.path = "lab.yaml",
                           .interface = TEST_WIRE_MACHINE,
                           .address = LAB_ADDRESS,
                           .edos.address = LAB_ADDRESS + 1,
                           .provision.address = LAB_ADDRESS + 2,
                           .name_server = LAB_ADDRESS + 3};
    int fd;
    test_wire_init(&bench);
    preflight_ask(&lab, PREFLIGHT_ADDRESSES, &finding);
    if (!finding.good || !strstr(finding.text, "nobody on"))
        return 1;
    test_wire_must(namespace_enter(&visit, bench.device_fd, &error), &error);
    test_wire_must(packet_socket_open(TEST_WIRE_DEVICE, ETH_P_ARP, &fd, &error), &error);
    namespace_leave(&visit);
    pid_t device = fork();
    if (device == 0)
        answer_late(&bench, fd);
    preflight_ask(&lab, PREFLIGHT_ADDRESSES, &finding);
    kill(device, SIGKILL);
    waitpid(device, NULL, 0);
    if (finding.good || !strstr(finding.text, "has the lab's address 10.9.0.1 already"))
        return 2;
    close(fd);
    test_wire_done(&bench);
    return 0;
}

static void an_answer_that_comes_late(void)
{
    CU_ASSERT_EQUAL(testing_in_child(late_answer_body), 0);
}

void tests_harness_rack_preflight(void);
void tests_harness_rack_preflight(void)
{
    TEST_SUITE("live rack/preflight", {"an answer that comes late", an_answer_that_comes_late});
}
