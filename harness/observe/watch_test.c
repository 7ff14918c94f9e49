/* SPDX-License-Identifier: MIT */
/* Capture files as `rclab watch` reads them. */
#include "harness/observe/capture.h"
#include "harness/observe/frames_testing.h"
#include "harness/observe/watch.h"
#include "harness/wire/pcapng.h"
#include <stdio.h>
#include <stdlib.h>

void tests_harness_observe_watch(void);

enum { PATH_BYTES = 512, FILE_MAX = 1 << 20, SLL = 113, SLL2 = 276, RAW = 101 };

static void discover(struct buffer *frame)
{
    struct buffer payload;
    struct dhcp_message message = {.op = 1, .xid = 7, .chaddr = net_phone_mac};
    struct frame headers = {.source_mac = net_phone_mac,
                            .destination_mac = net_broadcast,
                            .destination = UINT32_MAX,
                            .source_port = 68,
                            .destination_port = 67};
    buffer_init(&payload, NET_FRAME_MAX);
    dhcp_encode_header(&payload, &message);
    dhcp_encode_u8(&payload, DHCP_OPTION_MESSAGE_TYPE, DHCP_DISCOVER);
    dhcp_encode_end(&payload);
    frame_encode_udp(frame, &headers, payload.data, payload.length);
    buffer_done(&payload);
}

static const char *store(const char *name, const struct buffer *content)
{
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", testing_folder(), name);
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(content->data, 1, content->length, file), content->length);
    fclose(file);
    return path;
}

/* A pcap file of one record (the classic format, in this machine's byte order). */
static void put_pcap(struct buffer *file, uint32_t link_type, const struct buffer *record)
{
    const uint32_t header[] = {0xA1B2C3D4, 0x00040002, 0, 0, 65535, link_type};
    const uint32_t length = (uint32_t)record->length, record_header[] = {50, 7, length, length};
    buffer_append(file, header, sizeof header);
    buffer_append(file, record_header, sizeof record_header);
    buffer_append(file, record->data, record->length);
}

static int watch(const char *path, bool json, bool colour, char **ret_text, struct error *error)
{
    size_t length;
    FILE *out = open_memstream(ret_text, &length);
    struct watch_options options = {json, colour};
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    int code = watch_file(path, out, &options, error);
    fclose(out);
    return code;
}

