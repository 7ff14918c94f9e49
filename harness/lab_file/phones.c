/* SPDX-License-Identifier: MIT */
/* `phones:`: who they are and how each is driven: by its page, by the power of a switch's port, by
 * commands, by a person. */
#include "harness/lab_file/lab_file_internal.h"
#include "harness/scenario/language.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { PAGE_PORT = 80, PAGE_TLS_PORT = 443, UDP_PORT_SNMP = 161, INDEX_MAX = INT32_MAX };
#define DEFAULT_AUTHENTICATION "SHA"
#define DEFAULT_PRIVACY "AES"

/* --- the page --- */

static const char *const login_words[] = {[LAB_LOGIN_HTTP] = "http", [LAB_LOGIN_QUERY] = "query"};

static void read_web(struct parse *parse, const struct node *value, void *target)
{
#define PATH(member) .read = read_lab_path, MEMBER_AT(struct lab_web, member, const char *)
    static const struct field fields[] = {
        {.key = "port", PORT_AT(struct lab_web, port)},
        {.key = "tls", BOOLEAN_AT(struct lab_web, tls)},
        {.key = "user", TEXT_AT(struct lab_web, user, "the name of the page's user")},
        {.key = "password",
         .read = read_lab_secret,
         MEMBER_AT(struct lab_web, password, struct lab_secret)},
        {.key = "login",
         WORD_AT(struct lab_web, login, lab_login, "a way to log in", login_words, 0,
                 FIELDS_COUNT(login_words))},
        {.key = "status", PATH(status)},
        {.key = "reset", PATH(reset)},
        {.key = "reboot", PATH(reboot)},
        {.key = "configure", PATH(configure)},
        {.key = "resync", PATH(resync)},
    };
#undef PATH
    struct lab_web *web = target;
    const struct vendor_page *page = &vendor_default()->page;
    *web = (struct lab_web){.given = true,
                            .user = page->user,
                            .status = page->status,
                            .reset = page->reset,
                            .reboot = page->reboot,
                            .configure = page->configure,
                            .resync = page->resync};
    fields_read(parse, value, "`web`", fields, FIELDS_COUNT(fields), web);
    if (web->port == 0)
        web->port = web->tls ? PAGE_TLS_PORT : PAGE_PORT;
    const struct node *login = node_child(value, "login");
    if (login && !node_child(value, "password"))
        parse_error(parse, login->key->place,
                    "expected `password:` beside `login:`, found no such key");
}

/* --- the power, by a switch's port --- */

static void read_snmp_password(struct parse *parse, const struct node *value, void *target)
{
    struct lab_secret secret = {0};
    read_lab_secret(parse, value, &secret);
    if (secret.value && strlen(secret.value) < LAB_FILE_SNMP_PASSWORD_MIN)
        parse_error(parse, value->place,
                    "expected a password of at least %d characters in %s, as SNMPv3 demands, found "
                    "a shorter one",
                    LAB_FILE_SNMP_PASSWORD_MIN, secret.source);
    else if (secret.value)
        *(struct lab_secret *)target = secret;
}

static void read_authentication(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {"MD5", DEFAULT_AUTHENTICATION, "SHA-256", "SHA-512"};
    size_t index;
    if (value_word(parse, value, "a way of authentication", words, sizeof words / sizeof words[0],
                   &index))
        *(const char **)target = words[index];
}

static void read_privacy(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {DEFAULT_PRIVACY, "DES"};
    size_t index;
    if (value_word(parse, value, "a cipher", words, sizeof words / sizeof words[0], &index))
        *(const char **)target = words[index];
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
        {.key = "host",
         .required = true,
         .read = read_lab_host_or_address,
         MEMBER_AT(struct lab_snmp, host, const char *)},
        {.key = "udp_port", PORT_AT(struct lab_snmp, udp_port)},
        {.key = "port",
         .required = true,
         NUMBER_AT(struct lab_snmp, port, uint32_t, "the number of a port of the switch", 1,
                   INDEX_MAX)},
        {.key = "group",
         NUMBER_AT(struct lab_snmp, group, uint32_t, "the number of a group of ports", 1,
                   INDEX_MAX)},
        {.key = "community",
         .read = read_lab_secret,
         MEMBER_AT(struct lab_snmp, community, struct lab_secret)},
        {.key = "user", TEXT_AT(struct lab_snmp, user, "the name of an SNMPv3 user")},
        {.key = "authentication",
         .read = read_authentication,
         MEMBER_AT(struct lab_snmp, authentication, const char *)},
        {.key = "authentication_password",
         .read = read_snmp_password,
         MEMBER_AT(struct lab_snmp, authentication_password, struct lab_secret)},
        {.key = "privacy", .read = read_privacy, MEMBER_AT(struct lab_snmp, privacy, const char *)},
        {.key = "privacy_password",
         .read = read_snmp_password,
         MEMBER_AT(struct lab_snmp, privacy_password, struct lab_secret)},
    };
    struct lab_phone *phone = target;
    struct lab_snmp *snmp = &phone->snmp;
    *snmp = (struct lab_snmp){.udp_port = UDP_PORT_SNMP,
                              .group = 1,
                              .authentication = DEFAULT_AUTHENTICATION,
                              .privacy = DEFAULT_PRIVACY};
    fields_read(parse, value, "`snmp`", fields, FIELDS_COUNT(fields), snmp);
    check_snmp(parse, value);
    snmp->version = snmp->user ? LAB_SNMP_V3 : LAB_SNMP_V2C;
    phone->power = LAB_DRIVER_SNMP;
}

