/* SPDX-License-Identifier: MIT */
#include "harness/lab/name_answer.h"
#include "harness/lab/dnsmasq.h"
#include "harness/loop/namespace.h"
#include "harness/scenario/service_target.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dns.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DNS_HEADER_BYTES = 12, QUESTIONS_A_TURN = 64 };

/* False: silence. */
static bool decide(const struct scenario_dns *dns, uint32_t edos_address,
                   struct dns_message *message)
{
    switch (dns->answer) {
    case DNS_ANSWER_NEVER:
        return false;
    case DNS_ANSWER_NXDOMAIN:
        message->rcode = DNS_NXDOMAIN;
        break;
    case DNS_ANSWER_SERVFAIL:
        message->rcode = DNS_SERVFAIL;
        break;
    case DNS_ANSWER_NORMAL:
    case DNS_ANSWER_ADDRESS:
        if (message->type == DNS_A)
            message->addresses[message->address_count++] =
                dns->answer == DNS_ANSWER_ADDRESS ? dns->address : edos_address;
        break;
    }
    return true;
}

/* The name as it was asked for, if it was written out (and not by pointers). */
static void restore_letters(uint8_t *reply, const char *name, const uint8_t *question,
                            size_t length)
{
    size_t name_bytes = strlen(name) + 2; /* a length before the first label, the root at the end */
    if (length < DNS_HEADER_BYTES + name_bytes)
        return;
    for (size_t i = DNS_HEADER_BYTES; i < DNS_HEADER_BYTES + name_bytes; i++) {
        if (tolower(question[i]) != reply[i]) /* no length of a label is a letter */
            return;
    }
    memcpy(reply + DNS_HEADER_BYTES, question + DNS_HEADER_BYTES, name_bytes);
}

static enum name_verdict append_answer(const struct dns_message *message, const uint8_t *question,
                                       size_t length, struct buffer *reply)
{
    size_t start = reply->length;
    if (!dns_encode(reply, message) || reply->failed)
        return NAME_NO_QUESTION;
    restore_letters(reply->data + start, message->name, question, length);
    return NAME_ANSWERED;
}

enum name_verdict name_answer(const struct scenario_dns *dns, const char *host,
                              uint32_t edos_address, const uint8_t *question, size_t length,
                              struct buffer *reply)
{
    struct dns_message message;
    if (!dns_decode(question, length, &message) || message.response || message.name[0] == 0 ||
        (host && strcasecmp(message.name, host) != 0))
        return NAME_NO_QUESTION;
    message.response = true;
    message.rcode = 0;
    message.address_count = 0;
    if (!decide(dns, edos_address, &message))
        return NAME_SILENCE;
    return append_answer(&message, question, length, reply);
}

/* --- services --- */

/* Whether it is a question for a service in this domain. */
static bool asks_for_service(const struct dns_message *message, const char *domain,
                             enum vendor_service_kind *ret_kind)
{
    return domain && message->type == DNS_SRV && !message->response &&
           vendor_service_find(vendor_default(), message->name, ret_kind) &&
           strcasecmp(message->name + strlen(vendor_default()->services[*ret_kind].name) + 1,
                      domain) == 0;
}

enum name_verdict service_answer(const struct scenario_dhcp *dhcp, const char *const *substitutions,
                                 const uint8_t *question, size_t length, struct buffer *reply)
{
    struct dns_message message;
    enum vendor_service_kind kind;
    struct service_target target;
    if (!dhcp->srv.present || !dns_decode(question, length, &message) ||
        !asks_for_service(&message, dhcp->domain, &kind))
        return NAME_NO_QUESTION;
    const char *text = dhcp->srv.targets[kind];
    message.response = true;
    message.rcode = text ? DNS_NOERROR : DNS_NXDOMAIN;
    message.address_count = message.service_count = 0;
    if (text && !service_target_read(text, kind, substitutions, &target))
        return NAME_NO_QUESTION;
    if (text) {
        struct dns_service *service = &message.services[message.service_count++];
        *service = (struct dns_service){.weight = 1, .port = target.port};
        memcpy(service->target, target.host, sizeof target.host);
    }
    return append_answer(&message, question, length, reply);
}

/* --- the name server's upstream --- */

struct name_stub {
    struct loop *loop;
    int fd;
    struct loop_watch *watch;
    uint32_t edos_address;
    struct scenario_dns dns;
    uint64_t given;
};

static void answer(struct name_stub *stub, const uint8_t *question, size_t length,
                   const struct sockaddr_in *asker)
{
    struct buffer reply;
    buffer_init(&reply, DNS_MESSAGE_MAX);
    if (name_answer(&stub->dns, NULL, stub->edos_address, question, length, &reply) ==
        NAME_ANSWERED) {
        stub->given++;
        if (sendto(stub->fd, reply.data, reply.length, 0, (const struct sockaddr *)asker,
                   sizeof *asker) < 0) {
            struct error error;
            error_set_errno(&error, errno, "cannot answer the name server");
            loop_fail(stub->loop, ERROR_SYSTEM, &error);
        }
    }
    buffer_done(&reply);
}

static void ready(void *context, uint32_t epoll_events)
{
    struct name_stub *stub = context;
    (void)epoll_events;
    for (int i = 0; i < QUESTIONS_A_TURN; i++) {
        uint8_t bytes[DNS_MESSAGE_MAX];
        struct sockaddr_in asker;
        socklen_t asker_length = sizeof asker;
        ssize_t length =
            recvfrom(stub->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&asker, &asker_length);
        if (length < 0)
            return;
        answer(stub, bytes, (size_t)length, &asker);
    }
}

int name_stub_new(struct loop *loop, int netns_fd, uint32_t edos_address,
                  struct name_stub **ret_stub, struct error *error)
{
    struct name_stub *stub = calloc(1, sizeof *stub);
    if (!stub)
        return error_set(error, ERROR_MEMORY, "out of memory");
    stub->loop = loop;
    stub->edos_address = edos_address;
    stub->fd = namespace_socket(netns_fd, AF_INET, SOCK_DGRAM, 0, error);
    int result = stub->fd < 0 ? stub->fd : 0;
    if (result == 0) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(DNSMASQ_STUB_PORT),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        if (bind(stub->fd, (struct sockaddr *)&address, sizeof address) < 0)
            result = error_set_errno(error, errno, "cannot listen for the name server's questions");
    }
    if (result == 0)
        result = loop_watch(loop, stub->fd, EPOLLIN, ready, stub, &stub->watch, error);
    if (result < 0) {
        name_stub_free(stub);
        return result;
    }
    *ret_stub = stub;
    return 0;
}

void name_stub_free(struct name_stub *stub)
{
    if (!stub)
        return;
    loop_unwatch(stub->watch);
    if (stub->fd >= 0)
        close(stub->fd);
    free(stub);
}

void name_stub_set(struct name_stub *stub, const struct scenario_dns *dns)
{
    stub->dns = *dns;
}

uint64_t name_stub_given(const struct name_stub *stub)
{
    return stub->given;
}
