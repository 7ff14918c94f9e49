/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/phone_process/phone_orders.h"
#include <string.h>

static void every_order(void)
{
    static const struct {
        const char *text;
        enum phone_order order;
    } rows[] = {
        {"power on", PHONE_ORDER_POWER_ON},
        {"power off", PHONE_ORDER_POWER_OFF},
        {"factory-reset", PHONE_ORDER_FACTORY_RESET},
        {"reboot", PHONE_ORDER_REBOOT},
        {"state", PHONE_ORDER_STATE},
        {"quit", PHONE_ORDER_QUIT},
        {"  power \t off \r", PHONE_ORDER_POWER_OFF},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum phone_order order = PHONE_ORDERS;
        CU_ASSERT_EQUAL(phone_order_read(rows[i].text, strlen(rows[i].text), &order, NULL), 0);
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
        {"", 0, "unknown order ''; known: power on"},
        {"Power on", 8, "did you mean 'power on'?"},
        {"power offf", 10, "did you mean 'power off'?"},
        {"poweron", 7, "did you mean 'power on'?"},
        {"state state", 11, "unknown order 'state state'"},
        {"state\0quit", 10, "unknown order 'state?quit'"},
        {"\x1b[2J\xff", 5, "unknown order '?[2J?'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum phone_order order = PHONE_ORDERS;
        struct error error = {0};
        CU_ASSERT_EQUAL(phone_order_read(rows[i].text, rows[i].length, &order, &error),
                        ERROR_INVALID);
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
    memcpy(text + PHONE_ORDER_LINE_MAX - 5, "state", 5);
    CU_ASSERT_EQUAL(phone_order_read(text, PHONE_ORDER_LINE_MAX, &order, &error), 0);
    CU_ASSERT_EQUAL(order, PHONE_ORDER_STATE);
    CU_ASSERT_EQUAL(phone_order_read(text, PHONE_ORDER_LINE_MAX + 1, &order, &error),
                    ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "more than 64 bytes"));
    CU_ASSERT_EQUAL(phone_order_read(NULL, 0, &order, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "more than 64 bytes"));
}

void tests_harness_phone_process_phone_orders(void);
void tests_harness_phone_process_phone_orders(void)
{
    TEST_SUITE("phone_process/phone_orders", {"every order", every_order}, {"junk", junk},
               {"the length of a line", the_length_of_a_line});
}
