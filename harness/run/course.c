/* SPDX-License-Identifier: MIT */
#include "harness/run/course.h"
#include "harness/base/monotonic.h"
#include "harness/run/course_parts.h"
#include "harness/run/course_watch.h"
#include "harness/run/hands.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t course_phone_address(const struct course *course, size_t phone)
{
    return site_phone_address(course->site, course->phones[phone].site_index);
}

bool course_phone_reachable(const struct course *course, size_t phone)
{
    const struct course_phone *slot = &course->phones[phone];
    return slot->online && loop_now_us(course->site->loop) < slot->lease_until_us &&
           course_phone_address(course, phone) != 0;
}

static int start_judge(struct course *course, struct error *error)
{
    int result = judge_new(course->scenario, &course->judge, error);
    if (result == 0)
        result = judge_set_substitutions(course->judge, course->site->substitutions, error);
    if (result == 0 && course->options->real_devices)
        judge_set_real_devices(course->judge);
    return result;
}

/* --- files ---------------------------------------------------------------------------------- */

static int write_ca(struct course *course, struct error *error)
{
    const char *text = course->site->plan->certificates->ca_pem;
    snprintf(course->ca_file, sizeof course->ca_file, "%s/ca.pem", course->options->folder);
    int fd = open(course->ca_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t length = strlen(text);
    if (fd < 0 || write(fd, text, length) != (ssize_t)length) {
        int saved = errno;
        if (fd >= 0)
            close(fd);
        return error_set_errno(error, saved, "cannot write %s", course->ca_file);
    }
    close(fd);
    return 0;
}

static int open_phone_log(struct course *course, struct error *error)
{
    char path[COURSE_PATH_MAX];
    snprintf(path, sizeof path, "%s/phones.log", course->options->folder);
    course->phone_log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return course->phone_log_fd < 0 ? error_set_errno(error, errno, "cannot write %s", path) : 0;
}

/* --- life ----------------------------------------------------------------------------------- */

static int build(struct course *course, const struct course_config *config, struct error *error)
{
    int result = config->devices ? 0 : open_phone_log(course, error);
    if (result == 0 && course->site->plan->certificates->ca_pem)
        result = write_ca(course, error);
    if (result == 0)
        result = course_start_phones(course, config, error);
    if (result == 0)
        result = start_judge(course, error);
    return result < 0 ? result : course_start_recorder(course, error);
}

int course_begin(struct course *course, struct error *error)
{
    const struct scenario *scenario = course->scenario;
    struct site *site = course->site;
    int result = 0;
    for (size_t i = 0; result == 0 && i < scenario->phone_count; i++) {
        int phone = (int)course->phones[i].site_index;
        site_set_dns(site, phone, &scenario->dns);
        result = fake_server_set_client(site_fake(site, EVENT_SERVER_EDOS), phone, &scenario->edos,
                                        error);
        if (result == 0)
            result = fake_server_set_client(site_fake(site, EVENT_SERVER_PROVISION), phone,
                                            &scenario->provision, error);
    }
    return result;
}

static void join_site(struct course *course)
{
    struct site *site = course->site;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        struct site_phone *phone = &site->phones[course->phones[i].site_index];
        phone->dhcp = &course->scenario->dhcp;
        phone->recorder = course->recorder;
        phone->index = i;
    }
    if (!site->plan->phone_macs)
        site->only_recorder = course->recorder;
}

static void leave_site(struct course *course)
{
    struct site *site = course->site;
    for (size_t i = 0; i < site->phone_count && course->recorder; i++) {
        if (site->phones[i].recorder == course->recorder) {
            site->phones[i].recorder = NULL;
            site->phones[i].address = 0;
        }
    }
    if (site->only_recorder == course->recorder)
        site->only_recorder = NULL;
}

int course_new(const struct course_config *config, struct course **ret_course, struct error *error)
{
    struct course *course = calloc(1, sizeof *course);
    if (!course)
        return error_set(error, ERROR_MEMORY, "out of memory");
    size_t count = config->scenario->phone_count;
    course->site = config->site;
    course->scenario = config->scenario;
    course->options = config->options;
    course->reader.course = course;
    course->driver.course = course;
    course->phone_log_fd = -1;
    course->broken_phone = -1;
    course->phones = calloc(count + 1, sizeof *course->phones);
    course->phone_names = calloc(count + 1, sizeof *course->phone_names);
    int result = course->phones && course->phone_names
                     ? build(course, config, error)
                     : error_set(error, ERROR_MEMORY, "out of memory");
    if (result < 0) {
        course_free(course);
        return result;
    }
    join_site(course);
    *ret_course = course;
    return 0;
}

