/* SPDX-License-Identifier: MIT */
#include "harness/judge/lab_fault.h"
#include "harness/base/duration.h"
#include "harness/judge/judgement.h"
#include "harness/scenario/service_target.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dns.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_FAILS_LONG_US (5 * DURATION_M)
enum { ANSWER_US = 1000000 }; /* a DISCOVER younger than this is not yet unanswered */

bool lab_fault_init(struct lab_fault *fault, const struct scenario *scenario,
                    const struct substitutions *substitutions)
{
    size_t phones = scenario->phone_count ? scenario->phone_count : 1;
    *fault = (struct lab_fault){.scenario = scenario,
                                .substitutions = substitutions,
                                .phones = calloc(phones, sizeof *fault->phones),
                                .dhcp = &scenario->dhcp};
    fault->had_rogue = scenario->dhcp.rogue.present;
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
    return dhcp->conflict || dhcp->answer == DHCP_ANSWER_NEVER || dhcp->answer == DHCP_ANSWER_NAK ||
           (dhcp->answer == DHCP_ANSWER_MALFORMED && dhcp->malformed != DHCP_MALFORMED_OVERLOAD);
}

bool lab_fault_dhcp_impaired_since(const struct lab_fault *fault, uint64_t since_us)
{
    return is_impaired(fault->dhcp) || (fault->was_impaired && fault->impaired_us >= since_us);
}

bool lab_fault_line_failed_since(const struct lab_fault *fault, int phone, uint64_t since_us)
{
    if (phone < 0 || (size_t)phone >= fault->scenario->phone_count)
        return false;
    const struct asked *asked = &fault->phones[phone];
    return asked->line_is_out || (asked->line_failed && asked->line_us >= since_us);
}

static void take_line(struct lab_fault *fault, const struct event *event)
{
    struct asked *phone = &fault->phones[event->phone];
    phone->line_failed = true;
    phone->line_us = event->time_us;
    phone->line_event = event->number;
    if (event->type == EVENT_CARRIER)
        phone->line_is_out = !event->carrier.present;
}

/* What was asked for and was not seen although there was time enough. */
static void check_conflict(struct lab_fault *fault, size_t index, uint64_t time_us)
{
    struct asked *phone = &fault->phones[index];
    char when[DURATION_TEXT_MAX];
    if (phone->conflict_due && time_us >= phone->lent_us + ANSWER_US)
        complain(fault,
                 "the address that %s was lent at %s was to be in conflict, and nobody else said "
                 "that he has it",
                 judgement_phone_name(fault->scenario, (int)index),
                 duration_format(phone->lent_us, when));
}

static void check_rogue(struct lab_fault *fault, size_t index, uint64_t time_us)
{
    struct asked *phone = &fault->phones[index];
    char when[DURATION_TEXT_MAX];
    if (phone->rogue_due && time_us >= phone->rogue_due_us)
        complain(fault, "the second DHCP server was to answer %s by %s, and was not seen to",
                 judgement_phone_name(fault->scenario, (int)index),
                 duration_format(phone->rogue_due_us, when));
}

/* A question that came before the line failed may have been lost with its answer. */
static void check_services(struct lab_fault *fault, size_t index, uint64_t time_us)
{
    struct asked *phone = &fault->phones[index];
    char when[DURATION_TEXT_MAX];
    for (size_t i = 0; i < VENDOR_SERVICES; i++)
        if (phone->service_due[i] && time_us >= phone->service_us[i] + ANSWER_US &&
            !lab_fault_line_failed_since(fault, (int)index, phone->service_us[i]))
            complain(fault, "%s asked for an SRV record (%s) at %s, and was not answered",
                     judgement_phone_name(fault->scenario, (int)index),
                     vendor_default()->services[i].scheme,
                     duration_format(phone->service_us[i], when));
}

