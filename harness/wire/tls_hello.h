/* SPDX-License-Identifier: MIT */
/* The TLS ClientHello's server name (RFC 8446 4.1.2, RFC 6066 section 3), read off a wire, over
 * one or more records. */
#ifndef RCLAB_WIRE_TLS_HELLO_H
#define RCLAB_WIRE_TLS_HELLO_H

#include <stddef.h>
#include <stdint.h>

enum { TLS_SERVER_NAME_MAX = 256, TLS_HELLO_MAX = 16384 };
enum tls_hello_result { TLS_HELLO_PARTIAL, TLS_HELLO_WHOLE, TLS_HELLO_BAD };

struct tls_hello {
    uint16_t version;                      /* highest offered, 0x0303 = TLS 1.2 */
    char server_name[TLS_SERVER_NAME_MAX]; /* lower case, "" if none was sent */
};

enum tls_hello_result tls_hello_parse(const uint8_t *bytes, size_t length,
                                      struct tls_hello *ret_hello);

#endif
