/* SPDX-License-Identifier: MIT */
/* A lab of more phones than talk to each other, so of several bridges: who hears whom. */
#include "harness/base/testing.h"
#include "harness/lab/lab.h"
#include "harness/loop/loop.h"
#include "harness/loop/namespace.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHILD_BROKEN = 99, FRAME_BYTES = 60, ETHER_TYPE = 0x88b5 /* IEEE 802: local experiments */ };
/* The first two share a bridge; the last one has another, which it fills to the second place. */
enum { PHONES = LAB_TALKING_PHONES_MAX + 2, HEARD_PHONES = 3 };
static const size_t heard_phones[HEARD_PHONES] = {0, 1, PHONES - 1};

struct ears {
    struct lab *lab;
    struct loop *loop;
    int phones[HEARD_PHONES], bridge, gate;
};

static void must(int result, const struct error *error)
{
    if (result < 0) {
        fprintf(stderr, "%s\n", error->text);
        _exit(CHILD_BROKEN);
    }
}

/* Hears what comes to the interface, and can send from it. */
static int open_ear(int netns_fd, const char *interface)
{
    struct namespace_visit visit;
    struct error error = {0};
    must(namespace_enter(&visit, netns_fd, &error), &error);
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(ETHER_TYPE),
                                        .sll_ifindex = (int)if_nametoindex(interface)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        _exit(CHILD_BROKEN);
    namespace_leave(&visit);
    return fd;
}

static void listen_everywhere(struct ears *ears)
{
    struct error error = {0};
    struct lab_plan plan = lab_plan_emulated;
    lab_pin_processor(0);
    must(lab_enter_namespaces(&error), &error);
    must(loop_new(LOOP_CLOCK_WARP, 1, &ears->loop, &error), &error);
    plan.phone_count = PHONES;
    must(lab_new(&plan, &ears->lab, &error), &error);
    must(loop_flush_enable(ears->loop, &error), &error);
    loop_flush_far(ears->loop);
    for (size_t i = 0; i < HEARD_PHONES; i++)
        ears->phones[i] =
            open_ear(lab_phone_netns(ears->lab, heard_phones[i]), LAB_PHONE_INTERFACE);
    ears->bridge = open_ear(-1, LAB_BRIDGE);
    ears->gate = open_ear(-1, LAB_GATE_WIRE_SIDE);
}

static void shout(const struct ears *ears, int from)
{
    uint8_t bytes[FRAME_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x52, 0x43, 0x77};
    bytes[12] = ETHER_TYPE >> 8;
    bytes[13] = ETHER_TYPE & 0xff;
    if (send(from, bytes, sizeof bytes, 0) != sizeof bytes)
        _exit(CHILD_BROKEN);
    loop_flush(ears->loop);
}

/* How many frames came there since the last call. */
static unsigned heard(int ear)
{
    uint8_t bytes[FRAME_BYTES];
    unsigned count = 0;
    while (recv(ear, bytes, sizeof bytes, 0) > 0)
        count++;
    return count;
}

/* What a phone says to all comes once to each that serves or watches, and to no other phone; what
 * is said from there to all comes once to each phone. */
static int phones_hear_servers_only(void)
{
    struct ears ears;
    listen_everywhere(&ears);
    for (size_t speaker = 0; speaker < HEARD_PHONES; speaker++) {
        shout(&ears, ears.phones[speaker]);
        if (heard(ears.bridge) != 1 || heard(ears.gate) != 1)
            return 1;
        for (size_t i = 0; i < HEARD_PHONES; i++)
            if (heard(ears.phones[i]) != 0)
                return 2;
    }
    const int servers[] = {ears.bridge, ears.gate};
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        shout(&ears, servers[i]);
        for (size_t k = 0; k < HEARD_PHONES; k++)
            if (heard(ears.phones[k]) != 1)
                return 3;
    }
    return 0;
}

static void phones_of_several_bridges(void)
{
    CU_ASSERT_EQUAL(testing_in_child(phones_hear_servers_only), 0);
}

void tests_harness_lab_lab_bridges(void);
void tests_harness_lab_lab_bridges(void)
{
    TEST_SUITE("live lab/bridges",
               {"phones of several bridges hear the servers only", phones_of_several_bridges});
}
