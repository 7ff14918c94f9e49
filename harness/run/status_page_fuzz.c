/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/run/status_page.h"

int fuzz_harness_run_status_page(const uint8_t *data, size_t size);
int fuzz_harness_run_status_page(const uint8_t *data, size_t size)
{
    char value[STATUS_PAGE_VALUE_MAX];
    status_page_value(data, size, "Customization", value);
    return 0;
}
