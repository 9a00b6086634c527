/*
 * A source from its frames to events, with eyes that see coloured squares for faces: what is told, in which order,
 * that threads change nothing, what stopping and failing leave behind, and how little is searched.
 */
#include "film_made_up.h"

#include <pthread.h>

/* ------------------------------------------------------------------ the story */

struct story {
    struct buffer told;   /* "time track event name" a line */
    atomic_size_t frames; /* stop() is asked from other threads */
    size_t seen[WHO];
    size_t stop_at; /* frames; 0: never */
    size_t pictures;
};

static void on_event(void *context, const vultus_event *event)
{
    struct story *story = context;
    vultus_error error;
    story->pictures += event->thumbnail && event->thumbnail_size > 100;
    assert_ok(buffer_print(&story->told, &error, "%.2f %llu %s %s\n", event->time,
                           (unsigned long long)event->visitor.track, vultus_event_text(event->kind),
                           event->visitor.name),
              &error);
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct story *story = context;
    story->frames++;
    assert_non_null(frame->image);
    for (size_t i = 0; i < frame->count; i++)
        for (enum who who = 0; who < WHO; who++)
            story->seen[who] += frame->visitors[i].visible &&
                                frame->visitors[i].recognition != VULTUS_RECOGNITION_OPEN &&
                                !strcmp(frame->visitors[i].name, names[who]);
}

static bool on_stop(void *context)
{
    const struct story *story = context;
    return story->stop_at && story->frames >= story->stop_at;
}

static vultus_status tell(const char *folder, struct eyes *eyes, vultus_watch_options options,
                          unsigned threads, struct story *story, vultus_error *error)
{
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    const struct watch_eyes table = {.find = find,
                                     .embed = embed,
                                     .name = name,
                                     .margin = margin,
                                     .dimension = DIMENSION,
                                     .picture = vultus_image_thumbnail,
                                     .context = eyes};
    options.event = on_event;
    options.frame = on_frame;
    options.context = story;
    struct watch watch = {.eyes = &table,
                          .options = &options,
                          .address = folder,
                          .threads = threads,
                          .turn = &turn,
                          .stop = on_stop,
                          .stop_context = story};
    buffer_init(&story->told, 1 << 16);
    vultus_status status = watch_run(&watch, error);
    if (!status)
        assert_int_equal(watch.report.frames, story->frames);
    return status;
}

static void expect(const char *folder, vultus_watch_options options, const char *told)
{
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct story story = {0};
        struct eyes eyes = {0};
        vultus_error error = {0};
        assert_ok(tell(folder, &eyes, options, threads, &story, &error), &error);
        assert_string_equal((const char *)story.told.data, told);
        buffer_clear(&story.told);
    }
}

static const struct part two[] = {{ADA, 0, FRAMES, 10, 40, 2}, {EVE, 25, 45, 30, 100, 1}};

static void who_comes_and_goes_is_told(void **state)
{
    (void)state;
    const char *folder = film(two, 2, FRAMES);
    expect(folder, (vultus_watch_options){.absence = 0.4},
           "0.04 1 appeared Ada\n0.04 1 identified Ada\n"
           "1.24 2 appeared Eve\n1.24 2 identified Eve\n"
           "1.76 2 left Eve\n2.92 1 left Ada\n");
}

static void names_hold_on_all_frames_at_a_fraction_of_the_searches(void **state)
{
    (void)state;
    struct story story = {0};
    struct eyes eyes = {0};
    vultus_error error = {0};
    const char *folder = film(two, 2, FRAMES);
    assert_ok(tell(folder, &eyes, (vultus_watch_options){0}, 2, &story, &error), &error);
    assert_in_range(story.seen[ADA], FRAMES - 1, FRAMES);
    assert_in_range(story.seen[EVE], 17, 32); /* of 20, and shown a moment longer */
    assert_int_equal(story.frames, FRAMES);
    assert_int_equal(story.pictures, 6);
    assert_in_range(eyes.looks, 2, 4);
    assert_true((double)eyes.pixels < 0.25 * FRAMES * WIDTH * HEIGHT);
    buffer_clear(&story.told);
}

static void a_still_scene_is_not_searched(void **state)
{
    (void)state;
    struct story story = {0};
    struct eyes eyes = {0};
    vultus_error error = {0};
    const struct part still = {ADA, 0, FRAMES, 100, 40, 0};
    assert_ok(tell(film(&still, 1, FRAMES), &eyes, (vultus_watch_options){0}, 1, &story, &error),
              &error);
    assert_in_range(eyes.searches, 2, 3);
    assert_int_equal(story.seen[ADA], FRAMES);
    buffer_clear(&story.told);
}

static void after_a_cut_nobody_is_who_was_there(void **state)
{
    (void)state;
    /* Eve sits where Ada sat, and later Ada is elsewhere */
    const struct part parts[] = {
        {ADA, 0, 30, 100, 40, 0}, {EVE, 30, FRAMES, 100, 40, 0}, {ADA, 30, FRAMES, 20, 100, 0}};
    expect(film(parts, 3, 30), (vultus_watch_options){0},
           "0.04 1 appeared Ada\n0.04 1 identified Ada\n"
           "1.24 2 appeared Eve\n1.24 2 identified Eve\n"
           "2.96 1 left Ada\n2.96 2 left Eve\n");
}

