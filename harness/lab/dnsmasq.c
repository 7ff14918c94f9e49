/* SPDX-License-Identifier: MIT */
#include "harness/lab/dnsmasq.h"
#include "harness/base/duration.h"
#include "harness/base/file.h"
#include "harness/base/random.h"
#include "harness/lab/dhcp_value.h"
#include "harness/loop/child.h"
#include "harness/loop/namespace.h"
#include "harness/scenario/words.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- its configuration --- */

enum { TAG_TEXT_MAX = 24 };

/* --- configuration lines --- */

/* Option 66 is text to dnsmasq, which refuses it as hexadecimal bytes (and ends it with a NUL). */
static int append_quoted(struct buffer *buffer, const struct buffer *bytes, uint8_t code,
                         struct error *error)
{
    buffer_text(buffer, "\"");
    for (size_t i = 0; i < bytes->length; i++) {
        unsigned char c = bytes->data[i];
        if (!isprint(c))
            return error_set(error, ERROR_INVALID,
                             "option %u can only be sent as printable text, without byte 0x%02x",
                             code, c);
        if (c == '"' || c == '\\')
            buffer_text(buffer, "\\");
        buffer_u8(buffer, c);
    }
    buffer_text(buffer, "\"");
    return 0;
}

static int append_value(struct buffer *buffer, const struct buffer *bytes, uint8_t code,
                        struct error *error)
{
    /* One byte in hexadecimal would be taken for text. */
    if (code == DHCP_OPTION_TFTP_SERVER_NAME || bytes->length < 2)
        return append_quoted(buffer, bytes, code, error);
    for (size_t i = 0; i < bytes->length; i++)
        buffer_format(buffer, "%s%02x", i ? ":" : "", bytes->data[i]);
    return 0;
}

static int append_offer(struct buffer *buffer, const struct dnsmasq_settings *settings,
                        const struct scenario_dhcp *dhcp, const char *tag, struct error *error)
{
    for (size_t i = 0; i < dhcp->offer_count; i++) {
        const struct dhcp_value *value = &dhcp->offer[i];
        struct buffer bytes;
        buffer_init(&bytes, DHCP_VALUE_BYTES_MAX);
        int result = dhcp_value_bytes(value, settings->substitutions, &bytes, error);
        if (result == 0) {
            buffer_format(buffer, "dhcp-option%s=%s", dhcp->only_if_asked ? "" : "-force", tag);
            if (value->code == DHCP_OPTION_TFTP_SERVER_ADDRESS && bytes.length % 4 == 0) {
                buffer_format(buffer, "%u", value->code);
                for (size_t k = 0; k + 4 <= bytes.length; k += 4)
                    buffer_format(buffer, ",%u.%u.%u.%u", bytes.data[k], bytes.data[k + 1],
                                  bytes.data[k + 2], bytes.data[k + 3]);
            } else {
                buffer_format(buffer, "%u,", value->code);
                result = append_value(buffer, &bytes, value->code, error);
            }
            buffer_text(buffer, "\n");
        }
        buffer_done(&bytes);
        if (result < 0)
            return result;
    }
    return 0;
}

static int append_phone_settings(struct buffer *buffer, const struct dnsmasq_settings *settings,
                                 const struct scenario_dhcp *dhcp, const char *tag,
                                 struct error *error)
{
    if (dhcp->domain)
        buffer_format(buffer, "dhcp-option-force=%s15,\"%s\"\n", tag, dhcp->domain);
    return append_offer(buffer, settings, dhcp, tag, error);
}

static bool all_the_same(const struct dnsmasq_settings *settings)
{
    for (size_t i = 1; i < settings->phone_count; i++) {
        if (settings->phones[i] != settings->phones[0])
            return false;
    }
    return true;
}

