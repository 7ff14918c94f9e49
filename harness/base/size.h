/* SPDX-License-Identifier: MIT */
/* Sizes as people type them: `500K`, `64M`, `2G`, `1T`; powers of 1024; a bare number is bytes. */
#ifndef RCLAB_BASE_SIZE_H
#define RCLAB_BASE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* The whole text must be one, and fit. */
bool size_parse(const char *text, uint64_t *ret_bytes);

#endif
