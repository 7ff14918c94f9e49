/* SPDX-License-Identifier: MIT */
#include "harness/command/secret.h"
#include "harness/base/file.h"
#include <stdlib.h>
#include <string.h>

static int take(const char *text, size_t length, char ret_secret[SECRET_BYTES_MAX],
                const char *source, struct error *error)
{
    if (length > 0 && text[length - 1] == '\n')
        length--;
    if (length >= SECRET_BYTES_MAX || memchr(text, '\0', length))
        return error_set(error, ERROR_INVALID, "%s: no text of at most %d bytes", source,
                         SECRET_BYTES_MAX - 1);
    memcpy(ret_secret, text, length);
    ret_secret[length] = '\0';
    return 0;
}

static int take_file(const char *path, char ret_secret[SECRET_BYTES_MAX], const char *source,
                     struct error *error)
{
    struct error why;
    uint8_t *bytes;
    size_t length;
    if (file_read(path, SECRET_BYTES_MAX, &bytes, &length, &why) < 0) /* with a newline */
        return error_set(error, ERROR_INVALID, "%s: %s", source, why.text);
    int result = take((const char *)bytes, length, ret_secret, source, error);
    explicit_bzero(bytes, length);
    free(bytes);
    return result;
}

int secret_read(const char *option, char ret_secret[SECRET_BYTES_MAX], struct error *error)
{
    if (strncmp(option, "file:", 5) == 0)
        return take_file(option + 5, ret_secret, option, error);
    if (strncmp(option, "env:", 4) != 0)
        return take(option, strlen(option), ret_secret, "the secret given", error);
    const char *value = getenv(option + 4);
    if (!value)
        return error_set(error, ERROR_INVALID, "%s: there is no such variable", option);
    return take(value, strlen(value), ret_secret, option, error);
}
