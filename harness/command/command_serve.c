/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/command/lab_session.h"
#include "harness/loop/signal_watch.h"
#include "harness/observe/watch.h"
#include "harness/report/report.h"
#include "harness/serve/serve.h"
#include "harness/serve/serve_control.h"
#include "harness/serve/serve_place.h"
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1 << 20 };

struct serve_settings { /* all texts are the arguments' */
    const char *lab, *scenario, *case_name, *out;
    const char *control, *name; /* where it listens; or which one is meant */
    bool any_phone, json, owns_network;
    uint64_t seed, events_max;
    struct chosen_order { /* to one that runs already */
        bool given;
        struct serve_order order;
    } chosen;
};
struct serving {
    const struct serve_settings *settings;
    struct lab_session session;
    struct suite suite; /* of the scenario's file */
    const struct scenario *scenario;
    struct serve *serve;
    struct serve_control *control;
    char control_path[SERVE_PLACE_MAX];
    struct signal_watch *signals;
    struct buffer line;
    bool colour;
};

/* --- options ---------------------------------------------------------------------------------- */

static enum exit_code take_order(const struct command *command, struct chosen_order *chosen,
                                 enum serve_order_kind kind)
{
    if (chosen->given && (kind != SERVE_ORDER_SET || chosen->order.kind != kind))
        return command_usage_error(command, "give --set (as often as you like), --show or "
                                            "--stop, not several of them");
    chosen->given = true;
    chosen->order.kind = kind;
    return GO_ON;
}

static enum exit_code take_set(const struct command *command, void *member, const char *value)
{
    struct chosen_order *chosen = member;
    enum exit_code code = take_order(command, chosen, SERVE_ORDER_SET);
    if (code != GO_ON)
        return code;
    if (chosen->order.step_count == SERVE_ORDER_STEPS_MAX)
        return command_usage_error(command, "at most %d --set at once", SERVE_ORDER_STEPS_MAX);
    chosen->order.steps[chosen->order.step_count++] = value;
    return GO_ON;
}

static enum exit_code take_show(const struct command *command, void *member, const char *value)
{
    (void)value;
    return take_order(command, member, SERVE_ORDER_SHOW);
}

static enum exit_code take_stop(const struct command *command, void *member, const char *value)
{
    (void)value;
    return take_order(command, member, SERVE_ORDER_STOP);
}

#define TO(member) offsetof(struct serve_settings, member)
static const struct command_option options[] = {
    {"lab", .kind = OPTION_TEXT, .to = TO(lab)},
    {"scenario", .kind = OPTION_TEXT, .to = TO(scenario)},
    {"case", .kind = OPTION_TEXT, .to = TO(case_name)},
    {"out", .kind = OPTION_TEXT, .to = TO(out)},
    {"seed", .kind = OPTION_NUMBER, .to = TO(seed), .most = UINT64_MAX,
     .complaint = "is no number"},
    {"any-phone", .kind = OPTION_FLAG, .to = TO(any_phone)},
    {"json", .kind = OPTION_FLAG, .to = TO(json)},
    {"i-own-this-network", .kind = OPTION_FLAG, .to = TO(owns_network)},
    {"events-max", .kind = OPTION_NUMBER, .to = TO(events_max), .least = 100, .most = 1000000,
     .complaint = "is not in 100 … 1000000"},
    {"control", .kind = OPTION_TEXT, .to = TO(control)},
    {"name", .kind = OPTION_TEXT, .to = TO(name)},
    {"set", .kind = OPTION_OWN, .to = TO(chosen), .take = take_set},
    {"show", .kind = OPTION_OWN_FLAG, .to = TO(chosen), .take = take_show},
    {"stop", .kind = OPTION_OWN_FLAG, .to = TO(chosen), .take = take_stop},
    {.name = NULL},
};

static enum exit_code check(const struct command *command, const struct serve_settings *settings)
{
    bool is_order = settings->chosen.given;
    if (is_order && (settings->lab || settings->scenario))
        return command_usage_error(command,
                                   "--set, --show and --stop are for a lab that is being served "
                                   "(--name says which); --lab begins to serve one");
    if (!is_order && !settings->lab)
        return command_usage_error(command, "say which lab: --lab FILE");
    if (!is_order && settings->name)
        return command_usage_error(command, "--name is for --set, --show and --stop; the lab "
                                            "file names the lab");
    if (settings->case_name && !settings->scenario)
        return command_usage_error(command, "--case is for --scenario");
    return GO_ON;
}

/* --- what is told as it happens -------------------------------------------------------------- */

static void seen(void *context, const struct event *event, const char *phone)
{
    struct serving *serving = context;
    if (!serving->settings->json)
        watch_line(stdout, event, phone, serving->colour, &serving->line);
}

static void seen_as_json(void *context, const char *json)
{
    (void)context;
    puts(json);
}

static void note(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "rclab serve: %s\n", text);
}

/* --- orders ---------------------------------------------------------------------------------- */

