/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/lab_file/lab_file_testing.h"
#include <sys/stat.h>

static void an_emulated_lab(void)
{
    struct lab_file *lab = testing_lab("lab: t\n");
    CU_ASSERT_STRING_EQUAL(lab->name, "t");
    CU_ASSERT_STRING_EQUAL(lab->path, "folder/x.yaml");
    CU_ASSERT_PTR_NULL(lab->interface);
    CU_ASSERT_EQUAL(lab->address | lab->name_server | lab->edos.address | lab->pool_first, 0);
    CU_ASSERT_EQUAL(lab->time_scale, 1);
    CU_ASSERT_EQUAL(lab->phone_count, 0);
    CU_ASSERT_FALSE(lab->has_tolerance);
    CU_ASSERT_STRING_EQUAL(lab->edos.host, "activate.cisco.com");
    CU_ASSERT_STRING_EQUAL(lab->edos.path, "/software/edos/callhome/rc");
    CU_ASSERT_TRUE(lab->edos.tls);
    CU_ASSERT_EQUAL(lab->edos.https_port, 443);
    CU_ASSERT_EQUAL(lab->edos.http_port, 0);
    CU_ASSERT_PTR_NULL(lab->edos.certificate_pem);
    CU_ASSERT_STRING_EQUAL(lab->provision.host, "provision.example.net");
    CU_ASSERT_PTR_NULL(lab->provision.path);
    CU_ASSERT_EQUAL(lab->provision.http_port, 80);
    CU_ASSERT_EQUAL(lab->provision.https_port, 443);
    CU_ASSERT_EQUAL(lab->provision.tftp_port, 69);
    CU_ASSERT_EQUAL(lab->source_bytes, 7);
    CU_ASSERT_EQUAL(memcmp(lab->source, "lab: t\n", 7), 0);
    lab_file_free(lab);
}

static void the_wire(void)
{
    struct lab_file *lab = testing_lab("lab: t\ninterface: eth1\naddress: 192.0.2.1/24\n"
                                       "pool: 192.0.2.50-192.0.2.99\ntime_scale: 2.5\n"
                                       "tolerance: {percent: 10, at-least: 5s}\n"
                                       "phones: [{name: a, mac: 001a2b3c4d5e, model: 8841}]\n");
    CU_ASSERT_STRING_EQUAL(lab->interface, "eth1");
    CU_ASSERT_EQUAL(lab->address, 0xc0000201);
    CU_ASSERT_EQUAL(lab->edos.address, 0xc0000202);
    CU_ASSERT_EQUAL(lab->provision.address, 0xc0000203);
    CU_ASSERT_EQUAL(lab->name_server, 0xc0000204);
    CU_ASSERT_EQUAL(lab->prefix_length, 24);
    CU_ASSERT_EQUAL(lab->pool_first, 0xc0000232);
    CU_ASSERT_EQUAL(lab->pool_last, 0xc0000263);
    CU_ASSERT_EQUAL(lab->time_scale, 2.5);
    CU_ASSERT_TRUE(lab->has_tolerance);
    CU_ASSERT_EQUAL(lab->tolerance.percent, 10);
    CU_ASSERT_EQUAL(lab->tolerance.at_least_us, 5 * DURATION_S);
    CU_ASSERT_EQUAL_FATAL(lab->phone_count, 1);
    const struct lab_phone *phone = &lab->phones[0];
    CU_ASSERT_EQUAL(phone->mac.bytes[5], 0x5e);
    CU_ASSERT_STRING_EQUAL(phone->model, "8841");
    CU_ASSERT_PTR_NULL(phone->serial);
    CU_ASSERT_FALSE(phone->web.given);
    CU_ASSERT_EQUAL(phone->reset, LAB_DRIVER_MANUAL);
    CU_ASSERT_EQUAL(phone->reboot, LAB_DRIVER_MANUAL);
    CU_ASSERT_EQUAL(phone->power, LAB_DRIVER_NONE);
    CU_ASSERT_EQUAL(phone->place.column, 10);
    lab_file_free(lab);
}

/* The smallest subnet that has room for the four of them and one phone is a /29. */
static void a_wire_without_phones_of_its_own(void)
{
    struct lab_file *lab = testing_lab("lab: t\ninterface: eth1\naddress: 192.0.2.1/24\n"
                                       "pool: 192.0.2.50-192.0.2.99\nphones: []\n");
    CU_ASSERT_EQUAL(lab->phone_count, 0);
    lab_file_free(lab);
}

