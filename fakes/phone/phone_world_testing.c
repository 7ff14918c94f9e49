/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_world_testing.h"
#include "fakes/phone/policy.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/lab/dhcp_malform.h"
#include "harness/loop/fetch.h"
#include "harness/loop/tftp_download.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_ADDRESS UINT32_C(0x0a000001)
#define ROGUE_ADDRESS UINT32_C(0x0a000005)
static const struct mac server_mac = {{2, 0, 0, 0, 0, 1}};

static const char profile_text[] =
    "<?xml version=\"1.0\"?>\n<flat-profile><Profile_Rule>http://prov.test/$PSN.xml</Profile_Rule>"
    "<Resync_Error_Retry_Delay>%s</Resync_Error_Retry_Delay></flat-profile>";
static const char bare_text[] = "<flat-profile><GPP_A>x</GPP_A></flat-profile>";
static const char config_text[] =
    "<device><flat-profile><Proxy_1_ ua=\"na\">sip.test</Proxy_1_></flat-profile></device>";
static const char own_text[] = "<flat-profile><Proxy_1_>sip.test</Proxy_1_>"
                               "<Profile_Rule>http://prov.test/own.xml</Profile_Rule>"
                               "</flat-profile>";
static const char other_text[] =
    "<flat-profile><Display_Name_1_>x</Display_Name_1_></flat-profile>";

/* --- making ----------------------------------------------------------------------------------- */
struct phone_core_config world_config(void)
{
    return (struct phone_core_config){
        .mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 0xcc}},
        .model = "8841",
        .serial = "FCH0000N001",
        .seed = 7,
        .edos_scheme = "https",
        .edos_host = "activate.cisco.com",
        .edos_path = "/software/edos/callhome/rc?id=$MAU:$SN:$PN",
        .edos_port = 443,
    };
}

struct world *world_new_with(const struct phone_core_config *config)
{
    struct world *world = calloc(1, sizeof *world);
    assert(world);
    world->config = *config;
    world->lease_seconds = 43200;
    world->address = SERVER_ADDRESS + 9;
    world->script[WORLD_EDOS] = "profile";
    world->script[WORLD_PROVISION] = "config";
    world->script[WORLD_OTHER] = "config";
    world->last_state = STATE_UNKNOWN;
    buffer_init(&world->log, 1 << 22);
    int code = phone_core_new(config, &world->core, NULL);
    assert(code == 0);
    return world;
}

struct world *phone_world_new(void)
{
    struct phone_core_config config = world_config();
    return world_new_with(&config);
}

void phone_world_free(struct world *world)
{
    phone_core_free(world->core);
    buffer_done(&world->log);
    free(world);
}

void world_option(struct world *world, uint8_t code, const void *value, size_t length)
{
    assert(world->option_count < WORLD_OPTIONS_MAX && length <= UINT8_MAX);
    struct world_option *option = &world->options[world->option_count++];
    option->code = code;
    option->length = (uint8_t)length;
    memcpy(option->value, value, length);
}

void world_option_text(struct world *world, uint8_t code, const char *text)
{
    world_option(world, code, text, strlen(text));
}

/* --- the servers ------------------------------------------------------------------------------ */
static struct world_pending *later(struct world *world)
{
    assert(world->pending_count < WORLD_PENDING_MAX);
    struct world_pending *pending = &world->pending[world->pending_count++];
    *pending = (struct world_pending){0};
    return pending;
}

static void malform(const struct world *world, struct buffer *reply)
{
    static const enum dhcp_malformed ways[] = {[WORLD_DHCP_TRUNCATED] = DHCP_MALFORMED_TRUNCATED,
                                               [WORLD_DHCP_BAD_LENGTH] = DHCP_MALFORMED_BAD_LENGTH,
                                               [WORLD_DHCP_OVERLOAD] = DHCP_MALFORMED_OVERLOAD};
    struct dhcp_message message;
    struct buffer malformed;
    if (world->dhcp < WORLD_DHCP_TRUNCATED)
        return;
    buffer_init(&malformed, 1500);
    bool done = dhcp_decode(reply->data, reply->length, &message) &&
                dhcp_malform(ways[world->dhcp], &message, &malformed);
    assert(done);
    buffer_clear(reply);
    buffer_append(reply, malformed.data, malformed.length);
    buffer_done(&malformed);
}

