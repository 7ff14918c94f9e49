/* SPDX-License-Identifier: MIT */
/* What a server over TLS can be told to do at the handshake, with TLS 1.2 and 1.3. */
#include "harness/loop/fetch.h"
#include "harness/loop/tls_testing.h"
#include "harness/loop/web.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK UINT32_C(0x7f000001)
#define STALL_REAL_US UINT64_C(10000000)
#define HOST "edos.example"
enum {
    PATH_BYTES_MAX = 512,
    IDENTITIES = 4,
    GOOD = 0,
    EXPIRED = 1,
    WANTS_CERTIFICATE = 2,
    WANTS_ANY = 3
};

struct bench {
    struct loop *loop;
    struct web_server *web;
    struct fetcher *fetcher;
    struct identity authority, client_authority, server, expired, phone, stranger;
    struct web_identity identities[IDENTITIES];
    char certificates[2][TLS_PEM_MAX], keys[2][TLS_PEM_MAX], client_ca[TLS_PEM_MAX];
    char ca_file[PATH_BYTES_MAX], phone_file[PATH_BYTES_MAX], stranger_file[PATH_BYTES_MAX];
    /* what it does */
    unsigned identity;
    enum web_admission admission;
    /* what it saw */
    unsigned asked, arrived, left;
    char subject[256];
    enum fetch_outcome outcome;
};

static enum web_admission admit(void *context, struct web_client *client, unsigned *identity)
{
    struct bench *bench = context;
    bench->arrived++;
    client->context = bench;
    *identity = bench->identity;
    return bench->admission;
}

static void left(void *context, struct web_client *client)
{
    struct bench *bench = context;
    CU_ASSERT_PTR_EQUAL(client->context, bench);
    bench->left++;
}

static void asked(void *context, struct web_request *request)
{
    struct bench *bench = context;
    bench->asked++;
    CU_ASSERT_EQUAL(request->client->port, request->client_port);
    snprintf(bench->subject, sizeof bench->subject, "%s",
             request->certificate ? request->certificate : "");
    web_respond(request,
                &(const struct web_response){.status = 200, .body = "", .cut_bytes = WEB_NOT_CUT});
}

static void write_pair(const struct identity *identity, char path[PATH_BYTES_MAX], const char *name)
{
    char certificate[TLS_PEM_MAX], key[TLS_PEM_MAX];
    snprintf(path, PATH_BYTES_MAX, "%s/%s.pem", testing_folder(), name);
    pem_of(identity, certificate, key);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "%s%s", certificate, key);
    fclose(file);
}

static void make_identities(struct bench *bench)
{
    char unused[TLS_PEM_MAX];
    identity_init(&bench->authority, NULL, "an authority", 30);
    identity_init(&bench->client_authority, NULL, "the maker of phones", 30);
    identity_init(&bench->server, &bench->authority, HOST, 30);
    identity_init(&bench->expired, &bench->authority, HOST, -1);
    identity_init(&bench->phone, &bench->client_authority, "a phone", 30);
    identity_init(&bench->stranger, &bench->authority, "a stranger", 30);
    pem_of(&bench->server, bench->certificates[0], bench->keys[0]);
    pem_of(&bench->expired, bench->certificates[1], bench->keys[1]);
    pem_of(&bench->client_authority, bench->client_ca, unused);
    bench->identities[GOOD] =
        (struct web_identity){bench->certificates[0], bench->keys[0], NULL, false};
    bench->identities[EXPIRED] =
        (struct web_identity){bench->certificates[1], bench->keys[1], NULL, false};
    bench->identities[WANTS_CERTIFICATE] =
        (struct web_identity){bench->certificates[0], bench->keys[0], bench->client_ca, false};
    bench->identities[WANTS_ANY] =
        (struct web_identity){bench->certificates[0], bench->keys[0], NULL, true};
    snprintf(bench->ca_file, sizeof bench->ca_file, "%s/ca.pem", testing_folder());
    write_certificate(&bench->authority, bench->ca_file);
    write_pair(&bench->phone, bench->phone_file, "phone");
    write_pair(&bench->stranger, bench->stranger_file, "stranger");
}

