/* SPDX-License-Identifier: MIT */
#include "harness/cycle/state_file.h"
#include "harness/base/file.h"
#include "harness/vendor/vendor.h"
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_FORMAT "rclab-cycle-1"

enum { DIGEST_BYTES = 32, DIGEST_TEXT_MAX = 2 * DIGEST_BYTES + 1, VALUE_TEXT_MAX = 300 };

/* What differs is told in this order. */
static const struct {
    const char *key, *name, *item; /* item: the key that names one of a list; NULL = no list */
} parts[] = {
    {"lab", "the lab", NULL},
    {"wire", "the wire", NULL},
    {"time_scale", "the time scale", NULL},
    {"seed", "the seed", NULL},
    {"quirk", "the quirk", NULL},
    {"variation", "the variation", NULL},
    {"phones", "phone", "name"},
    {"scenarios", "scenario", "id"},
};
enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static const char *digest_of(const struct scenario *scenario, char text[DIGEST_TEXT_MAX])
{
    uint8_t digest[DIGEST_BYTES] = {0};
    gnutls_hash_fast(GNUTLS_DIG_SHA256, scenario->source, scenario->source_bytes, digest);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static json_t *phones_of(const struct lab_file *lab)
{
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < lab->phone_count; i++) {
        const struct lab_phone *phone = &lab->phones[i];
        char mac[MAC_TEXT_MAX];
        bad |= json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "name", phone->name, "mac",
                                                     mac_format(&phone->mac, mac), "model",
                                                     phone->model));
    }
    if (!bad)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *scenarios_of(const struct rack_plan *plan)
{
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct rack_course *course = &plan->courses[i];
        char digest[DIGEST_TEXT_MAX];
        bad |= json_array_append_new(list, json_pack("{s:s,s:b,s:s}", "id", course->bound.id,
                                                     "runs", !course->skipped, "sha256",
                                                     digest_of(course->scenario, digest)));
    }
    if (!bad)
        return list;
    json_decref(list);
    return NULL;
}

json_t *state_identity_make(const struct state_identity *identity)
{
    char seed[24];
    const struct lab_file *lab = identity->lab;
    snprintf(seed, sizeof seed, "%" PRIu64, identity->seed);
    return json_pack("{s:s,s:s,s:f,s:s,s:s,s:s,s:o,s:o}", "lab", lab->name, "wire",
                     identity->emulated ? "emulated" : lab->interface, "time_scale",
                     lab->time_scale, "seed", seed, "quirk",
                     identity->defect ? identity->defect : "none", "variation",
                     identity->variation ? identity->variation : "none", "phones", phones_of(lab),
                     "scenarios", scenarios_of(identity->plan));
}

/* --- what differs --------------------------------------------------------------------------- */

static void tell_value(const json_t *value, char text[VALUE_TEXT_MAX])
{
    if (json_is_string(value))
        snprintf(text, VALUE_TEXT_MAX, "%.200s", json_string_value(value));
    else if (json_is_number(value))
        snprintf(text, VALUE_TEXT_MAX, "%g", json_number_value(value));
    else
        snprintf(text, VALUE_TEXT_MAX, "missing");
}

static const char *name_of(const json_t *item, const char *key)
{
    const char *name = json_string_value(json_object_get(item, key));
    return name ? name : "?";
}

static int compare_lists(const json_t *now, const json_t *then, size_t part, struct error *error)
{
    const char *what = parts[part].name, *key = parts[part].item;
    size_t count_now = json_array_size(now), count_then = json_array_size(then);
    for (size_t i = 0; i < count_now || i < count_then; i++) {
        const json_t *a = json_array_get(now, i), *b = json_array_get(then, i);
        if (json_equal(a, b))
            continue;
        if (!a)
            return error_set(error, ERROR_INVALID, "%s %.200s is missing now", what,
                             name_of(b, key));
        if (!b)
            return error_set(error, ERROR_INVALID, "%s %.200s was not there then", what,
                             name_of(a, key));
        if (strcmp(name_of(a, key), name_of(b, key)) == 0)
            return error_set(error, ERROR_INVALID, "%s %.200s is not the same as it was then", what,
                             name_of(a, key));
        return error_set(error, ERROR_INVALID, "%s number %zu is %.200s now and was %.200s then",
                         what, i + 1, name_of(a, key), name_of(b, key));
    }
    return 0;
}

