/* SPDX-License-Identifier: MIT */
/* The inside of phone_core, shared by the few files that make it up: phone_core.c (power, lease),
 * phone_outside.c (commands, what is seen), customization.c (the states), provisioning.c (what is
 * downloaded when), phone_defects*.c (quirks), phone_manners.c (sound variety). */
#ifndef RCLAB_FAKES_PHONE_PHONE_INTERNAL_H
#define RCLAB_FAKES_PHONE_PHONE_INTERNAL_H

#include "fakes/phone/dhcp_client.h"
#include "fakes/phone/download.h"
#include "fakes/phone/option_urls.h"
#include "fakes/phone/phone_actions.h"
#include "fakes/phone/phone_core.h"
#include "fakes/phone/phone_defects.h"

enum {
    PHONE_HOST_NAME_MAX = 16,
    PHONE_USER_AGENT_MAX = 128,
    PHONE_NAME_MAX = 64,
    PROFILE_RULES = 4
};
#define PHONE_NEVER UINT64_MAX

enum phone_task { /* what the main download is for */
                  TASK_NONE,
                  TASK_OPTIONS,  /* the URLs of the DHCP options, one after the other */
                  TASK_EDOS,     /* the profile from EDOS */
                  TASK_RULES,    /* Profile_Rule, then _B, _C, _D */
                  TASK_ORDINARY, /* only scheduled: whichever of OPTIONS and RULES an ordinary phone
                                    would do */
};
enum phone_command { COMMAND_NONE, COMMAND_REBOOT, COMMAND_FACTORY_RESET };

struct phone_memory { /* survives everything but a factory reset */
    enum customization_state state;
    struct parameters parameters;
    struct parameters edos; /* the profile that EDOS gave */
    bool provisioned;       /* some profile has been downloaded */
};

struct phone_core {
    struct phone_core_config config;
    const struct phone_model *model;
    char host_name[PHONE_HOST_NAME_MAX], user_agent[PHONE_USER_AGENT_MAX];
    char dhcp_host_name[PHONE_NAME_MAX], dhcp_class[PHONE_NAME_MAX]; /* "" = not told */
    const char *short_name;                                          /* $PSN */
    struct random_source manners; /* what varies from one time to the next */
    struct random_source random;
    struct phone_actions actions;
    struct phone_memory memory;

    bool on;
    uint64_t boot_at_us; /* end of the boot, NEVER = not booting */
    enum phone_command command;
    uint64_t command_at_us;
    struct dhcp_client dhcp;
    bool address_set; /* the I/O layer has an address from us */
    unsigned last_transfer_id;
    uint16_t last_question_id;

    bool begun; /* this boot's first lease has been acted upon */
    enum phone_task task;
    struct download main;
    enum phone_task scheduled;
    uint64_t scheduled_at_us;
    struct option_urls candidates; /* of the present lease */
    struct option_urls trying;     /* TASK_OPTIONS */
    size_t option_index;
    bool resume_after_options; /* the boot goes on when they have failed */
    bool options_due;          /* new ones wait for the end of the running task */
    size_t rule_index, rules_asked;
    unsigned edos_failures, failures;
    int provisioning_state; /* $PRVST */

    bool resync_due;
    uint64_t resync_at_us;
    char resync_url[PHONE_URL_MAX]; /* "" = Profile_Rule */
    struct download pushed;         /* of a resync with a URL */

    struct defect_memory defect;
};

static inline bool quirk_is(const struct phone_core *core, enum quirk_id id)
{
    return phone_quirk_is(core->config.quirk, id);
}

/* --- phone_manners.c: what sound phones do differently, by the variation they were drawn with ---
 */
void manners_name(struct phone_core *core, const char *mac_lower_case);
uint64_t manners_boot_us(const struct phone_core *core);
uint64_t manners_delay_us(struct phone_core *core, uint64_t delay_us); /* with its jitter */
uint64_t manners_edos_wait_us(const struct phone_core *core);
bool manners_releases(const struct phone_core *core);
bool manners_remembers_address(const struct phone_core *core); /* over a boot */
/* What it sends without being asked. */
void manners_link_up(struct phone_core *core);
void manners_before_address(struct phone_core *core);
void manners_after_address(struct phone_core *core);

/* --- phone_core.c --- */
void phone_network(struct phone_core *core, struct download_network *ret_network);
void phone_macro_values(const struct phone_core *core, struct macro_values *ret_values);
/* Expands, adds the server of option 66 if the text has none, begins the download. On a URL that
 * makes no sense it has FAILED at once. */
enum download_state phone_fetch(struct phone_core *core, uint64_t now_us, struct download *download,
                                const char *text);

/* --- customization.c --- */
bool customization_is_running(const struct phone_core *core); /* Pending or Custom-Pending */
void customization_set(struct phone_core *core, enum customization_state state);
/* The first lease of a boot, a later one or a renewal, the loss of it. */
void customization_network_up(struct phone_core *core, uint64_t now_us);
void customization_renewed(struct phone_core *core, uint64_t now_us);
void customization_network_down(struct phone_core *core, uint64_t now_us);
/* Goes on with Remote Customization where the state says, at a boot. */
void customization_resume(struct phone_core *core, uint64_t now_us);
void customization_ask_edos(struct phone_core *core, uint64_t now_us);
void customization_edos_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                                 size_t length);
/* Stops it for good. */
void customization_stop(struct phone_core *core, enum customization_state state);
/* Somebody set parameters: by the page's form, or by a file that the page was told to fetch. */
void customization_configured(struct phone_core *core, const struct parameters *parameters,
                              bool pushed);

/* --- provisioning.c --- */
/* Reads a profile and sets what it says; false and a line in the log if it is none. `ret_copy` (may
 * be NULL) becomes a copy of it. */
bool provisioning_apply(struct phone_core *core, const uint8_t *body, size_t length,
                        struct parameters *ret_copy);
void provisioning_schedule(struct phone_core *core, enum phone_task task, uint64_t at_us);
void provisioning_collect(struct phone_core *core, struct option_urls *urls);
void provisioning_try_options(struct phone_core *core, uint64_t now_us);
void provisioning_fetch_rules(struct phone_core *core, uint64_t now_us);
void provisioning_boot(struct phone_core *core, uint64_t now_us); /* of an ordinary phone */
void provisioning_failed(struct phone_core *core, uint64_t now_us);
void provisioning_run_scheduled(struct phone_core *core, uint64_t now_us);
/* The page's resync, when its time has come. */
void provisioning_resync(struct phone_core *core, uint64_t now_us);
void provisioning_resync_finished(struct phone_core *core, const uint8_t *body, size_t length);
/* core->main is DONE (with this body) or FAILED. */
void provisioning_main_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                                size_t length);
void provisioning_task_ended(struct phone_core *core, uint64_t now_us);

#endif
