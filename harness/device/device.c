/* SPDX-License-Identifier: MIT */
#include "harness/device/device.h"
#include "harness/device/command_driver.h"
#include "harness/device/page_driver.h"
#include "harness/device/person.h"
#include "harness/device/redaction.h"
#include "harness/device/snmp_driver.h"
#include <stdlib.h>

const char *const device_action_names[DEVICE_ACTIONS] = {[DEVICE_FACTORY_RESET] = "factory reset",
                                                         [DEVICE_REBOOT] = "reboot",
                                                         [DEVICE_POWER_OFF] = "power off",
                                                         [DEVICE_POWER_ON] = "power on",
                                                         [DEVICE_CONFIGURE] = "configure",
                                                         [DEVICE_RESYNC] = "resync",
                                                         [DEVICE_STATUS] = "status",
                                                         [DEVICE_PROBE_POWER] = "probe power"};

struct device {
    struct device_config config;
    struct redaction redaction;
    struct loop_debtor debtor;
    bool busy;
    device_done_fn *done;
    void *context;
    /* What is under way: at most one of these. */
    struct page_action *page;
    struct command_action *command;
    struct snmp_action *snmp;
    struct loop_timer timer; /* real time: a person was asked, or the pause without power */
};

/* --- which way ------------------------------------------------------------------------------ */

static const struct lab_command *command_of(const struct lab_phone *phone,
                                            enum device_action action)
{
    switch (action) {
    case DEVICE_FACTORY_RESET:
        return &phone->reset_command;
    case DEVICE_REBOOT:
        return &phone->reboot_command;
    case DEVICE_POWER_OFF:
        return &phone->power_off_command;
    case DEVICE_POWER_ON:
        return &phone->power_on_command;
    case DEVICE_CONFIGURE:
    case DEVICE_RESYNC:
    case DEVICE_STATUS:
    case DEVICE_PROBE_POWER:
        break;
    }
    return NULL;
}

static enum lab_driver given_driver(const struct lab_phone *phone, enum device_action action)
{
    switch (action) {
    case DEVICE_FACTORY_RESET:
        return phone->reset;
    case DEVICE_REBOOT:
        return phone->reboot;
    case DEVICE_POWER_OFF:
    case DEVICE_POWER_ON:
    case DEVICE_PROBE_POWER:
        return phone->power;
    case DEVICE_CONFIGURE:
    case DEVICE_RESYNC:
    case DEVICE_STATUS:
        break;
    }
    return LAB_DRIVER_WEB;
}

static bool is_power(enum device_action action)
{
    return action == DEVICE_POWER_OFF || action == DEVICE_POWER_ON;
}

/* A driver counts only where the action has one of that kind and the lab file gave what it needs.
 */
enum lab_driver device_way(const struct lab_phone *phone, enum device_action action)
{
    enum lab_driver way = given_driver(phone, action);
    const struct lab_command *command = command_of(phone, action);
    bool possible = false;
    switch (way) {
    case LAB_DRIVER_NONE:
        break;
    case LAB_DRIVER_WEB:
        possible = phone->web.given && !is_power(action) && action != DEVICE_PROBE_POWER;
        break;
    case LAB_DRIVER_MANUAL:
        possible = action != DEVICE_PROBE_POWER; /* a person is asked to do, not to tell */
        break;
    case LAB_DRIVER_COMMAND:
        possible = command && command->argument_count > 0;
        break;
    case LAB_DRIVER_POWER:
        possible = action == DEVICE_REBOOT &&
                   device_way(phone, DEVICE_POWER_OFF) != LAB_DRIVER_NONE &&
                   device_way(phone, DEVICE_POWER_ON) != LAB_DRIVER_NONE;
        break;
    case LAB_DRIVER_SNMP:
        possible = (is_power(action) || action == DEVICE_PROBE_POWER) && phone->snmp.host;
        break;
    }
    return possible ? way : LAB_DRIVER_NONE;
}

/* --- life ----------------------------------------------------------------------------------- */

static bool device_owes(void *context)
{
    const struct device *device = context;
    return device->busy;
}

int device_new(const struct device_config *config, struct device **ret_device, struct error *error)
{
    struct device *device = calloc(1, sizeof *device);
    if (!device)
        return error_set(error, ERROR_MEMORY, "out of memory");
    device->config = *config;
    if (config->page_max_us == 0)
        device->config.page_max_us = DEVICE_PAGE_MAX_US;
    if (config->snmp_max_us == 0)
        device->config.snmp_max_us = DEVICE_SNMP_MAX_US;
    if (config->command_max_us == 0)
        device->config.command_max_us = DEVICE_COMMAND_MAX_US;
    if (config->discharge_us == 0)
        device->config.discharge_us = DEVICE_DISCHARGE_US;
    int result = redaction_init(&device->redaction, config->phone, error);
    if (result < 0) {
        free(device);
        return result;
    }
    device->debtor =
        (struct loop_debtor){.owes = device_owes, .context = device, .name = config->phone->name};
    loop_debtor_add(config->loop, &device->debtor);
    *ret_device = device;
    return 0;
}

bool device_is_busy(const struct device *device)
{
    return device->busy;
}

void device_cancel(struct device *device)
{
    page_action_cancel(device->page);
    command_action_cancel(device->command);
    snmp_action_cancel(device->snmp);
    loop_timer_cancel(&device->timer);
    device->page = NULL;
    device->command = NULL;
    device->snmp = NULL;
    device->busy = false;
}

