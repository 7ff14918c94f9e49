/* SPDX-License-Identifier: MIT */
#include "harness/serve/serve_control.h"
#include "harness/base/exit_code.h"
#include "harness/loop/line_server.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct serve_control {
    struct serve_control_config config;
    char path[PATH_MAX];
    struct line_server *lines; /* owned */
    bool stopping;
};

static void answer(const struct line_client *client, int code, const char *text)
{
    struct buffer line;
    buffer_init(&line, SERVE_ANSWER_BYTES_MAX);
    serve_answer_write(code, text, &line);
    line_client_answer(client, &line);
    buffer_done(&line);
}

/* One order a connection. Whoever gave the one to stop waits for the end. */
static bool take_order(void *context, struct line_client *client, const char *line, size_t length)
{
    struct serve_control *control = context;
    struct serve_order order;
    struct error error;
    struct buffer text;
    if (control->stopping)
        return false;
    if (!line)
        error_set(&error, ERROR_INVALID, "the order is too long\n");
    if (!line || serve_order_read(line, length, &order, &error) < 0) {
        answer(client, EXIT_CODE_USAGE, error.text);
        return false;
    }
    buffer_init(&text, SERVE_ANSWER_BYTES_MAX / 2);
    int code = control->config.carry_out(control->config.context, &order, &text);
    answer(client, code, buffer_string(&text));
    buffer_done(&text);
    control->stopping = order.kind == SERVE_ORDER_STOP;
    serve_order_done(&order);
    return control->stopping;
}

int serve_control_new(const struct serve_control_config *config, struct serve_control **ret_control,
                      struct error *error)
{
    struct serve_control *control = calloc(1, sizeof *control);
    if (!control)
        return error_set(error, ERROR_MEMORY, "out of memory");
    control->config = *config;
    snprintf(control->path, sizeof control->path, "%s", config->path);
    int result =
        line_server_new(&(const struct line_server_config){.path = control->path,
                                                           .line_bytes_max = SERVE_ORDER_BYTES_MAX,
                                                           .line = take_order,
                                                           .context = control},
                        &control->lines, error);
    if (result < 0) {
        free(control);
        return result;
    }
    *ret_control = control;
    return 0;
}

int serve_control_listen(struct serve_control *control, struct loop *loop, struct error *error)
{
    return line_server_listen(control->lines, loop, error);
}

void serve_control_deaf(struct serve_control *control)
{
    if (control)
        line_server_deaf(control->lines);
}

void serve_control_free(struct serve_control *control)
{
    if (!control)
        return;
    line_server_free(control->lines);
    free(control);
}

int serve_tell(const char *path, const struct serve_order *order, int *ret_code,
               struct buffer *ret_text, struct error *error)
{
    struct buffer line, said;
    buffer_init(&line, SERVE_ORDER_BYTES_MAX);
    buffer_init(&said, SERVE_ANSWER_BYTES_MAX);
    serve_order_write(order, &line);
    int result =
        line.failed ? error_set(error, ERROR_INVALID,
                                "the steps are no UTF-8 text, or more than %d bytes of it",
                                SERVE_ORDER_BYTES_MAX)
                    : line_ask(&(const struct line_question){.path = path,
                                                             .text = line.data,
                                                             .length = line.length,
                                                             .seconds = SERVE_TELL_SECONDS_MAX,
                                                             .to_the_end = true,
                                                             .not_taken = "the order was not taken",
                                                             .no_answer = "there is no answer"},
                               &said, error);
    if (result == 0)
        result = serve_answer_read(buffer_string(&said), said.length, ret_code, ret_text, error);
    buffer_done(&line);
    buffer_done(&said);
    return result;
}
