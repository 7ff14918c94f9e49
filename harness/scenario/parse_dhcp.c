/* SPDX-License-Identifier: MIT */
/* `dhcp:` and `dns:`, of `given` or as a step, and the values of DHCP options, as offered and as
 * expected. */
#include "harness/base/address.h"
#include "harness/base/duration.h"
#include "harness/base/suggest.h"
#include "harness/scenario/language.h"
#include "harness/scenario/service_target.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    OPTION_BYTES_MAX = 255,    /* one option's length is one byte */
    OPTION_CODE_MAX = 254,     /* 0 pads, 255 ends */
    SUBOPTION_HEAD_BYTES = 2,  /* code, length */
    ENTERPRISE_HEAD_BYTES = 5, /* number, length */
    ADDRESS_BYTES = 4,
    DOMAIN_NAME_MAX = 253, /* RFC 1035 section 2.3.4, as text */
    DOMAIN_LABEL_MAX = 63,
};
#define LEASE_LEAST_US (2 * DURATION_M)

static bool check_length(struct parse *parse, const struct node *node, size_t bytes)
{
    if (bytes <= OPTION_BYTES_MAX)
        return true;
    parse_error(parse, node->place, "expected at most %d bytes in a DHCP option, found %zu",
                OPTION_BYTES_MAX, bytes);
    return false;
}

