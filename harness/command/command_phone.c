/* SPDX-License-Identifier: MIT */
#include "fakes/phone/models.h"
#include "fakes/phone/quirks.h"
#include "harness/base/buffer.h"
#include "harness/command/command.h"
#include "harness/command/secret.h"
#include "harness/phone_process/phone_process.h"
#include "harness/vendor/vendor.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HTTP_PORT = 80,
    HTTPS_PORT = 443,
    PORT_MAX = 65535,
    PARAMETERS_MAX = 64,
    TIME_SCALE_MAX = 1000,
    SERIAL_LENGTH_MAX = 32,
};

struct phone_settings {
    struct phone_process_config process;
    const char *tell, *certificate_file; /* NULL = not given */
    struct mac mac;
    struct option_variation variation;
    char password[SECRET_BYTES_MAX];
    uint64_t edos_port;
    int edos_scheme; /* which of the words */
    struct phone_parameters {
        struct parameter items[PARAMETERS_MAX]; /* names are owned */
        size_t count;
    } parameters;
};

/* --- single options --------------------------------------------------------------------------- */

static enum exit_code take_mac(const struct command *command, void *member, const char *value)
{
    struct phone_settings *settings = member;
    settings->process.mac = &settings->mac;
    if (mac_parse(value, &settings->mac) && !mac_is_group(&settings->mac))
        return GO_ON;
    return command_usage_error(command, "--mac: '%s' is no station's MAC address", value);
}

static enum exit_code take_model(const struct command *command, void *member, const char *value)
{
    *(const char **)member = value;
    if (phone_model_find(value))
        return GO_ON;
    fprintf(stderr, "rclab %s: --model: unknown phone model '%s'; known:", command->name, value);
    for (size_t i = 0; i < phone_model_data_count; i++)
        fprintf(stderr, " %s", phone_model_data[i].name);
    fputs("\n", stderr);
    return EXIT_CODE_USAGE;
}

static enum exit_code take_serial(const struct command *command, void *member, const char *value)
{
    size_t length = 0;
    while (isalnum((unsigned char)value[length]))
        length++;
    if (length == 0 || length > SERIAL_LENGTH_MAX || value[length] != '\0')
        return command_usage_error(command, "--serial: '%s' is not 1 to %d letters and digits",
                                   value, SERIAL_LENGTH_MAX);
    *(const char **)member = value;
    return GO_ON;
}

static enum exit_code take_time_scale(const struct command *command, void *member,
                                      const char *value)
{
    char *end;
    double scale = strtod(value, &end);
    if (!isdigit((unsigned char)*value) || *end || strpbrk(value, "xXeEpP") || scale < 1 ||
        scale > (double)TIME_SCALE_MAX)
        return command_usage_error(command, "--time-scale: '%s' is no number from 1 to %d", value,
                                   TIME_SCALE_MAX);
    *(double *)member = scale;
    return GO_ON;
}

static enum exit_code take_password(const struct command *command, void *member, const char *value)
{
    struct error error;
    if (secret_read(value, member, &error) < 0)
        return command_usage_error(command, "--password: %s", error.text);
    return GO_ON;
}

static enum exit_code take_edos_host(const struct command *command, void *member, const char *value)
{
    if (*value == '\0' || strpbrk(value, "/:?# \t"))
        return command_usage_error(command, "--edos-host: '%s' is no host name", value);
    *(const char **)member = value;
    return GO_ON;
}

static enum exit_code take_edos_path(const struct command *command, void *member, const char *value)
{
    if (*value != '/')
        return command_usage_error(command, "--edos-path: '%s' does not begin with /", value);
    *(const char **)member = value;
    return GO_ON;
}

static enum exit_code take_parameter(const struct command *command, void *member, const char *value)
{
    struct phone_parameters *parameters = member;
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return command_usage_error(command, "--set: '%s' is not PARAMETER=VALUE", value);
    if (parameters->count == PARAMETERS_MAX)
        return command_usage_error(command, "--set: more than %d parameters", PARAMETERS_MAX);
    char *name = strndup(value, (size_t)(equals - value));
    if (!name)
        return command_usage_error(command, "--set: out of memory");
    parameters->items[parameters->count++] = (struct parameter){.name = name, .value = equals + 1};
    return GO_ON;
}

static enum exit_code take_reading(const struct command *command, void *member, const char *value)
{
    const char *equals = strchr(value, '=');
    for (size_t i = 0; equals && i < READING_COUNT; i++) {
        const struct vendor_reading *reading = &vendor_default()->readings[i];
        size_t length = strlen(reading->name);
        if ((size_t)(equals - value) != length || strncmp(value, reading->name, length) != 0)
            continue;
        for (int k = 0; k < 2; k++) {
            if (strcmp(equals + 1, reading->values[k]) != 0)
                continue;
            readings_set(member, i, k);
            return GO_ON;
        }
    }
    fprintf(stderr, "rclab %s: --reading: '%s' is none of these:\n", command->name, value);
    for (size_t i = 0; i < READING_COUNT; i++) {
        const struct vendor_reading *reading = &vendor_default()->readings[i];
        fprintf(stderr, "  %s=%s (the default), %s=%s\n", reading->name, reading->values[0],
                reading->name, reading->values[1]);
    }
    return EXIT_CODE_USAGE;
}

