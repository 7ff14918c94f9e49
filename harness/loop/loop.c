/* SPDX-License-Identifier: MIT */
#include "harness/loop/loop.h"
#include "harness/base/duration.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    READY_BATCH = 64,
    TIMERS_MAX = 1 << 20,
    /* A frame crosses at most two pairs of virtual Ethernet and a bridge on its way, each hop one
     * more turn of the kernel's queue; two to spare. With bridges behind bridges, three pairs. */
    FLUSH_ROUNDS = 4,
    FLUSH_ROUNDS_FAR = 6,
    FLUSH_WAIT_MS = 1000,
    REAL_WAIT_MAX_MS = 1000,
};

/* Two parties that keep each other busy without end must not keep the program busy without end. */
#define INSTANT_WORK_MAX_US UINT64_C(60000000) /* of this process's processor time */
#define INSTANT_WORK_A_PHONE_US UINT64_C(60000)

struct loop_watch {
    struct loop *loop;
    int fd;
    loop_ready_fn *ready;
    void *context;
    bool passive, dead;
    struct loop_watch *next_dead;
};

/* A binary heap: nearest deadline first, then the order in which the timers were set. */
struct timer_heap {
    struct loop_timer **items; /* owned; the timers are the callers' */
    size_t count, capacity;
};

/* A peer that a scripted fault keeps silent on purpose. */
struct hold {
    enum loop_protocol protocol;
    uint32_t address;
    uint16_t port;
    int fd; /* -1, or the socket whose send queue must be empty */
};

struct loop {
    enum loop_clock clock;
    double time_scale;
    int epoll_fd, flush_fd, flush_rounds;
    uint64_t now_us, real_start_us;
    struct timer_heap timers, real_timers;
    struct timer_heap due; /* those whose turn it is: what they set anew waits for the next one */
    uint64_t next_order;
    struct hold *holds;
    size_t hold_count, hold_capacity;
    loop_line_fn *line;
    void *line_context;
    loop_nobody_fn *nobody;
    void *nobody_context;
    struct loop_debtor *debtors;
    struct loop_barrier *barriers;
    unsigned barriers_running;
    struct loop_watch *dead; /* unwatched during this turn; freed at its end */
    /* Counts everything that happened. Barriers prove the state at one value of it: if it moved
     * while they ran, they have to run again. */
    uint64_t activity, proving, proved;
    uint64_t progress_real_us; /* when something last happened, for the stall limit */
    uint64_t instant_work_us;  /* processor time used when the clock last moved */
    uint64_t instant_work_max_us;
    bool stopped, failed;
    int fail_code;
    struct error fail_error;
};

/* --- a heap of timers --- */

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
    if (a->deadline_us != b->deadline_us)
        return a->deadline_us < b->deadline_us;
    return a->order < b->order;
}

static void place(struct timer_heap *heap, size_t index, struct loop_timer *timer)
{
    heap->items[index] = timer;
    timer->heap_index = (uint32_t)index;
}

static void sift_up(struct timer_heap *heap, size_t index)
{
    struct loop_timer *timer = heap->items[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!before(timer, heap->items[parent]))
            break;
        place(heap, index, heap->items[parent]);
        index = parent;
    }
    place(heap, index, timer);
}

static void sift_down(struct timer_heap *heap, size_t index)
{
    struct loop_timer *timer = heap->items[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!before(heap->items[child], timer))
            break;
        place(heap, index, heap->items[child]);
        index = child;
    }
    place(heap, index, timer);
}

static void heap_done(struct timer_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->items[i]->heap = NULL; /* forgotten: unset */
    free(heap->items);
    *heap = (struct timer_heap){0};
}

/* False: out of memory or over the bound; the timer stays unset. */
static bool heap_add(struct timer_heap *heap, struct loop_timer *timer)
{
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity ? 2 * heap->capacity : 64;
        struct loop_timer **items =
            capacity > TIMERS_MAX ? NULL : realloc(heap->items, capacity * sizeof(*items));
        if (!items)
            return false;
        heap->items = items;
        heap->capacity = capacity;
    }
    timer->heap = heap;
    heap->items[heap->count] = timer;
    sift_up(heap, heap->count++);
    return true;
}

