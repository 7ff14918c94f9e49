/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include "harness/wire/dns.h"

void tests_harness_wire_dns(void);

/* One question for `name` given in wire form, then the answers given. */
static void make(struct buffer *buffer, uint16_t answers, const void *question, size_t length)
{
    buffer_init(buffer, 2 * DNS_MESSAGE_MAX);
    buffer_be16(buffer, 0x1234);
    buffer_be16(buffer, 0x8180);
    buffer_be16(buffer, 1);
    buffer_be16(buffer, answers);
    buffer_be32(buffer, 0);
    buffer_append(buffer, question, length);
    buffer_be16(buffer, DNS_A);
    buffer_be16(buffer, 1);
}

static void add_record(struct buffer *buffer, const void *owner, size_t owner_length, uint16_t type,
                       uint16_t class, const void *data, size_t length)
{
    buffer_append(buffer, owner, owner_length);
    buffer_be16(buffer, type);
    buffer_be16(buffer, class);
    buffer_be32(buffer, 60);
    buffer_be16(buffer, (uint16_t)length);
    buffer_append(buffer, data, length);
}

static bool decode_and_done(struct buffer *buffer, struct dns_message *message)
{
    bool decoded = dns_decode(buffer->data, buffer->length, message);
    buffer_done(buffer);
    return decoded;
}

static void query_there_and_back(void)
{
    struct dns_message query = {.id = 7, .type = DNS_SRV};
    memcpy(query.name, "_x._tls.Example.COM", 20);
    struct buffer buffer;
    buffer_init(&buffer, 512);
    CU_ASSERT_TRUE(dns_encode(&buffer, &query));
    static const char bytes[] = "\0\7\1\0\0\1\0\0\0\0\0\0\2_x\4_tls\7Example\3COM\0\0\x21\0\1";
    CU_ASSERT_EQUAL_FATAL(buffer.length, sizeof bytes - 1);
    CU_ASSERT_EQUAL(memcmp(buffer.data, bytes, buffer.length), 0);
    struct dns_message message;
    CU_ASSERT_TRUE(decode_and_done(&buffer, &message));
    CU_ASSERT_EQUAL(message.id, 7);
    CU_ASSERT_FALSE(message.response);
    CU_ASSERT_STRING_EQUAL(message.name, "_x._tls.example.com");
    CU_ASSERT_EQUAL(message.type, DNS_SRV);
    CU_ASSERT_EQUAL(message.address_count, 0);
}

static void answer_there_and_back(void)
{
    struct dns_message answer = {.id = 9,
                                 .response = true,
                                 .rcode = DNS_NOERROR,
                                 .type = DNS_A,
                                 .name = "a.b",
                                 .addresses = {0x0a000001, 0xffffffff},
                                 .address_count = 2};
    struct buffer buffer;
    buffer_init(&buffer, 512);
    CU_ASSERT_TRUE(dns_encode(&buffer, &answer));
    struct dns_message message;
    CU_ASSERT_TRUE(decode_and_done(&buffer, &message));
    CU_ASSERT_TRUE(message.response);
    CU_ASSERT_STRING_EQUAL(message.name, "a.b");
    CU_ASSERT_EQUAL_FATAL(message.address_count, 2);
    CU_ASSERT_EQUAL(message.addresses[0], 0x0a000001);
    CU_ASSERT_EQUAL(message.addresses[1], 0xffffffff);

    answer.rcode = DNS_NXDOMAIN;
    answer.address_count = 0;
    buffer_init(&buffer, 512);
    CU_ASSERT_TRUE(dns_encode(&buffer, &answer));
    CU_ASSERT_TRUE(decode_and_done(&buffer, &message));
    CU_ASSERT_EQUAL(message.rcode, DNS_NXDOMAIN);
}