static void bench_init(struct bench *bench)
{
    struct error error = {0};
    *bench = (struct bench){0};
    make_identities(bench);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error), 0);
    CU_ASSERT_EQUAL_FATAL(fetcher_new(bench->loop, -1, &bench->fetcher, &error), 0);
    CU_ASSERT_EQUAL_FATAL(
        web_server_new(&(const struct web_server_config){.loop = bench->loop,
                                                         .netns_fd = -1,
                                                         .address = LOOPBACK,
                                                         .identities = bench->identities,
                                                         .identity_count = IDENTITIES,
                                                         .handle = asked,
                                                         .admit = admit,
                                                         .left = left,
                                                         .context = bench},
                       &bench->web, &error),
        0);
}

static void bench_done(struct bench *bench)
{
    fetcher_free(bench->fetcher);
    web_server_free(bench->web);
    CU_ASSERT_EQUAL(bench->left, bench->arrived);
    loop_free(bench->loop);
    identity_done(&bench->authority);
    identity_done(&bench->client_authority);
    identity_done(&bench->server);
    identity_done(&bench->expired);
    identity_done(&bench->phone);
    identity_done(&bench->stranger);
}

static void fetched(void *context, const struct fetch_result *result)
{
    struct bench *bench = context;
    bench->outcome = result->outcome;
    loop_stop(bench->loop);
}

static bool nothing_to_do(void *context)
{
    (void)context;
    return false;
}

static void fetch(struct bench *bench, const char *certificate_file, bool tls_1_2)
{
    struct error error = {0};
    char url[128];
    snprintf(url, sizeof url, "https://" HOST ":%u/rc", web_server_port(bench->web));
    const struct fetch_request request = {.url = url,
                                          .address = LOOPBACK,
                                          .ca_file = bench->ca_file,
                                          .certificate_file = certificate_file,
                                          .tls_1_2 = tls_1_2,
                                          .body_bytes_max = 60};
    bench->asked = 0;
    CU_ASSERT_EQUAL_FATAL(fetch_start(bench->fetcher, &request, fetched, bench, NULL, &error), 0);
    CU_ASSERT_EQUAL(loop_run(bench->loop, nothing_to_do, NULL, STALL_REAL_US, &error), 0);
    CU_ASSERT_EQUAL(loop_now_us(bench->loop), 0);
}

static void one_server_of_several_identities(void)
{
    struct bench bench;
    bench_init(&bench);
    for (int tls_1_2 = 0; tls_1_2 < 2; tls_1_2++) {
        bench.identity = EXPIRED;
        fetch(&bench, NULL, tls_1_2);
        CU_ASSERT_EQUAL(bench.outcome, FETCH_TLS_FAILED);
        CU_ASSERT_EQUAL(bench.asked, 0);
        bench.identity = GOOD;
        fetch(&bench, bench.phone_file, tls_1_2);
        CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
        CU_ASSERT_STRING_EQUAL(bench.subject, ""); /* it was not asked for */
    }
    bench_done(&bench);
}

static void a_certificate_of_the_client(void)
{
    struct bench bench;
    bench_init(&bench);
    bench.identity = WANTS_CERTIFICATE;
    for (int tls_1_2 = 0; tls_1_2 < 2; tls_1_2++) {
        fetch(&bench, bench.phone_file, tls_1_2);
        CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
        CU_ASSERT_STRING_EQUAL(bench.subject, "CN=a phone");
        /* With TLS 1.3 the client has asked before the server could refuse it. */
        fetch(&bench, NULL, tls_1_2);
        CU_ASSERT(bench.outcome == FETCH_TLS_FAILED || bench.outcome == FETCH_RESET);
        CU_ASSERT_EQUAL(bench.asked, 0);
        fetch(&bench, bench.stranger_file, tls_1_2);
        CU_ASSERT(bench.outcome == FETCH_TLS_FAILED || bench.outcome == FETCH_RESET);
        CU_ASSERT_EQUAL(bench.asked, 0);
    }
    bench_done(&bench);
}

