/* SPDX-License-Identifier: MIT */
/* What a server answers: a word, a status, a map, or a list of them. */
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/base/suggest.h"
#include "harness/scenario/language.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    STATUS_MIN = 100,
    STATUS_MAX = 599,
    STATUS_OK = 200,
    STATUS_FOUND = 302,
    STATUS_FORBIDDEN = 403,
    STATUS_NOT_FOUND = 404,
    STATUS_SERVER_ERROR = 500,
};
#define RATE_MAX UINT64_C(1000000000)
#define TRUNCATE_MAX UINT64_C(1000000000)
#define HEAD_LINE_MAX_US DURATION_H

struct behaviour_draft { /* a behaviour while it is read */
    struct behaviour behaviour;
    enum scenario_server server;
    enum behaviour_kind named_kind; /* BEHAVIOUR_STATUS = not by name, or by a wrong one */
    const struct node *named;       /* the key that says it; NULL = none */
};

/* `profile` is EDOS's, `config` the provisioning server's. */
static enum behaviour_kind foreign_kind(enum scenario_server server)
{
    return server == SERVER_EDOS ? BEHAVIOUR_CONFIG : BEHAVIOUR_PROFILE;
}

static enum behaviour_kind own_kind(enum scenario_server server)
{
    return server == SERVER_EDOS ? BEHAVIOUR_PROFILE : BEHAVIOUR_CONFIG;
}

static const char *own_word(enum scenario_server server)
{
    return behaviour_words[own_kind(server)].word;
}

/* --- words --- */

static bool read_kind(struct parse *parse, const struct node *node, struct behaviour_draft *draft)
{
    const char *allowed[BEHAVIOUR_KINDS], *suggestion = NULL;
    const char *text = node->kind == NODE_SCALAR ? node->text : NULL;
    char joined[WORDS_TEXT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < BEHAVIOUR_KINDS; i++) {
        const struct behaviour_word *row = &behaviour_words[i];
        if (!(draft->server == SERVER_EDOS ? row->edos : row->provision) ||
            !(row->plain || i == BEHAVIOUR_STATUS))
            continue;
        allowed[count++] = row->word;
        if (text && row->plain && strcmp(text, row->word) == 0) {
            draft->named_kind = (enum behaviour_kind)i;
            return true;
        }
    }
    if (text && strcmp(text, behaviour_words[foreign_kind(draft->server)].word) == 0)
        suggestion = own_word(draft->server);
    else if (text && strcmp(text, "tls") != 0)
        suggestion = suggest_nearest(text, allowed, count);
    parse_expected(parse, node, suggestion, "a behaviour of `%s` (%s, or a map)",
                   server_words[draft->server], words_join(allowed, count, joined));
    return false;
}

#define STATUS                                                                                   \
    {.key = "status",                                                                            \
     NUMBER_AT(struct behaviour_draft, behaviour.status, unsigned, "an HTTP status", STATUS_MIN, \
               STATUS_MAX)}

static void read_scalar(struct parse *parse, const struct node *node, struct behaviour_draft *draft)
{
    if (isdigit((unsigned char)*node->text))
        field_read(parse, node, &(struct field)STATUS, draft);
    else
        read_kind(parse, node, draft);
}

/* --- maps --- */

/* What the answer is may be said once: `behaviour`, `profile`, `config`, `tftp-error`, or by status
 * and body. */
static bool name_once(struct parse *parse, const struct node *value, struct behaviour_draft *draft)
{
    if (draft->named) {
        parse_error(parse, value->key->place,
                    "expected one of behaviour, profile, config, tftp-error in a behaviour, found "
                    "`%s:` beside `%s:`",
                    value->key->text, draft->named->key->text);
        return false;
    }
    draft->named = value;
    return true;
}

static void read_behaviour(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    if (!name_once(parse, value, draft))
        return;
    if (value->kind == NODE_SCALAR && isdigit((unsigned char)*value->text))
        parse_error(parse, value->place,
                    "expected a word after `behaviour:`, found `%s`; did you "
                    "mean `status: %s`?",
                    value->text, value->text);
    else
        read_kind(parse, value, draft);
}

