/* SPDX-License-Identifier: MIT */
#include "harness/device/redaction.h"
#include <stdlib.h>
#include <string.h>

enum { ENCODED_BYTES_MAX = 3 * LAB_FILE_SECRET_BYTES_MAX };

int redaction_add(struct redaction *redaction, const char *secret, struct error *error)
{
    if (!secret || !*secret)
        return 0;
    if (redaction->count >= REDACTION_SECRETS_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d secrets", REDACTION_SECRETS_MAX);
    char *copy = strdup(secret);
    if (!copy)
        return error_set(error, ERROR_MEMORY, "out of memory");
    redaction->secrets[redaction->count++] = copy;
    return 0;
}

static int add_both_forms(struct redaction *redaction, const struct lab_secret *secret,
                          struct error *error)
{
    struct buffer encoded;
    int result = redaction_add(redaction, secret->value, error);
    if (result < 0 || !secret->value)
        return result;
    buffer_init(&encoded, ENCODED_BYTES_MAX);
    buffer_url_encoded(&encoded, secret->value);
    if (encoded.failed)
        result = error_set(error, ERROR_LIMIT, "%s is longer than %d bytes", secret->source,
                           LAB_FILE_SECRET_BYTES_MAX);
    else if (strcmp(buffer_string(&encoded), secret->value) != 0)
        result = redaction_add(redaction, buffer_string(&encoded), error);
    if (encoded.data)
        explicit_bzero(encoded.data, encoded.length);
    buffer_done(&encoded);
    return result;
}

int redaction_init(struct redaction *redaction, const struct lab_phone *phone, struct error *error)
{
    const struct lab_secret *const secrets[] = {&phone->web.password, &phone->snmp.community,
                                                &phone->snmp.authentication_password,
                                                &phone->snmp.privacy_password};
    *redaction = (struct redaction){0};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        int result = add_both_forms(redaction, secrets[i], error);
        if (result < 0) {
            redaction_done(redaction);
            return result;
        }
    }
    return 0;
}

void redaction_done(struct redaction *redaction)
{
    for (size_t i = 0; i < redaction->count; i++) {
        explicit_bzero(redaction->secrets[i], strlen(redaction->secrets[i]));
        free(redaction->secrets[i]);
    }
    *redaction = (struct redaction){0};
}

/* Marks rather than replaces, as secrets may overlap: of "abcde" neither "abc" nor "cde" may leave
 * anything. */
static void mark(bool *hidden, const char *text, size_t length, const char *secret, bool cut)
{
    size_t secret_length = strlen(secret);
    for (size_t i = 0; i + secret_length <= length; i++) {
        if (memcmp(text + i, secret, secret_length) == 0)
            memset(hidden + i, true, secret_length);
    }
    if (!cut)
        return;
    size_t longest = secret_length - 1 < length ? secret_length - 1 : length;
    for (size_t part = longest; part > 0; part--) {
        if (memcmp(text, secret + secret_length - part, part) == 0)
            memset(hidden, true, part);
        if (memcmp(text + length - part, secret, part) == 0)
            memset(hidden + length - part, true, part);
    }
    /* Cut at both ends, it may be the middle of one. */
    if (length > 0 && length < secret_length && memmem(secret, secret_length, text, length))
        memset(hidden, true, length);
}

void redaction_apply(const struct redaction *redaction, const char *text, size_t length, bool cut,
                     struct buffer *ret_text)
{
    bool *hidden = calloc(length + 1, sizeof *hidden);
    if (!hidden) { /* rather no text than a secret */
        ret_text->failed = true;
        return;
    }
    for (size_t i = 0; i < redaction->count; i++)
        mark(hidden, text, length, redaction->secrets[i], cut);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!hidden[i])
            buffer_u8(ret_text, (c < ' ' && c != '\n') || c == 0x7f ? '?' : c);
        else if (i == 0 || !hidden[i - 1])
            buffer_text(ret_text, REDACTION_MARK);
    }
    free(hidden);
}

void redaction_apply_error(const struct redaction *redaction, struct error *error)
{
    struct buffer clean;
    size_t length = strlen(error->text);
    buffer_init(&clean, sizeof error->text * sizeof REDACTION_MARK);
    redaction_apply(redaction, error->text, length, length + 1 >= sizeof error->text, &clean);
    const char *text = clean.failed ? "out of memory" : buffer_string(&clean);
    size_t kept = strnlen(text, sizeof error->text - 1);
    memcpy(error->text, text, kept);
    error->text[kept] = '\0';
    buffer_done(&clean);
}
