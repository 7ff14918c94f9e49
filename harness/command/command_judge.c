/* SPDX-License-Identifier: MIT */
#include "harness/command/command.h"
#include "harness/replay/judge_capture.h"
#include "harness/replay/run_folder.h"
#include "harness/report/report.h"
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_BYTES_MAX = 16 << 20 };

struct judge_settings {
    bool json;
    const char *case_name;
};
static const struct command_option options[] = {
    {"json", .kind = OPTION_FLAG, .to = offsetof(struct judge_settings, json)},
    {"case", .kind = OPTION_TEXT, .to = offsetof(struct judge_settings, case_name)},
    {.name = NULL},
};

/* "FAIL  ID  TITLE", and what was found, a line each. */
static void format_verdict(const char *verdict, const struct scenario *scenario,
                           const struct judgement *judgement, struct buffer *text)
{
    buffer_format(text, "%s  %s  %s\n", verdict, scenario->id, scenario->title);
    for (size_t i = 0; i < judgement->failure_count; i++) {
        buffer_text(text, "  ");
        judge_failure_format(&judgement->failures[i], scenario, text);
        buffer_text(text, "\n");
    }
}

static void print_text(const struct run_folder *folder)
{
    const struct judgement *judgement = &folder->judgement;
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    format_verdict(verdict_names[judgement->verdict], folder->scenario, judgement, &text);
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

static enum exit_code code_of(enum verdict verdict)
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

static enum exit_code judge_folder(const char *path, bool json)
{
    struct run_folder folder;
    struct error error = {0};
    if (run_folder_judge(path, &folder, &error) < 0)
        return command_error(&command_judge, EXIT_CODE_USAGE, &error);
    if (json)
        print_json(&folder, path);
    else
        print_text(&folder);
    enum exit_code code = code_of(folder.judgement.verdict);
    run_folder_done(&folder);
    return code;
}

/* --- a capture alone ------------------------------------------------------------------------- */

static void print_capture(const struct scenario *scenario,
                          const struct capture_judgement *judgement)
{
    static const char *const words[] = {"PASS", "FAIL", "CANNOT TELL"};
    struct buffer text;
    buffer_init(&text, TEXT_BYTES_MAX);
    format_verdict(words[judgement->verdict], scenario, &judgement->judgement, &text);
    if (judgement->open.length > 0)
        buffer_text(&text, "What the capture alone leaves open:\n");
    buffer_text(&text, buffer_string(&judgement->open));
    fputs(buffer_string(&text), stdout);
    buffer_done(&text);
}

static enum exit_code judge_alone(char **paths, const char *case_name)
{
    static const enum exit_code codes[] = {EXIT_CODE_PASS, EXIT_CODE_FAIL, EXIT_CODE_LAB};
    struct capture_judgement judgement;
    struct error error = {0};
    struct suite suite;
    enum exit_code code = command_load_suite(paths, 1, &suite);
    if (code != GO_ON)
        return code;
    const struct scenario *scenario = command_find_case(&suite, case_name);
    if (!scenario) {
        code =
            command_usage_error(&command_judge, "%s: %s", paths[0],
                                case_name ? "no such case" : "it has several cases: --case=NAME");
    } else {
        if (judge_capture(scenario, paths[1], &judgement, &error) < 0) {
            code = command_error(&command_judge, EXIT_CODE_USAGE, &error);
        } else {
            print_capture(scenario, &judgement);
            code = codes[judgement.verdict];
        }
        capture_judgement_done(&judgement);
    }
    suite_free(&suite);
    return code;
}

/* SCENARIO CAPTURE: two files, where runs are folders. */
static bool are_files(char **paths, int count)
{
    struct stat status;
    for (int i = 0; i < count; i++)
        if (stat(paths[i], &status) < 0 || !S_ISREG(status.st_mode))
            return false;
    return count == 2;
}

/* Of several folders the gravest counts: unreadable, failed, lab error, in this order. */
static enum exit_code graver(enum exit_code a, enum exit_code b)
{
    static const enum exit_code order[] = {EXIT_CODE_USAGE, EXIT_CODE_FAIL, EXIT_CODE_LAB};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (a == order[i] || b == order[i])
            return order[i];
    }
    return EXIT_CODE_PASS;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct judge_settings settings = {.json = false};
    enum exit_code code = options_take(&command_judge, argument_count, arguments, &settings);
    if (code != GO_ON)
        return code;
    if (optind == argument_count)
        return command_usage_error(&command_judge, "which run? Give its folder (out/runs/ID)");
    if (are_files(arguments + optind, argument_count - optind))
        return settings.json
                   ? command_usage_error(&command_judge, "--json goes with folders of runs only")
                   : judge_alone(arguments + optind, settings.case_name);
    code = EXIT_CODE_PASS;
    for (int i = optind; i < argument_count; i++)
        code = graver(code, judge_folder(arguments[i], settings.json));
    return code;
}

const struct command command_judge = {
    .name = "judge",
    .summary = "gives the verdict on a run from its folder alone",
    .help =
        "Usage: rclab judge [--json] RUN-FOLDER…\n"
        "       rclab judge [--case=NAME] SCENARIO CAPTURE\n"
        "Judges a run again from its folder (out/runs/ID): the scenario and the timeline that\n"
        "lie there. Needs no right, no network, not even the machine of the run.\n\n"
        "With a scenario file and a capture file (pcap, pcapng), by whomever: judges what the\n"
        "frames show, and says which questions they leave open. What nobody can see there, such\n"
        "as what TLS hides, never fails a phone.\n\n"
        "      --json     one JSON object a folder\n"
        "      --help, --version\n\n"
        "Exit codes: 0 pass, 1 the phone failed, 2 no such folder or an unfinished one, 3 lab "
        "error;\nof a capture: 0 pass, 1 the phone failed, 2 no capture, 3 it cannot tell.\n",
    .options = options,
    .run = run,
};
