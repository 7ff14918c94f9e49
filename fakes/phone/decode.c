/* SPDX-License-Identifier: MIT */
#include "fakes/phone/decode.h"
#include "fakes/phone/rule_options.h"
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* --- gzip --- */

static bool is_gzip(const uint8_t *bytes, size_t length)
{
    return length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

enum decode_result decode_gzip(const uint8_t *bytes, size_t length, struct buffer *plain)
{
    enum { WINDOW_WITH_GZIP_HEADER = 15 + 16, PIECE_BYTES = 4096 };
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length};
    int code = inflateInit2(&stream, WINDOW_WITH_GZIP_HEADER);
    if (code != Z_OK)
        return DECODE_BAD;
    while (code == Z_OK && !plain->failed) {
        uint8_t piece[PIECE_BYTES];
        stream.next_out = piece;
        stream.avail_out = sizeof piece;
        code = inflate(&stream, Z_NO_FLUSH);
        if (code == Z_OK || code == Z_STREAM_END)
            buffer_append(plain, piece, sizeof piece - stream.avail_out);
    }
    inflateEnd(&stream);
    return code == Z_STREAM_END && !plain->failed ? DECODE_DONE : DECODE_BAD;
}

/* --- `openssl enc -aes-256-cbc -k KEY -md md5` --- */

enum { MD5_BYTES = 16, CBC_KEY_BYTES = 32, CBC_BLOCK_BYTES = 16, CBC_SALT_BYTES = 8 };
static const char cbc_magic[] = "Salted__";
enum { CBC_MAGIC_BYTES = sizeof cbc_magic - 1, CBC_HEAD_BYTES = CBC_MAGIC_BYTES + CBC_SALT_BYTES };

static bool is_cbc(const uint8_t *bytes, size_t length)
{
    return length >= CBC_HEAD_BYTES && memcmp(bytes, cbc_magic, CBC_MAGIC_BYTES) == 0;
}

/* Key and first vector are MD5 sums, each of the one before, the secret and the salt. */
static bool cbc_secrets(const char *key, const uint8_t *salt,
                        uint8_t secrets[CBC_KEY_BYTES + CBC_BLOCK_BYTES])
{
    enum { ROUNDS = (CBC_KEY_BYTES + CBC_BLOCK_BYTES) / MD5_BYTES };
    gnutls_hash_hd_t hash;
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (gnutls_hash_init(&hash, GNUTLS_DIG_MD5) < 0)
            return false;
        if (i > 0)
            gnutls_hash(hash, secrets + (i - 1) * (size_t)MD5_BYTES, MD5_BYTES);
        gnutls_hash(hash, key, strlen(key));
        gnutls_hash(hash, salt, CBC_SALT_BYTES);
        gnutls_hash_deinit(hash, secrets + i * (size_t)MD5_BYTES);
    }
    return true;
}

/* How many bytes of padding end it; 0 = it does not end so (RFC 5652 section 6.3). */
static size_t padding_of(const uint8_t *bytes, size_t length)
{
    size_t padding = bytes[length - 1];
    if (padding == 0 || padding > CBC_BLOCK_BYTES)
        return 0;
    for (size_t i = 1; i <= padding; i++)
        if (bytes[length - i] != padding)
            return 0;
    return padding;
}

enum decode_result decode_cbc(const uint8_t *bytes, size_t length, const char *key,
                              struct buffer *plain)
{
    uint8_t secrets[CBC_KEY_BYTES + CBC_BLOCK_BYTES];
    gnutls_cipher_hd_t cipher = NULL;
    if (!is_cbc(bytes, length) || (length - CBC_HEAD_BYTES) % CBC_BLOCK_BYTES != 0 ||
        length == CBC_HEAD_BYTES)
        return DECODE_BAD;
    if (!key || key[0] == '\0')
        return DECODE_WRONG_KEY;
    size_t text_length = length - CBC_HEAD_BYTES;
    uint8_t *text = malloc(text_length);
    bool done = text && cbc_secrets(key, bytes + CBC_MAGIC_BYTES, secrets);
    if (done) {
        gnutls_datum_t cbc_key = {secrets, CBC_KEY_BYTES};
        gnutls_datum_t vector = {secrets + CBC_KEY_BYTES, CBC_BLOCK_BYTES};
        done = gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_CBC, &cbc_key, &vector) == 0 &&
               gnutls_cipher_decrypt2(cipher, bytes + CBC_HEAD_BYTES, text_length, text,
                                      text_length) == 0;
    }
    size_t padding = done ? padding_of(text, text_length) : 0;
    if (padding > 0)
        buffer_append(plain, text, text_length - padding);
    if (cipher)
        gnutls_cipher_deinit(cipher);
    free(text);
    return !done || plain->failed ? DECODE_BAD : padding > 0 ? DECODE_DONE : DECODE_WRONG_KEY;
}

/* --- RFC 8188 --- */

enum {
    GCM_SALT_BYTES = 16,
    GCM_HEAD_BYTES = GCM_SALT_BYTES + 5, /* with record size and length of the key's name */
    GCM_KEY_BYTES = 16,
    GCM_NONCE_BYTES = 12,
    GCM_TAG_BYTES = 16,
    GCM_RECORD_BYTES_MIN = GCM_TAG_BYTES + 2,
    SHA256_BYTES = 32,
};

