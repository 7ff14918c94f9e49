/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_probe.h"
#include "harness/device/device.h"
#include "harness/rack/rack_site.h"
#include "harness/run/worker.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Each action has a limit of its own, which is less. */
#define STALL_REAL_US (2 * (DEVICE_PAGE_MAX_US + DEVICE_SNMP_MAX_US))

struct slot {
    struct probe *probe;
    struct device *device;
    struct rack_probe_device *found;
    bool busy;
};
struct probe {
    const struct lab_file *lab;
    struct mac *macs;
    uint32_t *addresses;
    struct slot *slots;
    struct rack_wire wire;
    struct site_plan plan;
    struct site *site; /* nothing is served on it */
    struct loop_timer listening;
};

/* --- the questions -------------------------------------------------------------------------- */

static void keep_text(const struct slot *slot, const struct error *error, char text[ERROR_TEXT_MAX])
{
    /* The device begins with its name, and so does whoever shows this. */
    const char *name = slot->device ? slot->probe->lab->phones[slot - slot->probe->slots].name : "";
    size_t length = strlen(name);
    bool named = length > 0 && strncmp(error->text, name, length) == 0 &&
                 strncmp(error->text + length, ": ", 2) == 0;
    snprintf(text, ERROR_TEXT_MAX, "%s", error->text + (named ? length + 2 : 0));
}

static void stop_if_done(struct probe *probe)
{
    bool listens = loop_timer_is_set(&probe->listening), silent = false;
    for (size_t i = 0; i < probe->lab->phone_count; i++) {
        if (probe->slots[i].busy)
            return;
        silent = silent || (probe->addresses[i] == 0 && !probe->slots[i].found->heard);
    }
    if (!listens || !silent)
        loop_stop(probe->site->loop);
}

static void power_answered(void *context, const struct device_result *result)
{
    struct slot *slot = context;
    slot->found->power = result->code < 0 ? RACK_PROBE_BAD : RACK_PROBE_GOOD;
    slot->found->power_is_on = result->power_is_on;
    if (result->code < 0)
        keep_text(slot, result->error, slot->found->power_text);
    slot->busy = false;
    stop_if_done(slot->probe);
}

static void ask_power(struct slot *slot)
{
    struct error error;
    const struct lab_phone *phone = &slot->probe->lab->phones[slot - slot->probe->slots];
    slot->busy = false;
    if (device_way(phone, DEVICE_PROBE_POWER) == LAB_DRIVER_NONE)
        return;
    slot->busy =
        device_act(slot->device, DEVICE_PROBE_POWER, 0, NULL, power_answered, slot, &error) == 0;
    if (slot->busy)
        return;
    slot->found->power = RACK_PROBE_BAD;
    keep_text(slot, &error, slot->found->power_text);
}

static void page_answered(void *context, const struct device_result *result)
{
    struct slot *slot = context;
    struct rack_probe_device *found = slot->found;
    found->page = result->code < 0 ? RACK_PROBE_BAD : RACK_PROBE_GOOD;
    if (result->code < 0)
        keep_text(slot, result->error, found->page_text);
    else if (!status_page_value(result->body, result->body_length,
                                vendor_default()->page.state_label, found->customization))
        found->customization[0] = '\0';
    ask_power(slot);
    stop_if_done(slot->probe);
}

static void ask(struct slot *slot)
{
    struct error error;
    size_t number = (size_t)(slot - slot->probe->slots);
    const struct lab_phone *phone = &slot->probe->lab->phones[number];
    uint32_t address = slot->probe->addresses[number];
    slot->found->address = address;
    if (address != 0 && device_way(phone, DEVICE_STATUS) != LAB_DRIVER_NONE) {
        slot->busy = device_act(slot->device, DEVICE_STATUS, address, NULL, page_answered, slot,
                                &error) == 0;
        if (slot->busy)
            return;
        slot->found->page = RACK_PROBE_BAD;
        keep_text(slot, &error, slot->found->page_text);
    }
    ask_power(slot);
}

/* --- listening ------------------------------------------------------------------------------ */

static void heard(void *context, const uint8_t *bytes, size_t length)
{
    struct probe *probe = context;
    presence_frame(probe->site->presence, bytes, length);
    for (size_t i = 0; i < probe->lab->phone_count; i++) {
        if (probe->addresses[i] == 0 && presence_heard_us(probe->site->presence, i) != 0)
            probe->slots[i].found->heard = true;
    }
    stop_if_done(probe);
}

