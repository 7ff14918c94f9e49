/* SPDX-License-Identifier: MIT */
#include "harness/rack/estimate.h"
#include "harness/base/duration.h"
#include "harness/vendor/vendor.h"
#include <stdlib.h>
#include <string.h>

#define EDOS_DELAY_FIRST_US DURATION_M
#define EDOS_DELAY_MAX_US DURATION_DAY
enum {
    REDIRECTS_MAX = 5,
    DEVICES_MAX = 64,      /* that are followed; the others do as the last of them */
    ATTEMPTS_MAX = 100000, /* of one step */
};

/* --- a device that does as the rules say: when it has its next attempt behind it, in rough --- */

#define NEVER_US UINT64_MAX

struct world { /* what the servers do now */
    const struct scenario *scenario;
    const struct estimate_costs *costs;
    const struct scenario_dhcp *dhcp;
    const struct scenario_dns *dns;
    struct behaviour_list servers[2]; /* by enum scenario_server */
};
struct position { /* in a list of behaviours */
    size_t item;
    unsigned used;
};
struct estimated {
    uint64_t ready_us;    /* its boot is over */
    uint64_t next_us;     /* its next attempt; NEVER_US = there is none */
    uint64_t delay_us;    /* to EDOS, after the next failure */
    size_t failures;      /* of the provisioning server since it was first asked */
    const char *resync;   /* delays that the profile gives; NULL = the usual ones */
    unsigned attempts[2]; /* since the boot, by server */
    enum customization_state state;
    bool reached[STATE_COUNT]; /* since the factory reset */
    bool off, without_address;
    struct position positions[2];
};

static void enter(struct estimated *device, enum customization_state state)
{
    device->state = state;
    device->reached[state] = true;
}

static void finish(struct estimated *device, enum customization_state state)
{
    enter(device, state);
    device->next_us = NEVER_US;
}

static bool is_pending(const struct estimated *device)
{
    return device->state == STATE_OPEN || device->state == STATE_PENDING;
}

static bool is_on_the_way(const struct estimated *device)
{
    return is_pending(device) || device->state == STATE_CUSTOM_PENDING;
}

/* The first attempt of a boot, once there is an address. */
static void begin(const struct world *world, struct estimated *device, uint64_t now_us)
{
    device->next_us = now_us;
    if (world->dhcp->answer == DHCP_ANSWER_DELAY)
        device->next_us += world->dhcp->answer_delay_us;
    if (device->state != STATE_PENDING ||
        world->scenario->readings.pending_boot != PENDING_BOOT_WAIT_FIRST)
        return;
    device->next_us += device->delay_us; /* it is the first of the delays */
    device->delay_us *= 2;
}

/* What the server does with this attempt; the last of a list for ever. */
static const struct behaviour *take(const struct behaviour_list *list, struct position *position)
{
    const struct behaviour *behaviour = &list->items[position->item];
    if (++position->used >= behaviour->times && position->item + 1 < list->count) {
        position->item++;
        position->used = 0;
    }
    return behaviour;
}

static bool is_redirect(const struct behaviour *behaviour)
{
    return behaviour->kind == BEHAVIOUR_STATUS && behaviour->redirect &&
           (behaviour->status == 301 || behaviour->status == 302);
}

/* The same with redirects followed; the last one, if they never end. */
static const struct behaviour *follow(const struct behaviour_list *list, struct position *position)
{
    const struct behaviour *behaviour = take(list, position);
    for (unsigned hops = 0; is_redirect(behaviour) && hops < REDIRECTS_MAX; hops++)
        behaviour = take(list, position);
    return behaviour;
}

static bool holds(const struct behaviour *behaviour, const char *text)
{
    return memmem(behaviour->body, behaviour->body_length, text, strlen(text)) != NULL;
}

/* Who writes such a fault means a server that is asked by TLS. */
static bool no_handshake(const struct behaviour *behaviour)
{
    return behaviour->tls != BEHAVIOUR_TLS_GOOD &&
           behaviour->tls != BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE;
}

/* Whether it is a profile or a configuration, whole. */
static bool is_answer(const struct behaviour *behaviour)
{
    if (no_handshake(behaviour) || behaviour->truncate_bytes != BEHAVIOUR_TRUNCATE_NONE)
        return false;
    if (behaviour->kind == BEHAVIOUR_STATUS)
        return behaviour->status == 200 && behaviour->body_length > 0 &&
               (holds(behaviour, "</flat-profile>") || holds(behaviour, "</device>"));
    return behaviour->kind == BEHAVIOUR_PROFILE || behaviour->kind == BEHAVIOUR_CONFIG;
}

