/* SPDX-License-Identifier: MIT */
/* The lab for real: namespaces, a dnsmasq, the gate, the barrier. Each trial is a child process of
 * its own, since it enters namespaces; it tells by its exit code. */
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/lab/dnsmasq.h"
#include "harness/lab/gate.h"
#include "harness/lab/lab.h"
#include "harness/lab/name_answer.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STALL_US = 20000000, BURSTS = 150, BURST_MAX = 20, CHILD_BROKEN = 99 };

struct trial {
    struct loop *loop;
    struct lab *lab;
    struct gate *gate;
    struct name_stub *stub;
    struct dnsmasq *dnsmasq;
    struct scenario_dhcp dhcp;
    int wire_fd; /* a raw socket on the phone's interface */
    struct loop_timer tick;
    struct random_source random;
    unsigned bursts, sent, offers, naks, early;
    uint64_t offer_us; /* when the last OFFER came */
    uint32_t offered;  /* and its address */
    struct mac mac;    /* who asks */
};

static void must(int result, const struct error *error)
{
    if (result < 0) {
        fprintf(stderr, "%s\n", error->text);
        _exit(CHILD_BROKEN);
    }
}

static uint64_t given(void *context)
{
    const struct trial *trial = context;
    return gate_given(trial->gate) + name_stub_given(trial->stub);
}

static int open_wire(const struct trial *trial, struct error *error)
{
    struct namespace_visit visit;
    must(namespace_enter(&visit, lab_phone_netns(trial->lab, 0), error), error);
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(LAB_PHONE_INTERFACE)};
    int one = 1;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        _exit(CHILD_BROKEN);
    namespace_leave(&visit);
    return fd;
}

static void send_dhcp(struct trial *trial, enum dhcp_type type, uint32_t requested)
{
    struct buffer payload, bytes;
    struct frame headers = {.source_mac = trial->mac,
                            .destination = 0xffffffffu,
                            .source_port = DHCP_CLIENT_PORT,
                            .destination_port = DHCP_SERVER_PORT};
    struct dhcp_message message = {.op = 1, .xid = ++trial->sent, .chaddr = headers.source_mac};
    memset(headers.destination_mac.bytes, 0xff, MAC_BYTES);
    buffer_init(&payload, 2048);
    buffer_init(&bytes, 2048);
    dhcp_encode_header(&payload, &message);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)type);
    if (requested)
        dhcp_encode_u32(&payload, DHCP_OPTION_REQUESTED_ADDRESS, requested);
    dhcp_encode_end(&payload);
    frame_encode_udp(&bytes, &headers, payload.data, payload.length);
    if (send(trial->wire_fd, bytes.data, bytes.length, 0) != (ssize_t)bytes.length)
        _exit(CHILD_BROKEN);
    buffer_done(&payload);
    buffer_done(&bytes);
}

/* What has come to the phone by now. */
static void count_answers(struct trial *trial)
{
    uint8_t bytes[2048];
    ssize_t length;
    while ((length = recv(trial->wire_fd, bytes, sizeof bytes, 0)) > 0) {
        struct frame frame;
        struct dhcp_message message;
        if (!frame_decode(bytes, (size_t)length, &frame) || frame.kind != FRAME_UDP ||
            frame.destination_port != DHCP_CLIENT_PORT ||
            !dhcp_decode(frame.payload, frame.payload_length, &message))
            continue;
        trial->offers += message.type == DHCP_OFFER;
        trial->offered = message.yiaddr;
        trial->naks += message.type == DHCP_NAK;
        trial->offer_us = loop_now_us(trial->loop);
    }
}

static const char *folder; /* made where it will be removed */

