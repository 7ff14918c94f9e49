/* SPDX-License-Identifier: MIT */
#include "harness/loop/namespace.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int namespace_enter(struct namespace_visit *visit, int netns_fd, struct error *error)
{
    visit->home_fd = -1;
    if (netns_fd < 0)
        return 0;
    int home_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home_fd < 0)
        return error_set_errno(error, errno, "cannot open the present network namespace");
    if (setns(netns_fd, CLONE_NEWNET) < 0) {
        int saved = errno;
        close(home_fd);
        return error_set_errno(error, saved, "cannot enter a network namespace");
    }
    visit->home_fd = home_fd;
    return 0;
}

void namespace_leave(struct namespace_visit *visit)
{
    if (visit->home_fd < 0)
        return;
    if (setns(visit->home_fd, CLONE_NEWNET) < 0)
        abort();
    close(visit->home_fd);
    visit->home_fd = -1;
}

int namespace_socket(int netns_fd, int domain, int type, int protocol, struct error *error)
{
    struct namespace_visit visit;
    TRY(namespace_enter(&visit, netns_fd, error));
    int fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    int saved = errno;
    namespace_leave(&visit);
    if (fd < 0)
        return error_set_errno(error, saved, "cannot open a socket");
    return fd;
}