static int carry_out(void *context, const struct serve_order *order, struct buffer *text)
{
    struct serving *serving = context;
    int result;
    switch (order->kind) {
    case SERVE_ORDER_SET:
        result = serve_set(serving->serve, order->steps, order->step_count, order->directory, text);
        if (result == 0)
            return EXIT_CODE_PASS;
        return result == ERROR_INVALID ? EXIT_CODE_USAGE : EXIT_CODE_LAB;
    case SERVE_ORDER_SHOW:
        serve_show(serving->serve, text);
        return EXIT_CODE_PASS;
    case SERVE_ORDER_STOP:
        buffer_format(text, "%s is no longer served.\n", serving->session.lab->name);
        serve_stop(serving->serve);
        return EXIT_CODE_PASS;
    case SERVE_ORDER_KINDS:
        break;
    }
    return EXIT_CODE_USAGE;
}

static enum exit_code refused(int result, const struct error *error)
{
    return command_error(&command_serve, result == ERROR_INVALID ? EXIT_CODE_USAGE : EXIT_CODE_LAB,
                         error);
}

/* To one that runs. */
static enum exit_code give_order(const struct serve_settings *settings)
{
    char path[SERVE_PLACE_MAX], directory[PATH_MAX];
    struct serve_order order = settings->chosen.order;
    struct error error = {0};
    struct buffer text;
    int answered = EXIT_CODE_LAB, result = 0;
    if (settings->control)
        snprintf(path, sizeof path, "%s", settings->control);
    else
        result = serve_place_find(settings->name, path, &error);
    if (result < 0)
        return refused(result, &error);
    order.directory = getcwd(directory, sizeof directory);
    buffer_init(&text, SERVE_ANSWER_BYTES_MAX);
    result = serve_tell(path, &order, &answered, &text, &error);
    enum exit_code code = (enum exit_code)answered;
    if (result < 0)
        code = refused(result, &error);
    else
        fputs(buffer_string(&text), code == EXIT_CODE_PASS ? stdout : stderr);
    buffer_done(&text);
    return code;
}

/* --- beginning ------------------------------------------------------------------------------- */

static enum exit_code load_scenario(struct serving *serving)
{
    const struct serve_settings *settings = serving->settings;
    char *path = (char *)settings->scenario; /* the loader only reads it */
    if (!path)
        return GO_ON;
    enum exit_code code = command_load_suite(&path, 1, &serving->suite);
    if (code != GO_ON)
        return code;
    serving->scenario = command_find_case(&serving->suite, settings->case_name);
    if (!serving->scenario && settings->case_name)
        return command_usage_error(&command_serve, "%s has no case '%s'", settings->scenario,
                                   settings->case_name);
    if (!serving->scenario)
        return command_usage_error(&command_serve,
                                   "%s holds %zu scenarios: give one file, and with --case one of "
                                   "its cases",
                                   settings->scenario, serving->suite.count);
    if (serving->scenario->step_count > 0)
        fprintf(stderr,
                "rclab serve: what %s says under `given` of the servers is in force; its steps are "
                "not carried out\n",
                settings->scenario);
    return GO_ON;
}

static void signal_came(void *context)
{
    struct serving *serving = context;
    serve_stop(serving->serve);
}

/* Whoever gives an order finds it from the moment on that it would be carried out. */
static int open_control(struct serving *serving, struct error *error)
{
    const struct serve_settings *settings = serving->settings;
    int result = 0;
    if (settings->control)
        snprintf(serving->control_path, sizeof serving->control_path, "%s", settings->control);
    else
        result = serve_place_make(serving->session.lab->name, serving->control_path, error);
    if (result < 0)
        return result;
    struct serve_control_config config = {
        .path = serving->control_path, .carry_out = carry_out, .context = serving};
    return serve_control_new(&config, &serving->control, error);
}

static int open_serve(struct serving *serving, struct error *error)
{
    const struct serve_settings *settings = serving->settings;
    struct serve_config config = {.lab = serving->session.lab,
                                  .certificates = &serving->session.certificates,
                                  .scenario = serving->scenario,
                                  .folder = settings->out,
                                  .seed = settings->seed,
                                  .any_phone = settings->any_phone,
                                  .events_max = (size_t)settings->events_max,
                                  .seen = seen,
                                  .timeline = settings->json ? seen_as_json : NULL,
                                  .note = note,
                                  .context = serving};
    int result = serve_folder_make(settings->out, error);
    if (result == 0)
        result = serve_new(&config, &serving->serve, error);
    if (result == 0)
        result = signal_watch_new(serve_loop(serving->serve), signal_came, serving,
                                  &serving->signals, error);
    if (result == 0)
        result = serve_control_listen(serving->control, serve_loop(serving->serve), error);
    return result;
}

static void greet(const struct serving *serving)
{
    const struct lab_file *lab = serving->session.lab;
    FILE *out = serving->settings->json ? stderr : stdout;
    fprintf(out, "%s is served on %s, %zu phone%s%s; orders at %s; Ctrl-C ends it\n", lab->name,
            lab->interface, lab->phone_count, lab->phone_count == 1 ? "" : "s",
            serving->settings->any_phone ? " and any other" : "", serving->control_path);
    if (!serving->settings->json)
        watch_line_header(out);
    fflush(out);
}

