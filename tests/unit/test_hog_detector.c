/* The HOG detector: its pyramid, its options, threads, memory that runs out, and filters it refuses. */
#include "base/memory.h"
#include "hog_made_up.h"

/* ------------------------------------------------------------------ the pyramid */

static void pyramids_keep_what_is_flat(void **unused)
{
    const struct hog_kernels *kernels = hog_kernels_best();
    vultus_error error = {0};
    (void)unused;
    for (uint32_t width = 1; width < 90; width += 11)
        for (uint32_t up = 0; up < 2; up++) {
            struct hog_level from, to;
            uint8_t *pixels = mem_aligned(hog_level_shape(&from, width, 40, 3), 1);
            memset(pixels, 200, from.plane * 3);
            from.pixels = pixels;
            uint32_t size = up ? 2 * width + 2 : width * 5 / 6;
            uint8_t *made = mem_aligned(hog_level_shape(&to, size, up ? 81 : 33, 3), 1);
            const struct hog_making making = {kernels, &from, &to, made};
            assert_ok(hog_resize(&making, NULL, &error), &error);
            for (size_t p = 0; p < 3; p++)
                for (uint32_t y = 0; y < to.height; y++)
                    for (uint32_t x = 0; x < to.width; x++) /* cut off, not rounded */
                        assert_in_range(made[p * to.plane + y * to.stride + x], 199, 200);
            mem_free(pixels);
            mem_free(made);
        }
}

static void rgb_and_planes_make_the_same_level(void **unused)
{
    const struct hog_kernels *kernels = hog_kernels_best();
    vultus_error error = {0};
    (void)unused;
    fill_picture(101, 77, false);
    struct hog_level rgb = level_of_picture(), split, to[2];
    uint8_t *pixels = mem_aligned(hog_level_shape(&split, 101, 77, 3), 1), *made[2];
    for (uint32_t y = 0; y < 77; y++)
        kernels->split(picture.rgb[y][0], 101, pixels + y * split.stride,
                       pixels + split.plane + y * split.stride,
                       pixels + 2 * split.plane + y * split.stride);
    split.pixels = pixels;
    for (size_t i = 0; i < 2; i++) {
        made[i] = mem_aligned(hog_level_shape(&to[i], 84, 64, 3), 1);
        const struct hog_making making = {kernels, i ? &split : &rgb, &to[i], made[i]};
        assert_ok(hog_resize(&making, NULL, &error), &error);
    }
    for (size_t p = 0; p < 3; p++)
        for (uint32_t y = 0; y < 64; y++)
            assert_memory_equal(made[0] + p * to[0].plane + y * to[0].stride,
                                made[1] + p * to[1].plane + y * to[1].stride, 84);
    mem_free(pixels);
    mem_free(made[0]);
    mem_free(made[1]);
}

/* ------------------------------------------------------------------ the detector */

static vultus_status find(void *detector, struct pool *pool, const vultus_detect_options *options,
                          vultus_faces *faces, vultus_error *error)
{
    struct mips mips = {
        .count = 1,
        .levels = {{picture.width, picture.height, sizeof picture.rgb[0], picture.rgb[0][0]}}};
    struct detect_call call = {.mips = &mips,
                               .width = picture.width,
                               .height = picture.height,
                               .options = options,
                               .pool = pool};
    return detect_hog.find(detector, &call, faces, error);
}

static void threads_change_nothing(void **unused)
{
    struct weights *weights;
    void *detector;
    vultus_error error = {0};
    (void)unused;
    assert_ok(open_detector(&weights, &detector, &error), &error);
    for (unsigned upsample = 0; upsample < 3; upsample++)
        for (int grey = 0; grey < 2; grey++) {
            const vultus_detect_options options = {.thresholds = {-0.3f}, .upsample = upsample};
            vultus_faces alone = {0};
            fill_picture(128, 125, grey);
            assert_ok(find(detector, NULL, &options, &alone, &error), &error);
            assert_true(alone.count > 0);
            for (unsigned threads = 1; threads <= 5; threads += 2) {
                vultus_faces faces = {0};
                struct pool *pool;
                assert_ok(pool_open(threads, &pool, &error), &error);
                assert_ok(find(detector, pool, &options, &faces, &error), &error);
                assert_int_equal(faces.count, alone.count);
                assert_memory_equal(faces.items, alone.items, alone.count * sizeof *alone.items);
                vultus_faces_clear(&faces);
                pool_close(pool);
            }
            vultus_faces_clear(&alone);
        }
    detect_hog.close(detector);
    weights_close(weights);
}

