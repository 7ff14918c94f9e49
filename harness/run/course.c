/* SPDX-License-Identifier: MIT */
#include "harness/run/course.h"
#include "fakes/phone/models.h"
#include "harness/base/duration.h"
#include "harness/run/page_reader.h"
#include "harness/run/step_runner.h"
#include "harness/vendor/vendor.h"
#include "harness/wire/dhcp.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 1024 };

/* --- what its timeline tells ---------------------------------------------------------------- */

static void follow_dhcp(struct course_phone *phone, const struct event *event)
{
    if (event->dhcp.unasked)
        return;
    switch (event->dhcp.type) {
    case DHCP_ACK:
        phone->online = true;
        phone->lease_until_us = event->time_us + (uint64_t)event->dhcp.lease_s * DURATION_S;
        break;
    case DHCP_NAK:
    case DHCP_RELEASE:
    case DHCP_DECLINE:
    case DHCP_DISCOVER:
        phone->online = false;
        phone->course->site->phones[phone->site_index].address = 0;
        break;
    default:
        break;
    }
}

/* What it is lent comes there, and no conflict may keep it from using it. */
static bool is_used_at_once(const struct course *course, const struct course_phone *phone)
{
    return site_line_is_plain(course->site, phone->site_index) && !course->scenario->has_conflict;
}

/* On a line that loses frames an answer of DHCP that was seen here need not have come there: a
 * phone has its address if it speaks from it. Once DHCP was lost it may think otherwise: the lease
 * that was renewed here runs out there. */
static void follow_line(const struct course *course, struct course_phone *phone,
                        const struct event *event)
{
    switch (event->type) {
    case EVENT_DHCP:
        phone->heard = phone->online &&
                       (phone->heard || is_used_at_once(course, phone) ||
                        (event->dhcp.type == DHCP_REQUEST && event->dhcp.source_address != 0));
        break;
    case EVENT_LOST:
        phone->heard = phone->heard && strcmp(event->lost.what, SITE_LOST_DHCP) != 0;
        break;
    case EVENT_CARRIER:
        phone->online = phone->heard = false;
        break;
    case EVENT_DNS:
        phone->heard = phone->heard || !event->dns.response;
        break;
    case EVENT_CONNECT:
    case EVENT_REQUEST:
    case EVENT_TLS:
    case EVENT_HTTP_REQUEST:
        phone->heard = true;
        break;
    default:
        break;
    }
}

static void follow_action(struct course_phone *phone, const struct event *event)
{
    if (event->action.what == ACTION_CONFIGURE)
        return;
    phone->online = phone->heard = false;
    phone->off = event->action.what == ACTION_POWER_OFF;
    if (phone->device)
        phone->boot_due_us = event->action.what == ACTION_POWER_OFF
                                 ? LOOP_NEVER
                                 : event->time_us + COURSE_BOOT_MAX_US;
}

static void seen(void *context, const struct event *event)
{
    struct course *course = context;
    if (event->phone >= 0 && (size_t)event->phone < course->scenario->phone_count) {
        struct course_phone *phone = &course->phones[event->phone];
        if (event->type == EVENT_DHCP)
            follow_dhcp(phone, event);
        if (event->type == EVENT_ACTION)
            follow_action(phone, event);
        follow_line(course, phone, event);
        if (event->type == EVENT_BOOT)
            phone->boot_due_us = LOOP_NEVER;
        if (!phone->online)
            phone->page_up = false;
        phone->unread =
            phone->unread || event->type != EVENT_PAGE || (phone->device && !phone->page_up);
        course_phone_changed(course, (size_t)event->phone);
    }
    if (course->options->seen)
        course->options->seen(course->options->context, event);
    /* To be called last: it may add to the timeline, and then the event's place in memory changes.
     */
    if (event->phone >= 0)
        site_event_seen(course->site, course->phones[event->phone].site_index, event);
}

/* --- is a device still there, and in time? -------------------------------------------------- */

