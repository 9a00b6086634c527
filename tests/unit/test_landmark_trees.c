/* Regression trees that are followed by hand, the five landmarks of shapes, and trees that lie. */
#include "base/cpu.h"
#include "base/memory.h"
#include "face/landmark.h"
#include "forest.h"
#include "pictures.h"
#include "support.h"

#include <math.h>

static const struct contract_model contract = {.id = "tiny"};
static struct tensors tensors;

static vultus_status try_open(const void *file, size_t size, void **trees, struct weights **weights,
                              vultus_error *error)
{
    size_t count = 77;
    assert_ok(weights_wrap(file, size, "tiny.safetensors", weights, error), error);
    struct model_part part = {.weights = *weights};
    vultus_status status = landmark_trees.open(&contract, &part, trees, &count, error);
    assert_int_equal(count, status ? 77 : 5);
    return status;
}

/* The shape that a forest finds in a square of 101 pixels at (10, 20): 100 from end to end. */
static vultus_status find(const struct forest *forest, vultus_image *image, vultus_point shape[5],
                          vultus_error *error)
{
    struct weights *weights = NULL;
    void *trees = NULL;
    const struct mips *mips;
    size_t size;
    const void *file = forest_file(forest, &tensors, &size);
    assert_ok(try_open(file, size, &trees, &weights, error), error);
    assert_ok(mips_of(image, kernel_best(), &mips, error), error);
    struct landmark_call call = {.mips = mips, .box = {10, 20, 101, 101}, .shape = shape};
    vultus_status status = landmark_trees.find(trees, &call, error);
    landmark_trees.close(trees);
    weights_close(weights);
    return status;
}

static void paint(vultus_image *image, uint32_t x, uint32_t y, int r, int g, int b)
{
    uint8_t *pixel = image->pixels + y * image->stride + (size_t)3 * x;
    pixel[0] = (uint8_t)r, pixel[1] = (uint8_t)g, pixel[2] = (uint8_t)b;
}

static vultus_image *black(uint32_t width, uint32_t height)
{
    vultus_image *image = picture_pattern(width, height);
    memset(image->pixels, 0, image->stride * height);
    return image;
}

static void check_shape(const struct forest *forest, vultus_image *image,
                        const float expected[5][2])
{
    vultus_point shape[VULTUS_SHAPE_MAX];
    vultus_error error = {0};
    assert_ok(find(forest, image, shape, &error), &error);
    for (size_t i = 0; i < 5; i++) {
        assert_float_equal(shape[i].x, expected[i][0], 1e-4);
        assert_float_equal(shape[i].y, expected[i][1], 1e-4);
    }
}

static void trees_are_followed(void **state)
{
    static const float still[5][2] = {{10, 20}, {110, 20}, {10, 120}, {110, 120}, {50, 95}};
    static const float forwards[5][2] = {{10, 20}, {110, 20}, {10, 120}, {110, 120}, {70, 95}};
    static const float turned[5][2] = {{110, 20}, {110, 120}, {10, 20}, {10, 120}, {70, 95}};
    (void)state;
    vultus_image *image = black(130, 140);
    paint(image, 10, 20, 11, 11, 10); /* 10 and two thirds, not over 10 */
    paint(image, 60, 120, 30, 30, 30);
    check_shape(&forest_good, image, still);
    paint(image, 110, 70, 21, 21, 21);
    check_shape(&forest_good, image, forwards);
    paint(image, 10, 70, 0, 0, 3); /* now 20 more, not over 20 */
    check_shape(&forest_good, image, still);
    paint(image, 10, 20, 11, 11, 11); /* the second stage looks below and above the middle */
    check_shape(&forest_good, image, turned);
    vultus_image_free(image);
}

