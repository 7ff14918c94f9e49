/* SPDX-License-Identifier: MIT */
#include "harness/lab/certificate_check.h"
#include "harness/loop/tls_testing.h"

#define HOST "edos.example"

struct bench {
    struct identity authority, server;
    char certificate[TLS_PEM_MAX], key[TLS_PEM_MAX], text[ERROR_TEXT_MAX];
};

static void begin(struct bench *bench, int days)
{
    identity_init(&bench->authority, NULL, "an authority", 3650);
    identity_init(&bench->server, &bench->authority, HOST, days);
    pem_of(&bench->server, bench->certificate, bench->key);
}

static void end(struct bench *bench)
{
    identity_done(&bench->server);
    identity_done(&bench->authority);
}

static enum certificate_fitness check(struct bench *bench, const char *host, time_t now)
{
    return certificate_check(bench->certificate, bench->key, host, now, bench->text);
}

static void how_long_it_holds(void)
{
    struct bench bench;
    time_t now = time(NULL);
    begin(&bench, 30);
    CU_ASSERT_EQUAL(check(&bench, HOST, now), CERTIFICATE_FIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "names " HOST));
    CU_ASSERT_EQUAL(check(&bench, HOST, now + 24 * TLS_DAY_S), CERTIFICATE_FIT_NOT_LONG);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "renew it soon"));
    CU_ASSERT_EQUAL(check(&bench, HOST, now + 31 * TLS_DAY_S), CERTIFICATE_UNFIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "has expired"));
    CU_ASSERT_EQUAL(check(&bench, HOST, now - 31 * TLS_DAY_S), CERTIFICATE_UNFIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "clock"));
    end(&bench);
}

static void whose_it_is(void)
{
    struct bench bench, other;
    time_t now = time(NULL);
    begin(&bench, 30);
    begin(&other, 30);
    CU_ASSERT_EQUAL(check(&bench, "another.example", now), CERTIFICATE_UNFIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "does not name another.example"));
    memcpy(bench.key, other.key, sizeof bench.key);
    CU_ASSERT_EQUAL(check(&bench, HOST, now), CERTIFICATE_UNFIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "key is not that of the certificate"));
    end(&bench);
    end(&other);
}

static void what_is_none(void)
{
    struct bench bench;
    begin(&bench, 30);
    CU_ASSERT_EQUAL(certificate_check("nothing", bench.key, HOST, time(NULL), bench.text),
                    CERTIFICATE_UNFIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "certificate cannot be read"));
    CU_ASSERT_EQUAL(certificate_check(bench.certificate, "nothing", HOST, time(NULL), bench.text),
                    CERTIFICATE_UNFIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.text, "key cannot be read"));
    end(&bench);
}

void tests_harness_lab_certificate_check(void);
void tests_harness_lab_certificate_check(void)
{
    TEST_SUITE("lab/certificate_check", {"how long it holds", how_long_it_holds},
               {"whose it is", whose_it_is}, {"what is none", what_is_none});
}
