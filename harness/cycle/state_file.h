/* SPDX-License-Identifier: MIT */
/* A tally in a file, from which a cycle run goes on after its program ended, however it did. */
#ifndef RCLAB_CYCLE_STATE_FILE_H
#define RCLAB_CYCLE_STATE_FILE_H

#include "harness/base/buffer.h"
#include "harness/cycle/tally.h"
#include <jansson.h>

#define STATE_FILE_NAME "cycle.state" /* in the run's folder */
#define STATE_FILE_BYTES_MAX ((size_t)64 << 20)

/* `of`: see identity.h. ERROR_MEMORY, ERROR_LIMIT. */
int state_format(const struct tally *tally, const json_t *of, struct buffer *buffer,
                 struct error *error);
/* Into a fresh tally of the same numbers of phones and courses. ERROR_INVALID: it is no such file,
 * it is damaged, or it is of something else than `of`. */
int state_parse(const uint8_t *bytes, size_t length, const json_t *of, struct tally *tally,
                struct error *error);
/* Of whatever: is it finished, and which cycle was next? */
int state_peek(const uint8_t *bytes, size_t length, bool *ret_finished, uint64_t *ret_cycle,
               struct error *error);

int state_file_write(const char *path, const struct tally *tally, const json_t *of,
                     struct error *error);

#endif
