/*
 * vultus_pick: frames are looked at as enrolment does, video/pick.h says which to keep. The first face that is good
 * enough says whose pictures they are; every other one has to match one that is kept.
 */
#include "engine/engine.h"
#include "base/clock.h"
#include "video/pick.h"
#include "video/source.h"

#include <string.h>

#define PICTURES 5
#define SECONDS 30.0
#define RATE 8.0
#define SETTLE 1.0 /* seconds in which better ones may still come when all are there */

_Static_assert(VULTUS_PICK_MAX == PICK_MOST, "the caller's array has room for all");

#define ADVICES (VULTUS_ADVICE_RIGHT + 1)

struct picking {
    vultus_engine *engine;
    vultus_pick_options options;
    struct source *source;
    struct source_facts facts;
    struct pick pick;
    uint64_t deadline;       /* of a live source, in clock_ns(); 0: none */
    size_t refused[ADVICES]; /* looks */
    size_t looks;
};

const char *vultus_advice_text(vultus_advice advice)
{
    static const char *const texts[] = {
        [VULTUS_ADVICE_TAKEN] = "taken",
        [VULTUS_ADVICE_FACE] = "no face is there: look into the camera",
        [VULTUS_ADVICE_ALONE] = "only one person, please",
        [VULTUS_ADVICE_OTHER] = "this is another person than before",
        [VULTUS_ADVICE_CLOSER] = "come closer",
        [VULTUS_ADVICE_LIGHT] = "more light on the face, please",
        [VULTUS_ADVICE_STILL] = "hold still",
        [VULTUS_ADVICE_UNCOVER] = "something covers the face",
        [VULTUS_ADVICE_FRONT] = "look into the camera",
        [VULTUS_ADVICE_LEFT] = "turn your head a little to your left",
        [VULTUS_ADVICE_RIGHT] = "turn your head a little to your right"};
    return (unsigned)advice < ADVICES ? texts[advice] : "";
}

static bool stops(void *context)
{
    const struct picking *picking = context;
    const vultus_pick_options *options = &picking->options;
    if (picking->deadline && clock_ns() > picking->deadline)
        return true;
    return options->stop && options->stop(options->context);
}

/* What to do about a picture that cannot be used. */
static vultus_advice advice_of(vultus_verdict verdict)
{
    static const vultus_advice advices[] = {[VULTUS_SAMPLE_OK] = VULTUS_ADVICE_TAKEN,
                                            [VULTUS_SAMPLE_NO_FACE] = VULTUS_ADVICE_FACE,
                                            [VULTUS_SAMPLE_SEVERAL_FACES] = VULTUS_ADVICE_ALONE,
                                            [VULTUS_SAMPLE_TINY] = VULTUS_ADVICE_CLOSER,
                                            [VULTUS_SAMPLE_BLURRED] = VULTUS_ADVICE_STILL,
                                            [VULTUS_SAMPLE_DARK] = VULTUS_ADVICE_LIGHT,
                                            [VULTUS_SAMPLE_COVERED] = VULTUS_ADVICE_UNCOVER,
                                            [VULTUS_SAMPLE_POSE] = VULTUS_ADVICE_FRONT,
                                            [VULTUS_SAMPLE_POOR] = VULTUS_ADVICE_CLOSER};
    return advices[verdict];
}

/* True for the first of all, and for whoever matches one that is kept. */
static bool is_same(const struct picking *picking, const vultus_sample *sample)
{
    bool first = true;
    for (enum pick_side side = 0; side < PICK_SIDES; side++)
        for (size_t i = 0; i < picking->pick.counts[side]; i++) {
            const vultus_sample *kept = picking->pick.views[side][i].picture;
            vultus_comparison comparison;
            first = false;
            if (!vultus_compare(picking->engine, vultus_sample_embedding(kept),
                                vultus_sample_embedding(sample), NULL, &comparison, NULL) &&
                comparison.match)
                return true;
        }
    return first;
}

/* Takes the sample. What to say then: a picture more, or what is missing. */
static vultus_advice offer(struct picking *picking, vultus_sample *sample, double time)
{
    static const vultus_advice turns[] = {[PICK_MIDDLE] = VULTUS_ADVICE_FRONT,
                                          [PICK_LEFT] = VULTUS_ADVICE_RIGHT,
                                          [PICK_RIGHT] = VULTUS_ADVICE_LEFT,
                                          [PICK_SIDES] = VULTUS_ADVICE_TAKEN};
    const vultus_quality *quality = &vultus_sample_face(sample)->quality;
    const struct pick_view view = {time, quality->yaw, quality->score, sample};
    size_t before = pick_taken(&picking->pick);
    vultus_sample_free(pick_offer(&picking->pick, &view));
    bool more = pick_taken(&picking->pick) > before;
    return more ? VULTUS_ADVICE_TAKEN : turns[pick_missing(&picking->pick)];
}