/* `tagged`: the phone gets options of its own. */
static void append_host(struct buffer *buffer, const struct dnsmasq_settings *settings,
                        size_t phone, bool tagged)
{
    char mac[MAC_TEXT_MAX], address[IPV4_TEXT_MAX];
    uint32_t fixed = settings->fixed_addresses ? settings->fixed_addresses[phone] : 0;
    buffer_format(buffer, "dhcp-host=%s,", mac_format(&settings->phone_macs[phone], mac));
    if (tagged)
        buffer_format(buffer, "set:p%zu,", phone);
    if (fixed)
        buffer_format(buffer, "%s,", ipv4_format(fixed, address));
    buffer_format(buffer, "%llu\n",
                  (unsigned long long)(settings->phones[phone]->lease_us / DURATION_S));
}

static int append_phones(struct buffer *buffer, const struct dnsmasq_settings *settings,
                         struct error *error)
{
    bool alike = all_the_same(settings);
    int result = 0;
    if (!alike || settings->fixed_addresses || settings->known_only) {
        for (size_t i = 0; i < settings->phone_count; i++)
            append_host(buffer, settings, i, !alike);
    }
    if (alike)
        return append_phone_settings(buffer, settings, settings->phones[0], "", error);
    for (size_t i = 0; result == 0 && i < settings->phone_count; i++) {
        struct buffer tag;
        buffer_init(&tag, TAG_TEXT_MAX);
        buffer_format(&tag, "tag:p%zu,", i);
        result = append_phone_settings(buffer, settings, settings->phones[i], buffer_string(&tag),
                                       error);
        buffer_done(&tag);
    }
    return result;
}

int dnsmasq_config_write(const struct dnsmasq_settings *settings, struct buffer *buffer,
                         struct error *error)
{
    char first[IPV4_TEXT_MAX], last[IPV4_TEXT_MAX], mask[IPV4_TEXT_MAX], provision[IPV4_TEXT_MAX];
    unsigned long long lease_s =
        settings->phone_count ? settings->phones[0]->lease_us / DURATION_S : 43200;
    buffer_text(buffer, "# Written by rclab for one run.\n"
                        "keep-in-foreground\nlog-facility=-\nuser=root\ngroup=\npid-file=\n"
                        "port=53\ninterface=eth0\nlisten-address=127.0.0.1\nbind-interfaces\n"
                        "no-resolv\nno-hosts\nno-poll\ncache-size=0\n"
                        "no-ping\ndhcp-authoritative\n");
    buffer_format(buffer, "dhcp-lease-max=%zu\n", 2 * settings->phone_count + 64);
    if (settings->lease_file)
        buffer_format(buffer, "dhcp-leasefile=%s\n", settings->lease_file);
    else
        buffer_text(buffer, "leasefile-ro\n");
    buffer_format(buffer, "dhcp-range=%s,%s,%s,%llu\n", ipv4_format(settings->pool_first, first),
                  ipv4_format(settings->pool_last, last), ipv4_format(settings->netmask, mask),
                  lease_s);
    buffer_format(buffer, "address=/#/\nserver=/%s/127.0.0.1#%d\n", settings->edos_host,
                  DNSMASQ_STUB_PORT);
    buffer_format(buffer, "host-record=%s,%s\nhost-record=" DNSMASQ_BARRIER_NAME ",127.0.0.1\n",
                  settings->provision_host, ipv4_format(settings->provision_address, provision));
    /* Each new name of a client makes it look at all names once for each of them. */
    if (settings->leases_told)
        buffer_text(buffer, "dhcp-ignore-names\n");
    if (settings->known_only)
        buffer_text(buffer, "dhcp-ignore=tag:!known\n");
    if (settings->phone_count)
        TRY(append_phones(buffer, settings, error));
    return buffer->failed
               ? error_set(error, ERROR_LIMIT, "the name server's configuration is too long")
               : 0;
}

/* --- the barrier --- */

enum { QUEUES_TEXT_MAX = 1 << 16 };

struct dnsmasq_barrier {
    struct loop_barrier barrier;
    struct loop *loop;
    struct dnsmasq_given given;
    uint64_t proving, proved; /* values of given.count */
    int fd, queues_fd;
    struct loop_watch *watch;
    uint16_t question; /* id of the last one asked */
    bool last;         /* the queues were empty before the last question */
};

