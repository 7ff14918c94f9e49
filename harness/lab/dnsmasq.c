/* SPDX-License-Identifier: MIT */
#include "harness/lab/dnsmasq.h"
#include "harness/base/monotonic.h"
#include "harness/base/random.h"
#include "harness/lab/dnsmasq_barrier.h"
#include "harness/loop/namespace.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, LINE_BYTES_MAX = 512, SEED_WORDS = 512, DRAIN_MS_MAX = 200 };

struct dnsmasq {
    struct loop *loop;
    int netns_fd;
    struct dnsmasq_barrier *barrier;
    char config_path[PATH_BYTES_MAX], lease_path[PATH_BYTES_MAX], seed_path[PATH_BYTES_MAX];
    int log_fd; /* the run's dnsmasq.log */
    size_t logged_bytes;
    int pipe_fd; /* what the child says */
    int pid_fd;  /* becomes readable when the child ends */
    pid_t pid;   /* 0 = none */
    struct loop_watch *pipe_watch, *pid_watch;
    char lines[DNSMASQ_LOG_TAIL_LINES][LINE_BYTES_MAX]; /* ring of its last lines */
    unsigned line_count;
    char partial[LINE_BYTES_MAX];
    size_t partial_length;
    bool serving; /* it said so since the last start */
};

const char *dnsmasq_program(void)
{
    static const char *const paths[] = {"/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq",
                                        "/usr/bin/dnsmasq", "/sbin/dnsmasq"};
    const char *chosen = getenv("RCLAB_DNSMASQ");
    if (chosen && *chosen)
        return access(chosen, X_OK) == 0 ? chosen : NULL;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (access(paths[i], X_OK) == 0)
            return paths[i];
    }
    return NULL;
}

/* --- its log
 * -------------------------------------------------------------------------------------- */

static void end_line(struct dnsmasq *dnsmasq)
{
    char *line = dnsmasq->lines[dnsmasq->line_count++ % DNSMASQ_LOG_TAIL_LINES];
    dnsmasq->partial[dnsmasq->partial_length] = 0;
    memcpy(line, dnsmasq->partial, dnsmasq->partial_length + 1);
    dnsmasq->partial_length = 0;
    if (strstr(line, "started, version"))
        dnsmasq->serving = true;
}

static void take_log(struct dnsmasq *dnsmasq, const char *bytes, size_t length)
{
    if (dnsmasq->logged_bytes + length <= DNSMASQ_LOG_BYTES_MAX) {
        ssize_t ignored = write(dnsmasq->log_fd, bytes, length);
        (void)ignored;
        dnsmasq->logged_bytes += length;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            end_line(dnsmasq);
        else if (dnsmasq->partial_length < LINE_BYTES_MAX - 1)
            dnsmasq->partial[dnsmasq->partial_length++] = bytes[i];
    }
}

/* False at its end. */
static bool read_log(struct dnsmasq *dnsmasq)
{
    char bytes[4096];
    for (;;) {
        ssize_t length = read(dnsmasq->pipe_fd, bytes, sizeof bytes);
        if (length < 0)
            return errno == EAGAIN || errno == EINTR;
        if (length == 0)
            return false;
        take_log(dnsmasq, bytes, (size_t)length);
    }
}

static void pipe_ready(void *context, uint32_t epoll_events)
{
    struct dnsmasq *dnsmasq = context;
    (void)epoll_events;
    if (!read_log(dnsmasq)) {
        loop_unwatch(dnsmasq->pipe_watch);
        dnsmasq->pipe_watch = NULL;
    }
}

static int death_error(struct dnsmasq *dnsmasq, int status, struct error *error)
{
    struct buffer text;
    buffer_init(&text, ERROR_TEXT_MAX);
    if (WIFSIGNALED(status))
        buffer_format(&text, "dnsmasq was killed by signal %d", WTERMSIG(status));
    else
        buffer_format(&text, "dnsmasq ended with exit code %d", WEXITSTATUS(status));
    buffer_text(&text, "; its last words:");
    unsigned first = dnsmasq->line_count > DNSMASQ_LOG_TAIL_LINES
                         ? dnsmasq->line_count - DNSMASQ_LOG_TAIL_LINES
                         : 0;
    for (unsigned i = first; i < dnsmasq->line_count; i++)
        buffer_format(&text, "\n  %s", dnsmasq->lines[i % DNSMASQ_LOG_TAIL_LINES]);
    if (dnsmasq->line_count == 0)
        buffer_text(&text, " none");
    error_set(error, ERROR_FAILED, "%s", buffer_string(&text));
    buffer_done(&text);
    return ERROR_FAILED;
}

/* --- its life
 * ------------------------------------------------------------------------------------- */

