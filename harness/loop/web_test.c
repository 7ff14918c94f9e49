/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/loop/fetch.h"
#include "harness/loop/web.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FETCHES_MAX = 64, STALL_REAL_US = 5000000, LOOPBACK = 0x7f000001 };

struct bench; /* a server, a client, and what happened between them */
struct visit {
    struct bench *bench;
    struct fetch *fetch;
    enum fetch_outcome outcome;
    unsigned status;
    struct buffer body;
    char location[64];
    uint64_t done_us;
};
struct bench {
    struct loop *loop;
    struct web_server *server;
    struct fetcher *fetcher;
    struct visit visits[FETCHES_MAX];
    unsigned visit_count, pending;
    struct loop_timer timer, stop_timer;
    unsigned cancel; /* the visit to cancel when `timer` fires */
    /* what the handler is to do */
    struct web_response response;
    bool later, reset, refuse;
    uint64_t delay_us;
    struct loop_timer delay_timer;
    struct web_request *waiting;
    /* what it saw */
    unsigned handled, sending, ended;
    int here; /* connections */
    uint64_t sending_us, ended_us;
    char method[WEB_METHOD_MAX], target[256], header[64];
    struct buffer received;
};

static void answer_later(void *context)
{
    struct bench *bench = context;
    if (bench->reset)
        web_reset(bench->waiting);
    else
        web_respond(bench->waiting, &bench->response);
}

static void handle(void *context, struct web_request *request)
{
    struct bench *bench = context;
    const char *header = web_request_header(request, "x-test");
    bench->handled++;
    snprintf(bench->method, sizeof bench->method, "%s", request->method);
    snprintf(bench->target, sizeof bench->target, "%s", request->target);
    snprintf(bench->header, sizeof bench->header, "%s", header ? header : "");
    buffer_clear(&bench->received);
    buffer_append(&bench->received, request->body, request->body_length);
    CU_ASSERT_EQUAL(request->client_address, LOOPBACK);
    CU_ASSERT_NOT_EQUAL(request->client_port, 0);
    CU_ASSERT_EQUAL(request->server_port, web_server_port(bench->server));
    request->context = bench;
    if (bench->later) {
        bench->waiting = request;
        web_hold(request);
        if (bench->delay_us > 0)
            loop_timer_set(bench->loop, &bench->delay_timer,
                           loop_now_us(bench->loop) + bench->delay_us, answer_later, bench);
    } else if (bench->reset) {
        web_reset(request);
    } else {
        web_respond(request, &bench->response);
    }
}

static void sending(void *context, struct web_request *request)
{
    struct bench *bench = context;
    CU_ASSERT_PTR_EQUAL(request->context, bench);
    bench->sending++;
    bench->sending_us = loop_now_us(bench->loop);
}

static void ended(void *context, struct web_request *request)
{
    struct bench *bench = context;
    CU_ASSERT_PTR_EQUAL(request->context, bench);
    bench->ended++;
    bench->ended_us = loop_now_us(bench->loop);
    loop_timer_cancel(&bench->delay_timer);
}

static enum web_admission admit(void *context, struct web_client *client, unsigned *identity)
{
    struct bench *bench = context;
    CU_ASSERT_EQUAL(client->address, LOOPBACK);
    CU_ASSERT_NOT_EQUAL(client->port, 0);
    CU_ASSERT_EQUAL(*identity, 0);
    client->context = bench;
    bench->here += !bench->refuse;
    return bench->refuse ? WEB_REFUSE : WEB_ADMIT;
}

static void left(void *context, struct web_client *client)
{
    struct bench *bench = context;
    CU_ASSERT_PTR_EQUAL(client->context, bench);
    bench->here--;
}

static struct web_server_config config_of(struct bench *bench)
{
    return (struct web_server_config){.loop = bench->loop,
                                      .netns_fd = -1,
                                      .address = LOOPBACK,
                                      .handle = handle,
                                      .sending = sending,
                                      .ended = ended,
                                      .admit = admit,
                                      .left = left,
                                      .body_bytes_max = 1000,
                                      .context = bench};
}

