/*
 * Any bytes as the file of a projection from 3 to 2 numbers: read and applied to numbers, or an error of
 * one line and nothing kept.
 */
#include "fuzz.h"
#include "tensors.h"

#include "base/memory.h"
#include "engine/engine.h"

#include <math.h>

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void try_projection(const struct weights *weights)
{
    static const float rows[2][3] = {{1, 2, 3}, {-1, 0, 1e-3f}};
    struct projection projection = {0};
    float out[2][2];
    vultus_error error = {0};
    vultus_status status = engine_read_projection(weights, "fuzz", 3, 2, &projection, &error);
    if (status) {
        need(status == VULTUS_ERR_MODEL && error.message[0] && !strchr(error.message, '\n'));
        need(!projection.linear);
        return;
    }
    status = projection_apply(&projection, rows[0], 2, out[0], &error);
    for (size_t i = 0; !status && i < 4; i++)
        need(isfinite(out[i / 2][i % 2]));
    projection_clear(&projection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weights *weights = NULL;
    vultus_error error = {0};
    long live = mem_live();
    void *aligned = malloc(size ? size : 1);
    need(aligned != NULL);
    memcpy(aligned, data, size);
    if (!weights_wrap(aligned, size, "fuzz", &weights, &error)) {
        try_projection(weights);
        weights_close(weights);
    }
    free(aligned);
    need(mem_live() == live);
    return 0;
}

/* One without and one with a hidden layer. */
size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static struct tensors tensors;
    static const float values[12] = {1, -1, 0.5f, 2, 0, 1, 3, -2, 1, 1, 0.25f, 4};
    const int32_t sizes[3] = {3, 2, index ? 4 : 0};
    size_t size = 0;
    if (index > 1)
        return 0;
    memset(&tensors, 0, sizeof tensors);
    tensors_add(&tensors, "sizes", "I32", "3", sizes, sizeof sizes);
    tensors_add(&tensors, "linear", "F32", "2,3", values, 6 * sizeof *values);
    if (index) {
        tensors_add(&tensors, "inner", "F32", "4,3", values, 12 * sizeof *values);
        tensors_add(&tensors, "bias", "F32", "4", values, 4 * sizeof *values);
        tensors_add(&tensors, "outer", "F32", "2,4", values, 8 * sizeof *values);
    }
    const void *file = tensors_file(&tensors, &size);
    if (size > capacity)
        return 0;
    memcpy(out, file, size);
    return size;
}
