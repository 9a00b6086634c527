/*
 * One network, many views of a picture: single-stage detectors see faces of some sizes only, so they
 * are run at several scales, and where a scale is larger than the input, on tiles that overlap by
 * more than the faces that this scale is there for. What the views find comes out as one list, in
 * pixels of the picture, for the detector to suppress.
 *
 *     struct tiles tiles = {.network = session, .width = 128, .height = 128, .centred = true,
 *                           .face_low = 20, .face_high = 128, .read = read};
 *     tiles_of_contract(&tiles, contract);
 *     struct tiles_search search = {&tiles, call, &my_options, detect_min_face(call, 20)};
 *     status = tiles_find(&search, &list, error);
 *     status = candidates_suppress(&list, ...); status = candidates_give(&list, out, error);
 */
#ifndef FACE_TILES_H
#define FACE_TILES_H

#include "face/candidate.h"
#include "face/detect.h"

#define TILES_SCALE_MAX 4.0f /* finest scale: no picture is enlarged more than so */
#define TILES_PIXELS_MAX ((size_t)1024 * 1024)

struct tiles_view {
    vultus_box region;      /* of the picture; over its edges the network sees black */
    uint32_t width, height; /* of the network's input */
    float scale;            /* input pixels for one of the picture, the same both ways */
    /* edges of the view with picture beyond them: a box that touches one is cut, and dropped */
    bool inner_left, inner_top, inner_right, inner_bottom;
};

/* Adds what a run found, in pixels of the network's input (boxes, and landmarks if it has them).
 * `context` is tiles_search's. Many threads may call it at once. */
typedef vultus_status tiles_read(const void *context, const struct tiles_view *view,
                                 const struct session_result *result, struct candidates *out,
                                 vultus_error *error);

struct tiles { /* a network and what it can see; does not change */
    struct session *network;
    bool bgr, nhwc;
    float mean[3], scale[3]; /* as in contracts: (value - mean) * scale */
    uint32_t width, height;  /* of a fixed input; 0: free */
    bool
        centred; /* a picture of another shape than a fixed input lies in its middle, else top left */
    /* Free inputs: sides are multiples of `multiple` (0: any); more pixels than `pixels_max` (0:
     * TILES_PIXELS_MAX) are cut into tiles. */
    uint32_t multiple;
    size_t pixels_max;
    uint32_t
        border; /* at least so much black beside one view of a whole picture, up to a square: for
                        networks that were trained with it */
    float face_low,
        face_high; /* faces that it finds well: side in pixels of the input; both needed */
    tiles_read *read;
};

/* Colours, mean, scale, layout and the fixed size of the contract. */
void tiles_of_contract(struct tiles *tiles, const struct contract_model *contract);

struct tiles_search {
    const struct tiles *tiles;
    struct detect_call *call; /* network_ns grows by the time of the runs */
    const void *context;      /* for tiles->read */
    float min_face;           /* side of the smallest face sought, pixels of the picture */
};

/* The views: coarse to fine. *out is freed with mem_free. */
vultus_status tiles_plan(const struct tiles_search *search, struct tiles_view **out, size_t *count,
                         vultus_error *error) VULTUS_MUST_USE;

/* Plans, runs all views on the pool, and adds what they found to `out`, in pixels of the picture. */
vultus_status tiles_find(const struct tiles_search *search, struct candidates *out,
                         vultus_error *error) VULTUS_MUST_USE;

#endif
