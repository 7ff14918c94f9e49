/* SPDX-License-Identifier: MIT */
#include "harness/lab/strangers.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/frame.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { VENDOR_TEXT_MAX = 256, BOOT_REPLY = 2 };

struct neighbour {
    struct mac mac;
    bool used, known, told, told_as_server;
};

/* Everybody by MAC address, in a table of open addressing that is never more than half full. */
struct strangers {
    struct neighbour *table; /* owned */
    size_t slots;            /* a power of two */
    size_t count;            /* of strangers */
    strangers_seen_fn *seen;
    void *context;
};

static struct neighbour *slot_of(const struct strangers *strangers, const struct mac *mac)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < MAC_BYTES; i++)
        hash = (hash ^ mac->bytes[i]) * 16777619u;
    size_t at = hash & (strangers->slots - 1);
    while (strangers->table[at].used && !mac_equal(&strangers->table[at].mac, mac))
        at = (at + 1) & (strangers->slots - 1);
    return &strangers->table[at];
}

int strangers_new(const struct mac *known, size_t known_count, strangers_seen_fn *seen,
                  void *context, struct strangers **ret_strangers, struct error *error)
{
    struct strangers *strangers = calloc(1, sizeof *strangers);
    if (!strangers)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *strangers = (struct strangers){.slots = 1, .seen = seen, .context = context};
    while (strangers->slots < 2 * (known_count + STRANGERS_MAX))
        strangers->slots *= 2;
    strangers->table = calloc(strangers->slots, sizeof *strangers->table);
    if (!strangers->table) {
        free(strangers);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < known_count; i++)
        *slot_of(strangers, &known[i]) =
            (struct neighbour){.mac = known[i], .used = true, .known = true};
    *ret_strangers = strangers;
    return 0;
}

void strangers_free(struct strangers *strangers)
{
    if (!strangers)
        return;
    free(strangers->table);
    free(strangers);
}

/* Groups that no bridge passes on (IEEE 802.1Q table 8-1), and Cisco's for the same purposes. */
static bool is_between_neighbours(const struct mac *destination)
{
    static const uint8_t reserved[] = {0x01, 0x80, 0xc2, 0, 0},
                         cisco[] = {0x01, 0, 0x0c, 0xcc, 0xcc};
    return (memcmp(destination->bytes, reserved, sizeof reserved) == 0 &&
            destination->bytes[5] < 0x10) ||
           memcmp(destination->bytes, cisco, sizeof cisco) == 0;
}

static bool is_nobody(const struct mac *mac)
{
    static const struct mac nobody;
    return mac_is_group(mac) || mac_equal(mac, &nobody);
}

static void read_vendor(const struct dhcp_message *message, char vendor[VENDOR_TEXT_MAX])
{
    struct dhcp_option_view view;
    vendor[0] = 0;
    if (!dhcp_option_get(message, DHCP_OPTION_CLASS_IDENTIFIER, &view))
        return;
    size_t length = view.length < VENDOR_TEXT_MAX ? view.length : VENDOR_TEXT_MAX - 1;
    for (size_t i = 0; i < length; i++)
        vendor[i] = (char)(isprint(view.value[i]) ? view.value[i] : '?');
    vendor[length] = 0;
}

static void look_at_dhcp(const struct frame *frame, struct stranger *stranger,
                         char vendor[VENDOR_TEXT_MAX])
{
    struct dhcp_message message;
    if (frame->kind != FRAME_UDP || !dhcp_decode(frame->payload, frame->payload_length, &message))
        return;
    if (message.op != BOOT_REPLY) {
        if (frame->destination_port == DHCP_SERVER_PORT)
            read_vendor(&message, vendor);
        return;
    }
    if (frame->source_port != DHCP_SERVER_PORT)
        return;
    stranger->kind = STRANGER_DHCP_SERVER;
    dhcp_option_ipv4(&message, DHCP_OPTION_SERVER_IDENTIFIER, &stranger->address);
}

void strangers_frame(struct strangers *strangers, const uint8_t *bytes, size_t length)
{
    char vendor[VENDOR_TEXT_MAX] = "";
    struct frame frame;
    if (!frame_decode(bytes, length, &frame) || is_nobody(&frame.source_mac) ||
        is_between_neighbours(&frame.destination_mac))
        return;
    struct neighbour *neighbour = slot_of(strangers, &frame.source_mac);
    if (neighbour->known || (!neighbour->used && strangers->count == STRANGERS_MAX))
        return;
    struct stranger stranger = {.mac = frame.source_mac, .address = frame.source, .vendor = vendor};
    look_at_dhcp(&frame, &stranger, vendor);
    if (stranger.kind == STRANGER_DHCP_SERVER ? neighbour->told_as_server : neighbour->told)
        return;
    if (!neighbour->used) {
        *neighbour = (struct neighbour){.mac = frame.source_mac, .used = true};
        strangers->count++;
    }
    neighbour->told = true;
    neighbour->told_as_server |= stranger.kind == STRANGER_DHCP_SERVER;
    strangers->seen(strangers->context, &stranger);
}
