/* SPDX-License-Identifier: MIT */
#include "harness/doctor/doctor.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_BYTES_MAX = 4096, WORD_MAX = 256 };
static const char what[] = "others of this machine";

/* --- what files and arguments say ------------------------------------------------------------ */

/* A line KEY=VALUE. */
static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    while (text) {
        if (strncmp(text, line, length) == 0 && (text[length] == '\n' || text[length] == '\0'))
            return true;
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return false;
}

bool doctor_networkd_manages(const char *text)
{
    return has_line(text, "ADMIN_STATE=configuring") || has_line(text, "ADMIN_STATE=configured");
}

bool doctor_network_manager_manages(const char *text)
{
    return has_line(text, "managed=true");
}

/* Some put their whole title into one argument ("dhcpcd: eth1 [ip4]"), so blanks end a word, too.
 * False: there is none more. */
static bool next_word(const char **at, const char *end, char word[WORD_MAX])
{
    while (*at < end && (**at == '\0' || isspace((unsigned char)**at)))
        ++*at;
    size_t length = 0;
    for (; *at < end && **at != '\0' && !isspace((unsigned char)**at); ++*at) {
        if (length < WORD_MAX - 1)
            word[length++] = **at;
    }
    word[length] = '\0';
    return length > 0;
}

static bool is_client_program(char *word)
{
    static const char *const names[] = {"dhclient", "dhcpcd", "udhcpc"};
    const char *slash = strrchr(word, '/');
    const char *name = slash ? slash + 1 : word;
    size_t length = strlen(name);
    if (length > 0 && name[length - 1] == ':')
        length--;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return true;
    }
    return false;
}

bool doctor_is_dhcp_client(const char *arguments, size_t length, const char *interface)
{
    const char *at = arguments, *end = arguments + length;
    char word[WORD_MAX];
    if (!next_word(&at, end, word) || !is_client_program(word))
        return false;
    while (next_word(&at, end, word)) {
        if (strcmp(word, interface) == 0)
            return true;
    }
    return false;
}

/* --- where they are -------------------------------------------------------------------------- */

static size_t read_start(const char *path, char text[TEXT_BYTES_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd < 0 ? 0 : read(fd, text, TEXT_BYTES_MAX - 1);
    if (fd >= 0)
        close(fd);
    length = length < 0 ? 0 : length;
    text[length] = '\0';
    return (size_t)length;
}

/* Interfaces' numbers and names are those of one network namespace. Where it cannot be asked, ours
 * is taken for that of all. */
static bool is_in_our_network(const char *process)
{
    char path[PATH_MAX];
    struct stat ours, theirs;
    snprintf(path, sizeof path, "/proc/%.32s/ns/net", process);
    return stat("/proc/self/ns/net", &ours) < 0 || stat(path, &theirs) < 0 ||
           (ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev);
}

static unsigned look_at_managers(const char *interface, struct doctor_report *report)
{
    char path[PATH_MAX], text[TEXT_BYTES_MAX], advice[ERROR_TEXT_MAX];
    unsigned index = if_nametoindex(interface), found = 0;
    if (index == 0 || !is_in_our_network("1"))
        return 0;
    snprintf(path, sizeof path, "/run/systemd/netif/links/%u", index);
    read_start(path, text);
    if (doctor_networkd_manages(text)) {
        found++;
        snprintf(advice, sizeof advice,
                 "a .network file with [Match] Name=%.32s and [Link] Unmanaged=yes ends that",
                 interface);
        doctor_say(report, DOCTOR_HINT, what, advice,
                   "systemd-networkd looks after %s and may send there by itself", interface);
    }
    snprintf(path, sizeof path, "/run/NetworkManager/devices/%u", index);
    read_start(path, text);
    if (doctor_network_manager_manages(text)) {
        found++;
        snprintf(advice, sizeof advice, "nmcli device set %.32s managed no", interface);
        doctor_say(report, DOCTOR_HINT, what, advice,
                   "NetworkManager looks after %s and may send there by itself", interface);
    }
    return found;
}

static unsigned look_at_processes(const char *interface, struct doctor_report *report)
{
    char path[PATH_MAX], text[TEXT_BYTES_MAX], advice[ERROR_TEXT_MAX];
    unsigned found = 0;
    DIR *folder = opendir("/proc");
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof path, "/proc/%.32s/cmdline", entry->d_name);
        size_t length = read_start(path, text);
        if (!doctor_is_dhcp_client(text, length, interface) || !is_in_our_network(entry->d_name))
            continue;
        found++;
        snprintf(advice, sizeof advice, "end it, and take %.32s out of what starts it", interface);
        doctor_say(report, DOCTOR_HINT, what, advice,
                   "the process %.32s is a DHCP client on %s (%.100s)", entry->d_name, interface,
                   text);
    }
    if (folder)
        closedir(folder);
    return found;
}

void doctor_look_for_speakers(const char *interface, struct doctor_report *report)
{
    unsigned found = look_at_managers(interface, report);
    found += look_at_processes(interface, report);
    if (found == 0)
        doctor_say(report, DOCTOR_OK, what, NULL, "nothing that is known to speak on %s",
                   interface);
}
