/* SPDX-License-Identifier: MIT */
#include "harness/run/world.h"
#include "fakes/phone/models.h"
#include "harness/base/random.h"
#include "harness/run/tls_identities.h"
#include "harness/run/world_events.h"
#include "harness/wire/dhcp.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HTTP_PORT = 80, HTTPS_PORT = 443, TFTP_PORT_NUMBER = 69 };

void world_substitutions(const char *values[SUBSTITUTE_COUNT])
{
    values[SUBSTITUTE_PROVISION_HTTP] = "http://" LAB_PROVISION_HOST;
    values[SUBSTITUTE_PROVISION_HTTPS] = "https://" LAB_PROVISION_HOST;
    values[SUBSTITUTE_PROVISION_TFTP] = "tftp://" LAB_PROVISION_HOST;
    values[SUBSTITUTE_PROVISION_ADDRESS] = "10.77.0.3"; /* LAB_PROVISION */
}

struct fake_server *world_fake(struct world *world, enum event_server server)
{
    for (size_t i = 0; i < WORLD_SERVERS; i++) {
        if (world->servers[i].server == server)
            return world->servers[i].fake;
    }
    return NULL;
}

bool world_phone_reachable(const struct world *world, size_t phone)
{
    const struct world_phone *state = &world->phones[phone];
    return state->online && loop_now_us(world->loop) < state->lease_until_us &&
           observer_phone_address(recorder_observer(world->recorder), (int)phone) != 0;
}

/* --- servers ---------------------------------------------------------------------------------- */

/* pairs: its certificates; NULL = it speaks no TLS. */
static int start_server(struct world *world, size_t index, enum event_server server,
                        const struct certificate_pair *pairs, struct fake_server_config *config,
                        struct error *error)
{
    struct world_server *slot = &world->servers[index];
    *slot = (struct world_server){.world = world, .server = server};
    if (pairs)
        tls_identities_of_server(world->options->certificates, pairs, slot->identities);
    config->identities = pairs ? slot->identities : NULL;
    config->loop = world->loop;
    config->netns_fd = -1;
    config->seed = world->options->seed;
    config->substitutions = world->substitutions;
    config->client_max = (unsigned)world->phone_count;
    config->log = world_events_fake_log(slot);
    return fake_server_new(config, &slot->fake, error);
}

static int start_servers(struct world *world, struct error *error)
{
    const struct certificates *certificates = world->options->certificates;
    struct fake_server_config edos = {
        .role = FAKE_EDOS, .address = LAB_EDOS, .http_port = HTTP_PORT, .https_port = HTTPS_PORT};
    struct fake_server_config provision = {.role = FAKE_PROVISION,
                                           .address = LAB_PROVISION,
                                           .http_port = HTTP_PORT,
                                           .https_port = HTTPS_PORT,
                                           .tftp_port = TFTP_PORT_NUMBER};
    struct fake_server_config push = {
        .role = FAKE_PUSH, .address = LAB_HARNESS, .http_port = HTTP_PORT};
    int result = start_server(world, 0, EVENT_SERVER_EDOS, certificates->edos, &edos, error);
    if (result == 0)
        result = start_server(world, 1, EVENT_SERVER_PROVISION, certificates->provision, &provision,
                              error);
    if (result == 0)
        result = start_server(world, 2, EVENT_SERVER_OTHER, NULL, &push, error);
    if (result == 0)
        result = fake_server_set(world->servers[0].fake, &world->scenario->edos, error);
    if (result == 0)
        result = fake_server_set(world->servers[1].fake, &world->scenario->provision, error);
    return result;
}

/* --- the name server ----------------------------------------------------------------------------
 */

static uint64_t count_given(void *context)
{
    const struct world *world = context;
    return gate_given(world->gate) + name_stub_given(world->stub);
}

int world_apply_dhcp(struct world *world, struct error *error)
{
    const struct scenario_dhcp **settings = calloc(world->phone_count, sizeof *settings);
    if (!settings)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < world->phone_count; i++) {
        settings[i] = world->phones[i].dhcp;
        gate_set_answer(world->gate, i, settings[i]->answer, settings[i]->answer_delay_us);
    }
    struct dnsmasq_settings dnsmasq = {.edos_host = LAB_EDOS_HOST,
                                       .provision_host = LAB_PROVISION_HOST,
                                       .provision_address = LAB_PROVISION,
                                       .pool_first = LAB_POOL_FIRST,
                                       .pool_last = LAB_POOL_LAST,
                                       .netmask = 0xffffffffu << (32 - LAB_PREFIX_LENGTH),
                                       .phone_macs = lab_phone_macs(world->lab),
                                       .phones = settings,
                                       .phone_count = world->phone_count,
                                       .substitutions = world->substitutions};
    int result = dnsmasq_apply(world->dnsmasq, &dnsmasq, error);
    free(settings);
    return result;
}

