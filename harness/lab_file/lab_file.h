/* SPDX-License-Identifier: MIT */
/* A lab of real devices, as its YAML file says it: checked plain data that remembers line and
 * column. Strict like a scenario: every problem is reported with its place, nothing is guessed.
 * All it points to lives in its own arenas; it is read-only once loaded. The language:
 * scenarios/lab-file.md. */
#ifndef RCLAB_LAB_FILE_LAB_FILE_H
#define RCLAB_LAB_FILE_LAB_FILE_H

#include "harness/base/address.h"
#include "harness/scenario/load.h"
#include "harness/scenario/scenario.h"

enum {
    LAB_FILE_BYTES_MAX = 1 << 20,
    LAB_FILE_PHONES_MAX = 200,
    LAB_FILE_ARGUMENTS_MAX = 64, /* of a command */
    LAB_FILE_SECRET_BYTES_MAX = 4096,
    LAB_FILE_PEM_BYTES_MAX = 64 * 1024, /* a certificate with its chain, or a key */
    LAB_FILE_NAME_MAX = 32, /* characters of a phone's or a lab's name: letters, digits, - _ . */
    LAB_FILE_SNMP_PASSWORD_MIN = 8, /* characters: the user-based security model's least */
};

/* Never written in the file itself: `env:NAME` or `file:PATH` (relative to the lab file) says where
 * it is. The value is for the driver that needs it; no message, report or log shows it. */
struct lab_secret {
    const char *source; /* "env:RACK_PASSWORD"; NULL = none is given */
    const char *value;  /* not empty, without a newline at its end; NULL = none is given */
    struct place place;
};

struct lab_command {              /* run in the lab file's folder, without a shell */
    const char *const *arguments; /* argument_count of them, then NULL; [0] is the program */
    size_t argument_count;        /* 0 = there is no command */
    struct place place;
};

enum lab_snmp_version { LAB_SNMP_V2C, LAB_SNMP_V3 };
struct lab_snmp {      /* a port of a PoE switch: RFC 3621, pethPsePortAdminEnable.GROUP.PORT */
    const char *host;  /* name or address */
    uint16_t udp_port; /* 161 */
    uint32_t group;    /* pethPsePortGroupIndex, 1 */
    uint32_t port;     /* pethPsePortIndex */
    enum lab_snmp_version version; /* v3 if `user` is given */
    struct lab_secret community;   /* v2c; always given there */
    const char *user;              /* v3: security name */
    const char *authentication;    /* "SHA" (default), "SHA-256", "SHA-512", "MD5" */
    const char *privacy;           /* "AES" (default), "DES" */
    struct lab_secret authentication_password, privacy_password; /* none = noAuth / noPriv; there
                                                                    is no privacy alone */
};

/* How the page is logged in to. */
enum lab_login {
    LAB_LOGIN_HTTP,  /* Digest or Basic, whichever the page asks for */
    LAB_LOGIN_QUERY, /* the suffix &xuser=…&xpassword=… */
};
struct lab_web {
    bool given;
    uint16_t port;    /* 80; with tls 443 */
    bool tls;         /* https, the certificate is not checked: phones have their own */
    const char *user; /* "admin" */
    struct lab_secret password;
    enum lab_login login;
    /* Paths: /admin/status.xml, /admin/factory-reset, /admin/reboot, /admin/bcisco.csc,
     * /admin/resync */
    const char *status, *reset, *reboot, *configure, *resync;
};

enum lab_driver {
    LAB_DRIVER_NONE,   /* cannot be done to this phone */
    LAB_DRIVER_WEB,    /* by its page */
    LAB_DRIVER_MANUAL, /* a person is asked */
    LAB_DRIVER_COMMAND,
    LAB_DRIVER_POWER, /* reboot only: power off, then on */
    LAB_DRIVER_SNMP   /* power only */
};

struct lab_phone {
    const char *name;           /* unique; names folders and is shown */
    struct mac mac;             /* unique */
    const char *model, *serial; /* serial may be NULL */
    struct lab_web web;
    enum lab_driver reset, reboot, power; /* default: web if `web` is given, else manual; power:
                                             none */
    /* With one command for both, `on` and `off` have been appended. */
    struct lab_command reset_command, reboot_command, power_on_command, power_off_command;
    struct lab_snmp snmp; /* no two phones have the same port of a switch */
    struct readings readings;
    bool readings_stated[READING_COUNT]; /* the others are guessed: the defaults */
    struct place place;
};

struct lab_server {   /* EDOS or provisioning */
    const char *host; /* activate.cisco.com; provision.example.net; the two differ */
    const char *path; /* EDOS: /software/edos/callhome/rc; else NULL */
    uint32_t address; /* on the wire, see below */
    uint16_t http_port, https_port, tftp_port; /* 0 = not served */
    bool tls;                                  /* EDOS: https on https_port; false: http */
    /* PEM text, at a glance only: whether it is valid and of one pair is not checked here. Both
     * or neither; NULL = the lab makes its own. */
    const char *certificate_pem, *key_pem;
    const char *certificate, *key; /* as written: "edos.pem", "file:edos.key" */
    struct place certificate_place, key_place;
    bool demands_client_certificate;
};

struct lab_file {
    struct arena arena;
    struct arena secrets;  /* wiped when freed */
    const char *path;      /* as given by the user; for messages */
    const char *directory; /* of the file; relative paths in it start here */
    const char *name;
    const char *interface; /* NULL: an emulated lab */
    /* On the wire. `address` is the harness's own; where the file does not say otherwise the next
     * three are EDOS, provisioning and the name server (keys `address` of `edos` and `provision`,
     * top-level `name_server`). All are in the same subnet, differ, and are not in the pool. All
     * are 0 if an emulated lab's file does not say them. */
    uint32_t address, name_server;
    unsigned prefix_length;         /* 8 … 30 */
    uint32_t pool_first, pool_last; /* at least as many as there are phones */
    double time_scale;              /* device seconds a real second, 1 … 1000 */
    struct lab_server edos, provision;
    bool has_tolerance; /* the file gives one: for scenarios that give none */
    struct tolerance tolerance;
    const struct lab_phone *phones; /* with an interface none only if the file says so: `[]` */
    size_t phone_count;
    const uint8_t *source; /* the file's bytes (it holds no secret) */
    size_t source_bytes;
};

/* ERROR_INVALID if there is any problem; all of them are then in diagnostics (the file cannot be
 * read, a secret's source is missing or empty, a certificate cannot be read …). */
int lab_file_load(const char *path, struct lab_file **ret_lab, struct diagnostics *diagnostics);
/* The same from memory. `directory` is where relative paths start. */
int lab_file_parse(const char *path, const char *directory, const uint8_t *bytes, size_t length,
                   struct lab_file **ret_lab, struct diagnostics *diagnostics);
void lab_file_free(struct lab_file *lab); /* secrets are wiped */

#endif
