/* SPDX-License-Identifier: MIT */
#include "harness/run/site.h"
#include "harness/base/arena.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/base/random.h"
#include "harness/lab/rogue.h"
#include "harness/run/recorder.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include "harness/wire/frame.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HTTP_PORT = 80,
    HTTPS_PORT = 443,
    TFTP_PORT_NUMBER = 69,
    ADDRESS_MAX = IPV4_TEXT_MAX,
    LOST_TEXT_MAX = 32,
    EPHEMERAL_PORT_FIRST = 32768,    /* Linux: ip_local_port_range */
    SITE_ANSWER_TEXTS_MAX = 1 << 16, /* bytes, of one answer's */
};

/* What a device gets that takes part in no scenario. */
static const struct scenario_dhcp plain_dhcp = {.answer = DHCP_ANSWER_NORMAL,
                                                .lease_us = 12 * DURATION_H};

struct site_plan site_plan_emulated(size_t phone_count)
{
    struct site_plan plan = {.lab = lab_plan_emulated,
                             .edos_host = LAB_EDOS_HOST,
                             .provision_host = LAB_PROVISION_HOST,
                             .edos_http_port = HTTP_PORT,
                             .edos_https_port = HTTPS_PORT,
                             .provision_http_port = HTTP_PORT,
                             .provision_https_port = HTTPS_PORT,
                             .provision_tftp_port = TFTP_PORT_NUMBER,
                             .phone_count = phone_count,
                             .uplink_fd = -1,
                             .outside_netns_fd = -1,
                             .clock = LOOP_CLOCK_WARP,
                             .time_scale = 1};
    plan.lab.phone_count = phone_count;
    return plan;
}

static void write_url(char text[SITE_SUBSTITUTION_MAX], const char *scheme, const char *host,
                      uint16_t port, uint16_t usual_port)
{
    if (port == usual_port)
        snprintf(text, SITE_SUBSTITUTION_MAX, "%s://%s", scheme, host);
    else
        snprintf(text, SITE_SUBSTITUTION_MAX, "%s://%s:%u", scheme, host, port);
}

void site_plan_substitutions(const struct site_plan *plan,
                             char texts[SUBSTITUTE_COUNT][SITE_SUBSTITUTION_MAX])
{
    char address[ADDRESS_MAX];
    write_url(texts[SUBSTITUTE_PROVISION_HTTP], "http", plan->provision_host,
              plan->provision_http_port, HTTP_PORT);
    write_url(texts[SUBSTITUTE_PROVISION_HTTPS], "https", plan->provision_host,
              plan->provision_https_port, HTTPS_PORT);
    write_url(texts[SUBSTITUTE_PROVISION_TFTP], "tftp", plan->provision_host,
              plan->provision_tftp_port, TFTP_PORT_NUMBER);
    snprintf(texts[SUBSTITUTE_PROVISION_ADDRESS], SITE_SUBSTITUTION_MAX, "%s",
             ipv4_format(plan->lab.provision, address));
}

struct observe_world site_world(const struct site *site)
{
    const struct site_plan *plan = site->plan;
    return (struct observe_world){.phones = site->phone_macs,
                                  .phone_count = site->phone_count,
                                  .edos_address = plan->lab.edos,
                                  .provision_address = plan->lab.provision,
                                  .name_server_address = plan->lab.name_server,
                                  .harness_address = plan->lab.harness,
                                  .edos_hosts = &plan->edos_host,
                                  .edos_host_count = 1,
                                  .edos_port = plan->edos_https_port ? plan->edos_https_port
                                                                     : plan->edos_http_port};
}

int site_write_ca(const struct site_plan *plan, const char *folder, char path[SITE_PATH_MAX],
                  struct error *error)
{
    snprintf(path, SITE_PATH_MAX, "%s/ca.pem", folder);
    const char *pem = plan->certificates->ca_pem;
    return file_write(path, pem, strlen(pem), error);
}

