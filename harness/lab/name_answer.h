/* SPDX-License-Identifier: MIT */
/* Answers to questions for SRV records, and for the EDOS host as the scenario's `dns:` says
 * (address, nxdomain, servfail, silence): the pure answer, which the gate gives to each phone that
 * asks by UDP, and the name server's upstream for that host, which answers dnsmasq's forwarded
 * questions alike for all, so that a change needs no restart of dnsmasq. */
#ifndef RCLAB_LAB_NAME_ANSWER_H
#define RCLAB_LAB_NAME_ANSWER_H

#include "harness/base/buffer.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include "harness/scenario/scenario.h"
#include "harness/wire/dns.h"

enum name_verdict { NAME_NO_QUESTION, NAME_SILENCE, NAME_ANSWERED };
/* question: a whole DNS message; host: questions for other names are none for us (NULL = all are).
 * Appends the answer to `reply` if there is one; its question section is the asker's, letter by
 * letter (some askers mix upper and lower case and expect it back). */
enum name_verdict name_answer(const struct scenario_dns *dns, const char *host,
                              uint32_t edos_address, const uint8_t *question, size_t length,
                              struct buffer *reply);

/* Likewise, to questions for the SRV records that `srv` of the phone's `dhcp` is about: those that
 * it names there are, the others are not (NXDOMAIN). Questions for anything else are none for us.
 * substitutions: SUBSTITUTE_COUNT. */
enum name_verdict service_answer(const struct scenario_dhcp *dhcp, const char *const *substitutions,
                                 const uint8_t *question, size_t length, struct buffer *reply);

struct name_stub;
int name_stub_new(struct loop *loop, int netns_fd, uint32_t edos_address,
                  struct name_stub **ret_stub, struct error *error);
void name_stub_free(struct name_stub *stub);
void name_stub_set(struct name_stub *stub, const struct scenario_dns *dns);
/* How many answers were given to dnsmasq so far. */
uint64_t name_stub_given(const struct name_stub *stub);

#endif
