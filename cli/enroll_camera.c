/*
 * vultus enroll --camera: guides somebody before a camera in short lines, each said once until another one is due, and
 * enrols what was taken when all of it is there: a signal before that leaves the gallery as it was.
 */
#include "base/clock.h"
#include "command.h"
#include "console.h"
#include "enrolling.h"

#include <string.h>

#define SHOWN 256                        /* bytes of a source's name */
#define AGAIN UINT64_C(4000000000)       /* nanoseconds after which the same is said again */
#define CHANGE_LEAST UINT64_C(700000000) /* nobody reads faster than that */

struct guide {
    vultus_advice last;
    uint64_t said; /* clock_ns() of it; 0: nothing was */
};

static void advise(void *context, vultus_advice advice, size_t taken, size_t wanted)
{
    struct guide *guide = context;
    uint64_t now = clock_ns(), since = now - guide->said;
    if (advice == VULTUS_ADVICE_TAKEN) {
        say("%zu of %zu taken%s", taken, wanted, taken == wanted ? "; thank you" : "");
    } else {
        if (guide->said && since < (advice == guide->last ? AGAIN : CHANGE_LEAST))
            return;
        say("%s", vultus_advice_text(advice));
    }
    guide->last = advice;
    guide->said = now;
}

static bool stop(void *context)
{
    (void)context;
    return interrupted();
}

static int settle_all(struct enroll *enroll, const char *shown, vultus_sample *const *samples,
                      size_t count)
{
    int code = EXIT_DONE;
    for (size_t i = 0; !code && i < count; i++) {
        struct enroll_result result = {.sample = samples[i]};
        memcpy(result.picture, &i, sizeof i); /* what was taken differs */
        code = enroll_settle(enroll, shown, 0, &result);
    }
    return code;
}

int enroll_camera(struct enroll *enroll)
{
    const struct options *options = enroll->options;
    const char *source = options->cameras.items[0];
    vultus_sample *samples[VULTUS_PICK_MAX];
    struct guide guide = {0};
    size_t count = 0;
    char shown[SHOWN];
    vultus_error error = {0};
    const vultus_pick_options how = {.pictures = options->pictures,
                                     .seconds = (double)options->seconds,
                                     .sample = enroll_demands(options),
                                     .advise = advise,
                                     .stop = stop,
                                     .context = &guide};
    vultus_source_show(source, shown, sizeof shown);
    vultus_status status =
        vultus_pick(enroll->session->engine, source, &how, samples, &count, &error);
    if (interrupted()) {
        complain("interrupted; nothing was enrolled");
        status = VULTUS_ERR_CANCELLED;
    } else if (status)
        enroll->code = worse(enroll->code, fail(&error));
    int code = interrupted();
    if (!status)
        code = settle_all(enroll, shown, samples, count);
    for (size_t i = 0; i < count; i++)
        vultus_sample_free(samples[i]);
    return code;
}
