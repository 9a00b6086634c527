/* What enrolment takes from one picture; the public header calls it vultus_sample. */
#ifndef ENGINE_SAMPLE_H
#define ENGINE_SAMPLE_H

#include "base/buffer.h"
#include "base/hash.h"

#define SAMPLE_THUMBNAIL_SIDE 160 /* pixels of its longer side; smaller faces are not enlarged */

struct vultus_sample {
    vultus_verdict verdict;
    size_t face_count;
    vultus_face face; /* valid when face_count > 0 or the whole picture was taken */
    bool has_face;
    float *embedding; /* unit length; NULL unless the verdict is OK */
    size_t dimension;
    bool raw;                   /* the embedding keeps its length */
    char embedder[96];          /* the id of the model */
    uint8_t picture[HASH_SIZE]; /* what the picture is known by */
    struct buffer thumbnail;    /* JPEG */
    char reason[128];
};

/* What of the picture a thumbnail shows: the face and a quarter of its box around it. */
vultus_box sample_margin(vultus_box box);
/* What a picture is known by: its hash, or (`among_others`) one of that and of where the face is. */
vultus_status sample_know(const vultus_image *image, const vultus_box *among_others,
                          uint8_t out[HASH_SIZE], vultus_error *error) VULTUS_MUST_USE;

#endif
