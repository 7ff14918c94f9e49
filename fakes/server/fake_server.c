/* SPDX-License-Identifier: MIT */
#include "fakes/server/fake_server.h"
#include "fakes/server/profile.h"
#include "fakes/server/transaction.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a server does before anything else was set. */
static const struct behaviour default_profile = {.kind = BEHAVIOUR_PROFILE,
                                                 .status = 200,
                                                 .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                                 .times = 1};
static const struct behaviour default_config = {
    .kind = BEHAVIOUR_CONFIG, .status = 200, .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1};
static const struct behaviour default_not_found = {
    .kind = BEHAVIOUR_STATUS, .status = 404, .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE, .times = 1};
static const struct behaviour_list defaults[] = {
    [FAKE_EDOS] = {&default_profile, 1},
    [FAKE_PROVISION] = {&default_config, 1},
    [FAKE_PUSH] = {&default_not_found, 1},
};

/* --- behaviours ---------------------------------------------------------------------------------
 */

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
    for (int i = FAKE_HTTP; i <= FAKE_HTTPS && result == 0; i++)
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

const struct behaviour *fake_server_next(struct fake_server *server, uint32_t client_address)
{
    const struct behaviour *behaviour =
        script_next(&server->script, client_of(server, client_address));
    update_ports_or_fail(server);
    return behaviour;
}

const struct behaviour *fake_server_look(struct fake_server *server, uint32_t client_address)
{
    const struct behaviour *behaviour =
        script_look(&server->script, client_of(server, client_address));
    update_ports_or_fail(server);
    return behaviour;
}

bool fake_server_breaks_next(const struct fake_server *server, enum fake_transport transport,
                             uint32_t client_address)
{
    const struct behaviour *next =
        script_current(&server->script, client_of(server, client_address));
    return next->kind == BEHAVIOUR_RESET || next->kind == BEHAVIOUR_REFUSE ||
           (transport == FAKE_HTTPS && next->tls != BEHAVIOUR_TLS_GOOD);
}

int fake_server_set(struct fake_server *server, const struct behaviour_list *behaviours,
                    struct error *error)
{
    return fake_server_set_client(server, FAKE_ALL_CLIENTS, behaviours, error);
}

int fake_server_set_client(struct fake_server *server, int client,
                           const struct behaviour_list *behaviours, struct error *error)
{
    if (behaviours->count == 0)
        return error_set(error, ERROR_INVALID, "an empty list of behaviours");
    if (client == FAKE_ALL_CLIENTS)
        script_set_all(&server->script, behaviours);
    else if (client >= 0 && (unsigned)client < server->script.client_count)
        script_set(&server->script, (unsigned)client, behaviours);
    else
        return error_set(error, ERROR_INVALID, "there is no phone of number %d", client);
    for (int i = FAKE_HTTP; i <= FAKE_HTTPS; i++)
        if (server->web[i])
            web_server_close_idle(server->web[i]);
    return update_ports(server, error);
}

void fake_server_refused(struct fake_server *server, uint32_t client_address, uint16_t port)
{
    int client = client_of(server, client_address);
    bool ours = false;
    for (int i = FAKE_HTTP; i <= FAKE_TFTP; i++)
        ours = ours || (port != 0 && fake_server_port(server, (enum fake_transport)i) == port);
    if (ours && script_current(&server->script, client)->kind == BEHAVIOUR_REFUSE)
        (void)fake_server_next(server, client_address);
}

/* --- connections --------------------------------------------------------------------------------
 */

static enum web_admission admit_http(void *context, struct web_client *client, unsigned *identity)
{
    struct fake_server *server = context;
    const struct behaviour *behaviour =
        script_current(&server->script, client_of(server, client->address));
    (void)identity;
    if (server->published || behaviour->kind != BEHAVIOUR_REFUSE)
        return WEB_ADMIT;
    /* The port is open for others' sake. */
    (void)fake_server_next(server, client->address);
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
                                         .server_port = fake_server_port(server, FAKE_HTTPS),
                                         .fault = answer_plan_tls_words(tls)});
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
    (void)fake_server_next(server, client->address);
}

/* --- pushed configurations ----------------------------------------------------------------------
 */

static const char *without_slash(const char *target)
{
    return *target == '/' ? target + 1 : target;
}

const struct published *fake_server_find_published(const struct fake_server *server,
                                                   const char *target)
{
    target = without_slash(target);
    size_t length = strcspn(target, "?");
    for (const struct published *at = server->published; at; at = at->next)
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
    struct published *published =
        (struct published *)(uintptr_t)fake_server_find_published(server, target);
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

/* --- life
 * ----------------------------------------------------------------------------------------- */

static int add_web(struct fake_server *server, enum fake_transport transport, uint16_t port,
                   const struct fake_server_config *given, struct error *error)
{
    bool tls = transport == FAKE_HTTPS;
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
        .handle = tls ? transaction_handle_https : transaction_handle_http,
        .sending = transaction_sending_web,
        .ended = transaction_ended_web,
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
        .handle = transaction_handle_tftp,
        .sending = transaction_sending_tftp,
        .ended = transaction_ended_tftp,
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
        result = add_web(server, FAKE_HTTP, config->http_port, config, error);
    }
    if (result == 0)
        result = add_web(server, FAKE_HTTPS, config->https_port, config, error);
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
    web_server_free(server->web[FAKE_HTTP]);
    web_server_free(server->web[FAKE_HTTPS]);
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

uint16_t fake_server_port(const struct fake_server *server, enum fake_transport transport)
{
    if (transport == FAKE_TFTP)
        return server->tftp ? tftp_server_port(server->tftp) : 0;
    return server->web[transport] ? web_server_port(server->web[transport]) : 0;
}
