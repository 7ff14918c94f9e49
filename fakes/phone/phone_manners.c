/* SPDX-License-Identifier: MIT */
/* What sound phones do differently from each other. A plain phone (no variation) does none of it.
 */
#include "fakes/phone/phone_internal.h"
#include "harness/base/duration.h"
#include "harness/wire/frame.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    FRAME_BYTES_MAX = 512,
    ETHERNET_HEADER_BYTES = 14,
    TYPE_ARP = 0x0806,
    TYPE_LLDP = 0x88cc,
    PORT_NTP = 123,
    PORT_MDNS = 5353,
    PORT_SIP = 5060,
};
static const struct mac everybody = {{255, 255, 255, 255, 255, 255}};

/* --- names --------------------------------------------------------------------------------------
 */
static void name_agent(struct phone_core *core, const char *mac)
{
    const struct phone_model *model = core->model;
    switch (core->config.variation ? core->config.variation->agent : AGENT_USUAL) {
    case AGENT_OLD:
        snprintf(core->user_agent, sizeof core->user_agent, "Cisco-%s/%s", model->product_name,
                 model->software_version);
        break;
    case AGENT_SERIAL:
        snprintf(core->user_agent, sizeof core->user_agent, "Cisco-%s/%s (%s)(%.32s)",
                 model->product_name, model->software_version, mac, core->config.serial);
        break;
    default:
        snprintf(core->user_agent, sizeof core->user_agent, "Cisco-%s/%s (%s)", model->product_name,
                 model->software_version, mac);
    }
}

static void name_for_dhcp(struct phone_core *core, const char *mac)
{
    const struct phone_variation *variation = core->config.variation;
    enum variation_host_name host = variation ? variation->host_name : HOST_NAME_SEP;
    enum variation_class class = variation ? variation->class_name : CLASS_PRODUCT;
    if (host == HOST_NAME_SEP)
        snprintf(core->dhcp_host_name, sizeof core->dhcp_host_name, "%s", core->host_name);
    else if (host == HOST_NAME_MODEL)
        snprintf(core->dhcp_host_name, sizeof core->dhcp_host_name, "phone-%s-%s",
                 core->model->name, mac);
    if (class != CLASS_ABSENT)
        snprintf(core->dhcp_class, sizeof core->dhcp_class, "%s%s",
                 class == CLASS_SPELT_OUT ? "Cisco Systems, Inc. IP Phone " : "",
                 core->model->product_name);
}

void manners_name(struct phone_core *core, const char *mac)
{
    enum variation_psn psn = core->config.variation ? core->config.variation->psn : PSN_SHORT;
    name_agent(core, mac);
    name_for_dhcp(core, mac);
    core->short_name = psn == PSN_LONG     ? core->model->product_name
                       : psn == PSN_NUMBER ? core->model->name
                                           : core->model->short_name;
    if (core->config.variation)
        random_seed_named(&core->manners, core->config.variation->seed, core->host_name);
}

/* --- times --------------------------------------------------------------------------------------
 */
uint64_t manners_boot_us(const struct phone_core *core)
{
    return core->config.variation ? core->config.variation->boot_seconds * DURATION_S
                                  : core->model->boot_us;
}

uint64_t manners_delay_us(struct phone_core *core, uint64_t delay_us)
{
    if (!core->config.variation)
        return delay_us;
    uint64_t most_us = delay_us / 1000 * core->config.variation->retry_jitter_permille;
    return delay_us - most_us + random_below(&core->manners, 2 * most_us + 1);
}

uint64_t manners_edos_wait_us(const struct phone_core *core)
{
    return core->config.variation ? core->config.variation->edos_wait_us : 0;
}

bool manners_releases(const struct phone_core *core)
{
    return !core->config.variation || core->config.variation->releases;
}

bool manners_remembers_address(const struct phone_core *core)
{
    return !core->config.variation || core->config.variation->remembers_address;
}

/* --- frames that nobody asked for ---------------------------------------------------------------
 */
static void send_frame(struct phone_core *core, const struct buffer *frame)
{
    const struct phone_action action = {
        .kind = PHONE_SEND_FRAME, .bytes = frame->data, .length = frame->length};
    if (!frame->failed)
        phone_actions_put(&core->actions, &action);
}

static void begin_frame(const struct phone_core *core, struct buffer *frame, const uint8_t *to,
                        uint16_t type)
{
    buffer_init(frame, FRAME_BYTES_MAX);
    buffer_append(frame, to, MAC_BYTES);
    buffer_append(frame, core->config.mac.bytes, MAC_BYTES);
    buffer_be16(frame, type);
}

