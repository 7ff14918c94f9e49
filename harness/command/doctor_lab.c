/* SPDX-License-Identifier: MIT */
#include "harness/command/doctor.h"
#include "harness/lab/certificate_check.h"
#include "harness/lab/uplink.h"
#include "harness/lab/wire_claim.h"
#include "harness/rack/preflight.h"
#include <dirent.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, WHAT_BYTES_MAX = 64, COMMAND_LINE_MAX = 4096 };

/* --- the wire ----------------------------------------------------------------------------------
 */

static bool check_capture(struct doctor *doctor, const struct lab_file *lab)
{
    struct error error = {0};
    int fd;
    int result = uplink_open(lab->interface, &fd, &error);
    if (result == 0)
        close(fd);
    doctor_say(doctor, result == 0, "frames of the wire",
               result == 0 ? "can be read and sent" : error.text);
    return result == 0;
}

static void check_ports(struct doctor *doctor)
{
    doctor_say(doctor, true, "ports",
               "free: the lab's servers have a network of their own, apart from this machine's");
}

static bool is_about(const char *command_line, const char *interface)
{
    return (strstr(command_line, "dhclient") || strstr(command_line, "dhcpcd") ||
            strstr(command_line, "udhcpc")) &&
           strstr(command_line, interface);
}

/* A DHCP client of the machine's own on that wire is a device that asks for a lease there. */
static void look_for_clients(struct doctor *doctor, const struct lab_file *lab)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL) {
        char path[PATH_BYTES_MAX], line[COMMAND_LINE_MAX], text[ERROR_TEXT_MAX];
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        FILE *file = fopen(path, "re");
        size_t length = file ? fread(line, 1, sizeof line - 1, file) : 0;
        if (file)
            fclose(file);
        for (size_t i = 0; i < length; i++)
            line[i] = line[i] ? line[i] : ' ';
        line[length] = 0;
        if (!is_about(line, lab->interface))
            continue;
        snprintf(text, sizeof text,
                 "process %s of this machine asks for addresses on %s (%.200s): it is left alone, "
                 "but is better ended",
                 entry->d_name, lab->interface, line);
        doctor_hint(doctor, "the machine itself", text);
    }
    if (folder)
        closedir(folder);
}

static void look_for_managers(struct doctor *doctor, const struct lab_file *lab)
{
    static const struct {
        const char *folder, *name, *cure;
    } managers[] = {
        {"/run/NetworkManager/devices", "NetworkManager", "nmcli device set %s managed no"},
        {"/run/systemd/netif/links", "systemd-networkd", "networkctl down %s, and unmanage it"},
    };
    unsigned index = if_nametoindex(lab->interface);
    for (size_t i = 0; i < sizeof managers / sizeof managers[0]; i++) {
        char path[PATH_BYTES_MAX], cure[ERROR_TEXT_MAX / 2], text[ERROR_TEXT_MAX];
        snprintf(path, sizeof path, "%s/%u", managers[i].folder, index);
        if (access(path, F_OK) < 0)
            continue;
        /* The one conversion is of this table. */
        const char *at = strstr(managers[i].cure, "%s");
        snprintf(cure, sizeof cure, "%.*s%s%s", (int)(at - managers[i].cure), managers[i].cure,
                 lab->interface, at + 2);
        snprintf(text, sizeof text, "%s looks after %s and may ask for an address on it: %s",
                 managers[i].name, lab->interface, cure);
        doctor_hint(doctor, "the machine itself", text);
    }
}

static void check_wire(struct doctor *doctor, const struct lab_file *lab)
{
    for (int i = 0; i < PREFLIGHT_COUNT; i++) {
        struct preflight_finding finding;
        preflight_ask(lab, (enum preflight_question)i, &finding);
        doctor_say(doctor, finding.good, preflight_names[i], finding.text);
    }
    check_ports(doctor);
    look_for_managers(doctor, lab);
    look_for_clients(doctor, lab);
}

/* --- certificates and secrets --------------------------------------------------------------------
 */

static void check_certificate(struct doctor *doctor, const struct lab_server *server,
                              const char *name)
{
    char what[WHAT_BYTES_MAX], text[ERROR_TEXT_MAX];
    if (server->https_port == 0)
        return;
    snprintf(what, sizeof what, "certificate of %s", name);
    if (!server->certificate_pem) {
        snprintf(text, sizeof text,
                 "the lab makes one for %s; its CA is ca.pem in each run's folder: phones must be "
                 "told to trust it",
                 server->host);
        doctor_hint(doctor, what, text);
        return;
    }
    enum certificate_fitness fitness =
        certificate_check(server->certificate_pem, server->key_pem, server->host, time(NULL), text);
    if (fitness == CERTIFICATE_FIT_NOT_LONG)
        doctor_hint(doctor, what, text);
    else
        doctor_say(doctor, fitness == CERTIFICATE_FIT, what, text);
}

static void check_secret(struct doctor *doctor, const struct lab_file *lab, const char *source)
{
    struct stat status;
    char path[PATH_BYTES_MAX], text[ERROR_TEXT_MAX];
    if (!source || strncmp(source, "file:", 5) != 0)
        return;
    const char *name = source + 5;
    snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : lab->directory,
             *name == '/' ? "" : "/", name);
    if (stat(path, &status) < 0 || (status.st_mode & (S_IROTH | S_IWOTH)) == 0)
        return;
    snprintf(text, sizeof text, "%.300s can be read by everybody on this machine: chmod 600 %.300s",
             path, path);
    doctor_hint(doctor, "secrets", text);
}

static void check_secrets(struct doctor *doctor, const struct lab_file *lab)
{
    check_secret(doctor, lab, lab->edos.key);
    check_secret(doctor, lab, lab->provision.key);
    for (size_t i = 0; i < lab->phone_count; i++) {
        const struct lab_phone *phone = &lab->phones[i];
        check_secret(doctor, lab, phone->web.password.source);
        check_secret(doctor, lab, phone->snmp.community.source);
        check_secret(doctor, lab, phone->snmp.authentication_password.source);
        check_secret(doctor, lab, phone->snmp.privacy_password.source);
    }
}

void doctor_lab(struct doctor *doctor, const struct lab_file *lab)
{
    struct wire_claim *claim = NULL;
    struct error error = {0};
    char text[ERROR_TEXT_MAX];
    snprintf(text, sizeof text, "%s: %zu phone%s on %s", lab->path, lab->phone_count,
             lab->phone_count == 1 ? "" : "s", lab->interface ? lab->interface : "no wire");
    doctor_say(doctor, true, "lab file", text);
    check_certificate(doctor, &lab->edos, "edos");
    check_certificate(doctor, &lab->provision, "provision");
    check_secrets(doctor, lab);
    if (!lab->interface)
        return;
    int result = wire_claim_new(lab->interface, &claim, &error);
    snprintf(text, sizeof text, "%s is there, up, and nobody else's", lab->interface);
    doctor_say(doctor, result == 0, "interface", result == 0 ? text : error.text);
    if (result == 0 && check_capture(doctor, lab)) {
        check_wire(doctor, lab);
        doctor_phones(doctor, lab);
    }
    wire_claim_free(claim);
}