void course_free(struct course *course)
{
    if (!course)
        return;
    leave_site(course);
    page_reader_done(&course->reader);
    driver_done(&course->driver);
    loop_timer_cancel(&course->deadline);
    for (size_t i = 0; course->phones && i < course->scenario->phone_count; i++) {
        emulated_phone_free(course->phones[i].emulated);
        device_free(course->phones[i].device);
        if (course->phones[i].course && course->phones[i].certificate_fd >= 0)
            close(course->phones[i].certificate_fd);
    }
    recorder_free(course->recorder);
    frame_secrets_free(course->secrets);
    judge_free(course->judge);
    if (course->phone_log_fd >= 0)
        close(course->phone_log_fd);
    free(course->macs);
    free(course->phones);
    free(course->phone_names);
    free(course);
}

/* --- turns ---------------------------------------------------------------------------------- */

void course_fail(struct course *course, int code, const struct error *error)
{
    if (course->broken)
        return;
    course->broken = true;
    course->result = code;
    course->error = *error;
}

void course_fail_device(struct course *course, size_t phone, int code, const struct error *error)
{
    if (!course->broken)
        course->broken_phone = (int)phone;
    course_fail(course, code, error);
}

void course_interrupt(struct course *course)
{
    struct error error;
    error_set(&error, ERROR_FAILED, "interrupted");
    page_reader_done(&course->reader);
    course_fail(course, ERROR_FAILED, &error);
}

bool course_is_over(const struct course *course)
{
    return course->settled;
}

/* Nothing is left half done, and who is to be blamed is there. */
static void settle(struct course *course)
{
    if (!(judge_is_over(course->judge) || course->broken) || course->settled)
        return;
    bool sure = true;
    if (!course->broken && judge_result(course->judge)->verdict == VERDICT_FAIL &&
        course->site->presence) {
        if (course->failed_real_us == 0)
            course->failed_real_us = monotonic_us();
        course_watch_lateness(course);
        sure = course_watch_present(course, course->failed_real_us);
    }
    if (sure || course->broken)
        course->settled = !hands_restore_power(&course->driver) && !hands_busy(&course->driver);
}

static void deadline_passed(void *context)
{
    (void)context; /* the quiet turn that follows asks the judge */
}

static void set_deadline(struct course *course, uint64_t boot_us)
{
    struct loop *loop = course->site->loop;
    uint64_t deadline_us = judge_next_deadline_us(course->judge);
    uint64_t page_us = page_reader_due_us(&course->reader);
    deadline_us = boot_us < deadline_us ? boot_us : deadline_us;
    deadline_us = page_us < deadline_us ? page_us : deadline_us;
    if (deadline_us != LOOP_NEVER)
        loop_timer_set(loop, &course->deadline, deadline_us, deadline_passed, course);
    else
        loop_timer_cancel(&course->deadline);
}

bool course_quiet(struct course *course)
{
    struct loop *loop = course->site->loop;
    recorder_drain(course->recorder);
    if (loop_clock(loop) == LOOP_CLOCK_REAL)
        recorder_flush(course->recorder);
    if (page_reader_turn(&course->reader))
        return true;
    uint64_t boot_us = course_watch_boots(course);
    if (course->site->presence && !judge_is_over(course->judge))
        course_watch_absent(course);
    judge_time(course->judge, loop_now_us(loop));
    settle(course);
    if (judge_is_over(course->judge) || course->broken)
        return false;
    if (driver_turn(&course->driver, judge_current_step(course->judge)))
        return true;
    set_deadline(course, boot_us);
    return false;
}

/* --- the end -------------------------------------------------------------------------------- */

static void record_lab_error(struct course *course, const char *text)
{
    struct event event = {.type = EVENT_LAB_ERROR, .phone = EVENT_PHONE_NONE, .note.text = text};
    recorder_event(course->recorder, &event);
}

void course_finish(struct course *course, int loop_result, const struct error *loop_error)
{
    uint64_t dropped = 0;
    if (course->over)
        return;
    course->over = true;
    page_reader_done(&course->reader);
    driver_done(&course->driver);
    loop_timer_cancel(&course->deadline);
    if (loop_result < 0)
        course_fail(course, loop_result, loop_error);
    struct error error = {0};
    int result = course->broken ? 0 : recorder_dropped(course->recorder, &dropped, &error);
    if (result == 0 && dropped > 0)
        result =
            error_set(&error, ERROR_LIMIT, "%llu frames were dropped before they could be read",
                      (unsigned long long)dropped);
    if (result < 0)
        course_fail(course, result, &error);
    if (course->broken)
        record_lab_error(course, course->error.text);
    struct event event = {.type = EVENT_END, .phone = EVENT_PHONE_NONE};
    recorder_event(course->recorder, &event);
    course->result = recorder_finish(course->recorder, &course->error);
}

void course_judgement(const struct course *course, struct judgement *ret_judgement)
{
    *ret_judgement = *judge_result(course->judge);
    if (course->result < 0)
        judgement_set_error(ret_judgement, course->error.text);
}
