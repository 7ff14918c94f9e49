/* SPDX-License-Identifier: MIT */
/* One emulated phone as a process of its own: it stands in for a device on a wire, on the real
 * clock, and knows nothing of any harness. */
#include "fakes/phone/emulated_phone.h"
#include "harness/base/background.h"
#include "harness/command/phone_settings.h"
#include "harness/loop/signal_watch.h"
#include "harness/phone_process/phone_control.h"
#include "harness/phone_process/phone_site.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <time.h>

struct stand_in {
    const struct phone_settings *settings;
    char serial[PHONE_SERIAL_MAX];
    struct loop *loop; /* owned, like all below */
    struct phone_site *site;
    struct emulated_phone *phone;
    struct phone_control *control;
    FILE *log;                /* NULL = none */
    struct loop_debtor hands; /* even a phone without power waits for somebody to come */
    struct signal_watch *signals;
};

/* --- its log ------------------------------------------------------------------------------------
 */

/* The wall clock to the millisecond, then the phone's own seconds. */
static void log_line(void *context, const char *line)
{
    struct stand_in *stand_in = context;
    struct timespec now;
    struct tm parts;
    char date[32];
    if (!stand_in->log)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    fprintf(stand_in->log, "%s.%03ldZ %.1fs %s\n", date, now.tv_nsec / 1000000,
            (double)loop_now_us(stand_in->loop) / 1e6, line);
}

static int open_log(struct stand_in *stand_in, struct error *error)
{
    const char *path = stand_in->settings->log;
    if (!path)
        return 0;
    stand_in->log = strcmp(path, "-") == 0 ? stdout : fopen(path, "ae");
    if (!stand_in->log)
        return error_set_errno(error, errno, "cannot write the log %s", path);
    setvbuf(stand_in->log, NULL, _IOLBF, 0);
    return 0;
}

/* --- hands --------------------------------------------------------------------------------------
 */

static void tell_state(const struct stand_in *stand_in, struct buffer *answer)
{
    const char *shown = emulated_phone_shown_state(stand_in->phone);
    if (!emulated_phone_is_on(stand_in->phone))
        buffer_text(answer, "off");
    else
        buffer_format(answer, "on %s", shown && *shown ? shown : "-");
}

static void carry_out(void *context, enum phone_order order, struct buffer *answer)
{
    struct stand_in *stand_in = context;
    struct error error = {0};
    int result = 0;
    switch (order) {
    case PHONE_ORDER_POWER_ON:
        result = emulated_phone_power(stand_in->phone, true, &error);
        break;
    case PHONE_ORDER_POWER_OFF:
        result = emulated_phone_power(stand_in->phone, false, &error);
        break;
    case PHONE_ORDER_FACTORY_RESET:
        result = emulated_phone_factory_reset(stand_in->phone, &error);
        break;
    case PHONE_ORDER_REBOOT:
        if (emulated_phone_is_on(stand_in->phone))
            result = emulated_phone_reboot(stand_in->phone, &error);
        else
            result = error_set(&error, ERROR_FAILED, "it has no power");
        break;
    case PHONE_ORDER_QUIT:
        loop_stop(stand_in->loop);
        break;
    case PHONE_ORDER_STATE:
    case PHONE_ORDERS:
        tell_state(stand_in, answer);
        return;
    }
    if (result < 0)
        buffer_format(answer, "error: %s", error.text);
    else
        buffer_text(answer, "ok");
}

static void stop(void *context)
{
    struct stand_in *stand_in = context;
    loop_stop(stand_in->loop);
}

static bool somebody_may_come(void *context)
{
    (void)context;
    return true;
}

/* --- its life -----------------------------------------------------------------------------------
 */

static int make_phone(struct stand_in *stand_in, struct error *error)
{
    const struct phone_settings *settings = stand_in->settings;
    const struct mac *mac = phone_site_mac(stand_in->site);
    const uint8_t *b = mac->bytes;
    if (settings->serial[0])
        snprintf(stand_in->serial, sizeof stand_in->serial, "%s", settings->serial);
    else
        snprintf(stand_in->serial, sizeof stand_in->serial, "FCH%02X%02X%02X%02X", b[2], b[3], b[4],
                 b[5]);
    struct emulated_phone_config config = {
        .loop = stand_in->loop,
        .netns_fd = -1,
        .interface = settings->interface,
        .name = "the phone",
        .mac = *mac,
        .model = settings->model,
        .serial = stand_in->serial,
        .readings = settings->readings,
        .seed = settings->seed,
        .ca_file = settings->ca_file,
        .certificate_fd = settings->certificate_fd,
        .edos_scheme = settings->edos_scheme,
        .edos_host = settings->edos_host,
        .edos_path = settings->edos_path,
        .edos_port = settings->edos_port,
        .admin_password = settings->password,
        .parameters = settings->parameters,
        .parameter_count = settings->parameter_count,
        .quirk = settings->quirk,
        .variation = settings->has_variation ? &settings->variation : NULL,
        .log = log_line,
        .log_context = stand_in,
    };
    return emulated_phone_new(&config, &stand_in->phone, error);
}

