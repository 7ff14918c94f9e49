/* SPDX-License-Identifier: MIT */
#include "harness/wire/tls_hello.h"
#include "harness/base/cursor.h"
#include <ctype.h>
#include <string.h>

enum {
    RECORD_HANDSHAKE = 22,
    RECORD_BYTES_MAX = 16384,
    HANDSHAKE_CLIENT_HELLO = 1,
    HANDSHAKE_HEADER_BYTES = 4,
    VERSION_MAJOR = 3,
    RANDOM_BYTES = 32,
    SESSION_ID_BYTES_MAX = 32,
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    NAME_TYPE_HOST = 0,
};

/* The handshake message, taken out of its records. */
struct message {
    uint8_t bytes[TLS_HELLO_MAX];
    size_t length;
};

/* RFC 6066 section 3. Names of other types than host_name are passed over. */
static bool read_server_name(struct cursor extension, struct tls_hello *hello)
{
    struct cursor list = cursor_sub(&extension, cursor_be16(&extension));
    while (cursor_left(&list) > 0) {
        uint8_t type = cursor_u8(&list);
        size_t length = cursor_be16(&list);
        const uint8_t *name = cursor_take(&list, length);
        if (!name)
            return false;
        if (type != NAME_TYPE_HOST || hello->server_name[0])
            continue;
        if (length == 0 || length >= sizeof hello->server_name)
            return false;
        for (size_t i = 0; i < length; i++) {
            if (!isgraph(name[i]))
                return false;
            hello->server_name[i] = (char)tolower(name[i]);
        }
        hello->server_name[length] = '\0';
    }
    return !list.failed && !extension.failed;
}

/* RFC 8446 section 4.2.1; values outside 0x03xx are there to test a server's tolerance. */
static bool read_versions(struct cursor extension, struct tls_hello *hello)
{
    struct cursor list = cursor_sub(&extension, cursor_u8(&extension));
    uint16_t highest = 0;
    while (cursor_left(&list) > 0) {
        uint16_t version = cursor_be16(&list);
        if (version >> 8 == VERSION_MAJOR && version > highest)
            highest = version;
    }
    if (highest)
        hello->version = highest;
    return !list.failed && !extension.failed;
}

static bool read_extensions(struct cursor *body, struct tls_hello *hello)
{
    struct cursor extensions = cursor_sub(body, cursor_be16(body));
    while (cursor_left(&extensions) > 0) {
        uint16_t type = cursor_be16(&extensions);
        struct cursor extension = cursor_sub(&extensions, cursor_be16(&extensions));
        bool good = !extension.failed;
        if (type == EXTENSION_SERVER_NAME)
            good = good && read_server_name(extension, hello);
        else if (type == EXTENSION_SUPPORTED_VERSIONS)
            good = good && read_versions(extension, hello);
        if (!good)
            return false;
    }
    return !extensions.failed;
}

static bool read_client_hello(struct cursor *body, struct tls_hello *hello)
{
    hello->version = cursor_be16(body);
    cursor_skip(body, RANDOM_BYTES);
    uint8_t session_id_bytes = cursor_u8(body);
    cursor_skip(body, session_id_bytes);
    uint16_t cipher_bytes = cursor_be16(body);
    cursor_skip(body, cipher_bytes);
    uint8_t compression_bytes = cursor_u8(body);
    cursor_skip(body, compression_bytes);
    if (body->failed || hello->version >> 8 != VERSION_MAJOR ||
        session_id_bytes > SESSION_ID_BYTES_MAX || cipher_bytes == 0 || cipher_bytes % 2 ||
        compression_bytes == 0)
        return false;
    if (cursor_left(body) > 0 && !read_extensions(body, hello))
        return false;
    return cursor_left(body) == 0;
}

/* As much of one record as is there; WHOLE if that is all of it. */
static enum tls_hello_result read_record(struct cursor *cursor, struct message *message)
{
    size_t left = cursor_left(cursor);
    uint8_t type = cursor_u8(cursor);
    uint8_t major = cursor_u8(cursor);
    cursor_skip(cursor, 1);
    size_t length = cursor_be16(cursor);
    if ((left > 0 && type != RECORD_HANDSHAKE) || (left > 1 && major != VERSION_MAJOR))
        return TLS_HELLO_BAD;
    if (cursor->failed)
        return TLS_HELLO_PARTIAL;
    if (length == 0 || length > RECORD_BYTES_MAX)
        return TLS_HELLO_BAD;
    size_t there = cursor_left(cursor) < length ? cursor_left(cursor) : length;
    const uint8_t *fragment = cursor_take(cursor, there);
    size_t room = sizeof message->bytes - message->length;
    size_t kept = there < room ? there : room; /* what follows the hello may be cut */
    memcpy(message->bytes + message->length, fragment, kept);
    message->length += kept;
    return there == length ? TLS_HELLO_WHOLE : TLS_HELLO_PARTIAL;
}

/* What the handshake bytes so far amount to. */
static enum tls_hello_result read_message(const struct message *message, struct tls_hello *hello)
{
    struct cursor cursor;
    cursor_init(&cursor, message->bytes, message->length);
    if (message->length > 0 && cursor_u8(&cursor) != HANDSHAKE_CLIENT_HELLO)
        return TLS_HELLO_BAD;
    if (message->length < HANDSHAKE_HEADER_BYTES)
        return TLS_HELLO_PARTIAL;
    size_t length = cursor_be24(&cursor);
    if (length > TLS_HELLO_MAX - HANDSHAKE_HEADER_BYTES)
        return TLS_HELLO_BAD;
    if (length > cursor_left(&cursor))
        return TLS_HELLO_PARTIAL;
    struct cursor body = cursor_sub(&cursor, length);
    return read_client_hello(&body, hello) ? TLS_HELLO_WHOLE : TLS_HELLO_BAD;
}

enum tls_hello_result tls_hello_parse(const uint8_t *bytes, size_t length,
                                      struct tls_hello *ret_hello)
{
    struct cursor cursor;
    cursor_init(&cursor, bytes, length);
    struct message message;
    message.length = 0;
    /* Every whole record adds a byte at least, so there are at most TLS_HELLO_MAX turns before
     * the message is whole or bad. */
    for (;;) {
        enum tls_hello_result record = read_record(&cursor, &message);
        if (record == TLS_HELLO_BAD)
            return TLS_HELLO_BAD;
        struct tls_hello hello = {0};
        enum tls_hello_result result = read_message(&message, &hello);
        if (result == TLS_HELLO_WHOLE)
            *ret_hello = hello;
        if (result != TLS_HELLO_PARTIAL || record == TLS_HELLO_PARTIAL)
            return result;
    }
}
