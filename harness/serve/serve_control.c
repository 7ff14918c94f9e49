/* SPDX-License-Identifier: MIT */
#include "harness/serve/serve_control.h"
#include "harness/base/exit_code.h"
#include "harness/loop/line_server.h"
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- orders and answers ---------------------------------------------------------------------- */

enum { EXIT_CODES = 256 };

static const char *const order_names[SERVE_ORDER_KINDS] = {
    [SERVE_ORDER_SET] = "set",
    [SERVE_ORDER_SHOW] = "show",
    [SERVE_ORDER_STOP] = "stop",
};

static void dump(json_t *root, struct buffer *line)
{
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    if (text)
        buffer_text(line, text);
    else
        line->failed = true;
    buffer_text(line, "\n");
    free(text);
    json_decref(root);
}

void serve_order_write(const struct serve_order *order, struct buffer *line)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < order->step_count; i++)
        json_array_append_new(steps, json_string(order->steps[i]));
    json_t *root = json_pack("{ss, so, ss*}", "order", order_names[order->kind], "steps", steps,
                             "directory", order->directory);
    bool whole = json_array_size(steps) == order->step_count;
    dump(root, line);
    line->failed = line->failed || !whole; /* a step that is no UTF-8 */
}

static bool read_steps(const json_t *steps, struct serve_order *order)
{
    size_t count = json_array_size(steps);
    if (count > SERVE_ORDER_STEPS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        order->steps[i] = json_string_value(json_array_get(steps, i));
        if (!order->steps[i])
            return false;
    }
    order->step_count = count;
    return true;
}

static bool read_kind(const json_t *name, struct serve_order *order)
{
    const char *text = json_string_value(name);
    for (int i = 0; text && i < SERVE_ORDER_KINDS; i++) {
        if (strcmp(text, order_names[i]) == 0) {
            order->kind = (enum serve_order_kind)i;
            return true;
        }
    }
    return false;
}

int serve_order_read(const char *line, size_t length, struct serve_order *ret_order,
                     struct error *error)
{
    json_error_t why;
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
    *ret_order = (struct serve_order){.owner = root};
    if (root && read_kind(json_object_get(root, "order"), ret_order) &&
        read_steps(json_object_get(root, "steps"), ret_order) &&
        (ret_order->kind == SERVE_ORDER_SET) == (ret_order->step_count > 0)) {
        ret_order->directory = json_string_value(json_object_get(root, "directory"));
        return 0;
    }
    serve_order_done(ret_order);
    return error_set(error, ERROR_INVALID, "that is no order of `rclab serve`");
}

void serve_order_done(struct serve_order *order)
{
    json_decref(order->owner);
    order->owner = NULL;
}

void serve_answer_write(int code, const char *text, struct buffer *line)
{
    json_t *quoted = json_string(text);
    if (!quoted) /* what a phone said may be no UTF-8 */
        quoted = json_string("(the answer is no text)");
    dump(json_pack("{si, so}", "code", code, "text", quoted), line);
}

int serve_answer_read(const char *line, size_t length, int *ret_code, struct buffer *text,
                      struct error *error)
{
    json_error_t why;
    json_t *root = json_loadb(line, length, 0, &why);
    const json_t *code = json_object_get(root, "code");
    const char *said = json_string_value(json_object_get(root, "text"));
    bool good = said && json_is_integer(code) && json_integer_value(code) >= 0 &&
                json_integer_value(code) < EXIT_CODES;
    if (good) {
        *ret_code = (int)json_integer_value(code);
        buffer_text(text, said);
    }
    json_decref(root);
    return good ? 0 : error_set(error, ERROR_INVALID, "the answer was not whole");
}

/* --- the socket ------------------------------------------------------------------------------ */

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

/* --- the other end --------------------------------------------------------------------------- */

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