static void heard_enough(void *context)
{
    stop_if_done(context);
}

static bool quiet(void *context)
{
    (void)context;
    return false;
}

/* --- beginning and end ---------------------------------------------------------------------- */

static int build(struct probe *probe, struct error *error)
{
    const struct lab_file *lab = probe->lab;
    int result = rack_wire_take(lab, probe->macs, probe->addresses, &probe->wire, error);
    probe->plan.uplink_fd = probe->wire.uplink_fd;
    if (result == 0)
        result = site_new(&probe->plan, &probe->site, error);
    for (size_t i = 0; result == 0 && i < lab->phone_count; i++) {
        probe->site->phones[i].address = probe->addresses[i];
        result = device_new(
            &(const struct device_config){.loop = probe->site->loop,
                                          .fetcher = probe->site->fetcher,
                                          .outside_netns_fd = probe->wire.outside_netns_fd,
                                          .directory = lab->directory,
                                          .phone = &lab->phones[i]},
            &probe->slots[i].device, error);
    }
    return result;
}

static int carry_out(struct probe *probe, struct error *error)
{
    bool busy = false, silent = false;
    uplink_watch(probe->site->uplink, heard, probe);
    for (size_t i = 0; i < probe->lab->phone_count; i++) {
        ask(&probe->slots[i]);
        busy = busy || probe->slots[i].busy;
        silent = silent || probe->addresses[i] == 0;
    }
    if (silent)
        loop_timer_set(probe->site->loop, &probe->listening,
                       loop_now_us(probe->site->loop) + RACK_PROBE_LISTEN_US, heard_enough, probe);
    return busy || silent ? loop_run(probe->site->loop, quiet, probe, STALL_REAL_US, error) : 0;
}

static void done(struct probe *probe)
{
    loop_timer_cancel(&probe->listening);
    for (size_t i = 0; probe->slots && i < probe->lab->phone_count; i++)
        device_free(probe->slots[i].device);
    site_free(probe->site);
    rack_wire_close(&probe->wire);
    free(probe->slots);
    free(probe->addresses);
    free(probe->macs);
}

static int run(const struct lab_file *lab, struct rack_probe_device *devices, struct error *error)
{
    struct probe probe = {.lab = lab, .wire = RACK_WIRE_NONE};
    size_t room = lab->phone_count + 1;
    probe.macs = calloc(room, sizeof *probe.macs);
    probe.addresses = calloc(room, sizeof *probe.addresses);
    probe.slots = calloc(room, sizeof *probe.slots);
    int result = 0;
    if (!probe.macs || !probe.addresses || !probe.slots)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; result == 0 && i < lab->phone_count; i++)
        probe.slots[i] = (struct slot){.probe = &probe, .found = &devices[i]};
    if (result == 0) {
        probe.plan = rack_site_plan(lab, NULL, probe.macs);
        probe.plan.time_scale = 1;
        result = build(&probe, error);
    }
    if (result == 0)
        result = carry_out(&probe, error);
    done(&probe);
    return result;
}

/* --- in a process of its own, since it changes namespaces ----------------------------------- */

struct shared {
    const struct lab_file *lab;
    bool ended;
    int code;
    struct error error;
    struct rack_probe_device devices[];
};

static void work(void *context)
{
    struct shared *shared = context;
    shared->code = run(shared->lab, shared->devices, &shared->error);
    shared->ended = true;
}

int rack_probe_run(const struct lab_file *lab, struct rack_probe_device *devices,
                   struct error *error)
{
    size_t found_bytes = lab->phone_count * sizeof *devices;
    size_t bytes = sizeof(struct shared) + found_bytes;
    struct worker worker;
    char ignored[WORKER_TEXT_MAX];
    struct shared *shared =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return error_set(error, ERROR_MEMORY, "out of memory");
    shared->lab = lab;
    int result = worker_start(&worker, work, shared, error);
    if (result == 0) {
        worker_collect(&worker, "", ignored);
        result = shared->code;
        if (!shared->ended)
            result = error_set(error, ERROR_FAILED,
                               "the process that asks them did not come to its end");
        else if (result < 0)
            result = error_set(error, result, "%s", shared->error.text);
        else if (found_bytes > 0)
            memcpy(devices, shared->devices, found_bytes);
    }
    munmap(shared, bytes);
    return result;
}
