/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/device/device.h"
#include "harness/doctor/doctor.h"
#include "harness/lab/uplink.h"
#include "harness/lab/wire_claim.h"
#include "harness/rack/preflight.h"
#include "harness/rack/rack_probe.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORTS_MAX = 8, PORTS_TEXT_MAX = 64, DNS_PORT = 53, DHCP_PORT = 67 };

/* --- what is asked without the wire ---------------------------------------------------------- */

static void look_at_certificate(const struct lab_server *server, const char *what,
                                struct doctor_report *report)
{
    struct doctor_finding findings[DOCTOR_CERTIFICATE_FINDINGS_MAX];
    if (server->https_port == 0) {
        doctor_say(report, DOCTOR_OK, what, NULL, "none is needed, as %s speaks no TLS",
                   server->host);
        return;
    }
    size_t count = doctor_certificate_judge(server, time(NULL), findings);
    for (size_t i = 0; i < count; i++)
        doctor_tell(report, what, &findings[i]);
}

/* In ascending order, each once. */
static void add_port(uint16_t ports[PORTS_MAX], size_t *count, uint16_t port)
{
    size_t at = 0;
    while (at < *count && ports[at] < port)
        at++;
    if (port == 0 || (at < *count && ports[at] == port) || *count == PORTS_MAX)
        return;
    memmove(ports + at + 1, ports + at, (*count - at) * sizeof *ports);
    ports[at] = port;
    ++*count;
}

static void tell_ports(const struct lab_file *lab, struct doctor_report *report)
{
    const uint16_t all[] = {DNS_PORT,
                            DHCP_PORT,
                            lab->edos.http_port,
                            lab->edos.https_port,
                            lab->provision.http_port,
                            lab->provision.https_port,
                            lab->provision.tftp_port};
    uint16_t ports[PORTS_MAX];
    size_t count = 0;
    struct buffer text;
    buffer_init(&text, PORTS_TEXT_MAX);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        add_port(ports, &count, all[i]);
    for (size_t i = 0; i < count; i++)
        buffer_format(&text, "%s%u", i > 0 ? ", " : "", ports[i]);
    doctor_say(report, DOCTOR_OK, "ports", NULL,
               "%s: free, the lab's servers live in a network of their own", buffer_string(&text));
    buffer_done(&text);
}

/* --- the wire -------------------------------------------------------------------------------- */

static struct wire_claim *take_wire(const struct lab_file *lab, struct doctor_report *report)
{
    struct error error;
    struct wire_claim *claim = NULL;
    int fd;
    if (wire_claim_new(lab->interface, &claim, &error) < 0) {
        doctor_say(report, DOCTOR_BAD, "interface", NULL, "%s", error.text);
        return NULL;
    }
    if (uplink_open(lab->interface, &fd, &error) < 0) {
        doctor_say(report, DOCTOR_BAD, "interface", NULL, "%s", error.text);
        wire_claim_free(claim);
        return NULL;
    }
    close(fd);
    doctor_say(report, DOCTOR_OK, "interface", NULL,
               "%s has carrier, no other rclab uses it, and its frames can be read",
               lab->interface);
    return claim;
}

static void ask_preflight(const struct lab_file *lab, bool owns_network,
                          struct doctor_report *report)
{
    for (int i = 0; i < PREFLIGHT_COUNT; i++) {
        struct preflight_finding found;
        preflight_ask(lab, (enum preflight_question)i, &found);
        enum doctor_verdict verdict = found.good                         ? DOCTOR_OK
                                      : found.forgivable && owns_network ? DOCTOR_HINT
                                                                         : DOCTOR_BAD;
        doctor_say(report, verdict, preflight_names[i], NULL, "%s", found.text);
    }
}

/* --- the phones ------------------------------------------------------------------------------ */

static void tell_address(const struct lab_phone *phone, const struct rack_probe_device *device,
                         struct doctor_report *report)
{
    char address[IPV4_TEXT_MAX], mac[MAC_TEXT_MAX];
    mac_format(&phone->mac, mac);
    if (device->address != 0)
        doctor_say(report, DOCTOR_OK, phone->name, NULL, "%s is on the wire at %s", mac,
                   ipv4_format(device->address, address));
    else if (device->heard)
        doctor_say(report, DOCTOR_HINT, phone->name,
                   "a run gives it one; if it holds that of another network, restart it",
                   "%s is on the wire, but at no address of the pool, so its page was not asked",
                   mac);
    else
        doctor_say(report, DOCTOR_BAD, phone->name,
                   "is it plugged in and powered, and `mac` that of its label? It may hold an "
                   "address of another network: restart it",
                   "%s was not found on the wire", mac);
}