void device_free(struct device *device)
{
    if (!device)
        return;
    device_cancel(device);
    loop_debtor_remove(device->config.loop, &device->debtor);
    redaction_done(&device->redaction);
    free(device);
}

/* --- the end of an action ------------------------------------------------------------------- */

static int own_error(const struct device *device, int code, struct error *error)
{
    if (!error)
        return code;
    redaction_apply_error(&device->redaction, error);
    return error_prefix(error, code, "%s", device->config.phone->name);
}

/* The last thing that is done with the device: its owner may free it. */
static void finish(struct device *device, const struct device_result *result)
{
    struct device_result told = *result;
    struct error error;
    if (result->code < 0) {
        error = *result->error;
        own_error(device, result->code, &error);
        told.error = &error;
    }
    device->busy = false;
    device->done(device->context, &told);
}

static void forget_drivers(struct device *device)
{
    device->page = NULL;
    device->command = NULL;
    device->snmp = NULL;
}

static void action_ended(void *context, const struct device_result *result)
{
    struct device *device = context;
    forget_drivers(device);
    finish(device, result);
}

static void person_was_asked(void *context)
{
    finish(context, &(const struct device_result){.code = 0});
}

/* --- power ---------------------------------------------------------------------------------- */

static int switch_power(struct device *device, enum device_action action, device_done_fn *ended,
                        struct error *error)
{
    const struct device_config *config = &device->config;
    if (device_way(config->phone, action) == LAB_DRIVER_SNMP)
        return snmp_action_start(config, action, ended, device, &device->snmp, error);
    return command_action_start(config, &device->redaction, command_of(config->phone, action),
                                action, ended, device, &device->command, error);
}

static void power_stays_off(struct device *device, int code, const struct error *reason)
{
    struct error error = *reason;
    error_prefix(&error, code, "its power was taken and could not be given back");
    finish(device, &(const struct device_result){.code = code, .error = &error});
}

static void power_is_back(void *context, const struct device_result *result)
{
    struct device *device = context;
    forget_drivers(device);
    if (result->code < 0)
        power_stays_off(device, result->code, result->error);
    else
        finish(device, result);
}

static void pause_is_over(void *context)
{
    struct device *device = context;
    struct error error;
    int result = switch_power(device, DEVICE_POWER_ON, power_is_back, &error);
    if (result < 0)
        power_stays_off(device, result, &error);
}

static void power_is_off(void *context, const struct device_result *result)
{
    struct device *device = context;
    struct loop *loop = device->config.loop;
    forget_drivers(device);
    if (result->code < 0)
        finish(device, result);
    else
        loop_real_timer_set(loop, &device->timer,
                            loop_real_now_us(loop) + device->config.discharge_us, pause_is_over,
                            device);
}

/* --- the start of an action ----------------------------------------------------------------- */

static int ask_person(struct device *device, enum device_action action, struct error *error)
{
    const struct device_config *config = &device->config;
    char text[PERSON_TEXT_MAX];
    if (!config->ask)
        return error_set(error, ERROR_UNAVAILABLE,
                         "%s needs a person, and nobody is there to be asked: give the lab file "
                         "another way",
                         device_action_names[action]);
    config->ask(config->context, person_text(config->phone, action, text));
    loop_real_timer_set(config->loop, &device->timer, loop_real_now_us(config->loop),
                        person_was_asked, device);
    return 0;
}

/* Hands that take the power away can give it back: one request, not two. */
static int reboot_by_power(struct device *device, struct error *error)
{
    const struct lab_phone *phone = device->config.phone;
    if (device_way(phone, DEVICE_POWER_OFF) == LAB_DRIVER_MANUAL)
        return ask_person(device, DEVICE_REBOOT, error);
    return switch_power(device, DEVICE_POWER_OFF, power_is_off, error);
}

static int start(struct device *device, enum device_action action, uint32_t address,
                 const char *argument, struct error *error)
{
    const struct device_config *config = &device->config;
    switch (device_way(config->phone, action)) {
    case LAB_DRIVER_NONE:
        break;
    case LAB_DRIVER_WEB:
        return page_action_start(config, action, address, argument, action_ended, device,
                                 &device->page, error);
    case LAB_DRIVER_MANUAL:
        return ask_person(device, action, error);
    case LAB_DRIVER_POWER:
        return reboot_by_power(device, error);
    case LAB_DRIVER_COMMAND:
        return command_action_start(config, &device->redaction, command_of(config->phone, action),
                                    action, action_ended, device, &device->command, error);
    case LAB_DRIVER_SNMP:
        return switch_power(device, action, action_ended, error);
    }
    return error_set(error, ERROR_UNAVAILABLE, "the lab file gives no way for: %s",
                     device_action_names[action]);
}

int device_act(struct device *device, enum device_action action, uint32_t address,
               const char *argument, device_done_fn *done, void *context, struct error *error)
{
    int result;
    if (device->busy) {
        result = error_set(error, ERROR_LIMIT, "it is still busy with another action");
    } else {
        device->done = done;
        device->context = context;
        result = start(device, action, address, argument, error);
        device->busy = result == 0;
    }
    return result < 0 ? own_error(device, result, error) : 0;
}
