/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include "harness/wire/tls_hello.h"
#include <stdbool.h>

void tests_harness_wire_tls_hello(void);

enum { BUFFER_MAX = 40000 };

static void extension(struct buffer *buffer, uint16_t type, const void *data, size_t length)
{
    buffer_be16(buffer, type);
    buffer_be16(buffer, (uint16_t)length);
    buffer_append(buffer, data, length);
}

static void server_name(struct buffer *extensions, const char *name, size_t length)
{
    struct buffer data;
    buffer_init(&data, BUFFER_MAX);
    buffer_be16(&data, (uint16_t)(length + 3));
    buffer_u8(&data, 0);
    buffer_be16(&data, (uint16_t)length);
    buffer_append(&data, name, length);
    extension(extensions, 0, data.data, data.length);
    buffer_done(&data);
}

/* A ClientHello handshake message of TLS 1.2 (RFC 5246 7.4.1.2); no extensions if NULL. */
static void make_message(struct buffer *message, const struct buffer *extensions)
{
    struct buffer body;
    buffer_init(&body, BUFFER_MAX);
    buffer_be16(&body, 0x0303);
    for (unsigned i = 0; i < 32; i++)
        buffer_u8(&body, (uint8_t)i);
    buffer_append(&body, "\2\xaa\xbb", 3);         /* session id */
    buffer_append(&body, "\0\4\x13\1\xc0\x2b", 6); /* cipher suites */
    buffer_append(&body, "\1\0", 2);               /* compression methods */
    if (extensions) {
        buffer_be16(&body, (uint16_t)extensions->length);
        buffer_append(&body, extensions->data, extensions->length);
    }
    buffer_init(message, BUFFER_MAX);
    buffer_be32(message, 1u << 24 | (uint32_t)body.length);
    buffer_append(message, body.data, body.length);
    buffer_done(&body);
}

/* Cuts the message into records of at most `step` bytes. */
static void make_records(struct buffer *records, const struct buffer *message, size_t step)
{
    buffer_init(records, BUFFER_MAX * 6);
    for (size_t i = 0; i < message->length; i += step) {
        size_t part = message->length - i < step ? message->length - i : step;
        buffer_append(records, "\x16\3\1", 3);
        buffer_be16(records, (uint16_t)part);
        buffer_append(records, message->data + i, part);
    }
}

/* A hello with a name and TLS 1.3 offered between two values that mean nothing. */
static void make_usual(struct buffer *message)
{
    struct buffer extensions;
    buffer_init(&extensions, BUFFER_MAX);
    extension(&extensions, 0x0a0a, "", 0);
    server_name(&extensions, "Activate.Cisco.COM", 18);
    extension(&extensions, 43, "\x08\x7a\x7a\3\3\3\4\xfa\xfa", 9);
    make_message(message, &extensions);
    buffer_done(&extensions);
}

static enum tls_hello_result parse_message(struct buffer *message, struct tls_hello *hello)
{
    struct buffer records;
    make_records(&records, message, 16384);
    memset(hello, 0, sizeof *hello);
    enum tls_hello_result result = tls_hello_parse(records.data, records.length, hello);
    buffer_done(&records);
    buffer_done(message);
    return result;
}

static void name_and_version(void)
{
    struct buffer message;
    struct tls_hello hello;
    make_usual(&message);
    CU_ASSERT_EQUAL(parse_message(&message, &hello), TLS_HELLO_WHOLE);
    CU_ASSERT_STRING_EQUAL(hello.server_name, "activate.cisco.com");
    CU_ASSERT_EQUAL(hello.version, 0x0304);
    make_message(&message, NULL);
    CU_ASSERT_EQUAL(parse_message(&message, &hello), TLS_HELLO_WHOLE);
    CU_ASSERT_STRING_EQUAL(hello.server_name, "");
    CU_ASSERT_EQUAL(hello.version, 0x0303);
}

static void over_records_of_every_size(void)
{
    struct buffer message;
    make_usual(&message);
    for (size_t step = 1; step <= message.length; step++) {
        struct buffer records;
        make_records(&records, &message, step);
        struct tls_hello hello;
        CU_ASSERT_EQUAL(tls_hello_parse(records.data, records.length, &hello), TLS_HELLO_WHOLE);
        CU_ASSERT_STRING_EQUAL(hello.server_name, "activate.cisco.com");
        buffer_done(&records);
    }
    buffer_done(&message);
}

static void partial_is_not_bad(void)
{
    struct buffer message, records;
    make_usual(&message);
    make_records(&records, &message, 50);
    for (size_t length = 0; length < records.length; length++) {
        uint8_t *copy = bytes_exact_copy(records.data, length);
        struct tls_hello hello = {.version = 9};
        CU_ASSERT_EQUAL(tls_hello_parse(copy, length, &hello), TLS_HELLO_PARTIAL);
        CU_ASSERT_EQUAL(hello.version, 9);
        free(copy);
    }
    buffer_text(&records, "whatever follows");
    struct tls_hello hello;
    CU_ASSERT_EQUAL(tls_hello_parse(records.data, records.length, &hello), TLS_HELLO_WHOLE);
    buffer_done(&records);
    buffer_done(&message);
}

