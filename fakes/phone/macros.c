/* SPDX-License-Identifier: MIT */
#include "fakes/phone/macros.h"
#include <stdio.h>
#include <string.h>

enum { MACRO_NAME_MAX = 8 };

static void append_mac(const struct mac *mac, const char *format, const char *separator,
                       struct buffer *buffer)
{
    char digits[4];
    for (size_t i = 0; i < MAC_BYTES; i++) {
        snprintf(digits, sizeof digits, format[0] == 'X' ? "%02X" : "%02x", mac->bytes[i]);
        buffer_text(buffer, digits);
        if (i + 1 < MAC_BYTES)
            buffer_text(buffer, separator);
    }
}

static bool expand_identity(const char *name, const struct macro_values *values,
                            struct buffer *buffer)
{
    char address[IPV4_TEXT_MAX];
    if (strcmp(name, "MA") == 0)
        append_mac(&values->mac, "x", "", buffer);
    else if (strcmp(name, "MAU") == 0)
        append_mac(&values->mac, "X", "", buffer);
    else if (strcmp(name, "MAC") == 0)
        append_mac(&values->mac, "X", ":", buffer);
    else if (strcmp(name, "PN") == 0)
        buffer_text(buffer, values->model->product_name);
    else if (strcmp(name, "PSN") == 0)
        buffer_text(buffer, values->short_name ? values->short_name : values->model->short_name);
    else if (strcmp(name, "SN") == 0)
        buffer_text(buffer, values->serial);
    else if (strcmp(name, "SWVER") == 0)
        buffer_text(buffer, values->model->software_version);
    else if (strcmp(name, "HWVER") == 0)
        buffer_text(buffer, values->model->hardware_version);
    else if (strcmp(name, "IP") == 0)
        buffer_text(buffer, values->address ? ipv4_format(values->address, address) : "0.0.0.0");
    else
        return false;
    return true;
}

static bool expand_progress(const char *name, const struct macro_values *values,
                            struct buffer *buffer)
{
    const struct phone_url *last = values->last;
    if (strcmp(name, "PRVST") == 0)
        buffer_format(buffer, "%d", values->provisioning_state);
    else if (strcmp(name, "ERR") == 0)
        buffer_text(buffer, values->failure ? values->failure : "");
    else if (strcmp(name, "ISCUST") == 0)
        buffer_text(buffer, values->customized ? "1" : "0");
    else if (strcmp(name, "SCHEME") == 0)
        buffer_text(buffer, last ? last->scheme : "");
    else if (strcmp(name, "SERVIP") == 0)
        buffer_text(buffer, last ? last->host : "");
    else if (strcmp(name, "PATH") == 0)
        buffer_text(buffer, last ? last->path : "");
    else if (strcmp(name, "PORT") != 0)
        return false;
    else if (last)
        buffer_format(buffer, "%u", (unsigned)last->port);
    return true;
}

/* A … P stand for the general purpose parameters. */
static bool expand_general(const char *name, const struct macro_values *values,
                           struct buffer *buffer)
{
    if (name[0] < 'A' || name[0] > 'P' || name[1] != '\0')
        return false;
    const char parameter[] = {'G', 'P', 'P', '_', name[0], '\0'};
    const char *value = values->parameters ? parameters_get(values->parameters, parameter) : NULL;
    buffer_text(buffer, value ? value : "");
    return true;
}

/* The macro that `text` (behind the `$`) begins with: bytes consumed, 0 = none that we know. */
static size_t expand_one(const char *text, const struct macro_values *values, struct buffer *buffer)
{
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    bool bracketed = text[0] == '(';
    const char *start = text + (bracketed ? 1 : 0);
    size_t length = strspn(start, capitals);
    if (length == 0 || length >= MACRO_NAME_MAX || (bracketed && start[length] != ')'))
        return 0;
    char name[MACRO_NAME_MAX];
    memcpy(name, start, length);
    name[length] = '\0';
    if (!expand_identity(name, values, buffer) && !expand_progress(name, values, buffer) &&
        !expand_general(name, values, buffer))
        return 0;
    return length + (bracketed ? 2 : 0);
}

void macros_expand(const char *text, const struct macro_values *values, struct buffer *buffer)
{
    while (*text) {
        size_t plain = strcspn(text, "$");
        buffer_append(buffer, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        size_t used = text[1] == '$' ? 1 : expand_one(text + 1, values, buffer);
        if (used == 0 || text[1] == '$')
            buffer_u8(buffer, '$');
        text += 1 + used;
    }
}
