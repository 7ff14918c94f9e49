/* SPDX-License-Identifier: MIT */
#include "harness/loop/fetch_trust.h"
#include "harness/loop/fetch.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong with a certificate when nobody it was issued by is known. */
enum { UNKNOWN_AUTHORITY = GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_INVALID };
enum { CHAIN_MAX = 8 };
enum { WRONG_DATE = GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED };

int fetch_trust_init(struct fetch_trust *trust, const char *ca_file, const char *host,
                     unsigned leniency, struct error *error)
{
    *trust = (struct fetch_trust){.leniency = leniency, .host = strdup(host)};
    if (ca_file)
        trust->ca_file = strdup(ca_file);
    if (!trust->host || (ca_file && !trust->ca_file))
        return error_set(error, ERROR_MEMORY, "out of memory");
    return 0;
}

void fetch_trust_done(struct fetch_trust *trust)
{
    free(trust->ca_file);
    free(trust->host);
    *trust = (struct fetch_trust){0};
}

static int verify(const struct fetch_trust *trust, const gnutls_datum_t *der, unsigned count,
                  unsigned *ret_status)
{
    gnutls_x509_trust_list_t trusted = NULL;
    gnutls_x509_crt_t chain[CHAIN_MAX] = {NULL};
    gnutls_typed_vdata_st host = {.type = GNUTLS_DT_DNS_HOSTNAME,
                                  .data = (unsigned char *)trust->host};
    unsigned chain_count = 0;
    int code = gnutls_x509_trust_list_init(&trusted, 0);
    if (code >= 0 && trust->ca_file)
        code = gnutls_x509_trust_list_add_trust_file(trusted, trust->ca_file, NULL,
                                                     GNUTLS_X509_FMT_PEM, 0, 0);
    for (unsigned i = 0; code >= 0 && i < count && i < CHAIN_MAX; i++) {
        code = gnutls_x509_crt_init(&chain[i]);
        if (code >= 0)
            code = gnutls_x509_crt_import(chain[i], &der[i], GNUTLS_X509_FMT_DER);
        chain_count = i + 1;
    }
    if (code >= 0)
        code = gnutls_x509_trust_list_verify_crt2(trusted, chain, chain_count, &host, 1, 0,
                                                  ret_status, NULL);
    for (unsigned i = 0; i < chain_count; i++)
        gnutls_x509_crt_deinit(chain[i]);
    gnutls_x509_trust_list_deinit(trusted, 1);
    return code;
}

/* The faults that this client minds. */
static unsigned minded(const struct fetch_trust *trust, unsigned status)
{
    if (trust->leniency & FETCH_ANY_DATE)
        status &= ~(unsigned)WRONG_DATE;
    if (trust->leniency & FETCH_ANY_HOST)
        status &= ~(unsigned)GNUTLS_CERT_UNEXPECTED_OWNER;
    if (trust->leniency & FETCH_ANY_AUTHORITY)
        status &= ~(unsigned)UNKNOWN_AUTHORITY;
    return status & ~(unsigned)GNUTLS_CERT_INVALID; /* says only that there is another */
}

static bool is_good_enough(const struct fetch_trust *trust)
{
    const struct curl_tlssessioninfo *tls = NULL;
    unsigned count = 0, status = ~0u;
    if (curl_easy_getinfo(trust->easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls ||
        tls->backend != CURLSSLBACKEND_GNUTLS)
        return false;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(tls->internals, &count);
    return der && count > 0 && verify(trust, der, count, &status) >= 0 &&
           minded(trust, status) == 0;
}

/* The handshake is over, nothing was asked yet. */
static int before_request(void *context, char *server_address, char *client_address,
                          int server_port, int client_port)
{
    struct fetch_trust *trust = context;
    (void)server_address, (void)client_address, (void)server_port, (void)client_port;
    trust->refused = !is_good_enough(trust);
    return trust->refused ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

CURLcode fetch_trust_apply(struct fetch_trust *trust, CURL *easy)
{
    if (trust->leniency == 0)
        return CURLE_OK;
    trust->easy = easy;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, trust);
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
}
