/* SPDX-License-Identifier: MIT */
#include "harness/observe/capture.h"
#include "harness/base/background.h"
#include "harness/base/buffer.h"
#include "harness/base/cursor.h"
#include "harness/wire/pcapng.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ETHERNET_BYTES = 14, MAC_LENGTH = 6, US_PER_S = 1000000, READ_BYTES = 256 << 10 };

struct capture {
    pcap_t *pcap; /* NULL: a plain packet socket */
    int fd;       /* of that; else -1 */
    int snaplen;
    uint64_t dropped;
    uint8_t *room; /* owned; snaplen bytes of a frame from the socket */
    int link_type;
    bool live;
    char *file_room;        /* owned; what is read of a file at once */
    struct buffer ethernet; /* a cooked frame under its new header */
};

static int make(pcap_t *pcap, bool live, struct capture **ret_capture, struct error *error)
{
    struct capture *capture = calloc(1, sizeof *capture);
    if (!capture) {
        pcap_close(pcap);
        return error_set(error, ERROR_MEMORY, "out of memory for a capture");
    }
    capture->pcap = pcap;
    capture->fd = -1;
    capture->live = live;
    capture->link_type = pcap_datalink(pcap);
    buffer_init(&capture->ethernet, ETHERNET_BYTES + PCAPNG_FRAME_MAX);
    *ret_capture = capture;
    return 0;
}

static bool is_supported(int link_type)
{
    return link_type == DLT_EN10MB || link_type == DLT_LINUX_SLL || link_type == DLT_LINUX_SLL2;
}

static const char *link_name(int link_type)
{
    const char *name = pcap_datalink_val_to_name(link_type);
    return name ? name : "an unknown link type";
}

/* Immediate: each frame at once, in a place of its own. */
static int activate(pcap_t *pcap, const char *interface, int snaplen, bool immediate,
                    struct error *error)
{
    char problem[PCAP_ERRBUF_SIZE];
    pcap_set_snaplen(pcap, snaplen);
    pcap_set_promisc(pcap, 1);
    pcap_set_immediate_mode(pcap, immediate);
    pcap_set_timeout(pcap, CAPTURE_STREAM_DELAY_MS);
    pcap_set_buffer_size(pcap, CAPTURE_BUFFER_FRAMES * snaplen);
    int code = pcap_activate(pcap);
    if (code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED)
        return error_set(error, ERROR_UNAVAILABLE,
                         "no permission to capture on %s: run as root, or give the program "
                         "CAP_NET_RAW",
                         interface);
    if (code < 0)
        return error_set(error, ERROR_SYSTEM, "cannot capture on %s: %s", interface,
                         code == PCAP_ERROR ? pcap_geterr(pcap) : pcap_statustostr(code));
    if (!is_supported(pcap_datalink(pcap)))
        return error_set(error, ERROR_SYSTEM, "cannot capture on %s: it is no Ethernet (%s)",
                         interface, link_name(pcap_datalink(pcap)));
    if (pcap_setnonblock(pcap, 1, problem) < 0)
        return error_set(error, ERROR_SYSTEM, "cannot capture on %s: %s", interface, problem);
    return 0;
}

static int open_live(const char *interface, int snaplen, bool immediate,
                     struct capture **ret_capture, struct error *error)
{
    char problem[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_create(interface, problem);
    if (!pcap)
        return error_set(error, ERROR_SYSTEM, "cannot capture on %s: %s", interface, problem);
    int code = activate(pcap, interface, snaplen, immediate, error);
    if (code) {
        pcap_close(pcap);
        return code;
    }
    return make(pcap, true, ret_capture, error);
}

int capture_open_interface(const char *interface, int snaplen, struct capture **ret_capture,
                           struct error *error)
{
    return open_live(interface, snaplen, true, ret_capture, error);
}

int capture_open_stream(const char *interface, struct capture **ret_capture, struct error *error)
{
    return open_live(interface, CAPTURE_SNAPLEN, false, ret_capture, error);
}

static int open_socket(const char *interface, int *ret_fd, struct error *error)
{
    int bytes = CAPTURE_QUIET_BYTES_MAX;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(interface)};
    struct packet_mreq all = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
    if (address.sll_ifindex == 0)
        return error_set(error, ERROR_SYSTEM, "cannot capture on %s: there is none", interface);
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot capture on %s", interface);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int saved = errno;
        close(fd);
        return error_set_errno(error, saved, "cannot capture on %s", interface);
    }
    *ret_fd = fd;
    return 0;
}