static enum presence_answer presence_of(struct course *course, size_t phone, uint64_t since_us)
{
    const struct course_phone *slot = &course->phones[phone];
    struct presence *presence = course->site->presence;
    uint64_t now_us = monotonic_us();
    if (course_phone_reachable(course, phone))
        return presence_since(presence, slot->site_index, course_phone_address(course, phone),
                              since_us);
    /* Without an address it cannot be asked; it asks for one itself, at growing distances. */
    uint64_t heard_us = presence_heard_us(presence, slot->site_index);
    return heard_us + COURSE_UNHEARD_MAX_US >= now_us ? PRESENCE_YES : PRESENCE_NO;
}

static void fail_absent(struct course *course, size_t phone)
{
    struct error error;
    char ago[DURATION_TEXT_MAX];
    const struct course_phone *slot = &course->phones[phone];
    uint64_t heard_us = presence_heard_us(course->site->presence, slot->site_index);
    uint64_t silent_us = monotonic_us() - heard_us;
    error_set(&error, ERROR_UNAVAILABLE,
              "%s is gone from the wire: no frame of it for %s, and no answer to ARP. Was it "
              "unplugged?",
              course->phone_names[phone],
              heard_us ? duration_format(silent_us / DURATION_S * DURATION_S, ago)
                       : "the whole run");
    course_fail_device(course, phone, ERROR_UNAVAILABLE, &error);
}

/* Breaks the course if one of its devices has gone silent since then (the machine's clock). False:
 * one is still being asked. */
static bool are_present(struct course *course, uint64_t since_us)
{
    bool known = true;
    for (size_t i = 0; i < course->scenario->phone_count && !course->broken; i++) {
        const struct course_phone *slot = &course->phones[i];
        if (!slot->device || slot->off || slot->boot_due_us != LOOP_NEVER)
            continue;
        switch (presence_of(course, i, since_us)) {
        case PRESENCE_YES:
            break;
        case PRESENCE_ASKING:
            known = false;
            break;
        case PRESENCE_NO:
            fail_absent(course, i);
            break;
        }
    }
    return known;
}

/* Devices that have an address answer for it all the time. */
static void look_for_absent(struct course *course)
{
    uint64_t now_us = monotonic_us();
    for (size_t i = 0; i < course->scenario->phone_count && !course->broken; i++) {
        const struct course_phone *slot = &course->phones[i];
        if (slot->device && !slot->off && slot->boot_due_us == LOOP_NEVER &&
            course_phone_reachable(course, i) &&
            presence_of(course, i, now_us - COURSE_SILENCE_US) == PRESENCE_NO)
            fail_absent(course, i);
    }
}

void course_was_late(struct course *course, uint64_t late_us)
{
    if (late_us <= course->late_us)
        return;
    course->late_us = late_us;
    course->late_at_us = loop_now_us(course->site->loop);
}

/* Within the tolerance a lateness of ours explains nothing. */
static void look_for_lateness(struct course *course)
{
    struct error error;
    char late[DURATION_TEXT_MAX], at[DURATION_TEXT_MAX];
    if (course->late_us <= course->scenario->tolerance.at_least_us)
        return;
    error_set(
        &error, ERROR_LIMIT,
        "this machine was too busy: at %s the lab itself was late by %s of the devices' time, "
        "more than the tolerance, so what the phone did wrong may be our doing. Run less on it "
        "at once, or take a lower time_scale",
        duration_format(course->late_at_us / DURATION_S * DURATION_S, at),
        duration_format(course->late_us / DURATION_MS * DURATION_MS, late));
    course_fail(course, ERROR_LIMIT, &error);
}

