/* SPDX-License-Identifier: MIT */
#include "harness/base/background.h"
#include "harness/base/testing.h"
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int done;

static void count_one(void *argument)
{
    atomic_fetch_add(&done, *(const int *)argument);
}

static void runs_each_once(void)
{
    static const int one = 1;
    atomic_store(&done, 0);
    for (int i = 0; i < 3 * BACKGROUND_TASKS_MAX + 1; i++)
        background_run(count_one, (void *)(uintptr_t)&one);
    background_wait();
    CU_ASSERT_EQUAL(atomic_load(&done), 3 * BACKGROUND_TASKS_MAX + 1);
    background_wait();
}

static void closes_for_good(void)
{
    int fds[2];
    char byte;
    CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
    background_close(fds[1]);
    background_wait();
    CU_ASSERT_EQUAL(read(fds[0], &byte, 1), 0); /* its end is seen on the other side */
    close(fds[0]);
}

void tests_harness_base_background(void);
void tests_harness_base_background(void)
{
    TEST_SUITE("base/background", {"runs each task once", runs_each_once},
               {"closes descriptors", closes_for_good});
}
