/* SPDX-License-Identifier: MIT */
/* `dhcp:` and `dns:`, of `given` or as a step. The values of options: parse_option.c. */
#include "harness/base/duration.h"
#include "harness/scenario/language.h"
#include "harness/scenario/words.h"
#include <ctype.h>
#include <string.h>

enum {
    DOMAIN_NAME_MAX = 253, /* RFC 1035 section 2.3.4, as text */
    DOMAIN_LABEL_MAX = 63,
};
#define LEASE_LEAST_US (2 * DURATION_M)

static void read_offer(struct parse *parse, const struct node *value, void *target)
{
    struct dhcp_change *change = target;
    change->has_offer = true;
    dhcp_values_read(parse, value, false, &change->values.offer, &change->values.offer_count);
}

static void read_answer_delay(struct parse *parse, const struct node *value, void *target)
{
    struct dhcp_change *change = target;
    value_duration(parse, value, 1, &change->values.answer_delay_us);
}

/* How many of the answers may be meant: the last one is a map, and the text of one is none. */
static size_t said_by_word(const struct node *value, size_t answers)
{
    return value->kind == NODE_SCALAR && *value->text == '{' ? answers - 1 : answers;
}

static void read_answer(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {{"delay", read_answer_delay, true}};
    struct dhcp_change *change = target;
    size_t index = DHCP_ANSWER_DELAY;
    change->has_answer = true;
    if (value->kind == NODE_MAP)
        fields_read(parse, value, "an answer", fields, 1, change);
    else if (!value_word(parse, value, "an answer of the DHCP server", dhcp_answer_words,
                         said_by_word(value, DHCP_ANSWERS), &index))
        return;
    change->values.answer = (enum dhcp_answer)index;
}

static void read_lease(struct parse *parse, const struct node *value, void *target)
{
    struct dhcp_change *change = target;
    uint64_t us;
    change->has_lease = true;
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
    change->has_domain = true;
    if (!value_scalar(parse, value, what, &text))
        return;
    if (!is_domain(text))
        parse_expected(parse, value, NULL, "%s", what);
    change->values.domain = *text ? text : NULL;
}

static void read_only_if_asked(struct parse *parse, const struct node *value, void *target)
{
    struct dhcp_change *change = target;
    change->has_only_if_asked = true;
    value_boolean(parse, value, &change->values.only_if_asked);
}

bool dhcp_change_read(struct parse *parse, const struct node *node, struct dhcp_change *ret_change)
{
    static const struct field fields[] = {
        {"offer", read_offer, false},
        {"answer", read_answer, false},
        {"lease", read_lease, false},
        {"domain", read_domain, false},
        {"only-if-asked", read_only_if_asked, false},
    };
    *ret_change = (struct dhcp_change){.values.place = node->place};
    if (node->kind == NODE_MAP && node->count == 0)
        parse_expected(parse, node, NULL, "what the DHCP server does (offer, answer, …)");
    return fields_read(parse, node, "`dhcp`", fields, sizeof fields / sizeof fields[0], ret_change);
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
    }
    if (change->has_lease)
        now.lease_us = change->values.lease_us;
    if (change->has_domain)
        now.domain = change->values.domain;
    if (change->has_only_if_asked)
        now.only_if_asked = change->values.only_if_asked;
    return now;
}

static void read_dns_address(struct parse *parse, const struct node *value, void *target)
{
    struct scenario_dns *dns = target;
    if (value_address(parse, value, &dns->address))
        dns->answer = DNS_ANSWER_ADDRESS;
}

static void read_dns_edos(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {{"address", read_dns_address, true}};
    struct scenario_dns *dns = target;
    size_t index;
    if (value->kind == NODE_MAP)
        fields_read(parse, value, "an answer", fields, 1, dns);
    else if (value_word(parse, value, "an answer of the name server", dns_answer_words,
                        said_by_word(value, DNS_ANSWERS), &index))
        dns->answer = (enum dns_answer)index;
}

bool dns_read(struct parse *parse, const struct node *node, struct scenario_dns *ret_dns)
{
    static const struct field fields[] = {{"edos", read_dns_edos, true}};
    *ret_dns = (struct scenario_dns){.place = node->place};
    return fields_read(parse, node, "`dns`", fields, 1, ret_dns);
}
