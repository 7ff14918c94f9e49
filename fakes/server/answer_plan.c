/* SPDX-License-Identifier: MIT */
#include "fakes/server/answer_plan.h"
#include "fakes/server/encoding.h"
#include "fakes/server/login.h"
#include "fakes/server/profile.h"
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/scenario/load.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { VALUE_BYTES_MAX = 64 * 1024 };

/* The text with its ${…} replaced, in the arena; NULL when a bound is reached. */
static const char *substituted(struct answer_plan *plan, const char *text,
                               const char *const *substitutions)
{
    struct buffer buffer;
    buffer_init(&buffer, VALUE_BYTES_MAX);
    scenario_substitute(text, substitutions, &buffer);
    const char *result = buffer.failed ? NULL : arena_string(&plan->arena, buffer_string(&buffer));
    buffer_done(&buffer);
    return result;
}

static void use_text(struct answer_plan *plan)
{
    plan->body = plan->text.data;
    plan->body_length = plan->text.length;
}

static void make_garbage(struct answer_plan *plan, uint64_t seed)
{
    struct random_source random;
    random_seed_named(&random, seed, "garbage");
    buffer_u8(&plan->text, 0xff); /* begins neither XML nor gzip */
    while (plan->text.length < PLAN_GARBAGE_BYTES)
        buffer_u8(&plan->text, (uint8_t)random_u32(&random));
    use_text(plan);
}

/* A body of the scenario's own may well be a profile. */
static void look_into_body(struct answer_plan *plan, enum fake_role role)
{
    struct buffer retry_delay;
    bool has_retry_delay = false;
    buffer_init(&retry_delay, VALUE_BYTES_MAX);
    if (plan->body_length == 0) {
        plan->content = plan->status == 200 ? CONTENT_EMPTY : CONTENT_NONE;
    } else if (profile_recognise(plan->body, plan->body_length, &has_retry_delay, &retry_delay)) {
        plan->content = role == FAKE_EDOS ? CONTENT_PROFILE : CONTENT_CONFIG;
        if (has_retry_delay && role == FAKE_EDOS)
            plan->retry_delay = arena_string(&plan->arena, buffer_string(&retry_delay));
    } else {
        plan->content = CONTENT_OTHER;
    }
    buffer_done(&retry_delay);
}

static void make_body(struct answer_plan *plan, enum fake_role role,
                      const struct behaviour *behaviour, const char *const *substitutions,
                      uint64_t seed)
{
    const struct vendor_parameter *pace;
    const char *retry_delay;
    switch (behaviour->kind) {
    case BEHAVIOUR_PROFILE:
        profile_write(PROFILE_EDOS, behaviour->parameters, behaviour->parameter_count,
                      substitutions, &plan->text);
        use_text(plan);
        plan->content = CONTENT_PROFILE;
        pace = vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_PACES);
        retry_delay = pace ? profile_value(PROFILE_EDOS, behaviour->parameters,
                                           behaviour->parameter_count, pace->name)
                           : NULL;
        if (retry_delay)
            plan->retry_delay = substituted(plan, retry_delay, substitutions);
        break;
    case BEHAVIOUR_CONFIG:
        profile_write(PROFILE_CONFIG, behaviour->parameters, behaviour->parameter_count,
                      substitutions, &plan->text);
        use_text(plan);
        plan->content = CONTENT_CONFIG;
        break;
    case BEHAVIOUR_GARBAGE:
        make_garbage(plan, seed);
        plan->content = CONTENT_GARBAGE;
        break;
    case BEHAVIOUR_EMPTY:
        plan->content = CONTENT_EMPTY;
        break;
    case BEHAVIOUR_STATUS:
        if (behaviour->body_has_names) {
            scenario_substitute((const char *)behaviour->body, substitutions, &plan->text);
            use_text(plan);
        } else {
            plan->body = behaviour->body;
            plan->body_length = behaviour->body_length;
        }
        look_into_body(plan, role);
        break;
    case BEHAVIOUR_HANG:
    case BEHAVIOUR_RESET:
    case BEHAVIOUR_REFUSE:
    case BEHAVIOUR_TFTP_ERROR:
        break;
    }
}

