/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include "harness/wire/dhcp.h"

void tests_harness_wire_dhcp(void);

enum { HEADER = 240, SNAME_AT = 44, FILE_AT = 108, MESSAGE_MAX = 2000 };

static const struct dhcp_message header = {
    .op = 2,
    .hops = 1,
    .xid = 0xdeadbeef,
    .secs = 7,
    .flags = 0x8000,
    .ciaddr = 0x0a000001,
    .yiaddr = 0x0a000002,
    .siaddr = 0x0a000003,
    .giaddr = 0x0a000004,
    .chaddr = {{0x02, 1, 2, 3, 4, 5}},
};

/* A header with these raw bytes behind the cookie. */
/* Each code present once, in order of first appearance. */
static size_t codes_of(const struct dhcp_message *message, uint8_t codes[DHCP_OPTIONS_MAX])
{
    size_t count = 0;
    struct dhcp_walk walk;
    struct dhcp_item item;
    dhcp_walk_message(&walk, message);
    while (dhcp_walk_next(&walk, &item))
        if (!memchr(codes, item.code, count))
            codes[count++] = item.code;
    return count;
}

static void encode_raw(struct buffer *buffer, const void *options, size_t length)
{
    buffer_init(buffer, MESSAGE_MAX);
    dhcp_encode_header(buffer, &header);
    buffer_append(buffer, options, length);
}

static void there_and_back(void)
{
    struct buffer buffer;
    encode_raw(&buffer, NULL, 0);
    CU_ASSERT_EQUAL(buffer.length, HEADER);
    dhcp_encode_u8(&buffer, DHCP_OPTION_MESSAGE_TYPE, DHCP_OFFER);
    dhcp_encode_u32(&buffer, DHCP_OPTION_LEASE_TIME, 3600);
    dhcp_encode_option(&buffer, DHCP_OPTION_TFTP_SERVER_NAME, "http://a/", 9);
    dhcp_encode_option(&buffer, 80, NULL, 0); /* rapid commit: no value */
    dhcp_encode_end(&buffer);
    CU_ASSERT_EQUAL(buffer.length, 300);

    struct dhcp_message message;
    CU_ASSERT_TRUE_FATAL(dhcp_decode(buffer.data, buffer.length, &message));
    CU_ASSERT_EQUAL(message.op, 2);
    CU_ASSERT_EQUAL(message.hops, 1);
    CU_ASSERT_EQUAL(message.xid, 0xdeadbeef);
    CU_ASSERT_EQUAL(message.secs, 7);
    CU_ASSERT_EQUAL(message.flags, 0x8000);
    CU_ASSERT_EQUAL(message.ciaddr, 0x0a000001);
    CU_ASSERT_EQUAL(message.yiaddr, 0x0a000002);
    CU_ASSERT_EQUAL(message.siaddr, 0x0a000003);
    CU_ASSERT_EQUAL(message.giaddr, 0x0a000004);
    CU_ASSERT_TRUE(mac_equal(&message.chaddr, &header.chaddr));
    CU_ASSERT_EQUAL(message.type, DHCP_OFFER);
    uint32_t lease = 0;
    CU_ASSERT_TRUE(dhcp_option_u32(&message, DHCP_OPTION_LEASE_TIME, &lease));
    CU_ASSERT_EQUAL(lease, 3600);
    struct dhcp_option_view view;
    CU_ASSERT_TRUE(dhcp_option_get(&message, DHCP_OPTION_TFTP_SERVER_NAME, &view));
    CU_ASSERT_EQUAL(view.code, DHCP_OPTION_TFTP_SERVER_NAME);
    CU_ASSERT_EQUAL_FATAL(view.length, 9);
    CU_ASSERT_EQUAL(memcmp(view.value, "http://a/", 9), 0);
    CU_ASSERT_TRUE(dhcp_option_get(&message, 80, &view));
    CU_ASSERT_EQUAL(view.length, 0);
    CU_ASSERT_FALSE(dhcp_option_get(&message, DHCP_OPTION_160, &view));
    uint8_t codes[DHCP_OPTIONS_MAX];
    CU_ASSERT_EQUAL_FATAL(codes_of(&message, codes), 4);
    CU_ASSERT_EQUAL(memcmp(codes, "\x35\x33\x42\x50", 4), 0);
    buffer_done(&buffer);
}

