/*
 * Detectors, points and attributes of the installed pack face-api against what face-api itself found
 * in the same pictures (faceapi.json, made by make_faceapi.js). Where no resizing comes between,
 * numbers must be the same; where face-api's canvas resized a picture or a face, ours differ by how
 * pixels are averaged. Detectors look at the whole picture once, as face-api's do.
 */
#include "golden.h"

#include "face/attributes.h"
#include "face/detect.h"
#include "face/landmark.h"

#include <math.h>

#define PACK "face-api"
#define LEAST_OVERLAP 0.9
#define SHARE 0.99         /* of the boxes are met */
#define RESIZED_SHARE 0.85 /* the same where the picture was resized */
#define POINT_OFF 0.5      /* pixels */
#define AGE_OFF 0.1        /* years */
#define CHANCE_OFF 1e-3    /* probabilities */
#define RESIZED_AGE_OFF 1  /* the same where the face was resized, on average */
#define RESIZED_CHANCE_OFF 0.05

struct scene { /* one picture */
    vultus_image *image;
    const struct mips *mips;
    const json_t *golden;
};

struct opened { /* one model of the pack */
    struct session_runtime *runtime;
    struct contract_pack pack;
    struct contract_model *model;
    struct model_part part;
};

static struct opened open_model(const char *id)
{
    struct opened opened = {0};
    struct buffer bytes;
    vultus_error error = {0};
    if (pack_read(NULL, PACK, &opened.pack, &error))
        support_skip(error.message);
    assert_ok(session_runtime_open(&opened.runtime, &error), &error);
    for (size_t i = 0; i < opened.pack.model_count; i++)
        if (!strcmp(opened.pack.models[i].id, id))
            opened.model = &opened.pack.models[i];
    assert_non_null(opened.model);
    const struct contract_network *network = &opened.model->networks[0];
    struct session_config config = {
        .name = network->file, .input = network->input, .output_count = network->output_count};
    for (size_t i = 0; i < network->output_count; i++)
        config.outputs[i] = network->outputs[i];
    assert_ok(pack_read_network(NULL, PACK, network, &bytes, &error), &error);
    assert_ok(
        session_open(opened.runtime, bytes.data, bytes.size, &config, &opened.part.session, &error),
        &error);
    buffer_clear(&bytes);
    return opened;
}

static void close_model(struct opened *opened)
{
    session_close(opened->part.session);
    session_runtime_close(opened->runtime);
    contract_clear(&opened->pack);
}

static vultus_box box_of(const json_t *list)
{
    float box[4];
    golden_floats(list, 4, box);
    return (vultus_box){box[0], box[1], box[2], box[3]};
}

typedef void each_scene(const struct scene *scene, void *context);

/* Calls `visit` for the pictures of a list that are here; skips when there is none. */
static void visit_scenes(const char *list, each_scene *visit, void *context)
{
    json_t *golden = golden_read("faceapi.json");
    const json_t *scenes = json_object_get(golden, list);
    size_t visited = 0;
    for (size_t i = 0; i < json_array_size(scenes); i++) {
        struct scene scene = {.golden = json_array_get(scenes, i)};
        vultus_error error = {0};
        scene.image = golden_picture(scene.golden);
        if (!scene.image)
            continue;
        assert_ok(mips_of(scene.image, kernel_best(), &scene.mips, &error), &error);
        visit(&scene, context);
        vultus_image_free(scene.image);
        visited++;
    }
    json_decref(golden);
    if (!visited)
        support_skip("none of the pictures is here");
}

/* ------------------------------------------------------------------ detectors */

struct detecting {
    const struct detect_method *method;
    const struct opened *opened;
    void *state;
    float smallest; /* side in the network's input, for a picture that fills `input` pixels */
    float input;
    size_t wanted, met, extra;
    double off; /* greatest difference of scores */
};

static vultus_box cut(vultus_box box, const struct scene *scene)
{
    float right = fminf(box.x + box.width, (float)scene->image->width);
    float bottom = fminf(box.y + box.height, (float)scene->image->height);
    vultus_box out = {fmaxf(box.x, 0), fmaxf(box.y, 0), 0, 0};
    out.width = right - out.x;
    out.height = bottom - out.y;
    return out;
}

