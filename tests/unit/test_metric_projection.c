/* Projections: what they give, their gradients beside numerical ones, and the files they are read from. */
#include "decide/metric_projection.h"
#include "base/memory.h"
#include "base/random.h"
#include "decide/metric_matrix.h"
#include "engine/engine.h"
#include "support.h"
#include "tensors.h"

#include <math.h>

#define IN 7
#define OUT 5
#define HIDDEN 6
#define ROWS 9

static void fill_random(float *values, size_t count, double scale, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(scale * random_normal(&random));
}

static void products_are_right_on_any_threads(void **state)
{
    enum { M = 70, N = 75, K = 190 };
    static float a[M * K], b[N * K], c[M * N], again[M * N], turned[M * K];
    struct pool *pool = NULL;
    vultus_error error = {0};
    (void)state;
    fill_random(a, M * K, 1, 1);
    fill_random(b, N * K, 1, 2);
    assert_ok(pool_open(4, &pool, &error), &error);
    matrix_multiply(&(struct matrix_product){a, b, M, N, K, c}, NULL);
    matrix_multiply(&(struct matrix_product){a, b, M, N, K, again}, pool);
    assert_memory_equal(c, again, sizeof c);
    for (size_t i = 0; i < M; i += 3)
        for (size_t j = 0; j < N; j += 2) {
            double sum = 0;
            for (size_t k = 0; k < K; k++)
                sum += (double)a[i * K + k] * (double)b[j * K + k];
            assert_float_equal(c[i * N + j], sum, 1e-4);
        }
    matrix_transpose(a, M, K, turned);
    for (size_t i = 0; i < M; i++)
        for (size_t k = 0; k < K; k++)
            assert_true(turned[k * M + i] == a[i * K + k]);
    pool_close(pool);
}

/* L = sum of y * w: any loss is that, near a point. */
static double loss_of(struct projection_pass *pass, const float *rows, const float *w)
{
    double sum = 0;
    projection_forward(pass, rows, ROWS);
    for (size_t i = 0; i < ROWS * pass->projection->out; i++)
        sum += (double)pass->y[i] * (double)w[i];
    return sum;
}

static void check_gradient(size_t hidden)
{
    struct projection p, gradient;
    struct projection_pass pass;
    float rows[ROWS * IN], w[ROWS * OUT], g[ROWS * OUT];
    vultus_error error = {0};
    const float step = 1e-2f;
    fill_random(rows, ROWS * IN, 3, 3);
    fill_random(w, ROWS * OUT, 1, 4);
    memcpy(g, w, sizeof g);
    assert_ok(projection_init(&p, IN, OUT, hidden, &error), &error);
    assert_ok(projection_init(&gradient, IN, OUT, hidden, &error), &error);
    assert_ok(projection_pass_init(&pass, &p, ROWS, NULL, &error), &error);
    fill_random(p.linear, p.count, 0.7, 5);
    loss_of(&pass, rows, w);
    projection_backward(&pass, g, &gradient);
    for (size_t i = 0; i < p.count; i++) {
        float was = p.linear[i];
        p.linear[i] = was + step;
        double above = loss_of(&pass, rows, w);
        p.linear[i] = was - step;
        double numeric = (above - loss_of(&pass, rows, w)) / (2 * (double)step);
        p.linear[i] = was;
        assert_float_equal(gradient.linear[i], numeric, 5e-3 + 0.02 * fabs(numeric));
    }
    projection_pass_clear(&pass);
    projection_clear(&gradient);
    projection_clear(&p);
}

static void gradients_are_numerical_ones(void **state)
{
    (void)state;
    check_gradient(0);
    check_gradient(HIDDEN);
}

