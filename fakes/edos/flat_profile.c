/* SPDX-License-Identifier: MIT */
#include "fakes/edos/flat_profile.h"
#include "harness/scenario/load.h"
#include <string.h>

static const struct parameter *find_last(const struct parameter *parameters, size_t count,
                                         const char *name)
{
    for (size_t i = count; i > 0; i--)
        if (strcmp(parameters[i - 1].name, name) == 0)
            return &parameters[i - 1];
    return NULL;
}

static bool is_name_character(unsigned char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    return letter || (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

static void write_name(const char *name, struct buffer *buffer)
{
    if (!*name)
        buffer_u8(buffer, '_');
    for (const char *at = name; *at; at++)
        buffer_u8(buffer, is_name_character((unsigned char)*at, at == name) ? (uint8_t)*at : '_');
}

static void write_text(const char *text, struct buffer *buffer)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            buffer_text(buffer, "&amp;");
        else if (c == '<')
            buffer_text(buffer, "&lt;");
        else if (c == '>') /* "]]>" must not stand in text */
            buffer_text(buffer, "&gt;");
        else if (c == '\r') /* would be read back as a line feed */
            buffer_text(buffer, "&#13;");
        else if (c < 0x20 && c != '\t' && c != '\n')
            buffer_u8(buffer, '?');
        else
            buffer_u8(buffer, c);
    }
}

static void write_parameter(const char *name, const char *value, const char *const *substitutions,
                            struct buffer *buffer)
{
    struct buffer text;
    buffer_init(&text, buffer->max_bytes);
    scenario_substitute(value, substitutions, &text);
    buffer_text(buffer, "  <");
    write_name(name, buffer);
    buffer_text(buffer, " ua=\"na\">");
    write_text(buffer_string(&text), buffer);
    buffer_text(buffer, "</");
    write_name(name, buffer);
    buffer_text(buffer, ">\n");
    if (text.failed)
        buffer->failed = true;
    buffer_done(&text);
}

void flat_profile_write(const struct parameter *defaults, size_t default_count,
                        const struct parameter *parameters, size_t count,
                        const char *const *substitutions, struct buffer *buffer)
{
    buffer_text(buffer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n");
    for (size_t i = 0; i < default_count; i++) {
        const struct parameter *given = find_last(parameters, count, defaults[i].name);
        write_parameter(defaults[i].name, given ? given->value : defaults[i].value, substitutions,
                        buffer);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = parameters[i].name;
        if (!find_last(defaults, default_count, name) &&
            find_last(parameters, count, name) == &parameters[i])
            write_parameter(name, parameters[i].value, substitutions, buffer);
    }
    buffer_text(buffer, "</flat-profile>\n");
}

const char *flat_profile_value(const struct parameter *defaults, size_t default_count,
                               const struct parameter *parameters, size_t count, const char *name)
{
    const struct parameter *found = find_last(parameters, count, name);
    if (!found)
        found = find_last(defaults, default_count, name);
    return found ? found->value : NULL;
}
