/* SPDX-License-Identifier: MIT */
/* Whatever the bytes are, the parser ends, and a scenario or a problem comes out. Half of the
 * inputs are a good scenario with a few bytes of it changed: pure noise is hardly ever YAML. */
#include "harness/base/testing.h"
#include "harness/scenario/load.h"
#include <string.h>

static const char seed[] =
    "scenario: a good one\n"
    "covers: [RC-PEND-3, RC-PEND-4]\n"
    "tags: [fuzz]\n"
    "phones: {model: [6841, 8841], count: 3}\n"
    "tolerance: 10% 5s\n"
    "cases: [{name: a, e: 404, t: x}, {name: b, e: {status: 500, times: 2}, t: y}]\n"
    "readings: {pending_boot: wait-first}\n"
    "waive: {page-shows-state: there is none}\n"
    "given:\n"
    "  dhcp: {offer: {66: '${provision.http}/a', 150: [192.0.2.1], 43: {1: x}, 125: {9: {5: y}}}}\n"
    "  dns: {edos: {address: 192.0.2.9}}\n"
    "  phone: {P: '<${case.t}>'}\n"
    "  edos: [503, '${case.e}', {status: 302, redirect: 'http://x/', times: 2}, profile]\n"
    "  provision: {config: {Proxy_1_: p}, delay: 2s, rate: 100}\n"
    "steps:\n"
    "  - factory-reset:\n"
    "  - expect: {path: [Open, Pending], within: 1m, tolerance: 5s}\n"
    "  - expect: {retries: {to: edos, after: [1m, 2m, 1h30m]}}\n"
    "  - repeat: {times: 3, steps: [{reboot: , phone: 2}, {dhcp: {answer: {delay: 3s}}}]}\n"
    "  - expect: {dhcp: ack, options: {66: x, 60: {hex: '01:04'}}}\n"
    "  - configure: {via: web, set: {Profile_Rule: http://x/}}\n"
    "  - never: {request: edos, path: /x*, count: 2, for: 48h}\n"
    "  - stays: {state: Aborted, for: 1h}\n";

static int parse(const uint8_t *bytes, size_t length)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct scenario *scenario = scenario_parse("fuzz.yaml", NULL, bytes, length, &diagnostics);
    int bad = (scenario == NULL) != (diagnostics.count > 0);
    scenario_free(scenario);
    diagnostics_done(&diagnostics);
    return bad;
}

int fuzz_harness_scenario_load(const uint8_t *data, size_t size);
int fuzz_harness_scenario_load(const uint8_t *data, size_t size)
{
    enum { CHANGES_MAX = 6, CHANGE_BYTES = 3 };
    if (size == 0 || data[0] % 2 == 0)
        return parse(data, size);
    char text[sizeof seed];
    memcpy(text, seed, sizeof seed);
    static const char letters[] = "{}[]:,-#&*!|>'\"%@`\n \t~x0159.$";
    for (size_t i = 1, n = 0; i + CHANGE_BYTES <= size && n < CHANGES_MAX; i += CHANGE_BYTES, n++)
        text[(data[i] * 256u + data[i + 1]) % (sizeof seed - 1)] =
            letters[data[i + 2] % (sizeof letters - 1)];
    return parse((const uint8_t *)text, sizeof seed - 1);
}
