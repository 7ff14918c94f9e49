/* SPDX-License-Identifier: MIT */
/* What a DHCP ACK offers in the seven options that may provide a configuration (RC-PRE-2). Works
 * on the normalized option area of an event. */
#ifndef RCLAB_OBSERVE_OFFER_H
#define RCLAB_OBSERVE_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 66, 160, 159 and 150 provide one when they hold anything. 60, 43 and 125 serve other purposes
 * too: they count when they hold a URL or an address as text. */
bool offer_provides(const uint8_t *options, size_t length);
/* The seven options of two ACKs are the same. */
bool offer_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);
/* One of the seven holds this request target (longer than "/") word for word. */
bool offer_names_target(const uint8_t *options, size_t length, const char *target);

#endif
