/*
 * From pixels to the planes that networks read: parts of a picture at another size, and turned
 * parts (aligned faces). Both read from a mip chain, so that a face of any size is averaged, not
 * skipped over, and both write normalised floats at once: value * scale + shift, plane by plane.
 */
#ifndef IMAGE_RESAMPLE_H
#define IMAGE_RESAMPLE_H

#include "image/image.h"
#include "kernel/kernel.h"

#define MIPS_MAX 16

struct mips { /* level n has the picture at 1/2^n of its size; level 0 is the picture itself */
    const struct kernel_table *kernels;
    size_t count;
    struct mip {
        uint32_t width, height;
        size_t stride;
        const uint8_t *pixels;
    } levels[MIPS_MAX];
    uint8_t *owned; /* all levels but the first */
    size_t owned_size;
};

/* Builds levels until the shorter side is a few pixels. The picture must outlive the chain. */
vultus_status mips_init(struct mips *mips, const vultus_image *image,
                        const struct kernel_table *kernels, vultus_error *error) VULTUS_MUST_USE;
void mips_clear(struct mips *mips);
/* The picture's own chain, made when first asked for and kept until the picture is freed or drawn
 * upon: detection and embedding share it. */
vultus_status mips_of(const vultus_image *image, const struct kernel_table *kernels,
                      const struct mips **out, vultus_error *error) VULTUS_MUST_USE;

struct planes { /* where normalised values go: RGB planes of width x height, one after the other */
    float *data;
    uint32_t width, height;
    bool bgr;                 /* the first plane is blue */
    float scale[3], shift[3]; /* of red, green, blue planes in the order of data */
};

/* Sets scale and shift from a contract's (value - mean) * scale. */
void planes_normalise(struct planes *planes, bool bgr, const float mean[3], const float scale[3]);

/*
 * Resizes `box` of the picture to planes of width x `full_height`, of which rows row .. row +
 * planes->height - 1 are made: area averaging when it shrinks, bilinear when it grows. What lies
 * outside the picture is black. Meant for boxes that shrink about alike both ways: where one side
 * shrinks more than three times as much as the other, pixels are left out.
 */
vultus_status resample_box(const struct mips *mips, vultus_box box, uint32_t full_height,
                           uint32_t row, const struct planes *planes,
                           vultus_error *error) VULTUS_MUST_USE;

/* Three planes of `pixels` floats to pixels of three floats, as networks with NHWC inputs want them. */
void planes_interleave(const float *planes, size_t pixels, float *out);

/* x' = a x - b y + tx, y' = b x + a y + ty: rotation, one scale, and a shift. */
struct similarity {
    float a, b, tx, ty;
};

/* x' = xx x + xy y + tx, y' = yx x + yy y + ty. */
struct affine {
    float xx, xy, tx, yx, yy, ty;
};

static inline struct affine affine_of(struct similarity s)
{
    return (struct affine){s.a, -s.b, s.tx, s.b, s.a, s.ty};
}

/* Samples the picture at `to_picture`(x, y) for every pixel of the planes; bilinear, black outside. */
void resample_warp(const struct mips *mips, struct affine to_picture, const struct planes *planes);
/* The same for the green channel alone, which stands for brightness: width x height bytes. */
void resample_warp_grey(const struct mips *mips, struct affine to_picture, uint32_t width,
                        uint32_t height, uint8_t *out);

#endif
