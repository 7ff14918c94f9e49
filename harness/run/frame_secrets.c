/* SPDX-License-Identifier: MIT */
#include "harness/run/frame_secrets.h"
#include "harness/base/buffer.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/frame.h"
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 1 << 16, TCP_CHECKSUM_OFFSET = 16, PROVING_BYTES = 3 };

struct pattern {
    char *text; /* owned */
    size_t length;
    size_t open_bytes; /* at its beginning: no secret, it only tells that one follows */
};
struct flow { /* one direction of a connection */
    uint32_t source, destination;
    uint16_t source_port, destination_port;
};
struct range { /* of a flow's bytes, where a pattern was seen or begins */
    struct flow flow;
    uint32_t sequence;
    const struct pattern *pattern; /* NULL = none yet */
};

struct frame_secrets {
    uint32_t address;
    struct pattern patterns[FRAME_SECRETS_PATTERNS_MAX];
    size_t pattern_count, next_range;
    struct range ranges[FRAME_SECRETS_RANGES_MAX];
    uint8_t copy[FRAME_SECRETS_BYTES_MAX];
};

struct view { /* one frame being looked at */
    struct frame_secrets *secrets;
    const uint8_t *bytes;
    size_t length, offset; /* of the frame; of the payload in it */
    struct frame frame;
    bool copied;
};

/* --- what is looked for --------------------------------------------------------------------- */

/* text: taken over, wiped and freed in any case. */
static int add_pattern(struct frame_secrets *secrets, struct buffer *text, size_t open_bytes,
                       struct error *error)
{
    int result = 0;
    char *copy = text->failed ? NULL : strdup(buffer_string(text));
    if (!copy)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    else if (secrets->pattern_count == FRAME_SECRETS_PATTERNS_MAX)
        result = error_set(error, ERROR_LIMIT, "more than %d logins in one capture",
                           FRAME_SECRETS_PATTERNS_MAX);
    if (result == 0)
        secrets->patterns[secrets->pattern_count++] =
            (struct pattern){.text = copy, .length = strlen(copy), .open_bytes = open_bytes};
    else
        free(copy);
    if (text->data)
        explicit_bzero(text->data, text->length);
    buffer_done(text);
    return result;
}

/* RFC 7617: the base64 of "user:password"; what stands for the user alone is no secret. */
static int add_basic(struct frame_secrets *secrets, const char *user, const char *password,
                     struct error *error)
{
    struct buffer login, encoded;
    gnutls_datum_t base64 = {0};
    buffer_init(&login, TEXT_BYTES_MAX);
    buffer_init(&encoded, 2 * TEXT_BYTES_MAX);
    buffer_format(&login, "%s:%s", user, password);
    gnutls_datum_t plain = {.data = login.data, .size = (unsigned)login.length};
    if (login.failed || gnutls_base64_encode2(&plain, &base64) < 0)
        encoded.failed = true;
    else
        buffer_append(&encoded, base64.data, base64.size);
    if (base64.data)
        explicit_bzero(base64.data, base64.size);
    gnutls_free(base64.data);
    if (login.data)
        explicit_bzero(login.data, login.length);
    buffer_done(&login);
    return add_pattern(secrets, &encoded, (strlen(user) + 1) / 3 * 4, error);
}

static int add_text(struct frame_secrets *secrets, const char *before, const char *secret,
                    bool percent_encoded, struct error *error)
{
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    buffer_text(&text, before);
    if (percent_encoded)
        buffer_url_encoded(&text, secret);
    else
        buffer_text(&text, secret);
    return add_pattern(secrets, &text, strlen(before), error);
}

int frame_secrets_add(struct frame_secrets *secrets, const char *user, const char *password,
                      struct error *error)
{
    char key[64];
    snprintf(key, sizeof key, "%s=", vendor_default()->page.query_password);
    TRY(add_basic(secrets, user, password, error));
    TRY(add_text(secrets, key, password, true, error));
    TRY(add_text(secrets, key, password, false, error));
    if (strlen(password) >= FRAME_SECRETS_PLAIN_MIN)
        TRY(add_text(secrets, "", password, false, error));
    return 0;
}

int frame_secrets_new(uint32_t address, struct frame_secrets **ret_secrets, struct error *error)
{
    struct frame_secrets *secrets = calloc(1, sizeof *secrets);
    if (!secrets)
        return error_set(error, ERROR_MEMORY, "out of memory");
    secrets->address = address;
    *ret_secrets = secrets;
    return 0;
}

void frame_secrets_free(struct frame_secrets *secrets)
{
    if (!secrets)
        return;
    for (size_t i = 0; i < secrets->pattern_count; i++) {
        explicit_bzero(secrets->patterns[i].text, secrets->patterns[i].length);
        free(secrets->patterns[i].text);
    }
    free(secrets);
}

/* --- hiding --------------------------------------------------------------------------------- */

/* Of the payload. The search goes on in the original: patterns may overlap. */
static void hide(struct view *view, size_t from, size_t length)
{
    struct frame_secrets *secrets = view->secrets;
    if (!view->copied)
        memcpy(secrets->copy, view->bytes, view->length);
    view->copied = true;
    memset(secrets->copy + view->offset + from, FRAME_SECRETS_MARK, length);
}

static struct flow flow_of(const struct frame *frame)
{
    return (struct flow){.source = frame->source,
                         .destination = frame->destination,
                         .source_port = frame->source_port,
                         .destination_port = frame->destination_port};
}

