/*
 * Pictures: decoding untrusted bytes to upright RGB, resampling, drawing, encoding.
 * Knows nothing of faces or models.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/buffer.h"
#include "base/hash.h"

struct mips;

struct vultus_image {
    uint32_t width, height;
    size_t stride;   /* bytes from row to row, at least 3 * width */
    uint8_t *pixels; /* RGB, 8 bits each */
    bool borrowed;   /* the pixels are the caller's: never written, never freed */
    bool has_hash;   /* hash is of the encoded bytes; else it is made from pixels when asked for */
    uint8_t hash[HASH_SIZE];
    struct mips *mips; /* smaller copies, made when first needed (resample.h); empty until then */
};

/* A picture without pixels; NULL when memory runs out. */
vultus_image *image_shell(void);

/* Pixels are not initialised, rows are packed. LIMIT: more than VULTUS_PIXELS_MAX or
 * VULTUS_SIDE_MAX, or a side of 0. */
vultus_status image_new(uint32_t width, uint32_t height, vultus_image **out,
                        vultus_error *error) VULTUS_MUST_USE;

/* Before memory is taken: LIMIT when a side or the product is too large, FORMAT when one is 0. */
vultus_status image_check_size(uint64_t width, uint64_t height, size_t max_pixels, const char *name,
                               vultus_error *error) VULTUS_MUST_USE;

/* Makes `*room` a copy of the picture: in its own memory where that has the size, else in new memory. `*room` may be
 * NULL; after a failure it is as it was. */
vultus_status image_refill(const vultus_image *image, vultus_image **room,
                           vultus_error *error) VULTUS_MUST_USE;

/* Makes the pixels the picture's own, so that they can be written. */
vultus_status image_own(vultus_image *image, vultus_error *error) VULTUS_MUST_USE;

/* What the picture is known by: SHA-256 of the encoded bytes, or of size and pixels. */
vultus_status image_hash(const vultus_image *image, uint8_t out[HASH_SIZE],
                         vultus_error *error) VULTUS_MUST_USE;

enum image_kind { IMAGE_UNKNOWN, IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP };
enum image_kind image_kind_of(const uint8_t *bytes, size_t size);
/* FORMAT, with a message that says what the bytes are instead of JPEG, PNG or WebP. */
vultus_status image_refuse_kind(const uint8_t *bytes, size_t size, const char *name,
                                vultus_error *error);

/* One decoder a kind, in decode_*.c. `name` stands in messages; max_pixels is never 0. They give
 * the pixels as stored, before orientation. */
typedef vultus_status image_decoder(const uint8_t *bytes, size_t size, const char *name,
                                    size_t max_pixels, vultus_image **out, vultus_error *error);
image_decoder decode_jpeg, decode_png, decode_webp;

/* The EXIF orientation 1..8 of an encoded picture; 1 when there is none or it makes no sense. */
int exif_orientation(const uint8_t *bytes, size_t size);
/* The same of a TIFF structure alone, with or without "Exif\0\0" before it; 0: none. */
int exif_tiff_orientation(const uint8_t *bytes, size_t size);
/* Turns and mirrors pixels to upright, in place or into new memory. */
vultus_status image_orient(vultus_image *image, int orientation,
                           vultus_error *error) VULTUS_MUST_USE;

/* Encodes into a buffer (clear it afterwards); quality 1..100. */
vultus_status image_encode_jpeg(const vultus_image *image, int quality, struct buffer *out,
                                vultus_error *error) VULTUS_MUST_USE;
vultus_status image_encode_png(const vultus_image *image, struct buffer *out,
                               vultus_error *error) VULTUS_MUST_USE;

/* A copy of a rectangle (cut at the edges), scaled so that its longer side is `side` pixels at
 * most: for thumbnails. ARGUMENT: nothing of the rectangle lies in the picture. */
vultus_status image_crop(const vultus_image *image, vultus_box box, uint32_t side,
                         vultus_image **out, vultus_error *error) VULTUS_MUST_USE;

/* Drawing, on pixels that are the picture's own: colours are 0xRRGGBB. What lies outside is cut.
 * Edges are anti-aliased. */
void draw_rectangle(vultus_image *image, vultus_box box, float thickness, uint32_t colour);
void draw_disc(vultus_image *image, vultus_point centre, float radius, uint32_t colour);
void draw_fill(vultus_image *image, vultus_box box, uint32_t colour, float opacity);
/* With round ends. */
void draw_line(vultus_image *image, vultus_point from, vultus_point to, float thickness,
               uint32_t colour);
/* The points of a face of `face` pixels, with lines through them if they are 68, on a rim. */
void draw_shape(vultus_image *image, const vultus_point *points, size_t count, float face,
                uint32_t colour, uint32_t rim);

/* Draws all of a picture into a part of another one that has the pixels for it, as large as fits and in its middle; what
 * is beside it stays. Returns where it is. Averages where it shrinks, and is smooth where it grows. */
vultus_box image_fit(const vultus_image *image, vultus_image *into, vultus_box part);

struct draw_font;
/* NOT_FOUND: no font file. `pixels` is the height of a line. */
vultus_status draw_font_open(float pixels, struct draw_font **out,
                             vultus_error *error) VULTUS_MUST_USE;
void draw_font_close(struct draw_font *font);
void draw_font_resize(struct draw_font *font, float pixels);
/* The path of the font file that would be used, or NULL. */
const char *draw_font_path(void);
float draw_text_width(struct draw_font *font, const char *text);
/* (x, y): the left end of the top of the line. */
void draw_text(vultus_image *image, struct draw_font *font, float x, float y, const char *text,
               uint32_t colour);
/* vultus_image_annotate with a font that is open already (NULL: it is opened), and with names that have so many pixels
 * at least. */
vultus_status image_annotate(vultus_image *image, const vultus_label *labels, size_t count,
                             struct draw_font *font, float text_least,
                             vultus_error *error) VULTUS_MUST_USE;

#endif
