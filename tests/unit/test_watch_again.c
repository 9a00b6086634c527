/* Somebody unknown who is enrolled while being watched is named at once, and not at the next look that was due. */
#include "film_made_up.h"

#include <pthread.h>

#define ENROLLED 40 /* the frame after which she is known */

struct story {
    size_t frames;
    bool tells;            /* that there was a change */
    double unknown, named; /* when that was told; below 0: never */
};

static size_t frames_so_far;

static vultus_status name_then(void *context, const float *mean, float quality, struct look *out,
                               vultus_error *error)
{
    vultus_status status = name(context, mean, quality, out, error);
    if (frames_so_far > ENROLLED)
        *out = (struct look){
            .name = "Zoe", .match = true, .quality = quality, .similarity = 0.9f, .far = 1e-5f};
    return status;
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct story *story = context;
    (void)frame;
    frames_so_far = ++story->frames;
}

static uint64_t on_changes(void *context)
{
    const struct story *story = context;
    return story->tells && story->frames > ENROLLED;
}

static void on_event(void *context, const vultus_event *event)
{
    struct story *story = context;
    if (event->kind == VULTUS_EVENT_UNKNOWN)
        story->unknown = event->time;
    if (event->kind == VULTUS_EVENT_IDENTIFIED)
        story->named = event->time;
}

static struct story run(bool tells)
{
    static const struct part stranger = {STRANGER, 0, FRAMES, 100, 60, 0};
    struct story story = {.tells = tells, .unknown = -1, .named = -1};
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    struct eyes eyes = {0};
    vultus_error error = {0};
    const struct watch_eyes table = {.find = find,
                                     .embed = embed,
                                     .name = name_then,
                                     .margin = margin,
                                     .dimension = DIMENSION,
                                     .picture = vultus_image_thumbnail,
                                     .context = &eyes};
    const vultus_watch_options options = {
        .event = on_event, .frame = on_frame, .changes = on_changes, .context = &story};
    struct watch watch = {.eyes = &table,
                          .options = &options,
                          .address = film(&stranger, 1, FRAMES),
                          .threads = 1,
                          .turn = &turn};
    frames_so_far = 0;
    assert_ok(watch_run(&watch, &error), &error);
    return story;
}

static void who_is_enrolled_is_named_at_once(void **state)
{
    (void)state;
    struct story story = run(true);
    assert_true(story.unknown >= 0);
    assert_true(story.named > ENROLLED / 25.0 && story.named < ENROLLED / 25.0 + 0.4);
}

/* Nothing moves, so nobody looks. */
static void otherwise_nothing_changes(void **state)
{
    (void)state;
    struct story story = run(false);
    assert_true(story.unknown >= 0);
    assert_true(story.named < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_enrolled_is_named_at_once),
        cmocka_unit_test(otherwise_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
