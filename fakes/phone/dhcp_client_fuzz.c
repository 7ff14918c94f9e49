/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_client.h"
#include "harness/base/testing.h"
#include "harness/wire/dhcp.h"
#include <string.h>

int fuzz_fakes_phone_dhcp_client(const uint8_t *data, size_t size);

enum { DEADLINES = 8 };

/* The bytes as a server's options, in every state: the header is made to fit, or nothing would get
 * past it. */
int fuzz_fakes_phone_dhcp_client(const uint8_t *data, size_t size)
{
    static const struct mac mac = {{0, 1, 2, 3, 4, 5}};
    struct dhcp_client_config config = {.mac = mac, .host_name = "SEP", .class_name = "CP"};
    struct dhcp_client client;
    struct dhcp_client_output out;
    struct buffer packet;
    uint64_t now_us = 0;
    random_seed(&config.random, 1);
    dhcp_client_init(&client, &config);
    dhcp_client_start(&client, 0, &out);
    buffer_init(&packet, 1 << 16);
    dhcp_client_receive(&client, now_us, data, size, NULL, &out);
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
        if (packet.length > 0)
            dhcp_client_receive(&client, now_us, packet.data, packet.length, &mac, &out);
        uint64_t next_us = dhcp_client_next_deadline_us(&client);
        if (next_us == UINT64_MAX)
            break;
        if (i >= 1)
            now_us = next_us > now_us ? next_us : now_us;
        if (i >= 1)
            dhcp_client_deadline(&client, now_us, &out);
    }
    buffer_done(&packet);
    dhcp_client_done(&client);
    return 0;
}
