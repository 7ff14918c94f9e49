/* SPDX-License-Identifier: MIT */
#include "harness/observe/inference.h"
#include "harness/observe/attempts.h"
#include "harness/observe/boots.h"
#include "harness/observe/offer.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EDOS_PORT_DEFAULT = 443, TRACKS_FIRST = 16 };

/* What phones also talk to, and never download from. */
static const uint16_t other_ports[] = {22, 23, 53, 514, 636, 389, 2000, 5060, 5061, 5222, 6970};

enum { EDOS_ADDRESSES_MAX = 8, TRACK_EDOS = 0, TRACK_PROVISION = 1, TRACK_COUNT = 2 };

struct track {
    int phone;
    enum customization_state state;
    struct boots boots;
    struct attempt attempts[TRACK_COUNT];
    bool edos_asked; /* ever; in a foreign capture what is asked later is the provisioning server */
    bool edos_maybe; /* the last EDOS attempt ended, and how is not known (TLS without a log) */
    bool rebooted;   /* booted since it became Custom-Pending */
    uint32_t edos_addresses[EDOS_ADDRESSES_MAX];
    size_t edos_address_count;
    /* DHCP's offer; the bytes are the timeline's, as the texts below: inference_move */
    bool acked;       /* in this boot */
    bool offer_due;   /* a new offer of a configuration is untried */
    bool service_due; /* an SRV record says where one is, and it has not turned to EDOS since */
    const uint8_t *offer;
    size_t offer_length;
    const char *told;      /* foreign capture: asked on its page to fetch this, and has not yet */
    const char *target;    /* of its latest request in clear text */
    const char *rule_key;  /* in the rule of the profile that it has; NULL = none, or not known */
    const char *tls_fault; /* what a fake shows on the connection from tls_port; NULL = nothing */
    uint16_t tls_port;
    const char *redirect_target; /* asked before of the provisioning server as the redirect's */
};

struct inference {
    const struct observe_world *world;
    struct inference_sink sink;
    struct track *tracks; /* owned; index = phone */
    size_t count;
    bool logs; /* fakes log what they do */
};

/* An answer: as a log tells it, or what of that was read off the wire. */
struct answer {
    struct answer_event told;
    uint64_t time_us, cause;
    bool head; /* to a HEAD: a look, after which the phone goes on to ask */
};

int inference_new(const struct observe_world *world, const struct inference_sink *sink,
                  struct inference **ret_inference, struct error *error)
{
    struct inference *inference = calloc(1, sizeof *inference);
    if (!inference)
        return error_set(error, ERROR_MEMORY, "out of memory for the inference");
    inference->world = world;
    inference->sink = *sink;
    inference->logs = world->edos_address != 0 || world->provision_address != 0;
    *ret_inference = inference;
    return 0;
}

void inference_free(struct inference *inference)
{
    if (!inference)
        return;
    free(inference->tracks);
    free(inference);
}

static uint64_t emit(struct inference *inference, const struct event *event, uint64_t time_us)
{
    return inference->sink.emit(inference->sink.context, event, time_us);
}

static struct track *find_track(const struct inference *inference, int phone)
{
    return phone >= 0 && (size_t)phone < inference->count ? &inference->tracks[phone] : NULL;
}

static struct track *get_track(struct inference *inference, int phone)
{
    size_t wanted = (size_t)phone + 1, count = inference->count ? inference->count : TRACKS_FIRST;
    if (wanted <= inference->count)
        return &inference->tracks[phone];
    while (count < wanted)
        count *= 2;
    struct track *tracks = realloc(inference->tracks, count * sizeof *tracks);
    if (!tracks)
        return NULL;
    memset(tracks + inference->count, 0, (count - inference->count) * sizeof *tracks);
    for (size_t i = inference->count; i < count; i++)
        tracks[i].phone = (int)i;
    inference->tracks = tracks;
    inference->count = count;
    return &tracks[phone];
}

enum customization_state inference_state(const struct inference *inference, int phone)
{
    const struct track *track = find_track(inference, phone);
    return track ? track->state : STATE_UNKNOWN;
}

