/*
 * Liveness: which part of the picture is looked at, what is made of a tree's answers, which networks are refused,
 * and how scores of a face that is followed become a decision.
 */
#include "base/memory.h"
#include "face/live_face.h"
#include "image/image.h"
#include "network.h"
#include "support.h"
#include "video/live_vote.h"

#include <math.h>

#define SIDE 32
#define WIDTH 50
#define HEIGHT 40

struct scene {
    struct session_runtime *runtime;
    vultus_image *image;
    struct mips mips;
    struct contract_model contract;
};

static void set_scene(struct scene *scene)
{
    vultus_error error = {0};
    *scene = (struct scene){.contract = {.width = SIDE,
                                         .height = SIDE,
                                         .scale = {1, 1, 1},
                                         .network_count = 1,
                                         .networks = {{.output_count = 2}}}};
    assert_ok(session_runtime_open(&scene->runtime, &error), &error);
    assert_ok(image_new(WIDTH, HEIGHT, &scene->image, &error), &error);
    memset(scene->image->pixels, 100, scene->image->stride * HEIGHT);
    assert_ok(mips_init(&scene->mips, scene->image, kernel_best(), &error), &error);
}

static void clear_scene(struct scene *scene)
{
    mips_clear(&scene->mips);
    vultus_image_free(scene->image);
    session_runtime_close(scene->runtime);
}

static vultus_status score(struct scene *scene, const struct network_tensor outputs[2], float *out,
                           vultus_error *error)
{
    static const struct network_tensor input = {"input", {4, {-1, 3, SIDE, SIDE}}, NULL};
    const struct liveness_method *method = liveness_method_of("tree");
    const vultus_box box = {5, 5, 20, 20};
    struct model_part part = {network_open(scene->runtime, &input, outputs, 2), NULL};
    void *finder = NULL;
    assert_non_null(method);
    vultus_status status = method->open(&scene->contract, &part, &finder, error);
    if (!status) {
        status = method->score(finder, &scene->mips, box, out, error);
        method->close(finder);
    }
    session_close(part.session);
    return status;
}

static void the_leaf_that_was_reached_counts(void **state)
{
    float leaves[8] = {0.9f, 0.1f, 0.8f, -0.3f, 2, 0.5f, 0.6f, 0.7f}, route[8] = {0};
    const struct network_tensor outputs[] = {{"leaves", {2, {1, 8}}, leaves},
                                             {"route", {2, {1, 8}}, route}};
    static const float expected[8] = {0.1f, 0.9f, 0.2f, 0.7f, 0, 0.5f, 0.4f, 0.3f};
    struct scene scene;
    vultus_error error = {0};
    (void)state;
    set_scene(&scene);
    for (size_t i = 0; i < 8; i++) {
        float live = -1;
        memset(route, 0, sizeof route);
        route[i] = 1;
        assert_ok(score(&scene, outputs, &live, &error), &error);
        assert_float_equal(live, expected[i], 1e-6);
    }
    clear_scene(&scene);
}

static void answers_of_nothing_are_refused(void **state)
{
    float leaves[8] = {0.9f, NAN}, route[8] = {1}, odd[9] = {0};
    const struct network_tensor nan[] = {{"leaves", {2, {1, 8}}, leaves},
                                         {"route", {2, {1, 8}}, route}};
    const struct network_tensor many[] = {{"leaves", {2, {1, 9}}, odd},
                                          {"route", {2, {1, 8}}, route}};
    struct scene scene;
    vultus_error error = {0};
    float live = -1;
    (void)state;
    set_scene(&scene);
    assert_error(VULTUS_ERR_MODEL, score(&scene, nan, &live, &error), &error,
                 "the network of liveness gave no usable numbers");
    assert_error(VULTUS_ERR_MODEL, score(&scene, many, &live, &error), &error,
                 "the network of liveness does not take a square");
    assert_true(live == -1);
    assert_null(liveness_method_of("none"));
    clear_scene(&scene);
}

