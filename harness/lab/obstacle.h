/* SPDX-License-Identifier: MIT */
/* What keeps an ordinary user of this machine from making namespaces, and what to do about it. */
#ifndef RCLAB_LAB_OBSTACLE_H
#define RCLAB_LAB_OBSTACLE_H

/* A clause for a message; static text. `sysctl_folder` is where the kernel shows its settings
 * ("/proc/sys"; a test has one of its own). A setting that is not there is no obstacle. */
const char *obstacle_to_namespaces(const char *sysctl_folder);

#endif
