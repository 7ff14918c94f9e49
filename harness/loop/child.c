/* SPDX-License-Identifier: MIT */
#include "harness/loop/child.h"
#include "harness/base/duration.h"
#include "harness/loop/namespace.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A chatty child must not keep the loop from its other work. */
enum { READS_A_TURN_MAX = 16, READ_BYTES = 4096 };

struct child {
    struct loop *loop;
    pid_t pid;   /* and process group */
    int pid_fd;  /* becomes readable when the child ends */
    int pipe_fd; /* what it says */
    struct loop_watch *pid_watch, *pipe_watch;
    struct loop_timer limit;
    bool too_slow;
    char *output; /* owned; twice output_bytes_max, so that the oldest half goes at once */
    size_t output_length, output_bytes_max;
    bool output_cut;
    void (*heard)(void *context, const char *bytes, size_t length);
    child_ended_fn *ended;
    void *context;
};

/* --- its output ----------------------------------------------------------------------------- */

static void keep_output(struct child *child, const char *bytes, size_t length)
{
    while (length > 0) {
        size_t space = 2 * child->output_bytes_max - child->output_length;
        size_t part = length < space ? length : space;
        memcpy(child->output + child->output_length, bytes, part);
        child->output_length += part;
        bytes += part;
        length -= part;
        if (length > 0) {
            memmove(child->output, child->output + child->output_bytes_max,
                    child->output_bytes_max);
            child->output_length = child->output_bytes_max;
            child->output_cut = true;
        }
    }
}

/* False once there is nothing more to come. */
static bool read_output(struct child *child)
{
    char bytes[READ_BYTES];
    for (unsigned i = 0; i < READS_A_TURN_MAX; i++) {
        ssize_t length = read(child->pipe_fd, bytes, sizeof bytes);
        if (length <= 0)
            return length < 0 && (errno == EAGAIN || errno == EINTR);
        if (child->heard)
            child->heard(child->context, bytes, (size_t)length);
        else
            keep_output(child, bytes, (size_t)length);
    }
    return true;
}

static void pipe_ready(void *context, uint32_t epoll_events)
{
    struct child *child = context;
    (void)epoll_events;
    if (!read_output(child)) {
        loop_unwatch(child->pipe_watch);
        child->pipe_watch = NULL;
    }
}

/* --- its end -------------------------------------------------------------------------------- */

/* While the child has not been waited for, its number cannot be anybody else's. */
static void end_group(const struct child *child, int *ret_status)
{
    kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, ret_status, 0) < 0 && errno == EINTR)
        ;
}

static void child_free(struct child *child)
{
    loop_unwatch(child->pid_watch);
    loop_unwatch(child->pipe_watch);
    loop_timer_cancel(&child->limit);
    if (child->pid_fd >= 0)
        close(child->pid_fd);
    if (child->pipe_fd >= 0)
        close(child->pipe_fd);
    free(child->output);
    free(child);
}

/* Of one that is gone; its output stays its own. */
static struct child_end end_of(struct child *child, int status)
{
    read_output(child);
    size_t kept = child->output_length < child->output_bytes_max ? child->output_length
                                                                 : child->output_bytes_max;
    bool exited = WIFEXITED(status) && !child->too_slow;
    struct child_end end = {.ending = child->too_slow ? CHILD_TOO_SLOW
                                      : exited        ? CHILD_EXITED
                                                      : CHILD_KILLED,
                            .number = exited ? WEXITSTATUS(status) : WTERMSIG(status),
                            .output_length = kept,
                            .output_cut =
                                child->output_cut || kept < child->output_length || !exited};
    if (child->output)
        end.output = child->output + (child->output_length - kept);
    return end;
}

static void pid_ready(void *context, uint32_t epoll_events)
{
    struct child *child = context;
    int status = 0;
    (void)epoll_events;
    end_group(child, &status);
    struct child_end end = end_of(child, status);
    char *output = child->output;
    child_ended_fn *ended = child->ended;
    void *ended_context = child->context;
    child->output = NULL;
    child_free(child);
    ended(ended_context, &end);
    free(output);
}

