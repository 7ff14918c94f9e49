/* SPDX-License-Identifier: MIT */
/* The interface that a phone which is a process of its own is plugged into: looked at before, given
 * back as it was found. Works in the network namespace in which the program runs. */
#ifndef RCLAB_PHONE_PROCESS_PHONE_SITE_H
#define RCLAB_PHONE_PROCESS_PHONE_SITE_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"

struct phone_site;
/* The interface must be there, Ethernet, free of addresses (but for what a phone that was killed
 * has left: that goes) and of another phone. `wanted`: it must have this MAC address; NULL = its
 * own will do. Nobody's MAC address is changed: the kernel's TCP and the phone's frames have to
 * agree on it, and a phone that is killed could not change it back.
 * When the interface goes away, the loop fails with ERROR_UNAVAILABLE. */
int phone_site_open(struct loop *loop, const char *interface, const struct mac *wanted,
                    struct phone_site **ret_site, struct error *error);
/* 0, or ERROR_UNAVAILABLE if the interface is gone: then no other error is worth a word. */
int phone_site_check(const struct phone_site *site, struct error *error);
/* Lowers the interface if it was down before. */
void phone_site_close(struct phone_site *site);
const struct mac *phone_site_mac(const struct phone_site *site);

#endif
