/* SPDX-License-Identifier: MIT */
#include "harness/run/driver.h"
#include "harness/run/course.h"
#include "harness/run/hands.h"
#include "harness/scenario/load.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_BYTES_MAX = 1 << 20, TARGET_MAX = 64 };

bool driver_parameter_aborts(const char *name)
{
    static const char *const profile_rules[] = {"Profile_Rule", "Profile_Rule_B", "Profile_Rule_C",
                                                "Profile_Rule_D"};
    for (size_t i = 0; i < sizeof profile_rules / sizeof profile_rules[0]; i++) {
        if (strcmp(name, profile_rules[i]) == 0)
            return true;
    }
    if (strncmp(name, "Proxy_", 6) != 0 || !isdigit((unsigned char)name[6]))
        return false;
    const char *end = name + 6 + strspn(name + 6, "0123456789");
    return strcmp(end, "_") == 0;
}

static bool step_aborts(const struct step *step)
{
    for (size_t i = 0; i < step->set_count; i++) {
        if (driver_parameter_aborts(step->set[i].name))
            return true;
    }
    return false;
}

bool driver_fail(struct driver *driver, int code, const struct error *error)
{
    course_fail(driver->course, code, error);
    return true;
}

/* --- events of what was done ---------------------------------------------------------------- */

static enum event_action action_of(const struct step *step)
{
    switch (step->kind) {
    case STEP_REBOOT:
        return ACTION_REBOOT;
    case STEP_POWER_OFF:
        return ACTION_POWER_OFF;
    case STEP_POWER_ON:
        return ACTION_POWER_ON;
    case STEP_CONFIGURE:
        return ACTION_CONFIGURE;
    default:
        return ACTION_FACTORY_RESET;
    }
}

void driver_record_action(struct driver *driver, size_t phone, bool page)
{
    const struct step *step = driver->step;
    struct event event = {
        .type = EVENT_ACTION,
        .phone = (int)phone,
        .action = {.what = action_of(step),
                   .by_page = page,
                   .by_push = step->kind == STEP_CONFIGURE && step->via == CONFIGURE_PUSH,
                   .aborts = step->kind == STEP_CONFIGURE && step_aborts(step)}};
    recorder_event(driver->course->recorder, &event);
}

static bool record_setting(struct driver *driver, enum setting_kind what)
{
    int phone = driver->step->phone == STEP_ALL_PHONES ? EVENT_PHONE_NONE : driver->step->phone;
    struct event event = {.type = EVENT_SETTING, .phone = phone, .setting.what = what};
    recorder_event(driver->course->recorder, &event);
    return true;
}

/* --- what a phone is told ------------------------------------------------------------------- */

void driver_write_form(const struct driver *driver, struct buffer *form)
{
    const struct step *step = driver->step;
    struct buffer value;
    buffer_init(&value, VALUE_BYTES_MAX);
    for (size_t i = 0; i < step->set_count; i++) {
        if (i > 0)
            buffer_text(form, "&");
        buffer_url_encoded(form, step->set[i].name);
        buffer_text(form, "=");
        buffer_clear(&value);
        scenario_substitute(step->set[i].value, driver->course->site->substitutions, &value);
        buffer_url_encoded(form, buffer_string(&value));
    }
    buffer_done(&value);
}

int driver_publish(struct driver *driver, char url[DRIVER_URL_MAX], struct error *error)
{
    struct site *site = driver->course->site;
    char target[TARGET_MAX], address[IPV4_TEXT_MAX];
    unsigned number = site->pushes++;
    if (number >= SITE_PUSHES_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d configurations pushed", SITE_PUSHES_MAX);
    site->push_aborts[number] = step_aborts(driver->step);
    snprintf(target, sizeof target, SITE_PUSH_PREFIX "%u.xml", number);
    snprintf(url, DRIVER_URL_MAX, "http://%s%s", ipv4_format(site->plan->lab.harness, address),
             target);
    return fake_server_publish(site_fake(site, EVENT_SERVER_OTHER), target, driver->step->set,
                               driver->step->set_count, error);
}

/* --- phones --------------------------------------------------------------------------------- */

static bool act(struct driver *driver)
{
    const struct step *step = driver->step;
    if (driver->fetch || hands_busy(driver))
        return false;
    if (step->phone != STEP_ALL_PHONES) {
        if (driver->next_phone > 0)
            return false;
        driver->next_phone = (size_t)step->phone;
    }
    if (driver->next_phone >= driver->course->scenario->phone_count)
        return false;
    size_t phone = driver->next_phone++;
    return driver->course->phones[phone].device ? hands_device(driver, phone)
                                                : hands_emulated(driver, phone);
}

/* --- servers -------------------------------------------------------------------------------- */

static bool is_concerned(const struct driver *driver, size_t phone)
{
    return driver->step->phone == STEP_ALL_PHONES || (size_t)driver->step->phone == phone;
}

static bool set_dhcp(struct driver *driver)
{
    struct course *course = driver->course;
    struct error error;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        if (is_concerned(driver, i))
            course->site->phones[course->phones[i].site_index].dhcp = driver->step->dhcp;
    }
    int result = site_apply_dhcp(course->site, &error);
    return result < 0 ? driver_fail(driver, result, &error) : record_setting(driver, SETTING_DHCP);
}

static bool set_server(struct driver *driver, enum event_server server, enum setting_kind what)
{
    struct course *course = driver->course;
    struct fake_server *fake = site_fake(course->site, server);
    struct error error;
    int result = 0;
    /* All of them where there is no other course: those whom nobody knows, too. */
    if (course->site->only_recorder && driver->step->phone == STEP_ALL_PHONES)
        result = fake_server_set_client(fake, FAKE_ALL_CLIENTS, &driver->step->behaviours, &error);
    else
        for (size_t i = 0; result == 0 && i < course->scenario->phone_count; i++)
            if (is_concerned(driver, i))
                result = fake_server_set_client(fake, (int)course->phones[i].site_index,
                                                &driver->step->behaviours, &error);
    return result < 0 ? driver_fail(driver, result, &error) : record_setting(driver, what);
}

static bool set_dns(struct driver *driver)
{
    struct course *course = driver->course;
    for (size_t i = 0; i < course->scenario->phone_count; i++)
        if (is_concerned(driver, i))
            site_set_dns(course->site, (int)course->phones[i].site_index, driver->step->dns);
    return record_setting(driver, SETTING_DNS);
}

static bool carry_out(struct driver *driver)
{
    switch (driver->step->kind) {
    case STEP_FACTORY_RESET:
    case STEP_REBOOT:
    case STEP_POWER_OFF:
    case STEP_POWER_ON:
    case STEP_CONFIGURE:
        return act(driver);
    case STEP_DHCP:
        return set_dhcp(driver);
    case STEP_DNS:
        return set_dns(driver);
    case STEP_EDOS:
        return set_server(driver, EVENT_SERVER_EDOS, SETTING_EDOS);
    case STEP_PROVISION:
        return set_server(driver, EVENT_SERVER_PROVISION, SETTING_PROVISION);
    case STEP_WAIT:
    case STEP_EXPECT:
    case STEP_NEVER:
    case STEP_STAYS:
        break;
    }
    return false;
}

bool driver_turn(struct driver *driver, const struct step *step)
{
    if (!step)
        return false;
    if (driver->step != step) {
        driver->step = step;
        driver->next_phone = 0;
    }
    return carry_out(driver);
}

void driver_done(struct driver *driver)
{
    fetch_cancel(driver->fetch);
    driver->fetch = NULL;
}