static void dhcp_reply(struct world *world, const struct dhcp_message *request, uint8_t type)
{
    struct buffer reply;
    struct dhcp_message header = *request;
    header.op = 2;
    header.sname = header.file = NULL;
    header.yiaddr = type == DHCP_NAK ? 0 : world->address;
    buffer_init(&reply, 1500);
    dhcp_encode_header(&reply, &header);
    dhcp_encode_u8(&reply, DHCP_OPTION_MESSAGE_TYPE, type);
    dhcp_encode_u32(&reply, DHCP_OPTION_SERVER_IDENTIFIER, SERVER_ADDRESS);
    if (type != DHCP_NAK) {
        dhcp_encode_u32(&reply, DHCP_OPTION_LEASE_TIME, world->lease_seconds);
        dhcp_encode_u32(&reply, DHCP_OPTION_SUBNET_MASK, UINT32_C(0xffffff00));
        dhcp_encode_u32(&reply, DHCP_OPTION_ROUTER, SERVER_ADDRESS);
        dhcp_encode_u32(&reply, DHCP_OPTION_DOMAIN_NAME_SERVER, SERVER_ADDRESS);
        for (size_t i = 0; i < world->option_count; i++)
            dhcp_encode_option(&reply, world->options[i].code, world->options[i].value,
                               world->options[i].length);
    }
    dhcp_encode_end(&reply);
    malform(world, &reply);
    assert(!reply.failed);
    struct world_pending *pending = later(world);
    pending->is_dhcp = true;
    pending->length = reply.length;
    memcpy(pending->bytes, reply.data, reply.length);
    if (world->twice)
        *later(world) = *pending;
    buffer_done(&reply);
}

void world_rogue(struct world *world, uint8_t type, const char *option_66)
{
    struct buffer reply;
    const struct dhcp_message header = {.op = 2,
                                        .xid = world->core->dhcp.xid,
                                        .yiaddr = world->address,
                                        .chaddr = world->core->config.mac};
    buffer_init(&reply, 1500);
    dhcp_encode_header(&reply, &header);
    dhcp_encode_u8(&reply, DHCP_OPTION_MESSAGE_TYPE, type);
    dhcp_encode_u32(&reply, DHCP_OPTION_SERVER_IDENTIFIER, ROGUE_ADDRESS);
    dhcp_encode_u32(&reply, DHCP_OPTION_LEASE_TIME, world->lease_seconds);
    dhcp_encode_option(&reply, DHCP_OPTION_TFTP_SERVER_NAME, option_66, strlen(option_66));
    dhcp_encode_end(&reply);
    assert(!reply.failed);
    phone_core_dhcp_packet(world->core, world->now_us, reply.data, reply.length, NULL);
    world_settle(world);
    buffer_done(&reply);
}

static void take_dhcp(struct world *world, const struct phone_action *action)
{
    struct dhcp_message message;
    bool decoded = dhcp_decode(action->bytes, action->length, &message);
    assert(decoded && message.type >= DHCP_DISCOVER && message.type <= DHCP_INFORM);
    world->dhcp_count[message.type]++;
    if (world->dhcp_sent < sizeof world->dhcp_types) {
        world->dhcp_at_us[world->dhcp_sent] = world->now_us;
        world->dhcp_types[world->dhcp_sent++] = (uint8_t)message.type;
    }
    buffer_format(&world->log, "%llu dhcp %s %08x\n", (unsigned long long)world->now_us,
                  dhcp_type_name(message.type), message.xid);
    if (world->dhcp == WORLD_DHCP_NEVER)
        return;
    if (message.type == DHCP_DISCOVER)
        dhcp_reply(world, &message, DHCP_OFFER);
    else if (message.type == DHCP_REQUEST && world->lost_acks > 0)
        world->lost_acks--;
    else if (message.type == DHCP_REQUEST)
        dhcp_reply(world, &message, world->dhcp == WORLD_DHCP_NAK ? DHCP_NAK : DHCP_ACK);
}

static void answer_service(const struct world *world, struct dns_message *message)
{
    unsigned wanted =
        strncmp(message->name, "_ciscoprov-https._tls.", 22) == 0 ? SERVICE_HTTPS : SERVICE_HTTP;
    if (!(world->services & wanted)) {
        message->rcode = DNS_NXDOMAIN;
        return;
    }
    message->services[message->service_count++] = (struct dns_service){10, 0, 4711, "srv.test"};
}

