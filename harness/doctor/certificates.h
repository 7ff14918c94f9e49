/* SPDX-License-Identifier: MIT */
/* Are the certificates that a lab file gives fit to be shown to phones? Pure. */
#ifndef RCLAB_DOCTOR_CERTIFICATES_H
#define RCLAB_DOCTOR_CERTIFICATES_H

#include "harness/doctor/doctor.h"
#include "harness/lab_file/lab_file.h"
#include <time.h>

enum { DOCTOR_CERTIFICATE_FINDINGS_MAX = 4, DOCTOR_CERTIFICATE_SOON_S = 7 * 24 * 3600 };

/* All that is wrong with it, or one finding that says that all is well; how many are returned. The
 * server speaks TLS. now: seconds since 1970. */
size_t doctor_certificate_judge(const struct lab_server *server, time_t now,
                                struct doctor_finding findings[DOCTOR_CERTIFICATE_FINDINGS_MAX]);

#endif
