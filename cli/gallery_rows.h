/* The faces of the gallery as labelled embeddings: those of the engine's embedder, with their people. */
#ifndef CLI_GALLERY_ROWS_H
#define CLI_GALLERY_ROWS_H

#include "cli_session.h"

struct gallery_rows {
    vultus_labelled set; /* people as vultus_gallery_people lists them; some may have no row */
    vultus_people people;
    float *embeddings;
    uint32_t *person;
    size_t capacity; /* rows */
};

/* Engine and gallery have to be open. Returns an exit code; clear in every case. */
int gallery_rows_read(struct session *session, struct gallery_rows *out);
void gallery_rows_clear(struct gallery_rows *rows);

#endif