static bool is_empty(const struct behaviour *behaviour)
{
    if (no_handshake(behaviour))
        return false;
    return behaviour->kind == BEHAVIOUR_EMPTY ||
           (behaviour->kind == BEHAVIOUR_STATUS && behaviour->status == 200 &&
            behaviour->body_length == 0);
}

/* Whether the options that DHCP offers configure it, as far as one download of theirs tells. */
static bool is_configured(const struct world *world, struct estimated *device)
{
    const struct readings *readings = &world->scenario->readings;
    if (world->dhcp->offer_count == 0 || device->without_address)
        return false;
    if (device->state != STATE_OPEN &&
        readings->options_while_pending == OPTIONS_WHILE_PENDING_IGNORE)
        return false;
    const struct behaviour *behaviour =
        follow(&world->servers[SERVER_PROVISION], &device->positions[SERVER_PROVISION]);
    device->attempts[SERVER_PROVISION]++;
    if (behaviour->kind == BEHAVIOUR_HANG)
        device->ready_us += world->costs->silence_us;
    return is_answer(behaviour) || readings->dhcp_abort == DHCP_ABORT_OFFERED;
}

static void boot(const struct world *world, struct estimated *device, uint64_t now_us,
                 bool factory_reset)
{
    const struct readings *readings = &world->scenario->readings;
    if (factory_reset) {
        *device = (struct estimated){0};
        enter(device, STATE_OPEN);
    }
    device->off = false;
    device->ready_us = now_us + world->costs->boot_us;
    device->next_us = NEVER_US;
    device->delay_us = EDOS_DELAY_FIRST_US;
    device->failures = 0;
    memset(device->attempts, 0, sizeof device->attempts);
    device->without_address = world->dhcp->answer == DHCP_ANSWER_NEVER;
    if (device->state == STATE_CUSTOM_PENDING &&
        readings->custom_pending_boot == CUSTOM_PENDING_BOOT_EDOS)
        enter(device, STATE_PENDING);
    if (!is_on_the_way(device))
        return;
    if (is_configured(world, device))
        finish(device, STATE_ABORTED);
    else if (!device->without_address)
        begin(world, device, device->ready_us);
}

static void power_off(struct estimated *device)
{
    device->off = true;
    device->next_us = NEVER_US;
}

static void configure(struct estimated *device, const struct step *step)
{
    for (size_t i = 0; i < step->set_count && is_on_the_way(device); i++)
        if (vendor_parameter_aborts(vendor_default(), step->set[i].name))
            finish(device, STATE_ABORTED);
}

static void get_address(const struct world *world, struct estimated *device, uint64_t now_us)
{
    uint64_t at_us = now_us + world->costs->expect_us;
    if (device->off || !is_on_the_way(device))
        return;
    if (device->without_address)
        begin(world, device, at_us < device->ready_us ? device->ready_us : at_us);
    else if (device->next_us > at_us)
        device->next_us = at_us;
    device->without_address = false;
}

static const struct vendor_parameter *pace(void)
{
    return vendor_parameter_of(vendor_default(), VENDOR_PARAMETER_PACES);
}

static void take_profile(struct estimated *device, const struct behaviour *profile)
{
    device->resync = pace()->value;
    for (size_t i = 0; i < profile->parameter_count; i++)
        if (strcmp(profile->parameters[i].name, pace()->name) == 0)
            device->resync = profile->parameters[i].value;
}

/* The delay of the list after so many failures; its last one for ever. */
static uint64_t resync_delay_us(const struct estimated *device)
{
    const char *list = device->resync ? device->resync : pace()->value;
    uint64_t low_s, high_s;
    if (!vendor_retry_delay(list, device->failures, &low_s, &high_s) || low_s == 0 ||
        low_s > EDOS_DELAY_MAX_US / DURATION_S)
        return EDOS_DELAY_MAX_US;
    return low_s * DURATION_S;
}

static void fail_edos(struct estimated *device, uint64_t at_us)
{
    device->next_us = at_us + device->delay_us;
    device->delay_us *= 2;
    if (device->delay_us > EDOS_DELAY_MAX_US)
        device->delay_us = EDOS_DELAY_MAX_US;
}

