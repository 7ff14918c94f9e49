/* SPDX-License-Identifier: MIT */
/* Lines from outside, each answered: from the clients of a Unix socket that is the user's own, or
 * from standard input; and the other end of such a socket. */
#ifndef RCLAB_LOOP_LINE_SERVER_H
#define RCLAB_LOOP_LINE_SERVER_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"

enum { LINE_CLIENTS_MAX = 8 /* one more takes the place of the one silent for longest */ };

struct line_client;
struct line_server_config {
    const char *path; /* the socket to make, mode 0600; "-": standard input and output. Borrowed */
    size_t line_bytes_max; /* without the newline */
    bool end_ends_line;    /* the end of the input does; else a line without newline is none */
    /* A line without its newline, NUL-terminated; NULL: it is longer, and what is left of it will
     * be skipped. False: the client has been heard, its connection ends. */
    bool (*line)(void *context, struct line_client *client, const char *line, size_t length);
    void (*ended)(void *context); /* standard input has come to its end; NULL = it is none */
    void *context;
};

struct line_server;
/* Takes the name; nothing is listened to yet. A socket that was left behind by somebody who is gone
 * is replaced; anything else of that name is ERROR_INVALID. */
int line_server_new(const struct line_server_config *config, struct line_server **ret_server,
                    struct error *error);
/* From the loop's next turn on. Standard input must be something to wait for: a pipe, a terminal, a
 * socket. */
int line_server_listen(struct line_server *server, struct loop *loop, struct error *error);
/* Nothing is heard any more; whoever is connected stays so until line_server_free. */
void line_server_deaf(struct line_server *server);
void line_server_free(struct line_server *server); /* the socket's name goes, too */

/* From inside `line`. Whoever does not read its answers must not stop anything: those are lost. */
void line_client_answer(const struct line_client *client, const struct buffer *text);

struct line_question {
    const char *path;
    const void *text; /* whole lines */
    size_t length;
    unsigned seconds;                  /* to be taken, and to be answered, at most */
    bool to_the_end;                   /* of the connection; false: of a line */
    const char *not_taken, *no_answer; /* for the error, what went wrong */
};
/* Connects, sends, and appends the answer. ERROR_SYSTEM: nobody is there. */
int line_ask(const struct line_question *question, struct buffer *answer, struct error *error);

#endif
