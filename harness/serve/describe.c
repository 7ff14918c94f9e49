/* SPDX-License-Identifier: MIT */
/* What servers do, in the scenario language's words. */
#include "harness/base/duration.h"
#include "harness/scenario/words.h"
#include "harness/serve/serve_internal.h"

static void describe_value(const struct dhcp_value *value, struct buffer *text)
{
    buffer_format(text, "%u ", value->code);
    switch (value->form) {
    case DHCP_VALUE_TEXT:
        buffer_format(text, "\"%s\"", value->text);
        break;
    case DHCP_VALUE_ADDRESSES:
        for (size_t i = 0; i < value->address_count; i++)
            buffer_format(text, "%s%s", i ? " " : "", value->addresses[i]);
        break;
    case DHCP_VALUE_HEX:
        buffer_text(text, "hex ");
        for (size_t i = 0; i < value->byte_count; i++)
            buffer_format(text, "%s%02x", i ? ":" : "", value->bytes[i]);
        break;
    case DHCP_VALUE_SUBOPTIONS:
        for (size_t i = 0; i < value->suboption_count; i++) {
            const struct dhcp_suboption *sub = &value->suboptions[i];
            buffer_text(text, i ? ", " : "{");
            if (sub->enterprise)
                buffer_format(text, "%u/", sub->enterprise);
            buffer_format(text, "%u: \"%s\"", sub->code, sub->text);
        }
        buffer_text(text, "}");
        break;
    }
}

static void describe_answer(const struct scenario_dhcp *dhcp, struct buffer *text)
{
    char delay[DURATION_TEXT_MAX];
    switch (dhcp->answer) {
    case DHCP_ANSWER_NORMAL:
        buffer_text(text, "answers");
        break;
    case DHCP_ANSWER_NEVER:
        buffer_text(text, "never answers");
        break;
    case DHCP_ANSWER_NAK:
        buffer_text(text, "refuses requests (NAK)");
        break;
    case DHCP_ANSWER_DELAY:
        buffer_format(text, "answers after %s", duration_format(dhcp->answer_delay_us, delay));
        break;
    case DHCP_ANSWER_MALFORMED:
        buffer_format(text, "answers malformed (%s)", dhcp_malformed_words[dhcp->malformed]);
        break;
    }
}

static void describe_rogue(const struct dhcp_rogue *rogue, struct buffer *text)
{
    char delay[DURATION_TEXT_MAX];
    buffer_format(text, "; a second server answers after %s and offers ",
                  duration_format(rogue->delay_us, delay));
    if (rogue->offer_count == 0)
        buffer_text(text, "no option");
    for (size_t i = 0; i < rogue->offer_count; i++) {
        buffer_text(text, i ? ", " : "");
        describe_value(&rogue->offer[i], text);
    }
}

void describe_dhcp(const struct scenario_dhcp *dhcp, struct buffer *text)
{
    char lease[DURATION_TEXT_MAX];
    describe_answer(dhcp, text);
    buffer_format(text, ", leases of %s, ", duration_format(dhcp->lease_us, lease));
    if (dhcp->domain)
        buffer_format(text, "domain %s, ", dhcp->domain);
    if (dhcp->offer_count == 0)
        buffer_text(text, "offers no option");
    for (size_t i = 0; i < dhcp->offer_count; i++) {
        buffer_text(text, i ? ", " : "offers ");
        describe_value(&dhcp->offer[i], text);
    }
    if (dhcp->offer_count > 0 && dhcp->only_if_asked)
        buffer_text(text, " (only if asked)");
    if (dhcp->conflict)
        buffer_text(text, ", addresses in conflict");
    for (size_t i = 0; i < VENDOR_SERVICES; i++)
        if (dhcp->srv.targets[i])
            buffer_format(text, ", SRV %s: %s", vendor_default()->services[i].scheme,
                          dhcp->srv.targets[i]);
    if (dhcp->rogue.present)
        describe_rogue(&dhcp->rogue, text);
}

void describe_dns(const struct scenario_dns *dns, struct buffer *text)
{
    char address[IPV4_TEXT_MAX];
    buffer_format(text, "edos: %s",
                  dns->answer == DNS_ANSWER_ADDRESS ? ipv4_format(dns->address, address)
                                                    : dns_answer_words[dns->answer]);
}

static void describe_kind(const struct behaviour *behaviour, struct buffer *text)
{
    if (behaviour->kind == BEHAVIOUR_STATUS)
        buffer_format(text, "%u", behaviour->status);
    else if (behaviour->kind == BEHAVIOUR_TFTP_ERROR)
        buffer_format(text, "tftp-error %u", behaviour->tftp_error);
    else
        buffer_text(text, behaviour_words[behaviour->kind].word);
}

static void describe_parameters(const struct behaviour *behaviour, struct buffer *text)
{
    for (size_t i = 0; i < behaviour->parameter_count; i++)
        buffer_format(text, "%s%s: %s", i ? ", " : " {", behaviour->parameters[i].name,
                      behaviour->parameters[i].value);
    if (behaviour->parameter_count > 0)
        buffer_text(text, "}");
}

static void describe_manner(const struct behaviour *behaviour, struct buffer *text)
{
    char delay[DURATION_TEXT_MAX];
    if (behaviour->redirect)
        buffer_format(text, " to %s", behaviour->redirect);
    if (behaviour->delay_us > 0)
        buffer_format(text, " after %s", duration_format(behaviour->delay_us, delay));
    if (behaviour->rate_bytes_per_s > 0)
        buffer_format(text, " at %llu bytes a second",
                      (unsigned long long)behaviour->rate_bytes_per_s);
    if (behaviour->truncate_bytes != BEHAVIOUR_TRUNCATE_NONE)
        buffer_format(text, " cut after %llu bytes", (unsigned long long)behaviour->truncate_bytes);
    if (tls_words[behaviour->tls])
        buffer_format(text, " tls: %s", tls_words[behaviour->tls]);
    if (behaviour->drop_block)
        buffer_format(text, " without block %u at first", behaviour->drop_block);
    if (behaviour->duplicate_block)
        buffer_format(text, " with block %u twice", behaviour->duplicate_block);
    if (behaviour->reorder_block)
        buffer_format(text, " with block %u behind the next", behaviour->reorder_block);
    if (behaviour->stray_block)
        buffer_format(text, " with block %u from another port too", behaviour->stray_block);
    if (behaviour->no_options)
        buffer_text(text, " without options of TFTP");
}

void describe_behaviours(const struct behaviour_list *list, struct buffer *text)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct behaviour *behaviour = &list->items[i];
        buffer_text(text, i ? ", then " : "");
        describe_kind(behaviour, text);
        describe_parameters(behaviour, text);
        describe_manner(behaviour, text);
        if (behaviour->times > 1 && i + 1 < list->count)
            buffer_format(text, " %u times", behaviour->times);
    }
}
