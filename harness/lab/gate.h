/* SPDX-License-Identifier: MIT */
/* The gate between the phones' wire and the name server's namespace: every frame between them goes
 * through it, by a relay. It knows what was given to dnsmasq, which the barrier needs, and plays
 * what a dnsmasq cannot: DHCP silence, NAK, delay, malformed replies, addresses in conflict, a
 * second server, and answers to questions for SRV records and for the EDOS host; per phone. */
#ifndef RCLAB_LAB_GATE_H
#define RCLAB_LAB_GATE_H

#include "harness/base/address.h"
#include "harness/base/error.h"
#include "harness/loop/loop.h"
#include "harness/scenario/scenario.h"

struct gate;
int gate_new(struct loop *loop, const struct mac *server_mac, uint32_t server_address,
             const struct mac *phone_macs, size_t phone_count, struct gate **ret_gate,
             struct error *error);
void gate_free(struct gate *gate);
/* From now on, for one phone. */
void gate_set_dhcp(struct gate *gate, size_t phone,
                   const struct scenario_dhcp *dhcp); /* borrowed */
/* Can play this second DHCP server (copied) to phones whose `dhcp` has one. */
struct rogue;
void gate_play_rogue(struct gate *gate, const struct rogue *rogue);
/* Answers questions for SRV records of phones whose `dhcp` has an `srv`; before gate_set_dhcp.
 * substitutions (borrowed): SUBSTITUTE_COUNT. */
void gate_answer_services(struct gate *gate, const char *const *substitutions);
/* Answers questions for `host` (borrowed) by UDP itself, as the phone that asks is to be answered:
 * a name server in common could only answer all alike. Others' questions, and all others, still go
 * to dnsmasq. Until told otherwise every phone gets edos_address. */
void gate_answer_names(struct gate *gate, const char *host, uint32_t edos_address);
void gate_set_dns(struct gate *gate, size_t phone, const struct scenario_dns *dns);
/* Called when a phone gets its address, before the answer that says so goes on to it. */
void gate_watch_leases(struct gate *gate,
                       void (*leased)(void *context, size_t phone, uint32_t address),
                       void *context);
/* The address that a phone was lent last and has not given back; 0 = none. */
uint32_t gate_leased(const struct gate *gate, size_t phone);
/* How many frames were given to the name server so far. */
uint64_t gate_given(const struct gate *gate);

#endif
