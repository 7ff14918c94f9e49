/* SPDX-License-Identifier: MIT */
/* What the options of `rclab phone` say. */
#ifndef RCLAB_COMMAND_PHONE_SETTINGS_H
#define RCLAB_COMMAND_PHONE_SETTINGS_H

#include "fakes/phone/models.h"
#include "fakes/phone/quirks.h"
#include "fakes/phone/variation.h"
#include "harness/base/address.h"
#include "harness/command/command.h"
#include "harness/command/secret.h"
#include "harness/scenario/behaviour.h"
#include "harness/vendor/terms.h"

enum {
    PHONE_SETTINGS_PARAMETERS_MAX = 64,
    PHONE_TIME_SCALE_MAX = 1000,
    PHONE_SERIAL_MAX = 33, /* with its NUL */
};

struct phone_settings {
    const char *interface, *control, *log, *tell; /* NULL = not given */
    bool has_mac;
    struct mac mac;
    const char *model;
    char serial[PHONE_SERIAL_MAX]; /* "" = after the MAC address */
    double time_scale;
    uint64_t seed;
    const struct phone_quirk *quirk; /* NULL = sound */
    bool has_variation;
    struct phone_variation variation;
    char password[SECRET_BYTES_MAX];
    const char *ca_file, *certificate_file;
    int certificate_fd; /* of that file; -1 = it has none */
    const char *edos_scheme, *edos_host, *edos_path;
    uint16_t edos_port;
    struct parameter parameters[PHONE_SETTINGS_PARAMETERS_MAX]; /* names are owned */
    size_t parameter_count;
    struct readings readings;
    bool off;
};

/* 0, or the exit code + 1. phone_settings_done is to be called in any case. */
int phone_settings_take(const struct command *command, int argument_count, char **arguments,
                        struct phone_settings *ret_settings);
void phone_settings_done(struct phone_settings *settings); /* the password is wiped */

#endif
