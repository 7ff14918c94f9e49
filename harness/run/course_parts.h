/* SPDX-License-Identifier: MIT */
/* How a course is put together; only course.c calls these. */
#ifndef RCLAB_RUN_COURSE_PARTS_H
#define RCLAB_RUN_COURSE_PARTS_H

#include "harness/run/course.h"

int course_start_phones(struct course *course, const struct course_config *config,
                        struct error *error);
/* The phones are known, and the judge is there. */
int course_start_recorder(struct course *course, struct error *error);

#endif
