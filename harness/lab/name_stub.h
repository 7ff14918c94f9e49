/* SPDX-License-Identifier: MIT */
/* The name server's upstream for the EDOS host: answers dnsmasq's forwarded questions as the
 * scenario's `dns:` says, so that a change needs no restart of dnsmasq; the same for all who ask.
 * Phones that ask by UDP are answered by the gate before, each for itself, if it is told to. */
#ifndef RCLAB_LAB_NAME_STUB_H
#define RCLAB_LAB_NAME_STUB_H

#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include "harness/scenario/scenario.h"

struct name_stub;
int name_stub_new(struct loop *loop, int netns_fd, uint32_t edos_address,
                  struct name_stub **ret_stub, struct error *error);
void name_stub_free(struct name_stub *stub);
void name_stub_set(struct name_stub *stub, const struct scenario_dns *dns);
/* How many answers were given to dnsmasq so far. */
uint64_t name_stub_given(const struct name_stub *stub);

#endif
