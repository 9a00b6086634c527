/* How faces of people lie among each other, against plain loops; and where memory or patience ends. */
#include "base/memory.h"
#include "base/random.h"
#include "decide/outliers.h"
#include "support.h"

#include <math.h>

enum { DIMENSION = 20, PEOPLE = 150, FACES = 700 };

static float rows[FACES][DIMENSION], weights[FACES];
static uint32_t person[FACES];

static void make(bool distances)
{
    struct random random;
    random_seed(&random, 5);
    for (size_t f = 0; f < FACES; f++) {
        double squared = 0;
        person[f] = (uint32_t)(f < PEOPLE ? f : random_below(&random, PEOPLE / 2));
        weights[f] = 0.1f + (float)random_real(&random);
        for (size_t i = 0; i < DIMENSION; i++) {
            rows[f][i] = (float)random_normal(&random);
            squared += (double)rows[f][i] * (double)rows[f][i];
        }
        for (size_t i = 0; !distances && i < DIMENSION; i++)
            rows[f][i] = (float)((double)rows[f][i] / sqrt(squared));
    }
}

static struct outliers_call call_of(bool distances)
{
    return (struct outliers_call){.faces = {.rows = rows[0],
                                            .person = person,
                                            .weight = weights,
                                            .count = FACES,
                                            .dimension = DIMENSION,
                                            .people = PEOPLE,
                                            .distances = distances},
                                  .alike = distances ? -2.5f : 0.6f};
}

/* The mean of a person without one face (FACES: with all); false when nothing is left. */
static bool plain_mean(uint32_t who, size_t without, double out[DIMENSION])
{
    double total = 0;
    memset(out, 0, DIMENSION * sizeof *out);
    for (size_t f = 0; f < FACES; f++)
        if (person[f] == who && f != without) {
            total += (double)weights[f];
            for (size_t i = 0; i < DIMENSION; i++)
                out[i] += (double)weights[f] * (double)rows[f][i];
        }
    for (size_t i = 0; total > 0 && i < DIMENSION; i++)
        out[i] /= total;
    return total > 0;
}

static double plain_nearness(const double *a, const double *b, bool distances)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < DIMENSION; i++) {
        aa += a[i] * a[i];
        bb += b[i] * b[i];
        ab += a[i] * b[i];
    }
    return distances ? -sqrt(aa + bb - 2 * ab) : ab / sqrt(aa * bb);
}

static void check_face(const struct outliers *found, size_t f, double means[PEOPLE][DIMENSION],
                       bool distances)
{
    double x[DIMENSION], own[DIMENSION], best = -99;
    for (size_t i = 0; i < DIMENSION; i++)
        x[i] = (double)rows[f][i];
    if (plain_mean(person[f], f, own))
        assert_true(fabs((double)found->faces[f].own - plain_nearness(x, own, distances)) < 1e-4);
    else
        assert_true(isnan(found->faces[f].own));
    for (uint32_t p = 0; p < PEOPLE; p++)
        if (p != person[f])
            best = fmax(best, plain_nearness(x, means[p], distances));
    assert_true(fabs((double)found->faces[f].other - best) < 1e-4);
    assert_true(found->faces[f].who != person[f]);
    assert_true(fabs(plain_nearness(x, means[found->faces[f].who], distances) - best) < 1e-4);
}

static void it_finds_what_plain_loops_find(void **state)
{
    (void)state;
    for (int distances = 0; distances <= 1; distances++) {
        static double means[PEOPLE][DIMENSION];
        struct outliers found = {0};
        vultus_error error = {0};
        size_t pairs = 0;
        make(distances);
        struct outliers_call call = call_of(distances);
        assert_ok(pool_open(3, &call.pool, &error), &error);
        assert_ok(outliers_find(&call, &found, &error), &error);
        pool_close(call.pool);
        for (uint32_t p = 0; p < PEOPLE; p++)
            assert_true(plain_mean(p, FACES, means[p]));
        for (size_t f = 0; f < FACES; f++)
            check_face(&found, f, means, distances);
        for (uint32_t a = 0; a < PEOPLE; a++)
            for (uint32_t b = a + 1; b < PEOPLE; b++)
                pairs += plain_nearness(means[a], means[b], distances) >= (double)call.alike;
        assert_true(pairs > 3);
        assert_int_equal(found.pair_count, pairs);
        for (size_t i = 0; i < pairs; i++) {
            const struct outliers_pair *pair = &found.pairs[i];
            double near = plain_nearness(means[pair->a], means[pair->b], distances);
            assert_true(pair->a < pair->b && fabs(near - (double)pair->nearness) < 1e-4);
            assert_true(!i || found.pairs[i - 1].nearness >= pair->nearness);
        }
        outliers_clear(&found);
    }
}

static void one_person_has_no_others(void **state)
{
    static const float two[2][2] = {{1, 0}, {0.6f, 0.8f}}, all[2] = {1, 1};
    static const uint32_t same[2] = {0, 0};
    const struct outliers_call call = {.faces = {two[0], same, all, 2, 2, 1, false}, .alike = -1};
    struct outliers found = {0};
    vultus_error error = {0};
    (void)state;
    assert_ok(outliers_find(&call, &found, &error), &error);
    assert_float_equal(found.faces[0].own, 0.6f, 1e-6);
    assert_float_equal(found.faces[1].own, 0.6f, 1e-6);
    assert_true(isnan(found.faces[0].other) && !found.pair_count);
    outliers_clear(&found);
}

static bool stop(void *context, size_t done, size_t total)
{
    size_t *calls = context;
    assert_true(done <= total);
    return ++*calls < 1;
}

static void it_can_be_stopped(void **state)
{
    struct outliers found = {0};
    vultus_error error = {0};
    size_t calls = 0;
    (void)state;
    make(false);
    struct outliers_call call = call_of(false);
    call.progress = stop;
    call.context = &calls;
    assert_error(VULTUS_ERR_CANCELLED, outliers_find(&call, &found, &error), &error, "stopped");
    assert_true(!found.faces && calls == 1);
}

static void memory_running_out(void **state)
{
    (void)state;
    long live = mem_live();
    bool failed = true;
    make(false);
    struct outliers_call call = call_of(false);
    call.alike = 0.5f;
    for (long n = 1; failed; n++) {
        struct outliers found = {0};
        vultus_error error = {0};
        mem_fail_after(n, false);
        vultus_status status = outliers_find(&call, &found, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        assert_true(failed == !found.faces);
        outliers_clear(&found);
    }
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_plain_loops_find),
        cmocka_unit_test(one_person_has_no_others),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
