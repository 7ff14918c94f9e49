/* SPDX-License-Identifier: MIT */
#include "harness/run/course.h"

static void told(void *context, const struct device_result *result)
{
    struct step_runner *runner = context;
    if (result->code < 0)
        course_fail_device(runner->course, runner->next_phone - 1, result->code, result->error);
}

/* A page that can be read takes commands, too. */
static bool is_ready(const struct course *course, size_t phone)
{
    return course_phone_reachable(course, phone) &&
           (course->phones[phone].page_up || !page_reader_has_page(course, phone));
}

/* It may be booting, or about to ask for an address. */
static bool wait_for_address(struct step_runner *runner, size_t phone)
{
    struct course_phone *slot = &runner->course->phones[phone];
    if (slot->reach_due_us == LOOP_NEVER)
        slot->reach_due_us = loop_now_us(runner->course->site->loop) + COURSE_BOOT_MAX_US;
    runner->next_phone = phone; /* again at the next turn */
    return false;
}

static bool begin(struct step_runner *runner, size_t phone)
{
    struct course *course = runner->course;
    struct course_phone *slot = &course->phones[phone];
    enum device_action action;
    char url[STEP_RUNNER_URL_MAX];
    const char *argument = NULL;
    struct buffer form;
    struct error error;
    int result = 0;
    if (!device_action_of(runner->step, &action))
        return false;
    bool by_page = device_way(slot->lab_phone, action) == LAB_DRIVER_WEB;
    if (by_page && !is_ready(course, phone))
        return wait_for_address(runner, phone);
    slot->reach_due_us = LOOP_NEVER;
    buffer_init(&form, STEP_RUNNER_FORM_BYTES_MAX);
    if (action == DEVICE_CONFIGURE) {
        step_runner_write_form(runner, &form);
        argument = buffer_string(&form);
    } else if (action == DEVICE_RESYNC) {
        result = step_runner_publish(runner, url, &error);
        argument = url;
    }
    uint32_t address = course_phone_address(course, phone);
    /* Recorded first: what the phone does about it may come before the driver has ended. */
    if (result == 0)
        step_runner_record(runner, phone, by_page);
    if (result == 0)
        result = device_act(slot->device, action, address, argument, told, runner, &error);
    buffer_done(&form);
    if (result < 0)
        course_fail_device(course, phone, result, &error);
    return true;
}

static void powered(void *context, const struct device_result *result)
{
    (void)context; /* a device that stays dark is found out when it is to boot next */
    (void)result;
}

static bool restore_power(struct step_runner *runner, size_t phone)
{
    struct course_phone *slot = &runner->course->phones[phone];
    struct error error;
    if (!slot->off || device_is_busy(slot->device))
        return false;
    slot->off = false;
    return device_act(slot->device, DEVICE_POWER_ON, 0, NULL, powered, NULL, &error) == 0;
}

static bool is_busy(const struct step_runner *runner, size_t phone)
{
    return device_is_busy(runner->course->phones[phone].device);
}

const struct action_driver action_driver_device = {
    .begin = begin, .is_busy = is_busy, .restore_power = restore_power};
