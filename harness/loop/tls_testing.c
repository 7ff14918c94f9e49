/* SPDX-License-Identifier: MIT */
#include "harness/loop/tls_testing.h"

void identity_done(struct identity *identity)
{
    gnutls_x509_crt_deinit(identity->certificate);
    gnutls_x509_privkey_deinit(identity->key);
}

void identity_init(struct identity *identity, const struct identity *issuer, const char *host,
                   int days)
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
    gnutls_x509_crt_set_activation_time(certificate, time(NULL) - 30 * TLS_DAY_S);
    gnutls_x509_crt_set_expiration_time(certificate, time(NULL) + days * TLS_DAY_S);
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

void write_certificate(const struct identity *identity, const char *path)
{
    char pem[TLS_PEM_MAX];
    size_t length = sizeof pem;
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_crt_export(identity->certificate, GNUTLS_X509_FMT_PEM, pem, &length), 0);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(pem, 1, length, file), length);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

void pem_of(const struct identity *identity, char certificate[TLS_PEM_MAX], char key[TLS_PEM_MAX])
{
    size_t certificate_length = TLS_PEM_MAX - 1, key_length = TLS_PEM_MAX - 1;
    memset(certificate, 0, TLS_PEM_MAX);
    memset(key, 0, TLS_PEM_MAX);
    CU_ASSERT_EQUAL_FATAL(gnutls_x509_crt_export(identity->certificate, GNUTLS_X509_FMT_PEM,
                                                 certificate, &certificate_length),
                          0);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_privkey_export(identity->key, GNUTLS_X509_FMT_PEM, key, &key_length), 0);
}
