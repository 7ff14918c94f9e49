/* SPDX-License-Identifier: MIT */
/* A whole emulated phone against a real dnsmasq and a web server that plays EDOS, on a wire of two
 * ends. The clock is the real one, run faster: nothing here proves that the lab is at rest. */
#include "fakes/phone/emulated_phone.h"
#include "fakes/phone/live_wire_testing.h"
#include "fakes/phone/page_server.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include "harness/loop/fetch.h"
#include "harness/loop/namespace.h"
#include "harness/loop/web.h"
#include "harness/wire/frame.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_SCALE 50.0
#define STEP_MAX_US (10 * DURATION_M) /* of the run's clock: 12 s of real time */
#define STALL_REAL_US UINT64_C(20000000)
enum { EDOS_PORT = 8080, PATH_MAX_BYTES = 512, TEXT_MAX = 8192 };
static char lease_file[PATH_MAX_BYTES];

struct world {
    struct live_wire *wire;
    struct loop *loop;
    struct emulated_phone *phone;
    struct web_server *edos;
    struct fetcher *fetcher;
    pid_t name_server;
    unsigned edos_requests, edos_status;
    char edos_target[256], edos_agent[128];
    struct loop_timer guard, poll;
    bool (*wanted)(struct world *world);
    bool guard_fired, fetched;
    enum fetch_outcome outcome;
    unsigned status;
    char text[TEXT_MAX], log[TEXT_MAX];
};

/* --- the others on the wire ------------------------------------------------------------------- */

static const char *dnsmasq_path(void)
{
    static const char *const paths[] = {"/usr/sbin/dnsmasq", "/sbin/dnsmasq", "/usr/bin/dnsmasq"};
    struct stat status;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (stat(paths[i], &status) == 0)
            return paths[i];
    }
    return NULL;
}

