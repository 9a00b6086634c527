/*
 * Softmax over linear scores (multinomial logistic regression), by L-BFGS over all weights together. The time
 * is in two products for each step, rows x weights and residuals x rows; both go block by block, so that what
 * is multiplied stays in the cache, and each sum is made by one thread in a fixed order, so that the answer
 * does not depend on how many there are.
 */
#include "decide/classifier.h"
#include "base/memory.h"
#include "decide/classifier_linear.h"
#include "decide/lbfgs.h"
#include "decide/logistic.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define BLOCK 1024 /* rows whose residuals are kept at a time */
#define STRIDE                                                                                     \
    (BLOCK + 16)  /* between residuals of people: not a power of two, which caches dislike */
#define ROWS 16   /* of a block for one thread at a time */
#define PEOPLE 32 /* the same */
#define TILE 32   /* people whose weights stay in the nearest cache while ROWS rows pass */
#define COLUMNS 8 /* numbers of an embedding that do while PEOPLE residuals pass */

struct work {
    const struct classifier_task *task;
    const double *x;     /* people x (dimension + 1) */
    double *gradient;    /* the same */
    float *weights;      /* people x dimension */
    float *columns;      /* of each block: dimension x rows of the block */
    float *residuals;    /* people x STRIDE */
    double *losses;      /* of the rows of a block */
    float *scores;       /* workers x ROWS x people */
    double sum;          /* of the rows' weights */
    size_t begin, count; /* the block */
};

/* scores[row * people + person] of `rows` rows, a tile of the weights after the other. */
static void find_scores(const struct work *work, size_t first, size_t rows, float *scores)
{
    const struct classifier_rows *data = &work->task->data;
    const size_t d = data->dimension, people = data->people;
    for (size_t p = 0; p < people; p += TILE) {
        const size_t count = people - p < TILE ? people - p : TILE;
        for (size_t i = 0; i < rows; i++)
            kernel_best()->dot_rows(data->rows + (first + i) * d, work->weights + p * d, d, count,
                                    d, scores + i * people + p);
    }
}

static vultus_status find_residuals(void *context, size_t part, unsigned worker,
                                    vultus_error *error)
{
    struct work *work = context;
    const struct classifier_rows *data = &work->task->data;
    const size_t d = data->dimension, people = data->people, begin = part * ROWS;
    const size_t rows = work->count - begin < ROWS ? work->count - begin : ROWS;
    float *all = work->scores + worker * ROWS * people;
    (void)error;
    find_scores(work, work->begin + begin, rows, all);
    for (size_t i = begin; i < begin + rows; i++) {
        const size_t row = work->begin + i;
        float *scores = all + (i - begin) * people, most = -INFINITY;
        double sum = 0;
        for (size_t p = 0; p < people; p++) {
            scores[p] += (float)work->x[p * (d + 1) + d];
            most = fmaxf(most, scores[p]);
        }
        const float own = scores[data->person[row]];
        for (size_t p = 0; p < people; p++) {
            scores[p] = expf(scores[p] - most);
            sum += scores[p];
        }
        work->losses[i] = data->weight[row] * (log(sum) + (double)most - (double)own);
        const float factor = (float)(data->weight[row] / sum);
        for (size_t p = 0; p < people; p++)
            work->residuals[p * STRIDE + i] = scores[p] * factor;
        work->residuals[data->person[row] * STRIDE + i] -= (float)data->weight[row];
    }
    return VULTUS_OK;
}

static vultus_status add_derivatives(void *context, size_t part, unsigned worker,
                                     vultus_error *error)
{
    struct work *work = context;
    const struct classifier_rows *data = &work->task->data;
    const size_t d = data->dimension, n = work->count, begin = part * PEOPLE;
    const size_t end = data->people - begin < PEOPLE ? data->people : begin + PEOPLE;
    float derivative[COLUMNS];
    (void)worker;
    (void)error;
    for (size_t j = 0; j < d; j += COLUMNS) {
        const size_t count = d - j < COLUMNS ? d - j : COLUMNS;
        const float *columns = work->columns + work->begin * d + j * n;
        for (size_t p = begin; p < end; p++) {
            kernel_best()->dot_rows(work->residuals + p * STRIDE, columns, n, count, n, derivative);
            for (size_t k = 0; k < count; k++)
                work->gradient[p * (d + 1) + j + k] += derivative[k];
        }
    }
    for (size_t p = begin; p < end; p++) {
        double bias = 0;
        for (size_t i = 0; i < n; i++)
            bias += work->residuals[p * STRIDE + i];
        work->gradient[p * (d + 1) + d] += bias;
    }
    return VULTUS_OK;
}

