/* SPDX-License-Identifier: MIT */
#include "fakes/phone/option_urls.h"
#include "harness/base/cursor.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    TEXT_MAX = DHCP_LEASE_OPTION_MAX + 1,
    SERVERS_OF_A_VALUE_MAX = 2,
    SUBOPTION_ACS_URL = 1,
};
#define ENTERPRISE_BROADBAND_FORUM UINT32_C(3561)

static const char *const file_names[] = {"/$PSN.xml", "/Cisco/$PN/$MA.cfg"};
static const char *const bare_schemes[] = {"tftp://", "http://", "https://"};
enum { FILE_NAMES = 2, BARE_SCHEMES = 3 };

struct collection { /* of the URLs of one lease */
    const struct option_policy *policy;
    const struct macro_values *values;
    struct option_urls *urls;
};

void option_urls_done(struct option_urls *urls)
{
    for (size_t i = 0; i < urls->count; i++)
        free(urls->urls[i]);
    *urls = (struct option_urls){0};
}

bool option_urls_equal(const struct option_urls *a, const struct option_urls *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->urls[i], b->urls[i]) != 0)
            return false;
    return true;
}

/* Keeps `text` with its macros replaced, if it is a URL that can be asked. */
static void add_url(const char *text, const struct collection *collection)
{
    struct option_urls *urls = collection->urls;
    struct buffer expanded;
    struct phone_url url;
    buffer_init(&expanded, PHONE_URL_MAX - 1);
    macros_expand(text, collection->values, &expanded);
    bool good = !expanded.failed && phone_url_parse(buffer_string(&expanded), NULL, &url);
    bool no_file = good && strcmp(url.scheme, "tftp") == 0 && strcmp(url.path, "/") == 0;
    for (size_t i = 0; good && i < urls->count; i++)
        good = strcmp(urls->urls[i], buffer_string(&expanded)) != 0;
    if (good && !no_file && urls->count < OPTION_URLS_MAX) {
        char *copy = strdup(buffer_string(&expanded));
        if (copy)
            urls->urls[urls->count++] = copy;
    }
    buffer_done(&expanded);
}

/* prefix + base + file, where base does not end in a slash: never "//". */
static void add_joined(const char *prefix, const char *base, const char *file,
                       const struct collection *collection)
{
    char text[PHONE_URL_MAX];
    size_t scheme = phone_url_scheme_length(base);
    size_t length = strlen(base);
    while (length > scheme && base[length - 1] == '/' && !collection->policy->double_slash)
        length--;
    int written = snprintf(text, sizeof text, "%s%.*s%s", prefix, (int)length, base, file);
    if (written > 0 && (size_t)written < sizeof text)
        add_url(text, collection);
}

static void add_server(const char *text, const struct collection *collection)
{
    if (phone_url_scheme_length(text) > 0) {
        add_url(text, collection);
        for (size_t f = 0; f < FILE_NAMES; f++)
            add_joined("", text, file_names[f], collection);
        return;
    }
    for (size_t s = 0; s < BARE_SCHEMES; s++)
        for (size_t f = 0; f < FILE_NAMES; f++)
            add_joined(bare_schemes[s], text, file_names[f], collection);
}

