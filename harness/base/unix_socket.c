/* SPDX-License-Identifier: MIT */
#include "harness/base/unix_socket.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 16 };

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
    TRY(unix_address(path, &address, error));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot make a socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int reason = errno;
        close(fd);
        return error_set_errno(error, reason, "nobody answers at %s", path);
    }
    return fd;
}

/* The name may be that of a socket whose owner is gone. */
static int clear_name(const char *path, struct error *error)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return errno == ENOENT ? 0 : error_set_errno(error, errno, "%s", path);
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s is there, and no socket", path);
    int fd = unix_connect(path, error);
    if (fd >= 0) {
        close(fd);
        return error_set(error, ERROR_INVALID, "%s: somebody answers there already", path);
    }
    return unlink(path) < 0 ? error_set_errno(error, errno, "%s", path) : 0;
}

int unix_listen(const char *path, struct unix_socket *ret_socket, struct error *error)
{
    struct sockaddr_un address;
    struct stat made;
    int result = unix_address(path, &address, error);
    if (result == 0)
        result = clear_name(path, error);
    if (result < 0)
        return result;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot make a socket");
    mode_t before = umask(S_IRWXG | S_IRWXO | S_IXUSR);
    int code = bind(fd, (struct sockaddr *)&address, sizeof address);
    int reason = errno;
    umask(before);
    if (code < 0) {
        close(fd);
        return error_set_errno(error, reason, "cannot make the socket %s", path);
    }
    if (lstat(path, &made) < 0 || listen(fd, BACKLOG) < 0) {
        result = error_set_errno(error, errno, "cannot listen at %s", path);
        close(fd);
        unlink(path);
        return result;
    }
    *ret_socket = (struct unix_socket){.fd = fd, .device = made.st_dev, .inode = made.st_ino};
    return 0;
}

void unix_close(struct unix_socket *unix_socket, const char *path)
{
    struct stat status;
    if (unix_socket->fd < 0)
        return;
    close(unix_socket->fd);
    unix_socket->fd = -1;
    if (lstat(path, &status) == 0 && status.st_dev == unix_socket->device &&
        status.st_ino == unix_socket->inode)
        unlink(path);
}
