/*
 * Memory runs out in the engine: the n-th allocation fails, for n = 1, 2, 3, ... until nothing fails
 * any more. Every call says so, leaves its outputs alone and gives back what it took. While contracts
 * are read jansson's memory is ours as well, but it does without, or says that the JSON is wrong;
 * what ONNX Runtime allocates for itself is not reached.
 */
#include "base/memory.h"
#include "golden.h"

#define MIN_FACE 150 /* pixels: a coarse search is as many allocations in less time */

struct scene {
    vultus_engine *engine;
    const vultus_image *image;
    vultus_faces faces;
    const char *folder; /* of the models */
};

static bool jansson_failed; /* since the call began */

static void *jansson_alloc(size_t size)
{
    void *block = mem_alloc(size);
    jansson_failed = jansson_failed || !block;
    return block;
}

/* Each call clears what it got, and fails the test where an output has changed after a failure. */
typedef vultus_status call(struct scene *scene, vultus_error *error);

static vultus_status call_open(struct scene *scene, vultus_error *error)
{
    vultus_engine *const untouched = (vultus_engine *)scene, *engine = untouched;
    vultus_status status = vultus_engine_open(NULL, &engine, error);
    if (status)
        assert_ptr_equal(engine, untouched);
    else
        vultus_engine_close(engine);
    return status;
}

static vultus_status call_open_threads(struct scene *scene, vultus_error *error)
{
    vultus_engine_options options = {.threads = 3};
    vultus_engine *engine = NULL;
    vultus_status status = vultus_engine_open(&options, &engine, error);
    (void)scene;
    assert_true(!status == !!engine);
    vultus_engine_close(engine);
    return status;
}

static vultus_status call_detect(struct scene *scene, vultus_error *error)
{
    vultus_detect_options options = {.min_face = MIN_FACE};
    vultus_faces faces = {(vultus_face *)scene, 77};
    vultus_status status = vultus_detect(scene->engine, scene->image, &options, &faces, error);
    if (status) {
        assert_ptr_equal(faces.items, scene);
        assert_int_equal(faces.count, 77);
    } else {
        assert_int_equal(faces.count, scene->faces.count);
        vultus_faces_clear(&faces);
    }
    return status;
}

static vultus_status embed(struct scene *scene, bool flip, vultus_error *error)
{
    vultus_embed_options options = {.flip = flip};
    float *embeddings = (float *)(void *)scene;
    vultus_status status = vultus_embed(scene->engine, scene->image, scene->faces.items,
                                        scene->faces.count, &options, &embeddings, error);
    if (status)
        assert_ptr_equal(embeddings, scene);
    else
        vultus_embeddings_free(embeddings,
                               scene->faces.count * vultus_engine_dimension(scene->engine));
    return status;
}

static vultus_status call_embed(struct scene *scene, vultus_error *error)
{
    return embed(scene, false, error);
}

static vultus_status call_embed_flipped(struct scene *scene, vultus_error *error)
{
    return embed(scene, true, error);
}

static vultus_status call_sample(struct scene *scene, vultus_error *error)
{
    vultus_sample_options options = {.detect = {.min_face = MIN_FACE}, .largest = true};
    vultus_sample *sample = NULL;
    vultus_status status =
        vultus_sample_take(scene->engine, scene->image, &options, &sample, error);
    assert_true(!status == !!sample);
    if (sample)
        assert_int_equal(vultus_sample_verdict(sample), VULTUS_SAMPLE_OK);
    vultus_sample_free(sample);
    return status;
}

static vultus_status call_list(struct scene *scene, vultus_error *error)
{
    vultus_models models = {(vultus_model *)scene, 77};
    vultus_status status = vultus_models_list(scene->folder, &models, error);
    if (status) {
        assert_ptr_equal(models.items, scene);
        assert_int_equal(models.count, 77);
    } else {
        assert_true(models.count >= 2 || jansson_failed); /* none is left out for want of memory */
        vultus_models_clear(&models);
    }
    return status;
}

