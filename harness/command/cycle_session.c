/* SPDX-License-Identifier: MIT */
#include "harness/command/cycle_session.h"
#include "harness/cycle/state_file.h"
#include "harness/lab/lab.h"
#include <stdlib.h>
#include <unistd.h>

static int load_scenarios(struct cycle_session *session, char **paths, int count)
{
    static char standard[] = CYCLE_SCENARIO_DEFAULT;
    char *default_paths[] = {standard};
    bool good = command_load_suite(&command_cycle, count > 0 ? paths : default_paths,
                                   count > 0 ? count : 1, &session->suite);
    return good ? 0 : 1 + EXIT_CODE_USAGE;
}

static int load_lab(struct cycle_session *session, const struct cycle_settings *settings)
{
    struct error error = {0};
    if (!settings->lab.file) {
        session->emulated = true;
        if (rack_emulated_lab_make(settings->emulated, &session->lab.lab, &error) < 0)
            return 1 + command_lab_error(&error);
        return 0;
    }
    int code = lab_session_load(&command_cycle, settings->lab.file, &session->lab);
    if (code != 0)
        return code;
    session->emulated = session->lab.lab->interface == NULL;
    if (session->emulated && session->lab.lab->phone_count == 0)
        return 1 + command_usage_error(&command_cycle,
                                       "%s names neither a wire nor phones: give --emulated=N "
                                       "instead of --lab",
                                       settings->lab.file);
    if (!session->emulated && (settings->quirk || settings->variation))
        return 1 + command_usage_error(&command_cycle,
                                       "--quirk and --variation are for emulated phones");
    return 0;
}

static int make_plan(struct cycle_session *session, const struct cycle_settings *settings)
{
    const struct lab_file *lab = session->lab.lab;
    struct rack_options options = {.no_prompt = settings->lab.no_prompt};
    struct error error = {0};
    int code = 0;
    bool *chosen = lab_session_choose(&command_cycle, lab, settings->lab.phones,
                                      settings->lab.phone_count, &code);
    if (!chosen)
        return code;
    int result =
        session->emulated
            ? rack_plan_make_emulated(&session->suite, lab, chosen, &session->plan, &error)
            : rack_plan_make(&session->suite, lab, chosen, &options, &session->plan, &error);
    free(chosen);
    if (result < 0)
        return 1 + command_lab_error(&error);
    const struct rack_plan *plan = &session->plan;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->courses[i].skipped)
            fprintf(stderr, "rclab cycle: %s is left out: %s\n", plan->courses[i].bound.id,
                    plan->courses[i].skipped);
    }
    if (plan->run_count == 0)
        return 1 + command_usage_error(&command_cycle, "nothing is left to be run");
    return 0;
}

static int look_at_folder(struct cycle_session *session, const struct cycle_settings *settings)
{
    struct state_identity facts = {.lab = session->lab.lab,
                                   .plan = &session->plan,
                                   .emulated = session->emulated,
                                   .seed = settings->seed,
                                   .defect = settings->quirk ? settings->quirk->name : NULL,
                                   .variation = settings->variation};
    struct error error = {0};
    session->identity = state_identity_make(&facts);
    int result = session->identity ? 0 : error_set(&error, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = tally_init(&session->tally, facts.lab->phone_count, session->plan.count, &error);
    if (result == 0)
        result = state_folder_claim(settings->out, &session->lock_fd, &error);
    if (result == 0)
        result = state_folder_look(settings->out, settings->resume, session->identity,
                                   &session->tally, &error);
    if (result == ERROR_INVALID)
        return 1 + command_usage_error(&command_cycle, "%s", error.text);
    return result < 0 ? 1 + command_lab_error(&error) : 0;
}

int cycle_session_load(struct cycle_session *session, const struct cycle_settings *settings,
                       char **paths, int path_count)
{
    *session = (struct cycle_session){.lock_fd = -1};
    int code = load_scenarios(session, paths, path_count);
    if (code == 0)
        code = load_lab(session, settings);
    if (code == 0)
        code = make_plan(session, settings);
    if (code == 0)
        code = look_at_folder(session, settings);
    return code;
}

int cycle_session_open(struct cycle_session *session, const struct cycle_settings *settings)
{
    struct error error = {0};
    if (!session->emulated)
        return lab_session_open(&command_cycle, &session->lab, settings->lab.owns_network);
    if (certificates_make(LAB_EDOS_HOST, lab_plan_emulated.edos, LAB_PROVISION_HOST,
                          lab_plan_emulated.provision, &session->lab.certificates, &error) < 0)
        return 1 + command_lab_error(&error);
    return 0;
}

void cycle_session_done(struct cycle_session *session)
{
    tally_done(&session->tally);
    json_decref(session->identity);
    rack_plan_done(&session->plan);
    lab_session_close(&session->lab);
    suite_free(&session->suite);
    if (session->lock_fd >= 0)
        close(session->lock_fd);
}