/* --- all of them ------------------------------------------------------------------------------ */

static const char *const schemes[] = {"https", "http", NULL};
static const uint16_t scheme_ports[] = {HTTPS_PORT, HTTP_PORT};

#define TO(member) offsetof(struct phone_settings, member)
#define PATH_OPTION(spelled, member) \
    {spelled, .kind = OPTION_TEXT, .to = TO(member), .complaint = "needs a path"}
static const struct command_option options[] = {
    {"interface", 'i', OPTION_TEXT, TO(process.phone.interface),
     .complaint = "needs the name of an interface"},
    {"mac", .kind = OPTION_OWN, .take = take_mac},
    {"model", .kind = OPTION_OWN, .to = TO(process.phone.core.model), .take = take_model},
    {"serial", .kind = OPTION_OWN, .to = TO(process.phone.core.serial), .take = take_serial},
    {"time-scale", .kind = OPTION_OWN, .to = TO(process.time_scale), .take = take_time_scale},
    {"seed", .kind = OPTION_NUMBER, .to = TO(process.phone.core.seed), .most = UINT64_MAX,
     .complaint = "is no whole number"},
    OPTION_QUIRK(struct phone_settings, process.phone.core.quirk),
    OPTION_VARIATION(struct phone_settings, variation),
    {"password", .kind = OPTION_OWN, .to = TO(password), .take = take_password},
    PATH_OPTION("ca", process.phone.ca_file),
    PATH_OPTION("certificate", certificate_file),
    {"edos-scheme", .kind = OPTION_WORD, .to = TO(edos_scheme), .words = schemes,
     .complaint = "is neither https nor http"},
    {"edos-host", .kind = OPTION_OWN, .to = TO(process.phone.core.edos_host),
     .take = take_edos_host},
    {"edos-port", .kind = OPTION_NUMBER, .to = TO(edos_port), .least = 1, .most = PORT_MAX,
     .complaint = "is no number from"},
    {"edos-path", .kind = OPTION_OWN, .to = TO(process.phone.core.edos_path),
     .take = take_edos_path},
    {"set", .kind = OPTION_OWN, .to = TO(parameters), .take = take_parameter},
    {"reading", .kind = OPTION_OWN, .to = TO(process.phone.core.readings), .take = take_reading},
    {"off", .kind = OPTION_FLAG, .to = TO(process.off)},
    PATH_OPTION("log", process.log),
    PATH_OPTION("control", process.control),
    PATH_OPTION("tell", tell),
    {.name = NULL},
};

static enum exit_code check(const struct command *self, const struct phone_settings *settings,
                            int words)
{
    const struct emulated_phone_config *phone = &settings->process.phone;
    if (settings->tell) {
        if (phone->interface)
            return command_usage_error(self, "give -i to be a phone, or --tell to tell one");
        return words > 0 ? GO_ON : command_usage_error(self, "--tell: tell it what?");
    }
    if (words > 0)
        return command_usage_error(self, "what to tell a phone needs --tell");
    if (!phone->interface)
        return command_usage_error(self, "on which interface? give -i");
    if (phone->ca_file && access(phone->ca_file, R_OK) < 0)
        return command_usage_error(self, "--ca: '%s' cannot be read", phone->ca_file);
    return GO_ON;
}

static enum exit_code be_a_phone(struct phone_settings *settings)
{
    struct emulated_phone_config *phone = &settings->process.phone;
    struct error error = {0};
    if (settings->certificate_file) {
        phone->certificate_fd = open(settings->certificate_file, O_RDONLY | O_CLOEXEC);
        if (phone->certificate_fd < 0)
            return command_usage_error(&command_phone, "--certificate: '%s' cannot be read",
                                       settings->certificate_file);
    }
    phone->core.edos_scheme = schemes[settings->edos_scheme];
    phone->core.edos_port =
        settings->edos_port ? (uint16_t)settings->edos_port : scheme_ports[settings->edos_scheme];
    phone->admin_password = settings->password;
    phone->core.variation = settings->variation.text ? &settings->variation.drawn : NULL;
    phone->core.parameters = settings->parameters.items;
    phone->core.parameter_count = settings->parameters.count;
    signal(SIGPIPE, SIG_IGN);
    int result = phone_process_run(&settings->process, &error);
    if (phone->certificate_fd >= 0)
        close(phone->certificate_fd);
    if (result == 0)
        return EXIT_CODE_PASS;
    command_error(&command_phone, EXIT_CODE_LAB, &error);
    if (strstr(error.text, strerror(EPERM)))
        fputs("A phone needs root, or CAP_NET_RAW and CAP_NET_ADMIN, in its network namespace.\n",
              stderr);
    return EXIT_CODE_LAB;
}

