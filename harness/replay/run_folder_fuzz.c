/* SPDX-License-Identifier: MIT */
/* A run's folder of which one file holds the bytes and the others are sound: judged twice it comes
 * to the same, or to an error that names the file. */
#include "harness/base/testing.h"
#include "harness/replay/run_folder.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CAPTURE = 3, FILES = 4, PATH_BYTES = 256 };

static char folder[PATH_BYTES];
static const char *const names[FILES] = {"run.json", "scenario.yaml", "timeline.jsonl",
                                         "capture.pcapng"};
static const char *const sound[FILES] = {
    "{\"format\":\"rclab-run-1\",\"id\":\"a\",\"path\":\"b\",\"seed\":\"1\",\"clock\":\"warp\","
    "\"names\":{\"provision.http\":\"a\",\"provision.https\":\"b\",\"provision.tftp\":\"c\","
    "\"provision.address\":\"d\"}}",
    "scenario: t\nsteps:\n  - wait: 5s\n", "{\"n\":1,\"t\":9000000,\"type\":\"end\"}\n", ""};

static void put(const char *name, const void *bytes, size_t length)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
        abort();
    close(fd);
}

static void remove_folder(void)
{
    char path[2 * PATH_BYTES];
    for (size_t i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.200s/rclab-fuzz-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder))
        abort();
    for (size_t i = 0; i < FILES; i++)
        put(names[i], sound[i], strlen(sound[i]));
    atexit(remove_folder);
}

int fuzz_harness_replay_run_folder(const uint8_t *data, size_t size);
int fuzz_harness_replay_run_folder(const uint8_t *data, size_t size)
{
    static struct run_folder once, again;
    struct error error;
    if (size == 0)
        return 0;
    if (!*folder)
        make_folder();
    size_t changed = data[0] % FILES;
    put(names[changed], data + 1, size - 1);
    error.text[0] = '\0';
    int result = run_folder_judge(folder, &once, &error);
    if (result < 0) {
        /* Whoever asks is told which file is to blame. */
        if (once.scenario || !strstr(error.text, folder))
            abort();
    } else {
        if (run_folder_judge(folder, &again, &error) != 0 || once.seed != again.seed ||
            memcmp(&once.judgement, &again.judgement, sizeof once.judgement) != 0)
            abort();
        run_folder_done(&once);
        run_folder_done(&again);
    }
    put(names[changed], sound[changed], strlen(sound[changed]));
    if (changed == CAPTURE && result < 0)
        abort(); /* a verdict does not need it */
    return 0;
}
