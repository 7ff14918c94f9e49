/* SPDX-License-Identifier: MIT */
#include "harness/rack/rack_wire.h"
#include "harness/lab/lab.h"
#include "harness/lab/uplink.h"
#include "harness/lab/wire_check.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int rack_wire_take(const struct lab_file *lab, const struct mac *macs, uint32_t *ret_addresses,
                   struct rack_wire *ret_wire, struct error *error)
{
    int result = 0;
    *ret_wire = RACK_WIRE_NONE;
    ret_wire->outside_netns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (ret_wire->outside_netns_fd < 0)
        return error_set_errno(error, errno, "cannot open /proc/self/ns/net");
    if (lab->phone_count > 0)
        result = wire_check_find(lab->interface, lab->pool_first, lab->pool_last, macs,
                                 lab->phone_count, RACK_WIRE_FIND_US, ret_addresses, error);
    if (result == 0)
        result = uplink_open(lab->interface, &ret_wire->uplink_fd, error);
    return result < 0 ? result : lab_enter_namespaces(error);
}

void rack_wire_close(struct rack_wire *wire)
{
    if (wire->uplink_fd >= 0)
        close(wire->uplink_fd);
    if (wire->outside_netns_fd >= 0)
        close(wire->outside_netns_fd);
    *wire = RACK_WIRE_NONE;
}