static void fail_unreachable(struct course *course, size_t phone)
{
    struct error error;
    char limit[DURATION_TEXT_MAX];
    if (course_phone_reachable(course, phone))
        error_set(&error, ERROR_UNAVAILABLE, "its page did not answer for %s: %s",
                  duration_format(COURSE_BOOT_MAX_US, limit), course->phones[phone].page_problem);
    else
        error_set(
            &error, ERROR_UNAVAILABLE,
            "%s was not found on the wire within %s: no address of the pool is its, and no DHCP "
            "message of it came, so its page cannot be asked. Is it plugged in and powered?",
            course->phone_names[phone], duration_format(COURSE_BOOT_MAX_US, limit));
    course_fail_device(course, phone, ERROR_UNAVAILABLE, &error);
}

/* A device that was told to boot and was never seen to is no phone to be judged. When to look
 * again; LOOP_NEVER = there is nothing to look for. */
static uint64_t look_for_boots(struct course *course)
{
    uint64_t now_us = loop_now_us(course->site->loop), next_us = LOOP_NEVER;
    for (size_t i = 0; course->has_devices && i < course->scenario->phone_count; i++) {
        uint64_t due_us = course->phones[i].boot_due_us, reach_us = course->phones[i].reach_due_us;
        if (reach_us <= now_us)
            fail_unreachable(course, i);
        /* What a driver has not done yet cannot have been answered. */
        if (due_us <= now_us && device_is_busy(course->phones[i].device)) {
            due_us = now_us + COURSE_BOOT_MAX_US;
            course->phones[i].boot_due_us = due_us;
        }
        if (due_us <= now_us) {
            struct error error;
            char limit[DURATION_TEXT_MAX];
            error_set(
                &error, ERROR_FAILED,
                "%s was not seen to boot within %s: no DHCP message of it came. Is it plugged "
                "in, powered, on this wire; does its driver in the lab file reach it?",
                course->phone_names[i], duration_format(COURSE_BOOT_MAX_US, limit));
            course_fail_device(course, i, ERROR_FAILED, &error);
        }
        next_us = due_us < next_us ? due_us : next_us;
        next_us = reach_us < next_us ? reach_us : next_us;
    }
    return next_us;
}

/* --- its phones ----------------------------------------------------------------------------- */

static void phone_log(void *context, const char *line)
{
    const struct course_phone *phone = context;
    const struct course *course = phone->course;
    char text[LOG_LINE_MAX], time_text[DURATION_TEXT_MAX];
    int length = snprintf(text, sizeof text, "%s %s: %s\n",
                          duration_format(loop_now_us(course->site->loop), time_text),
                          course->phone_names[phone - course->phones], line);
    if (length < 0)
        return;
    if (length >= LOG_LINE_MAX) {
        length = LOG_LINE_MAX - 1;
        text[length - 1] = '\n';
    }
    ssize_t ignored = write(course->phone_log_fd, text, (size_t)length);
    (void)ignored;
}

static bool write_whole(int fd, const char *text)
{
    size_t length = strlen(text);
    return write(fd, text, length) == (ssize_t)length;
}

/* A descriptor of a nameless file in memory that holds a phone's certificate and its key, PEM. */
static int make_phone_identity(const struct certificates *certificates, const char *product,
                               const struct mac *mac, const char *serial, int *ret_fd,
                               struct error *error)
{
    struct certificate_pair pair = {0};
    int result = certificates_make_phone(certificates, product, mac, serial, &pair, error);
    if (result < 0)
        return result;
    int fd = memfd_create("phone", MFD_CLOEXEC);
    if (fd < 0 || !write_whole(fd, pair.certificate_pem) || !write_whole(fd, pair.key_pem)) {
        result = error_set_errno(error, errno, "keeping a phone's certificate in memory");
        if (fd >= 0)
            (void)close(fd);
    } else {
        *ret_fd = fd;
    }
    certificate_pair_done(&pair);
    return result;
}

static const struct phone_quirk *quirk_of(const struct run_options *options, size_t phone)
{
    return options->quirk_every && (phone + 1) % options->quirk_every ? NULL : options->quirk;
}

