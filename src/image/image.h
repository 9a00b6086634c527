/*
 * Pictures: decoding untrusted bytes to upright RGB, resampling, drawing, encoding.
 * Knows nothing of faces or models.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/buffer.h"
#include "base/hash.h"

struct vultus_image {
    uint32_t width, height;
    size_t stride;      /* bytes from row to row, at least 3 * width */
    uint8_t *pixels;    /* RGB, 8 bits each */
    bool borrowed;      /* the pixels are the caller's: never written, never freed */
    bool has_hash;      /* hash is of the encoded bytes; else it is made from pixels when asked for */
    uint8_t hash[HASH_SIZE];
};

/* Pixels are not initialised. LIMIT: more than VULTUS_PIXELS_MAX or VULTUS_SIDE_MAX, or a side of 0. */
vultus_status image_new(uint32_t width, uint32_t height, vultus_image **out,
                        vultus_error *error) VULTUS_MUST_USE;

/* What the picture is known by: SHA-256 of the encoded bytes, or of size and pixels. */
vultus_status image_hash(vultus_image *image, uint8_t out[HASH_SIZE],
                         vultus_error *error) VULTUS_MUST_USE;

enum image_kind { IMAGE_UNKNOWN, IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP };
enum image_kind image_kind_of(const uint8_t *bytes, size_t size);

/* One decoder a kind, in decode_*.c. `name` stands in messages; max_pixels is never 0. They give
 * the pixels as stored, before orientation. */
typedef vultus_status image_decoder(const uint8_t *bytes, size_t size, const char *name,
                                    size_t max_pixels, vultus_image **out, vultus_error *error);
image_decoder decode_jpeg, decode_png, decode_webp;

/* The EXIF orientation 1..8 of an encoded picture; 1 when there is none or it makes no sense. */
int exif_orientation(const uint8_t *bytes, size_t size);
/* Turns and mirrors pixels to upright, in place or into new memory. */
vultus_status image_orient(vultus_image *image, int orientation,
                           vultus_error *error) VULTUS_MUST_USE;

/* Encodes into a buffer (clear it afterwards); quality 1..100. */
vultus_status image_encode_jpeg(const vultus_image *image, int quality, struct buffer *out,
                                vultus_error *error) VULTUS_MUST_USE;
vultus_status image_encode_png(const vultus_image *image, struct buffer *out,
                               vultus_error *error) VULTUS_MUST_USE;

/* A copy of a rectangle (cut at the edges), scaled so that its longer side is `side` pixels at most:
 * for thumbnails. */
vultus_status image_crop(const vultus_image *image, vultus_box box, uint32_t side,
                         vultus_image **out, vultus_error *error) VULTUS_MUST_USE;

/* Drawing: colours are 0xRRGGBB. What lies outside is cut. Lines are anti-aliased or filled. */
void draw_rectangle(vultus_image *image, vultus_box box, float thickness, uint32_t colour);
void draw_disc(vultus_image *image, vultus_point centre, float radius, uint32_t colour);
void draw_fill(vultus_image *image, vultus_box box, uint32_t colour, float opacity);

struct draw_font;
/* NOT_FOUND: no font file. `pixels` is the height of a line. */
vultus_status draw_font_open(float pixels, struct draw_font **out,
                             vultus_error *error) VULTUS_MUST_USE;
void draw_font_close(struct draw_font *font);
/* The path of the font file that would be used, or NULL. */
const char *draw_font_path(void);
float draw_text_width(struct draw_font *font, const char *text);
/* (x, y): the left end of the top of the line. */
void draw_text(vultus_image *image, struct draw_font *font, float x, float y, const char *text,
               uint32_t colour);

#endif
