/* SPDX-License-Identifier: MIT */
#include "harness/lab/certificate_check.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DATE_TEXT_MAX = 32, KEY_ID_MAX = 64, DAY_S = 24 * 3600 };

static gnutls_datum_t datum(const char *text)
{
    return (gnutls_datum_t){.data = (unsigned char *)(uintptr_t)text,
                            .size = (unsigned)strlen(text)};
}

static const char *date(time_t at, char text[DATE_TEXT_MAX])
{
    struct tm parts;
    if (!gmtime_r(&at, &parts) || strftime(text, DATE_TEXT_MAX, "%Y-%m-%d %H:%M UTC", &parts) == 0)
        snprintf(text, DATE_TEXT_MAX, "an unknown date");
    return text;
}

static bool same_key(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
    unsigned char public_id[KEY_ID_MAX], private_id[KEY_ID_MAX];
    size_t public_length = sizeof public_id, private_length = sizeof private_id;
    return gnutls_x509_crt_get_key_id(certificate, 0, public_id, &public_length) >= 0 &&
           gnutls_x509_privkey_get_key_id(key, 0, private_id, &private_length) >= 0 &&
           public_length == private_length && memcmp(public_id, private_id, public_length) == 0;
}

static enum certificate_fitness look(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key,
                                     const char *host, time_t now, char text[ERROR_TEXT_MAX])
{
    char when[DATE_TEXT_MAX];
    time_t from = gnutls_x509_crt_get_activation_time(certificate);
    time_t to = gnutls_x509_crt_get_expiration_time(certificate);
    if (!same_key(certificate, key)) {
        snprintf(text, ERROR_TEXT_MAX,
                 "the key is not that of the certificate: give the pair that was made together");
    } else if (now < from) {
        snprintf(text, ERROR_TEXT_MAX,
                 "the certificate holds from %s on only: is this machine's clock right?",
                 date(from, when));
    } else if (now > to) {
        snprintf(text, ERROR_TEXT_MAX, "the certificate has expired on %s: renew it",
                 date(to, when));
    } else if (!gnutls_x509_crt_check_hostname(certificate, host)) {
        snprintf(text, ERROR_TEXT_MAX,
                 "the certificate does not name %s: phones would refuse it; have one issued with "
                 "this host as its subject alternative name",
                 host);
    } else if (to - now < CERTIFICATE_SOON_S) {
        snprintf(text, ERROR_TEXT_MAX, "the certificate ends on %s, in %ld days: renew it soon",
                 date(to, when), (long)((to - now) / DAY_S));
        return CERTIFICATE_FIT_NOT_LONG;
    } else {
        snprintf(text, ERROR_TEXT_MAX, "names %s, holds until %s, and the key is its own", host,
                 date(to, when));
        return CERTIFICATE_FIT;
    }
    return CERTIFICATE_UNFIT;
}

enum certificate_fitness certificate_check(const char *certificate_pem, const char *key_pem,
                                           const char *host, time_t now, char text[ERROR_TEXT_MAX])
{
    gnutls_x509_crt_t certificate = NULL;
    gnutls_x509_privkey_t key = NULL;
    gnutls_datum_t certificate_data = datum(certificate_pem), key_data = datum(key_pem);
    enum certificate_fitness fitness = CERTIFICATE_UNFIT;
    int code = gnutls_x509_crt_init(&certificate);
    if (code >= 0)
        code = gnutls_x509_privkey_init(&key);
    if (code >= 0)
        code = gnutls_x509_crt_import(certificate, &certificate_data, GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        snprintf(text, ERROR_TEXT_MAX, "the certificate cannot be read: %s", gnutls_strerror(code));
    } else if ((code = gnutls_x509_privkey_import2(key, &key_data, GNUTLS_X509_FMT_PEM, NULL, 0)) <
               0) {
        snprintf(text, ERROR_TEXT_MAX, "the key cannot be read: %s", gnutls_strerror(code));
    } else {
        fitness = look(certificate, key, host, now, text);
    }
    gnutls_x509_privkey_deinit(key);
    gnutls_x509_crt_deinit(certificate);
    return fitness;
}
