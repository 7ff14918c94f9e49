/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/device/device.h"
#include "harness/doctor/doctor.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path in the lab file's folder; false: it is too long. */
static bool beside(const char *directory, const char *name, char path[PATH_MAX])
{
    bool whole = name[0] == '/';
    int length = snprintf(path, PATH_MAX, "%s%s%s", whole || !directory ? "" : directory,
                          whole || !directory ? "" : "/", name);
    return length >= 0 && length < PATH_MAX;
}

/* --- programs -------------------------------------------------------------------------------- */

static int look_at_program(const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return error_set_errno(error, errno, "%.300s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%.300s: it is no regular file", path);
    if (access(path, X_OK) < 0)
        return error_set(error, ERROR_INVALID, "%.300s: it is not executable", path);
    return 0;
}

int doctor_find_program(const char *directory, const char *program, const char *search,
                        struct error *error)
{
    char path[PATH_MAX], folder[PATH_MAX];
    if (strchr(program, '/'))
        return beside(directory, program, path)
                   ? look_at_program(path, error)
                   : error_set(error, ERROR_LIMIT, "the path of %.100s is too long", program);
    for (const char *at = search; at && *at;) {
        size_t length = strcspn(at, ":");
        int written =
            snprintf(folder, sizeof folder, "%.*s/%s", (int)length, length > 0 ? at : ".", program);
        if (written > 0 && (size_t)written < sizeof folder && beside(directory, folder, path) &&
            look_at_program(path, NULL) == 0)
            return 0;
        at += length + (at[length] == ':');
    }
    return error_set(error, ERROR_UNAVAILABLE, "%.100s: no program of this name in PATH", program);
}

/* --- secrets --------------------------------------------------------------------------------- */

enum { SOURCES_MAX = 4 * LAB_FILE_PHONES_MAX + 2 };
struct sources {
    const char *items[SOURCES_MAX];
    size_t count;
};

static void add(struct sources *sources, const char *source)
{
    if (!source || strncmp(source, "file:", 5) != 0)
        return;
    for (size_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->items[i], source) == 0)
            return;
    }
    if (sources->count < SOURCES_MAX)
        sources->items[sources->count++] = source;
}

void doctor_look_at_secrets(const struct lab_file *lab, struct doctor_report *report)
{
    struct sources sources = {.count = 0};
    char path[PATH_MAX], advice[ERROR_TEXT_MAX];
    unsigned open_ones = 0;
    struct stat status;
    add(&sources, lab->edos.key);
    add(&sources, lab->provision.key);
    for (size_t i = 0; i < lab->phone_count; i++) {
        const struct lab_phone *phone = &lab->phones[i];
        add(&sources, phone->web.password.source);
        add(&sources, phone->snmp.community.source);
        add(&sources, phone->snmp.authentication_password.source);
        add(&sources, phone->snmp.privacy_password.source);
    }
    for (size_t i = 0; i < sources.count; i++) {
        if (!beside(lab->directory, sources.items[i] + 5, path) || stat(path, &status) < 0 ||
            !(status.st_mode & S_IROTH))
            continue;
        open_ones++;
        snprintf(advice, sizeof advice, "chmod o= %.300s", path);
        doctor_say(report, DOCTOR_HINT, "secrets", advice,
                   "everybody on this machine may read %.300s", path);
    }
    if (open_ones == 0)
        doctor_say(report, DOCTOR_OK, "secrets", NULL,
                   "none is in a file that everybody on this machine may read");
}

/* --- ways ------------------------------------------------------------------------------------ */

static const struct lab_command *command_for(const struct lab_phone *phone,
                                             enum device_action action)
{
    const struct lab_command *const commands[] = {
        [DEVICE_FACTORY_RESET] = &phone->reset_command,
        [DEVICE_REBOOT] = &phone->reboot_command,
        [DEVICE_POWER_OFF] = &phone->power_off_command,
        [DEVICE_POWER_ON] = &phone->power_on_command,
    };
    return commands[action];
}

void doctor_look_at_ways(const struct lab_file *lab, const struct lab_phone *phone,
                         struct doctor_report *report)
{
    char what[DOCTOR_WHAT_MAX];
    struct error error;
    struct buffer by_hand;
    unsigned commands = 0, bad = 0;
    buffer_init(&by_hand, ERROR_TEXT_MAX / 2);
    snprintf(what, sizeof what, "%s commands", phone->name);
    for (int i = DEVICE_FACTORY_RESET; i <= DEVICE_POWER_ON; i++) {
        enum device_action action = (enum device_action)i;
        enum lab_driver way = device_way(phone, action);
        if (way == LAB_DRIVER_MANUAL)
            buffer_format(&by_hand, "%s%s", by_hand.length ? ", " : "",
                          device_action_names[action]);
        if (way != LAB_DRIVER_COMMAND)
            continue;
        commands++;
        if (doctor_find_program(lab->directory, command_for(phone, action)->arguments[0],
                                getenv("PATH"), &error) == 0)
            continue;
        bad++;
        doctor_say(report, DOCTOR_BAD, what,
                   "a command is a program in the lab file's folder (./NAME), or one in PATH; "
                   "chmod +x makes a script one",
                   "%s: %s", device_action_names[action], error.text);
    }
    if (commands > 0 && bad == 0)
        doctor_say(report, DOCTOR_OK, what, NULL, "their programs are there and executable");
    snprintf(what, sizeof what, "%s by hand", phone->name);
    if (by_hand.length > 0)
        doctor_say(report, DOCTOR_HINT, what,
                   "give the lab file another way, or run with somebody there",
                   "needs a person for: %s", buffer_string(&by_hand));
    buffer_done(&by_hand);
}
