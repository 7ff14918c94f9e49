/* SPDX-License-Identifier: MIT */
#include "harness/replay/run_folder.h"
#include "harness/base/file.h"
#include "harness/observe/timeline.h"
#include "harness/scenario/words.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/pcapng.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096 };
#define FILE_BYTES_MAX (UINT64_C(4) << 30)

static const char *const run_json_format = "rclab-run-1";

/* --- files ------------------------------------------------------------------------------------ */

static int write_file(const char *folder, const char *name, const void *bytes, size_t length,
                      struct error *error)
{
    char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    if (!file)
        return error_set_errno(error, errno, "cannot write %s", path);
    bool good = fwrite(bytes, 1, length, file) == length;
    good = fclose(file) == 0 && good;
    return good ? 0 : error_set_errno(error, errno, "cannot write %s", path);
}

/* Read whole, NUL behind (not counted). */
static int read_file(const char *folder, const char *name, uint8_t **ret_bytes, size_t *ret_length,
                     struct error *error)
{
    char path[PATH_BYTES_MAX];
    struct error why;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int result = file_read(path, FILE_BYTES_MAX, ret_bytes, ret_length, &why);
    if (result == ERROR_INVALID || result == ERROR_LIMIT)
        return error_set(error, ERROR_INVALID, "%s is %s", path,
                         result == ERROR_LIMIT ? "too large" : "no regular file");
    if (result == ERROR_MEMORY)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (result < 0)
        return error_set(error, ERROR_INVALID,
                         "cannot read %s, which belongs to the folder of a run: %s", path,
                         why.text);
    return 0;
}

/* --- run.json --------------------------------------------------------------------------------- */

/* A real device's scenario is the file's as the lab file has it carried out. */
static json_t *describe_devices(const struct scenario *scenario)
{
    json_t *readings = json_object();
    for (size_t i = 0; i < READING_COUNT; i++)
        json_object_set_new(
            readings, vendor_default()->readings[i].name,
            json_string(
                vendor_default()->readings[i].values[readings_get(&scenario->readings, i)]));
    return json_pack("{s:o, s:f, s:I}", "readings", readings, "tolerance_percent",
                     scenario->tolerance.percent, "tolerance_at_least_us",
                     (json_int_t)scenario->tolerance.at_least_us);
}

static json_t *describe_run(const struct scenario *scenario, const struct run_facts *facts)
{
    char seed[32];
    json_t *phones = json_array(), *names = json_object();
    for (size_t i = 0; i < scenario->phone_count; i++)
        json_array_append_new(phones, json_pack("{s:s, s:s}", "name", scenario->phones[i].name,
                                                "model", scenario->phones[i].model));
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++)
        json_object_set_new(names, substitution_names[i], json_string(facts->substitutions[i]));
    /* As text: a JSON number may lose the last bits of 64. */
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)facts->seed);
    return json_pack("{s:s, s:s, s:s, s:s*, s:s, s:s, s:s, s:s, s:s*, s:o, s:o, s:o*}", "format",
                     run_json_format, "version", RCLAB_VERSION, "id", scenario->id, "case",
                     scenario->case_name, "path", scenario->path, "seed", seed, "clock",
                     facts->clock, "quirk", facts->quirk, "network", facts->network, "phones",
                     phones, "names", names, "devices",
                     facts->real_devices ? describe_devices(scenario) : NULL);
}