/* The layout of RFC 2131 figure 1, field by field. */
static void bytes_of_the_header(void)
{
    struct buffer buffer;
    encode_raw(&buffer, NULL, 0);
    static const uint8_t start[] = {2,  1, 6, 1, 0xde, 0xad, 0xbe, 0xef, 0,  7, 0x80, 0,
                                    10, 0, 0, 1, 10,   0,    0,    2,    10, 0, 0,    3,
                                    10, 0, 0, 4, 2,    1,    2,    3,    4,  5};
    CU_ASSERT_EQUAL(memcmp(buffer.data, start, sizeof start), 0);
    for (size_t i = sizeof start; i < 236; i++)
        CU_ASSERT_EQUAL(buffer.data[i], 0);
    CU_ASSERT_EQUAL(memcmp(buffer.data + 236, "\x63\x82\x53\x63", 4), 0);
    buffer_done(&buffer);
}

static void not_dhcp(void)
{
    static const struct {
        size_t index;
        uint8_t value;
    } changes[] = {{1, 6}, {2, 16}, {236, 0}, {239, 0x64}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct buffer buffer;
        encode_raw(&buffer, NULL, 0);
        buffer.data[changes[i].index] = changes[i].value;
        struct dhcp_message message = {.xid = 1};
        CU_ASSERT_FALSE(dhcp_decode(buffer.data, buffer.length, &message));
        CU_ASSERT_EQUAL(message.xid, 1);
        buffer_done(&buffer);
    }
}

/* Every length: header cut = no message; options cut = those before the cut still count. */
static void truncated_at_every_length(void)
{
    static const uint8_t options[] = {53, 1, 5,  0, 0,   54,  4,   10, 0,
                                      0,  9, 66, 3, 'a', 'b', 'c', 255};
    struct buffer buffer;
    encode_raw(&buffer, options, sizeof options);
    for (size_t length = 0; length <= buffer.length; length++) {
        uint8_t *copy = bytes_exact_copy(buffer.data, length);
        struct dhcp_message message;
        bool decoded = dhcp_decode(copy, length, &message);
        CU_ASSERT_EQUAL(decoded, length >= HEADER);
        if (decoded) {
            size_t there = length - HEADER;
            CU_ASSERT_EQUAL(message.type, there >= 3 ? DHCP_ACK : 0);
            uint8_t codes[DHCP_OPTIONS_MAX];
            size_t whole = (size_t)(there >= 3) + (there >= 11) + (there >= 16);
            CU_ASSERT_EQUAL(codes_of(&message, codes), whole);
            struct dhcp_option_view view;
            CU_ASSERT_EQUAL(dhcp_option_get(&message, 66, &view), there >= 16);
        }
        free(copy);
    }
    buffer_done(&buffer);
}

static void nothing_counts_behind_the_end(void)
{
    static const uint8_t options[] = {53, 1, 1, 255, 66, 1, 'x'};
    struct buffer buffer;
    encode_raw(&buffer, options, sizeof options);
    struct dhcp_message message;
    struct dhcp_option_view view;
    CU_ASSERT_TRUE(dhcp_decode(buffer.data, buffer.length, &message));
    CU_ASSERT_EQUAL(message.type, DHCP_DISCOVER);
    CU_ASSERT_FALSE(dhcp_option_get(&message, 66, &view));
    buffer_done(&buffer);
}

/* RFC 3396: instances are joined in order, over the three fields. */
static void long_options_are_joined(void)
{
    uint8_t value[700];
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)(i * 7);
    struct buffer buffer;
    encode_raw(&buffer, NULL, 0);
    dhcp_encode_option(&buffer, DHCP_OPTION_VENDOR_SPECIFIC, value, sizeof value);
    CU_ASSERT_EQUAL(buffer.length, HEADER + sizeof value + 3 * 2);
    CU_ASSERT_EQUAL(buffer.data[HEADER + 1], 255);
    dhcp_encode_end(&buffer);
    struct dhcp_message message;
    struct dhcp_option_view view;
    CU_ASSERT_TRUE_FATAL(dhcp_decode(buffer.data, buffer.length, &message));
    CU_ASSERT_TRUE(dhcp_option_get(&message, DHCP_OPTION_VENDOR_SPECIFIC, &view));
    CU_ASSERT_EQUAL_FATAL(view.length, sizeof value);
    CU_ASSERT_EQUAL(memcmp(view.value, value, sizeof value), 0);
    uint8_t codes[DHCP_OPTIONS_MAX];
    CU_ASSERT_EQUAL(codes_of(&message, codes), 1);
    buffer_done(&buffer);
}

