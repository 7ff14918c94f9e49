/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_url.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct scheme {
    const char *name, *prefix;
    uint16_t port;
} schemes[] = {{"http", "http://", 80}, {"https", "https://", 443}, {"tftp", "tftp://", 69}};
enum { SCHEME_COUNT = 3, SCHEME_TFTP = 2 };

static const struct scheme *scheme_of(const char *text)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return &schemes[i];
    return NULL;
}

size_t phone_url_scheme_length(const char *text)
{
    const struct scheme *scheme = scheme_of(text);
    return scheme ? strlen(scheme->prefix) : 0;
}

static bool parse_port(const char *text, size_t length, uint16_t *ret_port)
{
    unsigned port = 0;
    if (length == 0 || length > 5)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

/* host[:port], `length` bytes; the port keeps its value if none is given. */
static bool parse_server(const char *text, size_t length, struct phone_url *url)
{
    const char *colon = memchr(text, ':', length);
    size_t host_length = colon ? (size_t)(colon - text) : length;
    if (host_length == 0 || host_length >= sizeof url->host)
        return false;
    for (size_t i = 0; i < host_length; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", text[i]) ||
            text[i] == '\0')
            return false;
    if (colon && !parse_port(colon + 1, length - host_length - 1, &url->port))
        return false;
    memcpy(url->host, text, host_length);
    url->host[host_length] = '\0';
    return true;
}

/* What follows the server: "", "/…", "?…" or "#…". The fragment stays at home. */
static bool parse_path(const char *text, struct phone_url *url)
{
    size_t length = strcspn(text, "#");
    int written = snprintf(url->path, sizeof url->path, "%s%.*s", text[0] == '/' ? "" : "/",
                           (int)(length < PHONE_URL_MAX ? length : PHONE_URL_MAX), text);
    if (written < 0 || (size_t)written >= sizeof url->path)
        return false;
    for (const char *at = url->path; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 127)
            return false;
    return true;
}

bool phone_url_parse(const char *text, const char *default_server, struct phone_url *ret_url)
{
    struct phone_url url = {0};
    const struct scheme *scheme = scheme_of(text);
    if (scheme)
        text += strlen(scheme->prefix);
    else if (strstr(text, "://") && strcspn(text, "/?") > strcspn(text, ":"))
        return false;
    else
        scheme = &schemes[SCHEME_TFTP];
    snprintf(url.scheme, sizeof url.scheme, "%s", scheme->name);
    url.port = scheme->port;
    size_t server_length = strcspn(text, "/?#");
    if (server_length > 0) {
        if (!parse_server(text, server_length, &url))
            return false;
    } else if (text[0] != '/' || !default_server ||
               !parse_server(default_server, strlen(default_server), &url)) {
        return false;
    }
    if (!parse_path(text + server_length, &url))
        return false;
    *ret_url = url;
    return true;
}

bool phone_url_follow(const struct phone_url *base, const char *location, struct phone_url *ret_url)
{
    if (scheme_of(location))
        return phone_url_parse(location, NULL, ret_url);
    if (location[0] == '\0' || strlen(location) >= PHONE_URL_MAX)
        return false;
    if (strncmp(location, "//", 2) == 0) {
        char absolute[PHONE_URL_MAX + PHONE_URL_SCHEME_MAX + 1];
        snprintf(absolute, sizeof absolute, "%s:%s", base->scheme, location);
        return phone_url_parse(absolute, NULL, ret_url);
    }
    if (strcspn(location, ":") < strcspn(location, "/?#"))
        return false; /* a scheme that we don't speak */
    struct phone_url url = *base;
    char path[2 * PHONE_URL_MAX];
    const char *end = strrchr(base->path, '/');
    size_t query = strcspn(base->path, "?");
    for (const char *at = base->path; at < base->path + query; at++)
        if (*at == '/')
            end = at;
    int folder = location[0] == '/' ? 0 : (int)(end - base->path) + 1;
    snprintf(path, sizeof path, "%.*s%s", folder, base->path, location);
    if (!parse_path(path, &url))
        return false;
    *ret_url = url;
    return true;
}
