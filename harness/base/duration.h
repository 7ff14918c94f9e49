/* SPDX-License-Identifier: MIT */
/* Time in microseconds: the machine's clock, and durations (sizes, too) as people type them.
 * Durations of the scenario language: `500ms`, `90s`, `1m`, `1h30m`, `24h`, `7d`, `1w`. Units us ms
 * s m h d w, largest first, each at most once, whole numbers. */
#ifndef RCLAB_BASE_DURATION_H
#define RCLAB_BASE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DURATION_MS UINT64_C(1000)
#define DURATION_S UINT64_C(1000000)
#define DURATION_M (60 * DURATION_S)
#define DURATION_H (60 * DURATION_M)
#define DURATION_DAY (24 * DURATION_H)
/* The longest duration accepted anywhere: ten years. */
#define DURATION_MAX_US (3650 * DURATION_DAY)

enum { DURATION_TEXT_MAX = 48 };

/* The machine's own clock, for what takes real time: since some moment of the past; never goes
 * back. */
uint64_t monotonic_us(void);

/* The whole text must be a duration. A bare number (even 0) is not one, except "0". */
bool duration_parse(const char *text, uint64_t *ret_us);
/* "1h30m", "4m", "2m0.5s"-like text that a person reads, never longer than DURATION_TEXT_MAX with
 * its NUL; exact for whole milliseconds: 90500000 -> "1m30.500s". 0 -> "0s". Returns text. */
const char *duration_format(uint64_t us, char text[DURATION_TEXT_MAX]);

/* Sizes: `500K`, `64M`, `2G`, `1T`; powers of 1024; a bare number is bytes. The whole text must be
 * one, and fit. */
bool size_parse(const char *text, uint64_t *ret_bytes);

#endif
