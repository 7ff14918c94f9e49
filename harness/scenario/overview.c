/* SPDX-License-Identifier: MIT */
#include "harness/scenario/overview.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <string.h>

enum {
    GAP = 2,               /* spaces between id and title */
    ID_COLUMN_MAX = 40,    /* a longer id has a line of its own */
    TEXT_COLUMNS_MIN = 24, /* narrower than this the text is not made */
    TAG_BYTES_MAX = 80,
};
static const char BOLD[] = "\033[1m", DIM[] = "\033[2m", PLAIN[] = "\033[0m";

/* Characters of a UTF-8 text, each taken to fill one column. */
static size_t width_of(const char *text, size_t bytes)
{
    size_t width = 0;
    for (size_t i = 0; i < bytes; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

struct writer {
    struct buffer *out;
    size_t indent, width; /* where the text column begins; how wide it is, 0 = endless */
    size_t column;        /* characters in the current line of the text column */
    const char *style;    /* "" = none */
};

static void put_word(struct writer *writer, const char *word, size_t bytes)
{
    size_t width = width_of(word, bytes);
    if (writer->column > 0 && writer->width && writer->column + 1 + width > writer->width) {
        buffer_text(writer->out, *writer->style ? PLAIN : "");
        buffer_format(writer->out, "\n%*s%s", (int)writer->indent, "", writer->style);
        writer->column = 0;
    } else if (writer->column > 0) {
        buffer_text(writer->out, " ");
        writer->column++;
    }
    buffer_append(writer->out, word, bytes);
    writer->column += width;
}

static void put_words(struct writer *writer, const char *text)
{
    while (*text) {
        size_t bytes = strcspn(text, " \n\t");
        if (bytes)
            put_word(writer, text, bytes);
        text += bytes;
        text += strspn(text, " \n\t");
    }
}

static void begin(struct writer *writer, const char *style)
{
    writer->column = 0;
    writer->style = style;
    buffer_text(writer->out, style);
}

static void end(struct writer *writer)
{
    buffer_text(writer->out, *writer->style ? PLAIN : "");
    buffer_text(writer->out, "\n");
}

static void put_rules_and_tags(struct writer *writer, const struct scenario *scenario,
                               const char *style)
{
    if (scenario->cover_count + scenario->tag_count == 0)
        return;
    buffer_format(writer->out, "%*s", (int)writer->indent, "");
    begin(writer, style);
    for (size_t i = 0; i < scenario->cover_count; i++)
        put_words(writer, vendor_rule(vendor_default(), scenario->covers[i])->id);
    for (size_t i = 0; i < scenario->tag_count; i++) {
        char tag[TAG_BYTES_MAX];
        snprintf(tag, sizeof tag, "#%s", scenario->tags[i]);
        put_words(writer, tag);
    }
    end(writer);
}

static size_t id_column(const struct suite *suite)
{
    size_t widest = 0;
    for (size_t i = 0; i < suite->count; i++) {
        size_t width = width_of(suite->scenarios[i]->id, strlen(suite->scenarios[i]->id));
        if (width > widest && width <= ID_COLUMN_MAX)
            widest = width;
    }
    return widest;
}

void scenario_overview(const struct suite *suite, bool terminal_colours, unsigned columns,
                       struct buffer *out)
{
    struct writer writer = {.out = out, .indent = id_column(suite) + GAP, .style = ""};
    if (columns)
        writer.width =
            columns > writer.indent + TEXT_COLUMNS_MIN ? columns - writer.indent : TEXT_COLUMNS_MIN;
    for (size_t i = 0; i < suite->count; i++) {
        const struct scenario *scenario = suite->scenarios[i];
        size_t width = width_of(scenario->id, strlen(scenario->id));
        buffer_format(out, "%s%s%s", terminal_colours ? BOLD : "", scenario->id,
                      terminal_colours ? PLAIN : "");
        if (width + GAP > writer.indent)
            buffer_format(out, "\n%*s", (int)writer.indent, "");
        else
            buffer_format(out, "%*s", (int)(writer.indent - width), "");
        begin(&writer, "");
        put_words(&writer, scenario->title);
        end(&writer);
        put_rules_and_tags(&writer, scenario, terminal_colours ? DIM : "");
    }
}

bool scenario_has_tag(const struct scenario *scenario, const char *tag)
{
    for (size_t i = 0; i < scenario->tag_count; i++)
        if (strcmp(scenario->tags[i], tag) == 0)
            return true;
    return false;
}