static void joined_beyond_the_maximum(void)
{
    uint8_t value[DHCP_OPTION_VALUE_MAX + 1] = {0};
    struct dhcp_message message;
    struct dhcp_option_view view;
    for (size_t more = 0; more < 2; more++) {
        struct buffer buffer;
        encode_raw(&buffer, NULL, 0);
        dhcp_encode_option(&buffer, 43, value, DHCP_OPTION_VALUE_MAX + more);
        CU_ASSERT_TRUE(dhcp_decode(buffer.data, buffer.length, &message));
        CU_ASSERT_EQUAL(dhcp_option_get(&message, 43, &view), more == 0);
        buffer_done(&buffer);
    }
}

/* Option 52 opens `file`, then `sname`, whatever order the bits suggest. */
static void overloaded_fields(void)
{
    for (uint8_t overload = 0; overload <= 3; overload++) {
        const uint8_t options[] = {66, 1, 'a', 52, 1, overload, 255};
        struct buffer buffer;
        encode_raw(&buffer, options, sizeof options);
        memcpy(buffer.data + FILE_AT,
               "\x42\x01"
               "b\x0c\x01h\xff",
               7);
        memcpy(buffer.data + SNAME_AT,
               "\x00\x42\x01"
               "c\xff",
               5);
        struct dhcp_message message;
        struct dhcp_option_view view;
        CU_ASSERT_TRUE_FATAL(dhcp_decode(buffer.data, buffer.length, &message));
        CU_ASSERT_TRUE(dhcp_option_get(&message, 66, &view));
        static const char *const joined[] = {"a", "ab", "ac", "abc"};
        CU_ASSERT_EQUAL_FATAL(view.length, strlen(joined[overload]));
        CU_ASSERT_EQUAL(memcmp(view.value, joined[overload], view.length), 0);
        CU_ASSERT_EQUAL(dhcp_option_get(&message, 12, &view), overload & 1);
        buffer_done(&buffer);
    }
}

static void a_malformed_field_ends_the_options(void)
{
    const uint8_t options[] = {52, 1, 3, 255};
    struct buffer buffer;
    encode_raw(&buffer, options, sizeof options);
    memcpy(buffer.data + FILE_AT,
           "\x42\x01"
           "b\x0c\xc8",
           5); /* 200 bytes into 128 */
    memcpy(buffer.data + SNAME_AT,
           "\x43\x01"
           "c\xff",
           4);
    struct dhcp_message message;
    struct dhcp_option_view view;
    CU_ASSERT_TRUE(dhcp_decode(buffer.data, buffer.length, &message));
    CU_ASSERT_TRUE(dhcp_option_get(&message, 66, &view));
    CU_ASSERT_FALSE(dhcp_option_get(&message, 12, &view));
    CU_ASSERT_FALSE(dhcp_option_get(&message, 67, &view));
    buffer_done(&buffer);
}

static void every_code_at_once(void)
{
    struct buffer buffer;
    encode_raw(&buffer, NULL, 0);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned code = 254; code >= 1; code--)
            dhcp_encode_u8(&buffer, (uint8_t)code, 0);
    }
    dhcp_encode_end(&buffer);
    struct dhcp_message message;
    uint8_t codes[DHCP_OPTIONS_MAX];
    CU_ASSERT_TRUE(dhcp_decode(buffer.data, buffer.length, &message));
    CU_ASSERT_EQUAL_FATAL(codes_of(&message, codes), 254);
    CU_ASSERT_EQUAL(codes[0], 254);
    CU_ASSERT_EQUAL(codes[253], 1);
    buffer_done(&buffer);
}

