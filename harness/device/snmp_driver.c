/* SPDX-License-Identifier: MIT */
#include "harness/device/snmp_driver.h"
#include "harness/device/child.h"
#include "harness/device/snmp_port.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So that a switch that never answers is told of by the question, not by the end of all time: with
 * its repetitions one takes less than half of it. */
enum { TIMEOUTS_IN_ALL = 2 * (1 + SNMP_PORT_RETRIES) + 1 };

struct snmp_action {
    const struct device_config *config;
    struct child *child;
    device_done_fn *done;
    void *context;
};

struct snmp_run { /* what the child needs */
    const struct lab_snmp *snmp;
    bool on;
    uint64_t timeout_us;
};

/* The exit code is the negated code of the error, whose text is the output. */
static int run_snmp(const void *run_context)
{
    const struct snmp_run *run = run_context;
    struct error error = {.text = ""};
    int code = snmp_port_set(run->snmp, run->on, run->timeout_us, &error);
    size_t length = code < 0 ? strlen(error.text) : 0;
    ssize_t ignored = write(STDOUT_FILENO, error.text, length);
    (void)ignored;
    return -code;
}

static void snmp_ended(void *context, const struct child_end *end)
{
    struct snmp_action *action = context;
    const struct lab_snmp *snmp = &action->config->phone->snmp;
    struct device_result result = {0};
    struct error error;
    if (end->ending == CHILD_TOO_SLOW)
        result.code = error_set(&error, ERROR_FAILED,
                                "switch %s was not switched by SNMP at port %u within %llu s: is "
                                "its name or address right, and can it be reached?",
                                snmp->host, snmp->udp_port,
                                (unsigned long long)(action->config->snmp_max_us / 1000000u));
    else if (end->ending == CHILD_KILLED)
        result.code = error_set(&error, ERROR_FAILED,
                                "the process that talks SNMP with switch %s was killed by signal "
                                "%d",
                                snmp->host, end->number);
    else if (end->number != 0)
        result.code =
            error_set(&error, end->number == -ERROR_INVALID ? ERROR_INVALID : ERROR_FAILED, "%.*s",
                      (int)end->output_length, end->output);
    if (result.code < 0)
        result.error = &error;
    device_done_fn *done = action->done;
    void *done_context = action->context;
    free(action);
    done(done_context, &result);
}

int snmp_action_start(const struct device_config *config, bool on, device_done_fn *done,
                      void *context, struct snmp_action **ret_action, struct error *error)
{
    struct snmp_action *action = calloc(1, sizeof *action);
    if (!action)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *action = (struct snmp_action){.config = config, .done = done, .context = context};
    int result = child_start(
        &(const struct child_config){
            .loop = config->loop,
            .netns_fd = config->outside_netns_fd,
            .run = run_snmp,
            .run_context = &(const struct snmp_run){&config->phone->snmp, on,
                                                    config->snmp_max_us / TIMEOUTS_IN_ALL},
            .max_us = config->snmp_max_us,
            .output_bytes_max = ERROR_TEXT_MAX},
        snmp_ended, action, &action->child, error);
    if (result < 0) {
        free(action);
        return result;
    }
    *ret_action = action;
    return 0;
}

void snmp_action_cancel(struct snmp_action *action)
{
    if (!action)
        return;
    child_kill(action->child);
    free(action);
}
