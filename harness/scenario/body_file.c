/* SPDX-License-Identifier: MIT */
/* `file:`: the bytes that a server is to answer with. */
#include "harness/scenario/parse.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_whole(int descriptor, uint8_t *bytes, size_t length)
{
    size_t have = 0;
    while (have < length) {
        ssize_t n = read(descriptor, bytes + have, length - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    return true;
}

/* What is wrong with it, NULL if nothing. Opened without blocking: it may be a pipe. */
static const char *read_body(struct parse *parse, const char *path, const uint8_t **ret_bytes,
                             size_t *ret_length)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return strerror(errno);
    struct stat status;
    const char *wrong = NULL;
    if (fstat(descriptor, &status) != 0) {
        wrong = strerror(errno);
    } else if (!S_ISREG(status.st_mode)) {
        wrong = "it is no regular file";
    } else if (status.st_size > BODY_FILE_BYTES_MAX) {
        wrong = "it is larger than 4 MiB";
    } else {
        size_t length = (size_t)status.st_size;
        uint8_t *bytes = parse_keep(parse, length, 1);
        if (bytes && !read_whole(descriptor, bytes, length))
            wrong = "it cannot be read to its end";
        *ret_bytes = bytes;
        *ret_length = length;
    }
    close(descriptor);
    return wrong;
}

bool body_file_read(struct parse *parse, const struct node *node, const uint8_t **ret_bytes,
                    size_t *ret_length)
{
    const char *name, *wrong;
    char path[PATH_MAX], found[NODE_FOUND_MAX];
    if (!value_text(parse, node, "the name of a file beside the scenario", &name))
        return false;
    if (*name == '/') {
        parse_expected(parse, node, NULL, "a file's path from the scenario's folder");
        return false;
    }
    const char *directory = parse_draft(parse)->directory;
    int length = snprintf(path, sizeof path, "%s/%s", directory ? directory : "", name);
    if (!directory)
        wrong = "there is no folder to look in";
    else if (length < 0 || (size_t)length >= sizeof path)
        wrong = "its path is too long";
    else
        wrong = read_body(parse, path, ret_bytes, ret_length);
    if (wrong)
        parse_error(parse, node->place, "expected a file that can be read, found %s: %s",
                    node_quote(name, found), wrong);
    return !wrong;
}
