/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/observe/boots.h"
#include "harness/observe/frames_testing.h"

void tests_harness_observe_boots(void);

static void discover_sent_again_is_one_boot(void)
{
    struct net net;
    net_open(&net);
    net_dhcp(&net, DHCP_DISCOVER);
    net.now_us += 4 * DURATION_S;
    net_dhcp(&net, DHCP_DISCOVER);
    net_dhcp(&net, DHCP_OFFER);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_DHCP), 3);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
    CU_ASSERT_FALSE(net_last(&net, EVENT_BOOT)->boot.action_known);
    net_close(&net);
}

static void actions_lead_to_boots(void)
{
    static const enum event_action actions[] = {ACTION_FACTORY_RESET, ACTION_REBOOT,
                                                ACTION_POWER_OFF, ACTION_POWER_ON};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        struct net net;
        net_open(&net);
        net_lease(&net);
        net_action(&net, actions[i]);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
        net_lease(&net);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 2);
        CU_ASSERT_TRUE(net_last(&net, EVENT_BOOT)->boot.action_known);
        CU_ASSERT_EQUAL(net_last(&net, EVENT_BOOT)->boot.action, actions[i]);
        net_close(&net);
    }
}

static void configuring_is_no_boot(void)
{
    struct net net;
    net_open(&net);
    net_lease(&net);
    net_action(&net, ACTION_CONFIGURE);
    net.now_us += 2 * (uint64_t)NET_LEASE_S * DURATION_S;
    net_lease(&net);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
    net_close(&net);
}

static void a_reset_reaches_over_a_power_cut(void)
{
    struct net net;
    net_open(&net);
    net_action(&net, ACTION_FACTORY_RESET);
    net_action(&net, ACTION_POWER_OFF);
    net_action(&net, ACTION_POWER_ON);
    net_dhcp(&net, DHCP_DISCOVER);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_BOOT)->boot.action, ACTION_POWER_ON);
    NET_ASSERT_STATE(&net, STATE_OPEN, RULE_OPEN_1);
    net_action(&net, ACTION_REBOOT);
    net_dhcp(&net, DHCP_DISCOVER);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_STATE), 1); /* that was no reset */
    net_close(&net);
}

static void sudden_discover_is_a_boot_by_itself(void)
{
    struct net net;
    net_open(&net);
    net_start(&net);
    net.now_us += DURATION_H;
    net_dhcp(&net, DHCP_DISCOVER);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 2);
    CU_ASSERT_FALSE(net_last(&net, EVENT_BOOT)->boot.action_known);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_STATE), 1);
    net_close(&net);
}

static void losing_a_lease_is_no_boot(void)
{
    static const enum dhcp_type losses[] = {DHCP_NAK, DHCP_DECLINE, DHCP_ACK};
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        struct net net;
        net_open(&net);
        net_lease(&net);
        if (losses[i] == DHCP_ACK)
            net.now_us += (uint64_t)NET_LEASE_S * DURATION_S; /* it runs out instead */
        else
            net_dhcp(&net, losses[i]);
        net_lease(&net);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
        net_close(&net);
    }
}

/* What a phone does about its lease once its cable was out is no boot; the DISCOVER after that
 * lease is one again. */
static void a_pulled_cable_is_no_boot(void)
{
    static const uint8_t address[] = {10, 77, 1, 23};
    for (int remembers = 0; remembers < 2; remembers++) {
        struct net net;
        net_open(&net);
        net_lease(&net);
        net_event(&net, &(struct event){.type = EVENT_CARRIER, .carrier.present = false});
        net_event(&net, &(struct event){.type = EVENT_CARRIER, .carrier.present = true});
        if (remembers)
            net_dhcp_text(&net, DHCP_REQUEST, DHCP_OPTION_REQUESTED_ADDRESS, address,
                          sizeof address);
        else
            net_dhcp(&net, DHCP_DISCOVER);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
        net_dhcp(&net, DHCP_ACK);
        net_dhcp(&net, DHCP_DISCOVER);
        CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 2);
        net_close(&net);
    }
}

