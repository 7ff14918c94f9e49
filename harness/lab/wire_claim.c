/* SPDX-License-Identifier: MIT */
#include "harness/lab/wire_claim.h"
#include "harness/base/buffer.h"
#include "harness/lab/netlink.h"
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES_MAX = 64, CONTENT_BYTES_MAX = 64, PATH_BYTES_MAX = 4096, ATTEMPTS = 100 };

struct wire_claim {
    char interface[IF_NAMESIZE];
    char name[NAME_BYTES_MAX]; /* of the file in the folder */
    int folder_fd, file_fd;
    struct nl_sock *netlink; /* of the machine's namespace */
    bool found_down;
};

/* --- the interface --- */

static int no_interface(const char *interface, struct error *error)
{
    struct buffer names;
    struct if_nameindex *all = if_nameindex();
    buffer_init(&names, ERROR_TEXT_MAX / 2);
    for (size_t i = 0; all && all[i].if_index != 0; i++) {
        if (strcmp(all[i].if_name, "lo") != 0)
            buffer_format(&names, "%s%s", names.length ? ", " : "", all[i].if_name);
    }
    if (all)
        if_freenameindex(all);
    error_set(error, ERROR_UNAVAILABLE, "there is no interface %.32s; this machine has %s",
              interface, names.length ? buffer_string(&names) : "none but lo");
    buffer_done(&names);
    return ERROR_UNAVAILABLE;
}

static int get_link(struct nl_sock *netlink, const char *interface, struct rtnl_link **ret_link,
                    struct error *error)
{
    /* The file is named after it. */
    if (strlen(interface) >= IF_NAMESIZE || strchr(interface, '/') ||
        rtnl_link_get_kernel(netlink, 0, interface, ret_link) < 0)
        return no_interface(interface, error);
    return 0;
}

static int judge_link(struct nl_sock *netlink, struct rtnl_link *link, struct error *error)
{
    const char *name = rtnl_link_get_name(link);
    struct rtnl_link *master;
    if (rtnl_link_get_flags(link) & IFF_LOOPBACK)
        return error_set(error, ERROR_UNAVAILABLE, "%s is this machine's loopback, not a wire",
                         name);
    if (rtnl_link_get_master(link) == 0)
        return 0;
    bool known = rtnl_link_get_kernel(netlink, rtnl_link_get_master(link), NULL, &master) == 0;
    error_set(error, ERROR_UNAVAILABLE,
              "%s belongs to %s of this machine: take it out first (ip link set %s nomaster)", name,
              known ? rtnl_link_get_name(master) : "a bridge", name);
    if (known)
        rtnl_link_put(master);
    return ERROR_UNAVAILABLE;
}

/* Whether it is up and a wire that may be claimed. */
static int look_at(struct nl_sock *netlink, const char *interface, bool *ret_up, bool *ret_carrier,
                   struct error *error)
{
    struct rtnl_link *link;
    TRY(get_link(netlink, interface, &link, error));
    int result = judge_link(netlink, link, error);
    *ret_up = rtnl_link_get_flags(link) & IFF_UP;
    *ret_carrier = *ret_up && rtnl_link_get_carrier(link) != 0;
    rtnl_link_put(link);
    return result;
}

/* --- the file --- */

static bool find_folder(char path[PATH_BYTES_MAX])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int length;
    /* In a user namespace root is root by name only. */
    if (geteuid() == 0 && access("/run", W_OK) == 0)
        length = snprintf(path, PATH_BYTES_MAX, "/run/rclab");
    else if (runtime && runtime[0] == '/')
        length = snprintf(path, PATH_BYTES_MAX, "%s/rclab", runtime);
    else
        length = snprintf(path, PATH_BYTES_MAX, "/tmp/rclab-%u", (unsigned)geteuid());
    return length < PATH_BYTES_MAX;
}

/* /tmp is everybody's: a folder that others made or may write to is not to be trusted. */
static int open_folder(int *ret_fd, struct error *error)
{
    char path[PATH_BYTES_MAX];
    struct stat status;
    if (!find_folder(path))
        return error_set(error, ERROR_LIMIT, "the path in XDG_RUNTIME_DIR is too long");
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return error_set_errno(error, errno, "cannot make the folder %.256s", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        int saved = errno;
        if (fd >= 0)
            close(fd);
        return error_set_errno(error, saved, "cannot open the folder %.256s", path);
    }
    if (status.st_uid != geteuid() || (status.st_mode & 022)) {
        close(fd);
        return error_set(error, ERROR_UNAVAILABLE,
                         "the folder %.256s is not this user's alone: remove it", path);
    }
    *ret_fd = fd;
    return 0;
}

static int name_file(struct wire_claim *claim, struct error *error)
{
    struct stat status;
    if (stat("/proc/thread-self/ns/net", &status) < 0)
        return error_set_errno(error, errno, "cannot look at the network namespace");
    snprintf(claim->name, sizeof claim->name, "%llu-%s", (unsigned long long)status.st_ino,
             claim->interface);
    return 0;
}

static void read_content(int fd, char content[CONTENT_BYTES_MAX])
{
    ssize_t length = pread(fd, content, CONTENT_BYTES_MAX - 1, 0);
    content[length > 0 ? length : 0] = 0;
}

