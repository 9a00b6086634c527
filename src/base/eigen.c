/*
 * Householder reduction to tridiagonal form, then QL with implicit shifts (Golub and Van Loan, Matrix
 * Computations, 8.3; Bowdler, Martin, Reinsch and Wilkinson 1968). Vectors are kept as rows, so that
 * the rotations of QL, which are most of the work, go along memory.
 */
#include "base/eigen.h"
#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ITERATIONS 60 /* for one eigenvalue; two or three are usual */

struct eigen {
    double *rows; /* n x n: the matrix, then the vectors */
    double *diagonal, *beside, *work;
    size_t n;
};

/*
 * Reflections I - h v v^T, from the last column on, each of which clears the part of row k before its
 * last two. v is kept in row k until the vectors are made of all of them.
 */
static void reduce(struct eigen *e, double *factors)
{
    size_t n = e->n;
    for (size_t k = n; k-- > 2;) {
        double *v = e->rows + k * n, squares = 0;
        for (size_t i = 0; i < k; i++)
            squares += v[i] * v[i];
        double tail = squares - v[k - 1] * v[k - 1];
        factors[k] = 0;
        e->beside[k] = v[k - 1];
        if (tail <= squares * 1e-300 || squares == 0)
            continue;
        double length = copysign(sqrt(squares), v[k - 1]);
        e->beside[k] = -length;
        v[k - 1] += length;
        factors[k] = 1 / (length * v[k - 1]);
        /* A := A - v w^T - w v^T on the leading k x k, with w = h A v - (h^2 v^T A v / 2) v */
        double *w = e->work, product = 0;
        for (size_t i = 0; i < k; i++) {
            const double *row = e->rows + i * n;
            double sum = 0;
            for (size_t j = 0; j < k; j++)
                sum += row[j] * v[j];
            w[i] = factors[k] * sum;
            product += w[i] * v[i];
        }
        for (size_t i = 0; i < k; i++)
            w[i] -= factors[k] * product / 2 * v[i];
        for (size_t i = 0; i < k; i++) {
            double *row = e->rows + i * n;
            for (size_t j = 0; j < k; j++)
                row[j] -= v[i] * w[j] + w[i] * v[j];
        }
    }
    if (n > 1)
        e->beside[1] = e->rows[n];
    for (size_t i = 0; i < n; i++)
        e->diagonal[i] = e->rows[i * n + i];
}

/* The product of the reflections in the other order, Q^T of A = Q T Q^T: QL turns the columns of Q. */
static void accumulate(struct eigen *e, const double *factors, double *vectors)
{
    size_t n = e->n;
    memset(vectors, 0, n * n * sizeof *vectors);
    for (size_t i = 0; i < n; i++)
        vectors[i * n + i] = 1;
    for (size_t k = 2; k < n;
         k++) { /* v of k touches the first k columns; before, only they are mixed */
        const double *v = e->rows + k * n;
        for (size_t i = 0; factors[k] != 0 && i < k; i++) {
            double *row = vectors + i * n, sum = 0;
            for (size_t j = 0; j < k; j++)
                sum += row[j] * v[j];
            for (size_t j = 0; j < k; j++)
                row[j] -= factors[k] * sum * v[j];
        }
    }
}

/* One step of QL on the block from `low` to `high`. */
static void step(struct eigen *e, double *vectors, size_t low, size_t high)
{
    double *d = e->diagonal, *b = e->beside;
    size_t n = e->n;
    double g = (d[low + 1] - d[low]) / (2 * b[low]), r = hypot(g, 1), s = 1, c = 1, p = 0;
    g = d[high] - d[low] + b[low] / (g + copysign(r, g));
    for (size_t i = high; i-- > low;) {
        double f = s * b[i], t = c * b[i];
        r = hypot(f, g);
        b[i + 1] = r;
        if (r == 0) { /* the block falls apart here */
            d[i + 1] -= p;
            b[high] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * t;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - t;
        double *x = vectors + i * n, *y = x + n;
        for (size_t k = 0; k < n; k++) {
            double was = y[k];
            y[k] = s * x[k] + c * was;
            x[k] = c * x[k] - s * was;
        }
    }
    d[low] -= p;
    b[low] = g;
    b[high] = 0;
}

static bool iterate(struct eigen *e, double *vectors)
{
    size_t n = e->n;
    for (size_t i = 1; i < n; i++) /* beside[i]: between i and i + 1 from here on */
        e->beside[i - 1] = e->beside[i];
    e->beside[n - 1] = 0;
    for (size_t low = 0; low < n; low++)
        for (unsigned round = 0;; round++) {
            size_t high = low;
            while (high + 1 < n) {
                double scale = fabs(e->diagonal[high]) + fabs(e->diagonal[high + 1]);
                if (fabs(e->beside[high]) <= DBL_EPSILON * scale)
                    break;
                high++;
            }
            if (high == low)
                break;
            if (round == ITERATIONS)
                return false;
            step(e, vectors, low, high);
        }
    return true;
}

/* The largest first, by selection: n^2 moves of numbers, n of rows. */
static void sort(struct eigen *e, double *vectors)
{
    size_t n = e->n;
    for (size_t i = 0; i < n; i++) {
        size_t best = i;
        for (size_t k = i + 1; k < n; k++)
            if (e->diagonal[k] > e->diagonal[best])
                best = k;
        if (best == i)
            continue;
        double value = e->diagonal[i];
        e->diagonal[i] = e->diagonal[best];
        e->diagonal[best] = value;
        memcpy(e->work, vectors + i * n, n * sizeof *vectors);
        memcpy(vectors + i * n, vectors + best * n, n * sizeof *vectors);
        memcpy(vectors + best * n, e->work, n * sizeof *vectors);
    }
}

vultus_status eigen_symmetric(double *matrix, size_t n, double *values, vultus_error *error)
{
    bool good = true;
    for (size_t i = 0; i < n * n; i++)
        good &= isfinite(matrix[i]);
    if (!good)
        return status_set(error, VULTUS_ERR_INTERNAL, "a matrix has values that are not numbers");
    if (!n)
        return VULTUS_OK;
    double *vectors = mem_array(n * n + 3 * n, sizeof *vectors);
    if (!vectors)
        return status_memory(error, "eigenvectors");
    struct eigen e = {.rows = matrix,
                      .diagonal = values,
                      .beside = vectors + n * n,
                      .work = vectors + n * n + n,
                      .n = n};
    double *factors = vectors + n * n + 2 * n;
    memset(e.beside, 0, n * sizeof *e.beside);
    reduce(&e, factors);
    accumulate(&e, factors, vectors);
    good = iterate(&e, vectors);
    if (good) {
        sort(&e, vectors);
        memcpy(matrix, vectors, n * n * sizeof *matrix);
    }
    mem_free_wiped(vectors, (n * n + 3 * n) * sizeof *vectors);
    return good ? VULTUS_OK
                : status_set(error, VULTUS_ERR_INTERNAL, "the eigenvectors did not converge");
}
