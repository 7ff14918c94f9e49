/* SPDX-License-Identifier: MIT */
/* The client's end of phone_control. */
#include "harness/base/unix_socket.h"
#include "harness/phone_process/phone_control.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static int receive_line(int fd, char ret_answer[PHONE_CONTROL_ANSWER_MAX], struct error *error)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(fd, ret_answer + length, PHONE_CONTROL_ANSWER_MAX - 1 - length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno,
                                   "the phone gave no answer");
        length += (size_t)got;
        ret_answer[length] = '\0';
        char *end = strchr(ret_answer, '\n');
        if (end) {
            *end = '\0';
            return 0;
        }
        if (got == 0 || length == PHONE_CONTROL_ANSWER_MAX - 1)
            return error_set(error, ERROR_SYSTEM, "the phone gave no whole answer");
    }
}

static int ask(int fd, const char *order, char ret_answer[PHONE_CONTROL_ANSWER_MAX],
               struct error *error)
{
    static const char failed[] = "error: ";
    struct timeval patience = {.tv_sec = PHONE_TELL_SECONDS_MAX};
    char line[PHONE_CONTROL_ANSWER_MAX];
    size_t length = (size_t)snprintf(line, sizeof line, "%s\n", order);
    if (length >= sizeof line || strchr(order, '\n'))
        return error_set(error, ERROR_INVALID, "an order is one line of at most %d bytes",
                         PHONE_ORDER_LINE_MAX);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (send(fd, line, length, MSG_NOSIGNAL) != (ssize_t)length)
        return error_set_errno(error, errno, "the phone does not listen");
    int result = receive_line(fd, ret_answer, error);
    if (result == 0 && strncmp(ret_answer, failed, sizeof failed - 1) == 0)
        return error_set(error, ERROR_FAILED, "%s", ret_answer + sizeof failed - 1);
    return result;
}

int phone_tell(const char *path, const char *order, char ret_answer[PHONE_CONTROL_ANSWER_MAX],
               struct error *error)
{
    int fd = unix_connect(path, error);
    if (fd < 0)
        return fd;
    int result = ask(fd, order, ret_answer, error);
    close(fd);
    return result;
}
