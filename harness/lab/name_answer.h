/* SPDX-License-Identifier: MIT */
/* The answer to a question for the EDOS host as the scenario's `dns:` says (address, nxdomain,
 * servfail, silence). Pure. */
#ifndef RCLAB_LAB_NAME_ANSWER_H
#define RCLAB_LAB_NAME_ANSWER_H

#include "harness/base/buffer.h"
#include "harness/scenario/scenario.h"
#include "harness/wire/dns.h"

enum name_verdict { NAME_NO_QUESTION, NAME_SILENCE, NAME_ANSWERED };
/* question: a whole DNS message; host: questions for other names are none for us (NULL = all are).
 * Appends the answer to `reply` if there is one; its question section is the asker's, letter by
 * letter (some askers mix upper and lower case and expect it back). */
enum name_verdict name_answer(const struct scenario_dns *dns, const char *host,
                              uint32_t edos_address, const uint8_t *question, size_t length,
                              struct buffer *reply);

#endif
