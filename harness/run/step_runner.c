/* SPDX-License-Identifier: MIT */
#include "harness/run/step_runner.h"
#include "harness/run/page_reader.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <string.h>

enum {
    VALUE_BYTES_MAX = 1 << 20,
    FORM_BYTES_MAX = 1 << 20,
    ANSWER_BYTES_MAX = 1 << 20,
    TARGET_MAX = 64,
    URL_MAX = 512
};

/* True, as of a step that was carried out: there is nothing more to be done with it. */
static bool fail(struct course *course, int code, const struct error *error)
{
    course_fail(course, code, error);
    return true;
}

/* --- events of what was done ------------------------------------------------------------------ */

static void record_action(struct course *course, size_t phone, bool page)
{
    struct event event = event_of_action(course->doing.step, (int)phone, page);
    recorder_event(course->recorder, &event);
}

static bool record_setting(struct course *course, enum setting_kind what)
{
    int phone = course->doing.step->phone;
    phone = phone == STEP_ALL_PHONES ? EVENT_PHONE_NONE : phone;
    struct event event = {.type = EVENT_SETTING, .phone = phone, .setting.what = what};
    recorder_event(course->recorder, &event);
    return true;
}

/* --- what a phone is told --------------------------------------------------------------------- */

/* The parameters of the present step, as a form that a phone's page takes. */
static void write_form(const struct course *course, struct buffer *form)
{
    const struct step *step = course->doing.step;
    struct buffer value;
    buffer_init(&value, VALUE_BYTES_MAX);
    for (size_t i = 0; i < step->set_count; i++) {
        if (i > 0)
            buffer_text(form, "&");
        buffer_url_encoded(form, step->set[i].name);
        buffer_text(form, "=");
        buffer_clear(&value);
        scenario_substitute(step->set[i].value, course->site->substitutions, &value);
        buffer_url_encoded(form, buffer_string(&value));
    }
    buffer_done(&value);
}

