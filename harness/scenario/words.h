/* SPDX-License-Identifier: MIT */
/* The language's words, each with the enumerator that it stands for: parsers read by these tables,
 * and whoever tells a person what a scenario says writes by them. value_word (yaml/) reads one;
 * its index is the enumerator, from the first one that can be written. Where an enumerator is not
 * said by a word, the table shows an example of how it is, or NULL where it cannot be said. */
#ifndef RCLAB_SCENARIO_WORDS_H
#define RCLAB_SCENARIO_WORDS_H

#include "harness/base/buffer.h"
#include "harness/scenario/scenario.h"

/* What a server answers. A new behaviour is a row here, an enumerator in behaviour.h, and whatever
 * plays it. */
struct behaviour_word {
    const char *word;
    bool edos, provision; /* whose it can be */
    bool plain;           /* written as a word alone; the others say more behind their key */
    bool answers;         /* something comes back: `delay` may stand beside it */
    bool transfers;       /* a file: `headers`, and blocks that are lost or doubled */
    bool has_body;        /* with bytes in it, which `rate` and `truncate` speak of */
    bool has_handshake;   /* `tls` speaks of it */
};
extern const struct behaviour_word behaviour_words[BEHAVIOUR_KINDS];

extern const char *const encoding_words[BEHAVIOUR_ENCODINGS]; /* from BEHAVIOUR_ENCODING_GZIP */
/* From BEHAVIOUR_AUTHENTICATION_BASIC. */
extern const char *const authentication_words[BEHAVIOUR_AUTHENTICATIONS];
extern const char *const tls_words[BEHAVIOUR_TLS_KINDS]; /* from BEHAVIOUR_TLS_EXPIRED */
/* What a person is told of them: "an expired certificate", … */
extern const char *const tls_fault_texts[BEHAVIOUR_TLS_KINDS];
extern const char *const dhcp_answer_words[DHCP_ANSWERS];
extern const char *const dhcp_malformed_words[DHCP_MALFORMS];
extern const char *const dns_answer_words[DNS_ANSWERS];
extern const char *const server_words[SERVERS];              /* "edos", "provision" */
extern const char *const transport_words[TRANSPORTS_WANTED]; /* from TRANSPORT_WANTED_HTTP */
extern const char *const configure_words[CONFIGURE_WAYS];    /* "web", "push" */
extern const char *const pattern_words[PATTERN_KINDS];       /* "state", … */
extern const char *const step_words[STEP_KINDS];             /* "factory-reset", …; power twice */
extern const char *const standing_rule_names[STANDING_COUNT];
extern const char *const substitution_names[SUBSTITUTE_COUNT]; /* "provision.http", … */

/* Whether it is for this phone (by index; below 0 is none). */
bool step_concerns(const struct step *step, int phone);
/* Replaces each ${name} in `text` by values[name]; any other `$` goes through untouched. The loader
 * has proved that no other ${name} occurs. */
void scenario_substitute(const char *text, const char *const values[SUBSTITUTE_COUNT],
                         struct buffer *buffer);

#endif
