/* SPDX-License-Identifier: MIT */
/* The event loop and the one clock of a run.
 *
 * Everything that waits, waits on the clock: `struct loop_timer` deadlines are in microseconds of
 * the run's clock, which starts at 0. Two kinds:
 *   real: the clock is the machine's monotonic clock (times the scale).
 *   warp: time stands still while anything is going on and jumps to the next deadline when nothing
 *         is (nobody owes an answer, see loop_debtor and loop_barrier).
 * File descriptors are watched with epoll, level-triggered. All callbacks run on the one thread.
 *
 * For libraries that count real time of their own (libcurl, libmicrohttpd) there are real-time
 * timers; a pending real-time timer does not hold the clock back, the transfer it belongs to does
 * (its owner is a debtor). */
#ifndef RCLAB_LOOP_LOOP_H
#define RCLAB_LOOP_LOOP_H

#include "harness/base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct timer_heap; /* private to loop.c */
enum loop_clock { LOOP_CLOCK_WARP, LOOP_CLOCK_REAL };
#define LOOP_NEVER UINT64_MAX

/* Fails with ERROR_SYSTEM or ERROR_MEMORY. time_scale: device seconds a real second (real clock
 * only; 1 = as they are). */
int loop_new(enum loop_clock clock, double time_scale, struct loop **ret_loop, struct error *error);
void loop_free(struct loop *loop); /* all watches and timers must have been removed, or die too */

/* Microseconds of the run's clock; constant during a callback. */
uint64_t loop_now_us(const struct loop *loop);
enum loop_clock loop_clock(const struct loop *loop);

/* --- file descriptors --- */
typedef void loop_ready_fn(void *context, uint32_t epoll_events);
struct loop_watch;
/* Watches fd for EPOLLIN/EPOLLOUT/…; the fd stays the caller's and must be unwatched before it is
 * closed. One watch an fd. */
int loop_watch(struct loop *loop, int fd, uint32_t epoll_events, loop_ready_fn *ready,
               void *context, struct loop_watch **ret_watch, struct error *error);
int loop_watch_change(struct loop_watch *watch, uint32_t epoll_events, struct error *error);
void loop_unwatch(struct loop_watch *watch); /* NULL is allowed; safe inside callbacks */
/* Marks a watch as passive: its readiness is handled but is not counted as activity of the run
 * (the barrier's own socket, a child's log pipe). */
void loop_watch_set_passive(struct loop_watch *watch, bool passive);

/* --- timers on the run's clock --- */
typedef void loop_timer_fn(void *context);
struct loop_timer { /* embed it; zeroed = not set; private but for reading `deadline_us` */
    uint64_t deadline_us;
    uint64_t order; /* timers of one deadline fire in the order in which they were set */
    loop_timer_fn *fired;
    void *context;
    struct timer_heap *heap; /* not NULL while set */
    uint32_t heap_index;
};
/* (Re)sets; a deadline in the past fires on the next turn, after descriptors have been looked at.
 * The timer must not move while set. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t deadline_us,
                    loop_timer_fn *fired, void *context);
void loop_timer_cancel(struct loop_timer *timer); /* safe when not set */
bool loop_timer_is_set(const struct loop_timer *timer);

/* --- timers on the machine's clock (for libraries' own time-outs only) --- */
void loop_real_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t real_deadline_us,
                         loop_timer_fn *fired, void *context);
/* loop_timer_cancel and loop_timer_is_set serve these too. */

/* --- who owes an answer --- */
/* A debtor is asked, when nothing is ready, whether an answer is still owed to it or by it (a
 * transfer in flight, a frame not yet captured). While any says yes, the warp clock stands. */
struct loop_debtor { /* embed it */
    bool (*owes)(void *context);
    void *context;
    const char *name;         /* for "the lab is stuck: still waiting for NAME" */
    struct loop_debtor *next; /* private */
};
void loop_debtor_add(struct loop *loop, struct loop_debtor *debtor);
void loop_debtor_remove(struct loop *loop, struct loop_debtor *debtor);

