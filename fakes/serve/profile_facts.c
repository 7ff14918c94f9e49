/* SPDX-License-Identifier: MIT */
#include "fakes/serve/profile_facts.h"
#include <expat.h>
#include <limits.h>
#include <string.h>

struct facts {
    XML_Parser parser;
    unsigned depth;
    unsigned profile_depth; /* of the children of <flat-profile>; 0 = none yet */
    bool in_device, profile, in_retry_delay, has_retry_delay;
    struct buffer *retry_delay;
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
                            strcmp(name, "Resync_Error_Retry_Delay") == 0;
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

bool profile_facts_read(const uint8_t *bytes, size_t length, bool *ret_has_retry_delay,
                        struct buffer *retry_delay)
{
    struct facts facts = {.retry_delay = retry_delay};
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
