/*
 * Vectors as an embedder gives them. A person is a direction, their faces deviate from it; both are drawn with the
 * spectrum of a real embedder, in which a few dozen axes have all the energy, or evenly over all axes, which
 * is the hardest that there is for exact search.
 */
#include "bench_vectors.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

/* Eigenvalues of the second moment of 1,549 faces of LFW by MobileFaceNet (192 numbers), of which the others
 * are under 1e-4: its output spans 58 dimensions. */
static const float spectrum[] = {
    .04277f, .03875f, .03697f, .03393f, .03267f, .03163f, .02949f, .02824f, .02713f, .02690f,
    .02582f, .02532f, .02346f, .02282f, .02188f, .02176f, .02122f, .02069f, .02033f, .01955f,
    .01878f, .01810f, .01804f, .01744f, .01715f, .01688f, .01628f, .01613f, .01571f, .01562f,
    .01489f, .01435f, .01422f, .01375f, .01319f, .01311f, .01295f, .01241f, .01230f, .01219f,
    .01140f, .01084f, .01070f, .01044f, .01011f, .00987f, .00966f, .00937f, .00861f, .00839f,
    .00800f, .00775f, .00751f, .00707f, .00666f, .00431f, .00355f, .00082f};
#define AXES (sizeof spectrum / sizeof *spectrum)
#define WITHIN 0.56f /* deviation within a person: the median cosine of LFW's same pairs is 0.765 */

struct vectors {
    struct random random;
    size_t dimension;
    float *axes; /* AXES x dimension; NULL: every direction is alike */
    float centre[VECTORS_DIMENSION_MAX];
};

size_t vectors_spectrum_size(void)
{
    return AXES;
}

static void make_unit(float *x, size_t n)
{
    double squared = 0;
    for (size_t i = 0; i < n; i++)
        squared += (double)x[i] * (double)x[i];
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] / sqrt(squared));
}

/* AXES directions at right angles, by Gram and Schmidt. */
static void make_axes(struct vectors *vectors)
{
    size_t n = vectors->dimension;
    for (size_t i = 0; i < AXES; i++) {
        float *axis = vectors->axes + i * n;
        for (size_t k = 0; k < n; k++)
            axis[k] = (float)random_normal(&vectors->random);
        for (size_t j = 0; j < i; j++) {
            const float *other = vectors->axes + j * n;
            float product = 0;
            for (size_t k = 0; k < n; k++)
                product += axis[k] * other[k];
            for (size_t k = 0; k < n; k++)
                axis[k] -= product * other[k];
        }
        make_unit(axis, n);
    }
}

struct vectors *vectors_new(size_t dimension, bool with_spectrum, uint64_t seed)
{
    struct vectors *vectors = mem_zalloc(1, sizeof *vectors);
    if (!vectors)
        return NULL;
    random_seed(&vectors->random, seed);
    vectors->dimension = dimension;
    if (!with_spectrum)
        return vectors;
    vectors->axes = mem_array(AXES * dimension, sizeof *vectors->axes);
    if (!vectors->axes) {
        mem_free(vectors);
        return NULL;
    }
    make_axes(vectors);
    return vectors;
}

void vectors_free(struct vectors *vectors)
{
    if (vectors)
        mem_free(vectors->axes);
    mem_free(vectors);
}

static void add_direction(struct vectors *vectors, float scale, float *out)
{
    size_t n = vectors->dimension;
    if (!vectors->axes) {
        for (size_t k = 0; k < n; k++)
            out[k] += scale * (float)random_normal(&vectors->random) / sqrtf((float)n);
        return;
    }
    for (size_t i = 0; i < AXES; i++) {
        float weight = scale * sqrtf(spectrum[i]) * (float)random_normal(&vectors->random);
        const float *axis = vectors->axes + i * n;
        for (size_t k = 0; k < n; k++)
            out[k] += weight * axis[k];
    }
}

void vectors_person(struct vectors *vectors)
{
    memset(vectors->centre, 0, vectors->dimension * sizeof *vectors->centre);
    add_direction(vectors, 1, vectors->centre);
}

void vectors_face(struct vectors *vectors, float *out)
{
    memcpy(out, vectors->centre, vectors->dimension * sizeof *out);
    add_direction(vectors, WITHIN, out);
    make_unit(out, vectors->dimension);
}

void vectors_fill(struct vectors *vectors, size_t first, size_t count, size_t all, float *out,
                  float *known, size_t known_count)
{
    const size_t every = all / known_count;
    for (size_t i = first; i < first + count; i++) {
        if (i % VECTORS_PER_PERSON == 0)
            vectors_person(vectors);
        vectors_face(vectors, out + (i - first) * vectors->dimension);
        if (i % every == every / 2 && i / every < known_count)
            vectors_face(vectors, known + i / every * vectors->dimension);
    }
}
