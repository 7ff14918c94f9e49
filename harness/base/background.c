/* SPDX-License-Identifier: MIT */
#include "harness/base/background.h"
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

struct task {
    pthread_t thread;
    void (*run)(void *argument);
    void *argument;
};

static struct task tasks[BACKGROUND_TASKS_MAX];
static size_t task_count;

static void *run_task(void *context)
{
    struct task *task = context;
    task->run(task->argument);
    return NULL;
}

void background_run(void (*task)(void *argument), void *argument)
{
    if (task_count == BACKGROUND_TASKS_MAX)
        background_wait();
    struct task *slot = &tasks[task_count];
    *slot = (struct task){.run = task, .argument = argument};
    if (pthread_create(&slot->thread, NULL, run_task, slot) == 0)
        task_count++;
    else
        task(argument);
}

static void close_task(void *argument)
{
    close((int)(intptr_t)argument);
}

void background_close(int fd)
{
    background_run(close_task, (void *)(intptr_t)fd);
}

void background_wait(void)
{
    for (size_t i = 0; i < task_count; i++)
        pthread_join(tasks[i].thread, NULL);
    task_count = 0;
}
