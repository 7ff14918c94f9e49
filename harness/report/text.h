/* SPDX-License-Identifier: MIT */
/* Text for people: what came from files and phones made safe to show, short times, the evidence of
 * a failure in lines. Everything appends to a buffer. */
#ifndef RCLAB_REPORT_TEXT_H
#define RCLAB_REPORT_TEXT_H

#include "harness/base/buffer.h"
#include "harness/report/report.h"

enum { REPORT_TIME_TEXT_MAX = 32 };

/* The character at `text` (not at its NUL) and its length in bytes. A byte that is no UTF-8 is
 * U+FFFD of length 1. */
size_t report_utf8_next(const char *text, uint32_t *ret_character);
void report_utf8_put(struct buffer *buffer, uint32_t character);
/* Valid UTF-8 as it is, U+FFFD for the rest. */
void report_text_valid(struct buffer *buffer, const char *text);
/* For a terminal: one line, and nothing that could steer the terminal. */
void report_text_line(struct buffer *buffer, const char *text);
/* The same in at most `columns` characters; "…" at the end of what had to be cut. */
void report_text_cut(struct buffer *buffer, const char *text, size_t columns);
/* Lines as they are, but for those of more than `columns` characters: they go on below, under what
 * follows their first gap of two spaces, else two columns further in. Words stay whole: paths are
 * copied. */
void report_text_wrap(struct buffer *buffer, const char *lines, size_t columns);
size_t report_text_width(const char *text); /* characters */
void report_text_spaces(struct buffer *buffer, size_t count);
/* A line of text and spaces, `columns` together or more. */
void report_text_padded(struct buffer *buffer, const char *text, size_t columns);

/* The two largest units: "4s", "3m12s", "58h12m", from four days on "10d2h". */
const char *report_phone_time(uint64_t us, char text[REPORT_TIME_TEXT_MAX]);
/* "0.3s", "2m05s" */
const char *report_wall_time(uint64_t us, char text[REPORT_TIME_TEXT_MAX]);

/* "backoff-to-24h" or, with --repeat, "backoff-to-24h#3". */
void report_result_name(struct buffer *buffer, const struct report_result *result);
/* The folder of the suite that the scenario is in: "pending" for pending/backoff.yaml, "scenarios"
 * when the file lies at the root. */
void report_scenario_folder(struct buffer *buffer, const struct scenario *scenario);

/* The place of a failure: its step, or the file's first line for a standing rule. */
struct place report_failure_place(const struct judge_failure *failure);
const char *report_failure_phone(const struct judge_failure *failure,
                                 const struct scenario *scenario); /* NULL = no particular one */
/* "expected …; seen …" */
void report_failure_sentence(struct buffer *buffer, const struct judge_failure *failure);
/* Why a result is not a PASS, in whole lines, each after `indent` spaces: every failure with place,
 * expected, seen, time, evidence and rules; the reason; where to look. Nothing for a PASS. */
void report_evidence(struct buffer *buffer, const struct report_result *result, size_t indent);

#endif