static vultus_status evaluate(void *context, const double *x, double *value, double *gradient,
                              vultus_error *error)
{
    struct work *work = context;
    const struct classifier_rows *data = &work->task->data;
    const size_t d = data->dimension, people = data->people;
    const double c = work->task->parameters.c;
    double loss = 0, squares = 0;
    vultus_status status = VULTUS_OK;
    work->x = x;
    work->gradient = gradient;
    memset(gradient, 0, people * (d + 1) * sizeof *gradient);
    for (size_t p = 0; p < people; p++)
        for (size_t j = 0; j < d; j++)
            work->weights[p * d + j] = (float)x[p * (d + 1) + j];
    for (work->begin = 0; !status && work->begin < data->count; work->begin += work->count) {
        work->count = data->count - work->begin < BLOCK ? data->count - work->begin : BLOCK;
        status = pool_for(work->task->pool, (work->count + ROWS - 1) / ROWS, find_residuals, work,
                          error);
        for (size_t i = 0; i < work->count; i++)
            loss += work->losses[i];
        if (!status)
            status = pool_for(work->task->pool, (people + PEOPLE - 1) / PEOPLE, add_derivatives,
                              work, error);
    }
    for (size_t p = 0; p < people; p++)
        for (size_t j = 0; j <= d; j++) {
            double weight = j < d ? x[p * (d + 1) + j] : 0;
            gradient[p * (d + 1) + j] = (gradient[p * (d + 1) + j] + weight / c) / work->sum;
            squares += weight * weight;
        }
    *value = (loss + squares / (2 * c)) / work->sum;
    return status;
}

static void close(struct work *work)
{
    const struct classifier_rows *data = &work->task->data;
    mem_free(work->weights);
    mem_free_wiped(work->columns, data->count * data->dimension * sizeof *work->columns);
    mem_free(work->residuals);
    mem_free(work->losses);
    mem_free(work->scores);
}

static vultus_status open(struct work *work, vultus_error *error)
{
    const struct classifier_rows *data = &work->task->data;
    const size_t d = data->dimension;
    size_t threads = work->task->pool ? pool_threads(work->task->pool) : 1;
    work->weights = mem_array(data->people * d, sizeof *work->weights);
    work->columns = mem_array(data->count * d, sizeof *work->columns);
    work->residuals = mem_array(data->people * STRIDE, sizeof *work->residuals);
    work->losses = mem_array(BLOCK, sizeof *work->losses);
    work->scores = mem_array(threads * ROWS * data->people, sizeof *work->scores);
    if (!work->weights || !work->columns || !work->residuals || !work->losses || !work->scores)
        return status_memory(error, "training");
    for (size_t i = 0; i < data->count; i += BLOCK)
        logistic_transpose(data->rows + i * d, data->count - i < BLOCK ? data->count - i : BLOCK, d,
                           work->columns + i * d);
    for (size_t i = 0; i < data->count; i++)
        work->sum += data->weight[i];
    return VULTUS_OK;
}

static vultus_status train(const struct classifier_task *task, struct classifier_model *model,
                           vultus_error *error)
{
    const size_t size = task->data.people * (task->data.dimension + 1);
    struct work work = {.task = task};
    double *x = mem_zalloc(size, sizeof *x);
    const struct lbfgs_problem problem = {.size = size,
                                          .evaluate = evaluate,
                                          .context = &work,
                                          .tolerance = task->parameters.tolerance,
                                          .iterations = task->parameters.iterations,
                                          .stop = task->stop,
                                          .stop_context = task->context};
    vultus_status status = x ? open(&work, error) : status_memory(error, "training");
    if (!status)
        status = lbfgs_minimise(&problem, x, NULL, error);
    if (!status)
        status = linear_add(model, error);
    for (size_t p = 0; !status && p < task->data.people; p++)
        linear_set(model, p, x + p * (task->data.dimension + 1));
    close(&work);
    mem_free(x);
    return status;
}

static void predict(const struct classifier_model *model, const float *probe, void *room,
                    double *probability)
{
    linear_values(model, probe, room, probability);
    classifier_normalise(probability, model->people);
}

const struct classifier_method classifier_softmax = {
    .name = "softmax",
    .uses = CLASSIFIER_C | CLASSIFIER_TOL | CLASSIFIER_ITERATIONS | CLASSIFIER_BALANCED,
    .layout = linear_layout,
    .train = train,
    .check = linear_check,
    .room = linear_room,
    .predict = predict,
};
