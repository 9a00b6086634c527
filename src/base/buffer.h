/* A growable run of bytes with a maximum. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/status.h"

struct buffer {
    uint8_t
        *data; /* always followed by a NUL once something was added, so text can be read as is */
    size_t size;
    size_t capacity;
    size_t max;
};

void buffer_init(struct buffer *buffer, size_t max);
/* LIMIT when it would grow over its maximum, MEMORY; the buffer stays as it was. */
vultus_status buffer_append(struct buffer *buffer, const void *data, size_t size,
                            vultus_error *error) VULTUS_MUST_USE;
vultus_status buffer_print(struct buffer *buffer, vultus_error *error, const char *format,
                           ...) VULTUS_MUST_USE __attribute__((format(printf, 3, 4)));
/* Room for `size` more bytes behind data + size. */
vultus_status buffer_reserve(struct buffer *buffer, size_t size,
                             vultus_error *error) VULTUS_MUST_USE;
/* Wipes and frees; the maximum stays. */
void buffer_clear(struct buffer *buffer);

#endif
