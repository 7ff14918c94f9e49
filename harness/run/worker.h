/* SPDX-License-Identifier: MIT */
/* A process of this program that does one thing, which may enter namespaces and break: it dies with
 * the one that started it, whatever ends that, and its namespaces and children with it. */
#ifndef RCLAB_RUN_WORKER_H
#define RCLAB_RUN_WORKER_H

#include "harness/base/error.h"
#include <stdbool.h>
#include <sys/types.h>

struct worker {
    pid_t pid;  /* 0 = there is none */
    int pid_fd; /* becomes readable when it ends */
};
/* Forks; the new process calls run(context), and ends. SIGPIPE is ignored in it, all else is as it
 * was here. Of what is shared (MAP_SHARED memory, sockets) it tells what came of it. */
int worker_start(struct worker *worker, void (*run)(void *context), void *context,
                 struct error *error);
void worker_kill(const struct worker *worker);
/* Waits for its end. False: it ended otherwise than by itself and well; text says how ("whose"
 * begins the sentence: "the run's process"). */
enum { WORKER_TEXT_MAX = 128 };
bool worker_collect(struct worker *worker, const char *whose, char text[WORKER_TEXT_MAX]);

#endif
