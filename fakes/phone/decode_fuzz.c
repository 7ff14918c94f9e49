/* SPDX-License-Identifier: MIT */
#include "fakes/phone/decode.h"
#include "fakes/phone/profile.h"
#include "fakes/phone/rule_options.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int fuzz_fakes_phone_decode(const uint8_t *data, size_t size);

/* The bytes as a file, with a key and without; and as a rule, whose URL lies within it. */
int fuzz_fakes_phone_decode(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {NULL, "", "SecretPhrase1234"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct buffer plain;
        buffer_init(&plain, PROFILE_BYTES_MAX);
        enum decode_result result = profile_decode(data, size, keys[i], &plain);
        assert(plain.length <= PROFILE_BYTES_MAX);
        assert(result != DECODE_DONE || !plain.failed);
        buffer_done(&plain);
    }
    char *rule = malloc(size + 1);
    struct rule_options options;
    assert(rule);
    memcpy(rule, data, size);
    rule[size] = '\0';
    const char *url = rule_options_read(rule, &options);
    assert(url >= rule && url <= rule + strlen(rule));
    assert(strlen(options.key) < RULE_VALUE_MAX && strlen(options.user) < RULE_VALUE_MAX &&
           strlen(options.password) < RULE_VALUE_MAX);
    free(rule);
    return 0;
}