/* --- by commands, by a person --- */

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
    if (!value_lab_command(parse, value, &command))
        return;
    append_argument(parse, &command, "on", &phone->power_on_command);
    append_argument(parse, &command, "off", &phone->power_off_command);
}

static void read_one_command(struct parse *parse, const struct node *value, void *target)
{
    value_lab_command(parse, value, target);
}

static bool read_command_map(struct parse *parse, const struct node *value, const char *what,
                             struct lab_command *ret_command)
{
    static const struct field fields[] = {
        {.key = "command", .required = true, .read = read_one_command}};
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

static void read_power(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {.key = "snmp", .read = read_snmp},
        {.key = "command", .read = read_power_command},
        {.key = "on", .read = read_on},
        {.key = "off", .read = read_off},
    };
    static const char *const words[] = {"manual"};
    struct lab_phone *phone = target;
    size_t index;
    if (value->kind == NODE_MAP) {
        fields_read(parse, value, "`power`", fields, FIELDS_COUNT(fields), phone);
        check_power(parse, value);
    } else if (value_word(parse, value, "a way to switch the power, {snmp: …}, {command: […]} or",
                          words, 1, &index)) {
        phone->power = LAB_DRIVER_MANUAL;
    }
}

/* `reset:` and `reboot:`. */
static void read_driver(struct parse *parse, const struct node *value, const char *what,
                        size_t word_count, enum lab_driver *ret_driver,
                        struct lab_command *ret_command)
{
    static const char *const words[] = {"web", "manual", "power"};
    static const enum lab_driver drivers[] = {LAB_DRIVER_WEB, LAB_DRIVER_MANUAL, LAB_DRIVER_POWER};
    size_t index;
    if (value->kind == NODE_MAP) {
        if (read_command_map(parse, value, what, ret_command))
            *ret_driver = LAB_DRIVER_COMMAND;
    } else if (value_word(parse, value, "a way to do it, {command: […]} or one of", words,
                          word_count, &index)) {
        *ret_driver = drivers[index];
    }
}

/* --- a phone --- */

static void read_name(struct parse *parse, const struct node *value, void *target)
{
    value_lab_name(parse, value, "the phone's name", target);
}

static void read_mac(struct parse *parse, const struct node *value, void *target)
{
    static const struct mac none;
    struct mac mac;
    if (value->kind != NODE_SCALAR || !mac_parse(value->text, &mac) || mac_is_group(&mac) ||
        mac_equal(&mac, &none))
        parse_expected(parse, value, NULL,
                       "the phone's own MAC address such as 00:1a:2b:3c:4d:5e (on its label)");
    else
        *(struct mac *)target = mac;
}

static void read_model(struct parse *parse, const struct node *value, void *target)
{
    value_model(parse, value, target);
}

static void read_serial(struct parse *parse, const struct node *value, void *target)
{
    bool good = value->kind == NODE_SCALAR && !value->nothing && *value->text &&
                strlen(value->text) <= LAB_FILE_NAME_MAX;
    for (const char *t = value->text; good && *t; t++)
        good = isalnum((unsigned char)*t) || *t == '-';
    if (good)
        *(const char **)target = value->text;
    else
        parse_expected(parse, value, NULL, "a serial number such as FCH2345A6BC (on its label)");
}

static void read_reset(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    read_driver(parse, value, "`reset`", 2, &phone->reset, &phone->reset_command);
}

static void read_reboot(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    read_driver(parse, value, "`reboot`", 3, &phone->reboot, &phone->reboot_command);
}

static void read_readings(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    value_readings(parse, value, &phone->readings, phone->readings_stated);
}

