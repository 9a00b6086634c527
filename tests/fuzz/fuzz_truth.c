/* Any text as ground truth: either refused with a line, or pictures that stay inside the root. */
#include "fuzz.h"

#include "base/memory.h"
#include "decide/truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_face(const vultus_true_face *face)
{
    const vultus_box *box = &face->box;
    if (!isfinite(box->x + box->y + box->width + box->height))
        abort();
    if (!face->ignored && !(box->width > 0 && box->height > 0))
        abort();
    if (face->shape_count ? face->shape_count != TRUTH_SHAPE || !face->shape : !!face->shape)
        abort();
    for (size_t i = 0; i < face->shape_count; i++)
        if (!isfinite(face->shape[i].x + face->shape[i].y))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vultus_error error = {0};
    vultus_truth truth = {0};
    long live = mem_live();
    if (size > 65536)
        return 0;
    vultus_status status = truth_parse((const char *)data, size, "truth", "root", &truth, &error);
    if (status && (error.code != status || !error.message[0] || truth.items))
        abort();
    if (!status && !truth.count)
        abort();
    for (size_t i = 0; i < truth.count; i++) {
        const char *path = truth.items[i].path;
        if (strncmp(path, "root/", 5) || !path[5] || strstr(path, "/../") || strchr(path, '\n') ||
            !strcmp(path + strlen(path) - 3, "/.."))
            abort();
        for (size_t k = 0; k < truth.items[i].count; k++)
            check_face(&truth.items[i].faces[k]);
    }
    vultus_truth_clear(&truth);
    if (mem_live() != live)
        abort();
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const seeds[] = {
        "a/b.jpg\n2\n31 510 19 25 2 0 0 0 0 0\n1 2 3 4 0 0 0 1 0 0\nc.jpg\n0\n0 0 0 0 0 0 0 0 0 "
        "0\n",
        "a.jpg 45 39.6 121.2 115.8 62.4 69 87.6 65.4 70.8 84 67.8 98.4 87.6 95.4\n",
        "<?xml version='1.0'?>\n<images><!-- --><image file='a&amp;b.jpg'>\n<box top='1' "
        "left=\"2\" "
        "width='3' height='4' ignore='1'><part name='00' x='5' y='-6'/></box></image></images>",
        "../a\n0\nb\n1\n1 2 3\n",
    };
    if (index >= sizeof seeds / sizeof seeds[0])
        return 0;
    size_t size = strlen(seeds[index]);
    size = size < capacity ? size : capacity;
    memcpy(out, seeds[index], size);
    return size;
}