bool udp_queues_parse(const char *text, const uint16_t *ports, size_t port_count,
                      uint64_t *ret_waiting_bytes, uint64_t *ret_dropped)
{
    uint64_t waiting = 0, dropped = 0;
    const char *line = strchr(text, '\n'); /* behind the heading */
    if (!line)
        return false;
    while (*++line) {
        unsigned port, receive_queue;
        uint64_t drops;
        const char *end = strchr(line, '\n');
        if (!end)
            return false;
        if (sscanf(line,
                   "%*d: %*8x:%4x %*8x:%*4x %*x %*8x:%8x %*x:%*x %*x %*d %*d %*d %*d %*s %" SCNu64,
                   &port, &receive_queue, &drops) != 3)
            return false;
        for (size_t i = 0; i < port_count; i++) {
            if (ports[i] == port) {
                waiting += receive_queue;
                dropped += drops;
            }
        }
        line = end;
    }
    *ret_waiting_bytes = waiting;
    *ret_dropped = dropped;
    return true;
}

static void barrier_fail(struct dnsmasq_barrier *barrier, const char *text)
{
    struct error error;
    error_set_errno(&error, errno, "%s", text);
    loop_fail(barrier->loop, ERROR_SYSTEM, &error);
}

static bool queues_empty(struct dnsmasq_barrier *barrier)
{
    static const uint16_t ports[] = {DHCP_SERVER_PORT, DNS_PORT, DNSMASQ_STUB_PORT};
    static char text[QUEUES_TEXT_MAX];
    size_t length = 0;
    uint64_t waiting = 0, dropped = 0;
    if (lseek(barrier->queues_fd, 0, SEEK_SET) == 0) {
        ssize_t part;
        while (length < sizeof text - 1 &&
               (part = read(barrier->queues_fd, text + length, sizeof text - 1 - length)) > 0)
            length += (size_t)part;
    }
    text[length] = 0;
    if (!udp_queues_parse(text, ports, sizeof ports / sizeof ports[0], &waiting, &dropped)) {
        barrier_fail(barrier, "cannot read the name server's receive queues");
        return false;
    }
    if (dropped > 0) {
        struct error error;
        error_set(&error, ERROR_LIMIT, "the name server's receive queue overflowed");
        loop_fail(barrier->loop, ERROR_LIMIT, &error);
    }
    return waiting == 0;
}

static void barrier_ask(struct dnsmasq_barrier *barrier)
{
    struct dns_message question = {.id = ++barrier->question, .type = DNS_A};
    struct buffer bytes;
    memcpy(question.name, DNSMASQ_BARRIER_NAME, sizeof DNSMASQ_BARRIER_NAME);
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    barrier->last = queues_empty(barrier);
    dns_encode(&bytes, &question);
    if (send(barrier->fd, bytes.data, bytes.length, 0) < 0)
        barrier_fail(barrier, "cannot ask the name server");
    buffer_done(&bytes);
}

static void barrier_ready(void *context, uint32_t epoll_events)
{
    struct dnsmasq_barrier *barrier = context;
    uint8_t bytes[DNS_MESSAGE_MAX];
    struct dns_message answer;
    (void)epoll_events;
    ssize_t length = recv(barrier->fd, bytes, sizeof bytes, 0);
    if (length < 0) {
        /* A refusal means that it has just died, which its supervisor tells better. */
        if (errno != EAGAIN && errno != ECONNREFUSED)
            barrier_fail(barrier, "cannot hear the name server");
        return;
    }
    if (!barrier->barrier.begun || !dns_decode(bytes, (size_t)length, &answer) ||
        !answer.response || answer.id != barrier->question)
        return;
    if (!barrier->last) {
        barrier_ask(barrier);
        return;
    }
    barrier->proved = barrier->proving;
    loop_barrier_passed(&barrier->barrier);
}