struct gcm {
    gnutls_aead_cipher_hd_t cipher;
    uint8_t nonce[SHA256_BYTES];
};

/* HKDF (RFC 5869) of one block; the infos end in a zero byte. */
static bool gcm_init(struct gcm *gcm, const uint8_t *key, size_t key_length, const uint8_t *salt)
{
    static const char key_info[] = "Content-Encoding: aes128gcm\0\1";
    static const char nonce_info[] = "Content-Encoding: nonce\0\1";
    uint8_t secret[SHA256_BYTES], content_key[SHA256_BYTES];
    gnutls_datum_t datum = {content_key, GCM_KEY_BYTES};
    return gnutls_hmac_fast(GNUTLS_MAC_SHA256, salt, GCM_SALT_BYTES, key, key_length, secret) ==
               0 &&
           gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret, sizeof secret, key_info, sizeof key_info - 1,
                            content_key) == 0 &&
           gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret, sizeof secret, nonce_info,
                            sizeof nonce_info - 1, gcm->nonce) == 0 &&
           gnutls_aead_cipher_init(&gcm->cipher, GNUTLS_CIPHER_AES_128_GCM, &datum) == 0;
}

/* A record's text, without what fills it up behind; section 2. */
static enum decode_result gcm_record(const struct gcm *gcm, uint64_t number, const uint8_t *bytes,
                                     size_t length, bool last, struct buffer *plain)
{
    uint8_t nonce[GCM_NONCE_BYTES];
    size_t text_length = length;
    uint8_t *text = malloc(length);
    memcpy(nonce, gcm->nonce, sizeof nonce);
    for (size_t i = 0; i < sizeof number; i++)
        nonce[sizeof nonce - 1 - i] ^= (uint8_t)(number >> 8 * i);
    bool opened =
        text && gnutls_aead_cipher_decrypt(gcm->cipher, nonce, sizeof nonce, NULL, 0, GCM_TAG_BYTES,
                                           bytes, length, text, &text_length) == 0;
    while (opened && text_length > 0 && text[text_length - 1] == 0)
        text_length--;
    bool ends = opened && text_length > 0 && text[text_length - 1] == (last ? 2 : 1);
    if (ends)
        buffer_append(plain, text, text_length - 1);
    free(text);
    return !opened ? DECODE_WRONG_KEY : ends && !plain->failed ? DECODE_DONE : DECODE_BAD;
}

enum decode_result decode_gcm(const uint8_t *bytes, size_t length, const uint8_t *key,
                              size_t key_length, struct buffer *plain)
{
    struct gcm gcm = {0};
    enum decode_result result = DECODE_DONE;
    if (length < GCM_HEAD_BYTES)
        return DECODE_BAD;
    const uint8_t *size = bytes + GCM_SALT_BYTES;
    size_t record_bytes =
        (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | (size_t)size[3];
    size_t at = GCM_HEAD_BYTES + bytes[GCM_HEAD_BYTES - 1];
    if (record_bytes < GCM_RECORD_BYTES_MIN || at >= length)
        return DECODE_BAD;
    if (!gcm_init(&gcm, key, key_length, bytes))
        result = DECODE_BAD;
    for (uint64_t number = 0; result == DECODE_DONE && at < length; number++) {
        size_t part = length - at < record_bytes ? length - at : record_bytes;
        result = gcm_record(&gcm, number, bytes + at, part, at + part == length, plain);
        at += part;
    }
    if (gcm.cipher)
        gnutls_aead_cipher_deinit(gcm.cipher);
    return result;
}

/* --- all together --- */

/* XML, as far as its first byte tells; or nothing. */
static bool is_text(const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && strchr(" \t\r\n\xef\xbb\xbf", bytes[at]) && bytes[at] != 0)
        at++;
    return at == length || bytes[at] == '<';
}

static enum decode_result decrypted(const uint8_t *bytes, size_t length, const char *key,
                                    struct buffer *plain)
{
    if (is_cbc(bytes, length))
        return decode_cbc(bytes, length, key, plain);
    bool keyed = key && key[0] != '\0' && length > 0;
    if (!keyed || is_gzip(bytes, length) || is_text(bytes, length)) {
        buffer_append(plain, bytes, length);
        return plain->failed ? DECODE_BAD : DECODE_DONE;
    }
    return decode_gcm(bytes, length, (const uint8_t *)key, strlen(key), plain);
}

enum decode_result profile_decode(const uint8_t *bytes, size_t length, const char *key,
                                  struct buffer *plain)
{
    struct buffer clear;
    buffer_init(&clear, plain->max_bytes);
    enum decode_result result = decrypted(bytes, length, key, &clear);
    if (result == DECODE_DONE && is_gzip(clear.data, clear.length))
        result = decode_gzip(clear.data, clear.length, plain);
    else if (result == DECODE_DONE)
        buffer_append(plain, clear.data, clear.length);
    buffer_done(&clear);
    return result == DECODE_DONE && plain->failed ? DECODE_BAD : result;
}