static struct bench *bench_new(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(bench);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error), 0);
    CU_ASSERT_EQUAL_FATAL(fetcher_new(bench->loop, -1, &bench->fetcher, &error), 0);
    struct web_server_config config = config_of(bench);
    CU_ASSERT_EQUAL_FATAL(web_server_new(&config, &bench->server, &error), 0);
    bench->response = (struct web_response){
        .status = 200, .body = "hello", .body_length = 5, .cut_bytes = WEB_NOT_CUT};
    buffer_init(&bench->received, 10000);
    return bench;
}

static void bench_free(struct bench *bench)
{
    fetcher_free(bench->fetcher);
    web_server_free(bench->server);
    loop_timer_cancel(&bench->timer);
    CU_ASSERT_EQUAL(bench->handled, bench->ended);
    for (unsigned i = 0; i < bench->visit_count; i++)
        buffer_done(&bench->visits[i].body);
    buffer_done(&bench->received);
    loop_free(bench->loop);
    free(bench);
}

static void done(void *context, const struct fetch_result *result)
{
    struct visit *visit = context;
    visit->fetch = NULL;
    visit->outcome = result->outcome;
    visit->status = result->status;
    visit->done_us = loop_now_us(visit->bench->loop);
    snprintf(visit->location, sizeof visit->location, "%s", result->location);
    buffer_append(&visit->body, result->body, result->body_length);
    if (--visit->bench->pending == 0)
        loop_stop(visit->bench->loop);
}

