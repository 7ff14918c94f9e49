/* SPDX-License-Identifier: MIT */
/* A lab's wire, served without a test: dnsmasq and the fakes, for somebody with a phone in hand.
 * What they do can be changed while they run; what happens is told, and recorded. Nobody judges,
 * nothing is done to a phone, and no silence is too long. */
#ifndef RCLAB_SERVE_SERVE_H
#define RCLAB_SERVE_SERVE_H

#include "harness/base/buffer.h"
#include "harness/lab/certificates.h"
#include "harness/lab_file/lab_file.h"
#include "harness/loop/loop.h"
#include "harness/observe/event.h"
#include "harness/scenario/scenario.h"

enum {
    SERVE_GUESTS_MAX = 32,          /* devices that the lab file does not name (any_phone) */
    SERVE_SETTINGS_MAX = 1000,      /* in one life: the last one of each kind stays in force */
    SERVE_TEXT_BYTES_MAX = 1 << 18, /* of an answer to a person */
    SERVE_EVENTS_MAX_DEFAULT = 500000,
};
#define SERVE_CAPTURE_BYTES_MAX (UINT64_C(1) << 28)

/* Where a recording goes: a folder that somebody names, and that may be anybody's. Makes it; of one
 * that is there already, only the files of an earlier recording are removed, by their names. */
int serve_folder_make(const char *path, struct error *error);

struct serve_config { /* all borrowed for its life */
    const struct lab_file *lab;
    const struct certificates *certificates;
    const struct scenario *scenario; /* whose `given` is in force at first; NULL = nothing is
                                        offered, EDOS gives a profile, provisioning a config */
    const char *folder;              /* of the recording; exists */
    uint64_t seed;
    bool any_phone;    /* serve those whom the lab file does not name, too */
    size_t events_max; /* of one recording; then it is begun anew, and the one before is kept */
    /* phone: NULL = it is of none */
    void (*seen)(void *context, const struct event *event, const char *phone);
    void (*timeline)(void *context, const char *json); /* the same as a line of JSON; or NULL */
    void (*note)(void *context, const char *text);     /* about the wire or the recording */
    void *context;
};

struct serve;
/* Enters namespaces of its own (lab_enter_namespaces: call it in a process that has not), and
 * serves from the next turn of its loop on. */
int serve_new(const struct serve_config *config, struct serve **ret_serve, struct error *error);
void serve_free(struct serve *serve); /* closes the recording */
struct loop *serve_loop(struct serve *serve);
/* Until serve_stop, or the lab breaks. */
int serve_run(struct serve *serve, struct error *error);
void serve_stop(struct serve *serve);

/* Puts steps in force, in their order: all of them, or none if one cannot be read (ERROR_INVALID).
 * `answer` is for whoever asked: what was done, or every problem with its place. */
int serve_set(struct serve *serve, const char *const *steps, size_t count, const char *directory,
              struct buffer *answer);
/* What is in force, and each phone: address, state, what it asked for. */
void serve_show(const struct serve *serve, struct buffer *answer);
/* A line for each phone that was heard of. */
void serve_summary(const struct serve *serve, struct buffer *answer);

#endif
