/* SPDX-License-Identifier: MIT */
#include "harness/lab/certificates.h"
#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SERIAL_BYTES = 16,
    VALID_BEFORE_S = 86400,
    VALID_S = 3650 * 86400,
    EXPIRED_FROM_S = 366 * 86400,
    EXPIRED_S = 86400,
    MAC_HEX_MAX = 2 * MAC_BYTES + 1,
};

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

/* Seconds from now. */
struct validity {
    time_t from, to;
};
static const struct validity long_valid = {-VALID_BEFORE_S, VALID_S},
                             out_of_date = {-EXPIRED_FROM_S, -EXPIRED_S};

static int describe(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, const char *name,
                    struct validity validity)
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
        code = gnutls_x509_crt_set_activation_time(certificate, now + validity.from);
    if (code >= 0)
        code = gnutls_x509_crt_set_expiration_time(certificate, now + validity.to);
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

static int make_issuer(struct issuer *issuer, const char *name, char **ret_pem)
{
    int code = make_key(&issuer->key);
    if (code >= 0)
        code = gnutls_x509_crt_init(&issuer->certificate);
    if (code >= 0)
        code = describe(issuer->certificate, issuer->key, name, long_valid);
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

static void issuer_done(struct issuer *issuer)
{
    gnutls_x509_crt_deinit(issuer->certificate);
    gnutls_x509_privkey_deinit(issuer->key);
}

/* Usage, purpose and the issuer's signature. */
static int sign(const struct issuer *issuer, const char *purpose, gnutls_x509_crt_t certificate)
{
    int code = gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (code >= 0)
        code = gnutls_x509_crt_set_key_purpose_oid(certificate, purpose, 0);
    if (code >= 0)
        code = gnutls_x509_crt_sign2(certificate, issuer->certificate, issuer->key,
                                     GNUTLS_DIG_SHA256, 0);
    return code;
}

struct server_names {
    const char *host;
    uint32_t address; /* 0 = none */
};

static int name_server(gnutls_x509_crt_t certificate, const struct server_names *names)
{
    uint32_t address_bytes = htonl(names->address);
    int code = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, names->host,
                                                    (unsigned)strlen(names->host), GNUTLS_FSAN_SET);
    if (code >= 0 && names->address != 0)
        code =
            gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, &address_bytes,
                                                 sizeof address_bytes, GNUTLS_FSAN_APPEND);
    return code;
}

static int export_pair(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key,
                       struct certificate_pair *ret_pair)
{
    int code = export_certificate(certificate, &ret_pair->certificate_pem);
    return code < 0 ? code : export_key(key, &ret_pair->key_pem);
}

static int make_server(const struct issuer *issuer, const struct server_names *names,
                       struct validity validity, struct certificate_pair *ret_pair)
{
    gnutls_x509_crt_t certificate = NULL;
    gnutls_x509_privkey_t key = NULL;
    int code = make_key(&key);
    if (code >= 0)
        code = gnutls_x509_crt_init(&certificate);
    if (code >= 0)
        code = describe(certificate, key, names->host, validity);
    if (code >= 0)
        code = name_server(certificate, names);
    if (code >= 0)
        code = sign(issuer, GNUTLS_KP_TLS_WWW_SERVER, certificate);
    if (code >= 0)
        code = export_pair(certificate, key, ret_pair);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    return code;
}

static int make_kinds(const struct issuer *issuer, const struct issuer *stranger,
                      const struct server_names *names, struct certificate_pair *ret_pairs)
{
    static const struct server_names other = {"another-host.example.org", 0};
    int code = make_server(issuer, names, long_valid, &ret_pairs[CERTIFICATE_GOOD]);
    if (code >= 0)
        code = make_server(issuer, names, out_of_date, &ret_pairs[CERTIFICATE_EXPIRED]);
    if (code >= 0)
        code = make_server(issuer, &other, long_valid, &ret_pairs[CERTIFICATE_WRONG_HOST]);
    if (code >= 0)
        code = make_server(stranger, names, long_valid, &ret_pairs[CERTIFICATE_UNTRUSTED]);
    return code;
}

static int make_phone_ca(struct certificate_pair *ret_pair)
{
    struct issuer issuer = {0};
    int code = make_issuer(&issuer, "rclab maker of phones", &ret_pair->certificate_pem);
    if (code >= 0)
        code = export_key(issuer.key, &ret_pair->key_pem);
    issuer_done(&issuer);
    return code;
}