int capture_open_quiet(const char *interface, int snaplen, struct capture **ret_capture,
                       struct error *error)
{
    struct capture *capture = calloc(1, sizeof *capture);
    uint8_t *room = malloc((size_t)snaplen);
    int result = capture && room ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    int fd = -1;
    if (result == 0)
        result = open_socket(interface, &fd, error);
    if (result < 0) {
        free(capture);
        free(room);
        return result;
    }
    *capture = (struct capture){
        .fd = fd, .snaplen = snaplen, .room = room, .link_type = DLT_EN10MB, .live = true};
    buffer_init(&capture->ethernet, ETHERNET_BYTES + PCAPNG_FRAME_MAX);
    *ret_capture = capture;
    return 0;
}

int capture_set_filter(struct capture *capture, const char *filter, struct error *error)
{
    struct bpf_program program;
    if (pcap_compile(capture->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
        return error_set(error, ERROR_INVALID, "capture filter '%.200s': %s", filter,
                         pcap_geterr(capture->pcap));
    int code = pcap_setfilter(capture->pcap, &program);
    pcap_freecode(&program);
    return code < 0 ? error_set(error, ERROR_SYSTEM, "cannot set a capture filter: %s",
                                pcap_geterr(capture->pcap))
                    : 0;
}

static int file_error(struct error *error, const char *path, const char *text)
{
    /* libpcap names the file in some of its messages. */
    bool named = strncmp(text, path, strlen(path)) == 0;
    int code =
        error_set(error, ERROR_INVALID, "%s%s%s", named ? "" : path, named ? "" : ": ", text);
    if (error)
        snprintf(error->file, sizeof error->file, "%s", path);
    return code;
}

/* As libpcap opens it by its name, "-" = standard input, but read by pieces of READ_BYTES, with
 * *ret_room for one: its own are those of a page. */
static pcap_t *open_offline(const char *path, char **ret_room, char problem[PCAP_ERRBUF_SIZE])
{
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rbe");
    char *room = file ? malloc(READ_BYTES) : NULL;
    pcap_t *pcap = NULL;
    if (!room)
        pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_MICRO, problem);
    else if (setvbuf(file, room, _IOFBF, READ_BYTES) == 0)
        pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_MICRO, problem);
    if (file && (!room || !pcap))
        fclose(file);
    if (!pcap)
        free(room);
    *ret_room = pcap ? room : NULL;
    return pcap;
}

int capture_open_file(const char *path, struct capture **ret_capture, struct error *error)
{
    char problem[PCAP_ERRBUF_SIZE] = "", *room;
    pcap_t *pcap = open_offline(path, &room, problem);
    if (!pcap)
        return file_error(error, path, problem);
    if (!is_supported(pcap_datalink(pcap))) {
        snprintf(problem, sizeof problem, "captured on %s; only Ethernet can be read",
                 link_name(pcap_datalink(pcap)));
        pcap_close(pcap);
        free(room);
        return file_error(error, path, problem);
    }
    int code = make(pcap, false, ret_capture, error);
    if (code)
        free(room);
    else
        (*ret_capture)->file_room = room;
    return code;
}

static void close_pcap(void *argument)
{
    pcap_close(argument);
}

void capture_free(struct capture *capture)
{
    if (!capture)
        return;
    if (!capture->pcap)
        background_close(capture->fd);
    else if (capture->live)
        background_run(close_pcap, capture->pcap);
    else
        pcap_close(capture->pcap);
    buffer_done(&capture->ethernet);
    free(capture->room);
    free(capture->file_room);
    free(capture);
}

int capture_fd(const struct capture *capture)
{
    return capture->pcap ? pcap_get_selectable_fd(capture->pcap) : capture->fd;
}

