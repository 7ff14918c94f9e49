/* SPDX-License-Identifier: MIT */
#include "harness/observe/identify.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int identify_init(struct identify *identify, const struct mac *phones, size_t count,
                  struct error *error)
{
    memset(identify, 0, sizeof *identify);
    if (count > OBSERVER_PHONES_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d phones to observe", OBSERVER_PHONES_MAX);
    identify->macs = calloc(OBSERVER_PHONES_MAX, sizeof *identify->macs);
    identify->addresses = calloc(OBSERVER_PHONES_MAX, sizeof *identify->addresses);
    identify->conflicts = calloc(OBSERVER_PHONES_MAX, sizeof *identify->conflicts);
    identify->lenders = calloc(OBSERVER_PHONES_MAX, sizeof *identify->lenders);
    if (!identify->macs || !identify->addresses || !identify->conflicts || !identify->lenders ||
        address_index_reserve(&identify->index, 2 * OBSERVER_PHONES_MAX, NULL) < 0) {
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
    free(identify->conflicts);
    free(identify->lenders);
    address_index_done(&identify->index);
    memset(identify, 0, sizeof *identify);
}

static void put(struct identify *identify, uint64_t key, int phone)
{
    int result = address_index_put(&identify->index, key, phone, NULL);
    assert(result == 0); /* there is room for each phone's two */
    (void)result;
}

int identify_by_mac(const struct identify *identify, const struct mac *mac)
{
    return address_index_get(&identify->index, address_index_mac(mac));
}

int identify_learn(struct identify *identify, const struct mac *mac)
{
    int known = identify_by_mac(identify, mac);
    if (known != EVENT_PHONE_NONE)
        return known;
    if (identify->count >= OBSERVER_PHONES_MAX)
        return EVENT_PHONE_NONE;
    identify->macs[identify->count] = *mac;
    put(identify, address_index_mac(mac), (int)identify->count);
    return (int)identify->count++;
}

int identify_by_address(const struct identify *identify, uint32_t address)
{
    return address == 0 ? EVENT_PHONE_NONE
                        : address_index_get(&identify->index, address_index_ipv4(address));
}

void identify_lease(struct identify *identify, int phone, uint32_t address)
{
    int before = identify_by_address(identify, address);
    identify->conflicts[phone] = false;
    if (address == 0 || before == phone)
        return;
    if (before != EVENT_PHONE_NONE)
        identify->addresses[before] = 0;
    if (identify->addresses[phone])
        address_index_remove(&identify->index, address_index_ipv4(identify->addresses[phone]));
    identify->addresses[phone] = address;
    put(identify, address_index_ipv4(address), phone);
}

void identify_asks(struct identify *identify, int phone, uint32_t server)
{
    identify->lenders[phone] = server;
}

bool identify_decides(struct identify *identify, int phone, uint32_t server)
{
    uint32_t *lender = &identify->lenders[phone];
    if (*lender == 0)
        *lender = server;
    return server == 0 || *lender == server;
}

bool identify_tell_conflict(struct identify *identify, int phone)
{
    bool told = identify->conflicts[phone];
    identify->conflicts[phone] = true;
    return !told;
}
