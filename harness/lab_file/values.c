/* SPDX-License-Identifier: MIT */
/* Values of a lab file: names, hosts, paths, commands, and what it only says the place of: secrets,
 * certificates, keys. No message of those may hold what was found there, nor what stands where a
 * secret's place should. */
#include "harness/base/file.h"
#include "harness/lab_file/lab_file_internal.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, PATH_BYTES_MAX = 1024 };

bool value_lab_name(struct parse *parse, const struct node *node, const char *what,
                    const char **ret_name)
{
    if (node->kind == NODE_SCALAR && !node->nothing &&
        text_is_name(node->text, LAB_FILE_NAME_MAX)) {
        *ret_name = node->text;
        return true;
    }
    parse_expected(parse, node, NULL, "%s: at most %d letters, digits, `-`, `_` and `.`", what,
                   LAB_FILE_NAME_MAX);
    return false;
}

static bool is_host(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > HOST_MAX)
        return false;
    for (;;) {
        size_t label = strcspn(text, ".");
        if (label == 0 || label > LABEL_MAX || text[0] == '-' || text[label - 1] == '-')
            return false;
        for (size_t i = 0; i < label; i++)
            if (!isalnum((unsigned char)text[i]) && text[i] != '-')
                return false;
        if (text[label] == '\0')
            return true;
        text += label + 1;
    }
}

static void read_host(struct parse *parse, const struct node *value, bool or_address,
                      const char **ret_host)
{
    uint32_t address;
    bool good = value->kind == NODE_SCALAR && !value->nothing && is_host(value->text);
    if (good && (or_address || !ipv4_parse(value->text, &address)))
        *ret_host = value->text;
    else
        parse_expected(parse, value, NULL, "a host name such as host.example.net%s",
                       or_address ? ", or an IPv4 address" : "");
}

void read_lab_host(struct parse *parse, const struct node *value, void *target)
{
    read_host(parse, value, false, target);
}

void read_lab_host_or_address(struct parse *parse, const struct node *value, void *target)
{
    read_host(parse, value, true, target);
}

void read_lab_path(struct parse *parse, const struct node *value, void *target)
{
    bool good = value->kind == NODE_SCALAR && value->text[0] == '/' &&
                strlen(value->text) <= PATH_BYTES_MAX;
    for (const char *t = value->text; good && *t; t++)
        good = *t > ' ' && *t < 0x7f && *t != '#';
    if (good)
        *(const char **)target = value->text;
    else
        parse_expected(parse, value, NULL, "a path such as %s", vendor_default()->page.status);
}

bool value_lab_command(struct parse *parse, const struct node *node,
                       struct lab_command *ret_command)
{
    static const char what[] = "a program and its arguments such as [./power.sh, desk-1]";
    if (!value_is_list(parse, node, what))
        return false;
    if (node->count > LAB_FILE_ARGUMENTS_MAX) {
        parse_error(parse, node->place, "expected at most %d arguments, found %zu",
                    LAB_FILE_ARGUMENTS_MAX, node->count);
        return false;
    }
    const char **arguments = parse_keep(parse, node->count + 1, sizeof *arguments);
    size_t count = 0;
    for (const struct node *item = node->first; arguments && item; item = item->next)
        if (item == node->first ? value_text(parse, item, "a program", &arguments[count])
                                : value_scalar(parse, item, "an argument", &arguments[count]))
            count++;
    if (!arguments || count != node->count)
        return false;
    *ret_command = (struct lab_command){arguments, count, node->place};
    return true;
}

/* --- secrets, certificates, keys --- */

#define ENVIRONMENT "env:"
#define FILE_PREFIX "file:"
#define PEM_CERTIFICATE "-----BEGIN CERTIFICATE-----"
#define PEM_BEGIN "-----BEGIN "
#define PEM_KEY_END "PRIVATE KEY-----"

static const char *behind(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool is_variable(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && *text != '_')
            return false;
    return true;
}

/* The bytes, for the caller to wipe and free, of a file beside the lab file; NULL after
 * reporting. */
static uint8_t *read_beside(struct parse *parse, const struct node *node, const char *name,
                            size_t max_bytes, size_t *ret_length)
{
    char path[PATH_MAX], found[NODE_FOUND_MAX];
    struct error error;
    uint8_t *bytes;
    const char *directory = lab_draft(parse)->lab->directory;
    bool whole = *name == '/';
    int length =
        snprintf(path, sizeof path, "%s%s%s", whole ? "" : directory, whole ? "" : "/", name);
    if (length < 0 || (size_t)length >= sizeof path)
        error_set(&error, ERROR_LIMIT, "its path is too long");
    else if (file_read(path, max_bytes, &bytes, ret_length, &error) == 0)
        return bytes;
    parse_error(parse, node->place, "expected a file that can be read, found %s: %s",
                node_quote(name, found), error.text);
    return NULL;
}

static void wipe_and_free(uint8_t *bytes, size_t length)
{
    explicit_bzero(bytes, length);
    free(bytes);
}

