/* SPDX-License-Identifier: MIT */
/* The UDP socket that a phone asks its name servers with. What is waited for is no debt of the
 * loop: the name server's barrier covers it. */
#ifndef RCLAB_FAKES_PHONE_NAME_SOCKET_H
#define RCLAB_FAKES_PHONE_NAME_SOCKET_H

#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include <stddef.h>
#include <stdint.h>

enum { NAME_ANSWERS_A_TURN_MAX = 16 };

/* A payload from port 53 of `source`. */
typedef void name_received_fn(void *context, uint32_t source, const uint8_t *bytes, size_t length);

struct name_socket;
int name_socket_new(struct loop *loop, int netns_fd, name_received_fn *received, void *context,
                    struct name_socket **ret_socket, struct error *error);
void name_socket_free(struct name_socket *socket);
/* Connects to that server first, if it is another than before: then answers to earlier questions
 * are no longer heard. */
int name_socket_send(struct name_socket *socket, uint32_t server, const uint8_t *bytes,
                     size_t length, struct error *error);
void name_socket_close(struct name_socket *socket); /* until the next send */

#endif
