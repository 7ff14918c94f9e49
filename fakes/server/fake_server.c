/* SPDX-License-Identifier: MIT */
#include "fakes/server/fake_server.h"
#include "fakes/server/answer_plan.h"
#include "fakes/server/login.h"
#include "fakes/server/profile.h"
#include "fakes/server/script.h"
#include "fakes/server/tftp_server.h"
#include "harness/scenario/words.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PUBLISHED_MAX = 20000, LENGTH_TEXT_MAX = 24 };
struct published { /* a pushed configuration */
    char *target;  /* without leading '/', owned */
    struct buffer xml;
    struct published *next;
};

struct fake_server {
    struct fake_server_config config;
    struct web_server
        *web[TRANSPORT_HTTPS + 1]; /* by TRANSPORT_HTTP, TRANSPORT_HTTPS; NULL = not served */
    struct tftp_server *tftp;
    struct script script;
    struct published *published;
    unsigned published_count;
    bool closing;
};

/* One request, from its head to the end of its answer, whatever the transport: which behaviour it
 * gets, when it acts, and what the log says. */
struct transaction {
    struct fake_server *server;
    struct fake_exchange exchange; /* as it is logged */
    struct web_request *web;       /* one of the two */
    struct tftp_request *tftp;
    struct answer_plan plan;
    struct loop_timer delay_timer;
    char announces[LENGTH_TEXT_MAX];
};

/* What a server does before anything else was set. */
#define DEFAULT(of, code)                                                                        \
    {&(const struct behaviour){                                                                  \
         .kind = (of), .status = (code), .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1}, \
     1}
static const struct behaviour_list defaults[] = {
    [FAKE_EDOS] = DEFAULT(BEHAVIOUR_PROFILE, 200),
    [FAKE_PROVISION] = DEFAULT(BEHAVIOUR_CONFIG, 200),
    [FAKE_PUSH] = DEFAULT(BEHAVIOUR_STATUS, 404),
};

/* --- behaviours --- */

static int client_of(const struct fake_server *server, uint32_t address)
{
    const struct fake_log *log = &server->config.log;
    return log->client ? log->client(log->context, address) : -1;
}

bool fake_server_is_open(const struct fake_server *server)
{
    return !script_refuses_all(&server->script) || server->published;
}

static int update_ports(struct fake_server *server, struct error *error)
{
    bool open = fake_server_is_open(server);
    int result = 0;
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_HTTPS && result == 0; i++)
        if (server->web[i])
            result = web_server_listen(server->web[i], open, error);
    if (server->tftp && result == 0)
        result = tftp_server_listen(server->tftp, open, error);
    return result;
}

static void update_ports_or_fail(struct fake_server *server)
{
    struct error error;
    int result = update_ports(server, &error);
    if (result < 0)
        loop_fail(server->config.loop, result, &error);
}

/* Counts the request, and opens or closes the ports accordingly; `look` is for a HEAD. */
static const struct behaviour *take_behaviour(struct fake_server *server, uint32_t client_address,
                                              bool look)
{
    int client = client_of(server, client_address);
    const struct behaviour *behaviour =
        look ? script_look(&server->script, client) : script_next(&server->script, client);
    update_ports_or_fail(server);
    return behaviour;
}

/* The client's next request is to meet a connection that is made for it. */
static bool breaks_next(const struct fake_server *server, enum transport transport,
                        uint32_t client_address)
{
    const struct behaviour *next =
        script_current(&server->script, client_of(server, client_address));
    return next->kind == BEHAVIOUR_RESET || next->kind == BEHAVIOUR_REFUSE ||
           (transport == TRANSPORT_HTTPS && next->tls != BEHAVIOUR_TLS_GOOD);
}

