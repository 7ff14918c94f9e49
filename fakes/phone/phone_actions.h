/* SPDX-License-Identifier: MIT */
/* What a phone wants done, and the queue of it: copies, in order, bounded. */
#ifndef RCLAB_FAKES_PHONE_PHONE_ACTIONS_H
#define RCLAB_FAKES_PHONE_PHONE_ACTIONS_H

#include "fakes/phone/phone_url.h"
#include "harness/base/address.h"
#include "harness/loop/fetch.h"

struct phone_policy;
enum {
    PHONE_ACTIONS_MAX = 128,            /* queued at once; log lines give way first */
    PHONE_TRANSFERS_MAX = 3,            /* in flight at once */
    PHONE_TRANSFER_BYTES_MAX = 1 << 20, /* a longer body is FETCH_TOO_LARGE */
    PHONE_HEAD_BYTES_MAX = 64 * 1024,   /* of an answer; a longer one is that, too */
    PHONE_LOG_MAX = 512,
};

enum phone_action_kind {
    PHONE_SEND_DHCP,       /* bytes from source:68 to destination:67 at destination_mac */
    PHONE_SET_ADDRESS,     /* address, mask, router; replaces what was set before */
    PHONE_CLEAR_ADDRESS,   /* and close whatever used it */
    PHONE_SEND_DNS,        /* bytes to destination:53 */
    PHONE_SEND_FRAME,      /* bytes: a whole Ethernet frame */
    PHONE_START_TRANSFER,  /* transfer_id, transfer */
    PHONE_CANCEL_TRANSFER, /* transfer_id; its result is no longer wanted */
    PHONE_PAGE_UP,         /* serve the web page on the address (port 80) */
    PHONE_PAGE_DOWN,
    PHONE_LOG, /* text: one line */
};
struct phone_transfer {
    const struct phone_url *url; /* its host: for Host, SNI and the certificate's name */
    uint32_t address;            /* to connect to */
    const char *user_agent;      /* this and the policy: the phone's, for its life */
    const struct phone_policy *policy;
    bool look;                   /* HEAD; false: GET */
    const char *user, *password; /* the download's; "" or NULL = none */
};
struct phone_action { /* pointers are valid until the next one is taken */
    enum phone_action_kind kind;
    unsigned transfer_id; /* never 0, never reused */
    struct phone_transfer transfer;
    const uint8_t *bytes;
    size_t length;
    uint32_t source, destination; /* SEND_DHCP, SEND_DNS (destination) */
    struct mac destination_mac;   /* SEND_DHCP; zero = not known, ask ARP */
    uint32_t address, mask, router;
    const char *text;
};

struct phone_actions { /* zeroed = empty */
    struct phone_action_slot {
        struct phone_action action;
        void *block; /* owned: what the action's pointers point into */
    } slots[PHONE_ACTIONS_MAX];
    size_t first, count;
    void *taken; /* block of the action handed out last */
    bool broken; /* something other than a log line was lost */
};

void phone_actions_done(struct phone_actions *actions);
/* Copies the action with its bytes, its text and its URL; what is the phone's own it borrows. */
void phone_actions_put(struct phone_actions *actions, const struct phone_action *action);
void phone_actions_put_kind(struct phone_actions *actions, enum phone_action_kind kind);
void phone_actions_log(struct phone_actions *actions, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool phone_actions_take(struct phone_actions *actions, struct phone_action *ret_action);

#endif
