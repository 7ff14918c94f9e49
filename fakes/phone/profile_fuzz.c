/* SPDX-License-Identifier: MIT */
#include "fakes/phone/profile.h"
#include "harness/base/buffer.h"
#include "harness/base/testing.h"

int fuzz_fakes_phone_profile(const uint8_t *data, size_t size);

/* The bytes as they are, and as the inside of a profile. */
int fuzz_fakes_phone_profile(const uint8_t *data, size_t size)
{
    struct parameters parameters = {0};
    struct error error;
    struct buffer whole;
    profile_parse(data, size, &parameters, &error);
    buffer_init(&whole, PROFILE_BYTES_MAX);
    buffer_text(&whole, "<flat-profile><Profile_Rule>");
    buffer_append(&whole, data, size);
    buffer_text(&whole, "</Profile_Rule></flat-profile>");
    profile_parse(whole.data, whole.length, &parameters, &error);
    buffer_done(&whole);
    parameters_done(&parameters);
    return 0;
}
