/*
 * What is known of whoever a track follows: the vote, the best picture, and what was told about it. Says when the
 * face is worth another look, which costs a run of the embedder.
 */
#ifndef VIDEO_SUBJECT_H
#define VIDEO_SUBJECT_H

#include "video/live_vote.h"
#include "video/motion.h"
#include "video/tracker.h"
#include "video/vote.h"

#include <vultus/video.h>

struct subject {
    struct vote vote;
    struct live_vote live;
    double looked;        /* when it was embedded last */
    float looked_best;    /* quality of the best picture that was */
    double checked;       /* when its surroundings were searched last */
    float quality, score; /* of the best picture; quality NaN: not known */
    uint8_t *thumbnail;   /* of it; NULL: none yet */
    size_t thumbnail_size;
    float *mean; /* of the embeddings, weighted by quality; NULL: none yet */
    size_t dimension;
    float weight;               /* of it */
    uint8_t patch[PATCH_CELLS]; /* of the last find */
    bool has_patch;
    bool contested;          /* somebody else of this name is there, who is more surely so */
    bool appeared;           /* told */
    vultus_recognition told; /* the last recognition that was */
    char told_name[VULTUS_NAME_MAX + 1]; /* "": none */
};

/* NULL when memory runs out. */
struct subject *subject_new(void);
void subject_free(struct subject *subject);

/* What vultus_face's quality counts as: 0..1. */
float subject_quality(const vultus_face *face);
/* Whether the face, found just now, should be embedded. */
bool subject_wants_look(const struct subject *subject, const struct track *track,
                        const vultus_face *face, double now);
/* Whether it should be asked how live it looks. */
bool subject_wants_live(const struct subject *subject, const struct track *track,
                        const vultus_face *face, double now);
/* It was: the embedding goes into the mean. MEMORY. */
vultus_status subject_embedded(struct subject *subject, const vultus_face *face,
                               const float *embedding, size_t dimension, double now,
                               vultus_error *error) VULTUS_MUST_USE;
/* Nothing is known of whose it is: other people are enrolled than when it was looked at. */
void subject_forget_looks(struct subject *subject);
/* Compares the face with how it was at the last find: false when it may be somebody else. */
bool subject_looks_same(struct subject *subject, const vultus_image *frame,
                        const vultus_face *face);
/* True when this is a clearly better picture than the thumbnail's, or there is none. */
bool subject_wants_picture(const struct subject *subject, const vultus_face *face);
/* Takes a thumbnail (of mem_alloc) of this face. */
void subject_pictured(struct subject *subject, const vultus_face *face, uint8_t *thumbnail,
                      size_t size);
/* Whether both have one name, which `other` has more surely: nobody is in two places. */
bool subject_yields(const struct subject *subject, const struct subject *other);
/* What callers see. Its texts are the subject's. */
vultus_visitor subject_visitor(const struct subject *subject, const struct track *track);

#endif
