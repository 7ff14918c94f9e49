/* SPDX-License-Identifier: MIT */
#include "harness/base/file.h"
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include "harness/cycle/state_file.h"
#include "harness/cycle/state_file_testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tests_harness_cycle_state_file(void);

enum { PATH_BYTES = 512, TIMES = 300 };

static void fill(struct tally *tally)
{
    struct random_source random;
    random_seed(&random, 5);
    CU_ASSERT_EQUAL_FATAL(tally_init(tally, TESTED_PHONES, TESTED_COURSES, NULL), 0);
    tally->cycle = 17;
    tally->done[1] = true;
    tally->elapsed_us = UINT64_C(123456789012);
    tally->pruned_passes = 4;
    tally->pruned_failures = 5;
    tally->by_verdict[VERDICT_PASS] = 30;
    tally->by_verdict[VERDICT_FAIL] = 2;
    for (size_t i = 0; i < TESTED_PHONES; i++) {
        tally->phones[i].by_verdict[VERDICT_PASS] = 15 + i;
        tally->phones[i].kinds[TALLY_KIND_STANDING] = (struct tally_kind){2, 3 + i};
        for (size_t k = 0; k < TIMES; k++)
            histogram_add(&tally->phones[i].times[STATE_ACQUIRED],
                          random_below(&random, UINT64_C(90000000)));
    }
    struct kept_run run = {
        .cycle = 3, .bytes = 65536, .course = 2, .verdict = VERDICT_FAIL, .first_of_kind = true};
    CU_ASSERT_TRUE(kept_add(&tally->kept, &run));
    run = (struct kept_run){.cycle = 16, .bytes = 4096, .course = 1, .phone = 1};
    CU_ASSERT_TRUE(kept_add(&tally->kept, &run));
}

static void text_of(struct tally *tally, const json_t *of, struct buffer *buffer)
{
    struct error error;
    buffer_init(buffer, STATE_FILE_BYTES_MAX);
    CU_ASSERT_EQUAL_FATAL(state_format(tally, of, buffer, &error), 0);
}