int fake_server_set(struct fake_server *server, int client, const struct behaviour_list *behaviours,
                    struct error *error)
{
    if (behaviours->count == 0)
        return error_set(error, ERROR_INVALID, "an empty list of behaviours");
    if (client == FAKE_ALL_CLIENTS)
        script_set_all(&server->script, behaviours);
    else if (client >= 0 && (unsigned)client < server->script.client_count)
        script_set(&server->script, (unsigned)client, behaviours);
    else
        return error_set(error, ERROR_INVALID, "there is no phone of number %d", client);
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_HTTPS; i++)
        if (server->web[i])
            web_server_close_idle(server->web[i]);
    return update_ports(server, error);
}

void fake_server_refused(struct fake_server *server, uint32_t client_address, uint16_t port)
{
    int client = client_of(server, client_address);
    bool ours = false;
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_TFTP; i++)
        ours = ours || (port != 0 && fake_server_port(server, (enum transport)i) == port);
    if (ours && script_current(&server->script, client)->kind == BEHAVIOUR_REFUSE)
        (void)take_behaviour(server, client_address, false);
}

/* --- pushed configurations --- */

static const char *without_slash(const char *target)
{
    return *target == '/' ? target + 1 : target;
}

static struct published *find_published(const struct fake_server *server, const char *target)
{
    target = without_slash(target);
    size_t length = strcspn(target, "?");
    for (struct published *at = server->published; at; at = at->next)
        if (strlen(at->target) == length && memcmp(at->target, target, length) == 0)
            return at;
    return NULL;
}

static struct published *add_published(struct fake_server *server, const char *target)
{
    if (server->published_count >= PUBLISHED_MAX)
        return NULL;
    struct published *published = calloc(1, sizeof *published);
    if (!published)
        return NULL;
    published->target = strdup(without_slash(target));
    if (!published->target) {
        free(published);
        return NULL;
    }
    buffer_init(&published->xml, FAKE_BODY_BYTES_MAX);
    published->next = server->published;
    server->published = published;
    server->published_count++;
    return published;
}

int fake_server_publish(struct fake_server *server, const char *target,
                        const struct parameter *parameters, size_t count, struct error *error)
{
    struct published *published = find_published(server, target);
    if (!published)
        published = add_published(server, target);
    if (!published)
        return error_set(error, ERROR_LIMIT, "no room for another pushed configuration");
    buffer_clear(&published->xml);
    profile_write(PROFILE_PUSHED, parameters, count, server->config.substitutions, &published->xml);
    if (published->xml.failed)
        return error_set(error, ERROR_LIMIT, "the pushed configuration is too long");
    return update_ports(server, error);
}

static bool is_head(const struct transaction *transaction)
{
    return strcmp(transaction->exchange.method, "HEAD") == 0;
}

/* --- a request: the log --- */

static void log_answer(const struct transaction *transaction)
{
    const struct fake_log *log = &transaction->server->config.log;
    if (log->answer)
        log->answer(log->context, &transaction->exchange);
}

/* No body came, or none whole: a reset, or an error packet of TFTP. */
static void log_break(struct transaction *transaction, unsigned status)
{
    transaction->exchange.status = status;
    log_answer(transaction);
}

static void log_body(struct transaction *transaction, unsigned status, uint64_t bytes)
{
    const struct answer_plan *plan = &transaction->plan;
    struct fake_exchange *exchange = &transaction->exchange;
    exchange->status = status;
    exchange->redirect = plan->redirect;
    exchange->complete = true;
    if (!is_head(transaction)) {
        exchange->content = plan->content;
        exchange->bytes = bytes;
        exchange->complete =
            exchange->transport == TRANSPORT_TFTP ? plan->cut_bytes == WEB_NOT_CUT : plan->whole;
        exchange->retry_delay = plan->retry_delay;
        exchange->rule_key = plan->rule_key;
        exchange->key = plan->key;
    }
    log_answer(transaction);
}

/* --- from a request to its plan --- */

static struct transaction *transaction_new(struct fake_server *server,
                                           const struct fake_exchange *exchange)
{
    struct transaction *transaction = calloc(1, sizeof *transaction);
    if (!transaction) {
        struct error error;
        error_set(&error, ERROR_MEMORY, "no memory for a request");
        loop_fail(server->config.loop, ERROR_MEMORY, &error);
        return NULL;
    }
    transaction->server = server;
    transaction->exchange = *exchange;
    return transaction;
}

