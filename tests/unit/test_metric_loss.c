/* Losses: gradients beside numerical ones for every loss with both kinds of projection, and values that are known. */
#include "decide/metric_loss.h"
#include "base/random.h"
#include "decide/metric_projection.h"
#include "support.h"

#include <math.h>

#define IN 7
#define OUT 6
#define ROWS 13
#define PEOPLE 4

struct subject {
    struct metric_loss loss;
    struct projection weights, gradient;
    struct projection_pass pass;
    float rows[ROWS * IN];
    uint32_t person[ROWS];
};

static void fill_random(float *values, size_t count, double scale, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(scale * random_normal(&random));
}

static void make(struct subject *s, struct metric_loss loss, size_t hidden)
{
    vultus_error error = {0};
    *s = (struct subject){.loss = loss};
    s->loss.people = PEOPLE;
    fill_random(s->rows, ROWS * IN, 1, 1);
    for (size_t i = 0; i < ROWS; i++)
        s->person[i] = (uint32_t)(i % PEOPLE);
    assert_ok(projection_init(&s->weights, IN, OUT, hidden, &error), &error);
    assert_ok(projection_init(&s->gradient, IN, OUT, hidden, &error), &error);
    assert_ok(projection_pass_init(&s->pass, &s->weights, ROWS, NULL, &error), &error);
    assert_ok(metric_loss_init(&s->loss, ROWS, OUT, &error), &error);
    fill_random(s->weights.linear, s->weights.count, 0.6, 2);
    if (s->loss.centres)
        fill_random(s->loss.centres, PEOPLE * OUT, 1, 3);
}

static void clear(struct subject *s)
{
    projection_pass_clear(&s->pass);
    projection_clear(&s->weights);
    projection_clear(&s->gradient);
    metric_loss_clear(&s->loss);
}

static double run(struct subject *s)
{
    float slopes[ROWS * OUT];
    projection_forward(&s->pass, s->rows, ROWS);
    const struct metric_batch batch = {s->pass.y, s->person, ROWS, OUT};
    double loss = metric_loss_run(&s->loss, &batch, slopes);
    projection_backward(&s->pass, slopes, &s->gradient);
    return loss;
}

/* A step across the edge of a hinge, or to another hardest pair, bends the loss: a few numbers may be off. */
static size_t count_off(struct subject *s, float *weights, const float *gradient, size_t count)
{
    const float step = 1e-3f;
    size_t off = 0;
    float *kept = malloc(count * sizeof *kept);
    run(s);
    memcpy(kept, gradient, count * sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        float was = weights[i];
        weights[i] = was + step;
        double above = run(s);
        weights[i] = was - step;
        double numeric = (above - run(s)) / (2 * (double)step);
        weights[i] = was;
        off += fabs((double)kept[i] - numeric) > 2e-3 + 0.03 * fabs(numeric);
    }
    free(kept);
    return off;
}

static void check(struct metric_loss loss)
{
    for (size_t hidden = 0; hidden <= 5; hidden += 5) {
        struct subject s;
        make(&s, loss, hidden);
        assert_true(run(&s) > 0.05);
        size_t off = count_off(&s, s.weights.linear, s.gradient.linear, s.weights.count);
        if (off > s.weights.count / 20)
            fail_msg("loss %d, mining %d, %zu between: %zu of %zu slopes are wrong", loss.kind,
                     loss.mining, hidden, off, s.weights.count);
        if (s.loss.centres)
            assert_int_equal(count_off(&s, s.loss.centres, s.loss.centres_gradient, PEOPLE * OUT),
                             0);
        clear(&s);
    }
}

