/* SPDX-License-Identifier: MIT */
/* Downloads over TLS: whom they trust. The certificates are made here, in memory. */
#include "harness/loop/fetch.h"
#include "harness/loop/tls_testing.h"
#include "harness/loop/web.h"

#define LOOPBACK UINT32_C(0x7f000001)
#define STALL_REAL_US UINT64_C(10000000)
enum { PATH_BYTES_MAX = 512 };
#define HOST "edos.example"

/* --- one download --- */

struct bench {
    struct loop *loop;
    unsigned asked;
    enum fetch_outcome outcome;
    unsigned status;
    char body[64], text[FETCH_ERROR_TEXT_MAX];
    size_t cut_bytes;
};

static void asked(void *context, struct web_request *request)
{
    struct bench *bench = context;
    bench->asked++;
    web_respond(request, &(const struct web_response){.status = 200,
                                                      .body = "over TLS",
                                                      .body_length = 8,
                                                      .cut_bytes = bench->cut_bytes});
}

static void fetched(void *context, const struct fetch_result *result)
{
    struct bench *bench = context;
    bench->outcome = result->outcome;
    bench->status = result->status;
    snprintf(bench->body, sizeof bench->body, "%s", (const char *)result->body);
    snprintf(bench->text, sizeof bench->text, "%s", result->text);
    loop_stop(bench->loop);
}

static bool nothing_to_do(void *context)
{
    (void)context;
    return false;
}

static void fetch_from(struct bench *bench, const struct identity *server, const char *ca_file,
                       size_t cut_bytes, unsigned leniency, bool tls_1_2)
{
    char certificate[TLS_PEM_MAX], key[TLS_PEM_MAX], url[128];
    const struct web_identity identity = {certificate, key, NULL, false};
    struct web_server *web;
    struct fetcher *fetcher;
    struct error error;
    *bench = (struct bench){.cut_bytes = cut_bytes, .outcome = FETCH_OTHER};
    pem_of(server, certificate, key);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error), 0);
    CU_ASSERT_EQUAL_FATAL(fetcher_new(bench->loop, -1, &fetcher, &error), 0);
    CU_ASSERT_EQUAL_FATAL(web_server_new(&(const struct web_server_config){.loop = bench->loop,
                                                                           .netns_fd = -1,
                                                                           .address = LOOPBACK,
                                                                           .identities = &identity,
                                                                           .identity_count = 1,
                                                                           .handle = asked,
                                                                           .context = bench},
                                         &web, &error),
                          0);
    snprintf(url, sizeof url, "https://" HOST ":%u/rc", web_server_port(web));
    CU_ASSERT_EQUAL_FATAL(fetch_start(fetcher,
                                      &(const struct fetch_request){.url = url,
                                                                    .address = LOOPBACK,
                                                                    .ca_file = ca_file,
                                                                    .leniency = leniency,
                                                                    .tls_1_2 = tls_1_2,
                                                                    .body_bytes_max = 60},
                                      fetched, bench, NULL, &error),
                          0);
    CU_ASSERT_EQUAL(loop_run(bench->loop, nothing_to_do, NULL, STALL_REAL_US, &error), 0);
    CU_ASSERT_EQUAL(loop_now_us(bench->loop), 0);
    fetcher_free(fetcher);
    web_server_free(web);
    loop_free(bench->loop);
}

enum { EVERYTHING = FETCH_ANY_DATE | FETCH_ANY_HOST | FETCH_ANY_AUTHORITY };

