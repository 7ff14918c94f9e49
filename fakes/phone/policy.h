/* SPDX-License-Identifier: MIT */
/* In what phones differ, as data. A sound phone's policy follows from the readings of its scenario
 * and from the variation that it was drawn with; a defect is a policy that no sound phone has
 * (quirks.c). Whatever decides anything reads the policy, and knows of no defect. */
#ifndef RCLAB_FAKES_PHONE_POLICY_H
#define RCLAB_FAKES_PHONE_POLICY_H

#include "fakes/phone/retry_delay.h"
#include "fakes/phone/variation.h"
#include "harness/vendor/terms.h"
#include <stdbool.h>
#include <stdint.h>

enum edos_identity { EDOS_FOR_ITSELF, EDOS_FOR_NOBODY, EDOS_FOR_THE_NEXT }; /* whose MAC address */
enum redirects { REDIRECT_301 = 1, REDIRECT_302 = 2, REDIRECT_303 = 4 };
enum rule_place { RULE_AS_WRITTEN, RULE_AT_EDOS, RULE_BY_HTTP };
enum answers {                     /* what a download brought, as bits: several may hold */
               ANSWER_PROFILE = 1, /* one that can be read */
               ANSWER_EMPTY = 2,   /* 200 without a body: EDOS has no profile (RC-PEND-2) */
               ANSWER_BODY = 4,    /* a success with a body, whatever is in it */
               ANSWER_NO_BODY = 8,
               ANSWER_NO_CONTENT = 16,   /* 204 */
               ANSWER_NOT_FOUND = 32,    /* 404 */
               ANSWER_SERVER_ERROR = 64, /* 500 */
               ANSWER_HTTP_ERROR = 128,  /* 400 and whatever is above */
               ANSWER_CUT = 256,         /* it broke off */
               ANSWER_NO_NAME = 512,     /* its server's name was not found */
               ANSWER_WHATEVER = 1024,   /* holds always */
};
enum changes { /* of a parameter: which, and (shifted by CHANGES_PUSHED) not by the page's form but
                  by a file that the page was told to fetch */
               CHANGE_RULE = 1,
               CHANGE_PROXY_1 = 2,
               CHANGE_OTHER_PROXY = 4,
               CHANGE_ANYTHING = 8, /* any other */
               CHANGES_PUSHED = 4,
               CHANGES_BY_PAGE = 7,
               CHANGES_BY_PUSH = CHANGES_BY_PAGE << CHANGES_PUSHED,
               CHANGES_SOUND = CHANGES_BY_PAGE | CHANGES_BY_PUSH,
               CHANGES_ALL = 0xff,
};
enum without_dhcp { WITHOUT_DHCP_ASKS_ON, WITHOUT_DHCP_GIVES_UP, WITHOUT_DHCP_UNAVAILABLE };
enum after_profile { /* of EDOS */
                     AFTER_PROFILE_RULES,
                     AFTER_PROFILE_OWN_RULES, /* the profile's are not taken */
                     AFTER_PROFILE_NOTHING,
                     AFTER_PROFILE_EDOS, /* a second time */
                     AFTER_PROFILE_ABORTED,
                     AFTER_PROFILE_ACQUIRED,
};
enum profile_kept { PROFILE_KEPT, PROFILE_LOST_AT_BOOT, PROFILE_LOST_IN_DOWNLOAD };
enum boot_cause { BOOT_NONE, BOOT_POWER_CUT, BOOT_REBOOT, BOOT_FACTORY_RESET };
enum page_says {
    PAGE_SAYS_STATE,
    PAGE_SAYS_OPEN_AFTER_REBOOT,
    PAGE_SAYS_OLD_STATE_AFTER_RESET,
    PAGE_SAYS_OPEN_AFTER_CABLE, /* was out */
    PAGE_SAYS_NOTHING,
};
enum occasion { /* for a question to EDOS that should not be */
                OCCASION_NONE,
                OCCASION_END, /* the state has become final */
                OCCASION_BOOT,
                OCCASION_POWER_ON, /* after a power cut */
                OCCASION_THIRD_BOOT,
                OCCASION_RENEWAL,
                OCCASION_CABLE,   /* which was out is in again */
                OCCASION_FAILURE, /* of the provisioning server */
};

enum cable_out {                             /* what else losing its carrier does, bits */
                 CABLE_OUT_ACQUIRED = 1,     /* in the middle of its configuration */
                 CABLE_OUT_UNAVAILABLE = 2,  /* in the middle of its question to EDOS */
                 CABLE_OUT_ABORTED = 4,      /* in the middle of what an option leads to */
                 CABLE_OUT_ENDS_PENDING = 8, /* the retry to come is forgotten */
                 CABLE_OUT_ENDS_CUSTOM = 16,
};
enum cable_in {                        /* and having it again */
                CABLE_IN_NO_LEASE = 1, /* it does not ask for one */
                CABLE_IN_RESETS = 2,
                CABLE_IN_DELAYS_ANEW = 4, /* Pending: they start again */
                CABLE_IN_ASKS_EDOS = 8,   /* Pending: at once */
                CABLE_IN_FLOODS = 16,     /* Pending: with questions from now on */
                CABLE_IN_NO_PROFILE = 32, /* Custom-Pending: what EDOS gave is forgotten */
};
enum services { SERVICE_HTTPS = 1, SERVICE_HTTP = 2, SERVICES_SOUND = 3 };
enum { POLICY_OPTIONS = 7 };
struct option_policy {
    uint8_t codes[POLICY_OPTIONS]; /* in the order in which they are tried; 0 = left out */
    bool first_server_only;        /* of A;B, and of several addresses */
    bool double_slash;             /* between a folder and the name of the file */
    bool mistakes_scheme;          /* HTTP:// in option 159 (CSCvi48553) */
};