static struct visit *fetch(struct bench *bench, const char *path, const char *method,
                           const char *body, bool reuse)
{
    struct visit *visit = &bench->visits[bench->visit_count++];
    struct error error = {0};
    char url[256];
    const struct fetch_header headers[] = {{"X-Test", "yes"}};
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", web_server_port(bench->server), path);
    visit->bench = bench;
    buffer_init(&visit->body, 1 << 20);
    struct fetch_request request = {.url = url,
                                    .method = method,
                                    .body = (const uint8_t *)body,
                                    .body_length = body ? strlen(body) : 0,
                                    .headers = headers,
                                    .header_count = 1,
                                    .local_address = LOOPBACK,
                                    .body_bytes_max = 1 << 20,
                                    .reuse_connection = reuse};
    CU_ASSERT_EQUAL_FATAL(fetch_start(bench->fetcher, &request, done, visit, &visit->fetch, &error),
                          0);
    bench->pending++;
    return visit;
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void run(struct bench *bench)
{
    struct error error = {0};
    int result = loop_run(bench->loop, nothing_to_start, NULL, STALL_REAL_US, &error);
    CU_ASSERT_EQUAL(result, 0);
    if (result < 0)
        printf("\n    %s\n", error.text);
}

static void stop(void *context)
{
    loop_stop(context);
}

/* Lets the given time pass, so that the server's end of what happened has happened too. */
static void settle(struct bench *bench, uint64_t us)
{
    loop_timer_set(bench->loop, &bench->stop_timer, loop_now_us(bench->loop) + us, stop,
                   bench->loop);
    run(bench);
}

static void a_request_and_its_answer(void)
{
    struct bench *bench = bench_new();
    const struct web_header headers[] = {{"Location", "http://elsewhere/"}};
    bench->response.status = 302;
    bench->response.headers = headers;
    bench->response.header_count = 1;
    struct visit *visit = fetch(bench, "/a/b?c=%20d&e", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(visit->status, 302);
    CU_ASSERT_STRING_EQUAL(visit->location, "http://elsewhere/");
    CU_ASSERT_STRING_EQUAL(buffer_string(&visit->body), "hello");
    CU_ASSERT_STRING_EQUAL(bench->method, "GET");
    CU_ASSERT_STRING_EQUAL(bench->target, "/a/b?c=%20d&e");
    CU_ASSERT_STRING_EQUAL(bench->header, "yes");
    CU_ASSERT_EQUAL(bench->received.length, 0);
    CU_ASSERT_EQUAL(bench->sending, 1);
    CU_ASSERT_EQUAL(loop_now_us(bench->loop), 0);
    bench_free(bench);
}

static void bodies_up_to_the_bound(void)
{
    struct bench *bench = bench_new();
    char text[1002];
    memset(text, 'x', sizeof text);
    text[1000] = '\0';
    struct visit *visit = fetch(bench, "/", "POST", text, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->status, 200);
    CU_ASSERT_EQUAL(bench->received.length, 1000);
    CU_ASSERT_STRING_EQUAL(bench->method, "POST");
    text[1000] = 'x';
    text[1001] = '\0';
    visit = fetch(bench, "/", "POST", text, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->status, 413);
    CU_ASSERT_EQUAL(bench->handled, 1);
    bench_free(bench);
}

static void connections_are_kept_or_closed(void)
{
    struct bench *bench = bench_new();
    for (unsigned i = 0; i < 3; i++) {
        struct visit *visit = fetch(bench, "/", NULL, NULL, true);
        run(bench);
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    }
    bench->refuse = true; /* the connection is there already */
    struct visit *visit = fetch(bench, "/", NULL, NULL, true);
    bench->response.close = true;
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    visit = fetch(bench, "/", NULL, NULL, true);
    run(bench);
    /* Which of the two depends on whether the client had noticed that it was connected. */
    CU_ASSERT(visit->outcome == FETCH_RESET || visit->outcome == FETCH_NOT_CONNECTED);
    CU_ASSERT_EQUAL(bench->handled, 4);
    bench_free(bench);
}

static void kept_connections_end_by_the_clock(void)
{
    struct bench *bench = bench_new();
    struct error error = {0};
    struct web_server_config config = config_of(bench);
    config.idle_us = DURATION_M;
    web_server_free(bench->server);
    CU_ASSERT_EQUAL_FATAL(web_server_new(&config, &bench->server, &error), 0);
    for (unsigned i = 0; i < 3; i++) { /* each within a minute after the one before */
        (void)fetch(bench, "/", NULL, NULL, true);
        run(bench);
        settle(bench, 50 * DURATION_S);
        CU_ASSERT_EQUAL(bench->here, 1);
    }
    bench->refuse = true; /* no other connection is made */
    struct visit *visit = fetch(bench, "/", NULL, NULL, true);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    settle(bench, 61 * DURATION_S);
    CU_ASSERT_EQUAL(bench->here, 0);
    visit = fetch(bench, "/", NULL, NULL, true);
    run(bench);
    CU_ASSERT_NOT_EQUAL(visit->outcome, FETCH_OK);
    bench_free(bench);
}

static void kept_connections_can_be_closed(void)
{
    struct bench *bench = bench_new();
    struct error error = {0};
    struct web_server_config config = config_of(bench);
    config.idle_us = DURATION_H;
    web_server_free(bench->server);
    CU_ASSERT_EQUAL_FATAL(web_server_new(&config, &bench->server, &error), 0);
    (void)fetch(bench, "/", NULL, NULL, true);
    run(bench);
    bench->later = true;
    (void)fetch(bench, "/", NULL, NULL, false); /* never answered; not kept, but in use */
    settle(bench, DURATION_S);
    CU_ASSERT_EQUAL(bench->here, 2);
    web_server_close_idle(bench->server);
    settle(bench, DURATION_S);
    CU_ASSERT_EQUAL(bench->here, 1);
    CU_ASSERT_EQUAL(bench->ended, 1);
    bench_free(bench);
}

static void a_late_answer_warps(void)
{
    struct bench *bench = bench_new();
    bench->later = true;
    bench->delay_us = 3 * DURATION_H;
    struct visit *visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    CU_ASSERT_STRING_EQUAL(buffer_string(&visit->body), "hello");
    CU_ASSERT_EQUAL(visit->done_us, 3 * DURATION_H);
    CU_ASSERT_EQUAL(bench->sending_us, 3 * DURATION_H);
    bench_free(bench);
}

static void cancel(void *context)
{
    struct bench *bench = context;
    fetch_cancel(bench->visits[bench->cancel].fetch);
    bench->pending--;
}

static void a_client_that_leaves_is_noticed(void)
{
    struct bench *bench = bench_new();
    bench->later = true; /* and never answers */
    (void)fetch(bench, "/", NULL, NULL, false);
    loop_timer_set(bench->loop, &bench->timer, DURATION_M, cancel, bench);
    settle(bench, 2 * DURATION_M);
    CU_ASSERT_EQUAL(bench->ended, 1);
    CU_ASSERT_EQUAL(bench->ended_us, DURATION_M);
    CU_ASSERT_EQUAL(bench->sending, 0);
    bench_free(bench);
}

static void silence_ends_with_the_server(void)
{
    struct bench *bench = bench_new();
    bench->later = true;
    (void)fetch(bench, "/", NULL, NULL, false);
    settle(bench, DURATION_M);
    CU_ASSERT_EQUAL(bench->handled, 1);
    CU_ASSERT_EQUAL(bench->ended, 0);
    web_server_free(bench->server);
    bench->server = NULL;
    CU_ASSERT_EQUAL(bench->ended, 1);
    bench_free(bench);
}

static void resets_at_once_and_late(void)
{
    struct bench *bench = bench_new();
    bench->reset = true;
    struct visit *visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_RESET);
    bench->later = true;
    bench->delay_us = DURATION_S;
    visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_RESET);
    CU_ASSERT_EQUAL(visit->done_us, DURATION_S);
    CU_ASSERT_EQUAL(bench->sending, 0);
    bench_free(bench);
}