static void a_capture_is_told(void)
{
    struct buffer file, frame;
    struct error error;
    char *text = NULL;
    buffer_init(&file, FILE_MAX);
    buffer_init(&frame, NET_FRAME_MAX);
    discover(&frame);
    pcapng_encode_header(&file, "test", "eth0");
    pcapng_encode_frame(&file, 1700000000000000, frame.data, frame.length, frame.length, NULL);
    pcapng_encode_frame(&file, 1700000060000000, frame.data, frame.length, frame.length, NULL);
    const char *path = store("two.pcapng", &file);
    CU_ASSERT_EQUAL(watch(path, false, false, &text, &error), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "0s        1  00:11:22:33:44:55  DHCP discover"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1m        2  00:11:22:33:44:55  DHCP discover"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "00:11:22:33:44:55  boots\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "\n2 frames, 3 events, 1 phone; began 2023-11-14 22:13:20 UTC, lasted 1m\n"));
    CU_ASSERT_PTR_EQUAL(strstr(text, "        time"), text);
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    free(text);
    CU_ASSERT_EQUAL(watch(path, false, true, &text, &error), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\033[36mboots\033[0m"));
    free(text);
    CU_ASSERT_EQUAL(watch(path, true, false, &text, &error), 0);
    static const char *const names[] = {"00:11:22:33:44:55"};
    struct timeline timeline;
    timeline_init(&timeline);
    CU_ASSERT_EQUAL(timeline_read(&timeline, text, strlen(text), names, 1, &error), 0);
    CU_ASSERT_EQUAL(timeline.count, 3);
    timeline_done(&timeline);
    free(text);
    buffer_done(&file);
    buffer_done(&frame);
}

static void a_capture_without_phones_says_so(void)
{
    struct buffer file;
    struct error error;
    char *text = NULL;
    buffer_init(&file, FILE_MAX);
    pcapng_encode_header(&file, "test", "eth0");
    pcapng_encode_frame(&file, 0, (const uint8_t *)"no frame", 8, 8, NULL);
    CU_ASSERT_EQUAL(watch(store("none.pcapng", &file), false, false, &text, &error), 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "1 frame, 0 events, 0 phones; began 1970-01-01 00:00:00 UTC, lasted 0s\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "No phone was seen"));
    free(text);
    buffer_done(&file);
}

static void nothing_steers_the_terminal(void)
{
    static const char request[] = "\0\1a\033[2J\xc2\x9b"
                                  "31m.xml\0octet";
    struct buffer file, frame;
    struct error error;
    char *text = NULL;
    struct frame headers = {.source_mac = net_phone_mac,
                            .destination_mac = net_broadcast,
                            .source = 0x0A000005,
                            .destination = 0x0A000001,
                            .source_port = 5000,
                            .destination_port = 69};
    buffer_init(&file, FILE_MAX);
    buffer_init(&frame, NET_FRAME_MAX);
    pcapng_encode_header(&file, "test", "eth0");
    discover(&frame);
    pcapng_encode_frame(&file, 1, frame.data, frame.length, frame.length, NULL);
    buffer_clear(&frame);
    frame_encode_udp(&frame, &headers, (const uint8_t *)request, sizeof request);
    pcapng_encode_frame(&file, 2, frame.data, frame.length, frame.length, NULL);
    CU_ASSERT_EQUAL(watch(store("esc.pcapng", &file), false, false, &text, &error), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "TFTP RRQ a?[2J"));
    CU_ASSERT_PTR_NULL(strchr(text, '\033'));
    CU_ASSERT_PTR_NULL(strchr(text, '\x9b'));
    free(text);
    buffer_done(&file);
    buffer_done(&frame);
}

static void a_capture_cut_short_is_told_as_far_as_it_goes(void)
{
    struct buffer file, frame;
    struct error error;
    char *text = NULL;
    buffer_init(&file, FILE_MAX);
    buffer_init(&frame, NET_FRAME_MAX);
    discover(&frame);
    pcapng_encode_header(&file, "test", "eth0");
    pcapng_encode_frame(&file, 1, frame.data, frame.length, frame.length, NULL);
    pcapng_encode_frame(&file, 2, frame.data, frame.length, frame.length, NULL);
    file.length -= 100;
    CU_ASSERT_EQUAL(watch(store("cut.pcapng", &file), false, false, &text, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "cut.pcapng"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "boots"));
    free(text);
    buffer_done(&file);
    buffer_done(&frame);
}

static void cooked_captures_are_read(void)
{
    static const uint32_t link_types[] = {SLL, SLL2};
    for (size_t i = 0; i < 2; i++) {
        struct buffer file, frame, cooked;
        struct error error;
        char *text = NULL;
        buffer_init(&file, FILE_MAX);
        buffer_init(&frame, NET_FRAME_MAX);
        buffer_init(&cooked, NET_FRAME_MAX);
        discover(&frame);
        if (link_types[i] == SLL) {
            buffer_append(&cooked, "\0\0\0\1\0\6", 6);
            buffer_append(&cooked, &net_phone_mac, MAC_BYTES);
            buffer_append(&cooked, "\0\0\x08\0", 4);
        } else {
            buffer_append(&cooked, "\x08\0\0\0\0\0\0\2\0\1\0\6", 12);
            buffer_append(&cooked, &net_phone_mac, MAC_BYTES);
            buffer_append(&cooked, "\0\0", 2);
        }
        buffer_append(&cooked, frame.data + 14, frame.length - 14);
        put_pcap(&file, link_types[i], &cooked);
        CU_ASSERT_EQUAL(watch(store("cooked.pcap", &file), false, false, &text, &error), 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "00:11:22:33:44:55  DHCP discover"));
        free(text);
        buffer_done(&file);
        buffer_done(&frame);
        buffer_done(&cooked);
    }
}

static void what_cannot_be_read_is_named(void)
{
    struct buffer file, frame;
    struct error error;
    char *text = NULL;
    buffer_init(&file, FILE_MAX);
    buffer_init(&frame, NET_FRAME_MAX);
    discover(&frame);
    put_pcap(&file, RAW, &frame);
    CU_ASSERT_EQUAL(watch(store("raw.pcap", &file), false, false, &text, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "only Ethernet"));
    free(text);
    buffer_clear(&file);
    buffer_text(&file, "this is no capture at all, whatever its name says");
    CU_ASSERT_EQUAL(watch(store("text.pcap", &file), false, false, &text, &error), ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.file, "text.pcap"));
    free(text);
    CU_ASSERT_EQUAL(watch("/nonexistent/x.pcap", false, false, &text, &error), ERROR_INVALID);
    free(text);
    buffer_done(&file);
    buffer_done(&frame);
}

static void an_interface_that_is_none(void)
{
    struct capture *capture = NULL;
    struct error error;
    CU_ASSERT_TRUE(capture_open_interface("no-such-interface", CAPTURE_SNAPLEN, &capture, &error) <
                   0);
    CU_ASSERT_PTR_NULL(capture);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "no-such-interface"));
}

void tests_harness_observe_watch(void)
{
    TEST_SUITE("observe/watch", {"a capture is told", a_capture_is_told},
               {"a capture without phones", a_capture_without_phones_says_so},
               {"nothing steers the terminal", nothing_steers_the_terminal},
               {"a capture cut short", a_capture_cut_short_is_told_as_far_as_it_goes},
               {"cooked captures", cooked_captures_are_read},
               {"what cannot be read", what_cannot_be_read_is_named},
               {"an interface that is none", an_interface_that_is_none});
}
