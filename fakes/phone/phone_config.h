/* SPDX-License-Identifier: MIT */
/* What an emulated phone is told when it is made. */
#ifndef RCLAB_FAKES_PHONE_PHONE_CONFIG_H
#define RCLAB_FAKES_PHONE_PHONE_CONFIG_H

#include "fakes/phone/quirks.h"
#include "fakes/phone/variation.h"
#include "harness/base/address.h"
#include "harness/scenario/behaviour.h"
#include "harness/vendor/terms.h"

struct phone_core_config { /* strings and arrays are borrowed for the core's life */
    struct mac mac;
    const char *model;  /* "8841", one of vendor_models */
    const char *serial; /* "FCH0000N001" */
    struct readings readings;
    uint64_t seed;                       /* with the MAC address it decides every random choice */
    const char *edos_scheme, *edos_host; /* "https", "activate.cisco.com" */
    const char *edos_path;               /* "/software/edos/callhome/rc?id=$MAU:$SN:$PN" */
    uint16_t edos_port;
    bool asks_services; /* Open, it looks for SRV records in its domain before it turns to EDOS */
    /* What it has besides its model's defaults when it is new and after each factory reset. */
    const struct parameter *parameters;
    size_t parameter_count;
    const struct phone_quirk *quirk;         /* NULL = sound */
    const struct phone_variation *variation; /* NULL = plain */
};

#endif
