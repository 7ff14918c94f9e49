/* SPDX-License-Identifier: MIT */
#include "harness/phone_process/phone_orders.h"
#include "harness/base/suggest.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *const phone_order_names[PHONE_ORDERS] = {"power on", "power off", "factory-reset",
                                                     "reboot",   "state",     "quit"};
#define KNOWN "known: power on, power off, factory-reset, reboot, state, quit"

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Words with one blank between them; what cannot be printed becomes a question mark. */
static void tidy(const char *line, size_t line_length, char text[PHONE_ORDER_LINE_MAX + 1])
{
    size_t length = 0;
    bool gap = false;
    for (size_t i = 0; i < line_length; i++) {
        char byte = line[i];
        if (is_blank(byte)) {
            gap = length > 0;
            continue;
        }
        if (gap)
            text[length++] = ' ';
        gap = false;
        text[length++] = byte > ' ' && byte <= '~' ? byte : '?';
    }
    text[length] = '\0';
}

int phone_order_read(const char *line, size_t length, enum phone_order *ret_order,
                     struct error *error)
{
    char text[PHONE_ORDER_LINE_MAX + 1];
    if (!line || length > PHONE_ORDER_LINE_MAX)
        return error_set(error, ERROR_INVALID, "a line of more than %d bytes; " KNOWN,
                         PHONE_ORDER_LINE_MAX);
    tidy(line, length, text);
    for (size_t i = 0; i < PHONE_ORDERS; i++) {
        if (strcmp(text, phone_order_names[i]) == 0) {
            *ret_order = (enum phone_order)i;
            return 0;
        }
    }
    const char *near = suggest_nearest(text, phone_order_names, PHONE_ORDERS);
    if (near)
        return error_set(error, ERROR_INVALID, "unknown order '%s'; did you mean '%s'?", text,
                         near);
    return error_set(error, ERROR_INVALID, "unknown order '%s'; " KNOWN, text);
}