static vultus_status call_read(struct scene *scene, vultus_error *error)
{
    vultus_models models = {0};
    vultus_status status =
        vultus_models_read(support_source("models/mobile/pack.json"), &models, error);
    (void)scene;
    assert_true(!status == !!models.items);
    vultus_models_clear(&models);
    return status;
}

static vultus_status call_check(struct scene *scene, vultus_error *error)
{
    return vultus_models_check(scene->folder, PACK_DEFAULT, error);
}

static void run_out(struct scene *scene, const char *name, call *what, bool for_good)
{
    bool failed = true;
    long n;
    for (n = 1; failed; n++) {
        vultus_error error = {0};
        long live = mem_live();
        jansson_failed = false;
        mem_fail_after(n, for_good);
        vultus_status status = what(scene, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        bool told = status == (failed ? VULTUS_ERR_MEMORY : VULTUS_OK) ||
                    (jansson_failed && (!status || status == VULTUS_ERR_FORMAT));
        if (!told)
            fail_msg("%s, allocation %ld: status %d: %s", name, n, status, error.message);
        if (status && (error.code != status || !error.message[0]))
            fail_msg("%s, allocation %ld: no message", name, n);
        if (mem_live() != live)
            fail_msg("%s, allocation %ld: %ld blocks were not given back", name, n,
                     mem_live() - live);
        if (n > 100000)
            fail_msg("%s: no end", name);
    }
    print_message("%s, %s: %ld allocations\n", name, for_good ? "for good" : "once", n - 2);
}

static void run_out_both(struct scene *scene, const char *name, call *what)
{
    run_out(scene, name, what, false);
    run_out(scene, name, what, true);
}

/* A folder of its own with one pack: jansson itself reads over the end of a string whose last byte
 * found no memory, which texts of just the wrong length in other packs would meet. */
static const char *folder_of_packs(void)
{
    static char folder[FILE_PATH_MAX]; /* the places that support_join gives are used again */
    struct buffer text;
    vultus_error error = {0};
    snprintf(folder, sizeof folder, "%s", support_join(support_folder(), "packs"));
    assert_ok(file_read(support_source("models/mobile/pack.json"), 1 << 20, &text, &error), &error);
    assert_ok(file_make_folders(support_join(folder, "mobile"), &error), &error);
    assert_ok(file_write(support_join(folder, "mobile/pack.json"), text.data, text.size, &error),
              &error);
    buffer_clear(&text);
    return folder;
}

static void packs_are_listed_or_not(void **state)
{
    struct scene scene = {0};
    (void)state;
    golden_need_models();
    scene.folder = folder_of_packs();
    json_set_alloc_funcs(jansson_alloc, mem_free);
    run_out_both(&scene, "read", call_read);
    run_out_both(&scene, "list", call_list);
    json_set_alloc_funcs(malloc, free);
}

static void engines_are_opened_or_not(void **state)
{
    struct scene scene = {0};
    (void)state;
    golden_need_models();
    run_out_both(&scene, "open", call_open);
    run_out(&scene, "open with threads", call_open_threads, false);
    run_out(&scene, "check", call_check, false);
}

static void pictures_are_looked_at_or_not(void **state)
{
    (void)state;
    golden_need_models();
    for (unsigned threads = 1; threads <= 2; threads++) {
        vultus_engine_options options = {.threads = threads};
        vultus_detect_options detect = {.min_face = MIN_FACE};
        vultus_image *image = golden_any_picture();
        struct scene scene = {.image = image};
        vultus_error error = {0};
        if (!image)
            support_skip("none of the pictures is here");
        assert_ok(vultus_engine_open(&options, &scene.engine, &error), &error);
        assert_ok(vultus_detect(scene.engine, image, &detect, &scene.faces, &error), &error);
        assert_true(scene.faces.count > 0);
        run_out(&scene, "detect", call_detect, false);
        run_out(&scene, "sample", call_sample, true);
        run_out_both(&scene, "embed", call_embed);
        run_out(&scene, "embed flipped", call_embed_flipped, false);
        vultus_faces_clear(&scene.faces);
        vultus_engine_close(scene.engine);
        vultus_image_free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packs_are_listed_or_not),
        cmocka_unit_test(engines_are_opened_or_not),
        cmocka_unit_test(pictures_are_looked_at_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
