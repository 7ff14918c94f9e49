/* SPDX-License-Identifier: MIT */
/* What is not about the rules: lives and their order, commands, bounds, the action queue. */
#include "fakes/phone/phone_actions.h"
#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_url.h"
#include "fakes/phone/phone_world_testing.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_phone_core(void);

static void impossible_phones(void)
{
    struct phone_core *core = NULL;
    struct error error = {0};
    struct phone_core_config config = world_config();
    config.model = "9971";
    CU_ASSERT_EQUAL(phone_core_new(&config, &core, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "9971"));
    config = world_config();
    config.serial = NULL;
    CU_ASSERT_EQUAL(phone_core_new(&config, &core, &error), ERROR_INVALID);
    const struct parameter nameless = {.name = "", .value = "x"};
    config = world_config();
    config.parameters = &nameless;
    config.parameter_count = 1;
    CU_ASSERT_EQUAL(phone_core_new(&config, &core, &error), ERROR_LIMIT);
    CU_ASSERT_PTR_NULL(core);
    phone_core_free(NULL);
}

static void presets_come_back_with_a_reset(void)
{
    static const struct parameter presets[] = {{.name = "GPP_B", .value = "preset"},
                                               {.name = "Resync_On_Reset", .value = "No"}};
    struct phone_core_config config = world_config();
    config.parameters = presets;
    config.parameter_count = 2;
    struct world *world = world_new_with(&config);
    world_factory_reset(world);
    world_run(world, 10 * DURATION_S);
    world_configure(world, "GPP_B", "mine");
    world_reboot(world);
    world_run(world, 100 * DURATION_S);
    CU_ASSERT_EQUAL(world_requests(world, WORLD_PROVISION), 1); /* Resync_On_Reset */
    CU_ASSERT_STRING_EQUAL(phone_parameter(world->core, "GPP_B"), "mine");
    world_factory_reset(world);
    CU_ASSERT_STRING_EQUAL(phone_parameter(world->core, "GPP_B"), "preset");
    CU_ASSERT_PTR_NULL(phone_parameter(world->core, "Proxy_1_"));
    phone_world_free(world);
}

static void power(void)
{
    struct world *world = phone_world_new();
    CU_ASSERT_FALSE(phone_core_is_on(world->core));
    CU_ASSERT_EQUAL(phone_core_next_deadline_us(world->core), UINT64_MAX);
    phone_core_reboot(world->core, 0);
    phone_core_page_reboot(world->core, 0, false);
    CU_ASSERT_FALSE(phone_core_is_on(world->core));
    world_power(world, true);
    world_power(world, true);
    world_run(world, 10 * DURATION_S);
    CU_ASSERT_STRING_EQUAL(world->path, "Open Pending Custom-Pending Acquired");
    world_power(world, false); /* silent */
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_RELEASE], 0);
    CU_ASSERT_FALSE(world->page_up);
    CU_ASSERT_EQUAL(phone_core_next_deadline_us(world->core), UINT64_MAX);
    world_power(world, true);
    world_run(world, 10 * DURATION_S);
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_DISCOVER], 1); /* it remembered its address */
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_REQUEST], 2);
    world_reboot(world);
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_RELEASE], 1);
    world_run(world, 10 * DURATION_S);
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_DISCOVER], 2);
    world_power(world, false);
    world_factory_reset(world); /* on an unpowered phone: powers it up */
    CU_ASSERT_TRUE(phone_core_is_on(world->core));
    CU_ASSERT_STRING_EQUAL(world->path, "Open");
    world_run(world, 10 * DURATION_S);
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_DISCOVER], 3);
    phone_world_free(world);
}

