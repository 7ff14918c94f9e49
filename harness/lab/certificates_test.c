/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/certificates.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

enum { EDOS_ADDRESS = 0x0a4d0002, PROVISION_ADDRESS = 0x0a4d0003 };

static struct certificates make(void)
{
    struct certificates made = {0};
    struct error error = {0};
    CU_ASSERT_EQUAL_FATAL(certificates_make("edos.example", EDOS_ADDRESS, "provision.example",
                                            PROVISION_ADDRESS, &made, &error),
                          0);
    return made;
}

static gnutls_x509_crt_t parse(const char *pem)
{
    gnutls_x509_crt_t certificate;
    gnutls_datum_t datum = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
    CU_ASSERT_EQUAL_FATAL(gnutls_x509_crt_init(&certificate), 0);
    CU_ASSERT_EQUAL_FATAL(gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_PEM), 0);
    return certificate;
}

/* What a client says that trusts only this CA: 0, or GNUTLS_CERT_… */
static unsigned judged(const char *pem, const char *ca_pem, const char *host)
{
    gnutls_x509_trust_list_t trusted;
    gnutls_x509_crt_t certificate = parse(pem), ca = parse(ca_pem);
    unsigned status = ~0u;
    gnutls_typed_vdata_st wanted[] = {
        {.type = GNUTLS_DT_DNS_HOSTNAME, .data = (unsigned char *)(uintptr_t)host},
        {.type = GNUTLS_DT_KEY_PURPOSE_OID,
         .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER}};
    CU_ASSERT_EQUAL(gnutls_x509_trust_list_init(&trusted, 0), 0);
    CU_ASSERT_EQUAL(gnutls_x509_trust_list_add_cas(trusted, &ca, 1, 0), 1);
    CU_ASSERT_EQUAL(
        gnutls_x509_trust_list_verify_crt2(trusted, &certificate, 1, wanted, 2, 0, &status, NULL),
        0);
    gnutls_x509_trust_list_deinit(trusted, 1);
    gnutls_x509_crt_deinit(certificate);
    return status;
}

static void good_for_host_and_address(void)
{
    struct certificates made = make();
    const char *edos = made.edos[CERTIFICATE_GOOD].certificate_pem,
               *provision = made.provision[CERTIFICATE_GOOD].certificate_pem;
    CU_ASSERT_EQUAL(judged(edos, made.ca_pem, "edos.example"), 0);
    CU_ASSERT_EQUAL(judged(edos, made.ca_pem, "10.77.0.2"), 0);
    CU_ASSERT_EQUAL(judged(provision, made.ca_pem, "provision.example"), 0);
    CU_ASSERT_EQUAL(judged(provision, made.ca_pem, "10.77.0.3"), 0);
    certificates_done(&made);
}

static void for_nobody_else(void)
{
    static const char *const others[] = {"provision.example", "10.77.0.3", "x.edos.example",
                                         "example", "edos.example.net"};
    struct certificates made = make();
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CU_ASSERT(judged(made.edos[CERTIFICATE_GOOD].certificate_pem, made.ca_pem, others[i]) &
                  GNUTLS_CERT_UNEXPECTED_OWNER);
    /* The CA's own is no server's. */
    CU_ASSERT_NOT_EQUAL(judged(made.ca_pem, made.ca_pem, "edos.example"), 0);
    certificates_done(&made);
}

static void another_labs_ca_does_not_do(void)
{
    struct certificates made = make(), other = make();
    CU_ASSERT_STRING_NOT_EQUAL(made.ca_pem, other.ca_pem);
    CU_ASSERT_STRING_NOT_EQUAL(made.edos[0].key_pem, other.edos[0].key_pem);
    CU_ASSERT_STRING_NOT_EQUAL(made.edos[0].key_pem, made.provision[0].key_pem);
    CU_ASSERT_NOT_EQUAL(
        judged(made.edos[CERTIFICATE_GOOD].certificate_pem, other.ca_pem, "edos.example"), 0);
    certificates_done(&made);
    certificates_done(&other);
}

static void the_key_belongs_to_the_certificate(void)
{
    struct certificates made = make();
    gnutls_certificate_credentials_t credentials;
    const struct certificate_pair *pairs[] = {&made.edos[0], &made.provision[0]};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 2; k++) {
            gnutls_datum_t certificate = {(unsigned char *)pairs[i]->certificate_pem,
                                          (unsigned)strlen(pairs[i]->certificate_pem)};
            gnutls_datum_t key = {(unsigned char *)pairs[k]->key_pem,
                                  (unsigned)strlen(pairs[k]->key_pem)};
            CU_ASSERT_EQUAL(gnutls_certificate_allocate_credentials(&credentials), 0);
            int result = gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key,
                                                             GNUTLS_X509_FMT_PEM);
            CU_ASSERT_EQUAL(result == 0, i == k);
            gnutls_certificate_free_credentials(credentials);
        }
    }
    certificates_done(&made);
}

