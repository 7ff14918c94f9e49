/* SPDX-License-Identifier: MIT */
/* How a phone is driven besides by its page: `power:`, commands, a switch's port by SNMP. */
#include "harness/lab_file/draft.h"
#include <stdint.h>
#include <string.h>

enum { UDP_PORT_SNMP = 161, INDEX_MAX = INT32_MAX };
#define DEFAULT_AUTHENTICATION "SHA"
#define DEFAULT_PRIVACY "AES"

/* --- SNMP --- */

static void read_host(struct parse *parse, const struct node *value, void *target)
{
    value_host(parse, value, true, &((struct lab_snmp *)target)->host);
}

static void read_udp_port(struct parse *parse, const struct node *value, void *target)
{
    value_port(parse, value, &((struct lab_snmp *)target)->udp_port);
}

static void read_index(struct parse *parse, const struct node *value, const char *what,
                       uint32_t *ret_index)
{
    uint64_t number;
    if (value_number(parse, value, what, 1, INDEX_MAX, &number))
        *ret_index = (uint32_t)number;
}

static void read_port(struct parse *parse, const struct node *value, void *target)
{
    read_index(parse, value, "the number of a port of the switch",
               &((struct lab_snmp *)target)->port);
}

static void read_group(struct parse *parse, const struct node *value, void *target)
{
    read_index(parse, value, "the number of a group of ports", &((struct lab_snmp *)target)->group);
}

static void read_community(struct parse *parse, const struct node *value, void *target)
{
    value_secret(parse, value, &((struct lab_snmp *)target)->community);
}

static void read_user(struct parse *parse, const struct node *value, void *target)
{
    value_text(parse, value, "the name of an SNMPv3 user", &((struct lab_snmp *)target)->user);
}

static void read_authentication(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {"MD5", DEFAULT_AUTHENTICATION, "SHA-256", "SHA-512"};
    size_t index;
    if (value_word(parse, value, "a way of authentication", words, sizeof words / sizeof words[0],
                   &index))
        ((struct lab_snmp *)target)->authentication = words[index];
}

static void read_privacy(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {DEFAULT_PRIVACY, "DES"};
    size_t index;
    if (value_word(parse, value, "a cipher", words, sizeof words / sizeof words[0], &index))
        ((struct lab_snmp *)target)->privacy = words[index];
}

static void read_password(struct parse *parse, const struct node *value,
                          struct lab_secret *ret_secret)
{
    struct lab_secret secret;
    if (!value_secret(parse, value, &secret))
        return;
    if (strlen(secret.value) < LAB_FILE_SNMP_PASSWORD_MIN)
        parse_error(parse, value->place,
                    "expected a password of at least %d characters in %s, as SNMPv3 demands, found "
                    "a shorter one",
                    LAB_FILE_SNMP_PASSWORD_MIN, secret.source);
    else
        *ret_secret = secret;
}

static void read_authentication_password(struct parse *parse, const struct node *value,
                                         void *target)
{
    read_password(parse, value, &((struct lab_snmp *)target)->authentication_password);
}

static void read_privacy_password(struct parse *parse, const struct node *value, void *target)
{
    read_password(parse, value, &((struct lab_snmp *)target)->privacy_password);
}

/* `key` needs `other` beside it. */
static void check_needs(struct parse *parse, const struct node *map, const char *key,
                        const char *other)
{
    const struct node *value = node_child(map, key);
    if (value && !node_child(map, other))
        parse_error(parse, value->key->place, "expected `%s:` beside `%s:`, found no such key",
                    other, key);
}

static void check_snmp(struct parse *parse, const struct node *map)
{
    const struct node *community = node_child(map, "community"), *user = node_child(map, "user");
    if (map->kind != NODE_MAP)
        return;
    if (community && user)
        parse_error(parse, user->key->place,
                    "expected `community:` (SNMPv2c) or `user:` (SNMPv3), found both");
    if (!community && !user)
        parse_error(parse, map->place,
                    "expected `community:` (SNMPv2c) or `user:` (SNMPv3) in `snmp`, found neither");
    check_needs(parse, map, "authentication", "authentication_password");
    check_needs(parse, map, "privacy", "privacy_password");
    check_needs(parse, map, "privacy_password", "authentication_password");
    check_needs(parse, map, "authentication_password", "user");
}