static void heap_remove(struct timer_heap *heap, struct loop_timer *timer)
{
    size_t index = timer->heap_index;
    assert(index < heap->count && heap->items[index] == timer);
    timer->heap = NULL;
    heap->count--;
    if (index == heap->count)
        return;
    place(heap, index, heap->items[heap->count]);
    sift_down(heap, index);
    sift_up(heap, heap->items[index]->heap_index);
}

static struct loop_timer *heap_first(const struct timer_heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}

int loop_new(enum loop_clock clock, double time_scale, struct loop **ret_loop, struct error *error)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return error_set(error, ERROR_MEMORY, "out of memory");
    loop->clock = clock;
    loop->time_scale = time_scale > 0 ? time_scale : 1;
    loop->flush_fd = -1;
    loop->flush_rounds = FLUSH_ROUNDS;
    loop->instant_work_max_us = INSTANT_WORK_MAX_US;
    loop->proved = UINT64_MAX;
    loop->real_start_us = monotonic_us();
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        int saved = errno;
        free(loop);
        return error_set_errno(error, saved, "cannot make an epoll descriptor");
    }
    *ret_loop = loop;
    return 0;
}

static void bury(struct loop *loop)
{
    while (loop->dead) {
        struct loop_watch *watch = loop->dead;
        loop->dead = watch->next_dead;
        free(watch);
    }
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    bury(loop);
    heap_done(&loop->timers);
    heap_done(&loop->real_timers);
    heap_done(&loop->due);
    free(loop->holds);
    if (loop->flush_fd >= 0)
        close(loop->flush_fd);
    close(loop->epoll_fd);
    free(loop);
}

uint64_t loop_now_us(const struct loop *loop)
{
    return loop->now_us;
}

enum loop_clock loop_clock(const struct loop *loop)
{
    return loop->clock;
}

/* --- file descriptors --- */

int loop_watch(struct loop *loop, int fd, uint32_t epoll_events, loop_ready_fn *ready,
               void *context, struct loop_watch **ret_watch, struct error *error)
{
    struct loop_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *watch = (struct loop_watch){.loop = loop, .fd = fd, .ready = ready, .context = context};
    struct epoll_event event = {.events = epoll_events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        int saved = errno;
        free(watch);
        return error_set_errno(error, saved, "cannot watch descriptor %d", fd);
    }
    *ret_watch = watch;
    return 0;
}

int loop_watch_change(struct loop_watch *watch, uint32_t epoll_events, struct error *error)
{
    struct epoll_event event = {.events = epoll_events, .data.ptr = watch};
    if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
        return error_set_errno(error, errno, "cannot change the watch of descriptor %d", watch->fd);
    return 0;
}

void loop_unwatch(struct loop_watch *watch)
{
    if (!watch || watch->dead)
        return;
    epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->dead = true;
    watch->next_dead = watch->loop->dead;
    watch->loop->dead = watch;
}

void loop_watch_set_passive(struct loop_watch *watch, bool passive)
{
    watch->passive = passive;
}

/* --- ending --- */

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

void loop_fail(struct loop *loop, int code, const struct error *error)
{
    if (loop->failed)
        return;
    loop->failed = true;
    loop->fail_code = code;
    if (error)
        loop->fail_error = *error;
}

static void fail(struct loop *loop, const char *text)
{
    struct error error;
    error_set(&error, ERROR_LIMIT, "%s", text);
    loop_fail(loop, ERROR_LIMIT, &error);
}

static bool has_ended(const struct loop *loop)
{
    return loop->stopped || loop->failed;
}

/* --- timers --- */

static void timer_set(struct loop *loop, struct timer_heap *heap, struct loop_timer *timer,
                      uint64_t deadline_us, loop_timer_fn *fired, void *context)
{
    loop_timer_cancel(timer);
    timer->deadline_us = deadline_us;
    timer->order = loop->next_order++;
    timer->fired = fired;
    timer->context = context;
    if (!heap_add(heap, timer))
        fail(loop, "too many timers at once");
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t deadline_us,
                    loop_timer_fn *fired, void *context)
{
    timer_set(loop, &loop->timers, timer, deadline_us, fired, context);
}

void loop_real_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t real_deadline_us,
                         loop_timer_fn *fired, void *context)
{
    timer_set(loop, &loop->real_timers, timer, real_deadline_us, fired, context);
}

void loop_timer_cancel(struct loop_timer *timer)
{
    if (timer->heap)
        heap_remove(timer->heap, timer);
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
    return timer->heap != NULL;
}

static void timer_fire(struct loop_timer *timer)
{
    loop_timer_cancel(timer);
    timer->fired(timer->context);
}