/* A scripted fault keeps one peer silent on purpose: the server holds (protocol, address, port of
 * the client), the client asks loop_is_held and owes nothing while it is. Bounded
 * (LOOP_HOLDS_MAX); holds are counted, each needs its release. `fd` < 0, or the server's socket:
 * then the hold counts only while its send queue is empty (all that was sent was acknowledged). */
enum loop_protocol { LOOP_TCP, LOOP_UDP };
enum { LOOP_HOLDS_MAX = 16384 };
int loop_hold(struct loop *loop, enum loop_protocol protocol, uint32_t address, uint16_t port,
              int fd, struct error *error);
void loop_release(struct loop *loop, enum loop_protocol protocol, uint32_t address, uint16_t port);
bool loop_is_held(const struct loop *loop, enum loop_protocol protocol, uint32_t address,
                  uint16_t port);

/* Lines on which frames are under way by the run's clock: whoever waits for nothing but such a line
 * owes no answer, so that the clock may move (loop_is_held says so). Asked for either end of the
 * conversation. NULL (the default): there are none. */
typedef bool loop_line_fn(void *context, enum loop_protocol protocol, uint32_t address,
                          uint16_t port);
void loop_set_line(struct loop *loop, loop_line_fn *line, void *context);

/* Addresses where nobody is: whoever connects there waits in vain, and nobody owes an answer.
 * NULL (the default): there are none. */
typedef bool loop_nobody_fn(void *context, uint32_t address);
void loop_set_nobody(struct loop *loop, loop_nobody_fn *nobody, void *context);
bool loop_is_nobody(const struct loop *loop, uint32_t address);

/* --- the barrier: what out-of-process parties (dnsmasq) still have to do --- */
struct loop_barrier { /* embed it */
    /* True if the party may still have work of ours; false ends the matter at no cost. */
    bool (*needed)(void *context);
    /* Starts the proof; the party calls loop_barrier_passed once everything given to it before has
     * been handled and what it sent is on the wire. */
    void (*begin)(void *context);
    void *context;
    const char *name;
    struct loop_barrier *next; /* private */
    bool begun;                /* private */
    struct loop *loop;         /* private */
};
void loop_barrier_add(struct loop *loop, struct loop_barrier *barrier);
void loop_barrier_remove(struct loop *loop, struct loop_barrier *barrier);
void loop_barrier_passed(struct loop_barrier *barrier);

/* Frames under way inside the kernel: a datagram to itself over loopback goes through the same
 * per-processor queue as every frame that this thread sent before, so its arrival proves that they
 * have arrived. Holds while the process and its children run on one processor: see
 * lab_pin_processor. Call once in the namespace of the lab, whose `lo` is up. */
int loop_flush_enable(struct loop *loop, struct error *error);
/* The way between a phone and a server is longer by a bridge: more such datagrams are needed. */
void loop_flush_far(struct loop *loop);
/* Every frame sent before has arrived at each socket of this processor; nothing if not enabled. */
void loop_flush(struct loop *loop);

/* --- running --- */
/* So many phones may do something at the same instant, which then takes its time. */
void loop_expect_phones(struct loop *loop, size_t count);
/* Called when nothing is going on at the present instant, before the clock jumps (warp), or when
 * nothing is ready (real). May start things; it is called again once they have settled, until it
 * returns false = nothing started. */
typedef bool loop_quiet_fn(void *context);
/* Runs until loop_stop or an error. ERROR_LIMIT: an answer stayed owed for `stall_real_us` of real
 * time (the text names the debtor); ERROR_FAILED: nothing left to wait for (no timer, no debtor).
 * Neither is a phone's fault. */
int loop_run(struct loop *loop, loop_quiet_fn *quiet, void *context, uint64_t stall_real_us,
             struct error *error);
void loop_stop(struct loop *loop);
/* A lab error from inside a callback: loop_run returns `code` with this error. The first wins. */
void loop_fail(struct loop *loop, int code, const struct error *error);

#endif