static bool barrier_answered(const struct dnsmasq_barrier *barrier)
{
    uint8_t bytes[DNS_MESSAGE_MAX];
    struct dns_message answer;
    ssize_t length = recv(barrier->fd, bytes, sizeof bytes, 0);
    return length > 0 && dns_decode(bytes, (size_t)length, &answer) && answer.response &&
           answer.id == barrier->question;
}

/* The same proof at once, for a clock that does not wait for it: returns when it is there, or when
 * the real time is up (false: nothing is proved; dnsmasq may hang). */
static bool barrier_drain(struct dnsmasq_barrier *barrier, int real_ms_max)
{
    uint64_t end_us = monotonic_us() + (uint64_t)real_ms_max * 1000;
    barrier_ask(barrier);
    for (uint64_t now_us; (now_us = monotonic_us()) < end_us;) {
        struct pollfd ready = {.fd = barrier->fd, .events = POLLIN};
        if (poll(&ready, 1, (int)((end_us - now_us) / 1000) + 1) <= 0 || !barrier_answered(barrier))
            continue;
        if (barrier->last)
            return true;
        barrier_ask(barrier);
    }
    return false;
}

static bool barrier_needed(void *context)
{
    struct dnsmasq_barrier *barrier = context;
    return barrier->given.count(barrier->given.context) != barrier->proved;
}

static void barrier_begin(void *context)
{
    struct dnsmasq_barrier *barrier = context;
    barrier->proving = barrier->given.count(barrier->given.context);
    barrier_ask(barrier);
}

static int open_in_namespace(struct dnsmasq_barrier *barrier, int netns_fd, struct error *error)
{
    struct namespace_visit visit;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(DNS_PORT),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int result = namespace_enter(&visit, netns_fd, error);
    if (result < 0)
        return result;
    barrier->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    barrier->queues_fd = open("/proc/thread-self/net/udp", O_RDONLY | O_CLOEXEC);
    if (barrier->fd < 0 || barrier->queues_fd < 0 ||
        connect(barrier->fd, (struct sockaddr *)&address, sizeof address) < 0)
        result = error_set_errno(error, errno, "cannot look into the name server's namespace");
    namespace_leave(&visit);
    return result;
}

static void barrier_free(struct dnsmasq_barrier *barrier)
{
    if (!barrier)
        return;
    loop_barrier_remove(barrier->loop, &barrier->barrier);
    loop_unwatch(barrier->watch);
    if (barrier->fd >= 0)
        close(barrier->fd);
    if (barrier->queues_fd >= 0)
        close(barrier->queues_fd);
    free(barrier);
}

static int barrier_new(struct loop *loop, int netns_fd, struct dnsmasq_given given,
                       struct dnsmasq_barrier **ret_barrier, struct error *error)
{
    struct dnsmasq_barrier *barrier = calloc(1, sizeof *barrier);
    if (!barrier)
        return error_set(error, ERROR_MEMORY, "out of memory");
    barrier->loop = loop;
    barrier->given = given;
    barrier->fd = barrier->queues_fd = -1;
    barrier->barrier = (struct loop_barrier){
        .needed = barrier_needed, .begin = barrier_begin, .context = barrier, .name = "dnsmasq"};
    loop_barrier_add(loop, &barrier->barrier);
    int result = open_in_namespace(barrier, netns_fd, error);
    if (result == 0)
        result =
            loop_watch(loop, barrier->fd, EPOLLIN, barrier_ready, barrier, &barrier->watch, error);
    if (result < 0) {
        barrier_free(barrier);
        return result;
    }
    loop_watch_set_passive(barrier->watch, true);
    *ret_barrier = barrier;
    return 0;
}

/* --- the child --- */

enum { PATH_BYTES_MAX = 4096, LINE_BYTES_MAX = 512, SEED_WORDS = 512, DRAIN_MS_MAX = 200 };
enum { LEASES_BYTES_MAX = 16 << 20 };
#define LEASES_IN_MEMORY "/proc/self/fd/0" /* dnsmasq's input */