static bool is_same_flow(const struct flow *one, const struct flow *other)
{
    return one->source == other->source && one->destination == other->destination &&
           one->source_port == other->source_port &&
           one->destination_port == other->destination_port;
}

/* A pattern that begins `begin` bytes behind the payload's first (negative: in an earlier segment).
 * Hides what of it is here, if it is it. One or two characters prove nothing: they may end any
 * word. */
static bool hide_pattern(struct view *view, const struct pattern *pattern, int64_t begin)
{
    size_t skipped = begin < 0 ? (size_t)-begin : 0, at = begin > 0 ? (size_t)begin : 0;
    const struct frame *frame = &view->frame;
    if (skipped >= pattern->length || at >= frame->payload_length)
        return false;
    size_t here = pattern->length - skipped, left = frame->payload_length - at;
    here = here < left ? here : left;
    if (memcmp(frame->payload + at, pattern->text + skipped, here) != 0)
        return false;
    size_t open = pattern->open_bytes > skipped ? pattern->open_bytes - skipped : 0;
    bool proves_nothing = skipped == 0 && here < PROVING_BYTES && here < pattern->length;
    if (open < here && !proves_nothing)
        hide(view, at + open, here - open);
    return true;
}

static void remember(struct view *view, const struct pattern *pattern, size_t begin)
{
    struct frame_secrets *secrets = view->secrets;
    uint32_t sequence = view->frame.sequence + (uint32_t)begin;
    struct flow flow = flow_of(&view->frame);
    for (size_t i = 0; i < FRAME_SECRETS_RANGES_MAX; i++) {
        const struct range *known = &secrets->ranges[i];
        if (known->pattern == pattern && known->sequence == sequence &&
            is_same_flow(&known->flow, &flow))
            return;
    }
    secrets->ranges[secrets->next_range] =
        (struct range){.flow = flow, .sequence = sequence, .pattern = pattern};
    secrets->next_range = (secrets->next_range + 1) % FRAME_SECRETS_RANGES_MAX;
}

static void hide_known(struct view *view)
{
    struct flow flow = flow_of(&view->frame);
    for (size_t i = 0; i < FRAME_SECRETS_RANGES_MAX; i++) {
        const struct range *range = &view->secrets->ranges[i];
        if (range->pattern && is_same_flow(&range->flow, &flow))
            hide_pattern(view, range->pattern, (int32_t)(range->sequence - view->frame.sequence));
    }
}

static void hide_whole(struct view *view, const struct pattern *pattern)
{
    const uint8_t *payload = view->frame.payload, *end = payload + view->frame.payload_length;
    const uint8_t *found = payload;
    while ((found = memmem(found, (size_t)(end - found), pattern->text, pattern->length))) {
        hide_pattern(view, pattern, found - payload);
        remember(view, pattern, (size_t)(found - payload));
        found++;
    }
}

/* What was pushed is whole; a segment that was not may end in the middle. */
static void hide_beginning(struct view *view, const struct pattern *pattern)
{
    size_t length = view->frame.payload_length;
    size_t longest = pattern->length - 1 < length ? pattern->length - 1 : length;
    for (size_t part = longest; part > 0; part--) {
        if (hide_pattern(view, pattern, (int64_t)(length - part)))
            remember(view, pattern, length - part);
    }
}

/* --- the checksum --------------------------------------------------------------------------- */

static uint32_t sum_of(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    return sum;
}

static uint32_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* RFC 1624: by the difference, so that one that was right stays right, and one that was wrong
 * wrong. */
static void mend_checksum(struct view *view, size_t tcp)
{
    uint8_t *field = view->secrets->copy + tcp + TCP_CHECKSUM_OFFSET;
    size_t length = view->frame.payload_length;
    uint32_t before = fold(sum_of(view->bytes + view->offset, length));
    uint32_t after = fold(sum_of(view->secrets->copy + view->offset, length));
    uint32_t old = (uint32_t)field[0] << 8 | field[1];
    uint32_t sum = fold((~old & 0xffff) + (~before & 0xffff) + after);
    field[0] = (uint8_t)(~sum >> 8);
    field[1] = (uint8_t)~sum;
}

/* Its header ends where the payload begins: found from the Ethernet header on. */
static size_t tcp_offset(const struct view *view)
{
    size_t ip = view->bytes[12] == 0x81 && view->bytes[13] == 0 ? 18 : 14;
    return ip + (size_t)(view->bytes[ip] & 15) * 4;
}

const uint8_t *frame_secrets_hide(struct frame_secrets *secrets, const uint8_t *bytes,
                                  size_t *length)
{
    struct view view = {.secrets = secrets, .bytes = bytes};
    if (*length > FRAME_SECRETS_BYTES_MAX)
        *length = FRAME_SECRETS_BYTES_MAX;
    view.length = *length;
    if (!frame_decode(bytes, *length, &view.frame) || view.frame.kind != FRAME_TCP ||
        view.frame.payload_length == 0 ||
        (view.frame.source != secrets->address && view.frame.destination != secrets->address))
        return bytes;
    view.offset = (size_t)(view.frame.payload - bytes);
    hide_known(&view);
    for (size_t i = 0; i < secrets->pattern_count; i++) {
        hide_whole(&view, &secrets->patterns[i]);
        if (!(view.frame.tcp_flags & TCP_PSH))
            hide_beginning(&view, &secrets->patterns[i]);
    }
    if (!view.copied)
        return bytes;
    mend_checksum(&view, tcp_offset(&view));
    return secrets->copy;
}
