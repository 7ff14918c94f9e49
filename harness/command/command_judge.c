/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/report/report.h"
#include "harness/run/run_folder.h"
#include <getopt.h>
#include <unistd.h>

enum { OPTION_JSON = OPTION_FIRST_OWN, TEXT_BYTES_MAX = 16 << 20 };

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static void print_text(const struct run_folder *folder)
{
    const struct judgement *judgement = &folder->judgement;
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    buffer_format(&text, "%s  %s  %s\n", verdict_names[judgement->verdict], folder->scenario->id,
                  folder->scenario->title);
    for (size_t i = 0; i < judgement->failure_count; i++) {
        buffer_text(&text, "  ");
        judge_failure_format(&judgement->failures[i], folder->scenario, &text);
        buffer_text(&text, "\n");
    }
    if (judgement->reason[0])
        buffer_format(&text, "  %s\n", judgement->reason);
    fputs(buffer_string(&text), stdout);
    buffer_done(&text);
}

static void print_json(const struct run_folder *folder, const char *path)
{
    struct buffer text;
    struct report_result result = {.scenario = folder->scenario,
                                   .judgement = &folder->judgement,
                                   .seed = folder->seed,
                                   .folder = path};
    buffer_init(&text, TEXT_BYTES_MAX);
    report_json_result(&result, &text);
    puts(buffer_string(&text));
    buffer_done(&text);
}

static int code_of(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_FAIL:
    case VERDICT_FLAKY:
        return EXIT_CODE_FAIL;
    case VERDICT_ERROR:
        return EXIT_CODE_LAB;
    default:
        return EXIT_CODE_PASS;
    }
}

static int judge_folder(const char *path, bool json)
{
    struct run_folder folder;
    struct error error = {0};
    if (run_folder_judge(path, &folder, &error) < 0) {
        fprintf(stderr, "rclab judge: %s\n", error.text);
        return EXIT_CODE_USAGE;
    }
    if (json)
        print_json(&folder, path);
    else
        print_text(&folder);
    int code = code_of(folder.judgement.verdict);
    run_folder_done(&folder);
    return code;
}

/* Of several folders the gravest counts: unreadable, failed, lab error, in this order. */
static int graver(int a, int b)
{
    static const int order[] = {EXIT_CODE_USAGE, EXIT_CODE_FAIL, EXIT_CODE_LAB};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (a == order[i] || b == order[i])
            return order[i];
    }
    return EXIT_CODE_PASS;
}

static int run(int argument_count, char **arguments)
{
    bool json = false;
    int option, code = EXIT_CODE_PASS;
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argument_count, arguments, ":", options, NULL)) != -1) {
        if (option != OPTION_JSON)
            return command_common_option(&command_judge, option, arguments);
        json = true;
    }
    if (optind == argument_count)
        return command_usage_error(&command_judge, "which run? Give its folder (out/runs/ID)");
    for (int i = optind; i < argument_count; i++)
        code = graver(code, judge_folder(arguments[i], json));
    return code;
}

const struct command command_judge = {
    .name = "judge",
    .summary = "gives the verdict on a run from its folder alone",
    .help = "Usage: rclab judge [--json] RUN-FOLDER…\n"
            "Judges a run again from its folder (out/runs/ID): the scenario and the timeline that\n"
            "lie there. Needs no right, no network, not even the machine of the run.\n\n"
            "      --json     one JSON object a folder\n"
            "      --help, --version\n\n"
            "Exit codes: 0 pass, 1 the phone failed, 2 no such folder or an unfinished one, 3 lab "
            "error.\n",
    .run = run,
};