static bool check_text(struct parse *parse, const struct node *node, const char *text)
{
    for (const char *t = text; *t; t++) {
        if ((unsigned char)*t < ' ' || *t == 0x7f) {
            parse_expected(parse, node, NULL,
                           "a text without control characters, or {hex: \"01:04\"}");
            return false;
        }
    }
    return value_names_known(parse, node, text);
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

static bool read_address(struct parse *parse, const struct node *node, const char **ret_address)
{
    uint32_t address;
    const char *name = "${provision.address}";
    bool good = node->kind == NODE_SCALAR &&
                (ipv4_parse(node->text, &address) || strcmp(node->text, name) == 0);
    if (good)
        *ret_address = node->text;
    else
        parse_expected(parse, node, NULL, "an IPv4 address or %s", name);
    return good;
}

static void read_addresses(struct parse *parse, struct dhcp_value *value, const struct node *node)
{
    bool list = node->kind == NODE_LIST;
    if (list && !value_is_list(parse, node, "a list of addresses"))
        return;
    size_t count = list ? node->count : 1;
    if (!check_length(parse, node, count * ADDRESS_BYTES))
        return;
    const char **addresses = parse_keep(parse, count, sizeof *addresses);
    if (!addresses)
        return;
    size_t used = 0;
    for (const struct node *item = list ? node->first : node; item; item = list ? item->next : NULL)
        used += read_address(parse, item, &addresses[used]);
    value->form = DHCP_VALUE_ADDRESSES;
    value->addresses = addresses;
    value->address_count = used;
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
static size_t read_suboptions(struct parse *parse, struct dhcp_value *value, const struct node *map,
                              uint32_t enterprise, struct dhcp_suboption *suboptions)
{
    size_t bytes = 0;
    if (!value_is_map(parse, map, "a map of sub-option numbers to texts"))
        return 0;
    if (map->count == 0)
        parse_expected(parse, map, NULL, "at least one sub-option");
    for (const struct node *item = map->first; item; item = item->next) {
        uint64_t code;
        const char *text;
        if (!code_of(item->key->text, OPTION_CODE_MAX, &code)) {
            parse_expected(parse, item->key, NULL, "the number of a sub-option, 1 to %d",
                           OPTION_CODE_MAX);
            continue;
        }
        if (!value_text(parse, item, "the text of a sub-option", &text) ||
            !check_text(parse, item, text))
            continue;
        suboptions[value->suboption_count++] =
            (struct dhcp_suboption){enterprise, (uint8_t)code, text, item->key->place};
        bytes += SUBOPTION_HEAD_BYTES + value_literal_bytes(text);
    }
    return bytes;
}

static void read_enterprises(struct parse *parse, struct dhcp_value *value, const struct node *map,
                             struct dhcp_suboption *suboptions)
{
    size_t bytes = 0;
    for (const struct node *item = map->first; item; item = item->next) {
        uint64_t enterprise;
        if (!code_of(item->key->text, UINT32_MAX, &enterprise)) {
            parse_expected(parse, item->key, NULL,
                           "an enterprise number, 1 to 4294967295 (a map {ENTERPRISE: {SUB: "
                           "TEXT}})");
            continue;
        }
        bytes += ENTERPRISE_HEAD_BYTES +
                 read_suboptions(parse, value, item, (uint32_t)enterprise, suboptions);
    }
    check_length(parse, map, bytes);
}

static void read_suboption_map(struct parse *parse, struct dhcp_value *value,
                               const struct node *node, bool vendors)
{
    if (node->kind != NODE_MAP || node->count == 0) {
        parse_expected(parse, node, NULL, "%s or {hex: \"01:04\"}",
                       vendors ? "a map {ENTERPRISE: {SUB: TEXT}}" : "a map {SUB: TEXT}");
        return;
    }
    size_t count = 0;
    for (const struct node *item = node->first; item; item = item->next)
        count += vendors && item->kind == NODE_MAP ? item->count : 1;
    struct dhcp_suboption *suboptions = parse_keep(parse, count, sizeof *suboptions);
    if (!suboptions)
        return;
    value->form = DHCP_VALUE_SUBOPTIONS;
    value->suboptions = suboptions;
    if (vendors)
        read_enterprises(parse, value, node, suboptions);
    else
        check_length(parse, node, read_suboptions(parse, value, node, 0, suboptions));
}

/* --- a value, whatever its form --- */

static void read_text(struct parse *parse, struct dhcp_value *value, const struct node *node)
{
    const char *text;
    if (value_text(parse, node, "a text or {hex: \"01:04\"}", &text) &&
        check_text(parse, node, text) && check_length(parse, node, value_literal_bytes(text))) {
        value->form = DHCP_VALUE_TEXT;
        value->text = text;
    }
}

static void read_value(struct parse *parse, struct dhcp_value *value, const struct node *node)
{
    static const struct field hex_only[] = {{.key = "hex", .required = true, .read = read_hex}};
    const struct vendor_option *known = vendor_option_find(vendor_default(), value->code);
    enum vendor_option_form form = known ? known->form : VENDOR_OPTION_TEXT;
    bool has_suboptions = form == VENDOR_OPTION_SUBOPTIONS || form == VENDOR_OPTION_ENTERPRISES;
    if (node->kind == NODE_MAP && (!has_suboptions || node_child(node, "hex")))
        fields_read(parse, node, "the value of an option", hex_only, 1, value);
    else if (has_suboptions)
        read_suboption_map(parse, value, node, form == VENDOR_OPTION_ENTERPRISES);
    else if (form == VENDOR_OPTION_ADDRESSES)
        read_addresses(parse, value, node);
    else
        read_text(parse, value, node);
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
    const struct vendor_option *options = vendor_default()->options;
    size_t count = vendor_default()->option_count;
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
        read_value(parse, value, item);
    }
    *ret_values = values;
    *ret_count = count;
    return parse->problems == problems;
}

/* --- `dhcp:`, `dns:` --- */

static void read_offer(struct parse *parse, const struct node *value, void *target)
{
    struct dhcp_change *change = target;
    dhcp_values_read(parse, value, false, &change->values.offer, &change->values.offer_count);
}

/* How many of the answers may be meant: the last ones are maps, and the text of one is none. */
static size_t said_by_word(const struct node *value, size_t answers, size_t maps)
{
    return value->kind == NODE_SCALAR && *value->text == '{' ? answers - maps : answers;
}

static void read_answer(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {.key = "delay", DURATION_AT(struct dhcp_change, values.answer_delay_us, 1)},
        {.key = "malformed",
         WORD_AT(struct dhcp_change, values.malformed, dhcp_malformed,
                 "what is unusual about the replies", dhcp_malformed_words, 0, DHCP_MALFORMS)}};
    struct dhcp_change *change = target;
    size_t index = DHCP_ANSWER_DELAY;
    if (value->kind == NODE_MAP) {
        const struct node *malformed = node_child(value, "malformed");
        if (!fields_read(parse, value, "an answer", fields, FIELDS_COUNT(fields), change))
            return;
        if (!malformed == !node_child(value, "delay"))
            parse_expected(parse, value, NULL, "either `delay:` or `malformed:` in an answer");
        if (malformed)
            index = DHCP_ANSWER_MALFORMED;
    } else if (!value_word(parse, value, "an answer of the DHCP server", dhcp_answer_words,
                           said_by_word(value, DHCP_ANSWERS, DHCP_ANSWERS - DHCP_ANSWER_DELAY),
                           &index)) {
        return;
    }
    change->values.answer = (enum dhcp_answer)index;
}

