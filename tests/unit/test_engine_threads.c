/*
 * An engine among threads: many callers at once, or one call on several threads, give to the last bit
 * what one thread alone gives.
 */
#include "golden.h"

#include <pthread.h>

#define CALLERS 4
#define ROUNDS 2
#define MIN_FACE 40

struct answer {
    vultus_faces faces;
    float *embeddings;
    size_t dimension;
    vultus_error error;
    bool failed;
};

static struct answer look(vultus_engine *engine, const vultus_image *image)
{
    struct answer answer = {.dimension = vultus_engine_dimension(engine)};
    vultus_detect_options options = {.min_face = MIN_FACE};
    answer.failed = vultus_detect(engine, image, &options, &answer.faces, &answer.error) ||
                    vultus_embed(engine, image, answer.faces.items, answer.faces.count, NULL,
                                 &answer.embeddings, &answer.error);
    return answer;
}

static void clear(struct answer *answer)
{
    vultus_embeddings_free(answer->embeddings, answer->faces.count * answer->dimension);
    vultus_faces_clear(&answer->faces);
}

static void need_same(const struct answer *a, const struct answer *b)
{
    if (b->failed)
        fail_msg("%s", b->error.message);
    assert_int_equal(a->faces.count, b->faces.count);
    assert_memory_equal(a->faces.items, b->faces.items, a->faces.count * sizeof *a->faces.items);
    assert_memory_equal(a->embeddings, b->embeddings,
                        a->faces.count * a->dimension * sizeof *a->embeddings);
}

struct caller {
    pthread_t thread;
    vultus_engine *engine;
    const vultus_image *image;
    struct answer answers[ROUNDS];
};

static void *call(void *argument)
{
    struct caller *caller = argument;
    for (size_t i = 0; i < ROUNDS; i++)
        caller->answers[i] = look(caller->engine, caller->image);
    return NULL;
}

static vultus_engine *open_engine(unsigned threads)
{
    vultus_engine_options options = {.threads = threads};
    vultus_engine *engine = NULL;
    vultus_error error = {0};
    assert_ok(vultus_engine_open(&options, &engine, &error), &error);
    return engine;
}

static void call_at_once(vultus_engine *engine, const vultus_image *image,
                         const struct answer *alone)
{
    struct caller callers[CALLERS];
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.engine = engine, .image = image};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    }
    for (size_t i = 0; i < CALLERS; i++)
        pthread_join(callers[i].thread, NULL);
    for (size_t i = 0; i < CALLERS; i++)
        for (size_t k = 0; k < ROUNDS; k++) {
            need_same(alone, &callers[i].answers[k]);
            clear(&callers[i].answers[k]);
        }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    golden_need_models();
    vultus_image *image = golden_any_picture();
    if (!image)
        support_skip("none of the pictures is here");
    vultus_engine *engine = open_engine(1);
    struct answer alone = look(engine, image);
    if (alone.failed)
        fail_msg("%s", alone.error.message);
    assert_true(alone.faces.count > 0);
    call_at_once(engine, image, &alone);
    vultus_timings timings;
    vultus_engine_timings(engine, &timings);
    assert_int_equal(timings.pictures, 1 + CALLERS * ROUNDS);
    vultus_engine_close(engine);

    static const unsigned threads[] = {2, 3, 8};
    for (size_t i = 0; i < 3; i++) {
        engine = open_engine(threads[i]);
        struct answer together = look(engine, image);
        need_same(&alone, &together);
        clear(&together);
        if (threads[i] == 3) /* one of the callers has the pool, the others work alone */
            call_at_once(engine, image, &alone);
        vultus_engine_close(engine);
    }
    clear(&alone);
    vultus_image_free(image);
}

/* Faces that are embedded on several threads, in batches that depend on how many there are. */
static void many_faces_are_in_order(void **state)
{
    enum { COUNT = 21 };
    (void)state;
    golden_need_models();
    vultus_image *image = golden_any_picture();
    if (!image)
        support_skip("none of the pictures is here");
    vultus_face faces[COUNT];
    float *embeddings[2];
    vultus_error error = {0};
    for (size_t k = 0; k < 2; k++) {
        vultus_engine *engine = open_engine(k ? 3 : 1);
        for (size_t i = 0; i < COUNT; i++) {
            faces[i] = vultus_face_whole(engine, image);
            for (size_t p = 0; p < VULTUS_LANDMARKS; p++)
                faces[i].landmarks[p].y += 5 * (float)i;
        }
        assert_ok(vultus_embed(engine, image, faces, COUNT, NULL, &embeddings[k], &error), &error);
        size_t dimension = vultus_engine_dimension(engine);
        for (size_t i = 0; k && i < COUNT; i++) {
            double dot = 0;
            for (size_t d = 0; d < dimension; d++)
                dot += (double)embeddings[0][i * dimension + d] *
                       (double)embeddings[1][i * dimension + d];
            if (!(dot > 0.99999))
                fail_msg("face %zu: cosine %.6f", i, dot);
        }
        if (k) {
            vultus_embeddings_free(embeddings[0], COUNT * dimension);
            vultus_embeddings_free(embeddings[1], COUNT * dimension);
        }
        vultus_engine_close(engine);
    }
    vultus_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(many_faces_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
