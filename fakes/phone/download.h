/* SPDX-License-Identifier: MIT */
/* One download of a phone: name resolved, transfer started, redirects 301 and 302 followed, given
 * up after its time. Without I/O: what is to be done goes into the action queue. */
#ifndef RCLAB_FAKES_PHONE_DOWNLOAD_H
#define RCLAB_FAKES_PHONE_DOWNLOAD_H

#include "fakes/phone/dhcp_lease.h"
#include "fakes/phone/phone_actions.h"
#include "fakes/phone/phone_url.h"
#include "fakes/phone/policy.h"
#include "fakes/phone/resolver.h"

/* A phone that has asked more than it needs to know gives the rest of the answers this long, as it
 * would not notice otherwise whether they come before or after what it does next. */
#define DOWNLOAD_MORE_ANSWERS_US UINT64_C(1000)
/* One that misses an answer asks again so soon: it must not come late for its retries. */
#define DOWNLOAD_ASK_AGAIN_US UINT64_C(1000000)
enum { DOWNLOAD_REDIRECTS_MAX = 5, DOWNLOAD_FAILURE_MAX = 160 };

struct download_network { /* what downloads of one phone share; all borrowed */
    struct phone_actions *actions;
    struct random_source *random;
    const struct dhcp_lease *lease; /* its DNS servers */
    unsigned *last_transfer_id;
    uint16_t *last_question_id; /* of DNS */
    const char *user_agent;
    const struct phone_policy *policy;
};

enum download_state {
    DOWNLOAD_IDLE,
    DOWNLOAD_RESOLVING,
    DOWNLOAD_TRANSFERRING,
    DOWNLOAD_DONE, /* a whole 2xx answer or file; `status` */
    DOWNLOAD_FAILED,
};
struct download { /* zeroed = idle; private but for reading */
    enum download_state state;
    struct phone_url url; /* as asked last, after redirects */
    unsigned redirects;
    unsigned transfer_id;
    unsigned status;                    /* HTTP status, also of a failure; 0 = TFTP */
    bool cut;                           /* the answer ended early */
    bool looking;                       /* the transfer is a HEAD */
    enum transfer_outcome outcome;      /* of the last transfer */
    char failure[DOWNLOAD_FAILURE_MAX]; /* FAILED */
    struct resolver resolver;
    bool missed;          /* an answer to its question */
    bool found;           /* RESOLVING: done at deadline_us */
    uint64_t deadline_us; /* of the transfer, or see `found` */
};

/* Each returns the state afterwards; DONE and FAILED are final until the next start. */
enum download_state download_start(struct download *download,
                                   const struct download_network *network, uint64_t now_us,
                                   const struct phone_url *url);
enum download_state download_dns_packet(struct download *download,
                                        const struct download_network *network, uint64_t now_us,
                                        uint32_t source, const uint8_t *bytes, size_t length);
/* A result that is not of this download's transfer changes nothing. */
enum download_state download_transfer_done(struct download *download,
                                           const struct download_network *network, uint64_t now_us,
                                           const struct transfer_result *result);
enum download_state download_deadline(struct download *download,
                                      const struct download_network *network, uint64_t now_us);
/* Idle again; a transfer in flight is cancelled. */
void download_cancel(struct download *download, const struct download_network *network);
bool download_is_running(const struct download *download);
uint64_t download_next_deadline_us(const struct download *download); /* UINT64_MAX = none */

#endif
