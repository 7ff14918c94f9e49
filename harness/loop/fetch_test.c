/* SPDX-License-Identifier: MIT */
/* Against a server of a few lines that answers exactly the bytes it was given, so that each way a
 * transfer can end is the test's own doing. All on the warp clock: a transfer that the loop did not
 * wait for would be overtaken by the guard. */
#include "harness/base/testing.h"
#include "harness/loop/fetch.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK UINT32_C(0x7f000001)
#define GUARD_US UINT64_C(3600000000) /* an hour of the run's clock */
#define STALL_REAL_US UINT64_C(5000000)
enum { REQUEST_MAX = 2048, ANSWERS_MAX = 4, CLIENTS_MAX = 8 };

enum ending { CLOSES, RESETS, STAYS_SILENT };

struct peer {
    struct loop *loop;
    int listen_fd, client_fds[CLIENTS_MAX];
    struct loop_watch *listening, *clients[CLIENTS_MAX];
    unsigned accepted;
    uint16_t port;
    const char *answers[ANSWERS_MAX]; /* one a request; the last repeats */
    size_t answer_count, answered;
    enum ending ending;
    bool saw_end; /* the client closed or broke the connection */
    char request[REQUEST_MAX];
};

struct bench {
    struct loop *loop;
    struct fetcher *fetcher;
    struct peer peer;
    struct loop_timer guard;
    bool guard_fired, done;
    enum fetch_outcome outcome;
    unsigned status, calls;
    char body[256], location[256], text[256], url[128];
    size_t body_length;
};

static void hang_up(struct peer *peer, unsigned i)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (peer->client_fds[i] < 0)
        return;
    if (peer->ending == RESETS)
        setsockopt(peer->client_fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    loop_unwatch(peer->clients[i]);
    close(peer->client_fds[i]);
    peer->client_fds[i] = -1;
}

static void hold(struct peer *peer, int fd, bool on)
{
    struct sockaddr_in client;
    socklen_t length = sizeof client;
    CU_ASSERT_EQUAL_FATAL(getpeername(fd, (struct sockaddr *)&client, &length), 0);
    if (on) {
        CU_ASSERT_EQUAL(loop_hold(peer->loop, LOOP_TCP, ntohl(client.sin_addr.s_addr),
                                  ntohs(client.sin_port), -1, NULL),
                        0);
        return;
    }
    loop_release(peer->loop, LOOP_TCP, ntohl(client.sin_addr.s_addr), ntohs(client.sin_port));
}

static void client_ready(void *context, uint32_t events)
{
    struct peer *peer = context;
    (void)events;
    for (unsigned i = 0; i < peer->accepted; i++) {
        if (peer->client_fds[i] < 0)
            continue;
        ssize_t got = recv(peer->client_fds[i], peer->request, REQUEST_MAX - 1, 0);
        if (got < 0 && errno == EAGAIN)
            continue;
        if (got <= 0) {
            peer->saw_end = true;
            hang_up(peer, i);
            continue;
        }
        peer->request[got] = '\0';
        if (peer->ending == STAYS_SILENT) {
            hold(peer, peer->client_fds[i], true);
            continue;
        }
        size_t which =
            peer->answered < peer->answer_count ? peer->answered : peer->answer_count - 1;
        peer->answered++;
        size_t length = strlen(peer->answers[which]);
        CU_ASSERT_EQUAL(send(peer->client_fds[i], peer->answers[which], length, MSG_NOSIGNAL),
                        (ssize_t)length);
        hang_up(peer, i);
    }
}

