/* SPDX-License-Identifier: MIT */
#include "harness/lab/dnsmasq_barrier.h"
#include "harness/base/monotonic.h"
#include "harness/loop/namespace.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUEUES_TEXT_MAX = 1 << 16 };

struct dnsmasq_barrier {
    struct loop_barrier barrier;
    struct loop *loop;
    struct dnsmasq_given given;
    uint64_t proving, proved; /* values of given.count */
    int fd, queues_fd;
    struct loop_watch *watch;
    uint16_t question; /* id of the last one asked */
    bool last;         /* the queues were empty before the last question */
};

bool udp_queues_parse(const char *text, const uint16_t *ports, size_t port_count,
                      uint64_t *ret_waiting_bytes, uint64_t *ret_dropped)
{
    uint64_t waiting = 0, dropped = 0;
    const char *line = strchr(text, '\n'); /* behind the heading */
    if (!line)
        return false;
    while (*++line) {
        unsigned port, receive_queue;
        uint64_t drops;
        const char *end = strchr(line, '\n');
        if (!end)
            return false;
        if (sscanf(line,
                   "%*d: %*8x:%4x %*8x:%*4x %*x %*8x:%8x %*x:%*x %*x %*d %*d %*d %*d %*s %" SCNu64,
                   &port, &receive_queue, &drops) != 3)
            return false;
        for (size_t i = 0; i < port_count; i++) {
            if (ports[i] == port) {
                waiting += receive_queue;
                dropped += drops;
            }
        }
        line = end;
    }
    *ret_waiting_bytes = waiting;
    *ret_dropped = dropped;
    return true;
}

static void fail(struct dnsmasq_barrier *barrier, const char *text)
{
    struct error error;
    error_set_errno(&error, errno, "%s", text);
    loop_fail(barrier->loop, ERROR_SYSTEM, &error);
}

static bool queues_empty(struct dnsmasq_barrier *barrier)
{
    static const uint16_t ports[] = {DHCP_SERVER_PORT, DNS_PORT, DNSMASQ_STUB_PORT};
    static char text[QUEUES_TEXT_MAX];
    size_t length = 0;
    uint64_t waiting = 0, dropped = 0;
    if (lseek(barrier->queues_fd, 0, SEEK_SET) == 0) {
        ssize_t part;
        while (length < sizeof text - 1 &&
               (part = read(barrier->queues_fd, text + length, sizeof text - 1 - length)) > 0)
            length += (size_t)part;
    }
    text[length] = 0;
    if (!udp_queues_parse(text, ports, sizeof ports / sizeof ports[0], &waiting, &dropped)) {
        fail(barrier, "cannot read the name server's receive queues");
        return false;
    }
    if (dropped > 0) {
        struct error error;
        error_set(&error, ERROR_LIMIT, "the name server's receive queue overflowed");
        loop_fail(barrier->loop, ERROR_LIMIT, &error);
    }
    return waiting == 0;
}

static void ask(struct dnsmasq_barrier *barrier)
{
    struct dns_message question = {.id = ++barrier->question, .type = DNS_A};
    struct buffer bytes;
    memcpy(question.name, DNSMASQ_BARRIER_NAME, sizeof DNSMASQ_BARRIER_NAME);
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    barrier->last = queues_empty(barrier);
    dns_encode(&bytes, &question);
    if (send(barrier->fd, bytes.data, bytes.length, 0) < 0)
        fail(barrier, "cannot ask the name server");
    buffer_done(&bytes);
}

