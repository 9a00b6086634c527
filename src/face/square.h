/* Networks that look at one face in a square: [1,3,side,side] -> rows of numbers. */
#ifndef FACE_SQUARE_H
#define FACE_SQUARE_H

#include "image/resample.h"
#include "model/contract.h"
#include "model/weights.h"

#define SQUARE_OUTPUTS_MAX 2

struct square {
    struct session *network; /* the caller's */
    const char *name;        /* stands in messages; static */
    bool bgr;
    uint32_t side;
    float mean[3], scale[3];
    size_t columns[SQUARE_OUTPUTS_MAX]; /* of each output [1,columns] */
    size_t outputs;
};

/* Makes one for a contract and its network, which must have the outputs that `wanted` (name, columns,
 * outputs) says. MODEL: it has others. Free with mem_free. */
vultus_status square_open(const struct square *wanted, const struct contract_model *contract,
                          const struct model_part *part, void **out,
                          vultus_error *error) VULTUS_MUST_USE;

/*
 * What the network is given of a box: the box lies in the middle of a square of its longer side; what
 * is left of that square, and what is outside the picture, is black. `out` has side x side pixels.
 */
vultus_status square_cut(const struct square *square, const struct mips *mips, vultus_box box,
                         float *out, vultus_error *error) VULTUS_MUST_USE;

/* Runs it on a box. MODEL: an output of another shape, or with a number that is not finite. Clear the
 * result afterwards. */
vultus_status square_run(const struct square *square, const struct mips *mips, vultus_box box,
                         struct session_result *result, vultus_error *error) VULTUS_MUST_USE;

#endif
