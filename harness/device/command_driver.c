/* SPDX-License-Identifier: MIT */
#include "harness/device/driver.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NOT_FOUND = 127, /* as shells do */
    /* Of what the command said, this much of its end is shown; the rest of an error's text is for
     * what we say about it. */
    SHOWN_BYTES_MAX = 600
};

static int run_command(const void *run_context)
{
    const struct driver_action *action = run_context;
    const struct lab_phone *phone = action->config->phone;
    const char *program = action->command->arguments[0];
    char mac[MAC_TEXT_MAX];
    if (setenv("RCLAB_PHONE", phone->name, 1) == 0 &&
        setenv("RCLAB_MAC", mac_format(&phone->mac, mac), 1) == 0 &&
        setenv("RCLAB_ACTION", action->action_name, 1) == 0)
        execvp(program, (char *const *)(uintptr_t)action->command->arguments);
    dprintf(1, "cannot run %s: %s", program, strerror(errno));
    return NOT_FOUND;
}

/* --- its end -------------------------------------------------------------------------------- */

static void append_output(const struct driver_action *action, const struct child_end *end,
                          struct buffer *text)
{
    struct buffer clean;
    buffer_init(&clean, sizeof REDACTION_MARK * DEVICE_OUTPUT_BYTES_MAX);
    redaction_apply(action->redaction, end->output, end->output_length, end->output_cut, &clean);
    while (clean.length > 0 && clean.data[clean.length - 1] == '\n')
        clean.data[--clean.length] = '\0';
    const char *shown = buffer_string(&clean);
    if (clean.length > SHOWN_BYTES_MAX) {
        shown += clean.length - SHOWN_BYTES_MAX;
        while ((*shown & 0xc0) == 0x80) /* not into the middle of a character */
            shown++;
    }
    if (clean.length == 0)
        buffer_text(text, "; it said nothing");
    else
        buffer_format(text, "; its last words:\n%s", shown);
    buffer_done(&clean);
}

static void describe(const struct driver_action *action, const struct child_end *end,
                     struct buffer *text)
{
    buffer_format(text, "its command %.200s ", action->command->arguments[0]);
    switch (end->ending) {
    case CHILD_EXITED:
        buffer_format(text, "ended with exit code %d", end->number);
        break;
    case CHILD_KILLED:
        buffer_format(text, "was killed by signal %d (%s)", end->number, strsignal(end->number));
        break;
    case CHILD_TOO_SLOW:
        buffer_format(text, "was not done within %llu s and was ended",
                      (unsigned long long)(action->config->command_max_us / 1000000u));
        break;
    }
    append_output(action, end, text);
}

static void command_ended(void *context, const struct child_end *end)
{
    struct driver_action *action = context;
    struct device_result result = {0};
    struct error error;
    struct buffer text;
    buffer_init(&text, ERROR_TEXT_MAX - 1);
    if (end->ending != CHILD_EXITED || end->number != 0) {
        describe(action, end, &text);
        result.code = error_set(&error, ERROR_FAILED, "%s", buffer_string(&text));
        result.error = &error;
    }
    buffer_done(&text);
    action->ended(action, &result);
}

/* --- its start ------------------------------------------------------------------------------ */

int command_driver_start(struct driver_action *action, struct error *error)
{
    const struct device_config *config = action->config;
    const struct child_config child = {.loop = config->loop,
                                       .netns_fd = config->outside_netns_fd,
                                       .directory = config->directory,
                                       .run = run_command,
                                       .run_context = action,
                                       .max_us = config->command_max_us,
                                       .output_bytes_max = DEVICE_OUTPUT_BYTES_MAX};
    return child_start(&child, command_ended, action, &action->child, error);
}
