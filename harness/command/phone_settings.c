/* SPDX-License-Identifier: MIT */
#include "harness/command/phone_settings.h"
#include "harness/base/suggest.h"
#include "harness/command/quirk_option.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HTTP_PORT = 80, HTTPS_PORT = 443, PORT_MAX = 65535 };

enum {
    OPTION_MAC = OPTION_FIRST_OWN,
    OPTION_MODEL,
    OPTION_SERIAL,
    OPTION_TIME_SCALE,
    OPTION_SEED,
    OPTION_QUIRK,
    OPTION_VARIATION,
    OPTION_PASSWORD,
    OPTION_CA,
    OPTION_CERTIFICATE,
    OPTION_EDOS_SCHEME,
    OPTION_EDOS_HOST,
    OPTION_EDOS_PORT,
    OPTION_EDOS_PATH,
    OPTION_SET,
    OPTION_READING,
    OPTION_OFF,
    OPTION_LOG,
    OPTION_CONTROL,
    OPTION_TELL
};

static const struct option options[] = {
    {"interface", required_argument, NULL, 'i'},
    {"mac", required_argument, NULL, OPTION_MAC},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"serial", required_argument, NULL, OPTION_SERIAL},
    {"time-scale", required_argument, NULL, OPTION_TIME_SCALE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"quirk", required_argument, NULL, OPTION_QUIRK},
    {"variation", required_argument, NULL, OPTION_VARIATION},
    {"password", required_argument, NULL, OPTION_PASSWORD},
    {"ca", required_argument, NULL, OPTION_CA},
    {"certificate", required_argument, NULL, OPTION_CERTIFICATE},
    {"edos-scheme", required_argument, NULL, OPTION_EDOS_SCHEME},
    {"edos-host", required_argument, NULL, OPTION_EDOS_HOST},
    {"edos-port", required_argument, NULL, OPTION_EDOS_PORT},
    {"edos-path", required_argument, NULL, OPTION_EDOS_PATH},
    {"set", required_argument, NULL, OPTION_SET},
    {"reading", required_argument, NULL, OPTION_READING},
    {"off", no_argument, NULL, OPTION_OFF},
    {"log", required_argument, NULL, OPTION_LOG},
    {"control", required_argument, NULL, OPTION_CONTROL},
    {"tell", required_argument, NULL, OPTION_TELL},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* --- single options: each 0, or the exit code + 1 ------------------------------------------------
 */

static int take_model(const struct command *self, struct phone_settings *settings)
{
    settings->model = optarg;
    if (phone_model_find(optarg))
        return 0;
    fprintf(stderr, "rclab %s: --model: unknown phone model '%s'; known:", self->name, optarg);
    for (size_t i = 0; i < phone_model_data_count; i++)
        fprintf(stderr, " %s", phone_model_data[i].name);
    fputs("\n", stderr);
    return 1 + EXIT_CODE_USAGE;
}

static int take_serial(const struct command *self, struct phone_settings *settings)
{
    size_t length = 0;
    while (isalnum((unsigned char)optarg[length]))
        length++;
    if (length == 0 || length >= PHONE_SERIAL_MAX || optarg[length] != '\0')
        return 1 + command_usage_error(self, "--serial: '%s' is not 1 to %d letters and digits",
                                       optarg, PHONE_SERIAL_MAX - 1);
    memcpy(settings->serial, optarg, length + 1);
    return 0;
}

static int take_time_scale(const struct command *self, struct phone_settings *settings)
{
    char *end;
    double scale = strtod(optarg, &end);
    if (!isdigit((unsigned char)*optarg) || *end || strpbrk(optarg, "xXeEpP") || scale < 1 ||
        scale > PHONE_TIME_SCALE_MAX)
        return 1 + command_usage_error(self, "--time-scale: '%s' is no number from 1 to %d", optarg,
                                       PHONE_TIME_SCALE_MAX);
    settings->time_scale = scale;
    return 0;
}

static int take_password(const struct command *self, struct phone_settings *settings)
{
    struct error error;
    if (secret_read(optarg, settings->password, &error) < 0)
        return 1 + command_usage_error(self, "--password: %s", error.text);
    return 0;
}

