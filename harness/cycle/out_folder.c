/* SPDX-License-Identifier: MIT */
#include "harness/cycle/out_folder.h"
#include "harness/base/folder.h"
#include "harness/base/whole_file.h"
#include "harness/cycle/state_file.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOCK_NAME "cycle.lock"

int out_folder_claim(const char *out, int *ret_fd, struct error *error)
{
    char path[FOLDER_PATH_MAX];
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

int out_folder_look(const char *out, bool resume, const json_t *of, struct tally *tally,
                    struct error *error)
{
    char path[FOLDER_PATH_MAX];
    uint8_t *bytes;
    size_t length;
    snprintf(path, sizeof path, "%s/%s", out, STATE_FILE_NAME);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    int result = whole_file_read(path, STATE_FILE_BYTES_MAX, &bytes, &length, error);
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
