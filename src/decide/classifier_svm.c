/*
 * Support vector machines, linear and with radial basis functions, one for each pair of people, as libsvm and
 * scikit-learn's SVC have it: training. What they say of a probe is in svm_decide.c.
 */
#include "decide/classifier.h"
#include "base/memory.h"
#include "decide/smo.h"
#include "decide/svm_decide.h"

#include <math.h>
#include <string.h>

#define PAIR_ROWS_MAX 4096u /* of two people: their kernel has 16 million values */
#define SLOPE 16            /* where no held-out picture says better */

enum { SUPPORT, STARTS, COEFFICIENTS, BIAS, GAMMA }; /* the tensors, in this order */

struct work {
    const struct classifier_task *task;
    struct classifier_model *model;
    double gamma;
    const uint32_t *order; /* rows by person */
    const uint32_t *starts;
    float *coefficients; /* of each row in order, against each of the others */
    float *bias;
};

struct pair {
    size_t first, second, rows, rows_first;
    const uint32_t *order[2];
};

struct room { /* for the largest pair of a person */
    float *kernel;
    double *gradient, *alpha, *bound;
    int8_t *sign;
};

static void room_close(struct room *room)
{
    mem_free(room->kernel);
    mem_free(room->gradient);
    mem_free(room->alpha);
    mem_free(room->bound);
    mem_free(room->sign);
}

static vultus_status room_open(size_t rows, struct room *out, vultus_error *error)
{
    out->kernel = mem_array(rows * rows, sizeof *out->kernel);
    out->gradient = mem_array(rows, sizeof *out->gradient);
    out->alpha = mem_array(rows, sizeof *out->alpha);
    out->bound = mem_array(rows, sizeof *out->bound);
    out->sign = mem_array(rows, sizeof *out->sign);
    return out->kernel && out->gradient && out->alpha && out->bound && out->sign
               ? VULTUS_OK
               : status_memory(error, "training");
}

static uint32_t row_of(const struct pair *pair, size_t k)
{
    return k < pair->rows_first ? pair->order[0][k] : pair->order[1][k - pair->rows_first];
}

static void train_pair(const struct work *work, const struct pair *pair, const struct room *room)
{
    const struct classifier_rows *data = &work->task->data;
    const size_t n = pair->rows, d = data->dimension, others = data->people - 1;
    double rho;
    for (size_t a = 0; a < n; a++) {
        const float *row = data->rows + row_of(pair, a) * d;
        room->sign[a] = a < pair->rows_first ? 1 : -1;
        room->bound[a] = work->task->parameters.c * data->weight[row_of(pair, a)];
        for (size_t b = 0; b <= a; b++)
            room->kernel[a * n + b] = room->kernel[b * n + a] =
                (float)svm_kernel(work->model, work->gamma, row, data->rows + row_of(pair, b) * d);
    }
    const struct smo_problem problem = {.kernel = room->kernel,
                                        .sign = room->sign,
                                        .bound = room->bound,
                                        .count = n,
                                        .tolerance = work->task->parameters.tolerance,
                                        .steps = work->task->parameters.iterations * (n + 100),
                                        .gradient = room->gradient};
    smo_solve(&problem, room->alpha, &rho);
    work->bias[svm_pair(data->people, pair->first, pair->second)] = (float)-rho;
    for (size_t a = 0; a < n; a++) {
        bool first = a < pair->rows_first;
        size_t place = first ? work->starts[pair->first] + a
                             : work->starts[pair->second] + a - pair->rows_first;
        work->coefficients[place * others + (first ? pair->second - 1 : pair->first)] =
            (float)(room->sign[a] * room->alpha[a]);
    }
}

static vultus_status train_person(void *context, size_t i, unsigned worker, vultus_error *error)
{
    const struct work *work = context;
    const struct classifier_task *task = work->task;
    const uint32_t *starts = work->starts;
    const size_t people = task->data.people;
    struct room room = {0};
    size_t most = 0;
    (void)worker;
    for (size_t j = i + 1; j < people; j++)
        most = starts[j + 1] - starts[j] > most ? starts[j + 1] - starts[j] : most;
    most += starts[i + 1] - starts[i];
    if (most > PAIR_ROWS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "two people have %zu pictures together; %s takes %u", most,
                          work->model->method->name, PAIR_ROWS_MAX);
    vultus_status status = room_open(most, &room, error);
    for (size_t j = i + 1; !status && j < people; j++) {
        const struct pair pair = {.first = i,
                                  .second = j,
                                  .rows_first = starts[i + 1] - starts[i],
                                  .rows = starts[i + 1] - starts[i] + starts[j + 1] - starts[j],
                                  .order = {work->order + starts[i], work->order + starts[j]}};
        train_pair(work, &pair, &room);
        if (task->stop && task->stop(task->context))
            status = status_set(error, VULTUS_ERR_CANCELLED, "training was stopped");
    }
    room_close(&room);
    return status;
}

/* 1 / (dimension x variance of all numbers), 1 / dimension, or what was asked for. */
static double find_gamma(const struct classifier_task *task)
{
    const struct classifier_rows *data = &task->data;
    const size_t count = data->count * data->dimension;
    double sum = 0, squares = 0, gamma = task->parameters.gamma;
    if (gamma > 0)
        return gamma;
    if (gamma < 0)
        return 1 / (double)data->dimension;
    for (size_t i = 0; i < count; i++) {
        sum += data->rows[i];
        squares += (double)data->rows[i] * data->rows[i];
    }
    double variance = squares / (double)count - sum / (double)count * (sum / (double)count);
    return 1 / ((double)data->dimension * fmax(variance, 1e-12));
}

