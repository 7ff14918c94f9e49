/* SPDX-License-Identifier: MIT */
/* The client's end of serve_control. */
#include "harness/base/unix_socket.h"
#include "harness/serve/serve_control.h"
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };

static int send_all(int fd, const struct buffer *line, struct error *error)
{
    size_t done = 0;
    while (done < line->length) {
        ssize_t sent = send(fd, line->data + done, line->length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno,
                                   "the order was not taken");
        done += (size_t)sent;
    }
    return 0;
}

/* Until the other end closes: after an order to stop, when it has gone. */
static int receive_all(int fd, struct buffer *line, struct error *error)
{
    char bytes[READ_BYTES];
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ECONNRESET)
            return 0;
        if (got < 0)
            return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno,
                                   "there is no answer");
        if (got == 0)
            return 0;
        buffer_append(line, bytes, (size_t)got);
    }
}

static int ask(int fd, const struct serve_order *order, struct buffer *line, struct error *error)
{
    struct timeval patience = {.tv_sec = SERVE_TELL_SECONDS_MAX};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    serve_order_write(order, line);
    if (line->failed)
        return error_set(error, ERROR_INVALID,
                         "the steps are no UTF-8 text, or more than %d bytes of it",
                         SERVE_ORDER_BYTES_MAX);
    int result = send_all(fd, line, error);
    buffer_clear(line);
    return result < 0 ? result : receive_all(fd, line, error);
}

int serve_tell(const char *path, const struct serve_order *order, int *ret_code,
               struct buffer *ret_text, struct error *error)
{
    struct buffer line;
    int fd = unix_connect(path, error);
    if (fd < 0)
        return fd;
    buffer_init(&line, SERVE_ANSWER_BYTES_MAX);
    int result = ask(fd, order, &line, error);
    if (result == 0)
        result = serve_answer_read(buffer_string(&line), line.length, ret_code, ret_text, error);
    buffer_done(&line);
    close(fd);
    return result;
}
