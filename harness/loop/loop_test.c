/* SPDX-License-Identifier: MIT */
/* The clock: it must stand while anything is going on, and jump to the very next deadline when
 * nothing is. */
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/loop/loop.h"
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { LOG_MAX = 256, STALL_US = 5000000 };
#define HOUR_US UINT64_C(3600000000)

struct trial {
    struct loop *loop;
    char log[LOG_MAX]; /* a letter for each thing that happened, in order */
    uint64_t times[LOG_MAX];
    unsigned quiet_calls;
};

static void note(struct trial *trial, char letter)
{
    size_t length = strlen(trial->log);
    if (length < LOG_MAX - 1) {
        trial->times[length] = loop_now_us(trial->loop);
        trial->log[length] = letter;
    }
}

static void begin(struct trial *trial)
{
    memset(trial, 0, sizeof *trial);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &trial->loop, NULL), 0);
}

static bool nothing_more(void *context)
{
    struct trial *trial = context;
    trial->quiet_calls++;
    return false;
}

struct lettered_timer {
    struct loop_timer timer;
    struct trial *trial;
    char letter;
};

static void timer_noted(void *context)
{
    struct lettered_timer *timer = context;
    note(timer->trial, timer->letter);
}

static void timer_stops(void *context)
{
    struct lettered_timer *timer = context;
    note(timer->trial, timer->letter);
    loop_stop(timer->trial->loop);
}

/* --- timers --- */

static void days_pass_in_order(void)
{
    struct trial trial;
    begin(&trial);
    struct lettered_timer a = {.trial = &trial, .letter = 'a'},
                          b = {.trial = &trial, .letter = 'b'},
                          c = {.trial = &trial, .letter = 'c'},
                          d = {.trial = &trial, .letter = 'd'},
                          never = {.trial = &trial, .letter = 'n'};
    loop_timer_set(trial.loop, &d.timer, 240 * HOUR_US, timer_stops, &d);
    loop_timer_set(trial.loop, &b.timer, HOUR_US, timer_noted, &b);
    loop_timer_set(trial.loop, &never.timer, HOUR_US, timer_noted, &never);
    loop_timer_set(trial.loop, &c.timer, HOUR_US, timer_noted, &c);
    loop_timer_set(trial.loop, &a.timer, 1, timer_noted, &a);
    loop_timer_cancel(&never.timer);
    CU_ASSERT_FALSE(loop_timer_is_set(&never.timer));
    uint64_t started_us = monotonic_us();
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "abcd");
    CU_ASSERT_EQUAL(trial.times[0], 1);
    CU_ASSERT_EQUAL(trial.times[1], HOUR_US);
    CU_ASSERT_EQUAL(trial.times[2], HOUR_US);
    CU_ASSERT_EQUAL(trial.times[3], 240 * HOUR_US);
    CU_ASSERT(monotonic_us() - started_us < HOUR_US);
    /* One timer at a time: all is quiet again between two of one instant. */
    CU_ASSERT(trial.quiet_calls >= 4);
    loop_free(trial.loop);
}

static void many_timers_keep_their_order(void)
{
    enum { TIMERS = 200 };
    struct trial trial;
    static struct lettered_timer timers[TIMERS];
    begin(&trial);
    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i] = (struct lettered_timer){.trial = &trial, .letter = 'x'};
        loop_timer_set(trial.loop, &timers[i].timer, 1 + (i * 7919u) % 997u, timer_noted,
                       &timers[i]);
    }
    struct error error;
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, &error), ERROR_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "nothing is left to wait for"));
    CU_ASSERT_EQUAL(strlen(trial.log), TIMERS);
    for (unsigned i = 1; i < TIMERS; i++)
        CU_ASSERT(trial.times[i - 1] <= trial.times[i]);
    loop_free(trial.loop);
}

/* --- what holds the clock back --- */

struct chain { /* bytes that go round between two sockets: something that is going on */
    struct trial *trial;
    int fds[2];
    struct loop_watch *watches[2];
    unsigned left;
};
struct chain_end {
    struct chain *chain;
    int index;
};

