/* SPDX-License-Identifier: MIT */
#include "harness/serve/serve_place.h"
#include "harness/base/buffer.h"
#include "harness/base/unix_socket.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".serve"
enum { FOLDERS = 2, NAMES_BYTES_MAX = 600 };

/* "" = there is no such place. */
static void name_folders(char folders[FOLDERS][SERVE_PLACE_MAX])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    folders[0][0] = folders[1][0] = 0;
    if (geteuid() == 0)
        snprintf(folders[0], SERVE_PLACE_MAX, "/run/rclab");
    if (runtime && *runtime == '/')
        snprintf(folders[1], SERVE_PLACE_MAX, "%s/rclab", runtime);
}

/* Ours alone: whoever else could write there could answer in our place. */
static bool make_folder(const char *folder)
{
    struct stat status;
    if (mkdir(folder, S_IRWXU) < 0 && errno != EEXIST)
        return false;
    return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 && access(folder, W_OK | X_OK) == 0;
}

static bool name_socket(const char *folder, const char *lab, char ret_path[SERVE_PLACE_MAX])
{
    int length = snprintf(ret_path, SERVE_PLACE_MAX, "%s/%s" SUFFIX, folder, lab);
    return length > 0 && length < SERVE_PLACE_MAX;
}

int serve_place_make(const char *lab, char ret_path[SERVE_PLACE_MAX], struct error *error)
{
    char folders[FOLDERS][SERVE_PLACE_MAX];
    name_folders(folders);
    for (size_t i = 0; i < FOLDERS; i++) {
        if (folders[i][0] && make_folder(folders[i]) && name_socket(folders[i], lab, ret_path))
            return 0;
    }
    return error_set(error, ERROR_UNAVAILABLE,
                     "there is no folder of your own for the control socket (/run/rclab for root, "
                     "else $XDG_RUNTIME_DIR/rclab): give --control PATH");
}

struct found {
    const char *lab; /* that is looked for; NULL = any */
    char *path;
    size_t count;
    struct buffer names;
};

/* One that nobody answers at was left behind by a serve that was killed. */
static void look_at(struct found *found, const char *folder, const char *file)
{
    char path[SERVE_PLACE_MAX];
    size_t length = strlen(file), suffix = strlen(SUFFIX);
    if (length <= suffix || strcmp(file + length - suffix, SUFFIX) != 0)
        return;
    if (found->lab &&
        (strlen(found->lab) != length - suffix || strncmp(found->lab, file, length - suffix) != 0))
        return;
    if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path)
        return;
    struct error ignored;
    int fd = unix_connect(path, &ignored);
    if (fd < 0)
        return;
    close(fd);
    buffer_format(&found->names, "%s%.*s", found->count++ ? ", " : "", (int)(length - suffix),
                  file);
    snprintf(found->path, SERVE_PLACE_MAX, "%s", path);
}

static void look_through(struct found *found, const char *folder)
{
    DIR *entries = *folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    while (entries && (entry = readdir(entries)))
        look_at(found, folder, entry->d_name);
    if (entries)
        closedir(entries);
}

int serve_place_find(const char *lab, char ret_path[SERVE_PLACE_MAX], struct error *error)
{
    char folders[FOLDERS][SERVE_PLACE_MAX];
    struct found found = {.lab = lab, .path = ret_path};
    int result = 0;
    buffer_init(&found.names, NAMES_BYTES_MAX);
    name_folders(folders);
    for (size_t i = 0; i < FOLDERS; i++)
        look_through(&found, folders[i]);
    if (found.count == 0 && lab)
        result = error_set(error, ERROR_UNAVAILABLE,
                           "no lab named %s is being served by this user (rclab serve --lab FILE "
                           "begins it; --control PATH says where it listens)",
                           lab);
    else if (found.count == 0)
        result = error_set(error, ERROR_UNAVAILABLE,
                           "no lab is being served by this user (rclab serve --lab FILE begins it; "
                           "--control PATH says where it listens)");
    else if (found.count > 1)
        result =
            error_set(error, ERROR_INVALID,
                      "several labs are being served: %s. Say which: --name NAME, or --control "
                      "PATH",
                      buffer_string(&found.names));
    buffer_done(&found.names);
    return result;
}