static void pixels_are_rounded_and_end_at_the_edges(void **state)
{
    struct forest forest = forest_good;
    static const float still[5][2] = {{10, 20}, {110, 20}, {10, 120}, {110, 120}, {60, 70}};
    static const float turned[5][2] = {{110, 20}, {110, 120}, {10, 20}, {10, 120}, {60, 70}};
    (void)state;
    memset(forest.leaves[1], 0, sizeof forest.leaves[1]);
    static const struct {
        float dx, dy; /* of the pixel at (10, 20), in parts of the square */
        bool white;   /* all of the picture is */
    } places[] = {{-0.1f, -0.2f, true},    {-0.1049f, -0.2049f, true}, {-0.106f, 0, false},
                  {0, -0.206f, false},     {1.1949f, 1.1949f, true},   {1.1951f, 0, false},
                  {0, 1.1951f, false},     {-1e30f, 0, false},         {0, 1e30f, false},
                  {NAN, 0, false},         {0, INFINITY, false},       {1e9f, 0, false},
                  {42949672.96f, 0, false}};
    vultus_image *image = black(130, 140);
    memset(image->pixels, 255, image->stride * 140);
    forest.deltas[0][0][1] = 9; /* what it is compared with lies outside: black */
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        forest.deltas[0][0][0] = places[i].dx;
        forest.deltas[0][1][0] = places[i].dy;
        check_shape(&forest, image, places[i].white ? turned : still);
    }
    vultus_image_free(image);
}

static void every_instruction_set_follows_them(void **state)
{
    for (int i = 0; i < CPU_SIMD_COUNT; i++) {
        if (!cpu_has((enum cpu_simd)i))
            continue;
        setenv("VULTUS_SIMD", cpu_simd_name((enum cpu_simd)i), 1);
        trees_are_followed(state);
        pixels_are_rounded_and_end_at_the_edges(state);
    }
    unsetenv("VULTUS_SIMD");
}

static void refuse(const struct forest *forest, const char *why)
{
    size_t size;
    void *trees = NULL;
    struct weights *weights = NULL;
    vultus_error error = {0};
    const void *file = forest_file(forest, &tensors, &size);
    assert_error(VULTUS_ERR_MODEL, try_open(file, size, &trees, &weights, &error), &error, why);
    assert_null(trees);
    weights_close(weights);
}

static void lying_indices_are_refused(void **state)
{
    static const char why[] = "landmarks tiny: an index in its trees leads out of its table";
    (void)state;
    struct forest forest = forest_good;
    forest.anchors[1][2] = 5;
    refuse(&forest, why);
    forest = forest_good;
    forest.splits[0][1][0] = FOREST_SPLIT(3, 0, 0);
    refuse(&forest, why);
    forest = forest_good;
    forest.splits[1][1][0] = FOREST_SPLIT(0, 2047, 0);
    refuse(&forest, why);
    forest = forest_good;
    forest.splits[1][0][0] = -1;
    refuse(&forest, why);
    forest = forest_good;
    memset(forest.mean, 0, sizeof forest.mean);
    refuse(&forest, "no shape");
    forest.mean[0][0] = NAN;
    refuse(&forest, "no shape");
}

struct entry {
    const char *name, *type, *shape;
    size_t size;
};

/* A forest of zeros with one entry of its header, or two, of another type or shape. */
static void refuse_entries(const struct entry *odd, const struct entry *also, const char *why)
{
    static const uint8_t zeros[32768];
    static const struct entry good[] = {{"mean", "F32", "5,2", 40},
                                        {"deltas", "F32", "2,2,3", 48},
                                        {"splits", "I32", "2,2,1", 16},
                                        {"leaves", "F32", "2,2,2,10", 320},
                                        {"anchors", "U8", "2,3", 6}};
    size_t size;
    void *trees = NULL;
    struct weights *weights = NULL;
    vultus_error error = {0};
    memset(&tensors, 0, sizeof tensors);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const struct entry *use = &good[i];
        use = strcmp(odd->name, use->name) ? use : odd;
        use = also && !strcmp(also->name, use->name) ? also : use;
        tensors_add(&tensors, use->name, use->type, use->shape, zeros, use->size);
    }
    const void *file = tensors_file(&tensors, &size);
    assert_error(VULTUS_ERR_MODEL, try_open(file, size, &trees, &weights, &error), &error, why);
    weights_close(weights);
}