static void names_that_cannot_be_asked(void)
{
    static const char *const bad[] = {
        "",          ".",
        "a.",        ".a",
        "a..b",      "a b",
        "a\nb",      "a/b",
        "h\xc3\xa9", "1234567890123456789012345678901234567890123456789012345678901234.x"};
    struct buffer buffer;
    buffer_init(&buffer, 512);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct dns_message query = {.type = DNS_A};
        memcpy(query.name, bad[i], strlen(bad[i]));
        CU_ASSERT_FALSE(dns_encode(&buffer, &query));
    }
    struct dns_message query = {.type = DNS_A};
    memset(query.name, 'a', DNS_NAME_MAX); /* without a NUL */
    CU_ASSERT_FALSE(dns_encode(&buffer, &query));
    query = (struct dns_message){.name = "a", .response = true, .address_count = 9};
    CU_ASSERT_FALSE(dns_encode(&buffer, &query));
    CU_ASSERT_EQUAL(buffer.length, 0);
    buffer_done(&buffer);
}

/* 253 characters, the longest there are, pass; one more does not. */
static void the_longest_name(void)
{
    struct dns_message query = {.type = DNS_A};
    memset(query.name, 'a', 253);
    for (size_t i = 63; i < 253; i += 64)
        query.name[i] = '.';
    struct buffer buffer;
    buffer_init(&buffer, 512);
    CU_ASSERT_TRUE(dns_encode(&buffer, &query));
    struct dns_message message;
    CU_ASSERT_TRUE(dns_decode(buffer.data, buffer.length, &message));
    CU_ASSERT_STRING_EQUAL(message.name, query.name);
    query.name[253] = 'a';
    CU_ASSERT_FALSE(dns_encode(&buffer, &query));
    buffer_done(&buffer);
}

/* The address of a chain's end counts, in whatever order the links are listed; others do not. */
static void cname_chains(void)
{
    static const char *const chain[][2] = {{"\1a\0", "\1b\xc0\x0c"}, {"\1b\xc0\x0c", "\1c\0"}};
    for (unsigned order = 0; order < 2; order++) {
        struct buffer buffer;
        make(&buffer, 4, "\1A\0", 3);
        for (unsigned i = 0; i < 2; i++) {
            unsigned link = i ^ order;
            size_t owner = link == 0 ? 3 : 4, target = link == 0 ? 4 : 3;
            add_record(&buffer, chain[link][0], owner, DNS_CNAME, 1, chain[link][1], target);
        }
        add_record(&buffer, "\1x\0", 3, DNS_A, 1, "\1\1\1\1", 4);
        add_record(&buffer, "\1C\0", 3, DNS_A, 1, "\12\0\0\5", 4);
        struct dns_message message;
        CU_ASSERT_TRUE(decode_and_done(&buffer, &message));
        CU_ASSERT_STRING_EQUAL(message.name, "a");
        CU_ASSERT_EQUAL_FATAL(message.address_count, 1);
        CU_ASSERT_EQUAL(message.addresses[0], 0x0a000005);
    }
}

static void a_cname_of_itself_ends(void)
{
    struct buffer buffer;
    make(&buffer, 2, "\1a\0", 3);
    add_record(&buffer, "\1a\0", 3, DNS_CNAME, 1, "\1a\0", 3);
    add_record(&buffer, "\1a\0", 3, DNS_A, 1, "\1\2\3\4", 4);
    struct dns_message message;
    CU_ASSERT_TRUE(decode_and_done(&buffer, &message));
    CU_ASSERT_EQUAL(message.address_count, 1);
}

/* A link that cannot be read ends the chain where it is. */
static void a_cname_that_cannot_be_read(void)
{
    struct buffer buffer;
    make(&buffer, 2, "\1a\0", 3);
    add_record(&buffer, "\1a\0", 3, DNS_CNAME, 1, "\xff\xff", 2);
    add_record(&buffer, "\1a\0", 3, DNS_A, 1, "\1\2\3\4", 4);
    struct dns_message message;
    CU_ASSERT_TRUE(decode_and_done(&buffer, &message));
    CU_ASSERT_EQUAL(message.address_count, 1);
}

