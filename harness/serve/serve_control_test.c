/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/serve/serve_control.h"
#include <string.h>

static void an_order_comes_as_it_went(void)
{
    struct buffer line;
    struct error error;
    struct serve_order read, order = {.kind = SERVE_ORDER_SET,
                                      .steps = {"edos: 503", "dhcp: {offer: {66: \"x\n\"}}"},
                                      .step_count = 2,
                                      .directory = "/a \"b\""};
    buffer_init(&line, SERVE_ORDER_BYTES_MAX);
    serve_order_write(&order, &line);
    CU_ASSERT_FALSE(line.failed);
    CU_ASSERT_EQUAL(strchr(buffer_string(&line), '\n'), buffer_string(&line) + line.length - 1);
    CU_ASSERT_EQUAL_FATAL(serve_order_read(buffer_string(&line), line.length, &read, &error), 0);
    CU_ASSERT_EQUAL(read.kind, SERVE_ORDER_SET);
    CU_ASSERT_EQUAL_FATAL(read.step_count, 2);
    CU_ASSERT_STRING_EQUAL(read.steps[0], order.steps[0]);
    CU_ASSERT_STRING_EQUAL(read.steps[1], order.steps[1]);
    CU_ASSERT_STRING_EQUAL(read.directory, order.directory);
    serve_order_done(&read);
    buffer_done(&line);
}

static void orders_without_steps(void)
{
    static const enum serve_order_kind kinds[] = {SERVE_ORDER_SHOW, SERVE_ORDER_STOP};
    for (size_t i = 0; i < 2; i++) {
        struct buffer line;
        struct serve_order read, order = {.kind = kinds[i]};
        buffer_init(&line, SERVE_ORDER_BYTES_MAX);
        serve_order_write(&order, &line);
        CU_ASSERT_EQUAL_FATAL(serve_order_read(buffer_string(&line), line.length, &read, NULL), 0);
        CU_ASSERT_EQUAL(read.kind, kinds[i]);
        CU_ASSERT_PTR_NULL(read.directory);
        serve_order_done(&read);
        buffer_done(&line);
    }
}

static void what_is_no_order(void)
{
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "{\"order\":\"sit\",\"steps\":[]}",
        "{\"order\":\"set\",\"steps\":[]}",
        "{\"order\":\"set\"}",
        "{\"order\":\"show\",\"steps\":[\"edos: 503\"]}",
        "{\"order\":\"set\",\"steps\":[1]}",
        "{\"order\":1,\"steps\":[\"x\"]}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct serve_order read;
        struct error error;
        CU_ASSERT_EQUAL(serve_order_read(lines[i], strlen(lines[i]), &read, &error), ERROR_INVALID);
    }
}

static void a_step_that_is_no_text_is_not_sent(void)
{
    struct buffer line;
    struct serve_order order = {.kind = SERVE_ORDER_SET, .steps = {"\xff"}, .step_count = 1};
    buffer_init(&line, SERVE_ORDER_BYTES_MAX);
    serve_order_write(&order, &line);
    CU_ASSERT(line.failed);
    buffer_done(&line);
}

static void an_answer_comes_as_it_went(void)
{
    struct buffer line, text;
    int code = -1;
    buffer_init(&line, SERVE_ANSWER_BYTES_MAX);
    buffer_init(&text, SERVE_ANSWER_BYTES_MAX);
    serve_answer_write(2, "--set:1:7: error: \"x\"\nnothing was changed.\n", &line);
    CU_ASSERT_EQUAL(serve_answer_read(buffer_string(&line), line.length, &code, &text, NULL), 0);
    CU_ASSERT_EQUAL(code, 2);
    CU_ASSERT_STRING_EQUAL(buffer_string(&text), "--set:1:7: error: \"x\"\nnothing was changed.\n");
    /* Broken off anywhere it is none. */
    for (size_t length = 0; length + 1 < line.length; length++)
        CU_ASSERT_EQUAL(serve_answer_read(buffer_string(&line), length, &code, &text, NULL),
                        ERROR_INVALID);
    buffer_done(&text);
    buffer_done(&line);
}

void tests_harness_serve_serve_control(void);
void tests_harness_serve_serve_control(void)
{
    TEST_SUITE("serve/serve orders", {"an order comes as it went", an_order_comes_as_it_went},
               {"orders without steps", orders_without_steps},
               {"what is no order", what_is_no_order},
               {"a step that is no text is not sent", a_step_that_is_no_text_is_not_sent},
               {"an answer comes as it went", an_answer_comes_as_it_went});
}
