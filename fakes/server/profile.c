/* SPDX-License-Identifier: MIT */
#include "fakes/server/profile.h"
#include "harness/scenario/load.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <expat.h>
#include <limits.h>
#include <string.h>

/* --- writing --- */

/* What the vendor's servers give unless a scenario says otherwise. */
static const struct vendor_setting *defaults_of(enum profile_kind kind, size_t *ret_count)
{
    *ret_count = 0;
    switch (kind) {
    case PROFILE_EDOS:
        *ret_count = vendor_default()->profile_count;
        return vendor_default()->profile;
    case PROFILE_CONFIG:
        *ret_count = vendor_default()->config_count;
        return vendor_default()->config;
    case PROFILE_PUSHED:
        break;
    }
    return NULL;
}

static const struct vendor_setting *find_default(enum profile_kind kind, const char *name)
{
    size_t count;
    const struct vendor_setting *defaults = defaults_of(kind, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(defaults[i].name, name) == 0)
            return &defaults[i];
    return NULL;
}

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

void profile_write(enum profile_kind kind, const struct parameter *parameters, size_t count,
                   const char *const *substitutions, struct buffer *buffer)
{
    size_t default_count;
    const struct vendor_setting *defaults = defaults_of(kind, &default_count);
    buffer_text(buffer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n");
    for (size_t i = 0; i < default_count; i++) {
        const struct parameter *given = find_last(parameters, count, defaults[i].name);
        write_parameter(defaults[i].name, given ? given->value : defaults[i].value, substitutions,
                        buffer);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = parameters[i].name;
        if (!find_default(kind, name) && find_last(parameters, count, name) == &parameters[i])
            write_parameter(name, parameters[i].value, substitutions, buffer);
    }
    buffer_text(buffer, "</flat-profile>\n");
}

const char *profile_value(enum profile_kind kind, const struct parameter *parameters, size_t count,
                          const char *name)
{
    const struct parameter *found = find_last(parameters, count, name);
    const struct vendor_setting *usual = found ? NULL : find_default(kind, name);
    return found ? found->value : usual ? usual->value : NULL;
}

/* --- recognising --- */

struct facts {
    XML_Parser parser;
    unsigned depth;
    unsigned profile_depth; /* of the children of <flat-profile>; 0 = none yet */
    bool in_device, profile, in_retry_delay, has_retry_delay;
    struct buffer *retry_delay;
    const struct vendor_parameter *pace; /* whose text that is; NULL = there is none */
};

static void element_begins(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct facts *facts = context;
    (void)attributes;
    facts->depth++;
    if (facts->depth == 1)
        facts->in_device = strcmp(name, "device") == 0;
    if (strcmp(name, "flat-profile") == 0 &&
        (facts->depth == 1 || (facts->depth == 2 && facts->in_device))) {
        facts->profile = true;
        facts->profile_depth = facts->depth + 1;
    }
    facts->in_retry_delay = facts->profile_depth > 0 && facts->depth == facts->profile_depth &&
                            facts->pace && strcmp(name, facts->pace->name) == 0;
    if (facts->in_retry_delay) {
        facts->has_retry_delay = true;
        buffer_clear(facts->retry_delay);
    }
}

static void element_ends(void *context, const XML_Char *name)
{
    struct facts *facts = context;
    (void)name;
    facts->in_retry_delay = false;
    if (facts->depth < facts->profile_depth)
        facts->profile_depth = 0;
    facts->depth--;
}

static void text(void *context, const XML_Char *bytes, int length)
{
    struct facts *facts = context;
    if (facts->in_retry_delay)
        buffer_append(facts->retry_delay, bytes, (size_t)length);
}

static void refuse_entities(void *context, const XML_Char *name, const XML_Char *system,
                            const XML_Char *public, int internal)
{
    struct facts *facts = context;
    (void)name, (void)system, (void)public, (void)internal;
    XML_StopParser(facts->parser, XML_FALSE);
}

bool profile_recognise(const uint8_t *bytes, size_t length, bool *ret_has_retry_delay,
                       struct buffer *retry_delay)
{
    struct facts facts = {.retry_delay = retry_delay,
                          .pace = vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_PACES)};
    if (length == 0 || length > INT_MAX)
        return false;
    facts.parser = XML_ParserCreate(NULL);
    if (!facts.parser)
        return false;
    XML_SetUserData(facts.parser, &facts);
    XML_SetElementHandler(facts.parser, element_begins, element_ends);
    XML_SetCharacterDataHandler(facts.parser, text);
    XML_SetStartDoctypeDeclHandler(facts.parser, refuse_entities);
    bool well_formed =
        XML_Parse(facts.parser, (const char *)bytes, (int)length, 1) == XML_STATUS_OK;
    XML_ParserFree(facts.parser);
    if (!well_formed || !facts.profile)
        return false;
    *ret_has_retry_delay = facts.has_retry_delay && !retry_delay->failed;
    return true;
}