struct fake_server *site_fake(struct site *site, enum event_server server)
{
    for (size_t i = 0; i < SITE_SERVERS; i++) {
        if (site->servers[i].server == server)
            return site->servers[i].fake;
    }
    return NULL;
}

uint32_t site_phone_address(const struct site *site, size_t phone)
{
    const struct site_phone *slot = &site->phones[phone];
    uint32_t seen =
        slot->recorder ? observer_phone_address(recorder_observer(slot->recorder), (int)slot->index)
                       : 0;
    return seen ? seen : slot->address;
}

/* The phone whose lease holds this address, by the wire's own traffic; SITE_NOBODY = nobody's. */
static int phone_by_address(const struct site *site, uint32_t address)
{
    if (address == 0)
        return SITE_NOBODY;
    if (site->only_recorder && !site->plan->phone_macs) /* it knows all there is to know */
        return observer_phone_at(recorder_observer(site->only_recorder), address);
    for (size_t i = 0; i < site->phone_count; i++) {
        if (site_phone_address(site, i) == address)
            return (int)i;
    }
    return SITE_NOBODY;
}

/* --- what servers log, on the timeline of the phone that was served ------------------------- */

/* Who has which address is learned from the wire. */
static void drain(const struct site *site)
{
    if (site->only_recorder) {
        recorder_drain(site->only_recorder);
        return;
    }
    for (size_t i = 0; i < site->phone_count; i++) {
        if (site->phones[i].recorder && site->phones[i].index == 0)
            recorder_drain(site->phones[i].recorder);
    }
}

/* On the timeline of the phone that has this address; what is nobody's may be on nobody's. */
static void record(const struct site_server *server, uint32_t address, struct event *event)
{
    const struct site *site = server->site;
    drain(site);
    int found = phone_by_address(site, address);
    const struct site_phone *phone = found == SITE_NOBODY ? NULL : &site->phones[found];
    struct recorder *recorder = phone ? phone->recorder : site->only_recorder;
    event->phone = phone ? (int)phone->index : EVENT_PHONE_NONE;
    if (recorder)
        recorder_event(recorder, event);
}

static bool push_aborts(const struct site *site, const char *target)
{
    size_t prefix = strlen(SITE_PUSH_PREFIX);
    if (strncmp(target, SITE_PUSH_PREFIX, prefix) != 0)
        return false;
    unsigned long number = strtoul(target + prefix, NULL, 10);
    return number < SITE_PUSHES_MAX && site->push_aborts[number];
}

static void log_request(void *context, const struct fake_exchange *request)
{
    const struct site_server *server = context;
    struct event event = {.type = EVENT_REQUEST,
                          .request = {.push = server->server == EVENT_SERVER_OTHER,
                                      .peer = {.server = server->server,
                                               .transport = request->transport,
                                               .port = request->server_port,
                                               .client_port = request->client_port},
                                      .method = request->method,
                                      .host = request->host,
                                      .target = request->target,
                                      .agent = request->agent,
                                      .certificate = request->certificate,
                                      .behaviour = request->behaviour,
                                      .framing = request->framing,
                                      .encoding = request->encoding,
                                      .challenge = request->challenge,
                                      .announces = request->announces,
                                      .head_takes_us = request->head_takes_us,
                                      .reorders = request->reorders,
                                      .strays = request->strays,
                                      .no_options = request->no_options}};
    record(server, request->client_address, &event);
}

/* `arrived`: the phone has it; else it never will. */
static void record_answer(const struct site_server *server, const struct fake_exchange *answer,
                          bool arrived)
{
    bool push = server->server == EVENT_SERVER_OTHER;
    struct event event = {.type = EVENT_ANSWER,
                          .answer = {.push = push,
                                     .aborts = push && strcmp(answer->method, "HEAD") != 0 &&
                                               push_aborts(server->site, answer->target),
                                     .peer = {.server = server->server,
                                              .transport = answer->transport,
                                              .port = answer->server_port,
                                              .client_port = answer->client_port},
                                     .method = answer->method,
                                     .target = answer->target,
                                     .status = answer->status,
                                     .location = answer->redirect,
                                     .content = answer->content,
                                     .complete = answer->complete && arrived,
                                     .bytes = answer->bytes,
                                     .retry_delay = answer->retry_delay,
                                     .rule_key = answer->rule_key,
                                     .key = answer->key,
                                     .behaviour = answer->behaviour}};
    record(server, answer->client_address, &event);
}

