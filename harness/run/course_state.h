/* SPDX-License-Identifier: MIT */
/* What a course has and knows: its phones, its recorder, its judge, how far it has come. Those that
 * carry it out (course, page_reader, step_runner) share it. */
#ifndef RCLAB_RUN_COURSE_STATE_H
#define RCLAB_RUN_COURSE_STATE_H

#include "fakes/phone/emulated_phone.h"
#include "harness/base/bitset.h"
#include "harness/device/device.h"
#include "harness/judge/judge.h"
#include "harness/run/recorder.h"
#include "harness/run/site.h"

struct run_options {
    /* The run's own, exists and is empty. In the end it holds scenario.yaml, run.json,
     * timeline.jsonl, capture.pcapng, ca.pem and the logs. */
    const char *folder;
    uint64_t seed; /* of this scenario */
    enum loop_clock clock;
    bool real_devices;                       /* see judge_set_real_devices */
    const struct scenario_network *network;  /* the lines of scenarios that say nothing of them; */
    const char *network_text;                /* as it was written; both NULL = plain */
    const struct phone_quirk *quirk;         /* NULL = sound phones */
    size_t quirk_every;                      /* N: of the Nth, the 2Nth … phone; 0 = of all */
    const struct phone_variation *variation; /* NULL = plain phones */
    const struct certificates *certificates; /* of the lab; made once a program run */
    uint64_t stall_real_us;                  /* 0 = RUN_STALL_REAL_US */
    /* Called for each event as it happens; NULL = nobody. It must not change anything. */
    void (*seen)(void *context, const struct event *event);
    void *context;
};

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
    struct emulated_phone *emulated; /* or */
    struct device *device;
    const struct lab_phone *lab_phone; /* of the device */
    int certificate_fd;                /* an emulated one's own, with the key; -1 = none */
    struct phone_variation variation;  /* of an emulated one */
    char serial[COURSE_SERIAL_MAX];
    bool online;             /* by its traffic: it has a lease and was not told to go down */
    bool heard;              /* with lines: it has used its address, so it knows of it */
    uint64_t lease_until_us; /* the run's clock */
    uint64_t reach_due_us;   /* a device whose page is needed has an address by then; LOOP_NEVER */
    uint64_t boot_due_us; /* a real device that was told to boot; LOOP_NEVER = it was not, or did */
    bool off;             /* a real device: without power, by a step */
    bool page_up;         /* a real device: its page has been read since it came online */
    char page_problem[COURSE_PROBLEM_MAX]; /* why the last reading failed */
    bool unread;                           /* something happened since its page was last read */
};

struct course_reading {  /* of phones' pages (see page_reader.h) */
    struct fetch *fetch; /* of an emulated phone's page, in flight, or NULL */
    size_t phone;
    bool under_way;
    uint64_t not_before_us; /* real clock: pages are not read more often than once a second, and a
                               real device's that did not answer less often */
};
struct course_doing {        /* of a step that does something (see step_runner.h) */
    const struct step *step; /* being carried out, or the last one that was */
    size_t next_phone;
    struct fetch *fetch; /* a command to an emulated phone's page, in flight */
};

struct course {
    struct site *site;
    const struct scenario *scenario;
    const struct run_options *options;
    struct course_phone *phones; /* scenario->phone_count of them, all devices or none */
    bool has_devices;
    struct bitset to_read; /* phones that are online and `unread` */
    const char **phone_names;
    struct mac *macs; /* as phones */
    struct judge *judge;
    struct recorder *recorder;
    struct frame_secrets *secrets; /* of real devices; NULL = there are none */
    struct course_reading reading;
    struct course_doing doing;
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

/* Something of this course's own went wrong (a device that does not do what it is told): the
 * verdict is ERROR, other courses go on. */
void course_fail(struct course *course, int code, const struct error *error);
/* The same, and it is this device that did not do its part. */
void course_fail_device(struct course *course, size_t phone, int code, const struct error *error);

/* What is known of this phone's page, or whether it is online, has changed. */
void course_phone_changed(struct course *course, size_t phone);
/* The phone can be reached on its web page right now, by what its traffic showed. */
bool course_phone_reachable(const struct course *course, size_t phone);
uint32_t course_phone_address(const struct course *course, size_t phone);

#endif