/* What the client's socket itself sees of a reset: an error, no orderly end. */
static void a_reset_is_no_orderly_end(void)
{
    struct bench *bench = bench_new();
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(web_server_port(bench->server)),
                                  .sin_addr.s_addr = htonl(LOOPBACK)};
    char byte;
    bench->reset = true;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL(send(fd, request, sizeof request - 1, 0), (ssize_t)sizeof request - 1);
    settle(bench, DURATION_S);
    CU_ASSERT_EQUAL(recv(fd, &byte, 1, 0), -1);
    CU_ASSERT_EQUAL(errno, ECONNRESET);
    close(fd);
    bench_free(bench);
}

static void a_cut_body(void)
{
    static const uint64_t cuts[] = {0, 1, 4};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        struct bench *bench = bench_new();
        bench->response.cut_bytes = cuts[i];
        struct visit *visit = fetch(bench, "/", NULL, NULL, false);
        run(bench);
        CU_ASSERT_EQUAL(visit->outcome, FETCH_TRUNCATED);
        CU_ASSERT_EQUAL(visit->status, 200);
        CU_ASSERT_EQUAL(visit->body.length, cuts[i]);
        CU_ASSERT_EQUAL(bench->sending, 1);
        bench_free(bench);
    }
    struct bench *bench = bench_new();
    bench->response.cut_bytes = 5; /* the whole body: nothing is cut */
    struct visit *visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    bench_free(bench);
}

/* What a strict client makes of each fault, and when. The body is "hello". */
static void faults_on_purpose(void)
{
    static const struct {
        struct web_fault fault;
        uint64_t rate;
        enum fetch_outcome outcome;
        size_t length;
        unsigned sending;
        uint64_t done_us;
    } rows[] = {
        {{.lies = true, .length_bytes = 50}, 0, FETCH_TRUNCATED, 5, 1, 0},
        {{.lies = true, .length_bytes = 2}, 0, FETCH_OK, 2, 1, 0},
        {{.lies = true, .length_bytes = 5}, 5, FETCH_OK, 5, 1, DURATION_S},
        {{.broken_chunks = true}, 0, FETCH_BAD_CHUNKS, 5, 1, 0},
        {{.endless = true}, 100000, FETCH_TOO_LARGE, 0, 0, 0},
        /* status, length, connection, blank line */
        {{.line_us = DURATION_S}, 0, FETCH_OK, 5, 1, 3 * DURATION_S},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int later = 0; later < 2; later++) {
            struct bench *bench = bench_new();
            bench->later = later;
            bench->delay_us = (uint64_t)later;
            bench->response.fault = rows[i].fault;
            bench->response.rate_bytes_per_s = rows[i].rate;
            struct visit *visit = fetch(bench, "/", NULL, NULL, false);
            run(bench);
            CU_ASSERT_EQUAL(visit->outcome, rows[i].outcome);
            CU_ASSERT_EQUAL(visit->status, 200);
            if (rows[i].outcome != FETCH_TOO_LARGE) {
                CU_ASSERT_EQUAL(visit->body.length, rows[i].length);
                CU_ASSERT_EQUAL(visit->done_us, rows[i].done_us + (uint64_t)later);
            }
            settle(bench, DURATION_S);
            CU_ASSERT_EQUAL(bench->sending, rows[i].sending);
            CU_ASSERT_EQUAL(bench->ended, 1);
            bench_free(bench);
        }
    }
}