static void chain_ready(void *context, uint32_t epoll_events)
{
    struct chain_end *end = context;
    struct chain *chain = end->chain;
    char byte;
    (void)epoll_events;
    CU_ASSERT_EQUAL(read(chain->fds[end->index], &byte, 1), 1);
    note(chain->trial, 'r');
    if (chain->left-- > 0)
        CU_ASSERT_EQUAL(write(chain->fds[end->index], &byte, 1), 1);
}

static void stands_while_packets_fly(void)
{
    struct trial trial;
    begin(&trial);
    struct chain chain = {.trial = &trial, .left = 20};
    struct chain_end ends[2] = {{&chain, 0}, {&chain, 1}};
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, chain.fds), 0);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(loop_watch(trial.loop, chain.fds[i], EPOLLIN, chain_ready, &ends[i],
                                         &chain.watches[i], NULL),
                              0);
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    CU_ASSERT_EQUAL(write(chain.fds[0], "x", 1), 1);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_EQUAL(strlen(trial.log), 22);
    CU_ASSERT_EQUAL(trial.log[21], 'T'); /* a microsecond later, and yet after everything */
    for (int i = 0; i < 21; i++)
        CU_ASSERT_EQUAL(trial.times[i], 0);
    for (int i = 0; i < 2; i++) {
        loop_unwatch(chain.watches[i]);
        close(chain.fds[i]);
    }
    loop_free(trial.loop);
}

struct debt {
    struct loop_debtor debtor;
    struct loop_timer real_timer;
    struct trial *trial;
    bool owed;
};

static bool owes(void *context)
{
    return ((struct debt *)context)->owed;
}

static void debt_paid(void *context)
{
    struct debt *debt = context;
    note(debt->trial, 'p');
    debt->owed = false;
}

static void waits_for_debtors(void)
{
    struct trial trial;
    begin(&trial);
    struct debt debt = {.trial = &trial, .owed = true};
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    debt.debtor = (struct loop_debtor){.owes = owes, .context = &debt, .name = "a debt"};
    loop_debtor_add(trial.loop, &debt.debtor);
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    loop_real_timer_set(trial.loop, &debt.real_timer, monotonic_us() + 5000, debt_paid, &debt);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "pT");
    CU_ASSERT_EQUAL(trial.times[0], 0);
    loop_debtor_remove(trial.loop, &debt.debtor);
    loop_free(trial.loop);
}

static void names_a_debtor_that_never_pays(void)
{
    struct trial trial;
    struct error error;
    begin(&trial);
    struct debt debt = {.trial = &trial, .owed = true};
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    debt.debtor = (struct loop_debtor){.owes = owes, .context = &debt, .name = "the transfer of X"};
    loop_debtor_add(trial.loop, &debt.debtor);
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, 20000, &error), ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "the transfer of X"));
    CU_ASSERT_STRING_EQUAL(trial.log, "");
    loop_debtor_remove(trial.loop, &debt.debtor);
    loop_free(trial.loop);
}

static void knows_whom_a_fault_keeps_silent(void)
{
    struct trial trial;
    begin(&trial);
    CU_ASSERT_FALSE(loop_is_held(trial.loop, LOOP_TCP, 1, 2));
    CU_ASSERT_EQUAL(loop_hold(trial.loop, LOOP_TCP, 1, 2, -1, NULL), 0);
    CU_ASSERT_EQUAL(loop_hold(trial.loop, LOOP_TCP, 1, 2, -1, NULL), 0);
    CU_ASSERT_TRUE(loop_is_held(trial.loop, LOOP_TCP, 1, 2));
    CU_ASSERT_FALSE(loop_is_held(trial.loop, LOOP_UDP, 1, 2));
    CU_ASSERT_FALSE(loop_is_held(trial.loop, LOOP_TCP, 1, 3));
    loop_release(trial.loop, LOOP_TCP, 1, 2);
    CU_ASSERT_TRUE(loop_is_held(trial.loop, LOOP_TCP, 1, 2));
    loop_release(trial.loop, LOOP_TCP, 1, 2);
    CU_ASSERT_FALSE(loop_is_held(trial.loop, LOOP_TCP, 1, 2));
    loop_release(trial.loop, LOOP_TCP, 1, 2); /* one too many does no harm */
    for (unsigned i = 0; i < LOOP_HOLDS_MAX; i++)
        CU_ASSERT_EQUAL_FATAL(loop_hold(trial.loop, LOOP_TCP, i, 0, -1, NULL), 0);
    CU_ASSERT_EQUAL(loop_hold(trial.loop, LOOP_TCP, 0, 9, -1, NULL), ERROR_LIMIT);
    loop_free(trial.loop);
}

