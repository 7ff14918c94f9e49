/* SPDX-License-Identifier: MIT */
/* A run's folder as a thing that stands for itself: what `rclab judge` needs besides the timeline,
 * and the judging of it, on any machine, without any right. */
#ifndef RCLAB_REPLAY_RUN_FOLDER_H
#define RCLAB_REPLAY_RUN_FOLDER_H

#include "harness/base/error.h"
#include "harness/judge/judge.h"
#include "harness/observe/timeline.h"
#include "harness/scenario/load.h"

/* What a run tells of itself in run.json besides its scenario; all borrowed. */
struct run_facts {
    uint64_t seed;
    const char *clock;   /* "warp", "real" */
    const char *quirk;   /* the phones' built-in defect; "" = none */
    const char *network; /* their lines, where the scenario says nothing of them; NULL = plain */
    bool real_devices;   /* their readings and the tolerance are kept, too */
    const char *substitutions[SUBSTITUTE_COUNT]; /* what ${…} stood for */
};
/* Writes run.json, and scenario.yaml: the bytes that were loaded. */
int run_folder_write(const char *folder, const struct scenario *scenario,
                     const struct run_facts *facts, struct error *error);

struct run_folder {
    struct scenario *scenario; /* owned; path and id as in the run */
    uint64_t seed;
    struct judgement judgement;
};
/* Loads the folder and judges its timeline. ERROR_INVALID: a file is missing or malformed. A frame
 * is named only if the capture is there. */
int run_folder_judge(const char *folder, struct run_folder *ret_folder, struct error *error);
void run_folder_done(struct run_folder *folder);
/* The timeline of a run of this scenario, into an initialized one. ERROR_INVALID as above. */
int run_folder_timeline(const char *folder, const struct scenario *scenario,
                        struct timeline *timeline, struct error *error);

/* From a capture's comments back to events, "event N: …; event M: …": sets `frame` of the
 * timeline's. */
void run_folder_mark_frames(const uint8_t *capture, size_t length, struct timeline *timeline);

#endif
