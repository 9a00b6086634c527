/*
 * The figures of evaluations, as tables that the report for people, JSON, CSV and the page are made from:
 * what each is called, what it means in few words, and where it lies in its struct of doubles.
 */
#ifndef CLI_FIGURES_H
#define CLI_FIGURES_H

#include <stddef.h>

#include "json_answer.h"

struct figure {
    const char *key;     /* in JSON and CSV */
    const char *label;   /* for people */
    const char *meaning; /* NULL: the label says it */
    size_t offset;
    bool number; /* not a share: shown with four digits, not in percent */
};

extern const struct figure identification_figures[]; /* of vultus_identification_figures */
extern const struct figure pair_figures[]; /* of vultus_pair_figures; both end in no key */

double figure_value(const struct figure *figure, const void *figures);
/* "97.40 %", "0.9993"; "-" where it is NaN. */
const char *figure_text(const struct figure *figure, double value, char *text, size_t size);
/* "95.10 .. 99.20", "" without an interval. */
const char *figure_interval(const struct figure *figure, const void *low, const void *high,
                            char *text, size_t size);
/* A line for people. */
void figure_put(const struct figure *figure, const void *value, const void *low, const void *high);
/* Sets every figure and "intervals", an object with [low, high] by the same keys. False: no memory. */
bool figures_json(json_t *object, const struct figure *figures, const void *value, const void *low,
                  const void *high);

#endif
