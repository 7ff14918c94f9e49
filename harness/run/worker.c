/* SPDX-License-Identifier: MIT */
#include "harness/run/worker.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
void __lsan_do_leak_check(void);
#endif

static _Noreturn void work(void (*run)(void *), void *context, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    signal(SIGPIPE, SIG_IGN);
    run(context);
#if defined(__SANITIZE_ADDRESS__)
    __lsan_do_leak_check();
#endif
    _exit(0);
}

int worker_start(struct worker *worker, void (*run)(void *), void *context, struct error *error)
{
    pid_t self = getpid();
    fflush(NULL); /* or it would be said twice */
    pid_t pid = fork();
    if (pid == 0)
        work(run, context, self);
    if (pid < 0)
        return error_set_errno(error, errno, "cannot start a worker");
    *worker = (struct worker){.pid = pid, .pid_fd = (int)syscall(SYS_pidfd_open, pid, 0)};
    if (worker->pid_fd >= 0)
        return 0;
    int saved = errno;
    worker_kill(worker);
    waitpid(pid, NULL, 0);
    *worker = (struct worker){0};
    return error_set_errno(error, saved, "cannot watch a worker (Linux 5.3 or newer needed)");
}

void worker_kill(const struct worker *worker)
{
    kill(worker->pid, SIGKILL);
}

bool worker_collect(struct worker *worker, const char *whose, char text[WORKER_TEXT_MAX])
{
    int status = 0;
    pid_t pid = waitpid(worker->pid, &status, 0);
    bool ended = pid == worker->pid;
    close(worker->pid_fd);
    *worker = (struct worker){0};
    if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (ended && WIFSIGNALED(status))
        snprintf(text, WORKER_TEXT_MAX, "%s was ended by signal %d", whose, WTERMSIG(status));
    else
        snprintf(text, WORKER_TEXT_MAX, "%s ended with exit code %d", whose,
                 ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return false;
}
