/* SPDX-License-Identifier: MIT */
/* What a server answers: a word, a status, a map, or a list of them. */
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

struct behaviour_draft { /* a behaviour while it is read */
    struct behaviour behaviour;
    enum scenario_server server;
    enum behaviour_kind named_kind; /* BEHAVIOUR_STATUS = not by name, or by a wrong one */
    /* The keys given, by their nodes; NULL = not. */
    const struct node *named, *status, *body, *file, *headers, *redirect, *delay, *rate, *truncate;
    const struct node *tls, *drop_block, *duplicate_block;
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

static bool read_status_number(struct parse *parse, const struct node *node,
                               struct behaviour *behaviour)
{
    uint64_t status;
    if (!value_number(parse, node, "an HTTP status", STATUS_MIN, STATUS_MAX, &status))
        return false;
    behaviour->status = (unsigned)status;
    return true;
}

static void read_scalar(struct parse *parse, const struct node *node, struct behaviour_draft *draft)
{
    if (isdigit((unsigned char)*node->text))
        read_status_number(parse, node, &draft->behaviour);
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

static void read_status(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->status = value;
    read_status_number(parse, value, &draft->behaviour);
}

static void read_body(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    const char *text;
    draft->body = value;
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
    draft->file = value;
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
    draft->headers = value;
    value_parameters(parse, value, "a map of header names to values", is_token,
                     "the name of an HTTP header such as Retry-After", &draft->behaviour.headers,
                     &draft->behaviour.header_count);
    for (const struct node *item = value->first; value->kind == NODE_MAP && item; item = item->next)
        check_header(parse, item);
}

static void read_redirect(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    const char *text;
    draft->redirect = value;
    if (!value_text(parse, value, "a URL", &text) || !value_names_known(parse, value, text))
        return;
    if (is_one_line(text) && !strchr(text, ' '))
        draft->behaviour.redirect = text;
    else
        parse_expected(parse, value, NULL, "a URL without spaces and control characters");
}

static void read_delay(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->delay = value;
    value_duration(parse, value, 0, &draft->behaviour.delay_us);
}

static void read_rate(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->rate = value;
    value_number(parse, value, "bytes a second", 1, RATE_MAX, &draft->behaviour.rate_bytes_per_s);
}

static void read_truncate(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->truncate = value;
    value_number(parse, value, "bytes of the body", 0, TRUNCATE_MAX,
                 &draft->behaviour.truncate_bytes);
}

static void read_times(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    uint64_t times;
    if (value_number(parse, value, "how many requests get it", 1, BEHAVIOUR_TIMES_MAX, &times))
        draft->behaviour.times = (unsigned)times;
}

/* --- what goes wrong below the answer: at the TLS handshake, in a TFTP transfer --- */

static void read_tls(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    size_t index;
    draft->tls = value;
    if (value_word(parse, value, "what happens at the TLS handshake",
                   tls_words + BEHAVIOUR_TLS_EXPIRED, BEHAVIOUR_TLS_KINDS - BEHAVIOUR_TLS_EXPIRED,
                   &index))
        draft->behaviour.tls = (enum behaviour_tls)(index + BEHAVIOUR_TLS_EXPIRED);
}

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

static void read_block(struct parse *parse, const struct node *value, struct behaviour_draft *draft,
                       unsigned *ret_block)
{
    uint64_t block;
    if (is_over_tftp(parse, value, draft) &&
        value_number(parse, value, "the number of a block", 1, TFTP_FAULT_BLOCK_MAX, &block))
        *ret_block = (unsigned)block;
}

static void read_drop_block(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->drop_block = value;
    read_block(parse, value, draft, &draft->behaviour.drop_block);
}

static void read_duplicate_block(struct parse *parse, const struct node *value, void *target)
{
    struct behaviour_draft *draft = target;
    draft->duplicate_block = value;
    read_block(parse, value, draft, &draft->behaviour.duplicate_block);
}

/* --- what goes together --- */

/* Complains of a value (NULL: there is none) beside a behaviour that has no use for it. */
static void refuse_beside(struct parse *parse, const struct node *value, const char *word)
{
    if (value)
        parse_error(parse, value->key->place,
                    "expected no `%s:` with the behaviour `%s`, found one", value->key->text, word);
}

/* A behaviour by name has its own status and body; one that never answers has nothing at all. */
static void check_named(struct parse *parse, const struct behaviour_draft *draft)
{
    const struct behaviour_word *row = &behaviour_words[draft->named_kind];
    if (draft->named_kind == BEHAVIOUR_STATUS)
        return; /* by a wrong name: that was the mistake */
    refuse_beside(parse, draft->status, row->word);
    refuse_beside(parse, draft->body, row->word);
    refuse_beside(parse, draft->file, row->word);
    refuse_beside(parse, draft->redirect, row->word);
    if (!row->answers)
        refuse_beside(parse, draft->delay, row->word);
    if (!row->transfers) {
        refuse_beside(parse, draft->headers, row->word);
        refuse_beside(parse, draft->drop_block, row->word);
        refuse_beside(parse, draft->duplicate_block, row->word);
    }
    if (!row->has_body) {
        refuse_beside(parse, draft->rate, row->word);
        refuse_beside(parse, draft->truncate, row->word);
    }
    if (!row->has_handshake)
        refuse_beside(parse, draft->tls, row->word);
}

/* Nothing comes of what was to be answered. */
static void check_abort(struct parse *parse, const struct behaviour_draft *draft)
{
    const struct node *const beside[] = {draft->named,      draft->status,         draft->body,
                                         draft->file,       draft->headers,        draft->redirect,
                                         draft->delay,      draft->rate,           draft->truncate,
                                         draft->drop_block, draft->duplicate_block};
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
        refuse_beside(parse, beside[i], "tls: abort");
}

static void check_status(struct parse *parse, struct behaviour_draft *draft)
{
    struct behaviour *behaviour = &draft->behaviour;
    if (!draft->status)
        behaviour->status = draft->redirect ? STATUS_FOUND : STATUS_OK;
    else if (draft->redirect && behaviour->status && behaviour->status / 100 != 3)
        parse_expected(parse, draft->status, NULL, "a status from 300 to 399 beside `redirect:`");
    if (draft->body && draft->file)
        parse_error(parse, draft->file->key->place,
                    "expected either `body:` or `file:`, found both");
    if (draft->truncate && !draft->body && !draft->file)
        parse_error(parse, draft->truncate->key->place,
                    "expected a `body:` or `file:` to truncate, found none");
    else if (draft->truncate && behaviour->body && !behaviour->body_has_names &&
             behaviour->truncate_bytes != BEHAVIOUR_TRUNCATE_NONE &&
             behaviour->truncate_bytes >= behaviour->body_length)
        parse_expected(parse, draft->truncate, NULL, "fewer bytes than the body has (%zu)",
                       behaviour->body_length);
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

static void read_map(struct parse *parse, const struct node *node, struct behaviour_draft *draft)
{
    static const struct field fields[] = {
        {"behaviour", read_behaviour, false},
        {"profile", read_parameters, false},
        {"config", read_parameters, false},
        {"status", read_status, false},
        {"headers", read_headers, false},
        {"body", read_body, false},
        {"file", read_file, false},
        {"redirect", read_redirect, false},
        {"delay", read_delay, false},
        {"rate", read_rate, false},
        {"truncate", read_truncate, false},
        {"times", read_times, false},
        {"tls", read_tls, false},
        {"tftp-error", read_tftp_error, false},
        {"drop-block", read_drop_block, false},
        {"duplicate-block", read_duplicate_block, false},
    };
    size_t problems = parse->problems;
    if (complain_of_word_as_key(parse, node) ||
        !fields_read(parse, node, "a behaviour", fields, sizeof fields / sizeof fields[0], draft))
        return;
    if (draft->behaviour.tls == BEHAVIOUR_TLS_ABORT)
        check_abort(parse, draft);
    if (draft->named)
        check_named(parse, draft);
    else if (draft->status || draft->body || draft->file || draft->redirect)
        check_status(parse, draft);
    else if (draft->tls || draft->drop_block || draft->duplicate_block)
        draft->named_kind = own_kind(draft->server); /* what is usual, but for the fault */
    else if (parse->problems == problems)
        parse_error(
            parse, node->place,
            "expected what to answer (behaviour, %s, status, body, file, redirect or tls%s), found "
            "none of them",
            own_word(draft->server),
            draft->server == SERVER_PROVISION ? ", tftp-error, drop-block, duplicate-block" : "");
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

bool behaviours_read(struct parse *parse, const struct node *node, enum scenario_server server,
                     struct behaviour_list *ret_list)
{
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
