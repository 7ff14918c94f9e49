/* SPDX-License-Identifier: MIT */
#include "fakes/phone/page_form.h"
#include <string.h>

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool page_unescape(const char *text, size_t length, bool plus, char *result, size_t max)
{
    size_t used = 0;
    if (max == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        int byte = (unsigned char)text[i];
        if (byte == '%') {
            int high = length - i > 2 ? hex_value(text[i + 1]) : -1;
            int low = high < 0 ? -1 : hex_value(text[i + 2]);
            if (low < 0)
                return false;
            byte = high * 16 + low;
            i += 2;
        } else if (byte == '+' && plus) {
            byte = ' ';
        }
        if (byte == 0 || used + 1 >= max)
            return false;
        result[used++] = (char)byte;
    }
    result[used] = '\0';
    return true;
}

static bool is_tag(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char others[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-.";
    return *name != '\0' && strchr(letters, *name) && name[strspn(name, others)] == '\0';
}

static int take_field(const char *field, size_t length, struct parameters *fields,
                      struct error *error)
{
    char name[PARAMETER_NAME_MAX], value[PARAMETER_VALUE_MAX];
    const char *equals = memchr(field, '=', length);
    size_t name_length = equals ? (size_t)(equals - field) : length;
    const char *rest = equals ? equals + 1 : field + length;
    if (!page_unescape(field, name_length, true, name, sizeof name) || !is_tag(name))
        return error_set(error, ERROR_INVALID, "'%.*s' is no name of a parameter",
                         name_length < 64 ? (int)name_length : 64, field);
    if (!page_unescape(rest, length - (size_t)(rest - field), true, value, sizeof value))
        return error_set(error, ERROR_INVALID, "the value of %s is malformed or too long", name);
    int result = parameters_set(fields, name, value);
    return result < 0 ? error_set(error, result, "%s does not fit", name) : 0;
}

int page_form_parse(const uint8_t *body, size_t length, struct parameters *ret_fields,
                    struct error *error)
{
    const char *text = (const char *)body;
    parameters_init(ret_fields);
    if (length > PAGE_FORM_BYTES_MAX)
        return error_set(error, ERROR_LIMIT, "a form of %zu bytes", length);
    int result = 0;
    for (size_t start = 0; start < length && result == 0;) {
        const char *end = memchr(text + start, '&', length - start);
        size_t stop = end ? (size_t)(end - text) : length;
        if (stop > start)
            result = take_field(text + start, stop - start, ret_fields, error);
        start = stop + 1;
    }
    return result;
}

/* The credentials are a suffix, because what stands before them may be a URL with a query. */
static bool cut_suffix(char *query, const char *name, char *value, size_t max)
{
    size_t name_length = strlen(name);
    char *found = NULL;
    for (char *at = strstr(query, name); at; at = strstr(at + 1, name)) {
        if (at == query || at[-1] == '&')
            found = at;
    }
    value[0] = '\0';
    if (!found)
        return true;
    size_t value_length = strcspn(found + name_length, "&");
    char *after = found + name_length + value_length;
    if (!page_unescape(found + name_length, value_length, true, value, max))
        return false;
    char *start = found == query ? found : found - 1;
    if (start == query && *after == '&')
        after++;
    memmove(start, after, strlen(after) + 1);
    return true;
}

bool page_target_parse(const char *text, struct page_target *ret_target)
{
    struct page_target target = {0};
    size_t path_length = strcspn(text, "?#");
    if (text[0] != '/' || !page_unescape(text, path_length, false, target.path, sizeof target.path))
        return false;
    const char *query = text[path_length] == '?' ? text + path_length + 1 : "";
    size_t query_length = strlen(query);
    if (query_length >= sizeof target.query)
        return false;
    memcpy(target.query, query, query_length + 1);
    if (!cut_suffix(target.query, "xpassword=", target.password, sizeof target.password) ||
        !cut_suffix(target.query, "xuser=", target.user, sizeof target.user))
        return false;
    *ret_target = target;
    return true;
}