/* An answer that is on its way to the phone over its line. */
struct pending_answer {
    const struct site_server *server;
    struct fake_exchange answer;
    struct arena texts;
};

static void answer_arrived(void *context, void *pointer, bool arrived)
{
    struct pending_answer *pending = pointer;
    (void)context;
    record_answer(pending->server, &pending->answer, arrived);
    arena_done(&pending->texts);
    free(pending);
}

static const char *keep(struct arena *arena, const char *text)
{
    return text ? arena_string(arena, text) : NULL;
}

/* True: it is told once it has arrived. */
static bool await_arrival(const struct site_server *server, const struct fake_exchange *answer)
{
    struct site *site = server->site;
    int phone = phone_by_address(site, answer->client_address);
    struct phone_port *port = phone == SITE_NOBODY ? NULL : site->phones[phone].port;
    struct pending_answer *pending =
        port && answer->transport != TRANSPORT_TFTP ? malloc(sizeof *pending) : NULL;
    if (!pending)
        return false;
    *pending = (struct pending_answer){.server = server, .answer = *answer};
    arena_init(&pending->texts, SITE_ANSWER_TEXTS_MAX);
    pending->answer.method = keep(&pending->texts, answer->method);
    pending->answer.target = keep(&pending->texts, answer->target);
    pending->answer.redirect = keep(&pending->texts, answer->redirect);
    pending->answer.retry_delay = keep(&pending->texts, answer->retry_delay);
    pending->answer.rule_key = keep(&pending->texts, answer->rule_key);
    pending->answer.key = keep(&pending->texts, answer->key);
    pending->answer.behaviour = keep(&pending->texts, answer->behaviour);
    bool kept = pending->answer.method && pending->answer.target &&
                !pending->answer.redirect == !answer->redirect &&
                !pending->answer.retry_delay == !answer->retry_delay &&
                !pending->answer.rule_key == !answer->rule_key &&
                !pending->answer.key == !answer->key &&
                !pending->answer.behaviour == !answer->behaviour;
    if (kept &&
        link_expect(phone_port_link(port), answer->client_address, answer->client_port, pending))
        return true;
    arena_done(&pending->texts);
    free(pending);
    return false;
}

static void log_answer(void *context, const struct fake_exchange *answer)
{
    const struct site_server *server = context;
    drain(server->site);
    if (!await_arrival(server, answer))
        record_answer(server, answer, true);
}

static void log_handshake(void *context, const struct fake_handshake *handshake)
{
    const struct site_server *server = context;
    struct event event = {.type = EVENT_TLS,
                          .tls = {.peer = {.server = server->server,
                                           .transport = TRANSPORT_HTTPS,
                                           .port = handshake->server_port,
                                           .client_port = handshake->client_port},
                                  .response = true,
                                  .fault = handshake->fault}};
    record(server, handshake->client_address, &event);
}

static int log_client(void *context, uint32_t client_address)
{
    struct site_server *server = context;
    drain(server->site);
    return phone_by_address(server->site, client_address);
}

/* A refusal over TFTP leaves nothing that we see but the try itself, which finds nobody listening
 * (its question may be sent more than once). */
static bool is_refused(const struct fake_server *fake, const struct event *event)
{
    return event->type == EVENT_REFUSED ||
           (event->type == EVENT_ATTEMPT && event->attempt.peer.transport == TRANSPORT_TFTP &&
            !fake_server_is_open(fake));
}

