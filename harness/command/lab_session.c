/* SPDX-License-Identifier: MIT */
#include "harness/command/lab_session.h"
#include "harness/base/buffer.h"
#include "harness/rack/preflight.h"
#include "harness/rack/rack_site.h"
#include "harness/scenario/overview.h"
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES_MAX = 4 << 20 };

int lab_session_load(const struct command *command, const char *path, struct lab_session *session)
{
    struct diagnostics diagnostics;
    struct buffer text;
    (void)command;
    *session = (struct lab_session){0};
    diagnostics_init(&diagnostics);
    int result = lab_file_load(path, &session->lab, &diagnostics);
    if (result < 0) {
        buffer_init(&text, TEXT_BYTES_MAX);
        diagnostics_format(&diagnostics, &text);
        fputs(buffer_string(&text), stderr);
        fprintf(stderr, "%zu problem%s found in the lab file; nothing was run.\n",
                diagnostics.count, diagnostics.count == 1 ? "" : "s");
        buffer_done(&text);
    }
    diagnostics_done(&diagnostics);
    return result < 0 ? 1 + EXIT_CODE_USAGE : 0;
}

int lab_session_open(const struct command *command, struct lab_session *session, bool owns_network)
{
    struct error error = {0};
    const struct lab_file *lab = session->lab;
    if (!lab->interface)
        return 1 + command_usage_error(command,
                                       "%s names no `interface`, so its phones are emulated: leave "
                                       "--lab out, or say which wire the phones are on",
                                       lab->path);
    int result = wire_claim_new(lab->interface, &session->claim, &error);
    if (result == 0)
        result = preflight(lab, owns_network, &error);
    if (result == 0)
        result = rack_certificates_make(lab, &session->certificates, &error);
    return result < 0 ? 1 + command_lab_error(&error) : 0;
}

void lab_session_close(struct lab_session *session)
{
    wire_claim_free(session->claim);
    certificates_done(&session->certificates);
    lab_file_free(session->lab);
    *session = (struct lab_session){0};
}

bool *lab_session_choose(const struct command *command, const struct lab_file *lab,
                         const char *const *names, size_t count, int *ret_code)
{
    if (lab->interface && lab->phone_count == 0) {
        *ret_code = 1 + command_usage_error(command,
                                            "%s names no phone (`rclab serve --any-phone` "
                                            "serves whoever comes)",
                                            lab->path);
        return NULL;
    }
    bool *chosen = calloc(lab->phone_count + 1, sizeof *chosen);
    for (size_t i = 0; chosen && i < lab->phone_count; i++)
        chosen[i] = count == 0;
    for (size_t k = 0; chosen && k < count; k++) {
        size_t i = 0;
        while (i < lab->phone_count && strcmp(lab->phones[i].name, names[k]) != 0)
            i++;
        if (i < lab->phone_count) {
            chosen[i] = true;
            continue;
        }
        *ret_code = 1 + command_usage_error(command, "--phone: %s names no phone '%s'", lab->path,
                                            names[k]);
        free(chosen);
        return NULL;
    }
    if (!chosen)
        *ret_code = 1 + EXIT_CODE_LAB;
    return chosen;
}
