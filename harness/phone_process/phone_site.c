/* SPDX-License-Identifier: MIT */
#include "harness/phone_process/phone_site.h"
#include "fakes/phone/address_config.h"
#include <errno.h>

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { NEWS_BYTES_MAX = 16 * 1024, NEWS_A_TURN_MAX = 16 };

struct phone_site {
    struct loop *loop;
    char interface[IFNAMSIZ];
    unsigned index;
    struct mac mac;
    bool was_up;
    int lock_fd; /* its name tells other phones that the interface is taken */
    int news_fd; /* the kernel's news of interfaces */
    struct loop_watch *news_watch;
};

/* --- the interface --------------------------------------------------------------------------- */

static int request(const struct phone_site *site, unsigned long what, struct ifreq *interface)
{
    memset(interface->ifr_name, 0, sizeof interface->ifr_name);
    memcpy(interface->ifr_name, site->interface, sizeof interface->ifr_name);
    return ioctl(site->lock_fd, what, interface);
}

static int look_at(struct phone_site *site, struct error *error)
{
    struct ifreq flags = {0}, address = {0};
    site->index = if_nametoindex(site->interface);
    if (site->index == 0)
        return error_set(error, ERROR_UNAVAILABLE, "there is no interface %s here",
                         site->interface);
    if (request(site, SIOCGIFFLAGS, &flags) < 0 || request(site, SIOCGIFHWADDR, &address) < 0)
        return error_set_errno(error, errno, "cannot look at the interface %s", site->interface);
    if (address.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return error_set(error, ERROR_INVALID, "%s is no Ethernet interface", site->interface);
    site->was_up = (flags.ifr_flags & IFF_UP) != 0;
    memcpy(site->mac.bytes, address.ifr_hwaddr.sa_data, MAC_BYTES);
    return 0;
}

static int check_mac(const struct phone_site *site, const struct mac *wanted, struct error *error)
{
    char has[MAC_TEXT_MAX], text[MAC_TEXT_MAX];
    if (!wanted || mac_equal(wanted, &site->mac))
        return 0;
    mac_format(&site->mac, has);
    mac_format(wanted, text);
    return error_set(error, ERROR_INVALID,
                     "%s has the MAC address %s, not %s: give the interface that one first "
                     "(ip link set %s address %s), or leave --mac out",
                     site->interface, has, text, site->interface, text);
}

static void lower(const struct phone_site *site)
{
    struct ifreq flags = {0};
    if (if_nametoindex(site->interface) != site->index || request(site, SIOCGIFFLAGS, &flags) < 0)
        return; /* it is gone */
    flags.ifr_flags = (short)(flags.ifr_flags & ~IFF_UP);
    (void)request(site, SIOCSIFFLAGS, &flags);
}

/* --- one phone an interface ------------------------------------------------------------------ */

/* Abstract names belong to the network namespace, as interfaces do, and end with their process. */
static int lock(struct phone_site *site, struct error *error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "rclab phone %s", site->interface);
    site->lock_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (site->lock_fd < 0)
        return error_set_errno(error, errno, "cannot make a socket");
    if (bind(site->lock_fd, (struct sockaddr *)&name, sizeof name) == 0)
        return 0;
    if (errno == EADDRINUSE)
        return error_set(error, ERROR_INVALID, "another phone is at %s already", site->interface);
    return error_set_errno(error, errno, "cannot mark %s as taken", site->interface);
}

/* --- news ------------------------------------------------------------------------------------ */

int phone_site_check(const struct phone_site *site, struct error *error)
{
    char name[IFNAMSIZ];
    if (if_indextoname(site->index, name))
        return 0;
    return error_set(error, ERROR_UNAVAILABLE, "the interface %s is gone", site->interface);
}

static void news_came(void *context, uint32_t events)
{
    struct phone_site *site = context;
    struct error error;
    char bytes[NEWS_BYTES_MAX];
    (void)events;
    /* What they say, or whether some were lost, does not matter: only if it is still there. */
    for (int i = 0; i < NEWS_A_TURN_MAX; i++) {
        if (recv(site->news_fd, bytes, sizeof bytes, MSG_DONTWAIT) < 0 && errno == EAGAIN)
            break;
    }
    if (phone_site_check(site, &error) < 0)
        loop_fail(site->loop, ERROR_UNAVAILABLE, &error);
}

static int listen_for_news(struct phone_site *site, struct error *error)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    site->news_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (site->news_fd < 0 || bind(site->news_fd, (struct sockaddr *)&address, sizeof address) < 0)
        return error_set_errno(error, errno, "cannot listen for news of %s", site->interface);
    return loop_watch(site->loop, site->news_fd, EPOLLIN, news_came, site, &site->news_watch,
                      error);
}

/* --- its life -------------------------------------------------------------------------------- */

int phone_site_open(struct loop *loop, const char *interface, const struct mac *wanted,
                    struct phone_site **ret_site, struct error *error)
{
    if (strlen(interface) >= IFNAMSIZ)
        return error_set(error, ERROR_UNAVAILABLE, "there is no interface %s here", interface);
    struct phone_site *site = calloc(1, sizeof *site);
    if (!site)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *site = (struct phone_site){.loop = loop, .lock_fd = -1, .news_fd = -1, .was_up = true};
    snprintf(site->interface, sizeof site->interface, "%s", interface);
    int result = lock(site, error);
    if (result == 0)
        result = listen_for_news(site, error);
    if (result == 0)
        result = look_at(site, error);
    if (result == 0)
        result = check_mac(site, wanted, error);
    if (result == 0)
        result = address_config_sweep(-1, interface, error);
    if (result < 0) {
        site->was_up = true; /* it was not touched */
        phone_site_close(site);
        return result;
    }
    *ret_site = site;
    return 0;
}

void phone_site_close(struct phone_site *site)
{
    if (!site)
        return;
    if (!site->was_up)
        lower(site);
    loop_unwatch(site->news_watch);
    if (site->news_fd >= 0)
        close(site->news_fd);
    if (site->lock_fd >= 0)
        close(site->lock_fd);
    free(site);
}

const struct mac *phone_site_mac(const struct phone_site *site)
{
    return &site->mac;
}
