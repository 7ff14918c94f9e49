/* SPDX-License-Identifier: MIT */
/* One download of a phone: name resolved, transfer started, redirects 301 and 302 followed, given
 * up after its time. Without I/O: what is to be done goes into the action queue. */
#ifndef RCLAB_FAKES_PHONE_DOWNLOAD_H
#define RCLAB_FAKES_PHONE_DOWNLOAD_H

#include "fakes/phone/phone_actions.h"
#include "fakes/phone/phone_url.h"
#include "fakes/phone/resolver.h"
#include "fakes/phone/rule_options.h"

enum { DOWNLOAD_REDIRECTS_MAX = 5, DOWNLOAD_FAILURE_MAX = 160 };

enum download_state {
    DOWNLOAD_IDLE,
    DOWNLOAD_RESOLVING,
    DOWNLOAD_TRANSFERRING,
    DOWNLOAD_DONE, /* a whole 2xx answer or file; `status` */
    DOWNLOAD_FAILED,
};
struct download { /* zeroed = idle; private but for reading. DONE and FAILED are final until the
                     next start */
    enum download_state state;
    struct phone_url url; /* as asked last, after redirects */
    struct rule_options options;
    unsigned redirects;
    unsigned transfer_id;
    unsigned status;                    /* HTTP status, also of a failure; 0 = TFTP */
    bool cut;                           /* the answer ended early */
    bool looking;                       /* the transfer is a HEAD */
    enum fetch_outcome outcome;         /* of the last transfer */
    char failure[DOWNLOAD_FAILURE_MAX]; /* FAILED */
    struct resolver resolver;
    uint64_t deadline_us; /* of the transfer */
};

/* options: what stood before the URL; NULL = nothing. */
void download_start(struct download *download, struct phone_network *network, uint64_t now_us,
                    const struct phone_url *url, const struct rule_options *options);
void download_dns_packet(struct download *download, struct phone_network *network, uint64_t now_us,
                         uint32_t source, const uint8_t *bytes, size_t length);
/* A result that is not of this download's transfer changes nothing. */
void download_transfer_done(struct download *download, struct phone_network *network,
                            uint64_t now_us, unsigned transfer_id,
                            const struct fetch_result *result);
/* Something of the answer came. True: its deadline is another now. */
bool download_progress(struct download *download, const struct phone_network *network,
                       uint64_t now_us, unsigned transfer_id);
void download_deadline(struct download *download, struct phone_network *network, uint64_t now_us);
/* Idle again; a transfer in flight is cancelled. */
void download_cancel(struct download *download, const struct phone_network *network);
bool download_is_running(const struct download *download);
uint64_t download_next_deadline_us(const struct download *download); /* UINT64_MAX = none */

#endif
