/* SPDX-License-Identifier: MIT */
/* `network:` read: what it says, and what is said of mistakes. */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"
#include "harness/scenario/network.h"

void tests_harness_scenario_parse_network(void);

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static struct scenario_network good(const char *text)
{
    struct diagnostics diagnostics;
    struct scenario_network network;
    memset(&network, 0xff, sizeof network);
    diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE(network_parse("--network", text, &network, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.count, 0);
    diagnostics_done(&diagnostics);
    return network;
}

static void plain_keys_are_for_both_directions(void)
{
    struct scenario_network network =
        good("{delay: 50ms, jitter: 20ms, loss: 5%, duplicate: 1%, reorder: 2.5%, corrupt: 0.0001%,"
             " rate: 2Mbit, queue: 50}");
    CU_ASSERT_EQUAL(network.outage, NETWORK_CARRIES);
    for (size_t i = 0; i < NETWORK_DIRECTIONS; i++) {
        const struct network_path *path = &network.paths[i];
        CU_ASSERT_EQUAL(path->delay_us, 50 * DURATION_MS);
        CU_ASSERT_EQUAL(path->jitter_us, 20 * DURATION_MS);
        CU_ASSERT_EQUAL(path->loss, 50000);
        CU_ASSERT_EQUAL(path->burst, 0);
        CU_ASSERT_EQUAL(path->duplicate, 10000);
        CU_ASSERT_EQUAL(path->reorder, 25000);
        CU_ASSERT_EQUAL(path->corrupt, 1);
        CU_ASSERT_EQUAL(path->rate, 2000000);
        CU_ASSERT_EQUAL(path->queue, 50);
    }
}

static void a_direction_changes_what_is_for_both(void)
{
    /* Wherever it stands in the map. */
    struct scenario_network network =
        good("{from-phone: {loss: {percent: 12.5, burst: 4}}, loss: 1%, delay: 2s,"
             " to-phone: {delay: 3s, rate: 64kbit}}");
    CU_ASSERT_EQUAL(network.paths[NETWORK_FROM_PHONE].loss, 125000);
    CU_ASSERT_EQUAL(network.paths[NETWORK_FROM_PHONE].burst, 4);
    CU_ASSERT_EQUAL(network.paths[NETWORK_FROM_PHONE].delay_us, 2 * DURATION_S);
    CU_ASSERT_EQUAL(network.paths[NETWORK_FROM_PHONE].rate, 0);
    CU_ASSERT_EQUAL(network.paths[NETWORK_TO_PHONE].loss, 10000);
    CU_ASSERT_EQUAL(network.paths[NETWORK_TO_PHONE].burst, 0);
    CU_ASSERT_EQUAL(network.paths[NETWORK_TO_PHONE].delay_us, 3 * DURATION_S);
    CU_ASSERT_EQUAL(network.paths[NETWORK_TO_PHONE].rate, 64000);
}

static void outages_and_normal(void)
{
    struct scenario_network network = good("{down: 10m}");
    CU_ASSERT_EQUAL(network.outage, NETWORK_DOWN);
    CU_ASSERT_EQUAL(network.outage_us, 10 * DURATION_M);
    network = good("{cut: 5s}");
    CU_ASSERT_EQUAL(network.outage, NETWORK_CUT);
    CU_ASSERT_EQUAL(network.outage_us, 5 * DURATION_S);
    const struct scenario_network plain = {0};
    network = good("normal");
    CU_ASSERT_EQUAL(memcmp(&network, &plain, sizeof plain), 0);
}

static const struct error_case cases[] = {
    {GIVEN("network: {}"), {"2:18: expected `normal`, or what the line does"}},
    {GIVEN("network: bad"),
     {"2:18: expected `normal`, or what the line does (delay, loss, …), "
      "found `bad`"}},
    {GIVEN("network: {los: 1%}"), {"2:19: found `los`; did you mean `loss`?"}},
    {GIVEN("network: {loss: 5}"),
     {"2:25: expected a share from 0% to 100% such as 0.5%, found `5`"}},
    {GIVEN("network: {loss: 101%}"), {"2:25: expected a share from 0% to 100%"}},
    {GIVEN("network: {loss: 0.00001%}"), {"2:25: expected a share from 0% to 100%"}},
    {GIVEN("network: {loss: {percent: 5}}"),
     {"2:25: expected `burst:` in `loss`, found no such key"}},
    {GIVEN("network: {loss: {percent: 5%, burst: 0}}"),
     {"2:35: expected a number from 0 to 100 such as 0.5, found `5%`",
      "2:46: expected how many frames are lost in a row"}},
    {GIVEN("network: {rate: 10}"),
     {"2:25: expected a rate from 1kbit to 10Gbit such as 64kbit or 2Mbit, found `10`"}},
    {GIVEN("network: {rate: 20Gbit}"), {"2:25: expected a rate from 1kbit to 10Gbit"}},
    {GIVEN("network: {rate: 0.5kbit}"), {"2:25: expected a rate from 1kbit to 10Gbit"}},
    {GIVEN("network: {queue: 0}"), {"2:26: expected a number of frames"}},
    {GIVEN("network: {delay: 2h}"), {"2:26: expected at most 1h, found `2h`"}},
    {GIVEN("network: {jitter: 5ms}"), {"2:18: expected a jitter of at most the delay"}},
    {GIVEN("network: {delay: 9ms, to-phone: {jitter: 10ms}}"),
     {"2:41: expected a jitter of at most the delay"}},
    {GIVEN("network: {down: 10m, loss: 1%}"), {"2:19: expected `down:` to stand alone"}},
    {GIVEN("network: {down: 1m, cut: 1m}"), {"2:29: expected `cut:` to stand alone"}},
    {GIVEN("network: {cut: 0}"), {"2:24: expected a duration above 0"}},
    {GIVEN("network: {from-phone: {down: 1m}}"), {"2:32: found `down`"}},
};

static void mistakes(void)
{
    testing_check_errors(cases, COUNT(cases));
}

void tests_harness_scenario_parse_network(void)
{
    TEST_SUITE("scenario/network",
               {"plain keys are for both directions", plain_keys_are_for_both_directions},
               {"a direction changes what is for both", a_direction_changes_what_is_for_both},
               {"outages, and normal", outages_and_normal}, {"mistakes", mistakes});
}
