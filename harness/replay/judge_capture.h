/* SPDX-License-Identifier: MIT */
/* Judges a capture alone, by whoever made it: what a wire shows of a scenario. Actions are not on
 * the wire: a boot is taken for the effect of the action that was due, a request on a phone's page
 * for its configuration. What TLS hides (contents, and with them most states) never fails a phone:
 * it only leaves the question open. */
#ifndef RCLAB_REPLAY_JUDGE_CAPTURE_H
#define RCLAB_REPLAY_JUDGE_CAPTURE_H

#include "harness/base/buffer.h"
#include "harness/judge/judge.h"

enum capture_verdict { CAPTURE_PASS, CAPTURE_FAIL, CAPTURE_CANNOT_TELL };
struct capture_judgement {
    enum capture_verdict verdict;
    struct judgement judgement; /* its failures are those that the capture proves */
    size_t phones, frames;
    struct buffer open; /* a line for each question that the capture leaves open; owned */
};

/* ERROR_INVALID: no capture. */
int judge_capture(const struct scenario *scenario, const char *path,
                  struct capture_judgement *ret_judgement, struct error *error);
void capture_judgement_done(struct capture_judgement *judgement);

/* Whether a capture can show that this failure is one. */
bool capture_proves(const struct scenario *scenario, const struct judge_failure *failure);
/* Whether a capture can show at all whether this step comes true. */
bool capture_shows(const struct step *step);

#endif
