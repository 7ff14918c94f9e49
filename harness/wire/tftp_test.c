/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include "harness/wire/tftp.h"

void tests_harness_wire_tftp(void);

#define DECODE(literal, packet) tftp_decode((const uint8_t *)(literal), sizeof(literal) - 1, packet)

static void encodes_to(const struct tftp_packet *packet, const void *bytes, size_t length)
{
    struct buffer buffer;
    buffer_init(&buffer, 2000);
    tftp_encode(&buffer, packet);
    CU_ASSERT_FALSE(buffer.failed);
    CU_ASSERT_EQUAL_FATAL(buffer.length, length);
    CU_ASSERT_EQUAL(memcmp(buffer.data, bytes, length), 0);
    buffer_done(&buffer);
}

static void requests(void)
{
    static const char bytes[] = "\0\1/8851.xml\0octet\0blksize\0"
                                "1428\0timeout\0"
                                "5\0tsize\0"
                                "0";
    struct tftp_packet packet;
    CU_ASSERT_TRUE_FATAL(tftp_decode((const uint8_t *)bytes, sizeof bytes, &packet));
    CU_ASSERT_EQUAL(packet.opcode, TFTP_RRQ);
    CU_ASSERT_STRING_EQUAL(packet.name, "/8851.xml");
    CU_ASSERT_STRING_EQUAL(packet.mode, "octet");
    CU_ASSERT_TRUE(packet.has_block_bytes && packet.has_timeout && packet.has_transfer_size);
    CU_ASSERT_EQUAL(packet.block_bytes, 1428);
    CU_ASSERT_EQUAL(packet.timeout_s, 5);
    CU_ASSERT_EQUAL(packet.transfer_size, 0);
    encodes_to(&packet, bytes, sizeof bytes);

    CU_ASSERT_TRUE(DECODE("\0\2f\0NetASCII\0", &packet));
    CU_ASSERT_EQUAL(packet.opcode, TFTP_WRQ);
    CU_ASSERT_STRING_EQUAL(packet.mode, "netascii");
    CU_ASSERT_FALSE(packet.has_block_bytes || packet.has_timeout || packet.has_transfer_size);
    packet.mode[0] = '\0'; /* nobody says otherwise: octet */
    encodes_to(&packet, "\0\2f\0octet\0", 10);
}

static void option_names_in_any_case(void)
{
    struct tftp_packet packet;
    CU_ASSERT_TRUE(DECODE("\0\6BLKsize\0"
                          "512\0TSIZE\0"
                          "18446744073709551615\0x\0y\0",
                          &packet));
    CU_ASSERT_EQUAL(packet.opcode, TFTP_OACK);
    CU_ASSERT_TRUE(packet.has_block_bytes && packet.block_bytes == 512);
    CU_ASSERT_TRUE(packet.has_transfer_size && packet.transfer_size == UINT64_MAX);
    CU_ASSERT_FALSE(packet.has_timeout);
    encodes_to(&packet,
               "\0\6blksize\0"
               "512\0tsize\0"
               "18446744073709551615",
               2 + 12 + 27);
}

