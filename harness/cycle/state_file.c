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

/* --- the tally as JSON, both ways ------------------------------------------------------------ */

/* One pass over the tally writes it into a tree or reads it back, so that neither can forget what
 * the other knows. What was read may be good only as far as the first thing that is not. */
struct pass {
    bool writing, good;
};

static bool demand(struct pass *pass, bool holds)
{
    pass->good = pass->good && holds;
    return pass->good;
}

/* The member of that name, an object or a list. */
static json_t *enter(struct pass *pass, json_t *object, const char *key, json_type type)
{
    json_t *member = json_object_get(object, key);
    if (!pass->writing) {
        demand(pass, member && json_typeof(member) == type);
        return member;
    }
    member = type == JSON_OBJECT ? json_object() : json_array();
    json_object_set_new(object, key, member);
    return member;
}

/* How many items a list has: so many are written, or stand there. */
static size_t length_of(const struct pass *pass, const json_t *list, size_t count)
{
    return pass->writing ? count : json_array_size(list);
}

/* Whether a member is there: what has not happened is left out. */
static bool is_there(const struct pass *pass, const json_t *object, const char *key, bool happened)
{
    return pass->writing ? happened : json_object_get(object, key) != NULL;
}

static void take(struct pass *pass, const json_t *value, uint64_t most, uint64_t *ret_number)
{
    if (demand(pass, json_is_integer(value) && json_integer_value(value) >= 0 &&
                         (uint64_t)json_integer_value(value) <= most))
        *ret_number = (uint64_t)json_integer_value(value);
}

static void member(struct pass *pass, json_t *object, const char *key, uint64_t most,
                   uint64_t *number)
{
    if (pass->writing)
        json_object_set_new(object, key, json_integer((json_int_t)*number));
    else
        take(pass, json_object_get(object, key), most, number);
}

static void item(struct pass *pass, json_t *list, size_t index, uint64_t most, uint64_t *number)
{
    if (pass->writing)
        json_array_append_new(list, json_integer((json_int_t)*number));
    else
        take(pass, json_array_get(list, index), most, number);
}

static json_t *item_list(const struct pass *pass, json_t *list, size_t index)
{
    if (pass->writing)
        json_array_append_new(list, json_array());
    return json_array_get(list, index);
}

static void verdicts(struct pass *pass, json_t *parent, uint64_t by_verdict[VERDICT_COUNT])
{
    json_t *object = enter(pass, parent, "verdicts", JSON_OBJECT);
    size_t known = 0;
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        if (!is_there(pass, object, verdict_names[i], by_verdict[i] > 0))
            continue;
        member(pass, object, verdict_names[i], INT64_MAX, &by_verdict[i]);
        known++;
    }
    demand(pass, known == json_object_size(object));
}

static void kinds(struct pass *pass, json_t *parent, struct tally_kind kinds[TALLY_KINDS])
{
    json_t *object = enter(pass, parent, "kinds", JSON_OBJECT);
    size_t known = 0;
    for (size_t i = 0; i < TALLY_KINDS; i++) {
        if (!is_there(pass, object, tally_kind_name(i), kinds[i].count > 0))
            continue;
        json_t *pair = enter(pass, object, tally_kind_name(i), JSON_ARRAY);
        item(pass, pair, 0, INT64_MAX, &kinds[i].count);
        item(pass, pair, 1, INT64_MAX, &kinds[i].first_cycle);
        demand(pass, kinds[i].count > 0);
        known++;
    }
    demand(pass, known == json_object_size(object));
}

/* A bucket that nothing fell into is left out. When read, the extremes have to be in the outermost
 * ones. */
static void buckets(struct pass *pass, json_t *list, struct histogram *histogram)
{
    uint64_t bucket = 0, last = 0, count = 0;
    size_t written = 0, all = length_of(pass, list, HISTOGRAM_BUCKETS);
    for (size_t i = 0; i < all && pass->good; i++) {
        if (pass->writing && histogram->counts[i] == 0)
            continue;
        if (pass->writing) {
            bucket = i;
            count = histogram->counts[i];
        }
        json_t *pair = item_list(pass, list, pass->writing ? written++ : i);
        item(pass, pair, 0, HISTOGRAM_BUCKETS - 1, &bucket);
        item(pass, pair, 1, UINT32_MAX, &count);
        if (pass->writing || !pass->good)
            continue;
        demand(pass, count > 0 &&
                         (i > 0 ? bucket > last : bucket == histogram_bucket(histogram->least)) &&
                         histogram_restore(histogram, (size_t)bucket, count));
        last = bucket;
    }
    demand(pass, pass->writing || (all > 0 && last == histogram_bucket(histogram->greatest)));
}

static void times(struct pass *pass, json_t *parent, struct histogram times[STATE_COUNT])
{
    json_t *object = enter(pass, parent, "times", JSON_OBJECT);
    size_t known = 0;
    for (size_t i = 0; i < STATE_COUNT; i++) {
        const char *name = vendor_state_name(vendor_default(), (enum customization_state)i);
        if (!is_there(pass, object, name, times[i].count > 0))
            continue;
        json_t *histogram = enter(pass, object, name, JSON_OBJECT);
        member(pass, histogram, "least_us", HISTOGRAM_VALUE_MAX, &times[i].least);
        member(pass, histogram, "greatest_us", HISTOGRAM_VALUE_MAX, &times[i].greatest);
        demand(pass, times[i].least <= times[i].greatest);
        buckets(pass, enter(pass, histogram, "buckets", JSON_ARRAY), &times[i]);
        known++;
    }
    demand(pass, known == json_object_size(object));
}