static void a_slow_body(void)
{
    static const struct {
        uint64_t rate, bytes, done_us;
    } rows[] = {
        {100, 100, DURATION_S},
        {1, 5, 5 * DURATION_S},
        {1000, 70000, 70 * DURATION_S},
        {100000000, 70000, 700},
    };
    static char bytes[70000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench *bench = bench_new();
        bench->response.body = bytes;
        bench->response.body_borrowed = true;
        bench->response.body_length = rows[i].bytes;
        bench->response.rate_bytes_per_s = rows[i].rate;
        struct visit *visit = fetch(bench, "/", NULL, NULL, false);
        uint64_t real_us = monotonic_us();
        run(bench);
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_EQUAL(visit->done_us, rows[i].done_us);
        CU_ASSERT_EQUAL(bench->sending_us, rows[i].done_us);
        CU_ASSERT_EQUAL(visit->body.length, rows[i].bytes);
        CU_ASSERT_EQUAL(memcmp(visit->body.data, bytes, visit->body.length), 0);
        /* Not one piece may have been stuck in the kernel, waiting for more. */
        CU_ASSERT(monotonic_us() - real_us < 4 * DURATION_S);
        bench_free(bench);
    }
}

static void a_slow_body_and_a_client_that_leaves(void)
{
    struct bench *bench = bench_new();
    bench->response.rate_bytes_per_s = 1;
    (void)fetch(bench, "/", NULL, NULL, false);
    loop_timer_set(bench->loop, &bench->timer, 2500000, cancel, bench);
    settle(bench, 10 * DURATION_S);
    CU_ASSERT_EQUAL(bench->ended, 1);
    CU_ASSERT(bench->ended_us >= 2500000 && bench->ended_us <= 3 * DURATION_S);
    CU_ASSERT_EQUAL(bench->sending, 0);
    bench_free(bench);
}

static void heads_have_no_body(void)
{
    struct bench *bench = bench_new();
    bench->response.cut_bytes = 2;
    struct visit *visit = fetch(bench, "/", "HEAD", NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(visit->body.length, 0);
    CU_ASSERT_EQUAL(bench->sending, 1);
    bench->response.status = 204;
    bench->response.rate_bytes_per_s = 1;
    visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->status, 204);
    CU_ASSERT_EQUAL(visit->body.length, 0);
    bench_free(bench);
}

static void a_closed_port_refuses_and_opens_again(void)
{
    struct bench *bench = bench_new();
    struct error error = {0};
    uint16_t port = web_server_port(bench->server);
    struct visit *visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(web_server_listen(bench->server, false, &error), 0);
    CU_ASSERT_EQUAL(web_server_listen(bench->server, false, &error), 0);
    CU_ASSERT_FALSE(web_server_is_listening(bench->server));
    visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_REFUSED);
    CU_ASSERT_EQUAL(web_server_listen(bench->server, true, &error), 0);
    CU_ASSERT_TRUE(web_server_is_listening(bench->server));
    CU_ASSERT_EQUAL(web_server_port(bench->server), port);
    visit = fetch(bench, "/", NULL, NULL, false);
    run(bench);
    CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
    bench_free(bench);
}