int run_folder_write(const char *folder, const struct scenario *scenario,
                     const struct run_facts *facts, struct error *error)
{
    json_t *run = describe_run(scenario, facts);
    char *text = run ? json_dumps(run, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    int result = text ? write_file(folder, "run.json", text, strlen(text), error)
                      : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result =
            write_file(folder, "scenario.yaml", scenario->source, scenario->source_bytes, error);
    free(text);
    json_decref(run);
    return result;
}

struct run_json { /* read; borrowed from `root` */
    json_t *root;
    const char *id, *path, *clock;
    const char *case_name; /* NULL: the file has no cases */
    uint64_t seed;
    const char *substitutions[SUBSTITUTE_COUNT];
    json_t *devices; /* NULL: the phones were emulated */
};

static int read_seed(const char *folder, const char *text, uint64_t *ret_seed, struct error *error)
{
    char *end;
    errno = 0;
    unsigned long long seed = strtoull(text, &end, 10);
    if (errno != 0 || *end || *text < '0' || *text > '9')
        return error_set(error, ERROR_INVALID, "%s/run.json: the seed '%.40s' is no number", folder,
                         text);
    *ret_seed = seed;
    return 0;
}

/* Without what ${…} stood for in the run, the scenario would ask for something else. */
static int read_names(const char *folder, struct run_json *run, struct error *error)
{
    json_t *names = json_object_get(run->root, "names");
    for (size_t i = 0; i < SUBSTITUTE_COUNT; i++) {
        run->substitutions[i] = json_string_value(json_object_get(names, substitution_names[i]));
        if (!run->substitutions[i])
            return error_set(error, ERROR_INVALID, "%s/run.json does not say what ${%s} stood for",
                             folder, substitution_names[i]);
    }
    return 0;
}

static int read_run_json(const char *folder, struct run_json *run, struct error *error)
{
    uint8_t *bytes;
    size_t length;
    const char *format = NULL, *seed = NULL;
    int result = read_file(folder, "run.json", &bytes, &length, error);
    if (result < 0)
        return result;
    run->root = json_loadb((const char *)bytes, length, 0, NULL);
    free(bytes);
    if (!run->root ||
        json_unpack(run->root, "{s:s, s:s, s?s, s:s, s:s, s:s}", "format", &format, "id", &run->id,
                    "case", &run->case_name, "path", &run->path, "seed", &seed, "clock",
                    &run->clock) < 0 ||
        strcmp(format, run_json_format) != 0) {
        json_decref(run->root);
        return error_set(error, ERROR_INVALID, "%s/run.json is not what this version writes",
                         folder);
    }
    run->devices = json_object_get(run->root, "devices");
    result = read_seed(folder, seed, &run->seed, error);
    if (result == 0)
        result = read_names(folder, run, error);
    if (result < 0)
        json_decref(run->root);
    return result;
}

/* --- a real device's scenario ----------------------------------------------------------------- */

static bool read_readings(const json_t *values, struct readings *readings)
{
    for (size_t i = 0; i < READING_COUNT; i++) {
        const char *value =
            json_string_value(json_object_get(values, vendor_default()->readings[i].name));
        int chosen = 0;
        while (value && chosen < 2 &&
               strcmp(vendor_default()->readings[i].values[chosen], value) != 0)
            chosen++;
        if (!value || chosen == 2)
            return false;
        readings_set(readings, i, chosen);
    }
    return true;
}

static bool read_phones(const json_t *phones, struct scenario *scenario)
{
    size_t count = json_array_size(phones);
    if (count == 0 || count > SCENARIO_PHONES_MAX)
        return false;
    struct scenario_phone *kept = arena_array(&scenario->arena, count, sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        const json_t *phone = json_array_get(phones, i);
        const char *name = json_string_value(json_object_get(phone, "name"));
        const char *model = json_string_value(json_object_get(phone, "model"));
        if (!kept || !name || !model)
            return false;
        kept[i].name = arena_string(&scenario->arena, name);
        kept[i].model = arena_string(&scenario->arena, model);
        if (!kept[i].name || !kept[i].model)
            return false;
    }
    scenario->phones = kept;
    scenario->phone_count = count;
    return true;
}

/* The scenario becomes what the devices of the run carried out. */
static int take_devices(const char *folder, const struct run_json *run, struct scenario *scenario,
                        struct error *error)
{
    json_t *readings = NULL;
    json_int_t at_least_us = 0;
    double percent = 0;
    if (!run->devices)
        return 0;
    if (json_unpack(run->devices, "{s:o, s:F, s:I}", "readings", &readings, "tolerance_percent",
                    &percent, "tolerance_at_least_us", &at_least_us) < 0 ||
        percent < 0 || at_least_us < 0 || !read_readings(readings, &scenario->readings) ||
        !read_phones(json_object_get(run->root, "phones"), scenario))
        return error_set(error, ERROR_INVALID, "%s/run.json does not say which devices ran it",
                         folder);
    scenario->tolerance =
        (struct tolerance){.percent = percent, .at_least_us = (uint64_t)at_least_us};
    return 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

static int load_scenario(const char *folder, const struct run_json *run,
                         struct scenario **ret_scenario, struct error *error)
{
    uint8_t *bytes;
    size_t length;
    struct diagnostics diagnostics;
    int result = read_file(folder, "scenario.yaml", &bytes, &length, error);
    if (result < 0)
        return result;
    diagnostics_init(&diagnostics);
    struct scenario *scenario =
        scenario_parse_case(run->path, bytes, length, run->case_name, &diagnostics);
    if (!scenario) {
        result = error_set(error, ERROR_INVALID, "%s/scenario.yaml: %s", folder,
                           diagnostics.count ? diagnostics.items[0].text : "out of memory");
    } else {
        scenario->id = arena_string(&scenario->arena, run->id);
        *ret_scenario = scenario;
    }
    diagnostics_done(&diagnostics);
    free(bytes);
    return result;
}

int run_folder_timeline(const char *folder, const struct scenario *scenario,
                        struct timeline *timeline, struct error *error)
{
    uint8_t *bytes;
    size_t length;
    const char **names = calloc(scenario->phone_count, sizeof *names);
    if (!names)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < scenario->phone_count; i++)
        names[i] = scenario->phones[i].name;
    int result = read_file(folder, "timeline.jsonl", &bytes, &length, error);
    if (result == 0) {
        result = timeline_read(timeline, (const char *)bytes, length, names, scenario->phone_count,
                               error);
        if (result < 0)
            error_prefix(error, result, "%s/timeline.jsonl", folder);
        free(bytes);
    }
    free(names);
    return result;
}

static void apply_comment(const char *comment, uint64_t frame, struct timeline *timeline)
{
    static const char word[] = "event ";
    const char *at = comment;
    while (strncmp(at, word, sizeof word - 1) == 0) {
        unsigned long long number = strtoull(at + sizeof word - 1, NULL, 10);
        if (number >= 1 && number <= timeline->count)
            timeline->events[number - 1].frame = frame;
        at = strstr(at, "; event ");
        if (!at)
            return;
        at += 2;
    }
}

void run_folder_mark_frames(const uint8_t *capture, size_t length, struct timeline *timeline)
{
    struct pcapng_reader reader;
    struct pcapng_frame frame;
    pcapng_reader_init(&reader, capture, length);
    while (pcapng_reader_next(&reader, &frame))
        apply_comment(frame.comment, frame.number, timeline);
}

static void add_frames(const char *folder, struct timeline *timeline)
{
    uint8_t *bytes;
    size_t length;
    if (read_file(folder, "capture.pcapng", &bytes, &length, NULL) < 0)
        return; /* a verdict does not need it */
    run_folder_mark_frames(bytes, length, timeline);
    free(bytes);
}

static int judge_timeline(const struct scenario *scenario, const struct run_json *run,
                          const struct timeline *timeline, struct judgement *ret_judgement,
                          struct error *error)
{
    struct judge *judge;
    int result = judge_new(scenario, &judge, error);
    if (result < 0)
        return result;
    result = judge_set_substitutions(judge, run->substitutions, error);
    if (run->devices)
        judge_set_real_devices(judge);
    if (json_object_get(run->root, "network"))
        judge_set_outside_network(judge);
    for (size_t i = 0; result == 0 && i < timeline->count; i++)
        judge_event(judge, &timeline->events[i]);
    if (result == 0)
        *ret_judgement = *judge_result(judge);
    judge_free(judge);
    return result;
}

int run_folder_judge(const char *folder, struct run_folder *ret_folder, struct error *error)
{
    struct run_json run = {0};
    struct timeline timeline;
    struct scenario *scenario = NULL;
    int result = read_run_json(folder, &run, error);
    if (result < 0)
        return result;
    timeline_init(&timeline);
    result = load_scenario(folder, &run, &scenario, error);
    if (result == 0)
        result = take_devices(folder, &run, scenario, error);
    if (result == 0)
        result = run_folder_timeline(folder, scenario, &timeline, error);
    if (result == 0 &&
        (timeline.count == 0 || timeline.events[timeline.count - 1].type != EVENT_END))
        result = error_set(error, ERROR_INVALID,
                           "%s/timeline.jsonl has no end: the run was interrupted", folder);
    if (result == 0) {
        add_frames(folder, &timeline);
        result = judge_timeline(scenario, &run, &timeline, &ret_folder->judgement, error);
    }
    timeline_done(&timeline);
    if (result == 0) {
        ret_folder->scenario = scenario;
        ret_folder->seed = run.seed;
    } else {
        scenario_free(scenario);
    }
    json_decref(run.root);
    return result;
}

void run_folder_done(struct run_folder *folder)
{
    scenario_free(folder->scenario);
    folder->scenario = NULL;
}