static void numbers_of_the_wrong_size(void)
{
    static const uint8_t options[] = {51, 3, 0, 0, 1, 3, 8, 10, 0,  0, 1,  10, 0, 0,
                                      2,  6, 5, 1, 2, 3, 4, 5,  42, 0, 53, 2,  1, 1};
    struct buffer buffer;
    encode_raw(&buffer, options, sizeof options);
    struct dhcp_message message;
    uint32_t value = 9;
    CU_ASSERT_TRUE(dhcp_decode(buffer.data, buffer.length, &message));
    CU_ASSERT_EQUAL(message.type, 0);
    CU_ASSERT_FALSE(dhcp_option_u32(&message, 51, &value));
    CU_ASSERT_FALSE(dhcp_option_u32(&message, 3, &value));
    CU_ASSERT_FALSE(dhcp_option_ipv4(&message, 6, &value));
    CU_ASSERT_FALSE(dhcp_option_ipv4(&message, 42, &value));
    CU_ASSERT_FALSE(dhcp_option_ipv4(&message, 150, &value));
    CU_ASSERT_EQUAL(value, 9);
    CU_ASSERT_TRUE(dhcp_option_ipv4(&message, 3, &value)); /* the first of a list */
    CU_ASSERT_EQUAL(value, 0x0a000001);
    buffer_done(&buffer);
}

/* The first sub-option of that code (and enterprise), or NULL; *ret_failed: something was
 * malformed. */
static const struct dhcp_item *first_of(struct dhcp_walk walk, uint32_t enterprise, uint8_t code,
                                        bool *ret_failed)
{
    static struct dhcp_item first;
    struct dhcp_item item;
    bool found = false;
    while (dhcp_walk_next(&walk, &item)) {
        if (!found && item.code == code && item.enterprise == enterprise) {
            first = item;
            found = true;
        }
    }
    *ret_failed = walk.failed;
    return found ? &first : NULL;
}

static void suboptions_of_43(void)
{
    static const uint8_t value[] = {2, 2, 'p', 'c', 0, 1, 3, 'u', 'r', 'l', 255, 3, 9};
    struct dhcp_walk walk;
    bool failed;
    dhcp_walk_vendor_specific(&walk, value, sizeof value);
    const struct dhcp_item *item = first_of(walk, 0, 1, &failed);
    CU_ASSERT_PTR_NOT_NULL_FATAL(item);
    CU_ASSERT_EQUAL_FATAL(item->length, 3);
    CU_ASSERT_EQUAL(memcmp(item->value, "url", 3), 0);
    CU_ASSERT_PTR_NULL(first_of(walk, 0, 3, &failed));
    CU_ASSERT_PTR_NULL(first_of(walk, 0, 0, &failed));
    CU_ASSERT_PTR_NULL(first_of(walk, 0, 255, &failed));
    CU_ASSERT_FALSE(failed);
    dhcp_walk_vendor_specific(&walk, value, 9);
    CU_ASSERT_PTR_NOT_NULL(first_of(walk, 0, 2, &failed));
    CU_ASSERT_TRUE(failed); /* the next one is cut */
    dhcp_walk_vendor_specific(&walk, NULL, 0);
    CU_ASSERT_PTR_NULL(first_of(walk, 0, 1, &failed));
    CU_ASSERT_FALSE(failed);
}