static int take_edos(const struct command *self, struct phone_settings *settings, int option)
{
    static const char *const schemes[] = {"https", "http"};
    uint64_t port = 0;
    int choice = 0;
    switch (option) {
    case OPTION_EDOS_SCHEME:
        if (!command_choose(optarg, schemes, 2, &choice))
            return 1 + command_usage_error(self, "--edos-scheme: '%s' is neither https nor http",
                                           optarg);
        settings->edos_scheme = schemes[choice];
        return 0;
    case OPTION_EDOS_PORT:
        if (!command_number(optarg, 1, PORT_MAX, &port))
            return 1 + command_usage_error(self, "--edos-port: '%s' is no number from 1 to %d",
                                           optarg, PORT_MAX);
        settings->edos_port = (uint16_t)port;
        return 0;
    case OPTION_EDOS_HOST:
        if (*optarg == '\0' || strpbrk(optarg, "/:?# \t"))
            return 1 + command_usage_error(self, "--edos-host: '%s' is no host name", optarg);
        settings->edos_host = optarg;
        return 0;
    default:
        if (*optarg != '/')
            return 1 + command_usage_error(self, "--edos-path: '%s' does not begin with /", optarg);
        settings->edos_path = optarg;
        return 0;
    }
}

static int take_parameter(const struct command *self, struct phone_settings *settings)
{
    const char *equals = strchr(optarg, '=');
    if (!equals || equals == optarg)
        return 1 + command_usage_error(self, "--set: '%s' is not PARAMETER=VALUE", optarg);
    if (settings->parameter_count == PHONE_SETTINGS_PARAMETERS_MAX)
        return 1 + command_usage_error(self, "--set: more than %d parameters",
                                       PHONE_SETTINGS_PARAMETERS_MAX);
    char *name = strndup(optarg, (size_t)(equals - optarg));
    if (!name)
        return 1 + command_usage_error(self, "--set: out of memory");
    settings->parameters[settings->parameter_count++] =
        (struct parameter){.name = name, .value = equals + 1};
    return 0;
}

static int unknown_reading(const struct command *self)
{
    fprintf(stderr, "rclab %s: --reading: '%s' is none of these:\n", self->name, optarg);
    for (size_t i = 0; i < READING_COUNT; i++)
        fprintf(stderr, "  %s=%s (the default), %s=%s\n", vendor_reading(vendor_default(), i)->name,
                vendor_reading(vendor_default(), i)->values[0],
                vendor_reading(vendor_default(), i)->name,
                vendor_reading(vendor_default(), i)->values[1]);
    return 1 + EXIT_CODE_USAGE;
}

static int take_reading(const struct command *self, struct phone_settings *settings)
{
    const char *equals = strchr(optarg, '=');
    for (size_t i = 0; equals && i < READING_COUNT; i++) {
        size_t length = strlen(vendor_reading(vendor_default(), i)->name);
        int value = 0;
        if ((size_t)(equals - optarg) != length ||
            strncmp(optarg, vendor_reading(vendor_default(), i)->name, length) != 0 ||
            !command_choose(equals + 1, vendor_reading(vendor_default(), i)->values, 2, &value))
            continue;
        readings_set(&settings->readings, i, value);
        return 0;
    }
    return unknown_reading(self);
}

static int take_numbers(const struct command *self, struct phone_settings *settings, int option)
{
    uint64_t number = 0;
    bool seed = option == OPTION_SEED;
    if (!command_number(optarg, 0, UINT64_MAX, &number))
        return 1 + command_usage_error(self, "%s: '%s' is no whole number",
                                       seed ? "--seed" : "--variation", optarg);
    if (seed) {
        settings->seed = number;
    } else {
        settings->has_variation = true;
        phone_variation_draw(number, &settings->variation);
    }
    return 0;
}

static int take_path(const struct command *self, const char *name, const char **ret_path)
{
    *ret_path = optarg;
    return *optarg ? 0 : 1 + command_usage_error(self, "%s needs a path", name);
}

