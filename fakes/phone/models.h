/* SPDX-License-Identifier: MIT */
/* What differs between phone models, as data: every one of vendor_models() has one here. */
#ifndef RCLAB_FAKES_PHONE_MODELS_H
#define RCLAB_FAKES_PHONE_MODELS_H

#include <stddef.h>

struct phone_model {
    const char *name;             /* "8841" */
    const char *family;           /* "8800" */
    const char *product_name;     /* "CP-8841-3PCC": $PN, DHCP option 60 */
    const char *short_name;       /* "8841-3PCC": $PSN */
    const char *software_version; /* "sip88xx.12-0-7MPP0001-10": $SWVER */
    const char *hardware_version; /* $HWVER */
};
extern const struct phone_model phone_model_data[];
extern const size_t phone_model_data_count;
const struct phone_model *phone_model_find(const char *name); /* NULL = unknown */

#endif