static void tell_page(const struct lab_phone *phone, const struct rack_probe_device *device,
                      struct doctor_report *report)
{
    char what[DOCTOR_WHAT_MAX];
    enum customization_state state;
    snprintf(what, sizeof what, "%s page", phone->name);
    if (!phone->web.given)
        doctor_say(report, DOCTOR_HINT, what,
                   "give the phone `web`, if it has a page that can be reached",
                   "the lab file gives none: what it shows is not checked");
    else if (device->page == RACK_PROBE_BAD)
        doctor_say(report, DOCTOR_BAD, what, NULL, "%s", device->page_text);
    else if (device->page == RACK_PROBE_GOOD && device->customization[0] == '\0')
        doctor_say(report, DOCTOR_BAD, what,
                   "web.status may have to be another path; phones show it as an element "
                   "Customization of their status in XML",
                   "its page %s answers the login, but shows no Customization", phone->web.status);
    else if (device->page == RACK_PROBE_GOOD)
        doctor_say(report,
                   vendor_state_find(vendor_default(), device->customization, &state) ? DOCTOR_OK
                                                                                      : DOCTOR_HINT,
                   what, NULL, "answers the login and shows Customization: %s",
                   device->customization);
}

static void tell_power(const struct lab_phone *phone, const struct rack_probe_device *device,
                       struct doctor_report *report)
{
    char what[DOCTOR_WHAT_MAX];
    snprintf(what, sizeof what, "%s power", phone->name);
    if (device->power == RACK_PROBE_BAD)
        doctor_say(report, DOCTOR_BAD, what, NULL, "%s", device->power_text);
    else if (device->power == RACK_PROBE_GOOD)
        doctor_say(report, device->power_is_on ? DOCTOR_OK : DOCTOR_HINT, what, NULL,
                   "PoE port %u.%u of switch %s can be asked, and is %s", phone->snmp.group,
                   phone->snmp.port, phone->snmp.host, device->power_is_on ? "on" : "off");
}

static void look_at_phones(const struct lab_file *lab, struct doctor_report *report)
{
    struct error error = {0};
    struct rack_probe_device *devices = calloc(lab->phone_count + 1, sizeof *devices);
    if (!devices) {
        doctor_say(report, DOCTOR_BAD, "phones", NULL, "out of memory");
        return;
    }
    int result = rack_probe_run(lab, devices, &error);
    if (result < 0)
        doctor_say(report, DOCTOR_BAD, "phones", NULL, "they could not be asked: %.900s",
                   error.text);
    for (size_t i = 0; result == 0 && i < lab->phone_count; i++) {
        tell_address(&lab->phones[i], &devices[i], report);
        tell_page(&lab->phones[i], &devices[i], report);
        tell_power(&lab->phones[i], &devices[i], report);
    }
    free(devices);
}

/* --- all of it ------------------------------------------------------------------------------- */

void doctor_look_at_lab(const struct lab_file *lab, bool owns_network, struct doctor_report *report)
{
    if (!lab->interface) {
        doctor_say(report, DOCTOR_OK, "lab file", NULL,
                   "%s names no `interface`: its phones are emulated, and need no more than this",
                   lab->path);
        return;
    }
    doctor_say(report, DOCTOR_OK, "lab file", NULL, "%s: %s with %zu phone%s on %s", lab->path,
               lab->name, lab->phone_count, lab->phone_count == 1 ? "" : "s", lab->interface);
    look_at_certificate(&lab->edos, "EDOS certificate", report);
    look_at_certificate(&lab->provision, "provision certificate", report);
    doctor_look_at_secrets(lab, report);
    for (size_t i = 0; i < lab->phone_count; i++)
        doctor_look_at_ways(lab, &lab->phones[i], report);
    tell_ports(lab, report);
    struct wire_claim *claim = take_wire(lab, report);
    if (!claim) {
        doctor_say(report, DOCTOR_HINT, "wire and phones", NULL, "not asked, as %s cannot be used",
                   lab->interface);
        return;
    }
    doctor_look_for_speakers(lab->interface, report);
    fflush(report->stream); /* what comes takes seconds */
    ask_preflight(lab, owns_network, report);
    fflush(report->stream);
    look_at_phones(lab, report);
    wire_claim_free(claim);
}