static void odd_sizes_are_refused(void **state)
{
    static const struct {
        struct entry entry;
        const char *why;
    } odd[] = {
        {{"mean", "F32", "6,2", 48}, "has 5 or 68 points"},
        {{"mean", "F32", "68,2", 544}, "tensor leaves: not of the expected"},
        {{"mean", "F32", "10", 40}, "tensor mean: not of the expected"},
        {{"mean", "F32", "0,2", 0}, "has 5 or 68 points"},
        {{"leaves", "F32", "0,2,2,10", 0}, "trees are too many, none, or not full"},
        {{"leaves", "F32", "65,1,2,10", 5200}, "trees are too many, none, or not full"},
        {{"leaves", "F32", "2,0,2,10", 0}, "trees are too many, none, or not full"},
        {{"leaves", "F32", "2,2,3,10", 480}, "trees are too many, none, or not full"},
        {{"leaves", "F32", "2,2,1,10", 160}, "trees are too many, none, or not full"},
        {{"leaves", "F32", "2,2,0,10", 0}, "trees are too many, none, or not full"},
        {{"leaves", "F32", "1,1,512,10", 20480}, "trees are too many, none, or not full"},
        {{"leaves", "F32", "2,2,4,10", 640}, "tensor splits: not of the expected"},
        {{"splits", "I32", "2,4", 32}, "tensor splits: not of the expected"},
        {{"splits", "F32", "2,2,1", 16}, "tensor splits: not of the expected"},
        {{"deltas", "F32", "2,3,2", 48}, "tensor deltas: not of the expected"},
        {{"anchors", "U8", "2,4", 8}, "tensor anchors: not of the expected"},
        {{"anchors", "U8", "2,2", 4}, "tensor anchors: not of the expected"},
    };
    static const struct entry none = {"deltas", "F32", "2,2,0", 0},
                              no_anchors = {"anchors", "U8", "2,0", 0};
    static const struct entry many = {"deltas", "F32", "2,2,2001", 32016},
                              many_anchors = {"anchors", "U8", "2,2001", 4002};
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        refuse_entries(&odd[i].entry, NULL, odd[i].why);
    refuse_entries(&none, &no_anchors, "compare too many pixels, or none");
    refuse_entries(&many, &many_anchors, "compare too many pixels, or none");
}

static void points_that_are_no_numbers_are_said(void **state)
{
    (void)state;
    struct forest forest = forest_good;
    vultus_point shape[VULTUS_SHAPE_MAX];
    vultus_error error = {0};
    vultus_image *image = black(130, 140);
    for (size_t stage = 0; stage < 2; stage++) {
        forest.leaves[stage][0][1][3] = NAN;
        assert_error(VULTUS_ERR_MODEL, find(&forest, image, shape, &error), &error,
                     "gave points that are no numbers");
        forest.leaves[stage][0][1][3] = 3e38f;
        forest.leaves[stage][1][1][3] = 3e38f;
        assert_error(VULTUS_ERR_MODEL, find(&forest, image, shape, &error), &error,
                     "gave points that are no numbers");
        forest = forest_good;
    }
    vultus_image_free(image);
}

/* dlib's five points of an upright face: outer and inner corner of the eye at the right, of the one
 * at the left, and the base of the nose. */
static const vultus_point upright[5] = {{70, 40}, {50, 40}, {10, 40}, {30, 40}, {40, 70}};

