/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/run/frame_secrets.h"
#include "harness/wire/frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HARNESS UINT32_C(0xc0a84d01)
#define PHONE UINT32_C(0xc0a84d32)
#define PASSWORD "to& secret"
#define LOGIN "YWRtaW46dG8mIHNlY3JldA==" /* "admin:" PASSWORD */
#define ENCODED "to%26%20secret"
enum { HEADERS = 54, FRAME_MAX = 2048 };

struct segment {
    uint8_t bytes[FRAME_MAX];
    size_t length;
};

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static uint32_t ones_sum(const uint8_t *bytes, size_t length, uint32_t sum)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* RFC 9293, 3.1: over a pseudo header, too; 0xffff = it is right. */
static uint32_t tcp_sum(const struct segment *segment)
{
    uint32_t tcp_bytes = (uint32_t)segment->length - 34;
    uint32_t sum = ones_sum(segment->bytes + 26, 8, 6 + tcp_bytes);
    return ones_sum(segment->bytes + 34, tcp_bytes, sum);
}

static struct segment make(uint32_t source, uint32_t destination, uint16_t port, uint32_t sequence,
                           uint8_t flags, const char *text)
{
    struct segment segment = {.length = HEADERS + strlen(text)};
    uint8_t *bytes = segment.bytes;
    put16(bytes + 12, 0x0800);
    bytes[14] = 0x45;
    put16(bytes + 16, (uint32_t)segment.length - 14);
    bytes[22] = 64;
    bytes[23] = 6;
    put32(bytes + 26, source);
    put32(bytes + 30, destination);
    put16(bytes + 34, port);
    put16(bytes + 36, 80);
    put32(bytes + 38, sequence);
    bytes[46] = 5 << 4;
    bytes[47] = flags | TCP_ACK;
    memcpy(bytes + HEADERS, text, strlen(text));
    put16(bytes + 50, ~tcp_sum(&segment) & 0xffff);
    CU_ASSERT_EQUAL(tcp_sum(&segment), 0xffff);
    return segment;
}

static struct frame_secrets *open_secrets(void)
{
    struct frame_secrets *secrets = NULL;
    CU_ASSERT_EQUAL_FATAL(frame_secrets_new(HARNESS, &secrets, NULL), 0);
    CU_ASSERT_EQUAL(frame_secrets_add(secrets, "admin", PASSWORD, NULL), 0);
    return secrets;
}

/* What comes of a segment: its payload must be `expected`, all else as it was. */
static void hides(struct frame_secrets *secrets, struct segment segment, const char *expected)
{
    size_t length = segment.length;
    struct segment result = segment;
    const uint8_t *bytes = frame_secrets_hide(secrets, segment.bytes, &length);
    CU_ASSERT_EQUAL_FATAL(length, segment.length);
    memcpy(result.bytes, bytes, length);
    CU_ASSERT_EQUAL(memcmp(result.bytes, segment.bytes, 50), 0);
    CU_ASSERT_EQUAL(tcp_sum(&result), 0xffff);
    CU_ASSERT_EQUAL_FATAL(length - HEADERS, strlen(expected));
    if (memcmp(result.bytes + HEADERS, expected, strlen(expected)) != 0) {
        CU_FAIL("another payload");
        fprintf(stderr, "\nexpected %s\nfound    %.*s\n", expected, (int)strlen(expected),
                (const char *)result.bytes + HEADERS);
    }
}

static struct segment asked(uint32_t sequence, uint8_t flags, const char *text)
{
    return make(HARNESS, PHONE, 40000, sequence, flags, text);
}

static void each_way_to_log_in(void)
{
    struct frame_secrets *secrets = open_secrets();
    hides(secrets, asked(1, TCP_PSH, "GET / HTTP/1.1\r\nAuthorization: Basic " LOGIN "\r\n\r\n"),
          "GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46****************\r\n\r\n");
    hides(secrets, asked(1000, TCP_PSH, "GET /reboot&xuser=admin&xpassword=" ENCODED " HTTP/1.1"),
          "GET /reboot&xuser=admin&xpassword=************** HTTP/1.1");
    hides(secrets, asked(2000, TCP_PSH, "GET /a?xpassword=" PASSWORD "&b=1"),
          "GET /a?xpassword=**********&b=1");
    /* The phone says it again. */
    hides(secrets, make(PHONE, HARNESS, 80, 9, TCP_PSH, "Location: /?xpassword=" ENCODED "\r\n"),
          "Location: /?xpassword=**************\r\n");
    hides(secrets, make(PHONE, HARNESS, 80, 99, TCP_PSH, "value='" PASSWORD "'"),
          "value='**********'");
    frame_secrets_free(secrets);
}