static void transaction_free(struct transaction *transaction)
{
    if (!transaction)
        return;
    loop_timer_cancel(&transaction->delay_timer);
    answer_plan_done(&transaction->plan);
    free(transaction);
}

/* The behaviour that the request gets, or a challenge. Who has not said who he is, and is asked
 * for it, uses nothing up. */
static int plan_behaviour(struct transaction *transaction, struct error *error)
{
    struct fake_server *server = transaction->server;
    const struct fake_server_config *config = &server->config;
    const struct fake_exchange *exchange = &transaction->exchange;
    const struct behaviour *behaviour =
        script_current(&server->script, client_of(server, exchange->client_address));
    enum http_login_result login =
        transaction->web
            ? login_check(behaviour, web_request_header(transaction->web, "Authorization"),
                          exchange->method, exchange->target)
            : HTTP_LOGIN_GOOD;
    if (login != HTTP_LOGIN_MISSING)
        behaviour = take_behaviour(server, exchange->client_address, is_head(transaction));
    if (login != HTTP_LOGIN_GOOD)
        return answer_plan_init_challenge(&transaction->plan, behaviour, error);
    return answer_plan_init(&transaction->plan, config->role, behaviour, config->substitutions,
                            config->seed, error);
}

/* False: the lab broke. */
static bool make_plan(struct transaction *transaction)
{
    struct fake_server *server = transaction->server;
    const struct fake_server_config *config = &server->config;
    struct fake_exchange *exchange = &transaction->exchange;
    struct error error;
    const struct published *published = find_published(server, exchange->target);
    int result = published ? answer_plan_init_xml(&transaction->plan, &published->xml, &error)
                           : plan_behaviour(transaction, &error);
    exchange->behaviour = transaction->plan.words;
    if (result < 0)
        loop_fail(config->loop, result, &error);
    return result == 0;
}

static void act_web(struct transaction *transaction);
static void act_tftp(struct transaction *transaction);

static void act(void *context)
{
    struct transaction *transaction = context;
    if (transaction->web)
        act_web(transaction);
    else
        act_tftp(transaction);
}

static void foretell_web(struct transaction *transaction)
{
    const struct answer_plan *plan = &transaction->plan;
    struct fake_exchange *exchange = &transaction->exchange;
    if (plan->fault.broken_chunks)
        exchange->framing = "chunked";
    else if (plan->fault.endless)
        exchange->framing = "until close";
    else if (plan->fault.endless_head)
        exchange->framing = "long head";
    exchange->encoding = plan->encoding;
    exchange->challenge = plan->challenge;
    if (plan->fault.lies) {
        snprintf(transaction->announces, sizeof transaction->announces, "%" PRIu64,
                 plan->fault.length_bytes);
        exchange->announces = transaction->announces;
    }
    /* A line for the status, and the empty one. */
    exchange->head_takes_us = (plan->header_count + 1) * plan->fault.line_us;
}

static struct tftp_answer tftp_answer_of(const struct answer_plan *plan)
{
    return (struct tftp_answer){.body = plan->body,
                                .length = plan->body_length,
                                .rate_bytes_per_s = plan->rate_bytes_per_s,
                                .drop_block = plan->drop_block,
                                .duplicate_block = plan->duplicate_block,
                                .reorder_block = plan->reorder_block,
                                .stray_block = plan->stray_block,
                                .no_options = plan->no_options,
                                .cut_bytes = plan->cut_bytes};
}

static bool is_file_over_tftp(const struct answer_plan *plan)
{
    enum { STATUS_REDIRECT = 300 };
    return plan->kind != BEHAVIOUR_TFTP_ERROR && plan->status < STATUS_REDIRECT;
}

