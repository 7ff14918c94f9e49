/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/rack/estimate.h"
#include "harness/scenario/load_testing.h"

#define S(n) ((uint64_t)(n) * DURATION_S)
#define M(n) ((uint64_t)(n) * DURATION_M)
#define H(n) ((uint64_t)(n) * DURATION_H)

static const struct estimate_costs costs = {
    .boot_us = 90 * DURATION_S,
    .expect_us = 2 * DURATION_S,
    .silence_us = 30 * DURATION_S,
    .patience_us = 5 * DURATION_M,
};

static void check(const char *text, uint64_t wanted_us)
{
    struct scenario *scenario = testing_scenario(text);
    uint64_t us = estimate_scenario_us(scenario, &costs);
    CU_ASSERT_EQUAL(us, wanted_us);
    if (us != wanted_us)
        fprintf(stderr, "--- of\n%s--- came %llu s, not %llu s\n", text,
                (unsigned long long)(us / DURATION_S),
                (unsigned long long)(wanted_us / DURATION_S));
    scenario_free(scenario);
}

#define STEPS(given, steps) "scenario: t\ngiven: {" given "}\nsteps:\n" steps
#define RESET "  - factory-reset:\n"

static void what_is_said(void)
{
    check(STEPS("", "  - wait: 90s\n  - never: {request: edos, for: 1h}\n"), S(90) + H(1));
    check(STEPS("", RESET "  - stays: {state: Open, for: 1d}\n"), H(24));
    check(STEPS("", RESET "  - expect: {dhcp: discover, after: 4m}\n"), M(4));
    check(STEPS("", "  - repeat: {times: 3, steps: [{power: off}, {wait: 10s}, {power: on}]}\n"),
          S(30));
}

static void a_boot(void)
{
    check(STEPS("", RESET "  - expect: {state: Acquired}\n"), S(92));
    check(STEPS("edos: empty", RESET "  - expect: {path: [Open, Pending, Unavailable]}\n"), S(92));
    check(STEPS("edos: {profile: {}, delay: 10s}", RESET "  - expect: {state: Acquired}\n"),
          S(102));
    /* What is expected has a bound. */
    check(STEPS("", RESET "  - expect: {dhcp: discover, within: 30s}\n"), S(30));
    check(STEPS("edos: {profile: {}, delay: 10m}", RESET "  - expect: {state: Acquired}\n"), M(5));
    /* The next one begins when the last has been seen, and what is there is seen at once. */
    check(STEPS("", RESET "  - expect: {state: Acquired}\n  - reboot:\n"
                          "  - expect: {state: Acquired}\n  - expect: {state: Acquired}\n"),
          S(92 + 92 + 2));
    /* Two phones boot at once, or one after the other. */
    check("scenario: t\nphones: {model: 8841, count: 2}\nsteps:\n" RESET
          "  - expect: {state: Acquired}\n",
          S(92));
    check("scenario: t\nphones: {model: 8841, count: 2}\nsteps:\n"
          "  - {factory-reset: , phone: 1}\n  - {expect: {state: Acquired}, phone: 1}\n"
          "  - {factory-reset: , phone: 2}\n  - {expect: {state: Acquired}, phone: 2}\n",
          S(184));
}

static void retries(void)
{
    check(STEPS("edos: 503", RESET "  - expect: {retries: {to: edos, after: [1m, 2m, 4m]}}\n"),
          S(92) + M(7));
    /* The list of EDOS says how many fail before the profile comes. */
    check(STEPS("edos: [{status: 503, times: 3}, profile]",
                RESET "  - expect: {state: Acquired, within: 1h}\n"),
          S(92) + M(7));
    /* Time that goes by meanwhile is not counted twice. */
    check(STEPS("edos: 503",
                RESET "  - expect: {state: Pending}\n  - wait: 5m\n"
                      "  - edos: profile\n  - expect: {state: Acquired, within: 1h}\n"),
          S(92) + M(7));
    /* Never more than a day; a reboot begins anew. */
    check(STEPS("edos: 503", RESET "  - wait: 1w\n  - edos: profile\n"
                                   "  - expect: {state: Acquired, within: 25h}\n"),
          S(92) + M(2047) + 6 * H(24));
    check(STEPS("edos: 503", RESET "  - wait: 1h\n  - reboot:\n"
                                   "  - expect: {retries: {to: edos, after: [1m]}}\n"),
          H(1) + S(92) + M(1));
    /* Silence. */
    check(STEPS("edos: [hang, profile]", RESET "  - expect: {state: Acquired, within: 1h}\n"),
          S(92 + 30 + 60));
    check(STEPS("dns: {edos: nxdomain}", RESET "  - expect: {state: Pending}\n"
                                               "  - dns: {edos: normal}\n"
                                               "  - expect: {state: Acquired}\n"),
          S(92 + 60));
    check(STEPS("edos: [{tls: expired}, {tls: abort}, "
                "{tls: want-client-certificate}]",
                RESET "  - expect: {state: Acquired, within: 1h}\n"),
          S(92) + M(3));
    /* The provisioning server, as the profile says; the last delay stays. */
    check(STEPS("edos: {profile: {Resync_Error_Retry_Delay: '30,60'}}, "
                "provision: [{status: 503, times: 3}, config]",
                RESET "  - expect: {state: Acquired, within: 1h}\n"),
          S(92 + 30 + 60 + 60));
    check(STEPS("provision: 503",
                RESET "  - expect: {retries: {to: provision, after: [1m, 2m, 4m]}}\n"),
          S(92) + M(7));
}