struct dnsmasq {
    struct loop *loop;
    int netns_fd;
    struct dnsmasq_barrier *barrier;
    char config_path[PATH_BYTES_MAX], lease_path[PATH_BYTES_MAX], seed_path[PATH_BYTES_MAX];
    int log_fd;    /* the run's dnsmasq.log */
    int leases_fd; /* of a nameless file in memory; -1 = they are in lease_path */
    size_t logged_bytes;
    struct child *child;                                /* NULL = none */
    char lines[DNSMASQ_LOG_TAIL_LINES][LINE_BYTES_MAX]; /* ring of its last lines */
    unsigned line_count;
    char partial[LINE_BYTES_MAX];
    size_t partial_length;
    bool serving; /* it said so since the last start */
};

const char *dnsmasq_program(void)
{
    static const char *const paths[] = {"/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq",
                                        "/usr/bin/dnsmasq", "/sbin/dnsmasq"};
    const char *chosen = getenv("RCLAB_DNSMASQ");
    if (chosen && *chosen)
        return access(chosen, X_OK) == 0 ? chosen : NULL;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (access(paths[i], X_OK) == 0)
            return paths[i];
    }
    return NULL;
}

/* --- its log --- */

static void end_line(struct dnsmasq *dnsmasq)
{
    char *line = dnsmasq->lines[dnsmasq->line_count++ % DNSMASQ_LOG_TAIL_LINES];
    dnsmasq->partial[dnsmasq->partial_length] = 0;
    memcpy(line, dnsmasq->partial, dnsmasq->partial_length + 1);
    dnsmasq->partial_length = 0;
    if (strstr(line, "started, version"))
        dnsmasq->serving = true;
}

static void take_log(void *context, const char *bytes, size_t length)
{
    struct dnsmasq *dnsmasq = context;
    if (dnsmasq->logged_bytes + length <= DNSMASQ_LOG_BYTES_MAX) {
        ssize_t ignored = write(dnsmasq->log_fd, bytes, length);
        (void)ignored;
        dnsmasq->logged_bytes += length;
    }
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            end_line(dnsmasq);
        else if (dnsmasq->partial_length < LINE_BYTES_MAX - 1)
            dnsmasq->partial[dnsmasq->partial_length++] = bytes[i];
    }
}

static int death_error(const struct dnsmasq *dnsmasq, const struct child_end *end,
                       struct error *error)
{
    struct buffer text;
    buffer_init(&text, ERROR_TEXT_MAX);
    if (end->ending == CHILD_KILLED)
        buffer_format(&text, "dnsmasq was killed by signal %d", end->number);
    else
        buffer_format(&text, "dnsmasq ended with exit code %d", end->number);
    buffer_text(&text, "; its last words:");
    unsigned first = dnsmasq->line_count > DNSMASQ_LOG_TAIL_LINES
                         ? dnsmasq->line_count - DNSMASQ_LOG_TAIL_LINES
                         : 0;
    for (unsigned i = first; i < dnsmasq->line_count; i++)
        buffer_format(&text, "\n  %s", dnsmasq->lines[i % DNSMASQ_LOG_TAIL_LINES]);
    if (dnsmasq->line_count == 0)
        buffer_text(&text, " none");
    error_set(error, ERROR_FAILED, "%s", buffer_string(&text));
    buffer_done(&text);
    return ERROR_FAILED;
}

/* --- its life --- */

static void died(void *context, const struct child_end *end)
{
    struct dnsmasq *dnsmasq = context;
    struct error error;
    dnsmasq->child = NULL;
    int code = death_error(dnsmasq, end, &error);
    loop_fail(dnsmasq->loop, code, &error);
}

/* Its leases are written through at each change. */
static void stop_child(struct dnsmasq *dnsmasq)
{
    child_kill(dnsmasq->child);
    dnsmasq->child = NULL;
}

/* In mounts of its own, which nobody else sees: the seeded file takes the place of the random
 * source. Where that is forbidden dnsmasq works all the same, only its draws are not repeatable. */
