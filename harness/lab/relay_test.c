/* SPDX-License-Identifier: MIT */
/* Live: a relay between two cables, with a policy that does with each frame what stands in it. The
 * clock jumps, so hours of holding back take no time. (Tags, uncut segments and a pulled cable: see
 * uplink_test.c.) */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/lab/relay.h"
#include "harness/lab/wire_testing.h"
#include <linux/if_ether.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TEST_ETHERTYPE = 0x88b5 /* IEEE 802: for local experiments */, FRAME_BYTES = 60 };
enum { WHAT = ETH_HLEN, NUMBER, LATE_S = 3600 };

struct trial {
    struct loop *loop;
    struct nl_sock *netlink;
    struct relay *relay;
    struct far_end {
        struct trial *trial;
        int fd;
        struct loop_watch *watch;
        char caught[64];           /* the numbers of the frames that came, in order */
        uint64_t caught_s[64 + 1]; /* when */
    } ends[RELAY_SIDES];
    struct loop_timer patience;
};

static void do_as_told(void *context, enum relay_side from, const struct relay_frame *frame,
                       uint64_t now_us, const struct relay_out *out)
{
    static const uint8_t zeroes[2 * ETH_FRAME_LEN];
    const struct relay_frame big = {.bytes = zeroes, .length = sizeof zeroes};
    enum relay_side to = from == RELAY_LAB ? RELAY_PHONES : RELAY_LAB;
    (void)context;
    if (frame->length < FRAME_BYTES || frame->bytes[12] != TEST_ETHERTYPE >> 8)
        return; /* the kernels' own */
    switch (frame->bytes[WHAT]) {
    case 'p': /* passes */
        out->send(out->context, to, frame, now_us);
        break;
    case '2': /* twice, the second time late */
        out->send(out->context, to, frame, now_us);
        out->send(out->context, to, frame, now_us + LATE_S * DURATION_S);
        break;
    case 'l': /* late */
        out->send(out->context, to, frame, now_us + LATE_S * DURATION_S);
        break;
    case 'b': /* grown bigger than the other end takes */
        out->send(out->context, to, &big, now_us);
        break;
    case 'r': /* returned */
        out->send(out->context, from, frame, 0);
        break;
    default: /* lost */
        break;
    }
}

