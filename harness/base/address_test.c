/* SPDX-License-Identifier: MIT */
#include "harness/base/address.h"
#include "harness/base/testing.h"

void tests_harness_base_address(void);

static void mac_texts(void)
{
    static const char *const good[] = {"00:11:22:aa:bb:cc", "00-11-22-AA-BB-CC", "001122aAbBCc"};
    char text[MAC_TEXT_MAX];
    for (size_t i = 0; i < 3; i++) {
        struct mac mac = {{0}};
        CU_ASSERT_TRUE(mac_parse(good[i], &mac));
        CU_ASSERT_STRING_EQUAL(mac_format(&mac, text), "00:11:22:aa:bb:cc");
    }
    static const char *const bad[] = {
        "",
        "00:11:22:aa:bb",
        "00:11:22:aa:bb:cg",
        "00:11:22:aa:bb:cc:dd",
        "00:11-22:aa:bb:cc",
        "0011:22aabbcc",
        "00.11.22.aa.bb.cc",
        "00:11:22:aa:bb:c ",
        ":::::::::::::::::",
        "001122aabbc",
        "0:11:22:aa:bb:ccc",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct mac mac = {{9, 9, 9, 9, 9, 9}};
        CU_ASSERT_FALSE(mac_parse(bad[i], &mac));
        CU_ASSERT_EQUAL(mac.bytes[0], 9);
    }
}

static void mac_kinds(void)
{
    const struct mac broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    const struct mac multicast = {{0x01, 0, 0x5e, 0, 0, 1}};
    const struct mac one = {{0x02, 0, 0, 0, 0, 1}};
    CU_ASSERT_TRUE(mac_is_group(&broadcast));
    CU_ASSERT_TRUE(mac_is_group(&multicast));
    CU_ASSERT_FALSE(mac_is_group(&one));
    CU_ASSERT_TRUE(mac_equal(&one, &one));
    CU_ASSERT_FALSE(mac_equal(&one, &multicast));
}

static void ipv4_texts(void)
{
    char text[IPV4_TEXT_MAX];
    uint32_t address = 0;
    CU_ASSERT_TRUE(ipv4_parse("192.168.77.1", &address));
    CU_ASSERT_EQUAL(address, 0xc0a84d01);
    CU_ASSERT_STRING_EQUAL(ipv4_format(address, text), "192.168.77.1");
    CU_ASSERT_STRING_EQUAL(ipv4_format(UINT32_MAX, text), "255.255.255.255");
    CU_ASSERT_STRING_EQUAL(ipv4_format(0, text), "0.0.0.0");
    CU_ASSERT_STRING_EQUAL(ipv4_format(0x0a630b64, text), "10.99.11.100");
    static const char *const bad[] = {"",         "1.2.3",   "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ",
                                      " 1.2.3.4", "1.2.3.x", "0x1.2.3.4", "01.2.3.4",  "1..3.4"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CU_ASSERT_FALSE(ipv4_parse(bad[i], &address));
        CU_ASSERT_EQUAL(address, 0xc0a84d01);
    }
}

void tests_harness_base_address(void)
{
    TEST_SUITE("base/address", {"MAC texts", mac_texts}, {"MAC kinds", mac_kinds},
               {"IPv4 texts", ipv4_texts});
}
