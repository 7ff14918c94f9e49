/* SPDX-License-Identifier: MIT */
#include "harness/judge/lab_fault.h"
#include "harness/base/duration.h"
#include "harness/judge/judgement.h"
#include "harness/vendor/vendor.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_US = 1000000 }; /* a DISCOVER younger than this is not yet unanswered */

bool lab_fault_init(struct lab_fault *fault, const struct scenario *scenario,
                    const struct substitutions *substitutions)
{
    size_t phones = scenario->phone_count ? scenario->phone_count : 1;
    *fault = (struct lab_fault){.scenario = scenario,
                                .substitutions = substitutions,
                                .phones = calloc(phones, sizeof *fault->phones),
                                .dhcp = &scenario->dhcp};
    return fault->phones != NULL;
}

void lab_fault_done(struct lab_fault *fault)
{
    free(fault->phones);
}

__attribute__((format(printf, 2, 3))) static void complain(struct lab_fault *fault,
                                                           const char *format, ...)
{
    if (fault->reason[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->reason, sizeof fault->reason, format, arguments);
    va_end(arguments);
}

static bool is_impaired(const struct scenario_dhcp *dhcp)
{
    return dhcp->answer == DHCP_ANSWER_NEVER || dhcp->answer == DHCP_ANSWER_NAK;
}

bool lab_fault_dhcp_impaired_since(const struct lab_fault *fault, uint64_t since_us)
{
    return is_impaired(fault->dhcp) || (fault->was_impaired && fault->impaired_us >= since_us);
}

static void take_setting(struct lab_fault *fault, const struct event *event,
                         const struct step *step)
{
    if (event->setting.what != SETTING_DHCP)
        return;
    if (is_impaired(fault->dhcp)) {
        fault->was_impaired = true;
        fault->impaired_us = event->time_us;
    }
    fault->dhcp_sequence = fault->sequence;
    if (step && step->kind == STEP_DHCP)
        fault->dhcp = step->dhcp;
}

static bool is_offered(const struct scenario_dhcp *dhcp, uint8_t code)
{
    for (size_t i = 0; i < dhcp->offer_count; i++)
        if (dhcp->offer[i].code == code)
            return true;
    return false;
}

static void blame(struct lab_fault *fault, const struct event *event, const char *what,
                  uint8_t code)
{
    complain(fault, "%s: option %u in the DHCP %s to %s (event %llu)", what, code,
             event->dhcp.type == DHCP_OFFER ? "offer" : "ack",
             judgement_phone_name(fault->scenario, event->phone),
             (unsigned long long)event->number);
}

/* A text whose ${name} is not known proves nothing. */
static bool is_known(const struct lab_fault *fault, const struct dhcp_value *value)
{
    struct buffer text;
    buffer_init(&text, MATCH_TEXT_MAX);
    bool known = value->form != DHCP_VALUE_TEXT ||
                 substitutions_expand(fault->substitutions, value->text, &text);
    for (size_t i = 0; value->form == DHCP_VALUE_ADDRESSES && i < value->address_count; i++)
        known = known && substitutions_expand(fault->substitutions, value->addresses[i], &text);
    for (size_t i = 0; value->form == DHCP_VALUE_SUBOPTIONS && i < value->suboption_count; i++)
        known =
            known && substitutions_expand(fault->substitutions, value->suboptions[i].text, &text);
    buffer_done(&text);
    return known;
}

static void check_answer(struct lab_fault *fault, const struct event *event)
{
    const struct scenario_dhcp *dhcp = fault->dhcp;
    if (dhcp->answer == DHCP_ANSWER_NEVER) {
        complain(fault, "DHCP was to stay silent, but answered %s (event %llu)",
                 judgement_phone_name(fault->scenario, event->phone),
                 (unsigned long long)event->number);
        return;
    }
    for (size_t i = 0; !dhcp->only_if_asked && i < dhcp->offer_count; i++)
        if (is_known(fault, &dhcp->offer[i]) &&
            !match_dhcp_option(fault->substitutions, event, &dhcp->offer[i]))
            blame(fault, event, "the option that was to be offered was not seen on the wire",
                  dhcp->offer[i].code);
    /* What a scenario does not offer is withheld (RC-PRE-2). */
    const struct vendor_option *options = vendor_default()->options;
    size_t count = vendor_default()->option_count;
    struct dhcp_option_view view;
    for (size_t i = 0; i < count; i++)
        if (!is_offered(dhcp, options[i].code) && dhcp_event_option(event, options[i].code, &view))
            blame(fault, event, "an option that was to be withheld was seen on the wire",
                  options[i].code);
}

static void take_dhcp(struct lab_fault *fault, const struct event *event)
{
    struct asked *phone = &fault->phones[event->phone];
    switch (event->dhcp.type) {
    case DHCP_DISCOVER:
        if (!phone->unanswered || phone->sequence < fault->dhcp_sequence)
            phone->unanswered_us = event->time_us;
        phone->unanswered = true;
        phone->sequence = fault->sequence;
        break;
    case DHCP_REQUEST:
    case DHCP_INFORM:
        phone->sequence = fault->sequence;
        break;
    case DHCP_OFFER:
    case DHCP_ACK:
        if (phone->sequence > fault->dhcp_sequence)
            check_answer(fault, event);
        phone->unanswered = false;
        break;
    case DHCP_NAK:
        phone->unanswered = false;
        break;
    default:
        break;
    }
}

void lab_fault_event(struct lab_fault *fault, const struct event *event, const struct step *step)
{
    fault->sequence++;
    if (event->type == EVENT_SETTING)
        take_setting(fault, event, step);
    else if (event->type == EVENT_DHCP && event->phone != EVENT_PHONE_NONE)
        take_dhcp(fault, event);
}

static void check_unanswered(struct lab_fault *fault, size_t index, uint64_t time_us)
{
    const struct asked *phone = &fault->phones[index];
    bool answers =
        fault->dhcp->answer == DHCP_ANSWER_NORMAL || fault->dhcp->answer == DHCP_ANSWER_DELAY;
    uint64_t patience_us = ANSWER_US;
    if (fault->dhcp->answer == DHCP_ANSWER_DELAY)
        patience_us += fault->dhcp->answer_delay_us;
    if (!answers || !phone->unanswered || phone->sequence < fault->dhcp_sequence ||
        time_us < phone->unanswered_us + patience_us)
        return;
    char since[DURATION_TEXT_MAX];
    complain(fault, "DHCP did not answer %s, which has asked since %s",
             judgement_phone_name(fault->scenario, (int)index),
             duration_format(phone->unanswered_us, since));
}

void lab_fault_of_failure(struct lab_fault *fault, int phone, uint64_t time_us)
{
    for (size_t i = 0; i < fault->scenario->phone_count; i++)
        if (phone == EVENT_PHONE_NONE || (size_t)phone == i)
            check_unanswered(fault, i, time_us);
}
