/* SPDX-License-Identifier: MIT */
/* `file:`: the bytes that a server is to answer with. */
#include "harness/base/whole_file.h"
#include "harness/scenario/parse.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong with it is in the error. */
static int read_body(struct parse *parse, const char *path, const uint8_t **ret_bytes,
                     size_t *ret_length, struct error *error)
{
    uint8_t *bytes;
    int result = whole_file_read(path, BODY_FILE_BYTES_MAX, &bytes, ret_length, error);
    if (result < 0)
        return result;
    uint8_t *kept = parse_keep(parse, *ret_length, 1);
    if (kept)
        memcpy(kept, bytes, *ret_length);
    *ret_bytes = kept;
    free(bytes);
    return 0;
}

bool body_file_read(struct parse *parse, const struct node *node, const uint8_t **ret_bytes,
                    size_t *ret_length)
{
    const char *name, *wrong = NULL;
    struct error error;
    char path[PATH_MAX], found[NODE_FOUND_MAX];
    if (!value_text(parse, node, "the name of a file beside the scenario", &name))
        return false;
    if (*name == '/') {
        parse_expected(parse, node, NULL, "a file's path from the scenario's folder");
        return false;
    }
    if (parse_draft(parse)->without_bodies) {
        *ret_bytes = NULL;
        *ret_length = 0;
        return true;
    }
    const char *directory = parse_draft(parse)->directory;
    int length = snprintf(path, sizeof path, "%s/%s", directory ? directory : "", name);
    if (!directory)
        wrong = "there is no folder to look in";
    else if (length < 0 || (size_t)length >= sizeof path)
        wrong = "its path is too long";
    else if (read_body(parse, path, ret_bytes, ret_length, &error) < 0)
        wrong = error.text;
    if (wrong)
        parse_error(parse, node->place, "expected a file that can be read, found %s: %s",
                    node_quote(name, found), wrong);
    return !wrong;
}