static void five_points_follow_the_face(void **state)
{
    static const vultus_point same[5] = {{7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}};
    (void)state;
    vultus_point got[VULTUS_LANDMARKS], turned[5], mirrored[5], other[VULTUS_LANDMARKS];
    landmark_five(upright, 5, got);
    assert_true(got[VULTUS_LEFT_EYE].x == 20 && got[VULTUS_RIGHT_EYE].x == 60);
    assert_true(got[VULTUS_NOSE].y > 50 && got[VULTUS_NOSE].y < 70);
    assert_true(got[VULTUS_LEFT_MOUTH].y > 75 && got[VULTUS_LEFT_MOUTH].x < 30);
    assert_float_equal(got[VULTUS_LEFT_MOUTH].x + got[VULTUS_RIGHT_MOUTH].x, 80, 1e-3);
    for (size_t i = 0; i < 5; i++) { /* a quarter, and twice the size */
        turned[i] = (vultus_point){300 - 2 * upright[i].y, 2 * upright[i].x};
        mirrored[i] = (vultus_point){80 - upright[i < 4 ? (i + 2) % 4 : 4].x, upright[i].y};
    }
    landmark_five(turned, 5, other);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++) {
        assert_float_equal(other[i].x, 300 - 2 * got[i].y, 1e-3);
        assert_float_equal(other[i].y, 2 * got[i].x, 1e-3);
    }
    mirrored[4].x = 35; /* the nose to the left: its tip more so, the mouth less */
    landmark_five(mirrored, 5, other);
    assert_true(other[VULTUS_NOSE].x < 35 && other[VULTUS_NOSE].x > 30);
    assert_true(other[VULTUS_LEFT_MOUTH].x < got[VULTUS_LEFT_MOUTH].x &&
                other[VULTUS_LEFT_MOUTH].x > got[VULTUS_LEFT_MOUTH].x - 5);
    landmark_five(same, 5, other);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        assert_true(other[i].x == 7 && other[i].y == 7);
}

static void networks_are_no_trees(void **state)
{
    (void)state;
    struct model_part part = {0};
    void *trees = NULL;
    size_t count = 0;
    vultus_error error = {0};
    assert_error(VULTUS_ERR_MODEL, landmark_trees.open(&contract, &part, &trees, &count, &error),
                 &error, "landmarks tiny: trees are a file of weights, no network");
    assert_ptr_equal(landmark_method_of("trees"), &landmark_trees);
    assert_null(landmark_method_of("tree"));
}

static void memory_runs_out(void **state)
{
    (void)state;
    size_t size, count;
    struct weights *weights = NULL;
    void *trees = NULL;
    vultus_error error = {0};
    const void *file = forest_file(&forest_good, &tensors, &size);
    assert_ok(weights_wrap(file, size, "tiny", &weights, &error), &error);
    struct model_part part = {.weights = weights};
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, landmark_trees.open(&contract, &part, &trees, &count, &error),
                 &error, "memory");
    assert_true(mem_failed());
    mem_fail_after(0, false);
    assert_null(trees);
    weights_close(weights);
}

/* Where dlib's detector would put its square, by five landmarks: turned faces keep its size. */
static void landmarks_say_where_the_square_is(void **state)
{
    const vultus_point face[VULTUS_LANDMARKS] = {
        {130.1f, 229.8f}, {169.9f, 229.8f}, {150, 253.4f}, {132.7f, 273}, {167.3f, 273}};
    vultus_point quarter[VULTUS_LANDMARKS],
        one[VULTUS_LANDMARKS] = {{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
    vultus_box square;
    (void)state;
    assert_true(landmark_square(face, &square));
    assert_float_equal(square.x, 100, 0.1);
    assert_float_equal(square.y, 200, 0.1);
    assert_float_equal(square.width, 100, 0.1);
    assert_float_equal(square.height, 100, 0.1);
    for (int i = 0; i < VULTUS_LANDMARKS; i++) /* by 90 degrees around the square's middle */
        quarter[i] = (vultus_point){150 - (face[i].y - 250), 250 + (face[i].x - 150)};
    assert_true(landmark_square(quarter, &square));
    assert_float_equal(square.x, 100, 0.1);
    assert_float_equal(square.y, 200, 0.1);
    assert_float_equal(square.width, 100, 0.1);
    assert_false(landmark_square(one, &square));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(landmarks_say_where_the_square_is),
        cmocka_unit_test(trees_are_followed),
        cmocka_unit_test(pixels_are_rounded_and_end_at_the_edges),
        cmocka_unit_test(every_instruction_set_follows_them),
        cmocka_unit_test(lying_indices_are_refused),
        cmocka_unit_test(odd_sizes_are_refused),
        cmocka_unit_test(points_that_are_no_numbers_are_said),
        cmocka_unit_test(five_points_follow_the_face),
        cmocka_unit_test(networks_are_no_trees),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