static void caught(void *context, uint32_t epoll_events)
{
    struct far_end *end = context;
    uint8_t bytes[FRAME_BYTES];
    (void)epoll_events;
    while (recv(end->fd, bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes) {
        size_t count = strlen(end->caught);
        if (count + 1 < sizeof end->caught) {
            end->caught[count] = (char)bytes[NUMBER];
            end->caught_s[count] = loop_now_us(end->trial->loop) / DURATION_S;
        }
    }
}

static void add_cable(struct trial *trial, const char *far, const char *near)
{
    struct error error = {0};
    test_wire_must(netlink_add_veth(trial->netlink, far, NULL, near, NULL, -1, &error), &error);
    test_wire_must(netlink_set_up_mute(trial->netlink, far, &error), &error);
    test_wire_must(netlink_set_up_mute(trial->netlink, near, &error), &error);
    test_wire_must(netlink_await_carrier(-1, near, &error), &error);
    test_wire_must(netlink_await_carrier(-1, far, &error), &error);
}

/* --- a policy that keeps frames itself --- */

/* Keeps what comes from the phones until it is told when; hands on one at a call. */
struct keeper {
    uint8_t kept[8][FRAME_BYTES];
    size_t count;
    uint64_t due_us; /* UINT64_MAX: it does not want to be called */
    unsigned calls;
    uint64_t called_us;
    bool asks_for_the_past;
};

static void keep(void *context, enum relay_side from, const struct relay_frame *frame,
                 uint64_t now_us, const struct relay_out *out)
{
    struct keeper *keeper = context;
    (void)out;
    if (from != RELAY_PHONES || frame->length != FRAME_BYTES ||
        frame->bytes[12] != TEST_ETHERTYPE >> 8 || keeper->count == 8)
        return;
    memcpy(keeper->kept[keeper->count++], frame->bytes, FRAME_BYTES);
    if (frame->bytes[WHAT] == 'l')
        keeper->due_us = now_us + LATE_S * DURATION_S;
}

static uint64_t kept_until_us(void *context)
{
    return ((const struct keeper *)context)->due_us;
}

static void hand_on_kept(void *context, uint64_t now_us, const struct relay_out *out)
{
    struct keeper *keeper = context;
    keeper->calls++;
    keeper->called_us = now_us;
    const struct relay_frame frame = {.bytes = keeper->kept[0], .length = FRAME_BYTES};
    out->send(out->context, RELAY_LAB, &frame, 0);
    memmove(keeper->kept[0], keeper->kept[1], (--keeper->count) * sizeof keeper->kept[0]);
    /* The rest is due at the same time, which is now or, with a slow hand, past. */
    if (keeper->count == 0)
        keeper->due_us = UINT64_MAX;
    else if (keeper->asks_for_the_past)
        keeper->due_us = now_us - DURATION_S;
}

static void begin_with(struct trial *trial, bool lossless, struct keeper *keeper)
{
    static const char *const far[] = {"p0", "l0"};
    struct error error = {0};
    memset(trial, 0, sizeof *trial);
    lab_pin_processor(0);
    test_wire_must(lab_enter_namespaces(&error), &error);
    test_wire_must(netlink_open(-1, &trial->netlink, &error), &error);
    test_wire_must(netlink_set_up(trial->netlink, "lo", &error), &error);
    add_cable(trial, "p0", "p1");
    add_cable(trial, "l0", "l1");
    test_wire_must(loop_new(LOOP_CLOCK_WARP, 1, &trial->loop, &error), &error);
    test_wire_must(loop_flush_enable(trial->loop, &error), &error);
    const struct relay_config config = {.loop = trial->loop,
                                        .ends = {{.interface = "p1"}, {.interface = "l1"}},
                                        .buffer_bytes = 1 << 20,
                                        .lossless = lossless,
                                        .policy = keeper ? keep : do_as_told,
                                        .policy_context = keeper,
                                        .next_us = keeper ? kept_until_us : NULL,
                                        .due = keeper ? hand_on_kept : NULL};
    test_wire_must(relay_new(&config, &trial->relay, &error), &error);
    for (int i = 0; i < RELAY_SIDES; i++) {
        struct far_end *end = &trial->ends[i];
        end->trial = trial;
        test_wire_must(packet_socket_open(far[i], TEST_ETHERTYPE, &end->fd, &error), &error);
        test_wire_must(loop_watch(trial->loop, end->fd, EPOLLIN, caught, end, &end->watch, &error),
                       &error);
    }
}

static void begin(struct trial *trial, bool lossless)
{
    begin_with(trial, lossless, NULL);
}

static int finish(struct trial *trial)
{
    loop_timer_cancel(&trial->patience);
    for (int i = 0; i < RELAY_SIDES; i++) {
        loop_unwatch(trial->ends[i].watch);
        close(trial->ends[i].fd);
    }
    relay_free(trial->relay);
    loop_free(trial->loop);
    netlink_close(trial->netlink);
    return 0;
}

static void send_from(struct trial *trial, enum relay_side side, char what, char number)
{
    uint8_t bytes[FRAME_BYTES] = {[12] = TEST_ETHERTYPE >> 8, [13] = TEST_ETHERTYPE & 0xff};
    memset(bytes, 0xff, ETH_ALEN);
    bytes[WHAT] = (uint8_t)what;
    bytes[NUMBER] = (uint8_t)number;
    if (send(trial->ends[side].fd, bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        _exit(TEST_WIRE_BROKEN);
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void no_longer(void *context)
{
    loop_stop(((struct trial *)context)->loop);
}

static int run(struct trial *trial, struct error *error)
{
    loop_timer_set(trial->loop, &trial->patience,
                   loop_now_us(trial->loop) + 2 * LATE_S * DURATION_S, no_longer, trial);
    return loop_run(trial->loop, nothing_to_start, NULL, 10 * DURATION_S, error);
}

static bool came(const struct far_end *end, const char *expected)
{
    if (strcmp(end->caught, expected) == 0)
        return true;
    fprintf(stderr, "came: %s, expected: %s\n", end->caught, expected);
    return false;
}

static int policy_body(void)
{
    struct trial trial;
    struct error error = {0};
    begin(&trial, true);
    const char *what = "pxl2rl2p";
    for (char number = 'a'; *what; number++)
        send_from(&trial, RELAY_PHONES, *what++, number);
    send_from(&trial, RELAY_LAB, 'p', 'A');
    test_wire_must(run(&trial, &error), &error);
    const struct far_end *lab = &trial.ends[RELAY_LAB];
    /* Held back until the same moment, they go in the order in which they came. */
    if (!came(lab, "adghcdfg") || !came(&trial.ends[RELAY_PHONES], "eA"))
        return 1;
    for (size_t i = 0; i < 8; i++)
        if (lab->caught_s[i] != (i < 4 ? 0 : LATE_S))
            return 2;
    const struct relay_counters *counters = relay_counters(trial.relay);
    if (counters->sent[RELAY_LAB] != 8 || counters->sent[RELAY_PHONES] != 2 ||
        counters->dropped + counters->unplugged != 0 ||
        relay_count_kernel_drops(trial.relay, &error) < 0 || counters->dropped != 0)
        return 3;
    send_from(&trial, RELAY_LAB, 'l', 'B'); /* still held when all of it goes */
    return finish(&trial);
}

static int bound_body(void)
{
    struct trial trial;
    struct error error = {0};
    begin(&trial, false);
    for (int i = 0; i <= RELAY_HELD_MAX; i++) {
        send_from(&trial, RELAY_PHONES, 'l', 'a');
        if (i % 64 != 0 && i != RELAY_HELD_MAX)
            continue;
        loop_timer_set(trial.loop, &trial.patience, loop_now_us(trial.loop), no_longer, &trial);
        int result = loop_run(trial.loop, nothing_to_start, NULL, 10 * DURATION_S, &error);
        if (i < RELAY_HELD_MAX && result < 0)
            return 1;
        if (i == RELAY_HELD_MAX && result != ERROR_SYSTEM)
            return 2;
    }
    return strstr(error.text, "cannot hold back frames for l1") ? finish(&trial) : 3;
}

/* It is called when it wants to be, as often as it wants to be, with no frame coming in. */
static int keeper_body(void)
{
    struct trial trial;
    struct error error = {0};
    struct keeper keeper = {.due_us = UINT64_MAX, .asks_for_the_past = true};
    begin_with(&trial, true, &keeper);
    send_from(&trial, RELAY_PHONES, 'k', 'a'); /* kept, for nobody knows how long */
    test_wire_must(run(&trial, &error), &error);
    const struct far_end *lab = &trial.ends[RELAY_LAB];
    uint64_t begun_s = loop_now_us(trial.loop) / DURATION_S;
    if (keeper.calls != 0 || keeper.count != 1 || !came(lab, ""))
        return 1;
    send_from(&trial, RELAY_PHONES, 'k', 'b');
    send_from(&trial, RELAY_PHONES, 'l', 'c'); /* and this says how long */
    test_wire_must(run(&trial, &error), &error);
    if (keeper.calls != 3 || !came(lab, "abc"))
        return 2;
    for (size_t i = 0; i < 3; i++)
        if (lab->caught_s[i] != begun_s + LATE_S)
            return 3;
    return finish(&trial);
}

/* Its wish may change between two calls: earlier, later, not at all. */
static int look_again_body(void)
{
    struct trial trial;
    struct error error = {0};
    struct keeper keeper = {.due_us = UINT64_MAX};
    begin_with(&trial, true, &keeper);
    send_from(&trial, RELAY_PHONES, 'k', 'a');
    send_from(&trial, RELAY_PHONES, 'k', 'b');
    test_wire_must(run(&trial, &error), &error);
    uint64_t begun_us = loop_now_us(trial.loop);
    keeper.due_us = begun_us + 600 * DURATION_S;
    relay_look_again(trial.relay);
    keeper.due_us = UINT64_MAX;
    relay_look_again(trial.relay);
    test_wire_must(run(&trial, &error), &error);
    if (keeper.calls != 0)
        return 1;
    begun_us = loop_now_us(trial.loop);
    keeper.due_us = begun_us + 600 * DURATION_S;
    relay_look_again(trial.relay);
    keeper.due_us = begun_us + 60 * DURATION_S;
    relay_look_again(trial.relay);
    test_wire_must(run(&trial, &error), &error);
    if (keeper.calls != 2 || keeper.called_us != begun_us + 60 * DURATION_S)
        return 2;
    if (!came(&trial.ends[RELAY_LAB], "ab"))
        return 3;
    keeper.due_us = UINT64_MAX - 1; /* still waiting when all of it goes */
    relay_look_again(trial.relay);
    return finish(&trial);
}

/* A wire that may lose frames does; one inside the lab may not. */
static int refused_body(void)
{
    struct trial lossy, lossless;
    struct error error = {0};
    begin(&lossy, false);
    send_from(&lossy, RELAY_PHONES, 'b', 'a');
    send_from(&lossy, RELAY_PHONES, 'p', 'b');
    if (run(&lossy, &error) != 0 || relay_counters(lossy.relay)->dropped != 1 ||
        !came(&lossy.ends[RELAY_LAB], "b"))
        return 1;
    finish(&lossy);
    begin(&lossless, true);
    send_from(&lossless, RELAY_PHONES, 'b', 'a');
    if (run(&lossless, &error) != ERROR_SYSTEM || !strstr(error.text, "cannot send frames to l1"))
        return 2;
    return finish(&lossless);
}

static int taken_down_body(void)
{
    struct trial trial;
    struct error error = {0};
    begin(&trial, false);
    test_wire_must(netlink_set_down(trial.netlink, "l1", &error), &error);
    if (run(&trial, &error) != ERROR_SYSTEM || !strstr(error.text, "l1 was taken down"))
        return 1;
    return finish(&trial);
}

static void what_the_policy_says(void)
{
    CU_ASSERT_EQUAL(testing_in_child(policy_body), 0);
}
static void a_policy_that_keeps_frames(void)
{
    CU_ASSERT_EQUAL(testing_in_child(keeper_body), 0);
}
static void a_policy_that_changes_its_mind(void)
{
    CU_ASSERT_EQUAL(testing_in_child(look_again_body), 0);
}
static void no_more_than_so_many_are_held(void)
{
    CU_ASSERT_EQUAL(testing_in_child(bound_body), 0);
}
static void what_an_end_refuses(void)
{
    CU_ASSERT_EQUAL(testing_in_child(refused_body), 0);
}
static void an_interface_taken_down(void)
{
    CU_ASSERT_EQUAL(testing_in_child(taken_down_body), 0);
}

void tests_harness_lab_relay(void);
void tests_harness_lab_relay(void)
{
    TEST_SUITE("live lab/relay", {"what the policy says is done", what_the_policy_says},
               {"a policy that keeps frames", a_policy_that_keeps_frames},
               {"a policy that changes its mind", a_policy_that_changes_its_mind},
               {"no more than so many are held", no_more_than_so_many_are_held},
               {"what an end refuses", what_an_end_refuses},
               {"an interface taken down", an_interface_taken_down});
}
