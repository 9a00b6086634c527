/*
 * Any bytes as the weights of a cascade: refused with one line, or a cascade that searches a small
 * picture within its buffers, with every instruction set to the same windows.
 */
#include "fuzz.h"

#include "base/file.h"
#include "base/memory.h"
#include "face/cascade_search.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 61
#define HEIGHT 47

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void search(const struct cascade *cascade)
{
    static uint8_t pixels[WIDTH * HEIGHT + CASCADE_SLACK];
    struct cascade_rects found = {0}, scalar = {0};
    struct cascade_search search = {
        .cascade = cascade, .picture = {pixels, WIDTH, HEIGHT}, .scale_factor = 1.3};
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        pixels[i] = (uint8_t)(i * i % 251 + i / WIDTH);
    search.kernels = &cascade_scalar;
    need(!cascade_scan(&search, &scalar, NULL));
    search.kernels = cascade_kernels_best();
    need(!cascade_scan(&search, &found, NULL));
    need(found.count == scalar.count &&
         (!found.count || !memcmp(found.items, scalar.items, found.count * sizeof *found.items)));
    for (size_t i = 0; i < found.count; i++)
        need(found.items[i].x >= 0 && found.items[i].y >= 0 && found.items[i].width > 0);
    need(!cascade_group(&found, 2, NULL));
    cascade_rects_clear(&found);
    cascade_rects_clear(&scalar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weights *weights = NULL;
    struct cascade cascade;
    vultus_error error = {0};
    long live = mem_live();
    uint8_t *copy = mem_aligned(size ? size : 1, 1);
    need(copy != NULL);
    memcpy(copy, data, size);
    if (!weights_wrap(copy, size, "fuzz", &weights, &error)) {
        vultus_status status = cascade_load(weights, &cascade, &error);
        need(!status || status == VULTUS_ERR_MODEL);
        if (!status) {
            search(&cascade);
            cascade_clear(&cascade);
        }
        weights_close(weights);
    }
    need(!error.code || (error.message[0] && !strchr(error.message, '\n')));
    mem_free(copy);
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const files[] = {"tests/golden/cascade_tilted.safetensors",
                                        "tests/golden/cascade_patterns.safetensors"};
    const char *root = getenv("VULTUS_SOURCE");
    struct buffer bytes = {0};
    char path[FILE_PATH_MAX];
    size_t size = 0;
    if (index < 2 && !file_join(path, sizeof path, root ? root : ".", files[index], NULL) &&
        !file_read(path, capacity, &bytes, NULL)) {
        size = bytes.size;
        memcpy(out, bytes.data, size);
        buffer_clear(&bytes);
    }
    return size;
}
