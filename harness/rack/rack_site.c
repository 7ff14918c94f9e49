/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_site.h"
#include "harness/lab/lab.h"
#include "harness/lab/uplink.h"
#include "harness/lab/wire_check.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int replace(struct certificate_pair *pair, const struct lab_server *server,
                   struct error *error)
{
    if (!server->certificate_pem || !server->key_pem)
        return 0;
    char *certificate = strdup(server->certificate_pem), *key = strdup(server->key_pem);
    if (!certificate || !key) {
        free(certificate);
        free(key);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    free(pair->certificate_pem);
    free(pair->key_pem);
    *pair = (struct certificate_pair){.certificate_pem = certificate, .key_pem = key};
    return 0;
}

int rack_certificates_make(const struct lab_file *lab, struct certificates *ret_certificates,
                           struct error *error)
{
    struct certificates certificates = {0};
    int result = certificates_make(lab->edos.host, lab->edos.address, lab->provision.host,
                                   lab->provision.address, &certificates, error);
    if (result == 0)
        result = replace(&certificates.edos[CERTIFICATE_GOOD], &lab->edos, error);
    if (result == 0)
        result = replace(&certificates.provision[CERTIFICATE_GOOD], &lab->provision, error);
    if (result < 0) {
        certificates_done(&certificates);
        return result;
    }
    *ret_certificates = certificates;
    return 0;
}

struct site_plan rack_site_plan(const struct lab_file *lab, const struct certificates *certificates,
                                struct mac *macs)
{
    for (size_t i = 0; i < lab->phone_count; i++)
        macs[i] = lab->phones[i].mac;
    return (struct site_plan){
        .lab = {.name_server = lab->name_server,
                .edos = lab->edos.address,
                .provision = lab->provision.address,
                .harness = lab->address,
                .pool_first = lab->pool_first,
                .pool_last = lab->pool_last,
                .prefix_length = lab->prefix_length,
                .uplink = true},
        .edos_host = lab->edos.host,
        .provision_host = lab->provision.host,
        .edos_http_port = lab->edos.http_port,
        .edos_https_port = lab->edos.https_port,
        .provision_http_port = lab->provision.http_port,
        .provision_https_port = lab->provision.https_port,
        .provision_tftp_port = lab->provision.tftp_port,
        .certificates = certificates,
        .edos_demands_client_certificate = lab->edos.demands_client_certificate,
        .provision_demands_client_certificate = lab->provision.demands_client_certificate,
        .phone_macs = macs,
        .phone_count = lab->phone_count,
        .uplink_fd = -1,
        .outside_netns_fd = -1,
        .clock = LOOP_CLOCK_REAL,
        .time_scale = lab->time_scale,
    };
}

void rack_stranger_describe(const struct stranger *stranger, char text[RACK_STRANGER_TEXT_MAX])
{
    char mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX];
    mac_format(&stranger->mac, mac);
    ipv4_format(stranger->address, address);
    if (stranger->kind == STRANGER_DHCP_SERVER)
        snprintf(text, RACK_STRANGER_TEXT_MAX,
                 "another DHCP server answers on this wire: %s at %s; who knows what it gave the "
                 "phones. Take it off the wire",
                 mac, address);
    else
        snprintf(text, RACK_STRANGER_TEXT_MAX,
                 "a device that the lab file does not name is on the wire: %s%s%s%s%s; it is left "
                 "alone",
                 mac, stranger->address ? ", " : "", stranger->address ? address : "",
                 stranger->vendor[0] ? ", " : "", stranger->vendor);
}

/* --- out of the machine's own network ------------------------------------------------------- */

int rack_wire_take(const struct lab_file *lab, const struct mac *macs, uint32_t *ret_addresses,
                   struct rack_wire *ret_wire, struct error *error)
{
    int result = 0;
    *ret_wire = RACK_WIRE_NONE;
    ret_wire->outside_netns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (ret_wire->outside_netns_fd < 0)
        return error_set_errno(error, errno, "cannot open /proc/self/ns/net");
    if (lab->phone_count > 0)
        result = wire_check_find(lab->interface, lab->pool_first, lab->pool_last, macs,
                                 lab->phone_count, RACK_WIRE_FIND_US, ret_addresses, error);
    if (result == 0)
        result = uplink_open(lab->interface, &ret_wire->uplink_fd, error);
    return result < 0 ? result : lab_enter_namespaces(error);
}

void rack_wire_close(struct rack_wire *wire)
{
    if (wire->uplink_fd >= 0)
        close(wire->uplink_fd);
    if (wire->outside_netns_fd >= 0)
        close(wire->outside_netns_fd);
    *wire = RACK_WIRE_NONE;
}
