/* SPDX-License-Identifier: MIT */
#include "fakes/phone/profile.h"
#include "harness/base/buffer.h"
#include <expat.h>
#include <stdbool.h>
#include <string.h>

/* Since 2.9 the library wants the 64-bit calls used, and warns of the ones it had before. */
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
#define LINE_NUMBER XML_GetCurrentLineNumber64
#define COLUMN_NUMBER XML_GetCurrentColumnNumber64
#else
#define LINE_NUMBER XML_GetCurrentLineNumber
#define COLUMN_NUMBER XML_GetCurrentColumnNumber
#endif

struct parse {
    XML_Parser parser;
    struct parameters *parameters;
    struct error *error;
    int code;
    unsigned depth;         /* of the element we are in; the root is 1 */
    unsigned profile_depth; /* of <flat-profile>; 0 = not seen yet */
    bool profile_seen;
    bool in_parameter;
    char name[PARAMETER_NAME_MAX];
    struct buffer value;
};

static void stop(struct parse *parse, int code, const char *text)
{
    if (parse->code != 0)
        return;
    parse->code = error_set(parse->error, code, "%s", text);
    XML_StopParser(parse->parser, XML_FALSE);
}

static void begin_parameter(struct parse *parse, const char *tag)
{
    if (strlen(tag) >= sizeof parse->name) {
        stop(parse, ERROR_LIMIT, "a tag of the profile is too long");
        return;
    }
    memcpy(parse->name, tag, strlen(tag) + 1);
    parse->in_parameter = true;
    buffer_clear(&parse->value);
}

static void XMLCALL on_start(void *context, const XML_Char *tag, const XML_Char **attributes)
{
    struct parse *parse = context;
    (void)attributes;
    if (++parse->depth > PROFILE_DEPTH_MAX) {
        stop(parse, ERROR_LIMIT, "the profile is nested too deeply");
        return;
    }
    if (parse->profile_depth > 0) {
        if (parse->depth == parse->profile_depth + 1)
            begin_parameter(parse, tag);
        return;
    }
    if (strcmp(tag, "flat-profile") == 0) {
        parse->profile_depth = parse->depth;
        parse->profile_seen = true;
    } else if (parse->depth == 1 && strcmp(tag, "device") != 0) {
        stop(parse, ERROR_INVALID, "the document is no <flat-profile>");
    }
}

static void XMLCALL on_text(void *context, const XML_Char *text, int length)
{
    struct parse *parse = context;
    if (parse->in_parameter && parse->depth == parse->profile_depth + 1)
        buffer_append(&parse->value, text, (size_t)length);
}

/* The value without the white space that only lays out the document. */
static const char *trimmed_value(struct parse *parse)
{
    static const char blanks[] = " \t\r\n";
    while (parse->value.length > 0 &&
           strchr(blanks, parse->value.data[parse->value.length - 1]) != NULL)
        parse->value.data[--parse->value.length] = '\0';
    const char *text = buffer_string(&parse->value);
    return text + strspn(text, blanks);
}

static void end_parameter(struct parse *parse)
{
    parse->in_parameter = false;
    if (parse->value.failed) {
        stop(parse, ERROR_LIMIT, "a value of the profile is too long");
        return;
    }
    int code = parameters_set(parse->parameters, parse->name, trimmed_value(parse));
    if (code < 0)
        stop(parse, code,
             code == ERROR_LIMIT ? "the profile has too many parameters"
                                 : "out of memory for the profile");
}

static void XMLCALL on_end(void *context, const XML_Char *tag)
{
    struct parse *parse = context;
    (void)tag;
    if (parse->in_parameter && parse->depth == parse->profile_depth + 1)
        end_parameter(parse);
    if (parse->depth == parse->profile_depth)
        parse->profile_depth = 0;
    parse->depth--;
}

/* Entities could make a small document large; no profile needs them. */
static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    stop(context, ERROR_INVALID, "the profile has a document type");
}

static int run(struct parse *parse, const uint8_t *bytes, size_t length)
{
    XML_SetUserData(parse->parser, parse);
    XML_SetElementHandler(parse->parser, on_start, on_end);
    XML_SetCharacterDataHandler(parse->parser, on_text);
    XML_SetStartDoctypeDeclHandler(parse->parser, on_doctype);
    enum XML_Status status = XML_Parse(parse->parser, (const char *)bytes, (int)length, XML_TRUE);
    if (parse->code != 0)
        return parse->code;
    if (status != XML_STATUS_OK) {
        int code = error_set(parse->error, ERROR_INVALID, "no XML: %s",
                             XML_ErrorString(XML_GetErrorCode(parse->parser)));
        if (parse->error) {
            parse->error->line = (unsigned)LINE_NUMBER(parse->parser);
            parse->error->column = (unsigned)COLUMN_NUMBER(parse->parser) + 1;
        }
        return code;
    }
    if (!parse->profile_seen)
        return error_set(parse->error, ERROR_INVALID, "the document has no <flat-profile>");
    return 0;
}

int profile_parse(const uint8_t *bytes, size_t length, struct parameters *parameters,
                  struct error *error)
{
    if (length > PROFILE_BYTES_MAX)
        return error_set(error, ERROR_LIMIT, "the profile is longer than %d bytes",
                         PROFILE_BYTES_MAX);
    struct parse parse = {.parameters = parameters, .error = error};
    parse.parser = XML_ParserCreate(NULL);
    if (!parse.parser)
        return error_set(error, ERROR_MEMORY, "out of memory for the profile");
    buffer_init(&parse.value, PARAMETER_VALUE_MAX - 1);
    int code = run(&parse, bytes ? bytes : (const uint8_t *)"", length);
    buffer_done(&parse.value);
    XML_ParserFree(parse.parser);
    return code;
}
