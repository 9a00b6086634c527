/* Many pictures of one body, each with its label, however they were sent: a picture with the label in the query; a form
 * whose files are named by their label, or "image" with the label in the query or in a part "label" before them; or
 * JSON: {"labels": {"LABEL": ["base64", ...], ...}}. */
#ifndef SERVER_UPLOADS_H
#define SERVER_UPLOADS_H

#include "body.h"

#define UPLOADS_MAX 100 /* pictures of one request: as many as are looked at in its time */

struct upload {
    char label[VULTUS_NAME_MAX + 1];
    const void *data; /* into the body; of JSON the text in base64 */
    size_t size;
};

struct uploads {
    struct upload *items;
    size_t count;
    struct body body; /* of JSON */
};

/* False: the reply says what is wrong. Clear in every case. */
bool uploads_read(struct request *request, struct uploads *out);
void uploads_clear(struct uploads *uploads);
/* Decodes one; says what is wrong in `error`: FORMAT, LIMIT, MEMORY. */
vultus_status upload_picture(struct request *request, const struct uploads *uploads, size_t index,
                             vultus_image **out, vultus_error *error) VULTUS_MUST_USE;

#endif
