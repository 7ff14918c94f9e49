/* SPDX-License-Identifier: MIT */
/* Written straight into the buffer: a tree of JSON values would grow with every bucket that gets
 * its first time. All texts are names that need no escaping; what a user wrote is in `of`. */
#include "harness/base/durable_file.h"
#include "harness/cycle/state_internal.h"
#include <inttypes.h>
#include <stdlib.h>

/* A separator in front of all but the first of a list. */
static void next(struct buffer *buffer, bool *first)
{
    if (!*first)
        buffer_u8(buffer, ',');
    *first = false;
}

static void put_verdicts(struct buffer *buffer, const uint64_t by_verdict[VERDICT_COUNT])
{
    bool first = true;
    buffer_text(buffer, "\"verdicts\":{");
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        if (by_verdict[i] == 0)
            continue;
        next(buffer, &first);
        buffer_format(buffer, "\"%s\":%" PRIu64, verdict_names[i], by_verdict[i]);
    }
    buffer_u8(buffer, '}');
}

static void put_histogram(struct buffer *buffer, const struct histogram *histogram)
{
    bool first = true;
    buffer_format(buffer, "{\"least_us\":%" PRIu64 ",\"greatest_us\":%" PRIu64 ",\"buckets\":[",
                  histogram->least, histogram->greatest);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->counts[i] == 0)
            continue;
        next(buffer, &first);
        buffer_format(buffer, "[%zu,%" PRIu32 "]", i, histogram->counts[i]);
    }
    buffer_text(buffer, "]}");
}

static void put_phone(struct buffer *buffer, const struct tally_phone *phone)
{
    bool first = true;
    buffer_u8(buffer, '{');
    put_verdicts(buffer, phone->by_verdict);
    buffer_text(buffer, ",\"kinds\":{");
    for (size_t i = 0; i < TALLY_KINDS; i++) {
        if (phone->kinds[i].count == 0)
            continue;
        next(buffer, &first);
        buffer_format(buffer, "\"%s\":[%" PRIu64 ",%" PRIu64 "]", tally_kind_name(i),
                      phone->kinds[i].count, phone->kinds[i].first_cycle);
    }
    buffer_text(buffer, "},\"times\":{");
    first = true;
    for (size_t i = 0; i < STATE_COUNT; i++) {
        if (phone->times[i].count == 0)
            continue;
        next(buffer, &first);
        buffer_format(buffer, "\"%s\":", customization_state_names[i]);
        put_histogram(buffer, &phone->times[i]);
    }
    buffer_text(buffer, "}}");
}

static void put_kept(struct buffer *buffer, const struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_run *run = &kept->runs[i];
        buffer_format(buffer, "%s[%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",\"%s\",%s,%" PRIu64 "]",
                      i ? "," : "", run->cycle, run->course, run->phone,
                      verdict_names[run->verdict], run->first_of_kind ? "true" : "false",
                      run->bytes);
    }
}

static void put_tally(struct buffer *buffer, const struct tally *tally)
{
    bool first = true;
    buffer_format(buffer, "\"finished\":%s,\"cycle\":%" PRIu64 ",\"done\":[",
                  tally->finished ? "true" : "false", tally->cycle);
    for (size_t i = 0; i < tally->course_count; i++) {
        if (!tally->done[i])
            continue;
        next(buffer, &first);
        buffer_format(buffer, "%zu", i);
    }
    buffer_format(buffer, "],\"elapsed_us\":%" PRIu64 ",", tally->elapsed_us);
    put_verdicts(buffer, tally->by_verdict);
    buffer_format(buffer, ",\"pruned_passes\":%" PRIu64 ",\"pruned_failures\":%" PRIu64,
                  tally->pruned_passes, tally->pruned_failures);
    buffer_text(buffer, ",\"phones\":[");
    for (size_t i = 0; i < tally->phone_count; i++) {
        if (i > 0)
            buffer_u8(buffer, ',');
        put_phone(buffer, &tally->phones[i]);
    }
    buffer_text(buffer, "],\"kept\":[");
    put_kept(buffer, &tally->kept);
    buffer_u8(buffer, ']');
}

int state_format(const struct tally *tally, const json_t *of, struct buffer *buffer,
                 struct error *error)
{
    char *of_text = json_dumps(of, JSON_COMPACT);
    if (!of_text)
        return error_set(error, ERROR_MEMORY, "out of memory");
    buffer_format(buffer, "{\"format\":\"%s\",\"of\":", STATE_FORMAT);
    buffer_text(buffer, of_text);
    buffer_u8(buffer, ',');
    put_tally(buffer, tally);
    buffer_text(buffer, "}\n");
    free(of_text);
    if (buffer->failed)
        return error_set(error, ERROR_LIMIT, "the state of the cycles is too large");
    return 0;
}

int state_file_write(const char *path, const struct tally *tally, const json_t *of,
                     struct error *error)
{
    struct buffer buffer;
    buffer_init(&buffer, STATE_FILE_BYTES_MAX);
    int result = state_format(tally, of, &buffer, error);
    if (result == 0)
        result = durable_file_write(path, buffer.data, buffer.length, error);
    buffer_done(&buffer);
    return result;
}
