/* SPDX-License-Identifier: MIT */
#include "fakes/phone/decode.h"
#include "fakes/server/encoding.h"
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include <stdio.h>

void tests_fakes_phone_decode(void);

enum { BYTES_MAX = 1 << 16 };
static const char key[] = "SecretPhrase1234";

/* From hexadecimal. */
static uint8_t *bytes_of(const char *text, size_t *ret_length)
{
    uint8_t bytes[512];
    size_t length = strlen(text) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned value = 0;
        CU_ASSERT_EQUAL_FATAL(sscanf(text + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
    *ret_length = length;
    return bytes_exact_copy(bytes, length);
}

/* What openssl(1) 3.0, gzip(1) and RFC 8188 (sections 3.1 and 3.2) say. */
static const char by_openssl[] = "53616c7465645f5f01020304050607080b3706a4fe5eeb28231f3639ef5dde04";
static const char by_gzip[] =
    "1f8b0800000000000003b349cb492cd12d28ca4fcbcc49d5b7030067d14e3c0f000000";
static const char rfc_3_1[] =
    "23506cc6d16db65bf7bbf3a8f78c679b0000100000f8d015b9bdaa160044b902916a9a19"
    "bbe231908bdadcc101d4f0fe972f138638";
static const char rfc_3_1_key[] = "caa76567eb587a67e88129afed6b393d";
static const char rfc_3_2[] =
    "b8d0a45a2358cca4e704df638b7faa5800000019026131ce1bc721cff827be03aa746628"
    "bf1ca3baa4722458c40f2a05d45be48fa8503dd3c7239d4e114284a60cf74ac2d622a4bf"
    "b8";
static const char rfc_3_2_key[] = "04edd954fc549672ce45b5463296d3d5";

static void what_others_made(void)
{
    size_t length;
    struct buffer plain;
    buffer_init(&plain, BYTES_MAX);
    uint8_t *bytes = bytes_of(by_openssl, &length);
    CU_ASSERT_EQUAL(profile_decode(bytes, length, key, &plain), DECODE_DONE);
    CU_ASSERT_STRING_EQUAL(buffer_string(&plain), "<flat-profile/>");
    free(bytes);
    buffer_clear(&plain);
    bytes = bytes_of(by_gzip, &length);
    CU_ASSERT_EQUAL(profile_decode(bytes, length, NULL, &plain), DECODE_DONE);
    CU_ASSERT_STRING_EQUAL(buffer_string(&plain), "<flat-profile/>");
    free(bytes);
    buffer_done(&plain);
}

static void check_rfc(const char *text, const char *key_text)
{
    size_t length, key_length;
    struct buffer plain;
    uint8_t *bytes = bytes_of(text, &length), *secret = bytes_of(key_text, &key_length);
    buffer_init(&plain, BYTES_MAX);
    CU_ASSERT_EQUAL(decode_gcm(bytes, length, secret, key_length, &plain), DECODE_DONE);
    CU_ASSERT_STRING_EQUAL(buffer_string(&plain), "I am the walrus");
    secret[0] ^= 1;
    CU_ASSERT_EQUAL(decode_gcm(bytes, length, secret, key_length, &plain), DECODE_WRONG_KEY);
    secret[0] ^= 1;
    for (size_t cut = 0; cut < length; cut++) { /* a record that is missing is missed */
        uint8_t *part = bytes_exact_copy(bytes, cut);
        CU_ASSERT_NOT_EQUAL(decode_gcm(part, cut, secret, key_length, &plain), DECODE_DONE);
        free(part);
    }
    buffer_done(&plain);
    free(bytes);
    free(secret);
}

static void examples_of_rfc_8188(void)
{
    check_rfc(rfc_3_1, rfc_3_1_key);
    check_rfc(rfc_3_2, rfc_3_2_key);
}

/* Of the lengths around a block's and a record's. */
static void what_servers_make(void)
{
    static const size_t lengths[] = {1, 15, 16, 17, 4078, 4079, 4080, 4095, 4096, 8158, 10000};
    static uint8_t text[10000];
    memset(text, '<', sizeof text);
    for (enum behaviour_encoding i = BEHAVIOUR_ENCODING_GZIP; i < BEHAVIOUR_ENCODINGS; i++)
        for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
            struct buffer encoded, plain;
            buffer_init(&encoded, BYTES_MAX);
            buffer_init(&plain, BYTES_MAX);
            CU_ASSERT_TRUE(encoding_apply(i, key, k, text, lengths[k], &encoded));
            CU_ASSERT_EQUAL(profile_decode(encoded.data, encoded.length, key, &plain), DECODE_DONE);
            CU_ASSERT_EQUAL_FATAL(plain.length, lengths[k]);
            CU_ASSERT_EQUAL(memcmp(plain.data, text, lengths[k]), 0);
            buffer_clear(&plain);
            if (i != BEHAVIOUR_ENCODING_GZIP)
                CU_ASSERT_NOT_EQUAL(
                    profile_decode(encoded.data, encoded.length, "SecretPhrase1235", &plain),
                    i == BEHAVIOUR_ENCODING_AES128GCM ? DECODE_DONE : DECODE_BAD);
            buffer_done(&encoded);
            buffer_done(&plain);
        }
}

static void compressed_then_encrypted(void)
{
    static const char text[] = "<flat-profile><A>b</A></flat-profile>";
    struct buffer compressed, encrypted, plain;
    buffer_init(&compressed, BYTES_MAX);
    buffer_init(&encrypted, BYTES_MAX);
    buffer_init(&plain, BYTES_MAX);
    CU_ASSERT_TRUE(encoding_apply(BEHAVIOUR_ENCODING_GZIP, NULL, 1, (const uint8_t *)text,
                                  sizeof text - 1, &compressed));
    CU_ASSERT_TRUE(encoding_apply(BEHAVIOUR_ENCODING_AES_256_CBC, key, 1, compressed.data,
                                  compressed.length, &encrypted));
    CU_ASSERT_EQUAL(profile_decode(encrypted.data, encrypted.length, key, &plain), DECODE_DONE);
    CU_ASSERT_STRING_EQUAL(buffer_string(&plain), text);
    buffer_done(&compressed);
    buffer_done(&encrypted);
    buffer_done(&plain);
}

static void plain_text_needs_no_key(void)
{
    static const char *const texts[] = {"", "<x/>", " \n<x/>", "\xef\xbb\xbf<x/>"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buffer plain;
        buffer_init(&plain, BYTES_MAX);
        CU_ASSERT_EQUAL(profile_decode((const uint8_t *)texts[i], strlen(texts[i]), key, &plain),
                        DECODE_DONE);
        CU_ASSERT_STRING_EQUAL(buffer_string(&plain), texts[i]);
        buffer_done(&plain);
    }
}

/* A little file may be a long one: the bound of the buffer holds. */
static void a_bomb(void)
{
    static uint8_t zeros[BYTES_MAX];
    struct buffer encoded, plain;
    buffer_init(&encoded, BYTES_MAX);
    buffer_init(&plain, BYTES_MAX - 1);
    CU_ASSERT_TRUE(encoding_apply(BEHAVIOUR_ENCODING_GZIP, NULL, 1, zeros, sizeof zeros, &encoded));
    CU_ASSERT_TRUE(encoded.length < 1000);
    CU_ASSERT_EQUAL(profile_decode(encoded.data, encoded.length, NULL, &plain), DECODE_BAD);
    buffer_done(&encoded);
    buffer_done(&plain);
}

static void without_the_key(void)
{
    size_t length;
    struct buffer plain;
    uint8_t *bytes = bytes_of(by_openssl, &length);
    buffer_init(&plain, BYTES_MAX);
    CU_ASSERT_EQUAL(profile_decode(bytes, length, NULL, &plain), DECODE_WRONG_KEY);
    CU_ASSERT_EQUAL(profile_decode(bytes, length, "", &plain), DECODE_WRONG_KEY);
    CU_ASSERT_EQUAL(profile_decode(bytes, length, "Another", &plain), DECODE_WRONG_KEY);
    CU_ASSERT_EQUAL(profile_decode(bytes, length - 1, key, &plain), DECODE_BAD);
    CU_ASSERT_EQUAL(profile_decode(bytes, 16, key, &plain), DECODE_BAD);
    free(bytes);
    buffer_done(&plain);
}

void tests_fakes_phone_decode(void)
{
    TEST_SUITE("phone/decode", {"what others made", what_others_made},
               {"examples of RFC 8188", examples_of_rfc_8188},
               {"what servers make", what_servers_make},
               {"compressed, then encrypted", compressed_then_encrypted},
               {"plain text needs no key", plain_text_needs_no_key}, {"a bomb", a_bomb},
               {"without the key", without_the_key});
}
