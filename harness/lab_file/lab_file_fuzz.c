/* SPDX-License-Identifier: MIT */
/* Whatever the bytes are, the parser ends, and a lab or a problem comes out. Half of the inputs are
 * a good lab with a few bytes of it changed: pure noise is hardly ever YAML. */
#include "harness/lab_file/lab_file.h"
#include <string.h>

static const char seed[] =
    "lab: rack\n"
    "interface: eth1\n"
    "address: 192.0.2.1/24\n"
    "pool: 192.0.2.50-192.0.2.250\n"
    "name_server: 192.0.2.9\n"
    "time_scale: 2.5\n"
    "edos: {host: e.example, path: /rc, port: 443, tls: true, address: 192.0.2.7}\n"
    "provision: {host: p.example, http: 80, https: 443, tftp: none}\n"
    "tolerance: {percent: 10, at-least: 5s}\n"
    "phones:\n"
    "  - name: a\n"
    "    mac: 00:1a:2b:3c:4d:5e\n"
    "    model: 8841\n"
    "    serial: FCH00000001\n"
    "    web: {port: 80, user: admin, status: /s, login: http}\n"
    "    reset: web\n"
    "    reboot: power\n"
    "    power: {snmp: {host: s, port: 7, group: 1, user: u, udp_port: 161}}\n"
    "    readings: {dhcp_abort: offered}\n"
    "  - {name: b, mac: 001a2b3c4d5f, model: 6841, reset: {command: [r, b]},\n"
    "     power: {on: {command: [n]}, off: {command: [f, b]}}}\n";

static int parse(const uint8_t *bytes, size_t length)
{
    struct diagnostics diagnostics;
    struct lab_file *lab = NULL;
    diagnostics_init(&diagnostics);
    int result = lab_file_parse("fuzz.yaml", "/nonexistent", bytes, length, &lab, &diagnostics);
    int bad = (result < 0) != (diagnostics.count > 0) || (result == 0) != (lab != NULL);
    lab_file_free(lab);
    diagnostics_done(&diagnostics);
    return bad;
}

int fuzz_harness_lab_file_lab_file(const uint8_t *data, size_t size);
int fuzz_harness_lab_file_lab_file(const uint8_t *data, size_t size)
{
    enum { CHANGES_MAX = 6, CHANGE_BYTES = 3 };
    if (size == 0 || data[0] % 2 == 0)
        return parse(data, size);
    char text[sizeof seed];
    memcpy(text, seed, sizeof seed);
    static const char letters[] = "{}[]:,-#&*!|>'\"%@`\n \t~x0159.$/";
    for (size_t i = 1, n = 0; i + CHANGE_BYTES <= size && n < CHANGES_MAX; i += CHANGE_BYTES, n++)
        text[(data[i] * 256u + data[i + 1]) % (sizeof seed - 1)] =
            letters[data[i + 2] % (sizeof letters - 1)];
    return parse((const uint8_t *)text, sizeof seed - 1);
}
