/* SPDX-License-Identifier: MIT */
/* A real wire as one more port of the lab's bridge. The lab's addresses and servers stay in network
 * namespaces of their own; frames are carried between a real interface (which gets no address) and
 * an interface inside. When the process ends, however it ends, nothing of the lab is left on the
 * machine's network. */
#ifndef RCLAB_LAB_UPLINK_H
#define RCLAB_LAB_UPLINK_H

#include "harness/base/error.h"
#include "harness/loop/loop.h"

/* Takes hold of the machine's interface, promiscuously; to be called in the machine's own network
 * namespace, before lab_enter_namespaces. ERROR_UNAVAILABLE says what is missing (right, interface,
 * carrier). The descriptor is the caller's. */
int uplink_open(const char *interface, int *ret_fd, struct error *error);

struct uplink;
/* Carries frames between outside_fd (of uplink_open; borrowed) and the interface `inside` of the
 * present namespace, whole (segmentation offload and missing checksums survive). */
int uplink_new(struct loop *loop, int outside_fd, const char *inside, struct uplink **ret_uplink,
               struct error *error);
void uplink_free(struct uplink *uplink);
/* Frames carried, and frames that the kernel dropped before they could be (ERROR for a run). */
uint64_t uplink_carried(const struct uplink *uplink);
int uplink_dropped(const struct uplink *uplink, uint64_t *ret_dropped, struct error *error);

#endif