static void enterprises_of_125(void)
{
    static const uint8_t value[] = {0, 0,   0, 9, 3,   5,   1, 'c', 0,    0,    0x0d, 0xe9, 7, 4,
                                    1, 'o', 5, 2, 's', 'n', 0, 0,   0x0d, 0xe9, 3,    6,    1, 'k'};
    struct dhcp_walk walk;
    bool failed;
    dhcp_walk_vendor_identifying(&walk, value, sizeof value);
    const struct dhcp_item *item = first_of(walk, 3561, 5, &failed);
    CU_ASSERT_PTR_NOT_NULL_FATAL(item);
    CU_ASSERT_EQUAL(item->length, 2);
    CU_ASSERT_EQUAL(memcmp(item->value, "sn", 2), 0);
    CU_ASSERT_PTR_NOT_NULL(first_of(walk, 3561, 6, &failed));
    CU_ASSERT_PTR_NOT_NULL_FATAL(item = first_of(walk, 9, 5, &failed));
    CU_ASSERT_EQUAL(memcmp(item->value, "c", 1), 0);
    CU_ASSERT_PTR_NULL(first_of(walk, 10, 5, &failed));
    CU_ASSERT_PTR_NULL(first_of(walk, 9, 4, &failed));
    CU_ASSERT_FALSE(failed);
    for (size_t length = 0; length < sizeof value; length++) {
        uint8_t *copy = bytes_exact_copy(value, length);
        dhcp_walk_vendor_identifying(&walk, copy, length);
        CU_ASSERT_EQUAL(first_of(walk, 9, 5, &failed) != NULL, length >= 8);
        CU_ASSERT_EQUAL(failed, length != 0 && length != 8 && length != 20);
        free(copy);
    }
    static const uint8_t inner[] = {0, 0, 0, 9, 3, 5, 2, 'c', 0, 0, 0, 9, 3, 0, 1, 'x'};
    dhcp_walk_vendor_identifying(&walk, inner, sizeof inner); /* runs out of its own part */
    CU_ASSERT_PTR_NULL(first_of(walk, 9, 5, &failed));
    CU_ASSERT_TRUE(failed);
    CU_ASSERT_PTR_NOT_NULL(first_of(walk, 9, 0, &failed)); /* which ends no other; 0 is no pad */
}

/* What events carry: each code once, cut again, in order of first appearance. */
static void normalized(void)
{
    static const uint8_t file[128] = {66, 1, 'b', 255};
    static const uint8_t options[] = {66, 1, 'a', 0, 52, 1, 1, 60, 0, 255};
    static const uint8_t expected[] = {66, 2, 'a', 'b', 52, 1, 1, 60, 0};
    const struct dhcp_message message = {
        .options = options, .options_length = sizeof options, .file = file};
    struct buffer area;
    struct dhcp_walk walk;
    struct dhcp_option_view view;
    buffer_init(&area, DHCP_AREA_MAX);
    CU_ASSERT_TRUE(dhcp_options_normalize(&message, &area));
    CU_ASSERT_EQUAL_FATAL(area.length, sizeof expected);
    CU_ASSERT_EQUAL(memcmp(area.data, expected, sizeof expected), 0);
    dhcp_walk_area(&walk, area.data, area.length);
    CU_ASSERT_TRUE(dhcp_walk_get(walk, 60, &view));
    CU_ASSERT_EQUAL(view.length, 0);
    CU_ASSERT_FALSE(dhcp_walk_get(walk, 61, &view));
    dhcp_walk_area(&walk, NULL, 0);
    CU_ASSERT_FALSE(dhcp_walk_get(walk, 60, &view));
    buffer_done(&area);
}

static void names(void)
{
    CU_ASSERT_STRING_EQUAL(dhcp_type_name((enum dhcp_type)0), "bootp");
    CU_ASSERT_STRING_EQUAL(dhcp_type_name(DHCP_DISCOVER), "discover");
    CU_ASSERT_STRING_EQUAL(dhcp_type_name(DHCP_NAK), "nak");
    CU_ASSERT_STRING_EQUAL(dhcp_type_name(DHCP_INFORM), "inform");
    CU_ASSERT_PTR_NULL(dhcp_type_name((enum dhcp_type)9));
    CU_ASSERT_PTR_NULL(dhcp_type_name((enum dhcp_type)255));
}

void tests_harness_wire_dhcp(void)
{
    TEST_SUITE("wire/dhcp", {"there and back", there_and_back},
               {"bytes of the header", bytes_of_the_header}, {"not DHCP", not_dhcp},
               {"truncated at every length", truncated_at_every_length},
               {"nothing counts behind the end", nothing_counts_behind_the_end},
               {"long options are joined", long_options_are_joined},
               {"joined beyond the maximum", joined_beyond_the_maximum},
               {"overloaded fields", overloaded_fields},
               {"a malformed field ends the options", a_malformed_field_ends_the_options},
               {"every code at once", every_code_at_once},
               {"numbers of the wrong size", numbers_of_the_wrong_size},
               {"sub-options of 43", suboptions_of_43}, {"enterprises of 125", enterprises_of_125},
               {"normalized", normalized}, {"names", names});
}
