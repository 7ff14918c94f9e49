/* SPDX-License-Identifier: MIT */
#include "fakes/phone/variation.h"
#include "harness/base/duration.h"
#include "harness/base/random.h"
#include "harness/mutants/batch.h"
#include "harness/mutants/mutants.h"
#include "harness/report/text.h"
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT_MAX = 32 };

struct sound {
    struct batch batch;
    struct sound_draw *draws;
    struct phone_variation *variations;
    struct sound_result *result;
};

/* What run `number` of these is: the same for the same seed and suite, whatever else is drawn. */
static struct sound_draw draw_run(uint64_t seed, size_t number, size_t scenario_count)
{
    char name[NUMBER_TEXT_MAX];
    struct random_source random;
    snprintf(name, sizeof name, "sound %zu", number);
    random_seed_named(&random, seed, name);
    /* Short enough to be typed again. */
    uint64_t variation_seed = random_u32(&random);
    return (struct sound_draw){(size_t)random_below(&random, scenario_count), variation_seed};
}

static bool sound_finished(void *context, size_t job, const struct judgement *judgement,
                           uint64_t wall_us)
{
    struct sound *sound = context;
    struct sound_result *result = sound->result;
    (void)wall_us;
    sound->batch.done = sound->batch.runs = ++result->runs;
    result->phone_us += judgement->end_us;
    if (judgement->verdict == VERDICT_PASS || judgement->verdict == VERDICT_SKIP)
        return false;
    if (judgement->verdict == VERDICT_ERROR)
        result->errors++;
    else
        result->failed++;
    if (result->failure_count < SOUND_FAILURES_MAX)
        result->failures[result->failure_count++] = (struct sound_failure){
            sound->draws[job], *judgement, strdup(sound->batch.jobs[job].options.folder)};
    return true;
}

static int prepare(struct sound *sound, const struct suite *suite, size_t runs)
{
    struct batch *batch = &sound->batch;
    char number[NUMBER_TEXT_MAX];
    sound->draws = calloc(runs + 1, sizeof *sound->draws);
    sound->variations = calloc(runs + 1, sizeof *sound->variations);
    sound->result->failures = calloc(SOUND_FAILURES_MAX, sizeof *sound->result->failures);
    if (!sound->draws || !sound->variations || !sound->result->failures)
        return error_set(batch->error, ERROR_MEMORY, "out of memory");
    int result = batch_init(batch, runs);
    for (size_t i = 0; result == 0 && i < runs; i++) {
        struct sound_draw draw = draw_run(batch->settings->seed, i, suite->count);
        const struct scenario *scenario = suite->scenarios[draw.scenario];
        sound->draws[i] = draw;
        phone_variation_draw(draw.variation_seed, &sound->variations[i]);
        const struct run_options options = {
            .seed = run_scenario_seed(draw.variation_seed, scenario->id),
            .variation = &sound->variations[i]};
        snprintf(number, sizeof number, "%zu", i + 1);
        result = batch_add(batch, scenario, &options, "sound", number);
    }
    return result;
}

int sound_run(const struct suite *suite, size_t runs, const struct mutants_settings *settings,
              struct sound_result *ret_result, struct error *error)
{
    struct sound sound = {.result = ret_result,
                          .batch = {.settings = settings,
                                    .error = error,
                                    .what = "runs of sound phones",
                                    .who = "a sound phone",
                                    .total = runs,
                                    .finished = sound_finished,
                                    .context = &sound}};
    uint64_t started_us = monotonic_us();
    *ret_result = (struct sound_result){0};
    int result = prepare(&sound, suite, runs);
    if (result == 0)
        result = batch_run(&sound.batch);
    ret_result->wall_us = monotonic_us() - started_us;
    batch_done(&sound.batch);
    free(sound.draws);
    free(sound.variations);
    return result;
}

void sound_result_done(struct sound_result *result)
{
    for (size_t i = 0; i < result->failure_count; i++)
        free(result->failures[i].folder);
    free(result->failures);
    *result = (struct sound_result){0};
}

static void report_one(const struct sound_failure *failure, const struct suite *suite,
                       const char *program, struct buffer *out)
{
    const struct scenario *scenario = suite->scenarios[failure->draw.scenario];
    struct report_result result = {
        .scenario = scenario, .judgement = &failure->judgement, .folder = failure->folder};
    buffer_format(out, "%-5s  ", verdict_names[failure->judgement.verdict]);
    report_text_line(out, scenario->id);
    buffer_format(out, "  phone variation %llu\n",
                  (unsigned long long)failure->draw.variation_seed);
    report_evidence(out, &result, 7);
    buffer_format(out, "       again: %s run --seed %llu --variation %llu %s", program,
                  (unsigned long long)failure->draw.variation_seed,
                  (unsigned long long)failure->draw.variation_seed, scenario->path);
    if (scenario->case_name)
        buffer_format(out, " (case %s)", scenario->case_name);
    buffer_u8(out, '\n');
}

void sound_report(const struct sound_result *result, const struct suite *suite, const char *program,
                  struct buffer *out)
{
    char phone[REPORT_TIME_TEXT_MAX], wall[REPORT_TIME_TEXT_MAX];
    for (size_t i = 0; i < result->failure_count; i++)
        report_one(&result->failures[i], suite, program, out);
    size_t not_shown = result->failed + result->errors - result->failure_count;
    if (not_shown > 0)
        buffer_format(out, "… and %zu more\n", not_shown);
    buffer_format(out, "%zu run%s of sound phones: ", result->runs, result->runs == 1 ? "" : "s");
    if (result->failed + result->errors == 0)
        buffer_text(out, "no false alarm");
    else
        buffer_format(out, "%zu false alarm%s, %zu lab error%s", result->failed,
                      result->failed == 1 ? "" : "s", result->errors,
                      result->errors == 1 ? "" : "s");
    buffer_format(out, ". %s of phone time in %s.\n", report_phone_time(result->phone_us, phone),
                  report_wall_time(result->wall_us, wall));
}
