/* SPDX-License-Identifier: MIT */
#include "harness/report/text.h"
#include "harness/base/duration.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <string.h>

enum { REPLACEMENT_CHARACTER = 0xfffd, CONTINUATION_MAX = 3 };

size_t report_utf8_next(const char *text, uint32_t *ret_character)
{
    static const uint32_t least[CONTINUATION_MAX + 1] = {0, 0x80, 0x800, 0x10000};
    const uint8_t *bytes = (const uint8_t *)text;
    size_t more = 0;
    uint32_t character = bytes[0];
    if (bytes[0] >= 0xf0 && bytes[0] < 0xf5)
        more = 3, character &= 0x07;
    else if (bytes[0] >= 0xe0 && bytes[0] < 0xf0)
        more = 2, character &= 0x0f;
    else if (bytes[0] >= 0xc2 && bytes[0] < 0xe0)
        more = 1, character &= 0x1f;
    bool valid = more > 0 || bytes[0] < 0x80;
    for (size_t i = 1; valid && i <= more; i++) {
        valid = (bytes[i] & 0xc0) == 0x80; /* false at the NUL, too */
        character = character << 6 | (bytes[i] & 0x3f);
    }
    bool surrogate = character >= 0xd800 && character < 0xe000;
    if (!valid || surrogate || character < least[more] || character > 0x10ffff) {
        *ret_character = REPLACEMENT_CHARACTER;
        return 1;
    }
    *ret_character = character;
    return more + 1;
}

void report_utf8_put(struct buffer *buffer, uint32_t character)
{
    if (character < 0x80) {
        buffer_u8(buffer, (uint8_t)character);
        return;
    }
    size_t more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const uint8_t lead[CONTINUATION_MAX + 1] = {0, 0xc0, 0xe0, 0xf0};
    buffer_u8(buffer, (uint8_t)(lead[more] | character >> (6 * more)));
    while (more-- > 0)
        buffer_u8(buffer, (uint8_t)(0x80 | (character >> (6 * more) & 0x3f)));
}

void report_text_valid(struct buffer *buffer, const char *text)
{
    uint32_t character;
    while (*text) {
        text += report_utf8_next(text, &character);
        report_utf8_put(buffer, character);
    }
}

/* Control characters, and those that turn the direction of what follows. */
static bool steers_terminal(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

static void put_safe(struct buffer *buffer, uint32_t character)
{
    bool blank = character == '\n' || character == '\t' || character == '\r';
    report_utf8_put(buffer, blank ? ' ' : steers_terminal(character) ? '?' : character);
}

size_t report_text_width(const char *text)
{
    size_t width = 0;
    for (uint32_t character; *text; width++)
        text += report_utf8_next(text, &character);
    return width;
}

void report_text_cut(struct buffer *buffer, const char *text, size_t columns)
{
    size_t room = report_text_width(text) <= columns ? SIZE_MAX : columns > 0 ? columns - 1 : 0;
    for (uint32_t character; *text && room > 0; room--) {
        text += report_utf8_next(text, &character);
        put_safe(buffer, character);
    }
    if (*text && columns > 0)
        buffer_text(buffer, "…");
}

void report_text_line(struct buffer *buffer, const char *text)
{
    report_text_cut(buffer, text, SIZE_MAX);
}

void report_text_spaces(struct buffer *buffer, size_t count)
{
    while (count-- > 0)
        buffer_u8(buffer, ' ');
}

void report_text_padded(struct buffer *buffer, const char *text, size_t columns)
{
    size_t width = report_text_width(text);
    report_text_line(buffer, text);
    report_text_spaces(buffer, width < columns ? columns - width : 0);
}

static size_t width_of(const char *text, size_t length)
{
    size_t width = 0;
    uint32_t character;
    for (size_t at = 0; at < length; width++)
        at += report_utf8_next(text + at, &character);
    return width;
}

/* The column in which a line that is too long goes on. */
static size_t hanging_indent(const char *line, size_t length, size_t columns)
{
    size_t leading = strspn(line, " "), gap = leading;
    while (gap + 1 < length && !(line[gap] == ' ' && line[gap + 1] == ' '))
        gap++;
    if (gap + 1 >= length)
        return leading + 2;
    size_t after = width_of(line, gap) + strspn(line + gap, " ");
    return after < columns / 2 ? after : leading + 2;
}

static void wrap_line(struct buffer *buffer, const char *line, size_t length, size_t columns)
{
    if (width_of(line, length) <= columns) {
        buffer_append(buffer, line, length);
        return;
    }
    size_t hanging = hanging_indent(line, length, columns), used = 0;
    for (size_t at = 0; at < length;) {
        size_t spaces = strspn(line + at, " ");
        size_t word = strcspn(line + at + spaces, " \n");
        size_t width = width_of(line + at + spaces, word);
        if (at > 0 && used > hanging && used + spaces + width > columns) {
            buffer_u8(buffer, '\n');
            report_text_spaces(buffer, hanging);
            used = hanging;
            spaces = 0;
        }
        report_text_spaces(buffer, spaces);
        at += strspn(line + at, " ");
        buffer_append(buffer, line + at, word);
        used += spaces + width;
        at += word;
    }
}

void report_text_wrap(struct buffer *buffer, const char *lines, size_t columns)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        wrap_line(buffer, lines, length, columns);
        if (lines[length] == '\n')
            buffer_u8(buffer, '\n');
        lines += length + (lines[length] == '\n');
    }
}

