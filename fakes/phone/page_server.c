/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_server.h"
#include "harness/base/random.h"
#include "harness/loop/web.h"
#include <stdlib.h>

enum { ANSWER_HEADERS_MAX = 4 };

struct page_server {
    struct page_server_config config;
    struct page_auth auth;
    struct web_server *web; /* owned */
};

static void respond(struct page_server *server, struct web_request *request,
                    const struct page_answer *answer)
{
    struct web_header headers[ANSWER_HEADERS_MAX] = {{"Content-Type", answer->content_type},
                                                     {"Cache-Control", "no-store"}};
    struct buffer digest, basic;
    size_t count = 2;
    buffer_init(&digest, HTTP_LOGIN_HEADER_MAX);
    buffer_init(&basic, HTTP_LOGIN_HEADER_MAX);
    if (answer->status == 401) {
        page_auth_challenge(&server->auth, answer->log_in, &digest, &basic);
        headers[count++] = (struct web_header){"WWW-Authenticate", buffer_string(&digest)};
        headers[count++] = (struct web_header){"WWW-Authenticate", buffer_string(&basic)};
    } else if (answer->allow) {
        headers[count++] = (struct web_header){"Allow", answer->allow};
    }
    web_respond(request, &(const struct web_response){.status = answer->status,
                                                      .headers = headers,
                                                      .header_count = count,
                                                      .body = answer->body.data,
                                                      .body_length = answer->body.length,
                                                      .cut_bytes = WEB_NOT_CUT});
    buffer_done(&digest);
    buffer_done(&basic);
}

static void handle(void *context, struct web_request *request)
{
    struct page_server *server = context;
    struct page_view view;
    struct page_answer answer;
    struct error error = {0};
    server->config.view(server->config.context, &view);
    page_answer_init(
        &answer, &server->auth, &view,
        &(const struct page_request){.method = request->method,
                                     .target = request->target,
                                     .authorization = web_request_header(request, "Authorization"),
                                     .body = request->body,
                                     .body_length = request->body_length});
    if (answer.command != PAGE_NOTHING &&
        server->config.command(server->config.context, &answer, &error) < 0) {
        server->config.view(server->config.context, &view);
        page_answer_fail(&answer, &view, error.text);
    }
    respond(server, request, &answer);
    page_answer_done(&answer);
}

int page_server_new(const struct page_server_config *config, struct page_server **ret_server,
                    struct error *error)
{
    struct page_server *server = calloc(1, sizeof *server);
    struct random_source random;
    if (!server)
        return error_set(error, ERROR_MEMORY, "out of memory");
    server->config = *config;
    random_seed_named(&random, config->nonce_seed, "page");
    uint64_t nonce_high = random_u64(&random);
    bool real = loop_clock(config->loop) == LOOP_CLOCK_REAL;
    page_auth_init(&server->auth, config->password, nonce_high, random_u64(&random));
    int result = web_server_new(
        &(const struct web_server_config){.loop = config->loop,
                                          .netns_fd = config->netns_fd,
                                          .address = config->address,
                                          .port = config->port,
                                          .connections_max = PAGE_CONNECTIONS_MAX,
                                          .excess_refused = true,
                                          .idle_seconds = real ? PAGE_IDLE_SECONDS : 0,
                                          .body_bytes_max = PAGE_FORM_BYTES_MAX,
                                          .handle = handle,
                                          .context = server},
        &server->web, error);
    if (result < 0) {
        free(server);
        return result;
    }
    *ret_server = server;
    return 0;
}

void page_server_free(struct page_server *server)
{
    if (!server)
        return;
    web_server_free(server->web);
    free(server);
}

uint16_t page_server_port(const struct page_server *server)
{
    return web_server_port(server->web);
}