static int start_emulated(struct course *course, size_t index, struct error *error)
{
    struct course_phone *slot = &course->phones[index];
    const struct site *site = course->site;
    const struct scenario *scenario = course->scenario;
    /* Probing by ARP floods the wire, and takes its time: only where it can matter. */
    slot->variation =
        course->options->variation ? *course->options->variation : phone_variation_plain;
    if (scenario->has_conflict)
        slot->variation.arp_probe = slot->variation.probes_first = true;
    snprintf(slot->serial, sizeof slot->serial, "FCH%08u", (unsigned)(index + 1) % 100000000u);
    TRY(make_phone_identity(
        site->plan->certificates, phone_model_find(scenario->phones[index].model)->product_name,
        &site->phone_macs[slot->site_index], slot->serial, &slot->certificate_fd, error));
    struct emulated_phone_config config = {
        .core = {.mac = site->phone_macs[slot->site_index],
                 .model = scenario->phones[index].model,
                 .serial = slot->serial,
                 .readings = scenario->readings,
                 .seed = course->options->seed,
                 .edos_scheme = "https",
                 .edos_host = site->plan->edos_host,
                 .edos_path = vendor_default()->redirect_target,
                 .edos_port = site->plan->edos_https_port,
                 .asks_services = scenario->has_srv,
                 .parameters = scenario->phone_parameters,
                 .parameter_count = scenario->phone_parameter_count,
                 .quirk = quirk_of(course->options, index),
                 .variation = &slot->variation},
        .loop = site->loop,
        .netns_fd = lab_phone_netns(site->lab, slot->site_index),
        .interface = LAB_PHONE_INTERFACE,
        .name = course->phone_names[index],
        .ca_file = course->ca_file,
        .certificate_fd = slot->certificate_fd,
        .admin_password = COURSE_ADMIN_PASSWORD,
        .page_none = scenario->page_none,
        .log = phone_log,
        .log_context = slot,
    };
    return emulated_phone_new(&config, &slot->emulated, error);
}

static int start_device(struct course *course, size_t index, const struct course_config *config,
                        struct error *error)
{
    struct course_phone *slot = &course->phones[index];
    slot->lab_phone = config->devices[index];
    /* It may have one from an earlier course. */
    uint32_t address = config->addresses ? config->addresses[index] : 0;
    course->site->phones[slot->site_index].address = address;
    slot->online = slot->unread = address != 0;
    course_phone_changed(course, index);
    slot->lease_until_us = LOOP_NEVER; /* of a lease that it had before nothing is known */
    struct device_config device = {.loop = course->site->loop,
                                   .fetcher = course->site->fetcher,
                                   .outside_netns_fd = course->site->plan->outside_netns_fd,
                                   .directory = config->directory,
                                   .phone = slot->lab_phone,
                                   .ask = config->ask,
                                   .context = course->options->context};
    return device_new(&device, &slot->device, error);
}

static int start_phones(struct course *course, const struct course_config *config,
                        struct error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < course->scenario->phone_count; i++) {
        struct course_phone *slot = &course->phones[i];
        *slot = (struct course_phone){.course = course,
                                      .site_index = config->site_indices[i],
                                      .certificate_fd = -1,
                                      .boot_due_us = LOOP_NEVER,
                                      .reach_due_us = LOOP_NEVER};
        course->phone_names[i] = course->scenario->phones[i].name;
        result = config->devices ? start_device(course, i, config, error)
                                 : start_emulated(course, i, error);
    }
    return result;
}

/* --- its recorder --------------------------------------------------------------------------- */

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

