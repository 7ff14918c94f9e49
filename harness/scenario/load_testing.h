/* SPDX-License-Identifier: MIT */
/* What the tests of this room share. */
#ifndef RCLAB_SCENARIO_LOAD_TESTING_H
#define RCLAB_SCENARIO_LOAD_TESTING_H

#include "harness/base/testing.h"
#include "harness/scenario/load.h"
#include "harness/yaml/diagnostics_testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line of a scenario, one step, or the inside of `given`, made whole. What is given begins at
 * 2:1, at 3:5, and at 2:9. */
#define TOP(text) "scenario: t\n" text "\nsteps:\n  - reboot:\n"
#define STEP(text) "scenario: t\nsteps:\n  - " text "\n"
#define GIVEN(text) "scenario: t\ngiven: {" text "}\nsteps:\n  - reboot:\n"

void testing_check_errors(const struct error_case *cases, size_t count);
/* A scenario that must be good. */
struct scenario *testing_scenario(const char *text);

#endif
