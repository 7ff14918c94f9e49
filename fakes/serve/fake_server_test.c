/* SPDX-License-Identifier: MIT */
#include "fakes/serve/fake_server.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/loop/fetch.h"
#include "harness/loop/tls_testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tests_fakes_serve_fake_server(void);

enum { LOOPBACK = 0x7f000001, VISITS_MAX = 40, STALL_REAL_US = 5000000, LOG_BYTES_MAX = 1 << 16 };

static const char *const schemes[] = {"http", "https", "tftp"};
static const char *const substitutions[] = {"http://10.0.0.1", "https://10.0.0.1",
                                            "tftp://10.0.0.1", "10.0.0.1"};

struct bench;
struct visit {
    struct bench *bench;
    struct fetch *fetch;
    bool done;
    enum fetch_outcome outcome;
    unsigned status;
    struct buffer body;
    char location[128], content_type[64];
    uint64_t done_us;
};
struct bench {
    struct loop *loop;
    struct fake_server *server;
    struct fetcher *fetcher;
    struct visit visits[VISITS_MAX];
    unsigned visit_count, pending;
    struct loop_timer timer, stop_timer;
    struct visit *cancelled;
    int phone; /* whom the log takes every client for */
    struct buffer log;
    uint16_t port;        /* of the latest request's client */
    unsigned connections; /* on which something was asked */
    char certificate[64], certificate_pem[4096], key_pem[4096];
    struct identity stranger;
    char stranger_pem[TLS_PEM_MAX], stranger_key_pem[TLS_PEM_MAX], client[64];
    struct web_identity identities[BEHAVIOUR_TLS_IDENTITIES];
    /* how it asks */
    bool keeps, shows_certificate;
};

/* --- a certificate for 127.0.0.1 -------------------------------------------------------------- */

static void make_certificate(struct bench *bench)
{
    static const unsigned char serial[] = {1}, address[] = {127, 0, 0, 1};
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    size_t size = sizeof bench->key_pem;
    CU_ASSERT_EQUAL_FATAL(gnutls_x509_privkey_init(&key), 0);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
        0);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, bench->key_pem, &size), 0);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, serial, sizeof serial);
    gnutls_x509_crt_set_activation_time(certificate, 946684800);  /* 2000 */
    gnutls_x509_crt_set_expiration_time(certificate, 4102444800); /* 2100 */
    gnutls_x509_crt_set_dn(certificate, "CN=test", NULL);
    gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, address, sizeof address,
                                         GNUTLS_FSAN_SET);
    gnutls_x509_crt_set_basic_constraints(certificate, 1, -1);
    gnutls_x509_crt_set_key(certificate, key);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
    size = sizeof bench->certificate_pem;
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_crt_export(certificate, GNUTLS_X509_FMT_PEM, bench->certificate_pem, &size), 0);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    snprintf(bench->certificate, sizeof bench->certificate, "%s/certificate.pem", testing_folder());
    FILE *file = fopen(bench->certificate, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(bench->certificate_pem, file);
    fclose(file);
}

/* All but the good one are of somebody whom nobody knows, which is all that matters here. */
static void make_identities(struct bench *bench)
{
    identity_init(&bench->stranger, NULL, "a stranger", 30);
    pem_of(&bench->stranger, bench->stranger_pem, bench->stranger_key_pem);
    for (int i = 0; i < BEHAVIOUR_TLS_IDENTITIES; i++)
        bench->identities[i] =
            (struct web_identity){bench->stranger_pem, bench->stranger_key_pem, NULL, false};
    bench->identities[BEHAVIOUR_TLS_GOOD] =
        (struct web_identity){bench->certificate_pem, bench->key_pem, NULL, false};
    bench->identities[BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE] =
        (struct web_identity){bench->certificate_pem, bench->key_pem, bench->stranger_pem, false};
    snprintf(bench->client, sizeof bench->client, "%s/client.pem", testing_folder());
    struct identity phone;
    char phone_pem[TLS_PEM_MAX], phone_key_pem[TLS_PEM_MAX];
    identity_init(&phone, &bench->stranger, "a phone", 30);
    pem_of(&phone, phone_pem, phone_key_pem);
    FILE *file = fopen(bench->client, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "%s%s", phone_pem, phone_key_pem);
    fclose(file);
    identity_done(&phone);
}

