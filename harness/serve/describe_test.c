/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/serve/serve_internal.h"
#include <stdlib.h>
#include <string.h>

/* What a step says, in words: through the parser, so that none of its forms is forgotten. */
static void check(const char *step, const char *words)
{
    static const struct scenario_dhcp before = {.lease_us = UINT64_C(43200000000)};
    struct diagnostics diagnostics;
    struct buffer text;
    diagnostics_init(&diagnostics);
    struct setting *setting =
        setting_parse("step", NULL, step, strlen(step), NULL, 0, &diagnostics);
    diagnostics_done(&diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setting);
    buffer_init(&text, SERVE_TEXT_BYTES_MAX);
    if (setting->kind == SETTING_DHCP) {
        struct scenario_dhcp now = setting_dhcp(setting, &before);
        describe_dhcp(&now, &text);
    } else if (setting->kind == SETTING_DNS) {
        describe_dns(setting->dns, &text);
    } else {
        describe_behaviours(&setting->behaviours, &text);
    }
    CU_ASSERT_STRING_EQUAL(buffer_string(&text), words);
    buffer_done(&text);
    setting_free(setting);
}

static void dhcp(void)
{
    check("dhcp: {answer: never}", "never answers, leases of 12h, offers no option");
    check("dhcp: {answer: nak, domain: a.b, lease: 1h}",
          "refuses requests (NAK), leases of 1h, domain a.b, offers no option");
    check("dhcp: {answer: {delay: 30s}, only-if-asked: true, offer: {66: x}}",
          "answers after 30s, leases of 12h, offers 66 \"x\" (only if asked)");
    check("dhcp: {offer: {150: [192.0.2.1, 192.0.2.2], 159: {hex: \"00:ff\"}, 43: {1: a, 2: b}, "
          "125: {9: {5: c}}}}",
          "answers, leases of 12h, offers 150 192.0.2.1 192.0.2.2, 159 hex 00:ff, 43 {1: \"a\", 2: "
          "\"b\"}, 125 {9/5: \"c\"}");
}

static void names(void)
{
    check("dns: {edos: normal}", "edos: normal");
    check("dns: {edos: nxdomain}", "edos: nxdomain");
    check("dns: {edos: servfail}", "edos: servfail");
    check("dns: {edos: never}", "edos: never");
    check("dns: {edos: {address: 192.0.2.9}}", "edos: 192.0.2.9");
}

static void behaviours(void)
{
    check("edos: [profile, empty, hang, reset, refuse, garbage, 404]",
          "profile, then empty, then hang, then reset, then refuse, then garbage, then 404");
    check("edos: [{status: 503, times: 3}, {behaviour: profile, delay: 2s, rate: 100}]",
          "503 3 times, then profile after 2s at 100 bytes a second");
    check("edos: {status: 302, redirect: \"http://x/\"}", "302 to http://x/");
    check("edos: {behaviour: profile, truncate: 10}", "profile cut after 10 bytes");
    check("provision: {config: {Proxy_1_: p}}", "config {Proxy_1_: p}");
    check("provision: [{tftp-error: 2}, {behaviour: config, drop-block: 1, duplicate-block: 2}]",
          "tftp-error 2, then config without block 1 at first with block 2 twice");
    check("provision: [{reorder-block: 1, wrong-tid: 2}, {no-options: true}]",
          "config with block 1 behind the next with block 2 from another port too, then config "
          "without options of TFTP");
    check("edos: [{behaviour: profile, tls: expired}, {behaviour: profile, tls: wrong-host}, "
          "{behaviour: profile, tls: untrusted}, {tls: abort}]",
          "profile tls: expired, then profile tls: wrong-host, then profile tls: untrusted, then "
          "profile tls: abort");
}

void tests_harness_serve_describe(void);
void tests_harness_serve_describe(void)
{
    TEST_SUITE("serve/describe", {"dhcp", dhcp}, {"names", names}, {"behaviours", behaviours});
}
