/* SPDX-License-Identifier: MIT */
#include "fakes/phone/option_urls.h"
#include "harness/base/testing.h"
#include <assert.h>
#include <string.h>

int fuzz_fakes_phone_option_urls(const uint8_t *data, size_t size);

/* The bytes as the value of each of the seven options; what comes out can be asked. */
int fuzz_fakes_phone_option_urls(const uint8_t *data, size_t size)
{
    static struct dhcp_lease lease;
    struct macro_values values = {.model = phone_model_find("8841"), .serial = "FCH"};
    struct phone_policy policy;
    struct option_urls urls = {0};
    char server[PHONE_URL_HOST_MAX];
    struct phone_url url;
    for (size_t i = 0; i < DHCP_PROVISIONING_OPTIONS; i++) {
        struct dhcp_lease_option *option = &lease.options[i];
        option->present = true;
        option->length = size < sizeof option->value ? size : sizeof option->value;
        memcpy(option->value, data, option->length);
    }
    phone_policy_init(&policy, &(struct readings){0}, NULL);
    option_urls_collect(&lease, &policy.options, &values, &urls);
    for (size_t i = 0; i < urls.count; i++) {
        bool good = phone_url_parse(urls.urls[i], NULL, &url);
        assert(good && url.path[0] == '/');
    }
    option_urls_default_server(&lease, server, sizeof server);
    option_urls_done(&urls);
    return 0;
}
