/* SPDX-License-Identifier: MIT */
#include "harness/cycle/identity.h"
#include "harness/cycle/state_internal.h"
#include <string.h>

/* --- plain values --------------------------------------------------------------------------- */

static bool take_number(const json_t *value, uint64_t most, uint64_t *ret_number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > most)
        return false;
    *ret_number = (uint64_t)json_integer_value(value);
    return true;
}

static bool take(const json_t *object, const char *key, uint64_t most, uint64_t *ret_number)
{
    return take_number(json_object_get(object, key), most, ret_number);
}

static bool find_verdict(const char *name, enum verdict *ret_verdict)
{
    for (size_t i = 0; name && i < VERDICT_COUNT; i++) {
        if (strcmp(verdict_names[i], name) == 0) {
            *ret_verdict = (enum verdict)i;
            return true;
        }
    }
    return false;
}

static bool take_verdicts(json_t *object, uint64_t by_verdict[VERDICT_COUNT])
{
    const char *name;
    json_t *value;
    enum verdict verdict;
    if (!json_is_object(object))
        return false;
    json_object_foreach(object, name, value)
    {
        uint64_t count;
        if (!find_verdict(name, &verdict) || !take_number(value, INT64_MAX, &count))
            return false;
        by_verdict[verdict] = count;
    }
    return true;
}

/* --- a phone -------------------------------------------------------------------------------- */

static bool find_kind(const char *name, size_t *ret_kind)
{
    for (size_t i = 0; i < TALLY_KINDS; i++) {
        if (strcmp(tally_kind_name(i), name) == 0) {
            *ret_kind = i;
            return true;
        }
    }
    return false;
}

static bool take_kinds(json_t *object, struct tally_phone *phone)
{
    const char *name;
    json_t *value;
    size_t kind;
    if (!json_is_object(object))
        return false;
    json_object_foreach(object, name, value)
    {
        if (!find_kind(name, &kind))
            return false;
        struct tally_kind *counted = &phone->kinds[kind];
        if (!take_number(json_array_get(value, 0), INT64_MAX, &counted->count) ||
            !take_number(json_array_get(value, 1), INT64_MAX, &counted->first_cycle) ||
            counted->count == 0)
            return false;
    }
    return true;
}

/* Its extremes have to be in its outermost buckets. */
static bool take_histogram(const json_t *object, struct histogram *histogram)
{
    const json_t *buckets = json_object_get(object, "buckets");
    size_t last = 0;
    if (!take(object, "least_us", HISTOGRAM_VALUE_MAX, &histogram->least) ||
        !take(object, "greatest_us", HISTOGRAM_VALUE_MAX, &histogram->greatest) ||
        histogram->least > histogram->greatest || json_array_size(buckets) == 0)
        return false;
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        const json_t *pair = json_array_get(buckets, i);
        uint64_t bucket, count;
        if (!take_number(json_array_get(pair, 0), HISTOGRAM_BUCKETS - 1, &bucket) ||
            !take_number(json_array_get(pair, 1), UINT32_MAX, &count) || count == 0 ||
            (i == 0 && bucket != histogram_bucket(histogram->least)) || (i > 0 && bucket <= last) ||
            !histogram_restore(histogram, (size_t)bucket, count))
            return false;
        last = (size_t)bucket;
    }
    return last == histogram_bucket(histogram->greatest);
}

static bool take_times(json_t *object, struct tally_phone *phone)
{
    const char *name;
    json_t *value;
    enum customization_state state;
    if (!json_is_object(object))
        return false;
    json_object_foreach(object, name, value)
    {
        if (!customization_state_find(name, &state) || !take_histogram(value, &phone->times[state]))
            return false;
    }
    return true;
}

