/* SPDX-License-Identifier: MIT */
#include "harness/command/unix_address.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int unix_address(const char *path, struct sockaddr_un *ret_address, struct error *error)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (*path == '\0' || strlen(path) >= sizeof ret_address->sun_path)
        return error_set(error, ERROR_LIMIT, "'%s': the path of a socket has 1 to %zu bytes", path,
                         sizeof ret_address->sun_path - 1);
    snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "%s", path);
    return 0;
}

int unix_connect(const char *path, struct error *error)
{
    struct sockaddr_un address;
    int result = unix_address(path, &address, error);
    if (result < 0)
        return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot make a socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int reason = errno;
        close(fd);
        return error_set_errno(error, reason, "no phone answers at %s", path);
    }
    return fd;
}
