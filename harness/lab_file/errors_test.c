/* SPDX-License-Identifier: MIT */
/* Every message, and that none quotes a secret. */
#include "harness/lab_file/lab_file_testing.h"

/* One line more in a good lab, or in its phone, or in a phone that has power, or in `snmp`: at 5:1,
 * 6:5, 6:18 and 6:13. */
#define LAB(text)                                                                             \
    "lab: t\ninterface: eth1\naddress: 192.0.2.1/24\npool: 192.0.2.50-192.0.2.99\n" text "\n" \
    "phones: [{name: a, mac: 001a2b3c4d5e, model: 8841}]\n"
#define PHONE(text) \
    "lab: t\nphones:\n  - name: a\n    mac: 00:1a:2b:3c:4d:5e\n    model: 8841\n    " text "\n"
#define POWER(text) PHONE("power: {" text "}")
#define SNMP(text) PHONE("power: {snmp: {" text "}}")
#define WIRE(text) "lab: t\n" text "\n"

static void check_errors(const struct error_case *cases, size_t count)
{
    const char *folder = testing_lab_folder();
    for (size_t i = 0; i < count; i++) {
        struct diagnostics diagnostics;
        struct lab_file *lab = NULL;
        diagnostics_init(&diagnostics);
        CU_ASSERT_EQUAL(lab_file_parse("x.yaml", folder, (const uint8_t *)cases[i].text,
                                       strlen(cases[i].text), &lab, &diagnostics),
                        ERROR_INVALID);
        CU_ASSERT_PTR_NULL(lab);
        testing_check_problems(&cases[i], &diagnostics);
        for (size_t k = 0; k < diagnostics.count; k++)
            CU_ASSERT_PTR_NULL(strstr(diagnostics.items[k].text, "hunter"));
        lab_file_free(lab);
        diagnostics_done(&diagnostics);
    }
}

static const struct error_case top_cases[] = {
    {"", {"1:1: expected a lab, found an empty file"}},
    {"lab: t\n---\nlab: u\n", {"2:1: expected one lab in a file, found a second document"}},
    {"lab: a/b\n",
     {"1:6: expected the lab's name: at most 32 letters, digits, `-`, `_` and `.`, "
      "found `a/b`"}},
    {"lab: abcdefghijklmnopqrstuvwxyz0123456\n", {"1:6: expected the lab's name: at most 32"}},
    {"interfaces: x\n",
     {"1:1: expected a key of a lab (lab, interface, address, pool, name_server, time_scale, edos, "
      "provision, tolerance, phones), found `interfaces`; did you mean `interface`?",
      "1:1: expected `lab:` in a lab, found no such key"}},
    {"lab: t\ninterface: eth1\n",
     {"2:1: expected `address:` in a lab with an `interface:`, found no such key",
      "2:1: expected `pool:` in a lab with an `interface:`",
      "2:1: expected `phones:` in a lab with an `interface:`"}},
    {WIRE("interface: a/b\nphones: x"),
     {"2:1: expected `address:`", "2:1: expected `pool:`",
      "2:12: expected the name of a network interface such as eth1 (`ip link` lists them), found "
      "`a/b`",
      "3:9: expected a list of phones such as {name: …, mac: …, model: …}, found `x`"}},
    {LAB("time_scale: 0.5"),
     {"5:13: expected how many times faster the devices' timers run, a number from 1 to 1000, "
      "found `0.5`"}},
    {LAB("time_scale: 1001"), {"5:13: a number from 1 to 1000, found `1001`"}},
    {LAB("time_scale: 1e2"), {"5:13: a number from 1 to 1000, found `1e2`"}},
    {LAB("time_scale: nan"), {"5:13: a number from 1 to 1000, found `nan`"}},
    {LAB("time_scale: [1]"), {"5:13: a number from 1 to 1000, found a list"}},
    {LAB("tolerance: {percent: 10%}"), {"5:22: expected a percentage from 0 to 100, found `10%`"}},
    {LAB("tolerance: {percent: 10, at_least: 5s}"),
     {"5:26: expected a key of a tolerance (percent, at-least), found `at_least`; did you mean "
      "`at-least`?"}},
};

