/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_needs.h"
#include "harness/device/device.h"

typedef bool behaviour_test(const struct behaviour *behaviour);

static bool any(const struct behaviour_list *behaviours, behaviour_test *is_such)
{
    for (size_t i = 0; i < behaviours->count; i++) {
        if (is_such(&behaviours->items[i]))
            return true;
    }
    return false;
}

/* At any time of the scenario, at this server. */
static bool behaves(const struct scenario *scenario, enum step_kind server, behaviour_test *is_such)
{
    if (any(server == STEP_EDOS ? &scenario->edos : &scenario->provision, is_such))
        return true;
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct step *step = &scenario->steps[i];
        if (step->kind == server && any(&step->behaviours, is_such))
            return true;
    }
    return false;
}

static bool is_refusal(const struct behaviour *behaviour)
{
    return behaviour->kind == BEHAVIOUR_REFUSE;
}

/* A closed port is closed to everybody: such a scenario has the wire to itself. */
bool rack_needs_wire_alone(const struct scenario *scenario)
{
    return behaves(scenario, STEP_EDOS, is_refusal) ||
           behaves(scenario, STEP_PROVISION, is_refusal);
}

/* A phone that refuses it must do so for what is wrong with it, and not for its authority. */
static bool shows_flawed_certificate(const struct behaviour *behaviour)
{
    return behaviour->tls == BEHAVIOUR_TLS_EXPIRED || behaviour->tls == BEHAVIOUR_TLS_WRONG_HOST;
}

static bool cannot_flaw_certificate(const struct lab_file *lab, const struct scenario *scenario,
                                    struct buffer *reason)
{
    bool edos = lab->edos.certificate_pem && behaves(scenario, STEP_EDOS, shows_flawed_certificate);
    bool provision = lab->provision.certificate_pem &&
                     behaves(scenario, STEP_PROVISION, shows_flawed_certificate);
    if (!edos && !provision)
        return false;
    buffer_format(
        reason,
        "it shows a certificate that is expired or another host's, which the authority of "
        "the certificate in the lab file (`%s`) would have to issue",
        edos ? "edos" : "provision");
    return true;
}

static bool step_does(const struct step *step, enum device_action *ret_action)
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

static const char *key_of(enum device_action action)
{
    switch (action) {
    case DEVICE_FACTORY_RESET:
        return "reset";
    case DEVICE_REBOOT:
        return "reboot";
    case DEVICE_CONFIGURE:
    case DEVICE_RESYNC:
        return "web";
    default:
        return "power";
    }
}

static bool lacks_way(const struct scenario *scenario, const struct lab_phone *phone,
                      bool no_prompt, struct buffer *reason)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        enum device_action action;
        if (!step_does(&scenario->steps[i], &action))
            continue;
        enum lab_driver way = device_way(phone, action);
        if (way == LAB_DRIVER_NONE) {
            buffer_format(reason, "%s cannot be told to %s: give it `%s` in the lab file",
                          phone->name, device_action_names[action], key_of(action));
            return true;
        }
        if (way == LAB_DRIVER_MANUAL && no_prompt) {
            buffer_format(
                reason,
                "somebody has to %s %s by hand: leave --no-prompt out, or give it another "
                "`%s` in the lab file",
                device_action_names[action], phone->name, key_of(action));
            return true;
        }
    }
    return false;
}

static bool reads_otherwise(const struct scenario *scenario, const struct lab_phone *phone,
                            struct buffer *reason)
{
    for (size_t i = 0; i < READING_COUNT; i++) {
        int wanted = readings_get(&scenario->readings, i), has = readings_get(&phone->readings, i);
        if (!scenario->readings_stated[i] || wanted == has)
            continue;
        buffer_format(
            reason, "it is for phones whose %s is %s; that of %s is %s (lab file, readings)",
            reading_names[i], reading_values[i][wanted], phone->name, reading_values[i][has]);
        return true;
    }
    return false;
}

bool rack_needs_more_of_phone(const struct scenario *scenario, const struct lab_phone *phone,
                              bool no_prompt, struct buffer *reason)
{
    return lacks_way(scenario, phone, no_prompt, reason) ||
           reads_otherwise(scenario, phone, reason);
}

bool rack_needs_more_of_lab(const struct scenario *scenario, const struct lab_file *lab,
                            struct buffer *reason)
{
    if (!scenario->runs_real)
        buffer_text(reason, "it is for emulated phones only (runs-on)");
    else if (scenario->phone_parameter_count > 0)
        buffer_text(reason, "its phones have parameters from the factory (given.phone), which no "
                            "real device can be given");
    else if (lab->phone_count == 0)
        buffer_text(reason, "the lab file names no phone");
    else
        cannot_flaw_certificate(lab, scenario, reason);
    return reason->length > 0;
}
