/* SPDX-License-Identifier: MIT */
/* Values of DHCP options, as offered and as expected. */
#include "harness/base/address.h"
#include "harness/base/suggest.h"
#include "harness/scenario/language.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <string.h>

enum {
    OPTION_BYTES_MAX = 255,    /* one option's length is one byte */
    OPTION_CODE_MAX = 254,     /* 0 pads, 255 ends */
    SUBOPTION_HEAD_BYTES = 2,  /* code, length */
    ENTERPRISE_HEAD_BYTES = 5, /* number, length */
    ADDRESS_BYTES = 4,
};

struct option_reader {
    struct parse *parse;
    struct dhcp_value *value;
};

static bool check_length(struct parse *parse, const struct node *node, size_t bytes)
{
    if (bytes <= OPTION_BYTES_MAX)
        return true;
    parse_error(parse, node->place, "expected at most %d bytes in a DHCP option, found %zu",
                OPTION_BYTES_MAX, bytes);
    return false;
}

static bool check_text(const struct option_reader *reader, const struct node *node,
                       const char *text)
{
    for (const char *t = text; *t; t++) {
        if ((unsigned char)*t < ' ' || *t == 0x7f) {
            parse_expected(reader->parse, node, NULL,
                           "a text without control characters, or {hex: \"01:04\"}");
            return false;
        }
    }
    return value_names_known(reader->parse, node, text);
}

/* --- {hex: "01:04"} --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Pairs of digits between colons; 0 if it is anything else. */
static size_t hex_bytes(const char *text, uint8_t *bytes, size_t max)
{
    size_t count = 0;
    for (;; text++) {
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0 || count == max)
            return 0;
        bytes[count++] = (uint8_t)(high * 16 + low);
        text += 2;
        if (*text == '\0')
            return count;
        if (*text != ':')
            return 0;
    }
}

static void read_hex(struct parse *parse, const struct node *node, void *target)
{
    struct dhcp_value *value = target;
    uint8_t bytes[OPTION_BYTES_MAX];
    size_t count = node->kind == NODE_SCALAR ? hex_bytes(node->text, bytes, sizeof bytes) : 0;
    if (count == 0) {
        parse_expected(parse, node, NULL, "1 to %d bytes as pairs of digits such as \"01:04:de\"",
                       OPTION_BYTES_MAX);
        return;
    }
    uint8_t *copy = parse_keep(parse, count, 1);
    if (!copy)
        return;
    memcpy(copy, bytes, count);
    value->form = DHCP_VALUE_HEX;
    value->bytes = copy;
    value->byte_count = count;
}

/* --- addresses --- */

static bool read_address(const struct option_reader *reader, const struct node *node,
                         const char **ret_address)
{
    uint32_t address;
    const char *name = "${provision.address}";
    bool good = node->kind == NODE_SCALAR &&
                (ipv4_parse(node->text, &address) || strcmp(node->text, name) == 0);
    if (good)
        *ret_address = node->text;
    else
        parse_expected(reader->parse, node, NULL, "an IPv4 address or %s", name);
    return good;
}

static void read_addresses(const struct option_reader *reader, const struct node *node)
{
    bool list = node->kind == NODE_LIST;
    if (list && !value_is_list(reader->parse, node, "a list of addresses"))
        return;
    size_t count = list ? node->count : 1;
    if (!check_length(reader->parse, node, count * ADDRESS_BYTES))
        return;
    const char **addresses = parse_keep(reader->parse, count, sizeof *addresses);
    if (!addresses)
        return;
    size_t used = 0;
    for (const struct node *item = list ? node->first : node; item; item = list ? item->next : NULL)
        used += read_address(reader, item, &addresses[used]);
    reader->value->form = DHCP_VALUE_ADDRESSES;
    reader->value->addresses = addresses;
    reader->value->address_count = used;
}

/* --- sub-options --- */

