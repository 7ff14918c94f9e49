/* SPDX-License-Identifier: MIT */
/* Downloads over TLS: whom they trust. The certificates are made here, in memory. */
#include "harness/base/testing.h"
#include "harness/loop/fetch.h"
#include "harness/loop/web.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOPBACK UINT32_C(0x7f000001)
#define STALL_REAL_US UINT64_C(10000000)
enum { PEM_MAX = 4096, PATH_BYTES_MAX = 512, DAY_S = 24 * 3600 };
#define HOST "edos.example"

/* --- certificates --------------------------------------------------------------------------- */

struct identity {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

static void identity_done(struct identity *identity)
{
    gnutls_x509_crt_deinit(identity->certificate);
    gnutls_x509_privkey_deinit(identity->key);
}

/* issuer NULL: a certificate authority of its own. days: how long it still holds, negative = past.
 */
static void identity_init(struct identity *identity, const struct identity *issuer,
                          const char *host, int days)
{
    static unsigned char serial = 1;
    unsigned char number = serial++;
    CU_ASSERT_EQUAL_FATAL(gnutls_x509_privkey_init(&identity->key), 0);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_privkey_generate(identity->key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
        0);
    CU_ASSERT_EQUAL_FATAL(gnutls_x509_crt_init(&identity->certificate), 0);
    gnutls_x509_crt_t certificate = identity->certificate;
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, &number, 1);
    gnutls_x509_crt_set_activation_time(certificate, time(NULL) - 30 * DAY_S);
    gnutls_x509_crt_set_expiration_time(certificate, time(NULL) + days * DAY_S);
    gnutls_x509_crt_set_key(certificate, identity->key);
    gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, host,
                                  (unsigned)strlen(host));
    if (issuer) {
        gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, host,
                                             (unsigned)strlen(host), GNUTLS_FSAN_SET);
        gnutls_x509_crt_set_basic_constraints(certificate, 0, -1);
    } else {
        gnutls_x509_crt_set_basic_constraints(certificate, 1, -1);
        gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_KEY_CERT_SIGN);
        issuer = identity;
    }
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_crt_sign2(certificate, issuer->certificate, issuer->key, GNUTLS_DIG_SHA256, 0),
        0);
}

static void write_certificate(const struct identity *identity, const char *path)
{
    char pem[PEM_MAX];
    size_t length = sizeof pem;
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_crt_export(identity->certificate, GNUTLS_X509_FMT_PEM, pem, &length), 0);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(pem, 1, length, file), length);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

/* --- one download -------------------------------------------------------------------------------
 */

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
                       size_t cut_bytes)
{
    char certificate[PEM_MAX] = "", key[PEM_MAX] = "", url[128];
    size_t certificate_length = sizeof certificate - 1, key_length = sizeof key - 1;
    struct web_server *web;
    struct fetcher *fetcher;
    struct error error;
    *bench = (struct bench){.cut_bytes = cut_bytes, .outcome = FETCH_OTHER};
    gnutls_x509_crt_export(server->certificate, GNUTLS_X509_FMT_PEM, certificate,
                           &certificate_length);
    gnutls_x509_privkey_export(server->key, GNUTLS_X509_FMT_PEM, key, &key_length);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error), 0);
    CU_ASSERT_EQUAL_FATAL(fetcher_new(bench->loop, -1, &fetcher, &error), 0);
    CU_ASSERT_EQUAL_FATAL(
        web_server_new(&(const struct web_server_config){.loop = bench->loop,
                                                         .netns_fd = -1,
                                                         .address = LOOPBACK,
                                                         .certificate_pem = certificate,
                                                         .key_pem = key,
                                                         .handle = asked,
                                                         .context = bench},
                       &web, &error),
        0);
    snprintf(url, sizeof url, "https://" HOST ":%u/rc", web_server_port(web));
    CU_ASSERT_EQUAL_FATAL(
        fetch_start(fetcher,
                    &(const struct fetch_request){
                        .url = url, .address = LOOPBACK, .ca_file = ca_file, .body_bytes_max = 60},
                    fetched, bench, NULL, &error),
        0);
    CU_ASSERT_EQUAL(loop_run(bench->loop, nothing_to_do, NULL, STALL_REAL_US, &error), 0);
    CU_ASSERT_EQUAL(loop_now_us(bench->loop), 0);
    fetcher_free(fetcher);
    web_server_free(web);
    loop_free(bench->loop);
}

static void trust(void)
{
    struct identity authority, other_authority, server, wrong_host, expired;
    char ca_file[PATH_BYTES_MAX], other_file[PATH_BYTES_MAX], no_file[PATH_BYTES_MAX];
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", testing_folder());
    snprintf(other_file, sizeof other_file, "%s/other.pem", testing_folder());
    snprintf(no_file, sizeof no_file, "%s/none.pem", testing_folder());
    identity_init(&authority, NULL, "an authority", 30);
    identity_init(&other_authority, NULL, "another authority", 30);
    identity_init(&server, &authority, HOST, 30);
    identity_init(&wrong_host, &authority, "other.example", 30);
    identity_init(&expired, &authority, HOST, -1);
    write_certificate(&authority, ca_file);
    write_certificate(&other_authority, other_file);
    const struct {
        const struct identity *server;
        const char *ca_file;
        size_t cut_bytes;
        enum fetch_outcome outcome;
        const char *body;
    } cases[] = {
        {&server, ca_file, WEB_NOT_CUT, FETCH_OK, "over TLS"},
        {&server, ca_file, 4, FETCH_TRUNCATED, "over"},
        {&server, other_file, WEB_NOT_CUT, FETCH_TLS_FAILED, ""},
        {&server, no_file, WEB_NOT_CUT, FETCH_TLS_FAILED, ""},
        {&server, NULL, WEB_NOT_CUT, FETCH_TLS_FAILED, ""},
        {&wrong_host, ca_file, WEB_NOT_CUT, FETCH_TLS_FAILED, ""},
        {&expired, ca_file, WEB_NOT_CUT, FETCH_TLS_FAILED, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench bench;
        fetch_from(&bench, cases[i].server, cases[i].ca_file, cases[i].cut_bytes);
        if (bench.outcome != cases[i].outcome)
            fprintf(stderr, "\ncase %zu: %s: %s\n", i, fetch_outcome_name(bench.outcome),
                    bench.text);
        CU_ASSERT_EQUAL(bench.outcome, cases[i].outcome);
        CU_ASSERT_STRING_EQUAL(bench.body, cases[i].body);
        CU_ASSERT_EQUAL(bench.asked, bench.outcome != FETCH_TLS_FAILED);
        CU_ASSERT_EQUAL(bench.status, bench.outcome == FETCH_TLS_FAILED ? 0 : 200);
    }
    identity_done(&authority);
    identity_done(&other_authority);
    identity_done(&server);
    identity_done(&wrong_host);
    identity_done(&expired);
}

void tests_harness_loop_fetch_tls(void);
void tests_harness_loop_fetch_tls(void)
{
    TEST_SUITE("live loop/fetch over TLS", {"whom a download trusts", trust});
}
