/* SPDX-License-Identifier: MIT */
#include "harness/device/device_testing.h"
#include "harness/base/duration.h"

/* Real time of one action; nothing here takes so long. */
#define BENCH_GUARD_US UINT64_C(30000000)

void bench_asked(void *context, const char *text)
{
    struct bench *bench = context;
    snprintf(bench->asked, sizeof bench->asked, "%s", text);
}

void bench_done(void *context, const struct device_result *result)
{
    struct bench *bench = context;
    bench->calls++;
    bench->code = result->code;
    bench->status = result->status;
    bench->power_is_on = result->power_is_on;
    snprintf(bench->text, sizeof bench->text, "%s", result->code < 0 ? result->error->text : "");
    snprintf(bench->body, sizeof bench->body, "%s", result->body ? (const char *)result->body : "");
    loop_stop(bench->loop);
}

static void bench_guard(void *context)
{
    struct bench *bench = context;
    bench->guard_fired = true;
    loop_stop(bench->loop);
}

static bool bench_quiet(void *context)
{
    (void)context;
    return false;
}

void bench_loop(struct bench *bench)
{
    struct error error;
    *bench = (struct bench){.code = 1};
    if (loop_new(LOOP_CLOCK_REAL, 1, &bench->loop, &error) < 0 ||
        fetcher_new(bench->loop, -1, &bench->fetcher, &error) < 0) {
        fprintf(stderr, "\n%s\n", error.text);
        abort();
    }
}

void bench_device(struct bench *bench, struct device_config config)
{
    struct error error;
    config.loop = bench->loop;
    config.fetcher = bench->fetcher;
    config.context = bench;
    if (device_new(&config, &bench->device, &error) < 0) {
        fprintf(stderr, "\n%s\n", error.text);
        abort();
    }
}

void bench_done_with(struct bench *bench)
{
    device_free(bench->device);
    fetcher_free(bench->fetcher);
    loop_free(bench->loop);
}

void bench_run(struct bench *bench)
{
    struct error error;
    loop_real_timer_set(bench->loop, &bench->guard, monotonic_us() + BENCH_GUARD_US, bench_guard,
                        bench);
    if (loop_run(bench->loop, bench_quiet, NULL, BENCH_GUARD_US, &error) < 0)
        fprintf(stderr, "\n%s\n", error.text);
    loop_timer_cancel(&bench->guard);
}

int bench_act(struct bench *bench, enum device_action action, uint32_t address,
              const char *argument)
{
    struct error error;
    unsigned calls = bench->calls;
    int result = device_act(bench->device, action, address, argument, bench_done, bench, &error);
    if (result < 0) {
        snprintf(bench->text, sizeof bench->text, "%s", error.text);
        return result;
    }
    if (bench->calls != calls || !device_is_busy(bench->device))
        return 2; /* never from inside the call */
    bench_run(bench);
    return bench->calls == calls + 1 && !device_is_busy(bench->device) ? bench->code : 3;
}

void bench_expect_text(const struct bench *bench, const char *part)
{
    if (!strstr(bench->text, part))
        fprintf(stderr, "\nexpected ...%s...\nseen     %s\n", part, bench->text);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench->text, part));
}