static vultus_status look(struct picking *picking, const struct video_frame *frame,
                          vultus_error *error)
{
    const vultus_pick_options *options = &picking->options;
    vultus_sample *sample = NULL;
    vultus_status status =
        vultus_sample_take(picking->engine, frame->image, &options->sample, &sample, error);
    if (status)
        return status;
    vultus_advice advice = advice_of(vultus_sample_verdict(sample));
    if (advice == VULTUS_ADVICE_TAKEN && !is_same(picking, sample))
        advice = VULTUS_ADVICE_OTHER;
    picking->looks++;
    if (advice == VULTUS_ADVICE_TAKEN)
        advice = offer(picking, sample, (double)frame->time / 1e6);
    else {
        picking->refused[advice]++;
        vultus_sample_free(sample);
    }
    if (options->advise)
        options->advise(options->context, advice, pick_taken(&picking->pick), options->pictures);
    return VULTUS_OK;
}

static vultus_status run(struct picking *picking, vultus_error *error)
{
    double begin = -1, full = -1;
    for (;;) {
        struct video_frame frame = {0};
        vultus_status status = source_next(picking->source, &frame, error);
        if (status == VULTUS_ERR_CANCELLED && picking->deadline && clock_ns() > picking->deadline)
            return VULTUS_OK;
        if (status || !frame.image)
            return status;
        double time = (double)frame.time / 1e6;
        begin = begin < 0 ? time : begin;
        status = look(picking, &frame, error);
        vultus_image_free(frame.image);
        if (status)
            return status;
        bool all = pick_missing(&picking->pick) == PICK_SIDES;
        full = all && full < 0 ? time : full;
        if ((all && time - full >= SETTLE) || time - begin >= picking->options.seconds)
            return VULTUS_OK;
    }
}

/* NOT_FOUND, with what was wrong most often. */
static vultus_status refuse(const struct picking *picking, vultus_error *error)
{
    vultus_advice most = VULTUS_ADVICE_FACE;
    for (unsigned i = 0; i < ADVICES; i++)
        if (picking->refused[i] > picking->refused[most])
            most = (vultus_advice)i;
    if (!picking->looks)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "%s: no frame came", picking->facts.name);
    return status_set(error, VULTUS_ERR_NOT_FOUND,
                      "%s: no picture was good enough; of %zu, %zu: %s", picking->facts.name,
                      picking->looks, picking->refused[most], vultus_advice_text(most));
}

static vultus_pick_options completed(const vultus_pick_options *options)
{
    static const vultus_pick_options none;
    vultus_pick_options all = options ? *options : none;
    all.pictures = all.pictures ? all.pictures : PICTURES;
    all.seconds = all.seconds > 0 ? all.seconds : SECONDS;
    all.rate = all.rate > 0 ? all.rate : RATE;
    return all;
}

static vultus_status open_source(struct picking *picking, const char *address, vultus_error *error)
{
    const struct source_options from = {.rate = picking->options.rate,
                                        .timeout = picking->options.timeout,
                                        .stop = stops,
                                        .context = picking};
    vultus_status status = source_open(address, &from, &picking->source, error);
    if (status)
        return status;
    source_describe(picking->source, &picking->facts);
    if (picking->facts.live)
        picking->deadline = clock_ns() + (uint64_t)(picking->options.seconds * 1e9);
    return VULTUS_OK;
}

vultus_status vultus_pick(vultus_engine *engine, const char *source,
                          const vultus_pick_options *options, vultus_sample *out[VULTUS_PICK_MAX],
                          size_t *count, vultus_error *error)
{
    struct picking picking = {.engine = engine, .options = completed(options)};
    void *chosen[PICK_MOST];
    if (!engine || !source || !out || !count || picking.options.pictures > VULTUS_PICK_MAX ||
        picking.options.sample.face || picking.options.sample.whole_picture)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an engine, a source and room for 1 to %d pictures are needed",
                          VULTUS_PICK_MAX);
    pick_begin(&picking.pick, picking.options.pictures);
    vultus_status status = engine_check_embedder(engine, error);
    if (!status)
        status = open_source(&picking, source, error);
    if (!status)
        status = run(&picking, error);
    if (!status) {
        size_t found = pick_choose(&picking.pick, chosen);
        for (size_t i = 0; i < found; i++)
            out[i] = chosen[i];
        *count = found;
        if (!found)
            status = refuse(&picking, error);
    }
    for (vultus_sample *spare; (spare = pick_spare(&picking.pick));)
        vultus_sample_free(spare);
    source_close(picking.source);
    return status;
}