static bool code_of(const char *text, uint64_t max, uint64_t *ret_code)
{
    uint64_t code = 0;
    if (*text < '1' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9' && code <= max; text++)
        code = code * 10 + (uint64_t)(*text - '0');
    if (*text || code > max)
        return false;
    *ret_code = code;
    return true;
}

/* {SUB: TEXT}; returns the bytes that they take encoded. */
static size_t read_suboptions(const struct option_reader *reader, const struct node *map,
                              uint32_t enterprise, struct dhcp_suboption *suboptions)
{
    size_t bytes = 0;
    if (!value_is_map(reader->parse, map, "a map of sub-option numbers to texts"))
        return 0;
    if (map->count == 0)
        parse_expected(reader->parse, map, NULL, "at least one sub-option");
    for (const struct node *item = map->first; item; item = item->next) {
        uint64_t code;
        const char *text;
        if (!code_of(item->key->text, OPTION_CODE_MAX, &code)) {
            parse_expected(reader->parse, item->key, NULL, "the number of a sub-option, 1 to %d",
                           OPTION_CODE_MAX);
            continue;
        }
        if (!value_text(reader->parse, item, "the text of a sub-option", &text) ||
            !check_text(reader, item, text))
            continue;
        suboptions[reader->value->suboption_count++] =
            (struct dhcp_suboption){enterprise, (uint8_t)code, text, item->key->place};
        bytes += SUBOPTION_HEAD_BYTES + value_literal_bytes(text);
    }
    return bytes;
}

static void read_enterprises(const struct option_reader *reader, const struct node *map,
                             struct dhcp_suboption *suboptions)
{
    size_t bytes = 0;
    for (const struct node *item = map->first; item; item = item->next) {
        uint64_t enterprise;
        if (!code_of(item->key->text, UINT32_MAX, &enterprise)) {
            parse_expected(reader->parse, item->key, NULL,
                           "an enterprise number, 1 to 4294967295 (a map {ENTERPRISE: {SUB: "
                           "TEXT}})");
            continue;
        }
        bytes +=
            ENTERPRISE_HEAD_BYTES + read_suboptions(reader, item, (uint32_t)enterprise, suboptions);
    }
    check_length(reader->parse, map, bytes);
}

static void read_suboption_map(const struct option_reader *reader, const struct node *node,
                               bool vendors)
{
    if (node->kind != NODE_MAP || node->count == 0) {
        parse_expected(reader->parse, node, NULL, "%s or {hex: \"01:04\"}",
                       vendors ? "a map {ENTERPRISE: {SUB: TEXT}}" : "a map {SUB: TEXT}");
        return;
    }
    size_t count = 0;
    for (const struct node *item = node->first; item; item = item->next)
        count += vendors && item->kind == NODE_MAP ? item->count : 1;
    struct dhcp_suboption *suboptions = parse_keep(reader->parse, count, sizeof *suboptions);
    if (!suboptions)
        return;
    reader->value->form = DHCP_VALUE_SUBOPTIONS;
    reader->value->suboptions = suboptions;
    if (vendors)
        read_enterprises(reader, node, suboptions);
    else
        check_length(reader->parse, node, read_suboptions(reader, node, 0, suboptions));
}

/* --- all --- */

static void read_text(const struct option_reader *reader, const struct node *node)
{
    const char *text;
    if (value_text(reader->parse, node, "a text or {hex: \"01:04\"}", &text) &&
        check_text(reader, node, text) &&
        check_length(reader->parse, node, value_literal_bytes(text))) {
        reader->value->form = DHCP_VALUE_TEXT;
        reader->value->text = text;
    }
}

static void read_value(const struct option_reader *reader, const struct node *node)
{
    static const struct field hex_only[] = {{"hex", read_hex, true}};
    const struct vendor_option *known = vendor_option_find(vendor_default(), reader->value->code);
    enum vendor_option_form form = known ? known->form : VENDOR_OPTION_TEXT;
    bool has_suboptions = form == VENDOR_OPTION_SUBOPTIONS || form == VENDOR_OPTION_ENTERPRISES;
    if (node->kind == NODE_MAP && (!has_suboptions || node_child(node, "hex")))
        fields_read(reader->parse, node, "the value of an option", hex_only, 1, reader->value);
    else if (has_suboptions)
        read_suboption_map(reader, node, form == VENDOR_OPTION_ENTERPRISES);
    else if (form == VENDOR_OPTION_ADDRESSES)
        read_addresses(reader, node);
    else
        read_text(reader, node);
}

static bool read_code(struct parse *parse, const struct node *key, bool expected, uint8_t *ret_code)
{
    uint64_t code;
    bool good = code_of(key->text, OPTION_CODE_MAX, &code);
    if (good && (expected || vendor_option_find(vendor_default(), (uint8_t)code))) {
        *ret_code = (uint8_t)code;
        return true;
    }
    if (expected) {
        parse_expected(parse, key, NULL, "the number of a DHCP option, 1 to %d", OPTION_CODE_MAX);
        return false;
    }
    const char *numbers[OPTION_CODE_MAX];
    char joined[WORDS_TEXT_MAX];
    size_t count;
    const struct vendor_option *options = vendor_options(vendor_default(), &count);
    for (size_t i = 0; i < count; i++)
        numbers[i] = options[i].number;
    parse_expected(parse, key, suggest_nearest(key->text, numbers, count),
                   "a DHCP option that configures phones (%s)", words_join(numbers, count, joined));
    return false;
}

bool dhcp_values_read(struct parse *parse, const struct node *node, bool expected,
                      const struct dhcp_value **ret_values, size_t *ret_count)
{
    size_t problems = parse->problems, count = 0;
    if (!value_is_map(parse, node, "a map of DHCP option numbers to values"))
        return false;
    struct dhcp_value *values = parse_keep(parse, node->count, sizeof *values);
    if (!values)
        return false;
    for (const struct node *item = node->first; item; item = item->next) {
        uint8_t code;
        if (!read_code(parse, item->key, expected, &code))
            continue;
        struct dhcp_value *value = &values[count++];
        *value = (struct dhcp_value){.code = code, .place = item->key->place};
        read_value(&(struct option_reader){parse, value}, item);
    }
    *ret_values = values;
    *ret_count = count;
    return parse->problems == problems;
}
