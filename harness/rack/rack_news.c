/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_news.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int rack_news_open(int ret_fds[2], struct error *error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0)
        return error_set_errno(error, errno, "cannot make a pair of sockets");
    int flags = fcntl(ret_fds[0], F_GETFL);
    if (flags < 0 || fcntl(ret_fds[0], F_SETFL, flags | O_NONBLOCK) < 0) {
        int saved = errno;
        close(ret_fds[0]);
        close(ret_fds[1]);
        return error_set_errno(error, saved, "cannot prepare a socket");
    }
    return 0;
}

void rack_news_tell(int fd, const struct rack_news *news)
{
    int flags = MSG_NOSIGNAL | (news->kind == RACK_NEWS_FINISHED ? 0 : MSG_DONTWAIT);
    ssize_t sent;
    do {
        sent = send(fd, news, sizeof *news, flags);
    } while (sent < 0 && errno == EINTR);
}

void rack_news_ask_for_end(int fd)
{
    ssize_t sent;
    do {
        sent = send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
}

bool rack_news_end_is_asked_for(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

bool rack_news_hear(int fd, struct rack_news *ret_news)
{
    struct rack_news news;
    ssize_t length;
    do {
        length = recv(fd, &news, sizeof news, 0);
    } while (length < 0 && errno == EINTR);
    if (length != sizeof news)
        return false;
    news.text[RACK_NEWS_TEXT_MAX - 1] = 0;
    *ret_news = news;
    return true;
}
