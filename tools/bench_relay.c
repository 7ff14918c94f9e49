/* SPDX-License-Identifier: MIT */
/* For `make bench`: carries frames between two interfaces as the lab does, until it is killed.
 *   bench-relay uplink|link OUTSIDE INSIDE [DELAY]
 * uplink: as to a real wire; link: as a phone's line, with that delay (`1ms`) either way. Prints
 * "ready". */
#include "harness/base/duration.h"
#include "harness/lab/link.h"
#include "harness/lab/relay.h"
#include "harness/lab/uplink.h"
#include "harness/loop/loop.h"
#include <stdio.h>
#include <string.h>

enum { BUFFER_BYTES = 4 << 20 };
#define LIMIT_US UINT64_C(600000000) /* in case that nobody kills it */

static bool carry_uplink(struct loop *loop, const char *outside, const char *inside,
                         struct error *error)
{
    struct uplink *uplink;
    int fd;
    return uplink_open(outside, &fd, error) == 0 &&
           uplink_new(loop, fd, inside, &uplink, error) == 0;
}

/* As lab/phone_port does it, on the real clock. */
static bool carry_link(struct loop *loop, const char *outside, const char *inside,
                       uint64_t delay_us, struct error *error)
{
    const struct link_config link_config = {.seed = 1, .real_tcp = true};
    struct scenario_network network = {0};
    struct link *link;
    struct relay *relay;
    if (link_new(&link_config, &link, error) < 0)
        return false;
    for (int i = 0; i < NETWORK_DIRECTIONS; i++)
        network.paths[i].delay_us = delay_us;
    link_set(link, &network, loop_now_us(loop));
    const struct relay_config config = {
        .loop = loop,
        .ends = {[RELAY_PHONES] = {.interface = outside}, [RELAY_LAB] = {.interface = inside}},
        .buffer_bytes = BUFFER_BYTES,
        .lossless = true,
        .policy = link_frame,
        .policy_context = link,
        .next_us = link_next_us,
        .due = link_due};
    return relay_new(&config, &relay, error) == 0;
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void end(void *context)
{
    loop_stop(context);
}

int main(int argument_count, char **arguments)
{
    struct loop *loop;
    struct error error = {0};
    struct loop_timer limit = {0}; /* a loop wants something to wait for */
    uint64_t delay_us = 0;
    if (argument_count < 4 || argument_count > 5 ||
        (argument_count == 5 && !duration_parse(arguments[4], &delay_us))) {
        fputs("usage: bench-relay uplink|link OUTSIDE INSIDE [DELAY]\n", stderr);
        return 2;
    }
    bool made = loop_new(LOOP_CLOCK_REAL, 1, &loop, &error) == 0 &&
                (strcmp(arguments[1], "uplink") == 0
                     ? carry_uplink(loop, arguments[2], arguments[3], &error)
                     : carry_link(loop, arguments[2], arguments[3], delay_us, &error));
    if (made) {
        loop_timer_set(loop, &limit, LIMIT_US, end, loop);
        puts("ready");
        fflush(stdout);
        if (loop_run(loop, nothing_to_start, NULL, LIMIT_US, &error) == 0)
            return 0;
    }
    fprintf(stderr, "bench-relay: %s\n", error.text);
    return 1; /* what is open ends with the process */
}