static void other_records_are_passed_over(void)
{
    struct buffer buffer;
    make(&buffer, 12, "\1a\0", 3);
    add_record(&buffer, "\1a\0", 3, DNS_AAAA, 1, "0123456789abcdef", 16);
    add_record(&buffer, "\1a\0", 3, DNS_A, 3, "\1\1\1\1", 4); /* class CHAOS */
    add_record(&buffer, "\1a\0", 3, DNS_A, 1, "\1\1\1", 3);   /* of the wrong size */
    for (unsigned i = 0; i < 9; i++)                          /* one more than are kept */
        add_record(&buffer, "\xc0\x0c", 2, DNS_A, 1, "\2\2\2\2", 4);
    struct dns_message message;
    CU_ASSERT_TRUE(decode_and_done(&buffer, &message));
    CU_ASSERT_EQUAL_FATAL(message.address_count, DNS_ADDRESSES_MAX);
    CU_ASSERT_EQUAL(message.addresses[0], 0x02020202);
}

static void bad_names(void)
{
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        {"\xc0\x0c", 2},    /* to itself */
        {"\xc0\xff", 2},    /* forward */
        {"\1a\xc0\x0c", 4}, /* to the start of its own piece */
        {"\x41"
         "a\0",
         3}, /* reserved label types */
        {"\x80"
         "a\0",
         3},
        {"\3a.b\0", 5}, /* a dot inside a label */
        {"\2a\0\0", 4}, /* a NUL inside a label */
        {"\2a \0", 4},
        {"\2a\x7f\0", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer buffer;
        make(&buffer, 0, cases[i].bytes, cases[i].length);
        struct dns_message message = {.id = 5};
        CU_ASSERT_FALSE(decode_and_done(&buffer, &message));
        CU_ASSERT_EQUAL(message.id, 5);
    }
}

/* Pointers that lead back one by one: each is allowed, the name they add up to is too long. The
 * pieces lie inside the data of one record; the next record's owner is the last of them. */
static void a_name_grown_by_pointers(void)
{
    for (size_t pieces = 126; pieces <= 127; pieces++) { /* 1 + 126 * 2 = 253 characters */
        struct buffer buffer, data;
        make(&buffer, 2, "\1a\0", 3);
        buffer_init(&data, DNS_MESSAGE_MAX);
        size_t first = buffer.length + 2 + 10;
        size_t target = 12;
        for (size_t i = 0; i < pieces; i++) {
            size_t here = first + data.length;
            buffer_append(&data, "\1b", 2);
            buffer_be16(&data, (uint16_t)(0xc000 | target));
            target = here;
        }
        add_record(&buffer, "\xc0\x0c", 2, 99, 1, data.data, data.length);
        const uint8_t pointer[] = {(uint8_t)(0xc0 | target >> 8), (uint8_t)target};
        add_record(&buffer, pointer, 2, DNS_A, 1, "\1\1\1\1", 4);
        struct dns_message message;
        CU_ASSERT_EQUAL(decode_and_done(&buffer, &message), pieces == 126);
        buffer_done(&data);
    }
}

static void truncated_at_every_length(void)
{
    struct buffer buffer;
    make(&buffer, 2, "\1a\0", 3);
    add_record(&buffer, "\1a\0", 3, DNS_CNAME, 1, "\1b\xc0\x0e", 4);
    add_record(&buffer, "\1b\0", 3, DNS_A, 1, "\1\2\3\4", 4);
    for (size_t length = 0; length <= buffer.length; length++) {
        uint8_t *copy = bytes_exact_copy(buffer.data, length);
        struct dns_message message;
        CU_ASSERT_EQUAL(dns_decode(copy, length, &message), length == buffer.length);
        free(copy);
    }
    buffer_done(&buffer);
}

static void oversized_and_unasked(void)
{
    static const uint8_t big[DNS_MESSAGE_MAX + 1];
    struct dns_message message = {.type = 3};
    CU_ASSERT_FALSE(dns_decode(big, sizeof big, &message));
    CU_ASSERT_TRUE(dns_decode(big, 12, &message)); /* no question at all */
    CU_ASSERT_STRING_EQUAL(message.name, "");
    CU_ASSERT_EQUAL(message.type, 0);
}

