/*
 * A rectangle of a picture, made smaller by averaging: every pixel of the result is the mean of the
 * area that it covers, which is the best that a thumbnail can do without ringing. Never enlarges.
 */
#include "image/image.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

struct area {
    uint32_t left, top, width, height;
};

/* All pixels that the box touches. */
static bool cut(const vultus_image *image, vultus_box box, struct area *out)
{
    if (!isfinite(box.x) || !isfinite(box.y) || !isfinite(box.width) || !isfinite(box.height))
        return false;
    double left = floor((double)box.x), right = ceil((double)box.x + (double)box.width);
    double top = floor((double)box.y), bottom = ceil((double)box.y + (double)box.height);
    left = left > 0 ? left : 0;
    top = top > 0 ? top : 0;
    right = right < image->width ? right : image->width;
    bottom = bottom < image->height ? bottom : image->height;
    if (!(box.width > 0) || !(box.height > 0) || !(left < right) || !(top < bottom))
        return false;
    *out = (struct area){(uint32_t)left, (uint32_t)top, (uint32_t)(right - left),
                         (uint32_t)(bottom - top)};
    return true;
}

/* to[i] is the mean of from[i * scale .. (i + 1) * scale), of three channels. */
static void shrink_row(const float *from, uint32_t from_width, float weight, uint8_t *to,
                       uint32_t to_width)
{
    double scale = (double)from_width / to_width;
    for (uint32_t i = 0; i < to_width; i++, to += 3) {
        double begin = i * scale, end = begin + scale;
        float sum[3] = {0};
        for (uint32_t x = (uint32_t)begin; x < from_width && x < end; x++) {
            double low = x > begin ? x : begin, high = x + 1.0 < end ? x + 1.0 : end;
            float part = (float)(high - low);
            for (int c = 0; c < 3; c++)
                sum[c] += part * from[3 * (size_t)x + (size_t)c];
        }
        for (int c = 0; c < 3; c++) {
            float value = sum[c] * weight / (float)scale + 0.5f;
            to[c] = (uint8_t)(value < 255 ? value : 255);
        }
    }
}

static void add_row(float *sum, const uint8_t *row, size_t count, float part)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += part * row[i];
}

static vultus_status shrink(const vultus_image *image, struct area area, vultus_image *out,
                            vultus_error *error)
{
    size_t count = (size_t)3 * area.width;
    double scale = (double)area.height / out->height;
    float *sum = mem_array(count, sizeof *sum);
    if (!sum)
        return status_memory(error, "a thumbnail");
    for (uint32_t i = 0; i < out->height; i++) {
        double begin = i * scale, end = begin + scale;
        memset(sum, 0, count * sizeof *sum);
        for (uint32_t y = (uint32_t)begin; y < area.height && y < end; y++) {
            double low = y > begin ? y : begin, high = y + 1.0 < end ? y + 1.0 : end;
            add_row(sum, image->pixels + (area.top + y) * image->stride + (size_t)3 * area.left,
                    count, (float)(high - low));
        }
        shrink_row(sum, area.width, (float)(1 / scale), out->pixels + i * out->stride, out->width);
    }
    mem_free_wiped(sum, count * sizeof *sum);
    return VULTUS_OK;
}

vultus_status image_crop(const vultus_image *image, vultus_box box, uint32_t side,
                         vultus_image **out, vultus_error *error)
{
    struct area area;
    vultus_image *result = NULL;
    if (!side)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a thumbnail needs at least one pixel");
    if (!cut(image, box, &area))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "the box %g,%g %gx%g lies outside of the picture", (double)box.x,
                          (double)box.y, (double)box.width, (double)box.height);
    uint32_t longer = area.width > area.height ? area.width : area.height;
    double factor = longer > side ? (double)side / longer : 1;
    double width = round(area.width * factor), height = round(area.height * factor);
    vultus_status status = image_new(width < 1 ? 1 : (uint32_t)width,
                                     height < 1 ? 1 : (uint32_t)height, &result, error);
    if (!status && longer > side)
        status = shrink(image, area, result, error);
    else if (!status)
        for (size_t y = 0; y < area.height; y++)
            memcpy(result->pixels + y * result->stride,
                   image->pixels + (area.top + y) * image->stride + (size_t)3 * area.left,
                   result->stride);
    if (status)
        vultus_image_free(result);
    else
        *out = result;
    return status;
}

vultus_status vultus_image_scaled(const vultus_image *image, uint32_t side, vultus_image **out,
                                  vultus_error *error)
{
    if (!image || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_image_scaled: a picture and a place for the answer are needed");
    const vultus_box all = {0, 0, (float)image->width, (float)image->height};
    return image_crop(image, all, side, out, error);
}
