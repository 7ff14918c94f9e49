/* SPDX-License-Identifier: MIT */
/* What happened, as typed events on one timeline. The judge and the reports see nothing else.
 *
 * An event is a head that all have and, by its type, one struct of a union. The members of these
 * structs are listed once, in the EVENT_…_FIELDS below: from the lists come the structs, the JSON
 * writer, its reader and the copy that a timeline keeps (timeline.c), so that no member can be
 * forgotten by any of them. */
#ifndef RCLAB_OBSERVE_EVENT_H
#define RCLAB_OBSERVE_EVENT_H

#include "harness/base/address.h"
#include "harness/scenario/behaviour.h"
#include "harness/scenario/setting.h"
#include "harness/vendor/terms.h"
#include <stddef.h>

enum event_type {
    /* what the harness did */
    EVENT_ACTION,  /* factory-reset, reboot, power, configure: done to `phone` */
    EVENT_SETTING, /* dhcp, dns, edos or provision now behaves otherwise, by a step */
    /* seen on the wire */
    EVENT_LOST,    /* the phone's line lost a frame of it, or for it */
    EVENT_CARRIER, /* the phone's cable was pulled, or is in again */

    EVENT_DHCP,          /* one DHCP message */
    EVENT_CONFLICT,      /* another station says by ARP that it has the phone's address */
    EVENT_DNS,           /* one question or answer */
    EVENT_CONNECT,       /* first SYN of a TCP connection by a phone */
    EVENT_REFUSED,       /* RST in answer to that SYN */
    EVENT_TLS,           /* ClientHello; or, from a fake's log, the fault that it is about to show
                            at the handshake */
    EVENT_HTTP_REQUEST,  /* request head in clear text */
    EVENT_HTTP_RESPONSE, /* response head in clear text */
    EVENT_TFTP,          /* RRQ, ERROR, the transfer's last ACK, or a DATA in disorder */
    /* logged by the fakes */
    EVENT_REQUEST, /* a request arrived at a fake (head read) */
    EVENT_ANSWER,  /* what it was answered, at the moment the last of it is handed over */
    /* read off the phone */
    EVENT_PAGE,
    /* inferred from the above by observe/inference */
    EVENT_BOOT,    /* the phone boots (first DHCP message after a reset, reboot, power-up) */
    EVENT_ATTEMPT, /* the phone turns to EDOS or the provisioning server: the first sign of it
                      (DNS question for the host, SYN, RRQ, request) */
    EVENT_FAILED,  /* the attempt is known to have failed (the phone may count from here) */
    EVENT_STATE,   /* the Customization State that the traffic proves, on each change */
    /* about the run */
    EVENT_LAB_ERROR, /* the lab broke; no verdict on a phone after this */
    EVENT_END,       /* the run is over; nothing follows */
    EVENT_TYPE_COUNT
};

/* Each type with its name on the timeline and the member of the union that is its own. */
#define EVENT_TYPES(T)                               \
    T(ACTION, "action", action)                      \
    T(SETTING, "setting", setting)                   \
    T(LOST, "lost", lost)                            \
    T(CARRIER, "carrier", carrier)                   \
    T(DHCP, "dhcp", dhcp)                            \
    T(CONFLICT, "conflict", conflict)                \
    T(DNS, "dns", dns)                               \
    T(CONNECT, "connect", connection)                \
    T(REFUSED, "refused", connection)                \
    T(TLS, "tls", tls)                               \
    T(HTTP_REQUEST, "http-request", http_request)    \
    T(HTTP_RESPONSE, "http-response", http_response) \
    T(TFTP, "tftp", tftp)                            \
    T(REQUEST, "request", request)                   \
    T(ANSWER, "answer", answer)                      \
    T(PAGE, "page", page)                            \
    T(BOOT, "boot", boot)                            \
    T(ATTEMPT, "attempt", attempt)                   \
    T(FAILED, "failed", failed)                      \
    T(STATE, "state", state)                         \
    T(LAB_ERROR, "lab-error", note)                  \
    T(END, "end", note)

