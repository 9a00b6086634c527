/*
 * vultus, the basics: version, statuses and errors, pictures. Included by vultus.h, whose contract holds
 * here too.
 */
#ifndef VULTUS_BASICS_H
#define VULTUS_BASICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VULTUS_API __attribute__((visibility("default")))
#define VULTUS_MUST_USE __attribute__((warn_unused_result))
#else
#define VULTUS_API
#define VULTUS_MUST_USE
#endif

#define VULTUS_VERSION_MAJOR 0
#define VULTUS_VERSION_MINOR 1
#define VULTUS_VERSION_PATCH 0

/* The version of the library at run time, for instance "0.1.0". Static storage. */
VULTUS_API const char *vultus_version(void);

/* ------------------------------------------------------------------ status and errors */

typedef enum vultus_status {
    VULTUS_OK = 0,
    VULTUS_ERR_MEMORY,    /* an allocation failed */
    VULTUS_ERR_ARGUMENT,  /* the call is wrong: a bad value, a bad name */
    VULTUS_ERR_IO,        /* a file or folder cannot be read or written */
    VULTUS_ERR_FORMAT,    /* the bytes are damaged or of an unknown kind */
    VULTUS_ERR_LIMIT,     /* larger than a limit allows */
    VULTUS_ERR_MODEL,     /* a model is missing, damaged, or does not fit its contract */
    VULTUS_ERR_DATABASE,  /* the gallery cannot be opened, read or written */
    VULTUS_ERR_MISMATCH,  /* embeddings of different models are never compared */
    VULTUS_ERR_NOT_FOUND, /* no such person, face, model */
    VULTUS_ERR_EXISTS,    /* the name is taken */
    VULTUS_ERR_BUSY,      /* another process holds the gallery; try again */
    VULTUS_ERR_CANCELLED, /* the caller asked to stop */
    VULTUS_ERR_INTERNAL   /* a library below failed in a way that has no better name */
} vultus_status;

typedef struct vultus_error {
    vultus_status code;
    char message[252]; /* one line, without a full stop or line feed at its end */
} vultus_error;

/* A short name such as "damaged or unknown format". Static storage. */
VULTUS_API const char *vultus_status_text(vultus_status status);

/*
 * How work that may take long is given up: asked often, from any thread that works on the call, and perhaps from
 * several at once; true ends the call with CANCELLED.
 */
typedef struct vultus_stop {
    bool (*asked)(void *context);
    void *context;
} vultus_stop;

/* ------------------------------------------------------------------ pictures */

#define VULTUS_FILE_BYTES_MAX ((size_t)256 << 20) /* an encoded picture */
#define VULTUS_PIXELS_MAX ((size_t)100000000)     /* 100 megapixels: 300 MB of RGB */
#define VULTUS_SIDE_MAX 65500                     /* JPEG's own limit */

typedef struct vultus_image vultus_image;

typedef enum vultus_pixel_format { /* bytes of one pixel, in the order of memory */
                                   VULTUS_PIXELS_RGB = 0,
                                   VULTUS_PIXELS_BGR,
                                   VULTUS_PIXELS_RGBA, /* alpha is ignored */
                                   VULTUS_PIXELS_BGRA,
                                   VULTUS_PIXELS_GREY
} vultus_pixel_format;

typedef struct vultus_pixels {
    const uint8_t *data;
    uint32_t width, height;
    size_t stride; /* bytes from one row to the next; 0: rows are packed */
    vultus_pixel_format format;
} vultus_pixels;

typedef struct vultus_decode_options {
    size_t max_bytes;  /* 0: VULTUS_FILE_BYTES_MAX */
    size_t max_pixels; /* 0: VULTUS_PIXELS_MAX */
} vultus_decode_options;

/*
 * Decodes a JPEG, PNG or WebP, told by its first bytes, to upright 8-bit RGB: 16 bits are reduced,
 * grey and palette are expanded, transparency is laid over white, CMYK is converted.
 * FORMAT: unknown or damaged; LIMIT: too large. `name` (may be NULL) stands in messages.
 * Free with vultus_image_free.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_decode(const void *bytes, size_t size,
                                                             const char *name,
                                                             const vultus_decode_options *options,
                                                             vultus_image **out,
                                                             vultus_error *error);

/* The same from a file. IO: the file cannot be read. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_read(const char *path,
                                                           const vultus_decode_options *options,
                                                           vultus_image **out, vultus_error *error);

/*
 * A picture over the caller's pixels. RGB is used in place: `data` must outlive the picture and
 * stay as it is. The other formats are copied.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_wrap(const vultus_pixels *pixels,
                                                           vultus_image **out, vultus_error *error);

VULTUS_API uint32_t vultus_image_width(const vultus_image *image);
VULTUS_API uint32_t vultus_image_height(const vultus_image *image);
/* The pixels, RGB. They live as long as the picture. */
VULTUS_API vultus_pixels vultus_image_pixels(const vultus_image *image);
/* SHA-256 of the file that it was decoded from, else of its pixels: what makes two pictures the same one. */
#define VULTUS_IMAGE_HASH 32
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_hash(const vultus_image *image,
                                                           uint8_t out[VULTUS_IMAGE_HASH],
                                                           vultus_error *error);
VULTUS_API void vultus_image_free(vultus_image *image);

/* A copy whose longer side has `side` pixels at most. ARGUMENT: a side of 0. Free with vultus_image_free. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_scaled(const vultus_image *image,
                                                             uint32_t side, vultus_image **out,
                                                             vultus_error *error);

/* Writes a JPEG (quality 92) or PNG, by the ending of `path`, through a temporary file. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_write(const vultus_image *image,
                                                            const char *path, vultus_error *error);
/* The same JPEG in memory. Free with vultus_thumbnail_free(*out, *size). */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_jpeg(const vultus_image *image, uint8_t **out,
                                                           size_t *size, vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