/* --- the log as lines ---------------------------------------------------------------------------
 */

static void log_request(void *context, const struct fake_request *request)
{
    struct bench *bench = context;
    CU_ASSERT_EQUAL(request->client_address, LOOPBACK);
    CU_ASSERT_NOT_EQUAL(request->client_port, 0);
    CU_ASSERT_EQUAL(request->server_port, fake_server_port(bench->server, request->transport));
    buffer_format(&bench->log, "%s %s %s %s [%s]%s%s\n", schemes[request->transport],
                  request->method, request->target, request->agent, request->behaviour,
                  request->certificate ? " by " : "",
                  request->certificate ? request->certificate : "");
    if (request->transport != FAKE_TFTP && request->client_port != bench->port) {
        bench->connections++;
        bench->port = request->client_port;
    }
}

static void log_answer(void *context, const struct fake_answer *answer)
{
    static const char *const contents[] = {"none",  "profile", "config",
                                           "empty", "garbage", "other"};
    struct bench *bench = context;
    buffer_format(&bench->log, "  %u %s %s%s%s%s%s\n", answer->status, contents[answer->content],
                  answer->complete ? "whole" : "broken", answer->redirect ? " to " : "",
                  answer->redirect ? answer->redirect : "", answer->retry_delay ? " retry " : "",
                  answer->retry_delay ? answer->retry_delay : "");
}

static void log_handshake(void *context, const struct fake_handshake *handshake)
{
    struct bench *bench = context;
    CU_ASSERT_EQUAL(handshake->client_address, LOOPBACK);
    CU_ASSERT_NOT_EQUAL(handshake->client_port, 0);
    CU_ASSERT_EQUAL(handshake->server_port, fake_server_port(bench->server, FAKE_HTTPS));
    buffer_format(&bench->log, "(%s)\n", handshake->fault);
}

static int log_client(void *context, uint32_t address)
{
    struct bench *bench = context;
    CU_ASSERT_EQUAL(address, LOOPBACK);
    return bench->phone;
}

static void expect_log(struct bench *bench, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(buffer_string(&bench->log), expected);
    if (strcmp(buffer_string(&bench->log), expected) != 0)
        printf("\n    expected:\n%s    seen:\n%s", expected, buffer_string(&bench->log));
    buffer_clear(&bench->log);
}

/* --- the bench
 * ------------------------------------------------------------------------------------ */

static struct fake_server_config config_of(struct bench *bench, enum fake_role role)
{
    return (struct fake_server_config){.loop = bench->loop,
                                       .netns_fd = -1,
                                       .role = role,
                                       .address = LOOPBACK,
                                       .http_port = 80,
                                       .https_port = 443,
                                       .tftp_port = 69,
                                       .free_ports = true,
                                       .identities = bench->identities,
                                       .log = {.request = log_request,
                                               .answer = log_answer,
                                               .handshake = log_handshake,
                                               .client = log_client,
                                               .context = bench},
                                       .seed = 1,
                                       .substitutions = substitutions,
                                       .client_max = 2};
}

static struct bench *bench_new(enum fake_role role)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(bench);
    make_certificate(bench);
    make_identities(bench);
    buffer_init(&bench->log, LOG_BYTES_MAX);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error), 0);
    CU_ASSERT_EQUAL_FATAL(fetcher_new(bench->loop, -1, &bench->fetcher, &error), 0);
    struct fake_server_config config = config_of(bench, role);
    CU_ASSERT_EQUAL_FATAL(fake_server_new(&config, &bench->server, &error), 0);
    return bench;
}

static void bench_free(struct bench *bench)
{
    fetcher_free(bench->fetcher);
    fake_server_free(bench->server);
    loop_timer_cancel(&bench->timer);
    for (unsigned i = 0; i < bench->visit_count; i++)
        buffer_done(&bench->visits[i].body);
    buffer_done(&bench->log);
    identity_done(&bench->stranger);
    loop_free(bench->loop);
    free(bench);
}

static void done(void *context, const struct fetch_result *result)
{
    struct visit *visit = context;
    visit->fetch = NULL;
    visit->done = true;
    visit->outcome = result->outcome;
    visit->status = result->status;
    visit->done_us = loop_now_us(visit->bench->loop);
    snprintf(visit->location, sizeof visit->location, "%s", result->location);
    snprintf(visit->content_type, sizeof visit->content_type, "%s", result->content_type);
    buffer_append(&visit->body, result->body, result->body_length);
    if (--visit->bench->pending == 0)
        loop_stop(visit->bench->loop);
}

