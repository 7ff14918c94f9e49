/* SPDX-License-Identifier: MIT */
#include "harness/run/course.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>

enum { ANSWER_BYTES_MAX = 1 << 20 };

/* --- the phone's web page ------------------------------------------------------------------- */

static void page_answered(void *context, const struct fetch_result *result)
{
    struct step_runner *runner = context;
    size_t phone = runner->next_phone - 1;
    runner->fetch = NULL;
    if (result->outcome == FETCH_OK && result->status == 200) {
        step_runner_record(runner, phone, true);
        return;
    }
    struct error error;
    error_set(&error, ERROR_FAILED, "%s: its web page did not take the command: %s (status %u)",
              runner->course->phone_names[phone],
              result->outcome == FETCH_OK ? "it was refused" : result->text, result->status);
    step_runner_fail(runner, ERROR_FAILED, &error);
}

static bool page_command(struct step_runner *runner, size_t phone, const char *path,
                         const struct buffer *form)
{
    struct course *course = runner->course;
    char url[2 * STEP_RUNNER_URL_MAX + IPV4_TEXT_MAX], address[IPV4_TEXT_MAX];
    struct error error;
    ipv4_format(course_phone_address(course, phone), address);
    snprintf(url, sizeof url, "http://%s%s", address, path);
    struct fetch_request request = {.url = url,
                                    .method = form ? "POST" : NULL,
                                    .body = form ? form->data : NULL,
                                    .body_length = form ? form->length : 0,
                                    .content_type =
                                        form ? "application/x-www-form-urlencoded" : NULL,
                                    .user = vendor_default()->page.user,
                                    .password = COURSE_ADMIN_PASSWORD,
                                    .body_bytes_max = ANSWER_BYTES_MAX};
    int result =
        fetch_start(course->site->fetcher, &request, page_answered, runner, &runner->fetch, &error);
    return result == 0 || step_runner_fail(runner, result, &error);
}

static bool configure_by_form(struct step_runner *runner, size_t phone)
{
    struct buffer form;
    buffer_init(&form, STEP_RUNNER_FORM_BYTES_MAX);
    step_runner_write_form(runner, &form);
    bool done = page_command(runner, phone, vendor_default()->page.configure, &form);
    buffer_done(&form);
    return done;
}

/* A config XML of the harness's own, which the phone is told to fetch. */
static bool configure_by_push(struct step_runner *runner, size_t phone)
{
    char url[STEP_RUNNER_URL_MAX], command[2 * STEP_RUNNER_URL_MAX];
    struct error error;
    int result = step_runner_publish(runner, url, &error);
    if (result < 0)
        return step_runner_fail(runner, result, &error);
    snprintf(command, sizeof command, "%s?%s", vendor_default()->page.resync, url);
    return page_command(runner, phone, command, NULL);
}

static bool configure(struct step_runner *runner, size_t phone)
{
    if (!course_phone_reachable(runner->course, phone)) {
        struct error error;
        error_set(&error, ERROR_FAILED,
                  "%s cannot be configured: it has no address at this point of the scenario",
                  runner->course->phone_names[phone]);
        return step_runner_fail(runner, ERROR_FAILED, &error);
    }
    return runner->step->via == CONFIGURE_WEB ? configure_by_form(runner, phone)
                                              : configure_by_push(runner, phone);
}

/* --- keys and power ------------------------------------------------------------------------- */

static bool by_hand(struct step_runner *runner, size_t phone)
{
    struct emulated_phone *device = runner->course->phones[phone].emulated;
    struct error error;
    int result = 0;
    /* Recorded first: what the phone does about it comes later. */
    step_runner_record(runner, phone, false);
    switch (runner->step->kind) {
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
    return result == 0 || step_runner_fail(runner, result, &error);
}

static bool begin(struct step_runner *runner, size_t phone)
{
    const struct vendor_page *page = &vendor_default()->page;
    bool reachable = !runner->course->scenario->page_none &&
                     course_phone_reachable(runner->course, phone) &&
                     emulated_phone_is_on(runner->course->phones[phone].emulated);
    switch (runner->step->kind) {
    case STEP_CONFIGURE:
        return configure(runner, phone);
    case STEP_FACTORY_RESET:
        if (reachable)
            return page_command(runner, phone, page->reset, NULL);
        break;
    case STEP_REBOOT:
        if (reachable)
            return page_command(runner, phone, page->reboot, NULL);
        break;
    default:
        break;
    }
    return by_hand(runner, phone);
}

const struct action_driver action_driver_emulated = {.begin = begin};