const char *report_phone_time(uint64_t us, char text[REPORT_TIME_TEXT_MAX])
{
    uint64_t s = us / DURATION_S, m = s / 60, h = m / 60, d = h / 24;
    uint64_t large = d, small = h % 24;
    const char *units = "dh";
    if (m == 0) {
        snprintf(text, REPORT_TIME_TEXT_MAX, "%" PRIu64 "s", s);
        return text;
    }
    if (h == 0)
        large = m, small = s % 60, units = "ms";
    else if (d < 4)
        large = h, small = m % 60, units = "hm";
    int length = snprintf(text, REPORT_TIME_TEXT_MAX, "%" PRIu64 "%c", large, units[0]);
    if (small > 0)
        snprintf(text + length, REPORT_TIME_TEXT_MAX - (size_t)length, "%" PRIu64 "%c", small,
                 units[1]);
    return text;
}

const char *report_wall_time(uint64_t us, char text[REPORT_TIME_TEXT_MAX])
{
    uint64_t tenths = (us + 50000) / 100000;
    if (tenths < 600)
        snprintf(text, REPORT_TIME_TEXT_MAX, "%" PRIu64 ".%" PRIu64 "s", tenths / 10, tenths % 10);
    else
        snprintf(text, REPORT_TIME_TEXT_MAX, "%" PRIu64 "m%02" PRIu64 "s", tenths / 600,
                 tenths / 10 % 60);
    return text;
}

void report_result_name(struct buffer *buffer, const struct report_result *result)
{
    report_text_line(buffer, result->scenario->id);
    if (result->repeat > 0)
        buffer_format(buffer, "#%u", result->repeat);
}