static struct visit *start(struct bench *bench, enum fake_transport transport, const char *method,
                           const char *path)
{
    struct visit *visit = &bench->visits[bench->visit_count++];
    struct error error = {0};
    char url[256];
    snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", schemes[transport],
             fake_server_port(bench->server, transport), path);
    *visit = (struct visit){.bench = bench, .done_us = UINT64_MAX};
    buffer_init(&visit->body, 1 << 20);
    const struct fetch_request request = {.url = url,
                                          .method = method,
                                          .user_agent = "phone",
                                          .local_address = LOOPBACK,
                                          .ca_file = bench->certificate,
                                          .certificate_file =
                                              bench->shows_certificate ? bench->client : NULL,
                                          .reuse_connection = bench->keeps,
                                          .body_bytes_max = 1 << 20};
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

static void settle(struct bench *bench, uint64_t us)
{
    loop_timer_set(bench->loop, &bench->stop_timer, loop_now_us(bench->loop) + us, stop,
                   bench->loop);
    run(bench);
}

static void cancel(void *context)
{
    struct bench *bench = context;
    fetch_cancel(bench->cancelled->fetch);
    bench->cancelled->fetch = NULL;
    bench->pending--;
}

static struct visit *get(struct bench *bench, enum fake_transport transport, const char *path)
{
    struct visit *visit = start(bench, transport, NULL, path);
    run(bench);
    return visit;
}

static void set(struct bench *bench, const struct behaviour *items, size_t count)
{
    /* Lives as long as the test program: a server borrows its list. */
    static struct behaviour_list list;
    struct error error = {0};
    list = (struct behaviour_list){items, count};
    CU_ASSERT_EQUAL(fake_server_set(bench->server, &list, &error), 0);
}

#define STATUS(code)                                                                           \
    {                                                                                          \
        .kind = BEHAVIOUR_STATUS, .status = (code), .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, \
        .times = 1                                                                             \
    }
#define KIND(of)                                                                           \
    {                                                                                      \
        .kind = (of), .status = 200, .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1 \
    }

/* --- tests
 * ------------------------------------------------------------------------------------------ */

static void what_each_role_serves_at_first(void)
{
    struct bench *bench = bench_new(FAKE_EDOS);
    for (int i = FAKE_HTTP; i <= FAKE_TFTP; i++) {
        struct visit *visit = get(bench, (enum fake_transport)i, "/rc?id=1");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(buffer_string(&visit->body), ">http://10.0.0.1/$PSN.xml</Profile_Rule>"));
    }
    CU_ASSERT_STRING_EQUAL(bench->visits[0].content_type, "text/xml");
#define DELAYS "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400"
    expect_log(bench, "http GET /rc?id=1 phone [profile]\n  200 profile whole retry " DELAYS "\n"
                      "https GET /rc?id=1 phone [profile]\n  200 profile whole retry " DELAYS "\n"
                      "tftp RRQ rc  [profile]\n  0 profile whole retry " DELAYS "\n");
    bench_free(bench);
    bench = bench_new(FAKE_PROVISION);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/a.xml")->status, 200);
    expect_log(bench, "http GET /a.xml phone [config]\n  200 config whole\n");
    bench_free(bench);
    bench = bench_new(FAKE_PUSH);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/a.xml")->status, 404);
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/a.xml")->outcome, FETCH_TFTP_ERROR);
    CU_ASSERT_EQUAL(bench->visits[1].status, 1);
    expect_log(bench, "http GET /a.xml phone [404]\n  404 none whole\n"
                      "tftp RRQ a.xml  [404]\n  1 none broken\n");
    bench_free(bench);
}