/* --- barriers --- */

struct party { /* stands for dnsmasq: answers later, and may have had more to say */
    struct loop_barrier barrier;
    struct loop_timer answer;
    struct trial *trial;
    struct loop_timer surprise;
    bool work, surprising;
};

static void party_answers(void *context)
{
    struct party *party = context;
    party->work = false;
    note(party->trial, 'b');
    loop_barrier_passed(&party->barrier);
}

static void party_surprises(void *context)
{
    struct party *party = context;
    note(party->trial, 's');
    party->work = true;
}

static bool party_needed(void *context)
{
    return ((struct party *)context)->work;
}

static void party_begins(void *context)
{
    struct party *party = context;
    uint64_t now_us = monotonic_us();
    if (party->surprising) {
        party->surprising = false;
        loop_real_timer_set(party->trial->loop, &party->surprise, now_us + 500, party_surprises,
                            party);
    }
    loop_real_timer_set(party->trial->loop, &party->answer, now_us + 2000, party_answers, party);
}

static void proves_again_what_moved_meanwhile(void)
{
    struct trial trial;
    begin(&trial);
    struct party party = {.trial = &trial, .work = true, .surprising = true};
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    party.barrier = (struct loop_barrier){
        .needed = party_needed, .begin = party_begins, .context = &party, .name = "the party"};
    loop_barrier_add(trial.loop, &party.barrier);
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "sbT");
    CU_ASSERT_EQUAL(trial.times[1], 0);
    loop_barrier_remove(trial.loop, &party.barrier);
    loop_free(trial.loop);
}

static void names_a_barrier_that_never_passes(void)
{
    struct trial trial;
    struct error error;
    begin(&trial);
    struct party party = {.trial = &trial, .work = true};
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    /* It begins, and never says that it has passed. */
    party.barrier = (struct loop_barrier){.needed = party_needed,
                                          .begin = party_surprises,
                                          .context = &party,
                                          .name = "the silent one"};
    loop_barrier_add(trial.loop, &party.barrier);
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, 20000, &error), ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "the silent one"));
    loop_barrier_remove(trial.loop, &party.barrier);
    loop_free(trial.loop);
}

/* --- errors and the quiet turn --- */

static void timer_fails(void *context)
{
    struct lettered_timer *timer = context;
    struct error error;
    error_set(&error, ERROR_SYSTEM, "first");
    loop_fail(timer->trial->loop, ERROR_SYSTEM, &error);
    error_set(&error, ERROR_LIMIT, "second");
    loop_fail(timer->trial->loop, ERROR_LIMIT, &error);
}

static void the_first_failure_ends_it(void)
{
    struct trial trial;
    struct error error;
    begin(&trial);
    struct lettered_timer timer = {.trial = &trial};
    loop_timer_set(trial.loop, &timer.timer, 1, timer_fails, &timer);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, &error), ERROR_SYSTEM);
    CU_ASSERT_STRING_EQUAL(error.text, "first");
    loop_free(trial.loop);
}

static bool three_things_to_do(void *context)
{
    struct trial *trial = context;
    note(trial, 'q');
    return trial->quiet_calls++ < 3;
}

static void quiet_is_asked_until_nothing_starts(void)
{
    struct trial trial;
    begin(&trial);
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    CU_ASSERT_EQUAL(loop_run(trial.loop, three_things_to_do, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "qqqqT");
    loop_free(trial.loop);
}

static void the_real_clock_is_real(void)
{
    struct trial trial;
    memset(&trial, 0, sizeof trial);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_REAL, 60, &trial.loop, NULL), 0);
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    uint64_t started_us = monotonic_us();
    loop_timer_set(trial.loop, &late.timer, 600000, timer_stops, &late);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "T");
    CU_ASSERT(trial.times[0] >= 600000);
    /* Sixty times faster, and not by skipping. */
    CU_ASSERT(monotonic_us() - started_us >= 10000 - 1000);
    loop_free(trial.loop);
}

static void note_and_stop(void *context, uint32_t events)
{
    struct trial *trial = context;
    (void)events;
    note(trial, 'R');
    loop_stop(trial->loop);
}

