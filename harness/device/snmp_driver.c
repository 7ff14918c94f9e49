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
/* What a probe's process says if there is no error. */
static const char says_on[] = "on", says_off[] = "off";

struct snmp_action {
    const struct device_config *config;
    struct child *child;
    device_done_fn *done;
    void *context;
};

struct snmp_run { /* what the child needs */
    const struct lab_snmp *snmp;
    enum device_action action;
    uint64_t timeout_us;
};

/* The exit code is the negated code of the error, whose text is the output; of a probe that went
 * well it is what was found. */
static int run_snmp(const void *run_context)
{
    const struct snmp_run *run = run_context;
    struct error error = {.text = ""};
    bool on = run->action == DEVICE_POWER_ON;
    bool probes = run->action == DEVICE_PROBE_POWER;
    int code = probes ? snmp_port_get(run->snmp, &on, run->timeout_us, &error)
                      : snmp_port_set(run->snmp, on, run->timeout_us, &error);
    const char *text = code < 0 ? error.text : !probes ? "" : on ? says_on : says_off;
    ssize_t ignored = write(STDOUT_FILENO, text, strlen(text));
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
                                "switch %s did not do it by SNMP at port %u within %llu s: is "
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
    else
        result.power_is_on = end->output_length == strlen(says_on) &&
                             memcmp(end->output, says_on, strlen(says_on)) == 0;
    if (result.code < 0)
        result.error = &error;
    device_done_fn *done = action->done;
    void *done_context = action->context;
    free(action);
    done(done_context, &result);
}

int snmp_action_start(const struct device_config *config, enum device_action action,
                      device_done_fn *done, void *context, struct snmp_action **ret_action,
                      struct error *error)
{
    struct snmp_action *started = calloc(1, sizeof *started);
    if (!started)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *started = (struct snmp_action){.config = config, .done = done, .context = context};
    int result = child_start(
        &(const struct child_config){
            .loop = config->loop,
            .netns_fd = config->outside_netns_fd,
            .run = run_snmp,
            .run_context = &(const struct snmp_run){&config->phone->snmp, action,
                                                    config->snmp_max_us / TIMEOUTS_IN_ALL},
            .max_us = config->snmp_max_us,
            .output_bytes_max = ERROR_TEXT_MAX},
        snmp_ended, started, &started->child, error);
    if (result < 0) {
        free(started);
        return result;
    }
    *ret_action = started;
    return 0;
}

void snmp_action_cancel(struct snmp_action *action)
{
    if (!action)
        return;
    child_kill(action->child);
    free(action);
}
