/* SPDX-License-Identifier: MIT */
/* The rules of the vendor's article, each played through in memory. */
#include "fakes/phone/phone_world_testing.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_customization(void);

/* --- the rules as scripts of steps --- */
enum { STEPS_MAX = 24 };

enum op {
    END,
    RESET,     /* factory reset, then runs `number` seconds */
    REBOOT,    /* the same */
    POWER_OFF, /* the same */
    POWER_ON,  /* the same */
    RUN,       /* `number` seconds */
    EDOS,      /* script `text` from now on */
    PROVISION,
    OTHER,
    OPTION,     /* code `number` with `text` from now on */
    NO_OPTIONS, /* from now on */
    DNS,        /* enum world_dns in `number` */
    DHCP,       /* enum world_dhcp in `number` */
    LEASE,      /* `number` seconds */
    FORM,       /* the page's form sets parameter `text` */
    RESYNC,     /* the page's resync of URL `text` */
    PAGE_REBOOT,
    PAGE_RESET,
    PATH,         /* the states since the factory reset are `text` */
    ASKED_EDOS,   /* `number` requests so far */
    ASKED_PROV,   /* the same */
    ASKED_OTHER,  /* the same */
    LAST_URL,     /* the last request */
    GAPS,         /* minutes between requests to EDOS from the start, as `text` */
    PARAMETER_IS, /* "NAME=VALUE" */
    CANCELLED,    /* `number` transfers so far */
};
struct scripted_step {
    enum op op;
    const char *text;
    unsigned number;
};
struct scripted {
    const char *name; /* with the rules it is about */
    struct readings readings;
    struct scripted_step steps[STEPS_MAX];
};

#define DAYS(n) ((n) * 86400u)
static const char slow_edos[] = "503";

