/* SPDX-License-Identifier: MIT */
#include "harness/doctor/doctor.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

enum { DATE_TEXT_MAX = 40, NAME_TEXT_MAX = 256, KEY_ID_BYTES_MAX = 64 };

struct chain {
    gnutls_x509_crt_t *certificates; /* the server's own first */
    unsigned count;
};
struct findings {
    struct doctor_finding *items; /* DOCTOR_CERTIFICATE_FINDINGS_MAX */
    size_t count;
};

static struct doctor_finding *next_of(struct findings *findings)
{
    return &findings->items[findings->count++];
}

static const char *date_of(time_t moment, char text[DATE_TEXT_MAX])
{
    struct tm parts;
    if (!gmtime_r(&moment, &parts) || strftime(text, DATE_TEXT_MAX, "%F %R UTC", &parts) == 0)
        snprintf(text, DATE_TEXT_MAX, "an unknown date");
    return text;
}

static gnutls_datum_t datum_of(const char *text)
{
    return (gnutls_datum_t){.data = (unsigned char *)(uintptr_t)text,
                            .size = (unsigned)strlen(text)};
}

/* --- dates ----------------------------------------------------------------------------------- */

/* Of the whole chain: a phone that cannot follow it to an authority trusts nothing of it. */
static bool judge_dates(const struct lab_server *server, const struct chain *chain, time_t now,
                        struct findings *findings)
{
    char text[DATE_TEXT_MAX], part[48] = "";
    for (unsigned i = 0; i < chain->count; i++) {
        time_t begin = gnutls_x509_crt_get_activation_time(chain->certificates[i]);
        time_t end = gnutls_x509_crt_get_expiration_time(chain->certificates[i]);
        if (i > 0)
            snprintf(part, sizeof part, " (number %u of its chain)", i + 1);
        if (now >= begin && now <= end)
            continue;
        bool past = now > end;
        doctor_set(next_of(findings), DOCTOR_BAD,
                   past ? "have it issued anew; is this machine's clock right?"
                        : "is this machine's clock right? Else wait, or have it issued anew",
                   "%s%s %s %s", server->certificate, part,
                   past ? "has expired:" : "does not hold before",
                   date_of(past ? end : begin, text));
        return false;
    }
    return true;
}

static time_t first_end(const struct chain *chain)
{
    time_t first = gnutls_x509_crt_get_expiration_time(chain->certificates[0]);
    for (unsigned i = 1; i < chain->count; i++) {
        time_t end = gnutls_x509_crt_get_expiration_time(chain->certificates[i]);
        first = end < first ? end : first;
    }
    return first;
}

/* --- host and key ---------------------------------------------------------------------------- */

static const char *name_in(gnutls_x509_crt_t certificate, char name[NAME_TEXT_MAX])
{
    for (unsigned i = 0;; i++) {
        size_t size = NAME_TEXT_MAX - 1;
        memset(name, 0, NAME_TEXT_MAX);
        int kind = gnutls_x509_crt_get_subject_alt_name(certificate, i, name, &size, NULL);
        if (kind == GNUTLS_SAN_DNSNAME)
            return name;
        if (kind < 0 && kind != GNUTLS_E_SHORT_MEMORY_BUFFER)
            break;
    }
    size_t size = NAME_TEXT_MAX - 1;
    memset(name, 0, NAME_TEXT_MAX);
    if (gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) <
        0)
        snprintf(name, NAME_TEXT_MAX, "no name");
    return name;
}

static bool judge_host(const struct lab_server *server, const struct chain *chain,
                       struct findings *findings)
{
    char name[NAME_TEXT_MAX], advice[ERROR_TEXT_MAX];
    if (gnutls_x509_crt_check_hostname(chain->certificates[0], server->host))
        return true;
    snprintf(advice, sizeof advice,
             "give `certificate` one whose subjectAltName is DNS:%.300s, or `host` the name that "
             "it is for",
             server->host);
    doctor_set(next_of(findings), DOCTOR_BAD, advice, "%s is for %s, not for %s",
               server->certificate, name_in(chain->certificates[0], name), server->host);
    return false;
}

static bool is_a_pair(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
    unsigned char of_certificate[KEY_ID_BYTES_MAX], of_key[KEY_ID_BYTES_MAX];
    size_t certificate_size = sizeof of_certificate, key_size = sizeof of_key;
    return gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, of_certificate,
                                      &certificate_size) == 0 &&
           gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) == 0 &&
           certificate_size == key_size && memcmp(of_certificate, of_key, key_size) == 0;
}

static bool judge_key(const struct lab_server *server, const struct chain *chain,
                      struct findings *findings)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem = datum_of(server->key_pem);
    if (gnutls_x509_privkey_init(&key) < 0) {
        doctor_set(next_of(findings), DOCTOR_BAD, NULL, "out of memory");
        return false;
    }
    int code = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    bool pair = code == 0 && is_a_pair(chain->certificates[0], key);
    gnutls_x509_privkey_deinit(key);
    if (code < 0)
        doctor_set(next_of(findings), DOCTOR_BAD,
                   "give `key` a private key in PEM that needs no password",
                   "%s cannot be read as a key: %s", server->key, gnutls_strerror(code));
    else if (!pair)
        doctor_set(next_of(findings), DOCTOR_BAD,
                   "give `key` the one with which the certificate was asked for; the server's own "
                   "certificate comes first in its file",
                   "%s is not the key of %s", server->key, server->certificate);
    return pair;
}

/* --- all of it ------------------------------------------------------------------------------- */

static void judge_chain(const struct lab_server *server, const struct chain *chain, time_t now,
                        struct findings *findings)
{
    char text[DATE_TEXT_MAX];
    bool in_date = judge_dates(server, chain, now, findings);
    bool named = judge_host(server, chain, findings);
    bool paired = judge_key(server, chain, findings);
    time_t end = first_end(chain);
    if (in_date && end - now < DOCTOR_CERTIFICATE_SOON_S)
        doctor_set(next_of(findings), DOCTOR_HINT, "have it issued anew before then",
                   "%s expires soon: %s", server->certificate, date_of(end, text));
    else if (in_date && named && paired)
        doctor_set(next_of(findings), DOCTOR_OK, NULL,
                   "%s is for %s, holds until %s, and %s is its key", server->certificate,
                   server->host, date_of(end, text), server->key);
}

size_t doctor_certificate_judge(const struct lab_server *server, time_t now,
                                struct doctor_finding items[DOCTOR_CERTIFICATE_FINDINGS_MAX])
{
    struct findings findings = {.items = items};
    struct chain chain = {0};
    if (!server->certificate_pem || !server->key_pem) {
        doctor_set(next_of(&findings), DOCTOR_HINT,
                   "give `certificate` and `key` of an authority that the phones trust",
                   "none is given: the lab makes an authority anew for each run, which real phones "
                   "do not know");
        return findings.count;
    }
    gnutls_datum_t pem = datum_of(server->certificate_pem);
    int code = gnutls_x509_crt_list_import2(&chain.certificates, &chain.count, &pem,
                                            GNUTLS_X509_FMT_PEM, 0);
    if (code < 0 || chain.count == 0) {
        doctor_set(next_of(&findings), DOCTOR_BAD,
                   "give `certificate` the server's certificate in PEM, its chain behind it",
                   "%s cannot be read as a certificate: %s", server->certificate,
                   gnutls_strerror(code));
        return findings.count;
    }
    judge_chain(server, &chain, now, &findings);
    for (unsigned i = 0; i < chain.count; i++)
        gnutls_x509_crt_deinit(chain.certificates[i]);
    gnutls_free(chain.certificates);
    return findings.count;
}