static void read_rogue_offer(struct parse *parse, const struct node *value, void *target)
{
    struct dhcp_rogue *rogue = target;
    dhcp_values_read(parse, value, false, &rogue->offer, &rogue->offer_count);
}

static void read_rogue(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {.key = "offer", .required = true, .read = read_rogue_offer},
        {.key = "delay", DURATION_AT(struct dhcp_rogue, delay_us, 0)}};
    static const char none[] = "none";
    struct dhcp_rogue *rogue = &((struct dhcp_change *)target)->values.rogue;
    if (value->kind == NODE_SCALAR && strcmp(value->text, none) == 0)
        return;
    if (value->kind == NODE_MAP) {
        rogue->present =
            fields_read(parse, value, "a rogue server", fields, FIELDS_COUNT(fields), rogue);
        return;
    }
    parse_expected(
        parse, value,
        value->kind == NODE_SCALAR ? suggest_nearest(value->text, &(const char *){none}, 1) : NULL,
        "a rogue server such as {offer: {66: …}, delay: 2s}, or `none`");
}

/* What names stand for when nobody knows yet: of the right form. */
static const char *const some_values[SUBSTITUTE_COUNT] = {
    [SUBSTITUTE_PROVISION_HTTP] = "http://a.test",
    [SUBSTITUTE_PROVISION_HTTPS] = "https://a.test",
    [SUBSTITUTE_PROVISION_TFTP] = "tftp://a.test",
    [SUBSTITUTE_PROVISION_ADDRESS] = "192.0.2.1"};

static void read_target(struct parse *parse, const struct node *value,
                        enum vendor_service_kind kind, struct dhcp_srv *srv)
{
    const char *scheme = vendor_default()->services[kind].scheme, *text;
    char what[WORDS_TEXT_MAX];
    struct service_target target;
    snprintf(what, sizeof what, "HOST, HOST:PORT or ${provision.%s}", scheme);
    if (!value_text(parse, value, what, &text))
        return;
    if (service_target_read(text, kind, some_values, &target))
        srv->targets[kind] = text;
    else
        parse_expected(parse, value, NULL, "%s", what);
}

static void read_https(struct parse *parse, const struct node *value, void *target)
{
    read_target(parse, value, VENDOR_SERVICE_HTTPS, target);
}

static void read_http(struct parse *parse, const struct node *value, void *target)
{
    read_target(parse, value, VENDOR_SERVICE_HTTP, target);
}

static void read_srv(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {{.key = "https", .read = read_https},
                                          {.key = "http", .read = read_http}};
    struct dhcp_srv *srv = &((struct dhcp_change *)target)->values.srv;
    srv->present = true;
    fields_read(parse, value, "`srv`", fields, FIELDS_COUNT(fields), srv);
}

static void read_lease(struct parse *parse, const struct node *value, void *target)
{
    struct dhcp_change *change = target;
    uint64_t us;
    if (!value_duration(parse, value, LEASE_LEAST_US, &us))
        return;
    if (us % DURATION_S)
        parse_expected(parse, value, NULL, "a lease of whole seconds");
    change->values.lease_us = us;
}

static bool is_domain(const char *text)
{
    size_t length = strlen(text), label = 0;
    if (length > DOMAIN_NAME_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool edge = label == 0 || i + 1 == length || text[i + 1] == '.';
        if (text[i] == '.' && label > 0) {
            label = 0;
            continue;
        }
        if (!isalnum((unsigned char)text[i]) && (text[i] != '-' || edge))
            return false;
        if (++label > DOMAIN_LABEL_MAX)
            return false;
    }
    return length == 0 || label > 0;
}

