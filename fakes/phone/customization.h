/* SPDX-License-Identifier: MIT */
/* The customization states of the vendor's article (RC-OPEN, RC-PEND, RC-CUST, RC-END): what a
 * phone does next when its network comes and goes, a download has ended or somebody configures it.
 * Also the life of an ordinary phone, which is what comes after the end. */
#ifndef RCLAB_FAKES_PHONE_CUSTOMIZATION_H
#define RCLAB_FAKES_PHONE_CUSTOMIZATION_H

#include "fakes/phone/phone_state.h"

/* The first lease of a boot or a later one, a renewal, the loss of it. */
void customization_network_up(struct phone_core *core, uint64_t now_us);
/* Any UDP payload from port 53 of `source`: the SRV record that it waits for may be in it. */
void customization_dns_packet(struct phone_core *core, uint64_t now_us, uint32_t source,
                              const uint8_t *bytes, size_t length);
/* The question for it has waited long enough. */
void customization_service_deadline(struct phone_core *core, uint64_t now_us);
void customization_renewed(struct phone_core *core, uint64_t now_us);
void customization_network_down(struct phone_core *core, uint64_t now_us);
/* The loss of it with the carrier. */
void customization_cable_out(struct phone_core *core, uint64_t now_us);
/* What was scheduled is due. */
void customization_run_scheduled(struct phone_core *core, uint64_t now_us);
/* The main download is DONE (with this body) or FAILED. */
void customization_main_finished(struct phone_core *core, uint64_t now_us, const uint8_t *body,
                                 size_t length);
/* The page's resync, when its time has come; and when what it fetched is DONE or FAILED. */
void customization_resync(struct phone_core *core, uint64_t now_us);
void customization_resync_finished(struct phone_core *core, const uint8_t *body, size_t length);
/* Somebody set parameters: by the page's form, or by a file that the page was told to fetch. */
void customization_configured(struct phone_core *core, const struct parameters *parameters,
                              bool pushed);
/* The time of core->again_at_us. */
void customization_ask_again(struct phone_core *core, uint64_t now_us);
/* A factory reset: the state that it leaves. */
enum customization_state customization_after_reset(const struct phone_core *core);
/* What the page says; "" = nothing. */
const char *customization_shown(const struct phone_core *core);

#endif
