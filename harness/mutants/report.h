/* SPDX-License-Identifier: MIT */
/* Defects and what caught them, for people and machines. Pure. */
#ifndef RCLAB_MUTANTS_REPORT_H
#define RCLAB_MUTANTS_REPORT_H

#include "harness/base/buffer.h"
#include "harness/mutants/outcome.h"

#define MUTANTS_JSON_NAME "mutants.json"
#define MUTANTS_JSON_FORMAT "rclab-mutants-1"

/* Defect × what caught it × the rule that was named; what is left; how many of how many. */
void mutants_report_text(const struct mutants *mutants, bool colour, struct buffer *out);
/* Evidence folders are named relative to where the file lies. */
void mutants_report_json(const struct mutants *mutants, struct buffer *out);

#endif
