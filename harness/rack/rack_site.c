/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_site.h"
#include <stdlib.h>
#include <string.h>

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