void site_event_seen(struct site *site, size_t phone, const struct event *event)
{
    struct fake_server *fake = site_fake(site, event_server(event));
    if (fake && is_refused(fake, event))
        fake_server_refused(fake, site_phone_address(site, phone), event_peer(event)->port);
}

/* --- servers -------------------------------------------------------------------------------- */

/* By enum behaviour_tls; borrows from the certificates. `pairs`: CERTIFICATE_KINDS of them. */
static void make_identities(const struct certificates *certificates,
                            const struct certificate_pair *pairs,
                            struct web_identity ret_identities[BEHAVIOUR_TLS_IDENTITIES])
{
    static const enum certificate_kind kinds[BEHAVIOUR_TLS_IDENTITIES] = {
        [BEHAVIOUR_TLS_GOOD] = CERTIFICATE_GOOD,
        [BEHAVIOUR_TLS_EXPIRED] = CERTIFICATE_EXPIRED,
        [BEHAVIOUR_TLS_WRONG_HOST] = CERTIFICATE_WRONG_HOST,
        [BEHAVIOUR_TLS_UNTRUSTED] = CERTIFICATE_UNTRUSTED,
        [BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE] = CERTIFICATE_GOOD,
    };
    for (size_t i = 0; i < BEHAVIOUR_TLS_IDENTITIES; i++)
        ret_identities[i] =
            (struct web_identity){.certificate_pem = pairs[kinds[i]].certificate_pem,
                                  .key_pem = pairs[kinds[i]].key_pem,
                                  .client_ca_pem = i == BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE
                                                       ? certificates->phone_ca.certificate_pem
                                                       : NULL};
}

/* Real devices have certificates of their maker's, whose authority the lab does not know: any will
 * do where one is wanted; demanded = always. */
static void accept_any_client(struct web_identity identities[BEHAVIOUR_TLS_IDENTITIES],
                              bool demanded)
{
    for (size_t i = 0; i < BEHAVIOUR_TLS_IDENTITIES; i++) {
        identities[i].client_ca_pem = NULL;
        identities[i].any_client_certificate =
            demanded || i == BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE;
    }
}

/* pairs: its certificates; NULL = it speaks no TLS. */
static int start_server(struct site *site, size_t index, enum event_server server,
                        const struct certificate_pair *pairs, struct fake_server_config *config,
                        struct error *error)
{
    struct site_server *slot = &site->servers[index];
    *slot = (struct site_server){.site = site, .server = server};
    if (pairs)
        make_identities(site->plan->certificates, pairs, slot->identities);
    if (pairs && site->plan->phone_macs)
        accept_any_client(slot->identities, server == EVENT_SERVER_EDOS
                                                ? site->plan->edos_demands_client_certificate
                                                : site->plan->provision_demands_client_certificate);
    config->identities = pairs ? slot->identities : NULL;
    config->loop = site->loop;
    config->netns_fd = -1;
    config->seed = site->plan->seed;
    config->substitutions = site->substitutions;
    config->client_max = (unsigned)(site->phone_count + site->plan->guest_max);
    config->log = (struct fake_log){.request = log_request,
                                    .answer = log_answer,
                                    .handshake = log_handshake,
                                    .client = log_client,
                                    .context = slot};
    return fake_server_new(config, &slot->fake, error);
}

static int start_servers(struct site *site, const struct behaviour_list *edos_behaviours,
                         const struct behaviour_list *provision_behaviours, struct error *error)
{
    const struct site_plan *plan = site->plan;
    const struct certificates *certificates = plan->certificates;
    struct fake_server_config edos = {.role = FAKE_EDOS,
                                      .address = plan->lab.edos,
                                      .http_port = plan->edos_http_port,
                                      .https_port = plan->edos_https_port};
    struct fake_server_config provision = {.role = FAKE_PROVISION,
                                           .address = plan->lab.provision,
                                           .http_port = plan->provision_http_port,
                                           .https_port = plan->provision_https_port,
                                           .tftp_port = plan->provision_tftp_port};
    struct fake_server_config push = {
        .role = FAKE_PUSH, .address = plan->lab.harness, .http_port = HTTP_PORT};
    TRY(start_server(site, 0, EVENT_SERVER_EDOS, certificates->edos, &edos, error));
    TRY(start_server(site, 1, EVENT_SERVER_PROVISION, certificates->provision, &provision, error));
    TRY(start_server(site, 2, EVENT_SERVER_OTHER, NULL, &push, error));
    TRY(fake_server_set(site->servers[0].fake, FAKE_ALL_CLIENTS, edos_behaviours, error));
    return fake_server_set(site->servers[1].fake, FAKE_ALL_CLIENTS, provision_behaviours, error);
}