static void read_parameters(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    struct behaviour *behaviour = &draft->behaviour;
    const char *own = own_word(draft->server);
    if (!name_once(parse, value, draft))
        return;
    if (strcmp(value->key->text, own) != 0) {
        parse_expected(parse, value->key, own, "a key of a behaviour of `%s`",
                       server_words[draft->server]);
        return;
    }
    draft->named_kind = own_kind(draft->server);
    value_phone_parameters(parse, value, &behaviour->parameters, &behaviour->parameter_count);
    for (size_t i = 0; i < behaviour->parameter_count; i++) {
        const struct node *item = node_child(value, behaviour->parameters[i].name);
        value_names_known(parse, item, behaviour->parameters[i].value);
    }
}

static void read_body(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    const char *text;
    if (!value_scalar(parse, value, "a text (\"\" for an empty one)", &text) ||
        !value_names_known(parse, value, text))
        return;
    draft->behaviour.body = (const uint8_t *)text;
    draft->behaviour.body_length = strlen(text);
    draft->behaviour.body_has_names = strstr(text, "${") != NULL;
}

/* --- `file:`: the bytes that a server is to answer with --- */

/* What is wrong with it is in the error. */
static int read_bytes(struct parse *parse, const char *path, const uint8_t **ret_bytes,
                      size_t *ret_length, struct error *error)
{
    uint8_t *bytes;
    int result = file_read(path, BODY_FILE_BYTES_MAX, &bytes, ret_length, error);
    if (result < 0)
        return result;
    uint8_t *kept = parse_keep(parse, *ret_length, 1);
    if (kept)
        memcpy(kept, bytes, *ret_length);
    *ret_bytes = kept;
    free(bytes);
    return 0;
}

/* The bytes of `file:`; from the scenario's arena. */
static bool body_file_read(struct parse *parse, const struct node *node, const uint8_t **ret_bytes,
                           size_t *ret_length)
{
    const char *name, *wrong = NULL;
    struct error error;
    char path[PATH_MAX], found[NODE_FOUND_MAX];
    if (!value_text(parse, node, "the name of a file beside the scenario", &name))
        return false;
    if (*name == '/') {
        parse_expected(parse, node, NULL, "a file's path from the scenario's folder");
        return false;
    }
    if (parse_draft(parse)->without_bodies) {
        *ret_bytes = NULL;
        *ret_length = 0;
        return true;
    }
    const char *directory = parse_draft(parse)->directory;
    int length = snprintf(path, sizeof path, "%s/%s", directory ? directory : "", name);
    if (!directory)
        wrong = "there is no folder to look in";
    else if (length < 0 || (size_t)length >= sizeof path)
        wrong = "its path is too long";
    else if (read_bytes(parse, path, ret_bytes, ret_length, &error) < 0)
        wrong = error.text;
    if (wrong)
        parse_error(parse, node->place, "expected a file that can be read, found %s: %s",
                    node_quote(name, found), wrong);
    return !wrong;
}

static void read_file(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    body_file_read(parse, value, &draft->behaviour.body, &draft->behaviour.body_length);
}

/* RFC 9110 section 5.6.2 */
static bool is_token(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("!#$%&'*+-.^_`|~", *text))
            return false;
    return true;
}

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static void check_header(struct parse *parse, const struct node *node)
{
    if (node->kind != NODE_SCALAR)
        return; /* has been refused */
    if (strcasecmp(node->key->text, "Content-Length") == 0 ||
        strcasecmp(node->key->text, "Transfer-Encoding") == 0)
        parse_expected(parse, node->key, NULL,
                       "a header that the server does not set itself (`truncate:` makes a wrong "
                       "length)");
    if (is_one_line(node->text))
        value_names_known(parse, node, node->text);
    else
        parse_expected(parse, node, NULL, "a header's value without control characters");
}

static void read_headers(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    value_parameters(parse, value, "a map of header names to values", is_token,
                     "the name of an HTTP header such as Retry-After", &draft->behaviour.headers,
                     &draft->behaviour.header_count);
    for (const struct node *item = value->first; value->kind == NODE_MAP && item; item = item->next)
        check_header(parse, item);
}

static void read_redirect(struct parse *parse, const struct node *value, void *target)
{
    const char *text;
    if (!value_text(parse, value, "a URL", &text) || !value_names_known(parse, value, text))
        return;
    if (is_one_line(text) && !strchr(text, ' '))
        *(const char **)target = text;
    else
        parse_expected(parse, value, NULL, "a URL without spaces and control characters");
}

