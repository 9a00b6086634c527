/* What enrolment takes from one picture; the public header calls it vultus_sample. */
#ifndef ENGINE_SAMPLE_H
#define ENGINE_SAMPLE_H

#include "base/buffer.h"
#include "base/hash.h"

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

#endif
