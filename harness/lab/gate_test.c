/* SPDX-License-Identifier: MIT */
/* Live: two phones' namespaces ask the gate for the same name at the same time. No dnsmasq runs:
 * who gets an answer has it from the gate. */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/gate.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/lab/wire_testing.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dns.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PHONES = 2, STALL_US = 10000000, OTHER_ADDRESS = 0xc0000201 };

struct trial {
    struct loop *loop;
    struct lab *lab;
    struct gate *gate;
    struct loop_timer patience;
    struct phone {
        int fd;
        struct loop_watch *watch;
        unsigned answers;
        struct dns_message answer;
    } phones[PHONES];
};

static void heard(void *context, uint32_t epoll_events)
{
    struct phone *phone = context;
    uint8_t bytes[DNS_MESSAGE_MAX];
    (void)epoll_events;
    ssize_t length = recv(phone->fd, bytes, sizeof bytes, 0);
    if (length > 0 && dns_decode(bytes, (size_t)length, &phone->answer))
        phone->answers++;
}

static void no_longer(void *context)
{
    loop_stop(((struct trial *)context)->loop);
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void start_phone(struct trial *trial, size_t i, uint32_t address)
{
    struct error error = {0};
    struct nl_sock *netlink;
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons(DNS_PORT),
                                 .sin_addr.s_addr = htonl(lab_plan_emulated.name_server)};
    int netns_fd = lab_phone_netns(trial->lab, i);
    struct phone *phone = &trial->phones[i];
    test_wire_must(netlink_open(netns_fd, &netlink, &error), &error);
    test_wire_must(netlink_add_address(netlink, LAB_PHONE_INTERFACE, address, 16, &error), &error);
    netlink_close(netlink);
    phone->fd = namespace_socket(netns_fd, AF_INET, SOCK_DGRAM, 0, &error);
    if (phone->fd < 0 || connect(phone->fd, (struct sockaddr *)&server, sizeof server) < 0)
        _exit(TEST_WIRE_BROKEN);
    test_wire_must(loop_watch(trial->loop, phone->fd, EPOLLIN, heard, phone, &phone->watch, &error),
                   &error);
}

static void begin(struct trial *trial)
{
    struct error error = {0};
    struct lab_plan plan = lab_plan_emulated;
    plan.phone_count = PHONES;
    memset(trial, 0, sizeof *trial);
    lab_pin_processor(0);
    test_wire_must(lab_enter_namespaces(&error), &error);
    test_wire_must(loop_new(LOOP_CLOCK_WARP, 1, &trial->loop, &error), &error);
    test_wire_must(lab_new(&plan, &trial->lab, &error), &error);
    test_wire_must(loop_flush_enable(trial->loop, &error), &error);
    test_wire_must(gate_new(trial->loop, lab_name_server_mac(trial->lab),
                            lab_plan_emulated.name_server, lab_phone_macs(trial->lab), PHONES,
                            &trial->gate, &error),
                   &error);
    for (size_t i = 0; i < PHONES; i++)
        start_phone(trial, i, lab_plan_emulated.pool_first + (uint32_t)i);
}

static int finish(struct trial *trial)
{
    loop_timer_cancel(&trial->patience);
    for (size_t i = 0; i < PHONES; i++) {
        loop_unwatch(trial->phones[i].watch);
        close(trial->phones[i].fd);
    }
    gate_free(trial->gate);
    lab_free(trial->lab);
    loop_free(trial->loop);
    return 0;
}

/* Both ask, one right after the other, and then all settles. */
static void ask(struct trial *trial, const char *name)
{
    struct error error = {0};
    for (size_t i = 0; i < PHONES; i++) {
        struct dns_message question = {.id = (uint16_t)(i + 1), .type = DNS_A};
        struct buffer bytes;
        snprintf(question.name, sizeof question.name, "%s", name);
        buffer_init(&bytes, DNS_MESSAGE_MAX);
        if (!dns_encode(&bytes, &question) ||
            send(trial->phones[i].fd, bytes.data, bytes.length, 0) < 0)
            _exit(TEST_WIRE_BROKEN);
        buffer_done(&bytes);
        trial->phones[i].answers = 0;
    }
    loop_timer_set(trial->loop, &trial->patience, loop_now_us(trial->loop) + DURATION_S, no_longer,
                   trial);
    test_wire_must(loop_run(trial->loop, nothing_to_start, NULL, STALL_US, &error), &error);
}

static void set(struct trial *trial, size_t phone, enum dns_answer answer)
{
    const struct scenario_dns dns = {.answer = answer, .address = OTHER_ADDRESS};
    gate_set_dns(trial->gate, phone, &dns);
}

static bool got_address(const struct phone *phone, uint32_t address)
{
    return phone->answers == 1 && phone->answer.rcode == 0 && phone->answer.address_count == 1 &&
           phone->answer.addresses[0] == address;
}

static bool got_code(const struct phone *phone, uint8_t code)
{
    return phone->answers == 1 && phone->answer.rcode == code && phone->answer.address_count == 0;
}

static const struct scenario_dhcp silent_dhcp = {.answer = DHCP_ANSWER_NEVER};

static int names_body(void)
{
    struct trial trial;
    begin(&trial);
    struct phone *first = &trial.phones[0], *second = &trial.phones[1];
    ask(&trial, LAB_EDOS_HOST);
    uint64_t given = gate_given(trial.gate);
    if (first->answers || second->answers || given < PHONES)
        return 1; /* without being told, the gate does not answer */
    gate_answer_names(trial.gate, LAB_EDOS_HOST, lab_plan_emulated.edos);
    given = gate_given(trial.gate);
    ask(&trial, LAB_EDOS_HOST);
    if (!got_address(first, lab_plan_emulated.edos) ||
        !got_address(second, lab_plan_emulated.edos) || gate_given(trial.gate) != given)
        return 2;
    set(&trial, 0, DNS_ANSWER_NEVER);
    set(&trial, 1, DNS_ANSWER_ADDRESS);
    ask(&trial, LAB_EDOS_HOST);
    if (first->answers || !got_address(second, OTHER_ADDRESS))
        return 3;
    set(&trial, 0, DNS_ANSWER_NXDOMAIN);
    set(&trial, 1, DNS_ANSWER_NEVER);
    ask(&trial, LAB_EDOS_HOST);
    if (!got_code(first, DNS_NXDOMAIN) || second->answers)
        return 4;
    set(&trial, 1, DNS_ANSWER_SERVFAIL);
    gate_set_dhcp(trial.gate, 0, &silent_dhcp); /* another matter */
    ask(&trial, LAB_EDOS_HOST);
    if (!got_code(first, DNS_NXDOMAIN) || !got_code(second, DNS_SERVFAIL))
        return 5;
    if (gate_given(trial.gate) != given)
        return 6;
    ask(&trial, LAB_PROVISION_HOST);
    if (first->answers || second->answers || gate_given(trial.gate) < given + PHONES)
        return 7; /* dnsmasq's */
    return finish(&trial);
}

static void each_phone_its_answer(void)
{
    CU_ASSERT_EQUAL(testing_in_child(names_body), 0);
}

void tests_harness_lab_gate(void);
void tests_harness_lab_gate(void)
{
    TEST_SUITE("live lab/gate", {"each phone its answer", each_phone_its_answer});
}
