/*
 * Faces that nobody has a name for yet, kept for some days beside the gallery in a gallery of their own, GALLERY-unknown.
 * Their people are dates: until the end of which day a face is kept. The picture of a face is that of the picture that it came
 * from where it was alone in it, and its source says which faces come from one picture.
 */
#ifndef SERVER_UNKNOWN_H
#define SERVER_UNKNOWN_H

#include "request.h"

#include <vultus/vultus.h>

#define UNKNOWN_MAX 5000 /* faces of a gallery; grouping compares all pairs */
#define UNKNOWN_DAYS_MAX 365
#define UNKNOWN_QUALITY 0.5f /* worse ones are not kept: they would be grouped by what blurs them */
#define UNKNOWN_DATE_SIZE sizeof "2026-01-31"

/* So many days from now. */
void unknown_date(unsigned days, char out[UNKNOWN_DATE_SIZE]);

/* One that is to be kept, of `count` of the picture. MEMORY, INTERNAL. Free with vultus_row_clear. */
struct unknown_face {
    const vultus_image *image;
    const vultus_face *face;
    const float *embedding;
    size_t number, count;
};
vultus_status unknown_record(const vultus_engine *engine, const struct unknown_face *face,
                             vultus_face_record *out, vultus_error *error) VULTUS_MUST_USE;

struct unknown_groups {
    vultus_named_faces faces; /* by the engine's embedder, whose time has not passed */
    uint32_t *labels; /* of each: the number of its group, in the order of their first faces */
    size_t count;     /* groups */
};
/* Reads and groups them. Clear in every case. */
vultus_status unknown_group(vultus_gallery *unknown, const vultus_engine *engine,
                            struct unknown_groups *out, vultus_error *error) VULTUS_MUST_USE;
void unknown_groups_clear(struct unknown_groups *groups);

/* On the thread of signals: erases those whose time has passed, of all galleries. */
void unknown_sweep(struct server *server);

#endif