/* The key in brackets before the URL of a profile's rule, which the phone is to decrypt by. */
static void find_rule_key(struct answer_plan *plan, const struct behaviour *behaviour,
                          const char *const *substitutions)
{
    static const char option[] = "--key";
    const struct vendor_parameter *redirects =
        vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_REDIRECTS);
    const char *rule = redirects ? profile_value(PROFILE_EDOS, behaviour->parameters,
                                                 behaviour->parameter_count, redirects->name)
                                 : NULL;
    const char *text = rule && *rule == '[' ? substituted(plan, rule, substitutions) : NULL;
    const char *at = text ? strstr(text, option) : NULL;
    if (!at)
        return;
    at += sizeof option - 1;
    at += strspn(at, " \t");
    bool quoted = *at == '"';
    at += quoted;
    char key[BEHAVIOUR_KEY_MAX + 1];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(at, quoted ? "\"" : " \t]"), at);
    plan->rule_key = arena_string(&plan->arena, key);
}

static bool encode(struct answer_plan *plan, const struct behaviour *behaviour, uint64_t seed)
{
    static const char *const names[BEHAVIOUR_ENCODINGS] = {
        [BEHAVIOUR_ENCODING_GZIP] = "gzip",
        [BEHAVIOUR_ENCODING_AES128GCM] = "aes128gcm", /* the other is no coding of HTTP's */
    };
    plan->coded = behaviour->encoding;
    if (plan->coded == BEHAVIOUR_ENCODING_NONE)
        return true;
    plan->key = behaviour->key;
    plan->encoding = names[plan->coded];
    if (!encoding_apply(plan->coded, behaviour->key, seed, plan->body, plan->body_length,
                        &plan->encoded))
        return false;
    plan->body = plan->encoded.data;
    plan->body_length = plan->encoded.length;
    return true;
}

/* A client reads as much as was announced to it, and no more. */
static void make_fault(struct answer_plan *plan, enum fake_role role,
                       const struct behaviour *behaviour)
{
    plan->framing = behaviour->framing;
    plan->fault = (struct web_fault){
        .lies = behaviour->framing == BEHAVIOUR_FRAMING_LENGTH,
        .length_bytes = behaviour->length_bytes,
        .broken_chunks = behaviour->framing == BEHAVIOUR_FRAMING_CHUNKED,
        .endless = behaviour->framing == BEHAVIOUR_FRAMING_ENDLESS,
        .endless_head = behaviour->framing == BEHAVIOUR_FRAMING_ENDLESS_HEAD,
        .line_us = behaviour->head_line_us,
    };
    if ((plan->fault.endless || plan->fault.endless_head) && plan->rate_bytes_per_s == 0)
        plan->rate_bytes_per_s = PLAN_ENDLESS_BYTES_PER_S;
    plan->read_bytes = plan->body_length;
    plan->whole = plan->cut_bytes == WEB_NOT_CUT;
    if (plan->fault.broken_chunks || plan->fault.endless || plan->fault.endless_head)
        plan->whole = false;
    if (!plan->fault.lies)
        return;
    plan->whole = plan->fault.length_bytes <= plan->body_length;
    if (plan->fault.length_bytes >= plan->body_length)
        return;
    plan->read_bytes = plan->fault.length_bytes;
    struct answer_plan part = {
        .status = plan->status, .body = plan->body, .body_length = (size_t)plan->read_bytes};
    arena_init(&part.arena, PLAN_TEXT_BYTES_MAX);
    look_into_body(&part, role);
    plan->content = part.content == CONTENT_OTHER ? CONTENT_GARBAGE : part.content;
    arena_done(&part.arena);
}

static bool has_header(const struct behaviour *behaviour, const char *name)
{
    for (size_t i = 0; i < behaviour->header_count; i++)
        if (strcasecmp(behaviour->headers[i].name, name) == 0)
            return true;
    return false;
}

