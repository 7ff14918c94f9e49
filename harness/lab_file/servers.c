/* SPDX-License-Identifier: MIT */
/* `edos:` and `provision:`. */
#include "harness/lab_file/draft.h"
#include <string.h>

enum { EDOS_PLAIN_PORT = 80 };

struct server_draft {
    struct lab_server *server;
    enum lab_role role;
    uint16_t port; /* EDOS; 0 = not said */
};

static void read_host(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    value_host(parse, value, false, &draft->server->host);
}

static void read_path(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    value_path(parse, value, &draft->server->path);
}

static void read_address(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    if (value_address(parse, value, &draft->server->address))
        lab_draft(parse)->address_places[draft->role] = value->place;
}

static void read_port(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    value_port(parse, value, &draft->port);
}

static void read_tls(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    value_boolean(parse, value, &draft->server->tls);
}

/* A port, or `none`: not served. */
static void read_optional_port(struct parse *parse, const struct node *value, uint16_t *ret_port)
{
    if (value->kind == NODE_SCALAR && strcmp(value->text, "none") == 0)
        *ret_port = 0;
    else if (value->kind == NODE_SCALAR && value->text[strspn(value->text, "0123456789")] == '\0')
        value_port(parse, value, ret_port);
    else
        parse_expected(parse, value, NULL, "a port, or none");
}

static void read_http(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    read_optional_port(parse, value, &draft->server->http_port);
}

static void read_https(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    read_optional_port(parse, value, &draft->server->https_port);
}

static void read_tftp(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    read_optional_port(parse, value, &draft->server->tftp_port);
}

static void read_certificate(struct parse *parse, const struct node *value, void *target)
{
    struct lab_server *server = ((struct server_draft *)target)->server;
    if (!value_certificate(parse, value, &server->certificate_pem))
        return;
    server->certificate = value->text;
    server->certificate_place = value->place;
}

static void read_key(struct parse *parse, const struct node *value, void *target)
{
    struct lab_server *server = ((struct server_draft *)target)->server;
    if (!value_key(parse, value, &server->key_pem))
        return;
    server->key = value->text;
    server->key_place = value->place;
}

static void read_demand(struct parse *parse, const struct node *value, void *target)
{
    struct server_draft *draft = target;
    value_boolean(parse, value, &draft->server->demands_client_certificate);
}

/* What only TLS has: a certificate with its key, a demand. */
static void check_tls(struct parse *parse, const struct node *map, bool has_tls,
                      const char *without)
{
    static const char *const keys[] = {"certificate", "key", "demand_client_certificate"};
    for (size_t i = 0; !has_tls && i < sizeof keys / sizeof keys[0]; i++) {
        const struct node *value = node_child(map, keys[i]);
        if (value)
            parse_error(parse, value->key->place, "expected no `%s:` without TLS (%s)", keys[i],
                        without);
    }
    const struct node *certificate = node_child(map, "certificate"), *key = node_child(map, "key");
    if (certificate && !key)
        parse_error(parse, certificate->key->place,
                    "expected `key:` beside `certificate:`, found no such key");
    if (key && !certificate)
        parse_error(parse, key->key->place,
                    "expected `certificate:` beside `key:`, found no such key");
}

void read_lab_edos(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {"host", read_host, false},       {"path", read_path, false},
        {"address", read_address, false}, {"port", read_port, false},
        {"tls", read_tls, false},         {"certificate", read_certificate, false},
        {"key", read_key, false},         {"demand_client_certificate", read_demand, false},
    };
    struct lab_server *server = &((struct lab_file *)target)->edos;
    struct server_draft draft = {.server = server, .role = LAB_ROLE_EDOS};
    fields_read(parse, value, "`edos`", fields, sizeof fields / sizeof fields[0], &draft);
    if (server->tls) {
        server->https_port = draft.port ? draft.port : server->https_port;
    } else {
        server->https_port = 0;
        server->http_port = draft.port ? draft.port : EDOS_PLAIN_PORT;
    }
    check_tls(parse, value, server->tls, "`tls: false`");
}

static void check_provision(struct parse *parse, const struct node *map,
                            const struct lab_server *server)
{
    if (server->http_port != 0 && server->http_port == server->https_port) {
        const struct node *port = node_child(map, "https");
        port = port ? port : node_child(map, "http");
        parse_error(parse, port ? port->place : map->place,
                    "expected two ports for http and https, found %u for both", server->http_port);
    }
    if (server->http_port == 0 && server->https_port == 0 && server->tftp_port == 0)
        parse_error(parse, map->place,
                    "expected at least one of http, https and tftp, found none of them");
}

void read_lab_provision(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {"host", read_host, false}, {"address", read_address, false},
        {"http", read_http, false}, {"https", read_https, false},
        {"tftp", read_tftp, false}, {"certificate", read_certificate, false},
        {"key", read_key, false},   {"demand_client_certificate", read_demand, false},
    };
    struct lab_server *server = &((struct lab_file *)target)->provision;
    struct server_draft draft = {.server = server, .role = LAB_ROLE_PROVISION};
    fields_read(parse, value, "`provision`", fields, sizeof fields / sizeof fields[0], &draft);
    check_tls(parse, value, server->https_port != 0, "`https: none`");
    check_provision(parse, value, server);
}
