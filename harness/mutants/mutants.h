/* SPDX-License-Identifier: MIT */
/* Proves a suite: scenarios carried out on phones with one deliberate defect each must catch every
 * defect, and name a rule that it breaks; on sound phones nothing may fail. */
#ifndef RCLAB_MUTANTS_MUTANTS_H
#define RCLAB_MUTANTS_MUTANTS_H

#include "fakes/phone/quirks.h"
#include "harness/base/buffer.h"
#include "harness/judge/judge.h"
#include "harness/lab/certificates.h"
#include "harness/scenario/load.h"
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

/* --- defects, what each scenario made of them, and what follows (pure) ------------------------ */

enum mutant_finding {
    MUTANT_PASSED,    /* nothing was noticed, or the scenario was skipped */
    MUTANT_CAUGHT,    /* FAIL, and the first rule of the first failure is one that it breaks */
    MUTANT_MISTAKEN,  /* FAIL for another rule */
    MUTANT_LAB_ERROR, /* says nothing about the phone */
};
enum mutant_finding mutant_judge(const struct phone_quirk *quirk,
                                 const struct judgement *judgement);

struct mutant_try {  /* one scenario carried out on one defect */
    size_t scenario; /* index into the suite */
    enum mutant_finding finding;
    struct judge_failure *failure; /* the first one, of CAUGHT and MISTAKEN; owned, else NULL */
    char *reason;                  /* of LAB_ERROR; owned, else NULL */
    uint64_t wall_us;
};
enum mutant_outcome {
    MUTANT_KILLED,
    MUTANT_MISNAMED,
    MUTANT_SURVIVED,
    MUTANT_UNDECIDED,
    MUTANT_OUTCOMES
};
extern const char *const mutant_outcome_names[MUTANT_OUTCOMES]; /* "killed", "wrong rule", … */
struct mutant {
    const struct phone_quirk *quirk;
    size_t *order;            /* owned; of the suite's scenarios */
    struct mutant_try *tries; /* owned; in the order in which they ended */
    size_t try_count;
};
struct mutants {
    const struct suite *suite;
    struct mutant *items;
    size_t count;
    /* Of each scenario of the suite: was it carried out on a sound phone, and did it pass? One that
     * fails there as well proves nothing about a defect. */
    bool *proved, *unsound;
    char **unsound_reasons; /* owned */
    uint64_t seed;
    size_t runs;
    uint64_t wall_us;
};

/* For these quirks, all of them when quirk_count is 0. */
int mutants_init(struct mutants *mutants, const struct suite *suite,
                 const struct phone_quirk *const *quirks, size_t quirk_count, struct error *error);
void mutants_done(struct mutants *mutants);
int mutant_add(struct mutant *mutant, size_t scenario, const struct judgement *judgement,
               uint64_t wall_us, struct error *error);
bool mutant_tried(const struct mutant *mutant, size_t scenario);
/* Findings of unsound scenarios don't count. Without any try that told something: UNDECIDED. */
enum mutant_outcome mutant_outcome(const struct mutants *mutants, const struct mutant *mutant);
size_t mutants_with(const struct mutants *mutants, enum mutant_outcome outcome);

/* --- in which order scenarios are tried on a defect, so that it is caught soon (pure) --------- */

/* A guess, without a unit, at the work that a scenario means: phones, steps, retries, hours. */
uint64_t mutants_cost(const struct scenario *scenario);
/* How near a scenario is to the rules that a defect breaks: 0 = it covers the one that the defect
 * names first, 1 = another one of them, 2 = none. */
unsigned mutants_distance(const struct scenario *scenario, const struct phone_quirk *quirk);
/* Indices of suite->count scenarios, the most promising first: the nearest; of these the ones whose
 * id and tags share words with the defect's name; then one case of each file before a second one;
 * then the cheapest. */
void mutants_order(const struct suite *suite, const struct phone_quirk *quirk, size_t *ret_order);

/* --- scenarios on defective phones, side by side ---------------------------------------------- */

struct mutants_settings {
    const char *out; /* evidence goes to OUT/mutants/QUIRK/SCENARIO */
    unsigned parallel;
    uint64_t seed;
    bool everything;  /* every scenario on every defect; else until it is caught */
    size_t tries_max; /* scenarios a defect, at most; 0 = all of them */
    const struct certificates *certificates;
    const volatile sig_atomic_t *stop;
    FILE *progress; /* a terminal, or NULL */
};

/* Until each defect is caught for the right rule or no scenario is left. What catches one is
 * carried out on a sound phone too; if it fails there, its catches don't count and others are
 * tried. */
int mutants_run(struct mutants *mutants, const struct mutants_settings *settings,
                struct error *error);

/* --- scenarios drawn at random on sound phones drawn at random: nothing may fail -------------- */

enum { SOUND_FAILURES_MAX = 100, SOUND_RUNS_MAX = 100000 };
struct sound_draw {
    size_t scenario;         /* index into the suite */
    uint64_t variation_seed; /* the run's own seed, too: one number tells everything */
};
struct sound_failure {
    struct sound_draw draw;
    struct judgement judgement;
    char *folder; /* owned */
};
struct sound_result {
    size_t runs, failed, errors;    /* of those that ended */
    struct sound_failure *failures; /* owned; the first SOUND_FAILURES_MAX of them */
    size_t failure_count;
    uint64_t phone_us, wall_us;
};

int sound_run(const struct suite *suite, size_t runs, const struct mutants_settings *settings,
              struct sound_result *ret_result, struct error *error);
void sound_result_done(struct sound_result *result);
/* What failed, each with the command that repeats it (`program`: how this one was called), and how
 * many of how many. */
void sound_report(const struct sound_result *result, const struct suite *suite, const char *program,
                  struct buffer *out);

/* --- for people and machines (pure) ----------------------------------------------------------- */

#define MUTANTS_JSON_NAME "mutants.json"
#define MUTANTS_JSON_FORMAT "rclab-mutants-1"

/* Defect × what caught it × the rule that was named; what is left; how many of how many. */
void mutants_report_text(const struct mutants *mutants, bool colour, struct buffer *out);
/* Evidence folders are named relative to where the file lies. */
void mutants_report_json(const struct mutants *mutants, struct buffer *out);

#endif