static const char *content_type(const struct answer_plan *plan)
{
    switch (plan->content) {
    case CONTENT_PROFILE:
    case CONTENT_CONFIG:
        return "text/xml";
    case CONTENT_GARBAGE:
        return "application/octet-stream";
    case CONTENT_OTHER:
        return "text/plain";
    case CONTENT_NONE:
    case CONTENT_EMPTY:
        break;
    }
    return NULL;
}

static bool make_headers(struct answer_plan *plan, const struct behaviour *behaviour,
                         const char *const *substitutions)
{
    struct web_header *headers =
        arena_array(&plan->arena, behaviour->header_count + 3, sizeof *headers);
    size_t count = 0;
    bool made = headers != NULL;
    for (size_t i = 0; made && i < behaviour->header_count; i++) {
        const char *value = substituted(plan, behaviour->headers[i].value, substitutions);
        headers[count++] = (struct web_header){behaviour->headers[i].name, value};
        made = value != NULL;
        if (strcasecmp(behaviour->headers[i].name, "Location") == 0)
            plan->redirect = value;
    }
    if (made && content_type(plan) && !has_header(behaviour, "Content-Type"))
        headers[count++] = (struct web_header){"Content-Type", content_type(plan)};
    if (made && plan->encoding && !has_header(behaviour, "Content-Encoding"))
        headers[count++] = (struct web_header){"Content-Encoding", plan->encoding};
    if (made && behaviour->redirect && !has_header(behaviour, "Location")) {
        plan->redirect = substituted(plan, behaviour->redirect, substitutions);
        headers[count++] = (struct web_header){"Location", plan->redirect};
        made = plan->redirect != NULL;
    }
    plan->headers = headers;
    plan->header_count = count;
    return made;
}

