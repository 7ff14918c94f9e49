/* SPDX-License-Identifier: MIT */
/* Keeps the logins that the harness sends to a device's page out of whatever is made of frames.
 * HTTP Basic and the login in the query say the password to everybody on the wire, and whoever gets
 * a capture for evidence is not to get the password with it. Frames in, frames of the same length
 * out; sequence numbers, lengths and checksums still fit. Pure.
 *
 * A secret that segments cut in two, or that is sent again cut elsewhere, is hidden, too, but for
 * one or two characters at the end of a segment, and for a part that overtakes the one before it.
 */
#ifndef RCLAB_RUN_FRAME_SECRETS_H
#define RCLAB_RUN_FRAME_SECRETS_H

#include "harness/base/error.h"
#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_SECRETS_BYTES_MAX = 65536, /* of a frame; what is behind is cut off */
    FRAME_SECRETS_PATTERNS_MAX = 1024,
    FRAME_SECRETS_RANGES_MAX = 64, /* that may be sent again, or go on: the latest are remembered */
    FRAME_SECRETS_PLAIN_MIN = 6    /* characters: a shorter password is hidden in logins only, as it
                                      may well be part of other words */
};
#define FRAME_SECRETS_MARK '*'

struct frame_secrets;
/* address: the harness's own on the wire; nobody else's frames are touched. */
int frame_secrets_new(uint32_t address, struct frame_secrets **ret_secrets, struct error *error);
void frame_secrets_free(struct frame_secrets *secrets); /* wipes; NULL is allowed */
int frame_secrets_add(struct frame_secrets *secrets, const char *user, const char *password,
                      struct error *error);

/* The frame itself where it holds none, else a copy, valid until the next call. Never longer. */
const uint8_t *frame_secrets_hide(struct frame_secrets *secrets, const uint8_t *bytes,
                                  size_t *length);

#endif
