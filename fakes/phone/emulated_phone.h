/* SPDX-License-Identifier: MIT */
/* One emulated phone, whole: the state machine (phone_core) on real sockets in a network namespace
 * of its own. It knows nothing of the harness: it has an interface, a clock and its settings. */
#ifndef RCLAB_FAKES_PHONE_EMULATED_PHONE_H
#define RCLAB_FAKES_PHONE_EMULATED_PHONE_H

#include "fakes/phone/phone_config.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"

struct emulated_phone_config {     /* strings are borrowed for the phone's life */
    struct phone_core_config core; /* what it is, and whom it asks */
    struct loop *loop;
    int netns_fd;          /* the namespace with its interface; -1 = here */
    const char *interface; /* "eth0"; up, without address */
    const char *name;      /* for its log */
    const char *ca_file;   /* PEM file with the CAs it trusts; NULL = none */
    int certificate_fd;    /* a file with its own certificate and the key, PEM; -1 = it has none */
    const char *admin_password;
    bool page_none; /* its web page is never served */
    /* The phone's own log, one line without newline and time; NULL = none. */
    void (*log)(void *context, const char *line);
    void *log_context;
};

struct emulated_phone;
/* Made unpowered. Registers itself as a debtor of the loop. */
int emulated_phone_new(const struct emulated_phone_config *config,
                       struct emulated_phone **ret_phone, struct error *error);
void emulated_phone_free(struct emulated_phone *phone);

/* Power: on = boots (BOOT_US later it speaks); off = silent at once, without DHCPRELEASE. */
int emulated_phone_power(struct emulated_phone *phone, bool on, struct error *error);
/* The keys on the phone. Factory reset: forgets everything, boots; on an unpowered phone: powers it
 * up factory-fresh. Reboot: orderly, with DHCPRELEASE. */
int emulated_phone_factory_reset(struct emulated_phone *phone, struct error *error);
int emulated_phone_reboot(struct emulated_phone *phone, struct error *error);
/* Its cable was pulled, or is in again, and its interface shows it. */
int emulated_phone_carrier(struct emulated_phone *phone, bool has, struct error *error);
bool emulated_phone_is_on(const struct emulated_phone *phone);
/* The Customization State as its page shows it; NULL or "" = it says nothing. Valid until the loop
 * goes on. */
const char *emulated_phone_shown_state(const struct emulated_phone *phone);

#endif