static void begin_with(struct trial *trial, const uint32_t *fixed_addresses, bool known_only)
{
    struct error error = {0};
    memset(trial, 0, sizeof *trial);
    random_seed(&trial->random, 7);
    trial->dhcp.lease_us = DURATION_H;
    lab_pin_processor(0);
    must(lab_enter_namespaces(&error), &error);
    must(loop_new(LOOP_CLOCK_WARP, 1, &trial->loop, &error), &error);
    struct lab_plan plan = lab_plan_emulated;
    plan.phone_count = 1;
    must(lab_new(&plan, &trial->lab, &error), &error);
    must(loop_flush_enable(trial->loop, &error), &error);
    must(gate_new(trial->loop, lab_name_server_mac(trial->lab), plan.name_server,
                  lab_phone_macs(trial->lab), 1, &trial->gate, &error),
         &error);
    int netns_fd = lab_name_server_netns(trial->lab);
    must(name_stub_new(trial->loop, netns_fd, plan.edos, &trial->stub, &error), &error);
    must(dnsmasq_new(trial->loop, netns_fd, folder, 1,
                     (struct dnsmasq_given){.count = given, .context = trial}, &trial->dnsmasq,
                     &error),
         &error);
    const struct scenario_dhcp *phones[] = {&trial->dhcp};
    static const char *const substitutions[SUBSTITUTE_COUNT] = {"", "", "", ""};
    struct dnsmasq_settings settings = {.edos_host = LAB_EDOS_HOST,
                                        .provision_host = LAB_PROVISION_HOST,
                                        .provision_address = lab_plan_emulated.provision,
                                        .pool_first = lab_plan_emulated.pool_first,
                                        .pool_last = lab_plan_emulated.pool_last,
                                        .netmask = 0xffff0000u,
                                        .phone_macs = lab_phone_macs(trial->lab),
                                        .phones = phones,
                                        .phone_count = 1,
                                        .fixed_addresses = fixed_addresses,
                                        .known_only = known_only,
                                        .substitutions = substitutions};
    must(dnsmasq_apply(trial->dnsmasq, &settings, &error), &error);
    trial->wire_fd = open_wire(trial, &error);
    trial->mac = lab_phone_macs(trial->lab)[0];
}

static void begin(struct trial *trial)
{
    begin_with(trial, NULL, false);
}

static void finish(struct trial *trial)
{
    close(trial->wire_fd);
    dnsmasq_free(trial->dnsmasq);
    name_stub_free(trial->stub);
    gate_free(trial->gate);
    lab_free(trial->lab);
    loop_timer_cancel(&trial->tick);
    loop_free(trial->loop);
}

static int in_child(int (*body)(void))
{
    if (!folder)
        folder = testing_folder();
    return testing_in_child(body);
}

/* --- the barrier --- */

static void burst(void *context)
{
    struct trial *trial = context;
    unsigned count = 1 + (unsigned)random_below(&trial->random, BURST_MAX);
    trial->offers = 0;
    trial->early = 0;
    for (unsigned i = 0; i < count; i++)
        send_dhcp(trial, DHCP_DISCOVER, 0);
    trial->early = count; /* to be answered before the clock may move */
    trial->bursts++;
}

static bool all_answered(void *context)
{
    struct trial *trial = context;
    count_answers(trial);
    if (trial->early != trial->offers) {
        fprintf(stderr, "burst %u: %u sent, %u answered when all seemed quiet\n", trial->bursts,
                trial->early, trial->offers);
        _exit(1);
    }
    if (trial->bursts == BURSTS)
        loop_stop(trial->loop);
    else if (!loop_timer_is_set(&trial->tick))
        loop_timer_set(trial->loop, &trial->tick, loop_now_us(trial->loop) + DURATION_S, burst,
                       trial);
    return false;
}

static int bursts_body(void)
{
    struct trial trial;
    struct error error = {0};
    begin(&trial);
    must(loop_run(trial.loop, all_answered, &trial, STALL_US, &error), &error);
    finish(&trial);
    return 0;
}

static void the_clock_never_overtakes_dnsmasq(void)
{
    CU_ASSERT_EQUAL(in_child(bursts_body), 0);
}

/* --- what the gate plays --- */

static void discover_later(void *context)
{
    send_dhcp(context, DHCP_DISCOVER, 0);
}

static void request_later(void *context)
{
    send_dhcp(context, DHCP_REQUEST, lab_plan_emulated.pool_first);
}

static void stop_later(void *context)
{
    loop_stop(((struct trial *)context)->loop);
}

static bool only_count(void *context)
{
    count_answers(context);
    return false;
}

static int gate_body(enum dhcp_answer answer, loop_timer_fn *send_what)
{
    struct trial trial;
    struct error error = {0};
    struct loop_timer end = {0};
    begin(&trial);
    const struct scenario_dhcp dhcp = {.answer = answer, .answer_delay_us = 10 * DURATION_S};
    gate_set_dhcp(trial.gate, 0, &dhcp);
    loop_timer_set(trial.loop, &trial.tick, DURATION_S, send_what, &trial);
    loop_timer_set(trial.loop, &end, DURATION_M, stop_later, &trial);
    must(loop_run(trial.loop, only_count, &trial, STALL_US, &error), &error);
    bool good = false;
    switch (answer) {
    case DHCP_ANSWER_NORMAL:
        good = trial.offers == 1 && trial.offer_us == DURATION_S;
        break;
    case DHCP_ANSWER_NEVER:
        good = trial.offers == 0 && gate_given(trial.gate) == 0;
        break;
    case DHCP_ANSWER_NAK:
        good = trial.naks == 1 && trial.offers == 0;
        break;
    case DHCP_ANSWER_DELAY:
        good = trial.offers == 1 && trial.offer_us == 11 * DURATION_S;
        break;
    case DHCP_ANSWER_MALFORMED: /* see dhcp_malform_test */
        break;
    }
    finish(&trial);
    return good ? 0 : 1;
}

