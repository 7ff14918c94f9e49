/* SPDX-License-Identifier: MIT */
/* A lab file as the plan of a site: its addresses, hosts, ports, devices and certificates. */
#ifndef RCLAB_RACK_RACK_SITE_H
#define RCLAB_RACK_RACK_SITE_H

#include "harness/lab_file/lab_file.h"
#include "harness/run/site.h"

/* The lab's own certificates, or those that its file gives (ca_pem is the lab's own CA then too: of
 * the servers for which the file gives none). */
int rack_certificates_make(const struct lab_file *lab, struct certificates *ret_certificates,
                           struct error *error);
/* macs: phone_count of them, filled here; they, lab and certificates must outlive the plan.
 * Descriptors, folder, seed and listeners are the caller's. */
struct site_plan rack_site_plan(const struct lab_file *lab, const struct certificates *certificates,
                                struct mac *macs);

#endif
