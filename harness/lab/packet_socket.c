/* SPDX-License-Identifier: MIT */
#include "harness/lab/packet_socket.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int bind_to(int fd, const char *interface, uint16_t ethertype, struct error *error)
{
    int one = 1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ethertype),
                                  .sll_ifindex = (int)if_nametoindex(interface)};
    if (address.sll_ifindex == 0)
        return error_set(error, ERROR_UNAVAILABLE, "there is no interface %s", interface);
    if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return error_set_errno(error, errno, "cannot take frames from %s", interface);
    return 0;
}

int packet_socket_open(const char *interface, uint16_t ethertype, int *ret_fd, struct error *error)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 && errno == EPERM)
        return error_set(error, ERROR_UNAVAILABLE,
                         "frames of %s can only be taken as root, or with the capability "
                         "CAP_NET_RAW",
                         interface);
    if (fd < 0)
        return error_set_errno(error, errno, "cannot open a packet socket");
    int result = bind_to(fd, interface, ethertype, error);
    if (result < 0) {
        close(fd);
        return result;
    }
    *ret_fd = fd;
    return 0;
}

int packet_socket_start(int fd, uint16_t ethertype, struct error *error)
{
    struct sockaddr_ll address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return error_set_errno(error, errno, "cannot ask a packet socket for its interface");
    address.sll_protocol = htons(ethertype);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return error_set_errno(error, errno, "cannot take frames");
    return 0;
}

int packet_socket_mac(int fd, struct mac *ret_mac, struct error *error)
{
    struct sockaddr_ll address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return error_set_errno(error, errno, "cannot ask for an interface's MAC address");
    if (address.sll_halen != MAC_BYTES)
        return error_set(error, ERROR_UNAVAILABLE, "it is no Ethernet");
    memcpy(ret_mac->bytes, address.sll_addr, MAC_BYTES);
    return 0;
}

void packet_socket_set_buffer(int fd, int bytes)
{
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

/* Flags of the interface, its name in `request`. */
static bool interface_flags(int fd, struct ifreq *request, unsigned *ret_flags)
{
    struct sockaddr_ll address;
    socklen_t length = sizeof address;
    memset(request, 0, sizeof *request);
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return false;
    request->ifr_ifindex = address.sll_ifindex;
    if (ioctl(fd, SIOCGIFNAME, request) < 0 || ioctl(fd, SIOCGIFFLAGS, request) < 0)
        return false;
    *ret_flags = (unsigned short)request->ifr_flags;
    return true;
}

bool packet_socket_interface(int fd, char name[PACKET_SOCKET_NAME_BYTES], bool *ret_up)
{
    struct ifreq request;
    unsigned flags;
    if (!interface_flags(fd, &request, &flags))
        return false;
    memcpy(name, request.ifr_name, PACKET_SOCKET_NAME_BYTES);
    *ret_up = flags & IFF_UP;
    return true;
}

bool packet_socket_has_carrier(int fd)
{
    struct ifreq request;
    unsigned flags;
    struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
    if (!interface_flags(fd, &request, &flags))
        return false;
    request.ifr_data = (void *)&link;
    if (ioctl(fd, SIOCETHTOOL, &request) == 0)
        return link.data != 0;
    return flags & IFF_RUNNING;
}