static void what_is_written_is_read(void)
{
    struct tested_lab tested;
    struct tally tally, again;
    struct buffer text, other;
    struct error error = {0};
    tested_lab_fill(&tested);
    json_t *of = tested_identity(&tested);
    fill(&tally);
    text_of(&tally, of, &text);
    CU_ASSERT_EQUAL_FATAL(tally_init(&again, TESTED_PHONES, TESTED_COURSES, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(state_parse(text.data, text.length, of, &again, &error), 0);
    CU_ASSERT_EQUAL(again.cycle, 17);
    CU_ASSERT_TRUE(again.done[1] && !again.done[0]);
    CU_ASSERT_EQUAL(again.elapsed_us, tally.elapsed_us);
    CU_ASSERT_EQUAL(again.by_verdict[VERDICT_FAIL], 2);
    CU_ASSERT_EQUAL(again.phones[1].by_verdict[VERDICT_PASS], 16);
    CU_ASSERT_EQUAL(again.phones[1].kinds[TALLY_KIND_STANDING].first_cycle, 4);
    for (unsigned thousandths = 0; thousandths <= 1000; thousandths += 50)
        CU_ASSERT_EQUAL(histogram_quantile(&again.phones[0].times[STATE_ACQUIRED], thousandths),
                        histogram_quantile(&tally.phones[0].times[STATE_ACQUIRED], thousandths));
    CU_ASSERT_EQUAL(again.kept.count, 2);
    CU_ASSERT_EQUAL(again.kept.failure_bytes, 65536);
    text_of(&again, of, &other);
    CU_ASSERT_STRING_EQUAL(buffer_string(&text), buffer_string(&other));
    buffer_done(&text);
    buffer_done(&other);
    tally_done(&tally);
    tally_done(&again);
    json_decref(of);
}

/* The parse of a text in which a piece stands in the place of another; what the error says. */
static int parse_changed(const char *piece, const char *replacement, struct error *error)
{
    struct tested_lab tested;
    struct tally tally, again;
    struct buffer text, changed;
    tested_lab_fill(&tested);
    json_t *of = tested_identity(&tested);
    fill(&tally);
    text_of(&tally, of, &text);
    const char *whole = buffer_string(&text), *at = strstr(whole, piece);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    buffer_init(&changed, STATE_FILE_BYTES_MAX);
    buffer_format(&changed, "%.*s%s%s", (int)(at - whole), whole, replacement, at + strlen(piece));
    CU_ASSERT_EQUAL_FATAL(tally_init(&again, TESTED_PHONES, TESTED_COURSES, NULL), 0);
    int result = state_parse(changed.data, changed.length, of, &again, error);
    buffer_done(&text);
    buffer_done(&changed);
    tally_done(&tally);
    tally_done(&again);
    json_decref(of);
    return result;
}

static void what_is_damaged_is_refused(void)
{
    static const char *const changes[][2] = {
        {"rclab-cycle-1", "rclab-cycle-2"},
        {"\"cycle\":17", "\"cycle\":0"},
        {"\"cycle\":17", "\"cycle\":2"}, /* less than what is kept */
        {"\"cycle\":17", "\"cycle\":\"17\""},
        {"\"done\":[1]", "\"done\":[3]"},
        {"\"done\":[1]", "\"done\":1"},
        {"\"finished\":false", "\"finished\":0"},
        {"\"PASS\":30", "\"pass\":30"},
        {"\"PASS\":30", "\"PASS\":-1"},
        {"\"legal-transitions\":[2,", "\"legal\":[2,"},
        {"\"legal-transitions\":[2,", "\"legal-transitions\":[0,"},
        {"\"Acquired\"", "\"Required\""},
        {"\"buckets\":[[", "\"buckets\":[[2815,1],["},
        {"\"least_us\":", "\"least_us\":1"},
        {"[3,2,0,\"FAIL\",true", "[3,3,0,\"FAIL\",true"},
        {"[3,2,0,\"FAIL\",true", "[3,2,2,\"FAIL\",true"},
        {"[3,2,0,\"FAIL\",true", "[0,2,0,\"FAIL\",true"},
        {"[3,2,0,\"FAIL\",true", "[3,2,0,\"FAIL\",1"},
        {"}\n", ""},
    };
    struct error error = {0};
    CU_ASSERT_EQUAL(parse_changed("}\n", "}\n\n", &error), 0);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        error = (struct error){0};
        CU_ASSERT_EQUAL(parse_changed(changes[i][0], changes[i][1], &error), ERROR_INVALID);
        CU_ASSERT_TRUE(strlen(error.text) > 0);
    }
}

static void says_what_differs(void)
{
    static const char *const changes[][3] = {
        {"\"lab\":\"rack\"", "\"lab\":\"attic\"", "the lab is rack now and was attic then"},
        {"\"time_scale\":1.5", "\"time_scale\":60.0", "the time scale is 1.5 now and was 60 then"},
        {"\"seed\":\"7\"", "\"seed\":\"8\"", "the seed is 7 now and was 8 then"},
        {"02:00:00:00:01:02", "02:00:00:00:01:03", "phone desk-2 is not the same"},
        {"\"name\":\"desk-2\"", "\"name\":\"desk-9\"",
         "phone number 2 is desk-2 now and was desk-9 then"},
        {"\"sha256\":\"", "\"sha256\":\"0", "scenario a.desk-1 is not the same"},
        {"\"id\":\"b\"", "\"id\":\"c\"", "scenario number 3 is b now and was c then"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct error error = {0};
        CU_ASSERT_EQUAL(parse_changed(changes[i][0], changes[i][1], &error), ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, changes[i][2]));
    }
}

/* Without --resume: what is finished may be begun anew, and nothing else. */
static void what_is_unfinished_is_not_begun_anew(void)
{
    char path[PATH_BYTES];
    const char *out = testing_folder();
    struct tested_lab tested;
    struct tally tally;
    struct error error = {0};
    tested_lab_fill(&tested);
    json_t *of = tested_identity(&tested);
    fill(&tally);
    snprintf(path, sizeof path, "%s/%s", out, STATE_FILE_NAME);
    CU_ASSERT_EQUAL(state_folder_look(out, false, of, &tally, &error), 0);
    CU_ASSERT_EQUAL(state_file_write(path, &tally, of, &error), 0);
    CU_ASSERT_EQUAL(state_folder_look(out, false, of, &tally, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "not finished (number 17 is next)"));
    tally.finished = true;
    CU_ASSERT_EQUAL(state_file_write(path, &tally, of, &error), 0);
    CU_ASSERT_EQUAL(state_folder_look(out, false, of, &tally, &error), 0);
    testing_write_file(path, "{}", 2);
    CU_ASSERT_EQUAL(state_folder_look(out, false, of, &tally, &error), ERROR_INVALID);
    CU_ASSERT_EQUAL(state_file_write("/nonexistent/x", &tally, of, &error), ERROR_SYSTEM);
    tally_done(&tally);
    json_decref(of);
}

void tests_harness_cycle_state_file(void)
{
    TEST_SUITE("cycle/state_file", {"what is written is read", what_is_written_is_read},
               {"what is damaged is refused", what_is_damaged_is_refused},
               {"says what differs", says_what_differs},
               {"what is unfinished is not begun anew", what_is_unfinished_is_not_begun_anew});
}
