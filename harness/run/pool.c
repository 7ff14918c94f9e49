/* SPDX-License-Identifier: MIT */
#include "harness/run/pool.h"
#include "harness/base/monotonic.h"
#include "harness/lab/lab.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 100 };

struct slot_result { /* shared with the worker */
    bool done;
    struct judgement judgement;
};
struct slot {
    pid_t pid; /* 0 = free */
    int pid_fd;
    size_t job;
    uint64_t started_us;
    bool too_long;
};
struct pool {
    const struct pool_config *config;
    struct slot_result *results; /* one a slot, shared memory */
    struct slot slots[POOL_JOBS_MAX];
    size_t next_job, running;
    bool closing; /* start no more */
};

/* --- in the worker -------------------------------------------------------------------------- */

static void set_error(struct judgement *judgement, const char *text)
{
    memset(judgement, 0, sizeof *judgement);
    judgement_set_error(judgement, text);
}

#if defined(__SANITIZE_ADDRESS__)
void __lsan_do_leak_check(void);
#endif

static _Noreturn void work(const struct pool_job *job, unsigned slot, struct slot_result *result,
                           pid_t parent)
{
    struct error error = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    if (job->options.clock == LOOP_CLOCK_WARP)
        lab_pin_processor(slot);
    if (lab_enter_namespaces(&error) < 0)
        set_error(&result->judgement, error.text);
    else
        run_scenario(job->scenario, &job->options, &result->judgement);
    result->done = true;
#if defined(__SANITIZE_ADDRESS__)
    __lsan_do_leak_check();
#endif
    _exit(0);
}

/* --- in the parent -------------------------------------------------------------------------- */

static int start(struct pool *pool, unsigned index, struct error *error)
{
    struct slot *slot = &pool->slots[index];
    size_t job = pool->next_job++;
    pid_t self = getpid();
    pool->results[index].done = false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        work(&pool->config->jobs[job], index, &pool->results[index], self);
    if (pid < 0)
        return error_set_errno(error, errno, "cannot start a worker");
    *slot = (struct slot){.pid = pid, .job = job, .started_us = monotonic_us()};
    slot->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    pool->running++;
    if (slot->pid_fd < 0)
        return error_set_errno(error, errno, "cannot watch a worker (Linux 5.3 or newer needed)");
    if (pool->config->started)
        pool->config->started(pool->config->context, job);
    return 0;
}

static void release(struct pool *pool, struct slot *slot)
{
    if (slot->pid_fd >= 0)
        close(slot->pid_fd);
    slot->pid = 0;
    pool->running--;
}

static void collect(struct pool *pool, unsigned index)
{
    struct slot *slot = &pool->slots[index];
    struct slot_result *result = &pool->results[index];
    int status = 0;
    if (waitpid(slot->pid, &status, 0) != slot->pid)
        return;
    if (!result->done || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char text[128];
        if (slot->too_long)
            snprintf(text, sizeof text, "the run did not end within %llu s of real time",
                     (unsigned long long)(POOL_WARP_REAL_MAX_US / 1000000u));
        else if (WIFSIGNALED(status))
            snprintf(text, sizeof text, "the run's process was ended by signal %d",
                     WTERMSIG(status));
        else
            snprintf(text, sizeof text, "the run's process ended with exit code %d",
                     WEXITSTATUS(status));
        set_error(&result->judgement, text);
    }
    size_t job = slot->job;
    uint64_t wall_us = monotonic_us() - slot->started_us;
    release(pool, slot);
    if (!pool->config->finished(pool->config->context, job, &result->judgement, wall_us))
        pool->closing = true;
}

static bool stopped(const struct pool *pool)
{
    return pool->config->stop && *pool->config->stop != 0;
}

static void wait_for_workers(struct pool *pool)
{
    struct pollfd ready[POOL_JOBS_MAX];
    unsigned indices[POOL_JOBS_MAX], count = 0;
    for (unsigned i = 0; i < pool->config->parallel; i++) {
        if (pool->slots[i].pid == 0)
            continue;
        indices[count] = i;
        ready[count++] = (struct pollfd){.fd = pool->slots[i].pid_fd, .events = POLLIN};
    }
    /* A Ctrl-C reaches the workers too: that one ended by it says nothing about its lab. */
    if (poll(ready, count, TICK_MS) > 0 && !stopped(pool)) {
        for (unsigned i = 0; i < count; i++) {
            if (ready[i].revents)
                collect(pool, indices[i]);
        }
    }
}

static void end_long_runs(struct pool *pool)
{
    uint64_t now_us = monotonic_us();
    for (unsigned i = 0; i < pool->config->parallel; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->pid != 0 && !slot->too_long &&
            pool->config->jobs[slot->job].options.clock == LOOP_CLOCK_WARP &&
            now_us - slot->started_us > POOL_WARP_REAL_MAX_US) {
            slot->too_long = true;
            kill(slot->pid, SIGKILL);
        }
    }
}

static void kill_all(struct pool *pool)
{
    for (unsigned i = 0; i < pool->config->parallel; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->pid == 0)
            continue;
        kill(slot->pid, SIGKILL);
        waitpid(slot->pid, NULL, 0);
        release(pool, slot);
    }
}

static bool has_job(struct pool *pool)
{
    const struct pool_config *config = pool->config;
    if (pool->closing)
        return false;
    while (pool->next_job < config->job_count && config->wanted &&
           !config->wanted(config->context, pool->next_job))
        pool->next_job++;
    return pool->next_job < config->job_count;
}

static int run_all(struct pool *pool, struct error *error)
{
    const struct pool_config *config = pool->config;
    while (!stopped(pool)) {
        for (unsigned i = 0; i < config->parallel; i++) {
            if (pool->slots[i].pid != 0 || !has_job(pool))
                continue;
            int result = start(pool, i, error);
            if (result < 0)
                return result;
        }
        if (pool->running == 0)
            break;
        wait_for_workers(pool);
        end_long_runs(pool);
        if (config->tick)
            config->tick(config->context);
    }
    return 0;
}

int pool_run(const struct pool_config *config, struct error *error)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_set(error, ERROR_MEMORY, "out of memory");
    size_t bytes = config->parallel * sizeof *pool->results;
    pool->config = config;
    pool->results = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pool->results == MAP_FAILED) {
        free(pool);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    int result = run_all(pool, error);
    kill_all(pool);
    munmap(pool->results, bytes);
    free(pool);
    return result;
}
