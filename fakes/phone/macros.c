/* SPDX-License-Identifier: MIT */
#include "fakes/phone/macros.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MACRO_NAME_MAX = 8, NUMBER_TEXT_MAX = 12 };

struct macro_texts { /* of values that are no texts themselves */
    char ma[MAC_DIGITS_MAX], mau[MAC_DIGITS_MAX], mac[MAC_TEXT_MAX], ip[IPV4_TEXT_MAX];
    char state[NUMBER_TEXT_MAX], port[NUMBER_TEXT_MAX];
};

static void make_texts(const struct macro_values *values, struct macro_texts *texts)
{
    mac_digits(&values->mac, false, texts->ma);
    mac_digits(&values->mac, true, texts->mau);
    mac_format(&values->mac, texts->mac);
    for (char *at = texts->mac; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    ipv4_format(values->address, texts->ip);
    snprintf(texts->state, sizeof texts->state, "%d", values->provisioning_state);
    texts->port[0] = '\0';
    if (values->last)
        snprintf(texts->port, sizeof texts->port, "%u", (unsigned)values->last->port);
}

/* NULL: there is no such macro. The texts must live as long as the value is used. */
static const char *value_of(const char *name, const struct macro_values *values,
                            struct macro_texts *texts)
{
    const struct phone_model *model = values->model;
    const struct phone_url *last = values->last;
    make_texts(values, texts);
    const struct {
        const char *name, *value;
    } macros[] = {
        {"MA", texts->ma},
        {"MAU", texts->mau},
        {"MAC", texts->mac},
        {"PN", model->product_name},
        {"PSN", values->short_name ? values->short_name : model->short_name},
        {"SN", values->serial},
        {"SWVER", model->software_version},
        {"HWVER", model->hardware_version},
        {"IP", texts->ip},
        {"PRVST", texts->state},
        {"ERR", values->failure ? values->failure : ""},
        {"ISCUST", values->customized ? "1" : "0"},
        {"SCHEME", last ? last->scheme : ""},
        {"SERVIP", last ? last->host : ""},
        {"PORT", texts->port},
        {"PATH", last ? last->path : ""},
    };
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++)
        if (strcmp(name, macros[i].name) == 0)
            return macros[i].value;
    if (name[0] < 'A' || name[0] > 'P' || name[1] != '\0')
        return NULL;
    /* A … P stand for the general purpose parameters. */
    const char parameter[] = {'G', 'P', 'P', '_', name[0], '\0'};
    const char *value = values->parameters ? parameters_get(values->parameters, parameter) : NULL;
    return value ? value : "";
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
    struct macro_texts texts;
    memcpy(name, start, length);
    name[length] = '\0';
    const char *value = value_of(name, values, &texts);
    if (!value)
        return 0;
    buffer_text(buffer, value);
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
