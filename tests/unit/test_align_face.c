/* Alignment as an embedder's contract says: by shapes, three points, the box, or the five landmarks. */
#include "face/align.h"
#include "face/embed.h"
#include "support.h"

#include <math.h>

static const vultus_point five[VULTUS_LANDMARKS] = {
    {30, 40}, {70, 40}, {50, 60}, {35, 80}, {65, 80}};

static vultus_point apply(struct affine map, vultus_point p)
{
    return (vultus_point){map.xx * p.x + map.xy * p.y + map.tx,
                          map.yx * p.x + map.yy * p.y + map.ty};
}

static void near(vultus_point p, vultus_point expected)
{
    assert_float_equal(p.x, expected.x, 1e-3);
    assert_float_equal(p.y, expected.y, 1e-3);
}

static struct contract_model embedder(enum contract_alignment alignment)
{
    struct contract_model contract = {.kind = CONTRACT_EMBEDDER,
                                      .width = 100,
                                      .height = 100,
                                      .alignment = alignment,
                                      .scale = {1, 1, 1}};
    memcpy(contract.points, five, sizeof five);
    return contract;
}

/* Where the chip's points come from: twice as large, turned by 90 degrees, shifted. */
static const struct affine turned = {0, -2, 300, 2, 0, 50};

static void five_landmarks_are_the_default(void **state)
{
    struct contract_model contract = embedder(CONTRACT_ALIGN_SIMILARITY);
    vultus_face face = {.shape_count = 0};
    struct affine map;
    (void)state;
    for (int i = 0; i < VULTUS_LANDMARKS; i++)
        face.landmarks[i] = apply(turned, five[i]);
    assert_true(align_face(&contract, &face, &map));
    near(apply(map, (vultus_point){0, 0}), (vultus_point){300, 50});
    near(apply(map, (vultus_point){10, 0}), (vultus_point){300, 70});
}

static void a_shape_goes_before_them(void **state)
{
    struct contract_model contract = embedder(CONTRACT_ALIGN_SIMILARITY);
    vultus_face face = {.shape_count = 68};
    struct affine map;
    (void)state;
    contract.shape_count = 1;
    contract.shapes[0] = (struct contract_shape){.of = 68, .count = 3, .use = {36, 45, 33}};
    for (int i = 0; i < 3; i++) {
        contract.shapes[0].points[i] = five[i];
        face.shape[contract.shapes[0].use[i]] = apply(turned, five[i]);
    }
    for (int i = 0; i < VULTUS_LANDMARKS; i++)
        face.landmarks[i] = five[i]; /* would give the identity */
    assert_true(align_face(&contract, &face, &map));
    near(apply(map, (vultus_point){10, 0}), (vultus_point){300, 70});
    face.shape_count = 5; /* no template for that: the five landmarks count */
    assert_true(align_face(&contract, &face, &map));
    near(apply(map, (vultus_point){10, 0}), (vultus_point){10, 0});
}

static void three_points_make_an_affine_map(void **state)
{
    struct contract_model contract = embedder(CONTRACT_ALIGN_AFFINE);
    const struct affine sheared = {1.5f, 0.5f, 20, -0.25f, 2, 10};
    vultus_face face = {.shape_count = 68};
    struct affine map;
    (void)state;
    contract.shape_count = 1;
    contract.shapes[0] = (struct contract_shape){.of = 68, .count = 3, .use = {36, 45, 33}};
    for (int i = 0; i < 3; i++) {
        contract.shapes[0].points[i] = five[i];
        face.shape[contract.shapes[0].use[i]] = apply(sheared, five[i]);
    }
    assert_true(align_face(&contract, &face, &map));
    near(apply(map, (vultus_point){90, 10}), apply(sheared, (vultus_point){90, 10}));
    face.shape[33] = face.shape[36]; /* the picture's points on a line */
    assert_false(align_face(&contract, &face, &map));
}

static void a_box_is_cut_with_its_margin(void **state)
{
    struct contract_model contract = embedder(CONTRACT_ALIGN_BOX);
    vultus_face face = {.box = {10, 20, 40, 80}};
    struct affine map;
    (void)state;
    contract.margin = 0.5f;
    assert_true(align_face(&contract, &face, &map));
    /* corners of pixels: -0.5 and 99.5 of the chip are the sides of the grown box */
    near(apply(map, (vultus_point){-0.5f, -0.5f}), (vultus_point){-0.5f, -0.5f});
    near(apply(map, (vultus_point){99.5f, 99.5f}), (vultus_point){59.5f, 119.5f});
    face.box.width = 0;
    assert_false(align_face(&contract, &face, &map));
    embed_whole(&contract, 300, 150, &face);
    assert_true(align_face(&contract, &face, &map));
    near(apply(map, (vultus_point){-0.5f, -0.5f}), (vultus_point){-0.5f, -0.5f});
    near(apply(map, (vultus_point){99.5f, 99.5f}), (vultus_point){299.5f, 149.5f});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_landmarks_are_the_default),
        cmocka_unit_test(a_shape_goes_before_them),
        cmocka_unit_test(three_points_make_an_affine_map),
        cmocka_unit_test(a_box_is_cut_with_its_margin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
