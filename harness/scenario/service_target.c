/* SPDX-License-Identifier: MIT */
#include "harness/scenario/service_target.h"
#include "harness/base/address.h"
#include "harness/scenario/words.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, LABEL_MAX = 63, PORT_DIGITS_MAX = 5, PORT_MAX = 65535 };

static bool is_host(const char *text, size_t length)
{
    size_t label = 0;
    if (length >= SERVICE_HOST_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool edge = label == 0 || i + 1 == length || text[i + 1] == '.';
        if (text[i] == '.' && label > 0) {
            label = 0;
            continue;
        }
        if ((!isalnum((unsigned char)text[i]) && (text[i] != '-' || edge)) || ++label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

/* Nothing at all, or `:PORT`. */
static bool read_port(const char *text, uint16_t *ret_port)
{
    size_t digits;
    if (*text == '\0')
        return true;
    if (*text++ != ':')
        return false;
    digits = strspn(text, "0123456789");
    unsigned long port = digits <= PORT_DIGITS_MAX ? strtoul(text, NULL, 10) : 0;
    if (text[digits] != '\0' || port == 0 || port > PORT_MAX)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

static bool read_expanded(const char *text, const struct vendor_service *service,
                          struct service_target *ret_target)
{
    const char *scheme = strstr(text, "://");
    struct service_target target = {.port = service->port};
    uint32_t address;
    if (scheme && (strncmp(text, service->scheme, (size_t)(scheme - text)) != 0 ||
                   service->scheme[scheme - text] != '\0'))
        return false;
    const char *host = scheme ? scheme + strlen("://") : text;
    size_t length = strcspn(host, ":");
    if (!is_host(host, length) || !read_port(host + length, &target.port))
        return false;
    memcpy(target.host, host, length);
    if (ipv4_parse(target.host, &address))
        return false;
    *ret_target = target;
    return true;
}

bool service_target_read(const char *text, enum vendor_service_kind kind, const char *const *values,
                         struct service_target *ret_target)
{
    struct buffer expanded;
    buffer_init(&expanded, TEXT_MAX);
    scenario_substitute(text, values, &expanded);
    bool good = !expanded.failed && read_expanded(buffer_string(&expanded),
                                                  &vendor_default()->services[kind], ret_target);
    buffer_done(&expanded);
    return good;
}
