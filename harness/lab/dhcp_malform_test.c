/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/dhcp_malform.h"
#include <string.h>

void tests_harness_lab_dhcp_malform(void);

enum { MESSAGE_BYTES_MAX = 1500 };

/* An offer with this option last, as long as it is. */
static void make_offer(uint8_t code, const void *value, size_t length, struct buffer *bytes,
                       struct dhcp_message *ret_message)
{
    const struct dhcp_message head = {
        .op = 2, .xid = 7, .yiaddr = 0x0a4d0101, .chaddr = {{2, 0, 0, 0, 0, 1}}};
    buffer_init(bytes, MESSAGE_BYTES_MAX);
    dhcp_encode_header(bytes, &head);
    dhcp_encode_u8(bytes, DHCP_OPTION_MESSAGE_TYPE, DHCP_OFFER);
    dhcp_encode_u32(bytes, DHCP_OPTION_SERVER_IDENTIFIER, 0x0a4d0001);
    dhcp_encode_u32(bytes, DHCP_OPTION_SUBNET_MASK, 0xffff0000);
    dhcp_encode_option(bytes, code, value, length);
    dhcp_encode_end(bytes);
    CU_ASSERT_TRUE_FATAL(dhcp_decode(bytes->data, bytes->length, ret_message));
}

static const uint8_t url[] = "http://provision.example.net/a/rather/long/way/to/phone.xml";
enum { URL_BYTES = sizeof url - 1 };

static void broken_as_asked_for(void)
{
    static const struct {
        enum dhcp_malformed malformed;
        enum dhcp_form form;
    } cases[] = {
        {DHCP_MALFORMED_TRUNCATED, DHCP_FORM_TRUNCATED},
        {DHCP_MALFORMED_BAD_LENGTH, DHCP_FORM_BAD_LENGTH},
        {DHCP_MALFORMED_NO_END, DHCP_FORM_NO_END},
    };
    struct buffer sound, broken;
    struct dhcp_message message, after;
    struct dhcp_option_view view;
    make_offer(DHCP_OPTION_160, url, URL_BYTES, &sound, &message);
    CU_ASSERT_EQUAL(dhcp_form(&message), DHCP_FORM_GOOD);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer_init(&broken, MESSAGE_BYTES_MAX);
        CU_ASSERT_TRUE(dhcp_malform(cases[i].malformed, &message, &broken));
        CU_ASSERT_TRUE_FATAL(dhcp_decode(broken.data, broken.length, &after));
        CU_ASSERT_EQUAL(dhcp_form(&after), cases[i].form);
        CU_ASSERT_EQUAL(after.xid, 7);
        CU_ASSERT_EQUAL(after.type, DHCP_OFFER);
        bool whole = cases[i].form == DHCP_FORM_NO_END;
        CU_ASSERT_EQUAL(dhcp_option_get(&after, DHCP_OPTION_160, &view), whole);
        CU_ASSERT_EQUAL(broken.length < sound.length, cases[i].form == DHCP_FORM_TRUNCATED);
        buffer_done(&broken);
    }
    buffer_done(&sound);
}

/* A mask of ones must not be taken for the end of the message. */
static void cut_behind_no_end(void)
{
    static const uint8_t ones[] = {255, 255, 255, 255, 255, 255};
    for (size_t length = 0; length <= sizeof ones; length++) {
        struct buffer sound, broken;
        struct dhcp_message message, after;
        make_offer(28, ones, length, &sound, &message);
        buffer_init(&broken, MESSAGE_BYTES_MAX);
        CU_ASSERT_TRUE(dhcp_malform(DHCP_MALFORMED_TRUNCATED, &message, &broken));
        CU_ASSERT_TRUE(dhcp_decode(broken.data, broken.length, &after));
        CU_ASSERT_EQUAL(dhcp_form(&after), DHCP_FORM_TRUNCATED);
        buffer_done(&broken);
        buffer_done(&sound);
    }
}

static void what_cannot_be_broken_so(void)
{
    struct buffer sound, broken;
    struct dhcp_message message;
    uint8_t longest[255];
    memset(longest, 'x', sizeof longest);
    make_offer(DHCP_OPTION_160, longest, sizeof longest, &sound, &message);
    buffer_init(&broken, MESSAGE_BYTES_MAX);
    CU_ASSERT_FALSE(dhcp_malform(DHCP_MALFORMED_BAD_LENGTH, &message, &broken));
    buffer_clear(&broken);
    message.options_length = 0;
    for (size_t i = 0; i < DHCP_MALFORMS; i++)
        CU_ASSERT_FALSE(dhcp_malform((enum dhcp_malformed)i, &message, &broken));
    buffer_done(&broken);
    buffer_done(&sound);
}

/* All options are there, the longest in two pieces; again it cannot be done. */
static void overloaded(void)
{
    struct buffer sound, moved, again;
    struct dhcp_message message, after;
    struct dhcp_option_view view;
    uint32_t mask = 0;
    make_offer(DHCP_OPTION_160, url, URL_BYTES, &sound, &message);
    buffer_init(&moved, MESSAGE_BYTES_MAX);
    CU_ASSERT_TRUE(dhcp_malform(DHCP_MALFORMED_OVERLOAD, &message, &moved));
    CU_ASSERT_TRUE_FATAL(dhcp_decode(moved.data, moved.length, &after));
    CU_ASSERT_EQUAL(dhcp_form(&after), DHCP_FORM_GOOD);
    CU_ASSERT_TRUE(dhcp_option_get(&after, DHCP_OPTION_160, &view));
    CU_ASSERT_EQUAL(view.length, URL_BYTES);
    CU_ASSERT_EQUAL(memcmp(view.value, url, URL_BYTES), 0);
    CU_ASSERT_TRUE(dhcp_option_ipv4(&after, DHCP_OPTION_SUBNET_MASK, &mask));
    CU_ASSERT_EQUAL(mask, 0xffff0000);
    CU_ASSERT_TRUE(dhcp_option_get(&after, DHCP_OPTION_OVERLOAD, &view));
    CU_ASSERT_EQUAL(view.value[0], 3);
    CU_ASSERT_EQUAL(after.file[0], DHCP_OPTION_160);
    CU_ASSERT_EQUAL(after.file[1], URL_BYTES - URL_BYTES / 2);
    CU_ASSERT_EQUAL(after.sname[0], DHCP_OPTION_160);
    CU_ASSERT_EQUAL(after.sname[1], URL_BYTES / 2);
    buffer_init(&again, MESSAGE_BYTES_MAX);
    CU_ASSERT_FALSE(dhcp_malform(DHCP_MALFORMED_OVERLOAD, &after, &again));
    after.file = after.sname = NULL; /* without them they are not there */
    CU_ASSERT_FALSE(dhcp_option_get(&after, DHCP_OPTION_160, &view));
    buffer_done(&again);
    buffer_done(&moved);
    buffer_done(&sound);
}

void tests_harness_lab_dhcp_malform(void)
{
    TEST_SUITE("lab/dhcp_malform", {"broken as asked for", broken_as_asked_for},
               {"cut behind no end", cut_behind_no_end},
               {"what cannot be broken so", what_cannot_be_broken_so}, {"overloaded", overloaded});
}