static void addresses_at_the_edges(void)
{
    lab_file_free(testing_lab("lab: t\naddress: 192.0.2.1/29\npool: 192.0.2.5-192.0.2.6\nphones:\n"
                              "- {name: a, mac: 001a2b3c4d5e, model: 8841}\n"
                              "- {name: b, mac: 001a2b3c4d5f, model: 8841}\n"));
    struct lab_file *lab = testing_lab("lab: t\naddress: 192.0.2.254/24\nname_server: 192.0.2.1\n"
                                       "edos: {address: 192.0.2.2}\n"
                                       "provision: {address: 192.0.2.3}\n");
    CU_ASSERT_EQUAL(lab->name_server, 0xc0000201);
    CU_ASSERT_EQUAL(lab->edos.address, 0xc0000202);
    CU_ASSERT_EQUAL(lab->provision.address, 0xc0000203);
    lab_file_free(lab);
}

static void servers(void)
{
    struct lab_file *lab =
        testing_lab("lab: t\nedos: {host: e.example, path: /x, port: 4430, certificate: edos.pem,\n"
                    "  key: file:edos.key, demand_client_certificate: true}\n"
                    "provision: {host: p.example, http: 8080, https: none, tftp: 6900}\n");
    CU_ASSERT_STRING_EQUAL(lab->edos.host, "e.example");
    CU_ASSERT_STRING_EQUAL(lab->edos.path, "/x");
    CU_ASSERT_EQUAL(lab->edos.https_port, 4430);
    CU_ASSERT_TRUE(lab->edos.demands_client_certificate);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lab->edos.certificate_pem);
    CU_ASSERT_EQUAL(strncmp(lab->edos.certificate_pem, "-----BEGIN CERTIFICATE-----\n", 28), 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lab->edos.key_pem);
    CU_ASSERT_PTR_NOT_NULL(strstr(lab->edos.key_pem, TESTING_SECRET));
    CU_ASSERT_STRING_EQUAL(lab->edos.certificate, "edos.pem");
    CU_ASSERT_STRING_EQUAL(lab->edos.key, "file:edos.key");
    CU_ASSERT_EQUAL(lab->edos.key_place.line, 3);
    CU_ASSERT_STRING_EQUAL(lab->provision.host, "p.example");
    CU_ASSERT_EQUAL(lab->provision.http_port, 8080);
    CU_ASSERT_EQUAL(lab->provision.https_port, 0);
    CU_ASSERT_EQUAL(lab->provision.tftp_port, 6900);
    lab_file_free(lab);
    lab = testing_lab("lab: t\nedos: {tls: false}\n");
    CU_ASSERT_FALSE(lab->edos.tls);
    CU_ASSERT_EQUAL(lab->edos.http_port, 80);
    CU_ASSERT_EQUAL(lab->edos.https_port, 0);
    lab_file_free(lab);
    lab = testing_lab("lab: t\nedos: {tls: false, port: 8080}\n");
    CU_ASSERT_EQUAL(lab->edos.http_port, 8080);
    lab_file_free(lab);
}

static void the_page_of_a_phone(void)
{
    struct lab_file *lab = testing_lab(
        "lab: t\nphones:\n- {name: a, mac: 001a2b3c4d5e, model: 8841, web: {}}\n"
        "- name: b\n  mac: 001a2b3c4d5f\n  model: 8841\n  serial: FCH00000001\n"
        "  web: {tls: true, user: u, password: env:" TESTING_VARIABLE ", login: query,\n"
        "    status: /s, reset: /r, reboot: /b, configure: /c, resync: /y}\n"
        "  reset: manual\n  reboot: {command: [./b.sh, b, \"\"]}\n"
        "  readings: {pending_boot: wait-first}\n");
    CU_ASSERT_EQUAL_FATAL(lab->phone_count, 2);
    const struct lab_phone *phone = &lab->phones[0];
    CU_ASSERT_TRUE(phone->web.given);
    CU_ASSERT_EQUAL(phone->web.port, 80);
    CU_ASSERT_STRING_EQUAL(phone->web.user, "admin");
    CU_ASSERT_PTR_NULL(phone->web.password.value);
    CU_ASSERT_EQUAL(phone->web.login, LAB_LOGIN_HTTP);
    CU_ASSERT_STRING_EQUAL(phone->web.status, "/admin/status.xml");
    CU_ASSERT_STRING_EQUAL(phone->web.reset, "/admin/factory-reset");
    CU_ASSERT_STRING_EQUAL(phone->web.reboot, "/admin/reboot");
    CU_ASSERT_STRING_EQUAL(phone->web.configure, "/admin/bcisco.csc");
    CU_ASSERT_STRING_EQUAL(phone->web.resync, "/admin/resync");
    CU_ASSERT_EQUAL(phone->reset, LAB_DRIVER_WEB);
    CU_ASSERT_EQUAL(phone->reboot, LAB_DRIVER_WEB);
    phone++;
    CU_ASSERT_STRING_EQUAL(phone->serial, "FCH00000001");
    CU_ASSERT_EQUAL(phone->web.port, 443);
    CU_ASSERT_STRING_EQUAL(phone->web.user, "u");
    CU_ASSERT_STRING_EQUAL(phone->web.password.source, "env:" TESTING_VARIABLE);
    CU_ASSERT_STRING_EQUAL(phone->web.password.value, TESTING_SECRET);
    CU_ASSERT_EQUAL(phone->web.password.place.line, 8);
    CU_ASSERT_EQUAL(phone->web.login, LAB_LOGIN_QUERY);
    CU_ASSERT_STRING_EQUAL(phone->web.resync, "/y");
    CU_ASSERT_EQUAL(phone->reset, LAB_DRIVER_MANUAL);
    CU_ASSERT_EQUAL(phone->reboot, LAB_DRIVER_COMMAND);
    CU_ASSERT_EQUAL_FATAL(phone->reboot_command.argument_count, 3);
    CU_ASSERT_STRING_EQUAL(phone->reboot_command.arguments[0], "./b.sh");
    CU_ASSERT_STRING_EQUAL(phone->reboot_command.arguments[2], "");
    CU_ASSERT_PTR_NULL(phone->reboot_command.arguments[3]);
    CU_ASSERT_EQUAL(phone->readings.pending_boot, PENDING_BOOT_WAIT_FIRST);
    CU_ASSERT_TRUE(phone->readings_stated[1]);
    CU_ASSERT_FALSE(phone->readings_stated[0]);
    lab_file_free(lab);
}

