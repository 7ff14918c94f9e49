/* SPDX-License-Identifier: MIT */
#include "harness/scenario/estimate_device.h"
#include "harness/base/duration.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define EDOS_DELAY_FIRST_US DURATION_M
#define EDOS_DELAY_MAX_US DURATION_DAY
#define RESYNC_PARAMETER "Resync_Error_Retry_Delay"
#define RESYNC_USUAL "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400"
enum { REDIRECTS_MAX = 5, RESYNC_BASE = 10 };

static void enter(struct estimate_device *device, enum customization_state state)
{
    device->state = state;
    device->reached[state] = true;
}

static void finish(struct estimate_device *device, enum customization_state state)
{
    enter(device, state);
    device->next_us = ESTIMATE_NEVER;
}

static bool is_pending(const struct estimate_device *device)
{
    return device->state == STATE_OPEN || device->state == STATE_PENDING;
}

static bool is_on_the_way(const struct estimate_device *device)
{
    return is_pending(device) || device->state == STATE_CUSTOM_PENDING;
}

/* The first attempt of a boot, once there is an address. */
static void begin(const struct estimate_world *world, struct estimate_device *device,
                  uint64_t now_us)
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
static const struct behaviour *take(const struct behaviour_list *list,
                                    struct estimate_position *position)
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
static const struct behaviour *follow(const struct behaviour_list *list,
                                      struct estimate_position *position)
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
static bool is_configured(const struct estimate_world *world, struct estimate_device *device)
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

void estimate_device_boot(const struct estimate_world *world, struct estimate_device *device,
                          uint64_t now_us, bool factory_reset)
{
    const struct readings *readings = &world->scenario->readings;
    if (factory_reset) {
        *device = (struct estimate_device){0};
        enter(device, STATE_OPEN);
    }
    device->off = false;
    device->ready_us = now_us + world->costs->boot_us;
    device->next_us = ESTIMATE_NEVER;
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

void estimate_device_power_off(struct estimate_device *device)
{
    device->off = true;
    device->next_us = ESTIMATE_NEVER;
}

static bool stops(const char *name)
{
    if (strncmp(name, "Profile_Rule", strlen("Profile_Rule")) == 0)
        return true;
    return strncmp(name, "Proxy_", strlen("Proxy_")) == 0 &&
           isdigit((unsigned char)name[strlen("Proxy_")]);
}

void estimate_device_configure(struct estimate_device *device, const struct step *step)
{
    for (size_t i = 0; i < step->set_count && is_on_the_way(device); i++)
        if (stops(step->set[i].name))
            finish(device, STATE_ABORTED);
}

void estimate_device_address(const struct estimate_world *world, struct estimate_device *device,
                             uint64_t now_us)
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

static void take_profile(struct estimate_device *device, const struct behaviour *profile)
{
    device->resync = RESYNC_USUAL;
    for (size_t i = 0; i < profile->parameter_count; i++)
        if (strcmp(profile->parameters[i].name, RESYNC_PARAMETER) == 0)
            device->resync = profile->parameters[i].value;
}

/* The delay of the list after so many failures; its last one for ever. */
static uint64_t resync_delay_us(const struct estimate_device *device)
{
    const char *text = device->resync ? device->resync : RESYNC_USUAL;
    for (size_t i = 0; i < device->failures; i++) {
        const char *comma = strchr(text, ',');
        if (!comma)
            break;
        text = comma + 1;
    }
    uint64_t seconds = strtoul(text, NULL, RESYNC_BASE);
    if (seconds == 0 || seconds > EDOS_DELAY_MAX_US / DURATION_S)
        return EDOS_DELAY_MAX_US;
    return seconds * DURATION_S;
}

static void fail_edos(struct estimate_device *device, uint64_t at_us)
{
    device->next_us = at_us + device->delay_us;
    device->delay_us *= 2;
    if (device->delay_us > EDOS_DELAY_MAX_US)
        device->delay_us = EDOS_DELAY_MAX_US;
}

/* EDOS cannot be reached: when the device knows. */
static bool is_unreachable(const struct estimate_world *world, uint64_t *at_us)
{
    if (world->dns->answer == DNS_ANSWER_NEVER)
        *at_us += world->costs->silence_us;
    return world->dns->answer != DNS_ANSWER_NORMAL;
}

static void ask_edos(const struct estimate_world *world, struct estimate_device *device)
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

static void ask_provision(const struct estimate_world *world, struct estimate_device *device)
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

void estimate_device_attempt(const struct estimate_world *world, struct estimate_device *device)
{
    enum scenario_server server = is_pending(device) ? SERVER_EDOS : SERVER_PROVISION;
    device->attempts[server]++;
    if (server == SERVER_EDOS)
        ask_edos(world, device);
    else
        ask_provision(world, device);
}