static void check_all(struct lab_fault *fault, uint64_t time_us)
{
    for (size_t i = 0; i < fault->scenario->phone_count; i++) {
        check_services(fault, i, time_us);
        check_conflict(fault, i, time_us);
        check_rogue(fault, i, time_us);
    }
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
    check_all(fault, event->time_us);
    for (size_t i = 0; i < fault->scenario->phone_count; i++)
        memset(fault->phones[i].service_due, 0, sizeof fault->phones[i].service_due);
    for (size_t i = 0; i < fault->scenario->phone_count; i++)
        fault->phones[i].conflict_due = fault->phones[i].rogue_due = fault->phones[i].rogue_asked =
            false;
    if (step && step->kind == STEP_DHCP)
        fault->dhcp = step->dhcp;
    fault->had_rogue = fault->had_rogue || fault->dhcp->rogue.present;
}

/* What one of the servers is to offer. */
struct offered {
    const struct dhcp_value *values;
    size_t count;
};

static bool is_offered(const struct offered *offered, uint8_t code)
{
    for (size_t i = 0; i < offered->count; i++)
        if (offered->values[i].code == code)
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

/* Its options cannot be told apart any more from where it is broken. */
static bool is_broken(const struct scenario_dhcp *dhcp)
{
    return dhcp->answer == DHCP_ANSWER_MALFORMED && (dhcp->malformed == DHCP_MALFORMED_TRUNCATED ||
                                                     dhcp->malformed == DHCP_MALFORMED_BAD_LENGTH);
}

/* A reply is malformed in the way that was asked for, and in no other. */
static void check_form(struct lab_fault *fault, const struct event *event)
{
    const struct scenario_dhcp *dhcp = fault->dhcp;
    struct dhcp_option_view view;
    const char *seen = event->dhcp.malformed ? event->dhcp.malformed : "well-formed";
    if (dhcp_event_option(event, DHCP_OPTION_OVERLOAD, &view))
        seen = dhcp_malformed_words[DHCP_MALFORMED_OVERLOAD];
    const char *wanted = dhcp_malformed_words[dhcp->malformed];
    if (strcmp(seen, wanted) != 0)
        complain(fault, "a DHCP reply to %s that was to be malformed (%s) was %s (event %llu)",
                 judgement_phone_name(fault->scenario, event->phone), wanted, seen,
                 (unsigned long long)event->number);
}

static void check_options(struct lab_fault *fault, const struct event *event,
                          const struct offered *offered, bool always)
{
    for (size_t i = 0; always && i < offered->count; i++)
        if (is_known(fault, &offered->values[i]) &&
            !match_dhcp_option(fault->substitutions, event, &offered->values[i]))
            blame(fault, event, "the option that was to be offered was not seen on the wire",
                  offered->values[i].code);
    /* What a scenario does not offer is withheld (RC-PRE-2). */
    const struct vendor_option *options = vendor_default()->options;
    size_t count = vendor_default()->option_count;
    struct dhcp_option_view view;
    for (size_t i = 0; i < count; i++)
        if (!is_offered(offered, options[i].code) &&
            dhcp_event_option(event, options[i].code, &view))
            blame(fault, event, "an option that was to be withheld was seen on the wire",
                  options[i].code);
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
    if (dhcp->answer == DHCP_ANSWER_MALFORMED)
        check_form(fault, event);
    check_options(fault, event, &(const struct offered){dhcp->offer, dhcp->offer_count},
                  !dhcp->only_if_asked && !is_broken(dhcp));
}

/* Of the second server. What it was asked before it became what it is may still be answered. */
static void take_other_server(struct lab_fault *fault, const struct event *event)
{
    struct asked *phone = &fault->phones[event->phone];
    const struct dhcp_rogue *rogue = &fault->dhcp->rogue;
    bool answers = event->dhcp.type == DHCP_OFFER || event->dhcp.type == DHCP_ACK;
    if (!answers || !rogue->present || !phone->rogue_asked ||
        event->time_us < phone->rogue_asked_us + rogue->delay_us)
        return;
    phone->rogue_due = false;
    check_options(fault, event, &(const struct offered){rogue->offer, rogue->offer_count}, true);
}

/* It hears what is sent to all: all that comes from a phone that has no address. */
static void expect_rogue(struct lab_fault *fault, const struct event *event)
{
    struct asked *phone = &fault->phones[event->phone];
    const struct dhcp_rogue *rogue = &fault->dhcp->rogue;
    bool asks = event->dhcp.type == DHCP_DISCOVER || event->dhcp.type == DHCP_REQUEST;
    if (!rogue->present || !asks || event->dhcp.source_address != 0)
        return;
    if (!phone->rogue_asked)
        phone->rogue_asked_us = event->time_us;
    if (!phone->rogue_due)
        phone->rogue_due_us = event->time_us + rogue->delay_us + ANSWER_US;
    phone->rogue_asked = phone->rogue_due = true;
}

static void take_dhcp(struct lab_fault *fault, const struct event *event)
{
    struct asked *phone = &fault->phones[event->phone];
    if (event->dhcp.other_server && fault->had_rogue) {
        take_other_server(fault, event);
        return;
    }
    expect_rogue(fault, event);
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
        if (phone->sequence > fault->dhcp_sequence) {
            check_answer(fault, event);
            phone->conflict_due = fault->dhcp->conflict && event->dhcp.type == DHCP_ACK;
            phone->lent_us = event->time_us;
        }
        phone->unanswered = false;
        break;
    case DHCP_NAK:
        phone->unanswered = false;
        break;
    default:
        break;
    }
}

