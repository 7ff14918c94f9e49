/* SPDX-License-Identifier: MIT */
/* A child process on the loop: in a network namespace and a folder, in a process group of its own,
 * bounded in real time or supervised for as long as it is wanted. It dies with this program. */
#ifndef RCLAB_LOOP_CHILD_H
#define RCLAB_LOOP_CHILD_H

#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include <stddef.h>

struct child_config {
    struct loop *loop;
    int netns_fd;          /* -1 = here */
    const char *directory; /* NULL = here */
    int input_fd;          /* what the child has as its input; 0 = nothing */
    /* Runs in the child, whose descriptors are its output (1) and its
     * diagnostics (2), both collected; may exec. What it returns is the exit code. */
    int (*run)(const void *run_context);
    /* It writes to nothing but its own variables, and execs: the memory needs not be copied. */
    bool only_execs;
    const void *run_context; /* borrowed for the call of child_start */
    uint64_t max_us;         /* real time; then the whole group is killed; 0 = never */
    size_t output_bytes_max; /* of its output the last bytes are kept, or else */
    /* it is taken as it comes, which is no activity of the run. NULL: it is kept. */
    void (*heard)(void *context, const char *bytes, size_t length);
};
/* The child's own exit code if it never came to `run`; its output says why. */
enum { CHILD_NOT_RUN = 126 };

enum child_ending { CHILD_EXITED, CHILD_KILLED, CHILD_TOO_SLOW };
struct child_end {
    enum child_ending ending;
    int number;         /* exit code, or the signal */
    const char *output; /* its last bytes, not NUL-terminated */
    size_t output_length;
    bool output_cut; /* there was more of it, or might have been */
};
/* The child is gone already, and its group with it; must not call child_kill. */
typedef void child_ended_fn(void *context, const struct child_end *end);

struct child;
int child_start(const struct child_config *config, child_ended_fn *ended, void *context,
                struct child **ret_child, struct error *error);
/* Ends the whole group; the callback is not called. NULL is allowed. */
void child_kill(struct child *child);
/* Waits, not on the loop, until it has said something more that was `heard`, or real_ms_max are
 * over. False: it will say nothing more; it is gone then, and *ret_end says how. */
bool child_listen(struct child *child, int real_ms_max, struct child_end *ret_end);

#endif