static bool start_name_server(struct world *world)
{
    char lease_option[PATH_MAX_BYTES + 32];
    snprintf(lease_option, sizeof lease_option, "--dhcp-leasefile=%s", lease_file);
    const char *const arguments[] = {dnsmasq_path(),
                                     "--keep-in-foreground",
                                     "--conf-file=/dev/null",
                                     "--pid-file=",
                                     "--no-ping",
                                     "--user=root",
                                     "--group=",
                                     "--no-resolv",
                                     "--no-hosts",
                                     "--log-facility=/dev/null",
                                     "--interface=" WIRE_SERVER_INTERFACE,
                                     "--bind-interfaces",
                                     "--domain=example.net",
                                     "--dhcp-range=10.99.0.50,10.99.0.60,255.255.255.0,1h",
                                     "--address=/activate.cisco.com/10.99.0.1",
                                     lease_option,
                                     NULL};
    WIRE_CHECK(arguments[0]);
    world->name_server = fork();
    WIRE_CHECK(world->name_server >= 0);
    if (world->name_server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execv(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    return true;
}

static void edos_asked(void *context, struct web_request *request)
{
    struct world *world = context;
    const char *agent = web_request_header(request, "User-Agent");
    world->edos_requests++;
    snprintf(world->edos_target, sizeof world->edos_target, "%s", request->target);
    snprintf(world->edos_agent, sizeof world->edos_agent, "%s", agent ? agent : "");
    web_respond(request, &(const struct web_response){.status = world->edos_status,
                                                      .cut_bytes = WEB_NOT_CUT});
}

static void logged(void *context, const char *line)
{
    struct world *world = context;
    size_t used = strlen(world->log);
    snprintf(world->log + used, sizeof world->log - used, "%s\n", line);
}

static bool world_open(struct world *world, struct live_wire *wire,
                       const struct phone_variation *variation)
{
    struct error error;
    *world = (struct world){.wire = wire, .edos_status = 503, .name_server = -1};
    WIRE_CHECK(loop_new(LOOP_CLOCK_REAL, TIME_SCALE, &world->loop, &error) == 0);
    WIRE_CHECK(fetcher_new(world->loop, -1, &world->fetcher, &error) == 0);
    WIRE_CHECK(web_server_new(&(const struct web_server_config){.loop = world->loop,
                                                                .netns_fd = -1,
                                                                .address = WIRE_SERVER,
                                                                .port = EDOS_PORT,
                                                                .handle = edos_asked,
                                                                .context = world},
                              &world->edos, &error) == 0);
    WIRE_CHECK(emulated_phone_new(
                   &(const struct emulated_phone_config){
                       .core = {.mac = wire->phone_mac,
                                .model = "8841",
                                .serial = "FCH00000001",
                                .seed = 1,
                                .edos_scheme = "http",
                                .edos_host = "activate.cisco.com",
                                .edos_path = "/software/edos/callhome/rc?id=$MAU:$SN:$PN",
                                .edos_port = EDOS_PORT,
                                .variation = variation},
                       .loop = world->loop,
                       .netns_fd = wire->phone_netns_fd,
                       .interface = WIRE_PHONE_INTERFACE,
                       .name = "8841-1",
                       .certificate_fd = -1,
                       .admin_password = "secret",
                       .log = logged,
                       .log_context = world},
                   &world->phone, &error) == 0);
    return start_name_server(world);
}

static void world_close(struct world *world)
{
    if (world->name_server > 0) {
        kill(world->name_server, SIGKILL);
        waitpid(world->name_server, NULL, 0);
    }
    emulated_phone_free(world->phone);
    emulated_phone_free(NULL);
    web_server_free(world->edos);
    fetcher_free(world->fetcher);
    loop_timer_cancel(&world->guard);
    loop_timer_cancel(&world->poll);
    loop_free(world->loop);
}

/* --- waiting for something -------------------------------------------------------------------- */

static void guard_fired(void *context)
{
    struct world *world = context;
    world->guard_fired = true;
    loop_stop(world->loop);
}

static bool look(void *context)
{
    struct world *world = context;
    if (world->wanted(world))
        loop_stop(world->loop);
    return false;
}

static bool wait_until(struct world *world, bool (*wanted)(struct world *world))
{
    struct error error;
    world->wanted = wanted;
    world->guard_fired = false;
    loop_timer_set(world->loop, &world->guard, loop_now_us(world->loop) + STEP_MAX_US, guard_fired,
                   world);
    int result = loop_run(world->loop, look, world, STALL_REAL_US, &error);
    loop_timer_cancel(&world->guard);
    if (result < 0 || world->guard_fired)
        fprintf(stderr, "\n%s\nthe phone's log:\n%s", result < 0 ? error.text : "in vain",
                world->log);
    return result == 0 && !world->guard_fired;
}

static void page_came(void *context, const struct fetch_result *result)
{
    struct world *world = context;
    world->fetched = true;
    world->outcome = result->outcome;
    world->status = result->status;
    snprintf(world->text, sizeof world->text, "%s", (const char *)result->body);
}

static bool was_fetched(struct world *world)
{
    return world->fetched;
}

static bool page_with(struct world *world, const char *address, const char *path,
                      const char *password, const char *form)
{
    char url[256];
    snprintf(url, sizeof url, "http://%s%s", address, path);
    world->fetched = false;
    WIRE_CHECK(fetch_start(world->fetcher,
                           &(const struct fetch_request){.url = url,
                                                         .user = password ? "admin" : NULL,
                                                         .password = password,
                                                         .body = (const uint8_t *)form,
                                                         .body_length = form ? strlen(form) : 0,
                                                         .body_bytes_max = 1 << 20},
                           page_came, world, NULL, NULL) == 0);
    return wait_until(world, was_fetched);
}

/* --- what is expected ------------------------------------------------------------------------- */

static bool edos_was_asked(struct world *world)
{
    return world->edos_requests > 0;
}

static bool edos_was_asked_again(struct world *world)
{
    return world->edos_requests >= 2;
}

#define PHONE_ADDRESS_MAX 16
/* The lease file is what dnsmasq itself believes. */
static bool leased_address(char address[PHONE_ADDRESS_MAX], const struct live_wire *wire)
{
    char expires[32], mac[32], name[64], text[MAC_TEXT_MAX];
    FILE *file = fopen(lease_file, "r");
    WIRE_CHECK(file);
    int fields = fscanf(file, "%31s %31s %15s %63s", expires, mac, address, name);
    fclose(file);
    WIRE_CHECK(fields == 4);
    WIRE_CHECK(strcmp(mac, mac_format(&wire->phone_mac, text)) == 0);
    WIRE_CHECK(strcmp(name, "SEP001122AABB01") == 0);
    return true;
}

static bool shows(struct world *world, const char *address, const char *state)
{
    char expected[128];
    snprintf(expected, sizeof expected,
             "<Customization group=\"Info/Product_Information\">%s</Customization>", state);
    WIRE_CHECK(page_with(world, address, "/admin/status.xml", "secret", NULL));
    WIRE_CHECK(world->outcome == FETCH_OK && world->status == 200);
    if (!strstr(world->text, expected))
        fprintf(stderr, "\n%s\n%s", world->text, world->log);
    WIRE_CHECK(strstr(world->text, expected));
    return true;
}

static bool from_power_to_pending(struct world *world, char address[PHONE_ADDRESS_MAX])
{
    struct error error;
    WIRE_CHECK(!emulated_phone_is_on(world->phone));
    WIRE_CHECK(emulated_phone_power(world->phone, true, &error) == 0);
    WIRE_CHECK(emulated_phone_is_on(world->phone));
    WIRE_CHECK(wait_until(world, edos_was_asked));
    WIRE_CHECK(strcmp(world->edos_target,
                      "/software/edos/callhome/rc?id=001122AABB01:FCH00000001:CP-8841-3PCC") == 0);
    WIRE_CHECK(strstr(world->edos_agent, "Cisco-CP-8841-3PCC/"));
    WIRE_CHECK(leased_address(address, world->wire));
    WIRE_CHECK(shows(world, address, "Pending"));
    WIRE_CHECK(strstr(world->text, "<Domain group=\"Info/System_Information\">example.net<"));
    WIRE_CHECK(strstr(world->text, address));
    WIRE_CHECK(wait_until(world, edos_was_asked_again));
    return true;
}

static bool its_page(struct world *world, const char *address)
{
    WIRE_CHECK(page_with(world, address, "/admin/status.xml", NULL, NULL));
    WIRE_CHECK(world->outcome == FETCH_OK && world->status == 401);
    WIRE_CHECK(page_with(world, address, "/admin/status.xml", "wrong", NULL));
    WIRE_CHECK(world->status == 401);
    WIRE_CHECK(
        page_with(world, address, "/admin/advanced?xuser=admin&xpassword=secret", NULL, NULL));
    WIRE_CHECK(world->status == 200 && strstr(world->text, "Product Information"));
    WIRE_CHECK(page_with(world, address, "/nowhere", "secret", NULL));
    WIRE_CHECK(world->status == 404);
    WIRE_CHECK(page_with(world, address, "/admin/bcisco.csc", "secret", "1=2"));
    WIRE_CHECK(world->status == 400);
    WIRE_CHECK(shows(world, address, "Pending"));
    WIRE_CHECK(page_with(world, address, "/admin/bcisco.csc", "secret",
                         "Profile_Rule=http%3A%2F%2F10.99.0.1%3A8080%2Fmine.xml"));
    WIRE_CHECK(world->status == 200);
    return shows(world, address, "Aborted");
}

static bool power_cut(struct world *world, const char *address)
{
    struct error error;
    WIRE_CHECK(emulated_phone_power(world->phone, false, &error) == 0);
    WIRE_CHECK(!emulated_phone_is_on(world->phone));
    /* Nobody has the address any more, not even the phone itself. */
    struct sockaddr_in page = {.sin_family = AF_INET, .sin_port = htons(PAGE_PORT)};
    WIRE_CHECK(inet_pton(AF_INET, address, &page.sin_addr) == 1);
    int fd = namespace_socket(world->wire->phone_netns_fd, AF_INET, SOCK_STREAM, 0, &error);
    WIRE_CHECK(fd >= 0);
    int result = connect(fd, (struct sockaddr *)&page, sizeof page);
    WIRE_CHECK(result < 0 && errno == ENETUNREACH);
    close(fd);
    return true;
}

static bool factory_reset(struct world *world, const char *address)
{
    struct error error;
    world->edos_status = 200; /* without a body: there is no profile for this phone */
    world->edos_requests = 0;
    WIRE_CHECK(emulated_phone_factory_reset(world->phone, &error) == 0);
    WIRE_CHECK(emulated_phone_is_on(world->phone));
    WIRE_CHECK(wait_until(world, edos_was_asked));
    WIRE_CHECK(shows(world, address, "Unavailable"));
    WIRE_CHECK(page_with(world, address, "/admin/reboot", "secret", NULL));
    WIRE_CHECK(world->status == 200);
    return true;
}

static bool a_life(struct live_wire *wire)
{
    static struct world world;
    char address[PHONE_ADDRESS_MAX];
    WIRE_CHECK(world_open(&world, wire, NULL));
    bool good = from_power_to_pending(&world, address) && its_page(&world, address) &&
                power_cut(&world, address) && factory_reset(&world, address);
    world_close(&world);
    return good;
}

/* Freed in every stage of its life, nothing may be left behind (the sanitizer looks). */
static bool freed_early(struct live_wire *wire)
{
    static const uint64_t stages_us[] = {0, 1, 4900000, 5100000, 6000000, 8000000, 30000000};
    for (size_t i = 0; i < sizeof stages_us / sizeof stages_us[0]; i++) {
        static struct world world;
        struct error error;
        WIRE_CHECK(world_open(&world, wire, NULL));
        WIRE_CHECK(i == 0 || emulated_phone_power(world.phone, true, &error) == 0);
        world.wanted = was_fetched;
        loop_timer_set(world.loop, &world.guard, stages_us[i], guard_fired, &world);
        WIRE_CHECK(loop_run(world.loop, look, &world, STALL_REAL_US, &error) == 0);
        world_close(&world);
    }
    return true;
}

/* --- an address that somebody else has --- */
struct squatter { /* who answers the first probe for an address, and no other */
    struct world *world;
    int fd;
    uint32_t address; /* 0 = nobody has probed */
    uint32_t probed;  /* the last */
};
static struct squatter squatter;

static void probed(void *context, uint32_t events)
{
    static const struct mac somebody = {{2, 0, 0, 0, 0, 9}};
    uint8_t bytes[256];
    struct frame probe;
    struct buffer answer;
    (void)context, (void)events;
    ssize_t length = recv(squatter.fd, bytes, sizeof bytes, 0);
    if (length < 0 || !frame_decode(bytes, (size_t)length, &probe) || probe.kind != FRAME_ARP ||
        probe.source != 0)
        return;
    squatter.probed = probe.destination;
    squatter.world->edos_requests = 0;
    if (squatter.address != 0)
        return;
    squatter.address = probe.destination;
    const struct frame headers = {.source_mac = somebody,
                                  .destination_mac = probe.source_mac,
                                  .arp_operation = ARP_REPLY,
                                  .arp_source_mac = somebody,
                                  .arp_destination_mac = probe.arp_source_mac,
                                  .source = probe.destination};
    buffer_init(&answer, 256);
    frame_encode_arp(&answer, &headers);
    ssize_t sent = send(squatter.fd, answer.data, answer.length, 0);
    (void)sent; /* if it was not, the phone keeps the address and the test fails */
    buffer_done(&answer);
}

static bool sit_on_the_wire(struct world *world, struct loop_watch **ret_watch)
{
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(ETH_P_ARP),
                                        .sll_ifindex = (int)if_nametoindex(WIRE_SERVER_INTERFACE)};
    squatter = (struct squatter){
        .world = world,
        .fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ARP))};
    WIRE_CHECK(squatter.fd >= 0);
    WIRE_CHECK(bind(squatter.fd, (const struct sockaddr *)&address, sizeof address) == 0);
    WIRE_CHECK(loop_watch(world->loop, squatter.fd, EPOLLIN, probed, NULL, ret_watch, NULL) == 0);
    return true;
}

