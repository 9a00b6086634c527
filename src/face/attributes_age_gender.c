/*
 * Age and gender by face-api's network: [1,3,s,s] -> age [1,1] in years, gender [1,2] = probabilities
 * that the face looks male or female. What it says of children, old people and poor pictures is off
 * by more than the 4.5 years that its author measured on average.
 */
#include "face/attributes.h"
#include "face/square.h"
#include "base/memory.h"

#include <math.h>

static const char *const roles[] = {"age_gender", NULL};

static vultus_status age_gender_open(const struct contract_model *contract,
                                     const struct model_part *parts, void **out,
                                     vultus_error *error)
{
    static const struct square wanted = {
        .name = "network of age and gender", .columns = {1, 2}, .outputs = 2};
    return square_open(&wanted, contract, parts, out, error);
}

static vultus_status age_gender_find(const void *finder, struct attributes_call *call,
                                     vultus_error *error)
{
    struct session_result result = {0};
    vultus_box box;
    if (!attributes_box(call, &box))
        return VULTUS_OK;
    vultus_status status = square_run(finder, call->mips, box, &result, error);
    if (status)
        return status;
    call->out->age = fmaxf(result.data[0][0], 0);
    call->out->female = result.data[1][1];
    session_result_clear(&result);
    return VULTUS_OK;
}

const struct attributes_method attributes_age_gender = {.name = "age_gender",
                                                        .roles = roles,
                                                        .open = age_gender_open,
                                                        .find = age_gender_find,
                                                        .close = mem_free};
