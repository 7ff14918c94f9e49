/* SPDX-License-Identifier: MIT */
/* The bytes as a DHCP request, and as a frame. */
#include "harness/base/duration.h"
#include "harness/lab/rogue.h"
#include <assert.h>

int fuzz_harness_lab_rogue(const uint8_t *data, size_t size);

enum { MESSAGE_BYTES_MAX = 2048 };

static void answer(const struct rogue *rogue, const struct dhcp_message *request)
{
    static const struct dhcp_value offer[] = {
        {.code = 160, .form = DHCP_VALUE_TEXT, .text = "http://a.test"}};
    static const struct scenario_dhcp dhcp = {.lease_us = DURATION_H, .rogue = {true, offer, 1, 0}};
    struct buffer payload;
    struct rogue_reply reply;
    struct dhcp_message message;
    buffer_init(&payload, MESSAGE_BYTES_MAX);
    if (rogue_answer(rogue, 0, &dhcp, request, &payload, &reply)) {
        struct dhcp_option_view view;
        bool decoded = dhcp_decode(payload.data, payload.length, &message);
        assert(decoded && message.op == 2 && message.xid == request->xid);
        assert(message.yiaddr != 0 && message.yiaddr == reply.address);
        assert(message.type == (request->type == DHCP_DISCOVER ? DHCP_OFFER : DHCP_ACK));
        assert(dhcp_option_get(&message, 160, &view) && dhcp_form(&message) == DHCP_FORM_GOOD);
        assert(reply.headers.source == rogue->address);
    }
    buffer_done(&payload);
}

int fuzz_harness_lab_rogue(const uint8_t *data, size_t size)
{
    static const char *const substitutions[SUBSTITUTE_COUNT] = {"", "", "", ""};
    struct rogue rogue;
    struct dhcp_message request;
    struct frame frame;
    rogue_init(&rogue, &lab_plan_emulated, substitutions);
    if (dhcp_decode(data, size, &request))
        answer(&rogue, &request);
    if (frame_decode(data, size, &frame) && frame.kind == FRAME_UDP &&
        dhcp_decode(frame.payload, frame.payload_length, &request)) {
        rogue_is_meant(&rogue, &frame, &request);
        answer(&rogue, &request);
    }
    return 0;
}