static void options_are_kept_to(void **unused)
{
    struct weights *weights;
    void *detector;
    vultus_error error = {0};
    vultus_faces faces = {0};
    (void)unused;
    assert_ok(open_detector(&weights, &detector, &error), &error);
    fill_picture(128, 128, false);
    assert_ok(find(detector, NULL, &(vultus_detect_options){.thresholds = {-5}, .min_face = 85},
                   &faces, &error),
              &error);
    assert_true(faces.count > 0);
    for (size_t i = 0; i < faces.count; i++) {
        assert_true(faces.items[i].box.width >= 85);
        assert_true(faces.items[i].score > 0 && faces.items[i].score < 1);
    }
    vultus_faces_clear(&faces);
    assert_ok(find(detector, NULL, &(vultus_detect_options){.thresholds = {9}}, &faces, &error),
              &error);
    assert_int_equal(faces.count, 0);
    assert_error(VULTUS_ERR_ARGUMENT,
                 find(detector, NULL, &(vultus_detect_options){.upsample = VULTUS_UPSAMPLE_MAX + 1},
                      &faces, &error),
                 &error, "at most 4 times");
    picture.width = picture.height = 8000; /* refused before a pixel is looked at */
    assert_error(VULTUS_ERR_LIMIT,
                 find(detector, NULL, &(vultus_detect_options){.upsample = 1}, &faces, &error),
                 &error, "doubled 1 times the picture would have 256 megapixels, at most 200");
    detect_hog.close(detector);
    weights_close(weights);
}

/* On several threads nobody may wait for a level that is never made. */
static void memory_runs_out(void *detector, struct pool *pool)
{
    const vultus_detect_options options = {.thresholds = {-0.3f}, .upsample = 1};
    vultus_error error = {0};
    long n = 1;
    for (bool failed = true; failed; n++) {
        vultus_faces faces = {0};
        long live = mem_live();
        mem_fail_after(n, false);
        vultus_status status = find(detector, pool, &options, &faces, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        vultus_faces_clear(&faces);
        assert_int_equal(mem_live(), live);
    }
    assert_true(n > 10);
}

static void running_out_of_memory_is_a_status(void **unused)
{
    struct weights *weights;
    struct pool *pool;
    void *detector;
    vultus_error error = {0};
    vultus_faces faces = {0};
    (void)unused;
    assert_ok(open_detector(&weights, &detector, &error), &error);
    fill_picture(128, 110, false);
    memory_runs_out(detector, NULL);
    assert_ok(pool_open(3, &pool, &error), &error);
    assert_ok(find(detector, pool, &(vultus_detect_options){0}, &faces, &error), &error);
    vultus_faces_clear(&faces); /* the threads are there now */
    memory_runs_out(detector, pool);
    pool_close(pool);
    detect_hog.close(detector);
    weights_close(weights);
}

static void odd_filters_are_refused(void **unused)
{
    static const struct {
        size_t at;
        uint8_t plane, detector;
        float factor, threshold;
        const char *why;
    } odd[] = {{0, 31, 0, 1, 0, "product 0 of the HOG filters is of no plane"},
               {4, 28, 2, 1, 0, "product 4 of the HOG filters is of no plane or filter"},
               {4, 28, 0, 1, 0, "out of order"},
               {2, 20, 0, INFINITY, 0, "not finite"},
               {2, 20, 0, 1, NAN, "not finite"}};
    (void)unused;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct weights *weights;
        void *detector = NULL;
        vultus_error error = {0};
        uint8_t plane = planes[odd[i].at], owner = detectors[odd[i].at];
        float threshold = thresholds[1];
        long live = mem_live();
        planes[odd[i].at] = odd[i].plane;
        detectors[odd[i].at] = odd[i].detector;
        thresholds[1] = odd[i].threshold;
        make_factors();
        factors[odd[i].at][1][3] = odd[i].factor;
        size_t size;
        const void *file = filters_file(&size);
        assert_ok(weights_wrap(file, size, "hog.safetensors", &weights, &error), &error);
        struct contract_model contract = {.id = "odd"};
        struct model_part part = {.weights = weights};
        assert_error(VULTUS_ERR_MODEL, detect_hog.open(&contract, &part, &detector, &error), &error,
                     odd[i].why);
        assert_null(detector);
        weights_close(weights);
        assert_int_equal(mem_live(), live);
        planes[odd[i].at] = plane;
        detectors[odd[i].at] = owner;
        thresholds[1] = threshold;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pyramids_keep_what_is_flat),
        cmocka_unit_test(rgb_and_planes_make_the_same_level),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(options_are_kept_to),
        cmocka_unit_test(running_out_of_memory_is_a_status),
        cmocka_unit_test(odd_filters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
