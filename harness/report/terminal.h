/* SPDX-License-Identifier: MIT */
/* What is known of the terminal that a person looks at. */
#ifndef RCLAB_REPORT_TERMINAL_H
#define RCLAB_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

unsigned terminal_columns(void);     /* of stdout; 80 if unknown */
unsigned terminal_rows(void);        /* of stdout; 24 if unknown */
bool terminal_colours(FILE *stream); /* a terminal, and NO_COLOR is not set */

#endif