/* Fires what is due now, each once: what is set meanwhile, however early, waits for the next turn,
 * so that descriptors are looked at in between. False if nothing was due. */
static bool fire_due(struct loop *loop, struct timer_heap *heap, uint64_t now_us)
{
    struct loop_timer *timer;
    bool any = false;
    while ((timer = heap_first(heap)) && timer->deadline_us <= now_us) {
        heap_remove(heap, timer);
        if (!heap_add(&loop->due, timer)) {
            heap_add(heap, timer); /* there is room where it was */
            fail(loop, "too many timers at once");
            break;
        }
    }
    while ((timer = heap_first(&loop->due)) && !has_ended(loop)) {
        timer_fire(timer);
        any = true;
    }
    while ((timer = heap_first(&loop->due))) {
        heap_remove(&loop->due, timer);
        heap_add(heap, timer);
    }
    return any;
}

/* --- debtors, holds, barriers --- */

void loop_debtor_add(struct loop *loop, struct loop_debtor *debtor)
{
    debtor->next = loop->debtors;
    loop->debtors = debtor;
}

void loop_debtor_remove(struct loop *loop, struct loop_debtor *debtor)
{
    for (struct loop_debtor **at = &loop->debtors; *at; at = &(*at)->next) {
        if (*at == debtor) {
            *at = debtor->next;
            return;
        }
    }
}

static const struct loop_debtor *first_owing(const struct loop *loop)
{
    for (const struct loop_debtor *debtor = loop->debtors; debtor; debtor = debtor->next) {
        if (debtor->owes(debtor->context))
            return debtor;
    }
    return NULL;
}

int loop_hold(struct loop *loop, enum loop_protocol protocol, uint32_t address, uint16_t port,
              int fd, struct error *error)
{
    if (loop->hold_count == loop->hold_capacity) {
        size_t capacity = loop->hold_capacity ? 2 * loop->hold_capacity : 16;
        struct hold *holds;
        if (capacity > LOOP_HOLDS_MAX)
            return error_set(error, ERROR_LIMIT, "more than %d connections are kept silent at once",
                             LOOP_HOLDS_MAX);
        holds = realloc(loop->holds, capacity * sizeof *holds);
        if (!holds)
            return error_set(error, ERROR_MEMORY, "out of memory");
        loop->holds = holds;
        loop->hold_capacity = capacity;
    }
    loop->holds[loop->hold_count++] =
        (struct hold){.protocol = protocol, .address = address, .port = port, .fd = fd};
    return 0;
}

static struct hold *find_hold(const struct loop *loop, enum loop_protocol protocol,
                              uint32_t address, uint16_t port)
{
    for (size_t i = 0; i < loop->hold_count; i++) {
        struct hold *hold = &loop->holds[i];
        if (hold->protocol == protocol && hold->address == address && hold->port == port)
            return hold;
    }
    return NULL;
}

void loop_release(struct loop *loop, enum loop_protocol protocol, uint32_t address, uint16_t port)
{
    struct hold *hold = find_hold(loop, protocol, address, port);
    if (hold)
        *hold = loop->holds[--loop->hold_count];
}

/* What was sent before the silence must have reached the peer, or the clock would overtake it. */
static bool all_acknowledged(int fd)
{
    int unsent = 0;
    return fd < 0 || ioctl(fd, SIOCOUTQ, &unsent) < 0 || unsent == 0;
}

bool loop_is_held(const struct loop *loop, enum loop_protocol protocol, uint32_t address,
                  uint16_t port)
{
    const struct hold *hold = find_hold(loop, protocol, address, port);
    return (hold && all_acknowledged(hold->fd)) ||
           (loop->line && loop->line(loop->line_context, protocol, address, port));
}

void loop_set_line(struct loop *loop, loop_line_fn *line, void *context)
{
    loop->line = line;
    loop->line_context = context;
}

void loop_set_nobody(struct loop *loop, loop_nobody_fn *nobody, void *context)
{
    loop->nobody = nobody;
    loop->nobody_context = context;
}

bool loop_is_nobody(const struct loop *loop, uint32_t address)
{
    return loop->nobody && loop->nobody(loop->nobody_context, address);
}

void loop_barrier_add(struct loop *loop, struct loop_barrier *barrier)
{
    barrier->begun = false;
    barrier->loop = loop;
    barrier->next = loop->barriers;
    loop->barriers = barrier;
}

