/* Bodies of several parts, as forms send them (RFC 7578), read in place. */
#ifndef SERVER_MULTIPART_H
#define SERVER_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MULTIPART_PARTS_MAX 16    /* our forms have four at most */
#define MULTIPART_NAME_MAX 255    /* bytes of a field's name, which may be a label */
#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046's own limit */

struct multipart_part {
    char name[MULTIPART_NAME_MAX + 1];
    bool file;           /* it was sent as one */
    const uint8_t *data; /* into the body */
    size_t size;
};

struct multipart_reader { /* at a place between parts */
    const uint8_t *at, *end;
    char mark[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF - - boundary */
    size_t mark_size;
};

struct multipart {
    struct multipart_part parts[MULTIPART_PARTS_MAX];
    size_t count;
};

/* The boundary in a content type; false: it has none that is allowed. */
bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1]);
/* Part by part: open, then next until it gives false; ended tells whether the body was whole. False: it is no form. */
bool multipart_open(const uint8_t *body, size_t size, const char *boundary,
                    struct multipart_reader *out);
bool multipart_next(struct multipart_reader *reader, struct multipart_part *out);
bool multipart_ended(const struct multipart_reader *reader);
/* All of it. False: the body is not what it says, has too many parts, one without a name, or two of one name. */
bool multipart_read(const uint8_t *body, size_t size, const char *boundary, struct multipart *out);
/* NULL: there is no such part. */
const struct multipart_part *multipart_find(const struct multipart *parts, const char *name);

#endif