int certificates_make(const char *edos_host, uint32_t edos_address, const char *provision_host,
                      uint32_t provision_address, struct certificates *ret_certificates,
                      struct error *error)
{
    const struct server_names edos = {edos_host, edos_address},
                              provision = {provision_host, provision_address};
    struct issuer issuer = {0}, stranger = {0};
    struct certificates made = {0};
    char *stranger_pem = NULL;
    int code = make_issuer(&issuer, "rclab CA", &made.ca_pem);
    if (code >= 0)
        code = make_issuer(&stranger, "rclab unknown CA", &stranger_pem);
    if (code >= 0)
        code = make_kinds(&issuer, &stranger, &edos, made.edos);
    if (code >= 0)
        code = make_kinds(&issuer, &stranger, &provision, made.provision);
    if (code >= 0)
        code = make_phone_ca(&made.phone_ca);
    issuer_done(&issuer);
    issuer_done(&stranger);
    free(stranger_pem);
    if (code < 0) {
        certificates_done(&made);
        return gnutls_error(error, code, "make the lab's certificates");
    }
    *ret_certificates = made;
    return 0;
}

/* --- phones --- */

static gnutls_datum_t datum_of(const char *text)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

static int import_issuer(const struct certificate_pair *pair, struct issuer *issuer)
{
    gnutls_datum_t certificate = datum_of(pair->certificate_pem), key = datum_of(pair->key_pem);
    int code = gnutls_x509_crt_init(&issuer->certificate);
    if (code >= 0)
        code = gnutls_x509_crt_import(issuer->certificate, &certificate, GNUTLS_X509_FMT_PEM);
    if (code >= 0)
        code = gnutls_x509_privkey_init(&issuer->key);
    if (code >= 0)
        code = gnutls_x509_privkey_import(issuer->key, &key, GNUTLS_X509_FMT_PEM);
    return code;
}

static int name_phone(gnutls_x509_crt_t certificate, const char *product, const char *mac,
                      const char *serial)
{
    const struct {
        const char *oid, *value;
    } parts[] = {{GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, product},
                 {GNUTLS_OID_X520_LOCALITY_NAME, mac},
                 {GNUTLS_OID_X520_STATE_OR_PROVINCE_NAME, serial}};
    int code = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && code >= 0; i++)
        code = gnutls_x509_crt_set_dn_by_oid(certificate, parts[i].oid, 0, parts[i].value,
                                             (unsigned)strlen(parts[i].value));
    return code;
}

int certificates_make_phone(const struct certificates *certificates, const char *product,
                            const struct mac *mac, const char *serial,
                            struct certificate_pair *ret_pair, struct error *error)
{
    struct issuer issuer = {0};
    struct certificate_pair made = {0};
    gnutls_x509_crt_t certificate = NULL;
    gnutls_x509_privkey_t key = NULL;
    char mac_text[MAC_HEX_MAX], name[MAC_HEX_MAX + 3];
    for (size_t i = 0; i < MAC_BYTES; i++)
        snprintf(mac_text + 2 * i, 3, "%02X", mac->bytes[i]);
    snprintf(name, sizeof name, "SEP%s", mac_text);
    int code = import_issuer(&certificates->phone_ca, &issuer);
    if (code >= 0)
        code = make_key(&key);
    if (code >= 0)
        code = gnutls_x509_crt_init(&certificate);
    if (code >= 0)
        code = describe(certificate, key, name, long_valid);
    if (code >= 0)
        code = name_phone(certificate, product, mac_text, serial);
    if (code >= 0)
        code = sign(&issuer, GNUTLS_KP_TLS_WWW_CLIENT, certificate);
    if (code >= 0)
        code = export_pair(certificate, key, &made);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    issuer_done(&issuer);
    if (code < 0) {
        certificate_pair_done(&made);
        return gnutls_error(error, code, "make a phone's certificate");
    }
    *ret_pair = made;
    return 0;
}

/* --- the end --- */

void certificate_pair_done(struct certificate_pair *pair)
{
    free(pair->certificate_pem);
    free(pair->key_pem);
    *pair = (struct certificate_pair){0};
}

void certificates_done(struct certificates *certificates)
{
    free(certificates->ca_pem);
    for (size_t i = 0; i < CERTIFICATE_KINDS; i++) {
        certificate_pair_done(&certificates->edos[i]);
        certificate_pair_done(&certificates->provision[i]);
    }
    certificate_pair_done(&certificates->phone_ca);
    *certificates = (struct certificates){0};
}