#define PHONE(text)                                                                                \
    "lab: t\nphones:\n- {name: a, mac: 001a2b3c4d5e, model: 8841, reboot: power, power: " text "}" \
    "\n"

static void power_by_command(void)
{
    struct lab_file *lab = testing_lab(PHONE("{command: [./p, a]}"));
    const struct lab_phone *phone = &lab->phones[0];
    CU_ASSERT_EQUAL(phone->reboot, LAB_DRIVER_POWER);
    CU_ASSERT_EQUAL(phone->power, LAB_DRIVER_COMMAND);
    CU_ASSERT_EQUAL_FATAL(phone->power_on_command.argument_count, 3);
    CU_ASSERT_STRING_EQUAL(phone->power_on_command.arguments[1], "a");
    CU_ASSERT_STRING_EQUAL(phone->power_on_command.arguments[2], "on");
    CU_ASSERT_PTR_NULL(phone->power_on_command.arguments[3]);
    CU_ASSERT_EQUAL_FATAL(phone->power_off_command.argument_count, 3);
    CU_ASSERT_STRING_EQUAL(phone->power_off_command.arguments[2], "off");
    lab_file_free(lab);
    lab = testing_lab(PHONE("{on: {command: [up]}, off: {command: [down, a]}}"));
    phone = &lab->phones[0];
    CU_ASSERT_EQUAL(phone->power, LAB_DRIVER_COMMAND);
    CU_ASSERT_EQUAL_FATAL(phone->power_on_command.argument_count, 1);
    CU_ASSERT_STRING_EQUAL(phone->power_on_command.arguments[0], "up");
    CU_ASSERT_EQUAL(phone->power_off_command.argument_count, 2);
    lab_file_free(lab);
    lab = testing_lab(PHONE("manual"));
    CU_ASSERT_EQUAL(lab->phones[0].power, LAB_DRIVER_MANUAL);
    lab_file_free(lab);
}