static void read_snmp(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {"host", read_host, true},
        {"udp_port", read_udp_port, false},
        {"port", read_port, true},
        {"group", read_group, false},
        {"community", read_community, false},
        {"user", read_user, false},
        {"authentication", read_authentication, false},
        {"authentication_password", read_authentication_password, false},
        {"privacy", read_privacy, false},
        {"privacy_password", read_privacy_password, false},
    };
    struct lab_phone *phone = target;
    struct lab_snmp *snmp = &phone->snmp;
    *snmp = (struct lab_snmp){.udp_port = UDP_PORT_SNMP,
                              .group = 1,
                              .authentication = DEFAULT_AUTHENTICATION,
                              .privacy = DEFAULT_PRIVACY};
    fields_read(parse, value, "`snmp`", fields, sizeof fields / sizeof fields[0], snmp);
    check_snmp(parse, value);
    snmp->version = snmp->user ? LAB_SNMP_V3 : LAB_SNMP_V2C;
    phone->power = LAB_DRIVER_SNMP;
}

/* --- commands --- */

static void append_argument(struct parse *parse, const struct lab_command *command,
                            const char *argument, struct lab_command *ret_command)
{
    const char **arguments = parse_keep(parse, command->argument_count + 2, sizeof *arguments);
    if (!arguments)
        return;
    memcpy(arguments, command->arguments, command->argument_count * sizeof *arguments);
    arguments[command->argument_count] = argument;
    *ret_command = (struct lab_command){arguments, command->argument_count + 1, command->place};
}

static void read_power_command(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    struct lab_command command;
    phone->power = LAB_DRIVER_COMMAND;
    if (!value_command(parse, value, &command))
        return;
    append_argument(parse, &command, "on", &phone->power_on_command);
    append_argument(parse, &command, "off", &phone->power_off_command);
}

static void read_one_command(struct parse *parse, const struct node *value, void *target)
{
    value_command(parse, value, target);
}

static bool read_command_map(struct parse *parse, const struct node *value, const char *what,
                             struct lab_command *ret_command)
{
    static const struct field fields[] = {{"command", read_one_command, true}};
    return fields_read(parse, value, what, fields, 1, ret_command);
}

static void read_on(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    phone->power = LAB_DRIVER_COMMAND;
    read_command_map(parse, value, "`on`", &phone->power_on_command);
}

static void read_off(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    phone->power = LAB_DRIVER_COMMAND;
    read_command_map(parse, value, "`off`", &phone->power_off_command);
}

/* One way alone. */
static void check_power(struct parse *parse, const struct node *map)
{
    size_t ways = 0;
    ways += node_child(map, "snmp") != NULL;
    ways += node_child(map, "command") != NULL;
    ways += node_child(map, "on") || node_child(map, "off");
    if (ways == 0 && map->count == 0)
        parse_error(parse, map->place,
                    "expected one way in `power` (snmp, command, or on and off), found none");
    if (ways > 1)
        parse_error(parse, map->place,
                    "expected one way in `power` (snmp, command, or on and off), found %zu", ways);
    check_needs(parse, map, "on", "off");
    check_needs(parse, map, "off", "on");
}

void read_lab_power(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {"snmp", read_snmp, false},
        {"command", read_power_command, false},
        {"on", read_on, false},
        {"off", read_off, false},
    };
    static const char *const words[] = {"manual"};
    struct lab_phone *phone = target;
    size_t index;
    if (value->kind == NODE_MAP) {
        fields_read(parse, value, "`power`", fields, sizeof fields / sizeof fields[0], phone);
        check_power(parse, value);
    } else if (value_word(parse, value, "a way to switch the power, {snmp: …}, {command: […]} or",
                          words, 1, &index)) {
        phone->power = LAB_DRIVER_MANUAL;
    }
}

void read_lab_driver(struct parse *parse, const struct node *value, const char *what,
                     bool power_too, enum lab_driver *ret_driver, struct lab_command *ret_command)
{
    static const char *const words[] = {"web", "manual", "power"};
    static const enum lab_driver drivers[] = {LAB_DRIVER_WEB, LAB_DRIVER_MANUAL, LAB_DRIVER_POWER};
    size_t index;
    if (value->kind == NODE_MAP) {
        if (read_command_map(parse, value, what, ret_command))
            *ret_driver = LAB_DRIVER_COMMAND;
    } else if (value_word(parse, value, "a way to do it, {command: […]} or one of", words,
                          power_too ? 3 : 2, &index)) {
        *ret_driver = drivers[index];
    }
}
