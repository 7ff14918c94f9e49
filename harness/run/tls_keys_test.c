/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/run/tls_keys.h"
#include "harness/wire/pcapng.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_file(const char *folder, const char *name, const void *bytes, size_t length)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    testing_write_file(path, bytes, length);
}

static void write_capture(const char *folder)
{
    struct buffer bytes;
    uint8_t frame[60] = {0};
    buffer_init(&bytes, 1 << 20);
    pcapng_encode_header(&bytes, "a test", "br0");
    for (uint8_t i = 1; i <= 3; i++) {
        frame[0] = i;
        pcapng_encode_frame(&bytes, i, frame, sizeof frame, sizeof frame, "a comment");
    }
    write_file(folder, "capture.pcapng", bytes.data, bytes.length);
    buffer_done(&bytes);
}

static void check_frames(const char *folder)
{
    char path[512];
    size_t length;
    struct pcapng_reader reader;
    struct pcapng_frame frame;
    snprintf(path, sizeof path, "%s/capture.pcapng", folder);
    uint8_t *bytes = testing_read_file(path, &length);
    pcapng_reader_init(&reader, bytes, length);
    for (uint8_t i = 1; i <= 3; i++) {
        CU_ASSERT_TRUE_FATAL(pcapng_reader_next(&reader, &frame));
        CU_ASSERT_EQUAL(frame.bytes[0], i);
        CU_ASSERT_STRING_EQUAL(frame.comment, "a comment");
    }
    CU_ASSERT_FALSE(pcapng_reader_next(&reader, &frame));
    CU_ASSERT_FALSE(reader.bad);
    free(bytes);
}

static bool capture_holds(const char *folder, const char *text)
{
    char path[512];
    size_t length;
    snprintf(path, sizeof path, "%s/capture.pcapng", folder);
    uint8_t *bytes = testing_read_file(path, &length);
    bool holds = memmem(bytes, length, text, strlen(text)) != NULL;
    free(bytes);
    return holds;
}

static void embeds_before_the_frames(void)
{
    static const char keys[] = "CLIENT_RANDOM 00 11\nCLIENT_RANDOM 22 33\n";
    const char *folder = testing_folder();
    char path[512];
    write_capture(folder);
    write_file(folder, "tls-keys.log", keys, sizeof keys - 1);
    CU_ASSERT_EQUAL(tls_keys_embed(folder, folder, "capture.pcapng", NULL), 0);
    check_frames(folder);
    CU_ASSERT_TRUE(capture_holds(folder, keys));
    snprintf(path, sizeof path, "%s/tls-keys.log", folder);
    CU_ASSERT_EQUAL(access(path, F_OK), 0); /* other captures may want them */
    tls_keys_remove(folder);
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

static void leaves_a_run_without_tls_alone(void)
{
    const char *folder = testing_folder();
    write_capture(folder);
    CU_ASSERT_EQUAL(tls_keys_embed(folder, folder, "capture.pcapng", NULL), 0);
    check_frames(folder);
}

static void keeps_what_it_cannot_rewrite(void)
{
    struct error error = {0};
    const char *folder = testing_folder();
    write_file(folder, "capture.pcapng", "short", 5);
    write_file(folder, "tls-keys.log", "CLIENT_RANDOM 1 2\n", 18);
    CU_ASSERT(tls_keys_embed(folder, folder, "capture.pcapng", &error) < 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "capture.pcapng"));
    CU_ASSERT_TRUE(capture_holds(folder, "short"));
}

void tests_harness_run_tls_keys(void);
void tests_harness_run_tls_keys(void)
{
    TEST_SUITE("run/tls_keys", {"embeds the keys before the frames", embeds_before_the_frames},
               {"leaves a run without TLS alone", leaves_a_run_without_tls_alone},
               {"keeps what it cannot rewrite", keeps_what_it_cannot_rewrite});
}
