/* SPDX-License-Identifier: MIT */
/* What a phone tells DHCP servers about itself and what it would like to know. */
#ifndef RCLAB_FAKES_PHONE_DHCP_CLIENT_OPTIONS_H
#define RCLAB_FAKES_PHONE_DHCP_CLIENT_OPTIONS_H

#include "fakes/phone/dhcp_client.h"

enum { DHCP_CLIENT_OPTIONS_MAX = 32 }; /* codes of option 55 */

uint16_t dhcp_client_options_flags(const struct phone_variation *variation);
/* Option 61, in every message. */
void dhcp_client_options_identify(struct buffer *message, const struct dhcp_client_config *config);
/* Options 57, 12, 60, 55 and 125, in DISCOVER and REQUEST. */
void dhcp_client_options_append(struct buffer *message, const struct dhcp_client_config *config);
/* Option 55; returns how many. The seven provisioning options are always among them. */
size_t dhcp_client_options_list(const struct phone_variation *variation,
                                uint8_t codes[DHCP_CLIENT_OPTIONS_MAX]);

#endif