static void what_is_applied_has_unit_length(void **state)
{
    enum { MANY = 150 };
    static float rows[MANY * IN], out[MANY * OUT], longer[MANY * OUT];
    struct projection p;
    vultus_error error = {0};
    (void)state;
    fill_random(rows, MANY * IN, 1, 6);
    assert_ok(projection_init(&p, IN, OUT, HIDDEN, &error), &error);
    fill_random(p.linear, p.count, 0.7, 7);
    assert_ok(projection_apply(&p, rows, MANY, out, &error), &error);
    for (size_t r = 0; r < MANY; r++) {
        double sum = 0;
        for (size_t i = 0; i < OUT; i++)
            sum += (double)out[r * OUT + i] * (double)out[r * OUT + i];
        assert_float_equal(sum, 1, 1e-5);
    }
    for (size_t i = 0; i < MANY * IN; i++)
        rows[i] *= 8; /* exact: only the direction counts */
    assert_ok(projection_apply(&p, rows, MANY, longer, &error), &error);
    for (size_t i = 0; i < MANY * OUT; i++)
        assert_float_equal(out[i], longer[i], 1e-6);
    memset(p.linear, 0, p.count * sizeof *p.linear);
    assert_error(VULTUS_ERR_MODEL, projection_apply(&p, rows, MANY, out, &error), &error,
                 "no usable embedding");
    projection_clear(&p);
    assert_error(VULTUS_ERR_ARGUMENT, projection_init(&p, IN, 0, 0, &error), &error,
                 "from 7 to 0 numbers");
    assert_error(VULTUS_ERR_ARGUMENT, projection_init(&p, IN, OUT, 5000, &error), &error,
                 "at most 4096");
}

/* ------------------------------------------------------------------ files */

static struct tensors tensors;

static struct weights *wrapped(int32_t hidden, const char *linear_shape, float odd)
{
    static float values[64];
    const int32_t sizes[] = {3, 2, hidden};
    struct weights *weights = NULL;
    vultus_error error = {0};
    size_t size;
    for (size_t i = 0; i < 64; i++)
        values[i] = (float)i / 8;
    values[5] = odd;
    memset(&tensors, 0, sizeof tensors);
    tensors_add(&tensors, "sizes", "I32", "3", sizes, sizeof sizes);
    tensors_add(&tensors, "linear", "F32", linear_shape, values, 6 * sizeof *values);
    tensors_add(&tensors, "inner", "F32", "4,3", values, 12 * sizeof *values);
    tensors_add(&tensors, "bias", "F32", "4", values, 4 * sizeof *values);
    tensors_add(&tensors, "outer", "F32", "2,4", values, 8 * sizeof *values);
    const void *file = tensors_file(&tensors, &size);
    assert_ok(weights_wrap(file, size, "p.safetensors", &weights, &error), &error);
    return weights;
}

static void refused(int32_t hidden, const char *linear_shape, float odd, const char *why)
{
    struct projection p = {0};
    vultus_error error = {0};
    struct weights *weights = wrapped(hidden, linear_shape, odd);
    assert_error(VULTUS_ERR_MODEL, engine_read_projection(weights, "p", 3, 2, &p, &error), &error,
                 why);
    assert_null(p.linear);
    weights_close(weights);
}

static void files_are_read_or_refused(void **state)
{
    struct projection p = {0};
    vultus_error error = {0};
    (void)state;
    struct weights *weights = wrapped(4, "2,3", 1);
    assert_ok(engine_read_projection(weights, "p", 3, 2, &p, &error), &error);
    assert_int_equal(p.hidden, 4);
    assert_float_equal(p.linear[4], 0.5, 0);
    assert_float_equal(p.outer[7], 7.0 / 8, 0);
    projection_clear(&p);
    assert_error(VULTUS_ERR_MODEL, engine_read_projection(weights, "p", 4, 2, &p, &error), &error,
                 "p projects 3 numbers to 2");
    for (long n = 1; n < 3; n++) {
        mem_fail_after(n, false);
        vultus_status status = engine_read_projection(weights, "p", 3, 2, &p, &error);
        mem_fail_after(0, false);
        assert_true(!status || status == VULTUS_ERR_MEMORY);
        projection_clear(&p);
    }
    weights_close(weights);
    refused(4, "3,2", 1, "linear");
    refused(5, "2,3", 1, "inner");
    refused(-1, "2,3", 1, "with -1 between");
    refused(0, "2,3", NAN, "linear has NaN");
    refused(0, "2,3", INFINITY, "linear has NaN");
    assert_error(VULTUS_ERR_MODEL, engine_read_projection(NULL, "p", 3, 2, &p, &error), &error,
                 "a projection is weights");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_right_on_any_threads),
        cmocka_unit_test(gradients_are_numerical_ones),
        cmocka_unit_test(what_is_applied_has_unit_length),
        cmocka_unit_test(files_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