static int compare_identities(const json_t *now, const json_t *then, struct error *error)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        const json_t *a = json_object_get(now, parts[i].key);
        const json_t *b = json_object_get(then, parts[i].key);
        char is[VALUE_TEXT_MAX], was[VALUE_TEXT_MAX];
        if (json_equal(a, b))
            continue;
        if (parts[i].item && json_is_array(a) && json_is_array(b))
            return compare_lists(a, b, i, error);
        tell_value(a, is);
        tell_value(b, was);
        return error_set(error, ERROR_INVALID, "%s is %s now and was %s then", parts[i].name, is,
                         was);
    }
    return 0;
}

/* --- written -------------------------------------------------------------------------------- */

/* Written straight into the buffer: a tree of JSON values would grow with every bucket that gets
 * its first time. All texts are names that need no escaping; what a user wrote is in `of`. */

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
        buffer_format(buffer, "\"%s\":", vendor_state_name(vendor_default(), i));
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
        result = file_write_durable(path, buffer.data, buffer.length, error);
    buffer_done(&buffer);
    return result;
}

/* --- read ----------------------------------------------------------------------------------- */

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
        if (!vendor_state_find(vendor_default(), name, &state) ||
            !take_histogram(value, &phone->times[state]))
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
    int result = compare_identities(of, json_object_get(json, "of"), error);
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

/* --- its folder ----------------------------------------------------------------------------- */

#define LOCK_NAME "cycle.lock"

int state_folder_claim(const char *out, int *ret_fd, struct error *error)
{
    char path[FILE_PATH_MAX];
    int result = folder_make(out, error);
    if (result < 0)
        return result;
    int length = snprintf(path, sizeof path, "%s/%s", out, LOCK_NAME);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(error, ERROR_LIMIT, "%.200s: the path is too long", out);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot open %s", path);
    /* Of this process alone, not of those that it starts: they may outlive it for a moment. */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &lock) == 0) {
        *ret_fd = fd;
        return 0;
    }
    int reason = errno;
    close(fd);
    if (reason == EACCES || reason == EAGAIN)
        return error_set(error, ERROR_UNAVAILABLE,
                         "another program runs cycles in %s: wait for it, or give another folder "
                         "with --out",
                         out);
    return error_set_errno(error, reason, "cannot lock %s", path);
}

static int refuse_unfinished(const char *out, const uint8_t *bytes, size_t length,
                             struct error *error)
{
    bool finished;
    uint64_t cycle;
    int result = state_peek(bytes, length, &finished, &cycle, error);
    if (result < 0 || finished)
        return result;
    return error_set(error, ERROR_INVALID,
                     "%s holds cycles that are not finished (number %" PRIu64
                     " is next): go on with --resume, or give another folder with --out",
                     out, cycle);
}

int state_folder_look(const char *out, bool resume, const json_t *of, struct tally *tally,
                      struct error *error)
{
    char path[FILE_PATH_MAX];
    uint8_t *bytes;
    size_t length;
    snprintf(path, sizeof path, "%s/%s", out, STATE_FILE_NAME);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    int result = file_read(path, STATE_FILE_BYTES_MAX, &bytes, &length, error);
    if (result < 0)
        return error_prefix(error, result, "%s", path);
    struct error problem = {0};
    result = resume ? state_parse(bytes, length, of, tally, &problem)
                    : refuse_unfinished(out, bytes, length, &problem);
    free(bytes);
    if (result == 0)
        return 0;
    if (resume)
        return error_set(error, result,
                         "%s: %.600s. Cycles go on only with what they began with: give another "
                         "folder with --out to begin anew",
                         path, problem.text);
    return error_set(error, result, "%.900s", problem.text);
}
