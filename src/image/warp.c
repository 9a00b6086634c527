/*
 * Sampling a turned and scaled part of a picture, bilinear, black outside, as cv2.warpAffine does:
 * coordinates mean the centres of pixels. For large faces it reads a smaller level of the mip chain,
 * so that the chip is averaged instead of aliased.
 */
#include "image/resample.h"

#include <math.h>

/* By the smaller of both scales: rather aliased along one axis than blurred along the other. */
static const struct mip *level_of(const struct mips *mips, struct affine *map)
{
    float scale = fminf(hypotf(map->xx, map->yx), hypotf(map->xy, map->yy));
    size_t level = 0;
    while (scale >= 2 && level + 1 < mips->count) {
        scale /= 2;
        level++;
        map->xx /= 2;
        map->xy /= 2;
        map->yx /= 2;
        map->yy /= 2;
        map->tx = (map->tx + 0.5f) / 2 - 0.5f;
        map->ty = (map->ty + 0.5f) / 2 - 0.5f;
    }
    return &mips->levels[level];
}

struct sample { /* four neighbours and their weights; what lies outside has weight 0 */
    const uint8_t *at[4];
    float weight[4];
};

/* The floor as an integer; not floorf, which is a call. What is too far out for an integer (or NaN)
 * is as black as what is near. */
static inline int32_t whole(float v)
{
    if (!(v > -1e6f && v < 1e6f))
        return -1000000;
    int32_t cut = (int32_t)v;
    return cut - ((float)cut > v);
}

static inline void sample_at(const struct mip *source, float x, float y, struct sample *out)
{
    const int32_t ix = whole(x), iy = whole(y);
    const int32_t width = (int32_t)source->width, height = (int32_t)source->height;
    const float wx = x - (float)ix, wy = y - (float)iy;
    const float weights[4] = {(1 - wx) * (1 - wy), wx * (1 - wy), (1 - wx) * wy, wx * wy};
    if (ix >= 0 && iy >= 0 && ix + 1 < width && iy + 1 < height) {
        const uint8_t *at = source->pixels + (size_t)iy * source->stride + 3 * (size_t)ix;
        for (int k = 0; k < 4; k++) {
            out->weight[k] = weights[k];
            out->at[k] = at + (k & 1) * 3 + (size_t)(k >> 1) * source->stride;
        }
        return;
    }
    for (int k = 0; k < 4; k++) {
        int32_t px = ix + (k & 1), py = iy + (k >> 1);
        bool inside = px >= 0 && py >= 0 && px < width && py < height;
        out->weight[k] = inside ? weights[k] : 0;
        out->at[k] = source->pixels + (inside ? (size_t)py * source->stride + 3 * (size_t)px : 0);
    }
}

static inline float blend(const struct sample *s, int c)
{
    return s->weight[0] * (float)s->at[0][c] + s->weight[1] * (float)s->at[1][c] +
           s->weight[2] * (float)s->at[2][c] + s->weight[3] * (float)s->at[3][c];
}

void resample_warp(const struct mips *mips, struct affine map, const struct planes *planes)
{
    const struct mip *source = level_of(mips, &map);
    size_t plane = (size_t)planes->width * planes->height;
    float *out[3] = {planes->data + (planes->bgr ? 2 * plane : 0), planes->data + plane,
                     planes->data + (planes->bgr ? 0 : 2 * plane)};
    const int order[3] = {planes->bgr ? 2 : 0, 1, planes->bgr ? 0 : 2};
    size_t i = 0;
    for (uint32_t y = 0; y < planes->height; y++)
        for (uint32_t x = 0; x < planes->width; x++, i++) {
            struct sample s;
            sample_at(source, map.xx * (float)x + map.xy * (float)y + map.tx,
                      map.yx * (float)x + map.yy * (float)y + map.ty, &s);
            for (int c = 0; c < 3; c++)
                out[c][i] = blend(&s, c) * planes->scale[order[c]] + planes->shift[order[c]];
        }
}

void resample_warp_grey(const struct mips *mips, struct affine map, uint32_t width, uint32_t height,
                        uint8_t *out)
{
    const struct mip *source = level_of(mips, &map);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            struct sample s;
            sample_at(source, map.xx * (float)x + map.xy * (float)y + map.tx,
                      map.yx * (float)x + map.yy * (float)y + map.ty, &s);
            out[(size_t)y * width + x] = (uint8_t)(blend(&s, 1) + 0.5f);
        }
}
