/* SPDX-License-Identifier: MIT */
/* The Customization State that the evidence proves. */
#include "harness/observe/inference_phone.h"
#include "harness/observe/offer.h"
#include <stdio.h>
#include <string.h>

enum { FAILURE_TEXT_MAX = 64 };

void track_set_state(struct inference *inference, struct track *track, uint64_t time_us,
                     enum customization_state state, enum rule_id rule, uint64_t cause)
{
    struct event event = {
        .type = EVENT_STATE,
        .phone = track->phone,
        .state = {.state = state, .previous = track->state, .rule = rule, .cause = cause}};
    track->state = state;
    inference->sink.emit(inference->sink.context, &event, time_us);
}

void track_boot(struct inference *inference, struct track *track, const struct event *dhcp,
                const struct boot_cause *cause)
{
    struct event event = {.type = EVENT_BOOT,
                          .phone = track->phone,
                          .boot = {.action = cause->action,
                                   .action_known = cause->action_known,
                                   .cause = dhcp->number}};
    uint64_t number = inference->sink.emit(inference->sink.context, &event, dhcp->time_us);
    for (size_t i = 0; i < TRACK_COUNT; i++)
        attempt_boot(&track->attempts[i]);
    track->acked = false;
    track->told = NULL;
    track->offer_due = false;
    track->rebooted = true;
    if (!cause->reset)
        return;
    bool from_another = track->state != STATE_UNKNOWN && track->state != STATE_OPEN;
    track->edos_maybe = track->edos_asked = false;
    track->redirect_target = NULL;
    track_set_state(inference, track, dhcp->time_us, STATE_OPEN,
                    from_another ? RULE_END_4 : RULE_OPEN_1, number);
}

static bool is_under_way(const struct track *track)
{
    return track->state == STATE_PENDING || track->state == STATE_CUSTOM_PENDING;
}

void track_ack(struct inference *inference, struct track *track, const struct event *ack)
{
    const struct readings *readings = &inference->world->readings;
    bool provides = offer_provides(ack->dhcp.options.bytes, ack->dhcp.options.length);
    bool is_new = !track->acked || !offer_equal(track->offer, track->offer_length,
                                                ack->dhcp.options.bytes, ack->dhcp.options.length);
    track->acked = true;
    track->offer = ack->dhcp.options.bytes;
    track->offer_length = ack->dhcp.options.length;
    if (!provides)
        track->offer_due = false;
    if (!provides || !is_new)
        return;
    track->offer_due = true;
    if (readings->dhcp_abort != DHCP_ABORT_OFFERED)
        return;
    if (track->state == STATE_OPEN)
        track_set_state(inference, track, ack->time_us, STATE_ABORTED, RULE_OPEN_2, ack->number);
    else if (is_under_way(track) && readings->options_while_pending == OPTIONS_WHILE_PENDING_ABORT)
        track_set_state(inference, track, ack->time_us, STATE_ABORTED, RULE_PRE_2, ack->number);
}

/* The reading "edos": a phone that starts again at EDOS after a reboot is Pending again. */
static bool starts_again(const struct inference *inference, const struct track *track)
{
    return track->state == STATE_CUSTOM_PENDING && track->rebooted &&
           inference->world->readings.custom_pending_boot == CUSTOM_PENDING_BOOT_EDOS;
}

static void turn_to_edos(struct inference *inference, struct track *track, uint64_t time_us,
                         uint64_t cause)
{
    track->edos_asked = true;
    track->edos_maybe = false;
    track->offer_due = false;
    if (track->state == STATE_OPEN || track->state == STATE_UNKNOWN ||
        starts_again(inference, track))
        track_set_state(inference, track, time_us, STATE_PENDING, RULE_OPEN_3, cause);
}

static void become_custom_pending(struct inference *inference, struct track *track,
                                  uint64_t time_us, uint64_t cause)
{
    track->rebooted = false;
    track_set_state(inference, track, time_us, STATE_CUSTOM_PENDING, RULE_PEND_1, cause);
}

void track_attempt(struct inference *inference, struct track *track, size_t which, uint64_t time_us,
                   uint64_t cause)
{
    if (which == TRACK_EDOS) {
        turn_to_edos(inference, track, time_us, cause);
    } else if (track->state == STATE_PENDING && track->edos_maybe && !track->offer_due &&
               !track->told) {
        /* Nobody could read EDOS's answer; that the phone knows whom to ask next shows it. */
        track->edos_maybe = false;
        become_custom_pending(inference, track, time_us, cause);
    }
}

void track_configured(struct inference *inference, struct track *track, uint64_t time_us,
                      uint64_t cause)
{
    if (track->state == STATE_PENDING)
        track_set_state(inference, track, time_us, STATE_ABORTED, RULE_PEND_6, cause);
    else if (track->state == STATE_CUSTOM_PENDING)
        track_set_state(inference, track, time_us, STATE_ABORTED, RULE_CUST_3, cause);
}

static bool is_success(const struct verdict_answer *answer)
{
    if (!answer->complete)
        return false;
    if (answer->transport == TRANSPORT_TFTP)
        return answer->status == 0;
    return answer->status >= 200 && answer->status < 300;
}