/* Whether id is `length` bytes of path with '/' as '-'. */
static bool is_id_of(const char *id, const char *path, size_t length)
{
    if (strlen(id) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (id[i] != (path[i] == '/' ? '-' : path[i]))
            return false;
    return true;
}

void report_scenario_folder(struct buffer *buffer, const struct scenario *scenario)
{
    const char *path = scenario->path, *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');
    const char *end = dot ? dot : path + strlen(path);
    /* The id tells how much of the path is below the suite's root. */
    for (const char *start = name; start && start > path;) {
        do
            start--;
        while (start > path && *start != '/');
        const char *first = *start == '/' ? start + 1 : start;
        if (is_id_of(scenario->id, first, (size_t)(end - first))) {
            buffer_append(buffer, first, strcspn(first, "/"));
            return;
        }
    }
    buffer_text(buffer, "scenarios");
}

/* --- what went wrong, so that a person knows what to look at next ---------------------------- */

struct place report_failure_place(const struct judge_failure *failure)
{
    struct place place = failure->place;
    place.line = place.line ? place.line : 1;
    place.column = place.column ? place.column : 1;
    return place;
}

const char *report_failure_phone(const struct judge_failure *failure,
                                 const struct scenario *scenario)
{
    if (failure->phone < 0 || (size_t)failure->phone >= scenario->phone_count)
        return NULL;
    return scenario->phones[failure->phone].name;
}

void report_failure_sentence(struct buffer *buffer, const struct judge_failure *failure)
{
    buffer_text(buffer, "expected ");
    report_text_line(buffer, failure->expected);
    buffer_text(buffer, "; seen ");
    report_text_line(buffer, failure->seen[0] ? failure->seen : "nothing");
}

static void field(struct buffer *buffer, size_t indent, const char *name)
{
    report_text_spaces(buffer, indent);
    buffer_format(buffer, "%-10s", name);
}

/* Every line of a text that may have several. */
static void paragraph(struct buffer *buffer, size_t indent, const char *name, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        char line[ERROR_TEXT_MAX];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        field(buffer, indent, name);
        report_text_line(buffer, line);
        buffer_u8(buffer, '\n');
        text += length + (text[length] == '\n');
        name = "";
    }
}

static void when(struct buffer *buffer, const struct judge_failure *failure, size_t indent)
{
    char text[DURATION_TEXT_MAX];
    field(buffer, indent, "when");
    buffer_format(buffer, "%s after the start", duration_format(failure->time_us, text));
    if (failure->event > 0)
        buffer_format(buffer, ", event %" PRIu64, failure->event);
    if (failure->frame > 0)
        buffer_format(buffer, ", frame %" PRIu64, failure->frame);
    buffer_u8(buffer, '\n');
}

static void rule_lines(struct buffer *buffer, const struct judge_failure *failure, size_t indent)
{
    for (size_t i = 0; i < failure->rule_count; i++) {
        const struct vendor_rule *rule = vendor_rule(vendor_default(), failure->rules[i]);
        field(buffer, indent, i == 0 ? "rule" : "");
        buffer_format(buffer, "%s: %s\n", rule->id, rule->summary);
    }
}

static void one_failure(struct buffer *buffer, const struct report_result *result,
                        const struct judge_failure *failure, size_t indent)
{
    struct place place = report_failure_place(failure);
    const char *phone = report_failure_phone(failure, result->scenario);
    report_text_spaces(buffer, indent);
    report_text_line(buffer, result->scenario->path);
    buffer_format(buffer, ":%u:%u:", place.line, place.column);
    if (failure->standing)
        buffer_format(buffer, " standing rule %s", standing_rule_names[failure->standing_rule]);
    buffer_u8(buffer, '\n');
    indent += 2;
    paragraph(buffer, indent, "expected", failure->expected);
    paragraph(buffer, indent, "seen", failure->seen[0] ? failure->seen : "nothing");
    when(buffer, failure, indent);
    if (phone && result->scenario->phone_count > 1) {
        field(buffer, indent, "phone");
        report_text_line(buffer, phone);
        buffer_u8(buffer, '\n');
    }
    rule_lines(buffer, failure, indent);
}

void report_evidence(struct buffer *buffer, const struct report_result *result, size_t indent)
{
    const struct judgement *judgement = result->judgement;
    if (judgement->verdict == VERDICT_PASS)
        return;
    for (size_t i = 0; i < judgement->failure_count; i++)
        one_failure(buffer, result, &judgement->failures[i], indent);
    if (judgement->failures_omitted > 0) {
        report_text_spaces(buffer, indent);
        buffer_format(buffer, "and %zu more\n", judgement->failures_omitted);
    }
    if (judgement->failures_omitted > 0 && judgement_blamed(judgement) > 1) {
        report_text_spaces(buffer, indent);
        buffer_format(buffer, "%zu of %zu phones failed\n", judgement_blamed(judgement),
                      result->scenario->phone_count);
    }
    paragraph(buffer, indent, "because", judgement->reason);
    if (result->folder && judgement->verdict != VERDICT_SKIP) {
        field(buffer, indent, "look in");
        report_text_line(buffer, result->folder);
        buffer_text(buffer, "/\n");
    }
}
