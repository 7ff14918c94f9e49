/* SPDX-License-Identifier: MIT */
/* Which rules of the vendor's a failure touches; the first of them is the one that was broken. */
#ifndef RCLAB_JUDGE_BLAME_H
#define RCLAB_JUDGE_BLAME_H

#include "harness/judge/phone_view.h"

bool state_is_terminal(enum customization_state state);
enum rule_id rule_of_end(enum customization_state terminal);
bool scenario_covers(const struct scenario *scenario, enum rule_id rule);

/* A step that began at begin_us failed on this phone. */
void blame_step(const struct scenario *scenario, const struct step *step,
                const struct phone_view *view, uint64_t begin_us, struct finding *finding);
/* EDOS was asked although the phone's Remote Customization is over. */
void blame_going_on(const struct phone_view *view, struct finding *finding);
/* A delay between two attempts at EDOS is wrong. */
void blame_edos_delay(const struct scenario *scenario, const struct phone_view *view,
                      enum rule_id delay_rule, struct finding *finding);
/* A first attempt since the boot, or since Custom-Pending began, did not come. */
enum rule_id rule_of_first_attempt(const struct phone_view *view, enum scenario_server server);

#endif