static void forget_child(struct dnsmasq *dnsmasq)
{
    loop_unwatch(dnsmasq->pipe_watch);
    loop_unwatch(dnsmasq->pid_watch);
    dnsmasq->pipe_watch = dnsmasq->pid_watch = NULL;
    if (dnsmasq->pipe_fd >= 0)
        close(dnsmasq->pipe_fd);
    if (dnsmasq->pid_fd >= 0)
        close(dnsmasq->pid_fd);
    dnsmasq->pipe_fd = dnsmasq->pid_fd = -1;
    dnsmasq->pid = 0;
}

static void pid_ready(void *context, uint32_t epoll_events)
{
    struct dnsmasq *dnsmasq = context;
    struct error error;
    int status = 0;
    (void)epoll_events;
    read_log(dnsmasq);
    if (waitpid(dnsmasq->pid, &status, 0) != dnsmasq->pid)
        return;
    int code = death_error(dnsmasq, status, &error);
    forget_child(dnsmasq);
    loop_fail(dnsmasq->loop, code, &error);
}

static void stop_child(struct dnsmasq *dnsmasq)
{
    if (dnsmasq->pid == 0)
        return;
    kill(dnsmasq->pid, SIGKILL); /* its leases are written through at each change */
    waitpid(dnsmasq->pid, NULL, 0);
    read_log(dnsmasq);
    forget_child(dnsmasq);
}

/* In mounts of its own, which nobody else sees: the seeded file takes the place of the random
 * source. Where that is forbidden dnsmasq works all the same, only its draws are not repeatable. */
static void seed_randomness(const char *seed_path)
{
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        mount(seed_path, "/dev/urandom", NULL, MS_BIND, NULL);
}

/* Passwords of a lab's devices may be in the environment: no business of this child's. It does with
 * next to nothing (the mark is by what a test finds the processes that come from it). */
static void forget_environment(void)
{
    static const char *const kept[] = {"PATH", "LD_LIBRARY_PATH", "RCLAB_TEST_MARK"};
    enum { KEPT = sizeof kept / sizeof kept[0] };
    const char *values[KEPT];
    for (size_t i = 0; i < KEPT; i++)
        values[i] = getenv(kept[i]); /* the text itself outlives clearenv */
    clearenv();
    for (size_t i = 0; i < KEPT; i++) {
        if (values[i])
            setenv(kept[i], values[i], 1);
    }
}

static _Noreturn void child(const struct dnsmasq *dnsmasq, const char *program, int output_fd,
                            pid_t parent)
{
    char argument[PATH_BYTES_MAX + 16];
    snprintf(argument, sizeof argument, "--conf-file=%s", dnsmasq->config_path);
    seed_randomness(dnsmasq->seed_path);
    /* It must not outlive the run, whatever happens to the run. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    setpgid(0, 0); /* Ctrl-C is for those who started it */
    forget_environment();
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (dup2(null_fd, 0) >= 0 && dup2(output_fd, 1) >= 0 && dup2(output_fd, 2) >= 0)
        execl(program, program, argument, (char *)NULL);
    _exit(127);
}

static int spawn(struct dnsmasq *dnsmasq, struct error *error)
{
    int pipe_fds[2];
    const char *program = dnsmasq_program();
    if (!program)
        return error_set(
            error, ERROR_UNAVAILABLE,
            "dnsmasq was not found (Debian: apt-get install dnsmasq-base; RCLAB_DNSMASQ "
            "names another program)");
    struct namespace_visit visit;
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_set_errno(error, errno, "cannot make a pipe");
    fcntl(pipe_fds[1], F_SETFL, 0); /* the child's end blocks as it expects */
    int result = namespace_enter(&visit, dnsmasq->netns_fd, error);
    if (result == 0) {
        pid_t self = getpid();
        pid_t pid = fork();
        if (pid == 0)
            child(dnsmasq, program, pipe_fds[1], self);
        if (pid < 0)
            result = error_set_errno(error, errno, "cannot start dnsmasq");
        else
            dnsmasq->pid = pid;
        namespace_leave(&visit);
    }
    close(pipe_fds[1]);
    if (result < 0) {
        close(pipe_fds[0]);
        return result;
    }
    dnsmasq->pipe_fd = pipe_fds[0];
    dnsmasq->pid_fd = (int)syscall(SYS_pidfd_open, dnsmasq->pid, 0);
    if (dnsmasq->pid_fd < 0)
        return error_set_errno(error, errno,
                               "cannot supervise dnsmasq (Linux 5.3 or newer needed)");
    return 0;
}

static int wait_until_serving(struct dnsmasq *dnsmasq, struct error *error)
{
    uint64_t limit_us = monotonic_us() + DNSMASQ_START_MAX_MS * 1000u;
    while (!dnsmasq->serving) {
        struct pollfd readable = {.fd = dnsmasq->pipe_fd, .events = POLLIN};
        uint64_t now_us = monotonic_us();
        if (now_us >= limit_us)
            return error_set(error, ERROR_LIMIT, "dnsmasq did not start within %d s",
                             DNSMASQ_START_MAX_MS / 1000);
        poll(&readable, 1, (int)((limit_us - now_us) / 1000) + 1);
        if (!read_log(dnsmasq)) {
            int status = 0;
            waitpid(dnsmasq->pid, &status, 0);
            death_error(dnsmasq, status, error);
            forget_child(dnsmasq);
            return ERROR_FAILED;
        }
    }
    return 0;
}

