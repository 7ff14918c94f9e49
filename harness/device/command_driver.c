/* SPDX-License-Identifier: MIT */
#include "harness/device/command_driver.h"
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

struct command_action {
    const struct redaction *redaction;
    const char *program;
    uint64_t max_us;
    struct child *child;
    device_done_fn *done;
    void *context;
};

struct command_run { /* what the child needs */
    const struct lab_command *command;
    const struct lab_phone *phone;
    enum device_action action;
};

static int run_command(const void *run_context)
{
    const struct command_run *run = run_context;
    const char *program = run->command->arguments[0];
    char mac[MAC_TEXT_MAX];
    if (setenv("RCLAB_PHONE", run->phone->name, 1) == 0 &&
        setenv("RCLAB_MAC", mac_format(&run->phone->mac, mac), 1) == 0 &&
        setenv("RCLAB_ACTION", device_action_names[run->action], 1) == 0)
        execvp(program, (char *const *)(uintptr_t)run->command->arguments);
    dprintf(1, "cannot run %s: %s", program, strerror(errno));
    return NOT_FOUND;
}

/* --- its end -------------------------------------------------------------------------------- */

static void append_output(const struct command_action *action, const struct child_end *end,
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

static void describe(const struct command_action *action, const struct child_end *end,
                     struct buffer *text)
{
    buffer_format(text, "its command %.200s ", action->program);
    switch (end->ending) {
    case CHILD_EXITED:
        buffer_format(text, "ended with exit code %d", end->number);
        break;
    case CHILD_KILLED:
        buffer_format(text, "was killed by signal %d (%s)", end->number, strsignal(end->number));
        break;
    case CHILD_TOO_SLOW:
        buffer_format(text, "was not done within %llu s and was ended",
                      (unsigned long long)(action->max_us / 1000000u));
        break;
    }
    append_output(action, end, text);
}

static void command_ended(void *context, const struct child_end *end)
{
    struct command_action *action = context;
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
    device_done_fn *done = action->done;
    void *done_context = action->context;
    free(action);
    done(done_context, &result);
}

/* --- its start ------------------------------------------------------------------------------ */

int command_action_start(const struct device_config *config, const struct redaction *redaction,
                         const struct lab_command *command, enum device_action action,
                         device_done_fn *done, void *context, struct command_action **ret_action,
                         struct error *error)
{
    struct command_action *started = calloc(1, sizeof *started);
    if (!started)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *started = (struct command_action){.redaction = redaction,
                                       .program = command->arguments[0],
                                       .max_us = config->command_max_us,
                                       .done = done,
                                       .context = context};
    int result = child_start(
        &(const struct child_config){
            .loop = config->loop,
            .netns_fd = config->outside_netns_fd,
            .directory = config->directory,
            .run = run_command,
            .run_context = &(const struct command_run){command, config->phone, action},
            .max_us = config->command_max_us,
            .output_bytes_max = DEVICE_OUTPUT_BYTES_MAX},
        command_ended, started, &started->child, error);
    if (result < 0) {
        free(started);
        return result;
    }
    *ret_action = started;
    return 0;
}

void command_action_cancel(struct command_action *action)
{
    if (!action)
        return;
    child_kill(action->child);
    free(action);
}
