/* SPDX-License-Identifier: MIT */
/* What a phone downloads, and when it tries again: profiles read and set, the next URL of the
 * options, the next profile rule, the pace of the retries. What follows from a download is decided
 * in customization.c. */
#ifndef RCLAB_FAKES_PHONE_PROVISIONING_H
#define RCLAB_FAKES_PHONE_PROVISIONING_H

#include "fakes/phone/phone_state.h"

enum { /* $PRVST */
       PROVISIONING_ASKED = -1,
       PROVISIONING_BOOT = 0,
       PROVISIONING_PERIODIC = 1,
       PROVISIONING_RETRY = 2
};

/* enum answers: all that holds of a download that has ended but ANSWER_PROFILE, which only reading
 * it can tell. */
unsigned provisioning_answers(const struct download *download, size_t length);
/* What a download brought, decoded as its rule and the file itself say. As profile_parse. */
int provisioning_read(const struct phone_core *core, enum download_purpose purpose,
                      const uint8_t *body, size_t length, struct parameters *profile,
                      struct error *error);
/* Reads what the main download brought, if it did, and sets what it says. False: it is no profile;
 * the failure of the download says why. `ret_copy` (may be NULL) becomes a copy of it. */
bool provisioning_apply(struct phone_core *core, const uint8_t *body, size_t length,
                        struct parameters *ret_copy);

void provisioning_schedule(struct phone_core *core, enum phone_task task, uint64_t at_us);
void provisioning_schedule_periodic(struct phone_core *core, uint64_t now_us);
/* An ordinary phone boots. */
void provisioning_schedule_boot(struct phone_core *core, uint64_t now_us);
/* The main download failed: the retry is scheduled. */
void provisioning_failed(struct phone_core *core, uint64_t now_us);

/* False: no URL is left that can be asked. */
bool provisioning_ask_next_option(struct phone_core *core, uint64_t now_us);

enum rules_progress { RULES_ASKED, RULES_DONE, RULES_FAILED };
enum rules_progress provisioning_ask_next_rule(struct phone_core *core, uint64_t now_us);
/* The URL of a rule, behind its [--key …] options. */
const char *provisioning_rule_url(const char *rule);
/* A Profile_Rule that is not the default. */
bool provisioning_has_own_rule(const struct phone_core *core);

#endif