/* --- the name server ------------------------------------------------------------------------ */

/* With real devices, which may be in a scenario each, the gate answers: phone by phone. */
void site_set_dns(struct site *site, int phone, const struct scenario_dns *dns)
{
    if (!site->plan->phone_macs) {
        name_stub_set(site->stub, dns);
        return;
    }
    for (size_t i = 0; i < site->phone_count; i++) {
        if (phone == SITE_NOBODY || (size_t)phone == i)
            gate_set_dns(site->gate, i, dns);
    }
}

static uint64_t count_given(void *context)
{
    const struct site *site = context;
    return gate_given(site->gate) + name_stub_given(site->stub);
}

/* Of many emulated phones the gate knows what dnsmasq has lent them. */
static bool are_leases_told(const struct site *site)
{
    return !site->plan->phone_macs && site->phone_count > LAB_TALKING_PHONES_MAX;
}

/* NULL: nobody has an address that has to stay the same. */
static const uint32_t *fixed_addresses(const struct site *site, uint32_t *told)
{
    bool any = false;
    if (!are_leases_told(site))
        return site->phone_addresses;
    for (size_t i = 0; i < site->phone_count; i++) {
        told[i] = gate_leased(site->gate, i);
        any = any || told[i] != 0;
    }
    return any ? told : NULL;
}

int site_apply_dhcp(struct site *site, struct error *error)
{
    const struct site_plan *plan = site->plan;
    const struct scenario_dhcp **settings = calloc(site->phone_count + 1, sizeof *settings);
    uint32_t *told = calloc(site->phone_count + 1, sizeof *told);
    if (!settings || !told) {
        free(settings);
        free(told);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < site->phone_count; i++)
        settings[i] = site->phones[i].dhcp;
    struct dnsmasq_settings dnsmasq = {.edos_host = plan->edos_host,
                                       .provision_host = plan->provision_host,
                                       .provision_address = plan->lab.provision,
                                       .pool_first = plan->lab.pool_first,
                                       .pool_last = plan->lab.pool_last,
                                       .netmask = lab_plan_netmask(&plan->lab),
                                       .phone_macs = site->phone_macs,
                                       .phones = settings,
                                       .phone_count = site->phone_count,
                                       .fixed_addresses = fixed_addresses(site, told),
                                       .leases_told = are_leases_told(site),
                                       .known_only = plan->phone_macs != NULL,
                                       .substitutions = site->substitutions};
    int result = dnsmasq_apply(site->dnsmasq, &dnsmasq, error);
    for (size_t i = 0; result == 0 && i < site->phone_count; i++)
        gate_set_dhcp(site->gate, i, settings[i]);
    free(settings);
    free(told);
    return result;
}

/* Real devices are few, and their addresses are asked for as on any wire. */
static void leased(void *context, size_t phone, uint32_t address)
{
    struct site *site = context;
    struct error error;
    int result = lab_learn(site->lab, address, &site->phone_macs[phone], &error);
    if (result < 0)
        loop_fail(site->loop, result, &error);
}

