/* Small pictures made on the spot, in every variant of the formats that the tests look at. */
#ifndef TEST_PICTURES_H
#define TEST_PICTURES_H

#include "image/image.h"

/* Red grows to the right, green downwards; blue is a slow wave: every turn of it looks different.
 */
vultus_image *picture_pattern(uint32_t width, uint32_t height);

/* The mean difference of two pictures' values; a value over 255 when their sizes differ. */
double picture_difference(const vultus_image *a, const vultus_image *b);

struct picture_jpeg {
    int quality; /* 0: 95 */
    bool progressive, arithmetic, grey, full_colour;
    bool cmyk, ycck;  /* four channels */
    bool no_adobe;    /* leaves the Adobe marker out: CMYK is as in the standard then */
    unsigned restart; /* MCUs between restart markers */
};
void picture_jpeg(const vultus_image *image, struct picture_jpeg options, struct buffer *out);

struct picture_png {
    int type;  /* PNG_COLOR_TYPE_* */
    int depth; /* 0: 8 */
    bool interlaced;
    bool trns; /* grey and RGB: the value of the first pixel is transparent; palette: entry 0 */
    int alpha; /* of types with alpha, in the right half; the left half is opaque */
};
/* Palette: entry i is the grey value i * 255 / (entries - 1), chosen by red. */
void picture_png(const vultus_image *image, struct picture_png options, struct buffer *out);

/* quality < 0: lossless; alpha as for PNG, 255: a picture without transparency. */
void picture_webp(const vultus_image *image, float quality, int alpha, struct buffer *out);

/* A TIFF structure with one entry, the orientation; type 3 is SHORT, 4 LONG. */
void picture_tiff(uint32_t orientation, bool big_endian, unsigned type, struct buffer *out);
/* Puts EXIF data into an encoded JPEG, PNG or WebP. */
void picture_add_exif(struct buffer *picture, uint32_t orientation, bool big_endian);
void picture_insert(struct buffer *picture, size_t at, const void *bytes, size_t size);

#endif