/* Into the arena of secrets, so that it is wiped with it. */
static const char *keep_secret(struct parse *parse, const char *bytes, size_t length)
{
    const char *kept = arena_string_n(&lab_draft(parse)->lab->secrets, bytes, length);
    if (!kept)
        parse_exhausted(parse);
    return kept;
}

static const char *from_environment(struct parse *parse, const struct node *node,
                                    const char *variable, size_t max_bytes)
{
    if (!is_variable(variable)) {
        parse_error(parse, node->place,
                    "expected env: with the name of an environment variable (letters, digits, "
                    "`_`), found something else");
        return NULL;
    }
    const char *value = getenv(variable);
    if (!value || *value == '\0') {
        parse_error(parse, node->place,
                    "expected a secret in the environment variable %s, found it %s; set it before "
                    "rclab is started",
                    variable, value ? "empty" : "not set");
        return NULL;
    }
    if (strlen(value) > max_bytes) {
        parse_error(parse, node->place,
                    "expected a secret of at most %zu bytes in the environment variable %s, found "
                    "a longer one",
                    max_bytes, variable);
        return NULL;
    }
    return keep_secret(parse, value, strlen(value));
}

static const char *from_file(struct parse *parse, const struct node *node, const char *name,
                             size_t max_bytes)
{
    char found[NODE_FOUND_MAX];
    size_t length;
    if (*name == '\0') {
        parse_error(parse, node->place, "expected file: with the path of a file, found none");
        return NULL;
    }
    uint8_t *bytes = read_beside(parse, node, name, max_bytes, &length);
    if (!bytes)
        return NULL;
    size_t used = length;
    if (used > 0 && bytes[used - 1] == '\n')
        used--;
    if (used > 0 && used < length && bytes[used - 1] == '\r')
        used--;
    const char *kept = NULL;
    if (used == 0)
        parse_error(parse, node->place, "expected a secret in the file %s, found it empty",
                    node_quote(name, found));
    else if (memchr(bytes, '\0', used))
        parse_error(parse, node->place, "expected a secret of text in the file %s, found a NUL",
                    node_quote(name, found));
    else
        kept = keep_secret(parse, (const char *)bytes, used);
    wipe_and_free(bytes, length);
    return kept;
}

/* "env:…" or "file:…"; the secret itself, NULL after reporting. */
static const char *read_secret(struct parse *parse, const struct node *node, size_t max_bytes)
{
    if (node->kind != NODE_SCALAR || node->nothing) {
        parse_expected(parse, node, NULL, "where the secret is: env:NAME or file:PATH");
        return NULL;
    }
    const char *variable = behind(node->text, ENVIRONMENT);
    const char *file = behind(node->text, FILE_PREFIX);
    if (variable)
        return from_environment(parse, node, variable, max_bytes);
    if (file)
        return from_file(parse, node, file, max_bytes);
    parse_error(parse, node->place,
                "expected env:NAME or file:PATH, found a text; a secret is never written here");
    return NULL;
}

void read_lab_secret(struct parse *parse, const struct node *value, void *target)
{
    const char *secret = read_secret(parse, value, LAB_FILE_SECRET_BYTES_MAX);
    if (secret && strpbrk(secret, "\r\n"))
        parse_error(parse, value->place, "expected a secret of one line in %s, found several",
                    value->text);
    else if (secret)
        *(struct lab_secret *)target = (struct lab_secret){value->text, secret, value->place};
}

bool value_lab_certificate(struct parse *parse, const struct node *node, const char **ret_pem)
{
    const char *name;
    char found[NODE_FOUND_MAX];
    size_t length;
    if (!value_text(parse, node, "the name of a PEM file beside the lab file", &name))
        return false;
    uint8_t *bytes = read_beside(parse, node, name, LAB_FILE_PEM_BYTES_MAX, &length);
    if (!bytes)
        return false;
    const char *text = (const char *)bytes;
    const char *kept = NULL;
    if (memchr(bytes, '\0', length) || !strstr(text, PEM_CERTIFICATE))
        parse_error(parse, node->place,
                    "expected a certificate in PEM (" PEM_CERTIFICATE ") in the file %s, found "
                    "something else",
                    node_quote(name, found));
    else if (!(kept = arena_string_n(parse->arena, text, length)))
        parse_exhausted(parse);
    wipe_and_free(bytes, length); /* some keep the key in the same file */
    if (kept)
        *ret_pem = kept;
    return kept != NULL;
}

static bool is_key(const char *text)
{
    for (const char *begin = text; (begin = strstr(begin, PEM_BEGIN)); begin++) {
        const char *end = strstr(begin, PEM_KEY_END);
        if (end && !memchr(begin, '\n', (size_t)(end - begin)))
            return true;
    }
    return false;
}

bool value_lab_key(struct parse *parse, const struct node *node, const char **ret_pem)
{
    const char *value = read_secret(parse, node, LAB_FILE_PEM_BYTES_MAX);
    if (!value)
        return false;
    if (!is_key(value)) {
        parse_error(parse, node->place,
                    "expected a key in PEM (" PEM_BEGIN PEM_KEY_END ") in %s, found something else",
                    node->text);
        return false;
    }
    *ret_pem = value;
    return true;
}
