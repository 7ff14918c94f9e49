/* SPDX-License-Identifier: MIT */
#include "harness/run/course.h"
#include "harness/run/hands.h"
#include <stdio.h>

enum { FORM_BYTES_MAX = 1 << 20, ANSWER_BYTES_MAX = 1 << 20 };

/* --- the phone's web page ------------------------------------------------------------------- */

static void page_answered(void *context, const struct fetch_result *result)
{
    struct driver *driver = context;
    size_t phone = driver->next_phone - 1;
    driver->fetch = NULL;
    if (result->outcome == FETCH_OK && result->status == 200) {
        driver_record_action(driver, phone, true);
        return;
    }
    struct error error;
    error_set(&error, ERROR_FAILED, "%s: its web page did not take the command: %s (status %u)",
              driver->course->phone_names[phone],
              result->outcome == FETCH_OK ? "it was refused" : result->text, result->status);
    driver_fail(driver, ERROR_FAILED, &error);
}

static bool page_command(struct driver *driver, size_t phone, const char *path,
                         const struct buffer *form)
{
    struct course *course = driver->course;
    char url[DRIVER_URL_MAX], address[IPV4_TEXT_MAX];
    struct error error;
    ipv4_format(course_phone_address(course, phone), address);
    snprintf(url, sizeof url, "http://%s%s", address, path);
    struct fetch_request request = {.url = url,
                                    .method = form ? "POST" : NULL,
                                    .body = form ? form->data : NULL,
                                    .body_length = form ? form->length : 0,
                                    .content_type =
                                        form ? "application/x-www-form-urlencoded" : NULL,
                                    .user = COURSE_ADMIN_USER,
                                    .password = COURSE_ADMIN_PASSWORD,
                                    .body_bytes_max = ANSWER_BYTES_MAX};
    int result =
        fetch_start(course->site->fetcher, &request, page_answered, driver, &driver->fetch, &error);
    return result == 0 || driver_fail(driver, result, &error);
}

static bool configure_by_form(struct driver *driver, size_t phone)
{
    struct buffer form;
    buffer_init(&form, FORM_BYTES_MAX);
    driver_write_form(driver, &form);
    bool done = page_command(driver, phone, "/admin/bcisco.csc", &form);
    buffer_done(&form);
    return done;
}

/* A config XML of the harness's own, which the phone is told to fetch. */
static bool configure_by_push(struct driver *driver, size_t phone)
{
    static const char resync[] = "/admin/resync?";
    char url[DRIVER_URL_MAX], command[DRIVER_URL_MAX + sizeof resync];
    struct error error;
    int result = driver_publish(driver, url, &error);
    if (result < 0)
        return driver_fail(driver, result, &error);
    snprintf(command, sizeof command, "%s%s", resync, url);
    return page_command(driver, phone, command, NULL);
}

static bool configure(struct driver *driver, size_t phone)
{
    if (!course_phone_reachable(driver->course, phone)) {
        struct error error;
        error_set(&error, ERROR_FAILED,
                  "%s cannot be configured: it has no address at this point of the scenario",
                  driver->course->phone_names[phone]);
        return driver_fail(driver, ERROR_FAILED, &error);
    }
    return driver->step->via == CONFIGURE_WEB ? configure_by_form(driver, phone)
                                              : configure_by_push(driver, phone);
}

/* --- keys and power ------------------------------------------------------------------------- */

static bool by_hand(struct driver *driver, size_t phone)
{
    struct emulated_phone *device = driver->course->phones[phone].emulated;
    struct error error;
    int result = 0;
    /* Recorded first: what the phone does about it comes later. */
    driver_record_action(driver, phone, false);
    switch (driver->step->kind) {
    case STEP_REBOOT:
        result = emulated_phone_is_on(device) ? emulated_phone_reboot(device, &error)
                                              : emulated_phone_power(device, true, &error);
        break;
    case STEP_POWER_OFF:
        result = emulated_phone_power(device, false, &error);
        break;
    case STEP_POWER_ON:
        result = emulated_phone_power(device, true, &error);
        break;
    default:
        result = emulated_phone_factory_reset(device, &error);
        break;
    }
    return result == 0 || driver_fail(driver, result, &error);
}

bool hands_emulated(struct driver *driver, size_t phone)
{
    bool reachable = !driver->course->scenario->page_none &&
                     course_phone_reachable(driver->course, phone) &&
                     emulated_phone_is_on(driver->course->phones[phone].emulated);
    switch (driver->step->kind) {
    case STEP_CONFIGURE:
        return configure(driver, phone);
    case STEP_FACTORY_RESET:
        if (reachable)
            return page_command(driver, phone, "/admin/factory-reset", NULL);
        break;
    case STEP_REBOOT:
        if (reachable)
            return page_command(driver, phone, "/admin/reboot", NULL);
        break;
    default:
        break;
    }
    return by_hand(driver, phone);
}