static bool take_phones(const json_t *list, struct tally *tally)
{
    if (!json_is_array(list) || json_array_size(list) != tally->phone_count)
        return false;
    for (size_t i = 0; i < tally->phone_count; i++) {
        const json_t *object = json_array_get(list, i);
        struct tally_phone *phone = &tally->phones[i];
        if (!take_verdicts(json_object_get(object, "verdicts"), phone->by_verdict) ||
            !take_kinds(json_object_get(object, "kinds"), phone) ||
            !take_times(json_object_get(object, "times"), phone))
            return false;
    }
    return true;
}

/* --- the rest ------------------------------------------------------------------------------- */

static bool take_done(const json_t *list, struct tally *tally)
{
    if (!json_is_array(list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        uint64_t course;
        if (tally->course_count == 0 ||
            !take_number(json_array_get(list, i), tally->course_count - 1, &course))
            return false;
        tally->done[course] = true;
    }
    return true;
}

static bool take_kept(const json_t *list, struct tally *tally)
{
    if (!json_is_array(list) || json_array_size(list) > KEPT_RUNS_MAX)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i), *first = json_array_get(item, 4);
        struct kept_run run = {.first_of_kind = json_is_true(first)};
        uint64_t course, phone;
        if (!take_number(json_array_get(item, 0), tally->cycle, &run.cycle) ||
            !take_number(json_array_get(item, 1), UINT32_MAX, &course) ||
            !take_number(json_array_get(item, 2), UINT32_MAX, &phone) ||
            course >= tally->course_count || phone >= tally->phone_count || run.cycle == 0 ||
            !find_verdict(json_string_value(json_array_get(item, 3)), &run.verdict) ||
            !json_is_boolean(first) ||
            !take_number(json_array_get(item, 5), UINT64_C(1) << 48, &run.bytes))
            return false;
        run.course = (uint32_t)course;
        run.phone = (uint32_t)phone;
        if (!kept_add(&tally->kept, &run))
            return false;
    }
    return true;
}

static json_t *load(const uint8_t *bytes, size_t length, struct error *error)
{
    json_error_t problem;
    json_t *json = json_loadb((const char *)bytes, length, JSON_REJECT_DUPLICATES, &problem);
    const char *format = json_string_value(json_object_get(json, "format"));
    if (format && strcmp(format, STATE_FORMAT) == 0)
        return json;
    if (!json)
        error_set(error, ERROR_INVALID, "it is damaged: %s", problem.text);
    else
        error_set(error, ERROR_INVALID, "it is no state of cycles that this version knows");
    json_decref(json);
    return NULL;
}

int state_parse(const uint8_t *bytes, size_t length, const json_t *of, struct tally *tally,
                struct error *error)
{
    json_t *json = load(bytes, length, error);
    if (!json)
        return ERROR_INVALID;
    int result = identity_compare(of, json_object_get(json, "of"), error);
    const json_t *finished = json_object_get(json, "finished");
    bool good = result == 0 && json_is_boolean(finished) &&
                take(json, "cycle", INT64_MAX, &tally->cycle) && tally->cycle > 0 &&
                take(json, "elapsed_us", INT64_MAX, &tally->elapsed_us) &&
                take(json, "pruned_passes", INT64_MAX, &tally->pruned_passes) &&
                take(json, "pruned_failures", INT64_MAX, &tally->pruned_failures) &&
                take_verdicts(json_object_get(json, "verdicts"), tally->by_verdict) &&
                take_done(json_object_get(json, "done"), tally) &&
                take_phones(json_object_get(json, "phones"), tally) &&
                take_kept(json_object_get(json, "kept"), tally);
    tally->finished = json_is_true(finished);
    json_decref(json);
    if (result == 0 && !good)
        return error_set(error, ERROR_INVALID, "it is damaged");
    return result;
}

int state_peek(const uint8_t *bytes, size_t length, bool *ret_finished, uint64_t *ret_cycle,
               struct error *error)
{
    json_t *json = load(bytes, length, error);
    if (!json)
        return ERROR_INVALID;
    *ret_finished = json_is_true(json_object_get(json, "finished"));
    if (!take(json, "cycle", INT64_MAX, ret_cycle))
        *ret_cycle = 1;
    json_decref(json);
    return 0;
}
