/*
 * Ground truth: which faces are where in pictures. The files are untrusted: a picture is never named
 * outside the root folder, and everything has a limit.
 */
#ifndef DECIDE_TRUTH_H
#define DECIDE_TRUTH_H

#include "decide/lines.h"

#define TRUTH_FILE_MAX ((size_t)256 << 20) /* ten times WIDER FACE's training half */
#define TRUTH_PICTURES_MAX 1000000u
#define TRUTH_FACES_MAX 10000u /* of one picture; the fullest of WIDER FACE has 1,968 */
#define TRUTH_COORDINATE_MAX 1e6
#define TRUTH_SHAPE 68 /* points, as iBUG 300-W numbers them */

/* See vultus_truth_read; `name` stands in messages. A face with a shape gets no five landmarks here.
 * FORMAT names the line; LIMIT, MEMORY. Clear with truth_clear. */
vultus_status truth_parse(const char *text, size_t size, const char *name, const char *root,
                          vultus_truth *out, vultus_error *error) VULTUS_MUST_USE;
void truth_clear(vultus_truth *truth);

struct truth_reader { /* what the readers of the formats share */
    struct lines lines;
    const char *root;
    vultus_truth truth;
    size_t picture_capacity, face_capacity;
};

/* A picture, which gets the faces that follow. */
vultus_status truth_add_picture(struct truth_reader *reader, const char *file) VULTUS_MUST_USE;
/* `shape` may be NULL; else it is copied. A box without area is never met, so it is ignored. */
vultus_status truth_add_face(struct truth_reader *reader, const vultus_true_face *face,
                             const vultus_point *shape) VULTUS_MUST_USE;

/* truth_xml.c: the whole of a text that begins with "<". */
vultus_status truth_read_xml(struct truth_reader *reader, const char *text,
                             size_t size) VULTUS_MUST_USE;

#endif
