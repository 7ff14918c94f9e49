/* SPDX-License-Identifier: MIT */
/* Takes a real interface for this program alone and gives it back as it was found: one rclab on a
 * wire at a time, raised if it was down, lowered again on every way out. What a killed program
 * could not give back, the next one does.
 *
 * A file per interface in /run/rclab (without root $XDG_RUNTIME_DIR/rclab, else /tmp/rclab-UID),
 * named after the network namespace and the interface, is locked while it is held and tells by
 * whom, and whether the interface is to be lowered. */
#ifndef RCLAB_LAB_WIRE_CLAIM_H
#define RCLAB_LAB_WIRE_CLAIM_H

#include "harness/base/error.h"

struct wire_claim;
/* In the machine's own namespace; returns once there is carrier. ERROR_UNAVAILABLE: another rclab
 * has it (its pid is in the text), or it does not exist (the text lists those that do), or it is no
 * wire of its own (loopback, port of a bridge), or it may not be raised, or it gets no carrier. */
int wire_claim_new(const char *interface, struct wire_claim **ret_claim, struct error *error);
/* Gives it back, from whichever namespace. Safe on NULL. Not for a forked child: it has
 * wire_claim_forget. The interface stays claimed until every process that has the claim (children
 * too) has done either, or ended. */
void wire_claim_free(struct wire_claim *claim);
void wire_claim_forget(struct wire_claim *claim);

#endif