static void client_knocks(void *context, uint32_t events)
{
    struct peer *peer = context;
    (void)events;
    int fd = accept4(peer->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    CU_ASSERT_FATAL(fd >= 0 && peer->accepted < CLIENTS_MAX);
    peer->client_fds[peer->accepted] = fd;
    CU_ASSERT_EQUAL_FATAL(loop_watch(peer->loop, fd, EPOLLIN, client_ready, peer,
                                     &peer->clients[peer->accepted], NULL),
                          0);
    peer->accepted++;
}

static int bound_socket(int type, uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void guard_fired(void *context)
{
    struct bench *bench = context;
    bench->guard_fired = true;
    loop_stop(bench->loop);
}

static void fetched(void *context, const struct fetch_result *result)
{
    struct bench *bench = context;
    bench->done = true;
    bench->calls++;
    bench->outcome = result->outcome;
    bench->status = result->status;
    bench->body_length = result->body_length;
    CU_ASSERT_EQUAL(result->complete, result->outcome == FETCH_OK);
    snprintf(bench->body, sizeof bench->body, "%s", (const char *)result->body);
    snprintf(bench->location, sizeof bench->location, "%s", result->location);
    snprintf(bench->text, sizeof bench->text, "%s", result->text);
    loop_stop(bench->loop);
}

static bool nothing_to_do(void *context)
{
    (void)context;
    return false;
}

static void bench_open(struct bench *bench, const char *answer, enum ending ending)
{
    *bench = (struct bench){0};
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(fetcher_new(bench->loop, -1, &bench->fetcher, NULL), 0);
    struct peer *peer = &bench->peer;
    *peer = (struct peer){
        .loop = bench->loop, .answers = {answer}, .answer_count = 1, .ending = ending};
    peer->listen_fd = bound_socket(SOCK_STREAM, &peer->port);
    CU_ASSERT_EQUAL_FATAL(listen(peer->listen_fd, CLIENTS_MAX), 0);
    CU_ASSERT_EQUAL_FATAL(loop_watch(bench->loop, peer->listen_fd, EPOLLIN, client_knocks, peer,
                                     &peer->listening, NULL),
                          0);
    snprintf(bench->url, sizeof bench->url, "http://edos.example:%u/rc?id=1", peer->port);
}

static void bench_close(struct bench *bench)
{
    fetcher_free(bench->fetcher);
    loop_timer_cancel(&bench->guard);
    for (unsigned i = 0; i < bench->peer.accepted; i++)
        hang_up(&bench->peer, i);
    loop_unwatch(bench->peer.listening);
    close(bench->peer.listen_fd);
    loop_free(bench->loop);
}

static int bench_run(struct bench *bench, uint64_t guard_us)
{
    struct error error = {0};
    loop_timer_set(bench->loop, &bench->guard, loop_now_us(bench->loop) + guard_us, guard_fired,
                   bench);
    return loop_run(bench->loop, nothing_to_do, NULL, STALL_REAL_US, &error);
}

static struct fetch_request request_for(const struct bench *bench)
{
    return (struct fetch_request){.url = bench->url,
                                  .address = LOOPBACK,
                                  .user_agent = "Cisco-CP-8841-3PCC/1 (001122334455)",
                                  .body_bytes_max = 200};
}

static void bench_fetch(struct bench *bench, const struct fetch_request *request)
{
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(fetch_start(bench->fetcher, request, fetched, bench, NULL, &error), 0);
    CU_ASSERT_EQUAL(bench->calls, 0);
    CU_ASSERT_EQUAL(bench_run(bench, GUARD_US), 0);
    CU_ASSERT_EQUAL(bench->calls, 1);
    CU_ASSERT_FALSE(bench->guard_fired);
    CU_ASSERT_EQUAL(loop_now_us(bench->loop), 0); /* the clock stood while the answer was owed */
}

/* One answer, one way of ending it, what must come of it. */
static void endings(void)
{
    static const struct {
        const char *name, *answer;
        enum ending ending;
        enum fetch_outcome outcome;
        unsigned status;
        const char *body;
    } cases[] = {
        {"whole", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", CLOSES, FETCH_OK, 200, "abc"},
        {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CLOSES, FETCH_OK, 200, ""},
        {"status", "HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\nx", CLOSES, FETCH_OK, 503, "x"},
        {"until close", "HTTP/1.1 200 OK\r\n\r\nabcd", CLOSES, FETCH_OK, 200, "abcd"},
        {"truncated", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CLOSES, FETCH_TRUNCATED,
         200, "abc"},
        {"no chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nthe end\r\n",
         CLOSES, FETCH_BAD_CHUNKS, 200, "abc"},
        {"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
         CLOSES, FETCH_TRUNCATED, 200, "abc"},
        {"empty reply", "", CLOSES, FETCH_RESET, 0, ""},
        {"reset", "", RESETS, FETCH_RESET, 0, ""},
        {"not HTTP", "garbage of some length\r\n\r\n", CLOSES, FETCH_OTHER, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench bench;
        bench_open(&bench, cases[i].answer, cases[i].ending);
        struct fetch_request request = request_for(&bench);
        bench_fetch(&bench, &request);
        if (bench.outcome != cases[i].outcome || bench.status != cases[i].status)
            fprintf(stderr, "\n%s: outcome %d, %u: %s\n", cases[i].name, (int)bench.outcome,
                    bench.status, bench.text);
        CU_ASSERT_EQUAL(bench.outcome, cases[i].outcome);
        CU_ASSERT_EQUAL(bench.status, cases[i].status);
        CU_ASSERT_STRING_EQUAL(bench.body, cases[i].body);
        CU_ASSERT_EQUAL(bench.text[0] == '\0', bench.outcome == FETCH_OK);
        bench_close(&bench);
    }
}

static void what_is_asked(void)
{
    struct bench bench;
    char expected[128];
    bench_open(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CLOSES);
    struct fetch_request request = request_for(&bench);
    request.headers = &(const struct fetch_header){"X-One", "1"};
    request.header_count = 1;
    request.body = (const uint8_t *)"a=b";
    request.body_length = 3;
    request.content_type = "application/x-www-form-urlencoded";
    bench_fetch(&bench, &request);
    const char *sent = bench.peer.request;
    snprintf(expected, sizeof expected, "Host: edos.example:%u\r\n", bench.peer.port);
    CU_ASSERT_PTR_EQUAL(strstr(sent, "POST /rc?id=1 HTTP/1.1\r\n"), sent);
    CU_ASSERT_PTR_NOT_NULL(strstr(sent, expected));
    CU_ASSERT_PTR_NOT_NULL(strstr(sent, "User-Agent: Cisco-CP-8841-3PCC/1 (001122334455)\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(sent, "X-One: 1\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(sent, "Content-Type: application/x-www-form-urlencoded\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(sent, "\r\n\r\na=b"));
    CU_ASSERT_PTR_NULL(strstr(sent, "Expect:"));
    CU_ASSERT_PTR_NULL(strstr(sent, "Authorization:"));
    bench_close(&bench);
}

static void redirects_are_shown(void)
{
    struct bench bench;
    bench_open(&bench, "HTTP/1.1 302 Found\r\nlocation:  /there \r\nContent-Length: 0\r\n\r\n",
               CLOSES);
    struct fetch_request request = request_for(&bench);
    bench_fetch(&bench, &request);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
    CU_ASSERT_EQUAL(bench.status, 302);
    CU_ASSERT_STRING_EQUAL(bench.location, "/there");
    CU_ASSERT_EQUAL(bench.peer.accepted, 1);
    bench_close(&bench);
}

static void challenge(const char *scheme, const char *sent)
{
    struct bench bench;
    char answer[256];
    snprintf(answer, sizeof answer,
             "HTTP/1.1 401 No\r\nWWW-Authenticate: %s\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
             scheme);
    bench_open(&bench, answer, CLOSES);
    bench.peer.answers[1] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin";
    bench.peer.answer_count = 2;
    struct fetch_request request = request_for(&bench);
    request.user = "admin";
    request.password = "secret";
    bench_fetch(&bench, &request);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
    CU_ASSERT_EQUAL(bench.status, 200);
    CU_ASSERT_STRING_EQUAL(bench.body, "in");
    CU_ASSERT_STRING_EQUAL(bench.location, ""); /* the challenge's was not the answer's */
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.peer.request, sent));
    bench_close(&bench);
}

static void log_in(void)
{
    challenge("Basic realm=\"a\"", "Authorization: Basic YWRtaW46c2VjcmV0\r\n");
    challenge("Digest realm=\"a\", nonce=\"n\", qop=\"auth\", algorithm=MD5",
              "Authorization: Digest username=\"admin\"");
}

static void too_large(void)
{
    struct bench bench;
    bench_open(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n0123456789ab", CLOSES);
    struct fetch_request request = request_for(&bench);
    request.body_bytes_max = 11;
    bench_fetch(&bench, &request);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_TOO_LARGE);
    bench_close(&bench);
    bench_open(&bench, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n0123456789ab", CLOSES);
    request.url = bench.url;
    request.body_bytes_max = 12;
    bench_fetch(&bench, &request);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
    bench_close(&bench);
}

/* With its blank line. */
static void a_head_too_large(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    enum { HEAD_BYTES = sizeof answer - 1 - 3 };
    for (size_t max = HEAD_BYTES - 1; max <= HEAD_BYTES; max++) {
        struct bench bench;
        bench_open(&bench, answer, CLOSES);
        struct fetch_request request = request_for(&bench);
        request.head_bytes_max = max;
        bench_fetch(&bench, &request);
        CU_ASSERT_EQUAL(bench.outcome, max < HEAD_BYTES ? FETCH_TOO_LARGE : FETCH_OK);
        bench_close(&bench);
    }
}

static void refused(void)
{
    struct bench bench;
    bench_open(&bench, "", CLOSES);
    loop_unwatch(bench.peer.listening);
    close(bench.peer.listen_fd);
    struct fetch_request request = request_for(&bench);
    bench_fetch(&bench, &request);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_REFUSED);
    CU_ASSERT_EQUAL(bench.status, 0);
    bench.peer.listen_fd = bound_socket(SOCK_STREAM, &bench.peer.port);
    bench.peer.listening = NULL;
    bench_close(&bench);
}

/* A plain answer to a TLS greeting. */
static void not_tls(void)
{
    struct bench bench;
    bench_open(&bench, "HTTP/1.1 400 Bad Request\r\n\r\n", CLOSES);
    struct fetch_request request = request_for(&bench);
    char url[128];
    snprintf(url, sizeof url, "https://edos.example:%u/", bench.peer.port);
    request.url = url;
    bench_fetch(&bench, &request);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_TLS_FAILED);
    bench_close(&bench);
}

static void bad_requests(void)
{
    static const char *const urls[] = {"ftp://edos.example/", "file:///etc/passwd", "", "http://",
                                       "not a url at all",    "gopher://127.0.0.1/"};
    struct bench bench;
    struct error error;
    bench_open(&bench, "", CLOSES);
    struct fetch_request request = request_for(&bench);
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        request.url = urls[i];
        CU_ASSERT_EQUAL(fetch_start(bench.fetcher, &request, fetched, &bench, NULL, &error),
                        ERROR_INVALID);
        CU_ASSERT(error.text[0] != '\0');
    }
    request.url = "http://edos.example/";
    request.address = 0; /* a name without its address */
    CU_ASSERT_EQUAL(fetch_start(bench.fetcher, &request, fetched, &bench, NULL, &error),
                    ERROR_INVALID);
    request = request_for(&bench);
    request.headers = &(const struct fetch_header){"X", "1\r\nY: 2"};
    request.header_count = 1;
    CU_ASSERT_EQUAL(fetch_start(bench.fetcher, &request, fetched, &bench, NULL, &error),
                    ERROR_INVALID);
    CU_ASSERT_EQUAL(bench.calls, 0);
    bench_close(&bench);
}

/* A silent server that says so lets the clock jump; one that does not is a debt for ever. */
static void silence(void)
{
    struct bench bench;
    struct fetch *fetch = NULL;
    bench_open(&bench, "", STAYS_SILENT);
    struct fetch_request request = request_for(&bench);
    CU_ASSERT_EQUAL_FATAL(fetch_start(bench.fetcher, &request, fetched, &bench, &fetch, NULL), 0);
    CU_ASSERT_EQUAL(bench_run(&bench, GUARD_US), 0);
    CU_ASSERT_TRUE(bench.guard_fired);
    CU_ASSERT_EQUAL(loop_now_us(bench.loop), GUARD_US);
    CU_ASSERT_EQUAL(bench.calls, 0);
    hold(&bench.peer, bench.peer.client_fds[0], false);
    struct error error;
    loop_timer_set(bench.loop, &bench.guard, 2 * GUARD_US, guard_fired, &bench);
    CU_ASSERT_EQUAL(loop_run(bench.loop, nothing_to_do, NULL, 50000, &error), ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "a download"));
    fetch_cancel(fetch);
    bench.guard_fired = false;
    CU_ASSERT_EQUAL(bench_run(&bench, GUARD_US), 0);
    CU_ASSERT_TRUE(bench.guard_fired);
    CU_ASSERT_TRUE(bench.peer.saw_end); /* the cancelled connection was closed */
    CU_ASSERT_EQUAL(bench.calls, 0);
    fetch_cancel(NULL);
    bench_close(&bench);
}

static void cut(void)
{
    struct bench bench;
    struct fetch *fetch = NULL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    bool may = setsockopt(fd, IPPROTO_TCP, 19 /* TCP_REPAIR */, &on, sizeof on) == 0;
    close(fd);
    if (!may)
        return;
    bench_open(&bench, "", STAYS_SILENT);
    struct fetch_request request = request_for(&bench);
    CU_ASSERT_EQUAL_FATAL(fetch_start(bench.fetcher, &request, fetched, &bench, &fetch, NULL), 0);
    CU_ASSERT_EQUAL(bench_run(&bench, GUARD_US), 0);
    fetch_cut(fetch);
    CU_ASSERT_EQUAL(bench_run(&bench, GUARD_US), 0);
    CU_ASSERT_FALSE(bench.peer.saw_end);
    CU_ASSERT_EQUAL(bench.calls, 0);
    bench_close(&bench);
}

static void freed_in_flight(void)
{
    struct bench bench;
    bench_open(&bench, "", STAYS_SILENT);
    struct fetch_request request = request_for(&bench);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(fetch_start(bench.fetcher, &request, fetched, &bench, NULL, NULL), 0);
    CU_ASSERT_EQUAL(bench_run(&bench, GUARD_US), 0);
    CU_ASSERT_EQUAL(bench.peer.accepted, 3);
    bench_close(&bench);
    fetcher_free(NULL);
}

/* --- TFTP --- */

struct tftp_peer {
    int fd;
    const char *answer;
    size_t answer_length;
    bool silent;
    struct loop *loop;
    uint16_t client_port;
    char request[REQUEST_MAX];
};

static void tftp_asked(void *context, uint32_t events)
{
    struct tftp_peer *peer = context;
    struct sockaddr_in client;
    socklen_t length = sizeof client;
    char packet[REQUEST_MAX];
    (void)events;
    ssize_t got =
        recvfrom(peer->fd, packet, sizeof packet - 1, 0, (struct sockaddr *)&client, &length);
    if (got < 4 || packet[1] != 1) /* only read requests; the rest are acknowledgements */
        return;
    packet[got] = '\0';
    memcpy(peer->request, packet, (size_t)got + 1);
    peer->client_port = ntohs(client.sin_port);
    if (peer->silent) {
        CU_ASSERT_EQUAL(loop_hold(peer->loop, LOOP_UDP, LOOPBACK, peer->client_port, -1, NULL), 0);
        return;
    }
    sendto(peer->fd, peer->answer, peer->answer_length, 0, (struct sockaddr *)&client, length);
}

static void tftp_bench(struct bench *bench, const char *answer, size_t answer_length)
{
    struct tftp_peer peer = {.answer = answer, .answer_length = answer_length};
    struct loop_watch *watch;
    uint16_t port;
    char url[128];
    bench_open(bench, "", CLOSES);
    peer.loop = bench->loop;
    peer.fd = bound_socket(SOCK_DGRAM, &port);
    CU_ASSERT_EQUAL_FATAL(
        loop_watch(bench->loop, peer.fd, EPOLLIN, tftp_asked, &peer, &watch, NULL), 0);
    struct fetch_request request = request_for(bench);
    request.local_address = LOOPBACK;
    snprintf(url, sizeof url, "tftp://tftp.example:%u/dir/8841-3PCC.xml", port);
    request.url = url;
    bench_fetch(bench, &request);
    CU_ASSERT_STRING_EQUAL(peer.request + 2, "dir/8841-3PCC.xml");
    loop_unwatch(watch);
    close(peer.fd);
    bench_close(bench);
}

static void tftp_file(void)
{
    struct bench bench;
    tftp_bench(&bench, "\0\3\0\1hello", 9);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
    CU_ASSERT_STRING_EQUAL(bench.body, "hello");
    CU_ASSERT_EQUAL(bench.status, 0);
}

static void tftp_error(void)
{
    struct bench bench;
    tftp_bench(&bench, "\0\5\0\1no such file", 17);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_TFTP_ERROR);
    CU_ASSERT_EQUAL(bench.status, 1);
    tftp_bench(&bench, "\0\5\0\2access", 11);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_TFTP_ERROR);
    CU_ASSERT_EQUAL(bench.status, 2);
}