static bool asked_from_another_address(struct world *world)
{
    return squatter.probed != squatter.address && world->edos_requests > 0;
}

static bool declines_and_takes_another(struct world *world)
{
    struct error error;
    char address[PHONE_ADDRESS_MAX], declined[IPV4_TEXT_MAX], probed_text[IPV4_TEXT_MAX];
    WIRE_CHECK(emulated_phone_power(world->phone, true, &error) == 0);
    WIRE_CHECK(wait_until(world, asked_from_another_address));
    ipv4_format(squatter.address, declined);
    WIRE_CHECK(strstr(world->log, "somebody else has "));
    WIRE_CHECK(strstr(world->log, declined));
    WIRE_CHECK(leased_address(address, world->wire));
    WIRE_CHECK(strcmp(address, declined) != 0);
    WIRE_CHECK(strcmp(address, ipv4_format(squatter.probed, probed_text)) == 0);
    return shows(world, address, "Pending");
}

static bool a_conflict(struct live_wire *wire)
{
    static struct world world;
    struct phone_variation variation = phone_variation_plain;
    struct loop_watch *watch;
    variation.arp_probe = true;
    WIRE_CHECK(world_open(&world, wire, &variation));
    WIRE_CHECK(sit_on_the_wire(&world, &watch));
    bool good = declines_and_takes_another(&world);
    loop_unwatch(watch);
    close(squatter.fd);
    world_close(&world);
    return good;
}

