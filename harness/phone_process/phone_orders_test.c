/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/phone_process/phone_orders.h"
#include <string.h>

/* What came of the last complete line of a text. */
static int read_text(const char *text, size_t length, enum phone_order *ret_order,
                     struct error *error)
{
    struct phone_order_line line = {0};
    for (size_t i = 0; i < length; i++)
        (void)phone_order_line_add(&line, text[i]);
    (void)phone_order_line_end(&line);
    CU_ASSERT_TRUE(line.complete);
    return phone_order_read(&line, ret_order, error);
}

static void every_order(void)
{
    static const struct {
        const char *text;
        enum phone_order order;
    } rows[] = {
        {"power on\n", PHONE_ORDER_POWER_ON},
        {"power off\n", PHONE_ORDER_POWER_OFF},
        {"factory-reset\n", PHONE_ORDER_FACTORY_RESET},
        {"reboot\n", PHONE_ORDER_REBOOT},
        {"state\n", PHONE_ORDER_STATE},
        {"quit\n", PHONE_ORDER_QUIT},
        {"state", PHONE_ORDER_STATE}, /* the end of the input ends the line */
        {"  power \t off \r\n", PHONE_ORDER_POWER_OFF},
        {"junk\nreboot\n", PHONE_ORDER_REBOOT}, /* a line forgets the one before */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum phone_order order = PHONE_ORDERS;
        CU_ASSERT_EQUAL(read_text(rows[i].text, strlen(rows[i].text), &order, NULL), 0);
        CU_ASSERT_EQUAL(order, rows[i].order);
    }
}

static void junk(void)
{
    static const struct {
        const char *text;
        size_t length;
        const char *answer;
    } rows[] = {
        {"\n", 1, "unknown order ''; known: power on"},
        {"Power on\n", 9, "did you mean 'power on'?"},
        {"power offf\n", 11, "did you mean 'power off'?"},
        {"poweron\n", 8, "did you mean 'power on'?"},
        {"state state\n", 12, "unknown order 'state state'"},
        {"state\0quit\n", 11, "unknown order 'state?quit'"},
        {"\x1b[2J\xff\n", 6, "unknown order '?[2J?'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum phone_order order = PHONE_ORDERS;
        struct error error = {0};
        CU_ASSERT_EQUAL(read_text(rows[i].text, rows[i].length, &order, &error), ERROR_INVALID);
        CU_ASSERT_EQUAL(order, PHONE_ORDERS);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, rows[i].answer));
        CU_ASSERT_PTR_NULL(strchr(error.text, '\n'));
    }
}

static void the_length_of_a_line(void)
{
    char text[PHONE_ORDER_LINE_MAX + 8];
    enum phone_order order;
    struct error error = {0};
    memset(text, ' ', sizeof text);
    memcpy(text + PHONE_ORDER_LINE_MAX - 5, "state\n", 6);
    CU_ASSERT_EQUAL(read_text(text, PHONE_ORDER_LINE_MAX + 1, &order, &error), 0);
    memset(text, ' ', sizeof text);
    memcpy(text + PHONE_ORDER_LINE_MAX - 4, "state\n", 6);
    CU_ASSERT_EQUAL(read_text(text, PHONE_ORDER_LINE_MAX + 2, &order, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "more than 64 bytes"));
    /* What follows one that was too long is read as ever. */
    struct phone_order_line line = {0};
    for (int i = 0; i < 100000; i++)
        CU_ASSERT_FALSE(phone_order_line_add(&line, 'x'));
    CU_ASSERT_TRUE(phone_order_line_add(&line, '\n'));
    CU_ASSERT_EQUAL(phone_order_read(&line, &order, &error), ERROR_INVALID);
    for (const char *at = "state"; *at; at++)
        CU_ASSERT_FALSE(phone_order_line_add(&line, *at));
    CU_ASSERT_TRUE(phone_order_line_add(&line, '\n'));
    CU_ASSERT_EQUAL(phone_order_read(&line, &order, &error), 0);
    CU_ASSERT_EQUAL(order, PHONE_ORDER_STATE);
    CU_ASSERT_FALSE(phone_order_line_end(&line)); /* nothing came after it */
}

void tests_harness_phone_process_phone_orders(void);
void tests_harness_phone_process_phone_orders(void)
{
    TEST_SUITE("phone_process/phone_orders", {"every order", every_order}, {"junk", junk},
               {"the length of a line", the_length_of_a_line});
}
