/* SPDX-License-Identifier: MIT */
/* The results of one `rclab run`, in the order of the suite, and the folders that hold them. */
#ifndef RCLAB_COMMAND_RESULTS_H
#define RCLAB_COMMAND_RESULTS_H

#include "harness/base/error.h"
#include "harness/base/exit_code.h"
#include "harness/report/report.h"
#include "harness/scenario/load.h"

struct results {
    struct report_result *items; /* one a job: scenario by scenario, repeat by repeat */
    bool *have;                  /* which of them have come in */
    struct judgement *judgements;
    char **folders;
    size_t count;
    unsigned repeats;
};

/* Chooses the scenarios (tag NULL: all), makes out/runs/ID/ for each job and empties it. */
int results_init(struct results *results, const struct suite *suite, const char *tag,
                 unsigned repeats, uint64_t seed, const char *out, struct error *error);
void results_done(struct results *results);
const struct report_result *results_add(struct results *results, size_t job,
                                        const struct judgement *judgement, uint64_t wall_us);
/* Makes one result of each scenario's repeats: FLAKY where their verdicts differ. */
void results_merge_repeats(struct results *results);
void results_totals(const struct results *results, uint64_t wall_us,
                    struct report_totals *ret_totals);
/* junit.xml, results.json, and verdict.json in each folder. */
int results_write(const struct results *results, const char *out,
                  const struct report_totals *totals, struct error *error);
/* What a run with these results exits with. */
enum exit_code results_exit_code(const struct report_totals *totals);
/* The end of a run: its reports in `out`, the summary on the live output; what the program exits
 * with. */
enum exit_code results_report(const struct results *results, struct report_live *live,
                              uint64_t wall_us, const char *out, bool interrupted);

#endif