static int set_up(struct stand_in *stand_in, struct error *error)
{
    const struct phone_settings *settings = stand_in->settings;
    int result = open_log(stand_in, error);
    if (result == 0)
        result = loop_new(LOOP_CLOCK_REAL, settings->time_scale, &stand_in->loop, error);
    if (result == 0)
        result = signal_watch_new(stand_in->loop, stop, stand_in, &stand_in->signals, error);
    if (result == 0)
        result = phone_site_open(stand_in->loop, settings->interface,
                                 settings->has_mac ? &settings->mac : NULL, &stand_in->site, error);
    if (result == 0)
        result = make_phone(stand_in, error);
    if (result == 0 && settings->control)
        result = phone_control_new(&(const struct phone_control_config){.loop = stand_in->loop,
                                                                        .path = settings->control,
                                                                        .carry_out = carry_out,
                                                                        .ended = stop,
                                                                        .context = stand_in},
                                   &stand_in->control, error);
    return result;
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

/* Until somebody ends it. On the real clock no wait is too long: nothing counts as a stall. */
static int live(struct stand_in *stand_in, struct error *error)
{
    stand_in->hands = (struct loop_debtor){.owes = somebody_may_come, .name = "somebody's hands"};
    loop_debtor_add(stand_in->loop, &stand_in->hands);
    int result = stand_in->settings->off ? 0 : emulated_phone_power(stand_in->phone, true, error);
    if (result == 0)
        result = loop_run(stand_in->loop, nothing_to_start, NULL, UINT64_MAX, error);
    loop_debtor_remove(stand_in->loop, &stand_in->hands);
    if (result < 0)
        (void)phone_site_check(stand_in->site, error);
    return result;
}

static void take_down(struct stand_in *stand_in)
{
    phone_control_free(stand_in->control);
    emulated_phone_free(stand_in->phone);
    background_wait();
    phone_site_close(stand_in->site);
    signal_watch_free(stand_in->signals);
    loop_free(stand_in->loop);
}

static int close_log(struct stand_in *stand_in, struct error *error)
{
    FILE *log = stand_in->log;
    if (!log || log == stdout)
        return 0;
    int bad = ferror(log);
    return fclose(log) != 0 || bad
               ? error_set(error, ERROR_SYSTEM, "the log %s is not whole", stand_in->settings->log)
               : 0;
}

static int be_a_phone(const struct phone_settings *settings)
{
    struct stand_in stand_in = {.settings = settings};
    struct error error = {0}, log_error = {0};
    signal(SIGPIPE, SIG_IGN);
    int result = set_up(&stand_in, &error);
    if (result == 0)
        result = live(&stand_in, &error);
    take_down(&stand_in);
    if (close_log(&stand_in, &log_error) < 0 && result == 0) {
        result = ERROR_SYSTEM;
        error = log_error;
    }
    if (result == 0)
        return EXIT_CODE_PASS;
    fprintf(stderr, "rclab phone: %s\n", error.text);
    if (strstr(error.text, strerror(EPERM)))
        fputs("A phone needs root, or CAP_NET_RAW and CAP_NET_ADMIN, in its network namespace.\n",
              stderr);
    return EXIT_CODE_LAB;
}

/* --- telling another one ------------------------------------------------------------------------
 */

static int tell(const char *path, char **words, int word_count)
{
    char answer[PHONE_CONTROL_ANSWER_MAX];
    struct error error = {0};
    struct buffer order;
    buffer_init(&order, PHONE_CONTROL_ANSWER_MAX);
    for (int i = 0; i < word_count; i++)
        buffer_format(&order, "%s%s", i > 0 ? " " : "", words[i]);
    int result = order.failed ? error_set(&error, ERROR_LIMIT, "that is no order, it is too long")
                              : phone_tell(path, buffer_string(&order), answer, &error);
    buffer_done(&order);
    if (result < 0) {
        fprintf(stderr, "rclab phone: %s\n", error.text);
        return EXIT_CODE_LAB;
    }
    puts(answer);
    return EXIT_CODE_PASS;
}

static int run(int argument_count, char **arguments)
{
    struct phone_settings settings;
    int code = phone_settings_take(&command_phone, argument_count, arguments, &settings);
    if (code != 0)
        code--;
    else if (settings.tell)
        code = tell(settings.tell, arguments + optind, argument_count - optind);
    else
        code = be_a_phone(&settings);
    phone_settings_done(&settings);
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
        "      --model=M          default: 8841\n"
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
    .run = run,
};
