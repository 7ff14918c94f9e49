/* SPDX-License-Identifier: MIT */
/* The phones of a course: made emulated, or taken as the lab has them. */
#include "fakes/phone/models.h"
#include "harness/run/course_events.h"
#include "harness/run/course_parts.h"
#include "harness/run/tls_identities.h"
#include <stdio.h>

/* --- phones --------------------------------------------------------------------------------- */

static int start_emulated(struct course *course, size_t index, struct error *error)
{
    struct course_phone *slot = &course->phones[index];
    const struct site *site = course->site;
    const struct scenario *scenario = course->scenario;
    snprintf(slot->serial, sizeof slot->serial, "FCH%08u", (unsigned)(index + 1) % 100000000u);
    int result = tls_identity_of_phone(
        site->plan->certificates, phone_model_find(scenario->phones[index].model)->product_name,
        &site->phone_macs[slot->site_index], slot->serial, &slot->certificate_fd, error);
    if (result < 0)
        return result;
    struct emulated_phone_config config = {
        .loop = site->loop,
        .netns_fd = lab_phone_netns(site->lab, slot->site_index),
        .interface = LAB_PHONE_INTERFACE,
        .name = course->phone_names[index],
        .mac = site->phone_macs[slot->site_index],
        .model = scenario->phones[index].model,
        .serial = slot->serial,
        .readings = scenario->readings,
        .seed = course->options->seed,
        .ca_file = course->ca_file,
        .certificate_fd = slot->certificate_fd,
        .edos_scheme = "https",
        .edos_host = site->plan->edos_host,
        .edos_path = COURSE_EDOS_PATH,
        .edos_port = site->plan->edos_https_port,
        .admin_password = COURSE_ADMIN_PASSWORD,
        .page_none = scenario->page_none,
        .parameters = scenario->phone_parameters,
        .parameter_count = scenario->phone_parameter_count,
        .quirk = course->options->quirk,
        .variation = course->options->variation,
        .log = course_events_phone_log,
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

int course_start_phones(struct course *course, const struct course_config *config,
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
