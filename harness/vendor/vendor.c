/* SPDX-License-Identifier: MIT */
#include "harness/vendor/vendor.h"
#include "harness/vendor/vendor_data.h"
#include <assert.h>
#include <string.h>
#include <strings.h>

static const struct vendor *const vendors[] = {&vendor_cisco, &vendor_yealink};

const struct vendor *vendor_default(void)
{
    return vendors[0];
}

const struct vendor *vendor_at(size_t index)
{
    return index < VENDOR_ROWS(vendors) ? vendors[index] : NULL;
}

const char *vendor_name(const struct vendor *vendor)
{
    return vendor->name;
}

/* --- rules and states --- */

const struct vendor_rule *vendor_rule(const struct vendor *vendor, enum rule_id rule)
{
    assert(rule < RULE_COUNT);
    return &vendor->rules[rule];
}

bool vendor_rule_find(const struct vendor *vendor, const char *id, enum rule_id *ret_rule)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (vendor->rules[i].id && strcmp(vendor->rules[i].id, id) == 0) {
            *ret_rule = (enum rule_id)i;
            return true;
        }
    }
    return false;
}

const char *const *vendor_state_names(const struct vendor *vendor)
{
    return vendor->state_names;
}

const char *vendor_state_name(const struct vendor *vendor, enum customization_state state)
{
    assert(state < STATE_COUNT);
    return vendor->state_names[state];
}

bool vendor_state_find(const struct vendor *vendor, const char *name,
                       enum customization_state *ret_state)
{
    for (size_t i = STATE_UNKNOWN + 1; i < STATE_COUNT; i++) {
        if (vendor->state_names[i] && strcmp(vendor->state_names[i], name) == 0) {
            *ret_state = (enum customization_state)i;
            return true;
        }
    }
    return false;
}

bool vendor_state_of_page(const struct vendor *vendor, const char *shown,
                          enum customization_state *ret_state)
{
    for (size_t i = STATE_UNKNOWN + 1; i < STATE_COUNT; i++) {
        for (const char *const *spelling = vendor->states[i].shown; spelling && *spelling;
             spelling++) {
            if (strcmp(*spelling, shown) == 0) {
                *ret_state = (enum customization_state)i;
                return true;
            }
        }
    }
    return vendor_state_find(vendor, shown, ret_state);
}

bool vendor_state_is_terminal(const struct vendor *vendor, enum customization_state state,
                              enum rule_id *ret_rule)
{
    assert(state < STATE_COUNT);
    if (!vendor->states[state].terminal)
        return false;
    if (ret_rule)
        *ret_rule = vendor->states[state].end_rule;
    return true;
}

bool vendor_state_follows(const struct vendor *vendor, enum customization_state from,
                          enum customization_state to, bool again)
{
    assert(from < STATE_COUNT && to < STATE_COUNT);
    const struct vendor_state *state = &vendor->states[from];
    return ((state->next | (again ? state->next_again : 0)) >> to & 1) != 0;
}

const struct vendor_reading *vendor_reading(const struct vendor *vendor, size_t reading)
{
    assert(reading < READING_COUNT);
    return &vendor->readings[reading];
}

void readings_set(struct readings *readings, size_t reading, int value)
{
    switch (reading) {
    case 0:
        readings->dhcp_abort = (enum reading_dhcp_abort)value;
        break;
    case 1:
        readings->pending_boot = (enum reading_pending_boot)value;
        break;
    case 2:
        readings->options_while_pending = (enum reading_options_while_pending)value;
        break;
    case 3:
        readings->custom_pending_boot = (enum reading_custom_pending_boot)value;
        break;
    default:
        break;
    }
}

int readings_get(const struct readings *readings, size_t reading)
{
    const int values[READING_COUNT] = {(int)readings->dhcp_abort, (int)readings->pending_boot,
                                       (int)readings->options_while_pending,
                                       (int)readings->custom_pending_boot};
    return reading < READING_COUNT ? values[reading] : 0;
}

/* --- models and firmware --- */

const char *const *vendor_models(const struct vendor *vendor, size_t *ret_count)
{
    *ret_count = vendor->model_count;
    return vendor->models;
}