static bool move_text(struct arena *arena, const char **text)
{
    bool had = *text != NULL;
    *text = had ? arena_string(arena, *text) : NULL;
    return !had || *text;
}

static bool move_offer(struct arena *arena, struct track *track)
{
    if (!track->offer)
        return true;
    track->offer = arena_copy(arena, track->offer, track->offer_length);
    if (!track->offer)
        track->offer_length = 0;
    return track->offer != NULL;
}

bool inference_move(struct inference *inference, struct arena *arena)
{
    bool moved = true;
    for (size_t i = 0; i < inference->count; i++) {
        struct track *track = &inference->tracks[i];
        const char **texts[] = {&track->told, &track->target, &track->rule_key, &track->tls_fault,
                                &track->redirect_target};
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
            moved = move_text(arena, texts[k]) && moved;
        moved = move_offer(arena, track) && moved;
    }
    return moved;
}

/* --- who is who --- */

bool inference_is_edos_host(const struct inference *inference, const char *name)
{
    const struct observe_world *world = inference->world;
    if (!world->edos_hosts)
        return name && vendor_is_redirect_host(vendor_default(), name);
    for (size_t i = 0; name && i < world->edos_host_count; i++)
        if (strcasecmp(world->edos_hosts[i], name) == 0)
            return true;
    return false;
}

void inference_edos_addresses(struct inference *inference, int phone, const uint32_t *addresses,
                              size_t count)
{
    struct track *track = phone >= 0 ? get_track(inference, phone) : NULL;
    if (!track || count == 0)
        return;
    track->edos_address_count = count < EDOS_ADDRESSES_MAX ? count : EDOS_ADDRESSES_MAX;
    memcpy(track->edos_addresses, addresses, track->edos_address_count * sizeof *addresses);
}

static bool is_download_port(uint16_t port)
{
    for (size_t i = 0; i < sizeof other_ports / sizeof other_ports[0]; i++)
        if (other_ports[i] == port)
            return false;
    return true;
}

enum event_server inference_server(const struct inference *inference, int phone, uint32_t address,
                                   uint16_t port)
{
    const struct observe_world *world = inference->world;
    const struct track *track = find_track(inference, phone);
    uint16_t edos_port = world->edos_port ? world->edos_port : EDOS_PORT_DEFAULT;
    if (world->edos_address && address == world->edos_address && port == edos_port)
        return EVENT_SERVER_EDOS;
    if (world->provision_address && address == world->provision_address)
        return EVENT_SERVER_PROVISION;
    for (size_t i = 0; track && i < track->edos_address_count; i++)
        if (track->edos_addresses[i] == address && (!inference->logs || port == edos_port))
            return EVENT_SERVER_EDOS;
    bool foreign = !world->edos_address && !world->provision_address;
    if (foreign && track && track->edos_asked && is_download_port(port))
        return EVENT_SERVER_PROVISION;
    return EVENT_SERVER_OTHER;
}

/* --- attempts and failures --- */

static size_t track_which(const struct track *track, enum event_server server, uint16_t client_port,
                          uint64_t time_us)
{
    const struct attempt *edos = &track->attempts[TRACK_EDOS];
    if (server == EVENT_SERVER_EDOS)
        return TRACK_EDOS;
    if (server != EVENT_SERVER_PROVISION)
        return TRACK_COUNT;
    bool redirected_here =
        edos->open && edos->to_be_continued && time_us - edos->active_us <= ATTEMPT_CONTINUES_US;
    bool continued_here = edos->open && client_port != 0 && attempt_has_port(edos, client_port);
    return redirected_here || continued_here ? TRACK_EDOS : TRACK_PROVISION;
}

static enum event_server server_of(size_t which)
{
    return which == TRACK_EDOS ? EVENT_SERVER_EDOS : EVENT_SERVER_PROVISION;
}

