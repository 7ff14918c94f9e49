/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/base/unix_socket.h"
#include "harness/loop/line_server.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void tests_harness_loop_line_server(void);

enum { LINE_BYTES = 8, LONG_ANSWER_BYTES = 300000 };

struct bench {
    struct loop *loop;
    struct line_server *server;
    struct loop_timer timer;
    char path[128];
    struct buffer heard; /* "[line]", "(too long)" */
};

/* "bye" ends the connection, "much" is answered at length, all else with itself. */
static bool take_line(void *context, struct line_client *client, const char *line, size_t length)
{
    struct bench *bench = context;
    struct buffer answer;
    buffer_format(&bench->heard, line ? "[%s]" : "(too long)", line ? line : "");
    CU_ASSERT_EQUAL(length, line ? strlen(line) : 0);
    buffer_init(&answer, LONG_ANSWER_BYTES + 1);
    for (size_t i = 0; line && strcmp(line, "much") == 0 && i < LONG_ANSWER_BYTES; i++)
        buffer_u8(&answer, 'x');
    buffer_format(&answer, "%s\n", line && answer.length == 0 ? line : "");
    line_client_answer(client, &answer);
    buffer_done(&answer);
    return !line || strcmp(line, "bye") != 0;
}

static void stop(void *context)
{
    struct bench *bench = context;
    loop_stop(bench->loop);
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

/* Until nothing is to be read any more. */
static void settle(struct bench *bench)
{
    loop_timer_set(bench->loop, &bench->timer, loop_now_us(bench->loop) + 1, stop, bench);
    CU_ASSERT_EQUAL(loop_run(bench->loop, nothing_to_start, NULL, 1000000, NULL), 0);
}

static void begin(struct bench *bench, bool end_ends_line)
{
    *bench = (struct bench){0};
    snprintf(bench->path, sizeof bench->path, "%s/lines.%d", testing_folder(), end_ends_line);
    buffer_init(&bench->heard, 1000);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(
        line_server_new(&(const struct line_server_config){.path = bench->path,
                                                           .line_bytes_max = LINE_BYTES,
                                                           .end_ends_line = end_ends_line,
                                                           .line = take_line,
                                                           .context = bench},
                        &bench->server, NULL),
        0);
    CU_ASSERT_EQUAL(line_server_listen(bench->server, bench->loop, NULL), 0);
}

static void end(struct bench *bench)
{
    line_server_free(bench->server);
    CU_ASSERT_NOT_EQUAL(access(bench->path, F_OK), 0);
    loop_timer_cancel(&bench->timer);
    loop_free(bench->loop);
    buffer_done(&bench->heard);
}

static int visit(struct bench *bench)
{
    int fd = unix_connect(bench->path, NULL);
    CU_ASSERT_FATAL(fd >= 0);
    settle(bench);
    return fd;
}

static void say(struct bench *bench, int fd, const char *text)
{
    CU_ASSERT_EQUAL(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    settle(bench);
}

static void expect_heard(struct bench *bench, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(buffer_string(&bench->heard), expected);
    buffer_clear(&bench->heard);
}

/* What the client has been answered; "gone" = its connection has ended. */
static void expect_said(int fd, const char *expected)
{
    char text[64];
    ssize_t length = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[length > 0 ? length : 0] = '\0';
    CU_ASSERT_STRING_EQUAL(length == 0 ? "gone" : text, expected);
}

static void lines(void)
{
    struct bench bench;
    begin(&bench, false);
    int fd = visit(&bench);
    say(&bench, fd, "on");
    expect_heard(&bench, "");
    say(&bench, fd, "e\n\ntwo\nbegi");
    expect_heard(&bench, "[one][][two]");
    expect_said(fd, "one\n\ntwo\n");
    say(&bench, fd, "n\n12345678\n");
    expect_heard(&bench, "[begin][12345678]");
    say(&bench, fd, "123456789"); /* told at once, and what is left is skipped */
    expect_heard(&bench, "(too long)");
    say(&bench, fd, "0123456789");
    say(&bench, fd, "012\nlast\n");
    expect_heard(&bench, "[last]");
    expect_said(fd, "begin\n12345678\n\nlast\n");
    say(&bench, fd, "bye\nnever\n");
    expect_heard(&bench, "[bye]");
    expect_said(fd, "bye\n");
    close(fd);
    end(&bench);
}

static void the_end_of_the_input(void)
{
    for (int ends = 0; ends < 2; ends++) {
        struct bench bench;
        begin(&bench, ends);
        int fd = visit(&bench);
        say(&bench, fd, "a\nrest");
        shutdown(fd, SHUT_WR);
        settle(&bench);
        expect_heard(&bench, ends ? "[a][rest]" : "[a]");
        expect_said(fd, ends ? "a\nrest\n" : "a\n");
        expect_said(fd, "gone");
        close(fd);
        end(&bench);
    }
}

/* The one silent for longest gives its place away. */
static void one_too_many(void)
{
    struct bench bench;
    int fds[LINE_CLIENTS_MAX + 1];
    begin(&bench, false);
    for (int i = 0; i < LINE_CLIENTS_MAX; i++)
        fds[i] = visit(&bench);
    say(&bench, fds[0], "me\n");
    expect_said(fds[0], "me\n");
    fds[LINE_CLIENTS_MAX] = visit(&bench);
    for (int i = 0; i <= LINE_CLIENTS_MAX; i++) {
        if (i == 1) {
            expect_said(fds[i], "gone");
        } else {
            say(&bench, fds[i], "x\n");
            expect_said(fds[i], "x\n");
        }
        close(fds[i]);
    }
    end(&bench);
}

static void a_long_answer_and_none(void)
{
    struct bench bench;
    char bytes[LONG_ANSWER_BYTES + 8];
    begin(&bench, false);
    int fd = visit(&bench);
    say(&bench, fd, "much\n");
    CU_ASSERT_EQUAL(recv(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_WAITALL),
                    LONG_ANSWER_BYTES + 1);
    line_server_deaf(bench.server);
    say(&bench, fd, "hello\n");
    expect_heard(&bench, "[much]");
    expect_said(fd, "");
    line_server_free(bench.server);
    bench.server = NULL;
    close(fd);
    end(&bench);
}

static void nobody_there(void)
{
    struct buffer answer;
    struct error error;
    buffer_init(&answer, 100);
    CU_ASSERT_TRUE(line_ask(&(const struct line_question){.path = "/nowhere/at/all",
                                                          .text = "x\n",
                                                          .length = 2,
                                                          .seconds = 1,
                                                          .not_taken = "not taken",
                                                          .no_answer = "no answer"},
                            &answer, &error) < 0);
    buffer_done(&answer);
}

void tests_harness_loop_line_server(void)
{
    TEST_SUITE("loop/line_server", {"lines", lines}, {"the end of the input", the_end_of_the_input},
               {"one too many", one_too_many}, {"a long answer, and none", a_long_answer_and_none},
               {"nobody there", nobody_there});
}