static void the_square_lies_in_the_picture(void **state)
{
    static const struct {
        vultus_box box, square;
    } cases[] = {
        {{10, 10, 20, 20}, {10, 10, 20, 20}},   {{10, 10, 10, 20}, {5, 10, 20, 20}},
        {{10, 10, 20, 10}, {10, 5, 20, 20}},    {{-5, -8, 20, 20}, {0, 0, 20, 20}},
        {{40, 30, 20, 20}, {30, 20, 20, 20}},   {{-20, -20, 90, 80}, {5, 0, 40, 40}},
        {{900, 900, 20, 20}, {30, 20, 20, 20}},
    };
    struct scene scene;
    (void)state;
    set_scene(&scene);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vultus_box square = liveness_square(&scene.mips, cases[i].box);
        assert_float_equal(square.x, cases[i].square.x, 0);
        assert_float_equal(square.y, cases[i].square.y, 0);
        assert_float_equal(square.width, cases[i].square.width, 0);
        assert_float_equal(square.height, cases[i].square.height, 0);
    }
    clear_scene(&scene);
}

/* ------------------------------------------------------------------ of a face that is followed */

static void nobody_is_allowed_before_three_looks(void **state)
{
    struct live_vote vote = {.threshold = 0.8f, .required = true}, free_vote = {.threshold = 0.8f};
    (void)state;
    assert_true(isnan(live_vote_score(&vote)));
    assert_true(live_vote_wants(&vote, 0, false) && live_vote_allows(&free_vote));
    for (int i = 0; i < 3; i++) {
        assert_false(live_vote_allows(&vote));
        live_vote_add(&vote, 0.95f, 0.5f, i);
        live_vote_add(&free_vote, 0, 0.5f, i);
    }
    assert_true(live_vote_allows(&vote) && vote.state == LIVE_PASSED);
    assert_true(live_vote_allows(&free_vote) && free_vote.state == LIVE_FAILED);
    assert_float_equal(live_vote_score(&vote), 0.95f, 1e-6);
}

static void good_pictures_count_more_and_old_ones_fade(void **state)
{
    struct live_vote vote = {.threshold = 0.8f, .required = true};
    (void)state;
    live_vote_add(&vote, 1, 0.9f, 0);
    live_vote_add(&vote, 0, NAN, 1);
    live_vote_add(&vote, 1, 0.9f, 2);
    assert_true(live_vote_score(&vote) > 0.9f && vote.state == LIVE_PASSED);
    int looks = 0;
    while (vote.state == LIVE_PASSED && looks < 10)
        live_vote_add(&vote, 0.1f, 0.9f, 3 + looks++); /* somebody holds up a photo */
    assert_in_range(looks, 1, 3);
    assert_false(live_vote_allows(&vote));
}

static void who_is_near_the_threshold_stays(void **state)
{
    struct live_vote vote = {.threshold = 0.8f, .required = true};
    (void)state;
    for (int i = 0; i < 40; i++) {
        live_vote_add(&vote, i % 2 ? 0.78f : 0.83f, 0.5f, i);
        assert_true(i < 2 || vote.state == LIVE_PASSED);
    }
}

static void looks_are_not_wasted(void **state)
{
    struct live_vote vote = {.threshold = 0.8f};
    (void)state;
    live_vote_add(&vote, 1, 1, 10);
    assert_false(live_vote_wants(&vote, 10.1, true));
    assert_true(live_vote_wants(&vote, 10.21, false));
    live_vote_add(&vote, 1, 1, 10.21);
    live_vote_add(&vote, 1, 1, 10.5);
    assert_false(live_vote_wants(&vote, 12, false));
    assert_true(live_vote_wants(&vote, 12, true));
    assert_true(live_vote_wants(&vote, 12.51, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_leaf_that_was_reached_counts),
        cmocka_unit_test(answers_of_nothing_are_refused),
        cmocka_unit_test(the_square_lies_in_the_picture),
        cmocka_unit_test(nobody_is_allowed_before_three_looks),
        cmocka_unit_test(good_pictures_count_more_and_old_ones_fade),
        cmocka_unit_test(who_is_near_the_threshold_stays),
        cmocka_unit_test(looks_are_not_wasted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
