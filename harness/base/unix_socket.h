/* SPDX-License-Identifier: MIT */
/* Unix stream sockets by their path. */
#ifndef RCLAB_BASE_UNIX_SOCKET_H
#define RCLAB_BASE_UNIX_SOCKET_H

#include "harness/base/error.h"
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* ERROR_LIMIT: the kernel takes no name of that length. */
int unix_address(const char *path, struct sockaddr_un *ret_address, struct error *error);
struct unix_socket { /* one that listens; fd -1 = none */
    int fd;
    dev_t device; /* of its name, so that only our own is removed */
    ino_t inode;
};
/* Mode 0600; close-on-exec, does not block. A socket that was left behind by somebody who is gone
 * is replaced; anything else of that name is ERROR_INVALID. */
int unix_listen(const char *path, struct unix_socket *ret_socket, struct error *error);
void unix_close(struct unix_socket *unix_socket, const char *path); /* its name goes, too */
/* A connected, close-on-exec descriptor, or a negative code. */
int unix_connect(const char *path, struct error *error);

#endif