static void tftp_refused(void)
{
    int raw_fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (raw_fd < 0)
        testing_skip("listening to ICMP needs CAP_NET_RAW");
    close(raw_fd);
    struct bench bench;
    uint16_t port;
    char url[128];
    bench_open(&bench, "", CLOSES);
    close(bound_socket(SOCK_DGRAM, &port));
    snprintf(url, sizeof url, "tftp://tftp.example:%u/x", port);
    struct fetch_request request = request_for(&bench);
    request.url = url;
    request.local_address = LOOPBACK;
    bench_fetch(&bench, &request);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_REFUSED);
    bench_close(&bench);
}

static void tftp_silence(void)
{
    struct bench bench;
    struct tftp_peer peer = {.silent = true};
    struct loop_watch *watch;
    struct fetch *fetch;
    uint16_t port;
    char url[128];
    bench_open(&bench, "", CLOSES);
    peer.loop = bench.loop;
    peer.fd = bound_socket(SOCK_DGRAM, &port);
    CU_ASSERT_EQUAL_FATAL(loop_watch(bench.loop, peer.fd, EPOLLIN, tftp_asked, &peer, &watch, NULL),
                          0);
    snprintf(url, sizeof url, "tftp://tftp.example:%u/x", port);
    struct fetch_request request = request_for(&bench);
    request.url = url;
    request.local_address = LOOPBACK;
    CU_ASSERT_EQUAL_FATAL(fetch_start(bench.fetcher, &request, fetched, &bench, &fetch, NULL), 0);
    CU_ASSERT_EQUAL(bench_run(&bench, GUARD_US), 0);
    CU_ASSERT_TRUE(bench.guard_fired);
    CU_ASSERT(peer.client_port != 0); /* it did ask */
    CU_ASSERT_EQUAL(bench.calls, 0);
    fetch_cut(fetch);
    loop_unwatch(watch);
    close(peer.fd);
    bench_close(&bench);
}

void tests_harness_loop_fetch(void);
void tests_harness_loop_fetch(void)
{
    TEST_SUITE("live loop/fetch", {"every way to end", endings},
               {"what goes over the wire", what_is_asked},
               {"redirects are shown, not followed", redirects_are_shown},
               {"Basic and Digest", log_in}, {"the bound on a body", too_large},
               {"a head too large", a_head_too_large}, {"refused", refused},
               {"a server that does not speak TLS", not_tls}, {"impossible requests", bad_requests},
               {"a silent server and its hold", silence}, {"a cut sends nothing", cut},
               {"freed in flight", freed_in_flight}, {"TFTP: a file", tftp_file},
               {"TFTP: error packets", tftp_error}, {"TFTP: port unreachable", tftp_refused},
               {"TFTP: silence", tftp_silence});
}
