/* SPDX-License-Identifier: MIT */
/* What quirks need inside phone_core: one question at each place where a defective phone does
 * something else. With a sound phone each gives what the sound phone does. Private to phone_core.
 */
#ifndef RCLAB_FAKES_PHONE_PHONE_DEFECTS_H
#define RCLAB_FAKES_PHONE_PHONE_DEFECTS_H

#include "fakes/phone/download.h"
#include "fakes/phone/phone_core.h"

enum { DEFECT_FAILURE_MAX = 16 };
struct defect_memory {      /* what a defect remembers */
    uint64_t stray_at_us;   /* a question to EDOS that should not be; UINT64_MAX = none */
    struct download stray;  /* its answer is thrown away */
    unsigned boots, resets; /* since the last factory reset, resets since the last boot */
    bool rebooted;          /* since the last factory reset */
    bool was_orderly;       /* the last boot was a reboot, not a power cut */
    bool cut_download;      /* went down in the middle of TASK_RULES */
    bool asked_twice;       /* PROFILE_TWICE has done it */
    unsigned empty_answers;
    enum customization_state before_reset;
    char last_failure[DEFECT_FAILURE_MAX];
};
struct defect_edos { /* where EDOS is asked */
    const char *scheme, *host, *path;
    uint16_t port;
};

/* --- boots and resets ------------------------------------------------------------------------- */
/* The state that a factory reset leaves; to be asked before it. */
enum customization_state defect_state_after_reset(struct phone_core *core);
void defect_reset(struct phone_core *core, unsigned edos_failures);
void defect_goes_down(struct phone_core *core);
void defect_booted(struct phone_core *core, bool orderly, unsigned edos_failures);
void defect_without_dhcp(struct phone_core *core); /* DHCP has just waited in vain */
/* The first lease of a boot; may change the state. */
void defect_begins(struct phone_core *core, uint64_t now_us);
void defect_renewed(struct phone_core *core, uint64_t now_us);
/* True: it has done something else than to go on. */
bool defect_resumes(struct phone_core *core, uint64_t now_us);

/* --- EDOS --------------------------------------------------------------------------------------
 */
/* `path` is room for another path. */
void defect_edos(const struct phone_core *core, struct defect_edos *edos, char path[PHONE_URL_MAX]);
bool defect_no_profile(struct phone_core *core, bool empty); /* … for this phone: Unavailable */
bool defect_takes_profile(const struct phone_core *core, bool read, size_t length);
/* True: it does not go on to the provisioning server now. */
bool defect_has_profile(struct phone_core *core, uint64_t now_us);
unsigned defect_failures(struct phone_core *core); /* in a row, as it counts them */
bool defect_gives_up(struct phone_core *core, uint64_t delay_us);

/* --- provisioning ------------------------------------------------------------------------------
 */
void defect_rule_url(const struct phone_core *core, struct phone_url *url);
bool defect_takes_option(const struct phone_core *core, bool read);
bool defect_takes_config(const struct phone_core *core, bool read);
bool defect_has_proxy(const struct phone_core *core); /* in what it has been configured with */
unsigned defect_resync_failures(const struct phone_core *core, const char *list);
bool defect_stops_resync(const struct phone_core *core, const char *list);
enum phone_task defect_next_task(const struct phone_core *core);
void defect_resync_failed(struct phone_core *core, uint64_t now_us);
bool defect_ends_customization(const struct phone_core *core, const char *parameter, bool pushed);

/* --- the end, and what is shown ----------------------------------------------------------------
 */
void defect_ended(struct phone_core *core, uint64_t now_us); /* the state has become final */
void defect_stray(struct phone_core *core, uint64_t now_us); /* its time has come */
const char *defect_shown_state(const struct phone_core *core);

#endif
