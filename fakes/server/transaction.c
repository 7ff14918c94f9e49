/* SPDX-License-Identifier: MIT */
#include "fakes/server/transaction.h"
#include <stdlib.h>
#include <string.h>

static bool is_head(const struct transaction *transaction)
{
    return strcmp(transaction->method, "HEAD") == 0;
}

/* --- the log ---------------------------------------------------------------------------------- */

static void log_request(const struct transaction *transaction)
{
    const struct fake_log *log = &transaction->server->config.log;
    const struct fake_request request = {
        .transport = transaction->transport,
        .client_address = transaction->client_address,
        .client_port = transaction->client_port,
        .server_port = transaction->server_port,
        .method = transaction->method,
        .target = transaction->target,
        .host = transaction->host,
        .agent = transaction->agent,
        .certificate = transaction->web ? transaction->web->certificate : NULL,
        .behaviour = transaction->plan.words};
    if (log->request)
        log->request(log->context, &request);
}

static struct fake_answer answer_of(const struct transaction *transaction)
{
    return (struct fake_answer){.transport = transaction->transport,
                                .client_address = transaction->client_address,
                                .client_port = transaction->client_port,
                                .server_port = transaction->server_port,
                                .method = transaction->method,
                                .target = transaction->target,
                                .behaviour = transaction->plan.words};
}

static void log_answer(const struct transaction *transaction, const struct fake_answer *answer)
{
    const struct fake_log *log = &transaction->server->config.log;
    if (log->answer)
        log->answer(log->context, answer);
}

/* No body came, or none whole: a reset, or an error packet of TFTP. */
static void log_break(const struct transaction *transaction, unsigned status)
{
    struct fake_answer answer = answer_of(transaction);
    answer.status = status;
    log_answer(transaction, &answer);
}

static void log_body(const struct transaction *transaction, unsigned status, uint64_t bytes)
{
    const struct answer_plan *plan = &transaction->plan;
    struct fake_answer answer = answer_of(transaction);
    answer.status = status;
    answer.redirect = plan->redirect;
    answer.complete = true;
    if (!is_head(transaction)) {
        answer.content = plan->content;
        answer.bytes = bytes;
        answer.complete = plan->cut_bytes == WEB_NOT_CUT;
        answer.retry_delay = plan->retry_delay;
    }
    log_answer(transaction, &answer);
}

/* --- from a request to its plan ----------------------------------------------------------------
 */

static struct transaction *transaction_new(struct fake_server *server,
                                           enum fake_transport transport)
{
    struct transaction *transaction = calloc(1, sizeof *transaction);
    if (!transaction) {
        struct error error;
        error_set(&error, ERROR_MEMORY, "no memory for a request");
        loop_fail(server->config.loop, ERROR_MEMORY, &error);
        return NULL;
    }
    transaction->server = server;
    transaction->transport = transport;
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

static const struct behaviour *behaviour_of(const struct transaction *transaction)
{
    struct fake_server *server = transaction->server;
    return is_head(transaction) ? fake_server_look(server, transaction->client_address)
                                : fake_server_next(server, transaction->client_address);
}

/* False: the lab broke. */
static bool make_plan(struct transaction *transaction)
{
    struct fake_server *server = transaction->server;
    const struct fake_server_config *config = &server->config;
    struct error error;
    const struct published *published = fake_server_find_published(server, transaction->target);
    int result = published
                     ? answer_plan_init_xml(&transaction->plan, &published->xml, &error)
                     : answer_plan_init(&transaction->plan, config->role, behaviour_of(transaction),
                                        config->substitutions, config->seed, &error);
    if (result < 0)
        loop_fail(config->loop, result, &error);
    return result == 0;
}

static void act_later(struct transaction *transaction, loop_timer_fn *act)
{
    struct loop *loop = transaction->server->config.loop;
    loop_timer_set(loop, &transaction->delay_timer, loop_now_us(loop) + transaction->plan.delay_us,
                   act, transaction);
}

/* --- HTTP and HTTPS ------------------------------------------------------------------------------
 */

static void act_web(void *context)
{
    struct transaction *transaction = context;
    const struct answer_plan *plan = &transaction->plan;
    bool closes = fake_server_breaks_next(transaction->server, transaction->transport,
                                          transaction->client_address);
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
                                                         .cut_bytes = plan->cut_bytes});
}