/* --- what goes wrong below the answer, in a TFTP transfer --- */

/* EDOS has no TFTP. */
static bool is_over_tftp(struct parse *parse, const struct node *value,
                         const struct behaviour_draft *draft)
{
    if (draft->server == SERVER_PROVISION)
        return true;
    parse_expected(parse, value->key, NULL,
                   "a key of a behaviour of `edos`, which is not asked over TFTP");
    return false;
}

static void read_tftp_error(struct parse *parse, const struct node *value, void *target)
{
    enum { ERROR_NOT_FOUND = 1, ERROR_ACCESS = 2 }; /* RFC 1350, appendix */
    struct behaviour_draft *draft = target;
    uint64_t code;
    if (!is_over_tftp(parse, value, draft) || !name_once(parse, value, draft) ||
        !value_number(parse, value, "an error code of TFTP", 0, TFTP_ERROR_CODE_MAX, &code))
        return;
    draft->named_kind = BEHAVIOUR_TFTP_ERROR;
    draft->behaviour.tftp_error = (unsigned)code;
    draft->behaviour.status = code == ERROR_NOT_FOUND ? STATUS_NOT_FOUND
                              : code == ERROR_ACCESS  ? STATUS_FORBIDDEN
                                                      : STATUS_SERVER_ERROR;
}

/* A fault that is there or is not. */
static bool value_true(struct parse *parse, const struct node *value)
{
    const char *text;
    if (!value_text(parse, value, "`true`", &text))
        return false;
    if (strcmp(text, "true") == 0)
        return true;
    parse_expected(parse, value, "true", "`true`");
    return false;
}

static void read_block(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    struct behaviour *behaviour = &draft->behaviour;
    const char *key = value->key->text;
    uint64_t block;
    if (is_over_tftp(parse, value, draft) &&
        value_number(parse, value, "the number of a block", 1, TFTP_FAULT_BLOCK_MAX, &block))
        *(strcmp(key, "drop-block") == 0        ? &behaviour->drop_block
          : strcmp(key, "duplicate-block") == 0 ? &behaviour->duplicate_block
          : strcmp(key, "reorder-block") == 0   ? &behaviour->reorder_block
                                                : &behaviour->stray_block) = (unsigned)block;
}

static void read_no_options(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    if (is_over_tftp(parse, value, draft))
        draft->behaviour.no_options = value_true(parse, value);
}

/* --- what goes wrong with the answer over HTTP --- */

/* How its end is told is said once. */
static bool frame_once(struct parse *parse, const struct node *value,
                       const struct behaviour_draft *draft)
{
    if (draft->behaviour.framing == BEHAVIOUR_FRAMING_TRUE)
        return true;
    parse_error(parse, value->key->place,
                "expected one of length, chunked, endless, endless-head in a behaviour, found "
                "another `%s:`",
                value->key->text);
    return false;
}

static void read_length(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    if (frame_once(parse, value, draft) &&
        value_number(parse, value, "a length to announce, in bytes", 0, TRUNCATE_MAX,
                     &draft->behaviour.length_bytes))
        draft->behaviour.framing = BEHAVIOUR_FRAMING_LENGTH;
}

static void read_chunked(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    const char *text;
    if (!frame_once(parse, value, draft) || !value_text(parse, value, "`broken`", &text))
        return;
    if (strcmp(text, "broken") == 0)
        draft->behaviour.framing = BEHAVIOUR_FRAMING_CHUNKED;
    else
        parse_expected(parse, value, "broken", "`broken`, which is all that chunks can be");
}

static void read_endless(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    if (frame_once(parse, value, draft) && value_true(parse, value))
        draft->behaviour.framing = strcmp(value->key->text, "endless") == 0
                                       ? BEHAVIOUR_FRAMING_ENDLESS
                                       : BEHAVIOUR_FRAMING_ENDLESS_HEAD;
}

static void read_slow_head(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    uint64_t line_us;
    if (!value_duration(parse, value, 1, &line_us))
        return;
    if (line_us > HEAD_LINE_MAX_US)
        parse_expected(parse, value, NULL, "a time between two lines, at most an hour");
    else
        draft->behaviour.head_line_us = line_us;
}

