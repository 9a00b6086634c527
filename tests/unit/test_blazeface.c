/*
 * BlazeFace's parts by hand: anchors, the reading of made-up outputs, landmarks, and contracts that do
 * not fit. The networks are constants: what they answer is known.
 */
#include "base/memory.h"
#include "face/blazeface.h"
#include "image/image.h"
#include "network.h"
#include "support.h"

#include <math.h>

#define SIDE 32
#define COUNT 40 /* strides 8 and 16: 4 x 4 x 2 + 2 x 2 x 2 */

static float boxes[COUNT][BLAZEFACE_NUMBERS], scores[COUNT];

static void fill(void)
{
    memset(boxes, 0, sizeof boxes);
    for (size_t i = 0; i < COUNT; i++)
        scores[i] = -5;
}

/* A face whose eyes, nose and mouth lie like a face's, `side` pixels large around x, y of the input. */
static void put_face(size_t anchor, vultus_point at, float x, float y, float side, float score)
{
    const float points[BLAZEFACE_POINTS][2] = {{-0.2f, -0.2f}, {0.2f, -0.2f},  {0, 0},
                                               {0, 0.2f},      {-0.4f, -0.1f}, {0.4f, -0.1f}};
    boxes[anchor][0] = x - at.x;
    boxes[anchor][1] = y - at.y;
    boxes[anchor][2] = boxes[anchor][3] = side;
    for (size_t i = 0; i < BLAZEFACE_POINTS; i++) {
        boxes[anchor][4 + 2 * i] = x - at.x + side * points[i][0];
        boxes[anchor][5 + 2 * i] = y - at.y + side * points[i][1];
    }
    scores[anchor] = score;
}

static void option(struct contract_model *contract, const char *name, size_t count, float a,
                   float b)
{
    struct contract_option *option = &contract->options[contract->option_count++];
    snprintf(option->name, sizeof option->name, "%s", name);
    option->count = count;
    option->values[0] = a;
    option->values[1] = b;
}

static struct contract_model make_contract(void)
{
    struct contract_model contract = {
        .id = "test", .width = SIDE, .height = SIDE, .scale = {1, 1, 1}};
    option(&contract, "strides", 2, 8, 16);
    option(&contract, "anchors", 2, 2, 2);
    option(&contract, "face_low", 1, 8, 0);
    option(&contract, "face_high", 1, 30, 0);
    return contract;
}

static struct session *make_network(struct session_runtime *runtime, int64_t side, int64_t count,
                                    int64_t numbers)
{
    const struct network_tensor input = {"in", {4, {-1, 3, side, side}}, NULL};
    const struct network_tensor outputs[2] = {{"boxes", {3, {1, count, numbers}}, boxes[0]},
                                              {"scores", {3, {1, count, 1}}, scores}};
    return network_open(runtime, &input, outputs, 2);
}

static void anchors_are_in_the_middle_of_cells(void **state)
{
    static const float strides[2] = {8, 16}, each[2] = {2, 6}, one[1] = {4}, single[1] = {1};
    vultus_point anchors[896], full[2304];
    (void)state;
    assert_int_equal(blazeface_anchors(128, strides, each, 2, NULL), 896);
    assert_int_equal(blazeface_anchors(128, strides, each, 2, anchors), 896);
    static const struct {
        size_t at;
        float x, y;
    } expected[] = {{0, 4, 4},   {1, 4, 4},   {2, 12, 4},   {32, 4, 12},  {511, 124, 124},
                    {512, 8, 8}, {517, 8, 8}, {518, 24, 8}, {560, 8, 24}, {895, 120, 120}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_float_equal(anchors[expected[i].at].x, expected[i].x, 1e-5f);
        assert_float_equal(anchors[expected[i].at].y, expected[i].y, 1e-5f);
    }
    assert_int_equal(blazeface_anchors(192, one, single, 1, full), 2304);
    assert_float_equal(full[49].x, 6, 1e-5f);
    assert_float_equal(full[49].y, 6, 1e-5f);
}