static void gradients_are_numerical_ones(void **state)
{
    (void)state;
    for (vultus_metric_mining m = VULTUS_MINING_BATCH_HARD; m <= VULTUS_MINING_ALL; m++)
        check((struct metric_loss){.kind = VULTUS_LOSS_TRIPLET, .mining = m, .margin = 0.7f});
    check((struct metric_loss){.kind = VULTUS_LOSS_CONTRASTIVE, .margin = 1.3f});
    check((struct metric_loss){.kind = VULTUS_LOSS_ARCFACE, .margin = 0.5f});
    check((struct metric_loss){.kind = VULTUS_LOSS_ARCFACE, .margin = 1.4f}); /* past 180 degrees */
}

/* Four rows in a plane, at 0, 60, 90 and 180 degrees; two people of two. */
static const float plane[4][2] = {{1, 0}, {0.5f, 0.8660254f}, {0, 1}, {-1, 0}};

static double plane_loss(struct metric_loss loss, const uint32_t *person)
{
    float slopes[8];
    vultus_error error = {0};
    loss.people = 2;
    assert_ok(metric_loss_init(&loss, 4, 2, &error), &error);
    if (loss.centres)
        memcpy(loss.centres, (float[4]){2, 0, 0, 2}, 4 * sizeof(float));
    const struct metric_batch batch = {plane[0], person, 4, 2};
    double value = metric_loss_run(&loss, &batch, slopes);
    for (size_t i = 0; i < 8; i++)
        assert_true(isfinite(slopes[i]));
    metric_loss_clear(&loss);
    return value;
}

static void values_are_those_of_the_papers(void **state)
{
    static const uint32_t pairs[4] = {0, 0, 1, 1}, alone[4] = {0, 1, 2, 3};
    struct metric_loss loss = {.kind = VULTUS_LOSS_TRIPLET, .margin = 0.5f};
    (void)state;
    /* Squared distances: 0-1 1, 0-2 2, 0-3 4, 1-2 2 - sqrt 3, 1-3 3, 2-3 2. Hardest: 1 - 2, 1 - 0.268,
     * 2 - 0.268, 2 - 3, each with 0.5 and not below 0. */
    const double near = 2 - sqrt(3);
    assert_float_equal(plane_loss(loss, pairs), (1.5 - near + 2.5 - near) / 4, 1e-5);
    /* Beyond the positive: 2; 3; none, so the farthest 2 (row 0) for 2-3; 3 for 3-2 is 3. */
    loss.mining = VULTUS_MINING_SEMI_HARD;
    assert_float_equal(plane_loss(loss, pairs), (2.5 - 2) / 4, 1e-5);
    loss.mining =
        VULTUS_MINING_ALL; /* only those above 0: 0.5 + 1 - near, 0.5 + 2 - near, 0.5 + 2 - 2 */
    assert_float_equal(plane_loss(loss, pairs), (1.5 - near + 2.5 - near + 0.5) / 3, 1e-5);
    loss = (struct metric_loss){.kind = VULTUS_LOSS_CONTRASTIVE, .margin = 1};
    const double short_of = 1 - sqrt(near); /* only 1-2 is nearer than the margin */
    assert_float_equal(plane_loss(loss, pairs), (1 + 2) / 2.0 + short_of * short_of / 4, 1e-5);
    loss.margin = 0.1f;
    assert_float_equal(plane_loss(loss, alone), 0, 1e-9);
    loss = (struct metric_loss){.kind = VULTUS_LOSS_TRIPLET, .margin = 0.5f};
    assert_float_equal(plane_loss(loss, alone), 0, 1e-9); /* no positive */
    loss = (struct metric_loss){.kind = VULTUS_LOSS_ARCFACE, .margin = 1e-6f};
    double expected = 0; /* a plain softmax of 16 cos to the axes */
    for (size_t i = 0; i < 4; i++) {
        double own = 16 * (double)plane[i][pairs[i]], other = 16 * (double)plane[i][1 - pairs[i]];
        expected += log(1 + exp(other - own)) / 4;
    }
    assert_float_equal(plane_loss(loss, pairs), expected, 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_numerical_ones),
        cmocka_unit_test(values_are_those_of_the_papers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
