/* SPDX-License-Identifier: MIT */
/* The sending end of one TFTP transfer (RFC 1350, 2347, 2348, 2349) without any I/O: packets and
 * `now` in, packets and the next deadline out.
 *
 * Feed what arrives with tftp_session_input, then take packets from tftp_session_output until it
 * gives none; call it again at deadline_us at the latest. */
#ifndef RCLAB_FAKES_SERVER_TFTP_SESSION_H
#define RCLAB_FAKES_SERVER_TFTP_SESSION_H

#include "harness/base/buffer.h"
#include "harness/wire/tftp.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TFTP_TRIES_MAX = 5, TFTP_PACKET_BYTES_MAX = TFTP_BLOCK_BYTES_MAX + 4 };
#define TFTP_TIMEOUT_DEFAULT_US UINT64_C(1000000)
#define TFTP_NOT_CUT UINT64_MAX

struct tftp_answer {
    const uint8_t *body; /* borrowed for the session's life */
    size_t length;
    uint64_t rate_bytes_per_s; /* 0 = as fast as the client acknowledges */
    uint64_t drop_block;       /* lost the first time; 0 = none */
    uint64_t duplicate_block;  /* goes out twice the first time; 0 = none */
    uint64_t reorder_block;    /* the one behind it goes out first, once; 0 = none */
    uint64_t stray_block;      /* comes once from another port, too, with other bytes; 0 = none */
    bool no_options;           /* the client's are passed over (RFC 2347) */
    uint64_t cut_bytes; /* the blocks that fit in this many bytes are sent, then nothing more */
};

enum tftp_state {
    TFTP_SENDING, /* the current packet is to be sent (when it is due) */
    TFTP_WAITING, /* for its acknowledgement */
    TFTP_SILENT,  /* cut: says nothing any more, is never done */
    TFTP_DONE,    /* all was acknowledged, or the client ended it by an ERROR */
    TFTP_FAILED,  /* the client did not acknowledge TFTP_TRIES_MAX times */
};

struct tftp_session { /* read-only for others */
    struct tftp_answer answer;
    struct tftp_packet options; /* the OACK */
    uint32_t block_bytes;
    uint64_t timeout_us, start_us;
    enum tftp_state state;
    uint64_t block;                               /* the current one, from 1; 0 = the OACK */
    uint64_t last_block;                          /* the short one, or the last before a cut */
    unsigned tries;                               /* how often the current packet was sent */
    bool ending;                                  /* the last packet is on its way, or needs none */
    bool dropped, duplicated, reordered, strayed; /* has been done */
    bool tid_is_known;                            /* something has gone out */
    bool stray_is_next;                           /* behind what went out last */
    bool from_elsewhere;  /* what went out last is to come from another port than all else */
    uint64_t deadline_us; /* UINT64_MAX = none */
};

void tftp_session_start(struct tftp_session *session, const struct tftp_packet *request,
                        const struct tftp_answer *answer, uint64_t now_us);
/* A datagram of the client. What is no packet, or not due, is ignored. */
void tftp_session_input(struct tftp_session *session, const uint8_t *bytes, size_t length,
                        uint64_t now_us);
/* False: nothing to send at present. The packet replaces the buffer's content; see from_elsewhere.
 */
bool tftp_session_output(struct tftp_session *session, uint64_t now_us, struct buffer *packet);
/* Keeps its client waiting on purpose: a slow answer between two blocks, or a cut one. */
bool tftp_session_is_quiet(const struct tftp_session *session);
/* Of the body, in all the packets that go out. */
uint64_t tftp_session_body_bytes(const struct tftp_session *session);
bool tftp_session_is_over(const struct tftp_session *session);

/* What of these faults this answer to this request will show: a block that it does not have (one in
 * disorder needs another behind it) shows nothing, nor do options that nobody asked for. */
void tftp_answer_faults(const struct tftp_packet *request, struct tftp_answer *answer);

#endif
