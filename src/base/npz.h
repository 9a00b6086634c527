/*
 * Files of named arrays as numpy.savez makes them: a zip file with NAME.npy in it. What a file says is bounded by
 * the caller and by what its packed bytes can hold before memory is taken.
 */
#ifndef BASE_NPZ_H
#define BASE_NPZ_H

#include "base/npy.h"

struct npz; /* a file that is read */

struct npz_array {
    struct npy npy;
    uint8_t *data; /* npy_bytes() of them */
    size_t size;
};

/* IO, FORMAT: no zip file. */
vultus_status npz_open(const char *path, struct npz **out, vultus_error *error) VULTUS_MUST_USE;
void npz_close(struct npz *npz);
bool npz_has(struct npz *npz, const char *name);
/* A whole array. NOT_FOUND: the file has none of this name. FORMAT, LIMIT (over `max` bytes), MEMORY. */
vultus_status npz_read(struct npz *npz, const char *name, size_t max, struct npz_array *out,
                       vultus_error *error) VULTUS_MUST_USE;
/* Wipes. */
void npz_array_clear(struct npz_array *array);

struct npz_writer;

/* Writes into an empty file that is there, one array after the other. IO, MEMORY. */
vultus_status npz_create(const char *path, struct npz_writer **out,
                         vultus_error *error) VULTUS_MUST_USE;
vultus_status npz_write(struct npz_writer *writer, const char *name, const struct npy *npy,
                        const void *data, vultus_error *error) VULTUS_MUST_USE;
/* Ends the file; NULL is allowed. IO. */
vultus_status npz_finish(struct npz_writer *writer, vultus_error *error) VULTUS_MUST_USE;

#endif