static double overlap(vultus_box a, vultus_box b)
{
    float width = fminf(a.x + a.width, b.x + b.width) - fmaxf(a.x, b.x);
    float height = fminf(a.y + a.height, b.y + b.height) - fmaxf(a.y, b.y);
    if (width <= 0 || height <= 0)
        return 0;
    float both = width * height;
    return (double)(both / (a.width * a.height + b.width * b.height - both));
}

/* Whether a golden face is among these; notes how the scores differ. */
static bool is_met(struct detecting *detecting, const vultus_faces *faces, const json_t *wanted,
                   const struct scene *scene)
{
    vultus_box box = cut(box_of(json_object_get(wanted, "box")), scene);
    double best = 0, score = 0;
    for (size_t k = 0; k < faces->count; k++) {
        double found = overlap(cut(faces->items[k].box, scene), box);
        if (found > best) {
            best = found;
            score = (double)faces->items[k].score;
        }
    }
    if (best >= LEAST_OVERLAP)
        detecting->off = fmax(detecting->off, fabs(score - golden_number(wanted, "score")));
    else
        print_message("%s: the face at %.0f, %.0f with score %.2f overlaps by %.2f\n",
                      detecting->method->name, (double)box.x, (double)box.y,
                      golden_number(wanted, "score"), best);
    return best >= LEAST_OVERLAP;
}

static void detect(struct detecting *detecting, const struct scene *scene, const json_t *wanted)
{
    float longer = fmaxf((float)scene->image->width, (float)scene->image->height);
    vultus_detect_options options = {.min_face = detecting->smallest * longer / detecting->input};
    struct detect_call call = {.mips = scene->mips,
                               .width = scene->image->width,
                               .height = scene->image->height,
                               .options = &options};
    vultus_faces faces = {0};
    vultus_error error = {0};
    size_t met = 0;
    assert_ok(detecting->method->find(detecting->state, &call, &faces, &error), &error);
    for (size_t i = 0; i < json_array_size(wanted); i++)
        met += is_met(detecting, &faces, json_array_get(wanted, i), scene);
    detecting->wanted += json_array_size(wanted);
    detecting->met += met;
    detecting->extra += faces.count > met ? faces.count - met : 0;
    vultus_faces_clear(&faces);
}

static void detect_whole(const struct scene *scene, void *context)
{
    struct detecting *detecting = context;
    detect(detecting, scene, json_object_get(scene->golden, detecting->method->name));
}

static void detect_windows(const struct scene *scene, void *context)
{
    struct detecting *detecting = context;
    const json_t *windows = json_object_get(scene->golden, "windows");
    for (size_t i = 0; i < json_array_size(windows); i++) {
        const json_t *each = json_array_get(windows, i);
        const json_t *wanted = json_object_get(each, detecting->method->name);
        vultus_box box = box_of(json_object_get(each, "window"));
        vultus_pixels pixels = vultus_image_pixels(scene->image);
        struct scene window = {0};
        vultus_error error = {0};
        if (!wanted)
            continue;
        pixels.data += (size_t)box.y * pixels.stride + 3 * (size_t)box.x;
        pixels.width = (uint32_t)box.width;
        pixels.height = (uint32_t)box.height;
        assert_ok(vultus_image_wrap(&pixels, &window.image, &error), &error);
        assert_ok(mips_of(window.image, kernel_best(), &window.mips, &error), &error);
        detect(detecting, &window, wanted);
        vultus_image_free(window.image);
    }
}

/* `share` of the boxes must be met, and as few others be found. */
static void check_boxes(const struct detecting *start, const char *list, each_scene *visit,
                        double share)
{
    struct detecting detecting = *start;
    visit_scenes(list, visit, &detecting);
    print_message("%s, %s: %zu of %zu boxes met, %zu more, scores differ by up to %.4f\n",
                  detecting.method->name, list, detecting.met, detecting.wanted, detecting.extra,
                  detecting.off);
    assert_true(detecting.wanted >= 10);
    assert_true((double)detecting.met >= share * (double)detecting.wanted);
    assert_true((double)detecting.extra <= (1 - share) * (double)detecting.wanted);
}