static void phones(struct pass *pass, json_t *list, struct tally *tally)
{
    demand(pass, length_of(pass, list, tally->phone_count) == tally->phone_count);
    for (size_t i = 0; i < tally->phone_count && pass->good; i++) {
        if (pass->writing)
            json_array_append_new(list, json_object());
        json_t *phone = json_array_get(list, i);
        verdicts(pass, phone, tally->phones[i].by_verdict);
        kinds(pass, phone, tally->phones[i].kinds);
        times(pass, phone, tally->phones[i].times);
    }
}

static void done(struct pass *pass, json_t *list, struct tally *tally)
{
    size_t all = length_of(pass, list, tally->course_count);
    for (uint64_t i = 0; i < all && pass->good; i++) {
        uint64_t course = i;
        if (pass->writing && !tally->done[i])
            continue;
        item(pass, list, i, INT64_MAX, &course);
        if (demand(pass, course < tally->course_count))
            tally->done[course] = true;
    }
}

static void verdict(struct pass *pass, json_t *list, size_t index, enum verdict *verdict)
{
    if (pass->writing) {
        json_array_append_new(list, json_string(verdict_names[*verdict]));
        return;
    }
    const char *name = json_string_value(json_array_get(list, index));
    size_t i = 0;
    while (name && i < VERDICT_COUNT && strcmp(verdict_names[i], name) != 0)
        i++;
    if (demand(pass, name && i < VERDICT_COUNT))
        *verdict = (enum verdict)i;
}

static void flag(struct pass *pass, const json_t *value, bool *ret_flag)
{
    demand(pass, json_is_boolean(value));
    *ret_flag = json_is_true(value);
}

static void kept(struct pass *pass, json_t *list, struct tally *tally)
{
    size_t all = length_of(pass, list, tally->kept.count);
    demand(pass, all <= KEPT_RUNS_MAX);
    for (size_t i = 0; i < all && pass->good; i++) {
        struct kept_run run = pass->writing ? tally->kept.runs[i] : (struct kept_run){.cycle = 0};
        json_t *of = item_list(pass, list, i);
        uint64_t course = run.course, phone = run.phone;
        item(pass, of, 0, tally->cycle, &run.cycle);
        item(pass, of, 1, UINT32_MAX, &course);
        item(pass, of, 2, UINT32_MAX, &phone);
        verdict(pass, of, 3, &run.verdict);
        if (pass->writing)
            json_array_append_new(of, json_boolean(run.first_of_kind));
        flag(pass, json_array_get(of, 4), &run.first_of_kind);
        item(pass, of, 5, UINT64_C(1) << 48, &run.bytes);
        demand(pass, run.cycle > 0 && course < tally->course_count && phone < tally->phone_count);
        run.course = (uint32_t)course;
        run.phone = (uint32_t)phone;
        if (pass->good && !pass->writing)
            demand(pass, kept_add(&tally->kept, &run));
    }
}

static bool pass_over(json_t *root, struct tally *tally, bool writing)
{
    struct pass pass = {.writing = writing, .good = true};
    if (writing)
        json_object_set_new(root, "finished", json_boolean(tally->finished));
    flag(&pass, json_object_get(root, "finished"), &tally->finished);
    member(&pass, root, "cycle", INT64_MAX, &tally->cycle);
    demand(&pass, tally->cycle > 0);
    done(&pass, enter(&pass, root, "done", JSON_ARRAY), tally);
    member(&pass, root, "elapsed_us", INT64_MAX, &tally->elapsed_us);
    verdicts(&pass, root, tally->by_verdict);
    member(&pass, root, "pruned_passes", INT64_MAX, &tally->pruned_passes);
    member(&pass, root, "pruned_failures", INT64_MAX, &tally->pruned_failures);
    phones(&pass, enter(&pass, root, "phones", JSON_ARRAY), tally);
    kept(&pass, enter(&pass, root, "kept", JSON_ARRAY), tally);
    return pass.good;
}

/* --- the file --------------------------------------------------------------------------------- */

int state_format(struct tally *tally, const json_t *of, struct buffer *buffer, struct error *error)
{
    json_t *root = json_pack("{s:s,s:O}", "format", STATE_FORMAT, "of", of);
    pass_over(root, tally, true);
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (!text)
        return error_set(error, ERROR_MEMORY, "out of memory");
    buffer_text(buffer, text);
    buffer_u8(buffer, '\n');
    free(text);
    if (buffer->failed)
        return error_set(error, ERROR_LIMIT, "the state of the cycles is too large");
    return 0;
}

int state_file_write(const char *path, struct tally *tally, const json_t *of, struct error *error)
{
    struct buffer buffer;
    buffer_init(&buffer, STATE_FILE_BYTES_MAX);
    int result = state_format(tally, of, &buffer, error);
    if (result == 0)
        result = file_write_durable(path, buffer.data, buffer.length, error);
    buffer_done(&buffer);
    return result;
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
    bool good = result == 0 && pass_over(json, tally, false);
    json_decref(json);
    if (result == 0 && !good)
        return error_set(error, ERROR_INVALID, "it is damaged");
    return result;
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
    json_t *json = load(bytes, length, error);
    if (!json)
        return ERROR_INVALID;
    bool finished = json_is_true(json_object_get(json, "finished"));
    json_int_t cycle = json_integer_value(json_object_get(json, "cycle"));
    json_decref(json);
    if (finished)
        return 0;
    return error_set(error, ERROR_INVALID,
                     "%s holds cycles that are not finished (number %" JSON_INTEGER_FORMAT
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
