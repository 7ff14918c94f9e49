/* SPDX-License-Identifier: MIT */
#include "harness/observe/identify.h"
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_SLOTS_FULL = IDENTIFY_SLOTS / 4 * 3 };

static size_t mac_slot(const struct mac *mac)
{
    uint64_t value = 0;
    for (size_t i = 0; i < MAC_BYTES; i++)
        value = value << 8 | mac->bytes[i];
    return (size_t)(value * UINT64_C(0x9E3779B97F4A7C15) >> 40) % IDENTIFY_SLOTS;
}

static size_t address_slot(uint32_t address)
{
    return (size_t)(address * UINT64_C(0x9E3779B97F4A7C15) >> 40) % IDENTIFY_SLOTS;
}

int identify_init(struct identify *identify, const struct mac *phones, size_t count,
                  struct error *error)
{
    memset(identify, 0, sizeof *identify);
    if (count > OBSERVER_PHONES_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d phones to observe", OBSERVER_PHONES_MAX);
    identify->macs = calloc(OBSERVER_PHONES_MAX, sizeof *identify->macs);
    identify->addresses = calloc(OBSERVER_PHONES_MAX, sizeof *identify->addresses);
    identify->by_mac = calloc(IDENTIFY_SLOTS, sizeof *identify->by_mac);
    identify->by_address = calloc(IDENTIFY_SLOTS, sizeof *identify->by_address);
    if (!identify->macs || !identify->addresses || !identify->by_mac || !identify->by_address) {
        identify_done(identify);
        return error_set(error, ERROR_MEMORY, "out of memory for the observed phones");
    }
    for (size_t i = 0; i < count; i++)
        if (identify_learn(identify, &phones[i]) != (int)i) {
            identify_done(identify);
            return error_set(error, ERROR_INVALID, "two phones have the same MAC address");
        }
    return 0;
}

void identify_done(struct identify *identify)
{
    free(identify->macs);
    free(identify->addresses);
    free(identify->by_mac);
    free(identify->by_address);
    memset(identify, 0, sizeof *identify);
}

/* The slot that holds the MAC address, or the free one where it belongs. */
static size_t find_mac(const struct identify *identify, const struct mac *mac)
{
    size_t slot = mac_slot(mac);
    while (identify->by_mac[slot] && !mac_equal(&identify->macs[identify->by_mac[slot] - 1], mac))
        slot = (slot + 1) % IDENTIFY_SLOTS;
    return slot;
}

int identify_by_mac(const struct identify *identify, const struct mac *mac)
{
    return (int)identify->by_mac[find_mac(identify, mac)] - 1;
}

int identify_learn(struct identify *identify, const struct mac *mac)
{
    size_t slot = find_mac(identify, mac);
    if (identify->by_mac[slot])
        return (int)identify->by_mac[slot] - 1;
    if (identify->count >= OBSERVER_PHONES_MAX)
        return EVENT_PHONE_NONE;
    identify->macs[identify->count] = *mac;
    identify->by_mac[slot] = (uint16_t)(identify->count + 1);
    return (int)identify->count++;
}

static size_t find_address(const struct identify *identify, uint32_t address)
{
    size_t slot = address_slot(address);
    while (identify->by_address[slot].phone && identify->by_address[slot].address != address)
        slot = (slot + 1) % IDENTIFY_SLOTS;
    return slot;
}

static void put_address(struct identify *identify, int phone, uint32_t address)
{
    size_t slot = find_address(identify, address);
    if (!identify->by_address[slot].phone)
        identify->address_slots_used++;
    identify->by_address[slot].address = address;
    identify->by_address[slot].phone = (uint16_t)(phone + 1);
}

/* Throws the stale entries out. */
static void rebuild_addresses(struct identify *identify)
{
    memset(identify->by_address, 0, IDENTIFY_SLOTS * sizeof *identify->by_address);
    identify->address_slots_used = 0;
    for (size_t i = 0; i < identify->count; i++)
        if (identify->addresses[i])
            put_address(identify, (int)i, identify->addresses[i]);
}

int identify_by_address(const struct identify *identify, uint32_t address)
{
    int phone = (int)identify->by_address[find_address(identify, address)].phone - 1;
    if (address == 0 || phone < 0 || identify->addresses[phone] != address)
        return EVENT_PHONE_NONE;
    return phone;
}

void identify_lease(struct identify *identify, int phone, uint32_t address)
{
    int before = identify_by_address(identify, address);
    if (address == 0 || before == phone)
        return;
    if (before != EVENT_PHONE_NONE)
        identify->addresses[before] = 0;
    identify->addresses[phone] = address;
    if (identify->address_slots_used >= ADDRESS_SLOTS_FULL)
        rebuild_addresses(identify);
    put_address(identify, phone, address);
}
