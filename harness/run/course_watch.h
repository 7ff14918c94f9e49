/* SPDX-License-Identifier: MIT */
/* What has to be sure before a real device is blamed: that it did boot, that it can be reached,
 * that it is still there, and that this machine itself came in time. */
#ifndef RCLAB_RUN_COURSE_WATCH_H
#define RCLAB_RUN_COURSE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct course;
/* Breaks the course for a device that was not seen to boot, or whose page was not reached, in time.
 * When to look again: LOOP_NEVER = there is nothing to look for. */
uint64_t course_watch_boots(struct course *course);
/* Breaks it for a device that has an address and answers no more. */
void course_watch_absent(struct course *course);
/* Breaks it if one of its devices has gone silent since then (the machine's clock). False: one is
 * still being asked. */
bool course_watch_present(struct course *course, uint64_t since_us);
/* A failure was found: breaks the course if the harness was late by more than the tolerance. */
void course_watch_lateness(struct course *course);

#endif
