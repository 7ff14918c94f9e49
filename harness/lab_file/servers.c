/* SPDX-License-Identifier: MIT */
/* Who serves, and at which address: `edos:`, `provision:`, `address:`, `name_server:`, `pool:`, and
 * that all addresses fit together. */
#include "harness/lab_file/lab_file_internal.h"
#include <stdio.h>
#include <string.h>

enum { EDOS_PLAIN_PORT = 80, PREFIX_MIN = 8, PREFIX_MAX = 30 };
enum { PAIR_TEXT_MAX = 2 * IPV4_TEXT_MAX };

/* --- servers --- */

struct server_draft {
    struct lab_server server;
    uint16_t port; /* EDOS; 0 = not said */
};

/* A port, or `none`: not served. */
static void read_optional_port(struct parse *parse, const struct node *value, void *target)
{
    uint64_t port;
    if (value->kind == NODE_SCALAR && strcmp(value->text, "none") == 0)
        *(uint16_t *)target = 0;
    else if (value->kind != NODE_SCALAR || value->text[strspn(value->text, "0123456789")] != '\0')
        parse_expected(parse, value, NULL, "a port, or none");
    else if (value_number(parse, value, "a port", 1, UINT16_MAX, &port))
        *(uint16_t *)target = (uint16_t)port;
}

static void read_certificate(struct parse *parse, const struct node *value, void *target)
{
    struct lab_server *server = target;
    if (!value_lab_certificate(parse, value, &server->certificate_pem))
        return;
    server->certificate = value->text;
    server->certificate_place = value->place;
}

static void read_key(struct parse *parse, const struct node *value, void *target)
{
    struct lab_server *server = target;
    if (!value_lab_key(parse, value, &server->key_pem))
        return;
    server->key = value->text;
    server->key_place = value->place;
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

/* Where a server's address is given, if it is. */
static void note_address(struct parse *parse, const struct node *map, enum lab_role role)
{
    const struct node *value = node_child(map, "address");
    uint32_t address;
    if (value && value->kind == NODE_SCALAR && ipv4_parse(value->text, &address))
        lab_draft(parse)->address_places[role] = value->place;
}

/* The keys of both. */
#define HOST \
    {.key = "host", .read = read_lab_host, MEMBER_AT(struct lab_server, host, const char *)}
#define ADDRESS {.key = "address", ADDRESS_AT(struct lab_server, address)}
#define CERTIFICATE {.key = "certificate", .read = read_certificate}
#define KEY {.key = "key", .read = read_key}
#define DEMAND \
    {.key = "demand_client_certificate", BOOLEAN_AT(struct lab_server, demands_client_certificate)}
_Static_assert(offsetof(struct server_draft, server) == 0, "one target for both");

void read_lab_edos(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        HOST,
        {.key = "path", .read = read_lab_path, MEMBER_AT(struct lab_server, path, const char *)},
        ADDRESS,
        {.key = "port", PORT_AT(struct server_draft, port)},
        {.key = "tls", BOOLEAN_AT(struct lab_server, tls)},
        CERTIFICATE,
        KEY,
        DEMAND,
    };
    struct lab_server *server = target;
    struct server_draft draft = {.server = *server};
    fields_read(parse, value, "`edos`", fields, FIELDS_COUNT(fields), &draft);
    *server = draft.server;
    note_address(parse, value, LAB_ROLE_EDOS);
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
        HOST,
        ADDRESS,
        {.key = "http",
         .read = read_optional_port,
         MEMBER_AT(struct lab_server, http_port, uint16_t)},
        {.key = "https",
         .read = read_optional_port,
         MEMBER_AT(struct lab_server, https_port, uint16_t)},
        {.key = "tftp",
         .read = read_optional_port,
         MEMBER_AT(struct lab_server, tftp_port, uint16_t)},
        CERTIFICATE,
        KEY,
        DEMAND,
    };
    struct lab_server *server = target;
    fields_read(parse, value, "`provision`", fields, FIELDS_COUNT(fields), server);
    note_address(parse, value, LAB_ROLE_PROVISION);
    check_tls(parse, value, server->https_port != 0, "`https: none`");
    check_provision(parse, value, server);
}