static void release_announces_a_boot(void)
{
    struct net net;
    net_open(&net);
    net_lease(&net);
    net_action(&net, ACTION_REBOOT);
    net_dhcp(&net, DHCP_RELEASE);
    net_dhcp(&net, DHCP_DISCOVER);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 2);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_BOOT)->boot.action, ACTION_REBOOT);
    net_dhcp(&net, DHCP_ACK);
    net_dhcp(&net, DHCP_RELEASE);
    net_dhcp(&net, DHCP_DISCOVER);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 3);
    CU_ASSERT_FALSE(net_last(&net, EVENT_BOOT)->boot.action_known);
    net_close(&net);
}

static void init_reboot_is_a_boot(void)
{
    static const uint8_t address[] = {10, 77, 1, 23};
    struct net net;
    net_open(&net);
    net_dhcp_text(&net, DHCP_REQUEST, DHCP_OPTION_REQUESTED_ADDRESS, address, sizeof address);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
    net_dhcp(&net, DHCP_NAK);
    net_dhcp(&net, DHCP_DISCOVER);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
    net_close(&net);
}

static void renewing_is_no_boot(void)
{
    struct net net;
    net_open(&net);
    net_lease(&net);
    net.now_us += DURATION_H;
    net_dhcp(&net, DHCP_REQUEST); /* without option 50 */
    net_dhcp(&net, DHCP_ACK);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_BOOT), 1);
    net_close(&net);
}

static void a_request_from_a_leased_address_is_no_boot(void)
{
    static const uint8_t options[] = {50, 4, 10, 77, 1, 23};
    struct boots boots = {.not_first = true, .lease_end_us = UINT64_MAX};
    struct boot_cause cause;
    struct event request = {.type = EVENT_DHCP,
                            .dhcp.type = DHCP_REQUEST,
                            .dhcp.options.bytes = options,
                            .dhcp.options.length = sizeof options,
                            .dhcp.source_address = NET_PHONE};
    CU_ASSERT_FALSE(boots_dhcp(&boots, &request, &cause));
    request.dhcp.source_address = 0;
    request.dhcp.server_address = NET_NAMES; /* RFC 2131: SELECTING */
    CU_ASSERT_FALSE(boots_dhcp(&boots, &request, &cause));
    request.dhcp.server_address = 0;
    CU_ASSERT_TRUE(boots_dhcp(&boots, &request, &cause));
}

static void some_leases_last_for_ever(void)
{
    struct boots boots = {.not_first = true};
    struct boot_cause cause;
    struct event ack = {.dhcp = {.type = DHCP_ACK, .lease_s = UINT32_MAX}};
    struct event discover = {.dhcp.type = DHCP_DISCOVER, .time_us = 10000 * DURATION_DAY * 365};
    CU_ASSERT_FALSE(boots_dhcp(&boots, &ack, &cause));
    CU_ASSERT_TRUE(boots_dhcp(&boots, &discover, &cause));
}

void tests_harness_observe_boots(void)
{
    TEST_SUITE("observe/boots", {"DISCOVER sent again", discover_sent_again_is_one_boot},
               {"actions lead to boots", actions_lead_to_boots},
               {"configuring is no boot", configuring_is_no_boot},
               {"a reset reaches over a power cut", a_reset_reaches_over_a_power_cut},
               {"a sudden DISCOVER", sudden_discover_is_a_boot_by_itself},
               {"losing a lease is no boot", losing_a_lease_is_no_boot},
               {"a pulled cable is no boot", a_pulled_cable_is_no_boot},
               {"RELEASE announces a boot", release_announces_a_boot},
               {"INIT-REBOOT", init_reboot_is_a_boot}, {"renewing is no boot", renewing_is_no_boot},
               {"a request from a leased address", a_request_from_a_leased_address_is_no_boot},
               {"leases for ever", some_leases_last_for_ever});
}
