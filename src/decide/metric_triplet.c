/*
 * Triplet loss on squared distances, max(0, d(a, p) - d(a, n) + margin), with three ways to choose triplets:
 * batch-hard (Hermans, Beyer and Leibe, "In Defense of the Triplet Loss", 2017), semi-hard (Schroff,
 * Kalenichenko and Philbin, "FaceNet", 2015) and all that are above 0 (Hermans' "batch all").
 */
#include "decide/metric_loss.h"

#include <math.h>

struct triplets {
    const struct metric_loss *loss;
    const struct metric_batch *batch;
    const float *similarity;
    float *out;
    double sum;
    size_t count; /* that the mean is of */
};

static bool is_positive(const struct metric_batch *batch, size_t a, size_t p)
{
    return a != p && batch->person[a] == batch->person[p];
}

/* d(a, p) - d(a, n) = 2 (s(a, n) - s(a, p)). Slopes are divided by the count at the end. */
static bool add(struct triplets *t, size_t a, size_t p, size_t n)
{
    const float *row = t->similarity + a * t->batch->rows;
    double value = 2 * ((double)row[n] - (double)row[p]) + (double)t->loss->margin;
    if (!(value > 0))
        return false;
    t->sum += value;
    t->out[a * t->batch->rows + p] -= 2;
    t->out[a * t->batch->rows + n] += 2;
    return true;
}

static void hardest(struct triplets *t, size_t a)
{
    const struct metric_batch *batch = t->batch;
    const float *row = t->similarity + a * batch->rows;
    size_t far = a, near = a;
    for (size_t i = 0; i < batch->rows; i++) {
        if (is_positive(batch, a, i) && (far == a || row[i] < row[far]))
            far = i;
        if (batch->person[i] != batch->person[a] && (near == a || row[i] > row[near]))
            near = i;
    }
    if (far == a || near == a)
        return;
    t->count++;
    (void)add(t, a, far, near);
}

/* The nearest negative that is farther than the positive; where there is none, the farthest of all. */
static void semi_hard(struct triplets *t, size_t a, size_t p)
{
    const struct metric_batch *batch = t->batch;
    const float *row = t->similarity + a * batch->rows;
    size_t beyond = a, farthest = a;
    for (size_t i = 0; i < batch->rows; i++) {
        if (batch->person[i] == batch->person[a])
            continue;
        if (row[i] < row[p] && (beyond == a || row[i] > row[beyond]))
            beyond = i;
        if (farthest == a || row[i] < row[farthest])
            farthest = i;
    }
    if (farthest == a)
        return;
    t->count++;
    (void)add(t, a, p, beyond == a ? farthest : beyond);
}

static void all(struct triplets *t, size_t a, size_t p)
{
    for (size_t i = 0; i < t->batch->rows; i++)
        if (t->batch->person[i] != t->batch->person[a])
            t->count += add(t, a, p, i);
}

double metric_triplet_loss(const struct metric_loss *loss, const struct metric_batch *batch,
                           const float *similarity, float *out)
{
    struct triplets t = {loss, batch, similarity, out, 0, 0};
    for (size_t a = 0; a < batch->rows; a++) {
        if (loss->mining == VULTUS_MINING_BATCH_HARD) {
            hardest(&t, a);
            continue;
        }
        for (size_t p = 0; p < batch->rows; p++)
            if (is_positive(batch, a, p) && loss->mining == VULTUS_MINING_ALL)
                all(&t, a, p);
            else if (is_positive(batch, a, p))
                semi_hard(&t, a, p);
    }
    if (!t.count)
        return 0;
    for (size_t i = 0; i < batch->rows * batch->rows; i++)
        out[i] /= (float)t.count;
    return t.sum / (double)t.count;
}