static void power_cut_in_the_middle(void)
{
    struct world *world = phone_world_new();
    world->script[WORLD_EDOS] = "hang profile";
    world_factory_reset(world);
    world_run(world, 10 * DURATION_S);
    CU_ASSERT_EQUAL(world->request_count, 1);
    world_power(world, false);
    CU_ASSERT_EQUAL(world->cancels, 1);
    const struct fetch_result late = {
        .status = 200, .text = "", .location = "", .body = (const uint8_t *)"", .body_length = 0};
    phone_core_transfer_done(world->core, world->now_us, 1, &late);
    CU_ASSERT_EQUAL(world->core->memory.state, STATE_PENDING);
    world_power(world, true);
    world_run(world, 2 * DURATION_S);
    world_power(world, false); /* while booting */
    world_run(world, DURATION_M);
    CU_ASSERT_EQUAL(world->request_count, 1);
    world_power(world, true);
    world_run(world, 10 * DURATION_S);
    CU_ASSERT_STRING_EQUAL(world->path, "Open Pending Custom-Pending Acquired");
    phone_world_free(world);
}

static void answers_of_others(void)
{
    struct world *world = phone_world_new();
    world->script[WORLD_EDOS] = "hang";
    world_factory_reset(world);
    world_run(world, 10 * DURATION_S);
    const struct fetch_result result = {
        .status = 200, .text = "", .location = "", .body = (const uint8_t *)"", .body_length = 0};
    phone_core_transfer_done(world->core, world->now_us, 99, &result);
    CU_ASSERT_EQUAL(world->core->memory.state, STATE_PENDING);
    phone_core_dns_packet(world->core, world->now_us, 1, (const uint8_t *)"x", 1);
    phone_core_dhcp_packet(world->core, world->now_us, (const uint8_t *)"x", 1, NULL);
    phone_core_transfer_done(world->core, world->now_us, 1, &result);
    CU_ASSERT_EQUAL(world->core->memory.state, STATE_UNAVAILABLE);
    phone_world_free(world);
}

static void configuration_that_does_not_fit(void)
{
    static char long_url[PHONE_URL_MAX + 1];
    char name[16];
    struct parameters parameters = {0};
    struct error error = {0};
    struct world *world = phone_world_new();
    memset(long_url, 'x', PHONE_URL_MAX);
    world->script[WORLD_EDOS] = "503";
    world_factory_reset(world);
    world_run(world, 10 * DURATION_S);
    for (int i = 0; i < PARAMETERS_MAX - 1; i++) {
        snprintf(name, sizeof name, "X%d", i);
        CU_ASSERT_EQUAL(parameters_set(&parameters, name, ""), 0);
    }
    CU_ASSERT_EQUAL(phone_core_page_configure(world->core, &parameters, &error), 0);
    parameters_done(&parameters);
    parameters_set(&parameters, "Proxy_1_", "x");
    parameters_set(&parameters, "GPP_A", "one too many");
    CU_ASSERT_EQUAL(phone_core_page_configure(world->core, &parameters, &error), ERROR_LIMIT);
    parameters_done(&parameters);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "GPP_A"));
    CU_ASSERT_PTR_NULL(phone_parameter(world->core, "Proxy_1_"));
    CU_ASSERT_EQUAL(world->core->memory.state, STATE_PENDING);
    CU_ASSERT_EQUAL(phone_core_page_resync(world->core, world->now_us, long_url, &error),
                    ERROR_LIMIT);
    phone_world_free(world);
}

static void arp_answer(struct world *world, uint32_t address, struct mac owner)
{
    phone_core_arp_answer(world->core, world->now_us, address, &owner);
    world_settle(world);
}

