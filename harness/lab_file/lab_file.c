/* SPDX-License-Identifier: MIT */
/* The whole of a lab file: defaults, the top-level keys. */
#include "harness/lab_file/lab_file.h"
#include "harness/base/file.h"
#include "harness/lab_file/lab_file_internal.h"
#include "harness/scenario/language.h"
#include "harness/vendor/vendor.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { INTERFACE_NAME_MAX = 15, HTTP_PORT = 80, HTTPS_PORT = 443, TFTP_PORT = 69 };
enum { TIME_SCALE_MIN = 1, TIME_SCALE_MAX = 1000 };
#define PROVISION_HOST "provision.example.net"

static void read_name(struct parse *parse, const struct node *value, void *target)
{
    value_lab_name(parse, value, "the lab's name", target);
}

static bool is_interface(const char *text)
{
    size_t length = strlen(text);
    for (const char *t = text; *t; t++)
        if ((unsigned char)*t <= ' ' || (unsigned char)*t >= 0x7f || strchr("/:", *t))
            return false;
    return length > 0 && length <= INTERFACE_NAME_MAX && strcmp(text, ".") != 0 &&
           strcmp(text, "..") != 0;
}

static void read_interface(struct parse *parse, const struct node *value, void *target)
{
    lab_draft(parse)->interface_place = value->key->place;
    if (value->kind == NODE_SCALAR && !value->nothing && is_interface(value->text))
        *(const char **)target = value->text;
    else
        parse_expected(parse, value, NULL,
                       "the name of a network interface such as eth1 (`ip link` lists them)");
}

static void read_time_scale(struct parse *parse, const struct node *value, void *target)
{
    value_decimal(parse, value, "how many times faster the devices' timers run", TIME_SCALE_MIN,
                  TIME_SCALE_MAX, target);
}

static void read_tolerance_of_lab(struct parse *parse, const struct node *value, void *target)
{
    struct lab_file *lab = target;
    lab->has_tolerance = value_tolerance(parse, value, &lab->tolerance);
}

/* A lab that is plugged into a wire has to say all of it. */
static void check_wire(struct parse *parse, const struct node *root)
{
    static const char *const needed[] = {"address", "pool", "phones"};
    if (!node_child(root, "interface"))
        return;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!node_child(root, needed[i]))
            parse_error(parse, lab_draft(parse)->interface_place,
                        "expected `%s:` in a lab with an `interface:`, found no such key",
                        needed[i]);
}

/* The name server could not tell one from the other. */
static void check_hosts(struct parse *parse, const struct node *root)
{
    const struct lab_file *lab = lab_draft(parse)->lab;
    if (strcasecmp(lab->edos.host, lab->provision.host) != 0)
        return;
    const struct node *provision = node_child(root, "provision");
    if (!provision || !node_child(provision, "host"))
        provision = node_child(root, "edos");
    const struct node *host = node_child(provision, "host");
    parse_expected(parse, host ? host : provision, NULL,
                   "two hosts for edos and provision, each with a name of its own");
}

static void read_top(struct parse *parse, const struct node *root)
{
    static const struct field fields[] = {
        {.key = "lab",
         .required = true,
         .read = read_name,
         MEMBER_AT(struct lab_file, name, const char *)},
        {.key = "interface",
         .read = read_interface,
         MEMBER_AT(struct lab_file, interface, const char *)},
        {.key = "address", .read = read_lab_address},
        {.key = "pool", .read = read_lab_pool},
        {.key = "name_server",
         .read = read_lab_name_server,
         MEMBER_AT(struct lab_file, name_server, uint32_t)},
        {.key = "time_scale",
         .read = read_time_scale,
         MEMBER_AT(struct lab_file, time_scale, double)},
        {.key = "edos", .read = read_lab_edos, MEMBER_AT(struct lab_file, edos, struct lab_server)},
        {.key = "provision",
         .read = read_lab_provision,
         MEMBER_AT(struct lab_file, provision, struct lab_server)},
        {.key = "tolerance", .read = read_tolerance_of_lab},
        {.key = "phones", .read = read_lab_phones},
    };
    fields_read(parse, root, "a lab", fields, FIELDS_COUNT(fields), lab_draft(parse)->lab);
    if (root->kind == NODE_MAP)
        check_wire(parse, root);
    check_hosts(parse, root);
    lab_addresses_check(parse);
}