static void foretell_tftp(struct transaction *transaction)
{
    const struct answer_plan *plan = &transaction->plan;
    struct fake_exchange *exchange = &transaction->exchange;
    struct tftp_answer answer = tftp_answer_of(plan);
    if (!is_file_over_tftp(plan))
        return;
    tftp_foretell(transaction->tftp, &answer);
    exchange->reorders = answer.reorder_block;
    exchange->strays = answer.stray_block;
    exchange->no_options = answer.no_options;
}

/* What an observer is to see of it, where it is not what every answer has. */
static void foretell(struct transaction *transaction)
{
    enum behaviour_kind kind = transaction->plan.kind;
    if (kind == BEHAVIOUR_HANG || kind == BEHAVIOUR_RESET)
        return;
    if (transaction->web)
        foretell_web(transaction);
    else
        foretell_tftp(transaction);
}

/* The answer, or what stands in its place, at once or when its time has come. */
static void handle(struct transaction *transaction)
{
    const struct answer_plan *plan = &transaction->plan;
    const struct fake_log *log = &transaction->server->config.log;
    struct loop *loop = transaction->server->config.loop;
    bool made = make_plan(transaction), hangs = plan->kind == BEHAVIOUR_HANG;
    if (!made || plan->kind == BEHAVIOUR_REFUSE) {
        if (transaction->web)
            web_reset(transaction->web);
        else
            tftp_fail(transaction->tftp, TFTP_ERROR_UNDEFINED, "refused");
        return;
    }
    foretell(transaction);
    if (log->request)
        log->request(log->context, &transaction->exchange);
    if (!hangs && plan->delay_us == 0) {
        act(transaction);
        return;
    }
    if (transaction->web)
        web_hold(transaction->web);
    else
        tftp_hold(transaction->tftp, hangs);
    if (!hangs)
        loop_timer_set(loop, &transaction->delay_timer, loop_now_us(loop) + plan->delay_us, act,
                       transaction);
}

/* --- HTTP and HTTPS --- */

static void act_web(struct transaction *transaction)
{
    const struct answer_plan *plan = &transaction->plan;
    bool closes = breaks_next(transaction->server, transaction->exchange.transport,
                              transaction->exchange.client_address);
    if (plan->kind == BEHAVIOUR_RESET) {
        log_break(transaction, 0);
        web_reset(transaction->web);
        return;
    }
    /* A client that loses a kept connection asks again by itself, and would get the behaviour after
     * the one that broke it: that one is to meet a connection of its own. */
    web_respond(transaction->web, &(struct web_response){.status = plan->status,
                                                         .headers = plan->headers,
                                                         .header_count = plan->header_count,
                                                         .body = plan->body,
                                                         .body_length = plan->body_length,
                                                         .body_borrowed = true,
                                                         .close = closes,
                                                         .rate_bytes_per_s = plan->rate_bytes_per_s,
                                                         .cut_bytes = plan->cut_bytes,
                                                         .fault = plan->fault});
}

static void handle_web(struct fake_server *server, enum transport transport,
                       struct web_request *request)
{
    const char *host = web_request_header(request, "Host");
    const char *agent = web_request_header(request, "User-Agent");
    const struct fake_exchange exchange = {.transport = transport,
                                           .client_address = request->client_address,
                                           .client_port = request->client_port,
                                           .server_port = request->server_port,
                                           .method = request->method,
                                           .target = request->target,
                                           .host = host ? host : "",
                                           .agent = agent ? agent : "",
                                           .certificate = request->certificate};
    struct transaction *transaction = transaction_new(server, &exchange);
    if (!transaction) {
        web_reset(request);
        return;
    }
    request->context = transaction;
    request->client->context = NULL; /* the handshake went well */
    transaction->web = request;
    handle(transaction);
}

static void handle_http(void *context, struct web_request *request)
{
    handle_web(context, TRANSPORT_HTTP, request);
}

static void handle_https(void *context, struct web_request *request)
{
    handle_web(context, TRANSPORT_HTTPS, request);
}