static void conflict_of_addresses(void)
{
    struct phone_variation variation = phone_variation_plain;
    struct phone_core_config config = world_config();
    const struct mac other = {{2, 0, 0, 0, 0, 9}};
    variation.arp_probe = true;
    config.variation = &variation;
    struct world *world = world_new_with(&config);
    world->script[WORLD_EDOS] = "hang profile";
    world_factory_reset(world);
    arp_answer(world, world->address, other); /* not its own yet */
    world_run(world, 10 * DURATION_S);
    arp_answer(world, world->address + 1, other);
    arp_answer(world, world->address, config.mac); /* it is itself */
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_DECLINE], 0);
    arp_answer(world, world->address, other);
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_DECLINE], 1);
    CU_ASSERT_EQUAL(world->cancels, 1);
    CU_ASSERT_FALSE(world->page_up);
    world->address++;
    world_run(world, 59 * DURATION_S);
    CU_ASSERT_TRUE(world->page_up);
    CU_ASSERT_STRING_EQUAL(world->path, "Open Pending");
    world_run(world, 2 * DURATION_S);
    CU_ASSERT_STRING_EQUAL(world->path, "Open Pending Custom-Pending Acquired");
    phone_world_free(world);
}

/* A phone that does not probe does not listen either. */
static void conflict_that_nobody_looks_for(void)
{
    struct world *world = phone_world_new();
    world_factory_reset(world);
    world_run(world, 10 * DURATION_S);
    arp_answer(world, world->address, (struct mac){{2, 0, 0, 0, 0, 9}});
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_DECLINE], 0);
    CU_ASSERT_TRUE(world->page_up);
    phone_world_free(world);
}

static void address_that_moves(void)
{
    struct world *world = phone_world_new();
    world->lease_seconds = 100;
    world_factory_reset(world);
    world_run(world, 10 * DURATION_S);
    world->address++;
    world_run(world, 60 * DURATION_S);
    struct phone_status status;
    phone_core_status(world->core, &status);
    CU_ASSERT_EQUAL(status.address, world->address);
    CU_ASSERT_STRING_EQUAL(status.customization, "Acquired");
    CU_ASSERT_STRING_EQUAL(status.host_name, "SEP001122AABBCC");
    CU_ASSERT_STRING_EQUAL(status.model->product_name, "CP-8841-3PCC");
    phone_world_free(world);
}

static void every_rule_of_the_profile(void)
{
    struct world *world = phone_world_new();
    world_factory_reset(world);
    world_run(world, 10 * DURATION_S);
    world_configure(world, "Profile_Rule", "[--key secret --alias a] http://prov.test/a");
    world_configure(world, "Profile_Rule_B", "http://prov.test/b");
    world_configure(world, "Profile_Rule_D", "$SCHEME://prov.test/$A");
    world_configure(world, "GPP_A", "d-$B");
    world_reboot(world);
    world_run(world, 10 * DURATION_S);
    CU_ASSERT_EQUAL_FATAL(world->request_count, 5);
    CU_ASSERT_STRING_EQUAL(world->requests[2].url, "http://prov.test:80/a");
    CU_ASSERT_STRING_EQUAL(world->requests[3].url, "http://prov.test:80/b");
    CU_ASSERT_STRING_EQUAL(world->requests[4].url, "http://prov.test:80/d-$B");
    world->script[WORLD_PROVISION] = "config 503 config";
    world_run(world, DURATION_H); /* the second fails: all again a minute later */
    CU_ASSERT_EQUAL(world->request_count, 7);
    world_run(world, DURATION_M);
    CU_ASSERT_EQUAL(world->request_count, 10);
    phone_world_free(world);
}

static void queue_is_bounded(void)
{
    static struct phone_actions actions;
    struct phone_action action;
    for (unsigned i = 0; i < 2 * PHONE_ACTIONS_MAX; i++)
        phone_actions_log(&actions, "line %u\nof two", i);
    CU_ASSERT_FALSE(actions.broken);
    CU_ASSERT_TRUE(phone_actions_take(&actions, &action));
    CU_ASSERT_STRING_EQUAL(action.text, "line 0 of two");
    for (unsigned i = 0; i < PHONE_ACTIONS_MAX / 2; i++)
        phone_actions_put_kind(&actions, PHONE_PAGE_UP);
    CU_ASSERT_FALSE(actions.broken);
    phone_actions_put_kind(&actions, PHONE_PAGE_UP);
    phone_actions_put_kind(&actions, PHONE_PAGE_UP);
    CU_ASSERT_TRUE(actions.broken);
    unsigned taken = 0;
    while (phone_actions_take(&actions, &action))
        taken++;
    CU_ASSERT_EQUAL(taken, PHONE_ACTIONS_MAX);
    CU_ASSERT_FALSE(phone_actions_take(&actions, &action));
    phone_actions_done(&actions);
    phone_actions_done(&actions);
}