static void readings(void)
{
    check("scenario: t\nreadings: {pending_boot: wait-first}\ngiven: {edos: 503}\nsteps:\n" RESET
          "  - wait: 1h\n  - reboot:\n  - expect: {request: edos}\n"
          "  - expect: {retries: {to: edos, after: [2m]}}\n",
          H(1) + S(90) + M(3) + S(2));
    check("scenario: t\nreadings: {custom_pending_boot: edos}\ngiven: {provision: "
          "503}\nsteps:\n" RESET
          "  - expect: {state: Custom-Pending}\n  - edos: [503, profile]\n  - provision: config\n"
          "  - reboot:\n  - expect: {state: Acquired}\n",
          S(92 + 92 + 60));
}

static void options(void)
{
    check(STEPS("dhcp: {offer: {66: x}}", RESET "  - expect: {state: Aborted}\n"
                                                "  - never: {request: edos, for: 1d}\n"),
          S(92) + H(24));
    /* Its download fails, so EDOS has its turn. */
    check(STEPS("dhcp: {offer: {66: x}}, provision: [404, {status: 503, times: 2}, config]",
                RESET "  - expect: {state: Acquired, within: 1h}\n"),
          S(92) + M(3));
    /* No attempt leads to what is expected: soon, but not for ever. */
    check(STEPS("dhcp: {offer: {66: x}}", RESET "  - expect: {state: Acquired, within: 1h}\n"),
          S(92));
    check(STEPS("dhcp: {offer: {66: x}}",
                RESET "  - expect: {retries: {to: edos, after: [1m, 2m]}}\n"),
          S(92) + M(3));
}

static void without_an_address(void)
{
    check(STEPS("dhcp: {answer: never}", RESET "  - wait: 1h\n  - dhcp: {answer: normal}\n"
                                               "  - expect: {state: Acquired}\n"),
          H(1) + S(4));
    check(STEPS("edos: 503, dhcp: {lease: 10m}",
                RESET "  - expect: {state: Pending}\n  - dhcp: {answer: never}\n  - wait: 12h\n"
                      "  - edos: profile\n  - dhcp: {answer: normal}\n"
                      "  - expect: {state: Acquired, within: 25h}\n"),
          S(92) + H(12) + S(4));
}

static void configured(void)
{
    /* Nothing is due any more: Acquired never comes, and is not waited for. */
    check(STEPS("edos: 503", RESET "  - expect: {state: Pending}\n"
                                   "  - configure: {via: web, set: {Proxy_1_: x}}\n"
                                   "  - expect: {state: Aborted}\n  - edos: profile\n"
                                   "  - never: {request: edos, for: 1d}\n"),
          S(94) + H(24));
    check(STEPS("edos: [503, profile]", RESET "  - expect: {state: Pending}\n"
                                              "  - configure: {via: web, set: {Proxy_Require: x}}\n"
                                              "  - expect: {state: Acquired}\n"),
          S(92 + 60));
}

void tests_harness_rack_estimate(void);
void tests_harness_rack_estimate(void)
{
    TEST_SUITE("rack/estimate", {"what is said", what_is_said}, {"a boot", a_boot},
               {"retries", retries}, {"readings", readings}, {"options", options},
               {"without an address", without_an_address}, {"configured", configured});
}