static int start_recorder(struct course *course, struct error *error)
{
    const struct site *site = course->site;
    size_t count = course->scenario->phone_count;
    const struct lab_phone *first = course->phones[0].lab_phone;
    struct buffer filter;
    struct mac *macs = calloc(count + 1, sizeof *macs);
    if (!macs)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        macs[i] = site->phone_macs[course->phones[i].site_index];
    course->macs = macs;
    struct observe_world world = site_world(site);
    world.phones = macs;
    world.phone_count = count;
    world.status_path =
        first && first->web.given ? first->web.status : vendor_default()->page.status;
    world.readings = course->scenario->readings;
    int result = site->plan->phone_macs ? hide_logins(course, error) : 0;
    struct recorder_config config = {.loop = site->loop,
                                     .interface = LAB_BRIDGE,
                                     .quiet = !site->plan->lab.uplink,
                                     .folder = course->options->folder,
                                     .secrets = course->secrets,
                                     .world = &world,
                                     .phone_names = course->phone_names,
                                     .judge = course->judge,
                                     .seen = seen,
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

/* --- life ----------------------------------------------------------------------------------- */

static int open_phone_log(struct course *course, struct error *error)
{
    char path[SITE_PATH_MAX];
    snprintf(path, sizeof path, "%s/phones.log", course->options->folder);
    course->phone_log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return course->phone_log_fd < 0 ? error_set_errno(error, errno, "cannot write %s", path) : 0;
}

static int start_judge(struct course *course, struct error *error)
{
    int result = judge_new(course->scenario, &course->judge, error);
    if (result == 0)
        result = judge_set_substitutions(course->judge, course->site->substitutions, error);
    if (result == 0 && course->options->real_devices)
        judge_set_real_devices(course->judge);
    if (result == 0 && course->site->plan->lab.links && !course->scenario->has_network)
        judge_set_outside_network(course->judge);
    return result;
}

static int build(struct course *course, const struct course_config *config, struct error *error)
{
    if (!config->devices)
        TRY(open_phone_log(course, error));
    if (course->site->plan->certificates->ca_pem)
        TRY(site_write_ca(course->site->plan, course->options->folder, course->ca_file, error));
    TRY(start_phones(course, config, error));
    TRY(start_judge(course, error));
    return start_recorder(course, error);
}

int course_begin(struct course *course, struct error *error)
{
    const struct scenario *scenario = course->scenario;
    struct site *site = course->site;
    int result = 0;
    for (size_t i = 0; result == 0 && i < scenario->phone_count; i++) {
        int phone = (int)course->phones[i].site_index;
        site_set_dns(site, phone, &scenario->dns);
        result = fake_server_set(site_fake(site, EVENT_SERVER_EDOS), phone, &scenario->edos, error);
        if (result == 0)
            result = fake_server_set(site_fake(site, EVENT_SERVER_PROVISION), phone,
                                     &scenario->provision, error);
        if (result == 0 && scenario->has_network)
            result = site_set_network(site, phone, &scenario->network, error);
    }
    return result;
}

/* Its cable is out, or in again: recorded first, since what the phone does about it comes later. */
static void carrier_changed(void *context, size_t phone, bool has)
{
    struct course *course = context;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        struct course_phone *slot = &course->phones[i];
        struct error error;
        if (slot->site_index != phone || !slot->emulated)
            continue;
        struct event event = {.type = EVENT_CARRIER, .phone = (int)i, .carrier.present = has};
        recorder_event(course->recorder, &event);
        int result = emulated_phone_carrier(slot->emulated, has, &error);
        if (result < 0)
            course_fail(course, result, &error);
    }
}

static void join_site(struct course *course)
{
    struct site *site = course->site;
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        struct site_phone *phone = &site->phones[course->phones[i].site_index];
        phone->dhcp = &course->scenario->dhcp;
        phone->recorder = course->recorder;
        phone->index = i;
    }
    if (!site->plan->phone_macs)
        site->only_recorder = course->recorder;
    if (site->plan->lab.links) {
        site->carrier = carrier_changed;
        site->carrier_context = course;
    }
}

static void leave_site(struct course *course)
{
    struct site *site = course->site;
    for (size_t i = 0; i < site->phone_count && course->recorder; i++) {
        if (site->phones[i].recorder == course->recorder) {
            site->phones[i].recorder = NULL;
            site->phones[i].address = 0;
            site_forget_line(site, i);
        }
    }
    if (site->only_recorder == course->recorder)
        site->only_recorder = NULL;
    if (site->carrier_context == course)
        site->carrier = NULL;
}

