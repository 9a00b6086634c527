/*
 * Binary logistic regression by L-BFGS. Products are of single precision (the embeddings are, and the kernels
 * are fast there), sums over the loss of double.
 */
#include "decide/logistic.h"
#include "base/memory.h"
#include "decide/lbfgs.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

struct work {
    const struct logistic_fit *fit;
    double sum;        /* of the weights */
    float *weights;    /* dimension */
    float *values;     /* count: first products, then residuals */
    float *derivative; /* dimension */
};

double logistic_sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

double logistic_softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

void logistic_transpose(const float *rows, size_t count, size_t dimension, float *out)
{
    enum { TILE = 16 };
    for (size_t i = 0; i < count; i += TILE)
        for (size_t j = 0; j < dimension; j++)
            for (size_t k = i; k < i + TILE && k < count; k++)
                out[j * count + k] = rows[k * dimension + j];
}

static double weight_of(const struct logistic_fit *fit, size_t row)
{
    return fit->weight ? fit->weight[row] : 1;
}

static vultus_status evaluate(void *context, const double *x, double *value, double *gradient,
                              vultus_error *error)
{
    struct work *work = context;
    const struct logistic_fit *fit = work->fit;
    const struct kernel_table *kernels = kernel_best();
    const size_t n = fit->count, d = fit->dimension;
    double loss = 0, bias = 0, squares = 0;
    (void)error;
    for (size_t j = 0; j < d; j++)
        work->weights[j] = (float)x[j];
    kernels->dot_rows(work->weights, fit->rows, d, n, d, work->values);
    for (size_t i = 0; i < n; i++) {
        double z = work->values[i] + x[d], weight = weight_of(fit, i);
        double residual = weight * (logistic_sigmoid(z) - (fit->yes[i] ? 1 : 0));
        loss += weight * logistic_softplus(fit->yes[i] ? -z : z);
        bias += residual;
        work->values[i] = (float)residual;
    }
    kernels->dot_rows(work->values, fit->columns, n, d, n, work->derivative);
    for (size_t j = 0; j < d; j++) {
        gradient[j] = (work->derivative[j] + x[j] / fit->c) / work->sum;
        squares += x[j] * x[j];
    }
    gradient[d] = bias / work->sum;
    *value = (loss + squares / (2 * fit->c)) / work->sum;
    return VULTUS_OK;
}

vultus_status logistic_train(const struct logistic_fit *fit, double *out, vultus_error *error)
{
    const size_t d = fit->dimension;
    double yes = 0;
    struct work work = {.fit = fit, .weights = mem_array(2 * d + fit->count, sizeof(float))};
    if (!work.weights)
        return status_memory(error, "training");
    work.derivative = work.weights + d;
    work.values = work.derivative + d;
    for (size_t i = 0; i < fit->count; i++) {
        work.sum += weight_of(fit, i);
        yes += fit->yes[i] ? weight_of(fit, i) : 0;
    }
    memset(out, 0, d * sizeof *out);
    /* What fits best without the rows; nobody or everybody would have no finite answer. */
    out[d] = yes > 0 && yes < work.sum ? log(yes / (work.sum - yes)) : 0;
    const struct lbfgs_problem problem = {.size = d + 1,
                                          .evaluate = evaluate,
                                          .context = &work,
                                          .tolerance = fit->tolerance,
                                          .iterations = fit->iterations,
                                          .stop = fit->stop,
                                          .stop_context = fit->context};
    vultus_status status = lbfgs_minimise(&problem, out, NULL, error);
    mem_free(work.weights);
    return status;
}
