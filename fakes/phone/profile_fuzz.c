/* SPDX-License-Identifier: MIT */
#include "fakes/phone/profile.h"
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include <assert.h>
#include <string.h>

int fuzz_fakes_phone_profile(const uint8_t *data, size_t size);

static bool are_same(const struct parameters *a, const struct parameters *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->entries[i].name, b->entries[i].name) == 0 &&
               strcmp(a->entries[i].value, b->entries[i].value) == 0;
    return same;
}

/* Within its bounds, a failure has a reason, and the same bytes say the same a second time. */
static void read_twice(const uint8_t *data, size_t size)
{
    struct parameters first = {0}, second = {0};
    struct error error = {0};
    int code = profile_parse(data, size, &first, &error);
    assert((code < 0) == (error.text[0] != '\0'));
    assert(first.count <= PARAMETERS_MAX);
    for (size_t i = 0; i < first.count; i++) {
        size_t length = strlen(first.entries[i].name);
        assert(length > 0 && length < PARAMETER_NAME_MAX);
        assert(strlen(first.entries[i].value) < PARAMETER_VALUE_MAX);
    }
    int again = profile_parse(data, size, &second, NULL);
    assert(again == code && are_same(&first, &second));
    parameters_done(&first);
    parameters_done(&second);
}

/* The bytes as they are, and as the inside of a profile. */
int fuzz_fakes_phone_profile(const uint8_t *data, size_t size)
{
    struct buffer whole;
    read_twice(data, size);
    buffer_init(&whole, PROFILE_BYTES_MAX);
    buffer_text(&whole, "<flat-profile><Profile_Rule>");
    buffer_append(&whole, data, size);
    buffer_text(&whole, "</Profile_Rule></flat-profile>");
    read_twice(whole.data, whole.length);
    buffer_done(&whole);
    return 0;
}
