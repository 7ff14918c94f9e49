/* SPDX-License-Identifier: MIT */
/* Who else is on the wire: devices that the lab file does not name, and DHCP servers that are not
 * ours. Pure: frames in, reports out, each device once (and once more if it turns out to be a DHCP
 * server). What a switch says of itself to its neighbour (spanning tree, LLDP, CDP) does not count.
 */
#ifndef RCLAB_LAB_STRANGERS_H
#define RCLAB_LAB_STRANGERS_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRANGERS_MAX = 1024 /* told and remembered; further ones are passed over */ };

enum stranger_kind { STRANGER_DEVICE, STRANGER_DHCP_SERVER };
struct stranger {
    enum stranger_kind kind;
    struct mac mac;
    uint32_t address;   /* its IPv4 address if the frame shows one, else 0; a server's: option 54 */
    const char *vendor; /* option 60 of its DHCP message, printable; "" = none; valid in the call */
};
typedef void strangers_seen_fn(void *context, const struct stranger *stranger);

struct strangers;
/* known: phones, the lab's own interfaces, and the machine's own end of the wire (copied). */
int strangers_new(const struct mac *known, size_t known_count, strangers_seen_fn *seen,
                  void *context, struct strangers **ret_strangers, struct error *error);
void strangers_free(struct strangers *strangers); /* NULL is allowed */
void strangers_frame(struct strangers *strangers, const uint8_t *bytes, size_t length);

#endif
