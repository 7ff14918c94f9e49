/* SPDX-License-Identifier: MIT */
/* Asks each device of a lab what a run will ask it, and changes nothing: where it is on the wire,
 * what its page shows, and its switch whether the port is on. No server of the lab is there
 * meanwhile, so a device that has no address gets none. */
#ifndef RCLAB_RACK_RACK_PROBE_H
#define RCLAB_RACK_RACK_PROBE_H

#include "harness/lab_file/lab_file.h"
#include "harness/run/status_page.h"

/* Devices that were not found in the pool may still be heard within so much real time. */
#define RACK_PROBE_LISTEN_US UINT64_C(5000000)

enum rack_probe_answer {
    RACK_PROBE_NOT_ASKED, /* it has no page or no switch port, or no address to be asked at */
    RACK_PROBE_GOOD,
    RACK_PROBE_BAD /* text says why */
};
struct rack_probe_device {
    uint32_t address; /* 0 = it answers at no address of the pool */
    bool heard;       /* it sent a frame; only listened for if it has no address */
    enum rack_probe_answer page, power;
    char customization[STATUS_PAGE_VALUE_MAX]; /* as its page shows it; "" = it shows none */
    bool power_is_on;
    char page_text[ERROR_TEXT_MAX], power_text[ERROR_TEXT_MAX];
};

/* devices: phone_count of them, zeroed. Works in a process of its own, which enters namespaces and
 * ends with this one. Bounded by the limits of device.h. Negative: the lab itself could not be
 * built. */
int rack_probe_run(const struct lab_file *lab, struct rack_probe_device *devices,
                   struct error *error);

#endif