const char *vendor_usual_model(const struct vendor *vendor)
{
    return vendor->usual_model;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The next number of a version, which it takes away; 0 behind the last. */
static unsigned next_number(const char **text)
{
    enum { NUMBER_MAX = 1000000 };
    unsigned number = 0;
    while (**text && !is_digit(**text))
        (*text)++;
    for (; is_digit(**text); (*text)++)
        if (number < NUMBER_MAX)
            number = number * 10 + (unsigned)(**text - '0');
    return number;
}

/* Whether a version is at least the other, number by number: 11.3(1) after 11.2(1), and
 * "sip88xx.11-3-1MPP-398" is 11.3(1), too: a load's name ends at its first dot. */
static bool is_at_least(const char *version, const char *least)
{
    const char *dot = strchr(version, '.');
    if (dot && !is_digit(*version))
        version = dot + 1;
    while (*least) {
        unsigned a = next_number(&version), b = next_number(&least);
        if (a != b)
            return a > b;
    }
    return true;
}

const char *vendor_redirect_host(const struct vendor *vendor, const char *firmware)
{
    size_t i = 0;
    while (firmware && vendor->hosts[i].since && !is_at_least(firmware, vendor->hosts[i].since))
        i++;
    return vendor->hosts[i].name;
}

bool vendor_is_redirect_host(const struct vendor *vendor, const char *host)
{
    for (size_t i = 0; i < vendor->host_count; i++)
        if (strcasecmp(vendor->hosts[i].name, host) == 0)
            return true;
    return false;
}

const char *vendor_redirect_path(const struct vendor *vendor)
{
    return vendor->redirect_path;
}

const char *vendor_redirect_target(const struct vendor *vendor)
{
    return vendor->redirect_target;
}

/* --- DHCP --- */

const struct vendor_option *vendor_options(const struct vendor *vendor, size_t *ret_count)
{
    *ret_count = vendor->option_count;
    return vendor->options;
}

const struct vendor_option *vendor_option_find(const struct vendor *vendor, uint8_t code)
{
    for (size_t i = 0; i < vendor->option_count; i++)
        if (vendor->options[i].code == code)
            return &vendor->options[i];
    return NULL;
}

const struct vendor_identity *vendor_identity(const struct vendor *vendor)
{
    return &vendor->identity;
}

/* --- parameters --- */

const struct vendor_parameter *vendor_parameters(const struct vendor *vendor, size_t *ret_count)
{
    *ret_count = vendor->parameter_count;
    return vendor->parameters;
}

/* The form's # is one number in the name, and nothing else is left over. */
static bool has_form(const char *name, const char *form)
{
    for (; *form && *form != '#'; form++, name++)
        if (*name != *form)
            return false;
    if (*form == '\0')
        return *name == '\0';
    const char *end = name;
    while (is_digit(*end))
        end++;
    return end > name && strcmp(end, form + 1) == 0;
}

const struct vendor_parameter *vendor_parameter_find(const struct vendor *vendor, const char *name)
{
    for (size_t i = 0; i < vendor->parameter_count; i++)
        if (has_form(name, vendor->parameters[i].name))
            return &vendor->parameters[i];
    return NULL;
}

bool vendor_parameter_aborts(const struct vendor *vendor, const char *name)
{
    const struct vendor_parameter *parameter = vendor_parameter_find(vendor, name);
    return parameter && (parameter->roles & VENDOR_PARAMETER_ABORTS) != 0;
}

const struct vendor_parameter *vendor_parameter_of(const struct vendor *vendor,
                                                   enum vendor_parameter_role role)
{
    for (size_t i = 0; i < vendor->parameter_count; i++)
        if (vendor->parameters[i].roles & role)
            return &vendor->parameters[i];
    return NULL;
}

/* --- files and the page --- */

const struct vendor_setting *vendor_profile(const struct vendor *vendor, size_t *ret_count)
{
    *ret_count = vendor->profile_count;
    return vendor->profile;
}

const struct vendor_setting *vendor_config(const struct vendor *vendor, size_t *ret_count)
{
    *ret_count = vendor->config_count;
    return vendor->config;
}

const char *const *vendor_files(const struct vendor *vendor, size_t *ret_count)
{
    *ret_count = vendor->file_count;
    return vendor->files;
}

const struct vendor_page *vendor_page(const struct vendor *vendor)
{
    return &vendor->page;
}
