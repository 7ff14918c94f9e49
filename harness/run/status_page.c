/* SPDX-License-Identifier: MIT */
#include "harness/run/status_page.h"
#include <ctype.h>
#include <expat.h>
#include <string.h>

struct search {
    XML_Parser parser;
    const char *name;
    char *value;
    size_t length;
    bool inside, found;
};

static void start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct search *search = context;
    (void)attributes;
    if (!search->found && strcmp(name, search->name) == 0)
        search->inside = true;
}

static void end(void *context, const XML_Char *name)
{
    struct search *search = context;
    if (search->inside && strcmp(name, search->name) == 0) {
        search->inside = false;
        search->found = true;
        XML_StopParser(search->parser, XML_FALSE);
    }
}

static void text(void *context, const XML_Char *characters, int length)
{
    struct search *search = context;
    for (int i = 0; search->inside && i < length; i++) {
        bool leading = search->length == 0 && isspace((unsigned char)characters[i]);
        if (!leading && search->length < STATUS_PAGE_VALUE_MAX - 1)
            search->value[search->length++] = characters[i];
    }
}

/* A status page has no use for entities of its own, which could be made to grow without bound. */
static void refuse_entities(void *context, const XML_Char *name, int is_parameter,
                            const XML_Char *value, int value_length, const XML_Char *base,
                            const XML_Char *system, const XML_Char *public,
                            const XML_Char *notation)
{
    struct search *search = context;
    (void)name, (void)is_parameter, (void)value, (void)value_length, (void)base, (void)system;
    (void)public, (void)notation;
    XML_StopParser(search->parser, XML_FALSE);
}

bool status_page_value(const uint8_t *bytes, size_t length, const char *name,
                       char value[STATUS_PAGE_VALUE_MAX])
{
    char found[STATUS_PAGE_VALUE_MAX];
    struct search search = {.name = name, .value = found};
    if (length > STATUS_PAGE_BYTES_MAX)
        return false;
    search.parser = XML_ParserCreate(NULL);
    if (!search.parser)
        return false;
    XML_SetUserData(search.parser, &search);
    XML_SetElementHandler(search.parser, start, end);
    XML_SetCharacterDataHandler(search.parser, text);
    XML_SetEntityDeclHandler(search.parser, refuse_entities);
    XML_Parse(search.parser, (const char *)bytes, (int)length, 1);
    XML_ParserFree(search.parser);
    if (!search.found)
        return false;
    while (search.length > 0 && isspace((unsigned char)found[search.length - 1]))
        search.length--;
    memcpy(value, found, search.length);
    value[search.length] = 0;
    return true;
}
