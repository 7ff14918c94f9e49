/* SPDX-License-Identifier: MIT */
#include "harness/serve/serve_folder.h"
#include "harness/base/folder.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char *const recorded[] = {
    "timeline.jsonl", "timeline.1.jsonl", "capture.pcapng", "capture.1.pcapng", "tls-keys.log",
    "ca.pem",         "dnsmasq.conf",     "dnsmasq.leases", "dnsmasq.log",      "dnsmasq.seed",
};

int serve_folder_make(const char *path, struct error *error)
{
    int result = folder_make(path, error);
    if (result < 0)
        return result;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return error_set_errno(error, errno, "cannot read the folder %s", path);
    for (size_t i = 0; result == 0 && i < sizeof recorded / sizeof recorded[0]; i++)
        if (unlinkat(folder, recorded[i], 0) < 0 && errno != ENOENT)
            result = error_set_errno(error, errno, "cannot remove %s/%s", path, recorded[i]);
    close(folder);
    return result;
}