/* --- SRV records --- */

/* Of the domain that the phones are told of now; false: it is about nothing that the lab answers.
 */
static bool is_for_service(const struct lab_fault *fault, const struct event *event,
                           enum vendor_service_kind *ret_kind)
{
    const struct scenario_dhcp *dhcp = fault->dhcp;
    return dhcp->srv.present && dhcp->domain && event->dns.query_type == DNS_SRV &&
           event->dns.server == EVENT_SERVER_NAME &&
           vendor_service_find(vendor_default(), event->dns.question, ret_kind) &&
           strcasecmp(event->dns.question + strlen(vendor_default()->services[*ret_kind].name) + 1,
                      dhcp->domain) == 0;
}

/* False: nobody explained its ${name}. */
static bool know_target(const struct lab_fault *fault, enum vendor_service_kind kind,
                        struct service_target *ret_target)
{
    static const char *const no_more_names[SUBSTITUTE_COUNT] = {"", "", "", ""};
    struct buffer text;
    buffer_init(&text, MATCH_TEXT_MAX);
    bool known =
        substitutions_expand(fault->substitutions, fault->dhcp->srv.targets[kind], &text) &&
        service_target_read(buffer_string(&text), kind, no_more_names, ret_target);
    buffer_done(&text);
    return known;
}

static void check_service(struct lab_fault *fault, const struct event *event,
                          enum vendor_service_kind kind)
{
    const char *text = fault->dhcp->srv.targets[kind], *seen = event->dns.target;
    struct service_target wanted = {.port = 0};
    if (text && !know_target(fault, kind, &wanted))
        return;
    bool right =
        !text ? !seen
              : seen && strcasecmp(seen, wanted.host) == 0 && event->dns.target_port == wanted.port;
    if (!right)
        complain(fault,
                 "the SRV record (%s) that %s was to be given was another on the wire (event %llu)",
                 vendor_default()->services[kind].scheme,
                 judgement_phone_name(fault->scenario, event->phone),
                 (unsigned long long)event->number);
}

/* An answer to a question that was asked before all was as it is proves nothing. */
static void take_dns(struct lab_fault *fault, const struct event *event)
{
    struct asked *phone = &fault->phones[event->phone];
    enum vendor_service_kind kind;
    if (!is_for_service(fault, event, &kind))
        return;
    if (event->dns.response && phone->service_due[kind])
        check_service(fault, event, kind);
    phone->service_due[kind] = !event->dns.response;
    phone->service_us[kind] = event->time_us;
}

/* --- what is wrong with an answer over HTTP --- */

static void unkept(struct lab_fault *fault, int phone, const char *what)
{
    complain(fault, "%s of the answer to %s was not seen on the wire (event %llu)", what,
             judgement_phone_name(fault->scenario, phone),
             (unsigned long long)fault->phones[phone].promised.event);
}

