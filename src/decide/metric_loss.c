/*
 * What triplet and contrastive loss share: both see a batch only through its similarities S = Y Y^T, so that
 * with G = dL/dS the gradient is dL/dY = (G + G^T) Y. Contrastive loss: Hadsell, Chopra and LeCun,
 * "Dimensionality Reduction by Learning an Invariant Mapping" (2006); same and different pairs are
 * averaged each for themselves, because a batch has many more of the latter.
 */
#include "decide/metric_loss.h"
#include "base/memory.h"
#include "decide/metric_matrix.h"

#include <math.h>
#include <string.h>

#define DISTANCE_LEAST 1e-4 /* where the distance has no slope any more */

vultus_status metric_loss_init(struct metric_loss *loss, size_t rows_max, size_t width,
                               vultus_error *error)
{
    const bool classes = loss->kind == VULTUS_LOSS_ARCFACE;
    size_t floats = classes ? 4 * loss->people * width + 3 * rows_max * loss->people +
                                  2 * rows_max * width + loss->people
                            : 2 * rows_max * rows_max + rows_max * width;
    loss->room = mem_zalloc(floats, sizeof *loss->room);
    if (!loss->room)
        return status_memory(error, "training");
    loss->rows_max = rows_max;
    loss->width = width;
    if (classes) {
        loss->centres = loss->room;
        loss->centres_gradient = loss->centres + loss->people * width;
    }
    return VULTUS_OK;
}

void metric_loss_clear(struct metric_loss *loss)
{
    mem_free(loss->room);
    loss->room = loss->centres = loss->centres_gradient = NULL;
}

static double contrastive(const struct metric_loss *loss, const struct metric_batch *batch,
                          const float *similarity, float *out)
{
    const size_t n = batch->rows;
    const double margin = (double)loss->margin;
    size_t same = 0, different = 0;
    double same_sum = 0, different_sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            same += i != j && batch->person[i] == batch->person[j];
            different += batch->person[i] != batch->person[j];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double squared = fmax(2 - 2 * (double)similarity[i * n + j], 0);
            double distance = sqrt(squared), short_of = margin - distance;
            if (i == j)
                continue;
            if (batch->person[i] == batch->person[j]) {
                same_sum += squared;
                out[i * n + j] = (float)(-2 / (double)same);
            } else if (short_of > 0) { /* d(m - d)^2 / ds = 2 (m - d) / d */
                different_sum += short_of * short_of;
                out[i * n + j] =
                    (float)(2 * short_of / fmax(distance, DISTANCE_LEAST) / (double)different);
            }
        }
    return (same ? same_sum / (double)same : 0) +
           (different ? different_sum / (double)different : 0);
}

double metric_loss_run(struct metric_loss *loss, const struct metric_batch *batch, float *gradient)
{
    const size_t n = batch->rows;
    float *similarity = loss->room, *slopes = similarity + loss->rows_max * loss->rows_max;
    float *columns = slopes + loss->rows_max * loss->rows_max;
    if (loss->kind == VULTUS_LOSS_ARCFACE)
        return metric_arcface_loss(loss, batch, gradient);
    matrix_multiply(&(struct matrix_product){batch->y, batch->y, n, n, batch->width, similarity},
                    loss->pool);
    memset(slopes, 0, n * n * sizeof *slopes);
    double value = loss->kind == VULTUS_LOSS_TRIPLET
                       ? metric_triplet_loss(loss, batch, similarity, slopes)
                       : contrastive(loss, batch, similarity, slopes);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            slopes[i * n + j] = slopes[j * n + i] = slopes[i * n + j] + slopes[j * n + i];
    matrix_transpose(batch->y, n, batch->width, columns);
    matrix_multiply(&(struct matrix_product){slopes, columns, n, batch->width, n, gradient},
                    loss->pool);
    return value;
}
