/* SPDX-License-Identifier: MIT */
/* What a scenario says of the line between a phone and its switch (the key `network`): plain data,
 * all zero = a line that does nothing to a frame. */
#ifndef RCLAB_SCENARIO_NETWORK_H
#define RCLAB_SCENARIO_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

enum {
    NETWORK_SHARE_ONE = 1000000, /* shares are parts in a million: 100 % */
    NETWORK_QUEUE_DEFAULT = 100, /* frames */
    NETWORK_QUEUE_MAX = 10000,   /* frames */
    NETWORK_BURST_MAX = 1000,    /* frames lost in a row, on average */
};
#define NETWORK_DELAY_MAX_US UINT64_C(3600000000)
#define NETWORK_RATE_MIN UINT64_C(1000) /* bits a second */
#define NETWORK_RATE_MAX UINT64_C(10000000000)

enum network_direction { NETWORK_FROM_PHONE, NETWORK_TO_PHONE, NETWORK_DIRECTIONS };

struct network_path {                           /* one direction */
    uint64_t delay_us, jitter_us;               /* evenly drawn from delay ± jitter */
    uint32_t loss, duplicate, reorder, corrupt; /* shares of NETWORK_SHARE_ONE */
    uint32_t burst; /* frames lost in a row, on average; 0 = each by itself */
    uint64_t rate;  /* bits a second; 0 = as fast as it goes */
    uint32_t queue; /* frames that wait for their turn; 0 = NETWORK_QUEUE_DEFAULT */
};
enum network_outage {
    NETWORK_CARRIES,
    NETWORK_DOWN, /* no carrier: the cable is out */
    NETWORK_CUT,  /* carrier stays, no frame passes */
};
struct scenario_network {
    struct network_path paths[NETWORK_DIRECTIONS];
    enum network_outage outage;
    uint64_t outage_us; /* how long; afterwards what held before holds again */
};

struct diagnostics;
/* Reads the value of a `network:` from a text (YAML) that stands for itself; `name`: how problems
 * call it. False: they have been reported, ret_network is untouched. */
bool network_parse(const char *name, const char *text, struct scenario_network *ret_network,
                   struct diagnostics *diagnostics);

#endif
