/* SPDX-License-Identifier: MIT */
/* DHCP messages (RFC 2131 section 2; options RFC 2132, long options RFC 3396, overload option 52).
 * Pure codec, borrowed views. */
#ifndef RCLAB_WIRE_DHCP_H
#define RCLAB_WIRE_DHCP_H

#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include "harness/base/cursor.h"
#include <stddef.h>

enum {
    DHCP_SERVER_PORT = 67,
    DHCP_CLIENT_PORT = 68,
    DHCP_OPTION_VALUE_MAX = 1024, /* joined length of one option taken out of a message */
    DHCP_OPTIONS_MAX = 255,
    /* of a normalized area: each option is at most its value and the heads of its pieces */
    DHCP_AREA_MAX = DHCP_OPTIONS_MAX * 2 * DHCP_OPTION_VALUE_MAX,
};
enum dhcp_type { /* option 53 */
                 DHCP_DISCOVER = 1,
                 DHCP_OFFER,
                 DHCP_REQUEST,
                 DHCP_DECLINE,
                 DHCP_ACK,
                 DHCP_NAK,
                 DHCP_RELEASE,
                 DHCP_INFORM,
};
enum dhcp_option { /* RFC 2132 names; the provisioning ones after the vendor's list */
                   DHCP_OPTION_PAD = 0,
                   DHCP_OPTION_SUBNET_MASK = 1,
                   DHCP_OPTION_ROUTER = 3,
                   DHCP_OPTION_DOMAIN_NAME_SERVER = 6,
                   DHCP_OPTION_HOST_NAME = 12,
                   DHCP_OPTION_DOMAIN_NAME = 15,
                   DHCP_OPTION_NTP_SERVERS = 42,
                   DHCP_OPTION_VENDOR_SPECIFIC = 43,
                   DHCP_OPTION_REQUESTED_ADDRESS = 50,
                   DHCP_OPTION_LEASE_TIME = 51,
                   DHCP_OPTION_OVERLOAD = 52,
                   DHCP_OPTION_MESSAGE_TYPE = 53,
                   DHCP_OPTION_SERVER_IDENTIFIER = 54,
                   DHCP_OPTION_PARAMETER_REQUEST_LIST = 55,
                   DHCP_OPTION_MESSAGE = 56,
                   DHCP_OPTION_MAXIMUM_MESSAGE_SIZE = 57,
                   DHCP_OPTION_RENEWAL_TIME = 58,
                   DHCP_OPTION_REBINDING_TIME = 59,
                   DHCP_OPTION_CLASS_IDENTIFIER = 60,
                   DHCP_OPTION_CLIENT_IDENTIFIER = 61,
                   DHCP_OPTION_TFTP_SERVER_NAME = 66,
                   DHCP_OPTION_BOOTFILE_NAME = 67,
                   DHCP_OPTION_VENDOR_IDENTIFYING_CLASS = 124,
                   DHCP_OPTION_VENDOR_IDENTIFYING = 125,  /* RFC 3925 */
                   DHCP_OPTION_TFTP_SERVER_ADDRESS = 150, /* RFC 5859 */
                   DHCP_OPTION_159 = 159,
                   DHCP_OPTION_160 = 160,
                   DHCP_OPTION_END = 255,
};

struct dhcp_message {
    uint8_t op; /* 1 BOOTREQUEST, 2 BOOTREPLY */
    uint8_t hops;
    uint32_t xid;
    uint16_t secs, flags; /* flags: 0x8000 = broadcast */
    uint32_t ciaddr, yiaddr, siaddr, giaddr;
    struct mac chaddr;
    const uint8_t *sname, *file; /* 64 and 128 bytes, borrowed; for option overload */
    const uint8_t *options;      /* behind the magic cookie, borrowed */
    size_t options_length;
    enum dhcp_type type; /* option 53, 0 = plain BOOTP */
};

/* False: not a DHCP/BOOTP message over Ethernet (htype 1, hlen 6, cookie present). */
bool dhcp_decode(const uint8_t *bytes, size_t length, struct dhcp_message *ret_message);

