/* SPDX-License-Identifier: MIT */
/* Who is on the wire, and who of them is served. */
#include "harness/serve/serve_internal.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <stdio.h>

void serve_wire_stranger(void *context, const struct stranger *stranger)
{
    const struct serve *serve = context;
    char mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX];
    mac_format(&stranger->mac, mac);
    ipv4_format(stranger->address, address);
    if (stranger->kind == STRANGER_DHCP_SERVER)
        serve_note(serve,
                   "another DHCP server answers on this wire: %s at %s; who knows what it gave the "
                   "phones. Take it off the wire",
                   mac, address);
    else if (!serve->config.any_phone)
        serve_note(
            serve,
            "a device that the lab file does not name is on the wire: %s%s%s%s%s; it is left "
            "alone (--any-phone serves it, too)",
            mac, stranger->address ? ", " : "", stranger->address ? address : "",
            stranger->vendor[0] ? ", " : "", stranger->vendor);
}

/* True: it asks for an address, and the lab file does not name it. */
static bool is_new_client(const struct serve *serve, const uint8_t *bytes, size_t length,
                          struct mac *ret_mac)
{
    struct frame frame;
    struct dhcp_message message;
    if (!frame_decode(bytes, length, &frame) || frame.kind != FRAME_UDP ||
        frame.destination_port != DHCP_SERVER_PORT ||
        !dhcp_decode(frame.payload, frame.payload_length, &message) || message.op != 1 ||
        !mac_equal(&message.chaddr, &frame.source_mac))
        return false;
    for (size_t i = 0; i < serve->site->phone_count; i++) {
        if (mac_equal(&serve->macs[i], &message.chaddr))
            return false;
    }
    *ret_mac = message.chaddr;
    return true;
}

static int welcome(struct serve *serve, const struct mac *mac, struct error *error)
{
    size_t phone = serve->site->phone_count;
    int result = site_join(serve->site, mac, error);
    if (result < 0)
        return result;
    mac_format(mac, serve->phones[phone].name);
    if (serve->recorder) {
        int number = recorder_learn(serve->recorder, mac, error);
        if (number < 0)
            return number;
        serve->site->phones[phone].recorder = serve->recorder;
        serve->site->phones[phone].index = (size_t)number;
    }
    serve->site->phones[phone].address = serve->site->phone_addresses[phone];
    return serve_setting_welcome(serve, phone, error);
}

static void frame_came(void *context, const uint8_t *bytes, size_t length)
{
    struct serve *serve = context;
    struct error error;
    struct mac mac;
    presence_frame(serve->site->presence, bytes, length);
    if (!serve->config.any_phone ||
        serve->site->phone_count >= serve->plan.phone_count + serve->plan.guest_max ||
        !is_new_client(serve, bytes, length, &mac))
        return;
    int result = welcome(serve, &mac, &error);
    if (result < 0) {
        loop_fail(serve->site->loop, result, &error);
        return;
    }
    const char *name = serve->phones[serve->site->phone_count - 1].name;
    serve_note(serve,
               "a device that the lab file does not name asks for an address: %s; it is "
               "served as all are",
               name);
    if (serve->site->phone_count == serve->plan.phone_count + serve->plan.guest_max)
        serve_note(serve, "there is no room for further devices of the kind: they are left alone");
}

void serve_wire_watch(struct serve *serve)
{
    uplink_watch(serve->site->uplink, frame_came, serve);
}
