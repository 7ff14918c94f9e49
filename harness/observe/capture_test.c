/* SPDX-License-Identifier: MIT */
/* Live capture, on the loopback of a network namespace of a child's own. */
#include "harness/base/testing.h"
#include "harness/observe/capture.h"
#include "harness/observe/watch.h"
#include "harness/wire/frame.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void tests_harness_observe_capture(void);

enum { DATAGRAMS = 50, PORT = 9, WAIT_MS = 5000, STOPS = 7 };
enum outcome {
    FINE,
    NO_NAMESPACE,
    NO_SOCKET,
    NOT_OPENED,
    NOT_READABLE,
    NOT_DRAINED,
    WRONG_FRAMES,
    LOST_FRAMES,
    NOT_STOPPED,
    WATCH_FAILED
};

/* A namespace of its own with its loopback up. */
static enum outcome enter(int *ret_socket)
{
    struct ifreq request = {.ifr_name = "lo"};
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return NO_NAMESPACE;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return NO_SOCKET;
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(fd, SIOCSIFFLAGS, &request) != 0)
        return NO_SOCKET;
    *ret_socket = fd;
    return FINE;
}

static void send_all(int fd)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    for (int i = 0; i < DATAGRAMS; i++)
        (void)!sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
}

/* Loopback shows each datagram to a capture once on its way out and once on its way in. */
static int count_datagram(void *context, uint64_t time_us, const uint8_t *bytes, size_t length,
                          size_t wire_length)
{
    struct frame frame;
    (void)time_us;
    if (frame_decode(bytes, length, &frame) && frame.kind == FRAME_UDP &&
        frame.destination_port == PORT && wire_length >= length)
        ++*(int *)context;
    return 0;
}

static enum outcome capture_datagrams_by(int (*open)(const char *, int, struct capture **,
                                                     struct error *))
{
    struct capture *capture = NULL;
    struct error error;
    uint64_t dropped = 1;
    size_t frames;
    int fd, datagrams = 0;
    enum outcome outcome = enter(&fd);
    if (outcome != FINE)
        return outcome;
    if (open("lo", CAPTURE_SNAPLEN, &capture, &error) != 0)
        return NOT_OPENED;
    if (capture_drain(capture, count_datagram, &datagrams, &frames, &error) || frames != 0)
        return NOT_DRAINED; /* a silent wire must not make it wait */
    send_all(fd);
    struct pollfd ready = {.fd = capture_fd(capture), .events = POLLIN};
    if (poll(&ready, 1, WAIT_MS) != 1)
        return NOT_READABLE;
    if (capture_drain(capture, count_datagram, &datagrams, &frames, &error))
        return NOT_DRAINED;
    if (datagrams < DATAGRAMS)
        return WRONG_FRAMES;
    if (capture_dropped(capture, &dropped, &error) || dropped != 0)
        return LOST_FRAMES;
    capture_free(capture);
    close(fd);
    return FINE;
}

static enum outcome capture_datagrams(void)
{
    return capture_datagrams_by(capture_open_interface);
}

static enum outcome capture_quietly(void)
{
    return capture_datagrams_by(capture_open_quiet);
}

static int stop_reading(void *context, uint64_t time_us, const uint8_t *bytes, size_t length,
                        size_t wire_length)
{
    count_datagram(context, time_us, bytes, length, wire_length);
    return -STOPS;
}

static enum outcome stop_by_the_callback(void)
{
    struct capture *capture = NULL;
    struct error error;
    size_t frames;
    int fd, datagrams = 0;
    enum outcome outcome = enter(&fd);
    if (outcome != FINE)
        return outcome;
    if (capture_open_interface("lo", CAPTURE_SNAPLEN, &capture, &error) != 0)
        return NOT_OPENED;
    send_all(fd);
    if (capture_drain(capture, stop_reading, &datagrams, &frames, &error) != -STOPS)
        return NOT_STOPPED;
    capture_free(capture);
    close(fd);
    return FINE;
}

static enum outcome watch_until_stopped(void)
{
    static const volatile sig_atomic_t stop = 1;
    struct watch_options options = {false, false};
    struct error error;
    char *text = NULL;
    size_t length;
    int fd;
    enum outcome outcome = enter(&fd);
    if (outcome != FINE)
        return outcome;
    FILE *out = open_memstream(&text, &length);
    int code = watch_interface("lo", out, &options, &stop, &error);
    fclose(out);
    if (code != 0 || !strstr(text, "0 frames, 0 events, 0 phones"))
        outcome = WATCH_FAILED;
    free(text);
    close(fd);
    return outcome;
}

static void in_a_child(enum outcome (*run)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    CU_ASSERT_TRUE_FATAL(child >= 0);
    if (child == 0)
        _exit((int)run());
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE_FATAL(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), FINE);
}

static void all_frames_come_through(void)
{
    in_a_child(capture_datagrams);
    in_a_child(capture_quietly);
}

static void the_callback_can_stop_it(void)
{
    in_a_child(stop_by_the_callback);
}

static void watching_ends_when_told(void)
{
    in_a_child(watch_until_stopped);
}

void tests_harness_observe_capture(void)
{
    TEST_SUITE("live/observe/capture", {"all frames come through", all_frames_come_through},
               {"the callback can stop it", the_callback_can_stop_it},
               {"watching ends when told", watching_ends_when_told});
}