/* --- what a phone needs to be let in, and to read what it gets --- */

static void read_secret(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    struct behaviour *behaviour = &draft->behaviour;
    const char *key = value->key->text, *text;
    bool user = strcmp(key, "user") == 0;
    if (!value_text(parse, value, "a text", &text))
        return;
    if (!is_one_line(text) || *text == '\0' || strlen(text) > BEHAVIOUR_KEY_MAX ||
        (user && strchr(text, ':')))
        parse_expected(parse, value, NULL, "a text of 1 to %d bytes without control characters%s",
                       BEHAVIOUR_KEY_MAX, user ? " and colons" : "");
    else
        *(strcmp(key, "key") == 0 ? &behaviour->key
          : user                  ? &behaviour->user
                                  : &behaviour->password) = text;
}

/* --- what goes together --- */

/* Complains of these keys (NULL behind the last) beside a behaviour that has no use for them. */
static void refuse_beside(struct parse *parse, const struct node *map, const char *word,
                          const char *const *keys)
{
    for (; *keys; keys++) {
        const struct node *value = node_child(map, *keys);
        if (value)
            parse_error(parse, value->key->place,
                        "expected no `%s:` with the behaviour `%s`, found one", value->key->text,
                        word);
    }
}
#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TFTP_FAULTS "drop-block", "duplicate-block", "reorder-block", "wrong-tid", "no-options"

/* A behaviour by name has its own status and body; one that never answers has nothing at all. */
static void check_named(struct parse *parse, const struct node *map,
                        const struct behaviour_draft *draft)
{
    const struct behaviour_word *row = &behaviour_words[draft->named_kind];
    if (draft->named_kind == BEHAVIOUR_STATUS)
        return; /* by a wrong name: that was the mistake */
    refuse_beside(parse, map, row->word, KEYS("status", "body", "file", "redirect"));
    if (!row->answers)
        refuse_beside(parse, map, row->word, KEYS("delay"));
    if (!row->transfers)
        refuse_beside(parse, map, row->word, KEYS("headers", TFTP_FAULTS));
    if (!row->transfers)
        refuse_beside(parse, map, row->word, KEYS("slow-head", "authenticate", "user", "password"));
    if (!row->has_body)
        refuse_beside(parse, map, row->word,
                      KEYS("rate", "truncate", "length", "chunked", "endless", "endless-head",
                           "encode", "key"));
    if (!row->has_handshake)
        refuse_beside(parse, map, row->word, KEYS("tls"));
}

static void check_status(struct parse *parse, const struct node *map, struct behaviour_draft *draft)
{
    struct behaviour *behaviour = &draft->behaviour;
    const struct node *status = node_child(map, "status"), *body = node_child(map, "body"),
                      *file = node_child(map, "file"), *truncate = node_child(map, "truncate"),
                      *redirect = node_child(map, "redirect");
    if (!status)
        behaviour->status = redirect ? STATUS_FOUND : STATUS_OK;
    else if (redirect && behaviour->status && behaviour->status / 100 != 3)
        parse_expected(parse, status, NULL, "a status from 300 to 399 beside `redirect:`");
    if (body && file)
        parse_error(parse, file->key->place, "expected either `body:` or `file:`, found both");
    if (node_child(map, "encode") && !body && !file)
        parse_error(parse, node_child(map, "encode")->key->place,
                    "expected a `body:` or `file:` to encode, found none");
    if (truncate && !body && !file)
        parse_error(parse, truncate->key->place,
                    "expected a `body:` or `file:` to truncate, found none");
    else if (truncate && behaviour->body && !behaviour->body_has_names &&
             behaviour->truncate_bytes != BEHAVIOUR_TRUNCATE_NONE &&
             behaviour->truncate_bytes >= behaviour->body_length)
        parse_expected(parse, truncate, NULL, "fewer bytes than the body has (%zu)",
                       behaviour->body_length);
}

