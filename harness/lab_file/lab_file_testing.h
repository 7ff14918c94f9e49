/* SPDX-License-Identifier: MIT */
/* What the tests of this room share. */
#ifndef RCLAB_LAB_FILE_TESTING_H
#define RCLAB_LAB_FILE_TESTING_H

#include "harness/base/testing.h"
#include "harness/lab_file/lab_file.h"
#include "harness/yaml/diagnostics_testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(cases) (sizeof cases / sizeof cases[0])
#define TESTING_SECRET "hunter2-very-secret"
#define TESTING_VARIABLE "RCLAB_TEST_SECRET"

void testing_put(const char *folder, const char *name, const char *bytes, size_t length);
/* A folder with what the labs of these tests speak of. */
const char *testing_lab_folder(void);
/* A lab that must be good. */
struct lab_file *testing_lab(const char *text);

#endif