/* What it makes of what DHCP servers say; a sound phone none of these. */
struct dhcp_policy {
    bool takes_truncated;   /* a reply that breaks off, as far as it goes */
    bool reads_past_length; /* an option that claims more than there is, as much as there is */
    bool ignores_overload;  /* option 52 */
    bool first_piece_only;  /* of an option that comes in several (RFC 3396) */
    bool keeps_conflict;    /* an address that somebody else has */
    bool takes_any_ack;     /* whichever server's, whenever it comes */
    bool takes_late_offer;  /* when it has a lease already */
    bool mixes_offers;      /* the options of late ones are as good as those of its lease */
};

struct phone_policy { /* texts are borrowed */
    struct phone_variation variation;
    struct dhcp_policy dhcp;

    /* --- whom it asks, and whom it trusts --- */
    struct edos_policy {
        const char *scheme, *host, *path;
        uint16_t port;
        enum edos_identity identity;
    } edos;
    uint32_t name_server;   /* instead of those of its lease; 0 = theirs */
    unsigned trusts;        /* enum fetch_leniency */
    unsigned tftp_flaws;    /* enum tftp_flaw */
    bool hides_certificate; /* from a server that asks for it */
    unsigned redirects;     /* enum redirects: those that it follows */
    uint64_t patience_us;   /* with a transfer */
    bool patience_renewed;  /* by each byte that comes */
    bool keeps_what_broke_off, keeps_broken_chunks;
    bool long_head_is_all;  /* an answer whose head is too long has no body to it */
    bool reads_plain_only;  /* what is compressed or encrypted is no profile to it */
    bool ignores_key;       /* of the rule */
    bool wrong_key_will_do; /* what it cannot decrypt counts as a profile */
    bool hides_login;       /* from a server that asks for it */
    bool login_basic_only;
    unsigned final_outcomes; /* of transfers, a bit each: after them it does not try again */
    enum rule_place rule_place;
    bool rule_macros_stand; /* as they are written */

    /* --- options of DHCP --- */
    struct option_policy options;
    bool options_when_open, options_while_running, options_after_edos;
    bool options_interrupt; /* what is under way, when they come with a renewal */
    bool offer_aborts;      /* what they lead to need not be downloaded */
    unsigned option_by;     /* enum answers: what counts as a configuration */

    /* --- SRV records, where the phone looks for them at all --- */
    unsigned services;   /* enum services: for which */
    bool services_abort; /* what they lead to ends Remote Customization */
    bool services_final; /* and what cannot be downloaded does, too: it does not turn to EDOS */
    bool services_default_port; /* whatever port they name */

    /* --- the beginning --- */
    enum without_dhcp without_dhcp;
    bool requests_once;        /* an offered address, until the next boot */
    bool second_ack_asks_edos; /* Pending, an ACK that comes twice does */
    bool second_answer_ends;   /* of DNS: what it was for */
    uint64_t open_wait_us;     /* before EDOS is asked, Open until then */
    bool open_until_reboot;    /* the first boot leads nowhere */
    bool pending_without_asking;
    bool pending_until_reboot;
    bool pending_boot_waits; /* for the first delay */
    bool custom_boot_rules;  /* a boot while Custom-Pending leads to the provisioning server */
    enum profile_kept profile_kept;

    /* --- answers of EDOS --- */
    unsigned unavailable_by, profile_by; /* enum answers */
    unsigned empty_answers;              /* so many make it Unavailable */
    bool empty_only_at_once;             /* as the first answer after a boot */
    enum after_profile after_profile;

    /* --- retries --- */
    struct retry_pace pace; /* at EDOS */
    bool pace_forgets;      /* another kind of error starts it again */
    unsigned tries_max;     /* 0 = any number */
    uint64_t delay_max_us;  /* one that comes to this is waited for no more */
    bool retries_at_renewal;
    enum boot_cause pace_outlives;
    enum retry_list custom_list; /* how it goes through the profile's delays */
    bool custom_own_list;        /* and not the profile's */
    bool custom_back_to_edos;

    /* --- what ends it, and what comes after the end --- */
    unsigned pending_stops, custom_stops; /* enum changes */
    bool aborts_in_words;                 /* Pending, it goes on */
    unsigned config_by;                   /* enum answers: what makes it Acquired */
    bool config_proxy_aborts;
    struct {
        enum occasion occasion;
        enum customization_state state; /* in which */
        uint64_t after_us;
    } edos_again;
    enum customization_state forgotten_at_boot; /* STATE_UNKNOWN = none */
    bool forgotten_without_options;             /* only without them */

    /* --- resets --- */
    enum customization_state reset_state, reset_keeps; /* the latter is left as it is */
    bool second_reset_keeps;
    bool reboot_resets;

    /* --- its cable --- */
    unsigned cable_out, cable_in; /* enum cable_out, enum cable_in */

    /* --- its page --- */
    enum page_says page_says;
    enum customization_state shown[STATE_COUNT]; /* for each state */
};

/* Of a sound phone; `edos` is left to the caller. variation NULL = plain. */
void phone_policy_init(struct phone_policy *policy, const struct readings *readings,
                       const struct phone_variation *variation);

#endif