enum event_server {
    EVENT_SERVER_NONE,
    EVENT_SERVER_EDOS,
    EVENT_SERVER_PROVISION,
    EVENT_SERVER_NAME, /* DNS */
    EVENT_SERVER_OTHER
};
/* HTTP events with EVENT_SERVER_NONE are of the phone's own page: there the phone is the server. */
enum event_action {
    ACTION_FACTORY_RESET,
    ACTION_REBOOT,
    ACTION_POWER_OFF,
    ACTION_POWER_ON,
    ACTION_CONFIGURE
};
/* Which packet of a transfer is told. */
/* DATA: only those that no sound server sends so. */
enum event_tftp_packet { TFTP_PACKET_RRQ, TFTP_PACKET_ERROR, TFTP_PACKET_ACK, TFTP_PACKET_DATA };

enum {
    EVENT_SERVER_COUNT = EVENT_SERVER_OTHER + 1,
    ACTION_COUNT = ACTION_CONFIGURE + 1,
    TRANSPORT_COUNT = TRANSPORT_DNS + 1,
    CONTENT_COUNT = CONTENT_OTHER + 1,
    TFTP_PACKET_COUNT = TFTP_PACKET_DATA + 1
};

extern const char *const event_type_names[EVENT_TYPE_COUNT];
extern const char *const event_server_names[EVENT_SERVER_COUNT]; /* "none", "edos", … */
extern const char *const event_action_names[ACTION_COUNT];       /* "factory-reset", … */
extern const char *const event_transport_names[TRANSPORT_COUNT]; /* "none", "http", … */
extern const char *const event_content_names[CONTENT_COUNT];     /* "none", "profile", … */
/* What is wrong with a DATA packet of TFTP: it is ahead of the block whose turn it is; it comes
 * from another port than the transfer's; it is the first, and the options asked for were not
 * answered. */
#define TFTP_DISORDER_AHEAD "ahead"
#define TFTP_DISORDER_PORT "another port"
#define TFTP_DISORDER_NO_OPTIONS "no options"
extern const char *const event_tftp_packet_names[TFTP_PACKET_COUNT]; /* "RRQ", … */

enum { EVENT_PHONE_NONE = -1 };

/* Strings and bytes are owned by the timeline's arena (or borrowed for the length of a call that
 * copies). */
struct event_options {
    const uint8_t *bytes; /* normalized option area (code, length, bytes)*: each code once, values
                             over 255 bytes cut into several (RFC 3396) */
    size_t length;
};

/* --- the fields of each type --- */

/* F(tag, kind, member, key, when): `kind` names the C type (EVENT_C_…) and the form in JSON, `key`
 * is the JSON's, in the order in which it is written; `when` it is written: IF_SET (not zero),
 * ALWAYS (zero means something; the reader insists on it), NEVER (not reproducible from run to
 * run), IF_KNOWN (the boot's action). */

/* With whom a phone has to do. */
#define EVENT_PEER_FIELDS(F, tag)                                                                  \
    F(tag, SERVER, server, "server", ALWAYS)                                                       \
    F(tag, TRANSPORT, transport, "transport", IF_SET)                                              \
    F(tag, ADDRESS, address, "address", IF_SET) /* the server's */                                 \
    F(tag, U16, port, "port", IF_SET)           /* the server's */                                 \
    F(tag, U16, client_port, "", NEVER)         /* 0 = unknown. Tells which connection an entry of \
                                                   a log is about; kernels choose it */

/* by_page: through the phone's web page (false: keys, power). Of ACTION_CONFIGURE: by_push: by a
 * pushed config XML (false: web form); aborts: it holds a Profile Rule or a Proxy setting of an
 * extension (RC-PEND-6, RC-CUST-3). */
#define EVENT_ACTION_FIELDS(F, tag)        \
    F(tag, ACTION, what, "action", ALWAYS) \
    F(tag, BOOL, by_page, "page", IF_SET)  \
    F(tag, BOOL, by_push, "push", IF_SET)  \
    F(tag, BOOL, aborts, "aborts", IF_SET) \
    F(tag, TEXT, text, "text", IF_SET) /* a sentence */

