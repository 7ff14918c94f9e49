/* SPDX-License-Identifier: MIT */
/* On a cable of two ends in a namespace of its own: at the far one a device that answers or does
 * not. Each trial is a child process, since it enters namespaces. */
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/lab/packet_socket.h"
#include "harness/run/presence.h"
#include "harness/wire/frame.h"
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_ADDRESS 0x0a000001u
#define DEVICE_ADDRESS 0x0a000032u
#define QUESTION_US UINT64_C(20000)
enum { CHILD_BROKEN = 99, FRAME_BYTES_MAX = 2048 };

struct trial {
    struct loop *loop;
    struct presence *presence;
    int device_fd; /* the far end */
    struct loop_watch *watch;
    unsigned questions, strangers;
    bool answers;
    uint64_t since_us;
    enum presence_answer answer;
    struct mac stranger;
};
static const struct mac device_mac = {{0x02, 0, 0, 0, 0, 0x32}};

static void must(int result, const struct error *error)
{
    if (result < 0) {
        fprintf(stderr, "%s\n", error->text);
        _exit(CHILD_BROKEN);
    }
}

static void speak(struct trial *trial, const struct mac *from)
{
    struct frame frame = {.kind = FRAME_ARP,
                          .source_mac = *from,
                          .source = DEVICE_ADDRESS,
                          .destination = OWN_ADDRESS,
                          .arp_operation = 2,
                          .arp_source_mac = *from};
    struct buffer bytes;
    buffer_init(&bytes, FRAME_BYTES_MAX);
    frame_encode_arp(&bytes, &frame);
    presence_frame(trial->presence, bytes.data, bytes.length);
    buffer_done(&bytes);
}

/* The device hears a question for its address. */
static void device_ready(void *context, uint32_t epoll_events)
{
    struct trial *trial = context;
    uint8_t bytes[FRAME_BYTES_MAX];
    ssize_t length;
    (void)epoll_events;
    while ((length = recv(trial->device_fd, bytes, sizeof bytes, 0)) > 0) {
        struct frame frame;
        if (!frame_decode(bytes, (size_t)length, &frame) || frame.kind != FRAME_ARP ||
            frame.destination != DEVICE_ADDRESS)
            continue;
        trial->questions += frame.source == OWN_ADDRESS && frame.arp_operation == 1;
        if (trial->answers)
            speak(trial, &device_mac);
    }
}

static void stranger_seen(void *context, const struct stranger *stranger)
{
    struct trial *trial = context;
    trial->strangers++;
    trial->stranger = stranger->mac;
}

static bool quiet(void *context)
{
    struct trial *trial = context;
    trial->answer = presence_since(trial->presence, 0, DEVICE_ADDRESS, trial->since_us);
    if (trial->answer != PRESENCE_ASKING)
        loop_stop(trial->loop);
    return trial->answer != PRESENCE_ASKING;
}

static bool owes(void *context)
{
    (void)context;
    return true;
}

static void begin(struct trial *trial)
{
    struct error error = {0};
    struct nl_sock *netlink;
    memset(trial, 0, sizeof *trial);
    must(lab_enter_namespaces(&error), &error);
    must(netlink_open(-1, &netlink, &error), &error);
    must(netlink_add_veth(netlink, "near", NULL, "far", NULL, -1, &error), &error);
    must(netlink_set_up(netlink, "near", &error), &error);
    must(netlink_set_up(netlink, "far", &error), &error);
    must(netlink_await_carrier(-1, "near", &error), &error);
    netlink_close(netlink);
    must(loop_new(LOOP_CLOCK_REAL, 1, &trial->loop, &error), &error);
    must(packet_socket_open("far", ETH_P_ALL, &trial->device_fd, &error), &error);
    must(loop_watch(trial->loop, trial->device_fd, EPOLLIN, device_ready, trial, &trial->watch,
                    &error),
         &error);
    struct presence_config config = {.loop = trial->loop,
                                     .interface = "near",
                                     .own_address = OWN_ADDRESS,
                                     .macs = &device_mac,
                                     .count = 1,
                                     .stranger = stranger_seen,
                                     .context = trial,
                                     .question_us = QUESTION_US};
    must(presence_new(&config, &trial->presence, &error), &error);
}

static enum presence_answer ask(struct trial *trial)
{
    struct error error = {0};
    struct loop_debtor wait = {.owes = owes, .name = "a device"};
    trial->since_us = monotonic_us();
    loop_debtor_add(trial->loop, &wait);
    must(loop_run(trial->loop, quiet, trial, UINT64_C(10000000), &error), &error);
    loop_debtor_remove(trial->loop, &wait);
    return trial->answer;
}

static void end(struct trial *trial)
{
    loop_unwatch(trial->watch);
    close(trial->device_fd);
    presence_free(trial->presence);
    loop_free(trial->loop);
}

static int who_answers_is_there(void)
{
    struct trial trial;
    begin(&trial);
    trial.answers = true;
    bool good = ask(&trial) == PRESENCE_YES && trial.questions == 1 &&
                presence_heard_us(trial.presence, 0) >= trial.since_us;
    end(&trial);
    return good ? 0 : 1;
}

static int who_is_silent_is_gone(void)
{
    struct trial trial;
    begin(&trial);
    bool good = ask(&trial) == PRESENCE_NO && trial.questions == PRESENCE_QUESTIONS &&
                presence_heard_us(trial.presence, 0) == 0;
    uint64_t took_us = monotonic_us() - trial.since_us;
    good = good && took_us >= PRESENCE_QUESTIONS * QUESTION_US;
    /* And back, once it is heard. */
    trial.answers = true;
    speak(&trial, &device_mac);
    good = good && ask(&trial) == PRESENCE_YES;
    end(&trial);
    return good ? 0 : 1;
}

static int who_speaks_is_not_asked(void)
{
    struct trial trial;
    begin(&trial);
    speak(&trial, &device_mac);
    uint64_t heard_us = presence_heard_us(trial.presence, 0);
    bool good = heard_us > 0 &&
                presence_since(trial.presence, 0, DEVICE_ADDRESS, heard_us) == PRESENCE_YES &&
                trial.questions == 0;
    end(&trial);
    return good ? 0 : 1;
}

static int strangers_are_told(void)
{
    static const struct mac stranger = {{0x02, 9, 9, 9, 9, 9}};
    struct trial trial;
    begin(&trial);
    speak(&trial, &stranger);
    speak(&trial, &stranger);
    presence_frame(trial.presence, (const uint8_t *)"short", 5);
    bool good = trial.strangers == 1 && mac_equal(&trial.stranger, &stranger) &&
                presence_heard_us(trial.presence, 0) == 0;
    end(&trial);
    return good ? 0 : 1;
}

static void answers(void)
{
    CU_ASSERT_EQUAL(testing_in_child(who_answers_is_there), 0);
}

static void silent(void)
{
    CU_ASSERT_EQUAL(testing_in_child(who_is_silent_is_gone), 0);
}

static void speaks(void)
{
    CU_ASSERT_EQUAL(testing_in_child(who_speaks_is_not_asked), 0);
}

static void strangers(void)
{
    CU_ASSERT_EQUAL(testing_in_child(strangers_are_told), 0);
}

void tests_harness_run_presence(void);
void tests_harness_run_presence(void)
{
    TEST_SUITE("live run/presence", {"who answers is there", answers},
               {"who is silent is gone", silent}, {"who speaks is not asked", speaks},
               {"strangers are told of once", strangers});
}
