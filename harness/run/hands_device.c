/* SPDX-License-Identifier: MIT */
#include "harness/run/course.h"
#include "harness/run/hands.h"

enum { FORM_BYTES_MAX = 1 << 20 };

static enum device_action action_of(const struct step *step)
{
    switch (step->kind) {
    case STEP_REBOOT:
        return DEVICE_REBOOT;
    case STEP_POWER_OFF:
        return DEVICE_POWER_OFF;
    case STEP_POWER_ON:
        return DEVICE_POWER_ON;
    case STEP_CONFIGURE:
        return step->via == CONFIGURE_WEB ? DEVICE_CONFIGURE : DEVICE_RESYNC;
    default:
        return DEVICE_FACTORY_RESET;
    }
}

bool hands_busy(const struct driver *driver)
{
    const struct course *course = driver->course;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        if (course->phones[i].device && device_is_busy(course->phones[i].device))
            return true;
    }
    return false;
}

static void told(void *context, const struct device_result *result)
{
    struct driver *driver = context;
    if (result->code < 0)
        course_fail_device(driver->course, driver->next_phone - 1, result->code, result->error);
}

/* A page that can be read takes commands, too. */
static bool is_ready(const struct course *course, size_t phone)
{
    return course_phone_reachable(course, phone) &&
           (course->phones[phone].page_up || !page_reader_has_page(course, phone));
}

/* It may be booting, or about to ask for an address. */
static bool wait_for_address(struct driver *driver, size_t phone)
{
    struct course_phone *slot = &driver->course->phones[phone];
    if (slot->reach_due_us == LOOP_NEVER)
        slot->reach_due_us = loop_now_us(driver->course->site->loop) + COURSE_BOOT_MAX_US;
    driver->next_phone = phone; /* again at the next turn */
    return false;
}

bool hands_device(struct driver *driver, size_t phone)
{
    struct course *course = driver->course;
    struct course_phone *slot = &course->phones[phone];
    enum device_action action = action_of(driver->step);
    bool by_page = device_way(slot->lab_phone, action) == LAB_DRIVER_WEB;
    char url[DRIVER_URL_MAX];
    const char *argument = NULL;
    struct buffer form;
    struct error error;
    int result = 0;
    if (by_page && !is_ready(course, phone))
        return wait_for_address(driver, phone);
    slot->reach_due_us = LOOP_NEVER;
    buffer_init(&form, FORM_BYTES_MAX);
    if (action == DEVICE_CONFIGURE) {
        driver_write_form(driver, &form);
        argument = buffer_string(&form);
    } else if (action == DEVICE_RESYNC) {
        result = driver_publish(driver, url, &error);
        argument = url;
    }
    uint32_t address = course_phone_address(course, phone);
    /* Recorded first: what the phone does about it may come before the driver has ended. */
    if (result == 0)
        driver_record_action(driver, phone, by_page);
    if (result == 0)
        result = device_act(slot->device, action, address, argument, told, driver, &error);
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

bool hands_restore_power(struct driver *driver)
{
    struct course *course = driver->course;
    bool begun = false;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        struct course_phone *slot = &course->phones[i];
        struct error error;
        if (!slot->device || !slot->off || device_is_busy(slot->device))
            continue;
        slot->off = false;
        begun |= device_act(slot->device, DEVICE_POWER_ON, 0, NULL, powered, NULL, &error) == 0;
    }
    return begun;
}
