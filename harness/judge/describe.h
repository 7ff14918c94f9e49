/* SPDX-License-Identifier: MIT */
/* Steps and what was seen of them, in words that fit behind "expected" and "seen". */
#ifndef RCLAB_JUDGE_DESCRIBE_H
#define RCLAB_JUDGE_DESCRIBE_H

#include "harness/judge/phone_view.h"

/* An expect, a never or a stays; patience_us: how long an expect waits that does not say it. */
void describe_expectation(const struct step *step, uint64_t patience_us, struct buffer *buffer);
/* Any step, as that which is being waited for: "a reboot". */
void describe_step(const struct step *step, uint64_t patience_us, struct buffer *buffer);
/* What is there instead; count: events that matched the pattern. */
void describe_seen(const struct pattern *pattern, const struct phone_view *view, unsigned count,
                   struct buffer *buffer);

#endif