static void seed_randomness(const char *seed_path)
{
    if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        mount(seed_path, "/dev/urandom", NULL, MS_BIND, NULL);
}

/* Passwords of a lab's devices may be in the environment: no business of this child's. It does with
 * next to nothing (the mark is by what a test finds the processes that come from it). */
static const char *const kept_variables[] = {"PATH=", "LD_LIBRARY_PATH=", "RCLAB_TEST_MARK="};
enum { KEPT_VARIABLES = sizeof kept_variables / sizeof kept_variables[0] };

static void choose_environment(char *ret_variables[KEPT_VARIABLES + 1])
{
    size_t count = 0;
    for (char **at = environ; at && *at && count < KEPT_VARIABLES; at++)
        for (size_t i = 0; i < KEPT_VARIABLES; i++)
            if (strncmp(*at, kept_variables[i], strlen(kept_variables[i])) == 0)
                ret_variables[count++] = *at;
    ret_variables[count] = NULL;
}

static int run_dnsmasq(const void *context)
{
    const struct dnsmasq *dnsmasq = context;
    const char *program = dnsmasq_program();
    char name[] = "dnsmasq", argument[PATH_BYTES_MAX + 16];
    char *const arguments[] = {name, argument, NULL};
    char *variables[KEPT_VARIABLES + 1];
    snprintf(argument, sizeof argument, "--conf-file=%s", dnsmasq->config_path);
    choose_environment(variables);
    seed_randomness(dnsmasq->seed_path);
    execve(program, arguments, variables);
    return 127; /* as shells do */
}

static int spawn(struct dnsmasq *dnsmasq, struct error *error)
{
    const struct child_config config = {.loop = dnsmasq->loop,
                                        .netns_fd = dnsmasq->netns_fd,
                                        .input_fd = dnsmasq->leases_fd < 0 ? 0 : dnsmasq->leases_fd,
                                        .run = run_dnsmasq,
                                        .only_execs = true,
                                        .run_context = dnsmasq,
                                        .heard = take_log};
    if (!dnsmasq_program())
        return error_set(
            error, ERROR_UNAVAILABLE,
            "dnsmasq was not found (Debian: apt-get install dnsmasq-base; RCLAB_DNSMASQ "
            "names another program)");
    return child_start(&config, died, dnsmasq, &dnsmasq->child, error);
}

static int wait_until_serving(struct dnsmasq *dnsmasq, struct error *error)
{
    uint64_t limit_us = monotonic_us() + DNSMASQ_START_MAX_MS * 1000u;
    while (!dnsmasq->serving) {
        struct child_end end;
        uint64_t now_us = monotonic_us();
        if (now_us >= limit_us)
            return error_set(error, ERROR_LIMIT, "dnsmasq did not start within %d s",
                             DNSMASQ_START_MAX_MS / 1000);
        if (!child_listen(dnsmasq->child, (int)((limit_us - now_us) / 1000) + 1, &end)) {
            dnsmasq->child = NULL;
            return death_error(dnsmasq, &end, error);
        }
    }
    return 0;
}

static int write_config(struct dnsmasq *dnsmasq, const struct dnsmasq_settings *settings,
                        struct error *error)
{
    struct buffer text;
    buffer_init(&text, DNSMASQ_CONFIG_BYTES_MAX);
    int result = dnsmasq_config_write(settings, &text, error);
    if (result == 0)
        result = file_write(dnsmasq->config_path, text.data, text.length, error);
    buffer_done(&text);
    return result;
}

int dnsmasq_apply(struct dnsmasq *dnsmasq, struct dnsmasq_settings *settings, struct error *error)
{
    settings->lease_file = settings->leases_told     ? NULL
                           : dnsmasq->leases_fd >= 0 ? LEASES_IN_MEMORY
                                                     : dnsmasq->lease_path;
    TRY(write_config(dnsmasq, settings, error));
    /* Several phones live their own lives here: what one was about to get, it gets first. */
    if (dnsmasq->child && loop_clock(dnsmasq->loop) == LOOP_CLOCK_REAL)
        barrier_drain(dnsmasq->barrier, DRAIN_MS_MAX);
    stop_child(dnsmasq);
    dnsmasq->serving = false;
    dnsmasq->partial_length = 0;
    TRY(spawn(dnsmasq, error));
    return wait_until_serving(dnsmasq, error);
}