/* Publishes the parameters of the present step as a config XML; url: where a phone gets it. */
static int publish(struct course *course, char url[URL_MAX], struct error *error)
{
    const struct step *step = course->doing.step;
    struct site *site = course->site;
    char target[TARGET_MAX], address[IPV4_TEXT_MAX];
    unsigned number = site->pushes++;
    if (number >= SITE_PUSHES_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d configurations pushed", SITE_PUSHES_MAX);
    site->push_aborts[number] = event_of_action(step, EVENT_PHONE_NONE, false).action.aborts;
    snprintf(target, sizeof target, SITE_PUSH_PREFIX "%u.xml", number);
    snprintf(url, URL_MAX, "http://%s%s", ipv4_format(site->plan->lab.harness, address), target);
    return fake_server_publish(site_fake(site, EVENT_SERVER_OTHER), target, step->set,
                               step->set_count, error);
}

/* --- an emulated phone: its web page ---------------------------------------------------------- */

static void page_answered(void *context, const struct fetch_result *result)
{
    struct course *course = context;
    size_t phone = course->doing.next_phone - 1;
    course->doing.fetch = NULL;
    if (result->outcome == FETCH_OK && result->status == 200) {
        record_action(course, phone, true);
        return;
    }
    struct error error;
    error_set(&error, ERROR_FAILED, "%s: its web page did not take the command: %s (status %u)",
              course->phone_names[phone],
              result->outcome == FETCH_OK ? "it was refused" : result->text, result->status);
    fail(course, ERROR_FAILED, &error);
}

static bool page_command(struct course *course, size_t phone, const char *path,
                         const struct buffer *form)
{
    char url[2 * URL_MAX + IPV4_TEXT_MAX], address[IPV4_TEXT_MAX];
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
    int result = fetch_start(course->site->fetcher, &request, page_answered, course,
                             &course->doing.fetch, &error);
    return result == 0 || fail(course, result, &error);
}

static bool configure_by_form(struct course *course, size_t phone)
{
    struct buffer form;
    buffer_init(&form, FORM_BYTES_MAX);
    write_form(course, &form);
    bool done = page_command(course, phone, vendor_default()->page.configure, &form);
    buffer_done(&form);
    return done;
}

/* A config XML of the harness's own, which the phone is told to fetch. */
static bool configure_by_push(struct course *course, size_t phone)
{
    char url[URL_MAX], command[2 * URL_MAX];
    struct error error;
    int result = publish(course, url, &error);
    if (result < 0)
        return fail(course, result, &error);
    snprintf(command, sizeof command, "%s?%s", vendor_default()->page.resync, url);
    return page_command(course, phone, command, NULL);
}

static bool configure(struct course *course, size_t phone)
{
    if (!course_phone_reachable(course, phone)) {
        struct error error;
        error_set(&error, ERROR_FAILED,
                  "%s cannot be configured: it has no address at this point of the scenario, or "
                  "nothing passes its line",
                  course->phone_names[phone]);
        return fail(course, ERROR_FAILED, &error);
    }
    return course->doing.step->via == CONFIGURE_WEB ? configure_by_form(course, phone)
                                                    : configure_by_push(course, phone);
}

/* --- an emulated phone: keys and power -------------------------------------------------------- */

static bool by_hand(struct course *course, size_t phone)
{
    struct emulated_phone *device = course->phones[phone].emulated;
    struct error error;
    int result = 0;
    /* Recorded first: what the phone does about it comes later. */
    record_action(course, phone, false);
    switch (course->doing.step->kind) {
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
    return result == 0 || fail(course, result, &error);
}

static bool begin_emulated(struct course *course, size_t phone)
{
    const struct vendor_page *page = &vendor_default()->page;
    bool reachable = !course->scenario->page_none && course_phone_reachable(course, phone) &&
                     emulated_phone_is_on(course->phones[phone].emulated);
    switch (course->doing.step->kind) {
    case STEP_CONFIGURE:
        return configure(course, phone);
    case STEP_FACTORY_RESET:
        if (reachable)
            return page_command(course, phone, page->reset, NULL);
        break;
    case STEP_REBOOT:
        if (reachable)
            return page_command(course, phone, page->reboot, NULL);
        break;
    default:
        break;
    }
    return by_hand(course, phone);
}

/* --- a real device, by the drivers of its lab file -------------------------------------------- */

static void told(void *context, const struct device_result *result)
{
    struct course *course = context;
    if (result->code < 0)
        course_fail_device(course, course->doing.next_phone - 1, result->code, result->error);
}

/* A page that can be read takes commands, too. */
static bool is_ready(const struct course *course, size_t phone)
{
    return course_phone_reachable(course, phone) &&
           (course->phones[phone].page_up || !page_reader_has_page(course, phone));
}

/* It may be booting, or about to ask for an address. */
static bool wait_for_address(struct course *course, size_t phone)
{
    struct course_phone *slot = &course->phones[phone];
    if (slot->reach_due_us == LOOP_NEVER)
        slot->reach_due_us = loop_now_us(course->site->loop) + COURSE_BOOT_MAX_US;
    course->doing.next_phone = phone; /* again at the next turn */
    return false;
}

static bool begin_device(struct course *course, size_t phone)
{
    struct course_phone *slot = &course->phones[phone];
    enum device_action action;
    char url[URL_MAX];
    const char *argument = NULL;
    struct buffer form;
    struct error error;
    int result = 0;
    if (!device_action_of(course->doing.step, &action))
        return false;
    bool by_page = device_way(slot->lab_phone, action) == LAB_DRIVER_WEB;
    if (by_page && !is_ready(course, phone))
        return wait_for_address(course, phone);
    slot->reach_due_us = LOOP_NEVER;
    buffer_init(&form, FORM_BYTES_MAX);
    if (action == DEVICE_CONFIGURE) {
        write_form(course, &form);
        argument = buffer_string(&form);
    } else if (action == DEVICE_RESYNC) {
        result = publish(course, url, &error);
        argument = url;
    }
    uint32_t address = course_phone_address(course, phone);
    /* Recorded first: what the phone does about it may come before the driver has ended. */
    if (result == 0)
        record_action(course, phone, by_page);
    if (result == 0)
        result = device_act(slot->device, action, address, argument, told, course, &error);
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

static bool restore_power(struct course_phone *slot)
{
    struct error error;
    if (!slot->device || !slot->off || device_is_busy(slot->device))
        return false;
    slot->off = false;
    return device_act(slot->device, DEVICE_POWER_ON, 0, NULL, powered, NULL, &error) == 0;
}

/* --- phones ----------------------------------------------------------------------------------- */

static bool is_busy(const struct course *course)
{
    for (size_t i = 0; course->has_devices && i < course->scenario->phone_count; i++) {
        if (course->phones[i].device && device_is_busy(course->phones[i].device))
            return true;
    }
    return false;
}

bool step_runner_settle(struct course *course)
{
    bool restored = false;
    for (size_t i = 0; course->has_devices && i < course->scenario->phone_count; i++)
        restored |= restore_power(&course->phones[i]);
    return !restored && !is_busy(course);
}

static bool act(struct course *course)
{
    struct course_doing *doing = &course->doing;
    if (doing->fetch || is_busy(course))
        return false;
    if (doing->step->phone != STEP_ALL_PHONES) {
        if (doing->next_phone > 0)
            return false;
        doing->next_phone = (size_t)doing->step->phone;
    }
    if (doing->next_phone >= course->scenario->phone_count)
        return false;
    size_t phone = doing->next_phone++;
    return course->phones[phone].device ? begin_device(course, phone)
                                        : begin_emulated(course, phone);
}

/* --- servers ---------------------------------------------------------------------------------- */

static bool is_concerned(const struct course *course, size_t phone)
{
    return course->doing.step->phone == STEP_ALL_PHONES ||
           (size_t)course->doing.step->phone == phone;
}

static bool set_dhcp(struct course *course)
{
    struct error error;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        if (is_concerned(course, i))
            course->site->phones[course->phones[i].site_index].dhcp = course->doing.step->dhcp;
    }
    int result = site_apply_dhcp(course->site, &error);
    return result < 0 ? fail(course, result, &error) : record_setting(course, SETTING_DHCP);
}

static bool set_server(struct course *course, enum event_server server, enum setting_kind what)
{
    struct fake_server *fake = site_fake(course->site, server);
    struct error error;
    int result = 0;
    /* All of them where there is no other course: those whom nobody knows, too. */
    if (course->site->only_recorder && course->doing.step->phone == STEP_ALL_PHONES)
        result = fake_server_set(fake, FAKE_ALL_CLIENTS, &course->doing.step->behaviours, &error);
    else
        for (size_t i = 0; result == 0 && i < course->scenario->phone_count; i++)
            if (is_concerned(course, i))
                result = fake_server_set(fake, (int)course->phones[i].site_index,
                                         &course->doing.step->behaviours, &error);
    return result < 0 ? fail(course, result, &error) : record_setting(course, what);
}

static bool set_dns(struct course *course)
{
    for (size_t i = 0; i < course->scenario->phone_count; i++)
        if (is_concerned(course, i))
            site_set_dns(course->site, (int)course->phones[i].site_index, course->doing.step->dns);
    return record_setting(course, SETTING_DNS);
}

static bool set_network(struct course *course)
{
    const struct scenario_network *network = course->doing.step->network;
    struct error error;
    int result = 0;
    record_setting(course, SETTING_NETWORK); /* what it does to a phone comes later */
    for (size_t i = 0; result == 0 && i < course->scenario->phone_count; i++)
        if (is_concerned(course, i))
            result =
                site_set_network(course->site, (int)course->phones[i].site_index, network, &error);
    return result == 0 || fail(course, result, &error);
}

static bool carry_out(struct course *course)
{
    switch (course->doing.step->kind) {
    case STEP_FACTORY_RESET:
    case STEP_REBOOT:
    case STEP_POWER_OFF:
    case STEP_POWER_ON:
    case STEP_CONFIGURE:
        return act(course);
    case STEP_DHCP:
        return set_dhcp(course);
    case STEP_DNS:
        return set_dns(course);
    case STEP_EDOS:
        return set_server(course, EVENT_SERVER_EDOS, SETTING_EDOS);
    case STEP_PROVISION:
        return set_server(course, EVENT_SERVER_PROVISION, SETTING_PROVISION);
    case STEP_NETWORK:
        return set_network(course);
    case STEP_WAIT:
    case STEP_EXPECT:
    case STEP_NEVER:
    case STEP_STAYS:
        break;
    }
    return false;
}

bool step_runner_turn(struct course *course, const struct step *step)
{
    if (!step)
        return false;
    if (course->doing.step != step) {
        course->doing.step = step;
        course->doing.next_phone = 0;
    }
    return carry_out(course);
}

void step_runner_done(struct course *course)
{
    fetch_cancel(course->doing.fetch);
    course->doing.fetch = NULL;
}
