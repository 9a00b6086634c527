/* Opens and runs single-stage detectors: contract, views, suppression. See single.h. */
#include "face/single.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>

#define THRESHOLD_LEAST 1e-9f /* of probabilities: what is asked to be less means all */

const char *const single_roles[] = {"detector", NULL};
const char *const single_options[] = {SINGLE_OPTIONS, NULL};

static vultus_status read_numbers(const struct contract_model *contract,
                                  const struct single_plan *plan, struct single *out,
                                  vultus_error *error)
{
    const struct {
        const char *name;
        float low, high, fallback, *to;
    } numbers[] = {
        {"threshold", 0.001f, 1, plan->threshold, &out->threshold},
        {"overlap", 0.05f, 0.95f, plan->overlap, &out->overlap},
        {"min_face", 4, 1000, plan->min_face, &out->min_face},
        {"face_low", 4, 1000, plan->face_low, &out->tiles.face_low},
        {"face_high", 8, 4096, plan->face_high, &out->tiles.face_high},
    };
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < sizeof numbers / sizeof *numbers; i++)
        status = contract_number(contract, numbers[i].name, numbers[i].low, numbers[i].high,
                                 numbers[i].fallback, numbers[i].to, error);
    if (!status && out->tiles.face_high < 2 * out->tiles.face_low)
        status =
            status_set(error, VULTUS_ERR_FORMAT,
                       "%s: options.face_high: at least twice face_low is expected", contract->id);
    return status;
}

/* The network must take what the contract says, or a free size where that says nothing. */
static vultus_status check_input(const struct contract_model *contract,
                                 const struct session *network, vultus_error *error)
{
    struct session_shape shape = session_input_shape(network);
    size_t planes = contract->nhwc ? 3 : 1, rows = contract->nhwc ? 1 : 2;
    int64_t height = contract->height ? (int64_t)contract->height : -1;
    int64_t width = contract->width ? (int64_t)contract->width : -1;
    if (shape.rank == 4 && shape.sizes[0] <= 1 &&
        (shape.sizes[planes] < 0 || shape.sizes[planes] == 3) &&
        (shape.sizes[rows] < 0 || shape.sizes[rows] == height) &&
        (shape.sizes[rows + 1] < 0 || shape.sizes[rows + 1] == width))
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_MODEL,
                      "detector %s: the input of %s is not the one that its contract says",
                      contract->id, contract->networks[0].file);
}

vultus_status single_init(struct single *single, const struct contract_model *contract,
                          const struct model_part *parts, const struct single_plan *plan,
                          vultus_error *error)
{
    tiles_of_contract(&single->tiles, contract);
    single->tiles.network = parts[0].session;
    single->tiles.multiple = plan->multiple;
    single->tiles.border = plan->border;
    single->tiles.read = plan->read;
    single->blend = plan->blend;
    if (!parts[0].session)
        return status_set(error, VULTUS_ERR_MODEL, "detector %s: %s is no network", contract->id,
                          contract->networks[0].file);
    vultus_status status = check_input(contract, parts[0].session, error);
    return status ? status : read_numbers(contract, plan, single, error);
}

vultus_status single_open(const struct contract_model *contract, const struct model_part *parts,
                          const struct single_plan *plan, void **out, vultus_error *error)
{
    struct single *single = mem_zalloc(1, sizeof *single);
    if (!single)
        return status_memory(error, "the detector");
    vultus_status status = single_init(single, contract, parts, plan, error);
    if (status)
        mem_free(single);
    else
        *out = single;
    return status;
}

vultus_status single_find(const void *detector, struct detect_call *call, vultus_faces *out,
                          vultus_error *error)
{
    const struct single *single = detector;
    float asked = call->options->thresholds[0];
    struct single_search own = {single,
                                asked != 0 ? fmaxf(asked, THRESHOLD_LEAST) : single->threshold};
    struct tiles_search search = {&single->tiles, call, &own,
                                  detect_min_face(call, single->min_face)};
    struct candidates list = {0};
    vultus_status status = tiles_find(&search, &list, error);
    if (!status)
        status = single->blend ? candidates_blend(&list, single->overlap, error)
                               : candidates_suppress(&list, single->overlap, OVERLAP_UNION, error);
    if (!status)
        status = candidates_give(&list, out, error);
    candidates_clear(&list);
    return status;
}

void single_close(void *detector)
{
    mem_free(detector);
}

vultus_status single_odd(const char *method, const struct session_result *result,
                         vultus_error *error)
{
    char shapes[160] = "";
    size_t length = 0;
    for (size_t i = 0; i < result->count && length < sizeof shapes - 1; i++)
        for (size_t k = 0; k < result->shapes[i].rank && length < sizeof shapes - 1; k++) {
            int more = snprintf(shapes + length, sizeof shapes - length, "%s%lld",
                                k   ? "x"
                                : i ? ", "
                                    : "",
                                (long long)result->shapes[i].sizes[k]);
            length += more > 0 ? (size_t)more : 0;
        }
    return status_set(error, VULTUS_ERR_MODEL, "the network's outputs are not those of %s: %s",
                      method, shapes);
}

vultus_status single_improbable(const char *method, float score, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_MODEL,
                      "the network gives the score %g, but %s gives probabilities from 0 to 1",
                      (double)score, method);
}

bool single_fits(const struct session_shape *shape, size_t rank, const int64_t *sizes)
{
    bool fits = shape->rank == rank;
    for (size_t i = 0; fits && i < rank; i++)
        fits = shape->sizes[i] == sizes[i] || shape->sizes[i] < 0 || sizes[i] < 0;
    return fits;
}
