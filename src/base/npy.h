/*
 * The header of an array as NumPy writes it (.npy, versions 1 to 3): kind of numbers, shape. Only what needs no
 * Python to be read: little-endian numbers and texts of a fixed width, in C order.
 */
#ifndef BASE_NPY_H
#define BASE_NPY_H

#include "base/status.h"

#define NPY_AXES_MAX 3
#define NPY_HEADER_MAX 4096 /* bytes; ours have 128 */

enum npy_kind {
    NPY_FLOAT32,
    NPY_FLOAT64,
    NPY_INT64,
    NPY_UINT8,
    NPY_TEXT,  /* `width` code points of four bytes, filled up with 0: '<U' */
    NPY_BYTES, /* `width` bytes, filled up with 0: '|S' */
    NPY_KINDS
};

struct npy {
    enum npy_kind kind;
    size_t width; /* of texts; else 1 */
    size_t axes, shape[NPY_AXES_MAX];
};

/* Bytes of one item, and of all; false when that overflows. */
size_t npy_item(const struct npy *npy);
bool npy_bytes(const struct npy *npy, size_t *bytes);

/* Reads the header at the start of `bytes`; *size receives its length. FORMAT: it is none, or of an array that is
 * not read here; the message is the end of a sentence about the array. */
vultus_status npy_read(const uint8_t *bytes, size_t have, struct npy *out, size_t *size,
                       vultus_error *error) VULTUS_MUST_USE;
/* Writes a header of version 1; returns its bytes. */
size_t npy_write(const struct npy *npy, uint8_t out[NPY_HEADER_MAX]);

#endif
