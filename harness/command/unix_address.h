/* SPDX-License-Identifier: MIT */
/* Unix stream sockets by their path. */
#ifndef RCLAB_COMMAND_UNIX_ADDRESS_H
#define RCLAB_COMMAND_UNIX_ADDRESS_H

#include "harness/base/error.h"
#include <sys/socket.h>
#include <sys/un.h>

/* ERROR_LIMIT: the kernel takes no name of that length. */
int unix_address(const char *path, struct sockaddr_un *ret_address, struct error *error);
/* A connected, close-on-exec descriptor, or a negative code. */
int unix_connect(const char *path, struct error *error);

#endif
