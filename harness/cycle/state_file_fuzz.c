/* SPDX-License-Identifier: MIT */
/* The bytes stand in the place of all that a state file holds besides what it is of: otherwise
 * nothing behind the comparison would ever be reached. */
#include "harness/base/testing.h"
#include "harness/cycle/state_file.h"
#include "harness/cycle/state_file_testing.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int fuzz_harness_cycle_state_file(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20 };

static bool parse(const uint8_t *bytes, size_t length, const json_t *of, struct tally *tally)
{
    struct error error;
    if (tally_init(tally, TESTED_PHONES, TESTED_COURSES, &error) < 0)
        abort();
    return state_parse(bytes, length, of, tally, &error) == 0;
}

/* Whatever was read is written, read and written again to the same bytes. */
static void read_and_write(const uint8_t *bytes, size_t length, const json_t *of)
{
    struct tally first, second = {0};
    struct buffer one, other;
    struct error error;
    buffer_init(&one, TEXT_MAX);
    buffer_init(&other, TEXT_MAX);
    if (parse(bytes, length, of, &first) && state_format(&first, of, &one, &error) == 0) {
        bool good = parse(one.data, one.length, of, &second);
        assert(good);
        int code = state_format(&second, of, &other, &error);
        assert(code == 0 && one.length == other.length &&
               memcmp(one.data, other.data, one.length) == 0);
    }
    tally_done(&first);
    tally_done(&second);
    buffer_done(&one);
    buffer_done(&other);
}

int fuzz_harness_cycle_state_file(const uint8_t *data, size_t size)
{
    struct tested_lab tested;
    struct buffer text;
    tested_lab_fill(&tested);
    json_t *of = tested_identity(&tested);
    char *of_text = json_dumps(of, JSON_COMPACT);
    if (!of_text)
        abort();
    buffer_init(&text, TEXT_MAX);
    buffer_format(&text, "{\"format\":\"rclab-cycle-1\",\"of\":%s,", of_text);
    buffer_append(&text, data, size);
    if (!text.failed)
        read_and_write(text.data, text.length, of);
    read_and_write(data, size, of);
    buffer_done(&text);
    free(of_text);
    json_decref(of);
    return 0;
}
