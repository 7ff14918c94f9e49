/* SPDX-License-Identifier: MIT */
#include "harness/wire/http_head.h"
#include "harness/base/cursor.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* A piece of a line, borrowed. */
struct span {
    const char *text;
    size_t length;
};

/* What is known of the head while its lines are read. */
struct state {
    struct http_head head;
    bool response;
    struct span name;           /* of the header being read, length 0 = none yet */
    char value[HTTP_VALUE_MAX]; /* of the same, folded lines joined, cut if longer */
    size_t value_length;
};

static bool is_token(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        unsigned char c = (unsigned char)span.text[i];
        if (!isalnum(c) && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return span.length > 0;
}

/* No control bytes but the tab; bytes above ASCII are let through. */
static bool is_text(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        unsigned char c = (unsigned char)span.text[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static struct span trimmed(struct span span)
{
    while (span.length > 0 && (span.text[0] == ' ' || span.text[0] == '\t')) {
        span.text++;
        span.length--;
    }
    while (span.length > 0 &&
           (span.text[span.length - 1] == ' ' || span.text[span.length - 1] == '\t'))
        span.length--;
    return span;
}

static bool span_is(struct span span, const char *text)
{
    return strlen(text) == span.length && strncasecmp(span.text, text, span.length) == 0;
}

static void copy_cut(char *destination, size_t size, struct span span)
{
    size_t length = span.length < size ? span.length : size - 1;
    memcpy(destination, span.text, length);
    destination[length] = '\0';
}

/* "HTTP/1.x", the version's last digit into *ret_minor. */
static bool parse_version(struct span span, unsigned *ret_minor)
{
    if (span.length != 8 || strncmp(span.text, "HTTP/1.", 7) != 0 ||
        !isdigit((unsigned char)span.text[7]))
        return false;
    *ret_minor = (unsigned)(span.text[7] - '0');
    return true;
}

/* RFC 9112 section 4: version, status of three digits, and a reason that may be missing. */
static bool parse_status_line(struct span line, struct http_head *head)
{
    if (line.length < 12 || !parse_version((struct span){line.text, 8}, &head->minor_version) ||
        line.text[8] != ' ' || (line.length > 12 && line.text[12] != ' '))
        return false;
    for (size_t i = 9; i < 12; i++) {
        if (!isdigit((unsigned char)line.text[i]))
            return false;
        head->status = head->status * 10 + (unsigned)(line.text[i] - '0');
    }
    return head->status >= 100;
}

/* RFC 9112 section 3. Spaces inside the target are a sender's fault that an observer has to show,
 * so the version is what follows the last space. */
static bool parse_request_line(struct span line, struct http_head *head)
{
    const char *first = memchr(line.text, ' ', line.length);
    const char *last = memrchr(line.text, ' ', line.length);
    if (!first || first + 1 >= last)
        return false;
    struct span method = {line.text, (size_t)(first - line.text)};
    struct span target = {first + 1, (size_t)(last - first - 1)};
    struct span version = {last + 1, line.length - (size_t)(last + 1 - line.text)};
    if (!is_token(method) || method.length >= sizeof head->method ||
        !parse_version(version, &head->minor_version))
        return false;
    copy_cut(head->method, sizeof head->method, method);
    copy_cut(head->target, sizeof head->target, target);
    return true;
}

static bool parse_start_line(struct span line, struct state *state)
{
    state->response = line.length >= 5 && strncmp(line.text, "HTTP/", 5) == 0;
    return state->response ? parse_status_line(line, &state->head)
                           : parse_request_line(line, &state->head);
}

/* Could a start line begin with these bytes? */
static bool may_be_start_line(struct span line)
{
    static const char version[] = "HTTP/1.";
    size_t known = line.length < sizeof version - 1 ? line.length : sizeof version - 1;
    if (strncmp(line.text, version, known) == 0)
        return true;
    const char *space = memchr(line.text, ' ', line.length);
    struct span method = {line.text, space ? (size_t)(space - line.text) : line.length};
    return is_token(method) && method.length < HTTP_METHOD_MAX;
}

/* "5", or "5, 5" as some intermediaries make it; anything contradictory is bad. */
static bool take_content_length(struct http_head *head, struct span value)
{
    const char *comma;
    do {
        comma = memchr(value.text, ',', value.length);
        size_t length = comma ? (size_t)(comma - value.text) : value.length;
        struct span item = trimmed((struct span){value.text, length});
        uint64_t number = 0;
        for (size_t i = 0; i < item.length; i++) {
            if (!isdigit((unsigned char)item.text[i]) ||
                __builtin_mul_overflow(number, 10, &number) ||
                __builtin_add_overflow(number, (uint64_t)(item.text[i] - '0'), &number))
                return false;
        }
        if (item.length == 0 || (head->has_content_length && head->content_length != number))
            return false;
        head->has_content_length = true;
        head->content_length = number;
        length += comma != NULL;
        value.text += length;
        value.length -= length;
    } while (comma);
    return true;
}

static void take_first(char destination[HTTP_VALUE_MAX], struct span value)
{
    if (!destination[0])
        copy_cut(destination, HTTP_VALUE_MAX, value);
}

/* The header read last is whole now: no folded line follows. */
static bool finish_header(struct state *state)
{
    struct http_head *head = &state->head;
    struct span value = trimmed((struct span){state->value, state->value_length});
    if (span_is(state->name, "Host"))
        take_first(head->host, value);
    else if (span_is(state->name, "User-Agent"))
        take_first(head->user_agent, value);
    else if (span_is(state->name, "Location"))
        take_first(head->location, value);
    else if (span_is(state->name, "Content-Encoding"))
        take_first(head->encoding, value);
    else if (span_is(state->name, "WWW-Authenticate"))
        take_first(head->challenge, value);
    else if (span_is(state->name, "Content-Length"))
        return take_content_length(head, value);
    else if (span_is(state->name, "Transfer-Encoding")) {
        /* Only the last coding delimits the body. */
        const char *comma = memrchr(value.text, ',', value.length);
        size_t skipped = comma ? (size_t)(comma + 1 - value.text) : 0;
        struct span last = {value.text + skipped, value.length - skipped};
        head->chunked = span_is(trimmed(last), "chunked");
    }
    return true;
}

static void append_value(struct state *state, struct span text)
{
    size_t room = sizeof state->value - 1 - state->value_length;
    size_t length = text.length < room ? text.length : room;
    memcpy(state->value + state->value_length, text.text, length);
    state->value_length += length;
}

static bool parse_header_line(struct span line, struct state *state)
{
    if (line.text[0] == ' ' || line.text[0] == '\t') { /* folded, RFC 9112 section 5.2 */
        append_value(state, (struct span){" ", 1});
        append_value(state, trimmed(line));
        return state->name.length > 0;
    }
    const char *colon = memchr(line.text, ':', line.length);
    if (!colon || !finish_header(state))
        return false;
    size_t name_length = (size_t)(colon - line.text);
    state->name = (struct span){line.text, name_length};
    state->value_length = 0;
    append_value(state, trimmed((struct span){colon + 1, line.length - name_length - 1}));
    return is_token(state->name);
}

/* The next line without its CR LF or bare LF; false if its end is not there yet, in which case
 * *ret_line is what there is of it. */
static bool next_line(struct cursor *cursor, struct span *ret_line)
{
    size_t left = cursor_left(cursor);
    const char *start = (const char *)cursor_take(cursor, left);
    const char *end = memchr(start, '\n', left);
    size_t length = end ? (size_t)(end - start) : left;
    cursor->position -= left - length - (end != NULL);
    if (length > 0 && start[length - 1] == '\r')
        length--;
    *ret_line = (struct span){start, length};
    return end != NULL;
}

static enum http_head_result finish_head(struct state *state, size_t head_bytes,
                                         struct http_head *ret_head)
{
    if (!finish_header(state))
        return HTTP_HEAD_BAD;
    /* RFC 9112 section 6.3: the transfer coding overrides the length. */
    if (state->head.chunked) {
        state->head.has_content_length = false;
        state->head.content_length = 0;
    }
    state->head.head_bytes = head_bytes;
    *ret_head = state->head;
    return state->response ? HTTP_HEAD_RESPONSE : HTTP_HEAD_REQUEST;
}

enum http_head_result http_head_parse(const uint8_t *bytes, size_t length,
                                      struct http_head *ret_head)
{
    struct cursor cursor;
    cursor_init(&cursor, bytes, length < HTTP_HEAD_MAX ? length : HTTP_HEAD_MAX);
    struct state state = {.name = {"", 0}};
    struct span line;
    bool started = false;
    while (next_line(&cursor, &line)) {
        if (!is_text(line))
            return HTTP_HEAD_BAD;
        if (!started && line.length == 0)
            continue; /* RFC 9112 section 2.2: left over from a body before */
        if (started && line.length == 0)
            return finish_head(&state, cursor.position, ret_head);
        if (started ? !parse_header_line(line, &state) : !parse_start_line(line, &state))
            return HTTP_HEAD_BAD;
        started = true;
    }
    bool possible = is_text(line) && (started || line.length == 0 || may_be_start_line(line));
    return possible && length < HTTP_HEAD_MAX ? HTTP_HEAD_PARTIAL : HTTP_HEAD_BAD;
}
