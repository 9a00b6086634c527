/* Made-up people with names for tests of classifiers: some to be learnt, some to stay strangers. */
#ifndef SUPPORT_CLASSIFIER_MADE_UP_H
#define SUPPORT_CLASSIFIER_MADE_UP_H

#include "made_up_people.h"

#include <stdio.h>

enum { PEOPLE = 12, DIMENSION = 24, MORE = 6 /* people who stay strangers */ };

struct classifier_data {
    struct made_up_people made;
    struct made_up_rows rows;
    const char *names[PEOPLE + MORE];
    char texts[PEOPLE + MORE][16];
    vultus_labelled set; /* the rows of the first PEOPLE */
};

/* People 0, 1, 2, ... have least, least + 1, ..., least + more, least, ... rows. */
static inline void open_data(struct classifier_data *data, size_t least, size_t more)
{
    made_up_open(&data->made, 11, PEOPLE + MORE, DIMENSION, 0.5);
    data->rows = made_up_rows(&data->made, least, more);
    for (size_t p = 0; p < PEOPLE + MORE; p++) {
        snprintf(data->texts[p], sizeof data->texts[p], "Person %zu", p);
        data->names[p] = data->texts[p];
    }
    size_t count = 0;
    while (count < data->rows.count && data->rows.person[count] < PEOPLE)
        count++;
    data->set = (vultus_labelled){.embeddings = data->rows.rows,
                                  .count = count,
                                  .dimension = DIMENSION,
                                  .person = data->rows.person,
                                  .people = PEOPLE,
                                  .names = data->names,
                                  .metric = VULTUS_METRIC_COSINE,
                                  .embedder = "made-up@1"};
}

static inline void close_data(struct classifier_data *data)
{
    made_up_clear(&data->rows);
    made_up_close(&data->made);
}

#endif
