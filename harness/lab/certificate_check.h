/* SPDX-License-Identifier: MIT */
/* Is a server's certificate fit to be shown to phones? Pure: a PEM text, a host, a moment. */
#ifndef RCLAB_LAB_CERTIFICATE_CHECK_H
#define RCLAB_LAB_CERTIFICATE_CHECK_H

#include "harness/base/error.h"
#include <time.h>

enum { CERTIFICATE_SOON_S = 7 * 24 * 3600 };
enum certificate_fitness {
    CERTIFICATE_FIT,
    CERTIFICATE_FIT_NOT_LONG, /* it ends within CERTIFICATE_SOON_S */
    CERTIFICATE_UNFIT
};

/* The first certificate of the text, with its key. text: what was found, and what to do about it.
 */
enum certificate_fitness certificate_check(const char *certificate_pem, const char *key_pem,
                                           const char *host, time_t now, char text[ERROR_TEXT_MAX]);

#endif