bool dnsmasq_serves(const struct dnsmasq *dnsmasq)
{
    return dnsmasq->child && dnsmasq->serving;
}

static int write_seed(const struct dnsmasq *dnsmasq, uint64_t seed, struct error *error)
{
    uint64_t words[SEED_WORDS];
    struct random_source random;
    random_seed_named(&random, seed, "dnsmasq");
    for (size_t i = 0; i < SEED_WORDS; i++)
        words[i] = random_u64(&random);
    return file_write(dnsmasq->seed_path, words, sizeof words, error);
}

int dnsmasq_new(struct loop *loop, int netns_fd, const char *folder, uint64_t seed,
                struct dnsmasq_given given, struct dnsmasq **ret_dnsmasq, struct error *error)
{
    char log_path[PATH_BYTES_MAX];
    struct dnsmasq *dnsmasq = calloc(1, sizeof *dnsmasq);
    if (!dnsmasq)
        return error_set(error, ERROR_MEMORY, "out of memory");
    dnsmasq->loop = loop;
    dnsmasq->netns_fd = netns_fd;
    /* At each change dnsmasq waits until they are on the disk, a few milliseconds that nobody needs
     * here: who pulls the machine's power loses the run, too. */
    dnsmasq->leases_fd =
        loop_clock(loop) == LOOP_CLOCK_WARP ? memfd_create("leases", MFD_CLOEXEC) : -1;
    int length = snprintf(log_path, sizeof log_path, "%s/dnsmasq.log", folder);
    snprintf(dnsmasq->config_path, PATH_BYTES_MAX, "%s/dnsmasq.conf", folder);
    snprintf(dnsmasq->lease_path, PATH_BYTES_MAX, "%s/dnsmasq.leases", folder);
    snprintf(dnsmasq->seed_path, PATH_BYTES_MAX, "%s/dnsmasq.seed", folder);
    dnsmasq->log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int result = 0;
    if (length >= PATH_BYTES_MAX - 16)
        result = error_set(error, ERROR_LIMIT, "the path %s is too long", folder);
    else if (dnsmasq->log_fd < 0)
        result = error_set_errno(error, errno, "cannot write %s", log_path);
    if (result == 0)
        result = write_seed(dnsmasq, seed, error);
    if (result == 0)
        result = barrier_new(loop, netns_fd, given, &dnsmasq->barrier, error);
    if (result < 0) {
        dnsmasq_free(dnsmasq);
        return result;
    }
    *ret_dnsmasq = dnsmasq;
    return 0;
}

/* Best effort: they are there to be looked at, nobody depends on them. */
static void keep_leases(const struct dnsmasq *dnsmasq)
{
    struct stat status;
    if (dnsmasq->leases_fd < 0 || fstat(dnsmasq->leases_fd, &status) < 0 || status.st_size == 0 ||
        status.st_size > LEASES_BYTES_MAX)
        return;
    size_t length = (size_t)status.st_size;
    char *bytes = malloc(length + 1);
    if (bytes && pread(dnsmasq->leases_fd, bytes, length, 0) == (ssize_t)length)
        file_write(dnsmasq->lease_path, bytes, length, NULL);
    free(bytes);
}

void dnsmasq_free(struct dnsmasq *dnsmasq)
{
    if (!dnsmasq)
        return;
    stop_child(dnsmasq);
    keep_leases(dnsmasq);
    if (dnsmasq->leases_fd >= 0)
        close(dnsmasq->leases_fd);
    barrier_free(dnsmasq->barrier);
    if (dnsmasq->log_fd >= 0)
        close(dnsmasq->log_fd);
    free(dnsmasq);
}