/* An answer that breaks off has its true length, and a real one. */
static void check_framing(struct parse *parse, const struct node *map,
                          const struct behaviour_draft *draft)
{
    static const char *const words[] = {
        [BEHAVIOUR_FRAMING_LENGTH] = "length",
        [BEHAVIOUR_FRAMING_CHUNKED] = "chunked",
        [BEHAVIOUR_FRAMING_ENDLESS] = "endless",
        [BEHAVIOUR_FRAMING_ENDLESS_HEAD] = "endless-head",
    };
    const struct node *truncate = node_child(map, "truncate");
    if (draft->behaviour.framing != BEHAVIOUR_FRAMING_TRUE && truncate)
        parse_error(parse, truncate->key->place, "expected no `truncate:` beside `%s:`, found one",
                    words[draft->behaviour.framing]);
    if (draft->behaviour.head_line_us > 0 && truncate)
        parse_error(parse, truncate->key->place,
                    "expected no `truncate:` beside `slow-head:`, found one");
}

/* `what` is of no use without `with`; so is the other way round if `both`. */
static void need_beside(struct parse *parse, const struct node *map, const char *what,
                        const char *with, bool both)
{
    const struct node *first = node_child(map, what), *second = node_child(map, with);
    if (first && !second)
        parse_error(parse, first->key->place, "expected `%s:` beside `%s:`, found none", with,
                    what);
    if (both && second && !first)
        parse_error(parse, second->key->place, "expected `%s:` beside `%s:`, found none", what,
                    with);
}

static void check_secrets(struct parse *parse, const struct node *map,
                          const struct behaviour_draft *draft)
{
    bool keyless = draft->behaviour.encoding == BEHAVIOUR_ENCODING_GZIP;
    const struct node *key = node_child(map, "key");
    need_beside(parse, map, "key", "encode", draft->behaviour.encoding != 0 && !keyless);
    if (key && keyless)
        parse_error(parse, key->key->place, "expected no `key:` beside `encode: gzip`, found one");
    need_beside(parse, map, "authenticate", "user", true);
    need_beside(parse, map, "authenticate", "password", true);
}

static bool complain_of_word_as_key(struct parse *parse, const struct node *node)
{
    for (size_t i = 0; i < BEHAVIOUR_KINDS; i++) {
        const struct behaviour_word *row = &behaviour_words[i];
        const struct node *value =
            row->plain && row->edos && row->provision ? node_child(node, row->word) : NULL;
        if (!value)
            continue;
        parse_error(parse, value->key->place,
                    "expected a key of a behaviour, found `%s`; did you mean `behaviour: %s`?",
                    value->key->text, value->key->text);
        return true;
    }
    return false;
}

static bool has_any(const struct node *map, const char *const *keys)
{
    for (; *keys; keys++)
        if (node_child(map, *keys))
            return true;
    return false;
}

