/* How good a picture of a face is for recognition. */
#ifndef FACE_QUALITY_H
#define FACE_QUALITY_H

#include "image/resample.h"
#include "model/contract.h"

/* Measures size, pose (from the landmarks), sharpness, light and occlusion (of the aligned chip), and sums
 * them up as a score. Without an embedder the chip is ArcFace's; without landmarks (NaN) only the size
 * is known. */
vultus_quality quality_measure(const struct contract_model *embedder, const struct mips *mips,
                               const vultus_face *face);

/* Pose from the landmarks: roll, yaw and pitch. NaN where there are none. */
void quality_pose(const vultus_point landmarks[VULTUS_LANDMARKS], vultus_quality *out);

/* The score, from what else is known of a face and the detector's confidence; a measure that is NaN counts
 * as usual. NaN where the sharpness is not known. */
float quality_score(const vultus_quality *quality, float confidence);

enum quality_fault { /* what counts most against a face */
                     QUALITY_FAULT_SMALL,
                     QUALITY_FAULT_BLURRED,
                     QUALITY_FAULT_DARK, /* or too bright, or without contrast */
                     QUALITY_FAULT_POSE,
                     QUALITY_FAULT_COVERED,
                     QUALITY_FAULT_DOUBT
};
/* `words` (may be NULL) receives it for people: "small", "blurred", ... Static storage. */
enum quality_fault quality_fault(const vultus_quality *quality, float confidence,
                                 const char **words);

/* The coarse face by which occlusion is judged: QUALITY_COARSE x QUALITY_COARSE pixels of the aligned chip. */
#define QUALITY_COARSE 32
#define QUALITY_CELLS 8 /* across and down */
#define QUALITY_PAIRS                                                                              \
    (QUALITY_CELLS * QUALITY_CELLS / 2) /* a cell of the left half and its mirror image */
/* Of each pair, row by row: the light, the edges, and how unlike both are. */
#define QUALITY_FEATURES (3 * QUALITY_PAIRS)

void quality_features(const uint8_t coarse[QUALITY_COARSE * QUALITY_COARSE],
                      float out[QUALITY_FEATURES]);
/* Cuts the coarse face and looks at it. False where the landmarks give no chip. */
bool quality_look(const struct contract_model *embedder, const struct mips *mips,
                  const vultus_face *face, float features[QUALITY_FEATURES]);
/* The likelihood that eyes or mouth are covered, 0..1. */
float quality_occlusion(const float features[QUALITY_FEATURES]);

#endif
