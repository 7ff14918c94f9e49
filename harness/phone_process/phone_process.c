/* SPDX-License-Identifier: MIT */
#include "harness/phone_process/phone_process.h"
#include "harness/base/background.h"
#include "harness/loop/line_server.h"
#include "harness/loop/signal_watch.h"
#include "harness/phone_process/phone_orders.h"
#include "harness/phone_process/phone_site.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SERIAL_MAX = 16 };

struct stand_in {
    const struct phone_process_config *config;
    char serial[SERIAL_MAX];
    struct loop *loop; /* owned, like all below */
    struct phone_site *site;
    struct emulated_phone *phone;
    struct line_server *orders;
    FILE *log;                /* NULL = none */
    struct loop_debtor hands; /* even a phone without power waits for somebody to come */
    struct signal_watch *signals;
};

/* --- its log --------------------------------------------------------------------------------- */

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
    const char *path = stand_in->config->log;
    if (!path)
        return 0;
    stand_in->log = strcmp(path, "-") == 0 ? stdout : fopen(path, "ae");
    if (!stand_in->log)
        return error_set_errno(error, errno, "cannot write the log %s", path);
    setvbuf(stand_in->log, NULL, _IOLBF, 0);
    return 0;
}

/* --- hands ----------------------------------------------------------------------------------- */

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

static bool take_order(void *context, struct line_client *client, const char *line, size_t length)
{
    enum phone_order order;
    struct error error;
    struct buffer answer;
    buffer_init(&answer, PHONE_ANSWER_MAX);
    if (phone_order_read(line, length, &order, &error) < 0)
        buffer_format(&answer, "error: %s", error.text);
    else
        carry_out(context, order, &answer);
    buffer_text(&answer, "\n");
    line_client_answer(client, &answer);
    buffer_done(&answer);
    return true;
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

/* --- its life -------------------------------------------------------------------------------- */

static int make_phone(struct stand_in *stand_in, struct error *error)
{
    struct emulated_phone_config config = stand_in->config->phone;
    config.core.mac = *phone_site_mac(stand_in->site);
    if (!config.core.serial) {
        const uint8_t *b = config.core.mac.bytes;
        snprintf(stand_in->serial, sizeof stand_in->serial, "FCH%02X%02X%02X%02X", b[2], b[3], b[4],
                 b[5]);
        config.core.serial = stand_in->serial;
    }
    config.loop = stand_in->loop;
    config.netns_fd = -1;
    config.name = "the phone";
    config.log = log_line;
    config.log_context = stand_in;
    return emulated_phone_new(&config, &stand_in->phone, error);
}

static int take_orders(struct stand_in *stand_in, const char *path, struct error *error)
{
    int result =
        line_server_new(&(const struct line_server_config){.path = path,
                                                           .line_bytes_max = PHONE_ORDER_LINE_MAX,
                                                           .end_ends_line = true,
                                                           .line = take_order,
                                                           .ended = stop,
                                                           .context = stand_in},
                        &stand_in->orders, error);
    return result < 0 ? result : line_server_listen(stand_in->orders, stand_in->loop, error);
}

static int set_up(struct stand_in *stand_in, struct error *error)
{
    const struct phone_process_config *config = stand_in->config;
    int result = open_log(stand_in, error);
    if (result == 0)
        result = loop_new(LOOP_CLOCK_REAL, config->time_scale, &stand_in->loop, error);
    if (result == 0)
        result = signal_watch_new(stand_in->loop, stop, stand_in, &stand_in->signals, error);
    if (result == 0)
        result = phone_site_open(stand_in->loop, config->phone.interface, config->mac,
                                 &stand_in->site, error);
    if (result == 0)
        result = make_phone(stand_in, error);
    if (result == 0 && config->control)
        result = take_orders(stand_in, config->control, error);
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
    int result = stand_in->config->off ? 0 : emulated_phone_power(stand_in->phone, true, error);
    if (result == 0)
        result = loop_run(stand_in->loop, nothing_to_start, NULL, UINT64_MAX, error);
    loop_debtor_remove(stand_in->loop, &stand_in->hands);
    if (result < 0)
        (void)phone_site_check(stand_in->site, error);
    return result;
}

static void take_down(struct stand_in *stand_in)
{
    line_server_free(stand_in->orders);
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
               ? error_set(error, ERROR_SYSTEM, "the log %s is not whole", stand_in->config->log)
               : 0;
}

int phone_process_run(const struct phone_process_config *config, struct error *error)
{
    struct stand_in stand_in = {.config = config};
    struct error log_error = {0};
    int result = set_up(&stand_in, error);
    if (result == 0)
        result = live(&stand_in, error);
    take_down(&stand_in);
    if (close_log(&stand_in, &log_error) < 0 && result == 0) {
        result = ERROR_SYSTEM;
        *error = log_error;
    }
    return result;
}

/* --- the other end ---------------------------------------------------------------------------- */

int phone_tell(const char *path, const char *order, char ret_answer[PHONE_ANSWER_MAX],
               struct error *error)
{
    static const char failed[] = "error: ";
    char line[PHONE_ANSWER_MAX];
    struct buffer said;
    size_t length = (size_t)snprintf(line, sizeof line, "%s\n", order);
    if (length >= sizeof line || strchr(order, '\n'))
        return error_set(error, ERROR_INVALID, "an order is one line of at most %d bytes",
                         PHONE_ORDER_LINE_MAX);
    buffer_init(&said, PHONE_ANSWER_MAX - 1);
    int result = line_ask(&(const struct line_question){.path = path,
                                                        .text = line,
                                                        .length = length,
                                                        .seconds = PHONE_TELL_SECONDS_MAX,
                                                        .not_taken = "the phone does not listen",
                                                        .no_answer = "the phone gave no answer"},
                          &said, error);
    snprintf(ret_answer, PHONE_ANSWER_MAX, "%s", buffer_string(&said));
    buffer_done(&said);
    char *end = strchr(ret_answer, '\n');
    if (result == 0 && !end)
        return error_set(error, ERROR_SYSTEM, "the phone gave no whole answer");
    if (result == 0)
        *end = '\0';
    if (result == 0 && strncmp(ret_answer, failed, sizeof failed - 1) == 0)
        return error_set(error, ERROR_FAILED, "%s", ret_answer + sizeof failed - 1);
    return result;
}
