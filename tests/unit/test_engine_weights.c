/* An engine with weights so large that they are hashed beside: a file that was changed gives nothing. */
#include "base/file.h"
#include "base/hash.h"
#include "forest.h"
#include "hog_made_up.h"

#include <sys/stat.h>

static struct tensors forest_tensors; /* the detector has its own */

#define LARGE ((size_t)5 << 20)

static const char *put(const char *folder, const char *pack, const char *file, const void *bytes,
                       size_t size)
{
    vultus_error error = {0};
    const char *path = support_join(support_join(folder, pack), file);
    assert_ok(file_write(path, bytes, size, &error), &error);
    return path;
}

static void put_pack(const char *folder, const char *name, const char *model, const void *bytes,
                     size_t size)
{
    char text[1024], hex[HASH_HEX_SIZE];
    uint8_t hash[HASH_SIZE];
    vultus_error error = {0};
    mkdir(support_join(folder, name), 0700);
    assert_ok(hash_bytes(bytes, size, hash, &error), &error);
    hash_hex(hash, hex);
    int length = snprintf(text, sizeof text,
                          "{\"format\":1,\"name\":\"%s\",\"models\":[{%s,\"networks\":[{\"role\":"
                          "\"%s\",\"file\":\"w.safetensors\",\"sha256\":\"%s\",\"bytes\":%zu}]}]}",
                          name, model, strcmp(name, "hog") ? "trees" : "filters", hex, size);
    put(folder, name, "pack.json", text, (size_t)length);
    put(folder, name, "w.safetensors", bytes, size);
}

/* A made-up HOG detector, and a forest with a long tail of zeros, as packs; returns the forest's bytes. */
static uint8_t *put_packs(const char *folder)
{
    size_t size;
    make_factors();
    const void *filters = filters_file(&size);
    put_pack(
        folder, "hog",
        "\"id\":\"hog\",\"kind\":\"detector\",\"method\":\"hog\",\"options\":{\"threshold\":0}",
        filters, size);
    uint8_t *forest = calloc(1, LARGE);
    const void *file = forest_file(&forest_good, &forest_tensors, &size);
    memcpy(forest, file, size);
    put_pack(folder, "trees", "\"id\":\"trees\",\"kind\":\"landmarks\",\"method\":\"trees\"",
             forest, LARGE);
    return forest;
}

static vultus_engine *open_engine(const char *folder)
{
    vultus_engine_options options = {
        .models = folder, .detector = "hog", .landmarks = "trees", .detect_only = true};
    vultus_engine *engine = NULL;
    vultus_error error = {0};
    assert_ok(vultus_engine_open(&options, &engine, &error), &error);
    return engine;
}

static void changed_weights_give_nothing(void **unused)
{
    (void)unused;
    const char *folder = support_folder();
    uint8_t *forest = put_packs(folder);
    vultus_error error = {0};
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    vultus_face face = {.box = {10, 10, 80, 80}}, before = face;
    fill_picture(128, 128, false);
    const vultus_pixels pixels = {picture.rgb[0][0], 128, 128, sizeof picture.rgb[0],
                                  VULTUS_PIXELS_RGB};
    assert_ok(vultus_image_wrap(&pixels, &image, &error), &error);

    vultus_engine *engine = open_engine(folder);
    assert_ok(vultus_detect(engine, image, NULL, &faces, &error), &error);
    assert_int_not_equal(faces.count, 0);
    assert_int_equal(faces.items[0].shape_count, 5);
    vultus_faces_clear(&faces);
    assert_ok(vultus_find_shape(engine, image, &face, &error), &error);
    assert_int_equal(face.shape_count, 5);
    assert_ok(vultus_engine_check(engine, NULL, &error), &error);
    vultus_engine_close(engine);

    forest[LARGE - 1] ^= 1;
    put(folder, "trees", "w.safetensors", forest, LARGE);
    engine = open_engine(folder);
    faces = (vultus_faces){NULL, 77};
    face = before;
    for (size_t i = 0; i < 2; i++) {
        assert_error(VULTUS_ERR_MODEL, vultus_detect(engine, image, NULL, &faces, &error), &error,
                     "run: vultus models install trees --force");
        assert_error(VULTUS_ERR_MODEL, vultus_find_shape(engine, image, &face, &error), &error,
                     "w.safetensors is not the file of its contract");
        assert_error(VULTUS_ERR_MODEL, vultus_engine_check(engine, NULL, &error), &error, "SHA-256");
    }
    assert_int_equal(faces.count, 77);
    assert_memory_equal(&face, &before, sizeof face);
    vultus_engine_close(engine);
    assert_error(VULTUS_ERR_MODEL, vultus_models_check(folder, "trees", &error), &error, "SHA-256");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_engine_check(NULL, NULL, &error), &error, "engine");
    vultus_image_free(image);
    free(forest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changed_weights_give_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