static void check_detector(struct detecting *detecting)
{
    vultus_error error = {0};
    assert_ok(detecting->method->open(detecting->opened->model, &detecting->opened->part,
                                      &detecting->state, &error),
              &error);
    check_boxes(detecting, "windows", detect_windows, SHARE);
    check_boxes(detecting, "pictures", detect_whole, RESIZED_SHARE);
    detecting->method->close(detecting->state);
}

static void ssd_finds_the_same_boxes(void **state)
{
    struct opened opened = open_model("ssd");
    struct detecting detecting = {
        .method = &detect_ssd, .opened = &opened, .smallest = 64, .input = 512};
    (void)state;
    check_detector(&detecting);
    close_model(&opened);
}

static void tiny_finds_the_same_boxes(void **state)
{
    struct opened opened = open_model("tiny");
    struct detecting detecting = {.method = &detect_tiny, .opened = &opened, .input = 416};
    (void)state;
    for (size_t i = 0; i < opened.model->option_count; i++) {
        struct contract_option *option = &opened.model->options[i];
        if (!strcmp(option->name, "face_high"))
            option->values[0] = 4096; /* no second look at a smaller copy */
        if (!strcmp(option->name, "face_low"))
            detecting.smallest = option->values[0];
    }
    check_detector(&detecting);
    close_model(&opened);
}

/* ------------------------------------------------------------------ points */

struct pointing {
    void *finder;
    size_t faces;
    double sum, worst;
};

static void compare_points(struct pointing *pointing, const struct scene *scene, vultus_box square,
                           const json_t *wanted)
{
    float points[136];
    vultus_point shape[VULTUS_SHAPE_MAX];
    struct landmark_call call = {.mips = scene->mips,
                                 .width = scene->image->width,
                                 .height = scene->image->height,
                                 .box = square,
                                 .shape = shape};
    vultus_error error = {0};
    golden_floats(wanted, 136, points);
    assert_ok(landmark_net68.find(pointing->finder, &call, &error), &error);
    for (size_t i = 0; i < 68; i++) {
        double off = hypot((double)shape[i].x - (double)points[2 * i],
                           (double)shape[i].y - (double)points[2 * i + 1]);
        pointing->sum += off / 68;
        pointing->worst = fmax(pointing->worst, off);
    }
    pointing->faces++;
}

static void point_at_faces(const struct scene *scene, void *context)
{
    const json_t *faces = json_object_get(scene->golden, "faces");
    for (size_t i = 0; i < json_array_size(faces); i++) {
        const json_t *face = json_array_get(faces, i);
        compare_points(context, scene, box_of(json_object_get(face, "square")),
                       json_object_get(face, "points"));
    }
}

static void point_at_chips(const struct scene *scene, void *context)
{
    const json_t *chips = json_object_get(scene->golden, "chips");
    for (size_t i = 0; i < json_array_size(chips); i++) {
        const json_t *chip = json_array_get(chips, i);
        if (json_object_get(chip, "points"))
            compare_points(context, scene, box_of(json_object_get(chip, "rectangle")),
                           json_object_get(chip, "points"));
    }
}

static void the_points_are_the_same(void **state)
{
    static const struct {
        const char *list;
        each_scene *visit;
    } lists[] = {{"chips", point_at_chips}, {"pictures", point_at_faces}};
    struct opened opened = open_model("net68");
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct pointing pointing = {0};
        vultus_error error = {0};
        size_t count = 0;
        assert_ok(landmark_net68.open(opened.model, &opened.part, &pointing.finder, &count, &error),
                  &error);
        visit_scenes(lists[i].list, lists[i].visit, &pointing);
        landmark_net68.close(pointing.finder);
        print_message("%s: %zu faces, points differ by %.3f pixels on average, %.3f at most\n",
                      lists[i].list, pointing.faces, pointing.sum / (double)pointing.faces,
                      pointing.worst);
        assert_true(pointing.faces > 0);
        assert_true((i ? pointing.sum / (double)pointing.faces : pointing.worst) < POINT_OFF);
        assert_true(pointing.worst < 4 * POINT_OFF);
    }
    close_model(&opened);
}