static void take_dns(struct world *world, const struct phone_action *action)
{
    struct dns_message message;
    struct buffer reply;
    bool decoded = dns_decode(action->bytes, action->length, &message);
    assert(decoded);
    world->dns_count++;
    buffer_format(&world->log, "%llu dns %s %04x\n", (unsigned long long)world->now_us,
                  message.name, message.id);
    if (world->dns == WORLD_DNS_NEVER || action->destination != SERVER_ADDRESS)
        return;
    message.response = true;
    message.rcode = world->dns == WORLD_DNS_NXDOMAIN   ? DNS_NXDOMAIN
                    : world->dns == WORLD_DNS_SERVFAIL ? DNS_SERVFAIL
                                                       : DNS_NOERROR;
    if (message.type == DNS_SRV) {
        answer_service(world, &message);
    } else {
        message.address_count = message.rcode == DNS_NOERROR ? 1 : 0;
        message.addresses[0] = SERVER_ADDRESS + 1;
    }
    buffer_init(&reply, 1500);
    bool encoded = dns_encode(&reply, &message);
    assert(encoded);
    struct world_pending *pending = later(world);
    pending->is_dns = true;
    pending->length = reply.length;
    memcpy(pending->bytes, reply.data, reply.length);
    if (world->twice)
        *later(world) = *pending;
    buffer_done(&reply);
}

/* The next word of a script; the last one stays. */
static void next_answer(const char **script, char answer[64])
{
    size_t length = strcspn(*script, " ");
    assert(length < 64);
    memcpy(answer, *script, length);
    answer[length] = '\0';
    if ((*script)[length] == ' ')
        *script += length + 1;
}

/* A HEAD is told what the GET after it gets; a second one is about the next try. */
static void look_at_answer(struct world *world, enum world_server server, char answer[64])
{
    const char *script = world->script[server];
    if (world->looked[server])
        next_answer(&world->script[server], answer);
    world->looked[server] = true;
    script = world->script[server];
    next_answer(&script, answer);
}

/* Whom the phone trusts, and whether it can say who it is. */
static void shake_hands(const struct phone_transfer *transfer, char answer[64])
{
    static const struct {
        const char *word;
        unsigned forgiven_by;
    } faults[] = {{"expired", FETCH_ANY_DATE},
                  {"wrong-host", FETCH_ANY_HOST},
                  {"untrusted", FETCH_ANY_AUTHORITY}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(answer, faults[i].word) == 0)
            snprintf(answer, 64, "%s",
                     transfer->policy->trusts & faults[i].forgiven_by ? "profile" : "tls");
    if (strcmp(answer, "certificate") == 0)
        snprintf(answer, 64, "%s", transfer->policy->hides_certificate ? "tls" : "profile");
    bool logs_in = transfer->user && transfer->user[0] && !transfer->policy->hides_login;
    if (strcmp(answer, "basic") == 0)
        snprintf(answer, 64, "%s", logs_in ? "config" : "401");
    if (strcmp(answer, "digest") == 0)
        snprintf(answer, 64, "%s",
                 logs_in && !transfer->policy->login_basic_only ? "config" : "401");
}

/* What a TFTP server does out of order spoils the file of a phone that minds it in the wrong way.
 */
static void meet_disorder(const struct phone_transfer *transfer, char answer[64])
{
    static const struct {
        const char *word;
        unsigned flaws;
    } faults[] = {{"ahead", TFTP_TAKES_BLOCKS_AHEAD},
                  {"other-port", TFTP_TAKES_ANY_PORT | TFTP_ANY_PORT_ENDS},
                  {"no-options", TFTP_INSISTS_ON_OPTIONS | TFTP_BLOCKS_AS_ASKED}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(answer, faults[i].word) == 0)
            snprintf(answer, 64, "%s",
                     transfer->policy->tftp_flaws & faults[i].flaws ? "garbage" : "config");
}

static void take_transfer(struct world *world, const struct phone_action *action)
{
    const struct phone_transfer *transfer = &action->transfer;
    assert(world->request_count < WORLD_REQUESTS_MAX);
    struct world_request *request = &world->requests[world->request_count++];
    request->at_us = world->now_us;
    request->server = strcmp(transfer->url->host, world->config.edos_host) == 0 ? WORLD_EDOS
                      : strcmp(transfer->url->host, "prov.test") == 0           ? WORLD_PROVISION
                                                                                : WORLD_OTHER;
    snprintf(request->url, sizeof request->url, "%s://%.63s:%u%.160s", transfer->url->scheme,
             transfer->url->host, (unsigned)transfer->url->port, transfer->url->path);
    if (!world->config.variation)
        CU_ASSERT_STRING_EQUAL(transfer->user_agent,
                               "Cisco-CP-8841-3PCC/sip88xx.11-3-1MPP-398 (001122aabbcc)");
    CU_ASSERT_NOT_EQUAL(transfer->address, 0);
    buffer_format(&world->log, "%llu get %s\n", (unsigned long long)world->now_us, request->url);
    struct world_pending *pending = later(world);
    pending->transfer_id = action->transfer_id;
    pending->look = transfer->look;
    if (transfer->look) {
        look_at_answer(world, request->server, pending->answer);
    } else {
        world->looked[request->server] = false;
        next_answer(&world->script[request->server], pending->answer);
    }
    shake_hands(transfer, pending->answer);
    meet_disorder(transfer, pending->answer);
}

