/* SPDX-License-Identifier: MIT */
/* A real wire as one more port of the lab's bridge. The lab's addresses and servers stay in network
 * namespaces of their own; frames are carried between a real interface (which gets no address) and
 * an interface inside. When the process ends, however it ends, nothing of the lab is left on the
 * machine's network. */
#ifndef RCLAB_LAB_UPLINK_H
#define RCLAB_LAB_UPLINK_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include "harness/lab/link.h"
#include "harness/lab/relay.h"
#include "harness/loop/loop.h"
#include <stddef.h>
#include <stdint.h>

/* Takes hold of the machine's interface, promiscuously; to be called in the machine's own network
 * namespace, before lab_enter_namespaces. Hears nothing before uplink_new. ERROR_UNAVAILABLE says
 * what is missing (right, interface, no wired Ethernet, not up, no carrier). The descriptor is the
 * caller's, to be closed after uplink_free. */
int uplink_open(const char *interface, int *ret_fd, struct error *error);

struct uplink;
/* Carries frames between outside_fd (of uplink_open; borrowed) and the interface `inside` of the
 * present namespace, whole (see relay.h). A pulled cable only loses frames, as it does to everyone
 * on that wire; an interface that is taken down or removed fails the loop. */
int uplink_new(struct loop *loop, int outside_fd, const char *inside, struct uplink **ret_uplink,
               struct error *error);
/* Shows each frame that comes from the wire, before it goes on inside; NULL = no more. */
void uplink_watch(struct uplink *uplink,
                  void (*frame)(void *context, const uint8_t *bytes, size_t length), void *context);
/* A bad line to this device of the wire, which meets each frame in real time
 * (link_config.real_tcp); NULL = it has none any more. Both are borrowed. What goes to everybody
 * passes by, but for DHCP's answers, which name whom they are for. */
int uplink_set_line(struct uplink *uplink, const struct mac *mac, struct link *line,
                    struct error *error);
/* A line was set otherwise. */
void uplink_look_again(struct uplink *uplink);
void uplink_free(struct uplink *uplink); /* NULL is allowed */
/* What became of the frames so far. A lost one is an error of a run, unless the cable was out. */
int uplink_count(struct uplink *uplink, struct relay_counters *ret_counters, struct error *error);

#endif
