/* SPDX-License-Identifier: MIT */
/* A tally of two phones and three courses, and what it is of, for the tests of this room. */
#ifndef RCLAB_CYCLE_STATE_FILE_TESTING_H
#define RCLAB_CYCLE_STATE_FILE_TESTING_H

#include "harness/cycle/state_file.h"

enum { TESTED_PHONES = 2, TESTED_COURSES = 3 };

struct tested_lab {
    struct lab_phone phones[TESTED_PHONES];
    struct lab_file lab;
    struct scenario scenarios[2];
    struct scenario_phone names[TESTED_PHONES];
    size_t numbers[TESTED_PHONES];
    struct rack_course courses[TESTED_COURSES];
    struct rack_plan plan;
};

/* a.desk-1 and a.desk-2, and b on both. */
void tested_lab_fill(struct tested_lab *tested);
json_t *tested_identity(const struct tested_lab *tested);

#endif
