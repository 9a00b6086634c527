/* Tracking of faces that move as known: crossings, hiding, coming and going, a crowd; identity switches counted. */
#include "base/box.h"
#include "base/memory.h"
#include "faces_in_motion.h"
#include "support.h"

#include <math.h>

#define INTERVAL 0.2 /* seconds between searches */

static struct tracker *tracker_for(const struct tracker_options *options)
{
    struct tracker *tracker = NULL;
    vultus_error error = {0};
    assert_ok(tracker_open(options, &tracker, &error), &error);
    return tracker;
}

static size_t look(struct tracker *tracker, struct stage *stage, double time)
{
    struct tracker_found found[STAGE_ACTORS + 1];
    size_t who[STAGE_ACTORS + 1];
    vultus_error error = {0};
    size_t count = stage_detect(stage, time, found, who);
    tracker_advance(tracker, time);
    assert_ok(tracker_update(tracker, found, count, NULL, &error), &error);
    stage_judge(stage, tracker, time, who);
    return count;
}

static void play(struct tracker *tracker, struct stage *stage, double seconds, double interval)
{
    size_t frames = (size_t)(seconds / interval);
    for (size_t i = 0; i < frames; i++)
        look(tracker, stage, (double)i * interval);
}

static uint64_t ids_of(const struct tracker *tracker)
{
    uint64_t most = 0;
    for (size_t i = 0; i < tracker_count(tracker); i++) {
        const struct track *track = tracker_track(tracker, i);
        most = track->id > most ? track->id : most;
    }
    return most;
}

static void a_box_is_predicted_between_finds(void **state)
{
    (void)state;
    struct tracker *tracker = tracker_for(NULL);
    struct stage stage = {
        .count = 1, .actors = {{.x = 200, .y = 300, .size = 80, .speed_x = 200, .speed_y = -30}}};
    random_seed(&stage.random, 1);
    for (size_t frame = 0; frame <= 50; frame++) {
        double time = (double)frame / 25;
        if (frame % 5 == 0) {
            look(tracker, &stage, time);
            continue;
        }
        tracker_advance(tracker, time);
        if (frame < 11)
            continue;
        assert_int_equal(tracker_count(tracker), 1);
        vultus_box true_box = actor_box(&stage.actors[0], time);
        assert_true(box_overlap(&tracker_track(tracker, 0)->box, &true_box) > 0.8);
    }
    assert_int_equal(tracker_track(tracker, 0)->id, 1);
    tracker_close(tracker);
}

static void finds_confirm_and_absence_ends(void **state)
{
    (void)state;
    struct tracker *tracker = tracker_for(&(struct tracker_options){.confirm = 3, .absence = 1});
    struct stage stage = {.count = 1, .actors = {{.x = 200, .y = 300, .size = 80, .leaves = 1.1}}};
    random_seed(&stage.random, 1);
    for (size_t i = 0; i < 6; i++) {
        look(tracker, &stage, (double)i * INTERVAL);
        assert_int_equal(tracker_track(tracker, 0)->id, i < 2 ? 0 : 1);
    }
    look(tracker, &stage, 1.2);
    assert_int_equal(tracker_track(tracker, 0)->state, TRACK_LOST);
    look(tracker, &stage, 1.9);
    assert_int_equal(tracker_track(tracker, 0)->state, TRACK_LOST);
    tracker_advance(tracker, 2.1);
    assert_int_equal(tracker_track(tracker, 0)->state, TRACK_ENDED);
    assert_float_equal(tracker_track(tracker, 0)->seen, 1.0, 1e-9);
    tracker_advance(tracker, 2.2);
    assert_int_equal(tracker_count(tracker), 0);
    tracker_close(tracker);
}

static void two_who_cross_keep_who_they_are(void **state)
{
    (void)state;
    size_t switches = 0, ids = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct tracker *tracker = tracker_for(NULL);
        /* the one behind is not seen while the other is before it */
        struct stage stage = {
            .count = 2,
            .jitter = 0.04,
            .actors = {
                {.x = 300, .y = 300, .size = 90, .speed_x = 130},
                {.x = 900, .y = 310, .size = 80, .speed_x = -120, .hidden = 2.1, .shown = 2.7}}};
        random_seed(&stage.random, seed);
        play(tracker, &stage, 5, 0.1);
        switches += stage_switches(&stage);
        ids += ids_of(tracker);
        assert_true(tracker_track(tracker, 0)->crossed && tracker_track(tracker, 1)->crossed);
        tracker_close(tracker);
    }
    printf("crossings: %zu switches in 20\n", switches);
    assert_in_range(ids, 40, 40);
    assert_in_range(switches, 0, 0);
}