static int taken(const struct wire_claim *claim, int fd, struct error *error)
{
    char content[CONTENT_BYTES_MAX];
    unsigned pid = 0;
    read_content(fd, content);
    if (sscanf(content, "%u", &pid) != 1 || pid == 0)
        return error_set(error, ERROR_UNAVAILABLE, "another rclab uses the interface %s",
                         claim->interface);
    return error_set(error, ERROR_UNAVAILABLE,
                     "another rclab (process %u) uses the interface %s: wait until it is done", pid,
                     claim->interface);
}

/* 1: locked, and still the file of that name; 0: its last holder has just removed it. */
static int lock_file(struct wire_claim *claim, struct error *error)
{
    struct stat here, there;
    int fd = openat(claim->folder_fd, claim->name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot open the file that says who uses %s",
                               claim->interface);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int result = errno == EWOULDBLOCK
                         ? taken(claim, fd, error)
                         : error_set_errno(error, errno, "cannot claim %s", claim->interface);
        close(fd);
        return result;
    }
    if (fstat(fd, &here) < 0 || fstatat(claim->folder_fd, claim->name, &there, 0) < 0 ||
        here.st_ino != there.st_ino || here.st_dev != there.st_dev) {
        close(fd);
        return 0;
    }
    claim->file_fd = fd;
    return 1;
}

static int lock(struct wire_claim *claim, struct error *error)
{
    int result = 0;
    for (int i = 0; result == 0 && i < ATTEMPTS; i++)
        result = lock_file(claim, error);
    if (result == 0)
        return error_set(error, ERROR_FAILED, "cannot claim %s: its file comes and goes",
                         claim->interface);
    return result < 0 ? result : 0;
}

static int write_content(const struct wire_claim *claim, struct error *error)
{
    char content[CONTENT_BYTES_MAX];
    int length = snprintf(content, sizeof content, "%u %s\n", (unsigned)getpid(),
                          claim->found_down ? "down" : "up");
    if (ftruncate(claim->file_fd, 0) < 0 ||
        pwrite(claim->file_fd, content, (size_t)length, 0) != length)
        return error_set_errno(error, errno, "cannot note that %s is used", claim->interface);
    return 0;
}

/* A program that was killed has raised it and could not lower it. */
static bool is_left_raised(const struct wire_claim *claim)
{
    char content[CONTENT_BYTES_MAX], state[8] = "";
    read_content(claim->file_fd, content);
    return sscanf(content, "%*u %7s", state) == 1 && strcmp(state, "down") == 0;
}

/* --- the claim --- */

static int raise_it(struct wire_claim *claim, bool up, bool carrier, struct error *error)
{
    struct error why = {0};
    if (!up && netlink_set_up(claim->netlink, claim->interface, &why) < 0)
        return error_set(error, ERROR_UNAVAILABLE,
                         "%s is down, and only root may raise it (ip link set %s up): %.200s",
                         claim->interface, claim->interface, why.text);
    if (carrier)
        return 0;
    int result = netlink_await_carrier(-1, claim->interface, error);
    if (result != ERROR_LIMIT)
        return result;
    return error_set(error, ERROR_UNAVAILABLE,
                     "%s got no carrier within %d s: is the cable plugged in, and the switch on?",
                     claim->interface, NETLINK_CARRIER_MAX_MS / 1000);
}

static int take(struct wire_claim *claim, struct error *error)
{
    bool up = false, carrier = false;
    int result = netlink_open(-1, &claim->netlink, error);
    if (result == 0)
        result = look_at(claim->netlink, claim->interface, &up, &carrier, error);
    if (result == 0)
        result = open_folder(&claim->folder_fd, error);
    if (result == 0)
        result = name_file(claim, error);
    if (result == 0)
        result = lock(claim, error);
    if (result == 0) /* again, now that nobody else raises or lowers it */
        result = look_at(claim->netlink, claim->interface, &up, &carrier, error);
    if (result < 0)
        return result;
    claim->found_down = !up || is_left_raised(claim);
    TRY(write_content(claim, error));
    return raise_it(claim, up, carrier, error);
}

int wire_claim_new(const char *interface, struct wire_claim **ret_claim, struct error *error)
{
    struct wire_claim *claim = calloc(1, sizeof *claim);
    if (!claim)
        return error_set(error, ERROR_MEMORY, "out of memory");
    claim->folder_fd = claim->file_fd = -1;
    if (strlen(interface) >= sizeof claim->interface) {
        wire_claim_forget(claim);
        return no_interface(interface, error);
    }
    snprintf(claim->interface, sizeof claim->interface, "%s", interface);
    int result = take(claim, error);
    if (result < 0) {
        wire_claim_free(claim);
        return result;
    }
    *ret_claim = claim;
    return 0;
}

void wire_claim_free(struct wire_claim *claim)
{
    if (!claim)
        return;
    if (claim->file_fd >= 0) {
        /* What cannot be given back stays noted, for the next one. */
        if (!claim->found_down || netlink_set_down(claim->netlink, claim->interface, NULL) == 0)
            unlinkat(claim->folder_fd, claim->name, 0);
    }
    wire_claim_forget(claim);
}

void wire_claim_forget(struct wire_claim *claim)
{
    if (!claim)
        return;
    if (claim->file_fd >= 0)
        close(claim->file_fd);
    if (claim->folder_fd >= 0)
        close(claim->folder_fd);
    netlink_close(claim->netlink);
    free(claim);
}
