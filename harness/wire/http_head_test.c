/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/wire/bytes_testing.h"
#include "harness/wire/http_head.h"

void tests_harness_wire_http_head(void);

static enum http_head_result parse(const char *text, struct http_head *head)
{
    memset(head, 0, sizeof *head);
    size_t length = strlen(text);
    uint8_t *copy = bytes_exact_copy(text, length);
    enum http_head_result result = http_head_parse(copy, length, head);
    free(copy);
    return result;
}

static const char request[] = "GET /8851-3PCC.xml?a=%20 HTTP/1.1\r\n"
                              "Host: activate.cisco.com\r\n"
                              "uSER-aGENT:\tCisco-CP-8851-3PCC/12.0 (001122aabbcc) \r\n"
                              "Accept: */*\r\n"
                              "\r\n";
static const char response[] = "HTTP/1.0 302 Moved Temporarily\r\n"
                               "Location: http://x/y\r\n"
                               "Content-Length: 12\r\n"
                               "\r\n";

static void a_request(void)
{
    struct http_head head;
    CU_ASSERT_EQUAL(parse(request, &head), HTTP_HEAD_REQUEST);
    CU_ASSERT_STRING_EQUAL(head.method, "GET");
    CU_ASSERT_STRING_EQUAL(head.target, "/8851-3PCC.xml?a=%20");
    CU_ASSERT_EQUAL(head.minor_version, 1);
    CU_ASSERT_STRING_EQUAL(head.host, "activate.cisco.com");
    CU_ASSERT_STRING_EQUAL(head.user_agent, "Cisco-CP-8851-3PCC/12.0 (001122aabbcc)");
    CU_ASSERT_STRING_EQUAL(head.location, "");
    CU_ASSERT_FALSE(head.has_content_length || head.chunked);
    CU_ASSERT_EQUAL(head.head_bytes, sizeof request - 1);
}

static void a_response(void)
{
    struct http_head head;
    CU_ASSERT_EQUAL(parse(response, &head), HTTP_HEAD_RESPONSE);
    CU_ASSERT_EQUAL(head.status, 302);
    CU_ASSERT_EQUAL(head.minor_version, 0);
    CU_ASSERT_STRING_EQUAL(head.location, "http://x/y");
    CU_ASSERT_TRUE(head.has_content_length);
    CU_ASSERT_EQUAL(head.content_length, 12);
    CU_ASSERT_EQUAL(parse("HTTP/1.1 200\r\n\r\n", &head), HTTP_HEAD_RESPONSE);
    CU_ASSERT_EQUAL(head.status, 200);
    CU_ASSERT_STRING_EQUAL(head.encoding, "");
    CU_ASSERT_STRING_EQUAL(head.challenge, "");
    CU_ASSERT_EQUAL(parse("HTTP/1.1 401 No\r\ncontent-encoding: gzip\r\n"
                          "www-Authenticate: Basic realm=\"a\"\r\n\r\n",
                          &head),
                    HTTP_HEAD_RESPONSE);
    CU_ASSERT_STRING_EQUAL(head.encoding, "gzip");
    CU_ASSERT_STRING_EQUAL(head.challenge, "Basic realm=\"a\"");
    CU_ASSERT_EQUAL(parse("HTTP/1.1 503 \r\n\r\nbody", &head), HTTP_HEAD_RESPONSE);
    CU_ASSERT_EQUAL(head.head_bytes, 17);
}

/* Until its last byte a good head is partial, never bad. */
static void partial_is_not_bad(void)
{
    static const char *const heads[] = {request, response, "\r\n\nGET / HTTP/1.1\nA:\n b\n\n"};
    for (size_t i = 0; i < 3; i++) {
        size_t whole = strlen(heads[i]);
        for (size_t length = 0; length <= whole; length++) {
            uint8_t *copy = bytes_exact_copy(heads[i], length);
            struct http_head head = {.status = 7};
            enum http_head_result result = http_head_parse(copy, length, &head);
            if (length < whole) {
                CU_ASSERT_EQUAL(result, HTTP_HEAD_PARTIAL);
                CU_ASSERT_EQUAL(head.status, 7);
            } else {
                CU_ASSERT_EQUAL(result, i == 1 ? HTTP_HEAD_RESPONSE : HTTP_HEAD_REQUEST);
            }
            free(copy);
        }
    }
}

