/* The body of a request as handlers want it: pictures and texts, however they were sent. */
#ifndef SERVER_BODY_H
#define SERVER_BODY_H

#include "multipart.h"
#include "request.h"

#include <jansson.h>

#define BODY_PIXELS_MAX                                                                            \
    ((size_t)64000000) /* of a picture: 192 MB of RGB for each worker; phones have 50 million */

struct body {
    const char *const *fields; /* that the body may have; ends in NULL. NULL: the caller looks */
    json_t *json;              /* an object; NULL: it is a picture or a form */
    struct multipart form;
};

/* Reads it and looks for fields that there are not. False: the reply says what is wrong. Clear in every case. */
bool body_read(struct request *request, const char *const *fields, struct body *out);
void body_clear(struct body *body);

/* Decodes the picture of a field; of a body that is a picture, the body. False: the reply says what is wrong. */
bool body_picture(struct request *request, const struct body *body, const char *field,
                  vultus_image **out);
/* The text of a field: in JSON a string, in a form a part, which is copied to `room`. NULL: it is not there, or is none. */
const char *body_text(const struct body *body, const char *field, char *room, size_t size);
/* A JSON array of so many finite numbers, of unit length unless `raw`; mem_free. NULL: the reply says what is wrong. */
float *body_embedding(struct request *request, const struct body *body, const char *field);

/* A JSON array of 1 to `most` whole numbers over 0. False: the reply says what is wrong. */
bool body_numbers(struct request *request, const struct body *body, const char *field, int64_t *out,
                  size_t most, size_t *count);

/* A whole number over 0 in a path. False: the reply says that there is no such thing. */
bool path_number(struct request *request, const char *text, int64_t *out);

#endif
