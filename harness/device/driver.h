/* SPDX-License-Identifier: MIT */
/* An action on a device under way, and the ways in which it is carried out: each begins it, and
 * ends it by its `ended`. None of them blocks. device.c stands on top. */
#ifndef RCLAB_DEVICE_DRIVER_H
#define RCLAB_DEVICE_DRIVER_H

#include "harness/base/error.h"
#include "harness/device/redaction.h"
#include "harness/lab_file/lab_file.h"
#include "harness/loop/child.h"
#include "harness/loop/fetch.h"
#include "harness/loop/loop.h"

enum device_action {
    DEVICE_FACTORY_RESET,
    DEVICE_REBOOT,
    DEVICE_POWER_OFF,
    DEVICE_POWER_ON,
    DEVICE_CONFIGURE,  /* a form on the page */
    DEVICE_RESYNC,     /* the page's resync?URL: fetches a config XML outside RC */
    DEVICE_STATUS,     /* reads the status page */
    DEVICE_PROBE_POWER /* asks the switch whether the port is on; changes nothing */
};
enum { DEVICE_ACTIONS = DEVICE_PROBE_POWER + 1 };

/* Real time; a device that needs longer is broken. */
#define DEVICE_PAGE_MAX_US UINT64_C(30000000)
#define DEVICE_SNMP_MAX_US UINT64_C(15000000)
#define DEVICE_COMMAND_MAX_US UINT64_C(120000000)
/* A reboot by power leaves it off for so long: a device lives on for a while from what its
 * capacitors hold, and would not notice a shorter cut. Real time, as no time_scale makes them
 * smaller. */
#define DEVICE_DISCHARGE_US UINT64_C(5000000)
enum {
    /* Of what a command says the last bytes are kept: its reason for failing. The rest is read and
     * thrown away. */
    DEVICE_OUTPUT_BYTES_MAX = 4096,
    DEVICE_PAGE_BYTES_MAX = 1 << 20, /* of an answer */
    DEVICE_URL_BYTES_MAX = 8192
};

struct device_config { /* borrowed for the device's life */
    struct loop *loop;
    struct fetcher *fetcher; /* on the phones' wire */
    int outside_netns_fd;    /* the machine's own network: SNMP and commands; -1 = here */
    const char *directory;   /* where commands run: of the lab file; NULL = here */
    const struct lab_phone *phone;
    /* Shows a person what to do ("desk-1: please reset it to factory settings …"); NULL: nobody is
     * there, and what needs a person fails with ERROR_UNAVAILABLE. */
    void (*ask)(void *context, const char *text);
    void *context;
    /* 0 = those above; for tests, which make each of them pass. */
    uint64_t page_max_us, snmp_max_us, command_max_us, discharge_us;
};

struct device_result {         /* valid during the callback */
    int code;                  /* 0, or negative: what went wrong is in error */
    const struct error *error; /* begins with the phone's name; never holds a secret */
    unsigned status;           /* of HTTP, page actions; 0 = none */
    const uint8_t *body;       /* DEVICE_STATUS: the page, NUL-terminated (not counted) */
    size_t body_length;
    bool power_is_on; /* DEVICE_PROBE_POWER */
};
/* May start the next action, and may free the device. */
typedef void device_done_fn(void *context, const struct device_result *result);

struct driver_action {
    /* What it is given outlives it, but for the argument. */
    const struct device_config *config;
    const struct redaction *redaction;
    enum device_action action;
    const char *action_name;
    const struct lab_command *command; /* command_driver_start */
    uint32_t address;                  /* page_driver_start */
    const char *argument;              /* the same; copied */
    device_done_fn *done;              /* called by `ended` */
    void *context;
    /* It has ended: frees it, then calls back. The last thing that a driver does. */
    void (*ended)(struct driver_action *action, const struct device_result *result);
    /* A driver's own. */
    struct child *child;                  /* a command's, or the one that talks SNMP */
    char page_address[IPV4_TEXT_MAX + 8]; /* with the port */
    struct fetch *page;
    struct loop_timer page_limit;
};

/* By the phone's own web page: one HTTP or HTTPS request, logged in as the lab file says (Digest or
 * Basic, whichever the page asks for, or by xuser and xpassword in the query). */
int page_driver_start(struct driver_action *action, struct error *error);

/* By a command of the lab file, without a shell, in the lab file's folder and in the machine's own
 * network. Its environment is ours and
 *   RCLAB_PHONE   the phone's name in the lab file
 *   RCLAB_MAC     00:11:22:33:44:55
 *   RCLAB_ACTION  what is to be done, as action_name says it
 * Secrets that the lab file takes from the environment stay in it: the command may need them. */
int command_driver_start(struct driver_action *action, struct error *error);

/* Power by a PoE switch: DEVICE_POWER_OFF, DEVICE_POWER_ON or DEVICE_PROBE_POWER. */
int snmp_driver_start(struct driver_action *action, struct error *error);
/* What its process does: sets pethPsePortAdminEnable of RFC 3621 and reads it back.
 *
 * It blocks, and changes state of the whole process: net-snmp resolves names, and finds out an
 * agent's engine (RFC 3414, 4) before it can talk SNMPv3 to it, while everybody waits, and it keeps
 * users and engines for ever. So it is for a process of its own, and for one call in it.
 * timeout_us: real time to wait for an answer before the question is asked again. ERROR_INVALID:
 * what the lab file says cannot be used; ERROR_FAILED: the switch did not do it. */
int snmp_port_set(const struct lab_snmp *snmp, bool on, uint64_t timeout_us, struct error *error);

#endif
