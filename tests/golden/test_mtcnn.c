/*
 * Detection as a whole against another implementation of MTCNN with its own copy of the weights
 * (mtcnn.json, made by make_mtcnn.py), on real pictures. The two differ on purpose: our pyramid
 * keeps fractions of pixels, faces that fill the picture get a margin, suppressed boxes vote, and
 * O-Net looks twice. So faces are compared, not numbers: every face that the other is sure of is
 * found at the same place with the same five points, and we are sure of no others.
 */
#include "golden.h"

#include <math.h>

#define SURE 0.95
#define SAME_FACE 0.6 /* intersection over union */
#define SMALL 20 /* pixels; of smaller faces we find more, and a point is more than a pixel off */
/* How far landmarks may be off on average over the five, in distances between the eyes: of each face,
 * of those few where one of us is wrong (one in twenty), of all faces together, of small faces. */
#define FACE_OFF 0.08
#define WRONG_OFF 0.35
#define ALL_OFF 0.045
#define SMALL_OFF 0.45

struct tally {
    const char *name; /* of the picture */
    size_t pictures, missing, faces, small, wrong;
    double overlap, lowest;    /* intersection over union: sum, least */
    double distance, furthest; /* landmarks: sum and greatest, without small faces */
    double furthest_small;
};

struct expected {
    vultus_face face;
    double score;
};

static double overlap(const vultus_box *a, const vultus_box *b)
{
    double width = fmin(a->x + a->width, b->x + b->width) - fmax(a->x, b->x);
    double height = fmin(a->y + a->height, b->y + b->height) - fmax(a->y, b->y);
    if (width <= 0 || height <= 0)
        return 0;
    double both = width * height;
    return both / ((double)a->width * a->height + (double)b->width * b->height - both);
}

static double between(vultus_point a, vultus_point b)
{
    return hypot((double)a.x - (double)b.x, (double)a.y - (double)b.y);
}

/* Mean distance of the landmarks from where the other implementation has them, in distances between
 * its eyes; of faces in profile, whose eyes meet, in thirds of the width of the box. */
static double landmarks_off(const vultus_face *face, const vultus_face *wanted)
{
    double eyes = between(wanted->landmarks[VULTUS_LEFT_EYE], wanted->landmarks[VULTUS_RIGHT_EYE]);
    double sum = 0;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        sum += between(face->landmarks[i], wanted->landmarks[i]);
    return sum / VULTUS_LANDMARKS / fmax(eyes, (double)wanted->box.width / 3);
}

static struct expected read_face(const json_t *object)
{
    struct expected expected = {.score = golden_number(object, "score")};
    float box[4], points[2 * VULTUS_LANDMARKS];
    golden_floats(json_object_get(object, "box"), 4, box);
    golden_floats(json_object_get(object, "points"), 2 * VULTUS_LANDMARKS, points);
    expected.face.box = (vultus_box){box[0], box[1], box[2], box[3]};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        expected.face.landmarks[i] = (vultus_point){points[2 * i], points[2 * i + 1]};
    return expected;
}

static const vultus_face *nearest(const vultus_faces *faces, const vultus_box *box, double *best)
{
    const vultus_face *found = NULL;
    *best = 0;
    for (size_t i = 0; i < faces->count; i++) {
        double shared = overlap(&faces->items[i].box, box);
        if (shared > *best) {
            *best = shared;
            found = &faces->items[i];
        }
    }
    return found;
}

