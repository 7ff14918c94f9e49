/* SPDX-License-Identifier: MIT */
/* What the tests of this room share: a device on a real clock, and one action at a time. */
#ifndef RCLAB_DEVICE_DEVICE_TESTING_H
#define RCLAB_DEVICE_DEVICE_TESTING_H

#include "harness/base/testing.h"
#include "harness/device/device.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct loop *loop;
    struct fetcher *fetcher;
    struct device *device;
    struct loop_timer guard;
    unsigned calls;
    bool guard_fired;
    int code;
    unsigned status;
    bool power_is_on;
    char text[ERROR_TEXT_MAX], body[4096];
    char asked[512];
};

void bench_done(void *context, const struct device_result *result); /* context: struct bench */
void bench_asked(void *context, const char *text);
void bench_loop(struct bench *bench);
/* config: what differs from the usual. */
void bench_device(struct bench *bench, struct device_config config);
void bench_done_with(struct bench *bench);
/* Runs until the action's callback, or until loop_stop by somebody else. */
void bench_run(struct bench *bench);
/* The code of the call or, if that went well, of the callback; the error in bench->text. */
int bench_act(struct bench *bench, enum device_action action, uint32_t address,
              const char *argument);
void bench_expect_text(const struct bench *bench, const char *part);

#endif