static void sending_web(void *context, struct web_request *request)
{
    struct transaction *transaction = request->context;
    const struct answer_plan *plan = &transaction->plan;
    uint64_t bytes = plan->cut_bytes == WEB_NOT_CUT ? plan->read_bytes : plan->cut_bytes;
    (void)context;
    log_body(transaction, plan->status, bytes);
}

static void ended_web(void *context, struct web_request *request)
{
    (void)context;
    transaction_free(request->context);
}

/* --- TFTP --- */

static enum tftp_error_code error_code_of(unsigned status)
{
    switch (status) {
    case 404:
        return TFTP_ERROR_NOT_FOUND;
    case 403:
        return TFTP_ERROR_ACCESS;
    default:
        return TFTP_ERROR_UNDEFINED;
    }
}

static void act_tftp(struct transaction *transaction)
{
    const struct answer_plan *plan = &transaction->plan;
    if (plan->kind == BEHAVIOUR_RESET) {
        log_break(transaction, 0);
        tftp_fail(transaction->tftp, TFTP_ERROR_UNDEFINED, "transfer aborted");
    } else if (plan->kind == BEHAVIOUR_TFTP_ERROR) {
        log_break(transaction, plan->tftp_error);
        tftp_fail(transaction->tftp, (enum tftp_error_code)plan->tftp_error, plan->words);
    } else if (!is_file_over_tftp(plan)) {
        enum tftp_error_code code = error_code_of(plan->status);
        log_break(transaction, code);
        tftp_fail(transaction->tftp, code, plan->words);
    } else {
        const struct tftp_answer answer = tftp_answer_of(plan);
        tftp_respond(transaction->tftp, &answer);
    }
}

static void handle_tftp(void *context, struct tftp_request *request)
{
    const struct fake_exchange exchange = {.transport = TRANSPORT_TFTP,
                                           .client_address = request->client_address,
                                           .client_port = request->client_port,
                                           .server_port = request->server_port,
                                           .method = "RRQ",
                                           .target = request->name,
                                           .host = "",
                                           .agent = ""};
    struct transaction *transaction = transaction_new(context, &exchange);
    if (!transaction) {
        tftp_fail(request, TFTP_ERROR_UNDEFINED, "out of memory");
        return;
    }
    request->context = transaction;
    transaction->tftp = request;
    handle(transaction);
}

static void sending_tftp(void *context, struct tftp_request *request)
{
    (void)context;
    log_body(request->context, 0, request->sent_bytes);
}

static void ended_tftp(void *context, struct tftp_request *request)
{
    (void)context;
    transaction_free(request->context);
}

/* --- connections --- */

static enum web_admission admit_http(void *context, struct web_client *client, unsigned *identity)
{
    struct fake_server *server = context;
    const struct behaviour *behaviour =
        script_current(&server->script, client_of(server, client->address));
    (void)identity;
    if (server->published || behaviour->kind != BEHAVIOUR_REFUSE)
        return WEB_ADMIT;
    /* The port is open for others' sake. */
    (void)take_behaviour(server, client->address, false);
    return WEB_REFUSE;
}

static void log_handshake(const struct fake_server *server, const struct web_client *client,
                          enum behaviour_tls tls)
{
    const struct fake_log *log = &server->config.log;
    if (log->handshake)
        log->handshake(log->context, &(const struct fake_handshake){
                                         .client_address = client->address,
                                         .client_port = client->port,
                                         .server_port = fake_server_port(server, TRANSPORT_HTTPS),
                                         .fault = tls_fault_texts[tls]});
}

/* The behaviour whose fault a client has met is kept at its connection until it asks something. */
static enum web_admission admit_https(void *context, struct web_client *client, unsigned *identity)
{
    struct fake_server *server = context;
    if (admit_http(context, client, identity) == WEB_REFUSE)
        return WEB_REFUSE;
    const struct behaviour *behaviour =
        script_current(&server->script, client_of(server, client->address));
    if (server->published || behaviour->tls == BEHAVIOUR_TLS_GOOD)
        return WEB_ADMIT;
    client->context = (void *)(uintptr_t)behaviour;
    log_handshake(server, client, behaviour->tls);
    if (behaviour->tls == BEHAVIOUR_TLS_ABORT)
        return WEB_ABORT;
    *identity = behaviour->tls;
    return WEB_ADMIT;
}

