/*
 * Any bytes as an ONNX file: let through or refused with one line, and nothing kept. ONNX Runtime
 * itself is not run here.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "model/onnx_check.h"
#include "network.h"

#include <stdlib.h>
#include <string.h>

static void need(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vultus_error error = {0};
    long live = mem_live();
    vultus_status status = onnx_check(data, size, "fuzz.onnx", &error);
    if (status) {
        need(status == VULTUS_ERR_MODEL);
        need(!strncmp(error.message, "fuzz.onnx: refused: ", 20));
        for (const char *c = error.message; *c; c++)
            need(*c >= 32 && *c < 127);
    }
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const float numbers[12] = {0};
    struct network_tensor input = {"input", {4, {-1, 3, 112, 112}}, NULL};
    struct network_tensor outputs[] = {{"scores", {3, {1, 3, 2}}, numbers},
                                       {"boxes", {3, {1, 3, 4}}, numbers},
                                       {"same", {4, {-1, 3, 112, 112}}, NULL}};
    if (index >= 3)
        return 0;
    struct buffer bytes = network_bytes(&input, outputs, index + 1);
    size_t size = bytes.size < capacity ? bytes.size : capacity;
    memcpy(out, bytes.data, size);
    buffer_clear(&bytes);
    return size;
}