#define EVENT_SETTING_FIELDS(F, tag)      \
    F(tag, SETTING, what, "name", ALWAYS) \
    F(tag, TEXT, text, "text", IF_SET) /* a sentence */

#define EVENT_LOST_FIELDS(F, tag)              \
    F(tag, BOOL, to_phone, "to_phone", IF_SET) \
    F(tag, TEXT, what, "what", IF_SET) /* "DNS", "TCP port 443" */

#define EVENT_CARRIER_FIELDS(F, tag) F(tag, BOOL, present, "present", ALWAYS)

#define EVENT_DHCP_FIELDS(F, tag)                                                                 \
    F(tag, DHCP_TYPE, type, "dhcp", IF_SET)     /* enum dhcp_type */                              \
    F(tag, ADDRESS, address, "address", IF_SET) /* yiaddr, requested or ciaddr */                 \
    F(tag, U32, xid, "xid", IF_SET)                                                               \
    F(tag, MAC, chaddr, "mac", IF_SET)                                                            \
    F(tag, ADDRESS, server_address, "dhcp_server", IF_SET) /* option 54 */                        \
    F(tag, ADDRESS, source_address, "source", IF_SET) /* of the packet; 0.0.0.0 = no lease yet */ \
    F(tag, U32, lease_s, "lease_s", IF_SET)                                                       \
    F(tag, TEXT, malformed, "malformed", IF_SET) /* what is wrong with it: dhcp_form_names */     \
    F(tag, BOOL, other_server, "other_server", IF_SET) /* a reply, not of the lab's own server */ \
    F(tag, BOOL, unasked, "unasked", IF_SET) /* an ACK or NAK, of a server that the phone did not \
                                                turn to */                                        \
    F(tag, OPTIONS, options, "options", IF_SET)

#define EVENT_CONFLICT_FIELDS(F, tag)           \
    F(tag, ADDRESS, address, "address", IF_SET) \
    F(tag, MAC, owner, "mac", IF_SET) /* the other station */

#define EVENT_DNS_FIELDS(F, tag)                                                                \
    F(tag, SERVER, server, "server", ALWAYS)                                                    \
    F(tag, TRANSPORT, transport, "transport", IF_SET)                                           \
    F(tag, ADDRESS, address, "address", IF_SET) /* answer: the first A; question: a name server \
                                                   that is not the lab's */                     \
    F(tag, U16, id, "id", IF_SET)                                                               \
    F(tag, U16, query_type, "query", IF_SET)                                                    \
    F(tag, BOOL, response, "response", IF_SET) /* an answer */                                  \
    F(tag, TEXT, question, "name", IF_SET)     /* the name asked for */                         \
    F(tag, UNSIGNED, rcode, "status", IF_SET)                                                   \
    F(tag, TEXT, target, "target", IF_SET)   /* answer: of the first SRV record to be tried, */ \
    F(tag, U16, target_port, "port", IF_SET) /* with its port */

#define EVENT_CONNECTION_FIELDS(F, tag) F(tag, PEER, peer, "", ALWAYS)

#define EVENT_TLS_FIELDS(F, tag)                                                             \
    F(tag, PEER, peer, "", ALWAYS)                                                           \
    F(tag, BOOL, response, "response", IF_SET) /* what the server does, not a ClientHello */ \
    F(tag, TEXT, server_name, "name", IF_SET)                                                \
    F(tag, TEXT, fault, "text", IF_SET) /* response: "an expired certificate" */

#define EVENT_HTTP_REQUEST_FIELDS(F, tag)  \
    F(tag, PEER, peer, "", ALWAYS)         \
    F(tag, TEXT, method, "method", IF_SET) \
    F(tag, TEXT, host, "name", IF_SET)     \
    F(tag, TEXT, target, "target", IF_SET) \
    F(tag, TEXT, agent, "agent", IF_SET)

