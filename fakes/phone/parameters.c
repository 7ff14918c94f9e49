/* SPDX-License-Identifier: MIT */
#include "fakes/phone/parameters.h"
#include "harness/base/error.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 32 };

void parameters_init(struct parameters *parameters)
{
    *parameters = (struct parameters){0};
}

void parameters_done(struct parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free(parameters->entries[i].name);
        free(parameters->entries[i].value);
    }
    free(parameters->entries);
    *parameters = (struct parameters){0};
}

static struct parameter_entry *find(const struct parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strcmp(parameters->entries[i].name, name) == 0)
            return &parameters->entries[i];
    return NULL;
}

static int grow(struct parameters *parameters)
{
    if (parameters->count < parameters->capacity)
        return 0;
    if (parameters->count >= PARAMETERS_MAX)
        return ERROR_LIMIT;
    size_t capacity = parameters->capacity ? 2 * parameters->capacity : FIRST_CAPACITY;
    if (capacity > PARAMETERS_MAX)
        capacity = PARAMETERS_MAX;
    struct parameter_entry *entries =
        realloc(parameters->entries, capacity * sizeof *parameters->entries);
    if (!entries)
        return ERROR_MEMORY;
    parameters->entries = entries;
    parameters->capacity = capacity;
    return 0;
}

static int append(struct parameters *parameters, const char *name, char *value)
{
    int code = grow(parameters);
    if (code < 0)
        return code;
    char *own_name = strdup(name);
    if (!own_name)
        return ERROR_MEMORY;
    parameters->entries[parameters->count++] = (struct parameter_entry){own_name, value};
    return 0;
}

int parameters_set(struct parameters *parameters, const char *name, const char *value)
{
    if (name[0] == '\0' || strlen(name) >= PARAMETER_NAME_MAX ||
        strlen(value) >= PARAMETER_VALUE_MAX)
        return ERROR_LIMIT;
    char *own_value = strdup(value);
    if (!own_value)
        return ERROR_MEMORY;
    struct parameter_entry *entry = find(parameters, name);
    if (entry) {
        free(entry->value);
        entry->value = own_value;
        return 0;
    }
    int code = append(parameters, name, own_value);
    if (code < 0)
        free(own_value);
    return code;
}

const char *parameters_get(const struct parameters *parameters, const char *name)
{
    const struct parameter_entry *entry = find(parameters, name);
    return entry ? entry->value : NULL;
}

int parameters_merge(struct parameters *to, const struct parameters *from)
{
    int first = 0;
    for (size_t i = 0; i < from->count; i++) {
        int code = parameters_set(to, from->entries[i].name, from->entries[i].value);
        if (code < 0 && first == 0)
            first = code;
    }
    return first;
}

bool parameter_is_proxy(const char *name)
{
    static const char prefix[] = "Proxy_";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *digits = name + sizeof prefix - 1;
    size_t count = strspn(digits, "0123456789");
    return count > 0 && strcmp(digits + count, "_") == 0;
}

bool parameter_is_profile_rule(const char *name)
{
    static const char *const rules_of_a_phone[] = {"Profile_Rule", "Profile_Rule_B",
                                                   "Profile_Rule_C", "Profile_Rule_D"};
    for (size_t i = 0; i < sizeof rules_of_a_phone / sizeof rules_of_a_phone[0]; i++)
        if (strcmp(name, rules_of_a_phone[i]) == 0)
            return true;
    return false;
}

const char *parameter_default(const char *name)
{
    static const struct {
        const char *name, *value;
    } defaults[] = {
        {"Provision_Enable", "Yes"},
        {"Profile_Rule", "/$PSN.xml"},
        {"Profile_Rule_B", ""},
        {"Profile_Rule_C", ""},
        {"Profile_Rule_D", ""},
        {"Resync_On_Reset", "Yes"},
        {"Resync_Random_Delay", "2"},
        {"Resync_Periodic", "3600"},
        {"Resync_Error_Retry_Delay", "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400"},
        {"Forced_Resync_Delay", "14400"},
        {"DHCP_Option_To_Use", "66,160,159,150,60,43,125"},
    };
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (strcmp(name, defaults[i].name) == 0)
            return defaults[i].value;
    return NULL;
}