static void ready(void *context, uint32_t epoll_events)
{
    struct dnsmasq_barrier *barrier = context;
    uint8_t bytes[DNS_MESSAGE_MAX];
    struct dns_message answer;
    (void)epoll_events;
    ssize_t length = recv(barrier->fd, bytes, sizeof bytes, 0);
    if (length < 0) {
        /* A refusal means that it has just died, which its supervisor tells better. */
        if (errno != EAGAIN && errno != ECONNREFUSED)
            fail(barrier, "cannot hear the name server");
        return;
    }
    if (!barrier->barrier.begun || !dns_decode(bytes, (size_t)length, &answer) ||
        !answer.response || answer.id != barrier->question)
        return;
    if (!barrier->last) {
        ask(barrier);
        return;
    }
    barrier->proved = barrier->proving;
    loop_barrier_passed(&barrier->barrier);
}

static bool answered(const struct dnsmasq_barrier *barrier)
{
    uint8_t bytes[DNS_MESSAGE_MAX];
    struct dns_message answer;
    ssize_t length = recv(barrier->fd, bytes, sizeof bytes, 0);
    return length > 0 && dns_decode(bytes, (size_t)length, &answer) && answer.response &&
           answer.id == barrier->question;
}

bool dnsmasq_barrier_drain(struct dnsmasq_barrier *barrier, int real_ms_max)
{
    uint64_t end_us = monotonic_us() + (uint64_t)real_ms_max * 1000;
    ask(barrier);
    for (uint64_t now_us; (now_us = monotonic_us()) < end_us;) {
        struct pollfd ready = {.fd = barrier->fd, .events = POLLIN};
        if (poll(&ready, 1, (int)((end_us - now_us) / 1000) + 1) <= 0 || !answered(barrier))
            continue;
        if (barrier->last)
            return true;
        ask(barrier);
    }
    return false;
}

static bool needed(void *context)
{
    struct dnsmasq_barrier *barrier = context;
    return barrier->given.count(barrier->given.context) != barrier->proved;
}

static void begin(void *context)
{
    struct dnsmasq_barrier *barrier = context;
    barrier->proving = barrier->given.count(barrier->given.context);
    ask(barrier);
}

static int open_in_namespace(struct dnsmasq_barrier *barrier, int netns_fd, struct error *error)
{
    struct namespace_visit visit;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(DNS_PORT),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int result = namespace_enter(&visit, netns_fd, error);
    if (result < 0)
        return result;
    barrier->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    barrier->queues_fd = open("/proc/thread-self/net/udp", O_RDONLY | O_CLOEXEC);
    if (barrier->fd < 0 || barrier->queues_fd < 0 ||
        connect(barrier->fd, (struct sockaddr *)&address, sizeof address) < 0)
        result = error_set_errno(error, errno, "cannot look into the name server's namespace");
    namespace_leave(&visit);
    return result;
}

int dnsmasq_barrier_new(struct loop *loop, int netns_fd, struct dnsmasq_given given,
                        struct dnsmasq_barrier **ret_barrier, struct error *error)
{
    struct dnsmasq_barrier *barrier = calloc(1, sizeof *barrier);
    if (!barrier)
        return error_set(error, ERROR_MEMORY, "out of memory");
    barrier->loop = loop;
    barrier->given = given;
    barrier->fd = barrier->queues_fd = -1;
    barrier->barrier = (struct loop_barrier){
        .needed = needed, .begin = begin, .context = barrier, .name = "dnsmasq"};
    loop_barrier_add(loop, &barrier->barrier);
    int result = open_in_namespace(barrier, netns_fd, error);
    if (result == 0)
        result = loop_watch(loop, barrier->fd, EPOLLIN, ready, barrier, &barrier->watch, error);
    if (result < 0) {
        dnsmasq_barrier_free(barrier);
        return result;
    }
    loop_watch_set_passive(barrier->watch, true);
    *ret_barrier = barrier;
    return 0;
}

void dnsmasq_barrier_free(struct dnsmasq_barrier *barrier)
{
    if (!barrier)
        return;
    loop_barrier_remove(barrier->loop, &barrier->barrier);
    loop_unwatch(barrier->watch);
    if (barrier->fd >= 0)
        close(barrier->fd);
    if (barrier->queues_fd >= 0)
        close(barrier->queues_fd);
    free(barrier);
}