/* EDOS cannot be reached: when the device knows. */
static bool is_unreachable(const struct world *world, uint64_t *at_us)
{
    if (world->dns->answer == DNS_ANSWER_NEVER)
        *at_us += world->costs->silence_us;
    return world->dns->answer != DNS_ANSWER_NORMAL;
}

static void ask_edos(const struct world *world, struct estimated *device)
{
    uint64_t at_us = device->next_us;
    enter(device, STATE_PENDING);
    if (is_unreachable(world, &at_us)) {
        fail_edos(device, at_us);
        return;
    }
    const struct behaviour *behaviour =
        follow(&world->servers[SERVER_EDOS], &device->positions[SERVER_EDOS]);
    at_us +=
        behaviour->delay_us + (behaviour->kind == BEHAVIOUR_HANG ? world->costs->silence_us : 0);
    if (is_empty(behaviour)) {
        finish(device, STATE_UNAVAILABLE);
    } else if (is_answer(behaviour)) {
        take_profile(device, behaviour);
        enter(device, STATE_CUSTOM_PENDING);
        device->next_us = at_us;
    } else {
        fail_edos(device, at_us);
    }
}

static void ask_provision(const struct world *world, struct estimated *device)
{
    const struct behaviour *behaviour =
        follow(&world->servers[SERVER_PROVISION], &device->positions[SERVER_PROVISION]);
    uint64_t at_us = device->next_us + behaviour->delay_us +
                     (behaviour->kind == BEHAVIOUR_HANG ? world->costs->silence_us : 0);
    if (is_answer(behaviour)) {
        finish(device, STATE_ACQUIRED);
    } else {
        device->next_us = at_us + resync_delay_us(device);
        device->failures++;
    }
}

static void attempt(const struct world *world, struct estimated *device)
{
    enum scenario_server server = is_pending(device) ? SERVER_EDOS : SERVER_PROVISION;
    device->attempts[server]++;
    if (server == SERVER_EDOS)
        ask_edos(world, device);
    else
        ask_provision(world, device);
}

/* --- the scenario's steps --- */

struct walk {
    struct world world;
    struct estimated devices[DEVICES_MAX];
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
            attempt(&walk->world, &walk->devices[i]);
    walk->now_us = later(walk->now_us, until_us);
}

/* Whether the device has what is expected behind it. */
static bool is_met(const struct estimated *device, const struct pattern *pattern)
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
    struct estimated device = walk->devices[index]; /* its future, only to look at */
    uint64_t at_us = later(walk->now_us, device.ready_us);
    for (unsigned n = 0; n < ATTEMPTS_MAX && !is_met(&device, pattern); n++) {
        if (device.next_us == NEVER_US) {
            for (size_t i = 0; pattern->kind == PATTERN_RETRIES && i < pattern->gap_count; i++)
                at_us += pattern->gaps_us[i];
            return at_us + walk->world.costs->expect_us;
        }
        at_us = later(at_us, device.next_us);
        attempt(&walk->world, &device);
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
    uint64_t limit_us = NEVER_US, patience_us = walk->world.costs->patience_us;
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
            get_address(&walk->world, &walk->devices[i], walk->now_us);
}

static void change_server(struct walk *walk, const struct step *step)
{
    enum scenario_server server = step->kind == STEP_EDOS ? SERVER_EDOS : SERVER_PROVISION;
    walk->world.servers[server] = step->behaviours;
    for (size_t i = 0; i < walk->device_count; i++)
        walk->devices[i].positions[server] = (struct position){0};
}

static void act(struct walk *walk, const struct step *step)
{
    size_t first, end;
    devices_of(walk, step, &first, &end);
    for (size_t i = first; i < end; i++) {
        struct estimated *device = &walk->devices[i];
        if (step->kind == STEP_CONFIGURE)
            configure(device, step);
        else if (step->kind == STEP_POWER_OFF)
            power_off(device);
        else
            boot(&walk->world, device, walk->now_us, step->kind == STEP_FACTORY_RESET);
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
    case STEP_NETWORK:
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

uint64_t estimate_scenario_us(const struct scenario *scenario, const struct estimate_costs *costs)
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
        walk.devices[i].next_us = NEVER_US;
    for (size_t i = 0; i < scenario->step_count; i++)
        take_step(&walk, &scenario->steps[i]);
    return walk.now_us;
}
