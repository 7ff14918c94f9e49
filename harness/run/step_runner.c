/* SPDX-License-Identifier: MIT */
#include "harness/run/step_runner.h"
#include "harness/run/course.h"
#include "harness/scenario/load.h"
#include "harness/scenario/words.h"
#include <stdio.h>
#include <string.h>

enum { VALUE_BYTES_MAX = 1 << 20, TARGET_MAX = 64 };

bool step_runner_fail(struct step_runner *runner, int code, const struct error *error)
{
    course_fail(runner->course, code, error);
    return true;
}

/* --- events of what was done ---------------------------------------------------------------- */

void step_runner_record(struct step_runner *runner, size_t phone, bool page)
{
    struct event event = event_of_action(runner->step, (int)phone, page);
    recorder_event(runner->course->recorder, &event);
}

static bool record_setting(struct step_runner *runner, enum setting_kind what)
{
    int phone = runner->step->phone == STEP_ALL_PHONES ? EVENT_PHONE_NONE : runner->step->phone;
    struct event event = {.type = EVENT_SETTING, .phone = phone, .setting.what = what};
    recorder_event(runner->course->recorder, &event);
    return true;
}

/* --- what a phone is told ------------------------------------------------------------------- */

void step_runner_write_form(const struct step_runner *runner, struct buffer *form)
{
    const struct step *step = runner->step;
    struct buffer value;
    buffer_init(&value, VALUE_BYTES_MAX);
    for (size_t i = 0; i < step->set_count; i++) {
        if (i > 0)
            buffer_text(form, "&");
        buffer_url_encoded(form, step->set[i].name);
        buffer_text(form, "=");
        buffer_clear(&value);
        scenario_substitute(step->set[i].value, runner->course->site->substitutions, &value);
        buffer_url_encoded(form, buffer_string(&value));
    }
    buffer_done(&value);
}

int step_runner_publish(struct step_runner *runner, char url[STEP_RUNNER_URL_MAX],
                        struct error *error)
{
    struct site *site = runner->course->site;
    char target[TARGET_MAX], address[IPV4_TEXT_MAX];
    unsigned number = site->pushes++;
    if (number >= SITE_PUSHES_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d configurations pushed", SITE_PUSHES_MAX);
    site->push_aborts[number] =
        event_of_action(runner->step, EVENT_PHONE_NONE, false).action.aborts;
    snprintf(target, sizeof target, SITE_PUSH_PREFIX "%u.xml", number);
    snprintf(url, STEP_RUNNER_URL_MAX, "http://%s%s", ipv4_format(site->plan->lab.harness, address),
             target);
    return fake_server_publish(site_fake(site, EVENT_SERVER_OTHER), target, runner->step->set,
                               runner->step->set_count, error);
}

/* --- phones --------------------------------------------------------------------------------- */

static bool is_busy(const struct step_runner *runner)
{
    const struct course *course = runner->course;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        const struct action_driver *driver = course->phones[i].driver;
        if (driver->is_busy && driver->is_busy(runner, i))
            return true;
    }
    return false;
}

bool step_runner_settle(struct step_runner *runner)
{
    const struct course *course = runner->course;
    bool restored = false;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        const struct action_driver *driver = course->phones[i].driver;
        restored |= driver->restore_power && driver->restore_power(runner, i);
    }
    return !restored && !is_busy(runner);
}

static bool act(struct step_runner *runner)
{
    const struct step *step = runner->step;
    if (runner->fetch || is_busy(runner))
        return false;
    if (step->phone != STEP_ALL_PHONES) {
        if (runner->next_phone > 0)
            return false;
        runner->next_phone = (size_t)step->phone;
    }
    if (runner->next_phone >= runner->course->scenario->phone_count)
        return false;
    size_t phone = runner->next_phone++;
    return runner->course->phones[phone].driver->begin(runner, phone);
}

/* --- servers -------------------------------------------------------------------------------- */

static bool is_concerned(const struct step_runner *runner, size_t phone)
{
    return runner->step->phone == STEP_ALL_PHONES || (size_t)runner->step->phone == phone;
}

static bool set_dhcp(struct step_runner *runner)
{
    struct course *course = runner->course;
    struct error error;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        if (is_concerned(runner, i))
            course->site->phones[course->phones[i].site_index].dhcp = runner->step->dhcp;
    }
    int result = site_apply_dhcp(course->site, &error);
    return result < 0 ? step_runner_fail(runner, result, &error)
                      : record_setting(runner, SETTING_DHCP);
}

static bool set_server(struct step_runner *runner, enum event_server server, enum setting_kind what)
{
    struct course *course = runner->course;
    struct fake_server *fake = site_fake(course->site, server);
    struct error error;
    int result = 0;
    /* All of them where there is no other course: those whom nobody knows, too. */
    if (course->site->only_recorder && runner->step->phone == STEP_ALL_PHONES)
        result = fake_server_set_client(fake, FAKE_ALL_CLIENTS, &runner->step->behaviours, &error);
    else
        for (size_t i = 0; result == 0 && i < course->scenario->phone_count; i++)
            if (is_concerned(runner, i))
                result = fake_server_set_client(fake, (int)course->phones[i].site_index,
                                                &runner->step->behaviours, &error);
    return result < 0 ? step_runner_fail(runner, result, &error) : record_setting(runner, what);
}

static bool set_dns(struct step_runner *runner)
{
    struct course *course = runner->course;
    for (size_t i = 0; i < course->scenario->phone_count; i++)
        if (is_concerned(runner, i))
            site_set_dns(course->site, (int)course->phones[i].site_index, runner->step->dns);
    return record_setting(runner, SETTING_DNS);
}

static bool carry_out(struct step_runner *runner)
{
    switch (runner->step->kind) {
    case STEP_FACTORY_RESET:
    case STEP_REBOOT:
    case STEP_POWER_OFF:
    case STEP_POWER_ON:
    case STEP_CONFIGURE:
        return act(runner);
    case STEP_DHCP:
        return set_dhcp(runner);
    case STEP_DNS:
        return set_dns(runner);
    case STEP_EDOS:
        return set_server(runner, EVENT_SERVER_EDOS, SETTING_EDOS);
    case STEP_PROVISION:
        return set_server(runner, EVENT_SERVER_PROVISION, SETTING_PROVISION);
    case STEP_WAIT:
    case STEP_EXPECT:
    case STEP_NEVER:
    case STEP_STAYS:
        break;
    }
    return false;
}

bool step_runner_turn(struct step_runner *runner, const struct step *step)
{
    if (!step)
        return false;
    if (runner->step != step) {
        runner->step = step;
        runner->next_phone = 0;
    }
    return carry_out(runner);
}

void step_runner_done(struct step_runner *runner)
{
    fetch_cancel(runner->fetch);
    runner->fetch = NULL;
}