int course_new(const struct course_config *config, struct course **ret_course, struct error *error)
{
    struct course *course = calloc(1, sizeof *course);
    if (!course)
        return error_set(error, ERROR_MEMORY, "out of memory");
    size_t count = config->scenario->phone_count;
    course->site = config->site;
    course->scenario = config->scenario;
    course->options = config->options;
    course->has_devices = config->devices != NULL;
    course->phone_log_fd = -1;
    course->broken_phone = -1;
    course->phones = calloc(count + 1, sizeof *course->phones);
    course->phone_names = calloc(count + 1, sizeof *course->phone_names);
    int result = course->phones && course->phone_names && bitset_init(&course->to_read, count)
                     ? build(course, config, error)
                     : error_set(error, ERROR_MEMORY, "out of memory");
    if (result < 0) {
        course_free(course);
        return result;
    }
    join_site(course);
    *ret_course = course;
    return 0;
}

void course_free(struct course *course)
{
    if (!course)
        return;
    leave_site(course);
    page_reader_done(course);
    step_runner_done(course);
    loop_timer_cancel(&course->deadline);
    for (size_t i = 0; course->phones && i < course->scenario->phone_count; i++) {
        emulated_phone_free(course->phones[i].emulated);
        device_free(course->phones[i].device);
        if (course->phones[i].course && course->phones[i].certificate_fd >= 0)
            close(course->phones[i].certificate_fd);
    }
    recorder_free(course->recorder);
    frame_secrets_free(course->secrets);
    judge_free(course->judge);
    if (course->phone_log_fd >= 0)
        close(course->phone_log_fd);
    bitset_done(&course->to_read);
    free(course->macs);
    free(course->phones);
    free(course->phone_names);
    free(course);
}

/* --- turns ---------------------------------------------------------------------------------- */

void course_interrupt(struct course *course)
{
    struct error error;
    error_set(&error, ERROR_FAILED, "interrupted");
    page_reader_done(course);
    course_fail(course, ERROR_FAILED, &error);
}

bool course_is_over(const struct course *course)
{
    return course->settled;
}

/* Nothing is left half done, and who is to be blamed is there. */
static void settle(struct course *course)
{
    if (!(judge_is_over(course->judge) || course->broken) || course->settled)
        return;
    bool sure = true;
    if (!course->broken && judge_result(course->judge)->verdict == VERDICT_FAIL &&
        course->site->presence) {
        if (course->failed_real_us == 0)
            course->failed_real_us = monotonic_us();
        look_for_lateness(course);
        sure = are_present(course, course->failed_real_us);
    }
    if (sure || course->broken)
        course->settled = step_runner_settle(course);
}

static void deadline_passed(void *context)
{
    (void)context; /* the quiet turn that follows asks the judge */
}

static void set_deadline(struct course *course, uint64_t boot_us)
{
    struct loop *loop = course->site->loop;
    uint64_t deadline_us = judge_next_deadline_us(course->judge);
    uint64_t page_us = page_reader_due_us(course);
    deadline_us = boot_us < deadline_us ? boot_us : deadline_us;
    deadline_us = page_us < deadline_us ? page_us : deadline_us;
    if (deadline_us != LOOP_NEVER)
        loop_timer_set(loop, &course->deadline, deadline_us, deadline_passed, course);
    else
        loop_timer_cancel(&course->deadline);
}

bool course_quiet(struct course *course)
{
    struct loop *loop = course->site->loop;
    recorder_drain(course->recorder);
    if (loop_clock(loop) == LOOP_CLOCK_REAL)
        recorder_flush(course->recorder);
    if (page_reader_turn(course))
        return true;
    uint64_t boot_us = look_for_boots(course);
    if (course->site->presence && !judge_is_over(course->judge))
        look_for_absent(course);
    judge_time(course->judge, loop_now_us(loop));
    settle(course);
    if (judge_is_over(course->judge) || course->broken)
        return false;
    if (step_runner_turn(course, judge_current_step(course->judge)))
        return true;
    set_deadline(course, boot_us);
    return false;
}

