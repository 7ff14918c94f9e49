/* SPDX-License-Identifier: MIT */
/* Whatever comes through the socket, an order or an error comes of it; what was understood is
 * understood again when it is written. */
#include "harness/serve/serve_control.h"
#include <assert.h>
#include <string.h>

int fuzz_harness_serve_serve_control(const uint8_t *data, size_t size);

static bool same(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

static void look_at_order(const char *line, size_t length)
{
    struct serve_order order, again;
    struct error error;
    struct buffer written;
    if (serve_order_read(line, length, &order, &error) < 0)
        return;
    assert(order.step_count <= SERVE_ORDER_STEPS_MAX && order.kind < SERVE_ORDER_KINDS);
    buffer_init(&written, 8 * SERVE_ORDER_BYTES_MAX);
    serve_order_write(&order, &written);
    assert(!written.failed);
    int result = serve_order_read(buffer_string(&written), written.length, &again, &error);
    assert(result == 0 && again.kind == order.kind && again.step_count == order.step_count &&
           same(again.directory, order.directory));
    for (size_t i = 0; i < order.step_count; i++)
        assert(same(again.steps[i], order.steps[i]));
    serve_order_done(&again);
    serve_order_done(&order);
    buffer_done(&written);
}

static void look_at_answer(const char *line, size_t length)
{
    struct buffer text, written, again;
    struct error error;
    int code, code_again;
    buffer_init(&text, SERVE_ANSWER_BYTES_MAX);
    buffer_init(&written, 8 * SERVE_ANSWER_BYTES_MAX);
    buffer_init(&again, SERVE_ANSWER_BYTES_MAX);
    if (serve_answer_read(line, length, &code, &text, &error) == 0) {
        serve_answer_write(code, buffer_string(&text), &written);
        int result =
            serve_answer_read(buffer_string(&written), written.length, &code_again, &again, &error);
        assert(result == 0 && code_again == code &&
               same(buffer_string(&text), buffer_string(&again)));
    }
    buffer_done(&text);
    buffer_done(&written);
    buffer_done(&again);
}

/* An order, or an answer, whose text is the bytes. */
static void wrap(const char *head, const uint8_t *data, size_t size, const char *tail,
                 void (*look_at)(const char *, size_t))
{
    struct buffer line;
    buffer_init(&line, SERVE_ORDER_BYTES_MAX);
    buffer_text(&line, head);
    buffer_append(&line, data, size);
    buffer_text(&line, tail);
    if (!line.failed)
        look_at(buffer_string(&line), line.length);
    buffer_done(&line);
}

int fuzz_harness_serve_serve_control(const uint8_t *data, size_t size)
{
    look_at_order((const char *)data, size);
    look_at_answer((const char *)data, size);
    wrap("{\"order\":\"set\",\"steps\":[\"", data, size, "\"]}\n", look_at_order);
    wrap("{\"order\":\"set\",\"directory\":\"/\",\"steps\":[", data, size, "]}\n", look_at_order);
    wrap("{\"code\":2,\"text\":\"", data, size, "\"}\n", look_at_answer);
    return 0;
}
