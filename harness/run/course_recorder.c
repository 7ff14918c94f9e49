/* SPDX-License-Identifier: MIT */
#include "harness/run/course_events.h"
#include "harness/run/course_parts.h"
#include <stdlib.h>
#include <time.h>

/* --- the recorder --------------------------------------------------------------------------- */

static uint64_t wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* Where each course has phones of its own, its capture holds what concerns them only: their frames,
 * and DHCP answers to them that go to everybody (chaddr is at offset 28 of the message, behind the
 * UDP header of 8 bytes). */
static bool own_frames_filter(const struct course *course, struct buffer *filter)
{
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        char text[MAC_TEXT_MAX];
        const struct mac *mac = &course->macs[i];
        const uint8_t *b = mac->bytes;
        buffer_format(filter,
                      "%sether host %s or (udp src port 67 and udp[36:4] = 0x%02x%02x%02x%02x and "
                      "udp[40:2] = 0x%02x%02x)",
                      i ? " or " : "", mac_format(mac, text), b[0], b[1], b[2], b[3], b[4], b[5]);
    }
    return !filter->failed;
}

/* Of the devices' pages. */
static int hide_logins(struct course *course, struct error *error)
{
    int result = frame_secrets_new(course->site->plan->lab.harness, &course->secrets, error);
    for (size_t i = 0; result == 0 && i < course->scenario->phone_count; i++) {
        const struct lab_phone *phone = course->phones[i].lab_phone;
        if (phone && phone->web.given && phone->web.password.value)
            result = frame_secrets_add(course->secrets, phone->web.user, phone->web.password.value,
                                       error);
    }
    return result;
}

int course_start_recorder(struct course *course, struct error *error)
{
    const struct site *site = course->site;
    const struct lab_plan *lab = &site->plan->lab;
    size_t count = course->scenario->phone_count;
    struct buffer filter;
    struct mac *macs = calloc(count + 1, sizeof *macs);
    if (!macs)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        macs[i] = site->phone_macs[course->phones[i].site_index];
    course->macs = macs;
    struct observe_world observed = {.phones = macs,
                                     .phone_count = count,
                                     .edos_address = lab->edos,
                                     .provision_address = lab->provision,
                                     .name_server_address = lab->name_server,
                                     .harness_address = lab->harness,
                                     .edos_hosts = &site->plan->edos_host,
                                     .edos_host_count = 1,
                                     .edos_port = site->plan->edos_https_port
                                                      ? site->plan->edos_https_port
                                                      : site->plan->edos_http_port,
                                     .status_path = COURSE_STATUS_PATH,
                                     .readings = course->scenario->readings};
    if (course->phones[0].lab_phone && course->phones[0].lab_phone->web.given)
        observed.status_path = course->phones[0].lab_phone->web.status;
    int result = site->plan->phone_macs ? hide_logins(course, error) : 0;
    struct recorder_config config = {.loop = site->loop,
                                     .interface = LAB_BRIDGE,
                                     .folder = course->options->folder,
                                     .secrets = course->secrets,
                                     .world = &observed,
                                     .phone_names = course->phone_names,
                                     .judge = course->judge,
                                     .epoch_us = wall_us(),
                                     .seen = course_events_seen,
                                     .context = course};
    buffer_init(&filter, COURSE_FILTER_BYTES_MAX);
    if (result == 0 && site->plan->phone_macs) {
        result = own_frames_filter(course, &filter)
                     ? 0
                     : error_set(error, ERROR_LIMIT, "too many phones for one capture");
        config.filter = buffer_string(&filter);
    }
    if (result == 0)
        result = recorder_new(&config, &course->recorder, error);
    buffer_done(&filter);
    return result;
}