static void landmarks_follow_the_points(void **state)
{
    vultus_point points[BLAZEFACE_POINTS] = {{40, 50}, {60, 50}, {50, 62},
                                             {50, 72}, {30, 52}, {70, 52}};
    vultus_point five[VULTUS_LANDMARKS], turned[VULTUS_LANDMARKS];
    (void)state;
    blazeface_landmarks(points, five);
    assert_float_equal(five[VULTUS_LEFT_EYE].x, 40, 0);
    assert_float_equal(five[VULTUS_RIGHT_EYE].x, 60, 0);
    assert_float_equal(five[VULTUS_NOSE].y, 62, 0);
    float width = five[VULTUS_RIGHT_MOUTH].x - five[VULTUS_LEFT_MOUTH].x;
    assert_true(width > 12 && width < 22);
    assert_float_equal(five[VULTUS_RIGHT_MOUTH].x - 50, 50 - five[VULTUS_LEFT_MOUTH].x, 1e-4f);
    assert_float_equal(five[VULTUS_LEFT_MOUTH].y, 72, 3);
    assert_float_equal(five[VULTUS_LEFT_MOUTH].y, five[VULTUS_RIGHT_MOUTH].y, 1e-4f);

    for (size_t i = 0; i < BLAZEFACE_POINTS; i++) /* a quarter turn, twice as large, elsewhere */
        points[i] = (vultus_point){300 - 2 * points[i].y, 7 + 2 * points[i].x};
    blazeface_landmarks(points, turned);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++) {
        assert_float_equal(turned[i].x, 300 - 2 * five[i].y, 1e-3f);
        assert_float_equal(turned[i].y, 7 + 2 * five[i].x, 1e-3f);
    }
    for (size_t i = 0; i < BLAZEFACE_POINTS; i++) /* nothing to divide by */
        points[i] = (vultus_point){3, 3};
    blazeface_landmarks(points, five);
    assert_true(isfinite(five[VULTUS_LEFT_MOUTH].x) && isfinite(five[VULTUS_RIGHT_MOUTH].y));
}

struct asked {
    struct contract_model contract;
    struct session *network;
    const struct mips *mips; /* of a picture of 64 x 48: 32 x 24 in the middle of the input */
};

static vultus_status detect(const struct asked *asked, const vultus_detect_options *options,
                            vultus_faces *faces, vultus_error *error)
{
    const struct detect_method *method = detect_method_of("blazeface");
    struct model_part part = {.session = asked->network};
    void *detector = NULL;
    vultus_status status = method->open(&asked->contract, &part, &detector, error);
    if (status)
        return status;
    struct detect_call call = {.mips = asked->mips, .width = 64, .height = 48, .options = options};
    status = method->find(detector, &call, faces, error);
    method->close(detector);
    return status;
}