static void answers_by_word(void)
{
    static const struct {
        struct behaviour behaviour;
        enum fetch_outcome outcome[3];
        unsigned status[3];
        size_t length;
        const char *log[3];
    } rows[] = {
        {KIND(BEHAVIOUR_EMPTY),
         {FETCH_OK, FETCH_OK, FETCH_OK},
         {200, 200, 0},
         0,
         {"200 empty whole", "200 empty whole", "0 empty whole"}},
        {STATUS(503),
         {FETCH_OK, FETCH_OK, FETCH_TFTP_ERROR},
         {503, 503, 0},
         0,
         {"503 none whole", "503 none whole", "0 none broken"}},
        {STATUS(403),
         {FETCH_OK, FETCH_OK, FETCH_TFTP_ERROR},
         {403, 403, 2},
         0,
         {"403 none whole", "403 none whole", "2 none broken"}},
        {KIND(BEHAVIOUR_GARBAGE),
         {FETCH_OK, FETCH_OK, FETCH_OK},
         {200, 200, 0},
         512,
         {"200 garbage whole", "200 garbage whole", "0 garbage whole"}},
        {KIND(BEHAVIOUR_RESET),
         {FETCH_RESET, FETCH_RESET, FETCH_TFTP_ERROR},
         {0, 0, 0},
         0,
         {"0 none broken", "0 none broken", "0 none broken"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench *bench = bench_new(FAKE_EDOS);
        set(bench, &rows[i].behaviour, 1);
        for (int k = FAKE_HTTP; k <= FAKE_TFTP; k++) {
            struct visit *visit = get(bench, (enum fake_transport)k, "/a");
            CU_ASSERT_EQUAL(visit->outcome, rows[i].outcome[k]);
            /* The client's library does not tell which error an undefined one was. */
            if (k != FAKE_TFTP || rows[i].status[k] > 0)
                CU_ASSERT_EQUAL(visit->status, rows[i].status[k]);
            CU_ASSERT_EQUAL(visit->body.length, rows[i].length);
            CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&bench->log), rows[i].log[k]));
            buffer_clear(&bench->log);
        }
        CU_ASSERT_EQUAL(loop_now_us(bench->loop), 0);
        bench_free(bench);
    }
}

static void lists_are_walked_by_each_client(void)
{
    static const struct behaviour items[] = {{.kind = BEHAVIOUR_STATUS,
                                              .status = 503,
                                              .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                              .times = 2},
                                             KIND(BEHAVIOUR_RESET),
                                             STATUS(200)};
    struct bench *bench = bench_new(FAKE_EDOS);
    set(bench, items, 3);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/")->outcome, FETCH_TFTP_ERROR);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/")->outcome, FETCH_RESET);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 200);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 200);
    bench->phone = 1;
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 503);
    bench->phone = -1;
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->outcome, FETCH_RESET);
    bench->phone = 1;
    struct visit *head = start(bench, FAKE_HTTP, "HEAD", "/");
    run(bench);
    CU_ASSERT_EQUAL(head->status, 503);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 503); /* the HEAD did not count */
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->outcome, FETCH_RESET);
    set(bench, items, 3);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 503);
    static const struct behaviour_list only = {&items[2], 1};
    CU_ASSERT_EQUAL(fake_server_set_client(bench->server, 1, &only, NULL), 0);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 200);
    bench->phone = 0;
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(fake_server_set_client(bench->server, 2, &only, NULL), ERROR_INVALID);
    bench_free(bench);
}

static void redirects_name_their_target(void)
{
    static const struct behaviour moved = {.kind = BEHAVIOUR_STATUS,
                                           .status = 301,
                                           .redirect = "${provision.https}/$MA.xml",
                                           .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                           .times = 1};
    struct bench *bench = bench_new(FAKE_EDOS);
    set(bench, &moved, 1);
    struct visit *visit = get(bench, FAKE_HTTP, "/");
    CU_ASSERT_EQUAL(visit->status, 301);
    CU_ASSERT_STRING_EQUAL(visit->location, "https://10.0.0.1/$MA.xml");
    expect_log(bench, "http GET / phone [301]\n  301 none whole to https://10.0.0.1/$MA.xml\n");
    bench_free(bench);
}

static void every_final_status_goes_out(void)
{
    static const unsigned statuses[] = {200, 204, 205, 304, 401, 407, 418, 500, 599};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        const struct behaviour status = STATUS(statuses[i]);
        struct bench *bench = bench_new(FAKE_EDOS);
        set(bench, &status, 1);
        struct visit *visit = get(bench, FAKE_HTTP, "/");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_EQUAL(visit->status, statuses[i]);
        bench_free(bench);
    }
}