static void a_certificate_of_anybody(void)
{
    struct bench bench;
    bench_init(&bench);
    bench.identity = WANTS_ANY;
    for (int tls_1_2 = 0; tls_1_2 < 2; tls_1_2++) {
        fetch(&bench, bench.phone_file, tls_1_2);
        CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
        CU_ASSERT_STRING_EQUAL(bench.subject, "CN=a phone");
        fetch(&bench, bench.stranger_file, tls_1_2);
        CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
        CU_ASSERT_STRING_EQUAL(bench.subject, "CN=a stranger");
        fetch(&bench, NULL, tls_1_2);
        CU_ASSERT(bench.outcome == FETCH_TLS_FAILED || bench.outcome == FETCH_RESET);
        CU_ASSERT_EQUAL(bench.asked, 0);
    }
    bench_done(&bench);
}

static void a_handshake_broken_off(void)
{
    struct bench bench;
    bench_init(&bench);
    bench.admission = WEB_ABORT;
    for (int tls_1_2 = 0; tls_1_2 < 2; tls_1_2++) {
        fetch(&bench, NULL, tls_1_2);
        CU_ASSERT_EQUAL(bench.outcome, FETCH_TLS_FAILED);
        CU_ASSERT_EQUAL(bench.asked, 0);
    }
    CU_ASSERT_EQUAL(bench.left, 2);
    bench.admission = WEB_ADMIT;
    fetch(&bench, NULL, false);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
    bench_done(&bench);
}

/* One that says nothing is still there when the server goes. */
static void a_silent_client_is_let_go(void)
{
    struct bench bench;
    bench_init(&bench);
    bench.admission = WEB_ABORT;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(web_server_port(bench.web)),
                                        .sin_addr.s_addr = htonl(LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    fetch(&bench, NULL, false); /* by then the other one has arrived, too */
    CU_ASSERT_EQUAL(bench.arrived, 2);
    CU_ASSERT_EQUAL(bench.left, 1);
    bench_done(&bench);
    close(fd);
}

/* How many lines have that label; each must be of the form that readers know. */
static unsigned count_keys(const char *path, const char *label)
{
    unsigned count = 0, line_count = 0, whole = 0;
    char *text = (char *)testing_read_file(path, NULL), *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char found[64], random[65], secret[129];
        line_count++;
        if (sscanf(line, "%63s %64[0-9a-f] %128[0-9a-f]", found, random, secret) == 3 &&
            strlen(random) == 64 && strlen(secret) >= 64)
            whole++;
        count += strcmp(found, label) == 0;
    }
    free(text);
    CU_ASSERT_EQUAL(line_count, whole);
    return count;
}

/* This process is the client as well, whose library would write the same down again. */
static void the_servers_keys_alone(void)
{
    struct bench bench;
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/keys", testing_folder());
    bench_init(&bench);
    web_keys_record(path);
    fetch(&bench, NULL, false);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
    CU_ASSERT_EQUAL(count_keys(path, "CLIENT_TRAFFIC_SECRET_0"), 1);
    CU_ASSERT_EQUAL(count_keys(path, "SERVER_TRAFFIC_SECRET_0"), 1);
    fetch(&bench, NULL, true);
    CU_ASSERT_EQUAL(count_keys(path, "CLIENT_RANDOM"), 1);
    web_keys_record("");
    fetch(&bench, NULL, true);
    CU_ASSERT_EQUAL(bench.outcome, FETCH_OK);
    CU_ASSERT_EQUAL(count_keys(path, "CLIENT_RANDOM"), 1);
    bench_done(&bench);
}

void tests_harness_loop_web_tls(void);
void tests_harness_loop_web_tls(void)
{
    TEST_SUITE("live loop/web over TLS",
               {"one server of several identities", one_server_of_several_identities},
               {"a certificate of the client", a_certificate_of_the_client},
               {"a certificate of anybody", a_certificate_of_anybody},
               {"a handshake broken off", a_handshake_broken_off},
               {"a silent client is let go", a_silent_client_is_let_go},
               {"the servers' keys alone", the_servers_keys_alone});
}