static void faces_are_read_and_blended(void **state)
{
    const vultus_detect_options options = {.min_face = 100},
                                strict = {.min_face = 100, .thresholds = {0.95f}};
    struct asked asked = {.contract = make_contract()};
    struct session_runtime *runtime = NULL;
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    vultus_error error = {0};
    (void)state;
    assert_ok(session_runtime_open(&runtime, &error), &error);
    fill();
    put_face(0, (vultus_point){4, 4}, 10, 14, 8, 2);      /* sigmoid 0.881 */
    put_face(1, (vultus_point){4, 4}, 11, 14, 8, 1);      /* 0.731, the same face */
    put_face(32, (vultus_point){8, 8}, 24, 20, 6, 1000);  /* another one; clipped: 1 */
    put_face(33, (vultus_point){8, 8}, 24, 10, 6, -0.1f); /* below 0.5 */
    put_face(34, (vultus_point){24, 8}, 24, 10, -6, 3);   /* no box */
    put_face(35, (vultus_point){24, 8}, NAN, 10, 6, 3);
    asked.network = make_network(runtime, SIDE, COUNT, BLAZEFACE_NUMBERS);
    assert_ok(image_new(64, 48, &image, &error), &error);
    memset(image->pixels, 0, image->stride * 48);
    assert_ok(mips_of(image, kernel_best(), &asked.mips, &error), &error);
    assert_ok(detect(&asked, &options, &faces, &error), &error);
    assert_int_equal(faces.count, 2);
    const vultus_face *sure = &faces.items[0], *mean = &faces.items[1];
    assert_float_equal(sure->score, 1, 1e-6f);
    assert_float_equal(sure->box.x, 2 * 21, 1e-3f); /* two pixels for one of the input */
    assert_float_equal(sure->box.y, 2 * (17 - 4), 1e-3f);
    assert_float_equal(sure->box.width, 12, 1e-3f);
    float x = 10 + 0.731059f / (0.880797f + 0.731059f);
    assert_float_equal(mean->score, 0.880797f, 1e-5f);
    assert_float_equal(mean->box.x, 2 * (x - 4), 1e-3f);
    assert_float_equal(mean->landmarks[VULTUS_NOSE].x, 2 * x, 1e-3f);
    assert_float_equal(mean->landmarks[VULTUS_NOSE].y, 2 * (14 - 4), 1e-3f);
    vultus_faces_clear(&faces);

    assert_ok(detect(&asked, &strict, &faces, &error), &error);
    assert_int_equal(faces.count, 1);
    vultus_faces_clear(&faces);

    long live = mem_live();
    vultus_status status = VULTUS_ERR_MEMORY;
    for (long n = 1; status; n++) {
        mem_fail_after(n, false);
        status = detect(&asked, &options, &faces, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        vultus_faces_clear(&faces);
        assert_int_equal(mem_live(), live);
    }
    vultus_image_free(image);
    session_close(asked.network);
    session_runtime_close(runtime);
}

static void contracts_that_do_not_fit_are_refused(void **state)
{
    const struct detect_method *method = detect_method_of("blazeface");
    struct session_runtime *runtime = NULL;
    vultus_error error = {0};
    void *detector = NULL;
    (void)state;
    fill();
    assert_ok(session_runtime_open(&runtime, &error), &error);
    long live = mem_live();
    struct contract_model good = make_contract();
    static const struct {
        int64_t side, count, numbers;
        const char *reason;
    } networks[] = {{SIDE, COUNT - 1, 16, "make 40 boxes"},
                    {SIDE, COUNT, 15, "make 40 boxes"},
                    {SIDE - 1, COUNT, 16, "not the one that its contract says"}};
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct model_part part = {.session = make_network(runtime, networks[i].side,
                                                          networks[i].count, networks[i].numbers)};
        assert_error(VULTUS_ERR_MODEL, method->open(&good, &part, &detector, &error), &error,
                     networks[i].reason);
        session_close(part.session);
    }
    struct model_part part = {0};
    assert_error(VULTUS_ERR_MODEL, method->open(&good, &part, &detector, &error), &error,
                 "is no network");

    part.session = make_network(runtime, SIDE, COUNT, BLAZEFACE_NUMBERS);
    struct contract_model bad = good;
    bad.options[0].count = 0;
    assert_error(VULTUS_ERR_FORMAT, method->open(&bad, &part, &detector, &error), &error,
                 "strides");
    bad = good;
    bad.options[1].values[1] = 1000;
    assert_error(VULTUS_ERR_FORMAT, method->open(&bad, &part, &detector, &error), &error,
                 "anchors");
    bad = good;
    bad.height = 31;
    assert_error(VULTUS_ERR_FORMAT, method->open(&bad, &part, &detector, &error), &error,
                 "a square input");
    bad = good;
    option(&bad, "threshold", 1, 2, 0);
    assert_error(VULTUS_ERR_FORMAT, method->open(&bad, &part, &detector, &error), &error,
                 "threshold");
    bad = good;
    bad.options[0].values[0] = bad.options[0].values[1] = 1;
    bad.options[1].values[0] = bad.options[1].values[1] = BLAZEFACE_EACH_MAX;
    assert_error(VULTUS_ERR_LIMIT, method->open(&bad, &part, &detector, &error), &error, "anchors");
    for (long n = 1; n <= 2; n++) {
        mem_fail_after(n, false);
        assert_error(VULTUS_ERR_MEMORY, method->open(&good, &part, &detector, &error), &error,
                     "detector");
        mem_fail_after(0, false);
    }
    session_close(part.session);
    assert_int_equal(mem_live(), live);
    session_runtime_close(runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors_are_in_the_middle_of_cells),
        cmocka_unit_test(landmarks_follow_the_points),
        cmocka_unit_test(faces_are_read_and_blended),
        cmocka_unit_test(contracts_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
