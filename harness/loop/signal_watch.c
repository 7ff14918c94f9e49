/* SPDX-License-Identifier: MIT */
#include "harness/loop/signal_watch.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct signal_watch {
    int fd;
    struct loop_watch *watch;
    void (*came)(void *context);
    void *context;
};

static void ready(void *context, uint32_t events)
{
    struct signal_watch *watch = context;
    struct signalfd_siginfo which;
    (void)events;
    if (read(watch->fd, &which, sizeof which) == sizeof which)
        watch->came(watch->context);
}

int signal_watch_new(struct loop *loop, void (*came)(void *context), void *context,
                     struct signal_watch **ret_watch, struct error *error)
{
    struct signal_watch *watch = calloc(1, sizeof *watch);
    sigset_t signals;
    int result;
    if (!watch)
        return error_set(error, ERROR_MEMORY, "out of memory");
    watch->came = came;
    watch->context = context;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    watch->fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (watch->fd < 0 || sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        result = error_set_errno(error, errno, "cannot watch for signals");
    else
        result = loop_watch(loop, watch->fd, EPOLLIN, ready, watch, &watch->watch, error);
    if (result < 0) {
        signal_watch_free(watch);
        return result;
    }
    *ret_watch = watch;
    return 0;
}

void signal_watch_free(struct signal_watch *watch)
{
    if (!watch)
        return;
    loop_unwatch(watch->watch);
    if (watch->fd >= 0)
        close(watch->fd);
    free(watch);
}
