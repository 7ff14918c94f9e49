/* SPDX-License-Identifier: MIT */
/* What a DHCP ACK offers in the options that may provide a configuration (RC-PRE-2). Works
 * on the normalized option area of an event. */
#ifndef RCLAB_OBSERVE_OFFER_H
#define RCLAB_OBSERVE_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* They provide one when they hold anything; those that serve other purposes too count when they
 * hold a URL or an address as text. */
bool offer_provides(const uint8_t *options, size_t length);
/* These options of two ACKs are the same. */
bool offer_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);
/* One of them holds this request target (longer than "/") word for word. */
bool offer_names_target(const uint8_t *options, size_t length, const char *target);

#endif
