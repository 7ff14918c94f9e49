/* SPDX-License-Identifier: MIT */
#include "harness/lab/rogue.h"
#include "harness/base/duration.h"
#include "harness/lab/dhcp_value.h"
#include <string.h>

enum { BOOTREQUEST = 1, BOOTREPLY = 2, FLAG_BROADCAST = 0x8000 };
#define BROADCAST UINT32_MAX
/* Locally administered, as all of the lab's. */
static const struct mac rogue_mac = {{0x02, 0x52, 0x43, 0xff, 0x00, 0x05}};
static const struct mac broadcast_mac = {{255, 255, 255, 255, 255, 255}};

/* --- addresses -------------------------------------------------------------------------------- */

static uint32_t broadcast_of(const struct lab_plan *plan)
{
    return plan->name_server | ~lab_plan_netmask(plan);
}

static bool is_taken(const struct rogue *rogue, uint32_t address)
{
    const struct lab_plan *plan = &rogue->plan;
    return address == plan->name_server || address == plan->edos || address == plan->provision ||
           address == plan->harness || address == rogue->address ||
           (address >= plan->pool_first && address <= plan->pool_last);
}

/* 0 = none is left. */
static uint32_t next_free(const struct rogue *rogue, uint32_t address)
{
    uint32_t end = broadcast_of(&rogue->plan);
    while (address < end && is_taken(rogue, address))
        address++;
    return address < end ? address : 0;
}

void rogue_init(struct rogue *rogue, const struct lab_plan *plan, const char *const *substitutions)
{
    *rogue = (struct rogue){.plan = *plan, .mac = rogue_mac, .substitutions = substitutions};
    rogue->address = next_free(rogue, plan->name_server + 1);
}

uint32_t rogue_lends(const struct rogue *rogue, size_t phone)
{
    if (phone < rogue->fixed_count)
        return rogue->fixed_addresses[phone];
    uint32_t address = next_free(rogue, rogue->plan.pool_last + 1);
    for (size_t i = rogue->fixed_count; i < phone && address; i++)
        address = next_free(rogue, address + 1);
    return address;
}

/* --- what it hears ---------------------------------------------------------------------------- */

static bool is_sent_to_it(const struct rogue *rogue, const struct frame *frame)
{
    return mac_equal(&frame->destination_mac, &rogue->mac) || frame->destination == rogue->address;
}

bool rogue_hears(const struct rogue *rogue, const struct frame *frame)
{
    return rogue->address != 0 &&
           (mac_equal(&frame->destination_mac, &broadcast_mac) || is_sent_to_it(rogue, frame));
}

bool rogue_is_meant(const struct rogue *rogue, const struct frame *frame,
                    const struct dhcp_message *request)
{
    uint32_t named = 0;
    dhcp_option_ipv4(request, DHCP_OPTION_SERVER_IDENTIFIER, &named);
    return rogue->address != 0 && (is_sent_to_it(rogue, frame) || named == rogue->address);
}

/* --- what it says ----------------------------------------------------------------------------- */

/* The address that a REQUEST is for, wherever it stands in it. */
static uint32_t asked_for(const struct dhcp_message *request)
{
    uint32_t address = request->ciaddr;
    dhcp_option_ipv4(request, DHCP_OPTION_REQUESTED_ADDRESS, &address);
    return address;
}

static bool append_offer(const struct rogue *rogue, const struct scenario_dhcp *dhcp,
                         struct buffer *payload)
{
    bool good = true;
    for (size_t i = 0; good && i < dhcp->rogue.offer_count; i++) {
        const struct dhcp_value *value = &dhcp->rogue.offer[i];
        struct buffer bytes;
        struct error error;
        buffer_init(&bytes, DHCP_VALUE_BYTES_MAX);
        good = dhcp_value_bytes(value, rogue->substitutions, &bytes, &error) == 0;
        if (good)
            dhcp_encode_option(payload, value->code, bytes.data, bytes.length);
        buffer_done(&bytes);
    }
    return good;
}

/* Names are left to the lab's name server, and so is the way out: it lies about nothing else. */
static bool append_reply(const struct rogue *rogue, const struct scenario_dhcp *dhcp,
                         const struct dhcp_message *reply, struct buffer *payload)
{
    dhcp_encode_header(payload, reply);
    dhcp_encode_u8(payload, DHCP_OPTION_MESSAGE_TYPE, (uint8_t)reply->type);
    dhcp_encode_u32(payload, DHCP_OPTION_SERVER_IDENTIFIER, rogue->address);
    dhcp_encode_u32(payload, DHCP_OPTION_LEASE_TIME, (uint32_t)(dhcp->lease_us / DURATION_S));
    dhcp_encode_u32(payload, DHCP_OPTION_SUBNET_MASK, lab_plan_netmask(&rogue->plan));
    dhcp_encode_u32(payload, DHCP_OPTION_ROUTER, rogue->plan.name_server);
    dhcp_encode_u32(payload, DHCP_OPTION_DOMAIN_NAME_SERVER, rogue->plan.name_server);
    if (dhcp->domain)
        dhcp_encode_option(payload, DHCP_OPTION_DOMAIN_NAME, dhcp->domain, strlen(dhcp->domain));
    bool good = append_offer(rogue, dhcp, payload);
    dhcp_encode_end(payload);
    return good && !payload->failed;
}

/* RFC 2131 section 4.1. */
static void address_reply(const struct rogue *rogue, const struct dhcp_message *request,
                          uint32_t address, struct frame *ret_headers)
{
    bool to_all = request->flags & FLAG_BROADCAST && !request->ciaddr;
    *ret_headers = (struct frame){.kind = FRAME_UDP,
                                  .source_mac = rogue->mac,
                                  .destination_mac = to_all ? broadcast_mac : request->chaddr,
                                  .source = rogue->address,
                                  .destination = to_all ? BROADCAST : address,
                                  .source_port = DHCP_SERVER_PORT,
                                  .destination_port = DHCP_CLIENT_PORT};
}

bool rogue_answer(const struct rogue *rogue, size_t phone, const struct scenario_dhcp *dhcp,
                  const struct dhcp_message *request, struct buffer *payload,
                  struct rogue_reply *ret_reply)
{
    bool discover = request->type == DHCP_DISCOVER;
    if (rogue->address == 0 || !dhcp->rogue.present || request->op != BOOTREQUEST ||
        (!discover && request->type != DHCP_REQUEST))
        return false;
    uint32_t address = discover ? rogue_lends(rogue, phone) : asked_for(request);
    const struct dhcp_message reply = {.op = BOOTREPLY,
                                       .xid = request->xid,
                                       .flags = request->flags,
                                       .ciaddr = discover ? 0 : request->ciaddr,
                                       .yiaddr = address,
                                       .siaddr = rogue->address,
                                       .giaddr = request->giaddr,
                                       .chaddr = request->chaddr,
                                       .type = discover ? DHCP_OFFER : DHCP_ACK};
    if (address == 0 || !append_reply(rogue, dhcp, &reply, payload))
        return false;
    ret_reply->address = address;
    address_reply(rogue, request, address, &ret_reply->headers);
    return true;
}
