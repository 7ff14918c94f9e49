/* SPDX-License-Identifier: MIT */
#include "harness/base/durable_file.h"
#include "harness/cycle/state_internal.h"
#include <stdlib.h>

static json_t *number(uint64_t value)
{
    return json_integer(value <= INT64_MAX ? (json_int_t)value : INT64_MAX);
}

static json_t *verdicts_json(const uint64_t by_verdict[VERDICT_COUNT])
{
    json_t *object = json_object();
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        if (by_verdict[i] > 0)
            json_object_set_new(object, verdict_names[i], number(by_verdict[i]));
    }
    return object;
}

static json_t *histogram_json(const struct histogram *histogram)
{
    json_t *buckets = json_array();
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->counts[i] > 0)
            json_array_append_new(buckets,
                                  json_pack("[o,o]", number(i), number(histogram->counts[i])));
    }
    return json_pack("{s:o,s:o,s:o}", "least_us", number(histogram->least), "greatest_us",
                     number(histogram->greatest), "buckets", buckets);
}

static json_t *phone_json(const struct tally_phone *phone)
{
    json_t *kinds = json_object(), *times = json_object();
    for (size_t i = 0; i < TALLY_KINDS; i++) {
        if (phone->kinds[i].count > 0)
            json_object_set_new(kinds, tally_kind_name(i),
                                json_pack("[o,o]", number(phone->kinds[i].count),
                                          number(phone->kinds[i].first_cycle)));
    }
    for (size_t i = 0; i < STATE_COUNT; i++) {
        if (phone->times[i].count > 0)
            json_object_set_new(times, customization_state_names[i],
                                histogram_json(&phone->times[i]));
    }
    return json_pack("{s:o,s:o,s:o}", "verdicts", verdicts_json(phone->by_verdict), "kinds", kinds,
                     "times", times);
}

static json_t *kept_json(const struct kept *kept)
{
    json_t *list = json_array();
    for (size_t i = 0; i < kept->count; i++) {
        const struct kept_run *run = &kept->runs[i];
        json_array_append_new(list,
                              json_pack("[o,o,o,s,b,o]", number(run->cycle), number(run->course),
                                        number(run->phone), verdict_names[run->verdict],
                                        run->first_of_kind, number(run->bytes)));
    }
    return list;
}

static json_t *tally_json(const struct tally *tally, const json_t *of)
{
    json_t *phones = json_array(), *done = json_array(), *copy = json_deep_copy(of);
    for (size_t i = 0; i < tally->phone_count; i++)
        json_array_append_new(phones, phone_json(&tally->phones[i]));
    for (size_t i = 0; i < tally->course_count; i++) {
        if (tally->done[i])
            json_array_append_new(done, number(i));
    }
    return json_pack(
        "{s:s,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "format", STATE_FORMAT, "of", copy,
        "finished", tally->finished, "cycle", number(tally->cycle), "done", done, "elapsed_us",
        number(tally->elapsed_us), "verdicts", verdicts_json(tally->by_verdict), "pruned_passes",
        number(tally->pruned_passes), "pruned_failures", number(tally->pruned_failures), "phones",
        phones, "kept", kept_json(&tally->kept));
}

int state_format(const struct tally *tally, const json_t *of, struct buffer *buffer,
                 struct error *error)
{
    json_t *json = tally_json(tally, of);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!text)
        return error_set(error, ERROR_MEMORY, "out of memory");
    buffer_text(buffer, text);
    buffer_u8(buffer, '\n');
    free(text);
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