/* framing: how the body's end is told, where it is not by its length: "chunked", "until close";
 * "long head": none of it came within HTTP_HEAD_MAX bytes. challenge: "basic", "digest"; not of a
 * phone's own page. */
#define EVENT_HTTP_RESPONSE_FIELDS(F, tag)       \
    F(tag, PEER, peer, "", ALWAYS)               \
    F(tag, UNSIGNED, status, "status", ALWAYS)   \
    F(tag, TEXT, location, "redirect", IF_SET)   \
    F(tag, TEXT, framing, "framing", IF_SET)     \
    F(tag, TEXT, encoding, "encoding", IF_SET)   \
    F(tag, TEXT, challenge, "challenge", IF_SET) \
    F(tag, U64, announced, "", NEVER) /* Content-Length; 0 = none, or not known */

/* disorder, of DATA: one of the texts below; block: its number. */
#define EVENT_TFTP_FIELDS(F, tag)                                           \
    F(tag, PEER, peer, "", ALWAYS)                                          \
    F(tag, BOOL, from_server, "response", IF_SET)                           \
    F(tag, TFTP_PACKET, packet, "method", ALWAYS)                           \
    F(tag, TEXT, file, "name", IF_SET)                                      \
    F(tag, UNSIGNED, error, "status", IF_SET)  /* ERROR: its code */        \
    F(tag, BOOL, complete, "complete", IF_SET) /* ACK: of the last block */ \
    F(tag, U64, bytes, "bytes", IF_SET)        /* ACK: of the whole file */ \
    F(tag, U64, block, "block", IF_SET)                                     \
    F(tag, TEXT, disorder, "disorder", IF_SET)                              \
    F(tag, TEXT, message, "text", IF_SET) /* ERROR: its text */

/* certificate: the subject of the one that the phone showed (RFC 4514); NULL = it was not asked for
 * one. What a fault of the answer makes of its head, to be seen on a wire that can be read: framing
 * as there; announces: a length that is not the body's, in digits; head_takes_us: at least so long
 * from the request to the head's last line. Over TFTP: the number of a block that the next one
 * overtakes, that of one that comes from another port, too, and that options are passed over. */
#define EVENT_REQUEST_FIELDS(F, tag)                                                       \
    F(tag, BOOL, push, "push", IF_SET) /* of a pushed config XML, served by the harness */ \
    F(tag, PEER, peer, "", ALWAYS)                                                         \
    F(tag, TEXT, method, "method", IF_SET)                                                 \
    F(tag, TEXT, host, "name", IF_SET)                                                     \
    F(tag, TEXT, target, "target", IF_SET)                                                 \
    F(tag, TEXT, agent, "agent", IF_SET)                                                   \
    F(tag, TEXT, certificate, "certificate", IF_SET)                                       \
    F(tag, TEXT, behaviour, "text", IF_SET) /* in words: "503", "hang" */                  \
    F(tag, TEXT, framing, "framing", IF_SET)                                               \
    F(tag, TEXT, encoding, "encoding", IF_SET)                                             \
    F(tag, TEXT, challenge, "challenge", IF_SET)                                           \
    F(tag, TEXT, announces, "announces", IF_SET)                                           \
    F(tag, U64, head_takes_us, "head_takes", IF_SET)                                       \
    F(tag, U64, reorders, "reorders", IF_SET)                                              \
    F(tag, U64, strays, "strays", IF_SET)                                                  \
    F(tag, BOOL, no_options, "no_options", IF_SET)

/* key: by which the body is encrypted; rule_key: of CONTENT_PROFILE, the one in its Profile_Rule.
 * retry_delay: of CONTENT_PROFILE, its Resync_Error_Retry_Delay, which paces what follows; NULL =
 * not set by it. */
