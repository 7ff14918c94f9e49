/* SPDX-License-Identifier: MIT */
/* What a browser sends: percent-encoding, form fields, and the target with its credentials. */
#ifndef RCLAB_FAKES_PHONE_PAGE_FORM_H
#define RCLAB_FAKES_PHONE_PAGE_FORM_H

#include "fakes/phone/parameters.h"
#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_url.h"
#include "harness/base/error.h"
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_FORM_BYTES_MAX = 64 * 1024,
    PAGE_PATH_MAX = 256,
    PAGE_CREDENTIAL_MAX = 128, /* all with their NUL */
};

/* Decodes %XX, and '+' as a blank if `plus`. False: a bad escape, a zero byte, or longer than
 * max - 1. */
bool page_unescape(const char *text, size_t length, bool plus, char *result, size_t max);

/* "A=1&B=x%20y" into parameters (which the caller frees by parameters_done even after a failure).
 * The last of several equal names counts. ERROR_INVALID: a bad escape, or a name that no XML tag
 * can be; ERROR_LIMIT: too many, too long. */
int page_form_parse(const uint8_t *body, size_t length, struct parameters *ret_fields,
                    struct error *error);

struct page_target {                    /* "/admin/resync?http://a/b?c&xuser=admin&xpassword=x" */
    char path[PAGE_PATH_MAX];           /* "/admin/resync", decoded */
    char query[PHONE_URL_MAX];          /* "http://a/b?c", as sent, without the credentials */
    char user[PAGE_CREDENTIAL_MAX];     /* xuser, decoded; "" = none */
    char password[PAGE_CREDENTIAL_MAX]; /* xpassword */
};
/* False: malformed or too long. */
bool page_target_parse(const char *text, struct page_target *ret_target);

#endif