/* What ends a long sleep happens then, and not when the sleep began. */
static void the_real_clock_goes_on_in_sleep(void)
{
    enum { SCALE = 1000, SLEEP_US = 40000 };
    struct itimerspec after = {.it_value.tv_nsec = SLEEP_US * 1000L};
    struct loop_watch *watch = NULL;
    struct trial trial;
    memset(&trial, 0, sizeof trial);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_REAL, SCALE, &trial.loop, NULL), 0);
    struct lettered_timer never = {.trial = &trial, .letter = 'T'};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(loop_watch(trial.loop, fd, EPOLLIN, note_and_stop, &trial, &watch, NULL), 0);
    loop_timer_set(trial.loop, &never.timer, HOUR_US, timer_stops, &never);
    CU_ASSERT_EQUAL(timerfd_settime(fd, 0, &after, NULL), 0);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "R");
    CU_ASSERT(trial.times[0] >= (uint64_t)SLEEP_US * SCALE);
    loop_timer_cancel(&never.timer);
    loop_unwatch(watch);
    close(fd);
    loop_free(trial.loop);
}

/* --- one turn after another, on the real clock --- */

enum { TURNS_MAX = 1000 }; /* what would go on for ever ends here, and the test fails */

struct eager_timer { /* sets itself again at an instant that is past */
    struct lettered_timer base;
    uint64_t again_us;
    unsigned left;
};

static void timer_again(void *context)
{
    struct eager_timer *eager = context;
    struct loop *loop = eager->base.trial->loop;
    note(eager->base.trial, eager->base.letter);
    if (eager->left-- == 0)
        loop_stop(loop);
    loop_timer_set(loop, &eager->base.timer, eager->again_us, timer_again, eager);
}

static void begin_real(struct trial *trial)
{
    memset(trial, 0, sizeof *trial);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_REAL, 1, &trial->loop, NULL), 0);
}

static void a_timer_of_now_lets_descriptors_in(void)
{
    struct trial trial;
    struct loop_watch *watch = NULL;
    int fds[2];
    begin_real(&trial);
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CU_ASSERT_EQUAL(write(fds[1], "x", 1), 1);
    CU_ASSERT_EQUAL(loop_watch(trial.loop, fds[0], EPOLLIN, note_and_stop, &trial, &watch, NULL),
                    0);
    struct eager_timer eager = {.base = {.trial = &trial, .letter = 'a'}, .left = TURNS_MAX};
    loop_timer_set(trial.loop, &eager.base.timer, 0, timer_again, &eager);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "aR");
    loop_timer_cancel(&eager.base.timer);
    loop_unwatch(watch);
    close(fds[0]);
    close(fds[1]);
    loop_free(trial.loop);
}

/* Even if the one sets itself to before the others. */
static void a_timer_of_the_past_lets_later_ones_in(void)
{
    struct trial trial;
    begin_real(&trial);
    struct eager_timer eager = {.base = {.trial = &trial, .letter = 'a'}, .left = TURNS_MAX};
    struct lettered_timer b = {.trial = &trial, .letter = 'b'}, gone = {.trial = &trial},
                          last = {.trial = &trial, .letter = 'T'};
    loop_timer_set(trial.loop, &eager.base.timer, 0, timer_again, &eager);
    loop_timer_set(trial.loop, &last.timer, 0, timer_stops, &last);
    loop_timer_set(trial.loop, &b.timer, 0, timer_noted, &b);
    loop_timer_set(trial.loop, &gone.timer, 0, timer_noted, &gone);
    loop_timer_cancel(&gone.timer);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "aT");
    /* What it did not come to is still set, and its turn comes before that of the one set again. */
    CU_ASSERT_TRUE(loop_timer_is_set(&b.timer));
    eager.left = 0;
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_STRING_EQUAL(trial.log, "aTba");
    loop_timer_cancel(&eager.base.timer);
    loop_free(trial.loop);
}

struct eager_writer {
    struct trial *trial;
    struct loop_timer timer;
    int fd;
    unsigned left;
};

static void write_again(void *context)
{
    struct eager_writer *writer = context;
    note(writer->trial, 'w');
    CU_ASSERT_EQUAL(write(writer->fd, "x", 1), 1);
    if (writer->left-- > 0)
        loop_real_timer_set(writer->trial->loop, &writer->timer, 0, write_again, writer);
}