static void delays_are_warped(void)
{
    static const struct behaviour late = {.kind = BEHAVIOUR_PROFILE,
                                          .status = 200,
                                          .delay_us = 10 * DURATION_M,
                                          .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                          .times = 1};
    for (int i = FAKE_HTTP; i <= FAKE_TFTP; i++) {
        struct bench *bench = bench_new(FAKE_EDOS);
        set(bench, &late, 1);
        struct visit *visit = get(bench, (enum fake_transport)i, "/");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_EQUAL(visit->done_us, 10 * DURATION_M);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&bench->log), "[profile, after 10m]\n"));
        bench_free(bench);
    }
}

static void slow_answers_are_warped(void)
{
    static const uint8_t body[2000];
    static const struct behaviour slow = {.kind = BEHAVIOUR_STATUS,
                                          .status = 200,
                                          .body = body,
                                          .body_length = sizeof body,
                                          .rate_bytes_per_s = 500,
                                          .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                          .times = 1};
    for (int i = FAKE_HTTP; i <= FAKE_TFTP; i++) {
        struct bench *bench = bench_new(FAKE_EDOS);
        set(bench, &slow, 1);
        struct visit *visit = get(bench, (enum fake_transport)i, "/");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_EQUAL(visit->body.length, sizeof body);
        CU_ASSERT_EQUAL(visit->done_us, 4 * DURATION_S);
        bench_free(bench);
    }
}

static void truncated_answers(void)
{
    static const uint8_t body[2000];
    static const struct behaviour cut = {.kind = BEHAVIOUR_STATUS,
                                         .status = 200,
                                         .body = body,
                                         .body_length = sizeof body,
                                         .truncate_bytes = 1100,
                                         .times = 1};
    struct bench *bench = bench_new(FAKE_EDOS);
    set(bench, &cut, 1);
    struct visit *visit = get(bench, FAKE_HTTP, "/");
    CU_ASSERT_EQUAL(visit->outcome, FETCH_TRUNCATED);
    CU_ASSERT_EQUAL(visit->body.length, 1100);
    expect_log(bench, "http GET / phone [200, cut at 1100]\n  200 other broken\n");
    visit = get(bench, FAKE_HTTPS, "/");
    CU_ASSERT(visit->outcome == FETCH_TRUNCATED || visit->outcome == FETCH_RESET);
    CU_ASSERT_EQUAL(visit->body.length, 1100);
    buffer_clear(&bench->log);
    bench->cancelled = start(bench, FAKE_TFTP, NULL, "/"); /* it would wait for ever */
    loop_timer_set(bench->loop, &bench->timer, DURATION_M, cancel, bench);
    settle(bench, 2 * DURATION_M);
    CU_ASSERT_FALSE(bench->cancelled->done);
    expect_log(bench, "tftp RRQ   [200, cut at 1100]\n  0 other broken\n");
    bench_free(bench);
}

static void hangs_last_until_the_client_leaves(void)
{
    static const struct behaviour items[] = {KIND(BEHAVIOUR_HANG), STATUS(200)};
    for (int i = FAKE_HTTP; i <= FAKE_TFTP; i++) {
        struct bench *bench = bench_new(FAKE_EDOS);
        set(bench, items, 2);
        bench->cancelled = start(bench, (enum fake_transport)i, NULL, "/a");
        loop_timer_set(bench->loop, &bench->timer, DURATION_H, cancel, bench);
        settle(bench, DURATION_H + DURATION_S);
        CU_ASSERT_FALSE(bench->cancelled->done);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&bench->log), "[hang]\n"));
        CU_ASSERT_PTR_NULL(strstr(buffer_string(&bench->log), "\n  "));
        CU_ASSERT_EQUAL(get(bench, (enum fake_transport)i, "/a")->outcome, FETCH_OK);
        bench_free(bench);
    }
}

static void a_hang_may_outlive_the_run(void)
{
    static const struct behaviour hang = KIND(BEHAVIOUR_HANG);
    struct bench *bench = bench_new(FAKE_EDOS);
    set(bench, &hang, 1);
    for (int i = FAKE_HTTP; i <= FAKE_TFTP; i++)
        (void)start(bench, (enum fake_transport)i, NULL, "/a");
    settle(bench, DURATION_M);
    CU_ASSERT_EQUAL(bench->pending, 3);
    bench_free(bench); /* the sanitizers look on */
}