static int take_option(const struct command *self, struct phone_settings *settings, int option,
                       char **arguments)
{
    switch (option) {
    case 'i':
        settings->interface = optarg;
        return *optarg ? 0 : 1 + command_usage_error(self, "-i needs the name of an interface");
    case OPTION_MAC:
        settings->has_mac = true;
        if (mac_parse(optarg, &settings->mac) && !mac_is_group(&settings->mac))
            return 0;
        return 1 + command_usage_error(self, "--mac: '%s' is no station's MAC address", optarg);
    case OPTION_MODEL:
        return take_model(self, settings);
    case OPTION_SERIAL:
        return take_serial(self, settings);
    case OPTION_TIME_SCALE:
        return take_time_scale(self, settings);
    case OPTION_SEED:
    case OPTION_VARIATION:
        return take_numbers(self, settings, option);
    case OPTION_QUIRK:
        return quirk_option(self, optarg, &settings->quirk);
    case OPTION_PASSWORD:
        return take_password(self, settings);
    case OPTION_CA:
        return take_path(self, "--ca", &settings->ca_file);
    case OPTION_CERTIFICATE:
        return take_path(self, "--certificate", &settings->certificate_file);
    case OPTION_EDOS_SCHEME:
    case OPTION_EDOS_HOST:
    case OPTION_EDOS_PORT:
    case OPTION_EDOS_PATH:
        return take_edos(self, settings, option);
    case OPTION_SET:
        return take_parameter(self, settings);
    case OPTION_READING:
        return take_reading(self, settings);
    case OPTION_OFF:
        settings->off = true;
        return 0;
    case OPTION_LOG:
        return take_path(self, "--log", &settings->log);
    case OPTION_CONTROL:
        return take_path(self, "--control", &settings->control);
    case OPTION_TELL:
        return take_path(self, "--tell", &settings->tell);
    default:
        return 1 + command_common_option(self, option, arguments);
    }
}

/* --- all of them --------------------------------------------------------------------------------
 */

static int check(const struct command *self, struct phone_settings *settings, int words)
{
    if (settings->tell) {
        if (settings->interface)
            return 1 + command_usage_error(self, "give -i to be a phone, or --tell to tell one");
        return words > 0 ? 0 : 1 + command_usage_error(self, "--tell: tell it what?");
    }
    if (words > 0)
        return 1 + command_usage_error(self, "what to tell a phone needs --tell");
    if (!settings->interface)
        return 1 + command_usage_error(self, "on which interface? give -i");
    if (settings->ca_file && access(settings->ca_file, R_OK) < 0)
        return 1 + command_usage_error(self, "--ca: '%s' cannot be read", settings->ca_file);
    if (settings->certificate_file) {
        settings->certificate_fd = open(settings->certificate_file, O_RDONLY | O_CLOEXEC);
        if (settings->certificate_fd < 0)
            return 1 + command_usage_error(self, "--certificate: '%s' cannot be read",
                                           settings->certificate_file);
    }
    if (settings->edos_port == 0)
        settings->edos_port = strcmp(settings->edos_scheme, "http") == 0 ? HTTP_PORT : HTTPS_PORT;
    return 0;
}

int phone_settings_take(const struct command *command, int argument_count, char **arguments,
                        struct phone_settings *ret_settings)
{
    int option;
    *ret_settings =
        (struct phone_settings){.model = "8841",
                                .time_scale = 1,
                                .certificate_fd = -1,
                                .seed = 1,
                                .edos_scheme = "https",
                                .edos_host = "activate.cisco.com",
                                .edos_path = "/software/edos/callhome/rc?id=$MAU:$SN:$PN"};
    optind = 0; /* a fresh start, glibc's way */
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":i:", options, NULL)) != -1) {
        int code = take_option(command, ret_settings, option, arguments);
        if (code != 0)
            return code;
    }
    return check(command, ret_settings, argument_count - optind);
}

void phone_settings_done(struct phone_settings *settings)
{
    explicit_bzero(settings->password, sizeof settings->password);
    if (settings->certificate_fd >= 0)
        close(settings->certificate_fd);
    settings->certificate_fd = -1;
    for (size_t i = 0; i < settings->parameter_count; i++)
        free((void *)(uintptr_t)settings->parameters[i].name);
    settings->parameter_count = 0;
}
