/* Names of fusions, and that the cosine of fused embeddings is the weighted mean of the parts'. */
#include "base/memory.h"
#include "base/random.h"
#include "engine/fusion.h"
#include "support.h"

#include <math.h>

static void names_are_read(void **state)
{
    struct fusion_name parts[ENGINE_PARTS_MAX];
    vultus_error error = {0};
    size_t count = 0;
    (void)state;
    assert_ok(fusion_read("mobile", parts, &count, &error), &error);
    assert_int_equal(count, 1);
    assert_string_equal(parts[0].name, "mobile");
    assert_float_equal(parts[0].weight, 1, 0);
    assert_ok(fusion_read("mobile+dlib/resnet29", parts, &count, &error), &error);
    assert_int_equal(count, 2);
    assert_string_equal(parts[1].name, "dlib/resnet29");
    assert_float_equal(parts[1].weight, 0.5f, 0);
    assert_ok(fusion_read("a:3+b:1", parts, &count, &error), &error);
    assert_float_equal(parts[0].weight, 0.75f, 0);
    assert_float_equal(parts[1].weight, 0.25f, 0);
    assert_ok(fusion_read("a+b+c+d", parts, &count, &error), &error);
    assert_int_equal(count, ENGINE_PARTS_MAX);
}

static void bad_names_are_refused(void **state)
{
    static const char *const bad[] = {"",      "+",         "a+",      "+a",        "a++b",
                                      "a+a",   "a:1+b",     "a:0+b:1", "a:-1+b:1",  "a:x+b:1",
                                      "a:+b:", "a:nan+b:1", ":1+b:2",  "a+b+c+d+e", "a:1e9+b:1"};
    struct fusion_name parts[ENGINE_PARTS_MAX];
    char longest[FUSION_NAME_SIZE + 40];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        vultus_error error = {0};
        size_t count = 77;
        assert_error(VULTUS_ERR_ARGUMENT, fusion_read(bad[i], parts, &count, &error), &error,
                     "A:0.7+B:0.3");
        assert_int_equal(count, 77);
    }
    for (size_t length = FUSION_NAME_SIZE; length < sizeof longest; length += 5) {
        vultus_error error = {0};
        size_t count;
        memset(longest, 'a', length);
        longest[length] = '\0';
        assert_error(VULTUS_ERR_ARGUMENT, fusion_read(longest, parts, &count, &error), &error,
                     "too long");
    }
}

static double cosine(const float *a, const float *b, size_t count)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < count; i++) {
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
        ab += (double)a[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static void cosines_are_averaged(void **state)
{
    static const size_t sizes[3] = {192, 128, 7};
    static const float weights[3] = {0.5f, 0.3f, 0.2f};
    struct random random;
    (void)state;
    random_seed(&random, 3);
    for (int round = 0; round < 50; round++) {
        float fused[2][192 + 128 + 7], part[2][192];
        double expected = 0, length = 0;
        size_t at = 0;
        for (size_t p = 0; p < 3; at += sizes[p], p++) {
            for (int k = 0; k < 2; k++) {
                for (size_t i = 0; i < sizes[p]; i++) /* of any length, as dlib's are */
                    part[k][i] = (float)(random_normal(&random) * (1 + 3 * k) + 0.5);
                fusion_put(part[k], sizes[p], weights[p], fused[k] + at);
            }
            expected += (double)weights[p] * cosine(part[0], part[1], sizes[p]);
        }
        for (size_t i = 0; i < at; i++)
            length += (double)fused[1][i] * (double)fused[1][i];
        assert_float_equal(length, 1, 1e-5);
        assert_float_equal(cosine(fused[0], fused[1], at), expected, 1e-5);
    }
}

/* Made of contracts alone: no networks are loaded. */
static struct engine_embedder embedder_of(struct contract_model contracts[2],
                                          const float weights[2])
{
    struct engine_embedder embedder = {.part_count = 2};
    for (size_t i = 0; i < 2; i++) {
        embedder.parts[i].network.contract = &contracts[i];
        embedder.parts[i].weight = weights[i];
        snprintf(embedder.parts[i].network.id, sizeof embedder.parts[i].network.id, "%s@%zu",
                 contracts[i].id, i);
    }
    return embedder;
}

static void a_fusion_has_a_contract(void **state)
{
    struct contract_model contracts[2] = {
        {.id = "one",
         .width = 112,
         .height = 96,
         .dimension = 192,
         .metric = VULTUS_METRIC_COSINE,
         .threshold = 0.4f,
         .identify_threshold = 0.5f,
         .has_identify_threshold = true},
        {.id = "two", .dimension = 128, .metric = VULTUS_METRIC_EUCLIDEAN, .threshold = 1}};
    const float weights[2] = {0.75f, 0.25f}, others[2] = {0.5f, 0.5f};
    struct engine_embedder first = embedder_of(contracts, weights);
    struct engine_embedder second = embedder_of(contracts, others);
    vultus_error error = {0};
    (void)state;
    assert_ok(fusion_finish(&first, &error), &error);
    assert_ok(fusion_finish(&second, &error), &error);
    assert_int_equal(first.contract->dimension, 320);
    assert_int_equal(first.contract->metric, VULTUS_METRIC_COSINE);
    assert_int_equal(first.contract->height, 96);
    assert_float_equal(first.contract->threshold, 0.75 * 0.4 + 0.25 * 0.5, 1e-6);
    assert_float_equal(first.contract->identify_threshold, 0.75 * 0.5 + 0.25 * 0.5, 1e-6);
    assert_int_equal(strncmp(first.id, "one+two@", 8), 0);
    assert_int_equal(strlen(first.id), 16);
    assert_string_not_equal(first.id, second.id); /* other weights, other embeddings */
    mem_free(first.made);
    mem_free(second.made);
    contracts[1].raw = true; /* its threshold has no cosine */
    memset(contracts[0].id, 'a', CONTRACT_NAME_MAX);
    memset(contracts[1].id, 'b', CONTRACT_NAME_MAX);
    first = embedder_of(contracts, weights);
    assert_ok(fusion_finish(&first, &error), &error);
    assert_true(isnan(first.contract->threshold));
    struct calibration calibration = {.tail_rate = 1e-3, .tail = {.scale = 0.05, .shape = 0}};
    for (size_t i = 0; i < CALIBRATION_POINTS; i++)
        calibration.different[i] = (float)i / 100;
    fusion_calibrate(&first, &calibration);
    assert_true(fabs(calibration_far(&calibration, (double)first.contract->threshold) - 6e-3) <
                1e-5);
    assert_true(first.contract->identify_threshold == first.contract->threshold);
    first.made->threshold = 0.3f;
    fusion_calibrate(&first, &calibration);
    assert_true(first.contract->threshold == 0.3f);
    assert_int_equal(strncmp(first.id, "fusion@", 7), 0); /* both names are too long for an id */
    mem_free(first.made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(cosines_are_averaged),
        cmocka_unit_test(a_fusion_has_a_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
