/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"
#include "harness/scenario/setting.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct scenario_phone phones[] = {{"desk-1", "8841"}, {"desk-2", "6841"}};

static struct setting *parse(const char *text, struct diagnostics *diagnostics)
{
    return setting_parse("--set", NULL, text, strlen(text), phones, COUNT(phones), diagnostics);
}

static struct setting *good(const char *text)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    struct setting *setting = parse(text, &diagnostics);
    CU_ASSERT_EQUAL(diagnostics.count, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(setting);
    diagnostics_done(&diagnostics);
    return setting;
}

static void each_server_is_set(void)
{
    struct setting *setting = good("edos: [{status: 503, times: 3}, empty]");
    CU_ASSERT_EQUAL(setting->kind, SETTING_EDOS);
    CU_ASSERT_EQUAL(setting->phone, STEP_ALL_PHONES);
    CU_ASSERT_EQUAL(setting->behaviours.count, 2);
    CU_ASSERT_EQUAL(setting->behaviours.items[0].status, 503);
    setting_free(setting);
    setting = good("{provision: hang, phone: desk-2}");
    CU_ASSERT_EQUAL(setting->kind, SETTING_PROVISION);
    CU_ASSERT_EQUAL(setting->phone, 1);
    CU_ASSERT_EQUAL(setting->behaviours.items[0].kind, BEHAVIOUR_HANG);
    setting_free(setting);
    setting = good("dns: {edos: nxdomain}\nphone: 1");
    CU_ASSERT_EQUAL(setting->kind, SETTING_DNS);
    CU_ASSERT_EQUAL(setting->phone, 0);
    CU_ASSERT_EQUAL(setting->dns->answer, DNS_ANSWER_NXDOMAIN);
    setting_free(setting);
}

static void what_dhcp_leaves_out_stays(void)
{
    struct setting *offer = good("dhcp: {offer: {66: x}, lease: 1h}");
    struct setting *silence = good("dhcp: {answer: never}");
    struct scenario_dhcp before = {.lease_us = 12 * DURATION_H, .domain = "example.net"};
    struct scenario_dhcp first = setting_dhcp(offer, &before);
    struct scenario_dhcp second = setting_dhcp(silence, &first);
    CU_ASSERT_EQUAL(second.offer_count, 1);
    CU_ASSERT_EQUAL(second.offer[0].code, 66);
    CU_ASSERT_EQUAL(second.lease_us, DURATION_H);
    CU_ASSERT_EQUAL(second.answer, DHCP_ANSWER_NEVER);
    CU_ASSERT_STRING_EQUAL(second.domain, "example.net");
    setting_free(offer);
    setting_free(silence);
}

static const struct error_case cases[] = {
    {"edos: 5o3", {"1:7: found `5o3`"}},
    {"edso: 503",
     {"1:1: expected a key of a step that sets something (dhcp, dns, edos, provision, phone), "
      "found `edso`; did you mean `edos`?"}},
    {"reboot:", {"1:1: found `reboot`"}},
    {"edos", {"1:1: found `edos`"}},
    {"phone: desk-1", {"1:1: `provision:`, found none of them"}},
    {"{edos: 503, phone: desk-3}", {"1:20: found `desk-3`; did you mean `desk-"}},
    {"{edos: 503, phone: 3}", {"1:20: found `3`"}},
    {"{edos: 503, provision: hang}",
     {"1:13: expected one action in a step, found `provision:` beside `edos:`; give each a step of "
      "its own"}},
    {"dhcp: {offer: {67: x}}", {"1:16: found `67`"}},
    {"dns:\n  edos: nxdomian", {"2:9: found `nxdomian`; did you mean `nxdomain`?"}},
    {"edos: {status: 200, file: x}", {"1:27: "}},
    {"edos: [", {"2:1: expected YAML"}},
    {"", {"1:1: "}},
};

static void problems_are_told_with_their_place(void)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct diagnostics diagnostics;
        diagnostics_init(&diagnostics);
        struct setting *setting = parse(cases[i].text, &diagnostics);
        CU_ASSERT_PTR_NULL(setting);
        testing_check_problems(&cases[i], &diagnostics);
        setting_free(setting);
        diagnostics_done(&diagnostics);
    }
}

static void without_phones_none_is_named(void)
{
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics);
    CU_ASSERT_PTR_NULL(
        setting_parse("--set", NULL, "{edos: 503, phone: 1}", 21, NULL, 0, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.count, 1);
    diagnostics_done(&diagnostics);
}

static void a_step_too_long_is_refused(void)
{
    struct diagnostics diagnostics;
    char *text = calloc(1, SETTING_BYTES_MAX + 2);
    diagnostics_init(&diagnostics);
    memset(text, ' ', SETTING_BYTES_MAX + 1);
    memcpy(text, "edos: 503", 9);
    CU_ASSERT_PTR_NULL(
        setting_parse("--set", NULL, text, SETTING_BYTES_MAX + 1, NULL, 0, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.count, 1);
    diagnostics_done(&diagnostics);
    free(text);
}

void tests_harness_scenario_parse_setting(void);
void tests_harness_scenario_parse_setting(void)
{
    TEST_SUITE("scenario/setting", {"each server is set", each_server_is_set},
               {"what dhcp leaves out stays", what_dhcp_leaves_out_stays},
               {"problems are told with their place", problems_are_told_with_their_place},
               {"without phones none is named", without_phones_none_is_named},
               {"a step too long is refused", a_step_too_long_is_refused});
}
