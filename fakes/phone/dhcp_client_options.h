/* SPDX-License-Identifier: MIT */
/* What a phone tells DHCP servers about itself and what it would like to know. */
#ifndef RCLAB_FAKES_PHONE_DHCP_CLIENT_OPTIONS_H
#define RCLAB_FAKES_PHONE_DHCP_CLIENT_OPTIONS_H

#include "fakes/phone/variation.h"
#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include "harness/base/random.h"

enum {
    DHCP_CLIENT_OPTIONS_MAX = 32,   /* codes of option 55 */
    DHCP_CLIENT_MESSAGE_MAX = 1472, /* bytes of one message, also what option 57 offers to take */
};
struct dhcp_client_config { /* strings borrowed for the client's life */
    struct mac mac;
    const char *host_name;    /* option 12, "SEP001122334455" */
    const char *class_name;   /* option 60, "CP-8841-3PCC" */
    const char *serial;       /* option 125, enterprise 3561, sub-option 2 */
    const char *device_class; /* sub-option 3 */
    struct random_source random;
    const struct phone_variation *variation; /* NULL = plain */
};

uint16_t dhcp_client_options_flags(const struct phone_variation *variation);
/* Option 61, in every message. */
void dhcp_client_options_identify(struct buffer *message, const struct dhcp_client_config *config);
/* Options 57, 12, 60, 55 and 125, in DISCOVER and REQUEST. */
void dhcp_client_options_append(struct buffer *message, const struct dhcp_client_config *config);
/* Option 55; returns how many. The seven provisioning options are always among them. */
size_t dhcp_client_options_list(const struct phone_variation *variation,
                                uint8_t codes[DHCP_CLIENT_OPTIONS_MAX]);

#endif