/* The same of the libraries' timers, whatever the run's clock is. */
static void real_time_timers_take_turns(void)
{
    struct trial trial;
    struct loop_watch *watch = NULL;
    int fds[2];
    begin(&trial);
    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    CU_ASSERT_EQUAL(loop_watch(trial.loop, fds[0], EPOLLIN, note_and_stop, &trial, &watch, NULL),
                    0);
    struct eager_writer writer = {.trial = &trial, .fd = fds[1], .left = 10};
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    loop_real_timer_set(trial.loop, &writer.timer, 0, write_again, &writer);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, NULL), 0);
    CU_ASSERT_EQUAL(strncmp(trial.log, "wR", 2), 0);
    loop_timer_cancel(&writer.timer);
    loop_timer_cancel(&late.timer);
    loop_unwatch(watch);
    close(fds[0]);
    close(fds[1]);
    loop_free(trial.loop);
}

static void timer_fails_again(void *context)
{
    struct eager_timer *eager = context;
    timer_fails(&eager->base);
    timer_again(eager);
}

static void a_failure_ends_the_real_clock_too(void)
{
    struct trial trial;
    struct error error = {0};
    begin_real(&trial);
    struct eager_timer eager = {.base = {.trial = &trial, .letter = 'F'}, .left = TURNS_MAX};
    struct lettered_timer next = {.trial = &trial, .letter = 'n'};
    loop_timer_set(trial.loop, &eager.base.timer, 0, timer_fails_again, &eager);
    loop_timer_set(trial.loop, &next.timer, 0, timer_noted, &next);
    CU_ASSERT_EQUAL(loop_run(trial.loop, nothing_more, &trial, STALL_US, &error), ERROR_SYSTEM);
    CU_ASSERT_STRING_EQUAL(error.text, "first");
    CU_ASSERT_STRING_EQUAL(trial.log, "F");
    CU_ASSERT_EQUAL(trial.quiet_calls, 0);
    loop_timer_cancel(&eager.base.timer);
    loop_timer_cancel(&next.timer);
    loop_free(trial.loop);
}

static bool quiet_fails(void *context)
{
    struct lettered_timer timer = {.trial = context};
    timer_fails(&timer);
    return false;
}

static void after_a_failure_the_clock_stands(void)
{
    struct trial trial;
    begin(&trial);
    struct lettered_timer late = {.trial = &trial, .letter = 'T'};
    loop_timer_set(trial.loop, &late.timer, 1, timer_stops, &late);
    CU_ASSERT_EQUAL(loop_run(trial.loop, quiet_fails, &trial, STALL_US, NULL), ERROR_SYSTEM);
    CU_ASSERT_STRING_EQUAL(trial.log, "");
    CU_ASSERT_EQUAL(loop_now_us(trial.loop), 0);
    loop_timer_cancel(&late.timer);
    loop_free(trial.loop);
}

void tests_harness_loop_loop(void);
void tests_harness_loop_loop(void)
{
    TEST_SUITE("loop", {"days pass at once and in order", days_pass_in_order},
               {"many timers keep their order", many_timers_keep_their_order},
               {"the clock stands while packets fly", stands_while_packets_fly},
               {"the clock waits for debtors", waits_for_debtors},
               {"a debtor that never pays is named", names_a_debtor_that_never_pays},
               {"peers kept silent on purpose", knows_whom_a_fault_keeps_silent},
               {"a barrier proves again what moved meanwhile", proves_again_what_moved_meanwhile},
               {"a barrier that never passes is named", names_a_barrier_that_never_passes},
               {"the first failure ends it", the_first_failure_ends_it},
               {"quiet is asked until nothing starts", quiet_is_asked_until_nothing_starts},
               {"the real clock is real", the_real_clock_is_real},
               {"the real clock goes on in sleep", the_real_clock_goes_on_in_sleep},
               {"a timer of now lets descriptors in", a_timer_of_now_lets_descriptors_in},
               {"a timer of the past lets later ones in", a_timer_of_the_past_lets_later_ones_in},
               {"real-time timers take turns", real_time_timers_take_turns},
               {"a failure ends the real clock, too", a_failure_ends_the_real_clock_too},
               {"after a failure the clock stands", after_a_failure_the_clock_stands});
}