static void limit_reached(void *context)
{
    struct child *child = context;
    child->too_slow = true;
    kill(-child->pid, SIGKILL); /* its end is reported as any other */
}

void child_kill(struct child *child)
{
    int status;
    if (!child)
        return;
    end_group(child, &status);
    read_output(child);
    child_free(child);
}

bool child_listen(struct child *child, int real_ms_max, struct child_end *ret_end)
{
    struct pollfd readable = {.fd = child->pipe_fd, .events = POLLIN};
    int status = 0;
    poll(&readable, 1, real_ms_max);
    if (read_output(child))
        return true;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    *ret_end = end_of(child, status);
    child_free(child);
    return false;
}

/* --- its start ------------------------------------------------------------------------------ */

/* The parent's handlers mean nothing here, and what it ignores or blocks must not be inherited. */
static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void in_child(const struct child_config *config, int output_fd, pid_t parent)
{
    struct namespace_visit visit;
    struct error error;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(CHILD_NOT_RUN);
    setpgid(0, 0);
    reset_signals();
    int input_fd = config->input_fd ? config->input_fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (dup2(input_fd, 0) < 0 || dup2(output_fd, 1) < 0 || dup2(output_fd, 2) < 0)
        _exit(CHILD_NOT_RUN);
    if (namespace_enter(&visit, config->netns_fd, &error) < 0) {
        dprintf(1, "%s", error.text);
        _exit(CHILD_NOT_RUN);
    }
    if (config->directory && chdir(config->directory) < 0) {
        dprintf(1, "cannot enter the folder %s: %s", config->directory, strerror(errno));
        _exit(CHILD_NOT_RUN);
    }
    /* A connection that the parent closes must not stay open here. */
    syscall(SYS_close_range, 3u, ~0u, 0u);
    _exit(config->run(config->run_context));
}

static int spawn(struct child *child, const struct child_config *config, struct error *error)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return error_set_errno(error, errno, "cannot make a pipe");
    fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
    pid_t self = getpid();
    child->pipe_fd = pipe_fds[0];
    child->pid = config->only_execs ? vfork() : fork();
    if (child->pid == 0)
        in_child(config, pipe_fds[1], self);
    int saved = errno;
    close(pipe_fds[1]);
    if (child->pid < 0)
        return error_set_errno(error, saved, "cannot start a process");
    setpgid(child->pid, child->pid); /* here, too: whoever of both comes first */
    child->pid_fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pid_fd < 0)
        return error_set_errno(error, errno,
                               "cannot supervise a process (Linux 5.3 or newer needed)");
    return 0;
}

static int start(struct child *child, const struct child_config *config, struct error *error)
{
    child->output = config->heard ? NULL : malloc(2 * config->output_bytes_max);
    if (!child->output && !config->heard)
        return error_set(error, ERROR_MEMORY, "out of memory");
    TRY(spawn(child, config, error));
    TRY(loop_watch(child->loop, child->pipe_fd, EPOLLIN, pipe_ready, child, &child->pipe_watch,
                   error));
    loop_watch_set_passive(child->pipe_watch, config->heard != NULL);
    return loop_watch(child->loop, child->pid_fd, EPOLLIN, pid_ready, child, &child->pid_watch,
                      error);
}

int child_start(const struct child_config *config, child_ended_fn *ended, void *context,
                struct child **ret_child, struct error *error)
{
    int status;
    struct child *child = calloc(1, sizeof *child);
    if (!child)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *child = (struct child){.loop = config->loop,
                            .pid_fd = -1,
                            .pipe_fd = -1,
                            .output_bytes_max = config->output_bytes_max,
                            .heard = config->heard,
                            .ended = ended,
                            .context = context};
    int result = start(child, config, error);
    if (result < 0) {
        if (child->pid > 0)
            end_group(child, &status);
        child_free(child);
        return result;
    }
    if (config->max_us > 0)
        loop_real_timer_set(config->loop, &child->limit, monotonic_us() + config->max_us,
                            limit_reached, child);
    *ret_child = child;
    return 0;
}
