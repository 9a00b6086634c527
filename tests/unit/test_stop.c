/* Long calls that are given up: by every detector that is installed, while chips are embedded, on one thread and several. */
#include "golden.h"

#include <stdatomic.h>

struct counter {
    atomic_uint asked;
    unsigned most; /* then it is enough */
};

static bool ask(void *context)
{
    struct counter *counter = context;
    return atomic_fetch_add(&counter->asked, 1) >= counter->most;
}

static void stop_detection(vultus_engine *engine, const vultus_image *image)
{
    struct counter counter = {.most = UINT32_MAX};
    const vultus_stop stop = {ask, &counter};
    const vultus_detect_options options = {.stop = &stop};
    vultus_faces faces = {0};
    vultus_error error = {0};
    assert_ok(vultus_detect(engine, image, NULL, &faces, &error), &error);
    size_t count = faces.count;
    vultus_faces_clear(&faces);
    assert_ok(vultus_detect(engine, image, &options, &faces, &error), &error);
    assert_int_equal(faces.count, count); /* asking changes nothing */
    vultus_faces_clear(&faces);
    unsigned all = atomic_load(&counter.asked);
    assert_true(all > 0);
    const unsigned moments[] = {0, all / 2, all - 1};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        atomic_store(&counter.asked, 0);
        counter.most = moments[i];
        assert_int_equal(vultus_detect(engine, image, &options, &faces, &error),
                         VULTUS_ERR_CANCELLED);
        assert_null(faces.items);
        assert_true(atomic_load(&counter.asked) <= all);
    }
    atomic_store(&counter.asked, 0);
    counter.most = all;
    assert_ok(vultus_detect(engine, image, &options, &faces, &error), &error);
    vultus_faces_clear(&faces);
}

static void detectors(void **state)
{
    size_t tried = 0;
    vultus_image *image = NULL;
    vultus_error error = {0};
    (void)state;
    const char *path = support_data("face_recognition/examples/two_people.jpg");
    if (!path)
        support_skip("there is no test picture");
    assert_ok(vultus_image_read(path, NULL, &image, &error), &error);
    for (size_t i = 0; vultus_pipeline(i, NULL); i++)
        for (unsigned threads = 1; threads <= 3; threads += 2) {
            const vultus_engine_options options = {
                .pipeline = vultus_pipeline(i, NULL), .threads = threads, .detect_only = true};
            vultus_engine *engine = NULL;
            if (vultus_engine_open(&options, &engine, &error))
                continue; /* is not installed */
            stop_detection(engine, image);
            vultus_engine_close(engine);
            tried++;
        }
    vultus_image_free(image);
    if (!tried)
        support_skip("no model pack is installed");
}

/* Enrolment passes it on to both; a chip of many is enough to see it. */
static void embedding(void **state)
{
    struct counter counter = {.most = 5};
    const vultus_stop stop = {ask, &counter};
    const vultus_embed_options embed = {.jitter = 50, .stop = &stop};
    const vultus_sample_options whole = {.whole_picture = true, .embed = embed};
    vultus_sample_options find = {.detect = {.stop = &stop}};
    vultus_engine *engine = NULL;
    vultus_image *image = NULL;
    vultus_sample *sample = NULL;
    float *embeddings = NULL;
    vultus_error error = {0};
    (void)state;
    golden_need_models();
    assert_ok(vultus_engine_open(NULL, &engine, &error), &error);
    const char *path = support_data("face_recognition/examples/biden.jpg");
    if (!path)
        support_skip("there is no test picture");
    assert_ok(vultus_image_read(path, NULL, &image, &error), &error);
    const vultus_face face = vultus_face_whole(engine, image);
    assert_int_equal(vultus_embed(engine, image, &face, 1, &embed, &embeddings, &error),
                     VULTUS_ERR_CANCELLED);
    assert_null(embeddings);
    assert_int_equal(atomic_load(&counter.asked), 6);
    assert_int_equal(vultus_sample_take(engine, image, &whole, &sample, &error),
                     VULTUS_ERR_CANCELLED);
    assert_int_equal(vultus_sample_take(engine, image, &find, &sample, &error),
                     VULTUS_ERR_CANCELLED);
    assert_null(sample);
    vultus_image_free(image);
    vultus_engine_close(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(detectors), cmocka_unit_test(embedding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
