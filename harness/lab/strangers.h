/* SPDX-License-Identifier: MIT */
/* Who else is on the wire: devices that the lab file does not name, and DHCP servers that are not
 * ours. Pure: frames in, reports out, each once. */
#ifndef RCLAB_LAB_STRANGERS_H
#define RCLAB_LAB_STRANGERS_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRANGERS_MAX = 1024 /* remembered; further ones are counted only */ };

enum stranger_kind { STRANGER_DEVICE, STRANGER_DHCP_SERVER };
struct stranger {
    enum stranger_kind kind;
    struct mac mac;
    uint32_t address;    /* its IPv4 address if the frame shows one, else 0 */
    const char *vendor;  /* option 60 of its DISCOVER, printable; "" = none; valid in the call */
};
struct strangers;
/* known: phones, and the lab's own interfaces (borrowed). */
int strangers_new(const struct mac *known, size_t known_count,
                  void (*seen)(void *context, const struct stranger *stranger), void *context,
                  struct strangers **ret_strangers, struct error *error);
void strangers_free(struct strangers *strangers);
void strangers_frame(struct strangers *strangers, const uint8_t *bytes, size_t length);
size_t strangers_count(const struct strangers *strangers);

#endif
