/* SPDX-License-Identifier: MIT */
#include "harness/lab_file/draft.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <string.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, PATH_BYTES_MAX = 1024, PORT_MAX = 65535 };

static bool is_name(const char *text)
{
    size_t length = strlen(text);
    for (const char *t = text; *t; t++)
        if (!isalnum((unsigned char)*t) && (t == text || !strchr("-_.", *t)))
            return false;
    return length > 0 && length <= LAB_FILE_NAME_MAX;
}

bool value_lab_name(struct parse *parse, const struct node *node, const char *what,
                    const char **ret_name)
{
    if (node->kind == NODE_SCALAR && !node->nothing && is_name(node->text)) {
        *ret_name = node->text;
        return true;
    }
    parse_expected(parse, node, NULL, "%s: at most %d letters, digits, `-`, `_` and `.`", what,
                   LAB_FILE_NAME_MAX);
    return false;
}

bool value_port(struct parse *parse, const struct node *node, uint16_t *ret_port)
{
    uint64_t port;
    if (!value_number(parse, node, "a port", 1, PORT_MAX, &port))
        return false;
    *ret_port = (uint16_t)port;
    return true;
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

bool value_host(struct parse *parse, const struct node *node, bool or_address,
                const char **ret_host)
{
    uint32_t address;
    bool good = node->kind == NODE_SCALAR && !node->nothing && is_host(node->text);
    if (good && (or_address || !ipv4_parse(node->text, &address))) {
        *ret_host = node->text;
        return true;
    }
    parse_expected(parse, node, NULL, "a host name such as host.example.net%s",
                   or_address ? ", or an IPv4 address" : "");
    return false;
}

bool value_path(struct parse *parse, const struct node *node, const char **ret_path)
{
    bool good =
        node->kind == NODE_SCALAR && node->text[0] == '/' && strlen(node->text) <= PATH_BYTES_MAX;
    for (const char *t = node->text; good && *t; t++)
        good = *t > ' ' && *t < 0x7f && *t != '#';
    if (good)
        *ret_path = node->text;
    else
        parse_expected(parse, node, NULL, "a path such as %s",
                       vendor_page(vendor_default())->status);
    return good;
}

bool value_command(struct parse *parse, const struct node *node, struct lab_command *ret_command)
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
