/* SPDX-License-Identifier: MIT */
#include "harness/device/device.h"
#include "harness/base/duration.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { REQUEST_TEXT_MAX = 512 };

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
    device_done_fn *done;
    void *context;
    struct driver_action *under_way; /* NULL = none */
    struct loop_timer timer;         /* real time: a person was asked, or the pause without power */
};

/* --- which action, and which way ------------------------------------------------------------ */

bool device_action_of(const struct step *step, enum device_action *ret_action)
{
    switch (step->kind) {
    case STEP_FACTORY_RESET:
        *ret_action = DEVICE_FACTORY_RESET;
        return true;
    case STEP_REBOOT:
        *ret_action = DEVICE_REBOOT;
        return true;
    case STEP_POWER_OFF:
        *ret_action = DEVICE_POWER_OFF;
        return true;
    case STEP_POWER_ON:
        *ret_action = DEVICE_POWER_ON;
        return true;
    case STEP_CONFIGURE:
        *ret_action = step->via == CONFIGURE_WEB ? DEVICE_CONFIGURE : DEVICE_RESYNC;
        return true;
    default:
        return false;
    }
}

/* What the lab file gives for an action. */
struct given {
    enum lab_driver driver;
    const struct lab_command *command; /* NULL: no command does that */
};
static struct given given_for(const struct lab_phone *phone, enum device_action action)
{
    switch (action) {
    case DEVICE_FACTORY_RESET:
        return (struct given){phone->reset, &phone->reset_command};
    case DEVICE_REBOOT:
        return (struct given){phone->reboot, &phone->reboot_command};
    case DEVICE_POWER_OFF:
        return (struct given){phone->power, &phone->power_off_command};
    case DEVICE_POWER_ON:
        return (struct given){phone->power, &phone->power_on_command};
    case DEVICE_PROBE_POWER:
        return (struct given){phone->power, NULL};
    case DEVICE_CONFIGURE:
    case DEVICE_RESYNC:
    case DEVICE_STATUS:
        break;
    }
    return (struct given){LAB_DRIVER_WEB, NULL};
}

static bool is_power(enum device_action action)
{
    return action == DEVICE_POWER_OFF || action == DEVICE_POWER_ON;
}

/* A driver counts only where the action has one of that kind and the lab file gave what it needs.
 */
