/*
 * Any bytes as a safetensors file, and what it holds as regression trees: opened and used, or an
 * error of one line and nothing kept.
 */
#include "forest.h"
#include "fuzz.h"

#include "base/memory.h"
#include "face/landmark.h"
#include "image/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void need_message(vultus_status status, const vultus_error *error)
{
    need(status == VULTUS_ERR_MODEL && error->code == status);
    need(error->message[0] && !strchr(error->message, '\n'));
}

static void try_trees(struct weights *weights)
{
    static const struct contract_model contract = {.id = "fuzz"};
    static uint8_t pixels[24 * 24 * 3];
    const struct mips mips = {.count = 1, .levels = {{24, 24, 24 * 3, pixels}}};
    struct model_part part = {.weights = weights};
    vultus_point shape[VULTUS_SHAPE_MAX];
    void *trees = NULL;
    size_t count = 0;
    vultus_error error = {0};
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 89);
    vultus_status status = landmark_trees.open(&contract, &part, &trees, &count, &error);
    if (status) {
        need_message(status, &error);
        return;
    }
    need(count == 5 || count == 68);
    struct landmark_call call = {.mips = &mips, .box = {2, 1, 20, 20}, .shape = shape};
    status = landmark_trees.find(trees, &call, &error);
    if (status)
        need_message(status, &error);
    for (size_t i = 0; !status && i < count; i++)
        need(isfinite(shape[i].x) && isfinite(shape[i].y));
    landmark_trees.close(trees);
}

static void try_tensors(const struct weights *weights)
{
    static const char *const names[] = {"mean", "leaves", "other"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t rank = 0; rank <= WEIGHTS_RANK_MAX; rank++) {
            struct weights_shape shape = {.rank = rank};
            vultus_error error = {0};
            const float *data;
            size_t count = 1;
            if (weights_tensor(weights, names[i], WEIGHTS_F32, &shape, (const void **)&data,
                               &error))
                continue;
            for (size_t k = 0; k < rank; k++)
                count *= shape.sizes[k];
            volatile float last = count ? data[count - 1] + data[0] : 0;
            (void)last;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weights *weights = NULL;
    vultus_error error = {0};
    long live = mem_live();
    void *aligned = malloc(size ? size : 1);
    need(aligned != NULL);
    memcpy(aligned, data, size);
    vultus_status status = weights_wrap(aligned, size, "fuzz", &weights, &error);
    if (status) {
        need_message(status, &error);
        need(!weights);
    } else {
        try_tensors(weights);
        try_trees(weights);
        weights_close(weights);
    }
    free(aligned);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static struct tensors tensors;
    static const char other[] = "{\"other\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,"
                                "24]},\"__metadata__\":{\"format\":\"pt\"}}";
    size_t size = 0;
    const void *file = NULL;
    if (index == 0) {
        file = forest_file(&forest_good, &tensors, &size);
    } else if (index == 1) {
        memset(&tensors, 0, sizeof tensors);
        tensors.data_size = 24;
        file = tensors_file_of(&tensors, other, &size);
    }
    if (size > capacity)
        return 0;
    if (size)
        memcpy(out, file, size);
    return size;
}
