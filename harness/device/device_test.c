/* SPDX-License-Identifier: MIT */
/* Which way, and by hand. */
#include "harness/device/device.h"
#include "harness/device/device_testing.h"

static const char *const no_arguments[] = {"true", NULL};
#define COMMAND {.arguments = no_arguments, .argument_count = 1}

static void ways_are(const struct lab_phone *phone, const enum lab_driver expected[DEVICE_ACTIONS])
{
    for (unsigned i = 0; i < DEVICE_ACTIONS; i++)
        CU_ASSERT_EQUAL(device_way(phone, (enum device_action)i), expected[i]);
}

static void the_way_of_each_action(void)
{
    const struct lab_phone by_page = {
        .web = {.given = true}, .reset = LAB_DRIVER_WEB, .reboot = LAB_DRIVER_WEB};
    const struct lab_phone by_hand = {
        .reset = LAB_DRIVER_MANUAL, .reboot = LAB_DRIVER_MANUAL, .power = LAB_DRIVER_MANUAL};
    const struct lab_phone by_switch = {.web = {.given = true},
                                        .reset = LAB_DRIVER_COMMAND,
                                        .reset_command = COMMAND,
                                        .reboot = LAB_DRIVER_POWER,
                                        .power = LAB_DRIVER_SNMP,
                                        .snmp = {.host = "switch"}};
    const struct lab_phone by_command = {.reset = LAB_DRIVER_COMMAND,
                                         .reset_command = COMMAND,
                                         .reboot = LAB_DRIVER_COMMAND,
                                         .reboot_command = COMMAND,
                                         .power = LAB_DRIVER_COMMAND,
                                         .power_off_command = COMMAND,
                                         .power_on_command = COMMAND};
    ways_are(&by_page, (const enum lab_driver[DEVICE_ACTIONS]){
                           LAB_DRIVER_WEB, LAB_DRIVER_WEB, LAB_DRIVER_NONE, LAB_DRIVER_NONE,
                           LAB_DRIVER_WEB, LAB_DRIVER_WEB, LAB_DRIVER_WEB});
    ways_are(&by_hand, (const enum lab_driver[DEVICE_ACTIONS]){
                           LAB_DRIVER_MANUAL, LAB_DRIVER_MANUAL, LAB_DRIVER_MANUAL,
                           LAB_DRIVER_MANUAL, LAB_DRIVER_NONE, LAB_DRIVER_NONE, LAB_DRIVER_NONE});
    ways_are(&by_switch, (const enum lab_driver[DEVICE_ACTIONS]){
                             LAB_DRIVER_COMMAND, LAB_DRIVER_POWER, LAB_DRIVER_SNMP, LAB_DRIVER_SNMP,
                             LAB_DRIVER_WEB, LAB_DRIVER_WEB, LAB_DRIVER_WEB, LAB_DRIVER_SNMP});
    ways_are(&by_command,
             (const enum lab_driver[DEVICE_ACTIONS]){
                 LAB_DRIVER_COMMAND, LAB_DRIVER_COMMAND, LAB_DRIVER_COMMAND, LAB_DRIVER_COMMAND,
                 LAB_DRIVER_NONE, LAB_DRIVER_NONE, LAB_DRIVER_NONE});
}

/* A driver that lacks what it needs is no way. */
static void half_given_ways(void)
{
    const struct lab_phone nothing = {.reset = LAB_DRIVER_WEB, .reboot = LAB_DRIVER_POWER};
    const struct lab_phone no_switch = {
        .reset = LAB_DRIVER_COMMAND, .reboot = LAB_DRIVER_SNMP, .power = LAB_DRIVER_SNMP};
    const struct lab_phone odd = {.web = {.given = true},
                                  .reset = LAB_DRIVER_POWER,
                                  .reboot = LAB_DRIVER_POWER,
                                  .power = LAB_DRIVER_WEB};
    const struct lab_phone only_off = {
        .reboot = LAB_DRIVER_POWER, .power = LAB_DRIVER_COMMAND, .power_off_command = COMMAND};
    for (unsigned i = DEVICE_FACTORY_RESET; i <= DEVICE_POWER_ON; i++) {
        CU_ASSERT_EQUAL(device_way(&nothing, (enum device_action)i), LAB_DRIVER_NONE);
        CU_ASSERT_EQUAL(device_way(&no_switch, (enum device_action)i), LAB_DRIVER_NONE);
        CU_ASSERT_EQUAL(device_way(&odd, (enum device_action)i), LAB_DRIVER_NONE);
    }
    CU_ASSERT_EQUAL(device_way(&only_off, DEVICE_POWER_OFF), LAB_DRIVER_COMMAND);
    CU_ASSERT_EQUAL(device_way(&only_off, DEVICE_POWER_ON), LAB_DRIVER_NONE);
    CU_ASSERT_EQUAL(device_way(&only_off, DEVICE_REBOOT), LAB_DRIVER_NONE);
}

static const struct lab_phone by_hand = {.name = "desk-1",
                                         .mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0xcc}},
                                         .model = "8841",
                                         .web = {.password = {.value = "8841"}},
                                         .reset = LAB_DRIVER_MANUAL,
                                         .reboot = LAB_DRIVER_POWER,
                                         .power = LAB_DRIVER_MANUAL};

static void a_person_is_asked(void)
{
    struct bench bench;
    bench_loop(&bench);
    bench_device(&bench, (struct device_config){
                             .outside_netns_fd = -1, .phone = &by_hand, .ask = bench_asked});
    CU_ASSERT_EQUAL(bench_act(&bench, DEVICE_FACTORY_RESET, 0, NULL), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.asked, "desk-1 (8841, 00:11:22:aa:bb:cc): please reset"));
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.asked, "hold the key # down"));
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.asked, "type 123456789*0#"));
    CU_ASSERT_EQUAL(bench_act(&bench, DEVICE_REBOOT, 0, NULL), 0); /* one request, not two */
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.asked, "please restart it: take its power away"));
    CU_ASSERT_EQUAL(bench_act(&bench, DEVICE_POWER_OFF, 0, NULL), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.asked, "leave it so"));
    CU_ASSERT_EQUAL(bench_act(&bench, DEVICE_POWER_ON, 0, NULL), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench.asked, "give it power again"));
    CU_ASSERT_EQUAL(bench.calls, 4);
    bench_done_with(&bench);
}

static void what_cannot_be_done(void)
{
    struct bench bench;
    bench_loop(&bench);
    bench_device(&bench, (struct device_config){.outside_netns_fd = -1, .phone = &by_hand});
    CU_ASSERT_EQUAL(bench_act(&bench, DEVICE_FACTORY_RESET, 0, NULL), ERROR_UNAVAILABLE);
    bench_expect_text(&bench, "desk-1: factory reset needs a person, and nobody is there");
    CU_ASSERT_EQUAL(bench_act(&bench, DEVICE_STATUS, 1, NULL), ERROR_UNAVAILABLE);
    bench_expect_text(&bench, "desk-1: the lab file gives no way for: status");
    CU_ASSERT_FALSE(device_is_busy(bench.device));
    CU_ASSERT_EQUAL(bench.calls, 0);
    device_cancel(bench.device); /* of nothing */
    bench_done_with(&bench);
    device_free(NULL);
}

void tests_harness_device_device(void);
void tests_harness_device_device(void)
{
    TEST_SUITE("device/device", {"the way of each action", the_way_of_each_action},
               {"half-given ways", half_given_ways}, {"a person is asked", a_person_is_asked},
               {"what cannot be done", what_cannot_be_done});
}
