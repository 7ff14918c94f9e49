/* SPDX-License-Identifier: MIT */
#include "harness/rack/preflight.h"
#include "harness/lab/wire_check.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LAB_ADDRESSES = 4 };

const char *const preflight_names[PREFLIGHT_COUNT] = {
    [PREFLIGHT_DEFAULT_ROUTE] = "default route",
    [PREFLIGHT_OWN_ADDRESSES] = "the machine's addresses",
    [PREFLIGHT_ADDRESSES] = "the lab's addresses",
    [PREFLIGHT_DHCP_SERVER] = "other DHCP servers",
};

static void __attribute__((format(printf, 3, 4))) find(struct preflight_finding *finding, bool good,
                                                       const char *format, ...)
{
    va_list arguments;
    finding->good = good;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
}

static void addresses_of(const struct lab_file *lab, uint32_t addresses[LAB_ADDRESSES])
{
    const uint32_t all[LAB_ADDRESSES] = {lab->address, lab->edos.address, lab->provision.address,
                                         lab->name_server};
    memcpy(addresses, all, sizeof all);
}

static void ask_default_route(const struct lab_file *lab, struct preflight_finding *finding)
{
    struct error error = {0};
    bool carries = false;
    if (wire_check_default_route(lab->interface, &carries, &error) < 0) {
        find(finding, false, "%s", error.text);
        return;
    }
    finding->forgivable = true;
    if (carries)
        find(finding, false,
             "%s carries this machine's default route, so it is no wire of the lab's own: give "
             "`interface` in %s another one, or --i-own-this-network if phones really are on it",
             lab->interface, lab->path);
    else
        find(finding, true, "does not lead over %s", lab->interface);
}

static void ask_own_addresses(const struct lab_file *lab, struct preflight_finding *finding)
{
    struct error error = {0};
    uint32_t addresses[LAB_ADDRESSES];
    addresses_of(lab, addresses);
    bool good = wire_check_own_addresses(lab->interface, addresses, LAB_ADDRESSES,
                                         lab->prefix_length, &error) == 0;
    find(finding, good, "%s", good ? "none of them is the lab's" : error.text);
}

static void ask_addresses(const struct lab_file *lab, struct preflight_finding *finding)
{
    struct error error = {0};
    struct wire_found found = {0};
    uint32_t addresses[LAB_ADDRESSES];
    char address[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];
    addresses_of(lab, addresses);
    if (wire_check_addresses(lab->interface, addresses, LAB_ADDRESSES, WIRE_CHECK_ARP_US, &found,
                             &error) < 0)
        find(finding, false, "%s", error.text);
    else if (found.found)
        find(finding, false,
             "%s has the lab's address %s already: take it off the wire, or give the lab file "
             "other addresses",
             mac_format(&found.mac, mac), ipv4_format(found.address, address));
    else
        find(finding, true, "nobody on %s has one of them", lab->interface);
}

static void ask_dhcp_server(const struct lab_file *lab, struct preflight_finding *finding)
{
    struct error error = {0};
    struct wire_found found = {0};
    char address[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];
    if (wire_check_dhcp_server(lab->interface, WIRE_CHECK_DHCP_US, &found, &error) < 0) {
        find(finding, false, "%s", error.text);
        return;
    }
    finding->forgivable = true;
    if (found.found)
        find(finding, false,
             "a DHCP server answers on %s: %s at %s. Two of them would fight over the phones: take "
             "it off the wire, or give --i-own-this-network if it leaves these phones alone",
             lab->interface, mac_format(&found.mac, mac), ipv4_format(found.address, address));
    else
        find(finding, true, "none answers on %s", lab->interface);
}

void preflight_ask(const struct lab_file *lab, enum preflight_question question,
                   struct preflight_finding *ret_finding)
{
    static void (*const questions[PREFLIGHT_COUNT])(const struct lab_file *,
                                                    struct preflight_finding *) = {
        [PREFLIGHT_DEFAULT_ROUTE] = ask_default_route,
        [PREFLIGHT_OWN_ADDRESSES] = ask_own_addresses,
        [PREFLIGHT_ADDRESSES] = ask_addresses,
        [PREFLIGHT_DHCP_SERVER] = ask_dhcp_server,
    };
    memset(ret_finding, 0, sizeof *ret_finding);
    questions[question](lab, ret_finding);
}

int preflight(const struct lab_file *lab, bool owns_network, struct error *error)
{
    for (int i = 0; i < PREFLIGHT_COUNT; i++) {
        struct preflight_finding finding;
        preflight_ask(lab, (enum preflight_question)i, &finding);
        if (!finding.good && !(finding.forgivable && owns_network))
            return error_set(error, ERROR_UNAVAILABLE, "%s", finding.text);
    }
    return 0;
}