static void tolerated(void)
{
    struct http_head head;
    CU_ASSERT_EQUAL(parse("\r\n\r\nGET / HTTP/1.1\nHost:a\n\nmore", &head), HTTP_HEAD_REQUEST);
    CU_ASSERT_STRING_EQUAL(head.host, "a");
    CU_ASSERT_EQUAL(head.head_bytes, 27);
    CU_ASSERT_EQUAL(
        parse("GET / HTTP/1.1\r\nUser-Agent: one\r\n\t  two\r\n \r\nHost: h\r\n\r\n", &head),
        HTTP_HEAD_REQUEST);
    CU_ASSERT_STRING_EQUAL(head.user_agent, "one two");
    CU_ASSERT_STRING_EQUAL(head.host, "h");
    CU_ASSERT_EQUAL(parse("GET /a b HTTP/1.1\r\n\r\n", &head), HTTP_HEAD_REQUEST);
    CU_ASSERT_STRING_EQUAL(head.target, "/a b");
    CU_ASSERT_EQUAL(parse("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nX: caf\xc3\xa9\r\n\r\n", &head),
                    HTTP_HEAD_REQUEST);
    CU_ASSERT_STRING_EQUAL(head.host, "a");
}

static void body_framing(void)
{
    struct http_head head;
    parse("POST / HTTP/1.1\r\nContent-Length: 5, 5\r\ncontent-length:5\r\n\r\n", &head);
    CU_ASSERT_TRUE(head.has_content_length);
    CU_ASSERT_EQUAL(head.content_length, 5);
    parse("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", &head);
    CU_ASSERT_EQUAL(head.content_length, UINT64_MAX);
    parse("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 5\r\n\r\n",
          &head);
    CU_ASSERT_TRUE(head.chunked);
    CU_ASSERT_FALSE(head.has_content_length);
    parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", &head);
    CU_ASSERT_FALSE(head.chunked);
    parse("POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n", &head);
    CU_ASSERT_FALSE(head.chunked);
}

static void bad(void)
{
    static const char *const heads[] = {
        "\x16\x03\x01", /* TLS */
        "SSH-2.0 \x01\r\n",
        "GET\r\n",   /* no target */
        "GET /\r\n", /* HTTP/0.9 */
        "GET  HTTP/1.1\r\n",
        "GET / HTTP/2.0\r\n",
        "GET / HTTP/1.12\r\n",
        "GET / http/1.1\r\n",
        "G(T / HTTP/1.1\r\n",
        " GET / HTTP/1.1\r\n",
        "AMETHODOFMORETHANTWENTYFOUR",
        "HTTP/2 200\r\n",
        "HTTP/1.1 20\r\n",
        "HTTP/1.1 2000\r\n",
        "HTTP/1.1 099\r\n",
        "HTTP/1.1 2x0\r\n",
        "HTTP/1.1\t200\r\n",
        "GET / HTTP/1.1\r\n folded into nothing\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n",
        "GET / HTTP/1.1\r\n: no name\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n",
        "GET / HTTP/1.1\r\nA: b\rc\r\n",
        "GET / HTTP/1.1\r\nA: \x01",
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 5,\r\nA:\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct http_head head;
        CU_ASSERT_EQUAL(parse(heads[i], &head), HTTP_HEAD_BAD);
        CU_ASSERT_EQUAL(head.head_bytes, 0);
    }
    struct http_head head;
    CU_ASSERT_EQUAL(http_head_parse((const uint8_t *)"GET / HTTP/1.1\r\nA: \0\r\n", 22, &head),
                    HTTP_HEAD_BAD);
    CU_ASSERT_EQUAL(http_head_parse((const uint8_t *)"GE\0", 3, &head), HTTP_HEAD_BAD);
}

static void limits(void)
{
    static char text[HTTP_HEAD_MAX + 100];
    struct http_head head;
    memset(text, 'a', sizeof text - 1);
    memcpy(text, "GET /", 5);
    memcpy(text + 3000, " HTTP/1.1\r\nHost: ", 17);
    memcpy(text + 4000, "\r\n\r\n", 5);
    CU_ASSERT_EQUAL(parse(text, &head), HTTP_HEAD_REQUEST);
    CU_ASSERT_EQUAL(strlen(head.target), HTTP_TARGET_MAX - 1);
    CU_ASSERT_EQUAL(strlen(head.host), HTTP_VALUE_MAX - 1);
    text[4000] = text[4001] = text[4002] = text[4003] = text[4004] = 'a';
    text[HTTP_HEAD_MAX - 1] = '\0';
    CU_ASSERT_EQUAL(parse(text, &head), HTTP_HEAD_PARTIAL);
    text[HTTP_HEAD_MAX - 1] = 'a';
    text[HTTP_HEAD_MAX] = '\0';
    CU_ASSERT_EQUAL(parse(text, &head), HTTP_HEAD_BAD);
    memcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\nbody", 9);
    CU_ASSERT_EQUAL(parse(text, &head), HTTP_HEAD_REQUEST);
    CU_ASSERT_EQUAL(head.head_bytes, HTTP_HEAD_MAX);
}

void tests_harness_wire_http_head(void)
{
    TEST_SUITE("wire/http_head", {"a request", a_request}, {"a response", a_response},
               {"partial is not bad", partial_is_not_bad}, {"tolerated", tolerated},
               {"body framing", body_framing}, {"bad", bad}, {"limits", limits});
}
