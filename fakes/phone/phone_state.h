/* SPDX-License-Identifier: MIT */
/* What an emulated phone knows and is busy with, and the few things that whatever it does is made
 * of. Who decides stands above it: provisioning.c, then customization.c, then phone_core.c. */
#ifndef RCLAB_FAKES_PHONE_PHONE_STATE_H
#define RCLAB_FAKES_PHONE_PHONE_STATE_H

#include "fakes/phone/dhcp_client.h"
#include "fakes/phone/download.h"
#include "fakes/phone/models.h"
#include "fakes/phone/option_urls.h"
#include "fakes/phone/phone_actions.h"
#include "fakes/phone/phone_config.h"
#include "fakes/phone/policy.h"

enum {
    PHONE_HOST_NAME_MAX = 16,
    PHONE_USER_AGENT_MAX = 128,
    PHONE_NAME_MAX = 64,
    PROFILE_RULES = 4,
};
#define PHONE_NEVER UINT64_MAX

enum phone_task { /* what the main download is for */
                  TASK_NONE,
                  TASK_SERVICES, /* SRV records, and the files of the servers that they name */
                  TASK_OPTIONS,  /* the URLs of the DHCP options, one after the other */
                  TASK_EDOS,     /* the profile from EDOS */
                  TASK_RULES,    /* Profile_Rule, then _B, _C, _D */
                  TASK_ORDINARY, /* only scheduled: whichever of OPTIONS and RULES an ordinary phone
                                    would do */
};
enum download_purpose {
    DOWNLOAD_PUSHED, /* of a resync with a URL */
    DOWNLOAD_MAIN,   /* for the task */
    DOWNLOAD_AGAIN,  /* its answer is thrown away */
    DOWNLOADS
};
enum phone_command { COMMAND_NONE, COMMAND_REBOOT, COMMAND_FACTORY_RESET };

struct phone_memory { /* survives everything but a factory reset */
    enum customization_state state;
    struct parameters parameters;
    struct parameters edos; /* the profile that EDOS gave */
    bool provisioned;       /* some profile has been downloaded */
};

struct phone_history {      /* what has happened, for policies that ask for it */
    unsigned boots, resets; /* since the last factory reset, resets since the last boot */
    bool rebooted;          /* since the last factory reset */
    bool was_orderly;       /* the last boot was a reboot, not a power cut */
    bool cut_download;      /* went down in the middle of TASK_RULES */
    bool cable_was_out;     /* since the last factory reset */
    bool asked_twice;       /* AFTER_PROFILE_EDOS has been done */
    unsigned empty_answers;
    unsigned last_failure; /* of EDOS: its kind; 0 = none since the boot */
    enum customization_state before_reset;
};

struct phone_core {
    struct phone_core_config config;
    struct phone_policy policy;
    const struct phone_model *model;
    char host_name[PHONE_HOST_NAME_MAX], user_agent[PHONE_USER_AGENT_MAX];
    char dhcp_host_name[PHONE_NAME_MAX], dhcp_class[PHONE_NAME_MAX]; /* "" = not told */
    const char *short_name;                                          /* $PSN */
    struct random_source random, jitter; /* the latter: what varies from one time to the next */
    struct phone_actions actions;
    struct phone_memory memory;
    struct phone_history history;

    bool on;
    bool unplugged;      /* its interface has no carrier */
    bool plugged_in;     /* has it again, and no lease since */
    uint64_t boot_at_us; /* end of the boot, NEVER = not booting */
    enum phone_command command;
    uint64_t command_at_us;
    struct dhcp_client dhcp;
    bool address_set;     /* the I/O layer has an address from us */
    unsigned probes;      /* by ARP for the address that was lent, so far */
    uint64_t probe_at_us; /* the next one, or the address may be used; NEVER = it is, or there is
                             none */
    struct phone_network network;

    bool begun; /* this boot's first lease has been acted upon */
    enum phone_task task;
    struct download downloads[DOWNLOADS];
    enum phone_task scheduled;
    uint64_t scheduled_at_us;
    struct option_urls candidates; /* of the present lease */
    struct option_urls trying;     /* TASK_OPTIONS, TASK_SERVICES */
    struct resolver service;       /* TASK_SERVICES: the question for an SRV record */
    size_t service_index;          /* of the next one */
    size_t option_index;
    bool resume_after_options; /* the boot goes on when they have failed */
    bool options_due;          /* new ones wait for the end of the running task */
    size_t rule_index, rules_asked;
    unsigned edos_failures, failures;
    int provisioning_state; /* $PRVST */

    bool resync_due;
    uint64_t resync_at_us;
    char resync_url[PHONE_URL_MAX]; /* "" = Profile_Rule */

    uint64_t again_at_us; /* EDOS is asked once more, see phone_policy.edos_again; NEVER = not */
};

/* As its page says them: its own copy, so that a mistake in the vendor's table is found. */
extern const char *const phone_state_names[STATE_COUNT];

/* Pending or Custom-Pending. */
bool phone_is_customizing(const struct phone_core *core);
void phone_set_state(struct phone_core *core, enum customization_state state);
uint64_t phone_with_jitter(struct phone_core *core, uint64_t delay_us);
/* The value of a parameter, its default if nobody set it; NULL = unknown. */
const char *phone_parameter(const struct phone_core *core, const char *name);
/* The URLs that the options of the lease lead to; replaces what was in `urls`. */
void phone_collect_options(const struct phone_core *core, struct option_urls *urls);
/* Those of a server that an SRV record names, by the service's scheme. */
void phone_collect_service(const struct phone_core *core, const char *scheme,
                           const struct dns_service *service, struct option_urls *urls);
/* Expands, adds the server of option 66 if the text has none, begins the download. On a URL that
 * makes no sense it has FAILED at once. */
enum download_state phone_fetch(struct phone_core *core, uint64_t now_us,
                                enum download_purpose purpose, const char *text);
void phone_cancel(struct phone_core *core, enum download_purpose purpose);

#endif