/* --- the wire's addresses --- */

/* "A/B" or "A-B" in two; false if it is too long or has no such separator. */
static bool split(const struct node *node, char separator, char text[PAIR_TEXT_MAX],
                  const char **ret_second)
{
    if (node->kind != NODE_SCALAR || strlen(node->text) >= PAIR_TEXT_MAX)
        return false;
    snprintf(text, PAIR_TEXT_MAX, "%s", node->text);
    char *middle = strchr(text, separator);
    if (!middle)
        return false;
    *middle = '\0';
    *ret_second = middle + 1;
    return true;
}

static bool parse_prefix(const char *text, unsigned *ret_length)
{
    double number; /* a whole one, checked by its letters */
    if (strspn(text, "0123456789") != strlen(text) || !decimal_parse(text, PREFIX_MAX, &number) ||
        number < (double)PREFIX_MIN)
        return false;
    *ret_length = (unsigned)number;
    return true;
}

void read_lab_address(struct parse *parse, const struct node *value, void *target)
{
    struct lab_file *lab = target;
    char text[PAIR_TEXT_MAX];
    const char *prefix;
    uint32_t address;
    unsigned length;
    if (!split(value, '/', text, &prefix) || !ipv4_parse(text, &address) ||
        !parse_prefix(prefix, &length)) {
        parse_expected(parse, value, NULL,
                       "the harness's address and the length of its prefix (%d to %d), such as "
                       "192.168.77.1/24",
                       PREFIX_MIN, PREFIX_MAX);
        return;
    }
    lab->address = address;
    lab->prefix_length = length;
    lab_draft(parse)->address_places[LAB_ROLE_HARNESS] = value->place;
}

void read_lab_name_server(struct parse *parse, const struct node *value, void *target)
{
    if (value_address(parse, value, target))
        lab_draft(parse)->address_places[LAB_ROLE_NAME_SERVER] = value->place;
}

void read_lab_pool(struct parse *parse, const struct node *value, void *target)
{
    struct lab_file *lab = target;
    char text[PAIR_TEXT_MAX];
    const char *last_text;
    uint32_t first, last;
    if (!split(value, '-', text, &last_text) || !ipv4_parse(text, &first) ||
        !ipv4_parse(last_text, &last)) {
        parse_expected(parse, value, NULL,
                       "the first and the last address for the phones, such as "
                       "192.168.77.50-192.168.77.250");
        return;
    }
    if (first > last) {
        parse_expected(parse, value, NULL, "the smaller address of the pool first");
        return;
    }
    lab->pool_first = first;
    lab->pool_last = last;
    lab_draft(parse)->pool_place = value->place;
}

/* --- that all fit together --- */

struct subnet {
    uint32_t network, broadcast;
    unsigned prefix_length;
};

static struct subnet subnet_of(const struct lab_file *lab)
{
    uint32_t hosts = UINT32_MAX >> lab->prefix_length;
    return (struct subnet){lab->address & ~hosts, lab->address | hosts, lab->prefix_length};
}

static const char *outside(const struct subnet *subnet, uint32_t address)
{
    if (address < subnet->network || address > subnet->broadcast)
        return "is outside";
    if (address == subnet->network)
        return "is the name of the network";
    return address == subnet->broadcast ? "is the broadcast address" : NULL;
}

static uint32_t *role_address(struct lab_file *lab, enum lab_role role)
{
    switch (role) {
    case LAB_ROLE_EDOS:
        return &lab->edos.address;
    case LAB_ROLE_PROVISION:
        return &lab->provision.address;
    case LAB_ROLE_NAME_SERVER:
        return &lab->name_server;
    default:
        return &lab->address;
    }
}

static const char *const role_names[LAB_ROLE_COUNT] = {
    "the harness's address", "the address of EDOS", "the address of the provisioning server",
    "the address of the name server"};
static const char *const role_keys[LAB_ROLE_COUNT] = {"address: …", "edos: {address: …}",
                                                      "provision: {address: …}", "name_server: …"};

/* Where a person reads of it: at its own key, or, of one that follows from the harness's, there
 * with the key that would say it. */
