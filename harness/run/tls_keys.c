/* SPDX-License-Identifier: MIT */
#include "harness/run/tls_keys.h"
#include "harness/base/file.h"
#include "harness/loop/web.h"
#include "harness/wire/pcapng.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, KEYS_BYTES_MAX = 64 << 20, PIECE_BYTES = 65536 };

static void path_of(char path[PATH_BYTES_MAX], const char *folder, const char *name)
{
    snprintf(path, PATH_BYTES_MAX, "%s/%s", folder, name);
}

void tls_keys_record(const char *folder)
{
    char path[PATH_BYTES_MAX];
    path_of(path, folder, "tls-keys.log");
    web_keys_record(path);
}

/* Copies what is behind the first two blocks (section header, interface description). */
static bool copy_frames(FILE *from, FILE *to)
{
    char piece[PIECE_BYTES];
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, from)) > 0) {
        if (fwrite(piece, 1, length, to) != length)
            return false;
    }
    return !ferror(from);
}

/* A block's total length stands in its second word (little-endian, as we write it). */
static bool copy_block(FILE *from, FILE *to)
{
    uint8_t head[8], rest[PCAPNG_COMMENT_MAX];
    if (fread(head, 1, sizeof head, from) != sizeof head)
        return false;
    size_t length = (size_t)head[4] | (size_t)head[5] << 8 | (size_t)head[6] << 16;
    if (length < sizeof head || length - sizeof head > sizeof rest)
        return false;
    length -= sizeof head;
    return fread(rest, 1, length, from) == length &&
           fwrite(head, 1, sizeof head, to) == sizeof head && fwrite(rest, 1, length, to) == length;
}

static bool rewrite(FILE *from, FILE *to, const char *keys, size_t length)
{
    struct buffer block;
    buffer_init(&block, KEYS_BYTES_MAX + PCAPNG_COMMENT_MAX);
    pcapng_encode_tls_secrets(&block, keys, length);
    bool good = !block.failed && copy_block(from, to) && copy_block(from, to) &&
                fwrite(block.data, 1, block.length, to) == block.length && copy_frames(from, to);
    buffer_done(&block);
    return good;
}

static int embed(const char *folder, const char *capture_name, const char *keys, size_t length,
                 struct error *error)
{
    char path[PATH_BYTES_MAX], fresh[PATH_BYTES_MAX + 8];
    path_of(path, folder, capture_name);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *from = fopen(path, "re");
    FILE *to = from ? fopen(fresh, "we") : NULL;
    bool good = to && rewrite(from, to, keys, length);
    if (from)
        fclose(from);
    if (to)
        good = fclose(to) == 0 && good;
    if (good && rename(fresh, path) == 0)
        return 0;
    int saved = errno;
    unlink(fresh);
    return error_set_errno(error, saved, "cannot put the TLS keys into %s", path);
}

int tls_keys_embed(const char *keys_folder, const char *folder, const char *capture_name,
                   struct error *error)
{
    char path[PATH_BYTES_MAX];
    uint8_t *keys;
    size_t length;
    path_of(path, keys_folder, "tls-keys.log");
    if (access(path, F_OK) < 0)
        return 0;
    int result = file_read(path, KEYS_BYTES_MAX, &keys, &length, error);
    if (result < 0)
        return error_prefix(error, result, "%s", path);
    if (length > 0)
        result = embed(folder, capture_name, (const char *)keys, length, error);
    free(keys);
    return result;
}

void tls_keys_clear(const char *keys_folder)
{
    char path[PATH_BYTES_MAX];
    path_of(path, keys_folder, "tls-keys.log");
    /* We have it open for appending. Where there is none, nothing was recorded. */
    int ignored = truncate(path, 0);
    (void)ignored;
}

void tls_keys_remove(const char *keys_folder)
{
    char path[PATH_BYTES_MAX];
    path_of(path, keys_folder, "tls-keys.log");
    unlink(path);
}
