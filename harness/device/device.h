/* SPDX-License-Identifier: MIT */
/* Drives one real device: by its web page, by a switch port's power (SNMP), by commands, or by
 * asking a person. Nothing blocks: each action runs on the loop and ends in one callback. While one
 * is under way the device is a debtor of the loop. */
#ifndef RCLAB_DEVICE_DEVICE_H
#define RCLAB_DEVICE_DEVICE_H

#include "harness/base/error.h"
#include "harness/lab_file/lab_file.h"
#include "harness/loop/fetch.h"
#include "harness/loop/loop.h"
#include "harness/scenario/scenario.h"

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
extern const char *const device_action_names[DEVICE_ACTIONS]; /* "factory reset", "power off", … */

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

struct device;
int device_new(const struct device_config *config, struct device **ret_device, struct error *error);
void device_free(
    struct device *device); /* ends what is in flight: its command's process group too */

/* What a step does to a device. False: nothing. */
bool device_action_of(const struct step *step, enum device_action *ret_action);

/* Which way an action would take, so that a run can say in advance what it cannot do: NONE = the
 * lab file gives no way. */
enum lab_driver device_way(const struct lab_phone *phone, enum device_action action);

/* How the phone answers may overtake the callback: a device is told by a command that takes its
 * time, and boots before the command has ended. LAB_DRIVER_WEB actions are done when the page has
 * answered 200; LAB_DRIVER_MANUAL when the person was asked; LAB_DRIVER_COMMAND when the command
 * has ended with exit code 0 (what it left running in its process group is killed); LAB_DRIVER_SNMP
 * when the switch says itself that the port is as it was set. A factory reset or reboot by the page
 * is done, too, if the phone broke the connection off after the request had gone out with the login
 * that the page asks for: it is then on its way down.
 * address: the phone's (as in base/address.h); needed by page actions only (0 = unknown:
 * ERROR_UNAVAILABLE). argument: CONFIGURE: the form, URL-encoded; RESYNC: the URL; else NULL. It is
 * copied.
 * One action at a time (ERROR_LIMIT). ERROR_UNAVAILABLE: there is no way, or nobody to be asked.
 * The callback never comes from inside this call, and not at all if this call fails. */
int device_act(struct device *device, enum device_action action, uint32_t address,
               const char *argument, device_done_fn *done, void *context, struct error *error);
bool device_is_busy(const struct device *device);
/* The callback is not called. A reboot by power may thus end with the power off. */
void device_cancel(struct device *device);

#endif