static void refusing_closes_the_ports(void)
{
    static const struct behaviour items[] = {KIND(BEHAVIOUR_REFUSE), KIND(BEHAVIOUR_REFUSE),
                                             STATUS(200)};
    struct bench *bench = bench_new(FAKE_EDOS);
    uint16_t http = fake_server_port(bench->server, FAKE_HTTP);
    CU_ASSERT_TRUE(fake_server_is_open(bench->server));
    set(bench, items, 3);
    CU_ASSERT_FALSE(fake_server_is_open(bench->server));
    for (int i = FAKE_HTTP; i <= FAKE_TFTP; i++)
        CU_ASSERT_EQUAL(get(bench, (enum fake_transport)i, "/")->outcome, FETCH_REFUSED);
    expect_log(bench, "");
    fake_server_refused(bench->server, LOOPBACK, 1); /* another port: none of ours */
    fake_server_refused(bench->server, LOOPBACK, http);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->outcome, FETCH_REFUSED);
    fake_server_refused(bench->server, LOOPBACK, http);
    CU_ASSERT_TRUE(fake_server_is_open(bench->server));
    fake_server_refused(bench->server, LOOPBACK, http); /* no longer refused: not counted */
    CU_ASSERT_EQUAL(fake_server_port(bench->server, FAKE_HTTP), http);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 200);
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/")->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/")->status, 200);
    buffer_clear(&bench->log);
    bench->phone = 1; /* whose turn to be refused it still is, though the port is open */
    struct visit *visit = get(bench, FAKE_HTTP, "/");
    CU_ASSERT(visit->outcome == FETCH_RESET || visit->outcome == FETCH_NOT_CONNECTED);
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/")->outcome, FETCH_TFTP_ERROR);
    expect_log(bench, "");
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 200);
    bench_free(bench);
}

static void refusing_begins_after_the_last_answer(void)
{
    static const struct behaviour items[] = {STATUS(200), KIND(BEHAVIOUR_REFUSE)};
    static const struct behaviour_list refuse = {&items[1], 1};
    struct bench *bench = bench_new(FAKE_EDOS);
    set(bench, items, 2);
    CU_ASSERT_EQUAL(fake_server_set_client(bench->server, 1, &refuse, NULL), 0);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->status, 200);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/")->outcome, FETCH_REFUSED);
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/")->outcome, FETCH_REFUSED);
    bench_free(bench);
}

static void pushed_configurations(void)
{
    const struct parameter first[] = {{"Profile_Rule", "one", {0, 0}}};
    const struct parameter second[] = {{"Profile_Rule", "${provision.tftp}/two", {0, 0}}};
    struct bench *bench = bench_new(FAKE_PUSH);
    struct error error = {0};
    CU_ASSERT_EQUAL(fake_server_publish(bench->server, "/push/1.xml", first, 1, &error), 0);
    CU_ASSERT_EQUAL(fake_server_publish(bench->server, "/push/2.xml", first, 1, &error), 0);
    CU_ASSERT_EQUAL(fake_server_publish(bench->server, "/push/2.xml", second, 1, &error), 0);
    struct visit *visit = get(bench, FAKE_HTTP, "/push/1.xml");
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&visit->body), ">one<"));
    visit = get(bench, FAKE_TFTP, "/push/2.xml");
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&visit->body), ">tftp://10.0.0.1/two<"));
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/push/2.xml?x=1")->status, 200);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/push/3.xml")->status, 404);
    expect_log(bench, "http GET /push/1.xml phone [config]\n  200 config whole\n"
                      "tftp RRQ push/2.xml  [config]\n  0 config whole\n"
                      "http GET /push/2.xml?x=1 phone [config]\n  200 config whole\n"
                      "http GET /push/3.xml phone [404]\n  404 none whole\n");
    bench_free(bench);
}

static void many_at_once(void)
{
    struct bench *bench = bench_new(FAKE_PROVISION);
    for (unsigned i = 0; i < VISITS_MAX; i++)
        (void)start(bench, (enum fake_transport)(i % 3), NULL, "/a.xml");
    run(bench);
    for (unsigned i = 0; i < VISITS_MAX; i++) {
        CU_ASSERT_EQUAL(bench->visits[i].outcome, FETCH_OK);
        CU_ASSERT_EQUAL(bench->visits[i].done_us, 0);
    }
    bench_free(bench);
}