static void say_goodbye(const struct serving *serving)
{
    FILE *out = serving->settings->json ? stderr : stdout;
    struct buffer text;
    buffer_init(&text, SERVE_TEXT_BYTES_MAX);
    serve_summary(serving->serve, &text);
    fprintf(out, "\n%sRecorded in %s/\n", buffer_string(&text), serving->settings->out);
    buffer_done(&text);
}

static void done(struct serving *serving)
{
    serve_control_deaf(serving->control);
    signal_watch_free(serving->signals);
    serve_free(serving->serve);
    suite_free(&serving->suite);
    lab_session_close(&serving->session);
    serve_control_free(serving->control);
    buffer_done(&serving->line);
}

static enum exit_code serve_it(struct serving *serving)
{
    struct error error = {0};
    int result = open_control(serving, &error);
    if (result < 0)
        return command_lab_error(&error);
    enum exit_code code =
        lab_session_open(&command_serve, &serving->session, serving->settings->owns_network);
    if (code != GO_ON)
        return code;
    result = open_serve(serving, &error);
    if (result == 0) {
        greet(serving);
        result = serve_run(serving->serve, &error);
        say_goodbye(serving);
    }
    return result < 0 ? command_lab_error(&error) : EXIT_CODE_PASS;
}

static enum exit_code run(int argument_count, char **arguments)
{
    struct serve_settings settings = {
        .out = "out/serve", .seed = 1, .events_max = SERVE_EVENTS_MAX_DEFAULT};
    struct serving serving = {.settings = &settings, .colour = terminal_colours(stdout)};
    enum exit_code code = options_take(&command_serve, argument_count, arguments, &settings);
    if (code == GO_ON && optind < argument_count)
        code = command_usage_error(&command_serve, "'%s' is too much", arguments[optind]);
    if (code == GO_ON)
        code = check(&command_serve, &settings);
    if (code != GO_ON)
        return code;
    if (settings.chosen.given)
        return give_order(&settings);
    buffer_init(&serving.line, LINE_BYTES_MAX);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    code = lab_session_load(settings.lab, &serving.session);
    if (code == GO_ON)
        code = load_scenario(&serving);
    if (code == GO_ON)
        code = serve_it(&serving);
    done(&serving);
    return code;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "serves a lab's wire for a person with a phone in hand, without a test",
    .help =
        "Usage: rclab serve --lab FILE [--scenario FILE [--case NAME]] [OPTION]…\n"
        "       rclab serve --set STEP… | --show | --stop [--name LAB | --control PATH]\n"
        "Serves DHCP, DNS, EDOS and provisioning on the wire of a lab until Ctrl-C or --stop, and\n"
        "prints what phones do, as `rclab watch` does. Nothing is done to a phone, and nobody\n"
        "judges. At first no DHCP option is offered, EDOS gives a profile and the provisioning\n"
        "server a configuration.\n\n"
        "      --lab=FILE         the lab (scenarios/lab-file.md)\n"
        "      --scenario=FILE    what it says under `given` of the servers is in force at first;\n"
        "                         its steps are not carried out\n"
        "      --case=NAME        of the file's cases this one\n"
        "      --any-phone        serve devices that the lab file does not name, too\n"
        "      --json             the timeline as JSON, one object a line\n"
        "      --out=FOLDER       where it is recorded: timeline.jsonl, capture.pcapng,\n"
        "                         dnsmasq.log, ca.pem (default: out/serve);\n"
        "                         nothing else in it is touched\n"
        "      --events-max=N     a recording of so many events is begun anew, and the one before\n"
        "                         is kept (default: 500000)\n"
        "      --seed=N           of what is drawn at random (default: 1)\n"
        "      --i-own-this-network\n"
        "                         serve although another DHCP server or a default route is "
        "there\n\n"
        "To one that runs, from another terminal of the same user:\n"
        "      --set=STEP         in force from now on: `dhcp:`, `dns:`, `edos:` or `provision:` "
        "as\n"
        "                         a step of a scenario, also for one phone:\n"
        "                             rclab serve --set 'edos: 503'\n"
        "                             rclab serve --set '{edos: [404, profile], phone: desk-1}'\n"
        "                         As often as you like; if one is wrong, none is put in force\n"
        "      --show             what is in force, and each phone's address and state\n"
        "      --stop             end it\n"
        "      --name=LAB         which lab is meant, if several are served\n"
        "      --control=PATH     the socket for orders, mode 0600 (default: LAB.serve in\n"
        "                         /run/rclab for root, else in $XDG_RUNTIME_DIR/rclab)\n"
        "      --help, --version\n\n"
        "Exit codes: 0 it was ended, or the order was carried out; 2 usage, or a file or step is\n"
        "wrong; 3 the lab broke, the wire is not free, or nobody is there for the order.\n",
    .options = options,
    .run = run,
};
