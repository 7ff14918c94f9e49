/* SPDX-License-Identifier: MIT */
/* Bodies as servers give them to phones that can read them: compressed (RFC 1952) or encrypted,
 * AES-256-CBC in the form of `openssl enc -aes-256-cbc -k KEY -md md5` or RFC 8188 aes128gcm. */
#ifndef RCLAB_FAKES_SERVER_ENCODING_H
#define RCLAB_FAKES_SERVER_ENCODING_H

#include "harness/base/buffer.h"
#include "harness/scenario/behaviour.h"

/* Appends the bytes, encoded; the key is the text's bytes, the salt is drawn from the seed. False:
 * a bound of the buffer, no memory, or the library refuses. NONE appends them as they are. */
bool encoding_apply(enum behaviour_encoding encoding, const char *key, uint64_t seed,
                    const uint8_t *bytes, size_t length, struct buffer *encoded);

enum { ENCODING_SALT_BYTES = 16, ENCODING_RECORD_BYTES = 4096 };
/* RFC 8188 with a key of any bytes. */
bool encoding_aes128gcm(const uint8_t *key, size_t key_length,
                        const uint8_t salt[ENCODING_SALT_BYTES], const uint8_t *bytes,
                        size_t length, struct buffer *encoded);

#endif