static void somebody_else_in_ones_place_is_noticed(void **state)
{
    (void)state;
    const struct part parts[] = {{ADA, 0, 30, 100, 40, 1}, {STRANGER, 30, FRAMES, 130, 40, 1}};
    struct story story = {0};
    struct eyes eyes = {0};
    vultus_error error = {0};
    assert_ok(tell(film(parts, 2, FRAMES), &eyes, (vultus_watch_options){0}, 1, &story, &error),
              &error);
    assert_in_range(story.seen[ADA], 29, 36);
    assert_non_null(strstr((const char *)story.told.data, "2 unknown"));
    assert_null(strstr((const char *)story.told.data, "changed"));
    buffer_clear(&story.told);
}

static void nobody_is_in_two_places(void **state)
{
    (void)state;
    const struct part parts[] = {{TWIN, 0, FRAMES, 20, 100, 1}, {ADA, 20, 50, 100, 20, 1}};
    struct story story = {0};
    struct eyes eyes = {0};
    vultus_error error = {0};
    assert_ok(tell(film(parts, 2, FRAMES), &eyes, (vultus_watch_options){.absence = 0.4}, 1, &story,
                   &error),
              &error);
    /* the twin has the name while Ada is not there */
    assert_in_range(story.seen[ADA], FRAMES - 4, FRAMES + 12); /* and a moment after she left */
    buffer_clear(&story.told);
}

static void who_comes_again_is_told_after_the_cooldown(void **state)
{
    (void)state;
    const struct part parts[] = {{ADA, 0, 20, 100, 40, 0}, {ADA, 50, FRAMES, 20, 100, 0}};
    const char *folder = film(parts, 2, FRAMES);
    expect(folder, (vultus_watch_options){.absence = 0.4, .cooldown = 60},
           "0.04 1 appeared Ada\n0.04 1 identified Ada\n0.76 1 left Ada\n"
           "2.12 2 appeared Ada\n2.96 2 left Ada\n");
}

static void stopping_lets_everybody_leave(void **state)
{
    (void)state;
    struct story story = {.stop_at = 10};
    struct eyes eyes = {0};
    vultus_error error = {0};
    assert_ok(tell(film(two, 2, FRAMES), &eyes, (vultus_watch_options){0}, 3, &story, &error),
              &error);
    assert_in_range(story.frames, 10, 10);
    assert_non_null(strstr((const char *)story.told.data, "1 left Ada"));
    buffer_clear(&story.told);
}

static void what_fails_is_said(void **state)
{
    (void)state;
    struct story story = {0};
    struct eyes eyes = {.fail_at = 3};
    vultus_error error = {0};
    const char *folder = film(two, 2, FRAMES);
    long before = mem_live();
    assert_error(VULTUS_ERR_MODEL,
                 tell(folder, &eyes, (vultus_watch_options){0}, 2, &story, &error), &error,
                 "the eyes are closed");
    assert_non_null(strstr((const char *)story.told.data, "1 left Ada"));
    buffer_clear(&story.told);
    assert_error(VULTUS_ERR_IO,
                 tell("/nowhere/film", &eyes, (vultus_watch_options){0}, 1, &story, &error), &error,
                 "/nowhere/film");
    assert_int_equal(mem_live(), before);
}

static void memory_that_runs_out_is_a_status(void **state)
{
    (void)state;
    const char *folder = film(two, 2, FRAMES);
    long before = mem_live();
    for (long n = 1; n < 4000; n = n < 60 ? n + 1 : n + n / 5) {
        struct story story = {.stop_at = 30};
        struct eyes eyes = {0};
        vultus_error error = {0};
        buffer_init(&story.told, 1 << 16);
        mem_fail_after(n, false);
        vultus_status status =
            tell(folder, &eyes, (vultus_watch_options){.cooldown = 5}, 1, &story, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (status && status != VULTUS_ERR_MEMORY)
            fail_msg("allocation %ld: %s", n, error.message);
        buffer_clear(&story.told);
        assert_int_equal(mem_live(), before);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_and_goes_is_told),
        cmocka_unit_test(names_hold_on_all_frames_at_a_fraction_of_the_searches),
        cmocka_unit_test(a_still_scene_is_not_searched),
        cmocka_unit_test(after_a_cut_nobody_is_who_was_there),
        cmocka_unit_test(somebody_else_in_ones_place_is_noticed),
        cmocka_unit_test(nobody_is_in_two_places),
        cmocka_unit_test(who_comes_again_is_told_after_the_cooldown),
        cmocka_unit_test(stopping_lets_everybody_leave),
        cmocka_unit_test(what_fails_is_said),
        cmocka_unit_test(memory_that_runs_out_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
