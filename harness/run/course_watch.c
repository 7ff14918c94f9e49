/* SPDX-License-Identifier: MIT */
#include "harness/run/course_watch.h"
#include "harness/base/duration.h"
#include "harness/base/monotonic.h"
#include "harness/run/course.h"

/* --- is a device still there? --------------------------------------------------------------- */

static enum presence_answer presence_of(struct course *course, size_t phone, uint64_t since_us)
{
    const struct course_phone *slot = &course->phones[phone];
    struct presence *presence = course->site->presence;
    uint64_t now_us = monotonic_us();
    if (course_phone_reachable(course, phone))
        return presence_since(presence, slot->site_index, course_phone_address(course, phone),
                              since_us);
    /* Without an address it cannot be asked; it asks for one itself, at growing distances. */
    uint64_t heard_us = presence_heard_us(presence, slot->site_index);
    return heard_us + COURSE_UNHEARD_MAX_US >= now_us ? PRESENCE_YES : PRESENCE_NO;
}

static void fail_absent(struct course *course, size_t phone)
{
    struct error error;
    char ago[DURATION_TEXT_MAX];
    const struct course_phone *slot = &course->phones[phone];
    uint64_t heard_us = presence_heard_us(course->site->presence, slot->site_index);
    uint64_t silent_us = monotonic_us() - heard_us;
    error_set(&error, ERROR_UNAVAILABLE,
              "%s is gone from the wire: no frame of it for %s, and no answer to ARP. Was it "
              "unplugged?",
              course->phone_names[phone],
              heard_us ? duration_format(silent_us / DURATION_S * DURATION_S, ago)
                       : "the whole run");
    course_fail_device(course, phone, ERROR_UNAVAILABLE, &error);
}

/* False: it is still being asked. */
bool course_watch_present(struct course *course, uint64_t since_us)
{
    bool known = true;
    for (size_t i = 0; i < course->scenario->phone_count && !course->broken; i++) {
        const struct course_phone *slot = &course->phones[i];
        if (!slot->device || slot->off || slot->boot_due_us != LOOP_NEVER)
            continue;
        switch (presence_of(course, i, since_us)) {
        case PRESENCE_YES:
            break;
        case PRESENCE_ASKING:
            known = false;
            break;
        case PRESENCE_NO:
            fail_absent(course, i);
            break;
        }
    }
    return known;
}

/* Devices that have an address answer for it all the time. */
void course_watch_absent(struct course *course)
{
    uint64_t now_us = monotonic_us();
    for (size_t i = 0; i < course->scenario->phone_count && !course->broken; i++) {
        const struct course_phone *slot = &course->phones[i];
        if (slot->device && !slot->off && slot->boot_due_us == LOOP_NEVER &&
            course_phone_reachable(course, i) &&
            presence_of(course, i, now_us - COURSE_SILENCE_US) == PRESENCE_NO)
            fail_absent(course, i);
    }
}

void course_was_late(struct course *course, uint64_t late_us)
{
    if (late_us <= course->late_us)
        return;
    course->late_us = late_us;
    course->late_at_us = loop_now_us(course->site->loop);
}

/* Within the tolerance a lateness of ours explains nothing. */
void course_watch_lateness(struct course *course)
{
    struct error error;
    char late[DURATION_TEXT_MAX], at[DURATION_TEXT_MAX];
    if (course->late_us <= course->scenario->tolerance.at_least_us)
        return;
    error_set(
        &error, ERROR_LIMIT,
        "this machine was too busy: at %s the lab itself was late by %s of the devices' time, "
        "more than the tolerance, so what the phone did wrong may be our doing. Run less on it "
        "at once, or take a lower time_scale",
        duration_format(course->late_at_us / DURATION_S * DURATION_S, at),
        duration_format(course->late_us / DURATION_MS * DURATION_MS, late));
    course_fail(course, ERROR_LIMIT, &error);
}

static void fail_unreachable(struct course *course, size_t phone)
{
    struct error error;
    char limit[DURATION_TEXT_MAX];
    if (course_phone_reachable(course, phone))
        error_set(&error, ERROR_UNAVAILABLE, "its page did not answer for %s: %s",
                  duration_format(COURSE_BOOT_MAX_US, limit), course->phones[phone].page_problem);
    else
        error_set(
            &error, ERROR_UNAVAILABLE,
            "%s was not found on the wire within %s: no address of the pool is its, and no DHCP "
            "message of it came, so its page cannot be asked. Is it plugged in and powered?",
            course->phone_names[phone], duration_format(COURSE_BOOT_MAX_US, limit));
    course_fail_device(course, phone, ERROR_UNAVAILABLE, &error);
}

/* A device that was told to boot and was never seen to is no phone to be judged. */
uint64_t course_watch_boots(struct course *course)
{
    uint64_t now_us = loop_now_us(course->site->loop), next_us = LOOP_NEVER;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        uint64_t due_us = course->phones[i].boot_due_us, reach_us = course->phones[i].reach_due_us;
        if (reach_us <= now_us)
            fail_unreachable(course, i);
        /* What a driver has not done yet cannot have been answered. */
        if (due_us <= now_us && device_is_busy(course->phones[i].device)) {
            due_us = now_us + COURSE_BOOT_MAX_US;
            course->phones[i].boot_due_us = due_us;
        }
        if (due_us <= now_us) {
            struct error error;
            char limit[DURATION_TEXT_MAX];
            error_set(
                &error, ERROR_FAILED,
                "%s was not seen to boot within %s: no DHCP message of it came. Is it plugged "
                "in, powered, on this wire; does its driver in the lab file reach it?",
                course->phone_names[i], duration_format(COURSE_BOOT_MAX_US, limit));
            course_fail_device(course, i, ERROR_FAILED, &error);
        }
        next_us = due_us < next_us ? due_us : next_us;
        next_us = reach_us < next_us ? reach_us : next_us;
    }
    return next_us;
}
