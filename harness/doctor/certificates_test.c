/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/doctor/doctor.h"
#include "harness/loop/tls_testing.h"

#define HOST "activate.cisco.com"

struct trial {
    struct identity authority, identity;
    char certificate[2 * TLS_PEM_MAX], key[TLS_PEM_MAX];
    struct lab_server server;
    struct doctor_finding findings[DOCTOR_CERTIFICATE_FINDINGS_MAX];
    size_t count;
};

static void begin(struct trial *trial, const char *host, int days)
{
    memset(trial, 0, sizeof *trial);
    identity_init(&trial->authority, NULL, "authority", 100);
    identity_init(&trial->identity, &trial->authority, host, days);
    pem_of(&trial->identity, trial->certificate, trial->key);
    trial->server = (struct lab_server){.host = HOST,
                                        .https_port = 443,
                                        .tls = true,
                                        .certificate = "edos.pem",
                                        .key = "file:edos.key",
                                        .certificate_pem = trial->certificate,
                                        .key_pem = trial->key};
}

static void end(struct trial *trial)
{
    identity_done(&trial->identity);
    identity_done(&trial->authority);
}

static void judge(struct trial *trial)
{
    trial->count = doctor_certificate_judge(&trial->server, time(NULL), trial->findings);
    CU_ASSERT_FATAL(trial->count >= 1 && trial->count <= DOCTOR_CERTIFICATE_FINDINGS_MAX);
}

static void expect(const struct trial *trial, size_t number, enum doctor_verdict verdict,
                   const char *text, const char *advice)
{
    const struct doctor_finding *finding = &trial->findings[number];
    CU_ASSERT_FATAL(number < trial->count);
    CU_ASSERT_EQUAL(finding->verdict, verdict);
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->text, text));
    CU_ASSERT_PTR_NOT_NULL(strstr(finding->advice, advice));
    if (!strstr(finding->text, text) || !strstr(finding->advice, advice))
        fprintf(stderr, "\nexpected %s | %s\nseen     %s | %s\n", text, advice, finding->text,
                finding->advice);
}

static void judged_alone(struct trial *trial, enum doctor_verdict verdict, const char *text,
                         const char *advice)
{
    judge(trial);
    CU_ASSERT_EQUAL(trial->count, 1);
    expect(trial, 0, verdict, text, advice);
    end(trial);
}

static void sound(void)
{
    struct trial trial;
    begin(&trial, HOST, 100);
    judged_alone(&trial, DOCTOR_OK, "edos.pem is for " HOST ", holds until ", "");
}

static void dates(void)
{
    struct trial trial;
    begin(&trial, HOST, -2);
    judged_alone(&trial, DOCTOR_BAD, "edos.pem has expired: 20", "have it issued anew");
    begin(&trial, HOST, 6);
    judged_alone(&trial, DOCTOR_HINT, "edos.pem expires soon: 20", "have it issued anew");
    begin(&trial, HOST, 8);
    judged_alone(&trial, DOCTOR_OK, "holds until", "");
    begin(&trial, HOST, 100);
    trial.count =
        doctor_certificate_judge(&trial.server, time(NULL) - 40 * TLS_DAY_S, trial.findings);
    CU_ASSERT_EQUAL(trial.count, 1);
    expect(&trial, 0, DOCTOR_BAD, "edos.pem does not hold before 20", "clock");
    end(&trial);
}

static void hosts(void)
{
    struct trial trial;
    begin(&trial, "provision.example.net", 100);
    judged_alone(&trial, DOCTOR_BAD, "edos.pem is for provision.example.net, not for " HOST,
                 "subjectAltName is DNS:" HOST);
    begin(&trial, "*.cisco.com", 100);
    judged_alone(&trial, DOCTOR_OK, "is for " HOST, "");
}

static void keys(void)
{
    struct trial trial, other;
    begin(&trial, HOST, 100);
    begin(&other, HOST, 100);
    trial.server.key_pem = other.key;
    judged_alone(&trial, DOCTOR_BAD, "file:edos.key is not the key of edos.pem", "asked for");
    end(&other);
    begin(&trial, HOST, 100);
    trial.server.key_pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    judged_alone(&trial, DOCTOR_BAD, "file:edos.key cannot be read as a key", "no password");
}

/* A chain is as good as its worst link; the server's own comes first. */
static void chains(void)
{
    struct trial trial;
    struct identity authority;
    char certificate[TLS_PEM_MAX], key[TLS_PEM_MAX];
    const int days[] = {100, -2, 6};
    const enum doctor_verdict verdicts[] = {DOCTOR_OK, DOCTOR_BAD, DOCTOR_HINT};
    const char *const texts[] = {"holds until", "edos.pem (number 2 of its chain) has expired",
                                 "expires soon"};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        begin(&trial, HOST, 100);
        identity_init(&authority, NULL, "another authority", days[i]);
        pem_of(&authority, certificate, key);
        size_t length = strlen(trial.certificate);
        snprintf(trial.certificate + length, sizeof trial.certificate - length, "%s", certificate);
        judged_alone(&trial, verdicts[i], texts[i], "");
        identity_done(&authority);
    }
}

static void all_at_once(void)
{
    struct trial trial, other;
    begin(&trial, "a.example.net", -2);
    begin(&other, HOST, 100);
    trial.server.key_pem = other.key;
    judge(&trial);
    CU_ASSERT_EQUAL(trial.count, 3);
    expect(&trial, 0, DOCTOR_BAD, "has expired", "");
    expect(&trial, 1, DOCTOR_BAD, "is for a.example.net", "");
    expect(&trial, 2, DOCTOR_BAD, "is not the key", "");
    end(&trial);
    end(&other);
}

static void no_certificate(void)
{
    struct trial trial;
    begin(&trial, HOST, 100);
    trial.server.certificate_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    judged_alone(&trial, DOCTOR_BAD, "edos.pem cannot be read as a certificate", "PEM");
    begin(&trial, HOST, 100);
    trial.server.certificate_pem = trial.server.key_pem = NULL;
    judged_alone(&trial, DOCTOR_HINT, "none is given", "give `certificate` and `key`");
}

void tests_harness_doctor_certificates(void);
void tests_harness_doctor_certificates(void)
{
    TEST_SUITE("doctor/certificates", {"a sound one", sound}, {"dates", dates}, {"hosts", hosts},
               {"keys", keys}, {"chains", chains}, {"all that is wrong at once", all_at_once},
               {"what is none", no_certificate});
}