static const struct {
    const char *word;
    enum fetch_outcome outcome;
    unsigned status;
    const char *body;
    size_t length; /* 0 = of the text */
} answers[] = {
    {"config", FETCH_OK, 200, config_text, 0},
    {"own", FETCH_OK, 200, own_text, 0},
    {"bare", FETCH_OK, 200, bare_text, 0},
    {"other", FETCH_OK, 200, other_text, 0},
    {"empty", FETCH_OK, 200, "", 0},
    {"garbage", FETCH_OK, 200, "\xff\1<", 0},
    {"reset", FETCH_RESET, 0, "", 0},
    {"refused", FETCH_REFUSED, 0, "", 0},
    {"tls", FETCH_TLS_FAILED, 0, "", 0},
    {"truncated", FETCH_TRUNCATED, 200, "<fla", 0},
    {"short", FETCH_TRUNCATED, 200, config_text, 0},
    {"chunks", FETCH_BAD_CHUNKS, 200, config_text, 0},
    {"long", FETCH_TOO_LARGE, 200, "", 0},
    /* <flat-profile/>, compressed, and encrypted by SecretPhrase1234 */
    {"gzip", FETCH_OK, 200,
     "\x1f\x8b\x08\0\0\0\0\0\0\x03\xb3\x49\xcb\x49\x2c\xd1\x2d\x28\xca\x4f\xcb\xcc\x49"
     "\xd5\xb7\x03\0\x67\xd1\x4e\x3c\x0f\0\0\0",
     35},
    {"encrypted", FETCH_OK, 200,
     "Salted__\1\2\3\4\5\6\7\x08\x0b\x37\x06\xa4\xfe\x5e\xeb\x28\x23\x1f\x36\x39\xef\x5d"
     "\xde\x04",
     32},
    {"tftp-error", FETCH_TFTP_ERROR, 1, "", 0},
};

static void answer_transfer(struct world *world, const struct world_pending *pending)
{
    char body[1024] = "";
    struct fetch_result result = {.text = "", .location = "", .body = (const uint8_t *)body};
    const char *word = pending->answer;
    size_t length = 0;
    if (strcmp(word, "drip") == 0) /* it comes a second later than an answer would */
        phone_core_transfer_progress(world->core, world->now_us + DURATION_S, pending->transfer_id);
    if (strcmp(word, "hang") == 0 || strcmp(word, "drip") == 0)
        return;
    if (strcmp(word, "profile") == 0 || strncmp(word, "delay=", 6) == 0) {
        snprintf(body, sizeof body, profile_text, word[0] == 'd' ? word + 6 : "60,120,240,480");
        result.status = 200;
    } else if (word[0] >= '1' && word[0] <= '9') {
        result.status = (unsigned)strtoul(word, NULL, 10);
        result.location = word[3] == '=' ? word + 4 : "";
    } else {
        size_t i = 0, count = sizeof answers / sizeof answers[0];
        while (i < count && strcmp(answers[i].word, word) != 0)
            i++;
        assert(i < count);
        result.outcome = answers[i].outcome;
        result.status = answers[i].status;
        length = answers[i].length;
        if (length > 0)
            memcpy(body, answers[i].body, length);
        else
            snprintf(body, sizeof body, "%s", answers[i].body);
    }
    if (pending->look) {
        body[0] = '\0';
        length = 0;
        if (result.outcome == FETCH_TRUNCATED || result.outcome == FETCH_BAD_CHUNKS ||
            result.outcome == FETCH_TOO_LARGE)
            result.outcome = FETCH_OK;
    }
    result.body_length = length > 0 ? length : strlen(body);
    phone_core_transfer_done(world->core, world->now_us, pending->transfer_id, &result);
}

/* --- time ------------------------------------------------------------------------------------- */
static void note_state(struct world *world)
{
    struct phone_status status;
    phone_core_status(world->core, &status);
    if (status.customization != world->shown)
        buffer_format(&world->log, "%llu shows %s\n", (unsigned long long)world->now_us,
                      status.customization);
    world->shown = status.customization;
    enum customization_state state = world->core->memory.state;
    if (state == world->last_state)
        return;
    world->last_state = state;
    size_t length = strlen(world->path);
    snprintf(world->path + length, sizeof world->path - length, "%s%s", length ? " " : "",
             vendor_state_name(vendor_default(), state));
    buffer_format(&world->log, "%llu state %s\n", (unsigned long long)world->now_us,
                  vendor_state_name(vendor_default(), state));
}