static enum exit_code tell(const char *path, char **words, int word_count)
{
    char answer[PHONE_ANSWER_MAX];
    struct error error = {0};
    struct buffer order;
    buffer_init(&order, PHONE_ANSWER_MAX);
    for (int i = 0; i < word_count; i++)
        buffer_format(&order, "%s%s", i > 0 ? " " : "", words[i]);
    int result = order.failed ? error_set(&error, ERROR_LIMIT, "that is no order, it is too long")
                              : phone_tell(path, buffer_string(&order), answer, &error);
    buffer_done(&order);
    if (result < 0)
        return command_error(&command_phone, EXIT_CODE_LAB, &error);
    puts(answer);
    return EXIT_CODE_PASS;
}

static enum exit_code run(int argument_count, char **arguments)
{
    const struct vendor *vendor = vendor_default();
    struct phone_settings settings = {
        .process = {.time_scale = 1,
                    .phone = {.core = {.model = vendor->usual_model,
                                       .seed = 1,
                                       .edos_host = vendor->hosts[0].name,
                                       .edos_path = vendor->redirect_target},
                              .certificate_fd = -1}}};
    enum exit_code code = options_take(&command_phone, argument_count, arguments, &settings);
    if (code == GO_ON)
        code = check(&command_phone, &settings, argument_count - optind);
    if (code == GO_ON)
        code = settings.tell ? tell(settings.tell, arguments + optind, argument_count - optind)
                             : be_a_phone(&settings);
    explicit_bzero(settings.password, sizeof settings.password);
    for (size_t i = 0; i < settings.parameters.count; i++)
        free((void *)(uintptr_t)settings.parameters.items[i].name);
    return code;
}

const struct command command_phone = {
    .name = "phone",
    .summary = "is one emulated phone on an interface, instead of a device",
    .help =
        "Usage: rclab phone -i INTERFACE [OPTION]…\n"
        "       rclab phone --tell PATH ORDER\n"
        "Is one emulated phone, factory-fresh and powered, at an interface of its own (one end of "
        "a\n"
        "veth pair, say) until it is ended; stands in for a device on the wire of a real lab. "
        "Needs\n"
        "root, or CAP_NET_RAW and CAP_NET_ADMIN. The interface must be without an IPv4 address; "
        "it\n"
        "is given back as it was found.\n\n"
        "  -i, --interface=I      the interface\n"
        "      --mac=MAC          the MAC address that the interface must have (it is not "
        "changed)\n"
        "      --model=M          default: 8841\n" /* vendor: help */
        "      --serial=S         its serial number (default: after its MAC address)\n"
        "      --time-scale=N     its clock runs N times faster, 1 to 1000 (default: 1). So does\n"
        "                             its patience: at 120, 30 s for a server are 0.25 s\n"
        "      --seed=N           of everything drawn at random (default: 1)\n"
        "      --quirk=NAME       with this deliberate defect (--quirk=help lists them)\n"
        "      --variation=N      drawn from this seed, as sound as the plain one\n"
        "      --reading=NAME=VALUE\n"
        "                         how it reads the article where that is open\n"
        "      --set=PARAMETER=VALUE\n"
        "                         set at every factory reset, besides its model's defaults\n"
        "      --password=P       of its web page's user admin: env:NAME, file:PATH, or (for all\n"
        "                             to see) itself (default: nobody has to log in)\n"
        "      --ca=FILE          PEM: the authorities that it trusts (default: none)\n"
        "      --certificate=FILE PEM, with its key: shown to servers that ask (default: none)\n"
        "      --edos-host=H, --edos-port=N, --edos-path=P, --edos-scheme=https|http\n"
        "                         where its EDOS is (default: Cisco's)\n"
        "      --off              without power at first\n"
        "      --log=FILE         what it does, a line each; - is the standard output\n"
        "      --control=PATH     takes orders at a Unix socket of this name, mode 0600;\n"
        "                             - is the standard input, and its end is the phone's end\n"
        "      --tell=PATH        gives a running phone the order, prints its answer\n"
        "      --help, --version\n\n"
        "Orders: power on, power off, factory-reset, reboot (the phone's keys), quit, state "
        "(answered\n"
        "with off, or on and the Customization State that its page shows). Every line gets one "
        "line\n"
        "back: ok, or error: and why not.\n"
        "Exit codes: 0 it was ended by an order or a signal, or an order was carried out; 2 "
        "usage;\n"
        "3 the interface cannot be used or is gone, or the order was not carried out.\n",
    .options = options,
    .run = run,
};
