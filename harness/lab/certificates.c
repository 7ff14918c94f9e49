/* SPDX-License-Identifier: MIT */
#include "harness/lab/certificates.h"
#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SERIAL_BYTES = 16, VALID_BEFORE_S = 86400, VALID_S = 3650 * 86400 };

struct issuer {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

static int gnutls_error(struct error *error, int code, const char *what)
{
    return error_set(error, ERROR_FAILED, "cannot %s: %s", what, gnutls_strerror(code));
}

static int make_key(gnutls_x509_privkey_t *ret_key)
{
    int code = gnutls_x509_privkey_init(ret_key);
    if (code >= 0)
        code = gnutls_x509_privkey_generate(*ret_key, GNUTLS_PK_ECDSA,
                                            GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    return code;
}

static int describe(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, const char *name)
{
    unsigned char serial[SERIAL_BYTES];
    time_t now = time(NULL);
    int code = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] &= 0x7f; /* RFC 5280 4.1.2.2: positive */
    if (code >= 0)
        code = gnutls_x509_crt_set_version(certificate, 3);
    if (code >= 0)
        code = gnutls_x509_crt_set_serial(certificate, serial, sizeof serial);
    if (code >= 0)
        code = gnutls_x509_crt_set_activation_time(certificate, now - VALID_BEFORE_S);
    if (code >= 0)
        code = gnutls_x509_crt_set_expiration_time(certificate, now + VALID_S);
    if (code >= 0)
        code = gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                             (unsigned)strlen(name));
    if (code >= 0)
        code = gnutls_x509_crt_set_key(certificate, key);
    return code;
}

static int export_certificate(gnutls_x509_crt_t certificate, char **ret_pem)
{
    gnutls_datum_t datum = {0};
    int code = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &datum);
    if (code < 0)
        return code;
    *ret_pem = strndup((const char *)datum.data, datum.size);
    gnutls_free(datum.data);
    return *ret_pem ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static int export_key(gnutls_x509_privkey_t key, char **ret_pem)
{
    gnutls_datum_t datum = {0};
    int code = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                                 &datum);
    if (code < 0)
        return code;
    *ret_pem = strndup((const char *)datum.data, datum.size);
    gnutls_free(datum.data);
    return *ret_pem ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static int make_issuer(struct issuer *issuer, char **ret_pem)
{
    int code = make_key(&issuer->key);
    if (code >= 0)
        code = gnutls_x509_crt_init(&issuer->certificate);
    if (code >= 0)
        code = describe(issuer->certificate, issuer->key, "rclab CA");
    if (code >= 0)
        code = gnutls_x509_crt_set_basic_constraints(issuer->certificate, 1, 0);
    if (code >= 0)
        code = gnutls_x509_crt_set_key_usage(issuer->certificate,
                                             GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
    if (code >= 0)
        code = gnutls_x509_crt_sign2(issuer->certificate, issuer->certificate, issuer->key,
                                     GNUTLS_DIG_SHA256, 0);
    return code < 0 ? code : export_certificate(issuer->certificate, ret_pem);
}

static int issue(const struct issuer *issuer, const char *host, uint32_t address,
                 gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
    uint32_t address_bytes = htonl(address);
    int code = describe(certificate, key, host);
    if (code >= 0)
        code = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, host,
                                                    (unsigned)strlen(host), GNUTLS_FSAN_SET);
    if (code >= 0)
        code =
            gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, &address_bytes,
                                                 sizeof address_bytes, GNUTLS_FSAN_APPEND);
    if (code >= 0)
        code = gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (code >= 0)
        code = gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
    if (code >= 0)
        code = gnutls_x509_crt_sign2(certificate, issuer->certificate, issuer->key,
                                     GNUTLS_DIG_SHA256, 0);
    return code;
}

static int make_pair(const struct issuer *issuer, const char *host, uint32_t address,
                     struct certificate_pair *ret_pair)
{
    gnutls_x509_crt_t certificate = NULL;
    gnutls_x509_privkey_t key = NULL;
    int code = make_key(&key);
    if (code >= 0)
        code = gnutls_x509_crt_init(&certificate);
    if (code >= 0)
        code = issue(issuer, host, address, certificate, key);
    if (code >= 0)
        code = export_certificate(certificate, &ret_pair->certificate_pem);
    if (code >= 0)
        code = export_key(key, &ret_pair->key_pem);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    return code;
}

int certificates_make(const char *edos_host, uint32_t edos_address, const char *provision_host,
                      uint32_t provision_address, struct certificates *ret_certificates,
                      struct error *error)
{
    struct issuer issuer = {0};
    struct certificates made = {0};
    int code = make_issuer(&issuer, &made.ca_pem);
    if (code >= 0)
        code = make_pair(&issuer, edos_host, edos_address, &made.edos);
    if (code >= 0)
        code = make_pair(&issuer, provision_host, provision_address, &made.provision);
    gnutls_x509_crt_deinit(issuer.certificate);
    gnutls_x509_privkey_deinit(issuer.key);
    if (code < 0) {
        certificates_done(&made);
        return gnutls_error(error, code, "make the lab's certificates");
    }
    *ret_certificates = made;
    return 0;
}

static void pair_done(struct certificate_pair *pair)
{
    free(pair->certificate_pem);
    free(pair->key_pem);
}

void certificates_done(struct certificates *certificates)
{
    free(certificates->ca_pem);
    pair_done(&certificates->edos);
    pair_done(&certificates->provision);
    *certificates = (struct certificates){0};
}