static void handle_web(struct fake_server *server, enum fake_transport transport,
                       struct web_request *request)
{
    const char *host = web_request_header(request, "Host");
    const char *agent = web_request_header(request, "User-Agent");
    struct transaction *transaction = transaction_new(server, transport);
    if (!transaction) {
        web_reset(request);
        return;
    }
    request->context = transaction;
    request->client->context = NULL; /* the handshake went well */
    transaction->web = request;
    transaction->client_address = request->client_address;
    transaction->client_port = request->client_port;
    transaction->server_port = request->server_port;
    transaction->method = request->method;
    transaction->target = request->target;
    transaction->host = host ? host : "";
    transaction->agent = agent ? agent : "";
    if (!make_plan(transaction) || transaction->plan.kind == BEHAVIOUR_REFUSE) {
        web_reset(request);
        return;
    }
    log_request(transaction);
    if (transaction->plan.kind == BEHAVIOUR_HANG || transaction->plan.delay_us > 0)
        web_hold(request);
    if (transaction->plan.kind == BEHAVIOUR_HANG)
        return;
    if (transaction->plan.delay_us > 0)
        act_later(transaction, act_web);
    else
        act_web(transaction);
}

void transaction_handle_http(void *context, struct web_request *request)
{
    handle_web(context, FAKE_HTTP, request);
}

void transaction_handle_https(void *context, struct web_request *request)
{
    handle_web(context, FAKE_HTTPS, request);
}

void transaction_sending_web(void *context, struct web_request *request)
{
    const struct transaction *transaction = request->context;
    const struct answer_plan *plan = &transaction->plan;
    uint64_t bytes = plan->cut_bytes == WEB_NOT_CUT ? plan->body_length : plan->cut_bytes;
    (void)context;
    log_body(transaction, plan->status, bytes);
}

void transaction_ended_web(void *context, struct web_request *request)
{
    (void)context;
    transaction_free(request->context);
}

/* --- TFTP
 * ------------------------------------------------------------------------------------------ */

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

static void act_tftp(void *context)
{
    struct transaction *transaction = context;
    const struct answer_plan *plan = &transaction->plan;
    if (plan->kind == BEHAVIOUR_RESET) {
        log_break(transaction, 0);
        tftp_fail(transaction->tftp, TFTP_ERROR_UNDEFINED, "transfer aborted");
    } else if (plan->kind == BEHAVIOUR_TFTP_ERROR) {
        log_break(transaction, plan->tftp_error);
        tftp_fail(transaction->tftp, (enum tftp_error_code)plan->tftp_error, plan->words);
    } else if (plan->status >= 300) {
        enum tftp_error_code code = error_code_of(plan->status);
        log_break(transaction, code);
        tftp_fail(transaction->tftp, code, plan->words);
    } else {
        tftp_respond(transaction->tftp,
                     &(struct tftp_answer){.body = plan->body,
                                           .length = plan->body_length,
                                           .rate_bytes_per_s = plan->rate_bytes_per_s,
                                           .drop_block = plan->drop_block,
                                           .duplicate_block = plan->duplicate_block,
                                           .cut_bytes = plan->cut_bytes});
    }
}

void transaction_handle_tftp(void *context, struct tftp_request *request)
{
    struct transaction *transaction = transaction_new(context, FAKE_TFTP);
    if (!transaction) {
        tftp_fail(request, TFTP_ERROR_UNDEFINED, "out of memory");
        return;
    }
    request->context = transaction;
    transaction->tftp = request;
    transaction->client_address = request->client_address;
    transaction->client_port = request->client_port;
    transaction->server_port = request->server_port;
    transaction->method = "RRQ";
    transaction->target = request->name;
    transaction->host = transaction->agent = "";
    if (!make_plan(transaction) || transaction->plan.kind == BEHAVIOUR_REFUSE) {
        tftp_fail(request, TFTP_ERROR_UNDEFINED, "refused");
        return;
    }
    log_request(transaction);
    if (transaction->plan.kind == BEHAVIOUR_HANG) {
        tftp_hold(request, true);
    } else if (transaction->plan.delay_us > 0) {
        tftp_hold(request, false);
        act_later(transaction, act_tftp);
    } else {
        act_tftp(transaction);
    }
}

void transaction_sending_tftp(void *context, struct tftp_request *request)
{
    (void)context;
    log_body(request->context, 0, request->sent_bytes);
}

void transaction_ended_tftp(void *context, struct tftp_request *request)
{
    (void)context;
    transaction_free(request->context);
}