static void complain(struct parse *parse, enum lab_role role, const char *wanted, const char *why)
{
    const struct lab_draft *draft = lab_draft(parse);
    char text[IPV4_TEXT_MAX];
    bool said = draft->address_places[role].line > 0;
    ipv4_format(*role_address(draft->lab, role), text);
    if (said)
        parse_error(parse, draft->address_places[role], "expected %s %s, found %s, which %s",
                    role_names[role], wanted, text, why);
    else
        parse_error(parse, draft->address_places[LAB_ROLE_HARNESS],
                    "expected %s %s, found %s, which %s; it follows from this address: choose "
                    "another one with `%s`",
                    role_names[role], wanted, text, why, role_keys[role]);
}

static void check_role(struct parse *parse, enum lab_role role, const struct subnet *subnet)
{
    struct lab_file *lab = lab_draft(parse)->lab;
    uint32_t address = *role_address(lab, role);
    char wanted[64], network[IPV4_TEXT_MAX], why[64];
    const char *wrong = outside(subnet, address);
    if (wrong) {
        snprintf(wanted, sizeof wanted, "within %s/%u", ipv4_format(subnet->network, network),
                 subnet->prefix_length);
        complain(parse, role, wanted, wrong);
        return;
    }
    for (unsigned other = 0; other < role; other++) {
        if (*role_address(lab, (enum lab_role)other) != address)
            continue;
        snprintf(why, sizeof why, "is also %s", role_names[other]);
        complain(parse, role, "to differ from the others", why);
        return;
    }
    if (lab->pool_last > 0 && address >= lab->pool_first && address <= lab->pool_last)
        complain(parse, role, "outside the pool", "a phone may be given");
}

static void check_pool(struct parse *parse, const struct subnet *subnet)
{
    const struct lab_draft *draft = lab_draft(parse);
    const struct lab_file *lab = draft->lab;
    char first[IPV4_TEXT_MAX], last[IPV4_TEXT_MAX], network[IPV4_TEXT_MAX];
    uint64_t size = (uint64_t)lab->pool_last - lab->pool_first + 1;
    if (outside(subnet, lab->pool_first) || outside(subnet, lab->pool_last))
        parse_error(parse, draft->pool_place,
                    "expected a pool within %s/%u, without its first and last address, found "
                    "%s-%s",
                    ipv4_format(subnet->network, network), subnet->prefix_length,
                    ipv4_format(lab->pool_first, first), ipv4_format(lab->pool_last, last));
    else if (size < lab->phone_count)
        parse_error(parse, draft->pool_place,
                    "expected a pool with an address for each of the %zu phones, found %u",
                    lab->phone_count, (unsigned)size);
}

/* Nothing can be checked, and nothing follows, without the harness's. */
static void refuse_without_address(struct parse *parse)
{
    const struct lab_draft *draft = lab_draft(parse);
    const struct place places[] = {draft->address_places[LAB_ROLE_EDOS],
                                   draft->address_places[LAB_ROLE_PROVISION],
                                   draft->address_places[LAB_ROLE_NAME_SERVER], draft->pool_place};
    for (size_t i = 0; parse->problems == 0 && i < sizeof places / sizeof places[0]; i++)
        if (places[i].line > 0)
            parse_error(parse, places[i],
                        "expected `address:` in a lab that gives other addresses, found no such "
                        "key");
}

void lab_addresses_check(struct parse *parse)
{
    struct lab_draft *draft = lab_draft(parse);
    struct lab_file *lab = draft->lab;
    if (draft->address_places[LAB_ROLE_HARNESS].line == 0) {
        refuse_without_address(parse);
        return;
    }
    const struct subnet subnet = subnet_of(lab);
    for (unsigned role = LAB_ROLE_EDOS; role < LAB_ROLE_COUNT; role++)
        if (draft->address_places[role].line == 0)
            *role_address(lab, (enum lab_role)role) = lab->address + role;
    for (unsigned role = 0; role < LAB_ROLE_COUNT; role++)
        check_role(parse, (enum lab_role)role, &subnet);
    if (draft->pool_place.line > 0)
        check_pool(parse, &subnet);
}
