/* SPDX-License-Identifier: MIT */
#include "fakes/server/encoding.h"
#include "harness/base/random.h"
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static bool apply_gzip(const uint8_t *bytes, size_t length, struct buffer *encoded)
{
    enum { WINDOW_WITH_GZIP_HEADER = 15 + 16, MEMORY_USUAL = 8 };
    z_stream stream = {0};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_WITH_GZIP_HEADER, MEMORY_USUAL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t bound = deflateBound(&stream, length);
    uint8_t *room = malloc(bound);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = room;
    stream.avail_out = (uInt)bound;
    bool done = room && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    if (done)
        buffer_append(encoded, room, bound - stream.avail_out);
    deflateEnd(&stream);
    free(room);
    return done;
}

/* --- AES-256-CBC, as `openssl enc` writes it --- */

enum { MD5_BYTES = 16, CBC_KEY_BYTES = 32, CBC_BLOCK_BYTES = 16, CBC_SALT_BYTES = 8 };

/* EVP_BytesToKey with MD5 and one round: D1 = MD5(key, salt), D2 = MD5(D1, key, salt), … */
static bool derive_cbc(const char *key, const uint8_t salt[CBC_SALT_BYTES],
                       uint8_t derived[CBC_KEY_BYTES + CBC_BLOCK_BYTES])
{
    struct buffer text;
    bool done = true;
    for (size_t at = 0; at < CBC_KEY_BYTES + CBC_BLOCK_BYTES && done; at += MD5_BYTES) {
        buffer_init(&text, BEHAVIOUR_KEY_MAX + MD5_BYTES + CBC_SALT_BYTES);
        if (at > 0)
            buffer_append(&text, derived + at - MD5_BYTES, MD5_BYTES);
        buffer_text(&text, key);
        buffer_append(&text, salt, CBC_SALT_BYTES);
        done = !text.failed &&
               gnutls_hash_fast(GNUTLS_DIG_MD5, text.data, text.length, derived + at) == 0;
        buffer_done(&text);
    }
    return done;
}

static bool apply_cbc(const char *key, uint64_t seed, const uint8_t *bytes, size_t length,
                      struct buffer *encoded)
{
    uint8_t salt[CBC_SALT_BYTES], derived[CBC_KEY_BYTES + CBC_BLOCK_BYTES];
    struct random_source random;
    size_t padding = CBC_BLOCK_BYTES - length % CBC_BLOCK_BYTES; /* RFC 5652 section 6.3 */
    random_seed_named(&random, seed, "salt");
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)random_u32(&random);
    uint8_t *padded = malloc(length + padding);
    gnutls_cipher_hd_t cipher = NULL;
    bool done = padded && derive_cbc(key, salt, derived);
    if (done) {
        memcpy(padded, bytes, length);
        memset(padded + length, (int)padding, padding);
        gnutls_datum_t cbc_key = {derived, CBC_KEY_BYTES};
        gnutls_datum_t vector = {derived + CBC_KEY_BYTES, CBC_BLOCK_BYTES};
        done = gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_CBC, &cbc_key, &vector) == 0 &&
               gnutls_cipher_encrypt(cipher, padded, length + padding) == 0;
    }
    if (done) {
        buffer_text(encoded, "Salted__");
        buffer_append(encoded, salt, sizeof salt);
        buffer_append(encoded, padded, length + padding);
    }
    if (cipher)
        gnutls_cipher_deinit(cipher);
    free(padded);
    return done;
}

/* --- RFC 8188 --- */

enum { GCM_KEY_BYTES = 16, GCM_NONCE_BYTES = 12, GCM_TAG_BYTES = 16, SHA256_BYTES = 32 };

/* RFC 5869 section 2.3, of which one block is enough. */
static bool expand(const uint8_t secret[SHA256_BYTES], const char *info, size_t info_bytes,
                   uint8_t derived[SHA256_BYTES])
{
    uint8_t text[64];
    memcpy(text, info, info_bytes);
    text[info_bytes] = 1;
    return gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret, SHA256_BYTES, text, info_bytes + 1,
                            derived) == 0;
}