static int gate_normal(void)
{
    return gate_body(DHCP_ANSWER_NORMAL, discover_later);
}
static int gate_never(void)
{
    return gate_body(DHCP_ANSWER_NEVER, discover_later);
}
static int gate_nak(void)
{
    return gate_body(DHCP_ANSWER_NAK, request_later);
}
static int gate_delay(void)
{
    return gate_body(DHCP_ANSWER_DELAY, discover_later);
}

static void the_gate_plays_faults(void)
{
    CU_ASSERT_EQUAL(in_child(gate_normal), 0);
    CU_ASSERT_EQUAL(in_child(gate_never), 0);
    CU_ASSERT_EQUAL(in_child(gate_nak), 0);
    CU_ASSERT_EQUAL(in_child(gate_delay), 0);
}

/* --- whom dnsmasq serves --- */

enum { FOREIGN_ADDRESS = 0xc0a80107, FIXED_ADDRESS = 0x0a4d0120 /* in the emulated lab's pool */ };

/* What comes of a message from that MAC address, in a lab that serves others than its phones or
 * not. */
static void ask(const uint32_t *fixed, bool known_only, bool as_phone, enum dhcp_type type,
                uint32_t requested, struct trial *trial)
{
    static const struct mac stranger = {{2, 9, 9, 9, 9, 9}};
    struct error error = {0};
    struct loop_timer end = {0};
    begin_with(trial, fixed, known_only);
    if (!as_phone)
        trial->mac = stranger;
    send_dhcp(trial, type, requested);
    loop_timer_set(trial->loop, &end, DURATION_M, stop_later, trial);
    must(loop_run(trial->loop, only_count, trial, STALL_US, &error), &error);
    if (gate_given(trial->gate) != 1)
        _exit(CHILD_BROKEN); /* dnsmasq never saw it */
    finish(trial);
}

static int phone_discovers(void)
{
    static const uint32_t fixed[] = {FIXED_ADDRESS};
    struct trial trial;
    ask(fixed, true, true, DHCP_DISCOVER, 0, &trial);
    return trial.offers == 1 && trial.offered == FIXED_ADDRESS ? 0 : 1;
}
static int phone_asks_for_another_address(void)
{
    static const uint32_t fixed[] = {FIXED_ADDRESS};
    struct trial trial;
    ask(fixed, true, true, DHCP_REQUEST, FOREIGN_ADDRESS, &trial);
    return trial.naks == 1 ? 0 : 1;
}
static int stranger_discovers(void)
{
    struct trial trial;
    ask(NULL, true, false, DHCP_DISCOVER, 0, &trial);
    return trial.offers == 0 && trial.naks == 0 ? 0 : 1;
}
static int stranger_keeps_its_address(void)
{
    struct trial trial;
    ask(NULL, true, false, DHCP_REQUEST, FOREIGN_ADDRESS, &trial);
    return trial.naks == 0 && trial.offers == 0 ? 0 : 1;
}
/* Without `known_only` a stranger is served, and told off: the two trials before could fail. */
static int stranger_is_served(void)
{
    struct trial trial;
    ask(NULL, false, false, DHCP_DISCOVER, 0, &trial);
    return trial.offers == 1 ? 0 : 1;
}
static int stranger_is_told_off(void)
{
    struct trial trial;
    ask(NULL, false, false, DHCP_REQUEST, FOREIGN_ADDRESS, &trial);
    return trial.naks == 1 ? 0 : 1;
}

static void only_the_phones_are_served(void)
{
    CU_ASSERT_EQUAL(in_child(phone_discovers), 0);
    CU_ASSERT_EQUAL(in_child(phone_asks_for_another_address), 0);
    CU_ASSERT_EQUAL(in_child(stranger_discovers), 0);
    CU_ASSERT_EQUAL(in_child(stranger_keeps_its_address), 0);
    CU_ASSERT_EQUAL(in_child(stranger_is_served), 0);
    CU_ASSERT_EQUAL(in_child(stranger_is_told_off), 0);
}

void tests_harness_lab_lab(void);
void tests_harness_lab_lab(void)
{
    TEST_SUITE("live lab", {"the clock never overtakes dnsmasq", the_clock_never_overtakes_dnsmasq},
               {"the gate plays silence, NAK and delay", the_gate_plays_faults},
               {"only the phones are served", only_the_phones_are_served});
}
