/* SPDX-License-Identifier: MIT */
/* The macros of profile rules: $PSN, $(MA), $$ … */
#ifndef RCLAB_FAKES_PHONE_MACROS_H
#define RCLAB_FAKES_PHONE_MACROS_H

#include "fakes/phone/models.h"
#include "fakes/phone/parameters.h"
#include "fakes/phone/phone_url.h"
#include "harness/base/address.h"
#include "harness/base/buffer.h"

struct macro_values { /* all borrowed */
    struct mac mac;
    const struct phone_model *model;
    const char *serial;
    uint32_t address;       /* 0: $IP is 0.0.0.0 */
    int provisioning_state; /* $PRVST: -1 asked for, 0 at boot, 1 periodic, 2 after a failure */
    const struct phone_url *last; /* SCHEME SERVIP PORT PATH; NULL = nothing asked yet: empty */
    const char *failure;          /* $ERR */
    bool customized;              /* $ISCUST */
    const struct parameters *parameters; /* GPP_A … GPP_P; NULL = none */
    const char *short_name;              /* $PSN, if it is not the model's; NULL = it is */
};

/* Appends `text` with its macros replaced. A name is the longest run of capitals after `$`, or what
 * $(…) holds; unknown ones stay as they are. */
void macros_expand(const char *text, const struct macro_values *values, struct buffer *buffer);

#endif