static void the_hidden_come_back_as_themselves(void **state)
{
    (void)state;
    size_t switches = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct tracker *tracker = tracker_for(NULL);
        struct stage stage = {
            .count = 2,
            .jitter = 0.04,
            .actors = {{.x = 300, .y = 300, .size = 90, .speed_x = 60, .hidden = 1.5, .shown = 2.3},
                       {.x = 900, .y = 500, .size = 80, .hidden = 1.3, .shown = 2.5}}};
        random_seed(&stage.random, seed);
        play(tracker, &stage, 5, INTERVAL);
        switches += stage_switches(&stage);
        tracker_close(tracker);
    }
    assert_in_range(switches, 0, 0);
}

static void weak_finds_carry_on_and_begin_nothing(void **state)
{
    (void)state;
    struct tracker *tracker = tracker_for(NULL);
    struct tracker_found found = {{100, 100, 60, 70}, 0.4f, 0};
    vultus_error error = {0};
    for (size_t i = 0; i < 5; i++) {
        tracker_advance(tracker, (double)i * INTERVAL);
        assert_ok(tracker_update(tracker, &found, 1, NULL, &error), &error);
    }
    assert_int_equal(tracker_count(tracker), 0);
    for (size_t i = 5; i < 30; i++) {
        found.score = i < 8 ? 0.9f : 0.4f;
        tracker_advance(tracker, (double)i * INTERVAL);
        assert_ok(tracker_update(tracker, &found, 1, NULL, &error), &error);
    }
    assert_int_equal(tracker_count(tracker), 1);
    assert_int_equal(tracker_track(tracker, 0)->state, TRACK_SEEN);
    assert_int_equal(tracker_track(tracker, 0)->found, 25);
    tracker_close(tracker);
}

static void a_crowd_comes_and_goes(void **state)
{
    (void)state;
    struct tracker *tracker = tracker_for(NULL);
    struct stage stage = {.count = 60, .misses = 0.1, .jitter = 0.04, .strange = 0.2, .weak = 0.2f};
    size_t followed = 0, visible = 0;
    random_seed(&stage.random, 5);
    for (size_t i = 0; i < stage.count; i++) {
        struct actor *actor = &stage.actors[i];
        actor->enters = 4 * random_real(&stage.random);
        actor->leaves = actor->enters + 8;
        actor->x = 60 + 110.0 * (double)(i % 11);
        actor->y = 60 + 115.0 * (double)(i / 11);
        actor->size = 40 + 20 * random_real(&stage.random);
        actor->speed_x = 20 * random_normal(&stage.random);
        actor->speed_y = 10 * random_normal(&stage.random);
    }
    play(tracker, &stage, 12, INTERVAL);
    for (size_t i = 0; i < stage.count; i++) {
        followed += stage.actors[i].followed;
        visible += stage.actors[i].visible;
    }
    printf("crowd of 60: %zu switches, %zu of %zu sights followed\n", stage_switches(&stage),
           followed, visible);
    assert_in_range(stage_switches(&stage), 0, 8); /* many walk through each other */
    assert_true((double)followed >
                0.82 * (double)visible); /* a tenth is not found, two finds confirm */
    tracker_close(tracker);
}

static void only_what_was_searched_is_missed(void **state)
{
    (void)state;
    struct tracker *tracker = tracker_for(NULL);
    const struct tracker_found found[] = {{{100, 100, 60, 70}, 0.9f, 0},
                                          {{600, 100, 60, 70}, 0.9f, 0}};
    const vultus_box left = {0, 0, 400, 720};
    vultus_error error = {0};
    for (size_t i = 0; i < 3; i++) {
        tracker_advance(tracker, (double)i * INTERVAL);
        assert_ok(tracker_update(tracker, found, 2, NULL, &error), &error);
    }
    for (size_t i = 3; i < 20; i++) {
        tracker_advance(tracker, (double)i * INTERVAL);
        assert_ok(tracker_update(tracker, NULL, 0, &left, &error), &error);
    }
    assert_int_equal(tracker_count(tracker), 1);
    assert_int_equal(tracker_track(tracker, 0)->id, 2);
    assert_int_equal(tracker_track(tracker, 0)->state, TRACK_SEEN);
    for (size_t i = 20; i < 40; i++) {
        tracker_advance(tracker, (double)i * INTERVAL);
        tracker_hold(tracker);
    }
    assert_int_equal(tracker_track(tracker, 0)->state, TRACK_SEEN);
    tracker_close(tracker);
}