static void trust(void)
{
    struct identity authority, other_authority, server, wrong_host, expired, stale_stranger;
    char ca_file[PATH_BYTES_MAX], other_file[PATH_BYTES_MAX], no_file[PATH_BYTES_MAX];
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", testing_folder());
    snprintf(other_file, sizeof other_file, "%s/other.pem", testing_folder());
    snprintf(no_file, sizeof no_file, "%s/none.pem", testing_folder());
    identity_init(&authority, NULL, "an authority", 30);
    identity_init(&other_authority, NULL, "another authority", 30);
    identity_init(&server, &authority, HOST, 30);
    identity_init(&wrong_host, &authority, "other.example", 30);
    identity_init(&expired, &authority, HOST, -1);
    identity_init(&stale_stranger, &other_authority, "other.example", -1);
    write_certificate(&authority, ca_file);
    write_certificate(&other_authority, other_file);
    const struct {
        const struct identity *server;
        const char *ca_file;
        size_t cut_bytes;
        unsigned leniency;
        enum fetch_outcome outcome;
        const char *body;
    } cases[] = {
        {&server, ca_file, WEB_NOT_CUT, 0, FETCH_OK, "over TLS"},
        {&server, ca_file, 4, 0, FETCH_TRUNCATED, "over"},
        {&server, other_file, WEB_NOT_CUT, 0, FETCH_TLS_FAILED, ""},
        {&server, no_file, WEB_NOT_CUT, 0, FETCH_TLS_FAILED, ""},
        {&server, NULL, WEB_NOT_CUT, 0, FETCH_TLS_FAILED, ""},
        {&wrong_host, ca_file, WEB_NOT_CUT, 0, FETCH_TLS_FAILED, ""},
        {&expired, ca_file, WEB_NOT_CUT, 0, FETCH_TLS_FAILED, ""},
        /* each leniency forgives one fault, and no other */
        {&server, ca_file, WEB_NOT_CUT, FETCH_ANY_DATE, FETCH_OK, "over TLS"},
        {&server, ca_file, WEB_NOT_CUT, FETCH_ANY_HOST, FETCH_OK, "over TLS"},
        {&server, ca_file, WEB_NOT_CUT, FETCH_ANY_AUTHORITY, FETCH_OK, "over TLS"},
        {&expired, ca_file, WEB_NOT_CUT, FETCH_ANY_DATE, FETCH_OK, "over TLS"},
        {&wrong_host, ca_file, WEB_NOT_CUT, FETCH_ANY_DATE, FETCH_TLS_FAILED, ""},
        {&server, other_file, WEB_NOT_CUT, FETCH_ANY_DATE, FETCH_TLS_FAILED, ""},
        {&expired, ca_file, WEB_NOT_CUT, FETCH_ANY_HOST, FETCH_TLS_FAILED, ""},
        {&wrong_host, ca_file, WEB_NOT_CUT, FETCH_ANY_HOST, FETCH_OK, "over TLS"},
        {&server, other_file, WEB_NOT_CUT, FETCH_ANY_HOST, FETCH_TLS_FAILED, ""},
        {&expired, ca_file, WEB_NOT_CUT, FETCH_ANY_AUTHORITY, FETCH_TLS_FAILED, ""},
        {&wrong_host, ca_file, WEB_NOT_CUT, FETCH_ANY_AUTHORITY, FETCH_TLS_FAILED, ""},
        {&server, other_file, WEB_NOT_CUT, FETCH_ANY_AUTHORITY, FETCH_OK, "over TLS"},
        {&server, NULL, WEB_NOT_CUT, FETCH_ANY_AUTHORITY, FETCH_OK, "over TLS"},
        {&server, no_file, WEB_NOT_CUT, FETCH_ANY_AUTHORITY, FETCH_TLS_FAILED, ""},
        {&stale_stranger, ca_file, WEB_NOT_CUT, EVERYTHING, FETCH_OK, "over TLS"},
        {&stale_stranger, ca_file, WEB_NOT_CUT, EVERYTHING & ~FETCH_ANY_DATE, FETCH_TLS_FAILED, ""},
        {&stale_stranger, ca_file, WEB_NOT_CUT, EVERYTHING & ~FETCH_ANY_HOST, FETCH_TLS_FAILED, ""},
    };
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
        struct bench bench;
        size_t row = i / 2;
        fetch_from(&bench, cases[row].server, cases[row].ca_file, cases[row].cut_bytes,
                   cases[row].leniency, i % 2 == 1);
        if (bench.outcome != cases[row].outcome)
            fprintf(stderr, "\ncase %zu: outcome %d: %s\n", row, (int)bench.outcome, bench.text);
        CU_ASSERT_EQUAL(bench.outcome, cases[row].outcome);
        CU_ASSERT_STRING_EQUAL(bench.body, cases[row].body);
        CU_ASSERT_EQUAL(bench.asked, bench.outcome != FETCH_TLS_FAILED);
        CU_ASSERT_EQUAL(bench.status, bench.outcome == FETCH_TLS_FAILED ? 0 : 200);
    }
    identity_done(&authority);
    identity_done(&other_authority);
    identity_done(&server);
    identity_done(&wrong_host);
    identity_done(&expired);
    identity_done(&stale_stranger);
}

void tests_harness_loop_fetch_tls(void);
void tests_harness_loop_fetch_tls(void)
{
    TEST_SUITE("live loop/fetch over TLS", {"whom a download trusts", trust});
}