static void read_map(struct parse *parse, const struct node *node, struct behaviour_draft *draft)
{
    static const struct field fields[] = {
        {.key = "behaviour", .read = read_behaviour},
        {.key = "profile", .read = read_parameters},
        {.key = "config", .read = read_parameters},
        STATUS,
        {.key = "headers", .read = read_headers},
        {.key = "body", .read = read_body},
        {.key = "file", .read = read_file},
        {.key = "redirect",
         .read = read_redirect,
         MEMBER_AT(struct behaviour_draft, behaviour.redirect, const char *)},
        {.key = "delay", DURATION_AT(struct behaviour_draft, behaviour.delay_us, 0)},
        {.key = "rate",
         NUMBER_AT(struct behaviour_draft, behaviour.rate_bytes_per_s, uint64_t, "bytes a second",
                   1, RATE_MAX)},
        {.key = "truncate",
         NUMBER_AT(struct behaviour_draft, behaviour.truncate_bytes, uint64_t, "bytes of the body",
                   0, TRUNCATE_MAX)},
        {.key = "times",
         NUMBER_AT(struct behaviour_draft, behaviour.times, unsigned, "how many requests get it", 1,
                   BEHAVIOUR_TIMES_MAX)},
        {.key = "tls",
         WORD_AT(struct behaviour_draft, behaviour.tls, behaviour_tls,
                 "what happens at the TLS handshake", tls_words, BEHAVIOUR_TLS_EXPIRED,
                 BEHAVIOUR_TLS_KINDS)},
        {.key = "tftp-error", .read = read_tftp_error},
        {.key = "length", .read = read_length},
        {.key = "chunked", .read = read_chunked},
        {.key = "endless", .read = read_endless},
        {.key = "endless-head", .read = read_endless},
        {.key = "slow-head", .read = read_slow_head},
        {.key = "encode",
         WORD_AT(struct behaviour_draft, behaviour.encoding, behaviour_encoding,
                 "how the body is encoded", encoding_words, BEHAVIOUR_ENCODING_GZIP,
                 BEHAVIOUR_ENCODINGS)},
        {.key = "key", .read = read_secret},
        {.key = "authenticate",
         WORD_AT(struct behaviour_draft, behaviour.authentication, behaviour_authentication,
                 "how clients say who they are", authentication_words,
                 BEHAVIOUR_AUTHENTICATION_BASIC, BEHAVIOUR_AUTHENTICATIONS)},
        {.key = "user", .read = read_secret},
        {.key = "password", .read = read_secret},
        {.key = "drop-block", .read = read_block},
        {.key = "duplicate-block", .read = read_block},
        {.key = "reorder-block", .read = read_block},
        {.key = "wrong-tid", .read = read_block},
        {.key = "no-options", .read = read_no_options},
    };
    size_t problems = parse->problems;
    if (complain_of_word_as_key(parse, node) ||
        !fields_read(parse, node, "a behaviour", fields, FIELDS_COUNT(fields), draft))
        return;
    if (draft->behaviour.tls ==
        BEHAVIOUR_TLS_ABORT) { /* nothing comes of what was to be answered */
        refuse_beside(parse, node, "tls: abort",
                      KEYS("status", "body", "file", "headers", "redirect", "delay", "rate",
                           "truncate", "length", "chunked", "endless", "endless-head", "slow-head",
                           "encode", "key", "authenticate", "user", "password", TFTP_FAULTS));
        if (draft->named)
            refuse_beside(parse, node, "tls: abort", KEYS(draft->named->key->text));
    }
    check_framing(parse, node, draft);
    check_secrets(parse, node, draft);
    if (draft->named)
        check_named(parse, node, draft);
    else if (has_any(node, KEYS("status", "body", "file", "redirect")))
        check_status(parse, node, draft);
    else if (has_any(node, KEYS("tls", "length", "chunked", "endless", "endless-head", "slow-head",
                                "encode", "authenticate", TFTP_FAULTS)))
        draft->named_kind = own_kind(draft->server); /* what is usual, but for the fault */
    else if (parse->problems == problems)
        parse_error(
            parse, node->place,
            "expected what to answer (behaviour, %s, status, body, file, redirect or tls%s), found "
            "none of them",
            own_word(draft->server),
            draft->server == SERVER_PROVISION ? ", tftp-error, drop-block, duplicate-block, "
                                                "reorder-block, wrong-tid, no-options"
                                              : "");
}

static void read_item(struct parse *parse, const struct node *node, enum scenario_server server,
                      struct behaviour *ret_behaviour)
{
    struct behaviour_draft draft = {
        .server = server,
        .named_kind = BEHAVIOUR_STATUS,
        .behaviour = {.truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1, .place = node->place}};
    if (node->kind == NODE_MAP)
        read_map(parse, node, &draft);
    else if (node->kind == NODE_SCALAR)
        read_scalar(parse, node, &draft);
    else
        read_kind(parse, node, &draft); /* complains */
    draft.behaviour.kind = draft.named_kind;
    if (draft.named_kind != BEHAVIOUR_STATUS && draft.named_kind != BEHAVIOUR_TFTP_ERROR)
        draft.behaviour.status = STATUS_OK;
    *ret_behaviour = draft.behaviour;
}

bool behaviours_read(struct parse *parse, const struct node *node, struct behaviour_list *ret_list)
{
    enum scenario_server server =
        strcmp(node->key->text, server_words[SERVER_EDOS]) == 0 ? SERVER_EDOS : SERVER_PROVISION;
    size_t problems = parse->problems;
    bool list = node->kind == NODE_LIST;
    if (list && !value_is_list(parse, node, "at least one behaviour"))
        return false;
    size_t count = list ? node->count : 1;
    struct behaviour *items = parse_keep(parse, count, sizeof *items);
    if (!items)
        return false;
    size_t used = 0;
    for (const struct node *item = list ? node->first : node; item; item = list ? item->next : NULL)
        read_item(parse, item, server, &items[used++]);
    *ret_list = (struct behaviour_list){items, used};
    return parse->problems == problems && node->kind != NODE_BROKEN;
}