static const struct error_case address_cases[] = {
    {WIRE("address: 192.0.2.1"),
     {"2:10: expected the harness's address and the length of its prefix (8 to 30), such as "
      "192.168.77.1/24, found `192.0.2.1`"}},
    {WIRE("address: 192.0.2.1/31"), {"2:10: (8 to 30)"}},
    {WIRE("address: 192.0.2.1/7"), {"2:10: (8 to 30)"}},
    {WIRE("address: 192.0.2.1/24.5"), {"2:10: (8 to 30)"}},
    {WIRE("address: 192.0.2/24"), {"2:10: (8 to 30)"}},
    {WIRE("address: 192.0.2.0/24"),
     {"2:10: expected the harness's address within 192.0.2.0/24, found 192.0.2.0, which is the "
      "name of the network"}},
    {WIRE("address: 192.0.2.255/24\nname_server: 192.0.2.4\nedos: {address: 192.0.2.2}\n"
          "provision: {address: 192.0.2.3}"),
     {"2:10: expected the harness's address within 192.0.2.0/24, found 192.0.2.255, which is the "
      "broadcast address"}},
    {WIRE("address: 192.0.2.253/24"),
     {"2:10: expected the address of the provisioning server within 192.0.2.0/24, found "
      "192.0.2.255, which is the broadcast address; it follows from this address: choose another "
      "one with `provision: {address: …}`",
      "2:10: expected the address of the name server within 192.0.2.0/24, found 192.0.3.0, which "
      "is outside; it follows from this address: choose another one with `name_server: …`"}},
    {WIRE("address: 192.0.2.1/24\nedos: {address: 192.0.3.1}"),
     {"3:17: expected the address of EDOS within 192.0.2.0/24, found 192.0.3.1, which is outside"}},
    {WIRE("address: 192.0.2.1/24\nedos: {address: 192.0.2.1}"),
     {"3:17: expected the address of EDOS to differ from the others, found 192.0.2.1, which is "
      "also the harness's address"}},
    {WIRE("address: 192.0.2.1/24\nname_server: 192.0.2.3"),
     {"3:14: expected the address of the name server to differ from the others, found 192.0.2.3, "
      "which is also the address of the provisioning server"}},
    {WIRE("address: 192.0.2.1/24\nedos: {address: 192.0.2.3}"),
     {"2:10: expected the address of the provisioning server to differ from the others, found "
      "192.0.2.3, which is also the address of EDOS; it follows from this address"}},
    {WIRE("address: 192.0.2.1/24\nname_server: here"),
     {"3:14: expected an IPv4 address such as 192.0.2.1, found `here`"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.50"),
     {"3:7: expected the first and the last address for the phones, such as "
      "192.168.77.50-192.168.77.250, found `192.0.2.50`"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.50-51"), {"3:7: the first and the last address"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.50-192.0.2.49"),
     {"3:7: expected the smaller address of the pool first, found `192.0.2.50-192.0.2.49`"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.50-192.0.3.1"),
     {"3:7: expected a pool within 192.0.2.0/24, without its first and last address, found "
      "192.0.2.50-192.0.3.1"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.50-192.0.2.255"),
     {"3:7: expected a pool within 192.0.2.0/24, without its first and last address"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.4-192.0.2.9\nname_server: 192.0.2.9"),
     {"4:14: expected the address of the name server outside the pool, found 192.0.2.9, which a "
      "phone may be given"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.4-192.0.2.9"),
     {"2:10: expected the address of the name server outside the pool, found 192.0.2.4, which a "
      "phone may be given; it follows from this address"}},
    {WIRE("address: 192.0.2.1/24\npool: 192.0.2.9-192.0.2.9\nphones:\n"
          "  - {name: a, mac: 001a2b3c4d5e, model: 8841}\n"
          "  - {name: b, mac: 001a2b3c4d5f, model: 8841}"),
     {"3:7: expected a pool with an address for each of the 2 phones, found 1"}},
    {WIRE("pool: 192.0.2.9-192.0.2.9"),
     {"2:7: expected `address:` in a lab that gives other addresses, found no such key"}},
    {WIRE("edos: {address: 192.0.2.9}"), {"2:17: expected `address:` in a lab that gives other"}},
};

static const struct error_case server_cases[] = {
    {LAB("edos: {hosts: a}"),
     {"5:8: expected a key of `edos` (host, path, address, port, tls, certificate, key, "
      "demand_client_certificate), found `hosts`; did you mean `host`?"}},
    {LAB("edos: x"), {"5:7: expected a map with the keys of `edos`"}},
    {LAB("edos: {host: a_b}"),
     {"5:14: expected a host name such as host.example.net, found `a_b`"}},
    {LAB("edos: {host: 192.0.2.1}"),
     {"5:14: expected a host name such as host.example.net, found"}},
    {LAB("edos: {host: -a.b}"), {"5:14: expected a host name"}},
    {LAB("edos: {host: a..b}"), {"5:14: expected a host name"}},
    {LAB("edos: {path: a}"), {"5:14: expected a path such as /admin/status.xml, found `a`"}},
    {LAB("edos: {path: '/a b'}"), {"5:14: expected a path"}},
    {LAB("edos: {port: 0}"), {"5:14: expected a port, a whole number from 1 to 65535, found `0`"}},
    {LAB("edos: {port: 65536}"), {"5:14: from 1 to 65535, found `65536`"}},
    {LAB("edos: {tls: yes}"), {"5:13: expected true or false, found `yes`; did you mean `true`?"}},
    {LAB("edos: {certificate: edos.pem}"),
     {"5:8: expected `key:` beside `certificate:`, found no such key"}},
    {LAB("edos: {key: file:edos.key}"),
     {"5:8: expected `certificate:` beside `key:`, found no such key"}},
    {LAB("edos: {tls: false, certificate: edos.pem, key: file:edos.key}"),
     {"5:20: expected no `certificate:` without TLS (`tls: false`)",
      "5:43: expected no `key:` without TLS (`tls: false`)"}},
    {LAB("edos: {tls: false, demand_client_certificate: true}"),
     {"5:20: expected no `demand_client_certificate:` without TLS (`tls: false`)"}},
    {LAB("provision: {https: none, demand_client_certificate: true}"),
     {"5:26: expected no `demand_client_certificate:` without TLS (`https: none`)"}},
    {LAB("edos: {certificate: none.pem, key: file:edos.key}"),
     {"5:21: expected a file that can be read, found `none.pem`: No such file or directory"}},
    {LAB("edos: {certificate: secret, key: file:edos.key}"),
     {"5:21: expected a certificate in PEM (-----BEGIN CERTIFICATE-----) in the file `secret`, "
      "found something else"}},
    {LAB("edos: {certificate: edos.pem, key: file:secret}"),
     {"5:36: expected a key in PEM (-----BEGIN PRIVATE KEY-----) in file:secret, found something "
      "else"}},
    {LAB("edos: {certificate: edos.pem, key: edos.key}"),
     {"5:36: expected env:NAME or file:PATH, found a text; a secret is never written here"}},
    {LAB("provision: {http: 80, https: 80}"),
     {"5:30: expected two ports for http and https, found 80 for both"}},
    {LAB("provision: {http: 443}"), {"5:19: expected two ports for http and https"}},
    {LAB("provision: {http: none, https: none, tftp: none}"),
     {"5:12: expected at least one of http, https and tftp, found none of them"}},
    {LAB("provision: {tftp: off}"), {"5:19: expected a port, or none, found `off`"}},
    {LAB("provision: {host: Activate.cisco.com}"),
     {"5:19: expected two hosts for edos and provision, each with a name of its own, found "
      "`Activate.cisco.com`"}},
    {LAB("edos: {host: provision.example.net}"), {"5:14: expected two hosts"}},
};

static const struct error_case phone_cases[] = {
    {WIRE("phones: {}"), {"2:9: expected a list of phones"}},
    {WIRE("phones:"), {"2:1: expected a list of phones"}},
    {WIRE("phones: [x]"), {"2:10: expected a map with the keys of a phone"}},
    {WIRE("phones: [{name: a}]"),
     {"2:10: expected `mac:` in a phone, found no such key",
      "2:10: expected `model:` in a phone, found no such key"}},
    {WIRE("phones: [{name: a b, mac: 001a2b3c4d5e, model: 8841}]"),
     {"2:17: expected the phone's name: at most 32 letters, digits, `-`, `_` and `.`, found "
      "`a b`"}},
    {WIRE("phones: [{name: ../a, mac: 001a2b3c4d5e, model: 8841}]"),
     {"2:17: expected the phone's name"}},
    {WIRE("phones: [{name: a, mac: 00:1a:2b:3c:4d, model: 8841}]"),
     {"2:25: expected the phone's own MAC address such as 00:1a:2b:3c:4d:5e (on its label), found "
      "`00:1a:2b:3c:4d`"}},
    {WIRE("phones: [{name: a, mac: 01:00:5e:00:00:01, model: 8841}]"),
     {"2:25: expected the phone's own MAC address"}},
    {WIRE("phones: [{name: a, mac: 00:00:00:00:00:00, model: 8841}]"),
     {"2:25: expected the phone's own MAC address"}},
    {WIRE("phones: [{name: a, mac: 001a2b3c4d5e, model: 8814}]"),
     {"2:46: expected a phone model (6821, 6825,"}},
    {WIRE("phones:\n- {name: a, mac: 001a2b3c4d5e, model: 8841, serial: FCH1}\n"
          "- {name: A, mac: '00-1A-2B-3C-4D-5E', model: 6841, serial: FCH1}"),
     {"4:10: expected a name of its own for each phone (the phone at line 3, column 3 has it too), "
      "found `A`",
      "4:18: expected a mac of its own for each phone (the phone at line 3, column 3 has it too), "
      "found `00-1A-2B-3C-4D-5E`",
      "4:60: expected a serial of its own for each phone"}},
    {PHONE("serial: 'a b'"),
     {"6:13: expected a serial number such as FCH2345A6BC (on its label), found `a b`"}},
    {PHONE("readings: {dhcp_abort: offerd}"),
     {"6:28: expected a value of this reading (downloaded, offered), found `offerd`; did you mean "
      "`offered`?"}},
    {PHONE("readings: {dhcp-abort: offered}"), {"6:16: did you mean `dhcp_abort`?"}},
    {PHONE("rest: manual"),
     {"6:5: expected a key of a phone (name, mac, model, serial, web, reset, "
      "reboot, power, readings), found `rest`; did you mean `reset`?"}},
    {PHONE("web: {port: 99999}"), {"6:17: expected a port, a whole number from 1 to 65535"}},
    {PHONE("web: {login: basic, password: env:" TESTING_VARIABLE "}"),
     {"6:18: expected a way to log in (http, query), found `basic`"}},
    {PHONE("web: {login: query}"),
     {"6:11: expected `password:` beside `login:`, found no such key"}},
    {PHONE("web: {status: status.xml}"), {"6:19: expected a path such as /admin/status.xml"}},
    {PHONE("web: {user: \"\"}"), {"6:17: expected the name of the page's user"}},
    {PHONE("reset: web"),
     {"6:12: expected `web:` in a phone with `reset: web`, found no such key"}},
    {PHONE("reboot: web"),
     {"6:13: expected `web:` in a phone with `reboot: web`, found no such key"}},
    {PHONE("reboot: power"),
     {"6:13: expected `power:` in a phone with `reboot: power`, found no such key"}},
    {PHONE("reset: power"),
     {"6:12: expected a way to do it, {command: […]} or one of (web, manual), found `power`"}},
    {PHONE("reboot: hand"),
     {"6:13: expected a way to do it, {command: […]} or one of (web, manual, power), found "
      "`hand`"}},
    {PHONE("reset: {commands: [a]}"),
     {"6:13: expected a key of `reset` (command), found `commands`; did you mean `command`?"}},
    {PHONE("reset: {command: ./reset.sh}"),
     {"6:22: expected a program and its arguments such as [./power.sh, desk-1], found "
      "`./reset.sh`"}},
    {PHONE("reset: {command: []}"), {"6:22: found an empty list"}},
    {PHONE("reset: {command: [\"\", a]}"), {"6:23: expected a program, found an empty text"}},
    {PHONE("reset: {command: [a, [b]]}"), {"6:26: expected an argument, found a list"}},
};

static const struct error_case power_cases[] = {
    {PHONE("power: hand"),
     {"6:12: expected a way to switch the power, {snmp: …}, {command: […]} or (manual), found "
      "`hand`"}},
    {PHONE("power: {}"),
     {"6:12: expected one way in `power` (snmp, command, or on and off), found none"}},
    {POWER("command: [a], on: {command: [b]}, off: {command: [c]}"),
     {"6:12: expected one way in `power` (snmp, command, or on and off), found 2"}},
    {POWER("on: {command: [b]}"), {"6:13: expected `off:` beside `on:`, found no such key"}},
    {POWER("off: {command: [b]}"), {"6:13: expected `on:` beside `off:`, found no such key"}},
    {POWER("on: {}, off: {command: [b]}"),
     {"6:17: expected `command:` in `on`, found no such key"}},
    {SNMP("host: s"),
     {"6:19: expected `port:` in `snmp`, found no such key",
      "6:19: expected `community:` (SNMPv2c) or `user:` (SNMPv3) in `snmp`, found neither"}},
    {SNMP("host: s, port: 0, community: env:" TESTING_VARIABLE),
     {"6:35: expected the number of a port of the switch, a whole number from 1 to 2147483647, "
      "found `0`"}},
    {SNMP("host: s, port: 1, group: a, community: env:" TESTING_VARIABLE),
     {"6:45: expected the number of a group of ports"}},
    {SNMP("host: 's w', port: 1, community: env:" TESTING_VARIABLE),
     {"6:26: expected a host name such as host.example.net, or an IPv4 address, found `s w`"}},
    {SNMP("host: s, port: 1, udp_port: 0, community: env:" TESTING_VARIABLE),
     {"6:48: expected a port"}},
    {SNMP("host: s, port: 1, community: env:" TESTING_VARIABLE ", user: u"),
     {"6:72: expected `community:` (SNMPv2c) or `user:` (SNMPv3), found both"}},
    {SNMP("host: s, port: 1, user: u, authentication: SHA"),
     {"6:47: expected `authentication_password:` beside `authentication:`, found no such key"}},
    {SNMP("host: s, port: 1, user: u, privacy: AES"),
     {"6:47: expected `privacy_password:` beside `privacy:`, found no such key"}},
    {SNMP("host: s, port: 1, user: u, privacy_password: file:secret"),
     {"6:47: expected `authentication_password:` beside `privacy_password:`"}},
    {SNMP("host: s, port: 1, community: file:secret, authentication_password: file:secret"),
     {"6:62: expected `user:` beside `authentication_password:`"}},
    {SNMP("host: s, port: 1, user: u, authentication: SHA1, authentication_password: file:secret"),
     {"6:63: expected a way of authentication (MD5, SHA, SHA-256, SHA-512), found `SHA1`"}},
    {SNMP("host: s, port: 1, user: u, authentication_password: file:short"),
     {"6:72: expected a password of at least 8 characters in file:short, as SNMPv3 demands, found "
      "a shorter one"}},
    {WIRE("phones:\n"
          "- {name: a, mac: 001a2b3c4d5e, model: 8841, power: {snmp: {host: s, port: 7, "
          "community: file:secret}}}\n"
          "- {name: b, mac: 001a2b3c4d5f, model: 8841, power: {snmp: {host: S, port: 7, "
          "community: file:secret}}}"),
     {"4:45: expected a port of the switch for each phone, found the one of the phone at line 3, "
      "column 3 again"}},
};

#define PASSWORD(text) PHONE("web: {password: " text "}")
static const struct error_case secret_cases[] = {
    {PASSWORD(TESTING_SECRET),
     {"6:21: expected env:NAME or file:PATH, found a text; a secret is never written here"}},
    {PASSWORD(""), {"6:11: expected where the secret is: env:NAME or file:PATH, found nothing"}},
    {PASSWORD("[" TESTING_SECRET "]"), {"6:21: env:NAME or file:PATH, found a list"}},
    {PASSWORD("{" TESTING_SECRET ": x}"), {"6:21: env:NAME or file:PATH, found a map"}},
    {PASSWORD("&" TESTING_SECRET), {"6:11: found nothing", "6:21: found the anchor `&…`"}},
    {PASSWORD("*" TESTING_SECRET), {"6:21: found the alias `*…`"}},
    {PASSWORD("!" TESTING_SECRET " x"),
     {"6:21: found the tag", "6:21: a secret is never written here"}},
    {PASSWORD("env:a, " TESTING_SECRET),
     {"6:21: expected a secret in the environment variable a, found it not set",
      "6:28: expected a key of `web`"}},
    {PHONE("web: {password:" TESTING_SECRET "}"),
     {"6:11: found a word alone; a text that holds a comma "
      "needs quotes, and a colon a space behind it"}},
    {PHONE("web: password:" TESTING_SECRET), {"6:10: expected a map with the keys of `web`"}},
    {PASSWORD("'env:" TESTING_SECRET "'"),
     {"6:21: expected env: with the name of an environment variable (letters, digits, `_`), found "
      "something else"}},
    {PASSWORD("env:" TESTING_VARIABLE "_MISSING"),
     {"6:21: expected a secret in the environment variable " TESTING_VARIABLE
      "_MISSING, found it not set; "
      "set it before rclab is started"}},
    {PASSWORD("env:" TESTING_VARIABLE "_EMPTY"),
     {"6:21: the environment variable " TESTING_VARIABLE "_EMPTY, found it empty"}},
    {PASSWORD("'file:'"), {"6:21: expected file: with the path of a file, found none"}},
    {PASSWORD("file:none"),
     {"6:21: expected a file that can be read, found `none`: No such file or directory"}},
    {PASSWORD("file:."), {"6:21: found `.`: it is no regular file"}},
    {PASSWORD("file:empty"), {"6:21: expected a secret in the file `empty`, found it empty"}},
    {PASSWORD("file:newline"), {"6:21: expected a secret in the file `newline`, found it empty"}},
    {PASSWORD("file:nul"), {"6:21: expected a secret of text in the file `nul`, found a NUL"}},
    {PASSWORD("file:lines"), {"6:21: expected a secret of one line in file:lines, found several"}},
    {PASSWORD("file:many"), {"6:21: found `many`: it is larger than 4 KiB"}},
};

static void errors_top(void)
{
    check_errors(top_cases, COUNT(top_cases));
}

static void errors_addresses(void)
{
    check_errors(address_cases, COUNT(address_cases));
}

static void errors_servers(void)
{
    check_errors(server_cases, COUNT(server_cases));
}

static void errors_phones(void)
{
    check_errors(phone_cases, COUNT(phone_cases));
}

static void errors_power(void)
{
    check_errors(power_cases, COUNT(power_cases));
}

static void errors_secrets(void)
{
    check_errors(secret_cases, COUNT(secret_cases));
}

void tests_harness_lab_file_errors(void);
void tests_harness_lab_file_errors(void)
{
    TEST_SUITE("lab_file/errors", {"top level", errors_top}, {"addresses", errors_addresses},
               {"servers", errors_servers}, {"phones", errors_phones}, {"power", errors_power},
               {"secrets", errors_secrets});
}