static void another_scene_has_other_faces(void **state)
{
    (void)state;
    struct tracker *tracker = tracker_for(NULL);
    const struct tracker_found found = {{100, 100, 60, 70}, 0.9f, 0};
    vultus_error error = {0};
    for (size_t i = 0; i < 8; i++) {
        if (i == 4)
            tracker_cut(tracker);
        tracker_advance(tracker, (double)i * INTERVAL);
        assert_ok(tracker_update(tracker, &found, 1, NULL, &error), &error);
    }
    assert_int_equal(tracker_count(tracker), 2);
    struct track *first = tracker_track(tracker, 0), *second = tracker_track(tracker, 1);
    int mine = 0, other = 0;
    assert_int_equal(first->state, TRACK_LOST);
    assert_int_equal(second->id, 2);
    assert_false(tracker_join(second, first));
    /* whoever knows that it is the same face says so */
    first->owned = &mine;
    second->owned = &other;
    assert_true(tracker_join(first, second));
    assert_ptr_equal(first->owned, &mine);
    assert_ptr_equal(second->owned, &other);
    tracker_advance(tracker, 8 * INTERVAL);
    assert_ok(tracker_update(tracker, &found, 1, NULL, &error), &error);
    assert_int_equal(tracker_count(tracker), 1);
    assert_int_equal(tracker_track(tracker, 0)->id, 1);
    assert_int_equal(tracker_track(tracker, 0)->state, TRACK_SEEN);
    assert_float_equal(tracker_track(tracker, 0)->born, 0, 0);
    tracker_close(tracker);
}

/* A face that moves steadily, found a while ago each time: its box is where it is now. */
static void what_was_found_late_has_moved_on(void **state)
{
    (void)state;
    struct tracker *tracker = tracker_for(NULL);
    const double speed = 150, late = 0.1;
    vultus_error error = {0};
    for (size_t i = 0; i < 30; i++) {
        double time = (double)i * 0.12, then = 200 + speed * (time - late);
        const struct tracker_found found = {{(float)then, 100, 60, 70}, 0.9f, (float)late};
        tracker_advance(tracker, time);
        assert_ok(tracker_update(tracker, &found, 1, NULL, &error), &error);
    }
    assert_int_equal(tracker_count(tracker), 1);
    assert_float_equal(tracker_track(tracker, 0)->box.x, 200 + speed * 29 * 0.12, 4);
    tracker_close(tracker);
}

static void the_same_faces_give_the_same_tracks(void **state)
{
    (void)state;
    double sums[2] = {0};
    for (size_t run = 0; run < 2; run++) {
        struct tracker *tracker = tracker_for(NULL);
        struct stage stage = {.count = 8, .misses = 0.3, .jitter = 0.1, .strange = 0.5};
        random_seed(&stage.random, 9);
        for (size_t i = 0; i < stage.count; i++)
            stage.actors[i] = (struct actor){.x = 100 + 60.0 * (double)i,
                                             .y = 300,
                                             .size = 70,
                                             .speed_x = 40.0 * (double)(i % 3)};
        play(tracker, &stage, 8, INTERVAL);
        for (size_t i = 0; i < tracker_count(tracker); i++)
            sums[run] +=
                (double)tracker_track(tracker, i)->box.x * (double)tracker_track(tracker, i)->id;
        tracker_close(tracker);
    }
    assert_true(sums[0] == sums[1] && sums[0] != 0);
}

static void memory_that_runs_out_is_a_status(void **state)
{
    (void)state;
    long before = mem_live();
    const struct tracker_found found[] = {{{100, 100, 60, 70}, 0.9f, 0},
                                          {{600, 100, 60, 70}, 0.9f, 0}};
    vultus_error error = {0};
    bool failed = true;
    for (long n = 1; failed; n++) {
        struct tracker *tracker = NULL;
        mem_fail_after(n, false);
        vultus_status status = tracker_open(NULL, &tracker, &error);
        if (!status) {
            tracker_advance(tracker, 1);
            status = tracker_update(tracker, found, 2, NULL, &error);
        }
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        tracker_close(tracker);
        assert_int_equal(mem_live(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_is_predicted_between_finds),
        cmocka_unit_test(finds_confirm_and_absence_ends),
        cmocka_unit_test(two_who_cross_keep_who_they_are),
        cmocka_unit_test(the_hidden_come_back_as_themselves),
        cmocka_unit_test(weak_finds_carry_on_and_begin_nothing),
        cmocka_unit_test(a_crowd_comes_and_goes),
        cmocka_unit_test(only_what_was_searched_is_missed),
        cmocka_unit_test(another_scene_has_other_faces),
        cmocka_unit_test(what_was_found_late_has_moved_on),
        cmocka_unit_test(the_same_faces_give_the_same_tracks),
        cmocka_unit_test(memory_that_runs_out_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
