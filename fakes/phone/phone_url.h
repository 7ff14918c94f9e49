/* SPDX-License-Identifier: MIT */
/* The URLs that a phone understands: http, https, tftp, and the short forms of a Profile_Rule. */
#ifndef RCLAB_FAKES_PHONE_PHONE_URL_H
#define RCLAB_FAKES_PHONE_PHONE_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PHONE_URL_MAX = 2048, /* with its NUL */
    PHONE_URL_SCHEME_MAX = 8,
    PHONE_URL_HOST_MAX = 256,
};

struct phone_url {
    char scheme[PHONE_URL_SCHEME_MAX]; /* lower case: "http", "https", "tftp" */
    char host[PHONE_URL_HOST_MAX];
    uint16_t port;
    char path[PHONE_URL_MAX]; /* "/…" with its query */
};

/* [scheme://][server[:port]][/path]; without a scheme tftp, without a server `default_server`
 * ("host" or "host:port", NULL = none). False: another scheme, no server, nothing sensible. */
bool phone_url_parse(const char *text, const char *default_server, struct phone_url *ret_url);
/* A header Location (RFC 3986 section 4.2 as far as servers go: absolute, //host/path, /path,
 * relative path) as seen from `base`. */
bool phone_url_follow(const struct phone_url *base, const char *location,
                      struct phone_url *ret_url);

/* "http://", "https://", "tftp://" in any case at the beginning: its length, else 0. */
size_t phone_url_scheme_length(const char *text);

#endif
