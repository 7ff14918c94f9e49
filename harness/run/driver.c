/* SPDX-License-Identifier: MIT */
#include "harness/run/driver.h"
#include "harness/run/world_events.h"
#include "harness/scenario/load.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { URL_MAX = 512, FORM_BYTES_MAX = 1 << 20, ANSWER_BYTES_MAX = 1 << 20, TARGET_MAX = 64 };

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

static bool fail(struct driver *driver, int code, const struct error *error)
{
    loop_fail(driver->world->loop, code, error);
    return true;
}

/* --- events of what was done -------------------------------------------------------------------
 */

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

static void record_action(struct driver *driver, size_t phone, bool page)
{
    const struct step *step = driver->step;
    struct event event = {.type = EVENT_ACTION,
                          .phone = (int)phone,
                          .action = action_of(step),
                          .page = page,
                          .push = step->kind == STEP_CONFIGURE && step->via == CONFIGURE_PUSH,
                          .aborts = step->kind == STEP_CONFIGURE && step_aborts(step)};
    recorder_event(driver->world->recorder, &event);
}

static bool record_setting(struct driver *driver, const char *name)
{
    int phone = driver->step->phone == STEP_ALL_PHONES ? EVENT_PHONE_NONE : driver->step->phone;
    struct event event = {.type = EVENT_SETTING, .phone = phone, .name = name};
    recorder_event(driver->world->recorder, &event);
    return true;
}

/* --- the phone's web page ------------------------------------------------------------------------
 */

static void page_answered(void *context, const struct fetch_result *result)
{
    struct driver *driver = context;
    size_t phone = driver->next_phone - 1;
    driver->fetch = NULL;
    if (result->outcome == FETCH_OK && result->status == 200) {
        record_action(driver, phone, true);
        return;
    }
    struct error error;
    error_set(&error, ERROR_FAILED, "%s: its web page did not take the command: %s (status %u)",
              driver->world->phone_names[phone],
              result->outcome == FETCH_OK ? "it was refused" : result->text, result->status);
    fail(driver, ERROR_FAILED, &error);
}

static bool page_command(struct driver *driver, size_t phone, const char *path,
                         const struct buffer *form)
{
    struct world *world = driver->world;
    char url[URL_MAX], address[IPV4_TEXT_MAX];
    struct error error;
    ipv4_format(observer_phone_address(recorder_observer(world->recorder), (int)phone), address);
    snprintf(url, sizeof url, "http://%s%s", address, path);
    struct fetch_request request = {.url = url,
                                    .method = form ? "POST" : NULL,
                                    .body = form ? form->data : NULL,
                                    .body_length = form ? form->length : 0,
                                    .content_type =
                                        form ? "application/x-www-form-urlencoded" : NULL,
                                    .user = WORLD_ADMIN_USER,
                                    .password = WORLD_ADMIN_PASSWORD,
                                    .body_bytes_max = ANSWER_BYTES_MAX};
    int result =
        fetch_start(world->fetcher, &request, page_answered, driver, &driver->fetch, &error);
    return result == 0 || fail(driver, result, &error);
}

static bool configure_by_form(struct driver *driver, size_t phone)
{
    const struct step *step = driver->step;
    struct buffer form, value;
    buffer_init(&form, FORM_BYTES_MAX);
    buffer_init(&value, FORM_BYTES_MAX);
    for (size_t i = 0; i < step->set_count; i++) {
        if (i > 0)
            buffer_text(&form, "&");
        buffer_url_encoded(&form, step->set[i].name);
        buffer_text(&form, "=");
        buffer_clear(&value);
        scenario_substitute(step->set[i].value, driver->world->substitutions, &value);
        buffer_url_encoded(&form, buffer_string(&value));
    }
    bool done = page_command(driver, phone, "/admin/bcisco.csc", &form);
    buffer_done(&form);
    buffer_done(&value);
    return done;
}