/* --- is it whole? ----------------------------------------------------------------------------- */
enum dhcp_form {
    DHCP_FORM_GOOD,
    DHCP_FORM_TRUNCATED,  /* the message ends within an option */
    DHCP_FORM_BAD_LENGTH, /* an option claims more bytes than there are; what should follow it is
                             there all the same */
    DHCP_FORM_NO_END,     /* its options are whole, but no end option closes them */
    DHCP_FORMS
};
extern const char *const dhcp_form_names[DHCP_FORMS]; /* "truncated", …; NULL for a good one */
/* RFC 2131 section 4.1: the last option is always the end option. */
enum dhcp_form dhcp_form(const struct dhcp_message *message);

/* --- options, one after the other ------------------------------------------------------------- */
/* One option of a message or of an event's area, or one sub-option: a view into what is walked
 * over. An option may come in several instances, whose values belong together (RFC 3396). */
struct dhcp_item {
    uint32_t enterprise; /* of a vendor-identifying sub-option, else 0 */
    uint8_t code, length;
    const uint8_t *value;
};
struct dhcp_walk { /* may be copied to walk on from there again */
    struct cursor areas[3];
    size_t area, area_count;
    struct cursor enterprises;
    uint32_t enterprise;
    bool marked; /* codes 0 and 255 are pad and end */
    bool failed; /* something malformed was met */
};
/* The options of a message without pad and end, in the order of RFC 3396 section 5: those of the
 * options field, then `file` and `sname` where option 52 says so. Ends at the first malformed one:
 * what follows it cannot be told apart. */
void dhcp_walk_message(struct dhcp_walk *walk, const struct dhcp_message *message);
/* (code, length, bytes)*, as dhcp_options_normalize leaves it and events carry it. */
void dhcp_walk_area(struct dhcp_walk *walk, const uint8_t *bytes, size_t length);
/* The sub-options in the value of option 43 (RFC 2132 section 8.4). */
void dhcp_walk_vendor_specific(struct dhcp_walk *walk, const uint8_t *value, size_t length);
/* Those in the value of option 125, of each enterprise in turn (RFC 3925 section 4). Codes 0 and
 * 255 are sub-options like any other. A malformed one ends its enterprise's part only. */
void dhcp_walk_vendor_identifying(struct dhcp_walk *walk, const uint8_t *value, size_t length);
bool dhcp_walk_next(struct dhcp_walk *walk, struct dhcp_item *ret_item);

struct dhcp_option_view {
    uint8_t code;
    uint8_t value[DHCP_OPTION_VALUE_MAX];
    size_t length;
};
/* Joins all that is left of option `code`; false if it is absent (or joined longer than the
 * maximum). */
bool dhcp_walk_get(struct dhcp_walk walk, uint8_t code, struct dhcp_option_view *view);
bool dhcp_option_get(const struct dhcp_message *message, uint8_t code,
                     struct dhcp_option_view *view);
bool dhcp_option_ipv4(const struct dhcp_message *message, uint8_t code, uint32_t *ret_address);
bool dhcp_option_u32(const struct dhcp_message *message, uint8_t code, uint32_t *ret_value);
/* Appends the options as one area: each code once, in order of first appearance, values over 255
 * bytes cut again; those longer than the maximum are left out. False if memory is out. */
bool dhcp_options_normalize(const struct dhcp_message *message, struct buffer *buffer);

/* Encoding: header with cookie, then options one by one, then end (pads to 300 bytes). */
void dhcp_encode_header(struct buffer *buffer, const struct dhcp_message *message);
void dhcp_encode_option(struct buffer *buffer, uint8_t code, const void *value, size_t length);
void dhcp_encode_u8(struct buffer *buffer, uint8_t code, uint8_t value);
void dhcp_encode_u32(struct buffer *buffer, uint8_t code, uint32_t value);
void dhcp_encode_end(struct buffer *buffer);

/* "discover", "offer", …; "bootp" for 0, "type N" is the caller's business for others (NULL). */
const char *dhcp_type_name(enum dhcp_type type);

#endif
