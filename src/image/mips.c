/*
 * Mip chains: each level is the mean of 2 x 2 pixels of the one before, so that any smaller size can
 * be made from a level at most twice as large. An odd last row or column is left out.
 */
#include "image/resample.h"
#include "base/memory.h"

#define SMALLEST_SIDE 4 /* a detector may look at a whole picture in fewer than ten pixels */

vultus_status mips_init(struct mips *mips, const vultus_image *image,
                        const struct kernel_table *kernels, vultus_error *error)
{
    struct mips made = {.kernels = kernels, .count = 1};
    made.levels[0] = (struct mip){image->width, image->height, image->stride, image->pixels};
    while (made.count < MIPS_MAX) {
        const struct mip *last = &made.levels[made.count - 1];
        uint32_t width = last->width / 2, height = last->height / 2;
        if (width < SMALLEST_SIDE || height < SMALLEST_SIDE)
            break;
        made.levels[made.count++] = (struct mip){width, height, 3 * (size_t)width, NULL};
        made.owned_size += 3 * (size_t)width * height;
    }
    if (made.count > 1) {
        made.owned = mem_alloc(made.owned_size);
        if (!made.owned)
            return status_memory(error, "smaller copies of the picture");
    }
    uint8_t *next = made.owned;
    for (size_t i = 1; i < made.count; i++) {
        const struct mip *from = &made.levels[i - 1];
        struct mip *to = &made.levels[i];
        for (uint32_t y = 0; y < to->height; y++)
            kernels->halve_row(from->pixels + 2 * y * from->stride,
                               from->pixels + (2 * y + 1) * from->stride, to->width,
                               next + y * to->stride);
        to->pixels = next;
        next += to->stride * to->height;
    }
    *mips = made;
    return VULTUS_OK;
}

vultus_status mips_of(const vultus_image *image, const struct kernel_table *kernels,
                      const struct mips **out, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (!image->mips->count)
        status = mips_init(image->mips, image, kernels, error);
    if (!status)
        *out = image->mips;
    return status;
}

void mips_clear(struct mips *mips)
{
    mem_free_wiped(mips->owned, mips->owned_size);
    *mips = (struct mips){0};
}

void planes_normalise(struct planes *planes, bool bgr, const float mean[3], const float scale[3])
{
    planes->bgr = bgr;
    for (int c = 0; c < 3; c++) {
        planes->scale[c] = scale[c];
        planes->shift[c] = -mean[c] * scale[c];
    }
}

void planes_interleave(const float *planes, size_t pixels, float *out)
{
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++)
            out[3 * i + c] = planes[c * pixels + i];
}
