/* SPDX-License-Identifier: MIT */
#include "harness/scenario/estimate.h"
#include "harness/scenario/estimate_device.h"

enum {
    DEVICES_MAX = 64,      /* that are followed; the others do as the last of them */
    ATTEMPTS_MAX = 100000, /* of one step */
};

struct walk {
    struct estimate_world world;
    struct estimate_device devices[DEVICES_MAX];
    size_t device_count;
    uint64_t now_us, silent_since_us; /* DHCP */
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The devices of a step: from *ret_first up to, not with, *ret_end. */
static void devices_of(const struct walk *walk, const struct step *step, size_t *ret_first,
                       size_t *ret_end)
{
    *ret_first = 0;
    *ret_end = walk->device_count;
    if (step->phone == STEP_ALL_PHONES)
        return;
    *ret_first = (size_t)step->phone < DEVICES_MAX ? (size_t)step->phone : DEVICES_MAX - 1;
    *ret_end = *ret_first + 1;
}

/* Time goes by: what is due meanwhile is done. */
static void pass_until(struct walk *walk, uint64_t until_us)
{
    for (size_t i = 0; i < walk->device_count; i++)
        for (unsigned n = 0; walk->devices[i].next_us <= until_us && n < ATTEMPTS_MAX; n++)
            estimate_device_attempt(&walk->world, &walk->devices[i]);
    walk->now_us = later(walk->now_us, until_us);
}

/* Whether the device has what is expected behind it. */
static bool is_met(const struct estimate_device *device, const struct pattern *pattern)
{
    switch (pattern->kind) {
    case PATTERN_STATE:
        return device->reached[pattern->state];
    case PATTERN_PATH:
        return device->reached[pattern->path[pattern->path_count - 1]];
    case PATTERN_REQUEST:
        return device->attempts[pattern->server] >= pattern->count;
    case PATTERN_RETRIES:
        return device->attempts[pattern->server] > pattern->gap_count;
    default:
        return true;
    }
}

/* When it is, attempts from now on included. If none of them leads there, the device does what is
 * not known here: then it is taken to be soon, with all gaps of retries behind it. */
static uint64_t met_us(struct walk *walk, size_t index, const struct pattern *pattern)
{
    struct estimate_device device = walk->devices[index]; /* its future, only to look at */
    uint64_t at_us = later(walk->now_us, device.ready_us);
    for (unsigned n = 0; n < ATTEMPTS_MAX && !is_met(&device, pattern); n++) {
        if (device.next_us == ESTIMATE_NEVER) {
            for (size_t i = 0; pattern->kind == PATTERN_RETRIES && i < pattern->gap_count; i++)
                at_us += pattern->gaps_us[i];
            return at_us + walk->world.costs->expect_us;
        }
        at_us = later(at_us, device.next_us);
        estimate_device_attempt(&walk->world, &device);
    }
    return at_us + walk->world.costs->expect_us;
}

static void expect(struct walk *walk, const struct step *step)
{
    size_t first, end;
    uint64_t until_us = walk->now_us + step->after_us, begin_us = walk->now_us;
    devices_of(walk, step, &first, &end);
    for (size_t i = first; i < end; i++)
        until_us = later(until_us, met_us(walk, i, &step->pattern));
    uint64_t limit_us = ESTIMATE_NEVER, patience_us = walk->world.costs->patience_us;
    if (step->within_us)
        limit_us = begin_us + step->within_us;
    else if (patience_us > 0 && step->pattern.kind != PATTERN_RETRIES)
        limit_us = begin_us + step->after_us + patience_us;
    pass_until(walk, until_us > limit_us ? limit_us : until_us);
}

static void change_dhcp(struct walk *walk, const struct scenario_dhcp *dhcp)
{
    bool was_silent = walk->world.dhcp->answer == DHCP_ANSWER_NEVER;
    bool is_silent = dhcp->answer == DHCP_ANSWER_NEVER;
    uint64_t lease_us = walk->world.dhcp->lease_us;
    walk->world.dhcp = dhcp;
    if (is_silent && !was_silent)
        walk->silent_since_us = walk->now_us;
    if (is_silent || !was_silent)
        return;
    bool lost = walk->now_us - walk->silent_since_us > lease_us;
    for (size_t i = 0; i < walk->device_count; i++)
        if (lost || walk->devices[i].without_address)
            estimate_device_address(&walk->world, &walk->devices[i], walk->now_us);
}

static void change_server(struct walk *walk, const struct step *step)
{
    enum scenario_server server = step->kind == STEP_EDOS ? SERVER_EDOS : SERVER_PROVISION;
    walk->world.servers[server] = step->behaviours;
    for (size_t i = 0; i < walk->device_count; i++)
        walk->devices[i].positions[server] = (struct estimate_position){0};
}

static void act(struct walk *walk, const struct step *step)
{
    size_t first, end;
    devices_of(walk, step, &first, &end);
    for (size_t i = first; i < end; i++) {
        struct estimate_device *device = &walk->devices[i];
        if (step->kind == STEP_CONFIGURE)
            estimate_device_configure(device, step);
        else if (step->kind == STEP_POWER_OFF)
            estimate_device_power_off(device);
        else
            estimate_device_boot(&walk->world, device, walk->now_us,
                                 step->kind == STEP_FACTORY_RESET);
    }
}

static void take_step(struct walk *walk, const struct step *step)
{
    switch (step->kind) {
    case STEP_FACTORY_RESET:
    case STEP_REBOOT:
    case STEP_POWER_OFF:
    case STEP_POWER_ON:
    case STEP_CONFIGURE:
        act(walk, step);
        break;
    case STEP_WAIT:
    case STEP_NEVER:
    case STEP_STAYS:
        pass_until(walk, walk->now_us + step->duration_us);
        break;
    case STEP_DHCP:
        change_dhcp(walk, step->dhcp);
        break;
    case STEP_DNS:
        walk->world.dns = step->dns;
        break;
    case STEP_EDOS:
    case STEP_PROVISION:
        change_server(walk, step);
        break;
    case STEP_EXPECT:
        expect(walk, step);
        break;
    }
}

uint64_t scenario_estimate_us(const struct scenario *scenario, const struct estimate_costs *costs)
{
    struct walk walk = {
        .world = {
            .scenario = scenario,
            .costs = costs,
            .dhcp = &scenario->dhcp,
            .dns = &scenario->dns,
            .servers = {[SERVER_EDOS] = scenario->edos, [SERVER_PROVISION] = scenario->provision}}};
    walk.device_count = scenario->phone_count < DEVICES_MAX ? scenario->phone_count : DEVICES_MAX;
    for (size_t i = 0; i < walk.device_count; i++)
        walk.devices[i].next_us = ESTIMATE_NEVER;
    for (size_t i = 0; i < scenario->step_count; i++)
        take_step(&walk, &scenario->steps[i]);
    return walk.now_us;
}