static void many_at_once(void)
{
    struct bench *bench = bench_new();
    static char bytes[500000];
    memset(bytes, 'z', sizeof bytes);
    bench->response.body = bytes;
    bench->response.body_length = sizeof bytes;
    bench->response.body_borrowed = true;
    for (unsigned i = 0; i < FETCHES_MAX; i++)
        (void)fetch(bench, "/", NULL, NULL, false);
    run(bench);
    for (unsigned i = 0; i < FETCHES_MAX; i++) {
        CU_ASSERT_EQUAL(bench->visits[i].outcome, FETCH_OK);
        CU_ASSERT_EQUAL(bench->visits[i].body.length, sizeof bytes);
        CU_ASSERT_EQUAL(bench->visits[i].done_us, 0);
    }
    bench_free(bench);
}

static void what_cannot_be_started(void)
{
    struct bench *bench = bench_new();
    struct web_server *server = NULL;
    struct error error = {0};
    struct web_server_config config = config_of(bench);
    config.port = web_server_port(bench->server);
    CU_ASSERT_EQUAL(web_server_new(&config, &server, &error), ERROR_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "TCP port"));
    config.port = 0;
    const struct web_identity nobody = {"no certificate", "no key", NULL, false};
    config.identities = &nobody;
    config.identity_count = 1;
    CU_ASSERT_EQUAL(web_server_new(&config, &server, &error), ERROR_FAILED);
    CU_ASSERT_PTR_NULL(server);
    web_server_free(NULL);
    bench_free(bench);
}

static void too_many_connections_are_a_lab_error(void)
{
    struct bench *bench = bench_new();
    struct error error = {0};
    struct web_server_config config = config_of(bench);
    config.connections_max = 2;
    web_server_free(bench->server);
    CU_ASSERT_EQUAL_FATAL(web_server_new(&config, &bench->server, &error), 0);
    bench->later = true;
    for (unsigned i = 0; i < 3; i++)
        (void)fetch(bench, "/", NULL, NULL, false);
    CU_ASSERT_EQUAL(loop_run(bench->loop, nothing_to_start, NULL, STALL_REAL_US, &error),
                    ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "too many connections"));
    bench_free(bench);
}

static void excess_connections_may_be_refused(void)
{
    struct bench *bench = bench_new();
    struct error error = {0};
    struct web_server_config config = config_of(bench);
    config.connections_max = 2;
    config.excess_refused = true;
    web_server_free(bench->server);
    CU_ASSERT_EQUAL_FATAL(web_server_new(&config, &bench->server, &error), 0);
    bench->later = true;
    (void)fetch(bench, "/", NULL, NULL, false);
    (void)fetch(bench, "/", NULL, NULL, false);
    settle(bench, 1000);
    CU_ASSERT_EQUAL(bench->handled, 2);
    struct visit *third = fetch(bench, "/", NULL, NULL, false);
    settle(bench, 1000);
    /* Which of the two depends on whether the client had noticed that it was connected. */
    CU_ASSERT(third->outcome == FETCH_RESET || third->outcome == FETCH_NOT_CONNECTED);
    CU_ASSERT_EQUAL(bench->handled, 2);
    bench_free(bench);
}

static int connect_to(const struct bench *bench)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(web_server_port(bench->server)),
                                  .sin_addr.s_addr = htonl(LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)connect(fd, (struct sockaddr *)&address, sizeof address); /* goes on by itself */
    return fd;
}

/* Whatever its bytes are: a reset and nothing else, each time. A random that happens to read like a
 * request of HTTP is among them. */
