/*
 * Shapes by regression trees against dlib's, in the same boxes of real pictures (trees.json, made by
 * make_trees.py, or the file that VULTUS_TREES_GOLDEN names). dlib rounds its points to whole pixels,
 * so even the same shape is a third of a pixel off on average; rounded alike, nearly all points must
 * be the same. The points also say how well nose and mouth are told from five of them.
 */
#include "golden.h"

#include "face/landmark.h"

#include <math.h>

#define PACK "dlib"
#define MEAN_OFF 0.5 /* pixels */
#define WORST_OFF 2.0
#define SAME 0.995 /* of the points, when rounded as dlib does */

struct finder {
    size_t points;
    const char *key; /* of the golden file */
    struct weights *weights;
    void *trees;
    size_t faces, same;
    double sum, worst;
};

static void open_finder(struct finder *finder, const char *id)
{
    struct contract_pack pack;
    struct model_part part = {0};
    vultus_error error = {0};
    size_t count = 0;
    if (pack_read(NULL, PACK, &pack, &error))
        support_skip(error.message);
    for (size_t i = 0; i < pack.model_count; i++) {
        const struct contract_model *model = &pack.models[i];
        if (strcmp(model->id, id) != 0)
            continue;
        assert_ok(pack_map_weights(NULL, PACK, &model->networks[0], &finder->weights, &error),
                  &error);
        part.weights = finder->weights;
        assert_ok(landmark_trees.open(model, &part, &finder->trees, &count, &error), &error);
    }
    contract_clear(&pack);
    assert_int_equal(count, finder->points);
}

static void compare(struct finder *finder, const struct mips *mips, const json_t *face,
                    const char *picture)
{
    float box[4], wanted[2 * VULTUS_SHAPE_MAX];
    vultus_point shape[VULTUS_SHAPE_MAX];
    vultus_error error = {0};
    golden_floats(json_object_get(face, "box"), 4, box);
    golden_floats(json_object_get(face, finder->key), 2 * finder->points, wanted);
    struct landmark_call call = {
        .mips = mips, .box = {box[0], box[1], box[2], box[3]}, .shape = shape};
    assert_ok(landmark_trees.find(finder->trees, &call, &error), &error);
    finder->faces++;
    for (size_t i = 0; i < finder->points; i++) {
        double off = hypot((double)shape[i].x - (double)wanted[2 * i],
                           (double)shape[i].y - (double)wanted[2 * i + 1]);
        finder->sum += off;
        finder->worst = fmax(finder->worst, off);
        finder->same += floorf(shape[i].x + 0.5f) == wanted[2 * i] &&
                        floorf(shape[i].y + 0.5f) == wanted[2 * i + 1];
        if (off > WORST_OFF)
            print_message("%s: point %zu of the face at %.0f, %.0f is %.2f pixels off\n", picture,
                          i, (double)box[0], (double)box[1], off);
    }
}

static void check(const struct finder *finder)
{
    double points = (double)(finder->faces * finder->points);
    print_message("%zu points, %zu faces: mean %.4f pixels, greatest %.3f, the same %.5f\n",
                  finder->points, finder->faces, finder->sum / points, finder->worst,
                  (double)finder->same / points);
    if (finder->sum / points > MEAN_OFF || finder->worst > WORST_OFF ||
        (double)finder->same / points < SAME)
        fail_msg("shapes of %zu points are not those of dlib", finder->points);
}

static void shapes_are_those_of_dlib(void **state)
{
    struct finder finders[] = {{.points = 5, .key = "points5"}, {.points = 68, .key = "points68"}};
    const char *other = getenv("VULTUS_TREES_GOLDEN");
    size_t missing = 0;
    (void)state;
    open_finder(&finders[0], "points5");
    open_finder(&finders[1], "points68");
    json_t *golden = other ? json_load_file(other, 0, NULL) : golden_read("trees.json");
    const json_t *pictures = json_object_get(golden, "pictures");
    for (size_t i = 0; i < json_array_size(pictures); i++) {
        const json_t *picture = json_array_get(pictures, i);
        const json_t *faces = json_object_get(picture, "faces");
        const char *name = json_string_value(json_array_get(json_object_get(picture, "paths"), 0));
        vultus_image *image = golden_picture(picture);
        const struct mips *mips;
        vultus_error error = {0};
        if (!image) {
            missing++;
            continue;
        }
        assert_ok(mips_of(image, kernel_best(), &mips, &error), &error);
        for (size_t k = 0; k < json_array_size(faces); k++)
            for (size_t f = 0; f < 2; f++)
                compare(&finders[f], mips, json_array_get(faces, k), name);
        vultus_image_free(image);
    }
    json_decref(golden);
    for (size_t f = 0; f < 2; f++) {
        landmark_trees.close(finders[f].trees);
        weights_close(finders[f].weights);
    }
    print_message("%zu pictures are not here\n", missing);
    if (!finders[0].faces)
        support_skip("none of the pictures is here");
    check(&finders[0]);
    check(&finders[1]);
}

/* The five landmarks of vultus from dlib's five points, against those from its 68. */
static void five_points_tell_nose_and_mouth(void **state)
{
    static const double limits[VULTUS_LANDMARKS] = {0.04, 0.04, 0.08, 0.15, 0.15};
    double off[VULTUS_LANDMARKS] = {0}, faces = 0;
    (void)state;
    json_t *golden = golden_read("trees.json");
    const json_t *pictures = json_object_get(golden, "pictures");
    for (size_t i = 0; i < json_array_size(pictures); i++) {
        const json_t *list = json_object_get(json_array_get(pictures, i), "faces");
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *face = json_array_get(list, k);
            vultus_point few[5], many[68], got[VULTUS_LANDMARKS], wanted[VULTUS_LANDMARKS];
            golden_floats(json_object_get(face, "points5"), 10, &few[0].x);
            golden_floats(json_object_get(face, "points68"), 136, &many[0].x);
            landmark_five(few, 5, got);
            landmark_five(many, 68, wanted);
            double eyes = hypot((double)wanted[1].x - (double)wanted[0].x,
                                (double)wanted[1].y - (double)wanted[0].y);
            if (eyes < 15) /* whole pixels are too coarse */
                continue;
            faces++;
            for (size_t p = 0; p < VULTUS_LANDMARKS; p++)
                off[p] += hypot((double)got[p].x - (double)wanted[p].x,
                                (double)got[p].y - (double)wanted[p].y) /
                          eyes;
        }
    }
    json_decref(golden);
    for (size_t p = 0; p < VULTUS_LANDMARKS; p++) {
        print_message("landmark %zu: %.4f distances between the eyes\n", p, off[p] / faces);
        assert_true(off[p] / faces < limits[p]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_those_of_dlib),
        cmocka_unit_test(five_points_tell_nose_and_mouth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
