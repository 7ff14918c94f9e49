/* SPDX-License-Identifier: MIT */
#include "harness/serve/serve_orders.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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
