/* SPDX-License-Identifier: MIT */
/* One scenario being carried out on a site: its phones, its recorder, its judge. On an emulated
 * site it is the only one; on a wire of real devices each phone may be in a course of its own. */
#ifndef RCLAB_RUN_COURSE_H
#define RCLAB_RUN_COURSE_H

#include "fakes/phone/emulated_phone.h"
#include "harness/device/device.h"
#include "harness/run/page_reader.h"
#include "harness/run/recorder.h"
#include "harness/run/run.h"
#include "harness/run/site.h"
#include "harness/run/step_runner.h"

#define COURSE_ADMIN_PASSWORD "rclab" /* of emulated phones */
enum { COURSE_SERIAL_MAX = 16, COURSE_PROBLEM_MAX = 400, COURSE_FILTER_BYTES_MAX = 1 << 18 };
/* A device that was reset, rebooted or powered up is seen to boot within this time of its clock. */
#define COURSE_BOOT_MAX_US UINT64_C(600000000)
/* A device that has an address and was not heard for so long of the machine's time is asked whether
 * it is still there; one without an address asks for one, and is heard within the longer time. */
#define COURSE_SILENCE_US UINT64_C(10000000)
#define COURSE_UNHEARD_MAX_US UINT64_C(120000000)

struct course_phone {
    struct course *course;
    size_t site_index;
    const struct action_driver *driver;
    struct emulated_phone *emulated; /* or */
    struct device *device;
    const struct lab_phone *lab_phone; /* of the device */
    int certificate_fd;                /* an emulated one's own, with the key; -1 = none */
    char serial[COURSE_SERIAL_MAX];
    bool online;             /* by its traffic: it has a lease and was not told to go down */
    uint64_t lease_until_us; /* the run's clock */
    uint64_t reach_due_us;   /* a device whose page is needed has an address by then; LOOP_NEVER */
    uint64_t boot_due_us; /* a real device that was told to boot; LOOP_NEVER = it was not, or did */
    bool off;             /* a real device: without power, by a step */
    bool page_up;         /* a real device: its page has been read since it came online */
    char page_problem[COURSE_PROBLEM_MAX]; /* why the last reading failed */
    bool unread;                           /* something happened since its page was last read */
};

struct course {
    struct site *site;
    const struct scenario *scenario;
    const struct run_options *options;
    struct course_phone *phones; /* scenario->phone_count of them */
    const char **phone_names;
    struct mac *macs; /* as phones */
    struct judge *judge;
    struct recorder *recorder;
    struct frame_secrets *secrets; /* of real devices; NULL = there are none */
    struct page_reader reader;
    struct step_runner runner;
    struct loop_timer deadline;
    int phone_log_fd;
    char ca_file[SITE_PATH_MAX];  /* what emulated phones trust */
    uint64_t late_us, late_at_us; /* the worst lateness, and when (the devices' time) */
    uint64_t failed_real_us;      /* the judge found a failure; 0 = it did not */
    bool settled;                 /* the judge is done, and its verdict has been made sure of */
    int broken_phone;             /* whose fault it is; -1 = no device's */
    bool broken;                  /* an error of its own was recorded; nothing more is done */
    bool over;                    /* recorded to its end */
    int result;                   /* of course_finish */
    struct error error;
};

/* site_indices: which phones of the site are this scenario's, one for each of scenario->phones.
 * devices: real ones, as the lab file has them (NULL: emulated). `folder` of the options exists. */
struct course_config {
    struct site *site;
    const struct scenario *scenario;
    const struct run_options *options;
    const size_t *site_indices;
    const struct lab_phone *const *devices;
    const char *directory;                        /* of the lab file */
    const uint32_t *addresses;                    /* of the devices at the start, 0 = unknown */
    void (*ask)(void *context, const char *text); /* see device.h; with the options' context */
};
int course_new(const struct course_config *config, struct course **ret_course, struct error *error);
void course_free(struct course *course);

/* Puts in force for its phones what its scenario begins with. The site is served already. */
int course_begin(struct course *course, struct error *error);
/* All is quiet at this instant: reads pages, then lets the judge's clock and steps go on. True: it
 * has started something. */
bool course_quiet(struct course *course);
/* Nothing is left to do: the judge has come to an end, or the course is broken. A real device is
 * blamed only if it was heard after its failure was found: else it is gone, and the verdict ERROR.
 */
bool course_is_over(const struct course *course);
/* Something of this course's own went wrong (a device that does not do what it is told): the
 * verdict is ERROR, other courses go on. */
void course_fail(struct course *course, int code, const struct error *error);
/* The same, and it is this device that did not do its part. */
void course_fail_device(struct course *course, size_t phone, int code, const struct error *error);
/* The harness itself came to its work so much too late, in the devices' time (the machine was
 * busy): a phone is not blamed for what such a lateness may have done. */
void course_was_late(struct course *course, uint64_t late_us);
/* Gives up: devices get back the power that a step took, and it is over. */
void course_interrupt(struct course *course);
/* Records the end and writes out what there is; once. loop_error: of loop_run, NULL = none. */
void course_finish(struct course *course, int loop_result, const struct error *loop_error);
/* The verdict, once finished. */
void course_judgement(const struct course *course, struct judgement *ret_judgement);

/* The phone can be reached on its web page right now, by what its traffic showed. */
bool course_phone_reachable(const struct course *course, size_t phone);
uint32_t course_phone_address(const struct course *course, size_t phone);

#endif