/* --- a whole life --- */
static void long_life(struct world *world)
{
    world->script[WORLD_EDOS] = "503 hang garbage reset 303=http://prov.test/ profile";
    world->script[WORLD_PROVISION] = "404 truncated config";
    world_factory_reset(world);
    world_run(world, DURATION_DAY);
    world_power(world, false);
    world_run(world, DURATION_H);
    world_power(world, true);
    world_run(world, DURATION_DAY);
}

static void same_seed_same_actions(void)
{
    struct world *a = phone_world_new(), *b = phone_world_new();
    struct phone_core_config config = world_config();
    config.seed = 8;
    struct world *c = world_new_with(&config);
    long_life(a);
    long_life(b);
    long_life(c);
    CU_ASSERT_STRING_EQUAL(a->path, "Open Pending Custom-Pending Acquired");
    CU_ASSERT_STRING_EQUAL(c->path, "Open Pending Custom-Pending Acquired");
    CU_ASSERT_TRUE(a->log.length > 1000 && !a->log.failed);
    CU_ASSERT_STRING_EQUAL(buffer_string(&a->log), buffer_string(&b->log));
    CU_ASSERT_STRING_NOT_EQUAL(buffer_string(&a->log), buffer_string(&c->log));
    phone_world_free(a);
    phone_world_free(b);
    phone_world_free(c);
}

static void first_boot_message_by_message(void)
{
    struct world *world = phone_world_new();
    world_factory_reset(world);
    world_run(world, 4 * DURATION_S);
    CU_ASSERT_EQUAL(world->dhcp_sent, 0); /* still booting */
    CU_ASSERT_FALSE(world->page_up);
    world_run(world, 2 * DURATION_S);
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_DISCOVER], 1);
    CU_ASSERT_EQUAL(world->dhcp_count[DHCP_REQUEST], 1);
    CU_ASSERT_EQUAL(world->dhcp_at_us[0], 5 * DURATION_S);
    CU_ASSERT_TRUE(world->page_up);
    CU_ASSERT_EQUAL_FATAL(world->request_count, 2);
    CU_ASSERT_STRING_EQUAL(world->requests[0].url,
                           "https://activate.cisco.com:443/software/edos/callhome/rc?id="
                           "001122AABBCC:FCH0000N001:CP-8841-3PCC");
    CU_ASSERT_STRING_EQUAL(world->requests[1].url, "http://prov.test:80/8841-3PCC.xml");
    CU_ASSERT_EQUAL(world->dns_count, 2); /* nothing is cached */
    CU_ASSERT_STRING_EQUAL(world->path, "Open Pending Custom-Pending Acquired");
    CU_ASSERT_STRING_EQUAL(phone_parameter(world->core, "Proxy_1_"), "sip.test");
    phone_world_free(world);
}

void tests_fakes_phone_phone_core(void)
{
    TEST_SUITE("phone/core", {"impossible phones", impossible_phones},
               {"preset parameters", presets_come_back_with_a_reset}, {"power", power},
               {"a power cut in the middle", power_cut_in_the_middle},
               {"answers that nobody waits for", answers_of_others},
               {"a configuration that does not fit", configuration_that_does_not_fit},
               {"a conflict of addresses", conflict_of_addresses},
               {"a conflict that nobody looks for", conflict_that_nobody_looks_for},
               {"an address that moves", address_that_moves},
               {"all four profile rules", every_rule_of_the_profile},
               {"the action queue is bounded", queue_is_bounded},
               {"same seed, same actions", same_seed_same_actions},
               {"the first boot, message by message", first_boot_message_by_message});
}
