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

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* Moves one borrowed text into the block; returns where it is now. */
static const char *move_text(char **block, const char *text)
{
    size_t bytes = text_bytes(text);
    char *copy = *block;
    if (bytes == 0)
        return NULL;
    memcpy(copy, text, bytes);
    *block += bytes;
    return copy;
}

/* Lets the action own what it points to; false if memory is out. */
static bool copy_borrowed(struct phone_action *action, void **ret_block)
{
    struct phone_transfer *transfer = &action->transfer;
    size_t bytes = action->length + text_bytes(action->text) + text_bytes(transfer->scheme) +
                   text_bytes(transfer->host) + text_bytes(transfer->path) +
                   text_bytes(transfer->user_agent);
    *ret_block = NULL;
    if (bytes == 0)
        return true;
    char *block = malloc(bytes);
    if (!block)
        return false;
    *ret_block = block;
    if (action->length > 0) {
        memcpy(block, action->bytes, action->length);
        action->bytes = (const uint8_t *)block;
        block += action->length;
    }
    action->text = move_text(&block, action->text);
    transfer->scheme = move_text(&block, transfer->scheme);
    transfer->host = move_text(&block, transfer->host);
    transfer->path = move_text(&block, transfer->path);
    transfer->user_agent = move_text(&block, transfer->user_agent);
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
