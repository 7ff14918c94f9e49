/* SPDX-License-Identifier: MIT */
/* Defects, what each scenario made of them, and what follows. Pure. */
#ifndef RCLAB_MUTANTS_OUTCOME_H
#define RCLAB_MUTANTS_OUTCOME_H

#include "fakes/phone/quirks.h"
#include "harness/judge/judge.h"
#include "harness/scenario/load.h"

enum mutant_finding {
    MUTANT_PASSED,    /* nothing was noticed, or the scenario was skipped */
    MUTANT_CAUGHT,    /* FAIL, and the first rule of the first failure is one that it breaks */
    MUTANT_MISTAKEN,  /* FAIL for another rule */
    MUTANT_LAB_ERROR, /* says nothing about the phone */
};
enum mutant_finding mutant_judge(const struct phone_quirk *quirk,
                                 const struct judgement *judgement);
bool quirk_breaks(const struct phone_quirk *quirk, enum rule_id rule);

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

#endif
