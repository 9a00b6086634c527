/*
 * Watching with faces covered, by eyes that see coloured squares for faces: in frames and in the pictures of events
 * nobody is seen but those who are excepted, and those only in frames in which they are surely there.
 */
#include "film_made_up.h"

#include <pthread.h>

struct story {
    const struct part *parts;
    size_t count;
    enum who excepted; /* WHO: nobody */
    bool
        swaps; /* names lag behind, and pictures may be of the time before: frames are looked at alone */
    size_t frames, covered, clear, pictures, others_pictures;
};

static const uint8_t *pixel(const vultus_image *image, int x, int y)
{
    const vultus_pixels pixels = vultus_image_pixels(image);
    return pixels.data + (size_t)y * pixels.stride + 3 * (size_t)x;
}

static bool is_black(const uint8_t *at)
{
    return at[0] < 40 && at[1] < 40 && at[2] < 40;
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct story *story = context;
    int number = (int)frame->number;
    for (size_t i = 0; i < story->count; i++) {
        const struct part *part = &story->parts[i];
        if (number < part->from || number >= part->to)
            continue;
        int x = part->x + part->step * (number - part->from) + SIDE / 2, y = part->y + SIDE / 2;
        if (x + SIDE >= WIDTH)
            continue;
        bool black = is_black(pixel(frame->image, x, y));
        assert_int_equal(black, part->who != story->excepted);
        story->covered += black;
        story->clear += !black;
    }
    for (size_t i = 0; !story->swaps && i < frame->count; i++)
        if (frame->visitors[i].visible &&
            frame->visitors[i].recognition == VULTUS_RECOGNITION_NAMED)
            assert_int_equal(frame->visitors[i].redacted,
                             story->excepted == WHO ||
                                 !!strcmp(frame->visitors[i].name, names[story->excepted]));
    story->frames++;
}

static void on_event(void *context, const vultus_event *event)
{
    struct story *story = context;
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_non_null(event->thumbnail);
    assert_ok(
        vultus_image_decode(event->thumbnail, event->thumbnail_size, NULL, NULL, &image, &error),
        &error);
    const uint8_t *middle =
        pixel(image, (int)vultus_image_width(image) / 2, (int)vultus_image_height(image) / 2);
    bool shown = story->excepted != WHO && !strcmp(event->visitor.name, names[story->excepted]);
    assert_int_equal(is_black(middle), !shown);
    story->pictures += shown;
    story->others_pictures += !shown;
    vultus_image_free(image);
}

static void run(const char *folder, struct story *story, unsigned threads)
{
    static const char *const excepted[WHO] = {"Ada", "Eve", "nobody", "Ada"};
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    struct eyes eyes = {0};
    vultus_error error = {0};
    const struct watch_eyes table = {.find = find,
                                     .embed = embed,
                                     .name = name,
                                     .margin = margin,
                                     .dimension = DIMENSION,
                                     .picture = vultus_image_thumbnail,
                                     .context = &eyes};
    const vultus_watch_options options = {
        .redact = true,
        .redaction = VULTUS_REDACT_FILL,
        .except = story->excepted == WHO ? NULL : &excepted[story->excepted],
        .except_count = story->excepted != WHO,
        .event = story->swaps ? NULL : on_event,
        .frame = on_frame,
        .context = story};
    struct watch watch = {
        .eyes = &table, .options = &options, .address = folder, .threads = threads, .turn = &turn};
    long before = mem_live();
    assert_ok(watch_run(&watch, &error), &error);
    assert_int_equal(story->frames, FRAMES);
    assert_true(eyes.searches >= FRAMES); /* every frame */
    assert_int_equal(mem_live(), before);
}

static const struct part two[] = {{ADA, 0, FRAMES, 10, 30, 2}, {EVE, 25, 45, 30, 110, 1}};

static void all_faces_are_covered(void **state)
{
    (void)state;
    struct story story = {.parts = two, .count = 2, .excepted = WHO};
    run(film(two, 2, FRAMES), &story, 2);
    assert_int_equal(story.clear, 0);
    assert_true(story.covered > 80);
    assert_int_equal(story.others_pictures, 6);
}

static void the_excepted_are_seen(void **state)
{
    (void)state;
    struct story story = {.parts = two, .count = 2, .excepted = ADA};
    run(film(two, 2, FRAMES), &story, 2);
    assert_true(story.clear > 70);
    assert_int_equal(story.covered, 20);
    assert_int_equal(story.pictures, 3);
    assert_int_equal(story.others_pictures, 3);
}

/* Somebody else is in the place of who was excepted, from one frame to the next: the track goes on, the face does not. */
static void who_takes_their_place_is_covered_at_once(void **state)
{
    static const struct part swap[] = {{ADA, 0, 30, 60, 60, 1}, {STRANGER, 30, FRAMES, 90, 60, 1}};
    (void)state;
    struct story story = {.parts = swap, .count = 2, .excepted = ADA, .swaps = true};
    run(film(swap, 2, FRAMES), &story, 1);
    assert_int_equal(story.clear, 30);
    assert_int_equal(story.covered, FRAMES - 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_faces_are_covered),
        cmocka_unit_test(the_excepted_are_seen),
        cmocka_unit_test(who_takes_their_place_is_covered_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