void loop_barrier_remove(struct loop *loop, struct loop_barrier *barrier)
{
    for (struct loop_barrier **at = &loop->barriers; *at; at = &(*at)->next) {
        if (*at == barrier) {
            *at = barrier->next;
            break;
        }
    }
    if (barrier->begun)
        loop->barriers_running--;
    barrier->begun = false;
}

void loop_barrier_passed(struct loop_barrier *barrier)
{
    struct loop *loop = barrier->loop;
    if (!barrier->begun)
        return;
    barrier->begun = false;
    loop->barriers_running--;
    loop->progress_real_us = monotonic_us();
    if (loop->barriers_running == 0 && loop->activity == loop->proving)
        loop->proved = loop->activity;
}

static void begin_barriers(struct loop *loop)
{
    loop->proving = loop->activity;
    for (struct loop_barrier *barrier = loop->barriers; barrier; barrier = barrier->next) {
        if (!barrier->needed(barrier->context))
            continue;
        barrier->begun = true;
        loop->barriers_running++;
        barrier->begin(barrier->context);
    }
    if (loop->barriers_running == 0 && loop->activity == loop->proving)
        loop->proved = loop->activity;
}

/* --- the kernel's queue --- */

int loop_flush_enable(struct loop *loop, struct error *error)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot open a socket");
    if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
        connect(fd, (struct sockaddr *)&address, length) < 0) {
        int saved = errno;
        close(fd);
        return error_set_errno(error, saved, "cannot use the loopback interface");
    }
    loop->flush_fd = fd;
    return 0;
}

static bool flush_once(struct loop *loop)
{
    char byte = 0;
    struct pollfd readable = {.fd = loop->flush_fd, .events = POLLIN};
    if (send(loop->flush_fd, &byte, 1, 0) != 1)
        return false;
    if (recv(loop->flush_fd, &byte, 1, 0) == 1)
        return true;
    return poll(&readable, 1, FLUSH_WAIT_MS) == 1 && recv(loop->flush_fd, &byte, 1, 0) == 1;
}

void loop_expect_phones(struct loop *loop, size_t count)
{
    loop->instant_work_max_us = INSTANT_WORK_MAX_US + count * INSTANT_WORK_A_PHONE_US;
}

void loop_flush_far(struct loop *loop)
{
    loop->flush_rounds = FLUSH_ROUNDS_FAR;
}

void loop_flush(struct loop *loop)
{
    if (loop->flush_fd < 0)
        return;
    for (int i = 0; i < loop->flush_rounds; i++) {
        if (!flush_once(loop)) {
            fail(loop, "a datagram over the lab's loopback interface did not arrive within 1 s");
            return;
        }
    }
}

/* --- running --- */

/* Of the real clock; a warp clock is moved by `jump` alone. */
static void read_clock(struct loop *loop)
{
    if (loop->clock == LOOP_CLOCK_REAL)
        loop->now_us =
            (uint64_t)((double)(monotonic_us() - loop->real_start_us) * loop->time_scale);
}

static bool poll_ready(struct loop *loop, int timeout_ms)
{
    struct epoll_event events[READY_BATCH];
    int count = epoll_wait(loop->epoll_fd, events, READY_BATCH, timeout_ms);
    read_clock(loop); /* what woke us up happened now, not when we fell asleep */
    for (int i = 0; i < count && !loop->failed; i++) {
        struct loop_watch *watch = events[i].data.ptr;
        if (watch->dead)
            continue;
        if (!watch->passive)
            loop->activity++;
        watch->ready(watch->context, events[i].events);
    }
    bool fired = fire_due(loop, &loop->real_timers, monotonic_us());
    if (fired)
        loop->activity++;
    bury(loop);
    if (count <= 0 && !fired)
        return false;
    loop->progress_real_us = monotonic_us();
    return true;
}

/* How long epoll may sleep, given that something is owed. */
static int real_wait_ms(const struct loop *loop, uint64_t until_real_us)
{
    const struct loop_timer *timer = heap_first(&loop->real_timers);
    uint64_t real_now_us = monotonic_us();
    if (timer && timer->deadline_us < until_real_us)
        until_real_us = timer->deadline_us;
    if (until_real_us <= real_now_us)
        return 0;
    uint64_t wait_ms = (until_real_us - real_now_us + 999) / 1000;
    return wait_ms < REAL_WAIT_MAX_MS ? (int)wait_ms : REAL_WAIT_MAX_MS;
}

