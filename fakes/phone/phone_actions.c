/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_actions.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Log lines may fill only half of the queue. */
enum { LOG_LINES_MAX = PHONE_ACTIONS_MAX / 2 };

void phone_actions_done(struct phone_actions *actions)
{
    while (actions->count > 0) {
        free(actions->slots[actions->first].block);
        actions->first = (actions->first + 1) % PHONE_ACTIONS_MAX;
        actions->count--;
    }
    free(actions->taken);
    actions->taken = NULL;
}

/* Moves something borrowed into the block; returns where it is now. */
static const void *move(char **block, const void *borrowed, size_t bytes)
{
    void *copy = *block;
    if (bytes == 0)
        return borrowed;
    memcpy(copy, borrowed, bytes);
    *block += bytes;
    return copy;
}

/* Lets the action own what it points to; false if memory is out. */
static bool copy_borrowed(struct phone_action *action, void **ret_block)
{
    struct phone_transfer *transfer = &action->transfer;
    size_t url_bytes = transfer->url ? sizeof *transfer->url : 0;
    size_t text_bytes = action->text ? strlen(action->text) + 1 : 0;
    char *block = malloc(url_bytes + text_bytes + action->length + 1);
    *ret_block = block;
    if (!block)
        return false;
    transfer->url = move(&block, transfer->url, url_bytes);
    action->text = move(&block, action->text, text_bytes);
    action->bytes = move(&block, action->bytes, action->length);
    return true;
}

void phone_actions_put(struct phone_actions *actions, const struct phone_action *action)
{
    bool is_log = action->kind == PHONE_LOG;
    size_t room = is_log ? (size_t)LOG_LINES_MAX : (size_t)PHONE_ACTIONS_MAX;
    struct phone_action_slot slot = {.action = *action};
    if (actions->count >= room || !copy_borrowed(&slot.action, &slot.block)) {
        actions->broken = actions->broken || !is_log;
        return;
    }
    actions->slots[(actions->first + actions->count++) % PHONE_ACTIONS_MAX] = slot;
}

void phone_actions_put_kind(struct phone_actions *actions, enum phone_action_kind kind)
{
    const struct phone_action action = {.kind = kind};
    phone_actions_put(actions, &action);
}

void phone_actions_log(struct phone_actions *actions, const char *format, ...)
{
    char text[PHONE_LOG_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    const struct phone_action action = {.kind = PHONE_LOG, .text = text};
    phone_actions_put(actions, &action);
}

bool phone_actions_take(struct phone_actions *actions, struct phone_action *ret_action)
{
    if (actions->count == 0)
        return false;
    free(actions->taken);
    actions->taken = actions->slots[actions->first].block;
    *ret_action = actions->slots[actions->first].action;
    actions->slots[actions->first].block = NULL;
    actions->first = (actions->first + 1) % PHONE_ACTIONS_MAX;
    actions->count--;
    return true;
}