/* LINUX_SLL and LINUX_SLL2 (tcpdump.org/linktypes): the sender's address and the protocol. */
static void uncook(struct capture *capture, const uint8_t **bytes, size_t *length)
{
    static const uint8_t nobody[MAC_LENGTH];
    struct cursor cursor;
    const uint8_t *sender;
    uint16_t protocol;
    cursor_init(&cursor, *bytes, *length);
    if (capture->link_type == DLT_LINUX_SLL) {
        cursor_skip(&cursor, 6);
        sender = cursor_take(&cursor, MAC_LENGTH);
        cursor_skip(&cursor, 2);
        protocol = cursor_be16(&cursor);
    } else {
        protocol = cursor_be16(&cursor);
        cursor_skip(&cursor, 10);
        sender = cursor_take(&cursor, MAC_LENGTH);
        cursor_skip(&cursor, 2);
    }
    buffer_clear(&capture->ethernet);
    if (cursor.failed) {
        *length = 0;
        return;
    }
    buffer_append(&capture->ethernet, nobody, MAC_LENGTH);
    buffer_append(&capture->ethernet, sender, MAC_LENGTH);
    buffer_be16(&capture->ethernet, protocol);
    buffer_append(&capture->ethernet, *bytes + cursor.position, cursor_left(&cursor));
    *bytes = capture->ethernet.data;
    *length = capture->ethernet.failed ? 0 : capture->ethernet.length;
}

static int hand_over(struct capture *capture, const struct pcap_pkthdr *header,
                     const uint8_t *bytes, capture_frame_fn *frame, void *context)
{
    uint64_t time_us = (uint64_t)header->ts.tv_sec * US_PER_S + (uint64_t)header->ts.tv_usec;
    size_t length = header->caplen;
    if (capture->link_type != DLT_EN10MB)
        uncook(capture, &bytes, &length);
    return frame(context, time_us, bytes, length, header->len);
}

static int drain_socket(struct capture *capture, capture_frame_fn *frame, void *context,
                        size_t *ret_frames, struct error *error)
{
    size_t frames = 0;
    while (frames < CAPTURE_DRAIN_MAX) {
        /* The length on the wire, however much of it there was room for. */
        ssize_t length = recv(capture->fd, capture->room, (size_t)capture->snaplen, MSG_TRUNC);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (length < 0)
            return error_set_errno(error, errno, "after %zu frames", frames);
        frames++;
        size_t kept = length < capture->snaplen ? (size_t)length : (size_t)capture->snaplen;
        int code = frame(context, 0, capture->room, kept, (size_t)length);
        if (code)
            return code;
    }
    *ret_frames = frames;
    return 0;
}

int capture_drain(struct capture *capture, capture_frame_fn *frame, void *context,
                  size_t *ret_frames, struct error *error)
{
    size_t frames = 0;
    if (!capture->pcap)
        return drain_socket(capture, frame, context, ret_frames, error);
    while (frames < CAPTURE_DRAIN_MAX) {
        struct pcap_pkthdr *header;
        const u_char *bytes;
        int result = pcap_next_ex(capture->pcap, &header, &bytes);
        if (result == 0 || result == PCAP_ERROR_BREAK)
            break;
        if (result < 0)
            return error_set(error, capture->live ? ERROR_SYSTEM : ERROR_INVALID,
                             "after %zu frames: %s", frames, pcap_geterr(capture->pcap));
        frames++;
        int code = hand_over(capture, header, bytes, frame, context);
        if (code)
            return code;
    }
    *ret_frames = frames;
    return 0;
}

/* The kernel's count starts anew each time it is read. */
static int dropped_by_socket(struct capture *capture, uint64_t *ret_dropped, struct error *error)
{
    struct tpacket_stats statistics;
    socklen_t length = sizeof statistics;
    if (getsockopt(capture->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0)
        return error_set_errno(error, errno, "capture statistics");
    capture->dropped += statistics.tp_drops;
    *ret_dropped = capture->dropped;
    return 0;
}

int capture_dropped(struct capture *capture, uint64_t *ret_dropped, struct error *error)
{
    struct pcap_stat statistics;
    if (!capture->pcap)
        return dropped_by_socket(capture, ret_dropped, error);
    if (pcap_stats(capture->pcap, &statistics) < 0)
        return error_set(error, ERROR_SYSTEM, "capture statistics: %s", pcap_geterr(capture->pcap));
    *ret_dropped = (uint64_t)statistics.ps_drop + statistics.ps_ifdrop;
    return 0;
}
