/* SPDX-License-Identifier: MIT */
/* A tally in a file, from which a cycle run goes on after its program ended, however it did, and
 * the folder that it is in: whose it is at present, and what a run before this one left there. */
#ifndef RCLAB_CYCLE_STATE_FILE_H
#define RCLAB_CYCLE_STATE_FILE_H

#include "harness/base/buffer.h"
#include "harness/cycle/tally.h"
#include <jansson.h>

#define STATE_FILE_NAME "cycle.state" /* in the run's folder */
#define STATE_FILE_BYTES_MAX ((size_t)64 << 20)

/* What a cycle run is of: its lab, phones, scenarios, what is drawn at random. Stored with its
 * state, so that nobody goes on with something else. */
struct state_identity {
    const struct lab_file *lab;
    const struct rack_plan *plan;
    bool emulated;
    uint64_t seed;
    const char *defect;    /* of the emulated phones; NULL = none */
    const char *variation; /* the seed that they are drawn from; NULL = plain ones */
};
/* One reference, the caller's. NULL: out of memory. */
json_t *state_identity_make(const struct state_identity *identity);

/* `of`: of state_identity_make. ERROR_MEMORY, ERROR_LIMIT. */
int state_format(struct tally *tally, const json_t *of, struct buffer *buffer, struct error *error);
/* Into a fresh tally of the same numbers of phones and courses. ERROR_INVALID: it is no such file,
 * it is damaged, or it is of something else than `of` (with the first thing that differs). */
int state_parse(const uint8_t *bytes, size_t length, const json_t *of, struct tally *tally,
                struct error *error);
int state_file_write(const char *path, struct tally *tally, const json_t *of, struct error *error);

/* Makes the folder and locks it for the life of this process: *ret_fd stays open.
 * ERROR_UNAVAILABLE: another program has it. */
int state_folder_claim(const char *out, int *ret_fd, struct error *error);
/* With `resume` what the folder says goes into the fresh tally, if it says anything. Without, a
 * folder whose cycles are not finished is refused. ERROR_INVALID: with what to do. */
int state_folder_look(const char *out, bool resume, const json_t *of, struct tally *tally,
                      struct error *error);

#endif