static void what_they_say(void)
{
    struct certificates made = make();
    gnutls_x509_crt_t ca = parse(made.ca_pem),
                      edos = parse(made.edos[CERTIFICATE_GOOD].certificate_pem);
    unsigned bits = 0, critical = 0, usage = 0, is_ca = 0;
    int path_length = -1;
    CU_ASSERT_EQUAL(gnutls_x509_crt_get_version(edos), 3);
    CU_ASSERT_EQUAL(gnutls_x509_crt_get_pk_algorithm(edos, &bits), GNUTLS_PK_ECDSA);
    CU_ASSERT_EQUAL(bits, 256);
    CU_ASSERT_EQUAL(gnutls_x509_crt_check_issuer(edos, ca), 1);
    CU_ASSERT(gnutls_x509_crt_get_basic_constraints(ca, &critical, &is_ca, &path_length) > 0);
    CU_ASSERT_EQUAL(is_ca, 1);
    CU_ASSERT_EQUAL(path_length, 0); /* it issues servers' certificates, no further CAs */
    CU_ASSERT_EQUAL(gnutls_x509_crt_get_key_usage(edos, &usage, &critical), 0);
    CU_ASSERT_EQUAL(usage & GNUTLS_KEY_KEY_CERT_SIGN, 0);
    CU_ASSERT(gnutls_x509_crt_get_expiration_time(edos) -
                  gnutls_x509_crt_get_activation_time(edos) >
              365 * 86400);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_crt_deinit(edos);
    certificates_done(&made);
}

/* Each bad one has one fault, and no other. */
static void bad_ones(void)
{
    static const struct {
        enum certificate_kind kind;
        unsigned fault;
    } rows[] = {{CERTIFICATE_EXPIRED, GNUTLS_CERT_EXPIRED},
                {CERTIFICATE_WRONG_HOST, GNUTLS_CERT_UNEXPECTED_OWNER},
                {CERTIFICATE_UNTRUSTED, GNUTLS_CERT_SIGNER_NOT_FOUND}};
    struct certificates made = make();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *edos = made.edos[rows[i].kind].certificate_pem;
        const char *provision = made.provision[rows[i].kind].certificate_pem;
        CU_ASSERT_EQUAL(judged(edos, made.ca_pem, "edos.example"),
                        rows[i].fault | GNUTLS_CERT_INVALID);
        CU_ASSERT_EQUAL(judged(provision, made.ca_pem, "provision.example"),
                        rows[i].fault | GNUTLS_CERT_INVALID);
        CU_ASSERT_EQUAL(judged(provision, made.ca_pem, "10.77.0.3"),
                        rows[i].fault | GNUTLS_CERT_INVALID);
    }
    certificates_done(&made);
}

static void phones_have_names(void)
{
    static const struct mac mac = {{0x02, 0x52, 0x43, 0, 0, 0xaf}};
    struct certificates made = make();
    struct certificate_pair first = {0}, second = {0};
    struct error error = {0};
    gnutls_datum_t subject = {0};
    CU_ASSERT_EQUAL(
        certificates_make_phone(&made, "CP-8841-3PCC", &mac, "FCH00000001", &first, &error), 0);
    CU_ASSERT_EQUAL(
        certificates_make_phone(&made, "CP-8841-3PCC", &mac, "FCH00000002", &second, &error), 0);
    gnutls_x509_crt_t phone = parse(first.certificate_pem);
    gnutls_x509_crt_t maker = parse(made.phone_ca.certificate_pem), ca = parse(made.ca_pem);
    CU_ASSERT_EQUAL(gnutls_x509_crt_get_dn3(phone, &subject, 0), 0);
    CU_ASSERT_STRING_EQUAL((const char *)subject.data,
                           "ST=FCH00000001,L=0252430000AF,OU=CP-8841-3PCC,CN=SEP0252430000AF");
    CU_ASSERT_EQUAL(gnutls_x509_crt_check_issuer(phone, maker), 1);
    CU_ASSERT_EQUAL(gnutls_x509_crt_check_issuer(phone, ca), 0);
    CU_ASSERT_STRING_NOT_EQUAL(first.key_pem, second.key_pem);
    gnutls_free(subject.data);
    gnutls_x509_crt_deinit(phone);
    gnutls_x509_crt_deinit(maker);
    gnutls_x509_crt_deinit(ca);
    certificate_pair_done(&first);
    certificate_pair_done(&first);
    certificate_pair_done(&second);
    certificates_done(&made);
}

static void nothing_is_made_of_no_name(void)
{
    struct certificates made = {0};
    struct error error = {0};
    CU_ASSERT_EQUAL(certificates_make("", 1, "", 1, &made, &error), ERROR_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "certificates"));
    CU_ASSERT_PTR_NULL(made.ca_pem);
    certificates_done(&made);
    certificates_done(&made);
}

void tests_harness_lab_certificates(void);
void tests_harness_lab_certificates(void)
{
    TEST_SUITE("lab/certificates", {"good for host and address", good_for_host_and_address},
               {"for nobody else", for_nobody_else},
               {"another lab's CA does not do", another_labs_ca_does_not_do},
               {"the key belongs to the certificate", the_key_belongs_to_the_certificate},
               {"what they say", what_they_say}, {"bad ones", bad_ones},
               {"phones have names", phones_have_names},
               {"nothing is made of no name", nothing_is_made_of_no_name});
}