/* Rows by person, and where each person's begin: counting sort. */
static vultus_status sort_rows(const struct classifier_rows *data, uint32_t **order,
                               uint32_t **starts, vultus_error *error)
{
    uint32_t *list = mem_array(data->count, sizeof *list);
    uint32_t *begin = mem_zalloc(data->people + 2, sizeof *begin);
    *order = list;
    *starts = begin;
    if (!list || !begin)
        return status_memory(error, "training");
    for (size_t i = 0; i < data->count; i++)
        begin[data->person[i] + 2]++;
    for (size_t p = 0; p < data->people; p++)
        begin[p + 2] += begin[p + 1];
    for (size_t i = 0; i < data->count; i++)
        list[begin[data->person[i] + 1]++] = (uint32_t)i;
    return VULTUS_OK;
}

/* Keeps the rows that decide something. */
static vultus_status keep_support(const struct work *work, vultus_error *error)
{
    const struct classifier_rows *data = &work->task->data;
    struct classifier_model *model = work->model;
    const size_t d = data->dimension, others = data->people - 1;
    size_t kept = 0;
    uint8_t *keep = mem_zalloc(data->count, 1);
    if (!keep)
        return status_memory(error, "training");
    for (size_t i = 0; i < data->count; i++) {
        for (size_t k = 0; !keep[i] && k < others; k++)
            keep[i] = work->coefficients[i * others + k] != 0;
        kept += keep[i];
    }
    vultus_status status = classifier_add(model, "support", false, kept, d, error);
    if (!status)
        status = classifier_add(model, "starts", true, data->people + 1, 1, error);
    if (!status)
        status = classifier_add(model, "coefficients", false, kept, others, error);
    size_t at = 0, person = 0;
    for (size_t i = 0; !status && i < data->count; i++) {
        while (i >= work->starts[person + 1])
            ((int32_t *)model->tensors[STARTS].data)[++person] = (int32_t)at;
        if (!keep[i])
            continue;
        memcpy((float *)model->tensors[SUPPORT].data + at * d, data->rows + work->order[i] * d,
               d * sizeof(float));
        memcpy((float *)model->tensors[COEFFICIENTS].data + at++ * others,
               work->coefficients + i * others, others * sizeof(float));
    }
    if (!status)
        ((int32_t *)model->tensors[STARTS].data)[data->people] = (int32_t)at;
    mem_free(keep);
    return status;
}

static vultus_status train_pairs(struct work *work, vultus_error *error)
{
    const struct classifier_rows *data = &work->task->data;
    struct classifier_model *model = work->model;
    const size_t others = data->people - 1, pairs = data->people * others / 2;
    size_t floats;
    if (__builtin_mul_overflow(data->count, others, &floats) || floats > CLASSIFIER_FLOATS_MAX)
        return status_set(
            error, VULTUS_ERR_LIMIT,
            "%zu pictures of %zu people are too many for %s; take softmax or centroid", data->count,
            data->people, model->method->name);
    work->coefficients = mem_zalloc(floats, sizeof *work->coefficients);
    work->bias = mem_zalloc(pairs, sizeof *work->bias);
    vultus_status status =
        work->coefficients && work->bias ? VULTUS_OK : status_memory(error, "training");
    if (!status)
        status = pool_for(work->task->pool, others, train_person, work, error);
    if (!status)
        status = keep_support(work, error);
    if (!status)
        status = classifier_add(model, "bias", false, pairs, 1, error);
    if (!status)
        memcpy(model->tensors[BIAS].data, work->bias, pairs * sizeof *work->bias);
    if (!status)
        status = classifier_add(model, "gamma", false, 1, 1, error);
    if (!status)
        *(float *)model->tensors[GAMMA].data = (float)work->gamma;
    mem_free(work->coefficients);
    mem_free(work->bias);
    return status;
}

static vultus_status train(const struct classifier_task *task, struct classifier_model *model,
                           vultus_error *error)
{
    struct work work = {.task = task, .model = model, .gamma = find_gamma(task)};
    uint32_t *order = NULL, *starts = NULL;
    model->slope = SLOPE;
    vultus_status status = sort_rows(&task->data, &order, &starts, error);
    work.order = order;
    work.starts = starts;
    if (!status)
        status = train_pairs(&work, error);
    mem_free(order);
    mem_free(starts);
    return status;
}

#define USES (CLASSIFIER_C | CLASSIFIER_TOL | CLASSIFIER_ITERATIONS | CLASSIFIER_BALANCED)

static const struct classifier_layout layout[] = {{"support", false},      {"starts", true},
                                                  {"coefficients", false}, {"bias", false},
                                                  {"gamma", false},        {NULL, false}};

const struct classifier_method classifier_svm_linear = {
    .name = "svm-linear",
    .uses = USES,
    .has_slope = true,
    .layout = layout,
    .train = train,
    .check = svm_check,
    .room = svm_room,
    .predict = svm_predict,
};

const struct classifier_method classifier_svm_rbf = {
    .name = "svm-rbf",
    .uses = USES | CLASSIFIER_GAMMA,
    .has_slope = true,
    .layout = layout,
    .train = train,
    .check = svm_check,
    .room = svm_room,
    .predict = svm_predict,
};