bool encoding_aes128gcm(const uint8_t *key, size_t key_length,
                        const uint8_t salt[ENCODING_SALT_BYTES], const uint8_t *bytes,
                        size_t length, struct buffer *encoded)
{
    static const char key_info[] = "Content-Encoding: aes128gcm";
    static const char nonce_info[] = "Content-Encoding: nonce";
    enum { PLAIN_BYTES = ENCODING_RECORD_BYTES - GCM_TAG_BYTES - 1, LAST = 2, NOT_LAST = 1 };
    uint8_t secret[SHA256_BYTES], content_key[SHA256_BYTES], base[SHA256_BYTES];
    gnutls_aead_cipher_hd_t cipher = NULL;
    gnutls_datum_t datum = {content_key, GCM_KEY_BYTES};
    bool done = gnutls_hmac_fast(GNUTLS_MAC_SHA256, salt, ENCODING_SALT_BYTES, key, key_length,
                                 secret) == 0 &&
                expand(secret, key_info, sizeof key_info, content_key) &&
                expand(secret, nonce_info, sizeof nonce_info, base) &&
                gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_128_GCM, &datum) == 0;
    buffer_append(encoded, salt, ENCODING_SALT_BYTES);
    buffer_be32(encoded, ENCODING_RECORD_BYTES);
    buffer_u8(encoded, 0); /* no key id */
    for (uint64_t record = 0, at = 0; done && (at < length || record == 0); record++) {
        uint8_t plain[PLAIN_BYTES + 1], sealed[ENCODING_RECORD_BYTES], nonce[GCM_NONCE_BYTES];
        size_t part = length - at < PLAIN_BYTES ? (size_t)(length - at) : (size_t)PLAIN_BYTES;
        size_t sealed_bytes = sizeof sealed;
        memcpy(nonce, base, sizeof nonce);
        for (size_t i = 0; i < sizeof record; i++)
            nonce[GCM_NONCE_BYTES - 1 - i] ^= (uint8_t)(record >> 8 * i);
        if (part > 0)
            memcpy(plain, bytes + at, part);
        at += part;
        plain[part] = at < length ? NOT_LAST : LAST;
        done = gnutls_aead_cipher_encrypt(cipher, nonce, sizeof nonce, NULL, 0, GCM_TAG_BYTES,
                                          plain, part + 1, sealed, &sealed_bytes) == 0;
        buffer_append(encoded, sealed, done ? sealed_bytes : 0);
    }
    if (cipher)
        gnutls_aead_cipher_deinit(cipher);
    return done && !encoded->failed;
}

static bool apply_gcm(const char *key, uint64_t seed, const uint8_t *bytes, size_t length,
                      struct buffer *encoded)
{
    uint8_t salt[ENCODING_SALT_BYTES];
    struct random_source random;
    random_seed_named(&random, seed, "salt");
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (uint8_t)random_u32(&random);
    return encoding_aes128gcm((const uint8_t *)key, strlen(key), salt, bytes, length, encoded);
}

bool encoding_apply(enum behaviour_encoding encoding, const char *key, uint64_t seed,
                    const uint8_t *bytes, size_t length, struct buffer *encoded)
{
    bool done = true;
    switch (encoding) {
    case BEHAVIOUR_ENCODING_GZIP:
        done = apply_gzip(bytes, length, encoded);
        break;
    case BEHAVIOUR_ENCODING_AES_256_CBC:
        done = apply_cbc(key, seed, bytes, length, encoded);
        break;
    case BEHAVIOUR_ENCODING_AES128GCM:
        done = apply_gcm(key, seed, bytes, length, encoded);
        break;
    case BEHAVIOUR_ENCODING_NONE:
        buffer_append(encoded, bytes, length);
        break;
    case BEHAVIOUR_ENCODINGS:
        done = false;
        break;
    }
    return done && !encoded->failed;
}