static bool half_made(struct live_wire *wire)
{
    struct loop *loop;
    struct error error;
    struct emulated_phone *phone = NULL;
    struct emulated_phone_config config = {.core = {.mac = wire->phone_mac,
                                                    .model = "8841",
                                                    .serial = "FCH00000001",
                                                    .edos_scheme = "http",
                                                    .edos_host = "activate.cisco.com",
                                                    .edos_path = "/",
                                                    .edos_port = EDOS_PORT},
                                           .netns_fd = wire->phone_netns_fd,
                                           .interface = "eth7",
                                           .name = "8841-1",
                                           .admin_password = "secret"};
    WIRE_CHECK(loop_new(LOOP_CLOCK_REAL, TIME_SCALE, &loop, &error) == 0);
    config.loop = loop;
    WIRE_CHECK(emulated_phone_new(&config, &phone, &error) < 0 && !phone);
    WIRE_CHECK(strncmp(error.text, "8841-1: ", 8) == 0);
    config.interface = WIRE_PHONE_INTERFACE;
    config.core.model = "1234";
    WIRE_CHECK(emulated_phone_new(&config, &phone, &error) == ERROR_INVALID && !phone);
    loop_free(loop);
    return true;
}

static void live(bool (*body)(struct live_wire *wire))
{
    if (!dnsmasq_path())
        testing_skip("dnsmasq is not installed");
    snprintf(lease_file, sizeof lease_file, "%s/leases", testing_folder());
    CU_ASSERT_TRUE(live_wire_run(body));
}

static void a_life_test(void)
{
    live(a_life);
}

static void freed_early_test(void)
{
    live(freed_early);
}

static void a_conflict_test(void)
{
    live(a_conflict);
}

static void half_made_test(void)
{
    CU_ASSERT_TRUE(live_wire_run(half_made));
}

void tests_fakes_phone_emulated_phone(void);
void tests_fakes_phone_emulated_phone(void)
{
    TEST_SUITE("live phone/emulated_phone",
               {"from power to the page, against dnsmasq", a_life_test},
               {"freed at any time", freed_early_test},
               {"an address that somebody else has is declined", a_conflict_test},
               {"half made", half_made_test});
}