static int wait_for_debt(struct loop *loop, const char *name, uint64_t stall_real_us,
                         struct error *error)
{
    uint64_t limit_us = loop->progress_real_us + stall_real_us;
    if (monotonic_us() >= limit_us)
        return error_set(error, ERROR_LIMIT,
                         "the lab is stuck: still waiting for %s after %.1f s of real time", name,
                         (double)stall_real_us / 1e6);
    poll_ready(loop, real_wait_ms(loop, limit_us));
    return 0;
}

/* However busy the machine is, and however many phones do something at one instant. */
static uint64_t worked_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_nsec / 1000u;
}

static const char *running_barrier(const struct loop *loop)
{
    for (const struct loop_barrier *barrier = loop->barriers; barrier; barrier = barrier->next) {
        if (barrier->begun)
            return barrier->name;
    }
    return "a barrier";
}

static int jump(struct loop *loop, struct error *error)
{
    struct loop_timer *timer = heap_first(&loop->timers);
    if (!timer)
        return error_set(error, ERROR_FAILED, "nothing is left to wait for");
    if (timer->deadline_us > loop->now_us) {
        loop->now_us = timer->deadline_us;
        loop->instant_work_us = worked_us();
    }
    /* One timer at a time: what it starts has settled before the next one fires, so that timers
     * of one instant take their turns in the same order in every run. */
    loop->activity++;
    loop->progress_real_us = monotonic_us();
    timer_fire(timer);
    return 0;
}

static int warp_turn(struct loop *loop, loop_quiet_fn *quiet, void *context, uint64_t stall_real_us,
                     struct error *error)
{
    if (worked_us() - loop->instant_work_us > loop->instant_work_max_us)
        return error_set(
            error, ERROR_LIMIT,
            "the lab is stuck: something goes on at one instant, and has used %llu s of "
            "processor time",
            (unsigned long long)(loop->instant_work_max_us / 1000000u));
    if (poll_ready(loop, 0))
        return 0;
    const struct loop_debtor *debtor = first_owing(loop);
    if (debtor)
        return wait_for_debt(loop, debtor->name, stall_real_us, error);
    if (loop->barriers_running > 0)
        return wait_for_debt(loop, running_barrier(loop), stall_real_us, error);
    loop_flush(loop);
    if (poll_ready(loop, 0))
        return 0;
    if (loop->proved != loop->activity) {
        begin_barriers(loop);
        if (loop->proved != loop->activity)
            return 0;
    }
    if (quiet(context)) {
        loop->activity++;
        return 0;
    }
    return has_ended(loop) ? 0 : jump(loop, error);
}

static int real_turn(struct loop *loop, loop_quiet_fn *quiet, void *context, struct error *error)
{
    read_clock(loop);
    fire_due(loop, &loop->timers, loop->now_us);
    if (poll_ready(loop, 0) || has_ended(loop) || quiet(context) || has_ended(loop))
        return 0;
    const struct loop_timer *timer = heap_first(&loop->timers);
    if (!timer && !first_owing(loop))
        return error_set(error, ERROR_FAILED, "nothing is left to wait for");
    uint64_t until_us = monotonic_us() + REAL_WAIT_MAX_MS * 1000u;
    if (timer) {
        double left_us = (double)(timer->deadline_us - loop->now_us) / loop->time_scale;
        if (timer->deadline_us <= loop->now_us)
            left_us = 0;
        if (left_us < (double)REAL_WAIT_MAX_MS * 1000)
            until_us = monotonic_us() + (uint64_t)left_us;
    }
    poll_ready(loop, real_wait_ms(loop, until_us));
    return 0;
}

int loop_run(struct loop *loop, loop_quiet_fn *quiet, void *context, uint64_t stall_real_us,
             struct error *error)
{
    loop->stopped = false;
    loop->progress_real_us = monotonic_us();
    loop->instant_work_us = worked_us();
    while (!has_ended(loop)) {
        int result = loop->clock == LOOP_CLOCK_WARP
                         ? warp_turn(loop, quiet, context, stall_real_us, error)
                         : real_turn(loop, quiet, context, error);
        if (result < 0 && !loop->failed)
            return result;
    }
    if (loop->failed) {
        if (error)
            *error = loop->fail_error;
        return loop->fail_code;
    }
    return 0;
}
