/* Bodies of several parts, as forms send them (RFC 7578), read in place. */
#ifndef SERVER_MULTIPART_H
#define SERVER_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MULTIPART_PARTS_MAX 16    /* our forms have four at most */
#define MULTIPART_NAME_MAX 63     /* bytes of a field's name */
#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046's own limit */

struct multipart_part {
    char name[MULTIPART_NAME_MAX + 1];
    const uint8_t *data; /* into the body */
    size_t size;
};

struct multipart {
    struct multipart_part parts[MULTIPART_PARTS_MAX];
    size_t count;
};

/* The boundary in a content type; false: it has none that is allowed. */
bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1]);
/* False: the body is not what it says, has too many parts, or a part without a name. */
bool multipart_read(const uint8_t *body, size_t size, const char *boundary, struct multipart *out);
/* NULL: there is no such part. */
const struct multipart_part *multipart_find(const struct multipart *parts, const char *name);

#endif