static int start_name_server(struct site *site, const struct scenario_dns *dns, struct error *error)
{
    const struct site_plan *plan = site->plan;
    int netns_fd = lab_name_server_netns(site->lab);
    struct rogue rogue;
    struct dnsmasq_given given = {.count = count_given, .context = site};
    TRY(gate_new(site->loop, lab_name_server_mac(site->lab), plan->lab.name_server,
                 site->phone_macs, site->phone_count + plan->guest_max, &site->gate, error));
    rogue_init(&rogue, &plan->lab, site->substitutions);
    rogue.fixed_addresses = site->phone_addresses;
    rogue.fixed_count = site->phone_addresses ? site->phone_count + plan->guest_max : 0;
    gate_play_rogue(site->gate, &rogue);
    gate_answer_services(site->gate, site->substitutions);
    TRY(name_stub_new(site->loop, netns_fd, plan->lab.edos, &site->stub, error));
    TRY(dnsmasq_new(site->loop, netns_fd, plan->folder, plan->seed, given, &site->dnsmasq, error));
    if (plan->phone_macs)
        gate_answer_names(site->gate, plan->edos_host, plan->lab.edos);
    else
        gate_watch_leases(site->gate, leased, site);
    site_set_dns(site, SITE_NOBODY, dns);
    return site_apply_dhcp(site, error);
}

/* --- life ----------------------------------------------------------------------------------- */

/* Addresses that a scenario may name and that nothing in the lab has. */
static bool is_nobody(void *context, uint32_t address)
{
    const struct site *site = context;
    const struct lab_plan *lab = &site->plan->lab;
    return address != lab->name_server && address != lab->edos && address != lab->provision &&
           address != lab->harness && phone_by_address(site, address) == SITE_NOBODY;
}

static int watch_wire(struct site *site, struct error *error)
{
    struct presence_config config = {.loop = site->loop,
                                     .interface = LAB_BRIDGE,
                                     .own_address = site->plan->lab.harness,
                                     .macs = site->plan->phone_macs,
                                     .count = site->phone_count + site->plan->guest_max,
                                     .stranger = site->plan->stranger,
                                     .context = site->plan->context};
    int result = presence_new(&config, &site->presence, error);
    if (result == 0)
        uplink_watch(site->uplink, presence_frame, site->presence);
    return result;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* What a frame is of, for people: "DHCP", "DNS", "TCP port 443". */
static void name_frame(const struct relay_frame *frame, bool to_phone, char text[LOST_TEXT_MAX])
{
    struct frame head;
    snprintf(text, LOST_TEXT_MAX, "a frame");
    if (!frame_decode(frame->bytes, frame->length, &head) ||
        (head.kind != FRAME_UDP && head.kind != FRAME_TCP))
        return;
    uint16_t port = to_phone ? head.source_port : head.destination_port;
    if (head.kind == FRAME_UDP && (port == DHCP_SERVER_PORT || port == DHCP_CLIENT_PORT))
        snprintf(text, LOST_TEXT_MAX, SITE_LOST_DHCP);
    else if (head.kind == FRAME_UDP && port == DNS_PORT)
        snprintf(text, LOST_TEXT_MAX, "DNS");
    else if (port >= EPHEMERAL_PORT_FIRST) /* chosen by a kernel, so not to be told */
        snprintf(text, LOST_TEXT_MAX, "%s", head.kind == FRAME_UDP ? "TFTP" : "TCP");
    else
        snprintf(text, LOST_TEXT_MAX, "%s port %u", head.kind == FRAME_UDP ? "UDP" : "TCP", port);
}

static void line_lost(void *context, enum network_direction direction,
                      const struct relay_frame *frame)
{
    const struct site_phone *phone = context;
    char text[LOST_TEXT_MAX];
    bool to_phone = direction == NETWORK_TO_PHONE;
    name_frame(frame, to_phone, text);
    struct event event = {.type = EVENT_LOST,
                          .phone = (int)phone->index,
                          .lost = {.to_phone = to_phone, .what = text}};
    if (!phone->recorder)
        return;
    loop_flush(
        recorder_loop(phone->recorder)); /* the capture has the frame, too, and those before */
    recorder_event(phone->recorder, &event);
}

static void carrier_changed(void *context, size_t phone, bool has)
{
    const struct site *site = context;
    if (site->carrier)
        site->carrier(site->carrier_context, phone, has);
}

/* Who waits for nothing but a line: one end of the conversation is a phone's. */
static bool line_keeps_waiting(void *context, enum loop_protocol protocol, uint32_t address,
                               uint16_t port)
{
    const struct site *site = context;
    int phone = phone_by_address(site, address);
    size_t first = phone == SITE_NOBODY ? 0 : (size_t)phone;
    size_t past_last = phone == SITE_NOBODY ? site->phone_count : first + 1;
    for (size_t i = first; i < past_last; i++)
        if (site->phones[i].port && link_keeps_waiting(phone_port_link(site->phones[i].port),
                                                       protocol == LOOP_TCP, address, port))
            return true;
    return false;
}

static uint64_t line_seed(const struct site *site, size_t phone)
{
    struct random_source random;
    char name[32];
    snprintf(name, sizeof name, "line %zu", phone);
    random_seed_named(&random, site->plan->seed, name);
    return random_u64(&random);
}

static int make_lines(struct site *site, struct error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < site->phone_count; i++) {
        struct phone_port_config config = {.loop = site->loop,
                                           .lab = site->lab,
                                           .phone = i,
                                           .link = {.seed = line_seed(site, i),
                                                    .unimpaired_address = site->plan->lab.harness,
                                                    .arrived = answer_arrived,
                                                    .lost = line_lost,
                                                    .context = &site->phones[i]},
                                           .carrier = carrier_changed,
                                           .context = site};
        result = phone_port_new(&config, &site->phones[i].port, error);
        if (result == 0)
            site->phones[i].line = phone_port_link(site->phones[i].port);
    }
    loop_set_line(site->loop, line_keeps_waiting, site);
    return result;
}

