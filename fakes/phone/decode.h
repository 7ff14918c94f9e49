/* SPDX-License-Identifier: MIT */
/* From the file that a server gave to the profile in it: decrypted by the key of its rule, then
 * decompressed. The file itself tells which: gzip by its magic number (RFC 1952), the form of
 * `openssl enc` by its own, what is no text otherwise by the key (RFC 8188). */
#ifndef RCLAB_FAKES_PHONE_DECODE_H
#define RCLAB_FAKES_PHONE_DECODE_H

#include "harness/base/buffer.h"
#include <stdbool.h>

enum decode_result {
    DECODE_DONE,
    DECODE_WRONG_KEY, /* or none */
    DECODE_BAD,       /* broken, too long, or memory is out */
};
/* Appends the profile to `plain`, whose bound is how long it may be; on failure part of it may be
 * there. key: NULL or "" = none. */
enum decode_result profile_decode(const uint8_t *bytes, size_t length, const char *key,
                                  struct buffer *plain);
/* The single steps. The key of RFC 8188 is any bytes. */
enum decode_result decode_gzip(const uint8_t *bytes, size_t length, struct buffer *plain);
enum decode_result decode_cbc(const uint8_t *bytes, size_t length, const char *key,
                              struct buffer *plain);
enum decode_result decode_gcm(const uint8_t *bytes, size_t length, const uint8_t *key,
                              size_t key_length, struct buffer *plain);

#endif
