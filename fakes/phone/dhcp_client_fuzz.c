/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_client.h"
#include "harness/base/testing.h"
#include "harness/wire/dhcp.h"
#include <assert.h>
#include <string.h>

int fuzz_fakes_phone_dhcp_client(const uint8_t *data, size_t size);

enum { DEADLINES = 8 };

/* Whatever came in: what goes out is a message of this client, and a lease has what a lease needs.
 */
static void check(const struct dhcp_client *client, const struct dhcp_client_output *out)
{
    struct dhcp_message sent;
    if (out->send) {
        bool decoded = dhcp_decode(out->bytes, out->length, &sent);
        assert(decoded && out->length <= DHCP_CLIENT_MESSAGE_MAX);
        assert(sent.op == 1 && sent.xid == client->xid);
        assert(mac_equal(&sent.chaddr, &client->config.mac));
    }
    if (dhcp_client_has_lease(client)) {
        assert(client->lease.address != 0 && client->lease.server != 0);
        assert(client->lease.renew_us <= client->lease.rebind_us);
        assert(client->lease.rebind_us <= client->lease.expire_us);
        assert(client->lease.dns_count <= DHCP_LEASE_SERVERS_MAX);
        assert(memchr(client->lease.domain, 0, sizeof client->lease.domain));
    } else {
        assert(out->change != DHCP_CLIENT_LEASED && out->change != DHCP_CLIENT_RENEWED);
    }
}

/* The bytes as a server's options, in every state: the header is made to fit, or nothing would get
 * past it. */
int fuzz_fakes_phone_dhcp_client(const uint8_t *data, size_t size)
{
    static const struct mac mac = {{0, 1, 2, 3, 4, 5}};
    struct dhcp_client_config config = {.mac = mac, .host_name = "SEP", .class_name = "CP"};
    const uint8_t bits = size > 0 ? data[0] : 0;
    const struct dhcp_policy policy = {.takes_truncated = bits & 1,
                                       .reads_past_length = bits & 2,
                                       .ignores_overload = bits & 4,
                                       .first_piece_only = bits & 8};
    struct dhcp_client client;
    struct dhcp_client_output out;
    struct buffer packet;
    uint64_t now_us = 0;
    config.policy = &policy;
    random_seed(&config.random, 1);
    dhcp_client_init(&client, &config);
    out = *dhcp_client_start(&client, 0);
    buffer_init(&packet, 1 << 16);
    check(&client, &out);
    out = *dhcp_client_receive(&client, now_us, data, size, NULL);
    check(&client, &out);
    for (unsigned i = 0; i < DEADLINES; i++) {
        const struct dhcp_message header = {
            .op = 2, .xid = client.xid, .yiaddr = 0x0a000002 + i / 4, .chaddr = mac};
        buffer_clear(&packet);
        dhcp_encode_header(&packet, &header);
        if (i < 2)
            dhcp_encode_u8(&packet, DHCP_OPTION_MESSAGE_TYPE, i == 0 ? DHCP_OFFER : DHCP_ACK);
        if (i < 2)
            dhcp_encode_u32(&packet, DHCP_OPTION_SERVER_IDENTIFIER, 1);
        buffer_append(&packet, data, size);
        out = *dhcp_client_receive(&client, now_us, packet.data, packet.length, &mac);
        check(&client, &out);
        uint64_t next_us = dhcp_client_next_deadline_us(&client);
        if (next_us == UINT64_MAX)
            break;
        if (i == 0)
            continue;
        now_us = next_us > now_us ? next_us : now_us;
        out = *dhcp_client_deadline(&client, now_us);
        check(&client, &out);
    }
    buffer_done(&packet);
    dhcp_client_done(&client);
    return 0;
}
