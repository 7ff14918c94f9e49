/* SPDX-License-Identifier: MIT */
#include "harness/observe/inference.h"
#include "harness/observe/inference_phone.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EDOS_PORT_DEFAULT = 443, TRACKS_FIRST = 16 };

/* What phones also talk to, and never download from. */
static const uint16_t other_ports[] = {22, 23, 53, 514, 636, 389, 2000, 5060, 5061, 5222, 6970};

static const char *const vendor_hosts[] = {"activate.cisco.com", "webapps.cisco.com"};

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

/* --- who is who ---------------------------------------------------------------------------- */
bool inference_is_edos_host(const struct inference *inference, const char *name)
{
    const struct observe_world *world = inference->world;
    const char *const *hosts = world->edos_hosts ? world->edos_hosts : vendor_hosts;
    size_t count =
        world->edos_hosts ? world->edos_host_count : sizeof vendor_hosts / sizeof vendor_hosts[0];
    for (size_t i = 0; name && i < count; i++)
        if (strcasecmp(hosts[i], name) == 0)
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

/* --- events ----------------------------------------------------------------------------------- */
static void dhcp_event(struct inference *inference, struct track *track, const struct event *event)
{
    struct boot_cause cause;
    if (boots_dhcp(&track->boots, event, &cause))
        track_boot(inference, track, event, &cause);
    if (event->dhcp.type == DHCP_ACK)
        track_ack(inference, track, event);
}

static void dns_event(struct inference *inference, struct track *track, const struct event *event)
{
    struct attempt *edos = &track->attempts[TRACK_EDOS];
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
    const struct answer_event *given = &event->answer;
    struct verdict_answer answer = {.time_us = event->time_us,
                                    .cause = event->number,
                                    .server = given->peer.server,
                                    .transport = given->peer.transport,
                                    .client_port = given->peer.client_port,
                                    .status = given->status,
                                    .complete = given->complete,
                                    .push = given->push,
                                    .head = given->method && strcmp(given->method, "HEAD") == 0,
                                    .aborts = given->aborts,
                                    .content = given->content,
                                    .target = given->target,
                                    .location = given->location != NULL};
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
    if (is_logged(inference, tftp->peer.server))
        return;
    struct verdict_answer answer = {.time_us = event->time_us,
                                    .cause = event->number,
                                    .server = tftp->peer.server,
                                    .transport = TRANSPORT_TFTP,
                                    .client_port = tftp->peer.client_port,
                                    .status = last_ack ? 0 : tftp->error,
                                    .complete = last_ack,
                                    .content = last_ack ? CONTENT_CONFIG : CONTENT_NONE,
                                    .target = tftp->file};
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
        strstr(event->http_request.target, "resync?"))
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

/* --- connections ------------------------------------------------------------------------------ */
void inference_delivered(struct inference *inference, uint64_t time_us,
                         const struct inference_connection *connection,
                         const struct inference_delivery *delivery)
{
    unsigned status = delivery->status;
    struct track *track = find_track(inference, connection->phone);
    bool redirect = status >= 300 && status < 400;
    bool from_harness = connection->address == inference->world->harness_address;
    if (!track || is_logged(inference, connection->server) || from_harness || redirect ||
        status == 401 || status == 407)
        return;
    struct verdict_answer answer = {.time_us = time_us,
                                    .server = connection->server,
                                    .transport = TRANSPORT_HTTP,
                                    .client_port = connection->client_port,
                                    .status = status,
                                    .complete = delivery->complete,
                                    .head = delivery->head,
                                    .content =
                                        delivery->bytes == 0 ? CONTENT_EMPTY : CONTENT_CONFIG,
                                    .target = track->target};
    track_answer(inference, track, &answer);
}

void inference_closed(struct inference *inference, uint64_t time_us,
                      const struct inference_connection *connection, bool by_phone)
{
    struct track *track = find_track(inference, connection->phone);
    if (!track)
        return;
    size_t which = track_which(track, connection->server, connection->client_port, time_us);
    if (which == TRACK_COUNT)
        return;
    struct attempt *attempt = &track->attempts[which];
    if (!attempt->open || attempt->to_be_continued || attempt->port != connection->client_port)
        return;
    if (connection->tls && !is_logged(inference, connection->server)) {
        /* Answered or not: nobody can tell from outside. */
        attempt_end_untold(attempt, time_us);
        track->edos_maybe = track->edos_maybe || which == TRACK_EDOS;
        return;
    }
    const char *text = by_phone ? "the phone closed the connection" : "the connection was reset";
    if (track->tls_fault && track->tls_port == connection->client_port)
        text = track->tls_fault;
    track_fail(inference, track, which, time_us, 0, 0, text);
}