#define TLS(fault)                                                \
    {                                                             \
        .kind = BEHAVIOUR_PROFILE, .status = 200, .tls = (fault), \
        .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1     \
    }
#define WHOLE_PROFILE "  200 profile whole retry " DELAYS "\n"

static void a_fault_at_the_handshake_is_a_try(void)
{
    static const struct behaviour items[] = {TLS(BEHAVIOUR_TLS_EXPIRED), STATUS(503),
                                             TLS(BEHAVIOUR_TLS_ABORT), KIND(BEHAVIOUR_PROFILE)};
    struct bench *bench = bench_new(FAKE_EDOS);
    set(bench, items, 4);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/rc")->outcome, FETCH_TLS_FAILED);
    settle(bench, DURATION_S); /* until the server has heard of it */
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/rc")->status, 503);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/rc")->outcome, FETCH_TLS_FAILED);
    settle(bench, DURATION_S);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/rc")->status, 200);
    expect_log(bench, "(an expired certificate)\n"
                      "https GET /rc phone [503]\n  503 none whole\n"
                      "(ends the handshake)\n"
                      "https GET /rc phone [profile]\n" WHOLE_PROFILE);
    set(bench, items, 4); /* without TLS there is no handshake, and the answer is the usual one */
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/rc")->status, 200);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/rc")->status, 503);
    expect_log(bench, "http GET /rc phone [profile]\n" WHOLE_PROFILE
                      "http GET /rc phone [503]\n  503 none whole\n");
    bench_free(bench);
}

static void certificates_of_clients(void)
{
    static const struct behaviour items[] = {TLS(BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE),
                                             TLS(BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE),
                                             STATUS(404)};
    struct bench *bench = bench_new(FAKE_EDOS);
    set(bench, items, 3);
    CU_ASSERT_NOT_EQUAL(get(bench, FAKE_HTTPS, "/rc")->outcome, FETCH_OK);
    settle(bench, DURATION_S);
    bench->shows_certificate = true;
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/rc")->status, 200);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTPS, "/rc")->status, 404);
    expect_log(bench, "(wants a certificate of the phone)\n"
                      "(wants a certificate of the phone)\n"
                      "https GET /rc phone [profile] by CN=a phone\n" WHOLE_PROFILE
                      "https GET /rc phone [404]\n  404 none whole\n");
    bench_free(bench);
}

static void a_head_leaves_its_answer_to_the_get(void)
{
    static const struct behaviour items[] = {STATUS(404), KIND(BEHAVIOUR_CONFIG)};
    struct bench *bench = bench_new(FAKE_PROVISION);
    for (int keeps = 0; keeps < 2; keeps++) {
        bench->keeps = keeps;
        set(bench, items, 2);
        for (int i = 0; i < 2; i++) {
            struct visit *head = start(bench, FAKE_HTTP, "HEAD", "/a");
            run(bench);
            CU_ASSERT_EQUAL(head->status, i == 0 ? 404 : 200);
            CU_ASSERT_EQUAL(head->body.length, 0);
            CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/a")->status, i == 0 ? 404 : 200);
        }
        expect_log(bench, "http HEAD /a phone [404]\n  404 none whole\n"
                          "http GET /a phone [404]\n  404 none whole\n"
                          "http HEAD /a phone [config]\n  200 none whole\n"
                          "http GET /a phone [config]\n  200 config whole\n");
    }
    bench_free(bench);
}

static void connections_are_kept(void)
{
    static const struct behaviour items[] = {STATUS(404), STATUS(503), KIND(BEHAVIOUR_RESET),
                                             KIND(BEHAVIOUR_CONFIG)};
    struct bench *bench = bench_new(FAKE_PROVISION);
    bench->keeps = true;
    set(bench, items, 4);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/a")->status, 404);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/b")->status, 503);
    CU_ASSERT_EQUAL(bench->connections, 1);
    /* The reset has a connection of its own, or the client would ask again at once. */
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/c")->outcome, FETCH_RESET);
    CU_ASSERT_EQUAL(bench->connections, 2);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/d")->status, 200);
    settle(bench, FAKE_KEEP_ALIVE_US - DURATION_S);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/e")->status, 200);
    CU_ASSERT_EQUAL(bench->connections, 3);
    settle(bench, FAKE_KEEP_ALIVE_US + DURATION_S);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/f")->status, 200);
    CU_ASSERT_EQUAL(bench->connections, 4);
    set(bench, &items[2], 1); /* like a server that is started anew */
    settle(bench, DURATION_S);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/g")->outcome, FETCH_RESET);
    CU_ASSERT_EQUAL(bench->connections, 5);
    bench_free(bench);
}

