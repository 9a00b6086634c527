/*
 * BlazeFace against MediaPipe (blazeface.json, made by make_blazeface.py), one look at the whole
 * picture. Pictures that are cut to the network's size must give the same boxes and points; larger
 * ones are shrunk by averaging here, while MediaPipe skips pixels, so the faces are the same but boxes
 * differ a little.
 */
#include "golden.h"

#include <math.h>

#define ONE_LOOK 100000.0f /* a smallest face that is larger than any picture */

struct tally {
    size_t expected, met, extra, cut_expected;
    double worst_overlap, worst_score, worst_point; /* of the cut ones */
};

static double overlap_of(const vultus_box *a, const float b[4])
{
    double left = fmax((double)a->x, (double)b[0]), top = fmax((double)a->y, (double)b[1]);
    double right = fmin((double)(a->x + a->width), (double)(b[0] + b[2]));
    double bottom = fmin((double)(a->y + a->height), (double)(b[1] + b[3]));
    double both = fmax(0, right - left) * fmax(0, bottom - top);
    return both / ((double)(a->width * a->height + b[2] * b[3]) - both);
}

static const vultus_face *nearest(const vultus_faces *faces, const float box[4], double *overlap)
{
    const vultus_face *best = NULL;
    *overlap = 0;
    for (size_t i = 0; i < faces->count; i++)
        if (overlap_of(&faces->items[i].box, box) > *overlap) {
            best = &faces->items[i];
            *overlap = overlap_of(&best->box, box);
        }
    return best;
}

/* Eyes and nose; the farthest, as a part of the box. */
static double point_off(const vultus_face *face, const json_t *golden, float side)
{
    float points[6];
    double worst = 0;
    golden_floats(json_object_get(golden, "points"), 6, points);
    for (size_t i = 0; i < 3; i++)
        worst = fmax(worst, hypot((double)(face->landmarks[i].x - points[2 * i]),
                                  (double)(face->landmarks[i].y - points[2 * i + 1])));
    return worst / (double)side;
}

static void compare(const json_t *golden, const vultus_faces *faces, struct tally *tally)
{
    const json_t *expected = json_object_get(golden, "faces");
    bool cut = json_object_get(golden, "cut") != NULL;
    size_t met = 0;
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const json_t *each = json_array_get(expected, i);
        float box[4];
        double overlap;
        golden_floats(json_object_get(each, "box"), 4, box);
        const vultus_face *face = nearest(faces, box, &overlap);
        met += overlap >= 0.6;
        if (!cut || !face)
            continue;
        double score = fabs((double)face->score - golden_number(each, "score"));
        tally->worst_overlap = fmin(tally->worst_overlap, overlap);
        tally->worst_score = fmax(tally->worst_score, score);
        tally->worst_point = fmax(tally->worst_point, point_off(face, each, box[2]));
    }
    if (cut)
        assert_int_equal(faces->count, json_array_size(expected));
    tally->cut_expected += cut ? json_array_size(expected) : 0;
    tally->expected += json_array_size(expected);
    tally->met += met;
    tally->extra += faces->count > met ? faces->count - met : 0;
}

static vultus_image *cut_out(vultus_image *whole, const json_t *cut)
{
    vultus_pixels pixels = vultus_image_pixels(whole);
    vultus_image *image = NULL;
    vultus_error error = {0};
    float box[4];
    golden_floats(cut, 4, box);
    assert_true(box[0] + box[2] <= (float)pixels.width && box[1] + box[3] <= (float)pixels.height);
    pixels.data += (size_t)box[1] * pixels.stride + 3 * (size_t)box[0];
    pixels.width = (uint32_t)box[2];
    pixels.height = (uint32_t)box[3];
    assert_ok(vultus_image_wrap(&pixels, &image, &error), &error);
    return image;
}

static bool try_case(const json_t *golden, vultus_engine *engine, float threshold,
                     struct tally *tally)
{
    const vultus_detect_options options = {.min_face = ONE_LOOK, .thresholds = {threshold}};
    const json_t *cut = json_object_get(golden, "cut");
    vultus_image *whole = golden_picture(golden), *image = whole;
    vultus_faces faces = {0};
    vultus_error error = {0};
    if (!whole)
        return false;
    if (cut)
        image = cut_out(whole, cut);
    assert_ok(vultus_detect(engine, image, &options, &faces, &error), &error);
    compare(golden, &faces, tally);
    vultus_faces_clear(&faces);
    if (cut)
        vultus_image_free(image);
    vultus_image_free(whole);
    return true;
}

static void finds_what_mediapipe_finds(const char *model)
{
    char name[64];
    struct contract_pack pack;
    struct tally tally = {.worst_overlap = 1};
    vultus_engine *engine = NULL;
    vultus_error error = {0};
    size_t tried = 0;
    golden_need_models();
    if (pack_read(NULL, "mediapipe", &pack, &error))
        support_skip(error.message);
    contract_clear(&pack);
    (void)snprintf(name, sizeof name, "mediapipe/%s", model);
    assert_ok(vultus_engine_open(&(vultus_engine_options){.detector = name}, &engine, &error),
              &error);
    json_t *golden = golden_read("blazeface.json");
    const json_t *cases = json_object_get(golden, "cases");
    double threshold = golden_number(json_object_get(golden, "thresholds"), model);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *each = json_array_get(cases, i);
        if (!strcmp(json_string_value(json_object_get(each, "model")), model))
            tried += try_case(each, engine, (float)threshold, &tally);
    }
    json_decref(golden);
    vultus_engine_close(engine);
    if (!tried)
        support_skip("none of the golden pictures is here");
    print_message("%s, %zu pictures: %zu of %zu faces, %zu more; at the network's size %zu faces, "
                  "IoU >= %.3f, scores within %.4f, points within %.4f of the box\n",
                  model, tried, tally.met, tally.expected, tally.extra, tally.cut_expected,
                  tally.worst_overlap, tally.worst_score, tally.worst_point);
    assert_true(tally.worst_overlap >= 0.99 && tally.worst_score <= 0.002 &&
                tally.worst_point <= 0.002);
    assert_true(tally.met * 100 >= tally.expected * 95);
    assert_true(tally.extra * 100 <= tally.expected * 15);
}

static void short_range(void **state)
{
    (void)state;
    finds_what_mediapipe_finds("blazeface_short");
}

static void full_range(void **state)
{
    (void)state;
    finds_what_mediapipe_finds("blazeface_full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_range),
        cmocka_unit_test(full_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
