/* SPDX-License-Identifier: MIT */
#include "harness/vendor/vendor.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\n\v\f\r"

const struct vendor *vendor_default(void)
{
    return &vendor_cisco;
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

static const size_t reading_at[READING_COUNT] = {
    offsetof(struct readings, dhcp_abort), offsetof(struct readings, pending_boot),
    offsetof(struct readings, options_while_pending),
    offsetof(struct readings, custom_pending_boot), offsetof(struct readings, srv_abort)};

void readings_set(struct readings *readings, size_t reading, int value)
{
    if (reading < READING_COUNT)
        memcpy((char *)readings + reading_at[reading], &value, sizeof value);
}

int readings_get(const struct readings *readings, size_t reading)
{
    int value = 0;
    if (reading < READING_COUNT)
        memcpy(&value, (const char *)readings + reading_at[reading], sizeof value);
    return value;
}

/* --- hosts, options, parameters --- */

bool vendor_is_redirect_host(const struct vendor *vendor, const char *host)
{
    for (size_t i = 0; i < vendor->host_count; i++)
        if (strcasecmp(vendor->hosts[i].name, host) == 0)
            return true;
    return false;
}

const struct vendor_option *vendor_option_find(const struct vendor *vendor, uint8_t code)
{
    for (size_t i = 0; i < vendor->option_count; i++)
        if (vendor->options[i].code == code)
            return &vendor->options[i];
    return NULL;
}

bool vendor_service_find(const struct vendor *vendor, const char *name,
                         enum vendor_service_kind *ret_kind)
{
    for (size_t i = 0; name && i < VENDOR_SERVICES; i++) {
        const char *own = vendor->services[i].name;
        size_t length = own ? strlen(own) : 0;
        if (!own || strncasecmp(name, own, length) != 0 || name[length] != '.')
            continue;
        *ret_kind = (enum vendor_service_kind)i;
        return true;
    }
    return false;
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
    while (*end >= '0' && *end <= '9')
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

static bool read_seconds(const char **text, uint64_t *ret_s)
{
    enum { DIGITS_MAX = 9 };
    *text += strspn(*text, BLANKS);
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX)
        return false;
    *ret_s = strtoull(*text, NULL, 10);
    *text += digits;
    *text += strspn(*text, BLANKS);
    return true;
}

bool vendor_retry_delay(const char *list, size_t index, uint64_t *ret_low_s, uint64_t *ret_high_s)
{
    uint64_t low_s = 0, more_s = 0;
    for (size_t i = 0;; i++) {
        more_s = 0;
        if (!read_seconds(&list, &low_s))
            return false;
        if (*list == '+') {
            list++;
            if (!read_seconds(&list, &more_s))
                return false;
        }
        if (i == index || *list == '\0')
            break;
        if (*list++ != ',')
            return false;
    }
    *ret_low_s = low_s;
    *ret_high_s = low_s + more_s;
    return true;
}
