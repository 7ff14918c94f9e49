/* SPDX-License-Identifier: MIT */
#include "fakes/server/profile.h"
#include "harness/scenario/load.h"
#include "harness/scenario/words.h"
#include <assert.h>
#include <string.h>

int fuzz_fakes_server_profile(const uint8_t *data, size_t size);

enum { VALUE_BYTES_MAX = 2048, XML_BYTES_MAX = 32 * 1024 };

static const char *const substitutions[] = {"http://a&b", "https://a", "tftp://a", "10.0.0.1"};

/* Whatever stands in a value, what was written is a profile, and says the same when read. */
static void come_back(const uint8_t *data, size_t size)
{
    char value[VALUE_BYTES_MAX];
    struct buffer xml, expected, seen;
    bool has_retry_delay = false;
    size_t length = 0;
    for (; length < size && length < sizeof value - 1 && (data[length] & 0x7f); length++)
        value[length] = (char)(data[length] & 0x7f);
    value[length] = '\0';
    const struct parameter parameter = {"Resync_Error_Retry_Delay", value, {0, 0}};
    buffer_init(&xml, XML_BYTES_MAX);
    buffer_init(&expected, XML_BYTES_MAX);
    buffer_init(&seen, XML_BYTES_MAX);
    profile_write(PROFILE_EDOS, &parameter, 1, substitutions, &xml);
    scenario_substitute(value, substitutions, &expected);
    for (size_t i = 0; i < expected.length; i++)
        if (expected.data[i] < 0x20 && !strchr("\t\n\r", expected.data[i]))
            expected.data[i] = '?';
    assert(!xml.failed && profile_recognise(xml.data, xml.length, &has_retry_delay, &seen));
    assert(has_retry_delay && strcmp(buffer_string(&seen), buffer_string(&expected)) == 0);
    buffer_done(&xml);
    buffer_done(&expected);
    buffer_done(&seen);
}

int fuzz_fakes_server_profile(const uint8_t *data, size_t size)
{
    struct buffer retry_delay;
    bool has_retry_delay = false;
    buffer_init(&retry_delay, VALUE_BYTES_MAX);
    if (!profile_recognise(data, size, &has_retry_delay, &retry_delay))
        assert(!has_retry_delay);
    else
        assert(has_retry_delay || retry_delay.length == 0 || retry_delay.failed);
    buffer_done(&retry_delay);
    come_back(data, size);
    return 0;
}
