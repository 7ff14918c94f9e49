/* SPDX-License-Identifier: MIT */
/* Whatever a command says, no byte of a secret that stands in it as a whole comes through. */
#include "harness/device/redaction.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int fuzz_harness_device_redaction(const uint8_t *data, size_t size);

enum { SECRETS = 3, SECRET_BYTES_MAX = 8 };

/* Short ones over a small alphabet, so that they occur, overlap and contain each other. */
static size_t take_secret(const uint8_t *data, size_t size, char secret[SECRET_BYTES_MAX])
{
    size_t length = size > 0 ? 1 + data[0] % (SECRET_BYTES_MAX - 2) : 0;
    size_t used = 1;
    if (size <= length)
        return size;
    for (; used <= length; used++)
        secret[used - 1] = (char)('a' + data[used] % 3);
    secret[length] = '\0';
    return used;
}

int fuzz_harness_device_redaction(const uint8_t *data, size_t size)
{
    struct redaction redaction = {0};
    struct buffer result;
    for (unsigned i = 0; i < SECRETS; i++) {
        char secret[SECRET_BYTES_MAX] = "";
        size_t used = take_secret(data, size, secret);
        data += used;
        size -= used;
        assert(redaction_add(&redaction, secret, NULL) == 0);
    }
    bool cut = size > 0 && data[0] % 2;
    char *text = malloc(size + 1);
    assert(text);
    for (size_t i = 0; i < size; i++)
        text[i] = data[i] % 4 == 3 ? (char)data[i] : (char)('a' + data[i] % 4);
    buffer_init(&result, 4 * size + 16);
    redaction_apply(&redaction, text, size, cut, &result);
    assert(!result.failed && strlen(buffer_string(&result)) == result.length);
    for (size_t i = 0; i < redaction.count; i++)
        assert(!strstr(buffer_string(&result), redaction.secrets[i]));
    buffer_done(&result);
    redaction_done(&redaction);
    free(text);
    return 0;
}