static const struct scripted state_scripts[] = {
    {"RC-OPEN-1, RC-OPEN-3, RC-PEND-1, RC-CUST-1, RC-END-3",
     {0},
     {{RESET, 0, 3},
      {PATH, "Open", 0},
      {RUN, 0, 10},
      {PATH, "Open Pending Custom-Pending Acquired", 0},
      {RUN, 0, DAYS(7)},
      {ASKED_EDOS, 0, 1},
      {REBOOT, 0, DAYS(1)},
      {POWER_OFF, 0, 60},
      {POWER_ON, 0, DAYS(1)},
      {ASKED_EDOS, 0, 1},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"RC-PEND-3, RC-PEND-4: doubling up to 24 hours, for ever",
     {0},
     {{EDOS, slow_edos, 0},
      {RESET, 0, DAYS(5)},
      {GAPS, "1 2 4 8 16 32 64 128 256 512 1024 1440 1440 1440", 0},
      {PATH, "Open Pending", 0},
      {EDOS, "profile", 0},
      {RUN, 0, DAYS(1)},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"RC-PEND-2, RC-END-2: an empty file",
     {0},
     {{EDOS, "503 empty", 0},
      {RESET, 0, 100},
      {PATH, "Open Pending Unavailable", 0},
      {EDOS, "profile", 0},
      {RUN, 0, DAYS(3)},
      {REBOOT, 0, DAYS(1)},
      {POWER_OFF, 0, 60},
      {POWER_ON, 0, DAYS(1)},
      {ASKED_EDOS, 0, 2},
      {ASKED_PROV, 0, 0},
      {PATH, "Open Pending Unavailable", 0}}},
    {"RC-PEND-3: every kind of error is one",
     {0},
     {{EDOS, "404 garbage reset refused tls truncated 204 401 303=http://prov.test/x 307 bare", 0},
      {RESET, 0, DAYS(3)},
      {GAPS, "1 2 4 8 16 32 64 128 256 512", 0},
      {PATH, "Open Pending Custom-Pending", 0}}},
    {"RC-PEND-3: an answer that never comes costs thirty seconds, then the minute begins",
     {0},
     {{EDOS, "hang", 0},
      {RESET, 0, 5 + 30 + 59},
      {ASKED_EDOS, 0, 1},
      {RUN, 0, 2},
      {ASKED_EDOS, 0, 2},
      {RUN, 0, 30 + 119},
      {ASKED_EDOS, 0, 3}}},
    {"RC-PRE-3: a name server that is silent costs fifteen seconds",
     {0},
     {{DNS, 0, WORLD_DNS_NEVER},
      {RESET, 0, 5 + 15 + 59},
      {PATH, "Open Pending", 0},
      {DNS, 0, WORLD_DNS_NORMAL},
      {ASKED_EDOS, 0, 0},
      {RUN, 0, 2},
      {ASKED_EDOS, 0, 1},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"RC-PRE-3: nxdomain, servfail",
     {0},
     {{DNS, 0, WORLD_DNS_NXDOMAIN},
      {RESET, 0, 30},
      {DNS, 0, WORLD_DNS_SERVFAIL},
      {RUN, 0, 60},
      {DNS, 0, WORLD_DNS_NORMAL},
      {RUN, 0, 90},
      {ASKED_EDOS, 0, 0},
      {RUN, 0, 30},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"EDOS redirects by 301 and 302 are followed, five of them",
     {0},
     {{EDOS,
       "301=https://activate.cisco.com/b 302=/c 302=d 301=//activate.cisco.com/e 302=/f "
       "profile",
       0},
      {RESET, 0, 10},
      {ASKED_EDOS, 0, 6},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"a sixth redirect is too many, and so is one to nowhere",
     {0},
     {{EDOS, "302=/a 302=/b 302=/c 302=/d 302=/e 302=/f 302=gopher://x/ 302 profile", 0},
      {RESET, 0, 50},
      {ASKED_EDOS, 0, 6},
      {PATH, "Open Pending", 0},
      {RUN, 0, 60 + 120},
      {ASKED_EDOS, 0, 8},
      {RUN, 0, 4 * 60},
      {ASKED_EDOS, 0, 9},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"RC-PEND-5: a reboot while Pending starts the delays again (pending_boot: ask-now)",
     {0},
     {{EDOS, slow_edos, 0},
      {RESET, 0, 5 + 7 * 60 + 30},
      {ASKED_EDOS, 0, 4},
      {REBOOT, 0, 6},
      {ASKED_EDOS, 0, 5},
      {RUN, 0, 60},
      {ASKED_EDOS, 0, 6},
      {RUN, 0, 118},
      {ASKED_EDOS, 0, 6},
      {RUN, 0, 2},
      {ASKED_EDOS, 0, 7},
      {PATH, "Open Pending", 0}}},
    {"RC-PEND-5 by a power cut",
     {0},
     {{EDOS, slow_edos, 0},
      {RESET, 0, DAYS(3)},
      {ASKED_EDOS, 0, 13},
      {POWER_OFF, 0, 3600},
      {POWER_ON, 0, 6},
      {ASKED_EDOS, 0, 14},
      {RUN, 0, 60},
      {ASKED_EDOS, 0, 15}}},
    {"RC-PEND-5 (pending_boot: wait-first)",
     {.pending_boot = PENDING_BOOT_WAIT_FIRST},
     {{EDOS, slow_edos, 0},
      {RESET, 0, 5 + 7 * 60 + 30},
      {ASKED_EDOS, 0, 4},
      {REBOOT, 0, 5 + 59},
      {ASKED_EDOS, 0, 4},
      {RUN, 0, 2},
      {ASKED_EDOS, 0, 5},
      {RUN, 0, 118},
      {ASKED_EDOS, 0, 5},
      {RUN, 0, 2},
      {ASKED_EDOS, 0, 6}}},
    {"RC-PEND-6: a Profile Rule by the form while Pending",
     {0},
     {{EDOS, slow_edos, 0},
      {RESET, 0, 100},
      {FORM, "Profile_Rule", 0},
      {PATH, "Open Pending Aborted", 0},
      {EDOS, "profile", 0},
      {RUN, 0, DAYS(2)},
      {REBOOT, 0, DAYS(1)},
      {ASKED_EDOS, 0, 2},
      {PATH, "Open Pending Aborted", 0}}},
    {"RC-PEND-6: while the request to EDOS is out",
     {0},
     {{EDOS, "hang", 0},
      {RESET, 0, 10},
      {FORM, "Proxy_1_", 0},
      {RUN, 0, 1},
      {CANCELLED, 0, 1},
      {RUN, 0, DAYS(1)},
      {ASKED_EDOS, 0, 1},
      {PATH, "Open Pending Aborted", 0}}},
    {"RC-PEND-6: a Proxy by a file that the page was told to fetch",
     {0},
     {{EDOS, slow_edos, 0},
      {OTHER, "404 config", 0},
      {RESET, 0, 100},
      {RESYNC, "http://push.test/x.xml", 0},
      {RUN, 0, 1},
      {PATH, "Open Pending", 0},
      {RESYNC, "http://push.test/x.xml", 0},
      {RUN, 0, 1},
      {LAST_URL, "http://push.test:80/x.xml", 0},
      {PATH, "Open Pending Aborted", 0},
      {PARAMETER_IS, "Proxy_1_=sip.test", 0},
      {RUN, 0, DAYS(2)},
      {ASKED_EDOS, 0, 2}}},
    {"RC-PEND-6 is about nothing else",
     {0},
     {{EDOS, slow_edos, 0},
      {OTHER, "other", 0},
      {RESET, 0, 100},
      {FORM, "Display_Name_1_", 0},
      {FORM, "Proxy_Fallback_Intvl_1_", 0},
      {FORM, "Outbound_Proxy_1_", 0},
      {RESYNC, "http://push.test/x.xml", 0},
      {RUN, 0, 1},
      {PARAMETER_IS, "Display_Name_1_=x", 0},
      {PATH, "Open Pending", 0},
      {EDOS, "profile", 0},
      {RUN, 0, 300},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"RC-CUST-2: the delays of the profile, the last repeats",
     {0},
     {{EDOS, "delay=30,60,90", 0},
      {PROVISION, "503 garbage empty refused 404", 0},
      {RESET, 0, 5 + 29},
      {ASKED_PROV, 0, 1},
      {RUN, 0, 2},
      {ASKED_PROV, 0, 2},
      {RUN, 0, 60},
      {ASKED_PROV, 0, 3},
      {RUN, 0, 90},
      {ASKED_PROV, 0, 4},
      {RUN, 0, 90},
      {ASKED_PROV, 0, 5},
      {PATH, "Open Pending Custom-Pending", 0},
      {PROVISION, "config", 0},
      {RUN, 0, 90},
      {PATH, "Open Pending Custom-Pending Acquired", 0},
      {ASKED_EDOS, 0, 1}}},
    {"RC-CUST-2: it is the profile's list that counts, whatever the page says later",
     {0},
     {{EDOS, "delay=30", 0},
      {PROVISION, "503", 0},
      {RESET, 0, 6},
      {FORM, "Resync_Error_Retry_Delay", 0},
      {RUN, 0, 61},
      {ASKED_PROV, 0, 3},
      {PATH, "Open Pending Custom-Pending", 0}}},
    {"RC-CUST-2: 0 is never, until a reboot",
     {0},
     {{EDOS, "delay=0", 0},
      {PROVISION, "503 config", 0},
      {RESET, 0, DAYS(30)},
      {ASKED_PROV, 0, 1},
      {REBOOT, 0, 10},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"a profile without Profile_Rule has no server to ask, but option 66 may name one",
     {.options_while_pending = OPTIONS_WHILE_PENDING_IGNORE},
     {{EDOS, "bare", 0},
      {RESET, 0, 100},
      {PATH, "Open Pending Custom-Pending", 0},
      {ASKED_PROV, 0, 0},
      {OPTION, "prov.test", 66},
      {REBOOT, 0, 10},
      {LAST_URL, "tftp://prov.test:69/8841-3PCC.xml", 0},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"RC-CUST-3: by the form; the redirect of EDOS is dropped",
     {0},
     {{PROVISION, "503", 0},
      {RESET, 0, 100},
      {FORM, "Proxy_2_", 0},
      {PATH, "Open Pending Custom-Pending Aborted", 0},
      {PROVISION, "config", 0},
      {RUN, 0, DAYS(2)},
      {REBOOT, 0, DAYS(1)},
      {ASKED_EDOS, 0, 1},
      {ASKED_PROV, 0, 2},
      {PARAMETER_IS, "Profile_Rule=/$PSN.xml", 0},
      {PATH, "Open Pending Custom-Pending Aborted", 0}}},
    {"RC-CUST-3: by a file; the rule that it sets is followed at the next boot",
     {0},
     {{PROVISION, "503", 0},
      {OTHER, "own", 0},
      {RESET, 0, 100},
      {RESYNC, "http://push.test/x.xml", 0},
      {RUN, 0, 1},
      {PATH, "Open Pending Custom-Pending Aborted", 0},
      {PARAMETER_IS, "Profile_Rule=http://prov.test/own.xml", 0},
      {PROVISION, "config", 0},
      {REBOOT, 0, 10},
      {LAST_URL, "http://prov.test:80/own.xml", 0},
      {ASKED_EDOS, 0, 1},
      {PATH, "Open Pending Custom-Pending Aborted", 0}}},
    {"custom_pending_boot: provision",
     {0},
     {{PROVISION, "503", 0},
      {RESET, 0, 10},
      {REBOOT, 0, 10},
      {ASKED_EDOS, 0, 1},
      {ASKED_PROV, 0, 2},
      {PATH, "Open Pending Custom-Pending", 0}}},
    {"custom_pending_boot: edos",
     {.custom_pending_boot = CUSTOM_PENDING_BOOT_EDOS},
     {{PROVISION, "503", 0},
      {RESET, 0, 10},
      {REBOOT, 0, 10},
      {ASKED_EDOS, 0, 2},
      {ASKED_PROV, 0, 2},
      {PATH, "Open Pending Custom-Pending Pending Custom-Pending", 0}}},
    {"RC-END-4 from Acquired, from Unavailable, by the page too",
     {0},
     {{RESET, 0, 10},
      {PATH, "Open Pending Custom-Pending Acquired", 0},
      {EDOS, "empty", 0},
      {PAGE_RESET, 0, 0},
      {RUN, 0, 10},
      {PATH, "Open Pending Custom-Pending Acquired Open Pending Unavailable", 0},
      {EDOS, "503", 0},
      {RESET, 0, 10},
      {PATH, "Open Pending", 0},
      {ASKED_EDOS, 0, 3}}},
    {"the page's reboot comes a second later",
     {0},
     {{EDOS, slow_edos, 0},
      {RESET, 0, 10},
      {PAGE_REBOOT, 0, 0},
      {RUN, 0, 5},
      {ASKED_EDOS, 0, 1},
      {RUN, 0, 2},
      {ASKED_EDOS, 0, 2}}},
    {"no address, no questions; they come with it",
     {0},
     {{DHCP, 0, WORLD_DHCP_NEVER},
      {RESET, 0, 3600},
      {ASKED_EDOS, 0, 0},
      {PATH, "Open", 0},
      {DHCP, 0, WORLD_DHCP_NORMAL},
      {RUN, 0, 70},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"a server that always refuses is not stormed",
     {0},
     {{DHCP, 0, WORLD_DHCP_NAK}, {RESET, 0, DAYS(1)}, {PATH, "Open", 0}, {ASKED_EDOS, 0, 0}}},
    {"a lease that runs out stops everything; the next one goes on",
     {0},
     {{EDOS, slow_edos, 0},
      {LEASE, 0, 600},
      {RESET, 0, 100},
      {DHCP, 0, WORLD_DHCP_NEVER},
      {RUN, 0, 3600},
      {ASKED_EDOS, 0, 4},
      {DHCP, 0, WORLD_DHCP_NORMAL},
      {RUN, 0, 70},
      {ASKED_EDOS, 0, 5},
      {PATH, "Open Pending", 0}}},
    {"an ordinary phone comes back every Resync_Periodic, after errors as it is told",
     {0},
     {{RESET, 0, 10},
      {ASKED_PROV, 0, 1},
      {RUN, 0, 3600},
      {ASKED_PROV, 0, 2},
      {PROVISION, "503 config", 0},
      {RUN, 0, 3600},
      {ASKED_PROV, 0, 3},
      {RUN, 0, 60},
      {ASKED_PROV, 0, 4},
      {RUN, 0, 3500},
      {ASKED_PROV, 0, 4},
      {RUN, 0, 100},
      {ASKED_PROV, 0, 5}}},
    {"what Remote Customization sets itself does not abort it",
     {0},
     {{PROVISION, "own", 0},
      {RESET, 0, DAYS(1)},
      {LAST_URL, "http://prov.test:80/own.xml", 0},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"the page's resync without a URL",
     {0},
     {{PROVISION, "503 config", 0},
      {RESET, 0, 10},
      {RESYNC, "", 0},
      {ASKED_PROV, 0, 1},
      {RUN, 0, 1},
      {PATH, "Open Pending Custom-Pending Acquired", 0},
      {RESYNC, "", 0},
      {RUN, 0, 1},
      {ASKED_PROV, 0, 3}}},
};

/* Those about options of DHCP, in every reading. */
static const struct scripted option_scripts[] = {
    {"RC-PRE-2, RC-OPEN-2, RC-END-1: an option that configures",
     {0},
     {{OPTION, "http://opt.test/phone.xml", 66},
      {RESET, 0, 10},
      {PATH, "Open Aborted", 0},
      {PARAMETER_IS, "Proxy_1_=sip.test", 0},
      {NO_OPTIONS, 0, 0},
      {RUN, 0, DAYS(7)},
      {REBOOT, 0, DAYS(1)},
      {POWER_OFF, 0, 60},
      {POWER_ON, 0, DAYS(1)},
      {ASKED_EDOS, 0, 0},
      {PATH, "Open Aborted", 0},
      {RESET, 0, 10},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"dhcp_abort: downloaded, and the download fails: EDOS",
     {0},
     {{OPTION, "http://opt.test/phone.xml", 160},
      {OTHER, "404 garbage empty", 0},
      {RESET, 0, 10},
      {ASKED_OTHER, 0, 3},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"dhcp_abort: offered, and the download fails: Aborted all the same",
     {.dhcp_abort = DHCP_ABORT_OFFERED},
     {{OPTION, "http://opt.test/phone.xml", 159},
      {OTHER, "404 404 404 config", 0},
      {RESET, 0, 10},
      {PATH, "Open Aborted", 0},
      {ASKED_OTHER, 0, 3},
      {RUN, 0, 60},
      {ASKED_OTHER, 0, 4},
      {PARAMETER_IS, "Proxy_1_=sip.test", 0},
      {RUN, 0, DAYS(1)},
      {ASKED_EDOS, 0, 0}}},
    {"an option that is no configuration",
     {.dhcp_abort = DHCP_ABORT_OFFERED},
     {{OPTION, "HTTPClient", 60},
      {OPTION, "\1\4\xde\xad\xbe\xef", 43},
      {RESET, 0, 10},
      {PATH, "Open Pending Custom-Pending Acquired", 0}}},
    {"options_while_pending: abort, at a boot",
     {0},
     {{EDOS, slow_edos, 0},
      {RESET, 0, 100},
      {OPTION, "http://opt.test/phone.xml", 66},
      {REBOOT, 0, 10},
      {ASKED_EDOS, 0, 2},
      {PATH, "Open Pending Aborted", 0}}},
    {"options_while_pending: ignore, at a boot",
     {.options_while_pending = OPTIONS_WHILE_PENDING_IGNORE},
     {{EDOS, slow_edos, 0},
      {RESET, 0, 100},
      {OPTION, "http://opt.test/phone.xml", 66},
      {REBOOT, 0, 10},
      {ASKED_EDOS, 0, 3},
      {ASKED_OTHER, 0, 0},
      {PATH, "Open Pending", 0}}},
    {"options_while_pending: abort, at a renewal",
     {0},
     {{EDOS, slow_edos, 0},
      {LEASE, 0, 600},
      {RESET, 0, 100},
      {OPTION, "http://opt.test/phone.xml", 66},
      {RUN, 0, 180},
      {PATH, "Open Pending", 0},
      {RUN, 0, 60},
      {PATH, "Open Pending Aborted", 0},
      {RUN, 0, DAYS(1)},
      {ASKED_EDOS, 0, 3}}},
    {"options_while_pending: abort, at a renewal, the download fails once and is not repeated",
     {0},
     {{EDOS, slow_edos, 0},
      {OTHER, "404", 0},
      {LEASE, 0, 600},
      {RESET, 0, 100},
      {OPTION, "http://opt.test/phone.xml", 66},
      {RUN, 0, DAYS(1)},
      {ASKED_OTHER, 0, 3},
      {GAPS, "1 2 4 8 16 32 64 128 256 512", 0},
      {PATH, "Open Pending", 0}}},
    {"options_while_pending: abort, at a renewal, while EDOS keeps the phone waiting",
     {0},
     {{EDOS, "hang", 0},
      {LEASE, 0, 20},
      {RESET, 0, 10},
      {OPTION, "http://opt.test/phone.xml", 66},
      {RUN, 0, 20},
      {PATH, "Open Pending", 0},
      {RUN, 0, 6},
      {PATH, "Open Pending Aborted", 0}}},
    {"options_while_pending: ignore, at a renewal while Custom-Pending",
     {.options_while_pending = OPTIONS_WHILE_PENDING_IGNORE},
     {{PROVISION, "503", 0},
      {LEASE, 0, 600},
      {RESET, 0, 100},
      {OPTION, "http://opt.test/phone.xml", 66},
      {RUN, 0, DAYS(1)},
      {ASKED_OTHER, 0, 0},
      {PATH, "Open Pending Custom-Pending", 0}}},
    {"options_while_pending: abort with dhcp_abort: offered, at a renewal while EDOS is asked",
     {.dhcp_abort = DHCP_ABORT_OFFERED},
     {{EDOS, "hang", 0},
      {LEASE, 0, 20},
      {OTHER, "503", 0},
      {RESET, 0, 10},
      {OPTION, "http://opt.test/phone.xml", 66},
      {RUN, 0, 6},
      {PATH, "Open Pending Aborted", 0},
      {RUN, 0, DAYS(1)},
      {ASKED_EDOS, 0, 1}}},
};

/* --- playing them --- */
static void check_gaps(const struct world *world, const char *text)
{
    char seen[256] = "";
    for (size_t n = 1; n < world_requests(world, WORLD_EDOS); n++) {
        size_t length = strlen(seen);
        uint64_t gap_us = world_gap_us(world, WORLD_EDOS, n);
        CU_ASSERT_EQUAL(gap_us % DURATION_M, 0);
        snprintf(seen + length, sizeof seen - length, "%s%u", length ? " " : "",
                 (unsigned)(gap_us / DURATION_M));
    }
    CU_ASSERT_STRING_EQUAL(seen, text);
    if (strcmp(seen, text) != 0)
        fprintf(stderr, "gaps %s instead of %s\n", seen, text);
}

static void check_parameter(const struct world *world, const char *text)
{
    char seen[256];
    int name = (int)strcspn(text, "=");
    char key[64];
    snprintf(key, sizeof key, "%.*s", name, text);
    const char *value = phone_parameter(world->core, key);
    snprintf(seen, sizeof seen, "%s=%s", key, value ? value : "(none)");
    CU_ASSERT_STRING_EQUAL(seen, text);
}

static void check_text(const char *name, const char *what, const char *seen, const char *wanted)
{
    CU_ASSERT_STRING_EQUAL(seen, wanted);
    if (strcmp(seen, wanted) != 0)
        fprintf(stderr, "%s: %s is %s instead of %s\n", name, what, seen, wanted);
}

static void check_count(const struct world *world, const char *name, enum world_server server,
                        unsigned wanted)
{
    size_t seen = world_requests(world, server);
    CU_ASSERT_EQUAL(seen, wanted);
    if (seen != wanted)
        fprintf(stderr, "%s: at %us %zu requests to server %d instead of %u\n", name,
                (unsigned)(world->now_us / DURATION_S), seen, server, wanted);
}

/* True if the step was a check. */
static bool check(const struct world *world, const char *name, const struct scripted_step *step)
{
    switch (step->op) {
    case PATH:
        check_text(name, "path", world->path, step->text);
        return true;
    case ASKED_EDOS:
        check_count(world, name, WORLD_EDOS, step->number);
        return true;
    case ASKED_PROV:
        check_count(world, name, WORLD_PROVISION, step->number);
        return true;
    case ASKED_OTHER:
        check_count(world, name, WORLD_OTHER, step->number);
        return true;
    case LAST_URL:
        check_text(name, "URL",
                   world->request_count ? world->requests[world->request_count - 1].url : "",
                   step->text);
        return true;
    case GAPS:
        check_gaps(world, step->text);
        return true;
    case PARAMETER_IS:
        check_parameter(world, step->text);
        return true;
    case CANCELLED:
        CU_ASSERT_EQUAL(world->cancels, step->number);
        return true;
    default:
        return false;
    }
}

static void act(struct world *world, const struct scripted_step *step)
{
    switch (step->op) {
    case RESET:
        world_factory_reset(world);
        break;
    case REBOOT:
        world_reboot(world);
        break;
    case POWER_OFF:
    case POWER_ON:
        world_power(world, step->op == POWER_ON);
        break;
    case FORM:
        world_configure(world, step->text, "http://prov.invalid/form");
        return;
    case RESYNC:
        CU_ASSERT_EQUAL(phone_core_page_resync(world->core, world->now_us, step->text, NULL), 0);
        return;
    case PAGE_REBOOT:
        phone_core_page_reboot(world->core, world->now_us, false);
        return;
    case PAGE_RESET:
        phone_core_page_reboot(world->core, world->now_us, true);
        return;
    default:
        break;
    }
    world_run(world, step->number * DURATION_S);
}

static void change_world(struct world *world, const struct scripted_step *step)
{
    switch (step->op) {
    case EDOS:
        world->script[WORLD_EDOS] = step->text;
        break;
    case PROVISION:
        world->script[WORLD_PROVISION] = step->text;
        break;
    case OTHER:
        world->script[WORLD_OTHER] = step->text;
        break;
    case OPTION:
        world_option_text(world, (uint8_t)step->number, step->text);
        break;
    case NO_OPTIONS:
        world->option_count = 0;
        break;
    case DNS:
        world->dns = (enum world_dns)step->number;
        break;
    case DHCP:
        world->dhcp = (enum world_dhcp)step->number;
        break;
    case LEASE:
        world->lease_seconds = step->number;
        break;
    default:
        act(world, step);
        break;
    }
}

static void play(const struct scripted *scripted)
{
    struct phone_core_config config = world_config();
    config.readings = scripted->readings;
    struct world *world = world_new_with(&config);
    unsigned failures = CU_get_number_of_failures();
    for (size_t s = 0; s < STEPS_MAX && scripted->steps[s].op != END; s++)
        if (!check(world, scripted->name, &scripted->steps[s]))
            change_world(world, &scripted->steps[s]);
    if (CU_get_number_of_failures() > failures)
        fprintf(stderr, "in: %s\n", scripted->name);
    phone_world_free(world);
}

static void every_rule(void)
{
    for (size_t i = 0; i < sizeof state_scripts / sizeof state_scripts[0]; i++)
        play(&state_scripts[i]);
    for (size_t i = 0; i < sizeof option_scripts / sizeof option_scripts[0]; i++)
        play(&option_scripts[i]);
}

static void never_doubling_quirk(void)
{
    struct phone_core_config config = world_config();
    config.quirk = phone_quirk_find("retry-every-minute");
    CU_ASSERT_PTR_NOT_NULL_FATAL(config.quirk);
    struct world *world = world_new_with(&config);
    world->script[WORLD_EDOS] = "503";
    world_factory_reset(world);
    world_run(world, 4 * DURATION_M + 10 * DURATION_S);
    check_gaps(world, "1 1 1 1");
    CU_ASSERT_PTR_NULL(phone_quirk_find("no-such-quirk"));
    phone_world_free(world);
}

static void models_have_their_data(void)
{
    const char *const *names = vendor_default()->models;
    size_t count = vendor_default()->model_count;
    for (size_t i = 0; i < count; i++) {
        const struct phone_model *model = phone_model_find(names[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(model);
        CU_ASSERT_STRING_EQUAL(model->name, names[i]);
        CU_ASSERT_EQUAL(strncmp(model->product_name, "CP-", 3), 0);
        CU_ASSERT_STRING_EQUAL(model->product_name + 3, model->short_name);
        CU_ASSERT_EQUAL(strncmp(model->short_name, model->name, 4), 0);
        CU_ASSERT_EQUAL(model->family[0], model->name[0]);
    }
    CU_ASSERT_EQUAL(count, phone_model_data_count);
    CU_ASSERT_PTR_NULL(phone_model_find("9971"));
}

void tests_fakes_phone_customization(void)
{
    TEST_SUITE("phone/customization", {"every rule, every reading", every_rule},
               {"the quirk that never doubles", never_doubling_quirk},
               {"every model has its data", models_have_their_data});
}