/* It never asked: the handshake was all that this try has come to. */
static void left_https(void *context, struct web_client *client)
{
    struct fake_server *server = context;
    if (server->closing || !client->context ||
        script_current(&server->script, client_of(server, client->address)) != client->context)
        return;
    (void)take_behaviour(server, client->address, false);
}

/* --- life --- */

static int add_web(struct fake_server *server, enum transport transport, uint16_t port,
                   const struct fake_server_config *given, struct error *error)
{
    bool tls = transport == TRANSPORT_HTTPS;
    if (port == 0)
        return 0;
    if (tls && !given->identities)
        return error_set(error, ERROR_INVALID, "HTTPS needs certificates and their keys");
    const struct web_server_config config = {
        .loop = given->loop,
        .netns_fd = given->netns_fd,
        .address = given->address,
        .port = given->free_ports ? 0 : port,
        .identities = tls ? given->identities : NULL,
        .identity_count = tls ? BEHAVIOUR_TLS_IDENTITIES : 0,
        .connections_max = FAKE_CONNECTIONS_MAX,
        .idle_us = FAKE_KEEP_ALIVE_US,
        .handle = tls ? handle_https : handle_http,
        .sending = sending_web,
        .ended = ended_web,
        .admit = tls ? admit_https : admit_http,
        .left = tls ? left_https : NULL,
        .context = server,
    };
    return web_server_new(&config, &server->web[transport], error);
}

static int add_tftp(struct fake_server *server, const struct fake_server_config *given,
                    struct error *error)
{
    if (given->tftp_port == 0)
        return 0;
    const struct tftp_server_config config = {
        .loop = given->loop,
        .netns_fd = given->netns_fd,
        .address = given->address,
        .port = given->free_ports ? 0 : given->tftp_port,
        .transfers_max = FAKE_TFTP_TRANSFERS_MAX,
        .handle = handle_tftp,
        .sending = sending_tftp,
        .ended = ended_tftp,
        .context = server,
    };
    return tftp_server_new(&config, &server->tftp, error);
}

int fake_server_new(const struct fake_server_config *config, struct fake_server **ret_server,
                    struct error *error)
{
    struct fake_server *server = calloc(1, sizeof *server);
    if (!server)
        return error_set(error, ERROR_MEMORY, "no memory for a fake server");
    assert(config->substitutions);
    server->config = *config;
    int result = script_init(&server->script, config->client_max, error);
    if (result == 0) {
        script_set_all(&server->script, &defaults[config->role]);
        result = add_web(server, TRANSPORT_HTTP, config->http_port, config, error);
    }
    if (result == 0)
        result = add_web(server, TRANSPORT_HTTPS, config->https_port, config, error);
    if (result == 0)
        result = add_tftp(server, config, error);
    if (result < 0) {
        fake_server_free(server);
        return result;
    }
    *ret_server = server;
    return 0;
}

void fake_server_free(struct fake_server *server)
{
    if (!server)
        return;
    server->closing = true;
    web_server_free(server->web[TRANSPORT_HTTP]);
    web_server_free(server->web[TRANSPORT_HTTPS]);
    tftp_server_free(server->tftp);
    while (server->published) {
        struct published *published = server->published;
        server->published = published->next;
        buffer_done(&published->xml);
        free(published->target);
        free(published);
    }
    script_done(&server->script);
    free(server);
}

uint16_t fake_server_port(const struct fake_server *server, enum transport transport)
{
    if (transport == TRANSPORT_TFTP)
        return server->tftp ? tftp_server_port(server->tftp) : 0;
    return server->web[transport] ? web_server_port(server->web[transport]) : 0;
}