static void set_defaults(struct lab_file *lab)
{
    lab->time_scale = TIME_SCALE_MIN;
    lab->edos = (struct lab_server){.host = vendor_default()->hosts[0].name,
                                    .path = vendor_default()->redirect_path,
                                    .https_port = HTTPS_PORT,
                                    .tls = true};
    lab->provision = (struct lab_server){.host = PROVISION_HOST,
                                         .http_port = HTTP_PORT,
                                         .https_port = HTTPS_PORT,
                                         .tftp_port = TFTP_PORT,
                                         .tls = true};
}

static void read_file(struct parse *parse, const char *directory, const uint8_t *bytes,
                      size_t length)
{
    struct lab_file *lab = lab_draft(parse)->lab;
    if (length > LAB_FILE_BYTES_MAX) {
        parse_error(parse, (struct place){1, 1}, "expected a file of at most %d bytes, found %zu",
                    LAB_FILE_BYTES_MAX, length);
        return;
    }
    lab->path = arena_string(&lab->arena, parse->path);
    lab->directory = arena_string(&lab->arena, directory);
    lab->source = arena_copy(&lab->arena, bytes, length);
    lab->source_bytes = length;
    if (!lab->path || !lab->directory || !lab->source) {
        parse_exhausted(parse);
        return;
    }
    set_defaults(lab);
    struct node *root = node_parse(parse, bytes, length);
    if (root)
        read_top(parse, root);
}

int lab_file_parse(const char *path, const char *directory, const uint8_t *bytes, size_t length,
                   struct lab_file **ret_lab, struct diagnostics *diagnostics)
{
    size_t first = diagnostics->count;
    struct lab_file *lab = calloc(1, sizeof *lab);
    struct lab_draft draft = {
        .parse = {.path = path, .noun = "lab", .diagnostics = diagnostics, .discreet = true},
        .lab = lab};
    if (!lab) {
        parse_exhausted(&draft.parse);
        return ERROR_INVALID;
    }
    arena_init(&lab->arena, PARSE_KEPT_BYTES_MAX);
    arena_init(&lab->secrets, PARSE_KEPT_BYTES_MAX);
    arena_init(&draft.parse.scratch, PARSE_SCRATCH_BYTES_MAX);
    draft.parse.arena = &lab->arena;
    read_file(&draft.parse, directory, bytes, length);
    arena_done(&draft.parse.scratch);
    diagnostics_sort(diagnostics, first);
    if (draft.parse.problems > 0) {
        lab_file_free(lab);
        return ERROR_INVALID;
    }
    *ret_lab = lab;
    return 0;
}

int lab_file_load(const char *path, struct lab_file **ret_lab, struct diagnostics *diagnostics)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');
    uint8_t *bytes;
    size_t length;
    struct error error;
    if (file_read(path, LAB_FILE_BYTES_MAX, &bytes, &length, &error) < 0) {
        diagnostics_add(diagnostics, path, (struct place){0}, "cannot be read: %s", error.text);
        return ERROR_INVALID;
    }
    if (slash)
        snprintf(directory, sizeof directory, "%.*s", slash == path ? 1 : (int)(slash - path),
                 path);
    else
        snprintf(directory, sizeof directory, ".");
    int result = lab_file_parse(path, directory, bytes, length, ret_lab, diagnostics);
    free(bytes);
    return result;
}

void lab_file_free(struct lab_file *lab)
{
    if (!lab)
        return;
    arena_wipe(&lab->secrets);
    arena_done(&lab->secrets);
    arena_done(&lab->arena);
    free(lab);
}
