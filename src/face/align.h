/* Alignment: from a face's points or box to where each pixel of its chip lies in the picture. */
#ifndef FACE_ALIGN_H
#define FACE_ALIGN_H

#include "image/resample.h"
#include "model/contract.h"

/*
 * The similarity that takes `from` to `to` with the least sum of squared distances (Umeyama 1991,
 * without reflection). False when the points of `from` coincide or are not finite.
 */
bool align_fit(const vultus_point *from, const vultus_point *to, size_t count,
               struct similarity *out);

/*
 * Where each pixel of a chip lies in the picture: the inverse of the fit that takes a face's
 * landmarks to the template, so that errors are measured in the chip, as the tools of ArcFace do with
 * which embedders were trained. False when there is none.
 */
bool align_chip(const vultus_point landmarks[VULTUS_LANDMARKS],
                const vultus_point points[VULTUS_LANDMARKS], struct similarity *to_picture);

/*
 * The same for a face and an embedder, as its contract says: by the face's shape where the contract has
 * a template for it (errors are then measured in the picture, as dlib does), by the box, else by the five
 * landmarks.
 */
bool align_face(const struct contract_model *contract, const vultus_face *face, struct affine *out);

#endif