/* A real device's, from the first time on that it is to be other than plain. */
static int line_of_device(struct site *site, size_t phone, struct error *error)
{
    struct site_phone *slot = &site->phones[phone];
    if (slot->line)
        return 0;
    const struct link_config config = {.seed = line_seed(site, phone),
                                       .real_tcp = true,
                                       .unimpaired_address = site->plan->lab.harness,
                                       .lost = line_lost,
                                       .context = slot};
    TRY(link_new(&config, &slot->line, error));
    return uplink_set_line(site->uplink, &site->phone_macs[phone], slot->line, error);
}

static int set_line_of_device(struct site *site, size_t phone,
                              const struct scenario_network *network, struct error *error)
{
    if (network->outage == NETWORK_DOWN)
        return error_set(error, ERROR_UNAVAILABLE, "a real device's cable cannot be pulled");
    TRY(line_of_device(site, phone, error));
    link_set(site->phones[phone].line, network, loop_now_us(site->loop));
    uplink_look_again(site->uplink);
    return 0;
}

int site_set_network(struct site *site, int phone, const struct scenario_network *network,
                     struct error *error)
{
    for (size_t i = 0; i < site->phone_count; i++) {
        if (phone != SITE_NOBODY && (size_t)phone != i)
            continue;
        if (site->phones[i].port)
            TRY(phone_port_set(site->phones[i].port, network, error));
        else
            TRY(set_line_of_device(site, i, network, error));
    }
    return 0;
}

void site_forget_line(struct site *site, size_t phone)
{
    struct site_phone *slot = &site->phones[phone];
    if (!slot->line || slot->port)
        return;
    uplink_set_line(site->uplink, &site->phone_macs[phone], NULL, NULL);
    link_free(slot->line);
    slot->line = NULL;
}

bool site_line_is_plain(const struct site *site, size_t phone)
{
    const struct site_phone *slot = &site->phones[phone];
    return !slot->port || link_is_plain(phone_port_link(slot->port));
}

bool site_has_outage(const struct site *site, size_t phone)
{
    const struct link *line = site->phones[phone].line;
    return line && link_has_outage(line, NULL);
}