#define EVENT_ANSWER_FIELDS(F, tag)                                                       \
    F(tag, BOOL, push, "push", IF_SET)     /* as in the request */                        \
    F(tag, BOOL, aborts, "aborts", IF_SET) /* push: as in the action */                   \
    F(tag, PEER, peer, "", ALWAYS)                                                        \
    F(tag, TEXT, method, "method", IF_SET)                                                \
    F(tag, TEXT, target, "target", IF_SET)                                                \
    F(tag, UNSIGNED, status, "status", ALWAYS) /* HTTP status, TFTP error code */         \
    F(tag, TEXT, location, "redirect", IF_SET)                                            \
    F(tag, CONTENT, content, "content", ALWAYS)                                           \
    F(tag, BOOL, complete, "complete", ALWAYS) /* the whole body as announced was sent */ \
    F(tag, U64, bytes, "bytes", IF_SET)        /* of the body, sent */                    \
    F(tag, TEXT, retry_delay, "retry_delay", IF_SET)                                      \
    F(tag, TEXT, rule_key, "rule_key", IF_SET)                                            \
    F(tag, TEXT, key, "key", IF_SET)                                                      \
    F(tag, TEXT, behaviour, "text", IF_SET) /* in words: "503", "hang" */

/* The values read, or status != 200; 0 = no answer. */
#define EVENT_PAGE_FIELDS(F, tag)              \
    F(tag, UNSIGNED, status, "status", ALWAYS) \
    F(tag, STATE, state, "state", ALWAYS)      \
    F(tag, TEXT, problem, "text", IF_SET) /* why there is no state */

#define EVENT_BOOT_FIELDS(F, tag)                                                        \
    F(tag, BOOL, action_known, "known", IF_SET) /* false = the phone booted by itself */ \
    F(tag, ACTION, action, "action", IF_KNOWN)  /* what led to it */                     \
    F(tag, CAUSE, cause, "cause", IF_SET)

/* last_sign_us: when the attempt before it (same boot, same server) was known to have failed, or
 * else gave its last sign: a retry delay is time_us - last_sign_us. 0 = the boot's first. */
#define EVENT_ATTEMPT_FIELDS(F, tag)                                                 \
    F(tag, PEER, peer, "", ALWAYS)                                                   \
    F(tag, TEXT, name, "name", IF_SET) /* the question, server name, host or file */ \
    F(tag, U64, last_sign_us, "last_sign", IF_SET)                                   \
    F(tag, CAUSE, cause, "cause", IF_SET)

#define EVENT_FAILED_FIELDS(F, tag)                                                          \
    F(tag, PEER, peer, "", ALWAYS)                                                           \
    F(tag, UNSIGNED, status, "status", IF_SET) /* HTTP status, DNS rcode, TFTP error code */ \
    F(tag, CAUSE, cause, "cause", IF_SET)                                                    \
    F(tag, TEXT, reason, "text", IF_SET) /* in words */

#define EVENT_STATE_FIELDS(F, tag)                               \
    F(tag, STATE, state, "state", ALWAYS)                        \
    F(tag, STATE, previous, "previous", ALWAYS)                  \
    F(tag, RULE, rule, "rule", ALWAYS) /* by which it changed */ \
    F(tag, CAUSE, cause, "cause", IF_SET)

#define EVENT_NOTE_FIELDS(F, tag) F(tag, TEXT, text, "text", IF_SET) /* a sentence */

#define EVENT_C_BOOL bool
#define EVENT_C_U16 uint16_t
#define EVENT_C_U32 uint32_t
#define EVENT_C_U64 uint64_t
#define EVENT_C_UNSIGNED unsigned
#define EVENT_C_CAUSE uint64_t /* number of the event that proves it; 0 = none */
#define EVENT_C_TEXT const char *
#define EVENT_C_ADDRESS uint32_t             /* dotted quad */
#define EVENT_C_MAC struct mac               /* "00:11:…" */
#define EVENT_C_DHCP_TYPE unsigned           /* by name, by number if it has none */
#define EVENT_C_OPTIONS struct event_options /* {"66": "hex", …} */
/* enums, by name */
#define EVENT_C_SERVER enum event_server
#define EVENT_C_ACTION enum event_action
#define EVENT_C_TRANSPORT enum transport
#define EVENT_C_CONTENT enum answer_content
#define EVENT_C_TFTP_PACKET enum event_tftp_packet
#define EVENT_C_SETTING enum setting_kind
#define EVENT_C_STATE enum customization_state
#define EVENT_C_RULE enum rule_id
/* the fields of struct event_peer, in its place */
#define EVENT_C_PEER struct event_peer

