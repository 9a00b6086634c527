/*
 * The expression of a face by face-api's network: [1,3,s,s] -> [1,7] probabilities in the order of
 * vultus_expression. What a face shows is not what a person feels.
 */
#include "face/attributes.h"
#include "face/square.h"
#include "base/memory.h"

#include <string.h>

static const char *const roles[] = {"expression", NULL};

static vultus_status expression_open(const struct contract_model *contract,
                                     const struct model_part *parts, void **out,
                                     vultus_error *error)
{
    static const struct square wanted = {
        .name = "network of expressions", .columns = {VULTUS_EXPRESSIONS}, .outputs = 1};
    return square_open(&wanted, contract, parts, out, error);
}

static vultus_status expression_find(const void *finder, struct attributes_call *call,
                                     vultus_error *error)
{
    struct session_result result = {0};
    vultus_box box;
    if (!attributes_box(call, &box))
        return VULTUS_OK;
    vultus_status status = square_run(finder, call->mips, box, &result, error);
    if (status)
        return status;
    memcpy(call->out->expression, result.data[0], sizeof call->out->expression);
    session_result_clear(&result);
    return VULTUS_OK;
}

const struct attributes_method attributes_expression = {.name = "expression",
                                                        .roles = roles,
                                                        .open = expression_open,
                                                        .find = expression_find,
                                                        .close = mem_free};