static void keep(char place[PROMISE_TEXT_MAX], const char *text)
{
    snprintf(place, PROMISE_TEXT_MAX, "%s", text ? text : "");
}

static bool is_kept(const char promised[PROMISE_TEXT_MAX], const char *seen)
{
    return strcmp(promised, seen ? seen : "") == 0;
}

static void take_request(struct lab_fault *fault, const struct event *event)
{
    const struct request_event *request = &event->request;
    struct promised *promised = &fault->phones[event->phone].promised;
    if (!request->push && request->peer.transport == TRANSPORT_TFTP) {
        *promised = (struct promised){.server = request->peer.server,
                                      .time_us = event->time_us,
                                      .reorders = request->reorders,
                                      .strays = request->strays,
                                      .no_options = request->no_options,
                                      .event = event->number};
        return;
    }
    bool faulty = request->framing || request->encoding || request->challenge ||
                  request->announces || request->head_takes_us > 0;
    if (request->push || request->peer.transport != TRANSPORT_HTTP)
        return;
    *promised = (struct promised){
        .due = faulty,
        .server = request->peer.server,
        .time_us = event->time_us,
        .head_takes_us = request->head_takes_us,
        .announces = request->announces ? strtoull(request->announces, NULL, 10) : 0,
        .event = event->number};
    keep(promised->framing, request->framing);
    keep(promised->encoding, request->encoding);
    keep(promised->challenge, request->challenge);
}

/* Its lengths are not on a stored timeline, where they are not known. */
static void take_response(struct lab_fault *fault, const struct event *event)
{
    const struct http_response_event *response = &event->http_response;
    struct promised *promised = &fault->phones[event->phone].promised;
    bool sealed = response->encoding && strcmp(response->encoding, "aes128gcm") == 0;
    if (sealed && !promised->due && response->peer.server != EVENT_SERVER_NONE)
        fault->phones[event->phone].sealed_event = event->number;
    if (!promised->due || response->peer.server != promised->server)
        return;
    promised->due = false;
    if (!is_kept(promised->encoding, response->encoding))
        unkept(fault, event->phone, "the encoding");
    if (!is_kept(promised->challenge, response->challenge))
        unkept(fault, event->phone, "the challenge");
    if (!is_kept(promised->framing, response->framing))
        unkept(fault, event->phone, "the framing that was to be wrong");
    if (promised->announces > 0 && response->announced > 0 &&
        promised->announces != response->announced)
        unkept(fault, event->phone, "the length that was to be announced");
    if (event->time_us < promised->time_us + promised->head_takes_us)
        unkept(fault, event->phone, "the slowness of the head");
}

/* --- what is wrong with one over TFTP --- */

static void check_disorder(struct lab_fault *fault, size_t index)
{
    const struct promised *promised = &fault->phones[index].promised;
    if (lab_fault_line_failed_since(fault, (int)index, promised->time_us))
        return;
    if (promised->reorders > 0)
        unkept(fault, (int)index, "a block before its turn");
    if (promised->strays > 0)
        unkept(fault, (int)index, "a block from another port");
    if (promised->no_options)
        unkept(fault, (int)index, "a first block without options");
}

static void take_tftp(struct lab_fault *fault, const struct event *event)
{
    const struct tftp_event *tftp = &event->tftp;
    struct promised *promised = &fault->phones[event->phone].promised;
    if (tftp->peer.server != promised->server)
        return;
    if (tftp->packet == TFTP_PACKET_ACK)
        check_disorder(fault, (size_t)event->phone); /* the whole file has come */
    if (tftp->packet != TFTP_PACKET_DATA || !tftp->disorder)
        return;
    if (strcmp(tftp->disorder, TFTP_DISORDER_AHEAD) == 0 && tftp->block == promised->reorders + 1)
        promised->reorders = 0;
    else if (strcmp(tftp->disorder, TFTP_DISORDER_PORT) == 0 && tftp->block == promised->strays)
        promised->strays = 0;
    else if (strcmp(tftp->disorder, TFTP_DISORDER_NO_OPTIONS) == 0)
        promised->no_options = false;
}

