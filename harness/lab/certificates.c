/* SPDX-License-Identifier: MIT */
#include "harness/lab/certificates.h"
#include "harness/vendor/vendor.h"
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

struct identity {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

static int gnutls_error(struct error *error, int code, const char *what)
{
    return error_set(error, ERROR_FAILED, "cannot %s: %s", what, gnutls_strerror(code));
}

/* Seconds from now. */
struct validity {
    time_t from, to;
};
static const struct validity long_valid = {-VALID_BEFORE_S, VALID_S},
                             out_of_date = {-EXPIRED_FROM_S, -EXPIRED_S};

/* A key and a certificate for it that nobody has signed yet. */
static int begin(struct identity *identity, const char *name, struct validity validity)
{
    unsigned char serial[SERIAL_BYTES];
    time_t now = time(NULL);
    TRY(gnutls_x509_privkey_init(&identity->key));
    TRY(gnutls_x509_privkey_generate(identity->key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    TRY(gnutls_x509_crt_init(&identity->certificate));
    TRY(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial));
    serial[0] &= 0x7f; /* RFC 5280 4.1.2.2: positive */
    TRY(gnutls_x509_crt_set_version(identity->certificate, 3));
    TRY(gnutls_x509_crt_set_serial(identity->certificate, serial, sizeof serial));
    TRY(gnutls_x509_crt_set_activation_time(identity->certificate, now + validity.from));
    TRY(gnutls_x509_crt_set_expiration_time(identity->certificate, now + validity.to));
    TRY(gnutls_x509_crt_set_dn_by_oid(identity->certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                      (unsigned)strlen(name)));
    return gnutls_x509_crt_set_key(identity->certificate, identity->key);
}

static int sign(const struct identity *issuer, struct identity *identity)
{
    return gnutls_x509_crt_sign2(identity->certificate, issuer->certificate, issuer->key,
                                 GNUTLS_DIG_SHA256, 0);
}

static void identity_done(struct identity *identity)
{
    gnutls_x509_crt_deinit(identity->certificate);
    gnutls_x509_privkey_deinit(identity->key);
}

/* --- as text ---------------------------------------------------------------------------------- */

static int take_text(gnutls_datum_t *datum, char **ret_pem)
{
    *ret_pem = strndup((const char *)datum->data, datum->size);
    gnutls_free(datum->data);
    return *ret_pem ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static int export_certificate(const struct identity *identity, char **ret_pem)
{
    gnutls_datum_t datum = {0};
    TRY(gnutls_x509_crt_export2(identity->certificate, GNUTLS_X509_FMT_PEM, &datum));
    return take_text(&datum, ret_pem);
}

static int export_pair(const struct identity *identity, struct certificate_pair *ret_pair)
{
    gnutls_datum_t datum = {0};
    TRY(export_certificate(identity, &ret_pair->certificate_pem));
    TRY(gnutls_x509_privkey_export2_pkcs8(identity->key, GNUTLS_X509_FMT_PEM, NULL,
                                          GNUTLS_PKCS_PLAIN, &datum));
    return take_text(&datum, &ret_pair->key_pem);
}

static gnutls_datum_t datum_of(const char *text)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

static int import_pair(const struct certificate_pair *pair, struct identity *identity)
{
    gnutls_datum_t certificate = datum_of(pair->certificate_pem), key = datum_of(pair->key_pem);
    TRY(gnutls_x509_crt_init(&identity->certificate));
    TRY(gnutls_x509_crt_import(identity->certificate, &certificate, GNUTLS_X509_FMT_PEM));
    TRY(gnutls_x509_privkey_init(&identity->key));
    return gnutls_x509_privkey_import(identity->key, &key, GNUTLS_X509_FMT_PEM);
}

/* --- who issues, and what --------------------------------------------------------------------- */

static int make_issuer(struct identity *issuer, const char *name)
{
    TRY(begin(issuer, name, long_valid));
    TRY(gnutls_x509_crt_set_basic_constraints(issuer->certificate, 1, 0));
    TRY(gnutls_x509_crt_set_key_usage(issuer->certificate,
                                      GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN));
    return sign(issuer, issuer);
}

struct subject {
    const char *name;
    struct validity validity;
    const char *purpose;
    int (*add_names)(gnutls_x509_crt_t certificate, const struct subject *subject);
    uint32_t address;                   /* a server's; 0 = none */
    const char *product, *mac, *serial; /* a phone's */
};

static int issue_to(struct identity *identity, const struct identity *issuer,
                    const struct subject *subject, struct certificate_pair *ret_pair)
{
    TRY(begin(identity, subject->name, subject->validity));
    TRY(subject->add_names(identity->certificate, subject));
    TRY(gnutls_x509_crt_set_key_usage(identity->certificate, GNUTLS_KEY_DIGITAL_SIGNATURE));
    TRY(gnutls_x509_crt_set_key_purpose_oid(identity->certificate, subject->purpose, 0));
    TRY(sign(issuer, identity));
    return export_pair(identity, ret_pair);
}

static int issue(const struct identity *issuer, const struct subject *subject,
                 struct certificate_pair *ret_pair)
{
    struct identity identity = {0};
    int code = issue_to(&identity, issuer, subject, ret_pair);
    identity_done(&identity);
    return code;
}

/* --- servers ---------------------------------------------------------------------------------- */

static int name_server(gnutls_x509_crt_t certificate, const struct subject *subject)
{
    uint32_t address_bytes = htonl(subject->address);
    TRY(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, subject->name,
                                             (unsigned)strlen(subject->name), GNUTLS_FSAN_SET));
    if (subject->address == 0)
        return 0;
    return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, &address_bytes,
                                                sizeof address_bytes, GNUTLS_FSAN_APPEND);
}

static int make_kinds(const struct identity *issuer, const struct identity *stranger,
                      const char *host, uint32_t address, struct certificate_pair *ret_pairs)
{
    struct subject good = {.name = host,
                           .validity = long_valid,
                           .purpose = GNUTLS_KP_TLS_WWW_SERVER,
                           .add_names = name_server,
                           .address = address};
    struct subject expired = good, other = good;
    expired.validity = out_of_date;
    other.name = "another-host.example.org";
    other.address = 0;
    TRY(issue(issuer, &good, &ret_pairs[CERTIFICATE_GOOD]));
    TRY(issue(issuer, &expired, &ret_pairs[CERTIFICATE_EXPIRED]));
    TRY(issue(issuer, &other, &ret_pairs[CERTIFICATE_WRONG_HOST]));
    return issue(stranger, &good, &ret_pairs[CERTIFICATE_UNTRUSTED]);
}

struct issuers {
    struct identity known, stranger, phone;
};

static int make_all(struct issuers *issuers, const char *edos_host, uint32_t edos_address,
                    const char *provision_host, uint32_t provision_address,
                    struct certificates *made)
{
    TRY(make_issuer(&issuers->known, "rclab CA"));
    TRY(export_certificate(&issuers->known, &made->ca_pem));
    TRY(make_issuer(&issuers->stranger, "rclab unknown CA"));
    TRY(make_kinds(&issuers->known, &issuers->stranger, edos_host, edos_address, made->edos));
    TRY(make_kinds(&issuers->known, &issuers->stranger, provision_host, provision_address,
                   made->provision));
    TRY(make_issuer(&issuers->phone, "rclab maker of phones"));
    return export_pair(&issuers->phone, &made->phone_ca);
}

int certificates_make(const char *edos_host, uint32_t edos_address, const char *provision_host,
                      uint32_t provision_address, struct certificates *ret_certificates,
                      struct error *error)
{
    struct issuers issuers = {0};
    struct certificates made = {0};
    int code =
        make_all(&issuers, edos_host, edos_address, provision_host, provision_address, &made);
    identity_done(&issuers.known);
    identity_done(&issuers.stranger);
    identity_done(&issuers.phone);
    if (code < 0) {
        certificates_done(&made);
        return gnutls_error(error, code, "make the lab's certificates");
    }
    *ret_certificates = made;
    return 0;
}

/* --- phones ----------------------------------------------------------------------------------- */

static int name_phone(gnutls_x509_crt_t certificate, const struct subject *subject)
{
    const struct {
        const char *oid, *value;
    } parts[] = {{GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, subject->product},
                 {GNUTLS_OID_X520_LOCALITY_NAME, subject->mac},
                 {GNUTLS_OID_X520_STATE_OR_PROVINCE_NAME, subject->serial}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        TRY(gnutls_x509_crt_set_dn_by_oid(certificate, parts[i].oid, 0, parts[i].value,
                                          (unsigned)strlen(parts[i].value)));
    return 0;
}

int certificates_make_phone(const struct certificates *certificates, const char *product,
                            const struct mac *mac, const char *serial,
                            struct certificate_pair *ret_pair, struct error *error)
{
    struct identity issuer = {0};
    struct certificate_pair made = {0};
    char mac_text[MAC_HEX_MAX], name[64];
    for (size_t i = 0; i < MAC_BYTES; i++)
        snprintf(mac_text + 2 * i, 3, "%02X", mac->bytes[i]);
    snprintf(name, sizeof name, "%s%s", vendor_default()->identity.host_name, mac_text);
    const struct subject phone = {.name = name,
                                  .validity = long_valid,
                                  .purpose = GNUTLS_KP_TLS_WWW_CLIENT,
                                  .add_names = name_phone,
                                  .product = product,
                                  .mac = mac_text,
                                  .serial = serial};
    int code = import_pair(&certificates->phone_ca, &issuer);
    if (code == 0)
        code = issue(&issuer, &phone, &made);
    identity_done(&issuer);
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
