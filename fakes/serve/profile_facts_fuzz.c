/* SPDX-License-Identifier: MIT */
#include "fakes/serve/profile_facts.h"
#include <assert.h>

int fuzz_fakes_serve_profile_facts(const uint8_t *data, size_t size);

enum { RETRY_DELAY_BYTES_MAX = 256 };

int fuzz_fakes_serve_profile_facts(const uint8_t *data, size_t size)
{
    struct buffer retry_delay;
    bool has_retry_delay = false;
    buffer_init(&retry_delay, RETRY_DELAY_BYTES_MAX);
    if (!profile_facts_read(data, size, &has_retry_delay, &retry_delay))
        assert(!has_retry_delay);
    buffer_done(&retry_delay);
    return 0;
}