static void power_by_snmp(void)
{
    struct lab_file *lab =
        testing_lab(PHONE("{snmp: {host: 192.0.2.9, port: 7, community: file:secret.dos}}"));
    const struct lab_snmp *snmp = &lab->phones[0].snmp;
    CU_ASSERT_EQUAL(lab->phones[0].power, LAB_DRIVER_SNMP);
    CU_ASSERT_EQUAL(snmp->version, LAB_SNMP_V2C);
    CU_ASSERT_STRING_EQUAL(snmp->host, "192.0.2.9");
    CU_ASSERT_EQUAL(snmp->udp_port, 161);
    CU_ASSERT_EQUAL(snmp->group, 1);
    CU_ASSERT_EQUAL(snmp->port, 7);
    CU_ASSERT_STRING_EQUAL(snmp->community.value, TESTING_SECRET);
    lab_file_free(lab);
    lab = testing_lab(PHONE("{snmp: {host: s, udp_port: 1161, port: 7, group: 2, user: u, "
                            "authentication: SHA-512, authentication_password: file:secret, "
                            "privacy_password: env:" TESTING_VARIABLE "}}"));
    snmp = &lab->phones[0].snmp;
    CU_ASSERT_EQUAL(snmp->version, LAB_SNMP_V3);
    CU_ASSERT_EQUAL(snmp->udp_port, 1161);
    CU_ASSERT_EQUAL(snmp->group, 2);
    CU_ASSERT_STRING_EQUAL(snmp->user, "u");
    CU_ASSERT_STRING_EQUAL(snmp->authentication, "SHA-512");
    CU_ASSERT_STRING_EQUAL(snmp->privacy, "AES");
    CU_ASSERT_STRING_EQUAL(snmp->authentication_password.value, TESTING_SECRET);
    CU_ASSERT_STRING_EQUAL(snmp->privacy_password.source, "env:" TESTING_VARIABLE);
    CU_ASSERT_PTR_NULL(snmp->community.value);
    lab_file_free(lab);
}

static struct lab_file *load(const char *path, struct diagnostics *diagnostics)
{
    struct lab_file *lab = NULL;
    diagnostics_init(diagnostics);
    int result = lab_file_load(path, &lab, diagnostics);
    CU_ASSERT_EQUAL(result, lab ? 0 : ERROR_INVALID);
    return lab;
}

static void from_a_file(void)
{
    static const char text[] = "lab: t\nedos: {certificate: edos.pem, key: file:edos.key}\n";
    const char *folder = testing_lab_folder();
    char path[512];
    struct diagnostics diagnostics;
    testing_put(folder, "lab.yaml", text, strlen(text));
    snprintf(path, sizeof path, "%s/lab.yaml", folder);
    struct lab_file *lab = load(path, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lab);
    CU_ASSERT_STRING_EQUAL(lab->directory, folder);
    CU_ASSERT_STRING_EQUAL(lab->path, path);
    lab_file_free(lab);
    diagnostics_done(&diagnostics);
    snprintf(path, sizeof path, "%s/none.yaml", folder);
    CU_ASSERT_PTR_NULL(load(path, &diagnostics));
    CU_ASSERT_EQUAL_FATAL(diagnostics.count, 1);
    CU_ASSERT_STRING_EQUAL(diagnostics.items[0].file, path);
    CU_ASSERT_STRING_EQUAL(diagnostics.items[0].text, "cannot be read: No such file or directory");
    diagnostics_done(&diagnostics);
    CU_ASSERT_PTR_NULL(load(folder, &diagnostics));
    CU_ASSERT_STRING_EQUAL(diagnostics.items[0].text, "cannot be read: it is no regular file");
    diagnostics_done(&diagnostics);
}

/* The guide's example is a lab that loads, with the files that it speaks of. */
static void the_example_of_the_guide(void)
{
    static const char begin[] = "```yaml\n";
    size_t length;
    char *guide = (char *)testing_read_file("scenarios/lab-file.md", &length);
    const char *folder = testing_lab_folder();
    struct diagnostics diagnostics;
    struct lab_file *lab = NULL;
    testing_put(folder, "switch.secret", TESTING_SECRET, strlen(TESTING_SECRET));
    setenv("RACK_PASSWORD", TESTING_SECRET, 1);
    char *yaml = strstr(guide, begin);
    CU_ASSERT_PTR_NOT_NULL_FATAL(yaml);
    yaml += strlen(begin);
    *strstr(yaml, "```") = '\0';
    diagnostics_init(&diagnostics);
    lab_file_parse("lab-file.md", folder, (const uint8_t *)yaml, strlen(yaml), &lab, &diagnostics);
    if (!lab)
        testing_show(yaml, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(lab);
    CU_ASSERT(lab->phone_count > 1);
    CU_ASSERT_PTR_NULL(strstr((const char *)lab->source, TESTING_SECRET));
    lab_file_free(lab);
    diagnostics_done(&diagnostics);
    unsetenv("RACK_PASSWORD");
    free(guide);
}

void tests_harness_lab_file_lab_file(void);
void tests_harness_lab_file_lab_file(void)
{
    TEST_SUITE("lab_file/good", {"an emulated lab", an_emulated_lab}, {"the wire", the_wire},
               {"a wire without phones of its own", a_wire_without_phones_of_its_own},
               {"addresses at the edges", addresses_at_the_edges}, {"servers", servers},
               {"the page of a phone", the_page_of_a_phone}, {"power by command", power_by_command},
               {"power by SNMP", power_by_snmp}, {"from a file", from_a_file},
               {"the example of the guide", the_example_of_the_guide});
}
