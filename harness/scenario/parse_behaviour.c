/* SPDX-License-Identifier: MIT */
/* What a server answers: a word, a status, a map, or a list of them. */
#include "harness/scenario/parse_behaviour.h"
#include "harness/base/suggest.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { STATUS_MIN = 100, STATUS_MAX = 599, STATUS_OK = 200, STATUS_FOUND = 302 };
#define RATE_MAX UINT64_C(1000000000)
#define TRUNCATE_MAX UINT64_C(1000000000)

static const char *const words[] = {
    [BEHAVIOUR_PROFILE] = "profile", [BEHAVIOUR_CONFIG] = "config",   [BEHAVIOUR_EMPTY] = "empty",
    [BEHAVIOUR_STATUS] = "503",      [BEHAVIOUR_HANG] = "hang",       [BEHAVIOUR_RESET] = "reset",
    [BEHAVIOUR_REFUSE] = "refuse",   [BEHAVIOUR_GARBAGE] = "garbage",
};
enum { WORDS = sizeof words / sizeof words[0] };

/* `profile` is EDOS's, `config` the provisioning server's. */
static enum behaviour_kind foreign_kind(enum scenario_server server)
{
    return server == SERVER_EDOS ? BEHAVIOUR_CONFIG : BEHAVIOUR_PROFILE;
}

static enum behaviour_kind own_kind(enum scenario_server server)
{
    return server == SERVER_EDOS ? BEHAVIOUR_PROFILE : BEHAVIOUR_CONFIG;
}

static const char *server_name(enum scenario_server server)
{
    return server == SERVER_EDOS ? "edos" : "provision";
}

/* --- words -------------------------------------------------------------------------------- */

static bool read_kind(struct parse *parse, const struct node *node, struct behaviour_draft *draft)
{
    const char *allowed[WORDS], *suggestion = NULL;
    char joined[WORDS_TEXT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < WORDS; i++) {
        if (i == foreign_kind(draft->server))
            continue;
        allowed[count++] = words[i];
        if (node->kind == NODE_SCALAR && i != BEHAVIOUR_STATUS &&
            strcmp(node->text, words[i]) == 0) {
            draft->named_kind = (enum behaviour_kind)i;
            return true;
        }
    }
    if (node->kind == NODE_SCALAR && strcmp(node->text, words[foreign_kind(draft->server)]) == 0)
        suggestion = words[own_kind(draft->server)];
    else if (node->kind == NODE_SCALAR && strcmp(node->text, "tls") != 0)
        suggestion = suggest_nearest(node->text, allowed, count);
    parse_expected(parse, node, suggestion, "a behaviour of `%s` (%s, or a map)",
                   server_name(draft->server), words_join(allowed, count, joined));
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

/* --- maps --------------------------------------------------------------------------------- */

bool behaviour_name_once(struct parse *parse, const struct node *value,
                         struct behaviour_draft *draft)
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
    if (!behaviour_name_once(parse, value, draft))
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
    const char *own = words[own_kind(draft->server)];
    if (!behaviour_name_once(parse, value, draft))
        return;
    if (strcmp(value->key->text, own) != 0) {
        parse_expected(parse, value->key, own, "a key of a behaviour of `%s`",
                       server_name(draft->server));
        return;
    }
    draft->named_kind = own_kind(draft->server);
    value_parameters(parse, value, "a map of phone parameters", parameter_is_name,
                     "the name of a phone parameter such as Profile_Rule", &behaviour->parameters,
                     &behaviour->parameter_count);
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

/* --- what goes together ------------------------------------------------------------------- */

void behaviour_refuse_beside(struct parse *parse, const struct node *value, const char *word)
{
    if (value)
        parse_error(parse, value->key->place,
                    "expected no `%s:` with the behaviour `%s`, found one", value->key->text, word);
}

/* A behaviour by name has its own status and body; one that never answers has nothing at all. */
static void check_named(struct parse *parse, const struct behaviour_draft *draft)
{
    enum behaviour_kind kind = draft->named_kind;
    bool tftp_error = kind == BEHAVIOUR_TFTP_ERROR;
    const char *word = tftp_error ? "tftp-error" : words[kind];
    if (kind == BEHAVIOUR_STATUS)
        return; /* by a wrong name: that was the mistake */
    behaviour_refuse_beside(parse, draft->status, word);
    behaviour_refuse_beside(parse, draft->body, word);
    behaviour_refuse_beside(parse, draft->file, word);
    behaviour_refuse_beside(parse, draft->redirect, word);
    bool silent = kind == BEHAVIOUR_HANG || kind == BEHAVIOUR_RESET || kind == BEHAVIOUR_REFUSE;
    if (silent || tftp_error)
        behaviour_refuse_beside(parse, draft->headers, word);
    if (silent)
        behaviour_refuse_beside(parse, draft->delay, word);
    if (silent || tftp_error || kind == BEHAVIOUR_EMPTY) {
        behaviour_refuse_beside(parse, draft->rate, word);
        behaviour_refuse_beside(parse, draft->truncate, word);
    }
    if (silent || tftp_error) {
        behaviour_refuse_beside(parse, draft->drop_block, word);
        behaviour_refuse_beside(parse, draft->duplicate_block, word);
    }
    if (kind == BEHAVIOUR_REFUSE || tftp_error)
        behaviour_refuse_beside(parse, draft->tls, word);
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
    static const enum behaviour_kind kinds[] = {BEHAVIOUR_EMPTY, BEHAVIOUR_HANG, BEHAVIOUR_RESET,
                                                BEHAVIOUR_REFUSE, BEHAVIOUR_GARBAGE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct node *value = node_child(node, words[kinds[i]]);
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
        {"tls", behaviour_read_tls, false},
        {"tftp-error", behaviour_read_tftp_error, false},
        {"drop-block", behaviour_read_drop_block, false},
        {"duplicate-block", behaviour_read_duplicate_block, false},
    };
    size_t problems = parse->problems;
    if (complain_of_word_as_key(parse, node) ||
        !fields_read(parse, node, "a behaviour", fields, sizeof fields / sizeof fields[0], draft))
        return;
    if (draft->behaviour.tls == BEHAVIOUR_TLS_ABORT)
        behaviour_check_abort(parse, draft);
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
            words[own_kind(draft->server)],
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
