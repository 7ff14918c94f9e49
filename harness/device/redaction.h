/* SPDX-License-Identifier: MIT */
/* Keeps a phone's secrets out of texts for people: whatever a command says, or a library puts into
 * an error, may repeat what it was given. */
#ifndef RCLAB_DEVICE_REDACTION_H
#define RCLAB_DEVICE_REDACTION_H

#include "harness/base/buffer.h"
#include "harness/lab_file/lab_file.h"

/* Four secrets, each as it is and percent-encoded. */
enum { REDACTION_SECRETS_MAX = 8 };
#define REDACTION_MARK "***"

struct redaction {
    char *secrets[REDACTION_SECRETS_MAX]; /* owned */
    size_t count;
};

int redaction_init(struct redaction *redaction, const struct lab_phone *phone, struct error *error);
void redaction_done(struct redaction *redaction); /* wipes; safe on zeroed */
int redaction_add(struct redaction *redaction, const char *secret, struct error *error);

/* Appends the text with REDACTION_MARK for each stretch of it that belongs to a secret. `cut`: the
 * text was cut out of a longer one, so that a part of a secret may stand at its beginning or end:
 * that goes, too. Bytes that are no text (NUL, control characters but the newline) become '?'. */
void redaction_apply(const struct redaction *redaction, const char *text, size_t length, bool cut,
                     struct buffer *ret_text);
/* The same for an error's text, in place. */
void redaction_apply_error(const struct redaction *redaction, struct error *error);

#endif
