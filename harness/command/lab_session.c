/* SPDX-License-Identifier: MIT */
#include "harness/command/lab_session.h"
#include "harness/lab/lab.h"
#include "harness/rack/preflight.h"
#include "harness/rack/rack_site.h"
#include "harness/scenario/overview.h"
#include <stdlib.h>
#include <string.h>

enum exit_code lab_options_take_phone(const struct command *command, void *member,
                                      const char *value)
{
    struct lab_options *options = member;
    (void)command;
    for (size_t i = 0; i < options->phone_count; i++) {
        if (strcmp(options->phones[i], value) == 0)
            return GO_ON;
    }
    if (options->phone_count <= LAB_FILE_PHONES_MAX)
        options->phones[options->phone_count++] = value;
    return GO_ON;
}

enum exit_code lab_session_load(const char *path, struct lab_session *session)
{
    struct diagnostics diagnostics;
    *session = (struct lab_session){0};
    diagnostics_init(&diagnostics);
    int result = lab_file_load(path, &session->lab, &diagnostics);
    if (result < 0)
        command_print_problems(&diagnostics, " in the lab file");
    diagnostics_done(&diagnostics);
    return result < 0 ? EXIT_CODE_USAGE : GO_ON;
}

enum exit_code lab_session_open(const struct command *command, struct lab_session *session,
                                bool owns_network)
{
    struct error error = {0};
    const struct lab_file *lab = session->lab;
    if (!lab->interface)
        return command_usage_error(command,
                                   "%s names no `interface`, so its phones are emulated: leave "
                                   "--lab out, or say which wire the phones are on",
                                   lab->path);
    int result = wire_claim_new(lab->interface, &session->claim, &error);
    if (result == 0)
        result = preflight(lab, owns_network, &error);
    if (result == 0)
        result = rack_certificates_make(lab, &session->certificates, &error);
    return result < 0 ? command_lab_error(&error) : GO_ON;
}

void lab_session_close(struct lab_session *session)
{
    wire_claim_free(session->claim);
    certificates_done(&session->certificates);
    lab_file_free(session->lab);
    *session = (struct lab_session){0};
}

enum exit_code lab_session_choose(const struct command *command, const struct lab_file *lab,
                                  const struct lab_options *options, bool **ret_chosen)
{
    if (lab->interface && lab->phone_count == 0)
        return command_usage_error(command,
                                   "%s names no phone (`rclab serve --any-phone` "
                                   "serves whoever comes)",
                                   lab->path);
    bool *chosen = calloc(lab->phone_count + 1, sizeof *chosen);
    if (!chosen)
        return EXIT_CODE_LAB;
    for (size_t i = 0; i < lab->phone_count; i++)
        chosen[i] = options->phone_count == 0;
    for (size_t k = 0; k < options->phone_count; k++) {
        size_t i = 0;
        while (i < lab->phone_count && strcmp(lab->phones[i].name, options->phones[k]) != 0)
            i++;
        if (i == lab->phone_count) {
            free(chosen);
            return command_usage_error(command, "--phone: %s names no phone '%s'", lab->path,
                                       options->phones[k]);
        }
        chosen[i] = true;
    }
    *ret_chosen = chosen;
    return GO_ON;
}

int lab_session_emulated_certificates(struct certificates *ret_certificates, struct error *error)
{
    return certificates_make(LAB_EDOS_HOST, lab_plan_emulated.edos, LAB_PROVISION_HOST,
                             lab_plan_emulated.provision, ret_certificates, error);
}
