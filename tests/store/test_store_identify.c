/* Identification through the public interface: who is nearest, by how much, and when nobody is. */
#include "store_support.h"

#define MODEL "synthetic@00000001"
#define OTHER "another@00000002"

/* A unit vector whose cosine with the first axis is given, towards the other axis. */
static void towards(float cosine, size_t axis, float out[DIMENSION])
{
    memset(out, 0, DIMENSION * sizeof *out);
    out[0] = cosine;
    out[axis] = sqrtf(1 - cosine * cosine);
}

static void enroll_vector(vultus_gallery *gallery, const char *name, uint64_t seed, float *vector)
{
    vultus_error error = {0};
    struct vultus_sample sample = *fake_sample(seed, MODEL, DIMENSION);
    sample.embedding = vector;
    assert_ok(vultus_gallery_enroll(gallery, name, NULL, &sample, NULL, &error), &error);
}

static void an_empty_gallery_knows_nobody(void **state)
{
    (void)state;
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_identity who;
    vultus_match matches[4];
    size_t count = 9;
    float probe[DIMENSION];
    memset(&who, 0x55, sizeof who);
    towards(1, 1, probe);
    assert_ok(vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error), &error);
    assert_false(who.match);
    assert_int_equal(who.people, 0);
    assert_string_equal(who.best.name, "");
    assert_string_equal(who.second.name, "");
    assert_true(who.margin == 0 && who.threshold == 0.5f && who.best.cosine == -1);
    assert_ok(vultus_gallery_rank(gallery, engine, probe, NULL, matches, 4, &count, &error),
              &error);
    assert_int_equal(count, 0);
    vultus_gallery_close(gallery);
}

static void the_nearest_person_is_named(void **state)
{
    (void)state;
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_identity who;
    vultus_comparison pair;
    vultus_match matches[10];
    size_t count = 0;
    float probe[DIMENSION], vector[DIMENSION];
    towards(1, 1, probe);
    towards(0.8f, 1, vector);
    enroll_vector(gallery, "Ada", 1, vector);
    assert_ok(vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error), &error);
    assert_true(who.match && who.people == 1);
    assert_string_equal(who.best.name, "Ada");
    assert_string_equal(who.second.name, "");
    assert_float_equal(who.best.cosine, 0.8f, 1e-6);
    assert_float_equal(who.best.distance, 0.2f, 1e-6);
    assert_float_equal(who.margin, 1.8f, 1e-6);
    assert_ok(vultus_compare(engine, probe, vector, NULL, &pair, &error), &error);
    assert_true(pair.cosine == who.best.cosine && pair.distance == who.best.distance);

    towards(0.7f, 2, vector); /* a second face of Ada is nearer than all of Grace's */
    enroll_vector(gallery, "Ada", 2, vector);
    towards(0.6f, 3, vector);
    enroll_vector(gallery, "Grace", 3, vector);
    towards(-0.5f, 4, vector);
    enroll_vector(gallery, "Emmy", 4, vector);
    assert_ok(vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error), &error);
    assert_int_equal(who.people, 3);
    assert_string_equal(who.best.name, "Ada");
    assert_string_equal(who.second.name, "Grace");
    assert_float_equal(who.margin, 0.2f, 1e-6);

    vultus_decision strict = {.has_threshold = true, .threshold = 0.81f};
    assert_ok(vultus_gallery_identify(gallery, engine, probe, &strict, &who, &error), &error);
    assert_false(who.match);
    assert_string_equal(who.best.name, "Ada");
    vultus_decision euclidean = {.metric = VULTUS_METRIC_EUCLIDEAN};
    assert_ok(vultus_gallery_identify(gallery, engine, probe, &euclidean, &who, &error), &error);
    assert_true(who.match);
    assert_float_equal(who.best.distance, sqrtf(0.4f), 1e-6);
    assert_float_equal(who.best.cosine, 0.8f, 1e-6);
    assert_float_equal(who.threshold, 1, 1e-6); /* sqrt(2 - 2 * 0.5) */

    assert_ok(vultus_gallery_rank(gallery, engine, probe, NULL, matches, 10, &count, &error),
              &error);
    assert_int_equal(count, 3);
    assert_string_equal(matches[0].name, "Ada");
    assert_string_equal(matches[1].name, "Grace");
    assert_string_equal(matches[2].name, "Emmy");
    vultus_decision top = {.top = 2};
    assert_ok(vultus_gallery_rank(gallery, engine, probe, &top, matches, 10, &count, &error),
              &error);
    assert_int_equal(count, 2);
    assert_ok(vultus_gallery_rank(gallery, engine, probe, NULL, matches, 1, &count, &error),
              &error);
    assert_int_equal(count, 1);

    top.top = VULTUS_TOP_MAX + 1;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_identify(gallery, engine, probe, &top, &who, &error), &error,
                 "100");
    probe[0] = NAN;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error), &error,
                 "probe");
    vultus_gallery_close(gallery);
}

static void only_one_embedder_is_compared(void **state)
{
    (void)state;
    struct fake_engine fake, other;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    const vultus_engine *second = fake_engine(&other, OTHER, 16, 0.5f);
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    vultus_identity who;
    float probe[DIMENSION], small[16];
    fake_embedding(1, DIMENSION, probe);
    fake_embedding(1, 16, small);
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    assert_error(VULTUS_ERR_MISMATCH,
                 vultus_gallery_identify(gallery, second, small, NULL, &who, &error), &error,
                 "the gallery's faces are by " MODEL ", this embedder is " OTHER
                 "; run: vultus gallery migrate --to MODEL");
    assert_ok(vultus_gallery_enroll(gallery, "Emmy", NULL, fake_sample(1, OTHER, 16), NULL, &error),
              &error);
    assert_ok(vultus_gallery_identify(gallery, second, small, NULL, &who, &error), &error);
    assert_int_equal(who.people, 1);
    assert_string_equal(who.best.name, "Emmy");
    assert_ok(vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error), &error);
    assert_int_equal(who.people, 2);
    assert_string_equal(who.best.name, "Ada");
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_gallery_knows_nobody),
        cmocka_unit_test(the_nearest_person_is_named),
        cmocka_unit_test(only_one_embedder_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