/* --- the end -------------------------------------------------------------------------------- */

static void record_lab_error(struct course *course, const char *text)
{
    struct event event = {.type = EVENT_LAB_ERROR, .phone = EVENT_PHONE_NONE, .note.text = text};
    recorder_event(course->recorder, &event);
}

/* --- network.json: what the phones' lines did to frames --- */

static json_t *describe_line(const struct link *link, enum network_direction direction)
{
    const struct link_counters *counters = link_counters(link, direction);
    const struct link_delays delays = link_delays(link, direction);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I}}", "offered",
                     (json_int_t)counters->offered, "passed", (json_int_t)counters->passed, "lost",
                     (json_int_t)counters->lost, "duplicated", (json_int_t)counters->duplicated,
                     "reordered", (json_int_t)counters->reordered, "corrupted",
                     (json_int_t)counters->corrupted, "dropped_by_queue",
                     (json_int_t)counters->dropped, "given_up", (json_int_t)counters->given_up,
                     "delay_us", "least", (json_int_t)delays.least_us, "median",
                     (json_int_t)delays.median_us, "p95", (json_int_t)delays.p95_us, "greatest",
                     (json_int_t)delays.greatest_us);
}

static json_t *describe_lines(const struct course *course)
{
    json_t *list = json_array();
    for (size_t i = 0; i < course->scenario->phone_count; i++) {
        const struct link *line = course->site->phones[course->phones[i].site_index].line;
        if (line)
            json_array_append_new(list,
                                  json_pack("{s:s, s:o, s:o}", "phone", course->phone_names[i],
                                            "from_phone", describe_line(line, NETWORK_FROM_PHONE),
                                            "to_phone", describe_line(line, NETWORK_TO_PHONE)));
    }
    return list;
}

/* Nothing where none of them has a line. */
static int write_network_file(struct course *course)
{
    char path[SITE_PATH_MAX];
    json_t *list = describe_lines(course);
    bool any = json_array_size(list) > 0;
    json_t *network = json_pack("{s:s, s:o}", "format", "rclab-network-1", "phones", list);
    snprintf(path, sizeof path, "%s/network.json", course->options->folder);
    int result = network ? 0 : error_set(&course->error, ERROR_MEMORY, "out of memory");
    if (result == 0 && any &&
        json_dump_file(network, path, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0)
        result = error_set_errno(&course->error, errno, "cannot write %s", path);
    json_decref(network);
    return result;
}

void course_finish(struct course *course, int loop_result, const struct error *loop_error)
{
    uint64_t dropped = 0;
    if (course->over)
        return;
    course->over = true;
    page_reader_done(course);
    step_runner_done(course);
    loop_timer_cancel(&course->deadline);
    if (loop_result < 0)
        course_fail(course, loop_result, loop_error);
    struct error error = {0};
    int result = course->broken ? 0 : recorder_dropped(course->recorder, &dropped, &error);
    if (result == 0 && dropped > 0)
        result =
            error_set(&error, ERROR_LIMIT, "%llu frames were dropped before they could be read",
                      (unsigned long long)dropped);
    if (result < 0)
        course_fail(course, result, &error);
    if (course->broken)
        record_lab_error(course, course->error.text);
    struct event event = {.type = EVENT_END, .phone = EVENT_PHONE_NONE};
    recorder_event(course->recorder, &event);
    course->result = recorder_finish(course->recorder, &course->error);
    if (course->result == 0)
        course->result = write_network_file(course);
}

void course_judgement(const struct course *course, struct judgement *ret_judgement)
{
    *ret_judgement = *judge_result(course->judge);
    if (course->result < 0)
        judgement_set_error(ret_judgement, course->error.text);
}