static const char *failure_text(const struct verdict_answer *answer, char text[FAILURE_TEXT_MAX])
{
    if (!answer->complete)
        snprintf(text, FAILURE_TEXT_MAX, "the answer broke off");
    else if (is_success(answer))
        snprintf(text, FAILURE_TEXT_MAX, "the answer was of no use");
    else if (answer->transport == TRANSPORT_TFTP)
        snprintf(text, FAILURE_TEXT_MAX, "TFTP error %u", answer->status);
    else
        snprintf(text, FAILURE_TEXT_MAX, "answered %u", answer->status);
    return text;
}

static void fail(struct inference *inference, struct track *track, size_t which,
                 const struct verdict_answer *answer)
{
    char text[FAILURE_TEXT_MAX];
    track_fail(inference, track, which, answer->time_us, answer->cause, answer->status,
               failure_text(answer, text));
}

static void edos_answer(struct inference *inference, struct track *track,
                        const struct verdict_answer *answer)
{
    bool profile = answer->content == CONTENT_PROFILE || answer->content == CONTENT_CONFIG;
    bool empty = answer->content == CONTENT_EMPTY && answer->status == 200;
    if (!is_success(answer) || (!profile && !empty && answer->content != CONTENT_OTHER)) {
        fail(inference, track, TRACK_EDOS, answer);
        return;
    }
    attempt_end(&track->attempts[TRACK_EDOS], answer->time_us);
    /* Whether the phone can make something of any other body shows in what it does next. */
    track->edos_maybe = !profile && !empty;
    if (track->state != STATE_PENDING)
        return;
    if (profile)
        become_custom_pending(inference, track, answer->time_us, answer->cause);
    else if (empty)
        track_set_state(inference, track, answer->time_us, STATE_UNAVAILABLE, RULE_PEND_2,
                        answer->cause);
}

/* See the header: is this configuration the one of a DHCP option? */
static bool is_offered(const struct track *track, const struct verdict_answer *answer)
{
    if (!track->offer_due)
        return false;
    if (track->state != STATE_CUSTOM_PENDING || !track->redirect_target || !answer->target ||
        strcmp(track->redirect_target, answer->target) != 0)
        return true;
    return offer_names_target(track->offer, track->offer_length, answer->target);
}

static void configuration(struct inference *inference, struct track *track,
                          const struct verdict_answer *answer)
{
    const struct readings *readings = &inference->world->readings;
    bool offered = is_offered(track, answer);
    if (offered)
        track->offer_due = false;
    if (offered && track->state == STATE_OPEN)
        track_set_state(inference, track, answer->time_us, STATE_ABORTED, RULE_OPEN_2,
                        answer->cause);
    else if (offered && is_under_way(track) &&
             readings->options_while_pending == OPTIONS_WHILE_PENDING_ABORT)
        track_set_state(inference, track, answer->time_us, STATE_ABORTED, RULE_PRE_2,
                        answer->cause);
    else if (track->state == STATE_CUSTOM_PENDING && answer->server == EVENT_SERVER_PROVISION)
        track_set_state(inference, track, answer->time_us, STATE_ACQUIRED, RULE_CUST_1,
                        answer->cause);
}

static void other_answer(struct inference *inference, struct track *track, size_t which,
                         const struct verdict_answer *answer)
{
    bool config = is_success(answer) && answer->content == CONTENT_CONFIG;
    if (which != TRACK_COUNT && !config &&
        !(is_success(answer) && answer->content == CONTENT_OTHER))
        fail(inference, track, which, answer);
    else if (which != TRACK_COUNT)
        attempt_end(&track->attempts[which], answer->time_us);
    if (config)
        configuration(inference, track, answer);
}

static bool was_told(const struct track *track, const struct verdict_answer *answer)
{
    return track->told && answer->target && strlen(answer->target) > 1 &&
           strstr(track->told, answer->target);
}

static bool goes_on(const struct verdict_answer *answer)
{
    if (answer->transport == TRANSPORT_TFTP || !answer->complete)
        return false;
    bool redirect = answer->status >= 300 && answer->status < 400 && answer->location;
    return redirect || answer->status == 401 || answer->status == 407;
}

void track_answer(struct inference *inference, struct track *track,
                  const struct verdict_answer *answer)
{
    size_t which = track_which(track, answer->server, answer->client_port, answer->time_us);
    if (answer->head) {
        if (which != TRACK_COUNT && track->attempts[which].open &&
            attempt_has_port(&track->attempts[which], answer->client_port))
            attempt_continue(&track->attempts[which], answer->time_us);
        return;
    }
    if (answer->push) {
        if (answer->aborts && is_success(answer))
            track_configured(inference, track, answer->time_us, answer->cause);
        return;
    }
    if (which != TRACK_COUNT) {
        struct attempt *attempt = &track->attempts[which];
        /* The phone has given this connection up: nobody reads the answer. */
        if (!attempt->open || !attempt_has_port(attempt, answer->client_port))
            return;
        if (goes_on(answer)) {
            attempt_continue(attempt, answer->time_us);
            return;
        }
    }
    if (was_told(track, answer)) {
        track->told = NULL;
        if (which != TRACK_COUNT)
            attempt_end(&track->attempts[which], answer->time_us);
        return;
    }
    if (which == TRACK_EDOS)
        edos_answer(inference, track, answer);
    else
        other_answer(inference, track, which, answer);
}
