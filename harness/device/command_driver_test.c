/* SPDX-License-Identifier: MIT */
/* Real commands. Whether a process is gone is seen by a FIFO that it holds open for writing: the
 * kernel tells the reader when the last of them has ended. */
#include "harness/base/duration.h"
#include "harness/device/device_testing.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = PATH_MAX, HANG_UP_WAIT_MS = 20000, TRIAL_BROKEN = 99 };

struct command_bench {
    struct bench bench;
    const char *folder;
    const char *arguments[4];
    struct lab_phone phone;
};

/* The command is `sh -c script`. */
static void begin_in(struct command_bench *bench, const char *folder, const char *script,
                     struct device_config config)
{
    *bench = (struct command_bench){.folder = folder, .arguments = {"sh", "-c", script, NULL}};
    bench->phone = (struct lab_phone){
        .name = "desk-1",
        .mac = {{0x00, 0x11, 0x22, 0xaa, 0xbb, 0xcc}},
        .web = {.given = true, .password = {.source = "env:P", .value = "top secret"}},
        .reset = LAB_DRIVER_COMMAND,
        .reset_command = {.arguments = bench->arguments, .argument_count = 3}};
    config.directory = bench->folder;
    config.phone = &bench->phone;
    bench_loop(&bench->bench);
    bench_device(&bench->bench, config);
}

static void begin(struct command_bench *bench, const char *script, struct device_config config)
{
    config.outside_netns_fd = -1;
    begin_in(bench, testing_folder(), script, config);
}

static int reset(struct command_bench *bench)
{
    return bench_act(&bench->bench, DEVICE_FACTORY_RESET, 0, NULL);
}

static void file_is(const struct command_bench *bench, const char *name, const char *expected)
{
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", bench->folder, name);
    uint8_t *text = testing_read_file(path, NULL);
    CU_ASSERT_STRING_EQUAL((const char *)text, expected);
    free(text);
}