static void nothing_else(void)
{
    struct frame_secrets *secrets = open_secrets();
    const char *const texts[] = {"", "GET /admin/status.xml HTTP/1.1\r\n\r\n", "xpassword=other",
                                 "Authorization: Digest response=\"0123\""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hides(secrets, asked((uint32_t)i * 1000, TCP_PSH, texts[i]), texts[i]);
    /* Neither between others, nor in what is no TCP. */
    struct segment foreign =
        make(PHONE, UINT32_C(0xc0a84d02), 40000, 1, TCP_PSH, "xpassword=" ENCODED);
    hides(secrets, foreign, "xpassword=" ENCODED);
    struct segment datagram = asked(1, TCP_PSH, "xpassword=" ENCODED);
    size_t length = datagram.length;
    datagram.bytes[23] = 17;
    CU_ASSERT_PTR_EQUAL(frame_secrets_hide(secrets, datagram.bytes, &length), datagram.bytes);
    frame_secrets_free(secrets);
}

static void a_short_password_only_in_logins(void)
{
    struct frame_secrets *secrets = NULL;
    CU_ASSERT_EQUAL_FATAL(frame_secrets_new(HARNESS, &secrets, NULL), 0);
    CU_ASSERT_EQUAL(frame_secrets_add(secrets, "admin", "200", NULL), 0);
    hides(secrets, make(PHONE, HARNESS, 80, 1, TCP_PSH, "HTTP/1.1 200 OK\r\n"),
          "HTTP/1.1 200 OK\r\n");
    hides(secrets, asked(1, TCP_PSH, "/200?xpassword=200"), "/200?xpassword=***");
    frame_secrets_free(secrets);
}

/* At each byte, pushed by its last segment alone. */
static void cut_in_two(void)
{
    static const char whole[] = "GET / HTTP/1.1\r\nAuthorization: Basic " LOGIN "\r\n\r\n";
    static const char hidden[] =
        "GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46****************\r\n\r\n";
    for (size_t cut = 1; cut + 1 < sizeof whole; cut++) {
        struct frame_secrets *secrets = open_secrets();
        char first[sizeof whole] = "", expected[sizeof whole] = "";
        memcpy(first, whole, cut);
        memcpy(expected, hidden, cut);
        uint32_t sequence = UINT32_MAX - 40; /* its number passes zero on the way */
        hides(secrets, asked(sequence, 0, first), expected);
        hides(secrets, asked(sequence + (uint32_t)cut, TCP_PSH, whole + cut), hidden + cut);
        /* Lost, and sent again from elsewhere. */
        for (size_t again = 1; again + 1 < sizeof whole; again += 5)
            hides(secrets, asked(sequence + (uint32_t)again, TCP_PSH, whole + again),
                  hidden + again);
        frame_secrets_free(secrets);
    }
}

static void another_connection_goes_on_unharmed(void)
{
    struct frame_secrets *secrets = open_secrets();
    hides(secrets, asked(100, 0, "GET /?xpassword=to"), "GET /?xpassword=**");
    hides(secrets, make(HARNESS, PHONE, 40001, 118, TCP_PSH, "%26%20secret"), "%26%20secret");
    hides(secrets, asked(118, TCP_PSH, "morrow HTTP/1.1"), "morrow HTTP/1.1");
    hides(secrets, asked(118, TCP_PSH, "%26%20secret"), "************");
    frame_secrets_free(secrets);
}

static void the_latest_are_remembered(void)
{
    struct frame_secrets *secrets = open_secrets();
    for (uint32_t i = 0; i < 3 * FRAME_SECRETS_RANGES_MAX; i++)
        hides(secrets, asked(i * 1000, 0, "xpassword=to%26"), "xpassword=*****");
    uint32_t last = 3 * FRAME_SECRETS_RANGES_MAX - 1;
    hides(secrets, asked(last * 1000 + 15, TCP_PSH, "%20secret"), "*********");
    hides(secrets, asked(15, TCP_PSH, "%20secret"), "%20secret");
    frame_secrets_free(secrets);
}

static void bounded(void)
{
    struct frame_secrets *secrets = open_secrets();
    struct error error = {0};
    int result = 0;
    for (int i = 0; result == 0 && i < FRAME_SECRETS_PATTERNS_MAX; i++)
        result = frame_secrets_add(secrets, "admin", PASSWORD, &error);
    CU_ASSERT_EQUAL(result, ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "more than 1024 logins"));
    uint8_t *large = calloc(1, FRAME_SECRETS_BYTES_MAX + 10);
    size_t length = FRAME_SECRETS_BYTES_MAX + 10;
    CU_ASSERT_PTR_NOT_NULL_FATAL(large);
    frame_secrets_hide(secrets, large, &length);
    CU_ASSERT_EQUAL(length, FRAME_SECRETS_BYTES_MAX);
    free(large);
    frame_secrets_free(secrets);
    frame_secrets_free(NULL);
}

void tests_harness_run_frame_secrets(void);
void tests_harness_run_frame_secrets(void)
{
    TEST_SUITE("run/frame_secrets", {"each way to log in", each_way_to_log_in},
               {"nothing else", nothing_else},
               {"a short password only in logins", a_short_password_only_in_logins},
               {"cut in two at each byte, and sent again", cut_in_two},
               {"another connection goes on unharmed", another_connection_goes_on_unharmed},
               {"the latest are remembered", the_latest_are_remembered}, {"bounded", bounded});
}
