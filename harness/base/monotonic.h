/* SPDX-License-Identifier: MIT */
/* The machine's own clock, for what takes real time. */
#ifndef RCLAB_BASE_MONOTONIC_H
#define RCLAB_BASE_MONOTONIC_H

#include <stdint.h>

/* Microseconds since some moment of the past; never goes back. */
uint64_t monotonic_us(void);

#endif
