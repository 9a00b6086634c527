/*
 * HOG's kernels in plain C: the reference for all others. The features are those of Felzenszwalb,
 * Girshick, McAllester, Ramanan, "Object Detection with Discriminatively Trained Part-Based Models",
 * 2010, with the constants of dlib.
 */
#include "kernel/hog.h"

#include <math.h>

static void split(const uint8_t *rgb, size_t n, uint8_t *red, uint8_t *green, uint8_t *blue)
{
    for (size_t i = 0; i < n; i++) {
        red[i] = rgb[3 * i];
        green[i] = rgb[3 * i + 1];
        blue[i] = rgb[3 * i + 2];
    }
}

static bool is_grey(const uint8_t *rgb, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rgb[3 * i] != rgb[3 * i + 1] || rgb[3 * i] != rgb[3 * i + 2])
            return false;
    return true;
}

static void shrink(const struct hog_shrink *row, const struct hog_columns *columns, uint8_t *out)
{
    for (size_t i = 0; i < columns->count; i++) {
        const uint8_t *top = row->top + columns->left[i], *bottom = row->bottom + columns->left[i];
        float right = columns->part[i], left = 1 - right;
        float sum = row->above * left * (float)top[0] + row->above * right * (float)top[1];
        sum += row->below * left * (float)bottom[0];
        sum += row->below * right * (float)bottom[1];
        out[i] = (uint8_t)(sum + row->bias);
    }
}

struct gradient {
    float x, y, square;
};

static struct gradient gradient_of(const struct hog_pixels *pixels, size_t plane, size_t at)
{
    const uint8_t *here = pixels->here[plane] + at;
    struct gradient g = {(float)(here[1] - here[-1]),
                         (float)(pixels->below[plane][at] - pixels->above[plane][at]), 0};
    g.square = g.x * g.x + g.y * g.y;
    return g;
}

/* The nearest of 18 directions. Folded into a quadrant there are five; between them lie these. */
static uint16_t slot_of(struct gradient g)
{
    static const float slopes[] = {0.176316f, 0.577460f, 1.191756f, 2.747475f};
    bool turn = g.y < 0 || (g.y == 0 && g.x < 0);
    float x = turn ? -g.x : g.x, y = fabsf(g.y);
    int bin = 0;
    for (size_t i = 0; i < 4; i++)
        bin += y > fabsf(x) * slopes[i];
    if (x < 0)
        bin = 9 - bin;
    return (uint16_t)(4 * (turn ? bin + 9 : bin));
}

static void gradients(const struct hog_pixels *pixels, size_t planes, size_t n, float *length,
                      uint16_t *slot)
{
    for (size_t i = 0; i < n; i++) {
        struct gradient best = gradient_of(pixels, 0, i);
        for (size_t p = 1; p < planes; p++) {
            struct gradient next = gradient_of(pixels, p, i);
            if (next.square >= best.square)
                best = next;
        }
        length[i] = sqrtf(best.square);
        slot[i] = slot_of(best);
    }
}

static void collect(const float *length, const uint16_t *slot, const float weights[HOG_CELL][4],
                    size_t zones, float *out)
{
    for (size_t i = 0; i < HOG_CELL * zones; i++) {
        float *to = out + HOG_ZONE * (i / HOG_CELL) + slot[i];
        for (size_t k = 0; k < 4; k++)
            to[k] += weights[i % HOG_CELL][k] * length[i];
    }
}

static void merge(const float *zones, size_t cells, float *lower, float *full)
{
    for (size_t c = 0; c < cells; c++)
        for (size_t s = 0; s < HOG_SLOTS; s++) {
            const float *left = zones + HOG_ZONE * c + 4 * s, *right = left + HOG_ZONE;
            full[HOG_SLOTS * c + s] = lower[HOG_SLOTS * c + s] + (left[2] + right[0]);
            lower[HOG_SLOTS * c + s] = left[3] + right[1];
        }
}

static void spread(const float *full, size_t cells, float *rows, size_t stride, float *energy)
{
    for (size_t c = 0; c < cells; c++) {
        const float *bins = full + HOG_SLOTS * c;
        for (size_t o = 0; o < HOG_BINS; o++)
            rows[o * stride + c] = o ? bins[o] : bins[0] + bins[HOG_BINS];
        energy[c] = 0;
        for (size_t o = 0; o < HOG_BINS / 2; o++) {
            float both = rows[o * stride + c] + rows[(o + HOG_BINS / 2) * stride + c];
            energy[c] += both * both;
        }
    }
}

static void blocks(const float *upper, const float *lower, size_t n, float *limit, float *scale)
{
    for (size_t i = 0; i < n; i++) {
        float sum = upper[i] + upper[i + 1] + lower[i] + lower[i + 1];
        limit[i] = 0.2f * sqrtf(sum + 0.0001f);
        scale[i] = 0.1f / limit[i];
    }
}

static void features(const float *rows, size_t stride, const struct hog_blocks *blocks, size_t n,
                     float *out, size_t out_stride)
{
    for (size_t i = 0; i < n; i++) {
        float texture[4] = {0};
        for (size_t o = 0; o < HOG_BINS + HOG_BINS / 2; o++) {
            size_t bin = o < HOG_BINS ? o : o - HOG_BINS;
            float value = rows[bin * stride + i], sum = 0;
            if (o >= HOG_BINS)
                value += rows[(bin + HOG_BINS / 2) * stride + i];
            for (size_t k = 0; k < 4; k++) { /* lower right, upper right, lower left, upper left */
                size_t x = i + (k < 2);
                float part = fminf(value, blocks->limit[!(k & 1)][x]) * blocks->scale[!(k & 1)][x];
                sum += part;
                texture[k] += o < HOG_BINS ? part : 0;
            }
            out[o * out_stride + i] = sum;
        }
        for (size_t k = 0; k < 4; k++)
            out[(HOG_PLANES - 4 + k) * out_stride + i] = 2 * 0.2357f * texture[k];
    }
}

static void filter(const float *features, size_t stride, const struct hog_products *products,
                   size_t n, float *const scores[HOG_SIDE])
{
    for (size_t p = 0; p < products->count; p++) {
        const float *row = products->factors + 2 * HOG_SIDE * p, *column = row + HOG_SIDE;
        const float *plane = features + stride * products->planes[p];
        for (size_t i = 0; i < n; i++) {
            float sum = 0;
            for (size_t k = 0; k < HOG_SIDE; k++)
                sum += row[k] * plane[i + k];
            for (size_t k = 0; k < HOG_SIDE; k++)
                scores[k][i] += column[k] * sum;
        }
    }
}

const struct hog_kernels hog_kernels_scalar = {CPU_SCALAR, split,    is_grey, shrink,
                                               gradients,  collect,  merge,   spread,
                                               blocks,     features, filter};