static void a_handshake_at_a_port_without_tls(void)
{
    static const char *const hellos[] = {"\x16",
                                         "\x16\x03\x01\x02GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                         "\x16\x03\x01\r\n\r\n\r\n", "\x16 / HTTP/1.1\r\n\r\n"};
    struct bench *bench = bench_new();
    for (size_t i = 0; i < sizeof hellos / sizeof hellos[0]; i++) {
        char answer[64];
        int fd = connect_to(bench);
        settle(bench, 1000);
        CU_ASSERT_EQUAL(send(fd, hellos[i], strlen(hellos[i]), MSG_NOSIGNAL),
                        (ssize_t)strlen(hellos[i]));
        settle(bench, 1000);
        errno = 0;
        CU_ASSERT(recv(fd, answer, sizeof answer, 0) < 0 && errno == ECONNRESET);
        close(fd);
    }
    CU_ASSERT_EQUAL(bench->handled, 0);
    /* Others are heard, however late they speak, and may leave without a word. */
    int late = connect_to(bench), gone = connect_to(bench), both = connect_to(bench);
    settle(bench, DURATION_H);
    close(gone);
    CU_ASSERT_EQUAL(send(late, "G", 1, MSG_NOSIGNAL), 1);
    settle(bench, 1000);
    static const char rest[] = "ET / HTTP/1.1\r\nHost: a\r\n\r\n";
    CU_ASSERT_EQUAL(send(late, rest, sizeof rest - 1, MSG_NOSIGNAL), (ssize_t)sizeof rest - 1);
    settle(bench, 1000);
    CU_ASSERT_EQUAL(bench->handled, 1);
    char answer[16];
    CU_ASSERT(recv(late, answer, sizeof answer, 0) == (ssize_t)sizeof answer &&
              memcmp(answer, "HTTP/1.1 200", 12) == 0);
    close(late);
    bench_free(bench); /* one that has never spoken is closed, too */
    close(both);
}

static void line_closed(void *context, uint32_t events)
{
    CU_ASSERT_TRUE(events & EPOLLRDHUP);
    loop_stop(context);
}

static void a_silent_connection_is_closed(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct loop_watch *watch = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(bench);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_REAL, 1000, &bench->loop, NULL), 0);
    struct web_server_config config = config_of(bench);
    config.idle_seconds = 1;
    CU_ASSERT_EQUAL_FATAL(web_server_new(&config, &bench->server, NULL), 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(web_server_port(bench->server)),
                                  .sin_addr.s_addr = htonl(LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL(loop_watch(bench->loop, fd, EPOLLRDHUP, line_closed, bench->loop, &watch, NULL),
                    0);
    uint64_t started_us = monotonic_us();
    loop_timer_set(bench->loop, &bench->stop_timer, 20 * UINT64_C(1000000) * 1000, stop,
                   bench->loop);
    CU_ASSERT_EQUAL(loop_run(bench->loop, nothing_to_start, NULL, STALL_REAL_US, NULL), 0);
    CU_ASSERT_TRUE(loop_timer_is_set(&bench->stop_timer)); /* it was closed, not given up */
    CU_ASSERT_TRUE(monotonic_us() - started_us >= 500000);
    loop_timer_cancel(&bench->stop_timer);
    loop_unwatch(watch);
    close(fd);
    web_server_free(bench->server);
    loop_free(bench->loop);
    free(bench);
}

void tests_harness_loop_web(void);
void tests_harness_loop_web(void)
{
    TEST_SUITE("live/loop/web", {"a request and its answer", a_request_and_its_answer},
               {"a handshake at a port without TLS", a_handshake_at_a_port_without_tls},
               {"bodies up to the bound", bodies_up_to_the_bound},
               {"connections are kept or closed", connections_are_kept_or_closed},
               {"kept connections end by the clock", kept_connections_end_by_the_clock},
               {"kept connections can be closed", kept_connections_can_be_closed},
               {"a late answer warps", a_late_answer_warps},
               {"a client that leaves is noticed", a_client_that_leaves_is_noticed},
               {"silence ends with the server", silence_ends_with_the_server},
               {"resets at once and late", resets_at_once_and_late},
               {"a reset is no orderly end", a_reset_is_no_orderly_end}, {"a cut body", a_cut_body},
               {"faults on purpose", faults_on_purpose}, {"a slow body", a_slow_body},
               {"a slow body and a client that leaves", a_slow_body_and_a_client_that_leaves},
               {"heads have no body", heads_have_no_body},
               {"a closed port refuses and opens again", a_closed_port_refuses_and_opens_again},
               {"many at once", many_at_once}, {"what cannot be started", what_cannot_be_started},
               {"too many connections are a lab error", too_many_connections_are_a_lab_error},
               {"or are refused", excess_connections_may_be_refused},
               {"a silent connection is closed", a_silent_connection_is_closed});
}
