/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/command/lab_session.h"
#include "harness/command/serve_settings.h"
#include "harness/loop/signal_watch.h"
#include "harness/observe/watch.h"
#include "harness/report/terminal.h"
#include "harness/serve/serve.h"
#include "harness/serve/serve_control.h"
#include "harness/serve/serve_place.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1 << 20 };

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

/* --- what is told as it happens -----------------------------------------------------------------
 */

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

/* --- orders --------------------------------------------------------------------------------------
 */

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

/* To one that runs. */
static int give_order(const struct serve_settings *settings)
{
    char path[SERVE_PLACE_MAX], directory[PATH_MAX];
    struct serve_order order = settings->order;
    struct error error = {0};
    struct buffer text;
    int code = EXIT_CODE_LAB, result = 0;
    if (settings->control)
        snprintf(path, sizeof path, "%s", settings->control);
    else
        result = serve_place_find(settings->name, path, &error);
    if (result < 0) {
        fprintf(stderr, "rclab serve: %s\n", error.text);
        return result == ERROR_INVALID ? EXIT_CODE_USAGE : EXIT_CODE_LAB;
    }
    order.directory = getcwd(directory, sizeof directory);
    buffer_init(&text, SERVE_ANSWER_BYTES_MAX);
    result = serve_tell(path, &order, &code, &text, &error);
    if (result < 0) {
        fprintf(stderr, "rclab serve: %s\n", error.text);
        code = result == ERROR_INVALID ? EXIT_CODE_USAGE : EXIT_CODE_LAB;
    } else {
        fputs(buffer_string(&text), code == EXIT_CODE_PASS ? stdout : stderr);
    }
    buffer_done(&text);
    return code;
}

/* --- beginning -----------------------------------------------------------------------------------
 */

static int choose_case(struct serving *serving)
{
    const struct serve_settings *settings = serving->settings;
    const struct suite *suite = &serving->suite;
    for (size_t i = 0; i < suite->count; i++) {
        const char *name = suite->scenarios[i]->case_name;
        if (settings->case_name ? name && strcmp(name, settings->case_name) == 0
                                : suite->count == 1)
            serving->scenario = suite->scenarios[i];
    }
    if (serving->scenario)
        return 0;
    if (settings->case_name)
        return 1 + command_usage_error(&command_serve, "%s has no case '%s'", settings->scenario,
                                       settings->case_name);
    return 1 + command_usage_error(&command_serve,
                                   "%s holds %zu scenarios: give one file, and with --case one of "
                                   "its cases",
                                   settings->scenario, suite->count);
}

static int load_scenario(struct serving *serving)
{
    char *path = (char *)serving->settings->scenario; /* the loader only reads it */
    if (!path)
        return 0;
    if (!command_load_suite(&command_serve, &path, 1, &serving->suite))
        return 1 + EXIT_CODE_USAGE;
    int code = choose_case(serving);
    if (code == 0 && serving->scenario->step_count > 0)
        fprintf(stderr,
                "rclab serve: what %s says under `given` of the servers is in force; its steps are "
                "not carried out\n",
                serving->settings->scenario);
    return code;
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

static int serve_it(struct serving *serving)
{
    struct error error = {0};
    int result = open_control(serving, &error);
    if (result < 0)
        return command_lab_error(&error);
    int code = lab_session_open(&command_serve, &serving->session, serving->settings->owns_network);
    if (code)
        return code - 1;
    result = open_serve(serving, &error);
    if (result == 0) {
        greet(serving);
        result = serve_run(serving->serve, &error);
        say_goodbye(serving);
    }
    return result < 0 ? command_lab_error(&error) : EXIT_CODE_PASS;
}

static int run(int argument_count, char **arguments)
{
    struct serve_settings settings;
    struct serving serving = {.settings = &settings, .colour = terminal_colours(stdout)};
    int code = serve_settings_take(&command_serve, argument_count, arguments, &settings);
    if (code)
        return code - 1;
    if (settings.is_order)
        return give_order(&settings);
    buffer_init(&serving.line, LINE_BYTES_MAX);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    code = lab_session_load(&command_serve, settings.lab, &serving.session);
    if (code == 0)
        code = load_scenario(&serving);
    if (code == 0)
        code = 1 + serve_it(&serving);
    done(&serving);
    return code - 1;
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
    .run = run,
};
