/* How good a picture of a face is for recognition. */
#ifndef FACE_QUALITY_H
#define FACE_QUALITY_H

#include "image/resample.h"
#include "model/contract.h"

/* Measures size, pose (from the landmarks), sharpness and brightness (of the aligned chip). Without an
 * embedder the chip is ArcFace's; without landmarks (NaN) only the size is known. */
vultus_quality quality_measure(const struct contract_model *embedder, const struct mips *mips,
                               const vultus_face *face);

#endif
