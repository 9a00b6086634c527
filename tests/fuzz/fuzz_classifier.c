/*
 * Any bytes as the file of a classifier: read and asked, or an error of one line and nothing kept. The seeds
 * are classifiers of every method, so that damage gets as far as their tensors.
 */
#include "fuzz.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "engine/classifier_file.h"
#include "gallery/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PEOPLE = 3, ROWS = 6, DIMENSION = 4 };

static void need(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float probe[SEARCH_DIMENSION_MAX];
    vultus_classifier *classifier = NULL;
    vultus_prediction who;
    vultus_error error = {0};
    long live = mem_live();
    probe[0] = 1;
    vultus_status status = classifier_parse_file(data, size, "fuzz", &classifier, &error);
    if (status) {
        need(!classifier && error.code == status && error.message[0]);
        need(!strchr(error.message, '\n'));
    } else {
        status = vultus_classifier_predict(classifier, NULL, probe, &who, &error);
        need(!status && who.best.name[0] && who.second.name[0]);
        need(vultus_classifier_people(classifier) >= 2);
        vultus_classifier_free(classifier);
    }
    need(mem_live() == live);
    return 0;
}

static vultus_classifier *made_up(const char *method)
{
    static const char *const names[PEOPLE] = {"a", "b", "c"};
    static float rows[ROWS * DIMENSION];
    static uint32_t person[ROWS];
    struct random random;
    vultus_classifier *classifier = NULL;
    random_seed(&random, 1);
    for (size_t i = 0; i < ROWS; i++) {
        double squares = 0;
        person[i] = (uint32_t)i % PEOPLE;
        for (size_t j = 0; j < DIMENSION; j++) {
            rows[i * DIMENSION + j] = (float)random_normal(&random);
            squares += (double)rows[i * DIMENSION + j] * rows[i * DIMENSION + j];
        }
        for (size_t j = 0; j < DIMENSION; j++)
            rows[i * DIMENSION + j] /= (float)sqrt(squares);
    }
    const vultus_labelled set = {.embeddings = rows,
                                 .count = ROWS,
                                 .dimension = DIMENSION,
                                 .person = person,
                                 .people = PEOPLE,
                                 .names = names,
                                 .metric = VULTUS_METRIC_COSINE};
    const vultus_classifier_options options = {
        .method = method,
        .folds = 1,
        .threads = 1,
        .parameters = strcmp(method, "forest") ? NULL : "n-estimators=3"};
    need(!vultus_classifier_train(&set, &options, &classifier, NULL, NULL));
    return classifier;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    const char *method = vultus_classifier_method(index);
    char path[] = "/tmp/vultus-fuzz-XXXXXX";
    struct buffer bytes;
    size_t size = 0;
    if (!method)
        return 0;
    int fd = mkstemp(path);
    need(fd >= 0);
    close(fd);
    vultus_classifier *classifier = made_up(method);
    need(!vultus_classifier_write(classifier, path, NULL));
    need(!file_read(path, capacity, &bytes, NULL));
    size = bytes.size;
    memcpy(out, bytes.data, size);
    buffer_clear(&bytes);
    vultus_classifier_free(classifier);
    unlink(path);
    return size;
}
