/* SPDX-License-Identifier: MIT */
#include "harness/cycle/identity.h"
#include <gnutls/crypto.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

json_t *identity_make(const struct identity_facts *facts)
{
    char seed[24];
    const struct lab_file *lab = facts->lab;
    snprintf(seed, sizeof seed, "%" PRIu64, facts->seed);
    return json_pack("{s:s,s:s,s:f,s:s,s:s,s:s,s:o,s:o}", "lab", lab->name, "wire",
                     facts->emulated ? "emulated" : lab->interface, "time_scale", lab->time_scale,
                     "seed", seed, "quirk", facts->defect ? facts->defect : "none", "variation",
                     facts->variation ? facts->variation : "none", "phones", phones_of(lab),
                     "scenarios", scenarios_of(facts->plan));
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

int identity_compare(const json_t *now, const json_t *then, struct error *error)
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
