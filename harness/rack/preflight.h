/* SPDX-License-Identifier: MIT */
/* Is this wire ours, and free for the lab's addresses? Asked before a lab of real devices begins,
 * and by `rclab doctor`. */
#ifndef RCLAB_RACK_PREFLIGHT_H
#define RCLAB_RACK_PREFLIGHT_H

#include "harness/lab_file/lab_file.h"

enum preflight_question {
    PREFLIGHT_DEFAULT_ROUTE, /* the machine's own way out does not lead over it */
    PREFLIGHT_OWN_ADDRESSES, /* none of the lab's addresses is the machine's */
    PREFLIGHT_ADDRESSES,     /* nor anybody else's on the wire */
    PREFLIGHT_DHCP_SERVER,   /* nobody else gives addresses on it */
    PREFLIGHT_COUNT
};
struct preflight_finding {
    bool good;
    bool forgivable;           /* --i-own-this-network goes on in spite of it */
    char text[ERROR_TEXT_MAX]; /* what was found, and if it is not good what to do */
};
extern const char *const preflight_names[PREFLIGHT_COUNT]; /* "default route", … */

/* In the machine's own network namespace; the interface is up (see wire_claim.h). Takes up to five
 * seconds. */
void preflight_ask(const struct lab_file *lab, enum preflight_question question,
                   struct preflight_finding *ret_finding);
/* All of them; ERROR_UNAVAILABLE with the first that is not good. */
int preflight(const struct lab_file *lab, bool owns_network, struct error *error);

#endif