static void find_expected(const struct expected *expected, const vultus_faces *faces,
                          struct tally *tally)
{
    const vultus_box *box = &expected->face.box;
    bool small = box->width < SMALL || box->height < SMALL;
    double shared;
    const vultus_face *face = nearest(faces, box, &shared);
    if (shared < SAME_FACE)
        fail_msg("%s: the face of %.0f pixels at %.0f, %.0f is not found (overlap %.2f)",
                 tally->name, (double)box->width, (double)box->x, (double)box->y, shared);
    double off = landmarks_off(face, &expected->face);
    if (off > (small ? SMALL_OFF : WRONG_OFF))
        fail_msg("%s: landmarks of the face at %.0f, %.0f are off by %.2f", tally->name,
                 (double)box->x, (double)box->y, off);
    tally->overlap += shared;
    tally->lowest = fmin(tally->lowest, shared);
    if (small) {
        tally->small++;
        tally->furthest_small = fmax(tally->furthest_small, off);
        return;
    }
    tally->faces++;
    tally->distance += off;
    tally->furthest = fmax(tally->furthest, off);
    if (off > FACE_OFF) {
        tally->wrong++;
        print_message("%s: landmarks of the face at %.0f, %.0f are off by %.2f\n", tally->name,
                      (double)box->x, (double)box->y, off);
    }
}

static void compare_faces(const json_t *list, const vultus_faces *faces, struct tally *tally)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct expected expected = read_face(json_array_get(list, i));
        if (expected.score >= SURE)
            find_expected(&expected, faces, tally);
    }
    for (size_t i = 0; i < faces->count; i++) {
        const vultus_face *face = &faces->items[i];
        double best = 0;
        if (face->score < (float)SURE || face->box.width < SMALL)
            continue;
        for (size_t k = 0; k < json_array_size(list); k++) {
            struct expected expected = read_face(json_array_get(list, k));
            best = fmax(best, overlap(&face->box, &expected.face.box));
        }
        if (best < SAME_FACE / 2)
            fail_msg("%s: a face of %.0f pixels at %.0f, %.0f (%.3f) that the other lacks",
                     tally->name, (double)face->box.width, (double)face->box.x, (double)face->box.y,
                     (double)face->score);
    }
}

static void check_tally(const struct tally *tally)
{
    double faces = (double)tally->faces;
    print_message("%zu pictures (%zu not here), %zu faces and %zu small ones\n", tally->pictures,
                  tally->missing, tally->faces, tally->small);
    if (!tally->faces)
        return;
    print_message("overlap: mean %.3f, least %.3f\n",
                  tally->overlap / (faces + (double)tally->small), tally->lowest);
    print_message("landmarks: mean %.4f, greatest %.3f (small faces %.3f), over %.2f: %zu\n",
                  tally->distance / faces, tally->furthest, tally->furthest_small, FACE_OFF,
                  tally->wrong);
    if (tally->distance / faces > ALL_OFF)
        fail_msg("landmarks are off by %.4f on average", tally->distance / faces);
    if (tally->wrong > 1 + tally->faces / 20)
        fail_msg("landmarks of %zu of %zu faces are off", tally->wrong, tally->faces);
}

static void faces_are_those_of_another_implementation(void **state)
{
    vultus_engine *engine = NULL;
    vultus_error error = {0};
    struct tally tally = {.lowest = 1};
    (void)state;
    golden_need_models();
    json_t *golden = golden_read("mtcnn.json");
    const json_t *pictures = json_object_get(golden, "pictures");
    vultus_detect_options options = {.min_face = (float)golden_number(golden, "min_face")};
    assert_ok(vultus_engine_open(NULL, &engine, &error), &error);
    for (size_t i = 0; i < json_array_size(pictures); i++) {
        const json_t *picture = json_array_get(pictures, i);
        vultus_image *image = golden_picture(picture);
        vultus_faces faces;
        if (!image) {
            tally.missing++;
            continue;
        }
        tally.pictures++;
        tally.name = json_string_value(json_array_get(json_object_get(picture, "paths"), 0));
        assert_int_equal(vultus_image_width(image), (uint32_t)golden_number(picture, "width"));
        assert_ok(vultus_detect(engine, image, &options, &faces, &error), &error);
        compare_faces(json_object_get(picture, "faces"), &faces, &tally);
        vultus_faces_clear(&faces);
        vultus_image_free(image);
    }
    vultus_engine_close(engine);
    json_decref(golden);
    check_tally(&tally);
    if (!tally.pictures)
        support_skip("none of the pictures is here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faces_are_those_of_another_implementation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