/* RFC 5227: a probe (sender 0) or an announcement. */
static void send_arp(struct phone_core *core, uint32_t sender, uint32_t target)
{
    static const uint8_t kind[] = {0, 1, 8, 0, MAC_BYTES, 4, 0, ARP_REQUEST};
    static const uint8_t unknown[MAC_BYTES];
    struct buffer frame;
    begin_frame(core, &frame, everybody.bytes, TYPE_ARP);
    buffer_append(&frame, kind, sizeof kind);
    buffer_append(&frame, core->config.mac.bytes, MAC_BYTES);
    buffer_be32(&frame, sender);
    buffer_append(&frame, unknown, MAC_BYTES);
    buffer_be32(&frame, target);
    send_frame(core, &frame);
    buffer_done(&frame);
}

/* Chassis, port, time to live, end (IEEE 802.1AB). */
static void send_lldp(struct phone_core *core)
{
    static const uint8_t group[] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e};
    static const uint8_t chassis[] = {0x02, 0x07, 4}, port[] = {0x04, 0x07, 3},
                         rest[] = {0x06, 0x02, 0x00, 0xb4, 0x00, 0x00};
    struct buffer frame;
    begin_frame(core, &frame, group, TYPE_LLDP);
    buffer_append(&frame, chassis, sizeof chassis);
    buffer_append(&frame, core->config.mac.bytes, MAC_BYTES);
    buffer_append(&frame, port, sizeof port);
    buffer_append(&frame, core->config.mac.bytes, MAC_BYTES);
    buffer_append(&frame, rest, sizeof rest);
    send_frame(core, &frame);
    buffer_done(&frame);
}

/* CDP is IEEE 802.3 with SNAP: where Ethernet II has a type, this has a length. */
static void send_cdp(struct phone_core *core)
{
    static const uint8_t group[] = {0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc};
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00};
    static const uint8_t version[] = {0x02, 0xb4, 0x00, 0x00}, device[] = {0x00, 0x01};
    size_t name = strlen(core->host_name);
    struct buffer frame;
    begin_frame(core, &frame, group,
                (uint16_t)(sizeof snap + sizeof version + sizeof device + 2 + name));
    buffer_append(&frame, snap, sizeof snap);
    buffer_append(&frame, version, sizeof version);
    buffer_append(&frame, device, sizeof device);
    buffer_be16(&frame, (uint16_t)(4 + name));
    buffer_append(&frame, core->host_name, name);
    send_frame(core, &frame);
    buffer_done(&frame);
}

static void send_udp(struct phone_core *core, uint32_t to, uint16_t port, const void *payload,
                     size_t length)
{
    struct frame headers = {.source_mac = core->config.mac,
                            .destination_mac = everybody,
                            .source = core->dhcp.lease.address,
                            .destination = to,
                            .source_port = port,
                            .destination_port = port};
    struct buffer frame;
    if (to != UINT32_MAX) /* RFC 1112 section 6.4 */
        headers.destination_mac = (struct mac){
            {0x01, 0x00, 0x5e, (uint8_t)(to >> 16 & 0x7f), (uint8_t)(to >> 8), (uint8_t)to}};
    buffer_init(&frame, FRAME_BYTES_MAX);
    frame_encode_udp(&frame, &headers, payload, length);
    send_frame(core, &frame);
    buffer_done(&frame);
}

/* A question for _sip._udp.local; an NTP client's packet; a SIP OPTIONS to the SIP group. */
static void send_datagrams(struct phone_core *core, unsigned chatter)
{
    static const uint8_t mdns[] = "\0\0\0\0\0\1\0\0\0\0\0\0\4_sip\4_udp\5local\0\0\14\0\1";
    static const uint8_t ntp[48] = {0x23};
    char sip[FRAME_BYTES_MAX / 2];
    if (chatter & CHATTER_MDNS)
        send_udp(core, UINT32_C(0xe00000fb), PORT_MDNS, mdns, sizeof mdns - 1);
    if (chatter & CHATTER_NTP)
        send_udp(core, UINT32_MAX, PORT_NTP, ntp, sizeof ntp);
    if (chatter & CHATTER_SIP) {
        int length = snprintf(sip, sizeof sip,
                              "OPTIONS sip:224.0.1.75 SIP/2.0\r\nCall-ID: %s\r\n"
                              "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
                              core->host_name);
        send_udp(core, UINT32_C(0xe000014b), PORT_SIP, sip, (size_t)length);
    }
}

void manners_link_up(struct phone_core *core)
{
    unsigned chatter = core->config.variation ? core->config.variation->chatter : 0;
    if (chatter & CHATTER_LLDP)
        send_lldp(core);
    if (chatter & CHATTER_CDP)
        send_cdp(core);
}

void manners_before_address(struct phone_core *core)
{
    if (core->config.variation && core->config.variation->arp_probe)
        send_arp(core, 0, core->dhcp.lease.address);
}

void manners_after_address(struct phone_core *core)
{
    uint32_t address = core->dhcp.lease.address;
    if (!core->config.variation)
        return;
    for (unsigned i = 0; i < core->config.variation->announcements; i++)
        send_arp(core, address, address);
    send_datagrams(core, core->config.variation->chatter);
    manners_link_up(core);
}