static int write_config(struct dnsmasq *dnsmasq, const struct dnsmasq_settings *settings,
                        struct error *error)
{
    struct buffer text;
    buffer_init(&text, DNSMASQ_CONFIG_BYTES_MAX);
    int result = dnsmasq_config_write(settings, &text, error);
    if (result == 0) {
        int fd = open(dnsmasq->config_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, text.data, text.length) != (ssize_t)text.length)
            result = error_set_errno(error, errno, "cannot write %s", dnsmasq->config_path);
        if (fd >= 0)
            close(fd);
    }
    buffer_done(&text);
    return result;
}

int dnsmasq_apply(struct dnsmasq *dnsmasq, struct dnsmasq_settings *settings, struct error *error)
{
    settings->lease_file = dnsmasq->lease_path;
    int result = write_config(dnsmasq, settings, error);
    if (result < 0)
        return result;
    /* Several phones live their own lives here: what one was about to get, it gets first. */
    if (dnsmasq->pid != 0 && loop_clock(dnsmasq->loop) == LOOP_CLOCK_REAL)
        dnsmasq_barrier_drain(dnsmasq->barrier, DRAIN_MS_MAX);
    stop_child(dnsmasq);
    dnsmasq->serving = false;
    dnsmasq->partial_length = 0;
    result = spawn(dnsmasq, error);
    if (result == 0)
        result = wait_until_serving(dnsmasq, error);
    if (result == 0)
        result = loop_watch(dnsmasq->loop, dnsmasq->pipe_fd, EPOLLIN, pipe_ready, dnsmasq,
                            &dnsmasq->pipe_watch, error);
    if (result == 0) {
        loop_watch_set_passive(dnsmasq->pipe_watch, true);
        result = loop_watch(dnsmasq->loop, dnsmasq->pid_fd, EPOLLIN, pid_ready, dnsmasq,
                            &dnsmasq->pid_watch, error);
    }
    return result;
}

bool dnsmasq_serves(const struct dnsmasq *dnsmasq)
{
    return dnsmasq->pid != 0 && dnsmasq->serving;
}

static int write_seed(const struct dnsmasq *dnsmasq, uint64_t seed, struct error *error)
{
    uint64_t words[SEED_WORDS];
    struct random_source random;
    random_seed_named(&random, seed, "dnsmasq");
    for (size_t i = 0; i < SEED_WORDS; i++)
        words[i] = random_u64(&random);
    int fd = open(dnsmasq->seed_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool good = fd >= 0 && write(fd, words, sizeof words) == (ssize_t)sizeof words;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    return good ? 0 : error_set_errno(error, saved, "cannot write %s", dnsmasq->seed_path);
}

int dnsmasq_new(struct loop *loop, int netns_fd, const char *folder, uint64_t seed,
                struct dnsmasq_given given, struct dnsmasq **ret_dnsmasq, struct error *error)
{
    char log_path[PATH_BYTES_MAX];
    struct dnsmasq *dnsmasq = calloc(1, sizeof *dnsmasq);
    if (!dnsmasq)
        return error_set(error, ERROR_MEMORY, "out of memory");
    dnsmasq->loop = loop;
    dnsmasq->netns_fd = netns_fd;
    dnsmasq->pipe_fd = dnsmasq->pid_fd = -1;
    int length = snprintf(log_path, sizeof log_path, "%s/dnsmasq.log", folder);
    snprintf(dnsmasq->config_path, PATH_BYTES_MAX, "%s/dnsmasq.conf", folder);
    snprintf(dnsmasq->lease_path, PATH_BYTES_MAX, "%s/dnsmasq.leases", folder);
    snprintf(dnsmasq->seed_path, PATH_BYTES_MAX, "%s/dnsmasq.seed", folder);
    dnsmasq->log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int result = 0;
    if (length >= PATH_BYTES_MAX - 16)
        result = error_set(error, ERROR_LIMIT, "the path %s is too long", folder);
    else if (dnsmasq->log_fd < 0)
        result = error_set_errno(error, errno, "cannot write %s", log_path);
    if (result == 0)
        result = write_seed(dnsmasq, seed, error);
    if (result == 0)
        result = dnsmasq_barrier_new(loop, netns_fd, given, &dnsmasq->barrier, error);
    if (result < 0) {
        dnsmasq_free(dnsmasq);
        return result;
    }
    *ret_dnsmasq = dnsmasq;
    return 0;
}

void dnsmasq_free(struct dnsmasq *dnsmasq)
{
    if (!dnsmasq)
        return;
    stop_child(dnsmasq);
    dnsmasq_barrier_free(dnsmasq->barrier);
    if (dnsmasq->log_fd >= 0)
        close(dnsmasq->log_fd);
    free(dnsmasq);
}
