/* Any bytes as a calibration: answers that are monotone and finite, or an error of one line and nothing kept. */
#include "fuzz.h"

#include "base/memory.h"
#include "engine/calibrated.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void ask(const vultus_calibration *calibration)
{
    double far = 2, gallery = 2;
    for (double score = -4; score <= 4; score += 0.25) {
        double at = calibration->by_distance ? -score : score;
        double similarity = vultus_calibration_similarity(calibration, at);
        double f = vultus_calibration_far(calibration, at, 0, 0);
        double g = vultus_calibration_far(calibration, at, 1000, 3000);
        need(isnan(similarity) || (similarity >= 0 && similarity <= 1));
        need(f >= 0 && f <= 1 && f <= far && g >= 0 && g <= 1 && g <= gallery);
        far = f, gallery = g;
    }
    for (double rate = 0.9; rate > 1e-8; rate /= 10) {
        need(isfinite(vultus_calibration_threshold(calibration, rate, 0, 0)));
        need(isfinite(vultus_calibration_threshold(calibration, rate, 1000, 3000)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vultus_calibration *read = NULL;
    vultus_error error = {0};
    long live = mem_live();
    char text[4096];
    const struct calibrated_choice choice = {.embedder = "made-up@1"};
    if (size < sizeof text) {
        memcpy(text, data, size);
        text[size] = '\0';
        need(!calibrated_find(text, &choice, &read, &error) || (!read && error.message[0]));
        vultus_calibration_free(read);
        read = NULL;
    }
    vultus_status status = calibrated_parse(data, size, "fuzz.json", &read, &error);
    if (status) {
        need(status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_LIMIT);
        need(error.message[0] && !strchr(error.message, '\n') && !read);
    } else {
        ask(read);
        vultus_calibration_free(read);
    }
    need(mem_live() == live);
    return 0;
}

static const char whole[] =
    "{\"calibration\":1,\"embedder\":\"e@1\",\"data\":\"d\",\"score\":\"cosine\",\"people\":9,"
    "\"faces\":9,\"same_pairs\":9,\"different_pairs\":9,"
    "\"different\":[-9,-8,-7,-6,-5,-4,-3,-2,-1,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,"
    "20,"
    "21,22,23],"
    "\"same\":[-9,-8,-7,-6,-5,-4,-3,-2,-1,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,"
    "21,22,23],"
    "\"similarity\":{\"slope\":9,\"offset\":-3},\"tail\":{\"rate\":0.1,\"scale\":0.1,\"shape\":-0."
    "1},"
    "\"crowd\":{\"level\":1,\"slope\":0.4,\"faces\":0.75},\"finest_far\":0.01}";

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    size_t size = sizeof whole - 1 < capacity ? sizeof whole - 1 : capacity;
    if (index)
        return 0;
    memcpy(out, whole, size);
    return size;
}