/* Such an option is as good as not given; the request stands. */
static void option_values_without_sense(void)
{
    static const char *const pairs[][2] = {
        {"blksize", "7"},  {"blksize", "65465"}, {"blksize", "x"},
        {"blksize", "-9"}, {"blksize", ""},      {"blksize", "512 "},
        {"timeout", "0"},  {"timeout", "256"},   {"tsize", "18446744073709551616"},
        {"tsize", "0x10"}, {"unknown", "512"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct buffer buffer;
        buffer_init(&buffer, 200);
        buffer_append(&buffer, "\0\1f\0octet", 10);
        for (size_t k = 0; k < 2; k++)
            buffer_append(&buffer, pairs[i][k], strlen(pairs[i][k]) + 1);
        struct tftp_packet packet;
        CU_ASSERT_TRUE(tftp_decode(buffer.data, buffer.length, &packet));
        CU_ASSERT_FALSE(packet.has_block_bytes || packet.has_timeout || packet.has_transfer_size);
        buffer_done(&buffer);
    }
    struct tftp_packet packet;
    CU_ASSERT_TRUE(DECODE("\0\6tsize\0"
                          "1\0tsize\0"
                          "2\0",
                          &packet));
    CU_ASSERT_EQUAL(packet.transfer_size, 1);
}

static void option_values_at_the_limits(void)
{
    struct tftp_packet packet;
    CU_ASSERT_TRUE(DECODE("\0\6blksize\0"
                          "8\0timeout\0"
                          "1\0",
                          &packet));
    CU_ASSERT_EQUAL(packet.block_bytes, TFTP_BLOCK_BYTES_MIN);
    CU_ASSERT_EQUAL(packet.timeout_s, 1);
    CU_ASSERT_TRUE(DECODE("\0\6blksize\0"
                          "65464\0timeout\0"
                          "255\0",
                          &packet));
    CU_ASSERT_EQUAL(packet.block_bytes, TFTP_BLOCK_BYTES_MAX);
    CU_ASSERT_EQUAL(packet.timeout_s, 255);
}

static void data_and_acknowledgements(void)
{
    struct tftp_packet packet;
    CU_ASSERT_TRUE(DECODE("\0\3\xff\xfehello", &packet));
    CU_ASSERT_EQUAL(packet.opcode, TFTP_DATA);
    CU_ASSERT_EQUAL(packet.block, 0xfffe);
    CU_ASSERT_EQUAL_FATAL(packet.data_length, 5);
    CU_ASSERT_EQUAL(memcmp(packet.data, "hello", 5), 0);
    encodes_to(&packet, "\0\3\xff\xfehello", 9);
    CU_ASSERT_TRUE(DECODE("\0\3\0\1", &packet)); /* the empty last block */
    CU_ASSERT_EQUAL(packet.data_length, 0);
    encodes_to(&packet, "\0\3\0\1", 4);
    CU_ASSERT_TRUE(DECODE("\0\4\1\2", &packet));
    CU_ASSERT_EQUAL(packet.opcode, TFTP_ACK);
    CU_ASSERT_EQUAL(packet.block, 0x0102);
    encodes_to(&packet, "\0\4\1\2", 4);
}

static void errors(void)
{
    struct tftp_packet packet;
    CU_ASSERT_TRUE(DECODE("\0\5\0\1File not found\0", &packet));
    CU_ASSERT_EQUAL(packet.opcode, TFTP_ERROR);
    CU_ASSERT_EQUAL(packet.error, 1);
    CU_ASSERT_STRING_EQUAL(packet.message, "File not found");
    encodes_to(&packet, "\0\5\0\1File not found", 19);
    CU_ASSERT_TRUE(DECODE("\0\5\0\2no end", &packet));
    CU_ASSERT_STRING_EQUAL(packet.message, "no end");
    CU_ASSERT_TRUE(DECODE("\0\5\0\3", &packet));
    CU_ASSERT_STRING_EQUAL(packet.message, "");
    uint8_t big[400] = {0, 5, 0, 0};
    memset(big + 4, 'e', sizeof big - 4);
    for (size_t text = sizeof packet.message - 1; text <= sizeof packet.message; text++) {
        CU_ASSERT_TRUE(tftp_decode(big, 4 + text, &packet));
        CU_ASSERT_EQUAL(strnlen(packet.message, sizeof packet.message), sizeof packet.message - 1);
    }
    CU_ASSERT_TRUE(tftp_decode(big, sizeof big, &packet));
    CU_ASSERT_EQUAL(strlen(packet.message), sizeof packet.message - 1);
}

static void malformed(void)
{
    struct tftp_packet packet = {.block = 77};
    CU_ASSERT_FALSE(DECODE("", &packet));
    CU_ASSERT_FALSE(DECODE("\0", &packet));
    CU_ASSERT_FALSE(DECODE("\0\0", &packet));
    CU_ASSERT_FALSE(DECODE("\0\7", &packet));
    CU_ASSERT_FALSE(DECODE("\1\1f\0octet\0", &packet));
    CU_ASSERT_FALSE(DECODE("\0\3\0", &packet));
    CU_ASSERT_FALSE(DECODE("\0\4\0", &packet));
    CU_ASSERT_FALSE(DECODE("\0\5\0", &packet));
    CU_ASSERT_FALSE(DECODE("\0\1f\0a-mode-of-many-letters\0", &packet));
    uint8_t big[TFTP_NAME_MAX + 10] = {0, 1};
    memset(big + 2, 'n', TFTP_NAME_MAX);
    CU_ASSERT_FALSE(tftp_decode(big, sizeof big, &packet));
    CU_ASSERT_EQUAL(packet.block, 77);
    big[2 + TFTP_NAME_MAX - 1] = '\0';
    big[2 + TFTP_NAME_MAX] = 'm';
    CU_ASSERT_TRUE(tftp_decode(big, 2 + TFTP_NAME_MAX + 2, &packet));
    CU_ASSERT_EQUAL(strlen(packet.name), TFTP_NAME_MAX - 1);
}

/* A request is whole at the end of its mode and of each option. */
static void truncated_at_every_length(void)
{
    static const uint8_t bytes[] = "\0\1ab\0octet\0blksize\0"
                                   "99\0";
    size_t length = sizeof bytes - 1;
    for (size_t cut = 0; cut <= length; cut++) {
        uint8_t *copy = bytes_exact_copy(bytes, cut);
        struct tftp_packet packet;
        CU_ASSERT_EQUAL(tftp_decode(copy, cut, &packet), cut == 11 || cut == length);
        free(copy);
    }
}

void tests_harness_wire_tftp(void)
{
    TEST_SUITE("wire/tftp", {"requests", requests},
               {"option names in any case", option_names_in_any_case},
               {"option values without sense", option_values_without_sense},
               {"option values at the limits", option_values_at_the_limits},
               {"data and acknowledgements", data_and_acknowledgements}, {"errors", errors},
               {"malformed", malformed}, {"truncated at every length", truncated_at_every_length});
}
