/* SPDX-License-Identifier: MIT */
/* The emulated phone without its sockets: what it does on every event, for whoever carries it out.
 *
 * Inputs are calls with the present time; each may queue actions, which the caller must drain with
 * phone_core_take_action after EVERY input, in order. Between inputs the core wants to be woken by
 * phone_core_deadline at phone_core_next_deadline_us. No input is reentrant: none may be called
 * from within another (the core never calls back).
 *
 * The rules it follows are those of harness/vendor/terms.h, under the readings of its
 * configuration; it shares no code with the judge. */
#ifndef RCLAB_FAKES_PHONE_PHONE_CORE_H
#define RCLAB_FAKES_PHONE_PHONE_CORE_H

#include "fakes/phone/models.h"
#include "fakes/phone/parameters.h"
#include "fakes/phone/phone_actions.h"
#include "fakes/phone/phone_config.h"
#include "harness/base/address.h"
#include "harness/base/error.h"
#include "harness/scenario/behaviour.h"
#include "harness/vendor/terms.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page command takes effect this much later, so that its answer still gets out. */
#define PHONE_COMMAND_DELAY_US UINT64_C(1000000)

struct phone_core;
/* Made unpowered and factory-fresh. ERROR_INVALID: unknown model, impossible parameter. */
int phone_core_new(const struct phone_core_config *config, struct phone_core **ret_core,
                   struct error *error);
void phone_core_free(struct phone_core *core);

/* --- inputs ----------------------------------------------------------------------------------- */
void phone_core_power(struct phone_core *core, uint64_t now_us, bool on);
/* Its interface lost its carrier, or has it again: then a lease is asked for anew. */
void phone_core_carrier(struct phone_core *core, uint64_t now_us, bool has);
void phone_core_factory_reset(struct phone_core *core, uint64_t now_us); /* the keys; powers up */
void phone_core_reboot(struct phone_core *core, uint64_t now_us);        /* the keys; orderly */
/* UDP payload that came to port 68, with the Ethernet source of its frame (may be NULL). */
void phone_core_dhcp_packet(struct phone_core *core, uint64_t now_us, const uint8_t *bytes,
                            size_t length, const struct mac *source_mac);
/* Somebody says by ARP that it has an address. A phone that probes (phone_variation.arp_probe) and
 * hears another station have its own gives it back (RFC 2131 section 4.4.1, RFC 5227 section 2.4),
 * be it that it has not used it yet. */
void phone_core_arp_answer(struct phone_core *core, uint64_t now_us, uint32_t address,
                           const struct mac *owner_mac);
/* UDP payload that came from port 53 of `source`. */
void phone_core_dns_packet(struct phone_core *core, uint64_t now_us, uint32_t source,
                           const uint8_t *bytes, size_t length);

/* The end of a START_TRANSFER; of one that is no longer awaited it is ignored. */
void phone_core_transfer_done(struct phone_core *core, uint64_t now_us, unsigned transfer_id,
                              const struct fetch_result *result);
/* Something of its answer came. Nothing is to be done at once, but a deadline may be another. */
void phone_core_transfer_progress(struct phone_core *core, uint64_t now_us, unsigned transfer_id);

/* Commands of the phone's web page. A configuration holds at once, the others take effect by a
 * later phone_core_deadline (resync: the next one, at the same time). */
int phone_core_page_configure(struct phone_core *core, const struct parameters *parameters,
                              struct error *error); /* ERROR_LIMIT: one did not fit; none is set */
/* `url` NULL or "": Profile_Rule. ERROR_LIMIT: too long. */
int phone_core_page_resync(struct phone_core *core, uint64_t now_us, const char *url,
                           struct error *error);
void phone_core_page_reboot(struct phone_core *core, uint64_t now_us, bool factory_reset);

/* Does the first of what is due at `now_us`; phone_core_next_deadline_us then tells of the rest. */
void phone_core_deadline(struct phone_core *core, uint64_t now_us);
uint64_t phone_core_next_deadline_us(const struct phone_core *core); /* UINT64_MAX = none */

/* --- actions --- */
bool phone_core_take_action(struct phone_core *core, struct phone_action *ret_action);
/* Memory ran out or the queue was not drained: the phone is no longer to be believed. */
bool phone_core_is_broken(const struct phone_core *core);

/* --- what can be seen of it ------------------------------------------------------------------- */
bool phone_core_is_on(const struct phone_core *core);
/* It has power and its cable is in. Else it says no good-bye to those it was connected with: its
 * kernel would say it whenever the cable is back, by the machine's clock. */
bool phone_core_can_speak(const struct phone_core *core);
struct phone_status { /* Info > Status; borrowed until the next input */
    const struct phone_model *model;
    const char *serial;
    struct mac mac;
    const char *host_name;               /* "SEP001122334455" */
    const char *customization;           /* "Custom-Pending" */
    uint32_t address, mask, router, dns; /* 0 = none */
    const char *domain;                  /* "" = none */
    enum variation_markup markup;        /* of the page */
};
void phone_core_status(const struct phone_core *core, struct phone_status *ret_status);
/* All that are set. */
const struct parameters *phone_core_parameters(const struct phone_core *core);

#endif