static void it_runs_where_and_how_it_should(void)
{
    struct command_bench bench;
    char expected[PATH_BYTES_MAX + 64], folder[PATH_BYTES_MAX];
    begin(&bench,
          "echo \"$RCLAB_PHONE|$RCLAB_MAC|$RCLAB_ACTION|$(cat | wc -c)|$(pwd -P)\" >told; "
          "echo unimportant; test \"$(ls /proc/self/fd | tr -d '\\n')\" = 0123 && echo none >more",
          (struct device_config){0});
    CU_ASSERT_EQUAL(reset(&bench), 0);
    CU_ASSERT_EQUAL(bench.bench.status, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(realpath(bench.folder, folder));
    snprintf(expected, sizeof expected, "desk-1|00:11:22:aa:bb:cc|factory reset|0|%s\n", folder);
    file_is(&bench, "told", expected);
    file_is(&bench, "more", "none\n"); /* no descriptor but the three, and that of ls itself */
    CU_ASSERT_EQUAL(reset(&bench), 0); /* and again */
    bench_done_with(&bench.bench);
}

static void its_failure_is_told_without_secrets(void)
{
    struct command_bench bench;
    begin(&bench,
          "echo 'trying top secret'; echo 'GET /?xpassword=top%20secret: \033[31m500' >&2; exit 3",
          (struct device_config){0});
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    CU_ASSERT_STRING_EQUAL(bench.bench.text,
                           "desk-1: its command sh ended with exit code 3; its last words:\n"
                           "trying ***\nGET /?xpassword=***: ?[31m500");
    bench_done_with(&bench.bench);
    begin(&bench, "exit 1", (struct device_config){0});
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    bench_expect_text(&bench.bench, "exit code 1; it said nothing");
    bench_done_with(&bench.bench);
    begin(&bench, "kill -9 $$", (struct device_config){0});
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    bench_expect_text(&bench.bench, "was killed by signal 9 (Killed)");
    bench_done_with(&bench.bench);
}

/* Its last bytes are kept, of which the first ones are the end of a secret. */
static void much_output(void)
{
    struct command_bench bench;
    begin(&bench,
          "i=0; while [ $i -lt 3000 ]; do echo \"line $i of many\"; i=$((i+1)); done; "
          "printf 'top secret'; printf '%*s' 4090 '' | tr ' ' x; exit 1",
          (struct device_config){0});
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    bench_expect_text(&bench.bench, "xxxxxxxx");
    CU_ASSERT_PTR_NULL(strstr(bench.bench.text, "secret"));
    CU_ASSERT_PTR_NULL(strstr(bench.bench.text, "line"));
    CU_ASSERT_TRUE(strlen(bench.bench.text) > 600);
    bench_done_with(&bench.bench);
    begin(&bench, "yes 'long output' | head -c 3000000; echo the very end; exit 1",
          (struct device_config){0});
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    bench_expect_text(&bench.bench, "long output\nthe very end");
    bench_done_with(&bench.bench);
}

static void what_cannot_run(void)
{
    struct command_bench bench;
    begin(&bench, "", (struct device_config){0});
    bench.arguments[0] = "./not-there.sh";
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    bench_expect_text(&bench.bench, "its command ./not-there.sh ended with exit code 127");
    bench_expect_text(&bench.bench, "cannot run ./not-there.sh: No such file or directory");
    CU_ASSERT_EQUAL(rmdir(bench.folder), 0);
    bench.arguments[0] = "true";
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    bench_expect_text(&bench.bench, "cannot enter the folder ");
    bench_done_with(&bench.bench);
}

/* --- how it ends ---------------------------------------------------------------------------- */

static int open_fifo(const struct command_bench *bench)
{
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/fifo", bench->folder);
    CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    return fd;
}

/* What was written, then nobody holds it any more. */
static bool is_let_go(int fifo_fd)
{
    char bytes[64];
    struct pollfd readable = {.fd = fifo_fd, .events = POLLIN};
    while (poll(&readable, 1, HANG_UP_WAIT_MS) == 1) {
        if (read(fifo_fd, bytes, sizeof bytes) <= 0)
            return (readable.revents & POLLHUP) != 0;
    }
    return false;
}

static void too_slow(void)
{
    struct command_bench bench;
    begin(&bench, "exec 9>fifo; sleep 100 & echo 'password: top sec'; printf 'top sec'; sleep 100",
          (struct device_config){.command_max_us = 2000000});
    int fifo_fd = open_fifo(&bench);
    uint64_t start_us = monotonic_us();
    CU_ASSERT_EQUAL(reset(&bench), ERROR_FAILED);
    CU_ASSERT_TRUE(monotonic_us() - start_us >= 2000000);
    bench_expect_text(&bench.bench, "was not done within 2 s and was ended");
    bench_expect_text(&bench.bench, "password: top sec\n***"); /* cut off while it was written */
    CU_ASSERT_TRUE(is_let_go(fifo_fd));
    close(fifo_fd);
    bench_done_with(&bench.bench);
}

static void what_it_leaves_behind(void)
{
    struct command_bench bench;
    begin(&bench, "exec 9>fifo; sleep 100 & exit 0", (struct device_config){0});
    int fifo_fd = open_fifo(&bench);
    CU_ASSERT_EQUAL(reset(&bench), 0);
    CU_ASSERT_TRUE(is_let_go(fifo_fd));
    close(fifo_fd);
    bench_done_with(&bench.bench);
}

static void fifo_readable(void *context, uint32_t epoll_events)
{
    struct command_bench *bench = context;
    (void)epoll_events;
    loop_stop(bench->bench.loop);
}

/* Runs until the command has written into the FIFO. */
static void start_and_wait(struct command_bench *bench, int fifo_fd)
{
    struct loop_watch *watch;
    struct error error;
    CU_ASSERT_EQUAL_FATAL(device_act(bench->bench.device, DEVICE_FACTORY_RESET, 0, NULL, bench_done,
                                     &bench->bench, &error),
                          0);
    CU_ASSERT_EQUAL_FATAL(
        loop_watch(bench->bench.loop, fifo_fd, EPOLLIN, fifo_readable, bench, &watch, &error), 0);
    bench_run(&bench->bench);
    loop_unwatch(watch);
    CU_ASSERT_FALSE(bench->bench.guard_fired);
}

static void cancelled(void)
{
    struct command_bench bench;
    begin(&bench, "exec 9>fifo; sleep 100 & echo running >&9; sleep 100",
          (struct device_config){0});
    int fifo_fd = open_fifo(&bench);
    start_and_wait(&bench, fifo_fd);
    CU_ASSERT_TRUE(device_is_busy(bench.bench.device));
    CU_ASSERT_EQUAL(reset(&bench), ERROR_LIMIT);
    bench_expect_text(&bench.bench, "desk-1: it is still busy with another action");
    device_cancel(bench.bench.device);
    CU_ASSERT_FALSE(device_is_busy(bench.bench.device));
    CU_ASSERT_TRUE(is_let_go(fifo_fd));
    CU_ASSERT_EQUAL(bench.bench.calls, 0);
    start_and_wait(&bench, fifo_fd);
    bench_done_with(&bench.bench); /* the same by freeing it */
    CU_ASSERT_TRUE(is_let_go(fifo_fd));
    CU_ASSERT_EQUAL(bench.bench.calls, 0);
    close(fifo_fd);
}

static void it_dies_with_the_program(void)
{
    struct command_bench bench;
    begin(&bench, "exec 9>fifo; echo running >&9; exec sleep 100", (struct device_config){0});
    int fifo_fd = open_fifo(&bench);
    pid_t program = fork();
    if (program == 0) {
        start_and_wait(&bench, fifo_fd);
        kill(getpid(), SIGKILL);
    }
    CU_ASSERT_TRUE(waitpid(program, NULL, 0) == program);
    CU_ASSERT_TRUE(is_let_go(fifo_fd));
    close(fifo_fd);
    bench_done_with(&bench.bench);
}

/* --- where it is ---------------------------------------------------------------------------- */

/* In a process of its own, as it enters namespaces. */
static int in_the_outside_namespace(const char *folder)
{
    struct command_bench bench;
    struct error error;
    char expected[64], seen[64] = "", path[PATH_BYTES_MAX];
    struct stat outside;
    int netns_fd;
    if (lab_enter_namespaces(&error) < 0 ||
        netlink_new_namespace(-1, false, &netns_fd, &error) < 0) {
        fprintf(stderr, "\n%s\n", error.text);
        return TRIAL_BROKEN;
    }
    begin_in(&bench, folder, "readlink /proc/self/ns/net >told",
             (struct device_config){.outside_netns_fd = netns_fd});
    int result = reset(&bench);
    fstat(netns_fd, &outside);
    snprintf(expected, sizeof expected, "net:[%lu]\n", (unsigned long)outside.st_ino);
    snprintf(path, sizeof path, "%s/told", bench.folder);
    FILE *file = fopen(path, "re");
    if (!file || !fgets(seen, sizeof seen, file))
        return TRIAL_BROKEN;
    fclose(file);
    bench_done_with(&bench.bench);
    return result == 0 && strcmp(seen, expected) == 0 ? 0 : 1;
}

static void it_is_outside(void)
{
    int status;
    const char *folder = testing_folder();
    pid_t trial = fork();
    if (trial == 0)
        _exit(in_the_outside_namespace(folder));
    CU_ASSERT_TRUE(waitpid(trial, &status, 0) == trial);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void tests_harness_device_command_driver(void);
void tests_harness_device_command_driver(void)
{
    TEST_SUITE("live device/command_driver",
               {"it runs where and how it should", it_runs_where_and_how_it_should},
               {"its failure is told without secrets", its_failure_is_told_without_secrets},
               {"much output", much_output}, {"what cannot run", what_cannot_run},
               {"too slow", too_slow}, {"what it leaves behind", what_it_leaves_behind},
               {"cancelled", cancelled}, {"it dies with the program", it_dies_with_the_program},
               {"it is in the machine's own network", it_is_outside});
}