#define EVENT_MEMBER(tag, kind, member, key, when) EVENT_C_##kind member;

struct event_peer {
    EVENT_PEER_FIELDS(EVENT_MEMBER, )
};

struct event {
    uint64_t number;  /* 1-based position on the timeline; set by timeline_append */
    uint64_t time_us; /* of the run's clock; set by timeline_append */
    enum event_type type;
    int phone;      /* index of the phone concerned, or EVENT_PHONE_NONE */
    uint64_t frame; /* frame of the capture that shows it, 0 = none. Not written to the timeline
                       (frame counts are not reproducible): the capture's comments hold it */
    union {         /* what is not set is zero / NULL */
        struct action_event {
            EVENT_ACTION_FIELDS(EVENT_MEMBER, )
        } action;
        struct setting_event {
            EVENT_SETTING_FIELDS(EVENT_MEMBER, )
        } setting;
        struct dhcp_event {
            EVENT_DHCP_FIELDS(EVENT_MEMBER, )
        } dhcp;
        struct conflict_event {
            EVENT_CONFLICT_FIELDS(EVENT_MEMBER, )
        } conflict;
        struct dns_event {
            EVENT_DNS_FIELDS(EVENT_MEMBER, )
        } dns;
        struct connection_event {
            EVENT_CONNECTION_FIELDS(EVENT_MEMBER, )
        } connection; /* CONNECT, REFUSED */
        struct lost_event {
            EVENT_LOST_FIELDS(EVENT_MEMBER, )
        } lost;
        struct carrier_event {
            EVENT_CARRIER_FIELDS(EVENT_MEMBER, )
        } carrier;
        struct tls_event {
            EVENT_TLS_FIELDS(EVENT_MEMBER, )
        } tls;
        struct http_request_event {
            EVENT_HTTP_REQUEST_FIELDS(EVENT_MEMBER, )
        } http_request;
        struct http_response_event {
            EVENT_HTTP_RESPONSE_FIELDS(EVENT_MEMBER, )
        } http_response;
        struct tftp_event {
            EVENT_TFTP_FIELDS(EVENT_MEMBER, )
        } tftp;
        struct request_event {
            EVENT_REQUEST_FIELDS(EVENT_MEMBER, )
        } request;
        struct answer_event {
            EVENT_ANSWER_FIELDS(EVENT_MEMBER, )
        } answer;
        struct page_event {
            EVENT_PAGE_FIELDS(EVENT_MEMBER, )
        } page;
        struct boot_event {
            EVENT_BOOT_FIELDS(EVENT_MEMBER, )
        } boot;
        struct attempt_event {
            EVENT_ATTEMPT_FIELDS(EVENT_MEMBER, )
        } attempt;
        struct failed_event {
            EVENT_FAILED_FIELDS(EVENT_MEMBER, )
        } failed;
        struct state_event {
            EVENT_STATE_FIELDS(EVENT_MEMBER, )
        } state;
        struct note_event {
            EVENT_NOTE_FIELDS(EVENT_MEMBER, )
        } note; /* LAB_ERROR, END */
    };
};

/* Of any type: with whom the phone has to do; NULL = the type tells of nobody (DNS has no peer,
 * but a server). */
const struct event_peer *event_peer(const struct event *event);
enum event_server
event_server(const struct event *event); /* EVENT_SERVER_NONE where none is told */

/* The action that a step of this kind is done by; false: it is none. */
bool event_action_of_step(enum step_kind kind, enum event_action *ret_action);
/* The event that tells that such a step was done to a phone. */
struct event event_of_action(const struct step *step, int phone, bool by_page);

/* One line for a person, without time and number: "DHCP offer 10.77.1.23 from 10.77.0.1". */
struct buffer;
void event_describe(const struct event *event, struct buffer *buffer);

#endif
