/* SPDX-License-Identifier: MIT */
/* Before a phone is blamed: did the harness do its own part on the wire? What DHCP was to say
 * holds for answers to questions that came after it was told so. */
#include "harness/judge/internal.h"
#include <string.h>

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6, INFORM = 8 };

/* The options that RC-PRE-2 speaks of: what a scenario does not offer is withheld. */
static const uint8_t rc_options[] = {66, 160, 159, 150, 60, 43, 125};

static bool is_impaired(const struct scenario_dhcp *dhcp)
{
    return dhcp->answer == DHCP_ANSWER_NEVER || dhcp->answer == DHCP_ANSWER_NAK;
}

bool evidence_dhcp_impaired_since(const struct judge *judge, uint64_t since_us)
{
    return is_impaired(judge->dhcp) ||
           (judge->dhcp_was_impaired && judge->dhcp_impaired_us >= since_us);
}

static void take_setting(struct judge *judge, const struct event *event)
{
    if (event->setting.what != SETTING_DHCP)
        return;
    if (is_impaired(judge->dhcp)) {
        judge->dhcp_was_impaired = true;
        judge->dhcp_impaired_us = event->time_us;
    }
    judge->dhcp_sequence = judge->sequence;
    const struct step *step = judge_current_step(judge);
    if (step && step->kind == STEP_DHCP)
        judge->dhcp = step->dhcp;
}

static bool is_offered(const struct scenario_dhcp *dhcp, uint8_t code)
{
    for (size_t i = 0; i < dhcp->offer_count; i++)
        if (dhcp->offer[i].code == code)
            return true;
    return false;
}

static void blame(struct judge *judge, const struct event *event, const char *what, uint8_t code)
{
    judge_error(judge, "%s: option %u in the DHCP %s to %s (event %llu)", what, code,
                event->dhcp.type == OFFER ? "offer" : "ack",
                judge_phone_name(judge->scenario, event->phone), (unsigned long long)event->number);
}

/* A text whose ${name} is not known proves nothing. */
static bool is_known(const struct judge *judge, const struct dhcp_value *value)
{
    struct buffer text;
    buffer_init(&text, JUDGE_EXPANDED_MAX);
    bool known = value->form != DHCP_VALUE_TEXT || judge_expand(judge, value->text, &text);
    for (size_t i = 0; value->form == DHCP_VALUE_ADDRESSES && i < value->address_count; i++)
        known = known && judge_expand(judge, value->addresses[i], &text);
    for (size_t i = 0; value->form == DHCP_VALUE_SUBOPTIONS && i < value->suboption_count; i++)
        known = known && judge_expand(judge, value->suboptions[i].text, &text);
    buffer_done(&text);
    return known;
}

static void check_answer(struct judge *judge, const struct event *event)
{
    const struct scenario_dhcp *dhcp = judge->dhcp;
    if (dhcp->answer == DHCP_ANSWER_NEVER) {
        judge_error(judge, "DHCP was to stay silent, but answered %s (event %llu)",
                    judge_phone_name(judge->scenario, event->phone),
                    (unsigned long long)event->number);
        return;
    }
    for (size_t i = 0; !dhcp->only_if_asked && i < dhcp->offer_count; i++)
        if (is_known(judge, &dhcp->offer[i]) && !match_dhcp_option(judge, event, &dhcp->offer[i]))
            blame(judge, event, "the option that was to be offered was not seen on the wire",
                  dhcp->offer[i].code);
    for (size_t i = 0; i < sizeof rc_options; i++) {
        struct buffer value;
        buffer_init(&value, JUDGE_EXPANDED_MAX);
        if (!is_offered(dhcp, rc_options[i]) && dhcp_event_option(event, rc_options[i], &value))
            blame(judge, event, "an option that was to be withheld was seen on the wire",
                  rc_options[i]);
        buffer_done(&value);
    }
}

static void take_dhcp(struct judge *judge, const struct event *event)
{
    struct evidence_phone *phone = &judge->evidence[event->phone];
    switch (event->dhcp.type) {
    case DISCOVER:
        if (!phone->unanswered || phone->asked_sequence < judge->dhcp_sequence)
            phone->unanswered_us = event->time_us;
        phone->unanswered = true;
        phone->asked_sequence = judge->sequence;
        break;
    case REQUEST:
    case INFORM:
        phone->asked_sequence = judge->sequence;
        break;
    case OFFER:
    case ACK:
        if (phone->asked_sequence > judge->dhcp_sequence)
            check_answer(judge, event);
        phone->unanswered = false;
        break;
    case NAK:
        phone->unanswered = false;
        break;
    default:
        break;
    }
}

void evidence_event(struct judge *judge, const struct event *event)
{
    if (event->type == EVENT_SETTING)
        take_setting(judge, event);
    else if (event->type == EVENT_DHCP && event->phone != EVENT_PHONE_NONE)
        take_dhcp(judge, event);
}

static void check_unanswered(struct judge *judge, size_t index, uint64_t time_us)
{
    const struct evidence_phone *phone = &judge->evidence[index];
    bool answers =
        judge->dhcp->answer == DHCP_ANSWER_NORMAL || judge->dhcp->answer == DHCP_ANSWER_DELAY;
    uint64_t patience_us = EVIDENCE_ANSWER_US;
    if (judge->dhcp->answer == DHCP_ANSWER_DELAY)
        patience_us += judge->dhcp->answer_delay_us;
    if (!answers || !phone->unanswered || phone->asked_sequence < judge->dhcp_sequence ||
        time_us < phone->unanswered_us + patience_us)
        return;
    char since[DURATION_TEXT_MAX];
    judge_error(judge, "DHCP did not answer %s, which has asked since %s",
                judge_phone_name(judge->scenario, (int)index),
                duration_format(phone->unanswered_us, since));
}

void evidence_of_failure(struct judge *judge, int phone, uint64_t time_us)
{
    for (size_t i = 0; i < judge->scenario->phone_count; i++)
        if (phone == EVENT_PHONE_NONE || (size_t)phone == i)
            check_unanswered(judge, i, time_us);
}