/* Priority, weight, port, target (RFC 2782); the lowest priority comes first. */
static void services_there_and_back(void)
{
    struct dns_message answer = {
        .id = 7,
        .response = true,
        .type = DNS_SRV,
        .name = "_a._tls.example.com",
        .services = {{20, 5, 443, "b.example.com"}, {10, 0, 8443, "c.example.com"}},
        .service_count = 2};
    struct dns_message message;
    struct buffer buffer;
    buffer_init(&buffer, 512);
    CU_ASSERT_TRUE(dns_encode(&buffer, &answer));
    for (size_t length = 0; length < buffer.length; length++)
        CU_ASSERT_FALSE(dns_decode(buffer.data, length, &message));
    CU_ASSERT_TRUE_FATAL(decode_and_done(&buffer, &message));
    CU_ASSERT_EQUAL_FATAL(message.service_count, 2);
    CU_ASSERT_EQUAL(message.services[0].priority, 20);
    CU_ASSERT_EQUAL(message.services[0].weight, 5);
    CU_ASSERT_EQUAL(message.services[0].port, 443);
    CU_ASSERT_STRING_EQUAL(message.services[0].target, "b.example.com");
    CU_ASSERT_STRING_EQUAL(dns_first_service(&message)->target, "c.example.com");
    answer.services[1].target[0] = '\0';
    buffer_init(&buffer, 512);
    CU_ASSERT_FALSE(dns_encode(&buffer, &answer)); /* no name to point to */
    buffer_done(&buffer);
    CU_ASSERT_STRING_EQUAL(dns_first_service(&answer)->target, "b.example.com");
    answer.service_count = 0;
    CU_ASSERT_PTR_NULL(dns_first_service(&answer));
}

static void services_that_cannot_be_read(void)
{
    static const uint8_t question[] = {1, 'a', 0}, owner[] = {0xc0, 12};
    static const struct {
        uint8_t data[12];
        size_t length;
        bool good;
    } cases[] = {
        {{0, 1, 0, 2, 1, 187, 1, 'b', 0}, 9, true},
        {{0, 1, 0, 2, 1, 187, 0}, 7, true},        /* the root: there is none */
        {{0, 1, 0, 2, 1, 187, 0xc0, 12}, 8, true}, /* compressed all the same */
        {{0, 1, 0, 2, 1, 187}, 6, false},          /* no target */
        {{0, 1, 0, 2, 1}, 5, false},
        {{0, 1, 0, 2, 1, 187, 1, 'b', 0, 0}, 10, false}, /* something behind it */
        {{0, 1, 0, 2, 1, 187, 9, 'b', 0}, 9, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer buffer;
        struct dns_message message;
        make(&buffer, 1, question, sizeof question);
        add_record(&buffer, owner, sizeof owner, DNS_SRV, 1, cases[i].data, cases[i].length);
        CU_ASSERT_EQUAL(decode_and_done(&buffer, &message), cases[i].good);
        if (cases[i].good)
            CU_ASSERT_EQUAL(dns_first_service(&message) != NULL, cases[i].data[6] != 0);
    }
}

static void rcode_names(void)
{
    CU_ASSERT_STRING_EQUAL(dns_rcode_name(DNS_NOERROR), "noerror");
    CU_ASSERT_STRING_EQUAL(dns_rcode_name(DNS_FORMERR), "formerr");
    CU_ASSERT_STRING_EQUAL(dns_rcode_name(DNS_SERVFAIL), "servfail");
    CU_ASSERT_STRING_EQUAL(dns_rcode_name(DNS_NXDOMAIN), "nxdomain");
    CU_ASSERT_STRING_EQUAL(dns_rcode_name(DNS_REFUSED), "refused");
    CU_ASSERT_PTR_NULL(dns_rcode_name(4));
}

void tests_harness_wire_dns(void)
{
    TEST_SUITE("wire/dns", {"query there and back", query_there_and_back},
               {"answer there and back", answer_there_and_back},
               {"names that cannot be asked", names_that_cannot_be_asked},
               {"the longest name", the_longest_name}, {"CNAME chains", cname_chains},
               {"a CNAME of itself ends", a_cname_of_itself_ends},
               {"a CNAME that cannot be read", a_cname_that_cannot_be_read},
               {"other records are passed over", other_records_are_passed_over},
               {"bad names", bad_names}, {"a name grown by pointers", a_name_grown_by_pointers},
               {"truncated at every length", truncated_at_every_length},
               {"oversized and unasked", oversized_and_unasked}, {"rcode names", rcode_names},
               {"services there and back", services_there_and_back},
               {"services that cannot be read", services_that_cannot_be_read});
}