static void check_driver(struct parse *parse, const struct node *map, const char *key,
                         enum lab_driver driver)
{
    const struct node *value = node_child(map, key);
    const char *needed = driver == LAB_DRIVER_WEB     ? "web"
                         : driver == LAB_DRIVER_POWER ? "power"
                                                      : NULL;
    if (value && needed && !node_child(map, needed))
        parse_error(parse, value->place,
                    "expected `%s:` in a phone with `%s: %s`, found no such key", needed, key,
                    value->text);
}

static void read_phone(struct parse *parse, const struct node *item, struct lab_phone *phone)
{
    static const struct field fields[] = {
        {.key = "name",
         .required = true,
         .read = read_name,
         MEMBER_AT(struct lab_phone, name, const char *)},
        {.key = "mac",
         .required = true,
         .read = read_mac,
         MEMBER_AT(struct lab_phone, mac, struct mac)},
        {.key = "model",
         .required = true,
         .read = read_model,
         MEMBER_AT(struct lab_phone, model, const char *)},
        {.key = "serial", .read = read_serial, MEMBER_AT(struct lab_phone, serial, const char *)},
        {.key = "web", .read = read_web, MEMBER_AT(struct lab_phone, web, struct lab_web)},
        {.key = "reset", .read = read_reset},
        {.key = "reboot", .read = read_reboot},
        {.key = "power", .read = read_power},
        {.key = "readings", .read = read_readings},
    };
    bool web = node_child(item, "web") != NULL;
    *phone = (struct lab_phone){.place = item->place,
                                .reset = web ? LAB_DRIVER_WEB : LAB_DRIVER_MANUAL,
                                .reboot = web ? LAB_DRIVER_WEB : LAB_DRIVER_MANUAL};
    fields_read(parse, item, "a phone", fields, FIELDS_COUNT(fields), phone);
    check_driver(parse, item, "reset", phone->reset);
    check_driver(parse, item, "reboot", phone->reboot);
}

/* --- all of them --- */

static bool same_port(const struct lab_snmp *a, const struct lab_snmp *b)
{
    return a->host && b->host && strcasecmp(a->host, b->host) == 0 && a->udp_port == b->udp_port &&
           a->group == b->group && a->port == b->port && a->port != 0;
}

static void complain(struct parse *parse, const struct node *item, const char *key,
                     const struct lab_phone *other)
{
    const struct node *value = node_child(item, key);
    parse_expected(parse, value->kind == NODE_MAP ? value->key : value, NULL,
                   "a %s of its own for each phone (the phone at line %u, column %u has it too)",
                   key, other->place.line, other->place.column);
}

static void check_unique(struct parse *parse, const struct node *item,
                         const struct lab_phone *phones, size_t index)
{
    static const struct mac none;
    const struct lab_phone *phone = &phones[index];
    bool name = phone->name != NULL, mac = !mac_equal(&phone->mac, &none),
         serial = phone->serial != NULL, power = phone->power == LAB_DRIVER_SNMP;
    for (const struct lab_phone *other = phones; other < phone; other++) {
        if (name && other->name && strcasecmp(phone->name, other->name) == 0) {
            complain(parse, item, "name", other);
            name = false;
        }
        if (mac && mac_equal(&phone->mac, &other->mac)) {
            complain(parse, item, "mac", other);
            mac = false;
        }
        if (serial && other->serial && strcmp(phone->serial, other->serial) == 0) {
            complain(parse, item, "serial", other);
            serial = false;
        }
        if (power && other->power == LAB_DRIVER_SNMP && same_port(&phone->snmp, &other->snmp)) {
            parse_error(parse, node_child(item, "power")->key->place,
                        "expected a port of the switch for each phone, found the one of the phone "
                        "at line %u, column %u again",
                        other->place.line, other->place.column);
            power = false;
        }
    }
}

void read_lab_phones(struct parse *parse, const struct node *value, void *target)
{
    struct lab_file *lab = target;
    if (value->kind == NODE_LIST && value->count == 0)
        return; /* written out, it is meant: whoever comes is served */
    if (!value_is_list(parse, value, "a list of phones such as {name: …, mac: …, model: …}"))
        return;
    if (value->count > LAB_FILE_PHONES_MAX) {
        parse_error(parse, value->place, "expected at most %d phones, found %zu",
                    LAB_FILE_PHONES_MAX, value->count);
        return;
    }
    struct lab_phone *phones = parse_keep(parse, value->count, sizeof *phones);
    size_t count = 0;
    for (const struct node *item = value->first; phones && item; item = item->next, count++) {
        read_phone(parse, item, &phones[count]);
        check_unique(parse, item, phones, count);
    }
    lab->phones = phones;
    lab->phone_count = count;
}