static int start_name_server(struct world *world, struct error *error)
{
    int netns_fd = lab_name_server_netns(world->lab);
    struct dnsmasq_given given = {.count = count_given, .context = world};
    int result = gate_new(world->loop, lab_name_server_mac(world->lab), LAB_NAME_SERVER,
                          lab_phone_macs(world->lab), world->phone_count, &world->gate, error);
    if (result == 0)
        result = name_stub_new(world->loop, netns_fd, LAB_EDOS, &world->stub, error);
    if (result == 0)
        result = dnsmasq_new(world->loop, netns_fd, world->options->folder, world->options->seed,
                             given, &world->dnsmasq, error);
    if (result < 0)
        return result;
    name_stub_set(world->stub, &world->scenario->dns);
    return world_apply_dhcp(world, error);
}

/* --- phones
 * --------------------------------------------------------------------------------------- */

static int start_phone(struct world *world, size_t index, struct error *error)
{
    struct world_phone *slot = &world->phones[index];
    slot->world = world;
    slot->dhcp = &world->scenario->dhcp;
    snprintf(slot->serial, sizeof slot->serial, "FCH%08u", (unsigned)(index + 1) % 100000000u);
    world->phone_names[index] = world->scenario->phones[index].name;
    int result = tls_identity_of_phone(
        world->options->certificates,
        phone_model_find(world->scenario->phones[index].model)->product_name,
        lab_phone_mac(world->lab, index), slot->serial, &slot->certificate_fd, error);
    if (result < 0)
        return result;
    struct emulated_phone_config config = {
        .loop = world->loop,
        .netns_fd = lab_phone_netns(world->lab, index),
        .interface = LAB_PHONE_INTERFACE,
        .name = world->phone_names[index],
        .mac = *lab_phone_mac(world->lab, index),
        .model = world->scenario->phones[index].model,
        .serial = slot->serial,
        .readings = world->scenario->readings,
        .seed = world->options->seed,
        .ca_file = world->ca_file,
        .certificate_fd = slot->certificate_fd,
        .edos_scheme = "https",
        .edos_host = LAB_EDOS_HOST,
        .edos_path = WORLD_EDOS_PATH,
        .edos_port = HTTPS_PORT,
        .admin_password = WORLD_ADMIN_PASSWORD,
        .page_none = world->scenario->page_none,
        .parameters = world->scenario->phone_parameters,
        .parameter_count = world->scenario->phone_parameter_count,
        .quirk = world->options->quirk,
        .variation = world->options->variation,
        .log = world_events_phone_log,
        .log_context = slot,
    };
    return emulated_phone_new(&config, &slot->phone, error);
}

static int write_text(const char *path, const char *text, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t length = strlen(text);
    if (fd < 0 || write(fd, text, length) != (ssize_t)length) {
        int saved = errno;
        if (fd >= 0)
            close(fd);
        return error_set_errno(error, saved, "cannot write %s", path);
    }
    close(fd);
    return 0;
}

static int start_phones(struct world *world, struct error *error)
{
    int result = write_text(world->ca_file, world->options->certificates->ca_pem, error);
    for (size_t i = 0; result == 0 && i < world->phone_count; i++)
        result = start_phone(world, i, error);
    return result;
}

/* --- the recorder
 * ---------------------------------------------------------------------------------- */

