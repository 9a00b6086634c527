/* Classes, their rates and their averages; see confusion.h. The matrix is kept as the cells that are not
 * 0: with ten thousand people nearly all of it is. */
#include "decide/confusion.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ classes */

static uint32_t truth_of(const vultus_trial *trial)
{
    return trial->mated ? trial->person : VULTUS_NOBODY;
}

static uint32_t answer_of(const vultus_trial *trial)
{
    return trial->match ? trial->best : VULTUS_NOBODY;
}

static size_t place_of(size_t people, uint32_t person)
{
    return person == VULTUS_NOBODY ? people : person;
}

/* `place` has room for all people and `unknown`. */
static vultus_status list_classes(const vultus_trials *trials, uint32_t *place,
                                  struct confusion *out, vultus_error *error)
{
    for (size_t i = 0; i < trials->count; i++) {
        place[place_of(trials->people, truth_of(&trials->items[i]))] = 1;
        place[place_of(trials->people, answer_of(&trials->items[i]))] = 1;
    }
    for (size_t p = 0; p <= trials->people; p++)
        out->count += place[p];
    out->classes = mem_zalloc(out->count, sizeof *out->classes);
    if (!out->classes)
        return status_memory(error, "the classes");
    uint32_t next = 0;
    for (size_t p = 0; p <= trials->people; p++)
        if (place[p]) {
            out->classes[next].person = p < trials->people ? (uint32_t)p : VULTUS_NOBODY;
            place[p] = next++;
        }
    return VULTUS_OK;
}

vultus_status confusion_init(const vultus_trials *trials, struct confusion *out,
                             vultus_error *error)
{
    uint32_t *place = mem_zalloc(trials->people + 1, sizeof *place);
    *out = (struct confusion){.truth = mem_array(trials->count, sizeof *out->truth),
                              .answer = mem_array(trials->count, sizeof *out->answer)};
    vultus_status status = place && out->truth && out->answer
                               ? list_classes(trials, place, out, error)
                               : status_memory(error, "the classes");
    for (size_t i = 0; !status && i < trials->count; i++) {
        out->truth[i] = place[place_of(trials->people, truth_of(&trials->items[i]))];
        out->answer[i] = place[place_of(trials->people, answer_of(&trials->items[i]))];
        out->classes[out->truth[i]].support++;
        out->classes[out->answer[i]].answered++;
        out->classes[out->truth[i]].right += out->truth[i] == out->answer[i];
    }
    for (size_t c = 0; !status && c < out->count; c++) {
        const vultus_class *each = &out->classes[c];
        const struct class_counts counts = {each->support, each->answered, each->right};
        out->classes[c].rates = confusion_rates(&counts, trials->count);
    }
    mem_free(place);
    if (status)
        confusion_clear(out);
    return status;
}

void confusion_clear(struct confusion *confusion)
{
    mem_free(confusion->classes);
    mem_free(confusion->truth);
    mem_free(confusion->answer);
    *confusion = (struct confusion){0};
}

/* ------------------------------------------------------------------ rates */

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

vultus_rates confusion_rates(const struct class_counts *counts, uint64_t total)
{
    double right = (double)counts->right, support = (double)counts->support;
    double answered = (double)counts->answered, negatives = (double)(total - counts->support);
    return (vultus_rates){.precision = ratio(right, answered),
                          .recall = ratio(right, support),
                          .specificity = ratio(negatives - (answered - right), negatives),
                          .f1 = ratio(2 * right, support + answered)};
}

static double or_zero(double value)
{
    return isnan(value) ? 0 : value;
}

struct average { /* weighted sums and the weights that they are divided by */
    vultus_rates sum;
    double weight, specificity_weight;
};

static void add_rates(struct average *average, const vultus_rates *rates, double weight)
{
    average->sum.precision += weight * or_zero(rates->precision);
    average->sum.recall += weight * or_zero(rates->recall);
    average->sum.f1 += weight * or_zero(rates->f1);
    average->sum.specificity += weight * or_zero(rates->specificity);
    average->weight += weight;
    average->specificity_weight += isnan(rates->specificity) ? 0 : weight;
}

static vultus_rates mean(const struct average *average)
{
    return (vultus_rates){.precision = ratio(average->sum.precision, average->weight),
                          .recall = ratio(average->sum.recall, average->weight),
                          .specificity =
                              ratio(average->sum.specificity, average->specificity_weight),
                          .f1 = ratio(average->sum.f1, average->weight)};
}

void confusion_average(const struct class_counts *counts, size_t classes, uint64_t total,
                       vultus_identification_figures *out)
{
    struct average macro = {0}, weighted = {0};
    double right = 0, support = 0, answered = 0, negatives = 0;
    for (size_t c = 0; c < classes; c++) {
        if (!counts[c].support && !counts[c].answered)
            continue;
        vultus_rates rates = confusion_rates(&counts[c], total);
        add_rates(&macro, &rates, 1);
        add_rates(&weighted, &rates, (double)counts[c].support);
        right += (double)counts[c].right;
        support += (double)counts[c].support;
        answered += (double)counts[c].answered;
        negatives += (double)(total - counts[c].support);
    }
    out->macro = mean(&macro);
    out->weighted = mean(&weighted);
    out->micro = (vultus_rates){.precision = ratio(right, answered),
                                .recall = ratio(right, support),
                                .specificity = ratio(negatives - (answered - right), negatives),
                                .f1 = ratio(2 * right, support + answered)};
}

/* ------------------------------------------------------------------ cells */

static int by_cell(const void *left, const void *right)
{
    const vultus_confusion *a = left, *b = right;
    if (a->truth != b->truth)
        return a->truth < b->truth ? -1 : 1;
    return (a->answer > b->answer) - (a->answer < b->answer);
}

vultus_status confusion_cells(const struct confusion *confusion, size_t trials,
                              vultus_confusion **out, size_t *out_count, vultus_error *error)
{
    vultus_confusion *cells = mem_array(trials, sizeof *cells);
    size_t kept = 0;
    if (!cells)
        return status_memory(error, "the confusion matrix");
    for (size_t i = 0; i < trials; i++)
        cells[i] = (vultus_confusion){confusion->truth[i], confusion->answer[i], 1};
    qsort(cells, trials, sizeof *cells, by_cell);
    for (size_t i = 0; i < trials; i++)
        if (kept && !by_cell(&cells[kept - 1], &cells[i]))
            cells[kept - 1].count++;
        else
            cells[kept++] = cells[i];
    vultus_confusion *fitting = mem_resize(cells, kept, sizeof *cells);
    *out = fitting ? fitting : cells;
    *out_count = kept;
    return VULTUS_OK;
}