static void take_http(struct lab_fault *fault, const struct event *event)
{
    if (event->type == EVENT_REQUEST)
        take_request(fault, event);
    else if (event->type == EVENT_HTTP_RESPONSE)
        take_response(fault, event);
    else if (event->type == EVENT_ANSWER)
        fault->phones[event->phone].promised.answered = true;
}

/* Whether a phone could read it, a capture alone does not tell. */
static void check_sealed(struct lab_fault *fault, size_t index)
{
    if (fault->phones[index].sealed_event > 0)
        complain(fault, "an answer to %s was encrypted (event %llu), and nobody tells what it was",
                 judgement_phone_name(fault->scenario, (int)index),
                 (unsigned long long)fault->phones[index].sealed_event);
}

/* What was sent must have been seen, unless the line swallowed it. */
static void check_promised(struct lab_fault *fault, size_t index)
{
    const struct asked *phone = &fault->phones[index];
    if (phone->promised.due && phone->promised.answered &&
        !lab_fault_line_failed_since(fault, (int)index, phone->promised.time_us))
        unkept(fault, (int)index, "the head");
    if (phone->promised.answered)
        check_disorder(fault, index);
}

void lab_fault_event(struct lab_fault *fault, const struct event *event, const struct step *step)
{
    fault->sequence++;
    if (fault->step != step) {
        fault->step = step;
        fault->step_us = event->time_us;
    }
    if (event->type == EVENT_SETTING)
        take_setting(fault, event, step);
    else if (event->type == EVENT_DHCP && event->phone != EVENT_PHONE_NONE)
        take_dhcp(fault, event);
    else if (event->type == EVENT_DNS && event->phone != EVENT_PHONE_NONE)
        take_dns(fault, event);
    else if (event->type == EVENT_TFTP && event->phone != EVENT_PHONE_NONE)
        take_tftp(fault, event);
    else if (event->type >= EVENT_HTTP_REQUEST && event->type <= EVENT_ANSWER &&
             event->phone != EVENT_PHONE_NONE)
        take_http(fault, event);
    else if (event->type == EVENT_CONFLICT && event->phone != EVENT_PHONE_NONE)
        fault->phones[event->phone].conflict_due = false;
    else if (event->type == EVENT_END)
        check_all(fault, event->time_us);
    else if ((event->type == EVENT_LOST || event->type == EVENT_CARRIER) &&
             event->phone != EVENT_PHONE_NONE)
        take_line(fault, event);
}

static void check_unanswered(struct lab_fault *fault, size_t index, uint64_t time_us)
{
    const struct asked *phone = &fault->phones[index];
    bool answers =
        fault->dhcp->answer != DHCP_ANSWER_NEVER && fault->dhcp->answer != DHCP_ANSWER_NAK;
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

/* What was lost long before the step that failed began has long been made good. */
static void check_line(struct lab_fault *fault, size_t index)
{
    const struct asked *phone = &fault->phones[index];
    uint64_t since_us =
        fault->step_us > LINE_FAILS_LONG_US ? fault->step_us - LINE_FAILS_LONG_US : 0;
    char when[DURATION_TEXT_MAX];
    if (fault->outside_network && lab_fault_line_failed_since(fault, (int)index, since_us))
        complain(fault,
                 "the line of %s lost a frame %s after the start (event %llu), and the scenario "
                 "does not reckon with that",
                 judgement_phone_name(fault->scenario, (int)index),
                 duration_format(phone->line_us, when), (unsigned long long)phone->line_event);
}

void lab_fault_of_failure(struct lab_fault *fault, int phone, uint64_t time_us)
{
    for (size_t i = 0; i < fault->scenario->phone_count; i++)
        if (phone == EVENT_PHONE_NONE || (size_t)phone == i) {
            check_line(fault, i);
            check_promised(fault, i);
            check_sealed(fault, i);
            check_unanswered(fault, i, time_us);
            check_conflict(fault, i, time_us);
            check_rogue(fault, i, time_us);
            check_services(fault, i, time_us);
        }
}
