/* SPDX-License-Identifier: MIT */
/* Live: a recorded capture is played onto one end of a cable of the test's own, while the program
 * watches the other end. All of it happens in children, since namespaces are entered. */
#include "harness/base/testing.h"
#include "harness/command/command.h"
#include "harness/lab/lab.h"
#include "harness/lab/netlink.h"
#include "harness/loop/namespace.h"
#include "harness/wire/pcapng.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 512, PATIENCE_S = 20, POLL_MS = 5, CHILD_BROKEN = 99 };
#define CAPTURE "captures/straight-to-acquired.pcapng"

struct trial {
    char from_file[PATH_BYTES], from_wire[PATH_BYTES]; /* what the program printed */
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "watch test: %s\n", what);
    _exit(CHILD_BROKEN);
}

/* Until it is true; waiting is bounded. */
static bool until(bool (*is_true)(const void *context), const void *context)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (!is_true(context)) {
        if (time(NULL) > end)
            return false;
        poll(NULL, 0, POLL_MS);
    }
    return true;
}

static pid_t start_watch(const char *output, int argument_count, const char *const *arguments)
{
    fflush(NULL);
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child > 0)
        return child;
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0, output);
    int code = command_watch.run(argument_count, (char **)(uintptr_t)arguments);
    fflush(stdout);
    _exit(code);
}

static int code_of(pid_t child)
{
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A packet socket takes frames of all protocols in, which libpcap allows when all is prepared. */
static bool is_captured(const void *context)
{
    char line[256];
    bool captured = false;
    FILE *file = fopen("/proc/thread-self/net/packet", "re");
    (void)context;
    while (file && fgets(line, sizeof line, file)) {
        unsigned protocol, interface, running;
        if (sscanf(line, "%*s %*u %*u %x %u %u", &protocol, &interface, &running) == 3)
            captured = captured || (protocol == ETH_P_ALL && interface > 0 && running == 1);
    }
    if (file)
        fclose(file);
    return captured;
}

static size_t lines_of(const char *path)
{
    size_t lines = 0;
    int c;
    FILE *file = fopen(path, "re");
    while (file && (c = getc(file)) != EOF)
        lines += c == '\n';
    if (file)
        fclose(file);
    return lines;
}

static bool has_as_many_lines(const void *context)
{
    const struct trial *trial = context;
    return lines_of(trial->from_wire) >= lines_of(trial->from_file);
}

static void play(const char *interface)
{
    struct pcapng_reader reader;
    struct pcapng_frame frame;
    size_t length;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_ifindex = (int)if_nametoindex(interface)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* hears nothing itself */
    must(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "packet socket");
    uint8_t *bytes = testing_read_file(CAPTURE, &length);
    pcapng_reader_init(&reader, bytes, length);
    while (pcapng_reader_next(&reader, &frame))
        must(send(fd, frame.bytes, frame.length, 0) == (ssize_t)frame.length, "send");
    must(!reader.bad && reader.frames > 10, CAPTURE);
    free(bytes);
    close(fd);
}

static void make_cable(void)
{
    struct nl_sock *netlink = NULL;
    struct error error = {0};
    must(lab_enter_namespaces(&error) == 0 && netlink_open(-1, &netlink, &error) == 0 &&
             netlink_add_veth(netlink, "watched", NULL, "played", NULL, -1, &error) == 0 &&
             netlink_set_up(netlink, "watched", &error) == 0 &&
             netlink_set_up(netlink, "played", &error) == 0 &&
             netlink_await_carrier(-1, "watched", &error) == 0 &&
             netlink_await_carrier(-1, "played", &error) == 0,
         error.text);
    netlink_close(netlink);
}

/* But for the times, which the wire makes anew. */
static json_t *read_event(FILE *file)
{
    json_t *event = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
    json_object_del(event, "t");
    json_object_del(event, "last_sign");
    return event;
}

static bool is_state(const json_t *event)
{
    const char *type = json_string_value(json_object_get(event, "type"));
    return type && strcmp(type, "state") == 0;
}

/* Both tell the same events; returns how many changes of state are among them, -1 if not. */
static int same_events(const struct trial *trial)
{
    FILE *a = fopen(trial->from_file, "re"), *b = fopen(trial->from_wire, "re");
    int states = 0;
    bool same = a && b, more = same;
    while (same && more) {
        json_t *x = read_event(a), *y = read_event(b);
        more = x != NULL;
        same = more ? json_equal(x, y) == 1 : y == NULL;
        states += more && is_state(x);
        json_decref(x);
        json_decref(y);
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same ? states : -1;
}

static int watch_body(const struct trial *trial, int signal_number)
{
    static const char *const file_arguments[] = {"watch", "--json", CAPTURE, NULL};
    static const char *const wire_arguments[] = {"watch", "--json", "-i", "watched", NULL};
    make_cable();
    must(code_of(start_watch(trial->from_file, 3, file_arguments)) == 0, "watch of the file");
    pid_t child = start_watch(trial->from_wire, 4, wire_arguments);
    must(until(is_captured, NULL), "nobody watches");
    play("played");
    bool whole = until(has_as_many_lines, trial);
    must(kill(child, signal_number) == 0, "kill");
    int code = code_of(child);
    if (!whole || code != 0)
        return 1 + code;
    return same_events(trial) >= 3 ? 0 : 2; /* Pending, Custom-Pending, Acquired at the least */
}

static int missing_body(void)
{
    static const char *const arguments[] = {"watch", "-i", "nowhere", NULL};
    struct error error;
    must(lab_enter_namespaces(&error) == 0, "namespaces");
    must(freopen("/dev/null", "we", stderr) != NULL, "/dev/null");
    return command_watch.run(3, (char **)(uintptr_t)arguments);
}

static int in_child(const struct trial *trial, int signal_number)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(trial ? watch_body(trial, signal_number) : missing_body());
    return child > 0 ? code_of(child) : -1;
}

static void a_wire_is_told_like_its_capture(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        const char *folder = testing_folder();
        struct trial trial;
        snprintf(trial.from_file, sizeof trial.from_file, "%s/file", folder);
        snprintf(trial.from_wire, sizeof trial.from_wire, "%s/wire", folder);
        CU_ASSERT_EQUAL(in_child(&trial, signals[i]), 0);
    }
}

static void an_interface_that_is_not_there(void)
{
    CU_ASSERT_EQUAL(in_child(NULL, 0), EXIT_CODE_LAB);
}

void tests_harness_command_command_watch(void);
void tests_harness_command_command_watch(void)
{
    TEST_SUITE("live command/watch",
               {"a wire is told like its capture", a_wire_is_told_like_its_capture},
               {"an interface that is not there", an_interface_that_is_not_there});
}
