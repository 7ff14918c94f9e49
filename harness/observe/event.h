/* SPDX-License-Identifier: MIT */
/* What happened, as typed events on one timeline. The judge and the reports see nothing else. */
#ifndef RCLAB_OBSERVE_EVENT_H
#define RCLAB_OBSERVE_EVENT_H

#include "harness/base/address.h"
#include "harness/scenario/rules.h"
#include <stddef.h>

enum event_type {
    /* what the harness did */
    EVENT_ACTION,  /* factory-reset, reboot, power, configure: done to `phone` */
    EVENT_SETTING, /* dhcp, dns, edos or provision now behaves otherwise, by a step */
    /* seen on the wire */
    EVENT_DHCP,          /* one DHCP message */
    EVENT_DNS,           /* one question or answer */
    EVENT_CONNECT,       /* first SYN of a TCP connection by a phone */
    EVENT_REFUSED,       /* RST in answer to that SYN */
    EVENT_TLS,           /* ClientHello; with `response` and `text` the fault that a fake is about
                            to show at the handshake, from its log */
    EVENT_HTTP_REQUEST,  /* request head in clear text */
    EVENT_HTTP_RESPONSE, /* response head in clear text */
    EVENT_TFTP,          /* RRQ, ERROR, or the transfer's last ACK: `method` says which ("RRQ",
                            "ERROR", "ACK"), `response` whether the server sent it */
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

enum event_server {
    EVENT_SERVER_NONE,
    EVENT_SERVER_EDOS,
    EVENT_SERVER_PROVISION,
    EVENT_SERVER_NAME,
    /* DNS/DHCP */ EVENT_SERVER_OTHER
};
/* HTTP events with EVENT_SERVER_NONE are of the phone's own page: there the phone is the server. */
enum event_action {
    ACTION_FACTORY_RESET,
    ACTION_REBOOT,
    ACTION_POWER_OFF,
    ACTION_POWER_ON,
    ACTION_CONFIGURE
};
enum event_transport {
    TRANSPORT_NONE,
    TRANSPORT_HTTP,
    TRANSPORT_HTTPS,
    TRANSPORT_TFTP,
    TRANSPORT_DNS
};
/* What an answer's body was. */
enum event_content {
    CONTENT_NONE,
    CONTENT_PROFILE,
    CONTENT_CONFIG,
    CONTENT_EMPTY,
    CONTENT_GARBAGE,
    CONTENT_OTHER
};

enum { EVENT_PHONE_NONE = -1 };

/* Which fields mean something depends on the type; the rest are zero / NULL. Strings and bytes are
 * owned by the timeline's arena (or borrowed for the length of a call that copies). */
struct event {
    uint64_t number;  /* 1-based position on the timeline; set by timeline_append */
    uint64_t time_us; /* of the run's clock; set by timeline_append */
    enum event_type type;
    int phone;      /* index of the phone concerned, or EVENT_PHONE_NONE */
    uint64_t frame; /* frame of the capture that shows it, 0 = none. Not written to the timeline
                       (frame counts are not reproducible): the capture's comments hold it */
    /* ACTION, BOOT */
    enum event_action action; /* BOOT: what led to it */
    bool action_known;        /* BOOT: false = the phone booted by itself */
    bool page;                /* ACTION: done through the phone's web page (false: keys, power) */
    bool push;                /* ACTION configure: by a pushed config XML (false: web form);
                                 REQUEST, ANSWER: of such a config XML, served by the harness */
    bool aborts;              /* ACTION configure, ANSWER of a push: holds a Profile Rule or a Proxy
                                 setting of an extension (RC-PEND-6, RC-CUST-3) */
    /* DHCP */
    unsigned dhcp_type; /* enum dhcp_type */
    uint32_t dhcp_xid;
    struct mac mac;          /* chaddr */
    uint32_t address;        /* DHCP: yiaddr, requested or ciaddr; DNS answer: first A, CONNECT…:
                                the server's address */
    uint32_t server_address; /* DHCP: option 54 */
    uint32_t source_address; /* DHCP: IP source (0.0.0.0 = no lease yet) */
    uint32_t lease_s;
    const uint8_t *options; /* DHCP: normalized option area (code, length, bytes)*: each code once,
                               values over 255 bytes cut into several (RFC 3396) */
    size_t options_length;
    /* DNS, TLS, HTTP, TFTP, REQUEST, ANSWER, CONNECT, ATTEMPT, FAILED */
    enum event_server server;
    enum event_transport transport;
    uint16_t port;        /* the server's */
    uint16_t client_port; /* CONNECT … ANSWER: the client's; 0 = unknown. Tells which connection a
                             log entry is about. Not written to the timeline (kernels choose it) */
    uint16_t id;          /* DNS: message id */
    uint16_t query_type;  /* DNS */
    bool response;        /* DNS: an answer; TLS: what the server does at the handshake */
    unsigned status;      /* HTTP status, DNS rcode, TFTP error code */
    const char *name;     /* DNS name, TLS server name, HTTP Host, TFTP file; SETTING: what was set
                             ("dhcp", "dns", "edos", "provision") */
    const char *method, *target, *agent; /* HTTP */
    const char *certificate;    /* REQUEST: the subject of the one that the phone showed (RFC 4514);
                                   NULL = it was not asked for one */
    const char *redirect;       /* ANSWER, HTTP response: Location */
    enum event_content content; /* ANSWER */
    bool complete;              /* ANSWER: the whole body as announced was sent */
    uint64_t bytes;             /* ANSWER: body bytes sent */
    /* PAGE: the values read ("Customization" and others), or status != 200 / 0 = no answer */
    enum customization_state state;    /* PAGE, STATE */
    enum customization_state previous; /* STATE */
    enum rule_id rule;                 /* STATE: the rule by which it changed */
    uint64_t cause; /* STATE, ATTEMPT, FAILED, BOOT: number of the event that proves it */
    /* ATTEMPT: when the attempt before it (same boot, same server) was known to have failed, or
     * else gave its last sign: a retry delay is time_us - last_sign_us. 0 = the boot's first. */
    uint64_t last_sign_us;
    /* PROFILE facts that pace what follows: ANSWER with CONTENT_PROFILE */
    const char *retry_delay; /* its Resync_Error_Retry_Delay; NULL = not set by it */
    /* SETTING, LAB_ERROR, END: a sentence; TLS: "an expired certificate"; REQUEST, ANSWER:
     * behaviour in words ("503", "hang") */
    const char *text;
};

extern const char *const event_type_names[EVENT_TYPE_COUNT];
enum {
    EVENT_SERVER_NAMES = 5,
    EVENT_ACTION_NAMES = 5,
    EVENT_TRANSPORT_NAMES = 5,
    EVENT_CONTENT_NAMES = 6
};
extern const char *const event_server_names[EVENT_SERVER_NAMES];       /* "none", "edos", … */
extern const char *const event_action_names[EVENT_ACTION_NAMES];       /* "factory-reset", … */
extern const char *const event_transport_names[EVENT_TRANSPORT_NAMES]; /* "none", "http", … */
extern const char *const event_content_names[EVENT_CONTENT_NAMES];     /* "none", "profile", … */

/* One line for a person, without time and number: "DHCP offer 10.77.1.23 from 10.77.0.1". */
struct buffer;
void event_describe(const struct event *event, struct buffer *buffer);

#endif
