/* SPDX-License-Identifier: MIT */
/* What a phone that follows every rule may do differently from the next one. */
#ifndef RCLAB_FAKES_PHONE_VARIATION_H
#define RCLAB_FAKES_PHONE_VARIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VARIATION_JITTER_PERMILLE_MAX = 40, /* of a retry delay: within the harness's tolerance */
    VARIATION_RENEW_PERCENT_MIN = 45,   /* of the lease; 50 is the usual T1 */
    VARIATION_RENEW_PERCENT_MAX = 50,
    VARIATION_BOOT_SECONDS_MIN = 3,
    VARIATION_BOOT_SECONDS_MAX = 40,
    VARIATION_ANNOUNCEMENTS_MAX = 2,
    VARIATION_EXTRA_OPTIONS_MAX = 6,
    VARIATION_LOST_DISCOVERS_MAX = 2,
    VARIATION_KEPT_SECONDS_MIN = 5,
    VARIATION_KEPT_SECONDS_MAX = 120, /* longer than servers keep a connection */
};
#define VARIATION_EDOS_WAIT_US_MAX UINT64_C(2000000)

enum variation_client_id { CLIENT_ID_MAC, CLIENT_ID_ABSENT, CLIENT_ID_DUID, CLIENT_ID_FORMS };
enum variation_host_name { HOST_NAME_SEP, HOST_NAME_ABSENT, HOST_NAME_MODEL, HOST_NAME_FORMS };
enum variation_aaaa { AAAA_NEVER, AAAA_AFTER, AAAA_BEFORE, AAAA_FORMS };
enum variation_dns_id { DNS_ID_RANDOM, DNS_ID_COUNTING, DNS_ID_FORMS };
enum variation_psn { PSN_SHORT, PSN_LONG, PSN_NUMBER, PSN_FORMS }; /* 8841-3PCC, CP-…, 8841 */
enum variation_agent { AGENT_USUAL, AGENT_OLD, AGENT_SERIAL, AGENT_FORMS };
enum variation_markup { MARKUP_PLAIN, MARKUP_ATTRIBUTES, MARKUP_WHITESPACE, MARKUP_MORE, MARKUPS };
enum variation_class { CLASS_PRODUCT, CLASS_SPELT_OUT, CLASS_ABSENT, CLASS_FORMS };
enum variation_connection {                          /* of HTTP */
                            CONNECTION_CLOSED_AFTER, /* by the phone, without a word */
                            CONNECTION_ASKED_TO_CLOSE,
                            CONNECTION_KEPT, /* for what is asked within kept_seconds; HTTP/1.0 has
                                                no such thing */
                            CONNECTION_FORMS
};
enum variation_tftp { TFTP_USUAL, TFTP_WITHOUT_OPTIONS, TFTP_LARGE_BLOCKS, TFTP_FORMS };
enum variation_chatter { /* bits: what else it says, to link-local groups and broadcast only */
                         CHATTER_LLDP = 1,
                         CHATTER_CDP = 2,
                         CHATTER_MDNS = 4,
                         CHATTER_NTP = 8,
                         CHATTER_SIP = 16,
                         CHATTER_ALL = 31,
};

struct phone_variation {
    uint64_t seed; /* of what varies from one time to the next */
    /* timers */
    unsigned retry_jitter_permille; /* each retry delay differs by at most this much */
    unsigned boot_seconds;
    unsigned renew_percent; /* of the lease, when the server names no T1 */
    uint64_t edos_wait_us;  /* before the first question to EDOS of a boot */
    /* DHCP */
    uint64_t option_55_order; /* shuffles the list; 0 = as it is usual */
    uint8_t option_55_extra[VARIATION_EXTRA_OPTIONS_MAX]; /* asked for besides; 0 ends the list */
    bool broadcast_flag;
    enum variation_client_id client_id;
    enum variation_host_name host_name;
    enum variation_class class_name;
    bool vendor_option; /* sends option 125 */
    unsigned discovers; /* asks so often again before it takes an offer */
    bool retransmission_jitter;
    bool releases;          /* says DHCPRELEASE at a reboot */
    bool remembers_address; /* INIT-REBOOT after one */
    bool wants_end;         /* passes over a reply without an end option */
    /* ARP, and what nobody asked for */
    bool arp_probe;
    bool probes_first; /* and uses its address only when nobody has answered; never drawn */
    unsigned announcements;
    unsigned chatter; /* enum variation_chatter */
    /* DNS */
    enum variation_aaaa aaaa;
    enum variation_dns_id dns_id;
    bool dns_answer_lost; /* it misses the first answer to each question, and asks again */
    /* HTTP */
    bool http_1_0;
    bool tls_1_2;     /* nothing newer */
    bool looks_first; /* a HEAD before each GET */
    enum variation_connection connection;
    unsigned kept_seconds;
    bool headers_lower_case;
    uint64_t header_order; /* shuffles those that are not libcurl's own */
    unsigned header_set;   /* 0 … VARIATION_HEADER_SETS-1 */
    enum variation_agent agent;
    enum variation_tftp tftp;
    bool tftp_repeats; /* what it said last, when no answer comes */
    /* names and page */
    enum variation_psn psn;
    enum variation_markup markup;
};
enum { VARIATION_HEADER_SETS = 4 };

/* The phone that most people have. */
extern const struct phone_variation phone_variation_plain;
/* The same seed draws the same phone, everywhere. */
void phone_variation_draw(uint64_t seed, struct phone_variation *ret_variation);

#endif