/* Cut inside, with the lengths around it made to fit: bad wherever a field is missing. */
static void a_message_cut_at_every_length(void)
{
    struct buffer message;
    make_usual(&message);
    size_t before_extensions = 4 + 2 + 32 + 3 + 6 + 2;
    for (size_t length = 4; length < message.length; length++) {
        struct buffer cut;
        buffer_init(&cut, BUFFER_MAX);
        buffer_be32(&cut, 1u << 24 | (uint32_t)(length - 4));
        buffer_append(&cut, message.data + 4, length - 4);
        struct tls_hello hello;
        CU_ASSERT_EQUAL(parse_message(&cut, &hello),
                        length == before_extensions ? TLS_HELLO_WHOLE : TLS_HELLO_BAD);
    }
    buffer_done(&message);
}

static void bad_from_the_first_bytes(void)
{
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        {"GET / HTTP/1.1", 14},
        {"\x15\3\3\0\2\2\x28", 7},     /* an alert */
        {"\x16\2", 2},                 /* SSL 2 */
        {"\x16\3\1\0\0", 5},           /* an empty record */
        {"\x16\3\1\x40\1", 5},         /* a record longer than 16 KiB */
        {"\x16\3\1\0\1\2", 6},         /* a ServerHello */
        {"\x16\3\1\0\4\1\0\x40\0", 9}, /* a hello longer than we take */
        {"\x16\3\1\0\1\1\x17\3\1", 9}, /* cut short by application data */
    };
    struct tls_hello hello = {.version = 9};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_EQUAL(tls_hello_parse((const uint8_t *)cases[i].bytes, cases[i].length, &hello),
                        TLS_HELLO_BAD);
    CU_ASSERT_EQUAL(hello.version, 9);
}

static void names_that_are_none(void)
{
    static const struct {
        const char *name;
        size_t length;
    } cases[] = {{"", 0}, {"a\0b", 3}, {"a b", 3}, {"a\n", 2}, {"\xff", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer extensions, message;
        buffer_init(&extensions, BUFFER_MAX);
        server_name(&extensions, cases[i].name, cases[i].length);
        make_message(&message, &extensions);
        struct tls_hello hello;
        CU_ASSERT_EQUAL(parse_message(&message, &hello), TLS_HELLO_BAD);
        buffer_done(&extensions);
    }
    char big[TLS_SERVER_NAME_MAX];
    memset(big, 'a', sizeof big);
    for (size_t length = sizeof big - 1; length <= sizeof big; length++) {
        struct buffer extensions, message;
        buffer_init(&extensions, BUFFER_MAX);
        server_name(&extensions, big, length);
        make_message(&message, &extensions);
        struct tls_hello hello;
        CU_ASSERT_EQUAL(parse_message(&message, &hello),
                        length < sizeof big ? TLS_HELLO_WHOLE : TLS_HELLO_BAD);
        buffer_done(&extensions);
    }
}

static void extensions_that_lie(void)
{
    static const struct {
        uint16_t type;
        const char *data;
        size_t length;
    } cases[] = {
        {0, "\0\x09\0\0\1a", 6}, /* a list longer than its extension */
        {0, "\0\4\0\0\2a", 6},   /* a name longer than its list */
        {0, "\0", 1},
        {43, "\4\3\4", 3},
        {43, "\1\3", 2}, /* half a version */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer extensions, message;
        buffer_init(&extensions, BUFFER_MAX);
        extension(&extensions, cases[i].type, cases[i].data, cases[i].length);
        make_message(&message, &extensions);
        struct tls_hello hello;
        CU_ASSERT_EQUAL(parse_message(&message, &hello), TLS_HELLO_BAD);
        buffer_done(&extensions);
    }
}

static void the_largest_hello(void)
{
    struct buffer extensions, message;
    buffer_init(&extensions, BUFFER_MAX);
    server_name(&extensions, "a", 1);
    static const uint8_t filler[TLS_HELLO_MAX];
    size_t without = 4 + 2 + 32 + 3 + 6 + 2 + 2 + 10 + 4;
    extension(&extensions, 21, filler, TLS_HELLO_MAX - without);
    make_message(&message, &extensions);
    CU_ASSERT_EQUAL(message.length, TLS_HELLO_MAX);
    struct tls_hello hello;
    CU_ASSERT_EQUAL(parse_message(&message, &hello), TLS_HELLO_WHOLE);
    CU_ASSERT_STRING_EQUAL(hello.server_name, "a");
    buffer_done(&extensions);
}

void tests_harness_wire_tls_hello(void)
{
    TEST_SUITE("wire/tls_hello", {"name and version", name_and_version},
               {"over records of every size", over_records_of_every_size},
               {"partial is not bad", partial_is_not_bad},
               {"a message cut at every length", a_message_cut_at_every_length},
               {"bad from the first bytes", bad_from_the_first_bytes},
               {"names that are none", names_that_are_none},
               {"extensions that lie", extensions_that_lie},
               {"the largest hello", the_largest_hello});
}
