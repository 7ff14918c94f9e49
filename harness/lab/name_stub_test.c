/* SPDX-License-Identifier: MIT */
/* Live: each trial is a child process with a network namespace of its own. */
#include "harness/base/testing.h"
#include "harness/lab/dnsmasq.h"
#include "harness/lab/lab.h"
#include "harness/lab/name_answer.h"
#include "harness/lab/netlink.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dns.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EDOS_ADDRESS = 0x0a4d0002, OTHER_ADDRESS = 0xc0000201, STALL_US = 5000000 };
enum { CHILD_BROKEN = 99, PATIENCE_US = 1000000 };

struct bench {
    struct loop *loop;
    struct name_stub *stub;
    int netns_fd, fd;
    struct loop_watch *watch;
    struct loop_timer timer;
    bool answered;
    struct dns_message answer;
};

static void heard(void *context, uint32_t epoll_events)
{
    struct bench *bench = context;
    uint8_t bytes[DNS_MESSAGE_MAX];
    (void)epoll_events;
    ssize_t length = recv(bench->fd, bytes, sizeof bytes, 0);
    bench->answered = length > 0 && dns_decode(bytes, (size_t)length, &bench->answer);
    loop_stop(bench->loop);
}

static void no_longer(void *context)
{
    loop_stop(((struct bench *)context)->loop);
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static bool send_bytes(struct bench *bench, const void *bytes, size_t length)
{
    struct error error;
    bench->answered = false;
    /* On the warp clock this is reached as soon as nothing is going on any more. */
    loop_timer_set(bench->loop, &bench->timer, loop_now_us(bench->loop) + PATIENCE_US, no_longer,
                   bench);
    return send(bench->fd, bytes, length, 0) == (ssize_t)length &&
           loop_run(bench->loop, nothing_to_start, NULL, STALL_US, &error) == 0;
}

static bool ask(struct bench *bench, bool response, uint16_t type)
{
    static uint16_t id = 100;
    struct dns_message question = {.id = ++id, .type = type, .response = response};
    struct buffer bytes;
    snprintf(question.name, sizeof question.name, "edos.example");
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    bool good = dns_encode(&bytes, &question) && send_bytes(bench, bytes.data, bytes.length);
    buffer_done(&bytes);
    return good && bench->answered && bench->answer.response && bench->answer.id == id &&
           strcmp(bench->answer.name, "edos.example") == 0 && bench->answer.type == type;
}

static bool gives_address(struct bench *bench, uint32_t address)
{
    return ask(bench, false, DNS_A) && bench->answer.rcode == 0 &&
           bench->answer.address_count == 1 && bench->answer.addresses[0] == address;
}

static bool gives_code(struct bench *bench, uint8_t code)
{
    return ask(bench, false, DNS_A) && bench->answer.rcode == code &&
           bench->answer.address_count == 0;
}

static void bench_init(struct bench *bench)
{
    struct error error;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(DNSMASQ_STUB_PORT),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *bench = (struct bench){0};
    if (lab_enter_namespaces(&error) < 0 ||
        netlink_new_namespace(-1, true, &bench->netns_fd, &error) < 0 ||
        loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error) < 0 ||
        name_stub_new(bench->loop, bench->netns_fd, EDOS_ADDRESS, &bench->stub, &error) < 0)
        _exit(CHILD_BROKEN);
    bench->fd = namespace_socket(bench->netns_fd, AF_INET, SOCK_DGRAM, 0, &error);
    if (bench->fd < 0 || connect(bench->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        loop_watch(bench->loop, bench->fd, EPOLLIN, heard, bench, &bench->watch, &error) < 0)
        _exit(CHILD_BROKEN);
}

static void bench_done(struct bench *bench)
{
    loop_timer_cancel(&bench->timer);
    loop_unwatch(bench->watch);
    close(bench->fd);
    name_stub_free(bench->stub);
    loop_free(bench->loop);
    close(bench->netns_fd);
}

static void set(struct bench *bench, enum dns_answer answer, uint32_t address)
{
    const struct scenario_dns dns = {.answer = answer, .address = address};
    name_stub_set(bench->stub, &dns);
}

/* The number of the check that does not hold; 0 = all hold. */
static int answers_body(void)
{
    struct bench bench;
    bench_init(&bench);
    if (!gives_address(&bench, EDOS_ADDRESS))
        return 1;
    set(&bench, DNS_ANSWER_ADDRESS, OTHER_ADDRESS);
    if (!gives_address(&bench, OTHER_ADDRESS))
        return 2;
    set(&bench, DNS_ANSWER_NXDOMAIN, 0);
    if (!gives_code(&bench, DNS_NXDOMAIN))
        return 3;
    set(&bench, DNS_ANSWER_SERVFAIL, 0);
    if (!gives_code(&bench, DNS_SERVFAIL))
        return 4;
    if (name_stub_given(bench.stub) != 4)
        return 5;
    set(&bench, DNS_ANSWER_NEVER, 0);
    if (ask(&bench, false, DNS_A) || bench.answered || name_stub_given(bench.stub) != 4)
        return 6;
    set(&bench, DNS_ANSWER_NORMAL, 0);
    if (!gives_address(&bench, EDOS_ADDRESS))
        return 7;
    enum { TYPE_AAAA = 28 };
    if (!ask(&bench, false, TYPE_AAAA) || bench.answer.rcode != 0 ||
        bench.answer.address_count != 0)
        return 8;
    bench_done(&bench);
    return 0;
}

static int no_questions_body(void)
{
    static const uint8_t garbage[] = {1, 2, 3};
    struct bench bench;
    bench_init(&bench);
    if (ask(&bench, true, DNS_A) || bench.answered)
        return 1;
    if (!send_bytes(&bench, garbage, sizeof garbage) || bench.answered)
        return 2;
    if (!send_bytes(&bench, garbage, 0) || bench.answered)
        return 3;
    if (name_stub_given(bench.stub) != 0 || !gives_address(&bench, EDOS_ADDRESS))
        return 4;
    struct name_stub *second = NULL;
    struct error error = {0};
    if (name_stub_new(bench.loop, bench.netns_fd, EDOS_ADDRESS, &second, &error) != ERROR_SYSTEM ||
        second || !strstr(error.text, "cannot listen"))
        return 5;
    bench_done(&bench);
    return 0;
}

static void answers_as_told(void)
{
    CU_ASSERT_EQUAL(testing_in_child(answers_body), 0);
}

static void what_is_no_question(void)
{
    CU_ASSERT_EQUAL(testing_in_child(no_questions_body), 0);
}

void tests_harness_lab_name_stub(void);
void tests_harness_lab_name_stub(void)
{
    TEST_SUITE("live lab/name_stub", {"answers as told", answers_as_told},
               {"what is no question", what_is_no_question});
}
