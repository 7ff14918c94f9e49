/* SPDX-License-Identifier: MIT */
/* What one request is to get, made of a behaviour: all bytes and texts ready, nothing sent. */
#ifndef RCLAB_FAKES_SERVER_ANSWER_PLAN_H
#define RCLAB_FAKES_SERVER_ANSWER_PLAN_H

#include "harness/base/arena.h"
#include "harness/base/buffer.h"
#include "harness/loop/web.h"
#include "harness/scenario/behaviour.h"

enum fake_role { FAKE_EDOS, FAKE_PROVISION, FAKE_PUSH };

enum {
    PLAN_WORDS_MAX = 160,
    PLAN_GARBAGE_BYTES = 512,
    /* Of a body without end, if no rate is said: slow enough for TCP to send each piece at once, so
     * that what goes out before the client gives up does not hang on the kernel. */
    PLAN_ENDLESS_BYTES_PER_S = 100000,
    PLAN_TEXT_BYTES_MAX = 1 << 20,
    FAKE_BODY_BYTES_MAX = 16 << 20,
};

struct answer_plan {
    enum behaviour_kind kind;
    unsigned status;
    enum answer_content content;
    const uint8_t *body; /* in `text`, or the scenario's */
    size_t body_length;
    const struct web_header *headers; /* in the arena, with Content-Type and Location */
    size_t header_count;
    const char *redirect, *retry_delay; /* in the arena, or NULL */
    const char *rule_key;  /* of a profile's Profile_Rule, [--key …]; in the arena, or NULL */
    const char *key;       /* by which the body is encrypted, the behaviour's; NULL = it is not */
    const char *encoding;  /* Content-Encoding; NULL = none */
    const char *challenge; /* 401: the scheme of WWW-Authenticate; NULL = none */
    struct buffer encoded; /* the body as it goes out, if it is encoded */
    uint64_t delay_us, rate_bytes_per_s;
    enum behaviour_encoding coded;
    enum behaviour_framing framing;
    struct web_fault fault; /* that this comes to over HTTP */
    bool whole;             /* all that is announced comes (over HTTP) */
    uint64_t read_bytes;    /* of the body, that a client of HTTP reads if it is not cut */
    uint64_t cut_bytes;     /* WEB_NOT_CUT, or less than body_length */
    /* as in the behaviour */
    unsigned tftp_error, drop_block, duplicate_block, reorder_block, stray_block;
    bool no_options;
    char words[PLAN_WORDS_MAX];
    struct arena arena;
    struct buffer text; /* a body that was made for this answer */
};

/* The behaviour must live as long as the plan. On failure too the plan needs its _done. */
int answer_plan_init(struct answer_plan *plan, enum fake_role role,
                     const struct behaviour *behaviour, const char *const *substitutions,
                     uint64_t seed, struct error *error);
/* 401 with a challenge, for who did not log in as the behaviour wants it. */
int answer_plan_init_challenge(struct answer_plan *plan, const struct behaviour *behaviour,
                               struct error *error);
/* 200 with a copy of this config XML. */
int answer_plan_init_xml(struct answer_plan *plan, const struct buffer *xml, struct error *error);
void answer_plan_done(struct answer_plan *plan);

#endif