static int build(struct site *site, struct error *error)
{
    const struct site_plan *plan = site->plan;
    TRY(loop_new(plan->clock, plan->time_scale, &site->loop, error));
    TRY(lab_new(&plan->lab, &site->lab, error));
    if (plan->lab.links)
        TRY(make_lines(site, error));
    if (plan->lab.uplink) {
        TRY(uplink_new(site->loop, plan->uplink_fd, LAB_UPLINK, &site->uplink, error));
        TRY(watch_wire(site, error));
    }
    if (plan->clock == LOOP_CLOCK_WARP)
        TRY(loop_flush_enable(site->loop, error));
    loop_expect_phones(site->loop, plan->phone_count);
    if (lab_has_far_bridges(site->lab))
        loop_flush_far(site->loop);
    TRY(fetcher_new(site->loop, -1, &site->fetcher, error));
    site->phone_macs = plan->phone_macs ? plan->phone_macs : lab_phone_macs(site->lab);
    loop_set_nobody(site->loop, is_nobody, site);
    return 0;
}

static bool fix_addresses(struct site *site)
{
    if (!site->plan->phone_macs)
        return true;
    size_t count = site->phone_count + site->plan->guest_max;
    site->phone_addresses = calloc(count + 1, sizeof *site->phone_addresses);
    for (size_t i = 0; site->phone_addresses && i < count; i++)
        site->phone_addresses[i] = site->plan->lab.pool_first + (uint32_t)i;
    return site->phone_addresses != NULL;
}

int site_new(const struct site_plan *plan, struct site **ret_site, struct error *error)
{
    struct site *site = calloc(1, sizeof *site);
    if (!site)
        return error_set(error, ERROR_MEMORY, "out of memory");
    site->plan = plan;
    site->phone_count = plan->phone_count;
    site->phones = calloc(site->phone_count + plan->guest_max + 1, sizeof *site->phones);
    for (size_t i = 0; site->phones && i < site->phone_count + plan->guest_max; i++)
        site->phones[i].dhcp = &plain_dhcp;
    site_plan_substitutions(plan, site->substitution_texts);
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++)
        site->substitutions[i] = site->substitution_texts[i];
    int result = site->phones && fix_addresses(site)
                     ? build(site, error)
                     : error_set(error, ERROR_MEMORY, "out of memory");
    if (result < 0) {
        site_free(site);
        return result;
    }
    *ret_site = site;
    return 0;
}

int site_serve(struct site *site, const struct scenario_dns *dns, const struct behaviour_list *edos,
               const struct behaviour_list *provision, struct error *error)
{
    TRY(start_name_server(site, dns, error));
    return start_servers(site, edos, provision, error);
}

int site_join(struct site *site, const struct mac *mac, struct error *error)
{
    const struct site_plan *plan = site->plan;
    if (site->phone_count >= plan->phone_count + plan->guest_max)
        return error_set(error, ERROR_LIMIT, "there is room for %zu more devices than the lab's",
                         plan->guest_max);
    plan->guest_macs[site->phone_count - plan->phone_count] = *mac;
    site->phone_count++;
    return 0;
}

void site_free(struct site *site)
{
    if (!site)
        return;
    fetcher_free(site->fetcher);
    for (size_t i = 0; i < SITE_SERVERS; i++)
        fake_server_free(site->servers[i].fake);
    dnsmasq_free(site->dnsmasq);
    name_stub_free(site->stub);
    gate_free(site->gate);
    for (size_t i = 0; site->phones && i < site->phone_count; i++)
        phone_port_free(site->phones[i].port);
    for (size_t i = 0; site->phones && site->uplink && i < site->phone_count; i++)
        site_forget_line(site, i);
    uplink_free(site->uplink);
    presence_free(site->presence);
    lab_free(site->lab);
    loop_free(site->loop);
    free(site->phone_addresses);
    free(site->phones);
    free(site);
}