static uint64_t wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static int start_recorder(struct world *world, struct error *error)
{
    static const char *const edos_hosts[] = {LAB_EDOS_HOST};
    struct observe_world observed = {.phones = lab_phone_macs(world->lab),
                                     .phone_count = world->phone_count,
                                     .edos_address = LAB_EDOS,
                                     .provision_address = LAB_PROVISION,
                                     .name_server_address = LAB_NAME_SERVER,
                                     .harness_address = LAB_HARNESS,
                                     .edos_hosts = edos_hosts,
                                     .edos_host_count = 1,
                                     .edos_port = HTTPS_PORT,
                                     .status_path = WORLD_STATUS_PATH,
                                     .readings = world->scenario->readings};
    struct recorder_config config = {.loop = world->loop,
                                     .interface = LAB_BRIDGE,
                                     .folder = world->options->folder,
                                     .world = &observed,
                                     .phone_names = world->phone_names,
                                     .judge = world->judge,
                                     .epoch_us = wall_us(),
                                     .seen = world_events_seen,
                                     .context = world};
    int result = judge_new(world->scenario, &world->judge, error);
    config.judge = world->judge;
    if (result == 0)
        result = judge_set_substitutions(world->judge, world->substitutions, error);
    return result < 0 ? result : recorder_new(&config, &world->recorder, error);
}

/* --- life
 * ------------------------------------------------------------------------------------------ */

static int open_phone_log(struct world *world, struct error *error)
{
    char path[WORLD_PATH_MAX];
    snprintf(path, sizeof path, "%s/phones.log", world->options->folder);
    world->phone_log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return world->phone_log_fd < 0 ? error_set_errno(error, errno, "cannot write %s", path) : 0;
}

/* Addresses that a scenario may name and that nothing in the lab has. */
static bool is_nobody(void *context, uint32_t address)
{
    static const uint32_t servers[] = {LAB_NAME_SERVER, LAB_EDOS, LAB_PROVISION, LAB_HARNESS};
    const struct world *world = context;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        if (address == servers[i])
            return false;
    }
    return observer_phone_by_address(recorder_observer(world->recorder), address) ==
           EVENT_PHONE_NONE;
}

static int build(struct world *world, struct error *error)
{
    int result = open_phone_log(world, error);
    if (result == 0)
        result = loop_new(world->options->clock, 1, &world->loop, error);
    if (result == 0)
        result = lab_new(world->phone_count, &world->lab, error);
    if (result == 0 && world->options->clock == LOOP_CLOCK_WARP)
        result = loop_flush_enable(world->loop, error);
    if (result == 0)
        result = fetcher_new(world->loop, -1, &world->fetcher, error);
    if (result == 0)
        result = start_phones(world, error);
    if (result == 0)
        result = start_recorder(world, error);
    if (result == 0)
        result = start_name_server(world, error);
    if (result == 0)
        result = start_servers(world, error);
    if (result == 0)
        loop_set_nobody(world->loop, is_nobody, world);
    return result;
}

int world_new(const struct scenario *scenario, const struct run_options *options,
              struct world **ret_world, struct error *error)
{
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        return error_set(error, ERROR_MEMORY, "out of memory");
    world->scenario = scenario;
    world->options = options;
    world->phone_log_fd = -1;
    world->phone_count = scenario->phone_count;
    world->phones = calloc(world->phone_count, sizeof *world->phones);
    world->phone_names = calloc(world->phone_count, sizeof *world->phone_names);
    for (size_t i = 0; world->phones && i < world->phone_count; i++)
        world->phones[i].certificate_fd = -1;
    world_substitutions(world->substitutions);
    snprintf(world->ca_file, sizeof world->ca_file, "%s/ca.pem", options->folder);
    int result = world->phones && world->phone_names
                     ? build(world, error)
                     : error_set(error, ERROR_MEMORY, "out of memory");
    if (result < 0) {
        world_free(world);
        return result;
    }
    *ret_world = world;
    return 0;
}

static void free_phone(struct world_phone *phone)
{
    emulated_phone_free(phone->phone);
    if (phone->certificate_fd >= 0)
        close(phone->certificate_fd);
}

void world_free(struct world *world)
{
    if (!world)
        return;
    for (size_t i = 0; world->phones && i < world->phone_count; i++)
        free_phone(&world->phones[i]);
    fetcher_free(world->fetcher);
    for (size_t i = 0; i < WORLD_SERVERS; i++)
        fake_server_free(world->servers[i].fake);
    dnsmasq_free(world->dnsmasq);
    name_stub_free(world->stub);
    gate_free(world->gate);
    recorder_free(world->recorder);
    judge_free(world->judge);
    lab_free(world->lab);
    loop_free(world->loop);
    if (world->phone_log_fd >= 0)
        close(world->phone_log_fd);
    free(world->phones);
    free(world->phone_names);
    free(world);
}