static char *trim(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* `A` or `A;B`. A second server without a scheme is asked by that of the first. */
static void add_text(char *text, const struct collection *collection)
{
    char scheme[PHONE_URL_SCHEME_MAX + 3] = "";
    char *rest = text;
    unsigned servers = collection->policy->first_server_only ? 1 : (unsigned)SERVERS_OF_A_VALUE_MAX;
    for (unsigned i = 0; i < servers && rest; i++) {
        char *end = strchr(rest, ';');
        if (end)
            *end++ = '\0';
        const char *server = trim(rest);
        size_t own = phone_url_scheme_length(server);
        char whole[TEXT_MAX + sizeof scheme];
        snprintf(whole, sizeof whole, "%s%s", own > 0 ? "" : scheme, server);
        if (own > 0)
            snprintf(scheme, sizeof scheme, "%.*s", (int)own, server);
        if (server[0] != '\0')
            add_server(whole, collection);
        rest = end;
    }
}

/* The value as text; trailing NULs are padding (dnsmasq sends one with option 66). */
static bool take_text(const uint8_t *value, size_t length, char text[TEXT_MAX])
{
    while (length > 0 && value[length - 1] == '\0')
        length--;
    if (length == 0 || length >= TEXT_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (value[i] < ' ' || value[i] > '~')
            return false;
    memcpy(text, value, length);
    text[length] = '\0';
    return true;
}

/* Where other things than servers are usual, only a URL or an address counts as a configuration. */
static bool is_plainly_server(const char *text)
{
    char first[TEXT_MAX];
    uint32_t address;
    text += strspn(text, " \t");
    snprintf(first, sizeof first, "%.*s", (int)strcspn(text, "; \t:/"), text);
    return phone_url_scheme_length(text) > 0 || ipv4_parse(first, &address);
}

static void add_plain_text(const uint8_t *value, size_t length, const struct collection *collection)
{
    char text[TEXT_MAX];
    if (take_text(value, length, text) && is_plainly_server(text))
        add_text(text, collection);
}

static void add_addresses(const uint8_t *value, size_t length, const struct collection *collection)
{
    struct cursor cursor;
    cursor_init(&cursor, value, length);
    if (length % 4 != 0)
        return;
    while (cursor_left(&cursor) > 0) {
        char text[IPV4_TEXT_MAX];
        uint32_t address = cursor_be32(&cursor);
        if (address != 0)
            add_server(ipv4_format(address, text), collection);
        if (collection->policy->first_server_only)
            return;
    }
}

static void add_vendor_specific(const uint8_t *value, size_t length,
                                const struct collection *collection)
{
    struct dhcp_walk walk;
    struct dhcp_item item, url = {.value = NULL};
    size_t before = collection->urls->count;
    dhcp_walk_vendor_specific(&walk, value, length);
    while (dhcp_walk_next(&walk, &item))
        if (item.code == SUBOPTION_ACS_URL && !url.value)
            url = item;
    if (url.value && !walk.failed)
        add_plain_text(url.value, url.length, collection);
    if (collection->urls->count == before)
        add_plain_text(value, length, collection);
}

/* One pass over option 125 (RFC 3925 section 4): the sub-options of the Broadband Forum's
 * enterprise, or of all the others. */
static void add_enterprises(const uint8_t *value, size_t length, bool broadband_forum,
                            const struct collection *collection)
{
    struct dhcp_walk walk;
    struct dhcp_item item;
    dhcp_walk_vendor_identifying(&walk, value, length);
    while (dhcp_walk_next(&walk, &item))
        if ((item.enterprise == ENTERPRISE_BROADBAND_FORUM) == broadband_forum)
            add_plain_text(item.value, item.length, collection);
}

/* CSCvi48553: "HTTP://a;b" asked by another scheme. */
static void mistake_scheme(char text[TEXT_MAX])
{
    static const char http[] = "HTTP://", https[] = "https://";
    size_t length = strlen(text);
    if (length + 1 >= TEXT_MAX || strncasecmp(text, http, sizeof http - 1) != 0)
        return;
    memmove(text + sizeof https - 1, text + sizeof http - 1, length - (sizeof http - 1) + 1);
    memcpy(text, https, sizeof https - 1);
}

/* The URLs of one value of option `code`. */
static void add_option(uint8_t code, const uint8_t *value, size_t length,
                       const struct collection *collection)
{
    char text[TEXT_MAX];
    switch (code) {
    case DHCP_OPTION_TFTP_SERVER_NAME:
    case DHCP_OPTION_159:
    case DHCP_OPTION_160:
        if (take_text(value, length, text)) {
            if (code == DHCP_OPTION_159 && collection->policy->mistakes_scheme)
                mistake_scheme(text);
            add_text(text, collection);
        }
        break;
    case DHCP_OPTION_TFTP_SERVER_ADDRESS:
        add_addresses(value, length, collection);
        break;
    case DHCP_OPTION_CLASS_IDENTIFIER:
        add_plain_text(value, length, collection);
        break;
    case DHCP_OPTION_VENDOR_SPECIFIC:
        add_vendor_specific(value, length, collection);
        break;
    case DHCP_OPTION_VENDOR_IDENTIFYING:
        add_enterprises(value, length, true, collection);
        add_enterprises(value, length, false, collection);
        break;
    default:
        break;
    }
}

void option_urls_collect(const struct dhcp_lease *lease, const struct option_policy *policy,
                         const struct macro_values *values, struct option_urls *urls)
{
    const struct collection collection = {policy, values, urls};
    option_urls_done(urls);
    for (size_t i = 0; i < POLICY_OPTIONS; i++) {
        const struct dhcp_lease_option *option = dhcp_lease_option(lease, policy->codes[i]);
        if (option)
            add_option(policy->codes[i], option->value, option->length, &collection);
    }
}

void option_urls_of_server(const char *server, const struct option_policy *policy,
                           const struct macro_values *values, struct option_urls *urls)
{
    const struct collection collection = {policy, values, urls};
    option_urls_done(urls);
    for (size_t f = 0; f < FILE_NAMES; f++)
        add_joined("", server, file_names[f], &collection);
}

bool option_urls_default_server(const struct dhcp_lease *lease, char *ret_server, size_t size)
{
    char text[TEXT_MAX];
    const struct dhcp_lease_option *option = dhcp_lease_option(lease, DHCP_OPTION_TFTP_SERVER_NAME);
    if (!option || !take_text(option->value, option->length, text))
        return false;
    const char *server = trim(text);
    server += phone_url_scheme_length(server);
    size_t length = strcspn(server, ":/;?# ");
    if (length == 0 || length >= size)
        return false;
    memcpy(ret_server, server, length);
    ret_server[length] = '\0';
    return true;
}