static void faults_of_tftp(void)
{
    static const struct behaviour items[] = {
        {.kind = BEHAVIOUR_TFTP_ERROR,
         .status = 500,
         .tftp_error = 3,
         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
         .times = 1},
        {.kind = BEHAVIOUR_CONFIG,
         .status = 200,
         .drop_block = 1,
         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
         .times = 1},
        {.kind = BEHAVIOUR_CONFIG,
         .status = 200,
         .duplicate_block = 1,
         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
         .times = 1},
    };
    struct bench *bench = bench_new(FAKE_PROVISION);
    set(bench, items, 3);
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/a")->status, 3);
    CU_ASSERT_EQUAL(bench->visits[0].done_us, 0);
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/a")->outcome, FETCH_OK);
    CU_ASSERT(bench->visits[1].done_us >= DURATION_S); /* after the time-out asked for, warped */
    CU_ASSERT_EQUAL(get(bench, FAKE_TFTP, "/a")->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(bench->visits[2].body.length, bench->visits[1].body.length);
    expect_log(bench, "tftp RRQ a  [TFTP error 3]\n  3 none broken\n"
                      "tftp RRQ a  [config, block 1 lost]\n  0 config whole\n"
                      "tftp RRQ a  [config, block 1 twice]\n  0 config whole\n");
    set(bench, items, 1);
    CU_ASSERT_EQUAL(get(bench, FAKE_HTTP, "/a")->status, 500);
    bench_free(bench);
}

static void what_cannot_be_started(void)
{
    struct bench *bench = bench_new(FAKE_EDOS);
    struct fake_server *server = NULL;
    struct error error = {0};
    struct fake_server_config config = config_of(bench, FAKE_EDOS);
    config.identities = NULL;
    CU_ASSERT_EQUAL(fake_server_new(&config, &server, &error), ERROR_INVALID);
    config = config_of(bench, FAKE_EDOS);
    config.free_ports = false;
    config.http_port = config.https_port = 0;
    config.tftp_port = fake_server_port(bench->server, FAKE_TFTP); /* taken */
    CU_ASSERT_EQUAL(fake_server_new(&config, &server, &error), ERROR_SYSTEM);
    CU_ASSERT_PTR_NULL(server);
    CU_ASSERT_EQUAL(fake_server_set(bench->server, &(struct behaviour_list){NULL, 0}, &error),
                    ERROR_INVALID);
    fake_server_free(NULL);
    bench_free(bench);
}

void tests_fakes_serve_fake_server(void)
{
    TEST_SUITE("live/serve/fake_server",
               {"what each role serves at first", what_each_role_serves_at_first},
               {"answers by word", answers_by_word},
               {"lists are walked by each client", lists_are_walked_by_each_client},
               {"redirects name their target", redirects_name_their_target},
               {"every final status goes out", every_final_status_goes_out},
               {"delays are warped", delays_are_warped},
               {"slow answers are warped", slow_answers_are_warped},
               {"truncated answers", truncated_answers},
               {"hangs last until the client leaves", hangs_last_until_the_client_leaves},
               {"a hang may outlive the run", a_hang_may_outlive_the_run},
               {"refusing closes the ports", refusing_closes_the_ports},
               {"refusing begins after the last answer", refusing_begins_after_the_last_answer},
               {"a fault at the handshake is a try", a_fault_at_the_handshake_is_a_try},
               {"certificates of clients", certificates_of_clients},
               {"a HEAD leaves its answer to the GET", a_head_leaves_its_answer_to_the_get},
               {"connections are kept", connections_are_kept}, {"faults of TFTP", faults_of_tftp},
               {"pushed configurations", pushed_configurations}, {"many at once", many_at_once},
               {"what cannot be started", what_cannot_be_started});
}
