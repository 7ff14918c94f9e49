/* SPDX-License-Identifier: MIT */
#include "harness/run/network_file.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

static json_t *describe_path(const struct link *link, enum network_direction direction)
{
    const struct link_counters *counters = link_counters(link, direction);
    const struct link_delays delays = link_delays(link, direction);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I}}", "offered",
                     (json_int_t)counters->offered, "passed", (json_int_t)counters->passed, "lost",
                     (json_int_t)counters->lost, "duplicated", (json_int_t)counters->duplicated,
                     "reordered", (json_int_t)counters->reordered, "corrupted",
                     (json_int_t)counters->corrupted, "dropped_by_queue",
                     (json_int_t)counters->dropped, "given_up", (json_int_t)counters->given_up,
                     "delay_us", "least", (json_int_t)delays.least_us, "median",
                     (json_int_t)delays.median_us, "p95", (json_int_t)delays.p95_us, "greatest",
                     (json_int_t)delays.greatest_us);
}

static json_t *describe(const struct site *site, const size_t *phones, const char *const *names,
                        size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct link *line = site->phones[phones[i]].line;
        if (line)
            json_array_append_new(list,
                                  json_pack("{s:s, s:o, s:o}", "phone", names[i], "from_phone",
                                            describe_path(line, NETWORK_FROM_PHONE), "to_phone",
                                            describe_path(line, NETWORK_TO_PHONE)));
    }
    return list;
}

int network_file_write(const struct site *site, const size_t *phones, const char *const *names,
                       size_t count, const char *folder, struct error *error)
{
    char path[SITE_PATH_MAX];
    json_t *list = describe(site, phones, names, count);
    bool any = json_array_size(list) > 0;
    json_t *network = json_pack("{s:s, s:o}", "format", "rclab-network-1", "phones", list);
    snprintf(path, sizeof path, "%s/" NETWORK_FILE_NAME, folder);
    int result = network ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0 && any &&
        json_dump_file(network, path, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0)
        result = error_set_errno(error, errno, "cannot write %s", path);
    json_decref(network);
    return result;
}
