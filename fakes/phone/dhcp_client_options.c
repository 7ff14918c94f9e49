/* SPDX-License-Identifier: MIT */
#include "fakes/phone/dhcp_client_options.h"
#include "harness/wire/dhcp.h"
#include <stdio.h>
#include <string.h>

enum {
    FLAG_BROADCAST = 0x8000,
    HARDWARE_ETHERNET = 1,
    IDENTIFIER_DUID = 255, /* RFC 4361 section 6.1 */
    DUID_LINK_LAYER = 3,   /* RFC 8415 section 11.4 */
    BROADBAND_FORUM = 3561,
    VENDOR_OUI = 1,
    VENDOR_SERIAL = 2,
    VENDOR_CLASS = 3,
    VENDOR_BYTES_MAX = 255,
};

uint16_t dhcp_client_options_flags(const struct phone_variation *variation)
{
    return variation->broadcast_flag ? FLAG_BROADCAST : 0;
}

static void append_duid(struct buffer *message, const struct mac *mac)
{
    uint8_t identifier[1 + 4 + 2 + 2 + MAC_BYTES] = {
        IDENTIFIER_DUID, 0, 0, 0, 1, 0, DUID_LINK_LAYER, 0, HARDWARE_ETHERNET};
    memcpy(identifier + sizeof identifier - MAC_BYTES, mac->bytes, MAC_BYTES);
    dhcp_encode_option(message, DHCP_OPTION_CLIENT_IDENTIFIER, identifier, sizeof identifier);
}

void dhcp_client_options_identify(struct buffer *message, const struct dhcp_client_config *config)
{
    uint8_t identifier[1 + MAC_BYTES] = {HARDWARE_ETHERNET};
    switch (config->variation->client_id) {
    case CLIENT_ID_ABSENT:
        break;
    case CLIENT_ID_DUID:
        append_duid(message, &config->mac);
        break;
    default:
        memcpy(identifier + 1, config->mac.bytes, MAC_BYTES);
        dhcp_encode_option(message, DHCP_OPTION_CLIENT_IDENTIFIER, identifier, sizeof identifier);
    }
}

static void append_text(struct buffer *message, uint8_t code, const char *text)
{
    if (text && text[0] != '\0')
        dhcp_encode_option(message, code, text, strlen(text));
}

static void append_part(struct buffer *data, uint8_t code, const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > UINT8_MAX)
        return;
    buffer_u8(data, code);
    buffer_u8(data, (uint8_t)length);
    buffer_append(data, text, length);
}

/* Option 125 as devices of the Broadband Forum send it: OUI, serial number, product class. */
static void append_vendor(struct buffer *message, const struct dhcp_client_config *config)
{
    const struct mac *mac = &config->mac;
    char oui[8];
    struct buffer data, option;
    snprintf(oui, sizeof oui, "%02X%02X%02X", mac->bytes[0], mac->bytes[1], mac->bytes[2]);
    buffer_init(&data, VENDOR_BYTES_MAX - 5);
    buffer_init(&option, VENDOR_BYTES_MAX);
    append_part(&data, VENDOR_OUI, oui);
    append_part(&data, VENDOR_SERIAL, config->serial ? config->serial : "");
    append_part(&data, VENDOR_CLASS, config->device_class ? config->device_class : "");
    buffer_be32(&option, BROADBAND_FORUM);
    buffer_u8(&option, (uint8_t)data.length);
    buffer_append(&option, data.data, data.length);
    if (!data.failed && !option.failed)
        dhcp_encode_option(message, DHCP_OPTION_VENDOR_IDENTIFYING, option.data, option.length);
    buffer_done(&data);
    buffer_done(&option);
}

/* Fisher and Yates. */
static void shuffle(uint8_t *codes, size_t count, uint64_t seed)
{
    struct random_source random;
    random_seed(&random, seed);
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)random_below(&random, i);
        uint8_t code = codes[k];
        codes[k] = codes[i - 1];
        codes[i - 1] = code;
    }
}

size_t dhcp_client_options_list(const struct phone_variation *variation,
                                uint8_t codes[DHCP_CLIENT_OPTIONS_MAX])
{
    static const uint8_t wanted[] = {DHCP_OPTION_SUBNET_MASK,
                                     DHCP_OPTION_ROUTER,
                                     DHCP_OPTION_DOMAIN_NAME_SERVER,
                                     DHCP_OPTION_DOMAIN_NAME,
                                     DHCP_OPTION_NTP_SERVERS,
                                     DHCP_OPTION_LEASE_TIME,
                                     DHCP_OPTION_SERVER_IDENTIFIER,
                                     DHCP_OPTION_RENEWAL_TIME,
                                     DHCP_OPTION_REBINDING_TIME,
                                     DHCP_OPTION_TFTP_SERVER_NAME,
                                     DHCP_OPTION_160,
                                     DHCP_OPTION_159,
                                     DHCP_OPTION_TFTP_SERVER_ADDRESS,
                                     DHCP_OPTION_CLASS_IDENTIFIER,
                                     DHCP_OPTION_VENDOR_SPECIFIC,
                                     DHCP_OPTION_VENDOR_IDENTIFYING};
    size_t count = sizeof wanted;
    memcpy(codes, wanted, sizeof wanted);
    for (size_t i = 0; i < VARIATION_EXTRA_OPTIONS_MAX && variation->option_55_extra[i]; i++)
        codes[count++] = variation->option_55_extra[i];
    if (variation->option_55_order != 0)
        shuffle(codes, count, variation->option_55_order);
    return count;
}

void dhcp_client_options_append(struct buffer *message, const struct dhcp_client_config *config)
{
    const uint8_t maximum[] = {DHCP_CLIENT_MESSAGE_MAX >> 8, DHCP_CLIENT_MESSAGE_MAX & 0xff};
    uint8_t wanted[DHCP_CLIENT_OPTIONS_MAX];
    size_t count = dhcp_client_options_list(config->variation, wanted);
    dhcp_encode_option(message, DHCP_OPTION_MAXIMUM_MESSAGE_SIZE, maximum, sizeof maximum);
    append_text(message, DHCP_OPTION_HOST_NAME, config->host_name);
    append_text(message, DHCP_OPTION_CLASS_IDENTIFIER, config->class_name);
    dhcp_encode_option(message, DHCP_OPTION_PARAMETER_REQUEST_LIST, wanted, count);
    if (config->variation->vendor_option)
        append_vendor(message, config);
}