static void read_domain(struct parse *parse, const struct node *value, void *target)
{
    static const char what[] = "a domain name such as example.net (\"\" for none)";
    struct dhcp_change *change = target;
    const char *text;
    if (!value_scalar(parse, value, what, &text))
        return;
    if (!is_domain(text))
        parse_expected(parse, value, NULL, "%s", what);
    change->values.domain = *text ? text : NULL;
}

bool dhcp_change_read(struct parse *parse, const struct node *node, struct dhcp_change *ret_change)
{
    static const struct field fields[] = {
        {.key = "offer", .read = read_offer},
        {.key = "answer", .read = read_answer},
        {.key = "lease", .read = read_lease},
        {.key = "domain", .read = read_domain},
        {.key = "only-if-asked", BOOLEAN_AT(struct dhcp_change, values.only_if_asked)},
        {.key = "conflict", BOOLEAN_AT(struct dhcp_change, values.conflict)},
        {.key = "rogue", .read = read_rogue},
        {.key = "srv", .read = read_srv},
    };
    *ret_change =
        (struct dhcp_change){.values.place = node->place,
                             .has_offer = node_child(node, "offer") != NULL,
                             .has_answer = node_child(node, "answer") != NULL,
                             .has_lease = node_child(node, "lease") != NULL,
                             .has_domain = node_child(node, "domain") != NULL,
                             .has_only_if_asked = node_child(node, "only-if-asked") != NULL,
                             .has_conflict = node_child(node, "conflict") != NULL,
                             .has_rogue = node_child(node, "rogue") != NULL,
                             .has_srv = node_child(node, "srv") != NULL};
    if (node->kind == NODE_MAP && node->count == 0)
        parse_expected(parse, node, NULL, "what the DHCP server does (offer, answer, …)");
    bool good = fields_read(parse, node, "`dhcp`", fields, FIELDS_COUNT(fields), ret_change);
    if (ret_change->values.conflict)
        parse_scenario(parse)->has_conflict = true;
    if (ret_change->has_srv)
        parse_scenario(parse)->has_srv = true;
    return good;
}

struct scenario_dhcp dhcp_change_apply(const struct scenario_dhcp *before,
                                       const struct dhcp_change *change)
{
    struct scenario_dhcp now = *before;
    now.place = change->values.place;
    if (change->has_offer) {
        now.offer = change->values.offer;
        now.offer_count = change->values.offer_count;
    }
    if (change->has_answer) {
        now.answer = change->values.answer;
        now.answer_delay_us = change->values.answer_delay_us;
        now.malformed = change->values.malformed;
    }
    if (change->has_lease)
        now.lease_us = change->values.lease_us;
    if (change->has_domain)
        now.domain = change->values.domain;
    if (change->has_only_if_asked)
        now.only_if_asked = change->values.only_if_asked;
    if (change->has_conflict)
        now.conflict = change->values.conflict;
    if (change->has_rogue)
        now.rogue = change->values.rogue;
    if (change->has_srv)
        now.srv = change->values.srv;
    return now;
}

static void read_dns_edos(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {.key = "address", .required = true, ADDRESS_AT(struct scenario_dns, address)}};
    struct scenario_dns *dns = target;
    size_t index = DNS_ANSWER_ADDRESS;
    if (value->kind == NODE_MAP)
        fields_read(parse, value, "an answer", fields, FIELDS_COUNT(fields), dns);
    else if (!value_word(parse, value, "an answer of the name server", dns_answer_words,
                         said_by_word(value, DNS_ANSWERS, 1), &index))
        return;
    dns->answer = (enum dns_answer)index;
}

bool dns_read(struct parse *parse, const struct node *node, struct scenario_dns *ret_dns)
{
    static const struct field fields[] = {{.key = "edos", .required = true, .read = read_dns_edos}};
    *ret_dns = (struct scenario_dns){.place = node->place};
    return fields_read(parse, node, "`dns`", fields, FIELDS_COUNT(fields), ret_dns);
}