static void track_fail(struct inference *inference, struct track *track, size_t which,
                       uint64_t time_us, uint64_t cause, unsigned status, const char *text)
{
    struct event event = {
        .type = EVENT_FAILED,
        .phone = track->phone,
        .failed = {
            .peer.server = server_of(which), .cause = cause, .status = status, .reason = text}};
    attempt_end(&track->attempts[which], time_us);
    emit(inference, &event, time_us);
}

/* --- the Customization State that the evidence proves --- */

enum { FAILURE_TEXT_MAX = 64 };

static void track_set_state(struct inference *inference, struct track *track, uint64_t time_us,
                            enum customization_state state, enum rule_id rule, uint64_t cause)
{
    struct event event = {
        .type = EVENT_STATE,
        .phone = track->phone,
        .state = {.state = state, .previous = track->state, .rule = rule, .cause = cause}};
    track->state = state;
    emit(inference, &event, time_us);
}

static void track_boot(struct inference *inference, struct track *track, const struct event *dhcp,
                       const struct boot_cause *cause)
{
    struct event event = {.type = EVENT_BOOT,
                          .phone = track->phone,
                          .boot = {.action = cause->action,
                                   .action_known = cause->action_known,
                                   .cause = dhcp->number}};
    uint64_t number = emit(inference, &event, dhcp->time_us);
    for (size_t i = 0; i < TRACK_COUNT; i++)
        attempt_boot(&track->attempts[i]);
    track->acked = false;
    track->told = NULL;
    track->offer_due = track->service_due = false;
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

static void track_ack(struct inference *inference, struct track *track, const struct event *ack)
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
    track->offer_due = track->service_due = false;
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

static void track_attempt(struct inference *inference, struct track *track, size_t which,
                          uint64_t time_us, uint64_t cause)
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

static void track_configured(struct inference *inference, struct track *track, uint64_t time_us,
                             uint64_t cause)
{
    if (track->state == STATE_PENDING)
        track_set_state(inference, track, time_us, STATE_ABORTED, RULE_PEND_6, cause);
    else if (track->state == STATE_CUSTOM_PENDING)
        track_set_state(inference, track, time_us, STATE_ABORTED, RULE_CUST_3, cause);
}

static bool is_success(const struct answer *answer)
{
    if (!answer->told.complete)
        return false;
    if (answer->told.peer.transport == TRANSPORT_TFTP)
        return answer->told.status == 0;
    return answer->told.status >= 200 && answer->told.status < 300;
}

static const char *failure_text(const struct answer *answer, char text[FAILURE_TEXT_MAX])
{
    if (!answer->told.complete)
        snprintf(text, FAILURE_TEXT_MAX, "the answer broke off");
    else if (is_success(answer))
        snprintf(text, FAILURE_TEXT_MAX, "the answer was of no use");
    else if (answer->told.peer.transport == TRANSPORT_TFTP)
        snprintf(text, FAILURE_TEXT_MAX, "TFTP error %u", answer->told.status);
    else
        snprintf(text, FAILURE_TEXT_MAX, "answered %u", answer->told.status);
    return text;
}

static void fail(struct inference *inference, struct track *track, size_t which,
                 const struct answer *answer)
{
    char text[FAILURE_TEXT_MAX];
    track_fail(inference, track, which, answer->time_us, answer->cause, answer->told.status,
               failure_text(answer, text));
}

static void edos_answer(struct inference *inference, struct track *track,
                        const struct answer *answer)
{
    bool profile =
        answer->told.content == CONTENT_PROFILE || answer->told.content == CONTENT_CONFIG;
    bool empty = answer->told.content == CONTENT_EMPTY && answer->told.status == 200;
    if (!is_success(answer) || (!profile && !empty && answer->told.content != CONTENT_OTHER)) {
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
static bool is_offered(const struct track *track, const struct answer *answer)
{
    if (!track->offer_due)
        return false;
    if (track->state != STATE_CUSTOM_PENDING || !track->redirect_target || !answer->told.target ||
        strcmp(track->redirect_target, answer->told.target) != 0)
        return true;
    return offer_names_target(track->offer, track->offer_length, answer->told.target);
}

static void configuration(struct inference *inference, struct track *track,
                          const struct answer *answer)
{
    const struct readings *readings = &inference->world->readings;
    bool offered = is_offered(track, answer);
    bool by_service = track->service_due && readings->srv_abort == SRV_ABORT_DOWNLOADED;
    if (offered)
        track->offer_due = false;
    if ((offered || by_service) && track->state == STATE_OPEN)
        track_set_state(inference, track, answer->time_us, STATE_ABORTED, RULE_OPEN_2,
                        answer->cause);
    else if (offered && is_under_way(track) &&
             readings->options_while_pending == OPTIONS_WHILE_PENDING_ABORT)
        track_set_state(inference, track, answer->time_us, STATE_ABORTED, RULE_PRE_2,
                        answer->cause);
    else if (track->state == STATE_CUSTOM_PENDING &&
             answer->told.peer.server == EVENT_SERVER_PROVISION)
        track_set_state(inference, track, answer->time_us, STATE_ACQUIRED, RULE_CUST_1,
                        answer->cause);
}

static void other_answer(struct inference *inference, struct track *track, size_t which,
                         const struct answer *answer)
{
    bool config = is_success(answer) && answer->told.content == CONTENT_CONFIG;
    if (which != TRACK_COUNT && !config &&
        !(is_success(answer) && answer->told.content == CONTENT_OTHER))
        fail(inference, track, which, answer);
    else if (which != TRACK_COUNT)
        attempt_end(&track->attempts[which], answer->time_us);
    if (config)
        configuration(inference, track, answer);
}

static bool was_told(const struct track *track, const struct answer *answer)
{
    return track->told && answer->told.target && strlen(answer->told.target) > 1 &&
           strstr(track->told, answer->told.target);
}

static bool goes_on(const struct answer *answer)
{
    if (answer->told.peer.transport == TRANSPORT_TFTP || !answer->told.complete)
        return false;
    bool redirect =
        answer->told.status >= 300 && answer->told.status < 400 && answer->told.location;
    return redirect || answer->told.status == 401 || answer->told.status == 407;
}

static void track_answer(struct inference *inference, struct track *track,
                         const struct answer *answer)
{
    size_t which = track_which(track, answer->told.peer.server, answer->told.peer.client_port,
                               answer->time_us);
    if (answer->head) {
        if (which != TRACK_COUNT && track->attempts[which].open &&
            attempt_has_port(&track->attempts[which], answer->told.peer.client_port))
            attempt_continue(&track->attempts[which], answer->time_us);
        return;
    }
    if (answer->told.push) {
        if (answer->told.aborts && is_success(answer))
            track_configured(inference, track, answer->time_us, answer->cause);
        return;
    }
    if (which != TRACK_COUNT) {
        struct attempt *attempt = &track->attempts[which];
        /* The phone has given this connection up: nobody reads the answer. */
        if (!attempt->open || !attempt_has_port(attempt, answer->told.peer.client_port))
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

/* --- signs of attempts --- */

/* What the first sign of an attempt tells: with whom, what was named, which file was asked for. */
struct sign {
    struct attempt_sign seen;
    struct event_peer peer;
    const char *name, *target;
    /* A request that a fake logs must not begin a second attempt when the wire shows it too,
     * later. */
    bool spoken_on_the_wire;
};

static struct sign sign_of(const struct event *event)
{
    static const struct event_peer dns = {.server = EVENT_SERVER_EDOS, .transport = TRANSPORT_DNS};
    const struct event_peer *peer = event->type == EVENT_DNS ? &dns : event_peer(event);
    struct sign sign = {.peer = *peer,
                        .seen = {.kind = SIGN_SPOKEN,
                                 .time_us = event->time_us,
                                 .address = peer->address,
                                 .client_port = peer->client_port}};
    switch (event->type) {
    case EVENT_DNS:
        sign.seen.kind = SIGN_DNS;
        sign.seen.id = event->dns.id;
        sign.seen.ipv6 = event->dns.query_type == DNS_AAAA;
        sign.seen.address = event->dns.address;
        sign.name = event->dns.question;
        break;
    case EVENT_CONNECT:
        sign.seen.kind = SIGN_CONNECT;
        break;
    case EVENT_TFTP:
        sign.seen.kind = SIGN_RRQ;
        sign.name = event->tftp.file;
        break;
    case EVENT_TLS:
        sign.name = event->tls.server_name;
        sign.spoken_on_the_wire = true;
        break;
    case EVENT_HTTP_REQUEST:
        sign.name = event->http_request.host;
        sign.target = event->http_request.target;
        sign.spoken_on_the_wire = true;
        break;
    case EVENT_REQUEST:
        sign.name = event->request.host;
        sign.target = event->request.target;
        break;
    default:
        break;
    }
    return sign;
}

static void track_sign(struct inference *inference, struct track *track, const struct event *event)
{
    const struct sign sign = sign_of(event);
    size_t which = track_which(track, sign.peer.server, sign.peer.client_port, event->time_us);
    if (which == TRACK_COUNT)
        return;
    struct attempt *attempt = &track->attempts[which];
    if (!attempt->open && sign.spoken_on_the_wire && inference->logs)
        return;
    uint64_t last_sign_us = 0;
    if (attempt_sign(attempt, &sign.seen, &last_sign_us)) {
        struct event begun = {.type = EVENT_ATTEMPT,
                              .phone = track->phone,
                              .attempt = {.peer = sign.peer,
                                          .name = sign.name,
                                          .cause = event->number,
                                          .last_sign_us = last_sign_us}};
        begun.attempt.peer.server = server_of(which);
        begun.attempt.peer.client_port = 0;
        uint64_t number = emit(inference, &begun, event->time_us);
        track_attempt(inference, track, which, event->time_us, number);
    }
    bool tells = event->type == EVENT_REQUEST || event->type == EVENT_HTTP_REQUEST;
    if (tells && sign.peer.server == EVENT_SERVER_PROVISION &&
        track->state == STATE_CUSTOM_PENDING && !track->offer_due)
        track->redirect_target = sign.target;
}

/* --- events --- */

/* A sound phone passes over a reply that is broken. One that merely has no end it may take or not:
 * what it was then lent shows in what it does. */
static bool may_be_passed_over(const struct dhcp_event *reply)
{
    return reply->malformed != NULL;
}

static bool is_passed_over(const struct dhcp_event *reply)
{
    return reply->malformed && strcmp(reply->malformed, dhcp_form_names[DHCP_FORM_NO_END]) != 0;
}

static void dhcp_event(struct inference *inference, struct track *track, const struct event *event)
{
    struct boot_cause cause;
    bool ack = event->dhcp.type == DHCP_ACK;
    if (event->dhcp.unasked) /* it means nothing to a sound phone */
        return;
    if ((!ack || !may_be_passed_over(&event->dhcp)) && boots_dhcp(&track->boots, event, &cause))
        track_boot(inference, track, event, &cause);
    if (ack && !is_passed_over(&event->dhcp))
        track_ack(inference, track, event);
}

static void dns_event(struct inference *inference, struct track *track, const struct event *event)
{
    struct attempt *edos = &track->attempts[TRACK_EDOS];
    enum vendor_service_kind service;
    if (event->dns.response && event->dns.target &&
        vendor_service_find(vendor_default(), event->dns.question, &service))
        track->service_due = true;
    bool address_query = event->dns.query_type == DNS_A || event->dns.query_type == DNS_AAAA;
    if (!address_query || !inference_is_edos_host(inference, event->dns.question))
        return;
    if (!event->dns.response) {
        track_sign(inference, track, event);
        return;
    }
    const char *rcode = dns_rcode_name((uint8_t)event->dns.rcode);
    bool asked = edos->open && edos->dns[event->dns.query_type == DNS_AAAA].asked &&
                 edos->dns[event->dns.query_type == DNS_AAAA].id == event->dns.id;
    attempt_dns_answered(edos, event->time_us, event->dns.id);
    /* IPv6 is never the only hope: AAAA may well have no answer. */
    if (!asked || event->dns.query_type != DNS_A || edos->connected)
        return;
    if (event->dns.rcode != DNS_NOERROR)
        track_fail(inference, track, TRACK_EDOS, event->time_us, event->number, event->dns.rcode,
                   rcode ? rcode : "name server error");
    else if (event->dns.address == 0)
        track_fail(inference, track, TRACK_EDOS, event->time_us, event->number, 0, "no address");
}

static void refused_event(struct inference *inference, struct track *track,
                          const struct event *event)
{
    const struct event_peer *peer = &event->connection.peer;
    size_t which = track_which(track, peer->server, peer->client_port, event->time_us);
    if (which == TRACK_COUNT)
        return;
    const struct attempt *attempt = &track->attempts[which];
    if (attempt->open && attempt->port == peer->client_port)
        track_fail(inference, track, which, event->time_us, event->number, 0, "connection refused");
}

static void answer_event(struct inference *inference, struct track *track,
                         const struct event *event)
{
    const char *method = event->answer.method;
    struct answer answer = {.told = event->answer,
                            .time_us = event->time_us,
                            .cause = event->number,
                            .head = method && strcmp(method, "HEAD") == 0};
    bool edos = event->answer.peer.server == EVENT_SERVER_EDOS;
    /* Nobody gives a phone a key for EDOS; for what comes next EDOS's profile does. */
    if (event->answer.key &&
        (edos || !track->rule_key || strcmp(track->rule_key, event->answer.key) != 0))
        answer.told.content = CONTENT_GARBAGE;
    if (edos && event->answer.content == CONTENT_PROFILE && event->answer.complete)
        track->rule_key = event->answer.rule_key;
    track_answer(inference, track, &answer);
}

/* Whether a fake's log will tell (or has told) how this request ends. */
static bool is_logged(const struct inference *inference, enum event_server server)
{
    return inference->logs && (server == EVENT_SERVER_EDOS || server == EVENT_SERVER_PROVISION);
}

static void tftp_event(struct inference *inference, struct track *track, const struct event *event)
{
    const struct tftp_event *tftp = &event->tftp;
    bool last_ack = tftp->packet == TFTP_PACKET_ACK;
    if (tftp->packet == TFTP_PACKET_RRQ) {
        track_sign(inference, track, event);
        return;
    }
    if (tftp->packet == TFTP_PACKET_DATA || is_logged(inference, tftp->peer.server))
        return;
    struct answer answer = {.told = {.peer = tftp->peer,
                                     .status = last_ack ? 0 : tftp->error,
                                     .complete = last_ack,
                                     .content = last_ack ? CONTENT_CONFIG : CONTENT_NONE,
                                     .target = tftp->file},
                            .time_us = event->time_us,
                            .cause = event->number};
    answer.told.peer.transport = TRANSPORT_TFTP;
    track_answer(inference, track, &answer);
}

static void action_event(struct inference *inference, struct track *track,
                         const struct event *event)
{
    const struct action_event *action = &event->action;
    boots_action(&track->boots, action->what);
    if (action->what == ACTION_CONFIGURE && action->aborts && !action->by_push)
        track_configured(inference, track, event->time_us, event->number);
}

/* Without a log only the request on the phone's page tells a pushed configuration from others. */
static void http_request_event(struct inference *inference, struct track *track,
                               const struct event *event)
{
    bool own_page = event->http_request.peer.server == EVENT_SERVER_NONE;
    if (own_page && !inference->logs && event->http_request.target &&
        strstr(event->http_request.target, vendor_default()->page.fetches))
        track->told = event->http_request.target;
    if (own_page)
        return;
    track->target = event->http_request.target;
    track_sign(inference, track, event);
}

static void tls_event(struct inference *inference, struct track *track, const struct event *event)
{
    if (!event->tls.response) {
        track_sign(inference, track, event);
        return;
    }
    track->tls_fault = event->tls.fault;
    track->tls_port = event->tls.peer.client_port;
}

static void response_event(struct inference *inference, struct track *track,
                           const struct event *event)
{
    const struct event_peer *peer = &event->http_response.peer;
    unsigned status = event->http_response.status;
    size_t which = track_which(track, peer->server, peer->client_port, event->time_us);
    bool redirect = event->http_response.location && status >= 300 && status < 400;
    if (which == TRACK_COUNT || is_logged(inference, peer->server))
        return;
    struct attempt *attempt = &track->attempts[which];
    if (attempt->open && (redirect || status == 401 || status == 407))
        attempt_continue(attempt, event->time_us);
}

int inference_event(struct inference *inference, const struct event *event, struct error *error)
{
    if (event->phone < 0)
        return 0;
    struct track *track = get_track(inference, event->phone);
    if (!track)
        return error_set(error, ERROR_MEMORY, "out of memory for a phone");
    switch (event->type) {
    case EVENT_ACTION:
        action_event(inference, track, event);
        break;
    case EVENT_CARRIER:
        if (!event->carrier.present)
            boots_carrier_lost(&track->boots);
        break;
    case EVENT_DHCP:
        dhcp_event(inference, track, event);
        break;
    case EVENT_DNS:
        dns_event(inference, track, event);
        break;
    case EVENT_TFTP:
        tftp_event(inference, track, event);
        break;
    case EVENT_CONNECT:
        track_sign(inference, track, event);
        break;
    case EVENT_TLS:
        tls_event(inference, track, event);
        break;
    case EVENT_HTTP_REQUEST:
        http_request_event(inference, track, event);
        break;
    case EVENT_REQUEST:
        inference->logs = true;
        track->tls_fault = NULL; /* it got on with it */
        if (!event->request.push)
            track_sign(inference, track, event);
        break;
    case EVENT_HTTP_RESPONSE:
        response_event(inference, track, event);
        break;
    case EVENT_REFUSED:
        refused_event(inference, track, event);
        break;
    case EVENT_ANSWER:
        answer_event(inference, track, event);
        break;
    default:
        break; /* nothing follows from the others */
    }
    return 0;
}

/* --- connections --- */

void inference_delivered(struct inference *inference, uint64_t time_us, int phone,
                         const struct event_peer *peer, const struct inference_delivery *delivery)
{
    unsigned status = delivery->status;
    struct track *track = find_track(inference, phone);
    bool redirect = status >= 300 && status < 400;
    bool from_harness = peer->address == inference->world->harness_address;
    if (!track || is_logged(inference, peer->server) || from_harness || redirect || status == 401 ||
        status == 407)
        return;
    struct answer answer = {.told = {.peer = *peer,
                                     .status = status,
                                     .complete = delivery->complete,
                                     .content = delivery->bytes == 0  ? CONTENT_EMPTY
                                                : delivery->encrypted ? CONTENT_OTHER
                                                                      : CONTENT_CONFIG,
                                     .target = track->target},
                            .time_us = time_us,
                            .head = delivery->head};
    answer.told.peer.transport = TRANSPORT_HTTP;
    track_answer(inference, track, &answer);
}

void inference_closed(struct inference *inference, uint64_t time_us, int phone,
                      const struct event_peer *peer, bool tls, bool by_phone)
{
    struct track *track = find_track(inference, phone);
    if (!track)
        return;
    size_t which = track_which(track, peer->server, peer->client_port, time_us);
    if (which == TRACK_COUNT)
        return;
    struct attempt *attempt = &track->attempts[which];
    if (!attempt->open || attempt->to_be_continued || attempt->port != peer->client_port)
        return;
    if (tls && !is_logged(inference, peer->server)) {
        /* Answered or not: nobody can tell from outside. */
        attempt_end_untold(attempt, time_us);
        track->edos_maybe = track->edos_maybe || which == TRACK_EDOS;
        return;
    }
    const char *text = by_phone ? "the phone closed the connection" : "the connection was reset";
    if (track->tls_fault && track->tls_port == peer->client_port)
        text = track->tls_fault;
    track_fail(inference, track, which, time_us, 0, 0, text);
}