static void append_words(struct answer_plan *plan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void append_words(struct answer_plan *plan, const char *format, ...)
{
    size_t used = strlen(plan->words);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(plan->words + used, sizeof plan->words - used, format, arguments);
    va_end(arguments);
}

static void make_words(struct answer_plan *plan)
{
    char text[DURATION_TEXT_MAX];
    if (plan->kind == BEHAVIOUR_STATUS)
        append_words(plan, "%u", plan->status);
    else if (plan->kind == BEHAVIOUR_TFTP_ERROR)
        append_words(plan, "TFTP error %u", plan->tftp_error);
    else
        append_words(plan, "%s", behaviour_words[plan->kind].word);
    if (plan->kind == BEHAVIOUR_HANG || plan->kind == BEHAVIOUR_REFUSE)
        return;
    if (plan->coded != BEHAVIOUR_ENCODING_NONE)
        append_words(plan, ", %s", encoding_words[plan->coded]);
    if (plan->challenge)
        append_words(plan, ", asks who it is (%s)", plan->challenge);
    if (plan->delay_us > 0)
        append_words(plan, ", after %s", duration_format(plan->delay_us, text));
    if (plan->rate_bytes_per_s > 0)
        append_words(plan, ", %" PRIu64 " bytes/s", plan->rate_bytes_per_s);
    if (plan->framing == BEHAVIOUR_FRAMING_LENGTH)
        append_words(plan, ", announces %" PRIu64 " bytes", plan->fault.length_bytes);
    if (plan->framing == BEHAVIOUR_FRAMING_CHUNKED)
        append_words(plan, ", in broken chunks");
    if (plan->framing == BEHAVIOUR_FRAMING_ENDLESS)
        append_words(plan, ", without end");
    if (plan->framing == BEHAVIOUR_FRAMING_ENDLESS_HEAD)
        append_words(plan, ", a head without end");
    if (plan->fault.line_us > 0)
        append_words(plan, ", a line of the head each %s",
                     duration_format(plan->fault.line_us, text));
    if (plan->cut_bytes != WEB_NOT_CUT)
        append_words(plan, ", cut at %" PRIu64, plan->cut_bytes);
    if (plan->drop_block > 0)
        append_words(plan, ", block %u lost", plan->drop_block);
    if (plan->duplicate_block > 0)
        append_words(plan, ", block %u twice", plan->duplicate_block);
    if (plan->reorder_block > 0)
        append_words(plan, ", block %u behind the next", plan->reorder_block);
    if (plan->stray_block > 0)
        append_words(plan, ", block %u from another port too", plan->stray_block);
    if (plan->no_options)
        append_words(plan, ", without options");
}

int answer_plan_init(struct answer_plan *plan, enum fake_role role,
                     const struct behaviour *behaviour, const char *const *substitutions,
                     uint64_t seed, struct error *error)
{
    *plan = (struct answer_plan){.kind = behaviour->kind,
                                 .status = behaviour->status,
                                 .delay_us = behaviour->delay_us,
                                 .rate_bytes_per_s = behaviour->rate_bytes_per_s,
                                 .tftp_error = behaviour->tftp_error,
                                 .drop_block = behaviour->drop_block,
                                 .duplicate_block = behaviour->duplicate_block,
                                 .reorder_block = behaviour->reorder_block,
                                 .stray_block = behaviour->stray_block,
                                 .no_options = behaviour->no_options,
                                 .cut_bytes = WEB_NOT_CUT};
    arena_init(&plan->arena, PLAN_TEXT_BYTES_MAX);
    buffer_init(&plan->text, FAKE_BODY_BYTES_MAX);
    buffer_init(&plan->encoded, FAKE_BODY_BYTES_MAX);
    make_body(plan, role, behaviour, substitutions, seed);
    if (behaviour->kind == BEHAVIOUR_PROFILE)
        find_rule_key(plan, behaviour, substitutions);
    bool encoded = encode(plan, behaviour, seed);
    if (behaviour->truncate_bytes < plan->body_length)
        plan->cut_bytes = behaviour->truncate_bytes;
    bool made = make_headers(plan, behaviour, substitutions);
    make_fault(plan, role, behaviour);
    make_words(plan);
    if (!made || !encoded || plan->text.failed)
        return error_set(error, ERROR_LIMIT, "line %u: the answer is too long",
                         behaviour->place.line);
    return 0;
}

int answer_plan_init_challenge(struct answer_plan *plan, const struct behaviour *behaviour,
                               struct error *error)
{
    enum { UNAUTHORIZED = 401 };
    *plan = (struct answer_plan){.kind = BEHAVIOUR_STATUS,
                                 .status = UNAUTHORIZED,
                                 .challenge = authentication_words[behaviour->authentication],
                                 .whole = true,
                                 .cut_bytes = WEB_NOT_CUT};
    arena_init(&plan->arena, PLAN_TEXT_BYTES_MAX);
    buffer_init(&plan->text, FAKE_BODY_BYTES_MAX);
    struct buffer challenge;
    buffer_init(&challenge, HTTP_LOGIN_HEADER_MAX);
    login_challenge(behaviour, &challenge);
    struct web_header *header = arena_array(&plan->arena, 1, sizeof *header);
    const char *value =
        challenge.failed ? NULL : arena_string(&plan->arena, buffer_string(&challenge));
    buffer_done(&challenge);
    if (!header || !value)
        return error_set(error, ERROR_MEMORY, "no memory for an answer");
    *header = (struct web_header){"WWW-Authenticate", value};
    plan->headers = header;
    plan->header_count = 1;
    make_words(plan);
    return 0;
}

int answer_plan_init_xml(struct answer_plan *plan, const struct buffer *xml, struct error *error)
{
    static const struct behaviour plain = {.status = 200,
                                           .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE};
    *plan = (struct answer_plan){.kind = BEHAVIOUR_CONFIG,
                                 .status = 200,
                                 .content = CONTENT_CONFIG,
                                 .read_bytes = xml->length,
                                 .whole = true,
                                 .cut_bytes = WEB_NOT_CUT};
    arena_init(&plan->arena, PLAN_TEXT_BYTES_MAX);
    buffer_init(&plan->text, FAKE_BODY_BYTES_MAX);
    buffer_append(&plan->text, xml->data, xml->length);
    use_text(plan);
    make_words(plan);
    if (!make_headers(plan, &plain, NULL) || plan->text.failed)
        return error_set(error, ERROR_MEMORY, "no memory for an answer");
    return 0;
}

void answer_plan_done(struct answer_plan *plan)
{
    arena_done(&plan->arena);
    buffer_done(&plan->text);
    buffer_done(&plan->encoded);
}