static void carry_out(struct world *world, const struct phone_action *action)
{
    switch (action->kind) {
    case PHONE_SEND_DHCP:
        take_dhcp(world, action);
        break;
    case PHONE_SEND_DNS:
        take_dns(world, action);
        break;
    case PHONE_START_TRANSFER:
        CU_ASSERT_TRUE(world->has_address);
        take_transfer(world, action);
        break;
    case PHONE_CANCEL_TRANSFER:
        world->cancels++;
        break;
    case PHONE_SET_ADDRESS:
        CU_ASSERT_EQUAL(action->address, world->address);
        world->has_address = true;
        break;
    case PHONE_CLEAR_ADDRESS:
        CU_ASSERT_TRUE(world->has_address);
        world->has_address = false;
        break;
    case PHONE_PAGE_UP:
        world->page_up = true;
        break;
    case PHONE_PAGE_DOWN:
        world->page_up = false;
        break;
    case PHONE_SEND_FRAME:
        break;
    case PHONE_LOG:
        buffer_format(&world->log, "%llu log %s\n", (unsigned long long)world->now_us,
                      action->text);
        break;
    }
}

void world_settle(struct world *world)
{
    struct phone_action action;
    for (unsigned turn = 0;; turn++) {
        assert(turn < WORLD_TURNS_MAX);
        note_state(world);
        while (phone_core_take_action(world->core, &action))
            carry_out(world, &action);
        if (world->pending_count == 0)
            break;
        struct world_pending pending = world->pending[0];
        memmove(world->pending, world->pending + 1,
                --world->pending_count * sizeof world->pending[0]);
        if (pending.is_dhcp)
            phone_core_dhcp_packet(world->core, world->now_us, pending.bytes, pending.length,
                                   &server_mac);
        else if (pending.is_dns)
            phone_core_dns_packet(world->core, world->now_us, SERVER_ADDRESS, pending.bytes,
                                  pending.length);
        else
            answer_transfer(world, &pending);
    }
    CU_ASSERT_FALSE(phone_core_is_broken(world->core));
    CU_ASSERT_EQUAL(world->page_up, world->has_address);
}

void world_run(struct world *world, uint64_t duration_us)
{
    uint64_t end_us = world->now_us + duration_us, next_us;
    world_settle(world);
    unsigned turns = 0;
    while ((next_us = phone_core_next_deadline_us(world->core)) <= end_us) {
        assert(turns++ < WORLD_TURNS_MAX);
        if (next_us > world->now_us)
            world->now_us = next_us;
        phone_core_deadline(world->core, world->now_us);
        world_settle(world);
    }
    world->now_us = end_us;
}

void world_factory_reset(struct world *world)
{
    phone_core_factory_reset(world->core, world->now_us);
    world->path[0] = '\0';
    world->last_state = STATE_UNKNOWN;
    world_settle(world);
}

void world_reboot(struct world *world)
{
    phone_core_reboot(world->core, world->now_us);
    world_settle(world);
}

void world_power(struct world *world, bool on)
{
    phone_core_power(world->core, world->now_us, on);
    world_settle(world);
}

void world_cable(struct world *world, bool in)
{
    phone_core_carrier(world->core, world->now_us, in);
    world_settle(world);
}

void world_configure(struct world *world, const char *name, const char *value)
{
    struct parameters parameters = {0};
    CU_ASSERT_EQUAL(parameters_set(&parameters, name, value), 0);
    CU_ASSERT_EQUAL(phone_core_page_configure(world->core, &parameters, NULL), 0);
    parameters_done(&parameters);
    world_settle(world);
}

size_t world_requests(const struct world *world, enum world_server server)
{
    size_t count = 0;
    for (size_t i = 0; i < world->request_count; i++)
        count += world->requests[i].server == server;
    return count;
}

uint64_t world_gap_us(const struct world *world, enum world_server server, size_t n)
{
    uint64_t last_us = 0;
    size_t seen = 0;
    for (size_t i = 0; i < world->request_count; i++) {
        if (world->requests[i].server != server)
            continue;
        if (seen++ == n)
            return world->requests[i].at_us - last_us;
        last_us = world->requests[i].at_us;
    }
    return UINT64_MAX;
}
