/* Any bytes as the file of a learnt comparison: read and asked, or an error of one line and nothing kept. */
#include "fuzz.h"

#include "base/file.h"
#include "base/memory.h"
#include "engine/siamese_file.h"
#include "gallery/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void need(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float a[SEARCH_DIMENSION_MAX], b[SEARCH_DIMENSION_MAX];
    vultus_siamese *siamese = NULL;
    vultus_error error = {0};
    float probability = NAN;
    long live = mem_live();
    a[0] = b[0] = 1;
    vultus_status status = siamese_parse_file(data, size, "fuzz", &siamese, &error);
    if (status) {
        need(!siamese && error.code == status && error.message[0]);
        need(!strchr(error.message, '\n'));
    } else {
        need(!vultus_siamese_compare(siamese, NULL, a, b, &probability, &error));
        need(probability >= 0 && probability <= 1);
        vultus_siamese_free(siamese);
    }
    need(mem_live() == live);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const float rows[4][2] = {{1, 0}, {0.8f, 0.6f}, {0, 1}, {0.6f, -0.8f}};
    static const uint32_t person[4] = {0, 0, 1, 1};
    const vultus_labelled set = {.embeddings = rows[0],
                                 .count = 4,
                                 .dimension = 2,
                                 .person = person,
                                 .people = 2,
                                 .metric = VULTUS_METRIC_COSINE,
                                 .embedder = "made-up@1"};
    char path[] = "/tmp/vultus-fuzz-XXXXXX";
    vultus_siamese *siamese = NULL;
    struct buffer bytes;
    if (index)
        return 0;
    int fd = mkstemp(path);
    need(fd >= 0);
    close(fd);
    need(!vultus_siamese_train(&set, NULL, &siamese, NULL, NULL));
    need(!vultus_siamese_write(siamese, path, NULL));
    need(!file_read(path, capacity, &bytes, NULL));
    const size_t size = bytes.size;
    memcpy(out, bytes.data, size);
    buffer_clear(&bytes);
    vultus_siamese_free(siamese);
    unlink(path);
    return size;
}
