/* SPDX-License-Identifier: MIT */
/* Frames from a live interface or a capture file, by libpcap, or from a packet socket of ours. No
 * clock inside: live frames are stamped by the caller if it keeps a clock of its own. Always
 * Ethernet frames: the "cooked" ones of Linux's `any` device get an Ethernet header with what is
 * known. */
#ifndef RCLAB_OBSERVE_CAPTURE_H
#define RCLAB_OBSERVE_CAPTURE_H

#include "harness/base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CAPTURE_SNAPLEN = 65535,      /* whatever an interface may hand over, offloads included */
    CAPTURE_SNAPLEN_MTU = 1600,   /* whole frames of an interface with MTU 1500 and no offloads */
    CAPTURE_BUFFER_FRAMES = 1024, /* kernel's ring, live */
    CAPTURE_DRAIN_MAX = 65536,    /* frames a call of capture_drain */
    CAPTURE_STREAM_DELAY_MS = 20, /* a frame of capture_open_stream comes at most so late */
    CAPTURE_QUIET_BYTES_MAX = 8 << 20, /* the kernel's queue of capture_open_quiet */
};

struct capture;
/* Live, in the current namespace: promiscuous, immediate, non-blocking; the kernel keeps a place of
 * `snaplen` bytes for each of CAPTURE_BUFFER_FRAMES frames. ERROR_UNAVAILABLE when not permitted,
 * ERROR_SYSTEM otherwise. */
int capture_open_interface(const char *interface, int snaplen, struct capture **ret_capture,
                           struct error *error);
/* The same for whoever looks on where much is going on: frames come by blocks, as many as fit into
 * the same memory, not a place for each. What came last is there CAPTURE_STREAM_DELAY_MS later. */
int capture_open_stream(const char *interface, struct capture **ret_capture, struct error *error);
/* The same for an Ethernet interface of a lab's own, on which no more is under way at a time than
 * its turns allow, and without VLAN tags: a plain packet socket, whose opening and closing cost a
 * fraction of a ring's, and a system call a frame. */
int capture_open_quiet(const char *interface, int snaplen, struct capture **ret_capture,
                       struct error *error);
/* Not of capture_open_quiet: only frames that match this filter (pcap-filter(7)) from now on. */
int capture_set_filter(struct capture *capture, const char *filter, struct error *error);
/* pcap and pcapng files; ERROR_INVALID with the file when it is none or not of Ethernet. */
int capture_open_file(const char *path, struct capture **ret_capture, struct error *error);
/* A live one goes on closing in the background (base/background.h). */
void capture_free(struct capture *capture);

int capture_fd(const struct capture *capture); /* live: readable when there are frames */
/* `time_us` since the Unix epoch (capture_open_quiet: 0); `length` may be less than `wire_length`.
 * Non-zero = stop, which capture_drain then returns. The bytes are borrowed during the call. */
typedef int capture_frame_fn(void *context, uint64_t time_us, const uint8_t *bytes, size_t length,
                             size_t wire_length);
/* Reads until nothing is left, at most CAPTURE_DRAIN_MAX frames: *ret_frames says how many (fewer
 * than the maximum = nothing left). Negative: an error, or what the callback returned. */
int capture_drain(struct capture *capture, capture_frame_fn *frame, void *context,
                  size_t *ret_frames, struct error *error);
/* Frames that were lost since the capture was opened (live): by the kernel's buffer and by the
 * interface. */
int capture_dropped(struct capture *capture, uint64_t *ret_dropped, struct error *error);

#endif