enum lab_driver device_way(const struct lab_phone *phone, enum device_action action)
{
    struct given given = given_for(phone, action);
    bool possible = false;
    switch (given.driver) {
    case LAB_DRIVER_NONE:
        break;
    case LAB_DRIVER_WEB:
        possible = phone->web.given && !is_power(action) && action != DEVICE_PROBE_POWER;
        break;
    case LAB_DRIVER_MANUAL:
        possible = action != DEVICE_PROBE_POWER; /* a person is asked to do, not to tell */
        break;
    case LAB_DRIVER_COMMAND:
        possible = given.command && given.command->argument_count > 0;
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
    return possible ? given.driver : LAB_DRIVER_NONE;
}

/* --- life ----------------------------------------------------------------------------------- */

bool device_is_busy(const struct device *device)
{
    return device->under_way || loop_timer_is_set(&device->timer);
}

static bool device_owes(void *context)
{
    return device_is_busy(context);
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

static void free_action(struct driver_action *action)
{
    loop_timer_cancel(&action->page_limit);
    free(action);
}

void device_cancel(struct device *device)
{
    if (device->under_way) {
        child_kill(device->under_way->child);
        fetch_cancel(device->under_way->page);
        free_action(device->under_way);
    }
    loop_timer_cancel(&device->timer);
    device->under_way = NULL;
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
    device->done(device->context, &told);
}

static void driver_ended(struct driver_action *action, const struct device_result *result)
{
    struct device *device = action->context;
    device_done_fn *done = action->done;
    device->under_way = NULL;
    free_action(action);
    done(device, result);
}

static void action_ended(void *context, const struct device_result *result)
{
    finish(context, result);
}

static void person_was_asked(void *context)
{
    finish(context, &(const struct device_result){.code = 0});
}

/* --- an action by a driver, and power ------------------------------------------------------- */

static int begin(struct device *device, enum device_action action, uint32_t address,
                 const char *argument, device_done_fn *ended, struct error *error)
{
    const struct device_config *config = &device->config;
    enum lab_driver way = device_way(config->phone, action);
    struct driver_action *begun = calloc(1, sizeof *begun);
    if (!begun)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *begun = (struct driver_action){.config = config,
                                    .redaction = &device->redaction,
                                    .action = action,
                                    .action_name = device_action_names[action],
                                    .command = given_for(config->phone, action).command,
                                    .address = address,
                                    .argument = argument,
                                    .done = ended,
                                    .context = device,
                                    .ended = driver_ended};
    int result = way == LAB_DRIVER_WEB    ? page_driver_start(begun, error)
                 : way == LAB_DRIVER_SNMP ? snmp_driver_start(begun, error)
                                          : command_driver_start(begun, error);
    if (result < 0)
        free_action(begun);
    else
        device->under_way = begun;
    return result;
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
    if (result->code < 0)
        power_stays_off(device, result->code, result->error);
    else
        finish(device, result);
}

static void pause_is_over(void *context)
{
    struct device *device = context;
    struct error error;
    int result = begin(device, DEVICE_POWER_ON, 0, NULL, power_is_back, &error);
    if (result < 0)
        power_stays_off(device, result, &error);
}

static void power_is_off(void *context, const struct device_result *result)
{
    struct device *device = context;
    struct loop *loop = device->config.loop;
    if (result->code < 0)
        finish(device, result);
    else
        loop_real_timer_set(loop, &device->timer, monotonic_us() + device->config.discharge_us,
                            pause_is_over, device);
}

/* --- the start of an action ----------------------------------------------------------------- */

static const char *const requests[DEVICE_ACTIONS] = {
    [DEVICE_FACTORY_RESET] =
        "reset it to factory settings: take its power away, hold the key # down while you give it "
        "power again, let go after a few seconds, then type 123456789*0#",
    [DEVICE_REBOOT] =
        "restart it: take its power away (a phone fed by its network cable: unplug that), wait 5 "
        "seconds, then give it back",
    [DEVICE_POWER_OFF] =
        "take its power away (a phone fed by its network cable: unplug that) and leave it so",
    [DEVICE_POWER_ON] = "give it power again (a phone fed by its network cable: plug that in)",
};

static int ask_person(struct device *device, enum device_action action, struct error *error)
{
    const struct device_config *config = &device->config;
    const struct lab_phone *phone = config->phone;
    char text[REQUEST_TEXT_MAX], mac[MAC_TEXT_MAX];
    if (!config->ask)
        return error_set(error, ERROR_UNAVAILABLE,
                         "%s needs a person, and nobody is there to be asked: give the lab file "
                         "another way",
                         device_action_names[action]);
    assert(requests[action]);
    snprintf(text, sizeof text, "%s (%s, %s): please %s", phone->name,
             phone->model ? phone->model : "a phone", mac_format(&phone->mac, mac),
             requests[action]);
    config->ask(config->context, text);
    loop_real_timer_set(config->loop, &device->timer, monotonic_us(), person_was_asked, device);
    return 0;
}

/* Hands that take the power away can give it back: one request, not two. */
static int reboot_by_power(struct device *device, struct error *error)
{
    const struct lab_phone *phone = device->config.phone;
    if (device_way(phone, DEVICE_POWER_OFF) == LAB_DRIVER_MANUAL)
        return ask_person(device, DEVICE_REBOOT, error);
    return begin(device, DEVICE_POWER_OFF, 0, NULL, power_is_off, error);
}

static int start(struct device *device, enum device_action action, uint32_t address,
                 const char *argument, struct error *error)
{
    const struct device_config *config = &device->config;
    switch (device_way(config->phone, action)) {
    case LAB_DRIVER_NONE:
        break;
    case LAB_DRIVER_MANUAL:
        return ask_person(device, action, error);
    case LAB_DRIVER_POWER:
        return reboot_by_power(device, error);
    case LAB_DRIVER_WEB:
    case LAB_DRIVER_COMMAND:
    case LAB_DRIVER_SNMP:
        return begin(device, action, address, argument, action_ended, error);
    }
    return error_set(error, ERROR_UNAVAILABLE, "the lab file gives no way for: %s",
                     device_action_names[action]);
}

int device_act(struct device *device, enum device_action action, uint32_t address,
               const char *argument, device_done_fn *done, void *context, struct error *error)
{
    int result;
    if (device_is_busy(device)) {
        result = error_set(error, ERROR_LIMIT, "it is still busy with another action");
    } else {
        device->done = done;
        device->context = context;
        result = start(device, action, address, argument, error);
    }
    return result < 0 ? own_error(device, result, error) : 0;
}
