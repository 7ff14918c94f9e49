/* SPDX-License-Identifier: MIT */
/* `phones:`: who they are and how each is reached. */
#include "harness/lab_file/draft.h"
#include "harness/scenario/language_values.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { PAGE_PORT = 80, PAGE_TLS_PORT = 443 };

/* --- the page --- */

static void read_port(struct parse *parse, const struct node *value, void *target)
{
    value_port(parse, value, &((struct lab_web *)target)->port);
}

static void read_tls(struct parse *parse, const struct node *value, void *target)
{
    value_boolean(parse, value, &((struct lab_web *)target)->tls);
}

static void read_user(struct parse *parse, const struct node *value, void *target)
{
    value_text(parse, value, "the name of the page's user", &((struct lab_web *)target)->user);
}

static void read_password(struct parse *parse, const struct node *value, void *target)
{
    value_secret(parse, value, &((struct lab_web *)target)->password);
}

static void read_login(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {[LAB_LOGIN_HTTP] = "http", [LAB_LOGIN_QUERY] = "query"};
    size_t index;
    if (value_word(parse, value, "a way to log in", words, sizeof words / sizeof words[0], &index))
        ((struct lab_web *)target)->login = (enum lab_login)index;
}

static void read_status(struct parse *parse, const struct node *value, void *target)
{
    value_path(parse, value, &((struct lab_web *)target)->status);
}

static void read_reset_path(struct parse *parse, const struct node *value, void *target)
{
    value_path(parse, value, &((struct lab_web *)target)->reset);
}

static void read_reboot_path(struct parse *parse, const struct node *value, void *target)
{
    value_path(parse, value, &((struct lab_web *)target)->reboot);
}

static void read_configure(struct parse *parse, const struct node *value, void *target)
{
    value_path(parse, value, &((struct lab_web *)target)->configure);
}

static void read_resync(struct parse *parse, const struct node *value, void *target)
{
    value_path(parse, value, &((struct lab_web *)target)->resync);
}

static void read_web(struct parse *parse, const struct node *value, void *target)
{
    static const struct field fields[] = {
        {"port", read_port, false},           {"tls", read_tls, false},
        {"user", read_user, false},           {"password", read_password, false},
        {"login", read_login, false},         {"status", read_status, false},
        {"reset", read_reset_path, false},    {"reboot", read_reboot_path, false},
        {"configure", read_configure, false}, {"resync", read_resync, false},
    };
    struct lab_web *web = &((struct lab_phone *)target)->web;
    const struct vendor_page *page = vendor_page(vendor_default());
    *web = (struct lab_web){.given = true,
                            .user = page->user,
                            .status = page->status,
                            .reset = page->reset,
                            .reboot = page->reboot,
                            .configure = page->configure,
                            .resync = page->resync};
    fields_read(parse, value, "`web`", fields, sizeof fields / sizeof fields[0], web);
    if (web->port == 0)
        web->port = web->tls ? PAGE_TLS_PORT : PAGE_PORT;
    const struct node *login = node_child(value, "login");
    if (login && !node_child(value, "password"))
        parse_error(parse, login->key->place,
                    "expected `password:` beside `login:`, found no such key");
}

/* --- a phone --- */

static void read_name(struct parse *parse, const struct node *value, void *target)
{
    value_lab_name(parse, value, "the phone's name", &((struct lab_phone *)target)->name);
}

static void read_mac(struct parse *parse, const struct node *value, void *target)
{
    static const struct mac none;
    struct lab_phone *phone = target;
    struct mac mac;
    if (value->kind != NODE_SCALAR || !mac_parse(value->text, &mac) || mac_is_group(&mac) ||
        mac_equal(&mac, &none))
        parse_expected(parse, value, NULL,
                       "the phone's own MAC address such as 00:1a:2b:3c:4d:5e (on its label)");
    else
        phone->mac = mac;
}

static void read_model(struct parse *parse, const struct node *value, void *target)
{
    value_model(parse, value, &((struct lab_phone *)target)->model);
}

static void read_serial(struct parse *parse, const struct node *value, void *target)
{
    bool good = value->kind == NODE_SCALAR && !value->nothing && *value->text &&
                strlen(value->text) <= LAB_FILE_NAME_MAX;
    for (const char *t = value->text; good && *t; t++)
        good = isalnum((unsigned char)*t) || *t == '-';
    if (good)
        ((struct lab_phone *)target)->serial = value->text;
    else
        parse_expected(parse, value, NULL, "a serial number such as FCH2345A6BC (on its label)");
}

static void read_reset(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    read_lab_driver(parse, value, "`reset`", false, &phone->reset, &phone->reset_command);
}

static void read_reboot(struct parse *parse, const struct node *value, void *target)
{
    struct lab_phone *phone = target;
    read_lab_driver(parse, value, "`reboot`", true, &phone->reboot, &phone->reboot_command);
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
        {"name", read_name, true},          {"mac", read_mac, true},
        {"model", read_model, true},        {"serial", read_serial, false},
        {"web", read_web, false},           {"reset", read_reset, false},
        {"reboot", read_reboot, false},     {"power", read_lab_power, false},
        {"readings", read_readings, false},
    };
    bool web = node_child(item, "web") != NULL;
    *phone = (struct lab_phone){.place = item->place,
                                .reset = web ? LAB_DRIVER_WEB : LAB_DRIVER_MANUAL,
                                .reboot = web ? LAB_DRIVER_WEB : LAB_DRIVER_MANUAL};
    fields_read(parse, item, "a phone", fields, sizeof fields / sizeof fields[0], phone);
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