/* A config XML of the harness's own, which the phone is told to fetch. */
static bool configure_by_push(struct driver *driver, size_t phone)
{
    struct world *world = driver->world;
    char target[TARGET_MAX], command[URL_MAX], address[IPV4_TEXT_MAX];
    struct error error;
    unsigned number = driver->pushes++;
    if (number >= WORLD_PUSHES_MAX) {
        error_set(&error, ERROR_LIMIT, "more than %d configurations pushed", WORLD_PUSHES_MAX);
        return fail(driver, ERROR_LIMIT, &error);
    }
    world->push_aborts[number] = step_aborts(driver->step);
    snprintf(target, sizeof target, WORLD_PUSH_PREFIX "%u.xml", number);
    int result = fake_server_publish(world_fake(world, EVENT_SERVER_OTHER), target,
                                     driver->step->set, driver->step->set_count, &error);
    if (result < 0)
        return fail(driver, result, &error);
    snprintf(command, sizeof command, "/admin/resync?http://%s%s",
             ipv4_format(LAB_HARNESS, address), target);
    return page_command(driver, phone, command, NULL);
}

static bool configure(struct driver *driver, size_t phone)
{
    if (!world_phone_reachable(driver->world, phone)) {
        struct error error;
        error_set(&error, ERROR_FAILED,
                  "%s cannot be configured: it has no address at this point of the scenario",
                  driver->world->phone_names[phone]);
        return fail(driver, ERROR_FAILED, &error);
    }
    return driver->step->via == CONFIGURE_WEB ? configure_by_form(driver, phone)
                                              : configure_by_push(driver, phone);
}

/* --- keys and power
 * -------------------------------------------------------------------------------- */

static bool by_hand(struct driver *driver, size_t phone)
{
    struct emulated_phone *device = driver->world->phones[phone].phone;
    struct error error;
    int result = 0;
    /* Recorded first: what the phone does about it comes later. */
    record_action(driver, phone, false);
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
    return result == 0 || fail(driver, result, &error);
}

static bool act_on_phone(struct driver *driver, size_t phone)
{
    bool reachable = !driver->world->scenario->page_none &&
                     world_phone_reachable(driver->world, phone) &&
                     emulated_phone_is_on(driver->world->phones[phone].phone);
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

static bool act(struct driver *driver)
{
    const struct step *step = driver->step;
    if (driver->fetch)
        return false;
    if (step->phone != STEP_ALL_PHONES) {
        if (driver->next_phone > 0)
            return false;
        driver->next_phone = (size_t)step->phone;
    }
    if (driver->next_phone >= driver->world->phone_count)
        return false;
    return act_on_phone(driver, driver->next_phone++);
}

/* --- servers
 * ----------------------------------------------------------------------------------------- */

static bool set_dhcp(struct driver *driver)
{
    struct world *world = driver->world;
    struct error error;
    for (size_t i = 0; i < world->phone_count; i++) {
        if (driver->step->phone == STEP_ALL_PHONES || (size_t)driver->step->phone == i)
            world->phones[i].dhcp = driver->step->dhcp;
    }
    int result = world_apply_dhcp(world, &error);
    return result < 0 ? fail(driver, result, &error) : record_setting(driver, "dhcp");
}

static bool set_server(struct driver *driver, enum event_server server, const char *name)
{
    struct error error;
    int client = driver->step->phone == STEP_ALL_PHONES ? FAKE_ALL_CLIENTS : driver->step->phone;
    int result = fake_server_set_client(world_fake(driver->world, server), client,
                                        &driver->step->behaviours, &error);
    return result < 0 ? fail(driver, result, &error) : record_setting(driver, name);
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
        name_stub_set(driver->world->stub, driver->step->dns);
        return record_setting(driver, "dns");
    case STEP_EDOS:
        return set_server(driver, EVENT_SERVER_EDOS, "edos");
    case STEP_PROVISION:
        return set_server(driver, EVENT_SERVER_PROVISION, "provision");
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
