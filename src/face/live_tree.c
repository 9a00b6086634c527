/*
 * Liveness by a deep tree network: [1,3,s,s] -> leaves [1,8], route [1,8]. Each node of the tree asks one
 * question of the face, which so comes to one of eight leaves; the leaf says 0 for a live face and 1 for a
 * picture of one. The sum of |leaf| * route is what its authors go by.
 * Liu et al.: Deep Tree Learning for Zero-Shot Face Anti-Spoofing. CVPR 2019.
 */
#include "face/live_face.h"
#include "face/square.h"
#include "base/memory.h"

#include <math.h>

#define LEAVES 8

static const char *const roles[] = {"tree", NULL};
static const char *const knows[] = {"threshold", NULL};

static vultus_status tree_open(const struct contract_model *contract,
                               const struct model_part *parts, void **out, vultus_error *error)
{
    static const struct square wanted = {
        .name = "network of liveness", .columns = {LEAVES, LEAVES}, .outputs = 2};
    return square_open(&wanted, contract, parts, out, error);
}

static vultus_status tree_score(const void *finder, const struct mips *mips, vultus_box box,
                                float *out, vultus_error *error)
{
    struct session_result result = {0};
    vultus_status status = square_run(finder, mips, liveness_square(mips, box), &result, error);
    if (status)
        return status;
    float picture = 0;
    for (size_t i = 0; i < LEAVES; i++)
        picture += fabsf(result.data[0][i]) * result.data[1][i];
    *out = 1 - fminf(fmaxf(picture, 0), 1);
    session_result_clear(&result);
    return VULTUS_OK;
}

const struct liveness_method liveness_tree = {.name = "tree",
                                              .roles = roles,
                                              .knows = knows,
                                              .open = tree_open,
                                              .score = tree_score,
                                              .close = mem_free};
