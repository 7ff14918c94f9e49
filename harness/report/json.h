/* SPDX-License-Identifier: MIT */
/* What reports are made of beyond their text: they appear whole or not at all, and their JSON is
 * valid whatever a phone or a file has put into it. */
#ifndef RCLAB_REPORT_JSON_H
#define RCLAB_REPORT_JSON_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/report/report.h"
#include <jansson.h>

/* What all files of this room are built in; a report may not grow beyond it. */
#define REPORT_FILE_BYTES_MAX ((size_t)256 << 20)

/* As file_write does it; ERROR_LIMIT when the buffer has failed. */
int report_file_write(const char *path, const struct buffer *buffer, struct error *error);

/* A text as valid UTF-8; NULL is JSON's null. NULL (out of memory) may be put into a container:
 * that fails, and so does the whole in report_json_dump. */
json_t *report_json_text(const char *text);
/* Takes the reference; json_dumps' flags. A NULL value makes the buffer fail, so that nobody takes
 * it for whole. */
void report_json_dump(json_t *value, size_t flags, struct buffer *buffer);
/* {"totals": …} */
void report_json_totals(const struct report_totals *totals, struct buffer *buffer);

#endif
