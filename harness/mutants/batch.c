/* SPDX-License-Identifier: MIT */
#include "harness/mutants/batch.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/report/report.h"
#include "harness/report/text.h"
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1024 };

static int no_memory(const struct batch *batch)
{
    return error_set(batch->error, ERROR_MEMORY, "out of memory");
}

int batch_init(struct batch *batch, size_t jobs)
{
    batch->jobs = calloc(jobs + 1, sizeof *batch->jobs);
    return batch->jobs ? 0 : no_memory(batch);
}

int batch_add(struct batch *batch, const struct scenario *scenario,
              const struct run_options *options, const char *group, const char *name)
{
    char *folder;
    if (asprintf(&folder, "%s/%s/%s", batch->settings->out, group, name) < 0)
        return no_memory(batch);
    struct pool_job *job = &batch->jobs[batch->count++];
    *job = (struct pool_job){scenario, *options};
    job->options.folder = folder;
    job->options.clock = LOOP_CLOCK_WARP;
    job->options.certificates = batch->settings->certificates;
    return 0;
}

void batch_done(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        free((char *)(uintptr_t)batch->jobs[i].options.folder);
    free(batch->jobs);
}

/* --- as they go on ---------------------------------------------------------------------------- */
static bool wanted(void *context, size_t job)
{
    struct batch *batch = context;
    if (batch->code < 0 || (batch->wanted && !batch->wanted(batch->context, job)))
        return false;
    batch->code = folder_make_empty(batch->jobs[job].options.folder, batch->error);
    return batch->code == 0;
}

static void started(void *context, size_t job)
{
    struct batch *batch = context;
    const struct phone_quirk *quirk = batch->jobs[job].options.quirk;
    snprintf(batch->now, sizeof batch->now, "%s on %s", batch->jobs[job].scenario->id,
             quirk ? quirk->name : batch->who);
}

static bool finished(void *context, size_t job, const struct judgement *judgement, uint64_t wall_us)
{
    struct batch *batch = context;
    if (!batch->finished(batch->context, job, judgement, wall_us))
        folder_remove(batch->jobs[job].options.folder);
    return batch->code == 0;
}

static void tick(void *context)
{
    const struct batch *batch = context;
    FILE *stream = batch->settings->progress;
    char time[REPORT_TIME_TEXT_MAX], line[LINE_BYTES_MAX];
    struct buffer shown;
    if (!stream || !batch->what)
        return;
    snprintf(line, sizeof line, "%zu of %zu %s, %zu runs, %s: %s", batch->done, batch->total,
             batch->what, batch->runs, report_wall_time(monotonic_us() - batch->started_us, time),
             batch->now);
    buffer_init(&shown, LINE_BYTES_MAX);
    report_text_cut(&shown, line, terminal_columns() - 1);
    fprintf(stream, "\r\033[K%s", buffer_string(&shown));
    fflush(stream);
    buffer_done(&shown);
}

int batch_run(struct batch *batch)
{
    const struct pool_config pool = {.jobs = batch->jobs,
                                     .job_count = batch->count,
                                     .parallel = batch->settings->parallel,
                                     .stop = batch->settings->stop,
                                     .wanted = wanted,
                                     .started = started,
                                     .finished = finished,
                                     .tick = tick,
                                     .context = batch};
    batch->started_us = monotonic_us();
    int result = pool_run(&pool, batch->error);
    if (batch->settings->progress && batch->what)
        fputs("\r\033[K", batch->settings->progress);
    return result < 0 ? result : batch->code;
}