/* ------------------------------------------------------------------ attributes */

struct describing {
    void *age_gender, *expression;
    size_t faces;
    double age_sum, age_worst, share_sum, share_worst;
};

static void describe(struct describing *describing, const struct scene *scene,
                     const vultus_face *face, const json_t *wanted)
{
    float shares[VULTUS_EXPRESSIONS];
    vultus_attributes got = {0};
    struct attributes_call call = {scene->mips, face, &got};
    vultus_error error = {0};
    golden_floats(json_object_get(wanted, "expression"), VULTUS_EXPRESSIONS, shares);
    assert_ok(attributes_age_gender.find(describing->age_gender, &call, &error), &error);
    assert_ok(attributes_expression.find(describing->expression, &call, &error), &error);
    double age = fabs((double)got.age - golden_number(wanted, "age"));
    double share = fabs((double)got.female - golden_number(wanted, "female"));
    for (size_t i = 0; i < VULTUS_EXPRESSIONS; i++)
        share = fmax(share, fabs((double)got.expression[i] - (double)shares[i]));
    describing->age_sum += age;
    describing->age_worst = fmax(describing->age_worst, age);
    describing->share_sum += share;
    describing->share_worst = fmax(describing->share_worst, share);
    describing->faces++;
}

static void describe_chips(const struct scene *scene, void *context)
{
    const json_t *chips = json_object_get(scene->golden, "chips");
    for (size_t i = 0; i < json_array_size(chips); i++) {
        const json_t *chip = json_array_get(chips, i);
        vultus_face face = {.box = box_of(json_object_get(chip, "rectangle"))};
        describe(context, scene, &face, chip);
    }
}

/* The part that is looked at comes from the points, and has the size of face-api's. */
static void describe_faces(const struct scene *scene, void *context)
{
    const json_t *faces = json_object_get(scene->golden, "faces");
    for (size_t i = 0; i < json_array_size(faces); i++) {
        const json_t *each = json_array_get(faces, i);
        vultus_face face = {.shape_count = 68};
        struct attributes_call call = {scene->mips, &face, NULL};
        float size[2];
        vultus_box box;
        golden_floats(json_object_get(each, "points"), 136, &face.shape[0].x);
        golden_floats(json_object_get(each, "aligned"), 2, size);
        assert_true(attributes_box(&call, &box));
        assert_float_equal(box.width, size[0], 1);
        assert_float_equal(box.height, size[1], 1);
        describe(context, scene, &face, each);
    }
}

static void the_attributes_are_the_same(void **state)
{
    struct opened age = open_model("age_gender"), expression = open_model("expression");
    struct describing exact = {0}, resized;
    vultus_error error = {0};
    (void)state;
    assert_ok(attributes_age_gender.open(age.model, &age.part, &exact.age_gender, &error), &error);
    assert_ok(
        attributes_expression.open(expression.model, &expression.part, &exact.expression, &error),
        &error);
    resized = exact;
    visit_scenes("chips", describe_chips, &exact);
    visit_scenes("pictures", describe_faces, &resized);
    attributes_age_gender.close(exact.age_gender);
    attributes_expression.close(exact.expression);
    close_model(&age);
    close_model(&expression);
    print_message("the same pixels: %zu faces, %.4f years and %.5f at most\n", exact.faces,
                  exact.age_worst, exact.share_worst);
    print_message("resized: %zu faces, %.2f years and %.4f on average, %.2f and %.3f at most\n",
                  resized.faces, resized.age_sum / (double)resized.faces,
                  resized.share_sum / (double)resized.faces, resized.age_worst,
                  resized.share_worst);
    assert_true(exact.age_worst < AGE_OFF);
    assert_true(exact.share_worst < CHANCE_OFF);
    assert_true(resized.age_sum / (double)resized.faces < RESIZED_AGE_OFF);
    assert_true(resized.share_sum / (double)resized.faces < RESIZED_CHANCE_OFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ssd_finds_the_same_boxes),
        cmocka_unit_test(tiny_finds_the_same_boxes),
        cmocka_unit_test(the_points_are_the_same),
        cmocka_unit_test(the_attributes_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
